"""Which plots could be of which leaf, and how likely.

Plots are sorted by one coordinate, their slant range or their east, so a leaf meets only those in its
window. Plots with neither (bearings, differences) are tried with every leaf.

Source: Bar-Shalom, Li & Kirubarajan (2001), 3.7.3 (validation of measurements).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.kalman import solve
from vedette.kernel.measurement import (
    AZIMUTH,
    EAST,
    ELEVATION,
    N_COMPONENTS,
    NORTH,
    RANGE,
    STEEP,
    Look,
    can_stray,
    linearise,
)
from vedette.kernel.motion import NOISE, TAU_S, combine

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

LOG_2PI = math.log(2.0 * math.pi)


@njit
def _sorted_by(z: Array, component: int, without: int) -> tuple[Ints, Array]:
    """Plots that have a component (and not another), and its values, in rising order."""
    m = z.shape[0]
    rows = np.empty(m, np.int64)
    k = 0
    for j in range(m):
        if not math.isnan(z[j, component]) and (without < 0 or math.isnan(z[j, without])):
            rows[k] = j
            k += 1
    rows = rows[:k]
    key = z[rows, component]
    order = np.argsort(key, kind="mergesort")
    return rows[order], key[order]


@njit
def _index(look: Look) -> tuple[Ints, Array, Ints, Array, Ints, float]:
    """Plots by slant range, plots by east, and the others; and how far apart the places of the look lie."""
    ranged, key_range = _sorted_by(look.z, RANGE, -1)
    placed, key_east = _sorted_by(look.z, EAST, RANGE)
    m = look.z.shape[0]
    other = np.empty(m, np.int64)
    k = 0
    for j in range(m):
        if math.isnan(look.z[j, RANGE]) and math.isnan(look.z[j, EAST]):
            other[k] = j
            k += 1
    moved = 0.0
    for q in range(1, look.pose.shape[0]):
        d = 0.0
        for a in range(3):
            d += (look.pose[q, a] - look.pose[0, a]) ** 2
        moved = max(moved, math.sqrt(d))
    return ranged, key_range, placed, key_east, other[:k], moved


@njit
def _widest(look: Look, component: int) -> float:
    """The largest noise of a component among the plots that have it."""
    out = 0.0
    for j in range(look.z.shape[0]):
        if not math.isnan(look.z[j, component]):
            out = max(out, look.sd[j, component])
    return out


@njit
def _reach(look: Look, gate_sd: float) -> float:
    """Half width of a window in standard deviations: no gate of the look's plots is wider."""
    most = 1
    for j in range(look.z.shape[0]):
        m = 0
        for c in range(N_COMPONENTS):
            m += not math.isnan(look.z[j, c])
        most = max(most, m)
    return math.sqrt(gate_sd * gate_sd + 2.0 * (most - 1))


@njit
def _bend(look: Look) -> float:
    """How much east and north of the look's places move with a metre of height, at most."""
    out = 0.0
    for j in range(look.up.shape[0]):
        out = max(out, abs(look.up[j, 0]), abs(look.up[j, 1]))
    return out


@njit
def _height_m(at: Array, sd_m: float, frame: Array) -> float:
    """Height above the ellipsoid that a state has at most."""
    drop = 0.5 * (at[0] ** 2 + at[1] ** 2) / frame[1]
    return float(abs(frame[0]) + abs(at[2]) + 6.0 * sd_m + drop)


