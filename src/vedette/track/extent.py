"""Echoes of large targets: which point of it a plot stands for, and how sure that is.

A surface radar sees an aircraft as a patch of 40 m by 25 m and tells its middle, length L, width W and the
heading h of its front. Others know the same aircraft by one point of it, the antenna of its transponder.
That point is somewhere in the patch: uniform over it, its error has the variances L²/12 along h and
W²/12 across. Where the sensor's `ahead_share` a is known, the plot is moved by a L along h. What is left
stays with a target for as long as it is seen (its own antenna, its own echo); filters take errors for new
in every plot, so the variance is left as it was.

In range and azimuth from a sensor that sees the target at azimuth θ, with c = cos(h - θ), s = sin(h - θ):

    along the line of sight     (κL)² c² + (κW)² s²          κ = 1/√12
    across it                   (κL)² s² + (κW)² c²

Source: the second moments of a uniform rectangle; compare Baum & Hanebeck (2014), Extended object tracking
with random hypersurface models, IEEE Trans. AES 50(1), 149-159, for estimating such an extent.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.kernel.measurement import AZIMUTH, RANGE

Array = NDArray[np.float64]

_ANYWHERE: Final = 1.0 / math.sqrt(12.0)
_LONGEST_M: Final = 500.0


def as_points(rows: NDArray[np.void], sensor: Sensor) -> NDArray[np.void]:
    """Rows (m,) of OBSERVATION, their ranges and azimuths moved to the point that others know.

    Rows that tell no length or no heading, and all rows where `ahead_share` is not known, stay as they are.
    """
    if sensor.ahead_share is None:
        return rows
    ahead_m = sensor.ahead_share * rows["length_m"].astype(np.float64)
    moved = _told(rows) & ~np.isnan(rows["range_m"]) & ~np.isnan(rows["azimuth_deg"])
    if not moved.any():
        return rows
    out = rows.copy()
    azimuth = np.radians(rows["azimuth_deg"][moved])
    heading = np.radians(rows["heading_deg"][moved].astype(np.float64))
    east = rows["range_m"][moved] * np.sin(azimuth) + ahead_m[moved] * np.sin(heading)
    north = rows["range_m"][moved] * np.cos(azimuth) + ahead_m[moved] * np.cos(heading)
    out["range_m"][moved] = np.hypot(east, north)
    out["azimuth_deg"][moved] = np.degrees(np.arctan2(east, north)) % 360.0
    return out


def extent_noise(rows: NDArray[np.void], sensor: Sensor, sd: Array) -> None:
    """Add to the noise of range and azimuth what a target's extent leaves open, in place.

    sd  (m, 12)  components of kernel.measurement, m and rad
    """
    told = _told(rows) & (rows["range_m"] > 0.0)
    if not told.any():
        return
    long = _ANYWHERE * rows["length_m"][told].astype(np.float64)
    wide = _ANYWHERE * np.nan_to_num(rows["width_m"][told].astype(np.float64))
    turned = np.radians(rows["heading_deg"][told].astype(np.float64) - rows["azimuth_deg"][told])
    c, s = np.cos(turned), np.sin(turned)
    along_m2 = (long * c) ** 2 + (wide * s) ** 2
    across_m2 = (long * s) ** 2 + (wide * c) ** 2
    away_m = np.maximum(rows["range_m"][told], 1.0)
    sd[told, RANGE] = np.sqrt(sd[told, RANGE] ** 2 + along_m2)
    sd[told, AZIMUTH] = np.sqrt(sd[told, AZIMUTH] ** 2 + across_m2 / away_m**2)


def _told(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Rows that tell an extent that something can have, and where it points, (m,)."""
    out: NDArray[np.bool_] = (rows["length_m"] > 0.0) & (rows["length_m"] < _LONGEST_M)
    out &= ~np.isnan(rows["heading_deg"]) & ~(np.abs(rows["heading_deg"]) > 720.0)
    out &= ~(rows["width_m"] < 0.0) & ~(rows["width_m"] > _LONGEST_M)
    return out
