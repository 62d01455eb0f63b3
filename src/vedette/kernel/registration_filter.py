"""The joint filter of registration: which plots make a pair, and what a pair does to the state.

State, in units of the prior, so that every part begins as N(0, 1):

    [ biases of all sensors (7 s) | pressure of the day (1) | height of each track in use (M) ]

Each plot goes into one pair only, so its noise counts once. Sources: see kernel.registration; Bar-Shalom, Li
& Kirubarajan (2001), 5.2 (update), 8.2 (first-order Markov process); Lange, Little & Taylor (1989), JASA
84(408), 881-896 (Student weights).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.registration import (
    GATE_SD,
    HEIGHT_CAUSE,
    LONGEST_S,
    N_BIASES,
    N_CAUSES,
    PRESSURE_CAUSE,
    PRESSURE_SD,
    SPEED_GATE,
    STUDENT,
    TIME_S,
    V_COVARIANCE,
    V,
    compare,
    guess_height,
    height_sd,
)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Scratch = tuple[Ints, Array, Array, Array, Array, Array]

USED = 1
REJECTED = -1  # beyond the gate

_TELLING = 3.0  # a speed so many times what velocities may differ tells targets apart
_FARTHEST_M = 5000.0  # no bias puts a plot farther off
_FREE_NS = 30_000_000_000  # a track not seen for so long leaves its room to another


@njit
def gain(y: Array, H: Array, R: Array, c: int, at: Ints, P: Array, W: Array) -> float:
    """Whitened gain of one difference: W (n + 1, 3) with P H' S⁻¹ H P = W W', its last row the residual.

    Returns the squared distance y' S⁻¹ y; inf when S is not positive definite.
    """
    n = P.shape[0]
    for i in range(n):
        for a in range(c):
            W[i, a] = 0.0
        for q in range(N_CAUSES):
            if at[q] >= 0:
                t = P[i, at[q]]
                for a in range(c):
                    W[i, a] += t * H[a, q]
    L = np.empty((3, 3))
    for a in range(c):
        for b in range(a + 1):
            s = R[a, b]
            for q in range(N_CAUSES):
                if at[q] >= 0:
                    s += H[a, q] * W[at[q], b]
            for q in range(b):
                s -= L[a, q] * L[b, q]
            if a == b:
                if not s > 0.0:
                    return math.inf
                L[a, a] = math.sqrt(s)
            else:
                L[a, b] = s / L[b, b]
    d2 = 0.0
    for a in range(c):
        W[n, a] = y[a]
    for i in range(n + 1):
        for a in range(c):
            s = W[i, a]
            for b in range(a):
                s -= L[a, b] * W[i, b]
            W[i, a] = s / L[a, a]
    for a in range(c):
        d2 += W[n, a] ** 2
    return d2


@njit
def update(y: Array, H: Array, R: Array, c: int, at: Ints, rules: Array, x: Array, P: Array) -> int:
    """Take one difference into the state, in place; arguments as `compare` leaves them.

    Returns REJECTED or USED. Noise is Student's: a pair that lies far out weighs less, as (ν + c) / (ν + d²).
    """
    n = x.shape[0]
    W = np.empty((n + 1, 3))
    d2 = gain(y, H, R, c, at, P, W)
    if not d2 <= rules[GATE_SD] ** 2 + 2.0 * (c - 2):
        return REJECTED
    scale = (rules[STUDENT] + d2) / (rules[STUDENT] + c)
    if scale > 1.0:
        gain(y, H, scale * R, c, at, P, W)
    for i in range(n):
        for a in range(c):
            x[i] += W[i, a] * W[n, a]
        for j in range(i + 1):
            s = 0.0
            for a in range(c):
                s += W[i, a] * W[j, a]
            P[i, j] -= s
            P[j, i] = P[i, j]
    return USED


@njit
def relax(x: Array, P: Array, keep: Array) -> None:
    """Let time pass, in place: each part of the state wanders as a first-order Markov process around 0.

    keep  (n,)  exp(-dt / τ) of each, 0 to 1. What nothing speaks of keeps its prior N(0, 1).
    """
    n = x.shape[0]
    for i in range(n):
        x[i] *= keep[i]
        for j in range(n):
            P[i, j] *= keep[i] * keep[j]
        P[i, i] += 1.0 - keep[i] * keep[i]


@njit
def fold(
    first_new: int,
    sensor: Ints,
    slot: Ints,
    track: Ints,
    plots: Array,
    used: Flags,
    now_ns: int,
    held: Ints,
    held_ns: Ints,
    held_m: Array,
    units: Array,
    frame: Array,
    rules: Array,
    x: Array,
    P: Array,
) -> Ints:
    """Find the pairs among the plots and take them into the state; used, held…, x and P change in place.

    first_new   rows from here on are new and look for partners among all rows before them
    sensor      (n,)     which sensor each row is of
    slot        (n,)     its place among the biases; -1 has none: its targets tell their position
    track       (n,)     which track took it
    plots       (n, 50)  see the columns of kernel.registration
    used        (n,)     was in a pair, or must not be: it still stands in the way of `_lone`
    held        (M,)     tracks whose heights are in the state, -1 for none
    held_ns     (M,)     when they were last used
    held_m      (M,)     m, the guess of their height, for where no one measured it
    units       (7,)     standard deviation of each bias by its prior
    frame, rules         see kernel.measurement, kernel.registration

    Returns counts (s, 2) of the pairs used and rejected, by slot.

    A plot pairs with the nearest in time of its own track by another sensor. If there is none, it pairs with
    the only plot of another track that biases as unsure as these could have put there: see `_lone`.
    """
    s = (x.shape[0] - 1 - held.shape[0]) // N_BIASES
    counts = np.zeros((s, 2), np.int64)
    at = np.empty(N_CAUSES, np.int64)
    unit = np.empty(N_CAUSES)
    y = np.empty(3)
    H = np.empty((3, N_CAUSES))
    R = np.empty((3, 3))
    scratch = (at, unit, y, H, R, np.empty((x.shape[0] + 1, 3)))
    for k in range(first_new, sensor.shape[0]):
        if used[k]:
            continue
        best = _own(k, sensor, slot, track, plots, used, rules)
        if best < 0:
            best = _lone(
                k, sensor, slot, track, plots, used, held, held_m, units, frame, rules, x, P, scratch
            )
        if best < 0:
            continue
        _hold(track[k], plots[k], plots[best], now_ns, held, held_ns, held_m, s, x, P)
        guess_m = _causes(
            slot[k], slot[best], track[k], plots[k], plots[best], s, held, held_m, units, rules, at, unit
        )
        c = compare(plots[k], plots[best], at, unit, guess_m, frame, rules, x, P, y, H, R)
        if c == 0:
            continue
        column = 0 if update(y, H, R, c, at, rules, x, P) == USED else 1
        used[k] = True
        used[best] = True
        for i in (slot[k], slot[best]):
            if i >= 0:
                counts[i, column] += 1
    return counts


@njit
def _causes(
    slot_k: int,
    slot_m: int,
    track: int,
    newer: Array,
    older: Array,
    s: int,
    held: Ints,
    held_m: Array,
    units: Array,
    rules: Array,
    at: Ints,
    unit: Array,
) -> float:
    """Where in the state the causes of a difference stand, and in which units; at and unit are outputs.

    Returns the guess of the track's height, m, for where no one measured it.
    """
    for b in range(N_BIASES):
        at[b] = slot_k * N_BIASES + b if slot_k >= 0 else -1
        at[N_BIASES + b] = slot_m * N_BIASES + b if slot_m >= 0 else -1
        unit[b] = unit[N_BIASES + b] = units[b]
    at[PRESSURE_CAUSE] = s * N_BIASES
    unit[PRESSURE_CAUSE] = rules[PRESSURE_SD]
    at[HEIGHT_CAUSE] = -1
    guess_m = _guess(newer, older)
    for i in range(held.shape[0]):
        if held[i] == track:
            at[HEIGHT_CAUSE] = s * N_BIASES + 1 + i
            guess_m = held_m[i]
    unit[HEIGHT_CAUSE] = max(height_sd(newer, guess_m), height_sd(older, guess_m))
    return guess_m


@njit
def _guess(newer: Array, older: Array) -> float:
    """A height for the target of two plots, by the one that has a range; 0 where none has."""
    g = guess_height(newer)
    if math.isnan(g):
        g = guess_height(older)
    return 0.0 if math.isnan(g) else g


@njit
def _hold(
    track: int,
    newer: Array,
    older: Array,
    now_ns: int,
    held: Ints,
    held_ns: Ints,
    held_m: Array,
    s: int,
    x: Array,
    P: Array,
) -> None:
    """Find room for a track's height in the state, where there is some, in place."""
    free = -1
    for i in range(held.shape[0]):
        if held[i] == track:
            held_ns[i] = now_ns
            return
        idle = held[i] < 0 or held_ns[i] < now_ns - _FREE_NS
        if idle and (free < 0 or held_ns[i] < held_ns[free]):
            free = i
    if free < 0:
        return
    held[free] = track
    held_ns[free] = now_ns
    held_m[free] = _guess(newer, older)
    i = s * N_BIASES + 1 + free
    x[i] = 0.0
    P[i, :] = 0.0
    P[:, i] = 0.0
    P[i, i] = 1.0


