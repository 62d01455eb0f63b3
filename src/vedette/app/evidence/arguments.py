"""Arguments of `./vedette pack`, `report` and `verify`; nothing is imported that only running them needs."""

import argparse
from datetime import datetime
from pathlib import Path

from vedette.app.arguments import positive
from vedette.app.report.words import LANGUAGES
from vedette.core.units import NS_PER_S


def add_pack(command: argparse.ArgumentParser) -> None:
    """What to pack."""
    command.add_argument("folder", type=Path, metavar="DIR", help="of a node, an exercise or a simulation")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="to write; a new one")
    command.add_argument("--alert", metavar="ID", help="the life of this alert, and what was around it")
    command.add_argument("--incident", metavar="ID", help="of all alerts of this incident, with its files")
    command.add_argument("--from", type=_moment, dest="from_ns", metavar="UTC", help="or a stretch: from")
    command.add_argument("--until", type=_moment, dest="until_ns", metavar="UTC", help="until, not included")
    command.add_argument("--before", type=positive, default=60.0, help="so long before the alert, s (60)")
    command.add_argument("--after", type=positive, default=30.0, help="so long after it, s (30)")
    command.add_argument(
        "--warm", type=positive, default=120.0, help="derive from so long before the stretch, s (120)"
    )
    command.add_argument("--about", default="", metavar="WORDS", help="what it is about")
    command.add_argument("--json", action="store_true", help="what the pack says of itself, as JSON")


def add_report(command: argparse.ArgumentParser) -> None:
    """Of what to write a report, and how."""
    command.add_argument("pack", type=Path, metavar="FILE", help="an evidence pack")
    command.add_argument("--out", type=Path, required=True, metavar="PDF", help="to write")
    command.add_argument("--language", choices=LANGUAGES, default="en", help="of its words (default en)")


def add_verify(command: argparse.ArgumentParser) -> None:
    """What to prove, and by what."""
    command.add_argument(
        "file", type=Path, metavar="FILE", help="a pack, a ledger's folder or file, or an export"
    )
    command.add_argument(
        "--key", action="append", default=[], help="a public key that is good for any node in it"
    )
    command.add_argument("--keys", type=Path, help="file of known keys (default: nodes.keys beside FILE)")
    command.add_argument(
        "--head", type=Path, action="append", default=[], help="a head that was told before, to find a cut"
    )
    command.add_argument(
        "--quick",
        action="store_true",
        help="a ledger: only the newest signature of each key; a pack: without deriving it again",
    )
    command.add_argument("--json", action="store_true", help="the verdict as JSON on the last line")


def _moment(text: str) -> int:
    """UTC nanoseconds of a time that says so, with Z or an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"expected a time such as 2026-11-20T17:30:00Z, got {text!r}")
    return round(moment.timestamp()) * NS_PER_S
