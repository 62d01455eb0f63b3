"""What every process of a node does: read its run folder, log, join the bus, end when told or orphaned."""

import asyncio
import gc
import json
import logging
import logging.handlers
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from vedette.app import config as configuration
from vedette.app import topology
from vedette.app.exercise.clock import clock_of
from vedette.bus.client import Bus, connect
from vedette.bus.server import Credentials
from vedette.core.errors import StorageError, VedetteError

_LOG_BYTES = 8 * 1024 * 1024


class Secrets(msgspec.Struct, frozen=True):
    """What only the processes of one node may know; a file of mode 0600 in the run folder.

    director_token  of an exercise; empty where nobody directs
    rules_path, procedures_path, authorisations_path  files that somebody may change while the node runs; no
                    secrets; empty is none
    """

    bus_url: str
    bus_user: str
    bus_password: str
    token: str
    node_id: str
    started_ns: int
    first_id: int
    director_token: str = ""
    rules_path: str = ""
    procedures_path: str = ""
    authorisations_path: str = ""

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Secrets(bus_url={self.bus_url!r})"


class Run:
    """One process of a node: its folder, configuration, secrets and bus, and the clock that it goes by."""

    def __init__(
        self, name: str, folder: Path, config: configuration.NodeConfig, secrets: Secrets, bus: Bus
    ) -> None:
        self.name = name
        self.folder = folder
        self.config = config
        self.secrets = secrets
        self.bus = bus
        self.now_ns = clock_of(folder)
        self.stopping = asyncio.Event()

    @property
    def generation(self) -> int:
        """How often this process was started again."""
        return int(os.environ.get("VEDETTE_GENERATION", "0"))

    def ready(self) -> None:
        """Tell the supervisor that the work has begun."""
        (self.folder / f"{self.name}.ready").write_text(str(os.getpid()))

    def works(self, name: str) -> bool:
        """Whether another process of the node has begun its work."""
        return (self.folder / f"{name}.ready").exists()


def write_secrets(folder: Path, secrets: Secrets) -> None:
    """secrets.json, readable by its owner only."""
    path = folder / "secrets.json"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(secrets))


def main(name: str, work: Callable[[Run], Awaitable[None]]) -> None:
    """Entry point of a process: `python -m vedette.app.processes.<name> RUN_FOLDER`."""
    folder = Path(sys.argv[1])
    _log_to(folder / "log" / f"{name}.jsonl", name)
    log = logging.getLogger("vedette")
    try:
        asyncio.run(_run(name, folder, work))
    except VedetteError as error:
        log.critical("%s", error)
        sys.stderr.write(f"{error}\n")  # the supervisor shows it
        raise SystemExit(1) from None
    except Exception:
        log.exception("the process failed")
        raise


async def _run(name: str, folder: Path, work: Callable[[Run], Awaitable[None]]) -> None:
    config = configuration.load(folder / "node.toml")
    try:
        secrets = msgspec.json.decode((folder / "secrets.json").read_bytes(), type=Secrets)
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"expected {folder / 'secrets.json'} from the supervisor: {error}") from error
    bus = await connect(secrets.bus_url, Credentials(secrets.bus_user, secrets.bus_password), name)
    run = Run(name, folder, config, secrets, bus)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, run.stopping.set)
    watcher = loop.create_task(_end_with_parent(run.stopping))
    # Everything that lives for the whole run is made by now or soon: keep the collector off it. It looks for
    # rings, which this program hardly makes: seldom is enough, and a whole search stops the picture.
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    try:
        for stream in topology.STREAMS:
            await bus.ensure_stream(
                stream.name,
                list(stream.subjects),
                storage=stream.storage,
                max_age_s=stream.max_age_s,
                max_bytes=stream.max_bytes,
            )
        await work(run)
    finally:
        watcher.cancel()
        await bus.close()


async def _end_with_parent(stopping: asyncio.Event) -> None:
    """A node whose supervisor is gone ends too."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)
    stopping.set()


def _log_to(path: Path, name: str) -> None:
    """JSON lines in a file that does not grow for ever."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=2)
    handler.setFormatter(JsonLines(name))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        fields: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)