@njit
def _own(k: int, sensor: Ints, slot: Ints, track: Ints, plots: Array, used: Flags, rules: Array) -> int:
    """The plot of the same track by another sensor that is nearest in time, or -1."""
    best = -1
    best_dt = rules[LONGEST_S]
    for m in range(k):
        if track[m] != track[k] or sensor[m] == sensor[k] or used[m]:
            continue
        dt = abs(plots[k, TIME_S] - plots[m, TIME_S])
        if (slot[m] >= 0 or slot[k] >= 0) and dt < best_dt:
            best = m
            best_dt = dt
    return best


@njit
def _lone(
    k: int,
    sensor: Ints,
    slot: Ints,
    track: Ints,
    plots: Array,
    used: Flags,
    held: Ints,
    held_m: Array,
    units: Array,
    frame: Array,
    rules: Array,
    x: Array,
    P: Array,
    scratch: Scratch,
) -> int:
    """The plot of another track that must be of the same target as plot k, or -1.

    A sensor far off makes a track of its own beside the others'. Two tracks are taken for one target when
    neither was seen by the other's sensor lately, they fly alike, and biases as unsure as these explain the
    distance; and when that holds for no other plot of either sensor, as it would among neighbours.
    """
    found = -1
    for m in range(k):
        if track[m] == track[k] or sensor[m] == sensor[k] or (slot[m] < 0 and slot[k] < 0):
            continue
        if not _explained(k, m, slot, track, plots, held, held_m, units, frame, rules, x, P, scratch):
            continue
        if found >= 0 and track[found] != track[m]:
            return -1
        found = m
    if found < 0 or used[found]:
        return -1
    for m in range(k):
        crossed = (track[m] == track[k] and sensor[m] == sensor[found]) or (
            track[m] == track[found] and sensor[m] == sensor[k]
        )
        if crossed:
            return -1
        if sensor[m] != sensor[k] or track[m] == track[k]:
            continue
        if _explained(m, found, slot, track, plots, held, held_m, units, frame, rules, x, P, scratch):
            return -1
    return found


