"""The likeliest ways of giving out plots to targets that compete for them: a beam search.

Exact as long as the beam is not full.

Source: Cox & Hingorani (1996), IEEE Trans. PAMI 18(2), 138-150 (the k best, by cluster).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

WORD = 63  # plots a word of a mask of taken plots


@njit
def outlook(
    leaves: Ints, t: int, used: Ints, missed: Array, pair_start: Ints, pair_plot: Ints, pair_w: Array,
    bit: Ints, mask: Ints,
) -> tuple[float, float]:  # fmt: skip
    """What targets t and after can still add to an assignment: at most, and surely.

    leaves  (targets,)  of the hypothesis
    used    (words,)    plots that are taken
    mask    (words,)    scratch

    At most: each the best plot that is left, as if none of the others wanted it. Surely: one after the
    other takes the best that is left.
    """
    mask[:] = used
    most = 0.0
    surely = 0.0
    for s in range(t, leaves.shape[0]):
        i = leaves[s]
        best = missed[i]
        own = missed[i]
        mine = -1
        for q in range(pair_start[i], pair_start[i + 1]):
            b = bit[pair_plot[q]]
            if used[b // WORD] >> (b % WORD) & 1:
                continue
            best = max(best, pair_w[q])
            if pair_w[q] > own and not mask[b // WORD] >> (b % WORD) & 1:
                own = pair_w[q]
                mine = b
        if mine >= 0:
            mask[mine // WORD] |= 1 << (mine % WORD)
        most += best
        surely += own
    return most, surely


@njit
def search(
    table: NDArray[np.int64],
    weight: Array,
    missed: Array,
    pair_start: Ints,
    pair_plot: Ints,
    pair_w: Array,
    bit: Ints,
    n_bits: int,
    beam: int,
    prune: float,
) -> tuple[Array, Ints, NDArray[np.int64]]:
    """The likeliest assignments under all hypotheses of a component, one target after another.

    A partial assignment is let go when the most that it can come to is less, by `prune`, than what some
    other surely comes to: nothing that matters is lost so. If more than `beam` are left, the beam takes
    those that can come to most, and what surely comes to most.

    Returns log weights (k,), the hypothesis each grew from (k,), and the pair of each target, -1 for
    none, (k, targets).
    """
    h_n, t_n = table.shape
    words = n_bits // WORD + 1
    w = weight
    origin = np.arange(h_n)
    taken = np.zeros((h_n, words), np.int64)
    chosen = np.full((h_n, t_n), -1, np.int64)
    used = np.empty(words, np.int64)
    mask = np.empty(words, np.int64)
    for t in range(t_n):
        room = 0
        for e in range(w.shape[0]):
            i = table[origin[e], t]
            room += 1 + pair_start[i + 1] - pair_start[i]
        new_w = np.empty(room)
        new_from = np.empty(room, np.int64)
        new_pair = np.empty(room, np.int64)
        promise = np.empty(room)
        sure = -math.inf
        surest = 0
        k = 0
        for e in range(w.shape[0]):
            h = origin[e]
            i = table[h, t]
            for q in range(pair_start[i] - 1, pair_start[i + 1]):
                used[:] = taken[e]
                if q < pair_start[i]:
                    gain = missed[i]
                else:
                    b = bit[pair_plot[q]]
                    if used[b // WORD] >> (b % WORD) & 1:
                        continue
                    used[b // WORD] |= 1 << (b % WORD)
                    gain = pair_w[q]
                most, surely = outlook(
                    table[h], t + 1, used, missed, pair_start, pair_plot, pair_w, bit, mask
                )
                new_w[k] = w[e] + gain
                new_from[k] = e
                new_pair[k] = q if q >= pair_start[i] else -1
                promise[k] = new_w[k] + most
                if new_w[k] + surely > sure or k == 0:
                    sure = new_w[k] + surely
                    surest = k
                k += 1
        n_good = 0
        good = np.empty(k, np.int64)
        for e in range(k):
            if promise[e] >= sure + prune:
                good[n_good] = e
                n_good += 1
        good = good[:n_good]
        if n_good > beam:
            promise[surest] = math.inf  # it stays: the others were judged by it
            good = good[np.argsort(-promise[good], kind="mergesort")[:beam]]
        n = good.shape[0]
        next_w = np.empty(n)
        next_origin = np.empty(n, np.int64)
        next_taken = np.empty((n, words), np.int64)
        next_chosen = np.empty((n, t_n), np.int64)
        for a in range(n):
            e = new_from[good[a]]
            q = new_pair[good[a]]
            next_w[a] = new_w[good[a]]
            next_origin[a] = origin[e]
            next_taken[a] = taken[e]
            next_chosen[a] = chosen[e]
            next_chosen[a, t] = q
            if q >= 0:
                b = bit[pair_plot[q]]
                next_taken[a, b // WORD] |= 1 << (b % WORD)
        w = next_w
        origin = next_origin
        taken = next_taken
        chosen = next_chosen
    return w, origin, chosen
