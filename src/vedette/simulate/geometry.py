"""Where things are and how a sensor sees them, on WGS-84.

Kept apart from the tracker's own geodesy on purpose: a mistake in one of them shows as an error in
the score, and not as agreement.

Sources: NIMA TR8350.2 (2000); Skolnik (2008), Radar Handbook, 26.4, for the 4/3 earth.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEMI_MAJOR_M: Final = 6_378_137.0
ECCENTRICITY_SQ: Final = 6.694379990141317e-3
EFFECTIVE_RADIUS_M: Final = 6_371_000.0 * 4.0 / 3.0


def metres_per_degree(lat_deg: Array, alt_m: Array) -> tuple[Array, Array]:
    """Length of one degree of latitude and of longitude at a height, m; same shape as lat_deg."""
    s = np.sin(np.radians(lat_deg))
    w2 = 1.0 - ECCENTRICITY_SQ * s * s
    prime = SEMI_MAJOR_M / np.sqrt(w2)
    meridian = prime * (1.0 - ECCENTRICITY_SQ) / w2
    north = np.radians(meridian + alt_m)
    east = np.radians((prime + alt_m) * np.cos(np.radians(lat_deg)))
    return north, east


def ecef_from_geodetic(geo: Array) -> Array:
    """(n, 3) ECEF m of (n, 3) lat_deg, lon_deg, m above the ellipsoid."""
    lat, lon = np.radians(geo[:, 0]), np.radians(geo[:, 1])
    s, c = np.sin(lat), np.cos(lat)
    prime = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY_SQ * s * s)
    flat = (prime + geo[:, 2]) * c
    return np.column_stack(
        (flat * np.cos(lon), flat * np.sin(lon), (prime * (1.0 - ECCENTRICITY_SQ) + geo[:, 2]) * s)
    )


def enu_from_ecef_rotation(lat_deg: float, lon_deg: float) -> Array:
    """(3, 3) rotation of ECEF differences to east, north, up at a place."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    s, c, so, co = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    return np.array([[-so, co, 0.0], [-s * co, -s * so, c], [c * co, c * so, s]])


class Station:
    """A fixed place that looks at others."""

    __slots__ = ("_ecef", "_enu_from_ecef", "alt_m", "ground_m", "lat_deg", "lon_deg")

    def __init__(self, lat_deg: float, lon_deg: float, alt_m: float, ground_m: float) -> None:
        """alt_m and ground_m are above the ellipsoid."""
        self.lat_deg, self.lon_deg, self.alt_m, self.ground_m = lat_deg, lon_deg, alt_m, ground_m
        self._ecef = ecef_from_geodetic(np.array([[lat_deg, lon_deg, alt_m]]))[0]
        self._enu_from_ecef = enu_from_ecef_rotation(lat_deg, lon_deg)

    def enu(self, ecef: Array) -> Array:
        """(n, 3) m east, north, up of here, of (n, 3) ECEF."""
        away: Array = (ecef - self._ecef) @ self._enu_from_ecef.T
        return away

    def above_horizon(self, range_m: Array, alt_m: Array) -> NDArray[np.bool_]:
        """Whether targets at these heights above the ellipsoid stand above a smooth 4/3 earth."""
        mine = np.sqrt(2.0 * EFFECTIVE_RADIUS_M * max(self.alt_m - self.ground_m, 0.0))
        theirs = np.sqrt(2.0 * EFFECTIVE_RADIUS_M * np.maximum(alt_m - self.ground_m, 0.0))
        out: NDArray[np.bool_] = range_m < mine + theirs
        return out


def polar_from_enu(enu: Array) -> tuple[Array, Array, Array]:
    """Slant range m, azimuth deg in [0, 360) from north, elevation deg, of (n, 3) m."""
    flat = np.hypot(enu[:, 0], enu[:, 1])
    azimuth = np.degrees(np.arctan2(enu[:, 0], enu[:, 1])) % 360.0
    return np.hypot(flat, enu[:, 2]), azimuth, np.degrees(np.arctan2(enu[:, 2], flat))
