"""What a developer runs, and CI."""

import argparse
from typing import Final

from vedette.app.command import Command, Say, Told


def _add_check(_: argparse.ArgumentParser) -> None:
    pass


def _check(_: argparse.Namespace, say: Say) -> Told:
    from vedette.app import developer

    developer.check(say)
    return Told("")


def _add_test(command: argparse.ArgumentParser) -> None:
    command.add_argument("--fast", action="store_true", help="without what takes seconds: nodes, browsers")
    command.add_argument("pytest", nargs=argparse.REMAINDER, help="arguments for pytest")


def _test(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app import developer

    return Told("", passed=developer.test(options.pytest, fast=options.fast))


COMMANDS: Final = (
    Command(
        "check",
        "lint, formatting, types and imports, as CI runs them",
        "./vedette check",
        _add_check,
        _check,
    ),
    Command(
        "test",
        "the tests, as CI runs them; arguments go to pytest",
        "./vedette test --fast",
        _add_test,
        _test,
    ),
)
