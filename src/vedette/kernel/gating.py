"""Which plots could be of which leaf, and how likely.

Source: Bar-Shalom, Li & Kirubarajan (2001), 3.7.3 (validation of measurements).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.kernel.kalman import distance
from vedette.kernel.measurement import N_COMPONENTS, Look, breadth, can_stray, linearise
from vedette.kernel.motion import NOISE, TAU_S, summarise
from vedette.kernel.windows import Windows, placed_within, ranged_within

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

LOG_2PI = math.log(2.0 * math.pi)


@inlined
def _height_m(at: Array, sd_m: float, frame: Array) -> float:
    """Height above the ellipsoid that a state has at most."""
    drop = 0.5 * (at[0] ** 2 + at[1] ** 2) / frame[1]
    return float(abs(frame[0]) + abs(at[2]) + 6.0 * sd_m + drop)


@inlined
def _reach(seen: Windows, gate_sd: float) -> float:
    """Half width of a window in standard deviations: no gate of the look's plots is wider."""
    return math.sqrt(gate_sd * gate_sd + 2.0 * (seen.most - 1))


@njit
def near(
    x: Array, P: Array, mu: Array, dt_s: Array, asked: Mask, look: Look, seen: Windows, models: Array,
    gate_sd: float,
) -> Mask:  # fmt: skip
    """Leaves that any plot could be of: a cheap test that never refuses what the gate would take, (n,).

    x, P, mu  (n, models, 6), (n, models, 6, 6), (n, models)  at their own times
    dt_s      (n,)  from each leaf's time to the look's
    asked     (n,)  leaves to be tried; the others are not near
    seen      the look laid out
    """
    if seen.other.shape[0]:
        return asked.copy()
    at, sd, level_sd = _whereabouts(x, P, mu, dt_s, asked, seen.late_s, models)
    n = x.shape[0]
    ranged, placed = seen.ranged.shape[0], seen.placed.plot.shape[0]
    out = np.zeros(n, np.bool_)
    reach_sd = _reach(seen, gate_sd)
    wide = max(seen.wide[1], seen.wide[2])
    candidate = np.empty(look.z.shape[0], np.int64)
    for i in range(n):
        if not asked[i]:
            continue
        k = 0
        if placed > 0:
            half = reach_sd * (level_sd[i] + wide)
            if seen.bend > 0.0:
                half += seen.bend * _height_m(at[i], sd[i], look.frame)
            k = placed_within(seen.placed, at[i, 0], at[i, 1], half, half, candidate, 0)
        if k == 0 and ranged > 0:
            half = reach_sd * (sd[i] + seen.wide[0]) + seen.moved_m + 1.0
            k = ranged_within(seen, look, at[i], half, sd[i], reach_sd, candidate, 0)
        out[i] = k > 0
    return out


@njit
def _whereabouts(
    x: Array, P: Array, mu: Array, dt_s: Array, asked: Mask, late_s: float, models: Array
) -> tuple[Array, Array, Array]:
    """About where each leaf is dt_s (n,) after its own time, (n, 3) m, and how far off it may be, 1 sigma.

    late_s  how far the plots' times are from that at most

    How far off it is (n,) m in all and (n,) m on the level: a height that is not known is off by much.
    """
    n, m = mu.shape
    at = np.zeros((n, 3))
    sd = np.zeros(n)
    level_sd = np.zeros(n)
    for i in range(n):
        if not asked[i]:
            continue
        dt = dt_s[i]
        span = abs(dt) + late_s
        level = 0.0
        upright = 0.0
        for a in range(m):
            ahead = dt
            noise = models[a, NOISE] * span**3
            if models[a, TAU_S] < math.inf:
                if dt > 0.0:
                    ahead = models[a, TAU_S] * (1.0 - math.exp(-dt / models[a, TAU_S]))
                noise = (models[a, NOISE] * span) ** 2
            speed2 = 0.0
            for c in range(3):
                speed2 += x[i, a, c + 3] ** 2
                at[i, c] += mu[i, a] * (x[i, a, c] + ahead * x[i, a, c + 3])
            # A state that lags behind, or a model that brakes, is off by its own speed at most.
            noise += speed2 * (late_s + span - abs(ahead)) ** 2
            own = noise + _after(P, i, a, 0, span) + _after(P, i, a, 1, span)
            level = max(level, own)
            upright = max(upright, noise + _after(P, i, a, 2, span))
        for a in range(m):
            for c in range(3):
                off = mu[i, a] * (x[i, a, c] + dt * x[i, a, c + 3] - at[i, c]) ** 2
                upright += off
                if c < 2:
                    level += off
        sd[i] = math.sqrt(level + upright)
        level_sd[i] = math.sqrt(level)
    return at, sd, level_sd


