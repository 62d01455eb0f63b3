"""Observations: one measurement of one thing by one sensor, batched by column.

A row is a position (WGS-84) or a polar measurement seen from the sensor, or a range difference, or
more than one of them. NaN means that the sensor did not say; nothing else does. Angles are degrees,
azimuth clockwise from true north at the sensor, elevation up from its horizontal. `baro_alt_m` is
pressure altitude (1013.25 hPa), which is not a height above anything; it is never copied to `alt_m`.

A sensor that moves says with each row where it was at valid_ns (`sensor_*`); without, it was at its
configured place. A pair of receivers gives `range_difference_m`: the speed of light times how much
later the sensor heard the signal than the receiver at `reference_*` did.

The errors of a position: `position_sd_m` where they are alike on all horizontal axes, as a radius
(NACp) tells them; `position_sd_east_m`, `position_sd_north_m` and `position_corr` where they are told
by axis, as I010/500, I062/500 and SAPIENT do. The second wins.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import N_CLASSES
from vedette.core.errors import StorageError
from vedette.core.sensor import Sensor, SensorReport, SensorStatus

# Bits of the column `flags`.
SELF_REPORT: Final = 1  # the target itself said so: ADS-B, Remote ID
SIMULATED: Final = 2  # marked as simulated or test by its format
ON_GROUND: Final = 4  # the sensor knows that the target is on the ground
CLEAR_OF_GROUND: Final = 8  # the sensor knows that it is airborne

OBSERVATION = np.dtype(
    [
        ("valid_ns", "<i8"),  # UTC, when it was measured
        ("heard_ns", "<i8"),  # UTC, when its bytes arrived
        ("sensor", "<u4"),  # Sensor.index; in an Intake, the index of its source
        ("claim", "<u4"),  # 1-based index into Batch.claims; 0 carries none
        ("flags", "<u4"),
        ("snr_db", "<f4"),
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("alt_m", "<f8"),  # above the WGS-84 ellipsoid
        ("position_sd_m", "<f8"),  # horizontal, 1 sigma on each axis
        ("alt_sd_m", "<f8"),
        ("range_m", "<f8"),  # slant range
        ("range_sd_m", "<f8"),
        ("azimuth_deg", "<f8"),
        ("azimuth_sd_deg", "<f8"),
        ("elevation_deg", "<f8"),
        ("elevation_sd_deg", "<f8"),
        ("range_rate_mps", "<f8"),  # positive moves away
        ("range_rate_sd_mps", "<f8"),
        ("baro_alt_m", "<f8"),
        ("v_east_mps", "<f8"),
        ("v_north_mps", "<f8"),
        ("v_up_mps", "<f8"),
        ("velocity_sd_mps", "<f8"),  # horizontal, 1 sigma on each axis
        ("range_difference_m", "<f8"),  # slant range from the sensor less that from the reference
        ("sensor_lat_deg", "<f8"),  # where the sensor was at valid_ns, if it moves
        ("sensor_lon_deg", "<f8"),
        ("reference_lat_deg", "<f8"),  # the other receiver of a range difference
        ("reference_lon_deg", "<f8"),
        ("sensor_alt_m", "<f4"),
        ("reference_alt_m", "<f4"),
        ("range_difference_sd_m", "<f4"),
        ("position_sd_east_m", "<f4"),
        ("position_sd_north_m", "<f4"),
        ("position_corr", "<f4"),  # correlation of the errors to the east and to the north
        ("v_up_sd_mps", "<f4"),
        ("baro_alt_sd_m", "<f4"),  # as an altitude: of the pressure sensor, not of the air
        ("length_m", "<f4"),  # of the echo of a large target
        ("width_m", "<f4"),
        ("heading_deg", "<f4"),  # where its front points, clockwise from true north
        ("frequency_mhz", "<f4"),  # centre of a radio emission
        ("confidence", "<f4"),  # that this is a target at all, 0 to 1
        ("nac_p", "<f4"),  # accuracy category of a told position, 0 to 12; 0: the sender does not know
        ("signal_dbm", "<f4"),  # level at which the receiver heard a self-report
        ("class_likelihood", "<f4", (N_CLASSES,)),  # p(report | class) up to a factor
    ]
)

_BLANK = np.zeros(1, OBSERVATION)
for _name in OBSERVATION.names or ():
    if OBSERVATION[_name].base.kind == "f":
        _BLANK[_name] = np.nan
_BLANK_ROW: Final = (*_BLANK[0].item()[:-1], (float("nan"),) * N_CLASSES)
_COLUMN: Final = {name: i for i, name in enumerate(OBSERVATION.names or ())}


# The widest that each measured column can be; an infinity is beyond all of them.
LIMITS: Final = {
    "lat_deg": 90.0,
    "lon_deg": 360.0,
    "alt_m": 1e6,
    "baro_alt_m": 1e6,
    "range_m": 1e7,
    "azimuth_deg": 720.0,
    "elevation_deg": 90.0,
    "range_rate_mps": 1e5,
    "v_east_mps": 1e5,
    "v_north_mps": 1e5,
    "v_up_mps": 1e5,
    "range_difference_m": 1e7,
    "sensor_lat_deg": 90.0,
    "sensor_lon_deg": 360.0,
    "sensor_alt_m": 1e6,
    "reference_lat_deg": 90.0,
    "reference_lon_deg": 360.0,
    "reference_alt_m": 1e6,
}


def plausible(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Rows (m,) without a value that no sensor can have measured; NaN is not a value."""
    out = np.ones(len(rows), np.bool_)
    for name, limit in LIMITS.items():
        out &= ~(np.abs(rows[name]) > limit)
    out &= ~(rows["range_m"] < 0.0)
    return out


