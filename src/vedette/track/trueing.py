"""Registration inside the tracker's step: plots put right before the looks, biases learnt after them.

Plots that tracks took wait until the middle of a second; then registration takes them all at once. Where
nothing can be learnt (one sensor, or only such whose targets tell their position) nothing is kept and nothing
done.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vedette.core.observation import stack
from vedette.core.sensor import SENSOR_BIAS
from vedette.core.units import NS_PER_S
from vedette.track import registration
from vedette.track.registration import corrected, corrected_model, told
from vedette.track.sensors import SensorModel
from vedette.track.sightings import sight

if TYPE_CHECKING:
    from vedette.track.look import Hits
    from vedette.track.state import TrackerState

Ints = NDArray[np.int64]

_HALF_NS = NS_PER_S // 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """Plots that tracks took in one tick: uncorrected rows (k,), and whose they are, how surely, (k,)."""

    rows: NDArray[np.void]
    track_id: NDArray[np.uint32]
    probability: NDArray[np.float64]


def learns(state: "TrackerState") -> bool:
    """Whether there are two sensors to compare, one of them with biases."""
    seen = [m.sensor for m in state.sensors.values() if m.sensor.modality != "human"]
    return state.registration is not None and len(seen) > 1 and any(s.scan != "self_report" for s in seen)


def put_right(
    state: "TrackerState", rows: NDArray[np.void], tick_ns: int
) -> tuple[NDArray[np.void], dict[int, SensorModel]]:
    """Rows (m,) of OBSERVATION and the sensors, as they would be without the biases known so far.

    A clock that is late cannot put a plot after the tick in which it was heard.
    """
    known = state.registration
    if known is None or not len(rows) or not known.off.any():
        return rows, state.sensors
    models = {i: corrected_model(known, model) for i, model in state.sensors.items()}
    out = corrected(known, rows, state.origin)
    out["valid_ns"] = np.minimum(out["valid_ns"], np.maximum(rows["valid_ns"], tick_ns))
    return out, models


def learn(
    state: "TrackerState", rows: NDArray[np.void], hits: "Hits", tick_ns: int
) -> tuple["TrackerState", NDArray[np.void]]:
    """Keep what tracks took in this tick; once a second, learn from all that waited.

    That is in the middle of a second: at its end everybody else has much to do.

    state  after the tick
    rows   (m,) of OBSERVATION as they came, uncorrected; hits point into them

    Returns the new state and what is known now, (k,) of SENSOR_BIAS; none where nothing was learnt.
    """
    nothing = np.zeros(0, SENSOR_BIAS)
    known = state.registration
    if known is None:
        return state, nothing
    waiting = state.waiting
    if len(hits.row):
        waiting = (*waiting, Waiting(rows[hits.row], hits.track_id, hits.probability))
    if (tick_ns + _HALF_NS) // NS_PER_S <= (known.time_ns + _HALF_NS) // NS_PER_S:
        return (replace(state, waiting=waiting) if len(hits.row) else state), nothing
    state = replace(state, waiting=())
    if not waiting:
        return state, nothing
    came = stack([w.rows for w in waiting])
    people = [i for i, m in state.sensors.items() if m.sensor.modality == "human"]
    came["claim"] = 0  # what it points to is gone by now
    chances = np.concatenate([w.probability for w in waiting])
    chances[np.isin(came["sensor"], people)] = 0.0
    taken = np.concatenate([w.track_id for w in waiting])
    seen = sight(state, came, taken, chances, known.settings)
    after = registration.step(known, seen, tick_ns)
    return replace(state, registration=after), told(after)
