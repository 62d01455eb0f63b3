"""Whose plots were whose, as far as it was ever made out: what steps told, put together.

A plot stays open for as long as the histories of its track remember it: each step says anew how surely it is
the track's, and a plot that none of them remembers any more, though they reach back to it, was not. When
they no longer reach back to it, it is resolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vedette.track.naming import NAMELESS
from vedette.track.took import PLOT, Took, find, fresh_plots, key

Array = NDArray[np.float64]

_FAINT = 0.02  # what is a track's with less in the end is left out
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Open:
    """Plots that are still open, (n,) of PLOT; and the number of the next look."""

    plots: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, PLOT))
    look: int = 0


def resolve(state: Open, took: Sequence[Took], origin: Array) -> tuple[Open, NDArray[np.void]]:
    """Take what more steps said, in their order; returns what is resolved by it, (n,) of PLOT."""
    done = [np.zeros(0, PLOT)]
    plots, look = state.plots, state.look
    for one, fresh in zip(took, fresh_plots(took, origin, look), strict=True):
        look += int(one.look.max(initial=-1)) + 1
        plots, over = _step(plots, one, fresh[fresh["track_id"] < NAMELESS])
        done.append(over)
    return Open(plots, look), np.concatenate(done)


def give_up(state: Open, track_id: NDArray[np.uint32]) -> tuple[Open, NDArray[np.void]]:
    """The open plots of these tracks, as they stand: nothing more will be told of them."""
    theirs = np.isin(state.plots["track_id"], track_id)
    over = state.plots[theirs]
    return Open(state.plots[~theirs], state.look), over[over["probability"] > _FAINT]


def _step(
    plots: NDArray[np.void], one: Took, fresh: NDArray[np.void]
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Open plots after one step, and those that it resolved."""
    plots = np.concatenate((plots, fresh))
    keys = key(plots["track_id"], plots["number"])
    since = _since(plots, keys, one)
    at, known = find(key(one.last_track, one.last_number), keys)
    reached = plots["look"] >= since
    p = plots["probability"]
    p[reached] = 0.0
    p[known] = one.last_p[at[known]]
    over = (since < _NEVER) & ~reached & ~known
    return plots[~over], plots[over & (p > _FAINT)]


def _since(plots: NDArray[np.void], keys: NDArray[np.uint64], one: Took) -> NDArray[np.int64]:
    """From which look on the step tells all that each plot's track took, (n,); never for the others."""
    out = np.full(len(plots), _NEVER)
    at, there = find(keys, key(one.since_track, one.since_number))
    look = np.full(len(there), -1)
    look[there] = plots["look"][at[there]]
    whose, spoken = find(one.since_track, plots["track_id"])
    out[spoken] = look[whose[spoken]]
    return out