def stack(parts: Sequence[NDArray[np.void]]) -> NDArray[np.void]:
    """Rows of OBSERVATION one after another, joined as bytes: numpy would join them field by field."""
    if not parts:
        return np.zeros(0, OBSERVATION)
    return np.concatenate([np.ascontiguousarray(part).view(np.uint8) for part in parts]).view(OBSERVATION)


class Intake:
    """Where decoders put what they read: observations, claims, reports, counts.

    One Intake gathers the frames of one tick from all feeds, in the order they were heard.
    """

    __slots__ = ("_rows", "_sources", "claims", "quarantined", "records", "reports")

    def __init__(self) -> None:
        """Start empty."""
        self._rows: list[list[Any]] = []
        self._sources: dict[str, int] = {}
        self.claims: list[Claim] = []
        self.reports: list[SensorReport] = []
        self.quarantined: dict[tuple[str, str], int] = {}
        self.records: dict[tuple[str, str], int] = {}

    def observe(
        self, source: str, valid_ns: int, heard_ns: int, claim: Claim | None, values: dict[str, Any]
    ) -> None:
        """Add one observation.

        values  columns of OBSERVATION by name; what is left out is unknown. class_likelihood is a
                sequence of N_CLASSES numbers.
        """
        row = list(_BLANK_ROW)
        row[0] = valid_ns
        row[1] = heard_ns
        row[2] = self._sources.setdefault(source, len(self._sources))
        if claim is not None:
            self.claims.append(claim)
            row[3] = len(self.claims)
        for name, value in values.items():
            if value is not None:
                row[_COLUMN[name]] = value if name != "class_likelihood" else tuple(value)
        self._rows.append(row)

    def report(self, report: SensorReport) -> None:
        """Add what a source says of itself."""
        self.reports.append(report)

    def count(self, source: str, record: str, n: int = 1) -> None:
        """Count a record that was read whole: "asterix.048", "sapient.status_report" and so on."""
        key = (source, record)
        self.records[key] = self.records.get(key, 0) + n

    def quarantine(self, source: str, reason: str, n: int = 1) -> None:
        """Count input that cannot be used, under a short stable reason such as "truncated"."""
        key = (source, reason)
        self.quarantined[key] = self.quarantined.get(key, 0) + n

    @property
    def sources(self) -> list[str]:
        """The sources that the column `sensor` of `rows()` points into."""
        return list(self._sources)

    def __len__(self) -> int:
        """How many observations were added."""
        return len(self._rows)

    def rows(self) -> NDArray[np.void]:
        """All observations so far, (n,) of OBSERVATION; `sensor` points into `sources`."""
        return np.array([tuple(row) for row in self._rows], OBSERVATION)


class Batch(msgspec.Struct, frozen=True):
    """What the node heard in one tick, ready for a sector.

    seq       counts up by one from 0; a gap means that a batch was lost
    tick_ns   UTC end of the tick; every heard_ns is before it
    rows      bytes of (n,) OBSERVATION, `sensor` is Sensor.index
    claims    what rows' `claim` points to, from 1
    sensors   sensors that are new or changed since the last batch; all of them every ten seconds
    statuses  health of sensors, sent about once a second
    """

    seq: int
    tick_ns: int
    rows: bytes = b""
    claims: list[Claim] = []
    sensors: list[Sensor] = []
    statuses: list[SensorStatus] = []

    def observations(self) -> NDArray[np.void]:
        """The rows as a read-only structured array."""
        return np.frombuffer(self.rows, OBSERVATION)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Batch)


def encode_batch(batch: Batch) -> bytes:
    """Batch to bytes for the bus."""
    return _encoder.encode(batch)


def decode_batch(data: bytes) -> Batch:
    """Bytes from the bus to a Batch, or StorageError."""
    try:
        batch = _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise StorageError(f"expected a batch of observations, got {len(data)} bytes: {error}") from error
    if len(batch.rows) % OBSERVATION.itemsize:
        raise StorageError(
            f"expected observation rows of {OBSERVATION.itemsize} bytes, got {len(batch.rows)} bytes"
        )
    return batch
