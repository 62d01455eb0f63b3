"""Which plots could be of which leaf, and how likely.

Source: Bar-Shalom, Li & Kirubarajan (2001), 3.7.3 (validation of measurements).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.kernel.kalman import distances
from vedette.kernel.measurement import Look, can_stray, linearise
from vedette.kernel.motion import NOISE, TAU_S, summarise
from vedette.kernel.windows import Windows, cell_of, placed_within, ranged_within

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

LOG_2PI = math.log(2.0 * math.pi)


@inlined
def _height_m(east_m: float, north_m: float, up_m: float, sd_m: float, frame: Array) -> float:
    """Height above the ellipsoid that a state has at most."""
    drop = 0.5 * (east_m * east_m + north_m * north_m) / frame[1]
    return float(abs(frame[0]) + abs(up_m) + 6.0 * sd_m + drop)


@inlined
def _reach(seen: Windows, gate_sd: float) -> float:
    """Half width of a window in standard deviations: no gate of the look's plots is wider."""
    return math.sqrt(gate_sd * gate_sd + 2.0 * (seen.most - 1))


@njit
def in_reach(x: Array, P: Array, model: int, pose: Array, reach_m: float) -> Mask:
    """Leaves (n,) that a sensor could see at all, on the level.

    x, P     (n, models, 6), (n, models, 6, 6); model says which stands for a leaf
    pose     (q, 6)  where it was in this look; of a sensor that moves any of them will do
    reach_m          how far it sees
    """
    n = x.shape[0]
    out = np.zeros(n, np.bool_)
    for i in range(n):
        limit = reach_m + 3.0 * math.sqrt(max(P[i, model, 0, 0], P[i, model, 1, 1]))
        for q in range(pose.shape[0]):
            de, dn = x[i, model, 0] - pose[q, 0], x[i, model, 1] - pose[q, 1]
            out[i] |= de * de + dn * dn < limit * limit
    return out


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
    n, m = mu.shape
    ranged, placed, late = seen.ranged.plot.shape[0], seen.placed.plot.shape[0], seen.late_s
    reach_sd, bend, frame = _reach(seen, gate_sd), seen.bend, look.frame
    range_m, wide_m = seen.wide[0], max(seen.wide[1], seen.wide[2])
    out = np.zeros(n, np.bool_)
    candidate = np.empty(look.z.shape[0], np.int64)
    at = np.zeros(3)
    for i in range(n):
        if not asked[i]:
            continue
        dt = dt_s[i]
        span = abs(dt) + late
        at[0] = at[1] = at[2] = 0.0
        level = 0.0  # variance on the level: a height that is not known is off by much
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
                at[c] += mu[i, a] * (x[i, a, c] + ahead * x[i, a, c + 3])
            # A state that lags behind, or a model that brakes, is off by its own speed at most.
            noise += speed2 * (late + span - abs(ahead)) ** 2
            level = max(level, noise + _after(P, i, a, 0, span) + _after(P, i, a, 1, span))
            upright = max(upright, noise + _after(P, i, a, 2, span))
        for a in range(m):
            for c in range(3):
                off = mu[i, a] * (x[i, a, c] + dt * x[i, a, c + 3] - at[c]) ** 2
                upright += off
                if c < 2:
                    level += off
        sd = math.sqrt(level + upright)
        k = 0
        if placed > 0:
            half = reach_sd * (math.sqrt(level) + wide_m)
            if bend > 0.0:
                half += bend * _height_m(at[0], at[1], at[2], sd, frame)
            k = placed_within(seen.placed, at[0], at[1], half, half, candidate, 0)
        if k == 0 and ranged > 0:
            half = reach_sd * (sd + range_m) + seen.moved_m + 1.0
            k = ranged_within(seen.ranged, at[0], at[1], at[2], half, sd, reach_sd, candidate, 0)
        out[i] = k > 0
    return out


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
    leaf, candidate = _meetings(xm, Pm, look, seen, gate_sd)
    leaf, plot, stray, loglik = _fits(xm, Pm, look, leaf, candidate, gate_sd)
    if mu.shape[1] > 1:
        loglik = _mixture(x, P, mu, look, leaf, plot, stray)
    share = math.log(look.stray[0]) if look.stray[0] > 0.0 else -math.inf
    return _better_of_two(n, leaf, plot, stray, loglik, share)


