"""How far points are from the nearest of many lines, which way that one runs, and how dense lines are there.

Source: distance to a segment, e.g. Ericson (2005), Real-Time Collision Detection, 5.1.2.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]


@njit
def nearest(points: Array, segments: Array, around_m: float) -> Array:
    """(n, 4) of points (n, 2) on a plane, m. Infinity and NaN where there is no segment.

    how far the nearest segment is beyond its own half width, m; which way it runs, rad from north, modulo pi;
    that half width, m; and the length of all segments within around_m, m

    segments  (s, 5)  from and to, east and north, m; half its width, m
    """
    n = points.shape[0]
    out = np.empty((n, 4))
    for i in range(n):
        least, k, length = math.inf, -1, 0.0
        for s in range(segments.shape[0]):
            ax, ay = segments[s, 0] - points[i, 0], segments[s, 1] - points[i, 1]
            dx, dy = segments[s, 2] - segments[s, 0], segments[s, 3] - segments[s, 1]
            square = dx * dx + dy * dy
            foot = -(ax * dx + ay * dy) / square if square > 0.0 else 0.0
            along = min(1.0, max(0.0, foot))
            away = math.hypot(ax + along * dx, ay + along * dy) - segments[s, 4]
            if away < least:
                least, k = away, s
            rest = around_m**2 - (ax + foot * dx) ** 2 - (ay + foot * dy) ** 2
            if square > 0.0 and rest > 0.0:
                half = math.sqrt(rest / square)
                length += max(0.0, min(1.0, foot + half) - max(0.0, foot - half)) * math.sqrt(square)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = math.inf, math.nan, math.nan, length
        if k >= 0:
            east, north = segments[k, 2] - segments[k, 0], segments[k, 3] - segments[k, 1]
            out[i, 0], out[i, 1] = max(least, 0.0), math.atan2(east, north) % math.pi
            out[i, 2] = segments[k, 4]
    return out
