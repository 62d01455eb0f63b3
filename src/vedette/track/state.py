"""The tracker's state: a value. What `step` returns is new; what it was given is not touched.

A row of Tracks is a leaf of kernel.clusters: one history of one target. Nearly all targets have one;
those whose plots are disputed have several rows of the same track_id, and a table of clusters says
which go together.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.core import classes
from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.sensor import Sensor
from vedette.kernel.clusters import of_rows, remove
from vedette.track import registration
from vedette.track.background import Background
from vedette.track.bearings import BearingState
from vedette.track.bearings import init as no_bearings
from vedette.track.conduct import Conduct
from vedette.track.plots import LABEL_SCHEMES
from vedette.track.registration import RegistrationState
from vedette.track.sensors import SensorModel, model
from vedette.track.settings import TrackerSettings
from vedette.track.trueing import Waiting

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Plots by which hypotheses are compared that differ only in names, see kernel.reduction.
N_RECENT = 4

# Share of each class before anything is known, in the order of CLASSES.
CLASS_PRIOR = np.array(classes.CLASS_PRIOR)


@dataclass(slots=True)
class Tracks:
    """All leaves by column, n rows; m is the number of motion models, s that of sensors known."""

    track_id: NDArray[np.uint32]
    status: NDArray[np.uint8]  # 0 tentative, else core.picture.TrackStatus
    born_ns: NDArray[np.int64]
    time_ns: NDArray[np.int64]  # of x and P
    hit_ns: NDArray[np.int64]  # newest plot
    heard_ns: NDArray[np.int64]  # newest bytes
    hits: NDArray[np.int64]
    x: Array  # (n, m, 6)
    P: Array  # (n, m, 6, 6)
    mu: Array  # (n, m)
    r: Array  # (n,)
    recent: NDArray[np.uint64]  # (n, N_RECENT) numbers of its last plots, the newest first
    label: NDArray[np.uint64]  # (n, 3) hash of the claim by LABEL_SCHEMES, 0 none
    class_p: Array  # (n, N_CLASSES)
    baro_alt_m: Array
    height_kind: NDArray[np.uint8]
    missed: NDArray[np.int64]  # times since then that it should have been seen
    excused_ns: NDArray[np.int64]  # of the time since then it could not be seen
    look_ns: NDArray[np.int64]  # (n, s) when each sensor last had its chance
    sensor_hits: NDArray[np.int64]  # (n, s)
    sensor_share: Array  # (n, s) of its chances that each sensor took, of late
    shown: NDArray[np.bool_]  # whether it stood for its target at the end of the step
    first_sensor: NDArray[np.int64]  # whose plot began it

    def __len__(self) -> int:
        return len(self.track_id)

    def copy(self, *, big: bool = True) -> "Tracks":
        """The same values in arrays of their own; without big, x and P are shared."""
        return Tracks(
            *(
                getattr(self, name).copy() if big or name not in ("x", "P") else getattr(self, name)
                for name in _COLUMNS
            )
        )

    def take(self, rows: NDArray[Any], *, big: bool = True) -> "Tracks":
        """These rows, by index or mask, in arrays of their own; without big, x and P are as they were."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        return Tracks(
            *(
                np.take(getattr(self, name), rows, axis=0)
                if big or name not in ("x", "P")
                else getattr(self, name)
                for name in _COLUMNS
            )
        )

    def put(self, rows: NDArray[np.int64], other: "Tracks", theirs: NDArray[np.int64]) -> None:
        """Overwrite some rows by some of the other's, in place."""
        for name in _COLUMNS:
            getattr(self, name)[rows] = getattr(other, name)[theirs]

    def grown(self, more: int, *, states: tuple[Array, ...] = ()) -> "Tracks":
        """These rows, then so many with nothing in them yet.

        states  x and P in larger arrays, of which these are the first rows, to go on in; what is in the new
                rows of x and P is not set then
        """
        n = len(self)
        out: dict[str, Any] = {}
        if states and self.x.base is states[0] and self.P.base is states[1]:
            out = {"x": states[0][: n + more], "P": states[1][: n + more]}
        for name in _COLUMNS:
            if name not in out or len(out[name]) < n + more:
                mine = getattr(self, name)
                column = np.empty((n + more, *mine.shape[1:]), mine.dtype)
                column[:n] = mine
                column[n:] = _BLANK.get(name, 0)
                out[name] = column
        return Tracks(**out)

    def drop(self, gone: Ints) -> Ints:
        """Let rows (k,), each once and rising, go in place: the last ones move up to where they were.

        Returns where each row is now, (n,); -1 for those that went.
        """
        n = len(self)
        left = n - len(gone)
        place = np.arange(n)
        place[gone] = -1
        holes = gone[gone < left]
        movers = left + np.flatnonzero(place[left:] >= 0)
        place[movers] = holes
        for name in _COLUMNS:
            column = getattr(self, name)
            column[holes] = column[movers]
            setattr(self, name, column[:left])
        return place

    def append(self, other: "Tracks") -> "Tracks":
        """These rows, then the other's."""
        return Tracks(*(np.concatenate((getattr(self, name), getattr(other, name))) for name in _COLUMNS))

    def widen(self, n_sensors: int) -> None:
        """Make room for more sensors, in place."""
        more = n_sensors - self.look_ns.shape[1]
        if more > 0:
            pad = np.zeros((len(self), more), np.int64)
            self.look_ns = np.concatenate((self.look_ns, pad), axis=1)
            self.sensor_hits = np.concatenate((self.sensor_hits, pad), axis=1)
            self.sensor_share = np.concatenate((self.sensor_share, pad + 1.0), axis=1)


