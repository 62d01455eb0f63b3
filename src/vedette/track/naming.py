"""The names of tracks when the past was worked through again: who is who, in two pictures of one time.

A track that both pictures have from before keeps its id. One that began since, or that only one of them
still has, is the same as that in the other picture with which it shares most of its last plots; where
nothing is shared, as one that is shown at the same place. What is left is new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.motion import summarise
from vedette.track.state import Tracks

Ids = NDArray[np.uint32]
Ints = NDArray[np.int64]

NAMELESS: Final = 1 << 31  # tracks that begin while the past is worked through count from here
_SAME_PLACE_D2 = 9.0  # squared, in standard deviations of both, east and north


@dataclass(frozen=True, slots=True)
class Names:
    """old (k,), sorted, becomes new (k,); what is not in old stays."""

    old: Ids
    new: Ids

    def of(self, ids: Ids) -> Ids:
        """These ids, renamed."""
        if not len(self.old):
            return ids
        at = np.minimum(np.searchsorted(self.old, ids), len(self.old) - 1)
        out: Ids = np.where(self.old[at] == ids, self.new[at], ids).astype(np.uint32)
        return out


def match(
    pictures: Sequence[tuple[Tracks, Tracks]], again: Tracks, provisional: int, next_id: int
) -> tuple[Names, int]:
    """Names for the tracks that were worked through again, and the next free id.

    pictures     of one time each, the newest first: as it was shown, and worked through again. After the
                 newest only what is shown gets a name: what has ended by now keeps the one that it had
    again        the newest one worked through again: all of its tracks get a name
    provisional  ids from here on are not names yet
    """
    names: dict[int, int] = {}
    for k, (live, redone) in enumerate(pictures):
        mine, theirs = _standing(live), _standing(redone)
        if k:
            mine = mine.take(mine.status > 0)
            theirs = theirs.take((theirs.status > 0) & (theirs.track_id >= provisional))
        used = np.fromiter(names.values(), np.uint32, len(names))
        settled = (theirs.track_id < provisional) & np.isin(theirs.track_id, mine.track_id)
        mine = mine.take(~np.isin(mine.track_id, theirs.track_id[settled]) & ~np.isin(mine.track_id, used))
        known = np.fromiter(names, np.uint32, len(names))
        theirs = theirs.take(~settled & ~np.isin(theirs.track_id, known))
        name = np.zeros(len(theirs), np.uint32)
        taken = np.zeros(len(mine), np.bool_)
        i, j = _by_plots(mine, theirs)
        # A name from before gives way only to one that is shown now.
        fit = (mine.status[i] > 0) | (theirs.track_id[j] >= provisional)
        _pair_up(i[fit], j[fit], mine.track_id, name, taken)
        if not k:
            _pair_up(*_by_place(mine, theirs, name, taken), mine.track_id, name, taken)
        found = name > 0
        names.update(zip(theirs.track_id[found].tolist(), name[found].tolist(), strict=True))
    for track_id in np.unique(again.track_id[again.track_id >= provisional]).tolist():
        if track_id not in names:
            names[track_id] = next_id
            next_id += 1
    old = np.array(sorted(names), np.uint32)
    return Names(old, np.array([names[i] for i in old.tolist()], np.uint32)), next_id


def _standing(tracks: Tracks) -> Tracks:
    """One row a track: the leaf that stands for it."""
    return tracks.take(np.flatnonzero(tracks.shown))


def _pair_up(i: Ints, j: Ints, ids: Ids, name: Ids, taken: NDArray[np.bool_]) -> None:
    """Give theirs j the id of mine i, the pairs best first, each once. In place."""
    for a, b in zip(i.tolist(), j.tolist(), strict=True):
        if not taken[a] and not name[b]:
            taken[a] = True
            name[b] = ids[a]


def _by_plots(mine: Tracks, theirs: Tracks) -> tuple[Ints, Ints]:
    """Pairs that share some of their last plots, those that share most first, then those of the newest."""
    i, their_plot = _last_plots(theirs)
    j, my_plot = _last_plots(mine)
    order = np.argsort(my_plot, kind="stable")
    first = np.searchsorted(my_plot[order], their_plot, side="left")
    count = np.searchsorted(my_plot[order], their_plot, side="right") - first
    at = np.repeat(first - np.concatenate((np.zeros(1, np.int64), np.cumsum(count)[:-1])), count)
    at = at + np.arange(int(count.sum()))
    a, b = j[order][at], np.repeat(i, count)
    newest = np.repeat(their_plot, count).astype(np.int64)
    pair, where, shared = np.unique(
        a * np.int64(len(theirs) + 1) + b, return_inverse=True, return_counts=True
    )
    last = np.zeros(len(pair), np.int64)
    np.maximum.at(last, where.reshape(-1), newest)
    best = np.lexsort((pair, -last, -shared))
    return pair[best] // (len(theirs) + 1), pair[best] % (len(theirs) + 1)


def _last_plots(tracks: Tracks) -> tuple[Ints, NDArray[np.uint64]]:
    """Whose, and the number, of every plot that the tracks remember."""
    row, column = np.nonzero(tracks.recent)
    return row, tracks.recent[row, column]


def _by_place(mine: Tracks, theirs: Tracks, name: Ids, taken: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Pairs at the same place, the nearest first, of tracks that are shown and have no partner yet."""
    a = np.flatnonzero(~taken & (mine.status > 0))
    b = np.flatnonzero(name == 0)
    if not len(a) or not len(b):
        return a[:0], b[:0]
    mean, cov = summarise(*(np.ascontiguousarray(v[a]) for v in (mine.x, mine.P, mine.mu)))
    mean2, cov2 = summarise(*(np.ascontiguousarray(v[b]) for v in (theirs.x, theirs.P, theirs.mu)))
    gap_s = (mine.time_ns[a][:, None] - theirs.time_ns[b]) / NS_PER_S
    d2 = np.zeros(gap_s.shape)
    for axis in (0, 1):  # the older one is carried on
        ahead = np.maximum(gap_s, 0.0) * mean2[:, axis + 3]
        behind = np.maximum(-gap_s, 0.0) * mean[:, axis + 3][:, None]
        away = mean[:, axis][:, None] + behind - mean2[:, axis] - ahead
        d2 += away**2 / (cov[:, axis, axis][:, None] + cov2[:, axis, axis])
    p, q = np.nonzero(d2 < _SAME_PLACE_D2)
    best = np.lexsort((q, p, d2[p, q]))
    return a[p[best]], b[q[best]]
