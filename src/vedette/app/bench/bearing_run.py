"""The tracker with starts from bearings, over recorded rows, tick by tick."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.track import bearings
from vedette.track.angle_tracks import AngleTracks
from vedette.track.plots import prepare
from vedette.track.starts import bearing_look, begin_tracks
from vedette.track.state import TrackerState, init, with_sensors
from vedette.track.step import TrackOutput, step


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick gave.

    time_ns  its end
    state    the tracker's, after it
    output   the tracker's
    starts   tracks that bearings began
    angles   directions that are followed
    """

    time_ns: int
    state: TrackerState
    output: TrackOutput
    starts: list[bearings.Start]
    angles: AngleTracks


def run_ticks(
    origin: tuple[float, float],
    sensors: list[Sensor],
    rows: NDArray[np.void],
    tick_ns: int,
    settings: bearings.BearingSettings | None = None,
) -> Iterator[Tick]:
    """Run rows (m,) of OBSERVATION, in the order of valid_ns, through the tracker and the bearing starts.

    origin   lat deg, lon deg of the sector
    tick_ns  length of a tick
    """
    state = with_sensors(init(*origin), sensors)
    without_range = bearings.init(settings)
    edges = np.arange(int(rows["valid_ns"][0]), int(rows["valid_ns"][-1]) + 2 * tick_ns, tick_ns)
    cuts = np.searchsorted(rows["valid_ns"], edges)
    for k in range(len(edges) - 1):
        part, now_ns = rows[cuts[k] : cuts[k + 1]], int(edges[k + 1])
        state, output = step(state, part, [], now_ns)
        p_left = np.ones(len(part))
        p_left[output.hits.row] = 1.0 - np.array(output.hits.probability)
        starts: list[bearings.Start] = []
        for s in np.unique(part["sensor"]).tolist():
            sensor = state.sensors[s]
            mine = part["sensor"] == s
            look = bearing_look(sensor, prepare(part[mine], sensor, state.origin), p_left[mine], whole=False)
            if look is not None:
                without_range, more = bearings.step(without_range, look, now_ns)
                starts += more
        state = begin_tracks(state, starts, now_ns)
        yield Tick(now_ns, state, output, starts, without_range.tracks)
