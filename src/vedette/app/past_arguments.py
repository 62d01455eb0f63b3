"""Arguments of `./vedette history`; nothing is imported that only running it needs."""

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vedette.app.arguments import count
from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S

_AUTHORISATIONS: Final = ("unknown", "authorised", "unauthorised")


def add_history(command: argparse.ArgumentParser) -> None:
    """Its options."""
    command.add_argument(
        "path", type=Path, metavar="RUN_OR_FILE", help="a data folder, or its picture.duckdb"
    )
    command.add_argument("--near", type=near, metavar="LAT,LON,METRES", help="points so near to a place")
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


def near(text: str) -> tuple[float, float, float]:
    """LAT,LON,METRES on the command line or in an address."""
    try:
        lat, lon, radius_m = (float(part) for part in text.split(","))
    except ValueError:
        lat = lon = radius_m = float("nan")
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 and 0.0 < radius_m <= 2e6):
        raise argparse.ArgumentTypeError(f"expected LAT,LON,METRES, as 50.9,4.48,2000, got {text[:60]!r}")
    return lat, lon, radius_m


def moment(text: str) -> int:
    """UTC nanoseconds of a time as people write it."""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?Z?", text)
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}" if found else "")
    except ValueError:
        expected = "a time in UTC, as 2026-11-23T10:10:00"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text[:60]!r}") from None
    return round(at.replace(tzinfo=UTC).timestamp()) * NS_PER_S
