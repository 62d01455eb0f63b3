"""Row by row: what a look says of a track, what its silence says, when a track is shown, coasts or ends.

Rows   n leaves of tracks, see clusters
s      column of a sensor in look_ns, sensor_hits and sensor_share, each (n, sensors)

Source: own, but existence after a miss: Williams (2015), IEEE Trans. AES 51(3), eq. 26.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.uint8]

# Status of a track: 0 is not shown yet, the others are those of core.picture.TrackStatus.
CONFIRMED = 1
COASTING = 2
ENDED = 3

_LEAST_SHARE = 0.1  # who was not seen for long may be seen again
_STEADY_SHARE = 0.5  # a sensor that takes so much of its chances sets the pace


@inlined
def _taken(i: int, s: int, sensor_hits: Ints, sensor_share: Array) -> float:
    """Of a sensor's chances to see row i, the share that it took of late.

    What only this sensor has seen is either there or not: 1. But a target that others see is not gone
    because it is too small for this one, or stands behind a building.
    """
    seen_by = 0
    for c in range(sensor_hits.shape[1]):
        seen_by += sensor_hits[i, c] > 0
    return max(sensor_share[i, s], _LEAST_SHARE) if seen_by > 1 else 1.0


@njit
def chances(
    rows: Ints, s: int, r: Array, look_ns: Ints, sensor_hits: Ints, sensor_share: Array, hidden: Mask,
    now_ns: int, period_ns: int, pd: float, pd_again: float, whole: bool,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """What a look says of rows (k,), with a plot and without one.

    r         (n,)  existence before it
    hidden    (k,)  rows that the sensor surely cannot see
    pd              detection probability; pd_again that of a second plot within half a period
    whole           whether who gives no plot was missed

    Returns detected (k,), that the row exists and is seen; missed (k,), log weight of no plot; and survives
    (k,), existence after no plot.
    """
    k = rows.shape[0]
    detected = np.empty(k)
    missed = np.empty(k)
    survives = np.empty(k)
    for q in range(k):
        i = rows[q]
        p = pd * _taken(i, s, sensor_hits, sensor_share)
        if period_ns > 0 and now_ns - look_ns[i, s] < period_ns // 2:
            p = pd_again
        detected[q] = r[i] * p
        miss = 1.0
        if whole and sensor_hits[i, s] > 0 and not hidden[q]:
            miss = 1.0 - r[i] * p
            survives[q] = r[i] * (1.0 - p) / miss
        else:
            survives[q] = r[i]
        missed[q] = math.log(miss)
    return detected, missed, survives


@njit
def fading(
    s: int, r: Array, look_ns: Ints, sensor_hits: Ints, cluster: Ints, now_ns: int, period_ns: int, pd: float,
    least: float,
) -> Mask:  # fmt: skip
    """Rows that stand alone and that a look without a plot makes less likely than least to exist, (n,).

    Not those that had their chance within the last half period: another plot of them is hardly expected.

    cluster  (n,)  of each row, -1 for a row that is all of its target
    """
    n = r.shape[0]
    out = np.zeros(n, np.bool_)
    for i in range(n):
        if cluster[i] >= 0 or sensor_hits[i, s] == 0 or not r[i] * (1.0 - pd) < least * (1.0 - r[i] * pd):
            continue
        if now_ns - look_ns[i, s] < period_ns // 2:
            continue
        out[i] = True
        for c in range(sensor_hits.shape[1]):
            if c != s and sensor_hits[i, c] > 0:
                out[i] = False
    return out


@njit
def overdue(s: int, look_ns: Ints, sensor_hits: Ints, now_ns: int, patience_ns: int) -> Ints:
    """Rows that the sensor has seen before and has not had a look at for longer than its patience, (k,)."""
    n = sensor_hits.shape[0]
    out = np.empty(n, np.int64)
    k = 0
    for i in range(n):
        if sensor_hits[i, s] > 0 and now_ns - look_ns[i, s] > patience_ns:
            out[k] = i
            k += 1
    return out[:k]


@njit
def miss(
    rows: Ints, s: int, hidden: Mask, period_ns: int, pd: float, fade: float, whole: bool, r: Array,
    missed: Ints, excused_ns: Ints, look_ns: Ints, sensor_hits: Ints, sensor_share: Array, log_factor: Array,
) -> None:  # fmt: skip
    """Note that a sensor's chance at rows (k,) has gone by without a plot; all else in place.

    hidden      (k,)  rows that it surely cannot see: they are excused
    fade              what is left of a sensor's share after a miss
    whole             whether the look itself has counted the miss in existence already
    log_factor  (n,)  output: log weight that the miss has for hypotheses with this row
    """
    for q in range(rows.shape[0]):
        i = rows[q]
        p = pd * _taken(i, s, sensor_hits, sensor_share)
        look_ns[i, s] += period_ns
        if hidden[q]:
            excused_ns[i] += period_ns
            continue
        missed[i] += 1
        sensor_share[i, s] *= fade
        if not whole:
            gone = 1.0 - r[i] * p
            log_factor[i] = math.log(gone)
            r[i] = r[i] * (1.0 - p) / gone


@njit
def only(sensor_hits: Ints, which: Mask) -> Mask:
    """Rows that only sensors (sensors,) of these have seen, if any has, (n,)."""
    n = sensor_hits.shape[0]
    out = np.zeros(n, np.bool_)
    if not which.any():
        return out
    for i in range(n):
        out[i] = True
        for s in range(sensor_hits.shape[1]):
            if sensor_hits[i, s] > 0 and not which[s]:
                out[i] = False
    return out


@inlined
def _patience_ns(
    i: int, sensor_hits: Ints, sensor_share: Array, pace_ns: Ints, mute: Mask, unwatched: bool, idle_ns: int
) -> int:
    """How often row i should be heard of: the shortest pace among the sensors that saw it.

    Where several did, those that of late took most of their chances set it. Sensors that are silent are
    asked only where no other has seen the track.
    """
    best = -1
    steady = -1
    any_steady = False
    for s in range(sensor_hits.shape[1]):
        if sensor_hits[i, s] == 0:
            continue
        if mute[s] and not unwatched:
            continue
        keeps = sensor_share[i, s] > _STEADY_SHARE
        any_steady |= keeps
        if pace_ns[s] <= 0:
            continue
        if best < 0 or pace_ns[s] < best:
            best = pace_ns[s]
        if keeps and (steady < 0 or pace_ns[s] < steady):
            steady = pace_ns[s]
    if any_steady:
        best = steady
    return idle_ns if best < 0 else best


@njit
def statuses(
    now_ns: int, status: Codes, hits: Ints, missed: Ints, hit_ns: Ints, excused_ns: Ints, sensor_hits: Ints,
    sensor_share: Array, exists: Array, standing: Array, stands: Ints, pace_ns: Ints, mute: Mask,
    confirm_existence: float, confirm_hits: int, coast_existence: float, coast_periods: float,
    drop_existence: float, drop_periods: float, keep_existence: float, idle_ns: int, longest_coast_ns: int,
    longest_hidden_ns: int,
) -> tuple[Codes, Mask]:  # fmt: skip
    """Status of each row's track now, and whether it is to be let go, (n,) each.

    status               (n,)        until now
    exists, standing     (n,)        see clusters.shown
    stands               (n,)        the row that is shown for each row's track: its status is that of all
    pace_ns              (sensors,)  how often each sensor tells of what it sees; 0 where it has no pace
    mute                 (sensors,)  silent: nobody missed what only they have seen
    confirm_ to keep_                see TrackerSettings
    idle_ns                          pace of rows that no sensor with a pace has seen
    longest_                         a track ends after so long without a plot, and where it is hidden
    """
    n = status.shape[0]
    own = np.zeros(n, np.uint8)
    tired = np.zeros(n, np.bool_)
    unwatched = only(sensor_hits, mute)
    for i in range(n):
        if stands[i] != i:
            continue
        silent = now_ns - hit_ns[i]
        counted = silent - excused_ns[i]
        patience = _patience_ns(i, sensor_hits, sensor_share, pace_ns, mute, unwatched[i], idle_ns)
        shown = status[i] > 0 or (exists[i] >= confirm_existence and hits[i] >= confirm_hits)
        if not shown:
            tired[i] = exists[i] < keep_existence or counted > (coast_periods + 1.0) * patience
            continue
        lost = counted > longest_coast_ns or silent > longest_hidden_ns
        lost |= counted > drop_periods * patience and not unwatched[i]
        if lost or exists[i] < drop_existence:
            own[i] = ENDED
            tired[i] = True
        elif silent > coast_periods * patience or (standing[i] < coast_existence and missed[i] > 0):
            own[i] = COASTING
        else:
            own[i] = CONFIRMED
    return own[stands], tired[stands]
