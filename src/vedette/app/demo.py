"""The demo: a node whose sensors are simulated, with the page open or without it."""

import asyncio
import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
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
from vedette.app.scenarios import document, free_ports, load_scenario, write_run_folder
from vedette.bus.client import connect
from vedette.core.errors import FeedError, StorageError

SCENARIO = "brussels"
_SIMULATE = topology.Process("simulate", "vedette.app.processes.simulate", "the demo's sensors")


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asks for.

    seconds  None runs until it is interrupted
    out      None keeps nothing
    """

    headless: bool
    seconds: float | None
    port: int
    out: Path | None
    seed: int
    scenario: str = SCENARIO


def demo(options: DemoOptions, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the demo; returns its summary. Ends after `seconds`, or when interrupted."""
    folder = options.out or Path(tempfile.mkdtemp(prefix="vedette-demo-"))
    try:
        return _run(options, folder, say)
    finally:
        if options.out is None:
            shutil.rmtree(folder, ignore_errors=True)


def _run(options: DemoOptions, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    scenario = load_scenario(options.scenario)
    _make_room(folder)
    node_document = document(
        scenario, options.scenario, time.time_ns(), port=options.port, ports=free_ports(scenario)
    )
    config = write_run_folder(folder, scenario, options.scenario, node_document)
    arguments = [options.scenario, str(options.seed)]
    node = Node(folder, config, say, [(_SIMULATE, arguments)])
    return run_node(node, config, say, seconds=options.seconds, headless=options.headless)


def _make_room(folder: Path) -> None:
    """A run does not write into another run's folder, except its own earlier one, which it replaces."""
    mine = ("journal", "bus", "log", "picture.duckdb", "picture.duckdb.wal", "node.toml", "truth.csv")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "node.toml").exists():
            raise StorageError(f"expected an empty or new folder for the demo, got {folder}: not a run's")
        for name in mine:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def run_node(
    node: Node,
    config: NodeConfig,
    say: Callable[[str], None],
    *,
    seconds: float | None,
    headless: bool,
) -> dict[str, Any]:
    """Start a node, look after it until it is time, stop it, sum it up."""
    began_s = time.monotonic()
    with _interruptible() as interrupted:
        try:
            node.start()
            say(f"ready after {time.monotonic() - began_s:.1f} s")
            if not headless:
                say(f"open {node.url}")
            listener = asyncio.run(_attend(node, config, say, interrupted, seconds, headless))
        finally:
            node.stop()
    summary = {**_counted(node.folder), **listener.figures()}
    write_summary(node.folder, summary)
    return summary


async def _attend(
    node: Node,
    config: NodeConfig,
    say: Callable[[str], None],
    interrupted: list[int],
    seconds: float | None,
    headless: bool,
) -> Listener:
    """Watch the processes and listen to the picture as a client would."""
    listener = Listener(config.node.host, config.node.port, node.token, time.time_ns)
    listening = asyncio.create_task(listener.listen())
    bus = await connect(node.server.url, node.server.credentials, "supervisor")
    end_s = None if seconds is None else time.monotonic() + seconds
    said_s = time.monotonic()
    try:
        while not interrupted and (end_s is None or time.monotonic() < end_s):
            await asyncio.sleep(0.1)
            node.watch()
            while node.news:
                await bus.publish(topology.PROCESS, msgspec.json.encode(node.news.pop(0)))
            if headless and time.monotonic() - said_s >= 10.0:
                said_s = time.monotonic()
                say(listener.line())
    finally:
        await bus.close()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    return listener


class _interruptible:  # noqa: N801 - reads as the word it is
    """SIGINT and SIGTERM are noted in a list instead of ending the program."""

    def __enter__(self) -> list[int]:
        self._noted: list[int] = []
        self._before = {
            number: signal.signal(number, lambda n, _: self._noted.append(n))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self._noted

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
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
