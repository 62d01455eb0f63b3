"""Best paths of truths through the tracks that they may be held by, when a change costs.

A truth is, at each instant, on one of its candidate pairs or on none. Being on a pair gains, getting on or
off one costs. Between instants that is a star with `none` in its middle, so one truth's best path is found
by dynamic programming, O(T E) (Viterbi). Tracks that two truths want get a price; the priced optimum bounds
the whole from above (Lagrangian relaxation), and truths that take turns give a way that can be.

Shapes  T instants, E pairs, n truths, m tracks. Pairs come sorted by truth: those of truth i are
        begin[i] … begin[i + 1] - 1; column[e] is the track of pair e.

Sources: Viterbi (1967), IEEE Trans. Information Theory 13(2), 260-269; Held, Wolfe & Crowder (1974),
Validation of subgradient optimization, Mathematical Programming 6, 62-88 (the step of Polyak); Camerini,
Fratta & Maffioli (1975), On improving relaxation methods by modified gradient techniques, Mathematical
Programming Study 3, 26-34 (the direction before mixed in).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Tuned on flocks of 10 to 40 whose optimum is known: the bound comes to 1e-5 of it in 600 rounds for 20.
MEMORY: Final = 0.9
PATIENCE: Final = 20  # rounds without progress before steps are shortened …
EASING: Final = 0.8  # … by this
PRIMAL_EVERY: Final = 10  # rounds between looking for a way that can be


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
def step_cost(before: int, after: int, switch: float) -> float:
    """What one truth's change from a pair to a pair costs, -1 for none."""
    return 0.0 if before == after else switch * (int(before >= 0) + int(after >= 0))


@njit
def worth(gain: Array, paths: Ints, switch: float) -> float:
    """What paths (n, T) gain, less what their changes cost."""
    total = 0.0
    for i in range(paths.shape[0]):
        for k in range(paths.shape[1]):
            here = paths[i, k]
            if here >= 0:
                total += gain[k, here]
            if k > 0:
                total -= step_cost(paths[i, k - 1], here, switch)
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
def choose(gain: Array, here: Ints, there: Ints, switch: float) -> float:
    """At each instant the best of two ways for the same truths (n, T), into the first; what it gains by that.

    Both must be possible at each instant; a chain of two states, O(n T).
    """
    n, instants = here.shape
    came = np.zeros((instants, 2), np.int64)
    value = np.zeros(2)
    last = np.zeros(2)
    stay = 0.0
    for k in range(instants):
        for new in range(2):
            at = here if new == 0 else there
            own = 0.0
            for i in range(n):
                if at[i, k] >= 0:
                    own += gain[k, at[i, k]]
            best = -np.inf
            for old in range(2):
                was = here if old == 0 else there
                cost = 0.0
                if k > 0:
                    for i in range(n):
                        cost += step_cost(was[i, k - 1], at[i, k], switch)
                if last[old] - cost > best:
                    best = last[old] - cost
                    came[k, new] = old
                if old == 0 and new == 0:
                    stay += own - cost
            value[new] = best + own
        last[0], last[1] = value[0], value[1]
    state = 0 if last[0] >= last[1] else 1
    won = float(last[state] - stay)
    if won <= 1e-12 * (1.0 + abs(stay)):
        return 0.0
    for k in range(instants - 1, -1, -1):
        if state == 1:
            for i in range(n):
                here[i, k] = there[i, k]
        state = came[k, state]
    return won


@njit
def exchange(gain: Array, begin: Ints, column: Ints, pair_of: Ints, paths: Ints, switch: float) -> float:
    """Truths swap their tracks for as long as that pays, two at a time, in place; what it gains.

    pair_of  (n, m)  the pair of a truth and a track, -1 where there is none
    """
    n, instants = paths.shape
    won = 0.0
    two = np.empty((2, instants), np.int64)
    swapped = np.empty((2, instants), np.int64)
    for i in range(n):
        for j in range(i + 1, n):
            shared = False
            for e in range(begin[i], begin[i + 1]):
                if pair_of[j, column[e]] >= 0:
                    shared = True
                    break
            if not shared:
                continue
            for k in range(instants):
                a, b = paths[i, k], paths[j, k]
                two[0, k], two[1, k] = a, b
                swapped[0, k] = pair_of[i, column[b]] if b >= 0 else -1
                swapped[1, k] = pair_of[j, column[a]] if a >= 0 else -1
            more = choose(gain, two, swapped, switch)
            if more > 0.0:
                won += more
                paths[i] = two[0]
                paths[j] = two[1]
    return won


@njit
def bracket(
    gain: Array, begin: Ints, column: Ints, m: int, switch: float, rounds: int
) -> tuple[float, float, Ints]:
    """What the best way is worth at least and at most, and paths (n, T) that are worth the least.

    rounds  of price changes at most; it ends as soon as the two meet

    Prices move along what is wanted too much, with the direction before mixed in; the step is Polyak's, as
    far as the best way that is known. They are halved by and by where they do not help.
    """
    instants = gain.shape[0]
    n = len(begin) - 1
    pair_of = np.full((n, m), -1, np.int64)
    for i in range(n):
        for e in range(begin[i], begin[i + 1]):
            pair_of[i, column[e]] = e
    price = np.zeros((instants, m))
    direction = np.zeros((instants, m))
    best_paths = np.full((n, instants), -1, np.int64)
    least, most = 0.0, np.inf
    pace = 1.0
    idle = 0
    for done in range(rounds):
        bound, paths = priced(gain, begin, column, price, switch)
        idle = 0 if bound < most - 1e-4 * (most - least) else idle + 1
        most = min(most, bound)
        crowd(direction, price, paths, column)
        if done % PRIMAL_EVERY == 0:
            value = take_turns(gain, begin, column, paths, m, switch)
            value += choose(gain, paths, best_paths, switch)
            value += exchange(gain, begin, column, pair_of, paths, switch)
            if value > least:
                least = value
                best_paths = paths.copy()
        norm = (direction**2).sum()
        if most - least <= 1e-9 * (1.0 + abs(most)) or norm == 0.0:
            break
        if idle >= PATIENCE:
            pace *= EASING
            idle = 0
        price = np.maximum(0.0, price + pace * max(bound - least, 0.0) / norm * direction)
    return least, most, best_paths


@njit
def crowd(direction: Array, price: Array, paths: Ints, column: Ints) -> None:
    """Turn the direction (T, m), in place, to where more than one wants a track; where nobody does, down."""
    n, instants = paths.shape
    m = direction.shape[1]
    for k in range(instants):
        for j in range(m):
            direction[k, j] = MEMORY * direction[k, j] - 1.0
        for i in range(n):
            if paths[i, k] >= 0:
                direction[k, column[paths[i, k]]] += 1.0
        for j in range(m):
            if price[k, j] <= 0.0 and direction[k, j] < 0.0:
                direction[k, j] = 0.0
