"""Taking over a partner's entries: proved first, then joined with what is here. Nothing is overwritten.

Joining is idempotent, and in whatever order exports are taken over the same entries come out: an entry is the
same everywhere or it is refused, and an entry goes before its withheld place.
"""

import mmap
import sqlite3
from pathlib import Path

from msgspec import Struct

from vedette.core.chain import link_of
from vedette.core.entry import Entry, Group, Withheld
from vedette.core.errors import LedgerError
from vedette.ledger import export, schema, sources, store
from vedette.ledger.judge import Judge, Terms
from vedette.ledger.keys import Known


class Taken(Struct, frozen=True):
    """What came of it: entries and withheld places that were new, and what was here already."""

    entries: int = 0
    withheld: int = 0
    known: int = 0


def prove(path: Path, known: Known) -> mmap.mmap:
    """The bytes of an export that holds, by the keys that nodes are known by; LedgerError with its fault."""
    if not path.is_file() or not export.is_export(path):
        raise LedgerError(f"expected an export of a ledger, got {path}")
    content = export.open_export(path)
    fault = Judge(Terms(known=known), lambda _: None).prove(sources.of_export(content))
    if fault is not None:
        content.close()
        raise LedgerError(f"{path} is not taken over: {fault}")
    return content


def join(db: sqlite3.Connection, content: mmap.mmap) -> Taken:
    """Join an export that was proved with a ledger that is open for writing: all of it, or nothing.

    LedgerError where it says of a place something else than is here.
    """
    entries = withheld = held = 0
    with store.transaction(db):
        for group, items in export.read_groups(content):
            number = store.node_id(db, group.node, make=True) or schema.OWN
            if not store.has_group(db, number, group):
                _check_place(db, number, group, items[0].previous)
                store.insert_group(db, number, group)
            new, places = _news(db, number, items)
            store.insert_entries(db, number, new)
            store.insert_withheld(db, number, places)
            entries, withheld = entries + len(new), withheld + len(places)
            held += len(items) - len(new) - len(places)
    return Taken(entries, withheld, held)


def _check_place(db: sqlite3.Connection, number: int, group: Group, previous: bytes) -> None:
    """A group that is new here must fit between those that are here."""
    if number == schema.OWN:
        raise LedgerError(
            f"truncated at {group.node} seq {group.first}: a partner has entries of this ledger up to seq "
            f"{group.last} that are not in it: it was cut, or is an old copy"
        )
    beside = list(store.groups(db, number, group.node, group.first - 1, group.last + 1))
    for other in beside:
        if other.last == group.first - 1:
            fits = link_of(other) == previous
        elif other.first == group.last + 1:
            fits = store.previous_of(db, number, other.first) == link_of(group)
        else:
            fits = False
        if not fits:
            raise LedgerError(
                f"fork at {group.node} seq {group.first} to {group.last}: its node signed another history, "
                f"of which seq {other.first} to {other.last} is here; neither is lost: keep the file"
            )


def _news(
    db: sqlite3.Connection, number: int, items: list[Entry | Withheld]
) -> tuple[list[Entry], list[Withheld]]:
    """What of a group is not here yet."""
    entered, placed = store.hashes(db, number, items[0].seq, items[-1].seq)
    new: list[Entry] = []
    places: list[Withheld] = []
    for item in items:
        if item.hash != entered.get(item.seq, item.hash) or item.hash != placed.get(item.seq, item.hash):
            raise LedgerError(f"fork at {item.node} seq {item.seq}: here stands another entry")
        if isinstance(item, Entry) and item.seq not in entered:
            new.append(item)
        elif isinstance(item, Withheld) and item.seq not in entered and item.seq not in placed:
            places.append(item)
    return new, places
