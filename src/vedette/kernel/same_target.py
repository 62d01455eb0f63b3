"""Which tracks of several nodes are one target: the evidence for each pair.

Evidence is a log likelihood ratio of 'same target' against 'different targets', summed over the
pair's history:

    same        N(d; 0, P_i + P_j + bias)        d the difference of the states at one time
    different   density of other targets in the same space

d is taken in the local horizontal frame, in the components that both know. Errors of a filter are
correlated over time, so a comparison counts for the share of a correlation time since the last one.
Common process noise makes d smaller than P_i + P_j says: leaving that out can only make two targets
look less different, never one target look like two.

Source: Bar-Shalom & Chen (2004), 7th FUSION (track-to-track association likelihood ratio); Blackman &
Popoli (1999), 6.2 (scores), 9 (track fusion).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.fusion import carry
from vedette.kernel.jit import njit
from vedette.kernel.spd import distance2, factorise

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_AHEAD_S = 2.5  # a state is carried forward so far rather than looked up in the past


@njit
def candidates(lat_rad: Array, lon_rad: Array, reach_m: Array, radius_m: float) -> tuple[Ints, Ints]:
    """Pairs of rows that are nearer than the sum of their reaches; a sweep along the meridian.

    lat_rad, lon_rad  (n,)
    reach_m           (n,)  0 or more

    Returns first (k,), second (k,) with first < second, in order.
    """
    n = lat_rad.shape[0]
    order = np.argsort(lat_rad, kind="mergesort")
    room = max(64, 4 * n)
    first = np.empty(room, np.int64)
    second = np.empty(room, np.int64)
    k = 0
    for p in range(n):
        i = order[p]
        # Each pair is found by the one with the larger reach, so one poor track costs only itself.
        window = 2.0 * reach_m[i] / radius_m
        cos_lat = math.cos(lat_rad[i])
        for way in (-1, 1):
            q = p + way
            while 0 <= q < n and abs(lat_rad[order[q]] - lat_rad[i]) <= window:
                j = order[q]
                q += way
                if reach_m[j] > reach_m[i] or (reach_m[j] == reach_m[i] and j < i):
                    continue
                apart = abs(lon_rad[j] - lon_rad[i])
                apart = min(apart, 2.0 * math.pi - apart)
                north = (lat_rad[j] - lat_rad[i]) * radius_m
                east = apart * cos_lat * radius_m
                if math.hypot(north, east) > reach_m[i] + reach_m[j]:
                    continue
                if k == room:
                    room *= 2
                    first = np.append(first, np.empty(room - k, np.int64))
                    second = np.append(second, np.empty(room - k, np.int64))
                first[k] = min(i, j)
                second[k] = max(i, j)
                k += 1
    first, second = first[:k], second[:k]
    by = np.argsort(first * n + second, kind="mergesort")
    return first[by], second[by]


@njit
def likeness(
    d: Array,
    S: Array,
    up: Array,
    height: bool,
    velocity: bool,
    climb: bool,
    log_density: float,
    log_height: float,
    log_speed: float,
    log_climb: float,
) -> float:
    """Log likelihood ratio of same against different, of one comparison.

    d, S         (6,), (6, 6)  difference of two states and its covariance, in one Cartesian frame
    up           (3, 3)        rotation from that frame to the local east-north-up
    height, velocity, climb    whether both know it
    log_density, log_height, log_speed, log_climb  of different targets: a m² of ground, a m of height,
                               a (m/s)² of horizontal velocity, a m/s of climb
    """
    pick = np.empty(6, np.int64)
    m = 2
    pick[0] = 0
    pick[1] = 1
    other = log_density
    if height:
        pick[m] = 2
        m += 1
        other += log_height
    if velocity:
        pick[m] = 3
        pick[m + 1] = 4
        m += 2
        other += log_speed
        if climb:
            pick[m] = 5
            m += 1
            other += log_climb
    T = np.zeros((6, 6))
    e = np.empty(6)
    for a in range(m):
        row = pick[a] % 3
        block = 3 * (pick[a] // 3)
        s = 0.0
        for b in range(3):
            s += up[row, b] * d[block + b]
        e[a] = s
        for c in range(a + 1):
            row2 = pick[c] % 3
            block2 = 3 * (pick[c] // 3)
            t = 0.0
            for b in range(3):
                for g in range(3):
                    t += up[row, b] * S[block + b, block2 + g] * up[row2, g]
            T[a, c] = t
            T[c, a] = t
    L = np.zeros((6, 6))
    logdet = factorise(T[:m, :m], L)
    if math.isnan(logdet):
        return -math.inf
    return -0.5 * (distance2(e, L, m) + logdet + m * math.log(2.0 * math.pi)) - other


@njit
def _state_at(
    i: int, t_ns: int, x: Array, time_ns: Ints, past_x: Array, past_ns: Ints, x_out: Array
) -> float:
    """Newest state of row i that is not after t_ns, into x_out; returns how long before it is, s.

    The oldest one, and a negative time, where all are after it.
    """
    best_ns = time_ns[i]
    x_out[:] = x[i]
    if best_ns <= t_ns:
        return float(t_ns - best_ns) * 1e-9
    found = False
    for h in range(past_ns.shape[1]):
        at = past_ns[i, h]
        if at == 0:
            continue
        if (at <= t_ns and (not found or at > best_ns)) or (not found and at < best_ns):
            found = at <= t_ns
            best_ns = at
            x_out[:] = past_x[i, h]
    return float(t_ns - best_ns) * 1e-9


@njit
def compare(
    first: Ints,
    second: Ints,
    x: Array,
    P: Array,
    time_ns: Ints,
    past_x: Array,
    past_ns: Ints,
    up: Array,
    known: Flags,
    log_crowd: Array,
    q: float,
    bias_sd_m: float,
    log_height: float,
    log_speed: float,
    log_climb: float,
) -> Array:
    """Log likelihood ratio of each pair, (k,).

    first, second   (k,)  rows
    x, P, time_ns   (n, 6), (n, 6, 6), (n,)  newest state of each row
    past_x, past_ns (n, h, 6), (n, h)  some of its earlier states, in any order; 0 is an empty slot
    up              (n, 3, 3)  rotation to the local east-north-up
    known           (n, 3)     height, horizontal velocity, climb
    log_crowd       (n,)       log density of other targets around each row, a m²
    q               m²/s³      process noise to carry states with
    bias_sd_m       m          what the nodes' places may be wrong by against each other

    Two states that are less than 2.5 s apart are compared at the later time, others at the earlier
    one, so that late reports meet what was there then.
    """
    out = np.empty(first.shape[0])
    xa = np.empty(6)
    xb = np.empty(6)
    Pa = np.empty((6, 6))
    Pb = np.empty((6, 6))
    scrap = np.zeros((6, 6))
    for e in range(first.shape[0]):
        i = first[e]
        j = second[e]
        later = max(time_ns[i], time_ns[j])
        earlier = min(time_ns[i], time_ns[j])
        t_ns = later if float(later - earlier) * 1e-9 <= _AHEAD_S else earlier
        dt_a = _state_at(i, t_ns, x, time_ns, past_x, past_ns, xa)
        dt_b = _state_at(j, t_ns, x, time_ns, past_x, past_ns, xb)
        Pa[:] = P[i]
        Pb[:] = P[j]
        scrap[:] = 0.0
        carry(xa, Pa, scrap, dt_a, q)
        carry(xb, Pb, scrap, dt_b, q)
        for a in range(6):
            xa[a] -= xb[a]
            for b in range(6):
                Pa[a, b] += Pb[a, b]
        for a in range(3):
            Pa[a, a] += bias_sd_m * bias_sd_m
        out[e] = likeness(
            xa,
            Pa,
            up[i],
            known[i, 0] and known[j, 0],
            known[i, 1] and known[j, 1],
            known[i, 2] and known[j, 2],
            max(log_crowd[i], log_crowd[j]),
            log_height,
            log_speed,
            log_climb,
        )
    return out
