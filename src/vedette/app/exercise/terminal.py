"""The director at a terminal: lines to a running exercise, over the same address as the page uses."""

import contextlib
import http.client
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from vedette.app.config import load
from vedette.app.exercise.orders import EXAMPLE
from vedette.app.messages import Answer
from vedette.app.processes.common import Secrets
from vedette.core.errors import ConfigError, FeedError, VedetteError

_PATIENCE_S: Final = 90.0
_TIMEOUT_S: Final = 10.0


def tell(folder: Path, line: str) -> str:
    """Say one line to the exercise that runs in a folder; ConfigError where it is not understood."""
    try:
        secrets = msgspec.json.decode((folder / "secrets.json").read_bytes(), type=Secrets)
    except (OSError, msgspec.DecodeError):
        raise FeedError(f"expected an exercise that runs in {folder}, got none") from None
    node = load(folder / "node.toml").node
    if not secrets.director_token:
        raise FeedError(f"expected an exercise in {folder}, got a node without a director")
    connection = http.client.HTTPConnection(node.host, node.port, timeout=_TIMEOUT_S)
    try:
        connection.request(
            "POST",
            "/api/v1/exercise",
            msgspec.json.encode({"tell": line}),
            {"authorization": f"Bearer {secrets.director_token}", "content-type": "application/json"},
        )
        answer = msgspec.json.decode(connection.getresponse().read(), type=Answer)
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
        raise FeedError(f"expected an answer from the exercise in {folder}, got {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        place, _, rest = answer.said.partition(": expected ")
        expected, _, came = rest.partition(", got ")
        raise ConfigError(place, expected, came)
    return answer.said


def running(folders: Path) -> Path:
    """The newest exercise that runs in one of the folders inside `folders`."""
    found = sorted(folders.glob("*/secrets.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FeedError(f"expected an exercise that runs in {folders}, got none: say which with --data")
    return found[-1].parent


class Prompt:
    """Lines from standard input to the exercise, in a thread that ends with the program."""

    def __init__(self, folder: Path, say: Callable[[str], None], speed: float) -> None:
        """Make ready. speed is told first, once the exercise answers."""
        self._folder = folder
        self._say = say
        self._speed = speed

    def start(self, *, lines: bool) -> None:
        """Begin; with lines, go on with what is typed."""
        threading.Thread(target=self._work, args=(lines,), daemon=True).start()

    def _work(self, lines: bool) -> None:
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s:
            with contextlib.suppress(VedetteError):
                tell(self._folder, "status" if self._speed == 1.0 else f"speed {self._speed:g}")
                break
            time.sleep(0.5)
        if lines:
            self._say(f"say what happens: help, or for example {EXAMPLE}")
            for line in sys.stdin:
                if line.strip():
                    self._say(self._answer(line.strip()))

    def _answer(self, line: str) -> str:
        try:
            return tell(self._folder, line)
        except VedetteError as error:
            return str(error)