@njit
def _better_of_two(
    n: int, leaf: Ints, plot: Ints, stray: Mask, loglik: Array, share: float
) -> tuple[Ints, Ints, Array, Mask]:
    """Pairs of n leaves as `gate` returns them: of a plot with a usual azimuth and a stray one the better.

    share  log of that of stray ones
    """
    k = -1
    start = np.zeros(n + 1, np.int64)
    for q in range(leaf.shape[0]):
        mine = loglik[q]
        if stray[q]:
            mine += share
        if not mine > -math.inf:
            continue
        again = k >= 0 and leaf[k] == leaf[q] and plot[k] == plot[q]
        if again and not mine > loglik[k]:
            continue
        if not again:
            k += 1
            start[leaf[q] + 1] += 1
        leaf[k], plot[k], stray[k], loglik[k] = leaf[q], plot[q], stray[q], mine
    for i in range(n):
        start[i + 1] += start[i]
    k += 1
    return start, plot[:k], loglik[:k], stray[:k]


@njit
def _fits(
    xm: Array, Pm: Array, look: Look, leaf: Ints, plot: Ints, gate_sd: float
) -> tuple[Ints, Ints, Mask, Array]:
    """Of pairs (k,) of means (n, 1, 6) and plots those inside the gate, some twice: with a stray azimuth too.

    Returns leaf, plot, whether it is a stray one, and the log likelihood under the mean.
    """
    rows = linearise(xm, 0, look, leaf, plot)
    z, share, stray_sd = look.z, look.stray[0], look.stray[1]
    k = plot.shape[0]
    usual, usual_volume = distances(rows, Pm, 0, leaf, gate_sd * gate_sd)
    strays = 0
    for q in range(k):
        strays += can_stray(z, plot[q], share)
    astray, astray_volume = usual, usual_volume
    if strays > 0:
        for q in range(k):
            rows.r[q, 1] *= stray_sd * stray_sd
        astray, astray_volume = distances(rows, Pm, 0, leaf, gate_sd * gate_sd)
    out_leaf = np.empty(k + strays, np.int64)
    out_plot = np.empty(k + strays, np.int64)
    out_stray = np.empty(k + strays, np.bool_)
    out_ll = np.empty(k + strays)
    n = 0
    for q in range(k):
        for stray in range(1 + can_stray(z, plot[q], share)):
            d2, volume = (astray[q], astray_volume[q]) if stray else (usual[q], usual_volume[q])
            if not d2 < math.inf:
                continue
            out_leaf[n] = leaf[q]
            out_plot[n] = plot[q]
            out_stray[n] = stray == 1
            out_ll[n] = -0.5 * (d2 + math.log(volume) + rows.m[q] * LOG_2PI)
            n += 1
    return out_leaf[:n], out_plot[:n], out_stray[:n], out_ll[:n]


@njit
def _opened(x: Array, P: Array, mu: Array) -> tuple[Array, Array]:
    """Mean (n, 1, 6) of each leaf's mixture and covariance (n, 1, 6, 6) of its gate, not to be written to.

    The widest of a leaf's models has at least a share of it. A target that flew steadily for long has next
    to none of its mixture in the model that turns: a gate of the mixture alone loses it in its first turn.
    """
    n, models = mu.shape
    if models == 1:
        return x, P
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
    return xm.reshape((n, 1, 6)), Pm.reshape((n, 1, 6, 6))


_SHARE = 0.2  # of the widest model in the gate


@njit
def _meetings(xm: Array, Pm: Array, look: Look, seen: Windows, gate_sd: float) -> tuple[Ints, Ints]:
    """Plots that lie around each of n means (n, 1, 6) with covariances (n, 1, 6, 6), and have to be tried.

    Returns pairs: leaf (k,), rising, and plot (k,).
    """
    n, m = xm.shape[0], look.z.shape[0]
    reach_sd = _reach(seen, gate_sd)
    ranged, placed, other = seen.ranged.plot.shape[0], seen.placed.plot.shape[0], seen.other
    leaf = np.empty(0, np.int64)
    plot = np.empty(0, np.int64)
    kinds = 0
    if ranged > 0:
        leaf, plot = _meet_ranges(xm, Pm, seen, reach_sd, m)
        kinds += 1
    if placed > 0:
        room = 2 * n + m
        k = -1
        while k < 0:
            whose = np.empty(room, np.int64)
            which = np.empty(room, np.int64)
            k = _meet_places(xm, Pm, look.frame, seen, reach_sd, whose, which)
            room *= 2
        leaf, plot = np.append(leaf, whose[:k]), np.append(plot, which[:k])
        kinds += 1
    if other.shape[0] > 0:
        leaf = np.append(leaf, np.repeat(np.arange(n), other.shape[0]))
        every = np.empty(n * other.shape[0], np.int64)
        for i in range(n):
            every[i * other.shape[0] : (i + 1) * other.shape[0]] = other
        plot = np.append(plot, every)
        kinds += 1
    if kinds < 2:
        return leaf, plot
    order = np.argsort(leaf, kind="mergesort")
    return leaf[order], plot[order]


