"""From the start of a node to its summary: look after its processes and watch its picture as a client."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from vedette.app import topology
from vedette.app.config import NodeConfig
from vedette.app.listen import Listener
from vedette.app.node import Node
from vedette.app.outputs import write_summary
from vedette.bus.client import connect
from vedette.core.errors import FeedError


def run_node(
    node: Node,
    config: NodeConfig,
    say: Callable[[str], None],
    *,
    seconds: float | None,
    headless: bool,
    is_over: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Start a node, look after it until it is time, stop it, sum it up.

    is_over  asked a few times a second; ends it too
    """
    began_s = time.monotonic()
    with _interrupts_noted() as interrupted:
        try:
            node.start()
            say(f"ready after {time.monotonic() - began_s:.1f} s")
            if not headless:
                say(f"open {node.url}")
            if node.director_url:
                say(f"the director opens {node.director_url}")
            watch = Watch(seconds, headless, interrupted, is_over)
            listener = asyncio.run(_attend(node, config, say, watch))
        finally:
            node.stop()
    summary = {**_counted(node.folder), **listener.figures()}
    write_summary(node.folder, summary)
    return summary


@dataclass(frozen=True, slots=True)
class Watch:
    """When a node ends, and whether lines tell of it meanwhile."""

    seconds: float | None
    headless: bool
    interrupted: list[int]
    is_over: Callable[[], bool]


async def _attend(node: Node, config: NodeConfig, say: Callable[[str], None], watch: Watch) -> Listener:
    """Watch the processes and listen to the picture as a client would."""
    listener = Listener(config.node.host, config.node.port, node.token, node.now_ns)
    listening = asyncio.create_task(listener.listen())
    bus = await connect(node.server.url, node.server.credentials, "supervisor")
    end_s = None if watch.seconds is None else time.monotonic() + watch.seconds
    said_s = time.monotonic()
    try:
        while not (watch.interrupted or watch.is_over()) and (end_s is None or time.monotonic() < end_s):
            await asyncio.sleep(0.1)
            node.watch()
            while node.news:
                await bus.publish(topology.PROCESS, msgspec.json.encode(node.news.pop(0)))
            if watch.headless and time.monotonic() - said_s >= 10.0:
                said_s = time.monotonic()
                say(listener.line())
    finally:
        await bus.close()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    return listener


@contextlib.contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """SIGINT and SIGTERM are noted in a list instead of ending the program."""
    noted: list[int] = []
    before = {n: signal.signal(n, lambda n, _: noted.append(n)) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _counted(folder: Path) -> dict[str, Any]:
    """What the history of a finished run holds."""
    path = folder / "picture.duckdb"
    try:
        with duckdb.connect(str(path), read_only=True) as history:

            def one(sql: str) -> int:
                row = history.execute(sql).fetchone()
                return int(row[0]) if row and row[0] is not None else 0

            return {
                "tracks": one("SELECT count(DISTINCT track_id) FROM track_point"),
                "track_points": one("SELECT count(*) FROM track_point"),
                "alerts": one("SELECT count(DISTINCT alert_id) FROM alert"),
            }
    except duckdb.Error as error:
        raise FeedError(f"expected the history of the run in {path}: {error}") from error
