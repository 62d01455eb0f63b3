"""Which sets of things go together when each thing belongs to one set at most.

Angle tracks of several sensors are put into sets, one set a target. Every way to choose sets that share
nothing is a hypothesis; its weight is the product of its sets' weights and of the weights of what is
left alone. The probability of a set is the share of the hypotheses that hold it.

Source: the multidimensional assignment of Deb et al. (1997), IEEE Trans. AES 33(2), 523-538, summed instead
of maximised; a beam keeps the heaviest hypotheses, and all of them while they fit.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Masks = NDArray[np.uint64]

MAX_THINGS = 60


@njit
def exclusive(n: int, mask: Masks, log_weight: Array, log_alone: Array, beam: int) -> tuple[Array, Array]:
    """Probability of each set, and of each thing being alone.

    n                things, at most MAX_THINGS
    mask       (k,)  members of each set as bits
    log_weight (k,)  of each set
    log_alone  (n,)  of each thing without a set
    beam             hypotheses kept

    Returns p_set (k,) and p_alone (n,).
    """
    k = mask.shape[0]
    one = np.uint64(1)
    width = beam * (k + 1)
    used = np.zeros(beam, np.uint64)
    weight = np.zeros(beam)
    chosen = np.full((beam, n), -1, np.int64)
    count = 1
    next_used = np.zeros(width, np.uint64)
    next_weight = np.zeros(width)
    parent = np.zeros(width, np.int64)
    pick = np.zeros(width, np.int64)
    for i in range(n):
        bit = one << np.uint64(i)
        below = bit - one
        m = 0
        for h in range(count):
            if used[h] & bit:
                next_used[m], next_weight[m], parent[m], pick[m] = used[h], weight[h], h, -2
                m += 1
                continue
            next_used[m], next_weight[m] = used[h] | bit, weight[h] + log_alone[i]
            parent[m], pick[m] = h, -1
            m += 1
            for s in range(k):
                # A set is chosen at its first member, so that each choice is made once.
                if (mask[s] & bit) and not (mask[s] & below) and not (mask[s] & used[h]):
                    next_used[m], next_weight[m] = used[h] | mask[s], weight[h] + log_weight[s]
                    parent[m], pick[m] = h, s
                    m += 1
        order = np.argsort(-next_weight[:m], kind="mergesort")
        keep = min(m, beam)
        new_chosen = np.empty((keep, n), np.int64)
        new_used = np.empty(keep, np.uint64)
        new_weight = np.empty(keep)
        for q in range(keep):
            o = order[q]
            new_used[q] = next_used[o]
            new_weight[q] = next_weight[o]
            new_chosen[q] = chosen[parent[o]]
            new_chosen[q, i] = pick[o]
        count = keep
        for q in range(keep):
            used[q] = new_used[q]
            weight[q] = new_weight[q]
            chosen[q] = new_chosen[q]
    p_set = np.zeros(k)
    p_alone = np.zeros(n)
    total = 0.0
    for h in range(count):
        share = math.exp(weight[h] - weight[0])
        total += share
        for i in range(n):
            if chosen[h, i] >= 0:
                p_set[chosen[h, i]] += share
            elif chosen[h, i] == -1:
                p_alone[i] += share
    return p_set / total, p_alone / total