@inlined
def _after(P: Array, i: int, a: int, c: int, span_s: float) -> float:
    """Variance at most of one axis of a state after span_s, either way in time."""
    return float(
        P[i, a, c, c] + span_s * span_s * P[i, a, c + 3, c + 3] + 2.0 * span_s * abs(P[i, a, c, c + 3])
    )


@njit
def gate(
    x: Array, P: Array, mu: Array, look: Look, seen: Windows, gate_sd: float
) -> tuple[Ints, Ints, Array, Mask]:
    """Pairs that fit, and how well.

    x, P, mu  (n, models, 6), (n, models, 6, 6), (n, models)  leaves at the look's time
    seen      the look laid out
    gate_sd   a pair fits when its squared distance is below gate_sd² + 2 (components - 1)

    Returns start (n + 1,), plot (k,), log likelihood (k,) in the measured components' own units, and
    stray (k,), whether the plot fits best with a stray azimuth: pairs of leaf i are start[i] to
    start[i + 1]. The gate is that of the mixture's mean and covariance, opened to its widest model;
    the likelihood is the mixture's own, so that a parked target does not claim what passes by.
    """
    n = x.shape[0]
    xm, Pm = _opened(x, P, mu)
    met, candidate = _meetings(xm, Pm, look, seen, gate_sd)
    start = np.zeros(n + 1, np.int64)
    plot = np.empty(candidate.shape[0], np.int64)
    loglik = np.empty(candidate.shape[0])
    astray = np.empty(candidate.shape[0], np.bool_)
    k = 0
    y = np.empty(N_COMPONENTS)
    H = np.empty((N_COMPONENTS, 6))
    r = np.empty(N_COMPONENTS)
    S = np.empty((N_COMPONENTS, N_COMPONENTS))
    W = np.empty((6, N_COMPONENTS))
    w = np.empty(N_COMPONENTS)
    for i in range(n):
        for q in range(met[i], met[i + 1]):
            j = candidate[q]
            ll = -math.inf
            strays = False
            m = 0
            wide = breadth(look, j)
            for stray in range(1 + can_stray(look, j)):
                m = linearise(xm[i], look, j, stray == 1, y, H, r)
                if m == 0:
                    break
                limit = gate_sd * gate_sd + 2.0 * (m - 1)
                d2, determinant = distance(y, H, r, Pm[i], m, wide, limit, S, W, w)
                if not d2 <= limit:
                    continue
                mine = -0.5 * (d2 + math.log(determinant))
                if mu.shape[1] > 1:
                    mine = _mixture(x[i], P[i], mu[i], look, j, stray == 1, y, H, r, S, W, w)
                if stray == 1:
                    mine += math.log(look.stray[0])
                if mine > ll:
                    ll = mine
                    strays = stray == 1
            if ll == -math.inf:
                continue
            plot[k] = j
            loglik[k] = ll - 0.5 * m * LOG_2PI
            astray[k] = strays
            k += 1
        start[i + 1] = k
    return start, plot[:k], loglik[:k], astray[:k]


@njit
def _opened(x: Array, P: Array, mu: Array) -> tuple[Array, Array]:
    """Mean (n, 6) of each leaf's mixture and covariance (n, 6, 6) of its gate, which is not to be written to.

    The widest of a leaf's models has at least a share of it. A target that flew steadily for long has next
    to none of its mixture in the model that turns: a gate of the mixture alone loses it in its first turn.
    """
    n, models = mu.shape
    if models == 1:
        return x.reshape((n, 6)), P.reshape((n, 6, 6))
    xm, Pm = summarise(x, P, mu)
    for i in range(n):
        widest = 0
        most = 0.0
        for a in range(models):
            trace = P[i, a, 0, 0] + P[i, a, 1, 1] + P[i, a, 2, 2]
            if trace > most:
                widest = a
                most = trace
        if _SHARE * most > Pm[i, 0, 0] + Pm[i, 1, 1] + Pm[i, 2, 2]:
            for b in range(6):
                for c in range(6):
                    Pm[i, b, c] = _SHARE * P[i, widest, b, c] + (1.0 - _SHARE) * Pm[i, b, c]
    return xm, Pm


