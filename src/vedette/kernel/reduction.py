"""After a look: what has become one and the same is made one, what no longer hangs together comes apart.

Leaves of one target that are closer than their own uncertainty are merged by their moments. Hypotheses that
then say the same, or that differ only in who is called what while the last plots are shared out in the
same way, are merged too. Targets on which all hypotheses agree, or that depend on no other, leave their
cluster.

Tables are those of `clusters`, leaves are merged by `merging`.

Sources: Williams (2015), IEEE Trans. AES 51(3), IV.B (merging of single-target hypotheses); Blackman &
Popoli (1999), Design and Analysis of Modern Tracking Systems, 16.3 (merging and clustering of hypotheses).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.clusters import merge_equal
from vedette.kernel.jit import njit
from vedette.kernel.merging import SCRATCH_ROWS, merge_alone, merge_leaves

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_ALIVE = 0.5


@njit
def _mix(word: np.uint64) -> np.uint64:
    """Scramble a word so that sums of words tell sets apart (finaliser of SplitMix64, Steele et al. 2014)."""
    z = word + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit
def _signature(leaves: Ints, recent: Words, r: Array) -> np.uint64:
    """A word that is equal for hypotheses in which the living share the last plots in the same way."""
    out = np.uint64(0)
    for t in range(leaves.shape[0]):
        i = leaves[t]
        if r[i] < _ALIVE:
            continue
        word = np.uint64(0)
        for q in range(recent.shape[1]):
            word = _mix(word ^ recent[i, q])
        out += word
    return out


@njit
def _merge_rows(
    table: NDArray[np.int64], w: Array, recent: Words, r: Array
) -> tuple[NDArray[np.int64], Array]:
    """Hypotheses that say the same become one, named as the heaviest of them; the best first."""
    order = np.argsort(-w, kind="mergesort")
    h_n = table.shape[0]
    kept = np.empty(h_n, np.int64)
    mass = np.empty(h_n)
    word = np.empty(h_n, np.uint64)
    k = 0
    for a in range(h_n):
        h = order[a]
        mine = _signature(table[h], recent, r)
        hit = -1
        for q in range(k):
            if word[q] == mine:  # equal rows have equal words too
                hit = q
                break
        if hit >= 0:
            mass[hit] += w[h]
        else:
            kept[k] = h
            mass[k] = w[h]
            word[k] = mine
            k += 1
    return table[kept[:k]], mass[:k]


@njit
def _bonds(table: NDArray[np.int64], w: Array, tie: float) -> Ints:
    """Which targets hang together: the smallest one that each is bound to, (t,)."""
    h_n, t_n = table.shape
    parent = np.arange(t_n)
    for s in range(t_n):
        for t in range(s + 1, t_n):
            # Bound when knowing one's leaf changes the other's chances.
            worst = 0.0
            for h in range(h_n):
                both = 0.0
                mine = 0.0
                theirs = 0.0
                for g in range(h_n):
                    a = table[g, s] == table[h, s]
                    b = table[g, t] == table[h, t]
                    if a:
                        mine += w[g]
                    if b:
                        theirs += w[g]
                    if a and b:
                        both += w[g]
                worst = max(worst, abs(both - mine * theirs))
            if worst > tie:
                low = min(parent[s], parent[t])
                high = max(parent[s], parent[t])
                for u in range(t_n):
                    if parent[u] == high:
                        parent[u] = low
    return parent


@njit
def reduce(
    x: Array,
    P: Array,
    mu: Array,
    r: Array,
    recent: Words,
    first_hyp: Ints,
    log_w: Array,
    first_leaf: Ints,
    leaf: Ints,
    merge_d2: float,
    least_r: float,
    tie: float,
) -> tuple[Ints, Ints, Array, Ints, Ints]:
    """Merge and split after a look; x, P, mu, r of merged leaves are changed in place, and so is leaf.

    x, P              may have more rows than the n of r
    recent    (n, ·)  words that stand for the last plots of each leaf
    merge_d2  squared distance below which leaves of a target are one
    least_r   targets below this existence in every hypothesis are let go
    tie       targets whose choices hang together by less than this probability are separated

    Returns rows (m,), the leaves that live on, and the table of those clusters that have more than one
    hypothesis (four arrays); its leaves are rows of the input. Rows in no cluster stand alone.
    """
    n = r.shape[0]
    n_clusters = first_hyp.shape[0] - 1
    into = np.arange(n)
    weight = np.zeros(n)
    out = np.empty(n, np.int64)
    n_out = 0
    new_hyp = np.zeros(leaf.shape[0] + 1, np.int64)
    new_first = np.zeros(leaf.shape[0] + 1, np.int64)
    new_w = np.empty(leaf.shape[0] + log_w.shape[0])
    new_leaf = np.empty(leaf.shape[0], np.int64)
    live = np.zeros(n, np.bool_)
    scratch = np.empty((SCRATCH_ROWS, 6))
    k = 0
    n_hyp = 0
    n_leaf = 0
    for c in range(n_clusters):
        h_n = first_hyp[c + 1] - first_hyp[c]
        if h_n == 1:
            for q in range(first_leaf[c], first_leaf[c + 1]):
                if r[leaf[q]] >= least_r:
                    live[leaf[q]] = True
            continue
        block = leaf[first_leaf[c] : first_leaf[c + 1]]
        t_n = block.shape[0] // h_n
        if t_n == 1:
            h_n = merge_alone(
                block, log_w[first_hyp[c] : first_hyp[c + 1]], weight, x, P, mu, r, merge_d2, least_r, scratch
            )
            if h_n == 0:
                continue
            for h in range(h_n):
                live[block[h]] = True
                if h_n > 1:
                    new_w[n_hyp] = math.log(weight[block[h]])
                    new_leaf[n_leaf] = block[h]
                    n_hyp += 1
                    n_leaf += 1
            if h_n > 1:
                k += 1
                new_hyp[k] = n_hyp
                new_first[k] = n_leaf
            continue
        w = np.exp(log_w[first_hyp[c] : first_hyp[c + 1]])
        for h in range(h_n):
            for t in range(t_n):
                weight[block[h * t_n + t]] += w[h]
        merge_leaves(block, h_n, t_n, weight, x, P, mu, r, merge_d2, least_r, into)
        table = np.empty((h_n, t_n), np.int64)
        for h in range(h_n):
            for t in range(t_n):
                table[h, t] = into[block[h * t_n + t]]
        table, w = _merge_rows(table, w, recent, r)
        bond = _bonds(table, w, tie)
        for s in range(t_n):
            if bond[s] != s:
                continue
            columns = np.flatnonzero(bond == s)
            part = np.ascontiguousarray(table[:, columns])
            rows, mass = merge_equal(part, w)
            alive = False
            for h in range(rows.shape[0]):
                for t in range(columns.shape[0]):
                    if r[rows[h, t]] >= least_r:
                        alive = True
            if not alive:
                continue
            for h in range(rows.shape[0]):
                for t in range(columns.shape[0]):
                    live[rows[h, t]] = True
            if rows.shape[0] == 1:
                continue
            for h in range(rows.shape[0]):
                new_w[n_hyp] = math.log(mass[h])
                n_hyp += 1
                for t in range(columns.shape[0]):
                    new_leaf[n_leaf] = rows[h, t]
                    n_leaf += 1
            k += 1
            new_hyp[k] = n_hyp
            new_first[k] = n_leaf
    for i in range(n):
        if live[i]:
            out[n_out] = i
            n_out += 1
    return out[:n_out], new_hyp[: k + 1], new_w[:n_hyp], new_first[: k + 1], new_leaf[:n_leaf]


@njit
def close_up(live: Ints, x: Array, P: Array) -> Ints:
    """Make rows live (k,), rising, the first k of x and P, in place: the last ones go where others went.

    Returns which row each of the first k was.
    """
    k = live.shape[0]
    out = np.arange(k)
    last = k
    at = 0
    for i in range(k):
        if at < k and live[at] == i:
            at += 1
            continue
        last -= 1
        out[i] = live[last]
        for a in range(x.shape[1]):
            for b in range(6):
                x[i, a, b] = x[out[i], a, b]
                for c in range(6):
                    P[i, a, b, c] = P[out[i], a, b, c]
    return out
