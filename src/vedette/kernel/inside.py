"""Points in polygons and circles, now and ahead on a straight line.

Shapes are on a plane, m; at the size of a zone the plane is the local east-north tangent one.

Source: the crossing test, e.g. de Berg et al. (2008), Computational Geometry, 6.1; sigma points as
in Julier & Uhlmann (2004), Proc. IEEE 92(3), 401-422.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def inside(e: float, n: float, vertices: Array, ring_end: Ints, circle: Array) -> bool:
    """Whether a point lies in a shape.

    vertices  (v, 2)  corners of all rings, each ring closed; a point in a hole is outside
    ring_end  (k,)    one past each ring's last corner
    circle    (3,)    centre and radius, m; used instead where the radius is above 0
    """
    if circle[2] > 0.0:
        away = math.hypot(e - circle[0], n - circle[1])
        return bool(away <= circle[2])
    odd = False
    start = 0
    for end in ring_end:
        for i in range(start, end - 1):
            e1, n1 = vertices[i, 0], vertices[i, 1]
            e2, n2 = vertices[i + 1, 0], vertices[i + 1, 1]
            if (n1 > n) != (n2 > n) and e < (e2 - e1) * (n - n1) / (n2 - n1) + e1:
                odd = not odd
        start = end
    return odd


@njit
def entry(
    place: Array,
    velocity: Array,
    sd_m: Array,
    velocity_sd_mps: float,
    height: Array,
    band: Array,
    vertices: Array,
    ring_end: Ints,
    circle: Array,
    horizon_s: float,
    step_s: float,
    manoeuvre_m2ps3: float,
) -> tuple[float, float, float]:
    """Probability of being inside now, of being inside within the horizon, and the time to it.

    place, velocity  (2,)  east, north: m, m/s
    sd_m             (2,)  1-sigma of the position along east and north
    height           (2,)  m above the ellipsoid and its rate, NaN where unknown: then any height fits
    band             (2,)  the shape's lower and upper limit, m above the ellipsoid, may be infinite

    manoeuvre_m2ps3        density of the white acceleration that it may still fly with; 0 flies on straight

    Nine sigma points carry the position's and the velocity's spread along a straight line; a manoeuvre
    spreads the place after t by q t³/3 (variance), as a velocity that is off by q t/3 would. The time
    is the median over the points that enter; NaN when none does.
    """
    points = 0.0
    now = 0.0
    ahead = 0.0
    times = np.empty(9)
    k = 0
    for q in range(9):
        weight = 1.0 / 3.0 if q == 0 else 1.0 / 12.0
        axis = (q - 1) % 4
        sign = 1.0 if q <= 4 else -1.0
        spread = math.sqrt(3.0) * sign
        e = place[0] + (spread * sd_m[0] if q > 0 and axis == 0 else 0.0)
        n = place[1] + (spread * sd_m[1] if q > 0 and axis == 1 else 0.0)
        points += weight
        t = 0.0
        while t <= horizon_s:
            off = spread * math.sqrt(velocity_sd_mps**2 + manoeuvre_m2ps3 * t / 3.0)
            ve = velocity[0] + (off if q > 0 and axis == 2 else 0.0)
            vn = velocity[1] + (off if q > 0 and axis == 3 else 0.0)
            h = height[0] if t == 0.0 or math.isnan(height[1]) else height[0] + t * height[1]
            fits = math.isnan(h) or (band[0] <= h <= band[1])
            if fits and inside(e + t * ve, n + t * vn, vertices, ring_end, circle):
                if t == 0.0:
                    now += weight
                ahead += weight
                times[k] = t
                k += 1
                break
            t += step_s
    if k == 0:
        return 0.0, 0.0, math.nan
    return now / points, ahead / points, np.median(times[:k])
