"""What a sensor should measure of a state, and how that changes with the state.

An observation is any subset of twelve components. Each is linearised at the predicted state; those
that the sensor did not give are left out.

    RANGE      slant range from the sensor                        m
    AZIMUTH    from true north at the sensor, clockwise           rad
    ELEVATION  from the sensor's horizontal                       rad
    RATE       range rate, positive moves away                    m/s
    EAST, NORTH  horizontal position, at the state's own height   m
    HEIGHT     above the ellipsoid                                m
    BARO       pressure altitude, as a coarse height              m
    V_EAST, V_NORTH  told velocity, along the sector's axes       m/s
    V_UP       told climb: how fast the height grows              m/s
    DIFFERENCE slant range from the sensor less that from another receiver   m

Height of a local point: h = alt₀ + up + (east² + north²) / 2R, R the mean radius at the origin; the
next term is below 5 m within 200 km.

The errors of EAST and NORTH may be correlated. Taking ρ σn/σe times the east row from the north row
leaves two rows whose errors are not, and the volume of their errors as it was: the likelihood, the
gain and the update are those of the full 2 by 2 covariance.

Azimuth has a pole. Above STEEP an azimuth and an elevation are compared as directions instead, on
the plane that touches the sphere where the sensor points; the azimuth row keeps azimuth's unit.

Sources: Bar-Shalom, Li & Kirubarajan (2001), 10.3 (extended Kalman filter), 1.5.3 (polar); Bierman
(1977), Factorization Methods (rows made independent by a triangular factor of their covariance);
Torrieri (1984), IEEE Trans. AES 20(2), 183-198 (time differences).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit

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
V_UP = 10
DIFFERENCE = 11
N_COMPONENTS = 12

# Columns of the frame row: the sector's origin.
FRAME_ALT = 0
FRAME_RADIUS = 1

LEAST_COS = 1e-3  # of an elevation: a cap of 3.4 arc minutes around the zenith has no azimuth
STEEP = math.radians(75.0)  # elevation from which directions are compared on the tangent plane


@njit
def wrap(angle_rad: float) -> float:
    """The same angle in -π to π."""
    return angle_rad - 2.0 * math.pi * math.floor((angle_rad + math.pi) / (2.0 * math.pi))


class Look(NamedTuple):
    """Plots of one look by column, as kernels take them.

    z         (m, 12)    measured components, NaN where absent; EAST, NORTH at height 0
    sd        (m, 12)    1-sigma noise
    up        (m, 2)     how east and north move with height at the measured place, 1
    corr      (m,)       correlation of the errors of EAST and NORTH, within -1 and 1
    dt_s      (m,)       each plot's own time less the look's, s; small, either sign
    at        (m,)       which of the places it was seen from
    pose      (q, 6)     those places: of the sensor, then of the other receiver, in the sector frame, m
    rotation  (q, 3, 3)  from the sector frame to the sensor's east-north-up
    frame     (2,)       sector origin: height, m; mean radius, m
    stray     (2,)       share of plots whose azimuth strays (multipath), and how many sd such ones have
    """

    z: Array
    sd: Array
    up: Array
    corr: Array
    dt_s: Array
    at: NDArray[np.int64]
    pose: Array
    rotation: Array
    frame: Array
    stray: Array


@inlined
def can_stray(look: Look, j: int) -> bool:
    """Whether a plot has an azimuth that may be a stray one: beside a range that tells whose it is."""
    return look.stray[0] > 0.0 and not math.isnan(look.z[j, AZIMUTH]) and not math.isnan(look.z[j, RANGE])


@inlined
def breadth(look: Look, j: int) -> int:
    """How many of a state's six components plot j speaks of: 3 where it tells of the place alone, else 6."""
    if look.dt_s[j] != 0.0 or not math.isnan(look.z[j, RATE]):
        return 6
    for k in (V_EAST, V_NORTH, V_UP):
        if not math.isnan(look.z[j, k]):
            return 6
    return 3


