"""WGS-84 ellipsoid, Earth-centred and local east-north-up frames.

Frames   ECEF  Earth-centred, Earth-fixed, m
         ENU   east, north, up at an origin on or above the ellipsoid, m

Sources: NIMA TR8350.2 (2000) for the ellipsoid; Bowring (1985), Survey Review 28, 202-206, for the
way back from ECEF; it holds to 1e-9 deg, in one round below 50 km and in two above.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]

A_M = 6378137.0
F = 1.0 / 298.257223563
B_M = A_M * (1.0 - F)
E2 = F * (2.0 - F)
EP2 = E2 / (1.0 - E2)
_NEAR_M2 = (A_M + 50e3) ** 2  # squared distance from the centre: higher up one round is not enough


@njit
def ecef_from_geodetic(lat_deg: Array, lon_deg: Array, alt_m: Array) -> Array:
    """ECEF positions, (n, 3) m, of n geodetic positions, each (n,); alt above the ellipsoid."""
    n = lat_deg.shape[0]
    out = np.empty((n, 3))
    for i in range(n):
        lat = math.radians(lat_deg[i])
        lon = math.radians(lon_deg[i])
        s = math.sin(lat)
        c = math.cos(lat)
        prime = A_M / math.sqrt(1.0 - E2 * s * s)
        out[i, 0] = (prime + alt_m[i]) * c * math.cos(lon)
        out[i, 1] = (prime + alt_m[i]) * c * math.sin(lon)
        out[i, 2] = (prime * (1.0 - E2) + alt_m[i]) * s
    return out


@njit
def geodetic_from_ecef(xyz: Array) -> Array:
    """Geodetic positions, (n, 3) lat deg, lon deg, alt m, of ECEF positions (n, 3) m."""
    n = xyz.shape[0]
    out = np.empty((n, 3))
    lat_num = lat_den = 0.0
    for i in range(n):
        x = xyz[i, 0]
        y = xyz[i, 1]
        z = xyz[i, 2]
        p = math.sqrt(x * x + y * y)
        # Sines and cosines are carried as pairs: the parametric latitude β of the first guess is that
        # on a sphere.
        num = z * A_M
        den = p * B_M
        for _ in range(1 if p * p + z * z < _NEAR_M2 else 2):
            scale = 1.0 / math.sqrt(num * num + den * den)
            sb = num * scale
            cb = den * scale
            num = z + EP2 * B_M * sb * sb * sb
            den = p - E2 * A_M * cb * cb * cb
            lat_num = num
            lat_den = den
            num *= 1.0 - F
        scale = 1.0 / math.sqrt(lat_num * lat_num + lat_den * lat_den)
        s = lat_num * scale
        c = lat_den * scale
        prime = A_M / math.sqrt(1.0 - E2 * s * s)
        out[i, 0] = math.degrees(math.atan2(lat_num, lat_den))
        out[i, 1] = math.degrees(math.atan2(y, x))
        out[i, 2] = p * c + z * s - A_M * A_M / prime
    return out


@njit
def enu_from_ecef_rotation(lat_deg: float, lon_deg: float) -> Array:
    """Rotation (3, 3) that takes ECEF differences to east, north, up at a place."""
    lat = math.radians(lat_deg)
    lon = math.radians(lon_deg)
    sl = math.sin(lat)
    cl = math.cos(lat)
    so = math.sin(lon)
    co = math.cos(lon)
    out = np.empty((3, 3))
    out[0, 0] = -so
    out[0, 1] = co
    out[0, 2] = 0.0
    out[1, 0] = -sl * co
    out[1, 1] = -sl * so
    out[1, 2] = cl
    out[2, 0] = cl * co
    out[2, 1] = cl * so
    out[2, 2] = sl
    return out


def enu_from_geodetic(origin: Array, lat_deg: Array, lon_deg: Array, alt_m: Array) -> Array:
    """Local positions (n, 3) m of geodetic positions, each (n,).

    origin  (3,)  lat deg, lon deg, m above the ellipsoid
    """
    rotation = enu_from_ecef_rotation(origin[0], origin[1])
    away = ecef_from_geodetic(lat_deg, lon_deg, alt_m) - ecef_from_geodetic(
        origin[0:1], origin[1:2], origin[2:3]
    )
    out: Array = away @ rotation.T
    return out


@njit
def geodetic_from_enu(origin: Array, enu: Array) -> Array:
    """Geodetic positions (n, 3) lat deg, lon deg, alt m of local positions, the first of (n, 3 or more) m."""
    R = enu_from_ecef_rotation(origin[0], origin[1])
    home = ecef_from_geodetic(origin[0:1], origin[1:2], origin[2:3])
    n = enu.shape[0]
    xyz = np.empty((n, 3))
    for i in range(n):
        for a in range(3):
            xyz[i, a] = home[0, a] + enu[i, 0] * R[0, a] + enu[i, 1] * R[1, a] + enu[i, 2] * R[2, a]
    return geodetic_from_ecef(xyz)


def rotation_between(origin: Array, lat_deg: float, lon_deg: float) -> Array:
    """Rotation (3, 3) from the origin's east-north-up to that at another place."""
    out: Array = enu_from_ecef_rotation(lat_deg, lon_deg) @ enu_from_ecef_rotation(origin[0], origin[1]).T
    return out


def mean_radius_m(lat_deg: float) -> float:
    """Gaussian mean radius of curvature: how fast the surface falls away from its tangent plane."""
    s2 = math.sin(math.radians(lat_deg)) ** 2
    return A_M * math.sqrt(1.0 - E2) / (1.0 - E2 * s2)
