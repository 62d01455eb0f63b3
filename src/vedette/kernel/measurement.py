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
Ints = NDArray[np.int64]

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


class Rows(NamedTuple):
    """Plots linearised at states, a row for each component that was measured, independent of each other.

    y     (k, rows)     residual of pair q, the first m[q] rows
    H     (k, rows, 6)  Jacobian
    r     (k, rows)     variance
    m     (k,)          components
    wide  (k,)          of H's columns, those beyond are 0: 3 where a plot speaks of the place alone, else 6
    """

    y: Array
    H: Array
    r: Array
    m: Ints
    wide: Ints


@inlined
def can_stray(z: Array, j: int, share: float) -> bool:
    """Whether a plot has an azimuth that may be a stray one: beside a range that tells whose it is.

    z, share  of its look; its azimuth is the second of its rows
    """
    return share > 0.0 and not math.isnan(z[j, AZIMUTH]) and not math.isnan(z[j, RANGE])


@njit
def linearise(x: Array, model: int, look: Look, leaf: Ints, plot: Ints) -> Rows:
    """Plots of a look, each at the state of one leaf, all at the look's time.

    x           (n, models, 6)  states; model says which of a leaf's
    leaf, plot  (k,)            pairs
    """
    k = plot.shape[0]
    z = look.z
    most = 1
    kinds = np.zeros(5, np.bool_)
    for q in range(k):
        told = 0
        for c in range(N_COMPONENTS):
            if not math.isnan(z[plot[q], c]):
                told += 1
                kinds[_KIND[c]] = True
        most = max(most, told)
    wide = np.full(k, 3, np.int64)
    out = Rows(np.empty((k, most)), np.empty((k, most, 6)), np.empty((k, most)), np.zeros(k, np.int64), wide)
    # One kind of components after the other: in a loop of its own an array is named once, not once a pair.
    if kinds[0]:
        _polar(x, model, look, leaf, plot, out)
    if kinds[1]:
        _places(x, model, look, leaf, plot, out)
    if kinds[2]:
        _heights(x, model, look, leaf, plot, out)
    if kinds[3]:
        _velocities(x, model, look, leaf, plot, out)
    if kinds[4]:
        _differences(x, model, look, leaf, plot, out)
    _at_their_own_time(look, plot, out)
    return out


# Which loop of linearise takes each component.
_KIND = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4])


@njit
def _polar(x: Array, model: int, look: Look, leaf: Ints, plot: Ints, out: Rows) -> None:
    """Rows of range, azimuth, elevation and range rate."""
    z, sd, dt_s, at, pose, R = look.z, look.sd, look.dt_s, look.at, look.pose, look.rotation
    y, H, r, rows, wide = out
    for q in range(plot.shape[0]):
        i, j = leaf[q], plot[q]
        s = at[j]
        dt = dt_s[j]
        e = x[i, model, 0] + dt * x[i, model, 3] - pose[s, 0]
        n = x[i, model, 1] + dt * x[i, model, 4] - pose[s, 1]
        u = x[i, model, 2] + dt * x[i, model, 5] - pose[s, 2]
        d0 = R[s, 0, 0] * e + R[s, 0, 1] * n + R[s, 0, 2] * u
        d1 = R[s, 1, 0] * e + R[s, 1, 1] * n + R[s, 1, 2] * u
        d2 = R[s, 2, 0] * e + R[s, 2, 1] * n + R[s, 2, 2] * u
        ground2 = max(d0 * d0 + d1 * d1, 1.0)
        slant = math.sqrt(ground2 + d2 * d2)
        azimuth, elevation = z[j, AZIMUTH], z[j, ELEVATION]
        steep = abs(elevation) > STEEP and not math.isnan(azimuth)
        m = rows[q]
        for k in range(RANGE, RATE + 1):
            if math.isnan(z[j, k]):
                continue
            rate = 0.0
            if k == RANGE:
                y[q, m] = z[j, k] - slant
                g0, g1, g2 = d0 / slant, d1 / slant, d2 / slant
            elif steep and k != RATE:
                y[q, m], g0, g1, g2 = _on_tangent(k == AZIMUTH, azimuth, elevation, d0, d1, d2, slant)
            elif k == AZIMUTH:
                y[q, m] = wrap(azimuth - math.atan2(d0, d1))
                g0, g1, g2 = d1 / ground2, -d0 / ground2, 0.0
            elif k == ELEVATION:
                ground = math.sqrt(ground2)
                y[q, m] = elevation - math.atan2(d2, ground)
                g2 = ground / (slant * slant)
                g0, g1 = -d2 * d0 / (ground * slant * slant), -d2 * d1 / (ground * slant * slant)
            else:
                v0, v1, v2 = x[i, model, 3], x[i, model, 4], x[i, model, 5]
                w0 = R[s, 0, 0] * v0 + R[s, 0, 1] * v1 + R[s, 0, 2] * v2
                w1 = R[s, 1, 0] * v0 + R[s, 1, 1] * v1 + R[s, 1, 2] * v2
                w2 = R[s, 2, 0] * v0 + R[s, 2, 1] * v1 + R[s, 2, 2] * v2
                rate = (d0 * w0 + d1 * w1 + d2 * w2) / slant
                y[q, m] = z[j, k] - rate
                g0, g1, g2 = w0 - rate * d0 / slant, w1 - rate * d1 / slant, w2 - rate * d2 / slant
                g0, g1, g2 = g0 / slant, g1 / slant, g2 / slant
                wide[q] = 6
            for a in range(3):
                H[q, m, a] = g0 * R[s, 0, a] + g1 * R[s, 1, a] + g2 * R[s, 2, a]
                H[q, m, a + 3] = 0.0
                if k == RATE:
                    H[q, m, a + 3] = (d0 * R[s, 0, a] + d1 * R[s, 1, a] + d2 * R[s, 2, a]) / slant
            r[q, m] = sd[j, k] * sd[j, k]
            m += 1
        rows[q] = m


