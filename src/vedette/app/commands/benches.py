"""What the commands of benches share."""

import argparse
from typing import TYPE_CHECKING, Any

from vedette.app.command import Say, Told

if TYPE_CHECKING:
    from vedette.app.bench.report import Bench


def add_peers(command: argparse.ArgumentParser) -> None:
    """The option --peers."""
    command.add_argument(
        "--peers", action="store_true", help="Stone Soup on the same data (pip install 'vedette[peers]')"
    )


def found(summary: dict[str, Any], text: str, passed: bool = True) -> Told:
    """What a bench found. passed is False where it has a limit of its own and did not keep it."""
    return Told(text, summary, passed)


def figures(summary: dict[str, Any]) -> Told:
    """Figures, one a line."""
    return found(summary, "\n".join(f"{name:28} {value}" for name, value in summary.items()))


def tracked(bench: "Bench", say: Say) -> Told:
    """Measure a tracker."""
    from vedette.app.bench.report import measure, table

    summary = measure(bench, say)
    return found(summary, table(summary))