@njit
def near(x: Array, P: Array, mu: Array, dt_s: Array, look: Look, models: Array, gate_sd: float) -> Mask:
    """Leaves that any plot could be of: a cheap test that never refuses what the gate would take, (n,).

    x, P, mu  (n, models, 6), (n, models, 6, 6), (n, models)  at their own times
    dt_s      (n,)  from each leaf's time to the look's
    """
    n = x.shape[0]
    ranged, key_range, placed, key_east, other, moved = _index(look)
    if other.shape[0]:
        return np.ones(n, np.bool_)
    out = np.zeros(n, np.bool_)
    wide_range = _widest(look, RANGE)
    wide_east = max(_widest(look, EAST), _widest(look, NORTH))
    late = 0.0
    for j in range(look.dt_s.shape[0]):
        late = max(late, abs(look.dt_s[j]))
    reach_sd = _reach(look, gate_sd)
    bend = _bend(look)
    at = np.empty(3)
    for i in range(n):
        dt = dt_s[i]
        span = abs(dt) + late
        at[:] = 0.0
        spread = 0.0
        for a in range(mu.shape[1]):
            tau = models[a, TAU_S]
            ahead = dt
            noise = models[a, NOISE] * span**3
            if tau < math.inf:
                if dt > 0.0:
                    ahead = tau * (1.0 - math.exp(-dt / tau))
                noise = (models[a, NOISE] * span) ** 2
            own = noise
            speed2 = 0.0
            for c in range(3):
                own += (
                    P[i, a, c, c] + span * span * P[i, a, c + 3, c + 3] + 2.0 * span * abs(P[i, a, c, c + 3])
                )
                speed2 += x[i, a, c + 3] ** 2
                at[c] += mu[i, a] * (x[i, a, c] + ahead * x[i, a, c + 3])
            # A state that lags behind, or a model that brakes, is off by its own speed at most.
            own += speed2 * (late + span - abs(ahead)) ** 2
            spread = max(spread, own)
        for a in range(mu.shape[1]):
            for c in range(3):
                spread += mu[i, a] * (x[i, a, c] + dt * x[i, a, c + 3] - at[c]) ** 2
        sd = math.sqrt(spread)
        if ranged.shape[0]:
            d = 0.0
            for c in range(3):
                d += (at[c] - look.pose[0, c]) ** 2
            half = reach_sd * (sd + wide_range) + moved + 1.0
            q = np.searchsorted(key_range, math.sqrt(d) - half)
            while q < ranged.shape[0] and key_range[q] <= math.sqrt(d) + half:
                if not _beside(at, sd, reach_sd, look, ranged[q], moved):
                    out[i] = True
                    break
                q += 1
        if placed.shape[0] and not out[i]:
            half = reach_sd * (sd + wide_east) + bend * _height_m(at, sd, look.frame)
            q = np.searchsorted(key_east, at[0] - half)
            while q < placed.shape[0] and key_east[q] <= at[0] + half:
                if abs(look.z[placed[q], NORTH] - at[1]) <= half:
                    out[i] = True
                    break
                q += 1
    return out


@njit
def _beside(at: Array, sd: float, reach_sd: float, look: Look, j: int, moved: float) -> bool:
    """Whether a ranged plot's azimuth points well past a place with this spread."""
    azimuth = look.z[j, AZIMUTH]
    if math.isnan(azimuth) or abs(look.z[j, ELEVATION]) > STEEP:
        return False  # over the zenith the other side is near
    q = look.at[j]
    de = at[0] - look.pose[q, 0]
    dn = at[1] - look.pose[q, 1]
    du = at[2] - look.pose[q, 2]
    R = look.rotation[q]
    se = R[0, 0] * de + R[0, 1] * dn + R[0, 2] * du
    sn = R[1, 0] * de + R[1, 1] * dn + R[1, 2] * du
    ground = math.sqrt(se * se + sn * sn)
    across = abs(se * math.cos(azimuth) - sn * math.sin(azimuth))
    along = se * math.sin(azimuth) + sn * math.cos(azimuth)
    wide = look.sd[j, AZIMUTH] * (max(look.stray[1], 1.0) if can_stray(look, j) else 1.0)
    reach = reach_sd * (sd + ground * wide) + moved + 1.0
    return bool(across > reach or (along < 0.0 and ground > reach))