@njit
def _meet_ranges(xm: Array, Pm: Array, seen: Windows, reach_sd: float, most: int) -> tuple[Ints, Ints]:
    """The pairs with a slant range; a mean meets `most` plots at most."""
    n = xm.shape[0]
    late, range_m, moved_m = seen.late_s, seen.wide[0], seen.moved_m
    leaf = np.empty(2 * n + most, np.int64)
    out = np.empty(2 * n + most, np.int64)
    k = 0
    for i in range(n):
        if k + most > out.shape[0]:
            leaf = np.append(leaf, np.empty(out.shape[0], np.int64))
            out = np.append(out, np.empty(out.shape[0], np.int64))
        spread = 0.0
        speed = 0.0
        for a in range(3):
            spread += Pm[i, 0, a, a] + late * late * Pm[i, 0, a + 3, a + 3]
            spread += 2.0 * late * abs(Pm[i, 0, a, a + 3])
            speed += xm[i, 0, a + 3] ** 2
        half = reach_sd * (math.sqrt(1.2 * spread) + range_m) + moved_m + 1.0
        sd = math.sqrt(1.2 * (Pm[i, 0, 0, 0] + Pm[i, 0, 1, 1] + Pm[i, 0, 2, 2]))
        sd += late * math.sqrt(Pm[i, 0, 3, 3] + Pm[i, 0, 4, 4] + xm[i, 0, 3] ** 2 + xm[i, 0, 4] ** 2)
        begun = k
        k = ranged_within(
            seen.ranged, xm[i, 0, 0], xm[i, 0, 1], xm[i, 0, 2], half + late * math.sqrt(speed), sd, reach_sd,
            out, k,
        )  # fmt: skip
        for q in range(begun, k):
            leaf[q] = i
    return leaf[:k], out[:k]


@njit
def _meet_places(
    xm: Array, Pm: Array, frame: Array, seen: Windows, reach_sd: float, leaf: Ints, out: Ints
) -> int:
    """Write the pairs with a place to leaf and out; returns how many they are, -1 if there is no room."""
    cells = seen.placed
    plot, east, north, first, side, low, per_m = (
        cells.plot, cells.east, cells.north, cells.first, cells.side, cells.low, cells.per_m,
    )  # fmt: skip
    late, bend, east_m, north_m = seen.late_s, seen.bend, seen.wide[1], seen.wide[2]
    room = out.shape[0]
    k = 0
    for i in range(xm.shape[0]):
        e, n = xm[i, 0, 0], xm[i, 0, 1]
        half_east = reach_sd * math.sqrt(Pm[i, 0, 0, 0] + east_m * east_m)
        half_north = reach_sd * math.sqrt(Pm[i, 0, 1, 1] + north_m * north_m)
        if bend > 0.0:
            moves = bend * _height_m(e, n, xm[i, 0, 2], math.sqrt(Pm[i, 0, 2, 2]), frame)
            half_east += moves
            half_north += moves
        if late > 0.0:
            half_east += late * (abs(xm[i, 0, 3]) + reach_sd * math.sqrt(Pm[i, 0, 3, 3]))
            half_north += late * (abs(xm[i, 0, 4]) + reach_sd * math.sqrt(Pm[i, 0, 4, 4]))
        c0 = cell_of(e - half_east, 0, side, low, per_m)
        c1 = cell_of(e + half_east, 0, side, low, per_m)
        r0 = cell_of(n - half_north, 1, side, low, per_m)
        r1 = cell_of(n + half_north, 1, side, low, per_m)
        for row in range(r0, r1 + 1):
            for q in range(first[row * side + c0], first[row * side + c1 + 1]):
                if abs(east[q] - e) <= half_east and abs(north[q] - n) <= half_north:
                    if k == room:
                        return -1
                    leaf[k] = i
                    out[k] = plot[q]
                    k += 1
    return k


@njit
def _mixture(x: Array, P: Array, mu: Array, look: Look, leaf: Ints, plot: Ints, stray: Mask) -> Array:
    """Log likelihood of plots (k,), some with a stray azimuth, each under the mixture of a leaf's models."""
    k = leaf.shape[0]
    best = np.full(k, -math.inf)
    total = np.zeros(k)
    stray_sd = look.stray[1]
    for a in range(mu.shape[1]):
        rows = linearise(x, a, look, leaf, plot)
        for q in range(k):
            if stray[q]:
                rows.r[q, 1] *= stray_sd * stray_sd
        d2, volume = distances(rows, P, a, leaf, math.inf)
        for q in range(k):
            if not d2[q] < math.inf:
                continue
            ll = -0.5 * (d2[q] + math.log(volume[q]) + rows.m[q] * LOG_2PI)
            if ll > best[q]:
                total[q] = total[q] * math.exp(best[q] - ll) + mu[leaf[q], a]
                best[q] = ll
            else:
                total[q] += mu[leaf[q], a] * math.exp(ll - best[q])
    return best + np.log(total)