@inlined
def linearise(x: Array, look: Look, j: int, stray: bool, y: Array, H: Array, r: Array) -> int:
    """Residual, Jacobian and noise of plot j of a look, of one state at the look's time.

    x         (6,)  state
    stray           whether to take its azimuth as a stray one, see can_stray
    y, H, r   (12,), (12, 6), (12,)  outputs: residual, Jacobian, variance; the first m rows

    Returns m, the number of components present. Rows are independent of each other.
    """
    # No row of an array is named here: making and dropping such a view costs more than its arithmetic.
    corr = look.corr[j]
    dt_s = look.dt_s[j]
    e = x[0] + dt_s * x[3]
    n = x[1] + dt_s * x[4]
    u = x[2] + dt_s * x[5]
    m = 0
    for k in range(RANGE, RATE + 1):
        if not math.isnan(look.z[j, k]):
            m = _polar(x, e, n, u, look, j, y, H, r)
            if stray:
                r[1] *= look.stray[1] ** 2  # range is the first row
            break
    gh_e = e / look.frame[FRAME_RADIUS]
    gh_n = n / look.frame[FRAME_RADIUS]
    h = look.frame[FRAME_ALT] + u + 0.5 * (e * gh_e + n * gh_n)
    if not math.isnan(look.z[j, EAST]):
        for k in range(2):
            axis = e if k == 0 else n
            y[m] = look.z[j, EAST + k] + h * look.up[j, k] - axis
            for a in range(6):
                H[m, a] = 0.0
            H[m, 0] = -look.up[j, k] * gh_e
            H[m, 1] = -look.up[j, k] * gh_n
            H[m, 2] = -look.up[j, k]
            H[m, k] += 1.0
            r[m] = look.sd[j, EAST + k] ** 2
            m += 1
        if corr != 0.0:
            share = corr * look.sd[j, NORTH] / look.sd[j, EAST]
            y[m - 1] -= share * y[m - 2]
            for a in range(3):
                H[m - 1, a] -= share * H[m - 2, a]
            r[m - 1] *= 1.0 - corr * corr
    for k in (HEIGHT, BARO):
        if not math.isnan(look.z[j, k]):
            y[m] = look.z[j, k] - h
            for a in range(6):
                H[m, a] = 0.0
            H[m, 0] = gh_e
            H[m, 1] = gh_n
            H[m, 2] = 1.0
            r[m] = look.sd[j, k] ** 2
            m += 1
    for k in (V_EAST, V_NORTH):
        if not math.isnan(look.z[j, k]):
            y[m] = look.z[j, k] - x[3 + k - V_EAST]
            for a in range(6):
                H[m, a] = 0.0
            H[m, 3 + k - V_EAST] = 1.0
            r[m] = look.sd[j, k] ** 2
            m += 1
    if not math.isnan(look.z[j, V_UP]):
        # Level flight away from the origin sinks below its plane: the climb is that of the height.
        y[m] = look.z[j, V_UP] - (x[5] + gh_e * x[3] + gh_n * x[4])
        H[m, 0] = x[3] / look.frame[FRAME_RADIUS]
        H[m, 1] = x[4] / look.frame[FRAME_RADIUS]
        H[m, 2] = 0.0
        H[m, 3] = gh_e
        H[m, 4] = gh_n
        H[m, 5] = 1.0
        r[m] = look.sd[j, V_UP] ** 2
        m += 1
    if not math.isnan(look.z[j, DIFFERENCE]):
        m = _difference(e, n, u, look, j, y, H, r, m)
    # The state is at its own time; what was measured depends on its velocity too.
    if dt_s != 0.0:
        for i in range(m):
            for a in range(3):
                H[i, a + 3] += dt_s * H[i, a]
    return m


@njit
def _difference(
    e: float, n: float, u: float, look: Look, j: int, y: Array, H: Array, r: Array, m: int
) -> int:
    """The row of a range difference, at m; returns the number of rows with it."""
    q = look.at[j]
    difference = 0.0
    for a in range(6):
        H[m, a] = 0.0
    for side in range(2):
        de = e - look.pose[q, 3 * side]
        dn = n - look.pose[q, 3 * side + 1]
        du = u - look.pose[q, 3 * side + 2]
        sign = 1.0 - 2.0 * side
        away = math.sqrt(max(de * de + dn * dn + du * du, 1.0))
        difference += sign * away
        H[m, 0] += sign * de / away
        H[m, 1] += sign * dn / away
        H[m, 2] += sign * du / away
    y[m] = look.z[j, DIFFERENCE] - difference
    r[m] = look.sd[j, DIFFERENCE] ** 2
    return m + 1


