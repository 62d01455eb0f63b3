"""How far points are from the outline of a shape, and on which side of it.

Shapes are on a plane, m, as in `inside`.

Source: distance to a segment, e.g. Ericson (2005), Real-Time Collision Detection, 5.1.2.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.inside import inside
from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def outside_m(points: Array, vertices: Array, ring_end: Ints, circle: Array) -> Array:
    """Distance (n,) m of points (n, 2) m to a shape's outline; negative inside.

    vertices, ring_end, circle  as in `inside.inside`
    """
    n = points.shape[0]
    out = np.empty(n)
    for i in range(n):
        e, north = points[i, 0], points[i, 1]
        if circle[2] > 0.0:
            out[i] = math.hypot(e - circle[0], north - circle[1]) - circle[2]
            continue
        least = math.inf
        start = 0
        for end in ring_end:
            for k in range(start, end - 1):
                ax, ay = vertices[k, 0], vertices[k, 1]
                dx, dy = vertices[k + 1, 0] - ax, vertices[k + 1, 1] - ay
                square = dx * dx + dy * dy
                along = 0.0
                if square > 0.0:
                    along = min(1.0, max(0.0, ((e - ax) * dx + (north - ay) * dy) / square))
                away = (e - ax - along * dx) ** 2 + (north - ay - along * dy) ** 2
                least = min(least, away)
            start = end
        away_m = math.sqrt(least)
        out[i] = -away_m if inside(e, north, vertices, ring_end, circle) else away_m
    return out
