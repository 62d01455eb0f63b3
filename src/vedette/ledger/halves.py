"""A long ledger proved in two processes: a helper takes its first half, the caller the rest.

Where the halves meet, the helper must arrive at what the caller began with.
"""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from vedette.core.chain import link_of
from vedette.core.hlc import Stamp
from vedette.ledger import schema, sources, store
from vedette.ledger.judge import Judge, Seen, Terms
from vedette.ledger.proof import Fault, Walk

LEAST: Final = 100_000  # entries; below, one process is faster


class Asked(Struct, frozen=True):
    """What a helper is to do: prove the ledger's own entries up to seq `last`."""

    path: str
    terms: Terms
    node: str
    last: int


class Answered(Struct, frozen=True):
    """What it found."""

    fault: Fault | None
    seen: Seen


def find_cut(db: sqlite3.Connection) -> Walk | None:
    """A group in the middle of the ledger's own entries, as if all up to its end were proved.

    None where the ledger is short, or its middle does not look as it should: then one process finds out why.
    """
    try:
        top = db.execute("SELECT max(seq) FROM entry WHERE node = ?", (schema.OWN,)).fetchone()[0]
        name = store.nodes(db)[0][1]
        if top is None or top < LEAST:
            return None
        group = next(store.groups(db, schema.OWN, name, top // 2), None)
        if group is None:
            return None
        (entry,) = store.entries_between(db, schema.OWN, name, group.last, group.last)
        return Walk(name, last=group.last, stamp=Stamp(*entry.stamp), ahead=link_of(group), group=group)
    except (*sources.UNREADABLE, sqlite3.Error):
        return None


class Helper:
    """A helper at work on a first half."""

    def __init__(self, path: Path, terms: Terms, cut: Walk) -> None:
        """Start it."""
        command = [sys.executable, "-m", "vedette.ledger.halves"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._asked = msgspec.json.encode(Asked(str(path), terms, cut.node, cut.last))

    def __enter__(self) -> "Helper":
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
                stdin.write(self._asked)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def answer(self) -> Answered | None:
        """Wait for what it found; None where it did not come to an end."""
        stdout = self._process.stdout
        content = stdout.read() if stdout is not None else b""
        try:
            return msgspec.json.decode(content, type=Answered)
        except msgspec.MsgspecError:
            return None


def prove(db: sqlite3.Connection, path: Path, judge: Judge, terms: Terms, cut: Walk) -> Fault | None:
    """Prove a closed ledger from `cut` on while a helper proves the rest; the first fault, or None."""
    judge.walks[cut.node] = cut
    with Helper(path, terms, cut) as helper:
        fault = judge.follow(sources.of_ledger(db, own_after=cut.last))
        first = helper.answer()
    if first is None:  # it was killed: all is done here
        judge.forget()
        return judge.prove(sources.of_ledger(db))
    if first.fault is not None:
        judge.walks.clear()
    elif [(walk.ahead, walk.stamp) for walk in first.seen.walks] != [(cut.ahead, cut.stamp)]:
        return Fault("form", "it changed while it was proved", cut.node, cut.last)
    judge.join(first.seen)
    return first.fault or fault or judge.finish()


def main() -> None:
    """Do what stands on standard input, and say on standard output what was found."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    judge = Judge(asked.terms, lambda _: None)
    db = store.open_to_read(Path(asked.path), closed=True)
    try:
        fault = judge.follow(sources.of_own(db, asked.node, asked.last))
    finally:
        db.close()
    sys.stdout.buffer.write(msgspec.json.encode(Answered(fault, judge.seen())))


if __name__ == "__main__":
    main()