@njit
def _polar(
    x: Array,
    e: float,
    n: float,
    u: float,
    look: Look,
    j: int,
    y: Array,
    H: Array,
    r: Array,
) -> int:
    """Range, azimuth, elevation and range rate rows; returns how many."""
    q = look.at[j]
    azimuth = look.z[j, AZIMUTH]
    elevation = look.z[j, ELEVATION]
    d = np.empty(3)
    v = np.empty(3)
    for a in range(3):
        d[a] = (
            look.rotation[q, a, 0] * (e - look.pose[q, 0])
            + look.rotation[q, a, 1] * (n - look.pose[q, 1])
            + look.rotation[q, a, 2] * (u - look.pose[q, 2])
        )
        v[a] = look.rotation[q, a, 0] * x[3] + look.rotation[q, a, 1] * x[4] + look.rotation[q, a, 2] * x[5]
    ground2 = max(d[0] * d[0] + d[1] * d[1], 1.0)
    ground = math.sqrt(ground2)
    slant = math.sqrt(ground2 + d[2] * d[2])
    steep = abs(elevation) > STEEP and not math.isnan(azimuth)
    g = np.empty(3)  # gradient in the sensor's frame
    m = 0
    for k in (RANGE, AZIMUTH, ELEVATION, RATE):
        if math.isnan(look.z[j, k]):
            continue
        if k == RANGE:
            y[m] = look.z[j, k] - slant
            for a in range(3):
                g[a] = d[a] / slant
        elif steep and k != RATE:
            y[m] = _on_tangent(k, azimuth, elevation, d, slant, g)
        elif k == AZIMUTH:
            y[m] = wrap(azimuth - math.atan2(d[0], d[1]))
            g[0] = d[1] / ground2
            g[1] = -d[0] / ground2
            g[2] = 0.0
        elif k == ELEVATION:
            y[m] = look.z[j, k] - math.atan2(d[2], ground)
            g[0] = -d[2] * d[0] / (ground * slant * slant)
            g[1] = -d[2] * d[1] / (ground * slant * slant)
            g[2] = ground / (slant * slant)
        else:
            rate = (d[0] * v[0] + d[1] * v[1] + d[2] * v[2]) / slant
            y[m] = look.z[j, k] - rate
            for a in range(3):
                g[a] = (v[a] - rate * d[a] / slant) / slant
        for a in range(3):
            H[m, a] = (
                g[0] * look.rotation[q, 0, a] + g[1] * look.rotation[q, 1, a] + g[2] * look.rotation[q, 2, a]
            )
            H[m, a + 3] = 0.0
        if k == RATE:
            for a in range(3):
                H[m, a + 3] = (
                    d[0] * look.rotation[q, 0, a]
                    + d[1] * look.rotation[q, 1, a]
                    + d[2] * look.rotation[q, 2, a]
                ) / slant
        r[m] = look.sd[j, k] ** 2
        m += 1
    return m


@njit
def _on_tangent(k: int, azimuth: float, elevation: float, d: Array, slant: float, g: Array) -> float:
    """Residual of AZIMUTH or ELEVATION on the plane that touches the sphere at the measured direction.

    d      (3,)  from the sensor to the state in the sensor's frame, m; slant its length
    g      (3,)  output: gradient of the predicted value by d

    The plane's axes point to where azimuth and elevation grow; one unit along the first is cos(elevation)
    of azimuth. A state behind the plane's centre is as far off as one can be.
    """
    sa = math.sin(azimuth)
    ca = math.cos(azimuth)
    se = math.sin(elevation)
    ce = max(math.cos(elevation), LEAST_COS)
    a0 = ca / ce if k == AZIMUTH else -se * sa
    a1 = -sa / ce if k == AZIMUTH else -se * ca
    a2 = 0.0 if k == AZIMUTH else ce
    along = (a0 * d[0] + a1 * d[1] + a2 * d[2]) / slant
    g[0] = (a0 - along * d[0] / slant) / slant
    g[1] = (a1 - along * d[1] / slant) / slant
    g[2] = (a2 - along * d[2] / slant) / slant
    if ce * sa * d[0] + ce * ca * d[1] + se * d[2] < 0.0:
        return math.pi / ce if k == AZIMUTH else math.pi
    return float(-along)