@njit
def _on_tangent(
    across: bool, azimuth: float, elevation: float, d0: float, d1: float, d2: float, slant: float
) -> tuple[float, float, float, float]:
    """Residual of azimuth (across) or elevation on the plane that touches the sphere where it was measured.

    d0, d1, d2  from the sensor to the state in the sensor's frame, m; slant its length

    The plane's axes point to where azimuth and elevation grow; one unit along the first is cos(elevation)
    of azimuth. A state behind the plane's centre is as far off as one can be.

    Returns the residual and the gradient of the predicted value by d.
    """
    sa = math.sin(azimuth)
    ca = math.cos(azimuth)
    se = math.sin(elevation)
    ce = max(math.cos(elevation), LEAST_COS)
    a0 = ca / ce if across else -se * sa
    a1 = -sa / ce if across else -se * ca
    a2 = 0.0 if across else ce
    along = (a0 * d0 + a1 * d1 + a2 * d2) / slant
    g0 = (a0 - along * d0 / slant) / slant
    g1 = (a1 - along * d1 / slant) / slant
    g2 = (a2 - along * d2 / slant) / slant
    residual = -along
    if ce * sa * d0 + ce * ca * d1 + se * d2 < 0.0:
        residual = math.pi / ce if across else math.pi
    return residual, g0, g1, g2


@inlined
def _height(e: float, n: float, u: float, origin_m: float, radius_m: float) -> tuple[float, float, float]:
    """Height above the ellipsoid of a place in the frame, and how it grows to the east and north."""
    gh_e, gh_n = e / radius_m, n / radius_m
    return origin_m + u + 0.5 * (e * gh_e + n * gh_n), gh_e, gh_n


@njit
def _places(x: Array, model: int, look: Look, leaf: Ints, plot: Ints, out: Rows) -> None:
    """Rows of east and north, carried to the state's own height."""
    z, sd, up, corr, dt_s = look.z, look.sd, look.up, look.corr, look.dt_s
    origin_m, radius_m = look.frame[FRAME_ALT], look.frame[FRAME_RADIUS]
    y, H, r, rows, _ = out
    for q in range(plot.shape[0]):
        i, j = leaf[q], plot[q]
        if math.isnan(z[j, EAST]):
            continue
        dt = dt_s[j]
        e = x[i, model, 0] + dt * x[i, model, 3]
        n = x[i, model, 1] + dt * x[i, model, 4]
        h, gh_e, gh_n = _height(e, n, x[i, model, 2] + dt * x[i, model, 5], origin_m, radius_m)
        m = rows[q]
        for k in range(2):
            y[q, m + k] = z[j, EAST + k] + h * up[j, k] - (e if k == 0 else n)
            H[q, m + k, 0] = -up[j, k] * gh_e
            H[q, m + k, 1] = -up[j, k] * gh_n
            H[q, m + k, 2] = -up[j, k]
            H[q, m + k, k] += 1.0
            for a in range(3, 6):
                H[q, m + k, a] = 0.0
            r[q, m + k] = sd[j, EAST + k] * sd[j, EAST + k]
        if corr[j] != 0.0:
            share = corr[j] * sd[j, NORTH] / sd[j, EAST]
            y[q, m + 1] -= share * y[q, m]
            for a in range(3):
                H[q, m + 1, a] -= share * H[q, m, a]
            r[q, m + 1] *= 1.0 - corr[j] * corr[j]
        rows[q] = m + 2


