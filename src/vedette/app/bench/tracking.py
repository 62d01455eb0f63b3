"""What the tracking benches ask of a tracker, and how they talk to this project's.

A bench hands out scans and reads back what is reported; a Subject stands between it and a tracker.
Only `step` is on the clock: what one tracker or another wants its input turned into happens before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vedette.core.observation import OBSERVATION
from vedette.core.picture import TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track.estimate import estimate
from vedette.track.plots import Plots, local, prepare
from vedette.track.sensors import SensorModel
from vedette.track.settings import TrackerSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step_plots

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
# Places (k, 3) east, north, up of the sensor and whether each height is known (k,), to (k, 2) of the truth.
Project = Callable[[Array, NDArray[np.bool_]], Array]

# Where scenes without a place of their own are put; nothing depends on it but the Earth's curvature.
NOWHERE_DEG: Final = (50.0, 5.0)
# Every bench begins here: a whole second, far enough from 0 for ages to be what they are in life.
START_NS: Final = 1_750_000_000 * NS_PER_S

BLANK_ROW: Final = np.zeros(1, OBSERVATION)
for _name in OBSERVATION.names or ():
    if OBSERVATION[_name].base.kind == "f":
        BLANK_ROW[_name] = np.nan


@dataclass(frozen=True, slots=True)
class Scan:
    """All plots of one sensor from one scan or turn; nothing in it says who is who.

    end_ns   UTC end of it
    plots_m  (m, 2)  east, north in the plane of the truth
    plot_ns  (m,)    when each was measured
    rows     (m,)    of OBSERVATION: the same plots as a decoder gives them; None where plots_m is all
    """

    end_ns: int
    plots_m: Array
    plot_ns: Ints
    rows: NDArray[np.void] | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The tracks that are reported after a scan.

    ids           (k,)    the tracker's own, each once
    places_m      (k, 2)  in the plane of the truth, at time_ns
    velocity_mps  (k, 2)  in the same plane
    time_ns       (k,)
    """

    ids: Ints
    places_m: Array
    velocity_mps: Array
    time_ns: Ints

    def take(self, which: NDArray[np.bool_]) -> "Reported":
        """Only these (k,)."""
        return Reported(self.ids[which], self.places_m[which], self.velocity_mps[which], self.time_ns[which])


class Subject(Protocol):
    """A tracker in a bench, for one run."""

    def prepare(self, scan: Scan) -> None:
        """Turn a scan into what the tracker takes; not on the clock."""

    def step(self) -> None:
        """Take the scan that was prepared; on the clock."""

    def report(self) -> Reported:
        """What is reported after it; not on the clock."""


class Own:
    """Vedette's tracker as a Subject.

    sensor  the only one; rows of scans without rows are made as places on its plane
    at_end  report tracks carried to the scan's end, else at their own last plot's time or as many
            periods after it as fit before the scan's end
    project to the truth's plane; None takes east and north of the sector's frame, which lies at the
            sensor, or at NOWHERE_DEG where the sensor has no place
    """

    def __init__(
        self, settings: TrackerSettings, sensor: Sensor, *, at_end: bool, project: Project | None = None
    ) -> None:
        lat_deg, lon_deg = NOWHERE_DEG
        if sensor.lat_deg is not None and sensor.lon_deg is not None:
            lat_deg, lon_deg = sensor.lat_deg, sensor.lon_deg
        self._state = with_sensors(init(lat_deg, lon_deg, settings), [sensor])
        self._sensor = sensor
        self._at_end = at_end
        self._project = project
        self._looks: list[tuple[SensorModel, Plots]] = []
        self._end_ns = 0

    def prepare(self, scan: Scan) -> None:
        """The plots as the filter takes them."""
        self._end_ns = scan.end_ns
        model = self._state.sensors[self._sensor.index]
        if scan.rows is not None:
            plots = prepare(scan.rows, model, self._state.origin)
        else:
            plots = local(scan.plots_m[:, 0], scan.plots_m[:, 1], model, scan.end_ns)
        self._looks = [(model, plots)]

    def step(self) -> None:
        """One step of the tracker with all of the scan."""
        self._state, _ = step_plots(self._state, self._looks, self._end_ns)

    def report(self) -> Reported:
        """The tracks that are shown as seen, not those that only coast."""
        state = self._state
        tracks = state.tracks
        seen = np.flatnonzero(tracks.shown & (tracks.status == int(TrackStatus.CONFIRMED)))
        time_ns = np.full(len(seen), self._end_ns)
        if not self._at_end:
            # Seen in this turn: where it was seen. Not seen: carried to when the beam passed it.
            period_ns = state.sensors[self._sensor.index].period_ns
            hit_ns = tracks.hit_ns[seen]
            time_ns = hit_ns + (self._end_ns - hit_ns) // period_ns * period_ns
        mean, _ = estimate(tracks, state.clusters, seen, time_ns, state.settings.motion())
        enu = np.ascontiguousarray(mean[:, :3])
        if self._project is None:
            places, later = enu[:, :2], enu[:, :2] + mean[:, 3:5]
        else:
            known = tracks.height_kind[seen] > 0
            places, later = self._project(enu, known), self._project(enu + mean[:, 3:], known)
        return Reported(tracks.track_id[seen].astype(np.int64), places, later - places, time_ns)
