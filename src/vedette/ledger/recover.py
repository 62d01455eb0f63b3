"""Opening a ledger again: where it ended, and whether that end is sound."""

import sqlite3
from pathlib import Path
from typing import Final

from msgspec import Struct

from vedette.core import chain
from vedette.core.entry import NOTHING, Entry, Group
from vedette.core.errors import LedgerError
from vedette.core.hlc import FURTHEST_AHEAD_NS, START, Stamp, follow
from vedette.ledger import proof, schema, store
from vedette.ledger.head import read_head

_GROUPS_LOOKED_AT: Final = 16


class Tail(Struct, frozen=True):
    """Where the next entry goes.

    seq    of the newest entry, 0 for none
    stamp  what the next one must come after
    ahead  its `previous`
    group  the newest signed group, None for none
    """

    seq: int = 0
    stamp: Stamp = START
    ahead: bytes = NOTHING
    group: Group | None = None


def tail_of(db: sqlite3.Connection, node: str, place: Path) -> Tail:
    """The end of a node's own ledger; its last groups are proved.

    LedgerError with node, seq and what is wrong where the end does not hold.
    """
    try:
        newest = store.newest_group(db, schema.OWN, node)
        top = db.execute("SELECT max(seq) FROM entry WHERE node = ?", (schema.OWN,)).fetchone()[0] or 0
        if newest is None:
            if top:
                raise LedgerError(f"{place} is broken at {node} seq {top}: no signature covers its entries")
            return Tail()
        if top != newest.last:
            raise LedgerError(
                f"{place} is broken at {node} seq {newest.last}: expected its last group to end the ledger, "
                f"got entries up to {top}"
            )
        return _proved_tail(db, node, newest)
    except proof.Broken as broken:
        raise LedgerError(f"{place} is broken: {broken.fault}") from broken
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise LedgerError(f"{place} is broken: its last entries cannot be read: {error}") from error


def _proved_tail(db: sqlite3.Connection, node: str, newest: Group) -> Tail:
    row = db.execute(
        "SELECT min(first) FROM (SELECT first FROM entry_group WHERE node = ? ORDER BY first DESC LIMIT ?)",
        (schema.OWN, _GROUPS_LOOKED_AT),
    ).fetchone()
    walk = proof.init(node)
    for group in store.groups(db, schema.OWN, node, row[0]):
        entries = store.entries_between(db, schema.OWN, node, group.first, group.last)
        walk = proof.step(walk, group, [link_of(entry) for entry in entries], part=True)
        proof.check_signature(group)
    if walk.last != newest.last or walk.gaps:
        raise LedgerError(f"expected the groups of {node} to follow on each other up to {newest.last}")
    return Tail(walk.last, walk.stamp, walk.ahead, walk.group)


def followed(db: sqlite3.Connection, own: Stamp, now_ns: int) -> Stamp:
    """What the next stamp must come after: also what was taken over from others, as far as we follow it."""
    try:
        row = db.execute(
            "SELECT time_ns, counter FROM entry WHERE time_ns <= ? "
            "ORDER BY time_ns DESC, counter DESC LIMIT 1",
            (now_ns + FURTHEST_AHEAD_NS,),
        ).fetchone()
    except store.TROUBLE as error:
        raise LedgerError(f"cannot read the ledger's newest times: {error}") from error
    return own if row is None else follow(own, Stamp(*row), now_ns)


def link_of(entry: Entry) -> proof.Link:
    """What of an entry is chained."""
    digest = chain.digest_of(chain.content_of(entry))
    return (entry.seq, entry.stamp.time_ns, entry.stamp.counter, digest, entry.previous, entry.hash)


def check_head(db: sqlite3.Connection, tail: Tail, node: str, head_file: Path) -> None:
    """LedgerError where the head beside the ledger knows of entries that the ledger has not."""
    try:
        head = read_head(head_file)
    except LedgerError as error:
        raise LedgerError(f"{error}; if the ledger is proved by other heads, remove the file") from None
    if head is None:
        return
    if head.node != node:
        raise LedgerError(f"expected in {head_file} the head of {node!r}, got that of {head.node!r}")
    if head.last > tail.seq:
        raise LedgerError(
            f"{head_file.parent} is broken at {node} seq {tail.seq + 1}: truncated: entries up to seq "
            f"{head.last} were acknowledged, the ledger ends at {tail.seq}"
        )
    found = db.execute(
        "SELECT hash FROM entry WHERE node = ? AND seq = ?", (schema.OWN, head.last)
    ).fetchone()
    if found != (head.head,):
        raise LedgerError(
            f"{head_file.parent} is broken at {node} seq {head.last}: fork: its head signs another entry"
        )
