"""What was heard, kept for as long as late data may still come in between: rows, by seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.observation import OBSERVATION, stack

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Heard:
    """Rows with what they point to.

    rows    (m,) of OBSERVATION; its `claim` points into claims, from 1
    number  (m,)  counts up in the order they were heard; each row keeps its own for life
    """

    rows: NDArray[np.void]
    claims: tuple[Claim, ...]
    number: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Ints | Mask) -> "Heard":
        """These rows, by index or mask."""
        return Heard(self.rows[which], self.claims, self.number[which])


@dataclass(frozen=True, slots=True)
class Span:
    """What belongs to one second or so.

    end_ns  UTC end of it: that of its last tick
    heard   what is of this time, whenever it came
    fresh   (k,)  numbers of the rows that came late and have not been folded in yet
    share   of what there is of this time, how much was counted on when it was last worked through
    """

    end_ns: int
    heard: Heard
    fresh: Ints
    share: float = 1.0


def nothing() -> Heard:
    """No rows."""
    return Heard(np.zeros(0, OBSERVATION), (), np.zeros(0, np.int64))


def none_fresh() -> Ints:
    """No numbers."""
    return np.zeros(0, np.int64)


def join(parts: Sequence[Heard]) -> Heard:
    """All of them, one after another, with the claims that are still pointed to."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return nothing()
    rows = stack([part.rows for part in parts])
    claims: list[Claim] = []
    done = 0
    for part in parts:
        mine = rows["claim"][done : done + len(part)]  # a view: rows are this function's own
        told = np.flatnonzero(mine)
        said = part.rows["claim"][told]
        mine[told] = np.arange(len(claims) + 1, len(claims) + 1 + len(told))
        claims += [part.claims[c - 1] for c in said.tolist()]
        done += len(part)
    return Heard(rows, tuple(claims), np.concatenate([part.number for part in parts]))


def insert(span: Span, late: Heard) -> Span:
    """The span with rows that came later than their time, all in the order of their time."""
    both = join((span.heard, late))
    order = np.lexsort((both.number, both.rows["valid_ns"]))
    return replace(span, heard=both.take(order), fresh=np.concatenate((span.fresh, late.number)))


def folded(span: Span, share: float) -> Span:
    """The span once it was worked through with this share counted on."""
    return replace(span, fresh=none_fresh(), share=share)


def fresh_rows(span: Span) -> Heard:
    """The rows that came late and are not in the picture yet."""
    return span.heard.take(np.isin(span.heard.number, span.fresh))
