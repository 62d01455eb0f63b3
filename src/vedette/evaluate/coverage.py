"""Which truths each sensor could have seen: range, horizon, terrain, field of view, and whether it worked.

Geometry only. Whether a target in coverage is detected is a matter of its echo and of luck, so a target that
is covered all the time may rightly never be seen. Sensors that listen cover only what transmits.

Source: Skolnik (2008), Radar Handbook, 26.4, for the horizon over a smooth earth of 4/3 its radius.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.kernel.geodesy import enu_from_geodetic

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LISTENING: Final = ("adsb", "remote_id", "rf", "mlat")
_EFFECTIVE_RADIUS_M: Final = 6_371_000.0 * 4.0 / 3.0
_ROTATING_ELEVATION_DEG: Final = 45.0


class Circumstances(Struct, frozen=True, kw_only=True):
    """What geometry alone does not tell. Empty and None are unknown.

    ground_m      height of the ground above the ellipsoid; None leaves the horizon out
    transmitting  truths that each listening modality can hear; a modality that is left out covers only
                  what it did hear
    off           by sensor id, when it did not work: from and to, UTC ns
    clear         whether nothing stands between a sensor and rows (n,) of TRUTH_ROW; None is flat land
    """

    ground_m: float | None = None
    transmitting: Mapping[str, frozenset[int]] = {}
    off: Mapping[str, Sequence[tuple[int, int]]] = {}
    clear: Callable[[Sensor, NDArray[np.void]], Bools] | None = None


def covered(sensor: Sensor, rows: NDArray[np.void], about: Circumstances) -> Bools:
    """(n,) whether the sensor could see each row of TRUTH_ROW; a sensor without a place sees none."""
    if sensor.lat_deg is None or sensor.lon_deg is None or not len(rows):
        return np.zeros(len(rows), bool)
    range_m, azimuth_deg, elevation_deg = polar(sensor, rows)
    out = range_m <= sensor.range_max_m
    out &= (azimuth_deg - sensor.azimuth_from_deg) % 360.0 <= sensor.azimuth_width_deg
    for begin_deg, width_deg in sensor.blind_deg:
        out &= (azimuth_deg - begin_deg) % 360.0 > width_deg
    out &= ~(elevation_deg > _highest_deg(sensor))
    out &= ~(rows["alt_m"] > sensor.height_max_m)
    if about.ground_m is not None and sensor.alt_m is not None:
        out &= range_m < _horizon_m(sensor.alt_m - about.ground_m, rows["alt_m"] - about.ground_m)
    if sensor.modality in LISTENING:
        out &= np.isin(rows["id"], list(about.transmitting.get(sensor.modality, ())))
    for begin_ns, end_ns in about.off.get(sensor.id, ()):
        out &= (rows["time_ns"] < begin_ns) | (rows["time_ns"] >= end_ns)
    if about.clear is not None and out.any():
        out[out] = about.clear(sensor, rows[out])
    return out


def polar(sensor: Sensor, rows: NDArray[np.void]) -> tuple[Array, Array, Array]:
    """Slant range m, azimuth deg in [0, 360), elevation deg of rows (n,) from a sensor that has a place."""
    origin = np.array([sensor.lat_deg, sensor.lon_deg, 0.0 if sensor.alt_m is None else sensor.alt_m])
    height = np.where(np.isfinite(rows["alt_m"]), rows["alt_m"], origin[2])
    enu = enu_from_geodetic(
        origin, np.ascontiguousarray(rows["lat_deg"]), np.ascontiguousarray(rows["lon_deg"]), height
    )
    flat = np.hypot(enu[:, 0], enu[:, 1])
    azimuth = np.degrees(np.arctan2(enu[:, 0], enu[:, 1])) % 360.0
    return np.hypot(flat, enu[:, 2]), azimuth, np.degrees(np.arctan2(enu[:, 2], flat))


def _highest_deg(sensor: Sensor) -> float:
    if sensor.elevation_max_deg is not None:
        return sensor.elevation_max_deg
    return _ROTATING_ELEVATION_DEG if sensor.scan == "rotating" else 90.0


def _horizon_m(mine_m: float, theirs_m: Array) -> Array:
    """How far two heights above the ground see each other."""
    mine = np.sqrt(2.0 * _EFFECTIVE_RADIUS_M * max(mine_m, 0.0))
    out: Array = mine + np.sqrt(2.0 * _EFFECTIVE_RADIUS_M * np.maximum(theirs_m, 0.0))
    return out
