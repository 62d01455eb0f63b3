"""Who flies round something: the circle that fits a window best, and how often it was gone round.

The circle is the algebraic fit of Kåsa (1976), IEEE Trans. Instrum. Meas. 25, 8-14: least squares of
x² + y² + Dx + Ey + F. The turns are the angle that the samples sweep about its middle.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
_LEAST = 8  # samples


@njit
def orbits(window: Array) -> Array:
    """The circle of each window: (n, 5) middle east, north, radius m, rms off it m, turns (left is positive).

    window  (n, w, 2 or more)  m, east and north by time; NaN where it was not seen

    NaN where the samples are few or in a line.
    """
    n, w, _ = window.shape
    out = np.full((n, 5), math.nan)
    for i in range(n):
        m, sx, sy = 0, 0.0, 0.0
        for k in range(w):
            if not math.isnan(window[i, k, 0]):
                m, sx, sy = m + 1, sx + window[i, k, 0], sy + window[i, k, 1]
        if m < _LEAST:
            continue
        cx, cy = sx / m, sy / m
        xx = yy = xy = xz = yz = zz = 0.0
        for k in range(w):
            x, y = window[i, k, 0] - cx, window[i, k, 1] - cy
            if math.isnan(x):
                continue
            z = x * x + y * y
            xx, yy, xy, xz, yz, zz = xx + x * x, yy + y * y, xy + x * y, xz + x * z, yz + y * z, zz + z
        determinant = xx * yy - xy * xy
        if determinant <= 1e-6 * (xx + yy) ** 2:
            continue
        a = (xz * yy - yz * xy) / determinant / 2.0
        b = (yz * xx - xz * xy) / determinant / 2.0
        radius = math.sqrt(a * a + b * b + zz / m)
        off, swept, last = 0.0, 0.0, math.nan
        for k in range(w):
            x, y = window[i, k, 0] - cx - a, window[i, k, 1] - cy - b
            if math.isnan(x):
                continue
            off += (math.hypot(x, y) - radius) ** 2
            angle = math.atan2(y, x)
            if not math.isnan(last):
                swept += (angle - last + math.pi) % (2.0 * math.pi) - math.pi
            last = angle
        out[i, 0], out[i, 1], out[i, 2] = cx + a, cy + b, radius
        out[i, 3], out[i, 4] = math.sqrt(off / m), swept / (2.0 * math.pi)
    return out
