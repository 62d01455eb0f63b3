"""Observations of one look as the kernels want them: components, noise, clutter density."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.measurement import (
    AZIMUTH,
    BARO,
    EAST,
    ELEVATION,
    HEIGHT,
    N_COMPONENTS,
    NORTH,
    RANGE,
    RATE,
    V_EAST,
    V_NORTH,
)
from vedette.track.sensors import SensorModel

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plots:
    """One look of one sensor.

    z, sd       (m, 10)  components and their 1-sigma noise, NaN where absent
    up          (m, 2)   how east and north move with height at a measured place
    log_clutter (m,)     log density of one uniform false plot in the components present
    valid_ns    (m,)     when each was measured
    has_place   (m,)     whether a track can begin from it
    """

    z: Array
    sd: Array
    up: Array
    log_clutter: Array
    valid_ns: NDArray[np.int64]
    has_place: NDArray[np.bool_]


def prepare(rows: NDArray[np.void], sensor: SensorModel, origin: Array) -> Plots:
    """Rows (m,) of OBSERVATION, all of one sensor, to Plots."""
    m = len(rows)
    z = np.full((m, N_COMPONENTS), np.nan)
    sd = np.tile(sensor.noise, (m, 1))
    up = np.zeros((m, 2))
    if sensor.placed:
        for component, name, scale in _POLAR:
            z[:, component] = rows[name] * scale
            _override(sd[:, component], rows[f"{name.rsplit('_', 1)[0]}_sd_{name.rsplit('_', 1)[1]}"] * scale)
    place = ~np.isnan(rows["lat_deg"]) & ~np.isnan(rows["lon_deg"])
    if place.any():
        lat, lon = rows["lat_deg"][place], rows["lon_deg"][place]
        low = enu_from_geodetic(origin, lat, lon, np.zeros(len(lat)))
        high = enu_from_geodetic(origin, lat, lon, np.full(len(lat), 1000.0))
        z[np.ix_(place, (EAST, NORTH))] = low[:, :2]
        up[place] = (high[:, :2] - low[:, :2]) / 1000.0
        for component in (EAST, NORTH):
            _override(sd[:, component], rows["position_sd_m"])
    z[:, HEIGHT] = rows["alt_m"]
    _override(sd[:, HEIGHT], rows["alt_sd_m"])
    z[:, BARO] = np.where(np.isnan(rows["alt_m"]), rows["baro_alt_m"], np.nan)
    z[:, V_EAST] = rows["v_east_mps"]
    z[:, V_NORTH] = rows["v_north_mps"]
    for component in (V_EAST, V_NORTH):
        _override(sd[:, component], rows["velocity_sd_mps"])
    present = ~np.isnan(z)
    return Plots(
        z=z,
        sd=sd,
        up=up,
        log_clutter=np.where(present, sensor.log_density, 0.0).sum(axis=1),
        valid_ns=rows["valid_ns"].astype(np.int64),
        has_place=present[:, EAST] | (present[:, RANGE] & present[:, AZIMUTH]),
    )


_RAD = np.pi / 180.0
_POLAR = (
    (RANGE, "range_m", 1.0),
    (AZIMUTH, "azimuth_deg", _RAD),
    (ELEVATION, "elevation_deg", _RAD),
    (RATE, "range_rate_mps", 1.0),
)


# The widest that each measured column can be; an infinity is beyond all of them.
_LIMITS = {
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
}
_MAX_SD = 1e6


def plausible(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Rows (m,) without a value that no sensor can have measured; NaN is not a value."""
    out = np.ones(len(rows), np.bool_)
    for name, limit in _LIMITS.items():
        out &= ~(np.abs(rows[name]) > limit)
    out &= ~(rows["range_m"] < 0.0)
    return out


def class_evidence(rows: NDArray[np.void]) -> Array:
    """Class likelihoods (m, N_CLASSES) that sum to 1; a row that says nothing, or nonsense, is NaN."""
    told = rows["class_likelihood"].astype(np.float64)
    total = told.sum(axis=1, keepdims=True)
    good = (told >= 0.0).all(axis=1) & np.isfinite(total[:, 0]) & (total[:, 0] > 0.0)
    out = np.full(told.shape, np.nan)
    out[good] = np.maximum(told[good] / total[good], _LEAST_LIKELIHOOD)
    return out


_LEAST_LIKELIHOOD = 1e-3  # no report rules a class out


def _override(sd: Array, told: Array) -> None:
    """Take the noise that the observation itself tells, where it does."""
    good = (told > 0.0) & (told < _MAX_SD)
    sd[good] = told[good]
