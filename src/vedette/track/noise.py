"""The noise of plots whose sensor did not tell it: a floor, and what thermal noise adds far out.

An estimate of delay, angle or Doppler from a signal of energy ratio S/N has a standard deviation that
goes with 1/√(S/N) (Skolnik 2001, 6.3; Barton 2005). What does not fade with distance (target
glint, quantisation, registration) is a floor. With both,

    σ² = σ₀² (1 + g)     g = (S/N)₀ / (S/N)    where the plot tells its S/N, or else
                         g = (R / R₀)⁴         since by the radar equation S/N goes with R⁻⁴

σ₀ is the sensor's `*_sd`; (S/N)₀ and R₀ are its `thermal_snr_db` and `thermal_range_m`: where thermal
noise is as large as the floor.

Azimuth noise is that across the line of sight. In azimuth it is 1/cos(elevation) as much.

Low over the ground a radar's echo also comes by way of the ground, and a radar that compares the phases of
two beams takes both for one: the elevation it tells swings about the target and its mirror image (Barton
1974). Below `reflected_below_deg` that comes on top of the noise, whatever the plot tells of its own, and
fades out at twice as much.

Sources: Skolnik (2001), Introduction to Radar Systems, 3rd edition; Barton (2005), Radar System Analysis
and Modeling; Barton (1974), Low-angle radar tracking, Proceedings of the IEEE 62(6).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.kernel.measurement import AZIMUTH, ELEVATION, LEAST_COS, RANGE, RATE

Array = NDArray[np.float64]

_REFLECTED_BELOW_DEG = 1.5
_SWINGS = 0.5  # standard deviation of what comes by way of the ground, of the angle below which it does
_MOST = 1e4  # variance by thermal noise, as a multiple of the floor's: 100 sigma


def thermal(rows: NDArray[np.void], sensor: Sensor) -> Array:
    """By how much thermal noise multiplies the variance of polar components, (m,), 1 or more.

    rows  (m,) of OBSERVATION
    """
    gain = np.zeros(len(rows))
    told = np.zeros(len(rows), np.bool_)
    if sensor.thermal_snr_db is not None:
        snr_db = rows["snr_db"].astype(np.float64)
        told = np.isfinite(snr_db)
        gain[told] = 10.0 ** (0.1 * np.clip(sensor.thermal_snr_db - snr_db[told], -100.0, 100.0))
    if sensor.thermal_range_m is not None:
        far = rows["range_m"] / sensor.thermal_range_m
        ranged = ~told & np.isfinite(far)
        gain[ranged] = np.minimum(far[ranged], 1e3) ** 4
    out: Array = 1.0 + np.minimum(gain, _MOST)
    return out


def polar_noise(rows: NDArray[np.void], sensor: Sensor, sd: Array, z: Array) -> None:
    """Scale the sensor's own polar noise to each plot, in place, before what the plots tell goes in.

    sd, z  (m, 12)  components of kernel.measurement; sd holds the sensor's noise
    """
    if sensor.thermal_snr_db is not None or sensor.thermal_range_m is not None:
        factor = np.sqrt(thermal(rows, sensor))
        for component in (RANGE, AZIMUTH, ELEVATION, RATE):
            sd[:, component] *= factor
    raised = ~np.isnan(z[:, ELEVATION])
    if raised.any():
        sd[raised, AZIMUTH] /= np.maximum(np.cos(z[raised, ELEVATION]), LEAST_COS)


def reflected_noise(sensor: Sensor, sd: Array, z: Array) -> None:
    """Add to elevations what the ground's reflection does to those of a radar, in place.

    sd, z  (m, 12)  components of kernel.measurement; sd holds the noise without
    """
    given = sensor.reflected_below_deg
    below_rad = math.radians(_REFLECTED_BELOW_DEG if given is None else given)
    if sensor.modality != "radar" or not below_rad > 0.0:
        return
    low = np.flatnonzero(np.abs(z[:, ELEVATION]) < 2.0 * below_rad)
    share = np.minimum(2.0 - np.abs(z[low, ELEVATION]) / below_rad, 1.0)
    sd[low, ELEVATION] = np.hypot(sd[low, ELEVATION], _SWINGS * below_rad * share)
