"""The demo: a node whose sensors are simulated, with the page open or without it."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vedette.app import topology
from vedette.app.attend import run_node
from vedette.app.node import Node
from vedette.app.scenarios import document, free_ports, load_scenario, write_run_folder
from vedette.core.errors import StorageError

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
    mine = (
        "journal", "bus", "log", "ledger", "attachments", "numbers", "picture.duckdb", "picture.duckdb.wal",
        "node.toml", "truth.csv",
    )  # fmt: skip
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "node.toml").exists():
            raise StorageError(f"expected an empty or new folder for the demo, got {folder}: not a run's")
        for name in mine:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