_COLUMNS = tuple(f.name for f in fields(Tracks))


# What a row has that nothing is known of, where that is not 0.
_BLANK: dict[str, Any] = {
    "class_p": CLASS_PRIOR,
    "baro_alt_m": np.nan,
    "sensor_share": 1.0,
    "shown": True,
    "first_sensor": -1,
}


def blank(n: int, n_sensors: int, n_models: int) -> Tracks:
    """Rows with nothing in them yet."""
    none = Tracks(
        track_id=np.zeros(0, np.uint32),
        status=np.zeros(0, np.uint8),
        born_ns=np.zeros(0, np.int64),
        time_ns=np.zeros(0, np.int64),
        hit_ns=np.zeros(0, np.int64),
        heard_ns=np.zeros(0, np.int64),
        hits=np.zeros(0, np.int64),
        x=np.zeros((0, n_models, 6)),
        P=np.zeros((0, n_models, 6, 6)),
        mu=np.zeros((0, n_models)),
        r=np.zeros(0),
        recent=np.zeros((0, N_RECENT), np.uint64),
        label=np.zeros((0, len(LABEL_SCHEMES)), np.uint64),
        class_p=np.zeros((0, N_CLASSES)),
        baro_alt_m=np.zeros(0),
        height_kind=np.zeros(0, np.uint8),
        missed=np.zeros(0, np.int64),
        excused_ns=np.zeros(0, np.int64),
        look_ns=np.zeros((0, n_sensors), np.int64),
        sensor_hits=np.zeros((0, n_sensors), np.int64),
        sensor_share=np.zeros((0, n_sensors)),
        shown=np.zeros(0, np.bool_),
        first_sensor=np.zeros(0, np.int64),
    )
    return none.grown(n)


@dataclass(slots=True)
class Clusters:
    """Leaves that depend on each other: the table of kernel.clusters. Rows in none stand alone."""

    first_hyp: Ints
    log_w: Array
    first_leaf: Ints
    leaf: Ints

    def __len__(self) -> int:
        return len(self.first_hyp) - 1

    def of_rows(self, n: int) -> Ints:
        """Cluster of each row, (n,), -1 for none."""
        return of_rows(n, self.first_leaf, self.leaf)

    def append(self, other: "Clusters") -> "Clusters":
        """These clusters, then the other's."""
        return Clusters(
            np.concatenate((self.first_hyp, self.first_hyp[-1] + other.first_hyp[1:])),
            np.concatenate((self.log_w, other.log_w)),
            np.concatenate((self.first_leaf, self.first_leaf[-1] + other.first_leaf[1:])),
            np.concatenate((self.leaf, other.leaf)),
        )

    def without(self, gone: NDArray[np.bool_], place: Ints | None = None) -> "Clusters":
        """These clusters once the rows in gone are taken away; a target goes with all its rows.

        place  (n,)  where each row that stays is then; None where they keep their order
        """
        out = Clusters(*remove(gone, self.first_hyp, self.log_w, self.first_leaf, self.leaf))
        out.leaf = (np.cumsum(~gone) - 1 if place is None else place)[out.leaf]
        return out


def no_clusters() -> Clusters:
    """An empty table."""
    return Clusters(np.zeros(1, np.int64), np.zeros(0), np.zeros(1, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class TrackerState:
    """Everything that the next step depends on.

    origin     (3,)  lat deg, lon deg, m of the sector's frame
    clusters         which rows of tracks depend on each other
    next_plot        number of the next plot
    sensors          by Sensor.index
    looked_ns        time of each sensor's last look
    backgrounds      what each sensor reports beside known targets
    conducts         whether each sensor with a period is silent, or babbles
    came             tracks confirmed in the last step, by the sensor that found them
    refused          observations that were not used, by reason
    bearings         what is known of targets that no track follows and that have no range
    registration     what is known of the sensors' biases; None where it is off
    waiting          plots that it has not taken yet
    """

    settings: TrackerSettings
    origin: Array
    tracks: Tracks
    clusters: Clusters = field(default_factory=no_clusters)
    sensors: dict[int, SensorModel] = field(default_factory=dict)
    next_id: int = 1
    next_plot: int = 1
    second: int = 0
    looked_ns: dict[int, int] = field(default_factory=dict)
    backgrounds: dict[int, Background] = field(default_factory=dict)
    conducts: dict[int, Conduct] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    bearings: BearingState = field(default_factory=no_bearings)
    registration: RegistrationState | None = None
    waiting: tuple[Waiting, ...] = ()


def init(
    lat_deg: float, lon_deg: float, settings: TrackerSettings | None = None, *, first_id: int = 1
) -> TrackerState:
    """An empty sector whose frame lies at this place on the ellipsoid; tracks count from first_id."""
    if len(CLASS_PRIOR) != len(CLASSES):
        raise ValueError("the class prior does not fit CLASSES")
    settings = settings or TrackerSettings()
    origin = np.array([lat_deg, lon_deg, 0.0])
    return TrackerState(
        settings=settings,
        origin=origin,
        tracks=blank(0, 0, len(settings.models)),
        next_id=first_id,
        registration=registration.init(origin) if settings.registration else None,
    )


def with_sensors(state: TrackerState, sensors: list[Sensor]) -> TrackerState:
    """The state that knows these sensors too, or knows them anew."""
    known = dict(state.sensors)
    for sensor in sensors:
        known[sensor.index] = model(sensor, state.origin)
    return replace(state, sensors=known)
