"""Proves a ledger or an export and says what came of it, for people and as JSON."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from vedette.core.entry import Group
from vedette.core.errors import ConfigError, LedgerError
from vedette.core.units import NS_PER_S
from vedette.ledger import keys
from vedette.ledger.head import read_head
from vedette.ledger.judge import Terms
from vedette.ledger.verify import Proved, Verdict, verify

Say = Callable[[str], None]
_SAY_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What to prove, and by what.

    keys   public keys that are good for any node in it
    known  file of known keys; None is nodes.keys beside the ledger
    heads  files with heads that others were told
    quick  only the newest signature of each key
    """

    path: Path
    keys: tuple[str, ...] = ()
    known: Path | None = None
    heads: tuple[Path, ...] = ()
    quick: bool = False


def prove(options: VerifyOptions, say: Say) -> tuple[Verdict, dict[str, Any]]:
    """The verdict, and the same as JSON values with how long it took. say gets lines of progress."""
    terms = _terms(options)
    begun = said = time.monotonic()

    def progress(entries: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _SAY_EVERY_S:
            said = now
            say(f"verify: {entries:,} entries hold so far")

    verdict = verify(options.path, terms, progress, helper=(os.cpu_count() or 1) > 1)
    took_s = time.monotonic() - begun
    told = msgspec.to_builtins(verdict)
    return verdict, {
        "proved": verdict.fault is None,
        "entries": verdict.entries,
        **told,
        "took_s": round(took_s, 3),
    }


def _terms(options: VerifyOptions) -> Terms:
    folder = options.path if options.path.is_dir() else options.path.parent
    if options.known is not None and not options.known.is_file():
        raise ConfigError("--keys", "a file of known keys", f"{options.known}: no such file")
    heads = [_head(path) for path in options.heads]
    try:
        vouched = frozenset(keys.read_key(key, "--key") for key in options.keys)
    except LedgerError as error:
        raise ConfigError("--key", "ed25519: and 64 hexadecimal digits", str(error)) from error
    return Terms(
        known=keys.read_known(options.known or folder / keys.KNOWN_FILE),
        vouched=vouched,
        heads=tuple(heads),
        quick=options.quick,
    )


def _head(path: Path) -> Group:
    head = read_head(path)
    if head is None:
        raise ConfigError("--head", "a file with the head of a ledger", f"{path}: no such file, or empty")
    return head


def text(verdict: Verdict, took_s: float) -> str:
    """The verdict for people."""
    lines = [_line(node) for node in verdict.nodes]
    lines += [f"note: {note}" for note in verdict.notes]
    what = f"the {verdict.form} {verdict.file}"
    if verdict.fault is None:
        last = (
            f"proved: {what}: {verdict.entries:,} entries, {verdict.signatures:,} signatures, {took_s:.1f} s"
        )
    else:
        last = f"NOT proved: {what}: {verdict.fault}"
    return "\n".join([*lines, last])


def _line(node: Proved) -> str:
    withheld = f", {node.withheld:,} withheld" if node.withheld else ""
    gaps = f", {node.gaps} gaps" if node.gaps else ""
    span = "" if node.from_ns is None or node.to_ns is None else f", {utc(node.from_ns)} to {utc(node.to_ns)}"
    return (
        f"{node.node}: {node.entries:,} entries{withheld} in {node.groups:,} groups, seq {node.first:,} to "
        f"{node.last:,}{gaps}{span}, signed by {', '.join(node.keys)}, head {node.head}"
    )


def utc(time_ns: int) -> str:
    """A time for people: UTC, to the second."""
    try:
        return datetime.fromtimestamp(time_ns / NS_PER_S, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{time_ns} ns"
