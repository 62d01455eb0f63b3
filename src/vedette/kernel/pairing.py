"""Which directions of two sensors may point at one thing: a cheap test before the full fit.

Both are taken at the newest time that both know, by interpolation; there the rays must meet in front of
both sensors, within their reach and, where both measured elevation, within what the noise allows.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import wrap
from vedette.kernel.rays import crossing, direction

Array = NDArray[np.float64]

_SLACK_M = 5.0  # sensors' places are not known better
_SPEED_MPS = 60.0  # what a target may move in the time between two bearings
_SIGMAS = 5.0


@njit
def _at(t: float, n: int, t_s: Array, z: Array, pose: Array, out: Array) -> float:
    """Azimuth, elevation and pose (5,) at a time, interpolated; returns how far the nearest bearing is, s."""
    i = 0
    while i < n - 2 and t_s[i + 1] <= t:
        i += 1
    j = min(i + 1, n - 1)
    span = t_s[j] - t_s[i]
    w = min(max((t - t_s[i]) / span, 0.0), 1.0) if span > 0.0 else 0.0
    out[0] = z[i, 0] + w * wrap(z[j, 0] - z[i, 0])
    out[1] = z[i, 1] + w * (z[j, 1] - z[i, 1])
    for a in range(3):
        out[2 + a] = pose[i, a] + w * (pose[j, a] - pose[i, a])
    gap: float = min(abs(t - t_s[i]), abs(t - t_s[j]))
    return gap


@njit
def compatible(
    n1: int,
    t1_s: Array,
    z1: Array,
    sd1: Array,
    pose1: Array,
    rotation1: Array,
    n2: int,
    t2_s: Array,
    z2: Array,
    sd2: Array,
    pose2: Array,
    rotation2: Array,
    longest_s: float,
    reach1_m: float,
    reach2_m: float,
) -> bool:
    """Whether the newest bearings of two direction histories can come from one target.

    n1        how many bearings of the first count
    t1_s      (k,), z1, sd1 (k, 2), pose1 (k, 3), rotation1 (3, 3)   its history, times rising
    longest_s the two must know a time so close to each other
    """
    a = np.empty(5)
    b = np.empty(5)
    u1 = np.empty(3)
    u2 = np.empty(3)
    t = min(t1_s[n1 - 1], t2_s[n2 - 1])
    gap = _at(t, n1, t1_s, z1, pose1, a) + _at(t, n2, t2_s, z2, pose2, b)
    if gap > longest_s:
        return False
    direction(a[0], a[1], rotation1, u1)
    direction(b[0], b[1], rotation2, u2)
    upright = math.isnan(a[1]) or math.isnan(b[1])
    s, r, miss = crossing(a[2:], u1, b[2:], u2, upright)
    if not (s > 0.0 and r > 0.0) or s > 1.3 * reach1_m or r > 1.3 * reach2_m:
        return False
    if upright:
        return True
    near = _SIGMAS * math.hypot(s * _widest(sd1[n1 - 1]), r * _widest(sd2[n2 - 1]))
    return miss < near + _SLACK_M + _SPEED_MPS * gap


@njit
def _widest(sd: Array) -> float:
    """The larger of two angles' noise, (2,), the second perhaps unknown."""
    out: float = sd[0]
    return sd[1] if sd[1] > out else out
