"""A table of detections through the tracker, from the first row to the last."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import ConfigError
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.library.places import places_m
from vedette.library.rows import Detections, detections
from vedette.library.table import Table, table_of
from vedette.track.settings import TrackerSettings
from vedette.track.state import TrackerState, init, with_sensors
from vedette.track.step import TrackOutput, step

Ints = NDArray[np.int64]

POINT = np.dtype(
    [
        ("track_id", "<u4"),
        ("time_s", "<f8"),  # as the table counts; seconds since 1970 UTC where it tells dates
        ("x_m", "<f8"),  # east of the origin
        ("y_m", "<f8"),  # north of it
        ("z_m", "<f8"),  # above its horizontal plane; NaN unknown
        ("v_east_mps", "<f8"),
        ("v_north_mps", "<f8"),
        ("v_up_mps", "<f8"),  # NaN unknown
        ("lat_deg", "<f8"),  # WGS-84; NaN where the frame has no place on the Earth
        ("lon_deg", "<f8"),
        ("alt_m", "<f8"),  # above the ellipsoid; NaN unknown
        ("alt_sd_m", "<f8"),
        ("sd_major_m", "<f8"),  # 1-sigma ellipse of the horizontal place
        ("sd_minor_m", "<f8"),
        ("sd_angle_deg", "<f8"),  # of the major axis, clockwise from north
        ("speed_sd_mps", "<f8"),
        ("existence", "<f8"),  # probability that there is something
        ("status", "u1"),  # vedette.core.picture.TrackStatus: 1 confirmed, 2 coasting, 3 ended
    ]
)
_SHARED = tuple(name for name in POINT.names or () if name in (TRACK.names or ()))
_OF_PERIOD = 16  # steps that a period is cut into where detections come at any time
_STEP_S = (0.02, 1.0)


@dataclass(frozen=True)
class Tracks:
    """What the tracker made of a table. Iterating gives the points of each track, (k,) of POINT.

    points    (n,) of POINT, by track, then in the order of time: one where a detection went into a
              track that is shown, and about one a second where it coasts
    track_of  (m,) track that each detection of the table went to; 0 is none that was ever shown
    places_m  (m, 2)  east and north of the origin of each detection; NaN where it has no place
    table          what went in
    origin         lat deg, lon deg that x, y, z count from; None where nobody told a place
    refused        detections that were not used, by reason
    state          the tracker at the end: it can be saved, and stepped on
    """

    points: NDArray[np.void]
    track_of: NDArray[np.uint32]
    places_m: NDArray[np.float64]
    table: Table
    origin: tuple[float, float] | None
    sensors: list[Sensor]
    refused: dict[str, int]
    state: TrackerState

    @property
    def ids(self) -> list[int]:
        """Numbers of the tracks that were shown."""
        out: list[int] = np.unique(self.points["track_id"]).tolist()
        return out

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[NDArray[np.void]]:
        return (self.points[self.points["track_id"] == i] for i in self.ids)


def track_detections(
    data: Any,
    sensors: Sensor | Sequence[Sensor],
    *,
    settings: TrackerSettings | None = None,
    origin: tuple[float, float] | None = None,
    ignore: Collection[str] = (),
) -> Tracks:
    """Track a table of detections; see docs/library.md.

    data      a Table, a dictionary of columns, a structured array or a data frame, in any order of time
    sensors   the one that made all detections, or several, told apart by the column `sensor` and their
              ids. Without any place on the Earth the only or first sensor stands at x = y = 0
    settings  of the filter; the defaults serve from a hovering multirotor to a jet
    origin    lat deg, lon deg that x, y, z count from: else the first sensor with a place, else the
              first detection with one
    ignore    columns that are left out

    ConfigError says which column, line or cell is wrong, what was expected and what came.
    """
    table = table_of(data, ignore=ignore)
    sensors = [sensors] if isinstance(sensors, Sensor) else list(sensors)
    names = [sensor.id for sensor in sensors]
    if not names or len(set(names)) < len(names):
        raise ConfigError("sensors", "one or more, each with an id of its own", ", ".join(names) or "none")
    made = detections(table, sensors, origin)
    state = with_sensors(init(*made.origin, settings), made.sensors)
    points: list[NDArray[np.void]] = []
    took: list[tuple[int, int]] = []  # detection, track; for each the likeliest comes first
    for end_ns, part in _steps(made):
        state, output = step(state, made.rows[part], made.claims, end_ns)
        points.append(_points(output, made))
        took += zip(
            (made.order[part.start + np.array(output.hits.row, np.int64)]).tolist(),
            output.hits.track_id,
            strict=True,
        )
    rows = np.concatenate(points) if points else np.zeros(0, POINT)
    rows = rows[np.argsort(rows["track_id"], kind="stable")]
    places = np.empty((len(table), 2))
    places[made.order] = places_m(made.rows, state)
    return Tracks(
        points=rows,
        track_of=_track_of(took, len(table), set(rows["track_id"].tolist())),
        places_m=places,
        table=table,
        origin=made.origin if made.on_earth else None,
        sensors=made.sensors,
        refused=state.refused,
        state=state,
    )


def _steps(made: Detections) -> Iterator[tuple[int, slice]]:
    """End of each step and the rows in it. Rows of one time are one look; a silence is stepped through."""
    times: Ints = made.rows["valid_ns"]
    if not len(times):
        return
    periods = [s.period_s for s in made.sensors if s.period_s and s.scan in ("rotating", "staring")]
    length_s = min(max(min(periods, default=1.6) / _OF_PERIOD, _STEP_S[0]), _STEP_S[1])
    length_ns = round(length_s * NS_PER_S)
    slots: Ints = times // length_ns
    starts = np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))
    ends = np.append(starts[1:], len(times))
    now_ns = int(times[0])
    for start, stop in zip(starts.tolist(), ends.tolist(), strict=True):
        while times[start] - now_ns > NS_PER_S + length_ns:  # tracks coast, and end
            now_ns += NS_PER_S
            yield now_ns, slice(start, start)
        now_ns = int(times[stop - 1]) + 1
        yield now_ns, slice(start, stop)


def _points(output: TrackOutput, made: Detections) -> NDArray[np.void]:
    """Reported rows that say something new: those with a detection, and those that coast or end."""
    hit = np.isin(output.rows["track_id"], np.array(output.hits.track_id, np.uint32))
    keep = hit | (output.rows["status"] != TrackStatus.CONFIRMED)
    rows = output.rows[keep]
    out = np.zeros(len(rows), POINT)
    for name in _SHARED:
        out[name] = rows[name]
    told_ns: Ints = rows["time_ns"] - made.shift_ns
    whole = told_ns // NS_PER_S
    out["time_s"] = whole + (told_ns - whole * NS_PER_S) / 1e9
    mean = output.mean[keep]
    out["x_m"], out["y_m"] = mean[:, 0], mean[:, 1]
    out["z_m"] = np.where(np.isnan(rows["alt_m"]), np.nan, mean[:, 2])
    if not made.on_earth:
        out["lat_deg"] = out["lon_deg"] = np.nan
    return out


def _track_of(took: list[tuple[int, int]], m: int, shown: set[int]) -> NDArray[np.uint32]:
    """Track of each detection, (m,): of those shown the first that it went to."""
    out = np.zeros(m, np.uint32)
    for row, track in took:
        if not out[row] and track in shown:
            out[row] = track
    return out
