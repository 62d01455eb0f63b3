"""The tracker over recorded bearings, tick by tick."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.track.state import TrackerState, init, with_sensors
from vedette.track.step import TrackOutput, step


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick gave.

    time_ns  its end
    state    the tracker's, after it
    output   the tracker's
    began    tracks that are shown for the first time
    """

    time_ns: int
    state: TrackerState
    output: TrackOutput
    began: int


def run_ticks(
    origin: tuple[float, float],
    sensors: list[Sensor],
    rows: NDArray[np.void],
    tick_ns: int,
) -> Iterator[Tick]:
    """Run rows (m,) of OBSERVATION, in the order of valid_ns, through the tracker.

    origin   lat deg, lon deg of the sector
    tick_ns  length of a tick
    """
    state = with_sensors(init(*origin), sensors)
    edges = np.arange(int(rows["valid_ns"][0]), int(rows["valid_ns"][-1]) + 2 * tick_ns, tick_ns)
    cuts = np.searchsorted(rows["valid_ns"], edges)
    known: set[int] = set()
    for k in range(len(edges) - 1):
        now_ns = int(edges[k + 1])
        state, output = step(state, rows[cuts[k] : cuts[k + 1]], [], now_ns)
        shown = set(output.rows["track_id"].tolist())
        yield Tick(now_ns, state, output, len(shown - known))
        known |= shown
