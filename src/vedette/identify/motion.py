"""What each track's motion has been so far: one memory a track, about a sample a second.

A sample is taken when something was measured of the track since the last one: what is only predicted moves
as the filter thinks that it does, and says nothing. Nor does what one camera or direction finder follows
alone: how far away it is, and so how fast, nobody knows. The memory of a track that ended goes to another.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel import habits

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SAMPLE_NS: Final = 900_000_000  # no sooner after the last one
_COLUMNS: Final = (
    "v_east_mps", "v_north_mps", "v_up_mps", "speed_sd_mps", "lat_deg", "lon_deg", "alt_m", "alt_sd_m",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Motion:
    """Memories of m tracks, some of them free.

    slot      track id to row
    free      rows that nobody has
    seen_ns   (m,)            UTC of the last sample
    heard_ns  (m,)            newest bytes in it
    measured  (m,)            plots that it had then, see `step`
    memory    (m, N_MEMORY)   of kernel.habits
    ground_m                  of the surroundings, above the ellipsoid; NaN unknown
    """

    slot: dict[int, int]
    free: list[int]
    seen_ns: Ints
    heard_ns: Ints
    measured: Ints
    memory: Array
    ground_m: float = np.nan


def init(ground_m: float = np.nan) -> Motion:
    """Nothing seen."""
    none = np.zeros(0, np.int64)
    return Motion({}, [], none, none, none, habits.blank(0), ground_m)


def step(motion: Motion, rows: NDArray[np.void], measured: Ints | None = None) -> Motion:
    """With a sample of those rows (n,) of TRACK that bring something new.

    measured  (n,) plots that tell where each is, in all; None: whatever was heard tells it
    """
    motion = _with_slots(motion, rows["track_id"].tolist())
    at = np.array([motion.slot[t] for t in rows["track_id"].tolist()], np.int64)
    since_ns = rows["time_ns"] - motion.seen_ns[at]
    fresh = rows["heard_ns"] > motion.heard_ns[at]
    if measured is not None:
        fresh &= measured > motion.measured[at]
    due = np.flatnonzero((since_ns >= SAMPLE_NS) & fresh)
    if len(due):
        sample = np.empty((len(due), habits.N_SAMPLE))
        for column, name in enumerate(_COLUMNS):
            sample[:, column] = rows[name][due]
        memory, seen_ns, heard_ns = motion.memory.copy(), motion.seen_ns.copy(), motion.heard_ns.copy()
        counted = motion.measured.copy()
        which = at[due]
        habits.remember(memory, which, sample, since_ns[due] / NS_PER_S)
        seen_ns[which], heard_ns[which] = rows["time_ns"][due], rows["heard_ns"][due]
        if measured is not None:
            counted[which] = measured[due]
        motion = Motion(motion.slot, motion.free, seen_ns, heard_ns, counted, memory, motion.ground_m)
    return motion


def without_ended(motion: Motion, rows: NDArray[np.void]) -> Motion:
    """Without the tracks that rows say have ended."""
    ended = rows["track_id"][rows["status"] == TrackStatus.ENDED].tolist()
    return _without(motion, ended) if ended else motion


def features(motion: Motion, track_ids: list[int]) -> Array:
    """(k, N_FEATURES) of these tracks, which are all known."""
    at = np.array([motion.slot[t] for t in track_ids], np.int64)
    return habits.features(motion.memory, at, motion.ground_m)


def measured_ns(motion: Motion, track_ids: list[int]) -> Ints:
    """UTC (k,) of the last sample of some tracks; long ago where there is none."""
    slots = np.array([motion.slot.get(t, -1) for t in track_ids], np.int64)
    out = np.full(len(track_ids), -(2**62), np.int64)
    known = slots >= 0
    out[known] = motion.seen_ns[slots[known]]
    return out


def _with_slots(motion: Motion, track_ids: list[int]) -> Motion:
    """With a blank memory for each track that is new."""
    new = [t for t in track_ids if t not in motion.slot]
    if not new:
        return motion
    free, m = list(motion.free), len(motion.memory)
    more = max(len(new) - len(free), 0)
    if more:
        more = max(more, m, 16)
        free = [*range(m + more - 1, m - 1, -1), *free]
    slot = dict(motion.slot)
    for t in new:
        slot[t] = free.pop()
    never = np.full(more, -(2**62), np.int64)
    return Motion(
        slot,
        free,
        np.concatenate((motion.seen_ns, never)),
        np.concatenate((motion.heard_ns, never)),
        np.concatenate((motion.measured, np.zeros(more, np.int64))),
        np.concatenate((motion.memory, habits.blank(more))),
        motion.ground_m,
    )


def _without(motion: Motion, ended: list[int]) -> Motion:
    """With the memories of these tracks blank and free."""
    slot = dict(motion.slot)
    rows = [slot.pop(t) for t in ended]
    memory, seen_ns, heard_ns = motion.memory.copy(), motion.seen_ns.copy(), motion.heard_ns.copy()
    measured = motion.measured.copy()
    memory[rows] = habits.blank(len(rows))
    seen_ns[rows] = heard_ns[rows] = -(2**62)
    measured[rows] = 0
    return Motion(slot, [*motion.free, *rows], seen_ns, heard_ns, measured, memory, motion.ground_m)
