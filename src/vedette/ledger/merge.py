"""The merge of what several nodes wrote: the same entries give the same history, whoever merges.

As a set with one entry in a place, merging is idempotent, commutative and associative.
"""

from collections.abc import Iterable

from vedette.core.chain import content_of, digest_of
from vedette.core.entry import Entry, Withheld
from vedette.core.errors import LedgerError


def withhold(entry: Entry) -> Withheld:
    """An entry's place, without what it says."""
    return Withheld(entry.node, entry.seq, digest_of(content_of(entry)), entry.previous, entry.hash)


def merge(*histories: Iterable[Entry]) -> list[Entry]:
    """All entries once, in the agreed order: by stamp, then node, then seq.

    LedgerError where two are different in one place of one node.
    """
    held: dict[tuple[str, int], Entry] = {}
    for history in histories:
        for entry in history:
            other = held.setdefault((entry.node, entry.seq), entry)
            if other.hash != entry.hash:
                raise LedgerError(f"fork at {entry.node} seq {entry.seq}: two different entries in one place")
    return sorted(held.values(), key=lambda entry: entry.place)
