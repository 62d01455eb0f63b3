"""Where shown tracks were in the last minutes: a ring of samples, one column a track.

Every track is sampled at the same instants, each SAMPLE_S of the sector's time. A sample is NaN where the
track was not seen then. What a track has goes when it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S

SAMPLE_S: Final = 2
DEPTH: Final = 120  # samples: four minutes
_THROUGHOUT: Final = 0.8
# Who flies together, as `identify.company` takes a flock: so near for so long, and drifting apart no faster.
_TOGETHER_M: Final = 250.0
_TOGETHER_S: Final = 8.0
_TOGETHER_MPS: Final = 8.0
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Past:
    """The samples. Nobody writes into a Past: `sampled` gives a new one.

    places   (slots, DEPTH, 3) m, east, north on the watch's plane and height above the ellipsoid
    slot     row of `places` by track id; free: rows that nobody has
    instant  number of the newest sample, in SAMPLE_S since 1970; -1 before the first
    """

    places: NDArray[np.float32]
    slot: dict[int, int]
    free: tuple[int, ...]
    instant: int = -1


def empty() -> Past:
    """Nothing was seen yet."""
    return Past(np.full((0, DEPTH, 3), np.nan, np.float32), {}, ())


def sampled(past: Past, ids: Sequence[int], places: Array, seen: NDArray[np.bool_], tick_ns: int) -> Past:
    """The past with one more sample, where it is time for one.

    ids     of all shown tracks; others are forgotten
    places  (n, 3) m, as in Past; seen (n,) whether a sensor saw it lately
    """
    instant = tick_ns // (SAMPLE_S * NS_PER_S)
    if instant <= past.instant:
        return past
    slot, free = _slots(past, ids)
    table = np.full((max(len(past.places), len(slot) + len(free)), DEPTH, 3), np.nan, np.float32)
    table[: len(past.places)] = past.places
    fresh = [row for track_id, row in slot.items() if track_id not in past.slot]
    table[fresh] = np.nan
    skipped = min(DEPTH, instant - past.instant) if past.instant >= 0 else DEPTH
    table[:, [(instant - k) % DEPTH for k in range(skipped)]] = np.nan
    mine = [slot[track_id] for track_id in ids]
    table[mine, instant % DEPTH] = np.where(seen[:, None], places, np.nan)
    return Past(table, slot, free, instant)


def _slots(past: Past, ids: Sequence[int]) -> tuple[dict[int, int], tuple[int, ...]]:
    """Rows for all these tracks, those of tracks that have gone given to new ones."""
    shown = set(ids)
    slot = {track_id: row for track_id, row in past.slot.items() if track_id in shown}
    free = [*past.free, *(row for track_id, row in past.slot.items() if track_id not in shown)]
    used = len(past.places)
    for track_id in ids:
        if track_id not in slot:
            slot[track_id] = free.pop() if free else used
            used = max(used, slot[track_id] + 1)
    return slot, tuple(free)


def spanned(windows: Array) -> NDArray[np.bool_]:
    """Which windows (n, w, 3) were seen throughout (n,): at their beginning, and in four samples of five."""
    seen = ~np.isnan(windows[:, :, 0])
    out: NDArray[np.bool_] = seen[:, :2].any(axis=1) & (seen.mean(axis=1) >= _THROUGHOUT)
    return out


def went_mps(windows: Array) -> Array:
    """Mean speed (n,) along what was seen of the way in windows (n, w, 3); NaN where that is no way."""
    out = np.full(len(windows), np.nan)
    for i, samples in enumerate(windows):
        seen = np.flatnonzero(~np.isnan(samples[:, 0]))
        if len(seen) > 1:
            steps = np.diff(samples[seen, :2], axis=0)
            out[i] = np.hypot(*steps.T).sum() / ((seen[-1] - seen[0]) * SAMPLE_S)
    return out


def together(past: Past, one: int, other: int) -> bool:
    """Whether two tracks have flown together in the last seconds."""
    mine, theirs = window(past, [one, other], _TOGETHER_S)
    apart = (mine - theirs)[:, :2]
    seen = np.flatnonzero(~np.isnan(apart[:, 0]))
    if len(seen) < 2 or np.hypot(*apart[seen].T).max() > _TOGETHER_M:
        return False
    drift_m = float(np.hypot(*(apart[seen[-1]] - apart[seen[0]])))
    return drift_m <= _TOGETHER_MPS * SAMPLE_S * int(seen[-1] - seen[0])


def window(past: Past, ids: Sequence[int], seconds: float) -> Array:
    """The newest samples of some tracks, (n, w, 3), oldest first; NaN where not seen."""
    w = min(DEPTH, max(2, round(seconds / SAMPLE_S)))
    columns = [(past.instant - k) % DEPTH for k in reversed(range(w))]
    out = np.full((len(ids), w, 3), np.nan)
    for i, track_id in enumerate(ids):
        row = past.slot.get(track_id)
        if row is not None:
            out[i] = past.places[row, columns]
    return out
