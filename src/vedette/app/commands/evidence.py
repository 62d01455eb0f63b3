"""What stands up later: evidence packs, reports of them, and proofs of packs and ledgers."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import moment, positive
from vedette.app.command import Command, Say, Told
from vedette.app.report.words import LANGUAGES


def _add_pack(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="DIR", help="of a node, an exercise or a simulation")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="to write; a new one")
    command.add_argument("--alert", metavar="ID", help="the life of this alert, and what was around it")
    command.add_argument("--incident", metavar="ID", help="of all alerts of this incident, with its files")
    command.add_argument("--from", type=moment, dest="from_ns", metavar="UTC", help="or a stretch: from")
    command.add_argument("--until", type=moment, dest="until_ns", metavar="UTC", help="until, not included")
    command.add_argument("--before", type=positive, default=60.0, help="so long before the alert, s (60)")
    command.add_argument("--after", type=positive, default=30.0, help="so long after it, s (30)")
    command.add_argument(
        "--warm", type=positive, default=120.0, help="derive from so long before the stretch, s (120)"
    )
    command.add_argument("--about", default="", metavar="WORDS", help="what it is about")
    command.add_argument("--json", action="store_true", help="what the pack says of itself, as JSON")


def _pack(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.evidence.command import make

    return Told(*make(options, say))


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("pack", type=Path, metavar="FILE", help="an evidence pack")
    command.add_argument("--out", type=Path, required=True, metavar="PDF", help="to write")
    command.add_argument("--language", choices=LANGUAGES, default="en", help="of its words (default en)")


def _report(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.report.make import ReportOptions, report

    report(ReportOptions(options.pack, options.out, options.language), say)
    return Told(f"wrote {options.out}")


def _add_verify(command: argparse.ArgumentParser) -> None:
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


def _verify(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.evidence.box import is_pack
    from vedette.app.verify import VerifyOptions, prove, text

    if is_pack(options.file):
        from vedette.app.evidence.command import verify  # loads the tracker, too

        holds, words, told = verify(options.file, tuple(options.key), say, again=not options.quick)
        return Told(words, told, holds)
    wanted = VerifyOptions(options.file, tuple(options.key), options.keys, tuple(options.head), options.quick)
    verdict, summary = prove(wanted, say)
    return Told(text(verdict, summary["took_s"]), summary, verdict.fault is None)


COMMANDS: Final = (
    Command(
        "pack",
        "an evidence pack: what sensors sent, what follows from it, and what was noted, in one file",
        "./vedette pack vedette-data --alert A000003 --out evidence.zip\n"
        "  ./vedette pack vedette-data --from 2026-11-20T17:30Z --until 2026-11-20T17:45Z --out evidence.zip",
        _add_pack,
        _pack,
    ),
    Command(
        "report",
        "an evidence pack for people: a PDF with map, timeline, tracks, reasons, and what is not known",
        "./vedette report evidence.zip --out report.pdf --language nl",
        _add_report,
        _report,
    ),
    Command(
        "verify",
        "prove an evidence pack, a ledger or an export of one: nothing was changed, put in or taken out",
        "./vedette verify vedette-data/ledger\n  ./vedette verify tower.vdtl --key ed25519:4f1d... --json",
        _add_verify,
        _verify,
    ),
)
