"""The ledger's commands: options, and what each runs. Nothing heavy is imported to show help."""

import argparse
from pathlib import Path
from typing import Any, Final

from vedette.app.arguments import count, whole
from vedette.app.command import Command, Say, Told


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="the same as JSON on the last line")


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="FOLDER", help="of the ledger")


def _add_note(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("words", metavar="TEXT", help="what is to be noted")
    command.add_argument("--author", required=True, help="who says so")
    command.add_argument("--incident", help="which one it is about")
    command.add_argument("--node", help="name of the node, where the ledger is new")
    _add_json(command)


def _note(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.ledger import lines, note

    return Told(*lines([note(options.folder, options.node, options.words, options.author, options.incident)]))


def _add_enter(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("kind", metavar="KIND", help="of the event")
    command.add_argument("body", metavar="BODY", help="what it says, as JSON")
    command.add_argument("--author", required=True, help="who says so")
    command.add_argument("--incident", help="which one it is about")
    command.add_argument("--node", help="name of the node, where the ledger is new")
    _add_json(command)


def _enter(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.ledger import enter, lines

    entered = enter(
        options.folder, options.node, options.kind, options.body, options.author, options.incident
    )
    return Told(*lines([entered]))


def _add_incidents(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("--incident", help="only this one, with all its entries")
    command.add_argument("--procedures", type=Path, help="file of procedures, for their checklists")
    _add_json(command)


def _incidents(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.ledger import incidents, told
    from vedette.app.procedures import read
    from vedette.ledger.read import Wanted

    procedures = [] if options.procedures is None else read(options.procedures)
    found = incidents(options.folder, Wanted(incident=options.incident))
    return Told(*told(found, procedures, whole=options.incident is not None))


def _add_show(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("--incident", help="only of this one")
    command.add_argument("--kind", help="only of this kind")
    command.add_argument("--node", help="only of this node")
    command.add_argument("--since", type=whole, help="only after this seq of --node")
    command.add_argument("--limit", type=count, default=1000, help="the first so many (default 1000)")
    _add_json(command)


def _show(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.ledger import lines, show
    from vedette.ledger.read import Wanted

    wanted = Wanted(incident=options.incident, kind=options.kind, node=options.node, since_seq=options.since)
    return Told(*lines(show(options.folder, wanted, options.limit)))


def _add_export(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("--out", type=Path, required=True, help="the file to write")
    command.add_argument("--first", type=count, default=1, help="seq, widened to whole groups (default 1)")
    command.add_argument("--last", type=count, help="seq, widened to whole groups (default: the newest)")
    command.add_argument("--incident", help="release only entries of this one, of others only their places")
    command.add_argument("--node", help="whose entries (default: the ledger's own)")
    _add_json(command)


def _export(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.ledger import export

    released = export(
        options.folder,
        options.out,
        node=options.node,
        first=options.first,
        last=options.last,
        incident=options.incident,
    )
    return Told(
        f"{released:,} entries released in {options.out}", {"entries": released, "file": str(options.out)}
    )


def _add_take(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("file", type=Path, metavar="FILE", help="a partner's export")
    command.add_argument("--keys", type=Path, help="file of known keys (default: nodes.keys in FOLDER)")
    command.add_argument("--node", help="name of the node, where the ledger is new")
    _add_json(command)


def _take(options: argparse.Namespace, _: Say) -> Told:
    from vedette.app.ledger import take

    summary: dict[str, Any] = take(options.folder, options.node, options.file, options.keys)
    text = "{entries:,} entries taken over, {withheld:,} withheld, {known:,} were here already"
    return Told(text.format(**summary), summary)


COMMANDS: Final = (
    Command(
        "note",
        "enter a note; the ledger is begun if there is none",
        "./vedette ledger note record 'Runway closed' --author anna --incident i-7 --node airport",
        _add_note,
        _note,
    ),
    Command(
        "enter",
        "enter an event of any kind",
        './vedette ledger enter record incident-assessed \'{"judgement": "not ours"}\' --author anna '
        "--incident i-7",
        _add_enter,
        _enter,
    ),
    Command(
        "incidents",
        "what the entries add up to: incidents, their state and their checklists",
        "./vedette ledger incidents record --incident i-7 --procedures procedures.toml",
        _add_incidents,
        _incidents,
    ),
    Command(
        "show",
        "entries of all nodes in the order that all nodes agree on",
        "./vedette ledger show record --incident i-7",
        _add_show,
        _show,
    ),
    Command(
        "export",
        "a part of it as one file that proves itself",
        "./vedette ledger export record --incident i-7 --out airport.vdtl",
        _add_export,
        _export,
    ),
    Command(
        "take",
        "take over a partner's entries, once they are proved",
        "./vedette ledger take record tower.vdtl",
        _add_take,
        _take,
    ),
)
