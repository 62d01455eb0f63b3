"""What a sensor should measure of a state, and how that changes with the state.

An observation is any subset of ten components. Each is linearised at the predicted state; those
that the sensor did not give are left out.

    RANGE      slant range from the sensor                        m
    AZIMUTH    from true north at the sensor, clockwise           rad
    ELEVATION  from the sensor's horizontal                       rad
    RATE       range rate, positive moves away                    m/s
    EAST, NORTH  horizontal position, at the state's own height   m
    HEIGHT     above the ellipsoid                                m
    BARO       pressure altitude, as a coarse height              m
    V_EAST, V_NORTH  velocity that the target or sensor tells     m/s

Height of a local point: h = alt₀ + up + (east² + north²) / 2R, R the mean radius at the origin; the
next term is below 5 m within 200 km.

Source: Bar-Shalom, Li & Kirubarajan (2001), 10.3 (extended Kalman filter), 1.5.3 (polar).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]

RANGE = 0
AZIMUTH = 1
ELEVATION = 2
RATE = 3
EAST = 4
NORTH = 5
HEIGHT = 6
BARO = 7
V_EAST = 8
V_NORTH = 9
N_COMPONENTS = 10

# Columns of the frame row: the sector's origin.
FRAME_ALT = 0
FRAME_RADIUS = 1


@njit
def wrap(angle_rad: float) -> float:
    """The same angle in -π to π."""
    return angle_rad - 2.0 * math.pi * math.floor((angle_rad + math.pi) / (2.0 * math.pi))


@njit
def linearise(
    x: Array,
    z: Array,
    sd: Array,
    up: Array,
    pose: Array,
    rotation: Array,
    frame: Array,
    dt_s: float,
    y: Array,
    H: Array,
    r: Array,
) -> int:
    """Residual, Jacobian and noise of one observation of one state.

    x         (6,)     state at its own time
    z         (10,)    measured components, NaN where absent; EAST, NORTH at height 0
    sd        (10,)    1-sigma noise
    up        (2,)     how east and north move with height at the measured place, 1
    pose      (3,)     sensor position in the sector frame, m
    rotation  (3, 3)   from the sector frame to the sensor's east-north-up
    frame     (2,)     sector origin: height, m; mean radius, m
    dt_s               the observation's time less the state's, s; small, either sign
    y, H, r   (10,), (10, 6), (10,)  outputs: residual, Jacobian, variance; the first m rows

    Returns m, the number of components present.
    """
    e = x[0] + dt_s * x[3]
    n = x[1] + dt_s * x[4]
    u = x[2] + dt_s * x[5]
    m = 0
    silent = math.isnan(z[RANGE]) and math.isnan(z[AZIMUTH]) and math.isnan(z[ELEVATION])
    if not (silent and math.isnan(z[RATE])):
        m = _polar(x, e, n, u, z, sd, pose, rotation, y, H, r)
    gh_e = e / frame[FRAME_RADIUS]
    gh_n = n / frame[FRAME_RADIUS]
    h = frame[FRAME_ALT] + u + 0.5 * (e * gh_e + n * gh_n)
    if not math.isnan(z[EAST]):
        for k in range(2):
            axis = e if k == 0 else n
            y[m] = z[EAST + k] + h * up[k] - axis
            for a in range(6):
                H[m, a] = 0.0
            H[m, 0] = -up[k] * gh_e
            H[m, 1] = -up[k] * gh_n
            H[m, 2] = -up[k]
            H[m, k] += 1.0
            r[m] = sd[EAST + k] ** 2
            m += 1
    for k in (HEIGHT, BARO):
        if not math.isnan(z[k]):
            y[m] = z[k] - h
            for a in range(6):
                H[m, a] = 0.0
            H[m, 0] = gh_e
            H[m, 1] = gh_n
            H[m, 2] = 1.0
            r[m] = sd[k] ** 2
            m += 1
    for k in (V_EAST, V_NORTH):
        if not math.isnan(z[k]):
            y[m] = z[k] - x[3 + k - V_EAST]
            for a in range(6):
                H[m, a] = 0.0
            H[m, 3 + k - V_EAST] = 1.0
            r[m] = sd[k] ** 2
            m += 1
    # The state is at its own time; what was measured depends on its velocity too.
    if dt_s != 0.0:
        for i in range(m):
            for a in range(3):
                H[i, a + 3] += dt_s * H[i, a]
    return m


@njit
def _polar(
    x: Array,
    e: float,
    n: float,
    u: float,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    y: Array,
    H: Array,
    r: Array,
) -> int:
    """Range, azimuth, elevation and range rate rows; returns how many."""
    d = np.empty(3)
    v = np.empty(3)
    for a in range(3):
        d[a] = (
            rotation[a, 0] * (e - pose[0]) + rotation[a, 1] * (n - pose[1]) + rotation[a, 2] * (u - pose[2])
        )
        v[a] = rotation[a, 0] * x[3] + rotation[a, 1] * x[4] + rotation[a, 2] * x[5]
    ground2 = max(d[0] * d[0] + d[1] * d[1], 1.0)
    ground = math.sqrt(ground2)
    slant = math.sqrt(ground2 + d[2] * d[2])
    g = np.empty(3)  # gradient in the sensor's frame
    m = 0
    for k in (RANGE, AZIMUTH, ELEVATION, RATE):
        if math.isnan(z[k]):
            continue
        if k == RANGE:
            y[m] = z[k] - slant
            for a in range(3):
                g[a] = d[a] / slant
        elif k == AZIMUTH:
            y[m] = wrap(z[k] - math.atan2(d[0], d[1]))
            g[0] = d[1] / ground2
            g[1] = -d[0] / ground2
            g[2] = 0.0
        elif k == ELEVATION:
            y[m] = z[k] - math.atan2(d[2], ground)
            g[0] = -d[2] * d[0] / (ground * slant * slant)
            g[1] = -d[2] * d[1] / (ground * slant * slant)
            g[2] = ground / (slant * slant)
        else:
            rate = (d[0] * v[0] + d[1] * v[1] + d[2] * v[2]) / slant
            y[m] = z[k] - rate
            for a in range(3):
                g[a] = (v[a] - rate * d[a] / slant) / slant
        for a in range(3):
            H[m, a] = g[0] * rotation[0, a] + g[1] * rotation[1, a] + g[2] * rotation[2, a]
            H[m, a + 3] = 0.0
        if k == RATE:
            for a in range(3):
                H[m, a + 3] = (d[0] * rotation[0, a] + d[1] * rotation[1, a] + d[2] * rotation[2, a]) / slant
        r[m] = sd[k] ** 2
        m += 1
    return m
