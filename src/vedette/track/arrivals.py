"""How late each sensor's data comes: what is usual, what is late, and how much is still to come.

A row is *on time* when it is not older than its sensor's newest by more than half a look, for its look is
not over, and not much later than is usual for the sensor. Anything else is late, and is folded in at its
own time. A sensor whose data is always three seconds old is not late by that.

Of what a sensor sees of one moment, the share that has come in after a while is counted over all rows:

    share(age) = rows that were late by no more than age / all rows

A look that is younger than the latest data is judged with the detection probability p_D · share: a target
whose plot may still come was not missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.track.sensors import SensorModel

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Sensors = Mapping[int, SensorModel]

_SLACK_NS = NS_PER_S // 2
_STALL_NS = 3 * NS_PER_S // 2  # in order, but this much later than usual: the sensor was cut off for a while
_LONGEST_USUAL_NS = 10 * NS_PER_S
_CREEP_NS = NS_PER_S // 10  # the most that the usual delay changes in one tick
_BINS = 64  # seconds of lateness that are told apart
_WORTH = 50.0  # rows on time that each sensor is believed to have sent before
_MEMORY = 4000.0  # rows
_LEAST_CHANCE = 0.1
_MATTERS = 0.99  # a share above it counts as 1


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was learnt, by Sensor.index.

    newest_ns  (s,)         valid_ns of the newest row used
    usual_ns   (s,)         from valid to heard, of rows on time: what a median comes to
    rows       (s, _BINS)   counted by how many seconds they were later than that
    since_ns   (s,)         valid_ns of the first row used
    """

    newest_ns: Ints
    usual_ns: Ints
    rows: NDArray[np.float64]
    since_ns: Ints


def init() -> Arrivals:
    """Nothing heard."""
    return Arrivals(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, _BINS)), np.zeros(0, np.int64))


def late(arrivals: Arrivals, rows: NDArray[np.void], sensors: Sensors, tick_ns: int) -> Mask:
    """Which rows (m,) are of a look that is over; all are of sensors that are known."""
    known = _wide(arrivals, max(sensors, default=-1) + 1)
    behind: Mask = tick_ns - rows["valid_ns"] > known.usual_ns[rows["sensor"]] + _STALL_NS
    heard = known.newest_ns[rows["sensor"]] > 0
    out: Mask = (behind & heard) | ~_in_order(known, rows, sensors)
    return out


def _in_order(known: Arrivals, rows: NDArray[np.void], sensors: Sensors) -> Mask:
    """Which rows (m,) are not older than their sensor's newest by more than half a look."""
    slack_ns = np.full(len(known.newest_ns), _SLACK_NS)
    for s, sensor in sensors.items():
        if sensor.period_ns:
            slack_ns[s] = min(_SLACK_NS, sensor.period_ns // 2)
    of = rows["sensor"]
    out: Mask = np.greater_equal(rows["valid_ns"], known.newest_ns[of] - slack_ns[of])
    return out


def learn(
    arrivals: Arrivals, rows: NDArray[np.void], was_late: Mask, sensors: Sensors, tick_ns: int
) -> Arrivals:
    """After a tick: rows (m,) that were used, and which of them came late."""
    if not len(rows):
        return arrivals
    before = _wide(arrivals, max(sensors, default=-1) + 1)
    newer = rows["valid_ns"] > before.newest_ns[rows["sensor"]]  # the sensor goes on: so late is it now
    newest_ns, usual_ns, counts = before.newest_ns.copy(), before.usual_ns.copy(), before.rows.copy()
    since_ns = before.since_ns.copy()
    delay_ns = np.clip(rows["heard_ns"] - rows["valid_ns"], 0, _LONGEST_USUAL_NS)
    for s in np.unique(rows["sensor"]).tolist():
        mine = rows["sensor"] == s
        fine = mine & newer
        if fine.any():
            delay = int(np.median(delay_ns[fine]))
            creep = min(max(delay - int(usual_ns[s]), -_CREEP_NS), _CREEP_NS)
            usual_ns[s] = usual_ns[s] + creep if newest_ns[s] else delay
            since_ns[s] = since_ns[s] or int(rows["valid_ns"][fine].max())
            newest_ns[s] = max(newest_ns[s], int(rows["valid_ns"][fine].max()))
        behind_ns = tick_ns - rows["valid_ns"][mine & was_late] - usual_ns[s]
        bins = np.clip(-(-behind_ns // NS_PER_S), 1, _BINS - 1)
        counts[s] += np.bincount(bins, minlength=_BINS)
        counts[s, 0] += (mine & ~was_late).sum()
        if counts[s].sum() > _MEMORY:
            counts[s] *= 0.5
    return Arrivals(newest_ns, usual_ns, counts, since_ns)


def due_ns(arrivals: Arrivals, rows: NDArray[np.void]) -> Ints:
    """When rows (m,) would have been heard had they not been late, UTC ns."""
    known = _wide(arrivals, int(rows["sensor"].max(initial=0)) + 1)
    out: Ints = rows["valid_ns"] + known.usual_ns[rows["sensor"]]
    return out


def heard_share(arrivals: Arrivals, age_ns: int) -> dict[int, float]:
    """How much of a look that ended so long ago has come in, by Sensor.index; 1 for those left out."""
    if not len(arrivals.rows):
        return {}
    seconds = min(max(age_ns // NS_PER_S, 0), _BINS - 1)
    # Of rows that come b seconds late none could come in the first b seconds.
    elapsed_s: NDArray[np.float64] = (arrivals.newest_ns - arrivals.since_ns)[:, None] / NS_PER_S
    could = np.maximum(1.0 - np.arange(_BINS) / np.maximum(elapsed_s, 1.0), _LEAST_CHANCE)
    rows = arrivals.rows / could
    share = (rows[:, : seconds + 1].sum(axis=1) + _WORTH) / (rows.sum(axis=1) + _WORTH)
    return {s: float(share[s]) for s in np.flatnonzero(share < _MATTERS).tolist()}


def _wide(arrivals: Arrivals, n: int) -> Arrivals:
    """With room for n sensors."""
    more = n - len(arrivals.newest_ns)
    if more <= 0:
        return arrivals
    blank = np.zeros(more, np.int64)
    return replace(
        arrivals,
        newest_ns=np.concatenate((arrivals.newest_ns, blank)),
        usual_ns=np.concatenate((arrivals.usual_ns, blank)),
        since_ns=np.concatenate((arrivals.since_ns, blank)),
        rows=np.concatenate((arrivals.rows, np.zeros((more, _BINS)))),
    )
