"""The rules of the watch."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.command import Command, Say, Told


def _add_check(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the built-in rules")


def _check(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.rules import checked

    return Told(checked(options.file))


COMMANDS: Final = (
    Command(
        "check",
        "say in words what a rules file means, or where it is wrong",
        "./vedette rules check rules.toml\n  ./vedette rules check",
        _add_check,
        _check,
    ),
)
