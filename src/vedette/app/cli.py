"""The command line: parse, validate, then import what the command needs.

Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from vedette import __version__
from vedette.app.command import Command, Group, Told, as_json
from vedette.app.commands.table import COMMANDS
from vedette.core.errors import ConfigError, VedetteError

DONE, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = build_parser().parse_args(arguments)
    chosen: Command | Group = options.chosen
    try:
        return _said(_run(chosen, options), as_values=getattr(options, "json", False))
    except ConfigError as error:
        print(f"vedette: {error}", file=sys.stderr)
        return USAGE
    except VedetteError as error:
        print(f"vedette: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("vedette: interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(chosen: Command | Group, options: argparse.Namespace) -> Told:
    if isinstance(chosen, Command):
        return chosen.run(options, _say)
    return Told(chosen.overview() if chosen.overview else "")


def _said(told: Told, *, as_values: bool) -> int:
    text = as_json(told.summary) if as_values and told.summary is not None else told.text
    if text:
        print(text, flush=True)
    return DONE if told.passed else FAILED


def _say(line: str) -> None:
    print(f"vedette: {line}", file=sys.stderr, flush=True)


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="vedette", description="An open, federated airspace watch. It advises; people decide."
    )
    parser.add_argument("--version", action="version", version=f"vedette {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        _add(commands, command)
    return parser


def _add(commands: Any, command: Command | Group) -> None:  # argparse gives its sub-parsers no public type
    parser: argparse.ArgumentParser = commands.add_parser(
        command.name,
        help=command.text,
        description=command.text[0].upper() + command.text[1:] + ".",
        epilog=f"example:\n  {command.example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(chosen=command)
    if isinstance(command, Command):
        command.add(parser)
        return
    inside = parser.add_subparsers(title="commands", required=command.overview is None, metavar="NAME")
    for one in command.commands:
        _add(inside, one)


if __name__ == "__main__":
    raise SystemExit(main())