@njit
def gate(x: Array, P: Array, mu: Array, look: Look, gate_sd: float) -> tuple[Ints, Ints, Array, Mask]:
    """Pairs that fit, and how well.

    x, P, mu  (n, models, 6), (n, models, 6, 6), (n, models)  leaves at the look's time
    gate_sd   a pair fits when its squared distance is below gate_sd² + 2 (components - 1)

    Returns start (n + 1,), plot (k,), log likelihood (k,) in the measured components' own units, and
    stray (k,), whether the plot fits best with a stray azimuth: pairs of leaf i are start[i] to
    start[i + 1]. The gate is that of the mixture's mean and covariance;
    the likelihood is the mixture's own, so that a parked target does not claim what passes by.
    """
    n = x.shape[0]
    ranged, key_range, placed, key_east, other, moved = _index(look)
    wide_range = _widest(look, RANGE)
    wide_east = _widest(look, EAST)
    late = 0.0
    for j in range(look.dt_s.shape[0]):
        late = max(late, abs(look.dt_s[j]))
    reach_sd = _reach(look, gate_sd)
    bend = _bend(look)
    room = max(16, 2 * n)
    start = np.zeros(n + 1, np.int64)
    plot = np.empty(room, np.int64)
    loglik = np.empty(room)
    astray = np.empty(room, np.bool_)
    k = 0
    y = np.empty(N_COMPONENTS)
    H = np.empty((N_COMPONENTS, 6))
    r = np.empty(N_COMPONENTS)
    S = np.empty((N_COMPONENTS, N_COMPONENTS))
    W = np.empty((6, N_COMPONENTS))
    w = np.empty(N_COMPONENTS)
    xm = np.empty(6)
    Pm = np.empty((6, 6))
    for i in range(n):
        combine(x[i], P[i], mu[i], xm, Pm)
        begin_range = end_range = begin_east = end_east = 0
        moves = 0.0
        if ranged.shape[0]:
            spread = 0.0
            d = 0.0
            speed = 0.0
            for a in range(3):
                spread += Pm[a, a] + late * late * Pm[a + 3, a + 3] + 2.0 * late * abs(Pm[a, a + 3])
                d += (xm[a] - look.pose[0, a]) ** 2
                speed += xm[a + 3] ** 2
            half = reach_sd * (math.sqrt(1.2 * spread) + wide_range) + moved + 1.0 + late * math.sqrt(speed)
            begin_range = int(np.searchsorted(key_range, math.sqrt(d) - half))
            end_range = int(np.searchsorted(key_range, math.sqrt(d) + half))
        if placed.shape[0]:
            moves = bend * _height_m(xm, math.sqrt(Pm[2, 2]), look.frame) if bend > 0.0 else 0.0
            half = moves + late * abs(xm[3])
            sd = math.sqrt(Pm[0, 0] + late * late * Pm[3, 3] + 2.0 * late * abs(Pm[0, 3]))
            half += reach_sd * (sd + wide_east)
            begin_east = int(np.searchsorted(key_east, xm[0] - half))
            end_east = int(np.searchsorted(key_east, xm[0] + half))
        n_range = end_range - begin_range
        n_east = end_east - begin_east
        for q in range(n_range + n_east + other.shape[0]):
            if q < n_range:
                j = ranged[begin_range + q]
                if _beside(xm, math.sqrt(1.2 * (Pm[0, 0] + Pm[1, 1] + Pm[2, 2])) + late * math.sqrt(
                    Pm[3, 3] + Pm[4, 4] + xm[3] ** 2 + xm[4] ** 2), reach_sd, look, j, moved):  # fmt: skip
                    continue
            elif q < n_range + n_east:
                j = placed[begin_east + q - n_range]
                away = abs(look.z[j, NORTH] - xm[1]) - late * abs(xm[4]) - moves
                if away > 0.0 and away > reach_sd * (
                    math.sqrt(Pm[1, 1] + late * late * Pm[4, 4] + 2.0 * late * abs(Pm[1, 4]))
                    + look.sd[j, NORTH]
                ):
                    continue
            else:
                j = other[q - n_range - n_east]
            ll = -math.inf
            strays = False
            m = 0
            for stray in range(1 + can_stray(look, j)):
                m = linearise(xm, look, j, stray == 1, y, H, r)
                if m == 0:
                    break
                limit = gate_sd * gate_sd + 2.0 * (m - 1)
                if _outside(y, H, r, Pm, m, limit):
                    continue
                d2, logdet = solve(y, H, r, Pm, m, S, W, w)
                if not d2 <= limit:
                    continue
                mine = -0.5 * (d2 + logdet)
                if mu.shape[1] > 1:
                    mine = _mixture(x[i], P[i], mu[i], look, j, stray == 1, y, H, r, S, W, w)
                if stray == 1:
                    mine += math.log(look.stray[0])
                if mine > ll:
                    ll = mine
                    strays = stray == 1
            if ll == -math.inf:
                continue
            if k == room:
                plot = np.append(plot, np.empty(room, np.int64))
                loglik = np.append(loglik, np.empty(room))
                astray = np.append(astray, np.empty(room, np.bool_))
                room *= 2
            plot[k] = j
            loglik[k] = ll - 0.5 * m * LOG_2PI
            astray[k] = strays
            k += 1
        start[i + 1] = k
    return start, plot[:k], loglik[:k], astray[:k]


@njit
def _outside(y: Array, H: Array, r: Array, P: Array, m: int, limit: float) -> bool:
    """Whether one component alone is beyond the gate, a lower bound of the distance: most pairs end here."""
    for c in range(m):
        s = r[c]
        for a in range(6):
            if H[c, a] != 0.0:
                t = 0.0
                for b in range(6):
                    t += P[a, b] * H[c, b]
                s += H[c, a] * t
        if y[c] * y[c] > limit * s:
            return True
    return False


@njit
def _mixture(
    x: Array, P: Array, mu: Array, look: Look, j: int, stray: bool, y: Array, H: Array, r: Array, S: Array,
    W: Array, w: Array,
) -> float:  # fmt: skip
    """Log likelihood of a plot under the mixture of a leaf's models, without the factor of 2π."""
    best = -math.inf
    total = 0.0
    for a in range(mu.shape[0]):
        m = linearise(x[a], look, j, stray, y, H, r)
        d2, logdet = solve(y, H, r, P[a], m, S, W, w)
        ll = -0.5 * (d2 + logdet)
        if ll > best:
            total = total * math.exp(best - ll) + mu[a] if total > 0.0 else mu[a]
            best = ll
        elif ll > -math.inf:
            total += mu[a] * math.exp(ll - best)
    return best + math.log(total)
