"""Who may fly."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.command import Command, Say, Told


def _add(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path", type=Path, metavar="FILE", help="of authorisations, or a node's configuration"
    )
    command.add_argument("--at", metavar="UTC", help="what holds then: 2026-11-27T18:00:00Z (default: now)")
    command.add_argument("--json", action="store_true", help="the same as JSON")


def _run(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.leave_told import time_ns, told

    return Told(*told(options.path, time_ns(options.at)))


COMMANDS: Final = (
    Command(
        "leave",
        "say who may fly where and when, or where a file of authorisations is wrong",
        "./vedette leave leaves.toml --at 2026-11-27T18:00:00Z\n  ./vedette leave vedette-data",
        _add,
        _run,
    ),
)
