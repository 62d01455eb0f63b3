"""The tracker's state: a value. What `step` returns is new; what it was given is not touched."""

from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.sensor import Sensor
from vedette.track.sensors import SensorModel, model
from vedette.track.settings import TrackerSettings

Array = NDArray[np.float64]

# Bits of `height_kind`: what the height of a track rests on.
GEOMETRIC = 1
BAROMETRIC = 2

# Name spaces whose claims tell targets apart; the columns of `label`.
LABEL_SCHEMES = ("icao24", "remote_id", "system_track")

# Share of each class before anything is known, in the order of CLASSES.
CLASS_PRIOR = np.array([0.14, 0.05, 0.30, 0.05, 0.02, 0.02, 0.30, 0.06, 0.02, 0.04])


@dataclass(slots=True)
class Tracks:
    """All tracks by column, n rows; s is the number of sensors known."""

    track_id: NDArray[np.uint32]
    status: NDArray[np.uint8]  # 0 tentative, else core.picture.TrackStatus
    born_ns: NDArray[np.int64]
    time_ns: NDArray[np.int64]  # of x and P
    hit_ns: NDArray[np.int64]  # newest plot
    heard_ns: NDArray[np.int64]  # newest bytes
    hits: NDArray[np.int64]
    x: Array  # (n, 3, 6)
    P: Array  # (n, 3, 6, 6)
    mu: Array  # (n, 3)
    r: Array  # (n,)
    label: NDArray[np.uint64]  # (n, 3) hash of the claim by LABEL_SCHEMES, 0 none
    class_p: Array  # (n, N_CLASSES)
    baro_alt_m: Array
    height_kind: NDArray[np.uint8]
    look_ns: NDArray[np.int64]  # (n, s) when each sensor last had its chance
    sensor_hits: NDArray[np.int64]  # (n, s)

    def __len__(self) -> int:
        return len(self.track_id)

    def copy(self) -> "Tracks":
        """The same values in arrays of their own."""
        return Tracks(*(getattr(self, f.name).copy() for f in fields(self)))

    def keep(self, mask: NDArray[np.bool_]) -> "Tracks":
        """Only the rows in mask."""
        return Tracks(*(getattr(self, f.name)[mask] for f in fields(self)))

    def append(self, other: "Tracks") -> "Tracks":
        """These rows, then the other's."""
        return Tracks(
            *(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self))
        )

    def widen(self, n_sensors: int) -> None:
        """Make room for more sensors, in place."""
        more = n_sensors - self.look_ns.shape[1]
        if more > 0:
            pad = np.zeros((len(self), more), np.int64)
            self.look_ns = np.concatenate((self.look_ns, pad), axis=1)
            self.sensor_hits = np.concatenate((self.sensor_hits, pad), axis=1)


def blank(n: int, n_sensors: int) -> Tracks:
    """Rows with nothing in them yet."""
    return Tracks(
        track_id=np.zeros(n, np.uint32),
        status=np.zeros(n, np.uint8),
        born_ns=np.zeros(n, np.int64),
        time_ns=np.zeros(n, np.int64),
        hit_ns=np.zeros(n, np.int64),
        heard_ns=np.zeros(n, np.int64),
        hits=np.zeros(n, np.int64),
        x=np.zeros((n, 3, 6)),
        P=np.zeros((n, 3, 6, 6)),
        mu=np.tile(np.array([0.2, 0.4, 0.4]), (n, 1)),
        r=np.zeros(n),
        label=np.zeros((n, len(LABEL_SCHEMES)), np.uint64),
        class_p=np.tile(CLASS_PRIOR, (n, 1)) if n else np.zeros((0, N_CLASSES)),
        baro_alt_m=np.full(n, np.nan),
        height_kind=np.zeros(n, np.uint8),
        look_ns=np.zeros((n, n_sensors), np.int64),
        sensor_hits=np.zeros((n, n_sensors), np.int64),
    )


@dataclass(frozen=True, slots=True)
class TrackerState:
    """Everything that the next step depends on.

    origin     (3,)  lat deg, lon deg, m of the sector's frame
    sensors          by Sensor.index
    looked_ns        time of each sensor's last look
    refused          observations that were not used, by reason
    """

    settings: TrackerSettings
    origin: Array
    tracks: Tracks
    sensors: dict[int, SensorModel] = field(default_factory=dict)
    next_id: int = 1
    second: int = 0
    looked_ns: dict[int, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)


def init(
    lat_deg: float, lon_deg: float, settings: TrackerSettings | None = None, *, first_id: int = 1
) -> TrackerState:
    """An empty sector whose frame lies at this place on the ellipsoid; tracks count from first_id."""
    if len(CLASS_PRIOR) != len(CLASSES):
        raise ValueError("the class prior does not fit CLASSES")
    return TrackerState(
        settings=settings or TrackerSettings(),
        origin=np.array([lat_deg, lon_deg, 0.0]),
        tracks=blank(0, 0),
        next_id=first_id,
    )


def with_sensors(state: TrackerState, sensors: list[Sensor]) -> TrackerState:
    """The state that knows these sensors too, or knows them anew."""
    known = dict(state.sensors)
    for sensor in sensors:
        known[sensor.index] = model(sensor, state.origin)
    return replace(state, sensors=known)
