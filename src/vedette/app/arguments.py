"""Values on the command line: what is not one is wrong usage, said in one line."""

import argparse
import math
from datetime import UTC, datetime

from vedette.core.units import NS_PER_S


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or not 0 < int(text) < 10**7:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text!r}")
    return int(text)


def whole(text: str) -> int:
    """A whole number from 0 on: a seed."""
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 on, got {text!r}")
    return int(text)


def probability(text: str) -> float:
    """A number above 0 and up to 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1.0:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and up to 1, got {text!r}")
    return value


def finite(text: str) -> float:
    """Any number that is not infinite."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return value


def port(text: str) -> int:
    """A port of this machine."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


def moment(text: str) -> int:
    """UTC nanoseconds of a time as people write it; one that names no zone is in UTC, as all times here."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        expected = "a time in UTC, as 2026-11-20T17:30:00Z"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text[:60]!r}") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * NS_PER_S


def add_json(command: argparse.ArgumentParser) -> None:
    """The option --json, which `cli` heeds."""
    command.add_argument("--json", action="store_true", help="the same as JSON on the last line")
