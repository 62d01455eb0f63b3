"""Rays from sensors: directions, what a point's direction should be, and where rays meet.

Direction  azimuth from true north clockwise, elevation from the sensor's horizontal, rad; an elevation
           of NaN was not measured: then the ray is an upright half-plane
Frame      the sector's east-north-up, m; `rotation` (3, 3) takes it to the sensor's own

Source: Bar-Shalom, Li & Kirubarajan (2001), 1.5.3 (polar); Nardone, Lindgren & Gong (1984), IEEE Trans. AC
29(9), 775-787 (pseudo-linear least squares).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]


@njit
def angles(p: Array, pose: Array, rotation: Array, h: Array, H: Array) -> None:
    """Azimuth and elevation of a point p (3,) and how they change with it.

    h (2,) and H (2, 3) are outputs.
    """
    d = np.empty(3)
    for a in range(3):
        d[a] = 0.0
        for b in range(3):
            d[a] += rotation[a, b] * (p[b] - pose[b])
    ground2 = max(d[0] * d[0] + d[1] * d[1], 1e-6)
    ground = math.sqrt(ground2)
    slant2 = ground2 + d[2] * d[2]
    h[0] = math.atan2(d[0], d[1])
    h[1] = math.atan2(d[2], ground)
    for a in range(3):
        H[0, a] = (d[1] * rotation[0, a] - d[0] * rotation[1, a]) / ground2
        H[1, a] = (
            -d[2] * (d[0] * rotation[0, a] + d[1] * rotation[1, a]) / ground + ground * rotation[2, a]
        ) / slant2


@njit
def direction(azimuth_rad: float, elevation_rad: float, rotation: Array, u: Array) -> None:
    """Unit vector (3,) of a direction in the sector's frame, written to u; no elevation counts as 0."""
    el = 0.0 if math.isnan(elevation_rad) else elevation_rad
    c = math.cos(el)
    s0 = c * math.sin(azimuth_rad)
    s1 = c * math.cos(azimuth_rad)
    s2 = math.sin(el)
    for a in range(3):
        u[a] = rotation[0, a] * s0 + rotation[1, a] * s1 + rotation[2, a] * s2


@njit
def crossing(p1: Array, u1: Array, p2: Array, u2: Array, upright: bool) -> tuple[float, float, float]:
    """Where two rays come closest: distances along both, m, and how far they miss each other, m.

    p1, p2   (3,)  where they begin
    u1, u2   (3,)  unit directions
    upright        compare on the ground only: one of the two is a half-plane

    Parallel rays meet nowhere: the distances are NaN.
    """
    n = 2 if upright else 3
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    e = 0.0
    for k in range(n):
        w = p1[k] - p2[k]
        a += u1[k] * u1[k]
        b += u1[k] * u2[k]
        c += u2[k] * u2[k]
        d += u1[k] * w
        e += u2[k] * w
    det = a * c - b * b
    if det < 1e-6 * a * c:
        return math.nan, math.nan, math.nan
    s = (b * e - c * d) / det
    t = (a * e - b * d) / det
    miss = 0.0
    for k in range(n):
        miss += (p1[k] + s * u1[k] - p2[k] - t * u2[k]) ** 2
    return s, t, math.sqrt(miss)


@njit
def cholesky(A: Array, n: int, L: Array) -> bool:
    """Lower factor of the leading n x n block of a symmetric A, written to L; whether it went."""
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                if s <= 1e-14 * A[i, i] or not s > 0.0:
                    return False
                L[i, i] = math.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return True


@njit
def solve_cholesky(L: Array, n: int, b: Array) -> None:
    """Solve L Lᵀ x = b in place."""
    for i in range(n):
        for k in range(i):
            b[i] -= L[i, k] * b[k]
        b[i] /= L[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= L[k, i] * b[k]
        b[i] /= L[i, i]


@njit
def straight(
    t_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    height_m: float,
    height_sd_m: float,
    speed_sd_mps: float,
    x: Array,
) -> bool:
    """Straight flight that fits rays best: pseudo-linear least squares, weighted by distance.

    It is drawn towards the sensors by the noise, so it is a first guess and no estimate.

    t_s       (n,)       time of each ray, s
    z, sd     (n, 2)     azimuth, elevation, rad, and their 1-sigma noise; elevation may be NaN
    pose      (n, 3)     where each ray begins, m
    rotation  (n, 3, 3)  sector frame to the sensor's
    height_m, height_sd_m, speed_sd_mps   a weak prior, so that what the rays leave open stays finite
    x         (6,)       output: position and velocity at t_s = 0

    Returns whether the rays meet in front of their sensors, nine in ten of them at least.
    """
    n = t_s.shape[0]
    A = np.empty((6, 6))
    L = np.zeros((6, 6))
    g = np.empty(6)
    normal = np.empty(3)
    weight = np.full(n, 1e-6)
    u = np.empty(3)
    for turn in range(3):
        A[:] = 0.0
        g[:] = 0.0
        A[2, 2] = 1.0 / height_sd_m**2
        g[2] = height_m / height_sd_m**2
        for a in range(3):
            A[a + 3, a + 3] = 1.0 / speed_sd_mps**2
        for i in range(n):
            el = 0.0 if math.isnan(z[i, 1]) else z[i, 1]
            for k in range(2):
                if math.isnan(z[i, k]):
                    continue
                s = math.sin(z[i, 0])
                c = math.cos(z[i, 0])
                if k == 0:
                    n0, n1, n2 = c, -s, 0.0
                    w = weight[i] / max(math.cos(el), 0.05) ** 2
                else:
                    n0, n1, n2 = -s * math.sin(el), -c * math.sin(el), math.cos(el)
                    w = weight[i]
                w /= sd[i, k] ** 2
                away = 0.0
                for a in range(3):
                    normal[a] = rotation[i, 0, a] * n0 + rotation[i, 1, a] * n1 + rotation[i, 2, a] * n2
                    away += normal[a] * pose[i, a]
                t = t_s[i]
                for a in range(3):
                    g[a] += w * normal[a] * away
                    g[a + 3] += w * t * normal[a] * away
                    for b in range(3):
                        m = w * normal[a] * normal[b]
                        A[a, b] += m
                        A[a, b + 3] += t * m
                        A[a + 3, b] += t * m
                        A[a + 3, b + 3] += t * t * m
        if not cholesky(A, 6, L):
            return False
        for a in range(6):
            x[a] = g[a]
        solve_cholesky(L, 6, x)
        good = 0
        for i in range(n):
            direction(z[i, 0], z[i, 1], rotation[i], u)
            r2 = 0.0
            ahead = 0.0
            for a in range(3):
                d = x[a] + t_s[i] * x[a + 3] - pose[i, a]
                r2 += d * d
                ahead += u[a] * d
            weight[i] = 1.0 / max(r2, 1.0)
            if ahead > 0.0:
                good += 1
        if turn == 2:
            return bool(good >= 0.9 * n)
    return False
