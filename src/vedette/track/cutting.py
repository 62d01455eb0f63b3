"""What was heard in one step, cut into looks.

In a look each target gives one plot at most. So a look has no name twice, and lasts less than a turn of a
rotating sensor, half a period of a staring one, and a moment where nothing tells two reports of one target
apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.units import NS_PER_S
from vedette.track.sensors import SensorModel

Ints = NDArray[np.int64]

# Reports without a name: those of the target itself come twice a second at most (DO-260B, F3411-22a).
_SELF_REPORT_NS = NS_PER_S // 4
_EVENT_NS = NS_PER_S // 50


def cut(
    rows: NDArray[np.void], claims: Sequence[Claim], used: Ints, sensors: Mapping[int, SensorModel]
) -> list[tuple[SensorModel, Ints]]:
    """The looks in the order in which their first rows stand, each with its rows' indices.

    rows    (m,) of OBSERVATION
    claims  what rows' `claim` points to, from 1
    used    (k,)  the rows to take, of sensors that are known
    """
    by_sensor = rows["sensor"][used].tolist()
    turns = _turns(rows["valid_ns"][used], rows["sensor"][used], sensors)
    named = rows["claim"][used].tolist()
    seen: dict[tuple[int, str], int] = {}
    looks: dict[tuple[int, int], list[int]] = {}
    for j, s, claim, turn in zip(used.tolist(), by_sensor, named, turns.tolist(), strict=True):
        if claim and not sensors[s].period_ns:
            name = (s, claims[claim - 1].key)
            turn = seen.get(name, 0)
            seen[name] = turn + 1
        looks.setdefault((s, turn), []).append(j)
    return [(sensors[s], np.array(index, np.int64)) for (s, _), index in looks.items()]


def _turns(times_ns: Ints, by_sensor: NDArray[np.uint32], sensors: Mapping[int, SensorModel]) -> Ints:
    """Which look of its sensor each row is in by its time alone, (k,): a look begins with its oldest row."""
    out = np.zeros(len(times_ns), np.int64)
    for s in np.unique(by_sensor).tolist():
        mine = by_sensor == s
        longest_ns = _longest_ns(sensors[s])
        times = times_ns[mine]
        if int(times.max()) - int(times.min()) < longest_ns:
            continue
        ordered = np.sort(times)
        begins = [int(ordered[0])]
        while int(ordered[-1]) - begins[-1] >= longest_ns:
            begins.append(int(ordered[np.searchsorted(ordered, begins[-1] + longest_ns)]))
        out[mine] = np.searchsorted(begins, times, side="right") - 1
    return out


def _longest_ns(sensor: SensorModel) -> int:
    """How long a look may last."""
    if sensor.period_ns:
        return sensor.period_ns if sensor.sensor.scan == "rotating" else (sensor.period_ns + 1) // 2
    return _SELF_REPORT_NS if sensor.sensor.scan == "self_report" else _EVENT_NS
