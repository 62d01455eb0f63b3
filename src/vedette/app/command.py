"""What a command is: name, options, what it runs, and what it has to say. `cli` makes a program of them."""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command has to say: for people, and as JSON values where it was asked for these.

    passed  False where it measured or proved something and that did not hold
    """

    text: str
    summary: object = None
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """One command. text begins small and has no full stop; example is a line, or several.

    add  gives the parser its options; run imports what it needs
    """

    name: str
    text: str
    example: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Say], Told]


@dataclass(frozen=True, slots=True)
class Group:
    """Commands inside of another, as `ledger note`.

    overview  what it says without one of them; None: that is wrong usage
    """

    name: str
    text: str
    example: str
    commands: tuple[Command, ...]
    overview: Callable[[], str] | None = None


def as_json(summary: object) -> str:
    """One line."""
    return json.dumps(summary, separators=(",", ":"))
