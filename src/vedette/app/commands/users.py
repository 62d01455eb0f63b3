"""The commands about persons who may log in: options, and what each runs."""

import argparse
import os
import time
from pathlib import Path
from typing import Final

from vedette.app.command import Command, Say, Told

_ROLES: Final = ("watch", "supervisor", "analyst", "administrator", "partner")


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        type=Path,
        default=Path("vedette-data"),
        metavar="DIR",
        help="folder of the node (default vedette-data)",
    )
    command.add_argument("--json", action="store_true", help="the same as JSON on the last line")


def _add_add(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="of the person: a-z, 0-9, - and _")
    command.add_argument("--role", required=True, choices=_ROLES, help="what the person may do")
    _add_folder(command)


def _add(options: argparse.Namespace, _: Say) -> Told:
    from vedette.serve.users import add

    token = add(options.data, options.name, options.role, os.urandom, time.time_ns())
    text = f"{options.name} may log in as {options.role} with this token, which is not shown again:\n{token}"
    return Told(text, {"name": options.name, "role": options.role, "token": token})


def _list(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.verify import utc
    from vedette.serve.users import read

    lines, values = [], []
    for user in read(options.data):
        until = "" if user.until_ns is None else f", no longer since {utc(user.until_ns)}"
        lines.append(f"{user.name}: {user.role}, since {utc(user.since_ns)}{until}")
        values.append(
            {"name": user.name, "role": user.role, "since_ns": user.since_ns, "until_ns": user.until_ns}
        )
    return Told("\n".join(lines) or f"nobody in {options.data}", values)


def _add_revoke(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="of the person")
    _add_folder(command)


def _revoke(options: argparse.Namespace, _: Say) -> Told:
    from vedette.serve.users import revoke

    revoke(options.data, options.name, time.time_ns())
    return Told(f"{options.name} may log in no longer", {"name": options.name})


COMMANDS: Final = (
    Command(
        "add",
        "let a person in; prints the token, once",
        "./vedette users add anna --role watch",
        _add_add,
        _add,
    ),
    Command("list", "who may log in, and who may no longer", "./vedette users list", _add_folder, _list),
    Command(
        "revoke",
        "let a person in no longer; sessions end within a second",
        "./vedette users revoke anna",
        _add_revoke,
        _revoke,
    ),
)
