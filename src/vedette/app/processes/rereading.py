"""Files that somebody may change while a node runs: the last good one holds on a mistake."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from vedette.app import topology
from vedette.app.messages import ProcessNews
from vedette.app.processes.common import Run
from vedette.app.reread import Reread
from vedette.core.errors import ConfigError

T = TypeVar("T")
_log = logging.getLogger("vedette.reread")
_EVERY_S: Final = 1.0


async def reread(
    run: Run, name: str, path: str, copy: str | None, read: Callable[[Path], T], take: Callable[[T], str]
) -> None:
    """Look at a file every second, until the process ends; a mistake is said, and what was before holds.

    name  of what is in it, as people see it among the processes; path: of the file, empty is none
    copy  its name in the run folder, which keeps the newest good one, so that it replays by itself
    read  ConfigError where the file has a mistake; take: what it says of the new content
    """
    if not path:
        await run.stopping.wait()
        return
    there = Path(path)
    file = Reread(there, read)
    while True:
        await asyncio.sleep(_EVERY_S)
        found = file.look()
        if found is None:
            continue
        if isinstance(found, ConfigError):
            news = ProcessNews(name, "failed", f"{found}; the {name} of before hold")
        else:
            news = ProcessNews(name, "running", f"read again: {take(found)}")
            _copy(there, run.folder / (copy or there.name))
        _log.warning("%s", news.detail)
        await run.bus.publish(topology.PROCESS, msgspec.json.encode(news))


def _copy(there: Path, here: Path) -> None:
    """Keep a file in the run folder, unless it lies there: written again it would look changed for ever."""
    with contextlib.suppress(OSError):
        content = there.read_bytes()
        if not here.exists() or here.read_bytes() != content:
            here.write_bytes(content)