@njit
def _heights(x: Array, model: int, look: Look, leaf: Ints, plot: Ints, out: Rows) -> None:
    """Rows of height and pressure altitude."""
    z, sd, dt_s = look.z, look.sd, look.dt_s
    origin_m, radius_m = look.frame[FRAME_ALT], look.frame[FRAME_RADIUS]
    y, H, r, rows, _ = out
    for q in range(plot.shape[0]):
        i, j = leaf[q], plot[q]
        for k in range(HEIGHT, BARO + 1):
            if math.isnan(z[j, k]):
                continue
            dt = dt_s[j]
            e = x[i, model, 0] + dt * x[i, model, 3]
            n = x[i, model, 1] + dt * x[i, model, 4]
            h, gh_e, gh_n = _height(e, n, x[i, model, 2] + dt * x[i, model, 5], origin_m, radius_m)
            m = rows[q]
            y[q, m] = z[j, k] - h
            H[q, m, 0] = gh_e
            H[q, m, 1] = gh_n
            H[q, m, 2] = 1.0
            for a in range(3, 6):
                H[q, m, a] = 0.0
            r[q, m] = sd[j, k] * sd[j, k]
            rows[q] = m + 1


@njit
def _velocities(x: Array, model: int, look: Look, leaf: Ints, plot: Ints, out: Rows) -> None:
    """Rows of told velocities and of climb."""
    z, sd, dt_s = look.z, look.sd, look.dt_s
    radius_m = look.frame[FRAME_RADIUS]
    y, H, r, rows, wide = out
    for q in range(plot.shape[0]):
        i, j = leaf[q], plot[q]
        for k in range(V_EAST, V_UP + 1):
            if math.isnan(z[j, k]):
                continue
            m = rows[q]
            for a in range(6):
                H[q, m, a] = 0.0
            H[q, m, 3 + k - V_EAST] = 1.0
            y[q, m] = z[j, k] - x[i, model, 3 + k - V_EAST]
            if k == V_UP:
                # Level flight away from the origin sinks below its plane: the climb is that of the height.
                ve, vn = x[i, model, 3], x[i, model, 4]
                gh_e = (x[i, model, 0] + dt_s[j] * ve) / radius_m
                gh_n = (x[i, model, 1] + dt_s[j] * vn) / radius_m
                y[q, m] -= gh_e * ve + gh_n * vn
                H[q, m, 0] = ve / radius_m
                H[q, m, 1] = vn / radius_m
                H[q, m, 3] = gh_e
                H[q, m, 4] = gh_n
            r[q, m] = sd[j, k] * sd[j, k]
            rows[q] = m + 1
            wide[q] = 6


@njit
def _differences(x: Array, model: int, look: Look, leaf: Ints, plot: Ints, out: Rows) -> None:
    """Rows of range differences."""
    z, sd, dt_s, at, pose = look.z, look.sd, look.dt_s, look.at, look.pose
    y, H, r, rows, _ = out
    for q in range(plot.shape[0]):
        i, j = leaf[q], plot[q]
        if math.isnan(z[j, DIFFERENCE]):
            continue
        m = rows[q]
        difference = 0.0
        for a in range(6):
            H[q, m, a] = 0.0
        for side in range(2):
            de = x[i, model, 0] + dt_s[j] * x[i, model, 3] - pose[at[j], 3 * side]
            dn = x[i, model, 1] + dt_s[j] * x[i, model, 4] - pose[at[j], 3 * side + 1]
            du = x[i, model, 2] + dt_s[j] * x[i, model, 5] - pose[at[j], 3 * side + 2]
            sign = 1.0 - 2.0 * side
            away = math.sqrt(max(de * de + dn * dn + du * du, 1.0))
            difference += sign * away
            H[q, m, 0] += sign * de / away
            H[q, m, 1] += sign * dn / away
            H[q, m, 2] += sign * du / away
        y[q, m] = z[j, DIFFERENCE] - difference
        r[q, m] = sd[j, DIFFERENCE] * sd[j, DIFFERENCE]
        rows[q] = m + 1


@njit
def _at_their_own_time(look: Look, plot: Ints, out: Rows) -> None:
    """The state is at the look's time; what was measured before or after depends on its velocity too."""
    dt_s = look.dt_s
    _, H, _, rows, wide = out
    for q in range(plot.shape[0]):
        dt = dt_s[plot[q]]
        if dt == 0.0:
            continue
        wide[q] = 6
        for m in range(rows[q]):
            for a in range(3):
                H[q, m, a + 3] += dt * H[q, m, a]
