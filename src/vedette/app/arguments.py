"""Numbers on the command line: what is not one is wrong usage, said in one line."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass


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


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command has to say: for people, and as JSON values."""

    text: str
    summary: object


@dataclass(frozen=True, slots=True)
class InnerCommand:
    """A command inside of another, as `ledger note`."""

    name: str
    text: str
    example: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Say], Told]