_SHARE = 0.2  # of the widest model in the gate


@njit
def _meetings(xm: Array, Pm: Array, look: Look, seen: Windows, gate_sd: float) -> tuple[Ints, Ints]:
    """Plots that lie around each of n means (n, 6) with covariances (n, 6, 6), and have to be tried.

    A loop of its own, which has little to hold in registers.

    Returns start (n + 1,) and plot (k,): leaf i meets plots start[i] to start[i + 1].
    """
    n = xm.shape[0]
    reach_sd = _reach(seen, gate_sd)
    ranged, placed, other = seen.ranged.shape[0], seen.placed.plot.shape[0], seen.other.shape[0]
    late = seen.late_s
    start = np.zeros(n + 1, np.int64)
    room = max(16, 2 * n)
    out = np.empty(room, np.int64)
    k = 0
    for i in range(n):
        if k + look.z.shape[0] > room:
            out = np.append(out, np.empty(room + look.z.shape[0], np.int64))
            room = out.shape[0]
        if ranged > 0:
            spread = 0.0
            speed = 0.0
            for a in range(3):
                spread += Pm[i, a, a] + late * late * Pm[i, a + 3, a + 3] + 2.0 * late * abs(Pm[i, a, a + 3])
                speed += xm[i, a + 3] ** 2
            half = reach_sd * (math.sqrt(1.2 * spread) + seen.wide[0]) + seen.moved_m + 1.0
            sd = math.sqrt(1.2 * (Pm[i, 0, 0] + Pm[i, 1, 1] + Pm[i, 2, 2]))
            sd += late * math.sqrt(Pm[i, 3, 3] + Pm[i, 4, 4] + xm[i, 3] ** 2 + xm[i, 4] ** 2)
            k = ranged_within(seen, look, xm[i], half + late * math.sqrt(speed), sd, reach_sd, out, k)
        if placed > 0:
            moves = 0.0
            if seen.bend > 0.0:
                moves = seen.bend * _height_m(xm[i], math.sqrt(Pm[i, 2, 2]), look.frame)
            half_east = moves + reach_sd * math.sqrt(Pm[i, 0, 0] + seen.wide[1] ** 2)
            half_north = moves + reach_sd * math.sqrt(Pm[i, 1, 1] + seen.wide[2] ** 2)
            if late > 0.0:
                half_east += late * (abs(xm[i, 3]) + reach_sd * math.sqrt(Pm[i, 3, 3]))
                half_north += late * (abs(xm[i, 4]) + reach_sd * math.sqrt(Pm[i, 4, 4]))
            k = placed_within(seen.placed, xm[i, 0], xm[i, 1], half_east, half_north, out, k)
        for q in range(other):
            out[k] = seen.other[q]
            k += 1
        start[i + 1] = k
    return start, out[:k]


@njit
def _mixture(
    x: Array, P: Array, mu: Array, look: Look, j: int, stray: bool, y: Array, H: Array, r: Array, S: Array,
    W: Array, w: Array,
) -> float:  # fmt: skip
    """Log likelihood of a plot under the mixture of a leaf's models, without the factor of 2π."""
    best = -math.inf
    total = 0.0
    wide = breadth(look, j)
    for a in range(mu.shape[0]):
        m = linearise(x[a], look, j, stray, y, H, r)
        d2, determinant = distance(y, H, r, P[a], m, wide, math.inf, S, W, w)
        ll = -0.5 * (d2 + math.log(determinant))
        if ll > best:
            total = total * math.exp(best - ll) + mu[a] if total > 0.0 else mu[a]
            best = ll
        elif ll > -math.inf:
            total += mu[a] * math.exp(ll - best)
    return best + math.log(total)