@njit
def _explained(
    k: int,
    m: int,
    slot: Ints,
    track: Ints,
    plots: Array,
    held: Ints,
    held_m: Array,
    units: Array,
    frame: Array,
    rules: Array,
    x: Array,
    P: Array,
    scratch: Scratch,
) -> bool:
    """Whether biases, as unsure as they are, can explain two plots of tracks that fly alike.

    That they do says something only of who is fast: all that hover or go slowly are alike.
    """
    if abs(plots[k, TIME_S] - plots[m, TIME_S]) > rules[LONGEST_S]:
        return False
    speed2 = 0.0
    widest = 0.0
    for a in range(2):
        i = V.start + a
        j = V_COVARIANCE.start + 4 * a
        sd = math.sqrt(plots[k, j] + plots[m, j])
        apart = rules[SPEED_GATE] + 3.0 * sd
        if abs(plots[k, i] - plots[m, i]) > apart:
            return False
        speed2 += (0.5 * (plots[k, i] + plots[m, i])) ** 2
        widest = max(widest, apart)
    if speed2 < (_TELLING * widest) ** 2:
        return False
    at, unit, y, H, R, W = scratch
    s = (x.shape[0] - 1 - held.shape[0]) // N_BIASES
    guess_m = _causes(slot[k], slot[m], track[k], plots[k], plots[m], s, held, held_m, units, rules, at, unit)
    c = compare(plots[k], plots[m], at, unit, guess_m, frame, rules, x, P, y, H, R)
    if c == 0 or y[0] * y[0] + y[1] * y[1] > _FARTHEST_M * _FARTHEST_M:
        return False
    return bool(gain(y, H, R, c, at, P, W) <= rules[GATE_SD] ** 2 + 2.0 * (c - 2))
