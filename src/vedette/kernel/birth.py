"""A first state from one plot.

Source: Bar-Shalom, Li & Kirubarajan (2001), 10.4.3 (polar to Cartesian, by linearisation).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import Look

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def begin(look: Look, born: Ints, height_max_m: float, speed_sd_mps: Array, x: Array, P: Array) -> None:
    """First states from plots that have a place, one a model, written to x (n, models, 6), P (…, 6, 6).

    born          (n,)       the plots
    speed_sd_mps  (models,)  spread of a velocity that was not told

    A height that was not measured is taken as low and very uncertain (traffic is denser near the
    ground), within height_max_m, and tied to the ground range through the slant range.
    """
    for i in range(born.shape[0]):
        j = born[i]
        q = look.at[j]
        for a in range(x.shape[1]):
            begin_one(
                look.z[j], look.sd[j], look.up[j], look.corr[j], look.pose[q], look.rotation[q], look.frame,
                height_max_m, speed_sd_mps[a], x[i, a], P[i, a],
            )  # fmt: skip


@njit
def begin_one(
    z: Array, sd: Array, up: Array, corr: float, pose: Array, rotation: Array, frame: Array,
    height_max_m: float, speed_sd_mps: float, x: Array, P: Array,
) -> bool:  # fmt: skip
    """The first state of one model; false where the plot has no place."""
    for a in range(6):
        x[a] = 0.0
        for b in range(6):
            P[a, b] = 0.0
    h = min(0.5 * height_max_m, 1500.0)
    h_sd = min(height_max_m / math.sqrt(12.0), 3000.0)
    if not math.isnan(z[0]):
        h = min(h, 0.3 * z[0] + 50.0)
        h_sd = min(h_sd, 0.5 * z[0] + 100.0)
    if not math.isnan(z[6]):
        h = z[6]
        h_sd = sd[6]
    elif not math.isnan(z[7]):
        h = z[7]
        h_sd = sd[7]
    if not math.isnan(z[4]):
        e = z[4] + h * up[0]
        n = z[5] + h * up[1]
        x[0] = e
        x[1] = n
        x[2] = h - frame[0] - 0.5 * (e * e + n * n) / frame[1]
        P[0, 0] = sd[4] ** 2 + (h_sd * up[0]) ** 2
        P[1, 1] = sd[5] ** 2 + (h_sd * up[1]) ** 2
        P[0, 1] = corr * sd[4] * sd[5] + h_sd**2 * up[0] * up[1]
        P[1, 0] = P[0, 1]
        P[2, 2] = h_sd**2
    elif not math.isnan(z[0]) and not math.isnan(z[1]):
        _begin_polar(z, sd, pose, rotation, frame, h, h_sd, x, P)
    else:
        return False
    for a in range(3):
        P[a + 3, a + 3] = speed_sd_mps**2 if a < 2 else (0.1 * speed_sd_mps) ** 2
    for a in range(3):
        if not math.isnan(z[8 + a]):
            x[3 + a] = z[8 + a]
            P[3 + a, 3 + a] = sd[8 + a] ** 2 + 1.0
    if not math.isnan(z[10]):  # the climb is that of the height, see measurement
        x[5] -= (x[0] * x[3] + x[1] * x[4]) / frame[1]
        P[5, 5] += (x[0] ** 2 * P[3, 3] + x[1] ** 2 * P[4, 4]) / frame[1] ** 2
    return True


@njit
def _begin_polar(
    z: Array, sd: Array, pose: Array, rotation: Array, frame: Array, h: float, h_sd: float, x: Array, P: Array
) -> None:
    """Position and its covariance from slant range, azimuth and elevation or a height."""
    slant = max(z[0], 1.0)
    se = math.sin(z[1])
    ce = math.cos(z[1])
    if not math.isnan(z[2]):
        el = z[2]
        el_sd = sd[2]
    else:
        # Height above the sensor's horizontal plane, allowing for the curve of the earth.
        pose_h = frame[0] + pose[2] + 0.5 * (pose[0] ** 2 + pose[1] ** 2) / frame[1]
        drop = slant * slant / (2.0 * frame[1])
        ratio = min(max((h - pose_h - drop) / slant, -0.9), 0.9)
        el = math.asin(ratio)
        el_sd = min(h_sd / (slant * math.cos(el)), 0.5)
    c = math.cos(el)
    s = math.sin(el)
    d = np.empty(3)
    d[0] = slant * c * se
    d[1] = slant * c * ce
    d[2] = slant * s
    J = np.empty((3, 3))  # by range, azimuth, elevation
    J[0, 0] = c * se
    J[1, 0] = c * ce
    J[2, 0] = s
    J[0, 1] = slant * c * ce
    J[1, 1] = -slant * c * se
    J[2, 1] = 0.0
    J[0, 2] = -slant * s * se
    J[1, 2] = -slant * s * ce
    J[2, 2] = slant * c
    var = np.empty(3)
    # Without an elevation the ground range bends with the height: the second-order term.
    bend = 0.5 * (slant * el_sd) ** 2 / slant if math.isnan(z[2]) else 0.0
    var[0] = sd[0] ** 2 + bend * bend
    var[1] = sd[1] ** 2
    var[2] = el_sd**2
    G = np.empty((3, 3))  # in the sector's frame
    for a in range(3):
        x[a] = pose[a]
        for b in range(3):
            x[a] += rotation[b, a] * d[b]
            t = 0.0
            for q in range(3):
                t += rotation[q, a] * J[q, b]
            G[a, b] = t
    for a in range(3):
        for b in range(3):
            t = 0.0
            for q in range(3):
                t += G[a, q] * var[q] * G[b, q]
            P[a, b] = t
