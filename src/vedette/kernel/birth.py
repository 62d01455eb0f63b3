"""A first state from one plot.

Source: Bar-Shalom, Li & Kirubarajan (2001), 10.4.3 (polar to Cartesian, by linearisation).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.kernel.measurement import (
    AZIMUTH,
    BARO,
    EAST,
    ELEVATION,
    FRAME_ALT,
    FRAME_RADIUS,
    HEIGHT,
    NORTH,
    RANGE,
    V_EAST,
    V_UP,
    Look,
)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def begin(look: Look, born: Ints, height_max_m: float, speed_sd_mps: Array, x: Array, P: Array) -> None:
    """First states from plots, one a model, written to x (n, models, 6), P (…, 6, 6); 0 without a place.

    born          (n,)       the plots
    speed_sd_mps  (models,)  spread of a velocity that was not told

    A height that was not measured is taken as low and very uncertain (traffic is denser near the
    ground), within height_max_m, and tied to the ground range through the slant range.
    """
    z, sd = look.z, look.sd
    x[:] = 0.0
    P[:] = 0.0
    for i in range(born.shape[0]):
        j = born[i]
        h, h_sd = _height(z, sd, j, height_max_m)
        if not math.isnan(z[j, EAST]):
            _placed(look, i, j, h, h_sd, x, P)
        elif not math.isnan(z[j, RANGE] + z[j, AZIMUTH]):
            _polar(look, i, j, h, h_sd, x, P)
    for i in range(born.shape[0]):
        j = born[i]
        if not P[i, 0, 0, 0] > 0.0:
            continue
        for a in range(3):
            told = not math.isnan(z[j, V_EAST + a])
            x[i, 0, a + 3] = z[j, V_EAST + a] if told else 0.0
            for k in range(x.shape[1]):
                spread = speed_sd_mps[k] if a < 2 else 0.1 * speed_sd_mps[k]
                P[i, k, a + 3, a + 3] = sd[j, V_EAST + a] ** 2 + 1.0 if told else spread * spread
        if not math.isnan(z[j, V_UP]):  # the climb is that of the height, see measurement
            e, n, radius_m = x[i, 0, 0], x[i, 0, 1], look.frame[FRAME_RADIUS]
            x[i, 0, 5] -= (e * x[i, 0, 3] + n * x[i, 0, 4]) / radius_m
            for k in range(x.shape[1]):
                P[i, k, 5, 5] += (e * e * P[i, k, 3, 3] + n * n * P[i, k, 4, 4]) / radius_m**2
        for k in range(1, x.shape[1]):  # models differ in the velocity's spread alone
            for a in range(6):
                x[i, k, a] = x[i, 0, a]
            for a in range(3):
                for b in range(3):
                    P[i, k, a, b] = P[i, 0, a, b]


@inlined
def _height(z: Array, sd: Array, j: int, height_max_m: float) -> tuple[float, float]:
    """Height of plot j above the ellipsoid and its spread, m: as told, or low."""
    h = min(0.5 * height_max_m, 1500.0)
    h_sd = min(height_max_m / math.sqrt(12.0), 3000.0)
    if not math.isnan(z[j, RANGE]):
        h = min(h, 0.3 * z[j, RANGE] + 50.0)
        h_sd = min(h_sd, 0.5 * z[j, RANGE] + 100.0)
    for k in range(BARO, HEIGHT - 1, -1):
        if not math.isnan(z[j, k]):
            h, h_sd = z[j, k], sd[j, k]
    return h, h_sd


@inlined
def _placed(look: Look, i: int, j: int, h: float, h_sd: float, x: Array, P: Array) -> None:
    """Place of the first model in row i and its covariance, from east and north."""
    z, sd, up, frame = look.z, look.sd, look.up, look.frame
    e, n = z[j, EAST] + h * up[j, 0], z[j, NORTH] + h * up[j, 1]
    x[i, 0, 0] = e
    x[i, 0, 1] = n
    x[i, 0, 2] = h - frame[FRAME_ALT] - 0.5 * (e * e + n * n) / frame[FRAME_RADIUS]
    P[i, 0, 0, 0] = sd[j, EAST] ** 2 + (h_sd * up[j, 0]) ** 2
    P[i, 0, 1, 1] = sd[j, NORTH] ** 2 + (h_sd * up[j, 1]) ** 2
    P[i, 0, 0, 1] = look.corr[j] * sd[j, EAST] * sd[j, NORTH] + h_sd**2 * up[j, 0] * up[j, 1]
    P[i, 0, 1, 0] = P[i, 0, 0, 1]
    P[i, 0, 2, 2] = h_sd**2


@njit
def _polar(look: Look, i: int, j: int, h: float, h_sd: float, x: Array, P: Array) -> None:
    """The same from slant range, azimuth and elevation or a height."""
    s = look.at[j]
    z, sd, pose, rotation, frame = look.z[j], look.sd[j], look.pose[s], look.rotation[s], look.frame
    slant = max(z[RANGE], 1.0)
    se = math.sin(z[AZIMUTH])
    ce = math.cos(z[AZIMUTH])
    if not math.isnan(z[ELEVATION]):
        el = z[ELEVATION]
        el_sd = sd[ELEVATION]
    else:
        # Height above the sensor's horizontal plane, allowing for the curve of the earth.
        pose_h = frame[FRAME_ALT] + pose[2] + 0.5 * (pose[0] ** 2 + pose[1] ** 2) / frame[FRAME_RADIUS]
        drop = slant * slant / (2.0 * frame[FRAME_RADIUS])
        ratio = min(max((h - pose_h - drop) / slant, -0.9), 0.9)
        el = math.asin(ratio)
        el_sd = min(h_sd / (slant * math.cos(el)), 0.5)
    c = math.cos(el)
    u = math.sin(el)
    d = np.empty(3)
    d[0] = slant * c * se
    d[1] = slant * c * ce
    d[2] = slant * u
    J = np.empty((3, 3))  # by range, azimuth, elevation
    J[0, 0] = c * se
    J[1, 0] = c * ce
    J[2, 0] = u
    J[0, 1] = slant * c * ce
    J[1, 1] = -slant * c * se
    J[2, 1] = 0.0
    J[0, 2] = -slant * u * se
    J[1, 2] = -slant * u * ce
    J[2, 2] = slant * c
    var = np.empty(3)
    # Without an elevation the ground range bends with the height: the second-order term.
    bend = 0.5 * (slant * el_sd) ** 2 / slant if math.isnan(z[ELEVATION]) else 0.0
    var[0] = sd[RANGE] ** 2 + bend * bend
    var[1] = sd[AZIMUTH] ** 2
    var[2] = el_sd**2
    G = np.empty((3, 3))  # in the sector's frame
    for a in range(3):
        x[i, 0, a] = pose[a]
        for b in range(3):
            x[i, 0, a] += rotation[b, a] * d[b]
            t = 0.0
            for q in range(3):
                t += rotation[q, a] * J[q, b]
            G[a, b] = t
    for a in range(3):
        for b in range(3):
            t = 0.0
            for q in range(3):
                t += G[a, q] * var[q] * G[b, q]
            P[i, 0, a, b] = t
