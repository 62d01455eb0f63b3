"""What is known of the past of a node."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import count, moment
from vedette.app.command import Command, Say, Told
from vedette.core.classes import CLASSES

_AUTHORISATIONS: Final = ("unknown", "authorised", "unauthorised")


def _add_history(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path", type=Path, metavar="RUN_OR_FILE", help="a data folder, or its picture.duckdb"
    )
    command.add_argument("--near", type=_near, metavar="LAT,LON,METRES", help="points so near to a place")
    command.add_argument(
        "--from", type=moment, dest="from_ns", metavar="TIME", help="UTC: 2026-11-23T10:10:00"
    )
    command.add_argument("--to", type=moment, dest="to_ns", metavar="TIME", help="UTC, not included")
    command.add_argument("--class", choices=CLASSES, dest="kind", default="", help="points of this class")
    command.add_argument(
        "--authorisation", choices=_AUTHORISATIONS, default="", help="points of this standing"
    )
    command.add_argument(
        "--zone", default="", metavar="ID", help="points inside a zone of the folder's node.toml"
    )
    command.add_argument("--limit", type=count, default=200, help="tracks, the newest (default 200)")
    command.add_argument("--json", action="store_true", help="as JSON")


def _history(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.past import as_text, history

    rows = history(options)
    return Told(as_text(rows), {"tracks": rows})


def _near(text: str) -> tuple[float, float, float]:
    """LAT,LON,METRES on the command line."""
    try:
        lat, lon, radius_m = (float(part) for part in text.split(","))
    except ValueError:
        lat = lon = radius_m = float("nan")
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 and 0.0 < radius_m <= 2e6):
        raise argparse.ArgumentTypeError(f"expected LAT,LON,METRES, as 50.9,4.48,2000, got {text[:60]!r}")
    return lat, lon, radius_m


COMMANDS: Final = (
    Command(
        "history",
        "tracks of the past: near a place, in a time, of a class",
        "./vedette history vedette-data --near 50.901,4.484,3000 --class multirotor --json",
        _add_history,
        _history,
    ),
)
