"""What a sensor remembers of targets, by slot: as many rows as it met lately, however many there are.

A load of 100,000 actors and 2,000 sensors has 2·10^8 pairs, nearly all of which never meet.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.world import Ints

NEVER: Final = -(1 << 62)


@dataclass
class Memory:
    """slot (m,) in order, and rows (m,) of a dtype with the columns `life` and `seen_ns`."""

    slot: Ints
    rows: NDArray[np.void]

    def find(self, slot: Ints) -> Ints:
        """Where slots (k,), each once, have their rows; who has none gets a blank one."""
        at = np.searchsorted(self.slot, slot)
        known = at < len(self.slot)
        known[known] = self.slot[at[known]] == slot[known]
        if known.all():
            return at
        fresh = slot[~known]
        blank = np.zeros(len(fresh), self.rows.dtype)
        blank["seen_ns"] = NEVER
        both = np.concatenate((self.slot, fresh))
        order = np.argsort(both, kind="stable")
        self.slot, self.rows = both[order], np.concatenate((self.rows, blank))[order]
        return np.searchsorted(self.slot, slot)

    def forget(self, before_ns: int) -> None:
        """Drop whom it has not seen since."""
        keep = self.rows["seen_ns"] >= before_ns
        if not keep.all():
            self.slot, self.rows = self.slot[keep], self.rows[keep]


def begin(*columns: tuple[str, str] | tuple[str, str, tuple[int, ...]]) -> Memory:
    """An empty one, with more columns beside life and seen_ns."""
    dtype = np.dtype([("life", "<i8"), ("seen_ns", "<i8"), *columns])
    return Memory(np.zeros(0, np.int64), np.zeros(0, dtype))


def phase(slot: Ints, salt: int, of: int) -> Ints:
    """(k,) numbers from 0 to below `of`, the same for a slot and a salt: a multiplicative hash (Knuth)."""
    mixed = (slot.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(20)) % np.uint64(of)).astype(np.int64)
