"""Directions that move: one small Kalman filter an angle, many a sensor.

State of an axis   [angle, rate]   rad, rad/s; axis 0 azimuth, 1 elevation
Covariance         [p11, p12, p22]
Motion             nearly constant rate with white angular acceleration; the azimuth's is divided by the
                   squared cosine of the elevation, and both grow with the cube of the rate, because what
                   passes close by turns quickly and briefly

Source: Bar-Shalom, Li & Kirubarajan (2001), 6.2.2; the azimuth's wrap as in 10.3.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import wrap

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def _carry(x: Array, P: Array, dt_s: float, q: float, out: Array) -> None:
    """Angle, rate and covariance after dt_s of either sign, written to out (5,)."""
    rate = min(abs(x[1]), 1.0)
    q = (q + rate**3) * abs(dt_s)
    out[0] = x[0] + dt_s * x[1]
    out[1] = x[1]
    out[2] = P[0] + 2.0 * dt_s * P[1] + dt_s * dt_s * P[2] + q * dt_s * dt_s / 3.0
    out[3] = P[1] + dt_s * P[2] + q * dt_s / 2.0
    out[4] = P[2] + q


@njit
def _axis_density(x: Array, axis: int, q: float) -> float:
    return q / max(math.cos(x[1, 0]), 0.2) ** 2 if axis == 0 else q


@njit
def gate_angles(
    x: Array, P: Array, dt_s: Array, z: Array, sd: Array, q: float, gate_sd: float
) -> tuple[Ints, Ints, Array]:
    """Pairs (track, plot) that may belong together.

    x     (n, 2, 2), P (n, 2, 3)   directions; an elevation never measured has an infinite p11
    dt_s  (n, m)                   each plot's time less each track's, s
    z, sd (m, 2)                   azimuth, elevation and noise, rad; elevation may be NaN
    q                              rad²/s³
    gate_sd                        pairs beyond it in either angle are left out

    Returns track (k,), plot (k,) and log likelihood (k,).
    """
    n = x.shape[0]
    m = z.shape[0]
    track = np.empty(n * m, np.int64)
    plot = np.empty(n * m, np.int64)
    loglik = np.empty(n * m)
    c = np.empty(5)
    k = 0
    for i in range(n):
        for j in range(m):
            total = 0.0
            inside = True
            for a in range(2):
                if math.isnan(z[j, a]) or not math.isfinite(P[i, a, 0]):
                    continue
                _carry(x[i, a], P[i, a], dt_s[i, j], _axis_density(x[i], a, q), c)
                y = z[j, a] - c[0]
                if a == 0:
                    y = wrap(y)
                s = c[2] + sd[j, a] ** 2
                if y * y > gate_sd**2 * s:
                    inside = False
                    break
                total -= 0.5 * (y * y / s + math.log(2.0 * math.pi * s))
            if inside:
                track[k], plot[k], loglik[k] = i, j, total
                k += 1
    return track[:k], plot[:k], loglik[:k]


@njit
def update_angles(x: Array, P: Array, dt_s: float, z: Array, sd: Array, q: float) -> None:
    """Carry one track (2, 2), (2, 3) to a plot's time and take the plot (2,), in place.

    A plot older than the track is taken where the track was then, and the track comes back.
    """
    c = np.empty(5)
    for a in range(2):
        if not math.isfinite(P[a, 0]):
            if not math.isnan(z[a]):
                x[a, 0] = z[a]
                x[a, 1] = 0.0
                P[a, 0] = sd[a] ** 2
                P[a, 1] = 0.0
                P[a, 2] = P[0, 2]
            continue
        _carry(x[a], P[a], dt_s, _axis_density(x, a, q), c)
        if not math.isnan(z[a]):
            y = z[a] - c[0]
            if a == 0:
                y = wrap(y)
            s = c[2] + sd[a] ** 2
            k0 = c[2] / s
            k1 = c[3] / s
            c[0] += k0 * y
            c[1] += k1 * y
            c[4] -= k1 * c[3]
            c[3] -= k0 * c[3]
            c[2] -= k0 * c[2]
        elif dt_s < 0.0:
            continue
        back = min(dt_s, 0.0)
        x[a, 0] = c[0] - back * c[1]
        x[a, 1] = c[1]
        P[a, 0] = c[2] - 2.0 * back * c[3] + back * back * c[4]
        P[a, 1] = c[3] - back * c[4]
        P[a, 2] = c[4]
        if a == 0:
            x[a, 0] = wrap(x[a, 0])
