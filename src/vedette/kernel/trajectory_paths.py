"""Best paths of truths through the tracks that they may be held by, when a change costs.

A truth is, at each instant, on one of its candidate pairs or on none. Being on a pair gains, getting on or
off one costs. Between instants that is a star with `none` in its middle, so one truth's best path is found
by dynamic programming, O(T E) (Viterbi). Tracks that two truths want get a price; the priced optimum bounds
the whole from above (Lagrangian relaxation), and truths that take turns give a way that can be.

Shapes  T instants, E pairs, n truths, m tracks. Pairs come sorted by truth: those of truth i are
        begin[i] … begin[i + 1] - 1; column[e] is the track of pair e.

Sources: Viterbi (1967), IEEE Trans. Information Theory 13(2), 260-269; Held, Wolfe & Crowder (1974),
Validation of subgradient optimization, Mathematical Programming 6, 62-88 (the step of Polyak).
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@njit
def best_path(gain: Array, first: int, last: int, switch: float, path: Ints) -> float:
    """Best path of one truth, written into path (T,): a pair, -1 for none. Returns what it is worth.

    gain         (T, E)  of being on a pair at an instant; -inf forbids it
    first, last          its pairs are first … last - 1
    switch               what getting on costs, and getting off
    """
    instants = gain.shape[0]
    count = last - first
    stayed = np.zeros((instants, count), np.bool_)  # came from the same pair, not over the middle
    middle_from = np.full(instants, -1, np.int64)  # where the middle before this instant came from
    value = np.zeros(count)
    none = 0.0
    for k in range(instants):
        middle = none
        for e in range(count):
            if k > 0 and value[e] - switch > middle:
                middle = value[e] - switch
                middle_from[k] = e
        for e in range(count):
            over = middle - switch if k > 0 else 0.0
            if k > 0 and value[e] >= over:
                stayed[k, e] = True
                over = value[e]
            value[e] = over + gain[k, first + e]
        none = middle
    at = -1
    best = none
    for e in range(count):
        if value[e] > best:
            best = value[e]
            at = e
    for k in range(instants - 1, -1, -1):
        path[k] = first + at if at >= 0 else -1
        if at < 0 or not stayed[k, at]:
            at = middle_from[k]
    return best


@njit
def worth(gain: Array, paths: Ints, switch: float) -> float:
    """What paths (n, T) gain, less what their changes cost."""
    total = 0.0
    for i in range(paths.shape[0]):
        for k in range(paths.shape[1]):
            here = paths[i, k]
            if here >= 0:
                total += gain[k, here]
            if k > 0 and paths[i, k - 1] != here:
                total -= switch * ((here >= 0) + (paths[i, k - 1] >= 0))
    return total


@njit
def priced(gain: Array, begin: Ints, column: Ints, price: Array, switch: float) -> tuple[float, Ints]:
    """Every truth's best path when tracks have a price (T, m): the bound from above, and paths (n, T)."""
    instants, pairs = gain.shape
    net = np.empty((instants, pairs))
    for k in range(instants):
        for e in range(pairs):
            net[k, e] = gain[k, e] - price[k, column[e]]
    paths = np.full((len(begin) - 1, instants), -1, np.int64)
    bound = price.sum()
    for i in range(len(begin) - 1):
        bound += best_path(net, begin[i], begin[i + 1], switch, paths[i])
    return bound, paths


@njit
def take_turns(gain: Array, begin: Ints, column: Ints, paths: Ints, m: int, switch: float) -> float:
    """Make wished-for paths (n, T) possible, in place: truth by truth, on what the others leave free.

    Where two are on one track the earlier truth keeps it; then each takes its best way round the others,
    until nobody gains. Returns what it is worth.
    """
    n, instants = paths.shape
    owner = np.full((instants, m), -1, np.int64)
    for i in range(n):
        for k in range(instants):
            if paths[i, k] < 0:
                continue
            if owner[k, column[paths[i, k]]] >= 0:
                paths[i, k] = -1
            else:
                owner[k, column[paths[i, k]]] = i
    free = np.empty(gain.shape)
    best = worth(gain, paths, switch)
    for _ in range(20):
        for i in range(n):
            for k in range(instants):
                for e in range(begin[i], begin[i + 1]):
                    other = owner[k, column[e]]
                    free[k, e] = gain[k, e] if other < 0 or other == i else -np.inf
                if paths[i, k] >= 0:
                    owner[k, column[paths[i, k]]] = -1
            best_path(free, begin[i], begin[i + 1], switch, paths[i])
            for k in range(instants):
                if paths[i, k] >= 0:
                    owner[k, column[paths[i, k]]] = i
        now = worth(gain, paths, switch)
        if now <= best + 1e-12 * (1.0 + abs(best)):
            break
        best = now
    return max(best, worth(gain, paths, switch))


@njit
def bracket(
    gain: Array, begin: Ints, column: Ints, m: int, switch: float, rounds: int
) -> tuple[float, float, Ints, Array]:
    """What the best way is worth at least and at most; paths (n, T) for the one, prices for the other.

    rounds  of price changes at most; it ends as soon as the two meet
    """
    instants = gain.shape[0]
    price = np.zeros((instants, m))
    best_price = price.copy()
    best_paths = np.full((len(begin) - 1, instants), -1, np.int64)
    least, most = 0.0, np.inf
    pace = 1.0
    idle = 0
    for _ in range(rounds):
        bound, paths = priced(gain, begin, column, price, switch)
        if bound < most - 1e-12 * (1.0 + abs(bound)):
            most = bound
            best_price = price.copy()
            idle = 0
        else:
            idle += 1
        wanted = np.full((instants, m), -1.0)
        for i in range(paths.shape[0]):
            for k in range(instants):
                if paths[i, k] >= 0:
                    wanted[k, column[paths[i, k]]] += 1.0
        value = take_turns(gain, begin, column, paths, m, switch)
        if value > least:
            least = value
            best_paths = paths
        if most - least <= 1e-9 * (1.0 + abs(most)):
            break
        if idle >= 10:
            pace *= 0.7
            idle = 0
            price = best_price.copy()
        norm = 0.0
        for k in range(instants):
            for j in range(m):
                if wanted[k, j] > 0.0 or price[k, j] > 0.0:
                    norm += wanted[k, j] ** 2
        if norm == 0.0:
            break
        step = pace * max(bound - least, 0.0) / norm
        for k in range(instants):
            for j in range(m):
                price[k, j] = max(0.0, price[k, j] + step * wanted[k, j])
    return least, most, best_paths, best_price
