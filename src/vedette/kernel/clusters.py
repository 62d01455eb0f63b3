"""Tables of clusters: which targets depend on each other, and what is known of all of them together.

A *leaf* is one history of one target: a state, its weight of existence and the plots that it took. Most
targets have one. Targets that competed for plots form a *cluster*: a table of hypotheses, each with a
weight and with one leaf of each of the cluster's targets.

    first_hyp   (c + 1,)  hypotheses of cluster k are first_hyp[k] to first_hyp[k + 1]
    log_w       (h,)      log weight of each; those of a cluster sum to 1
    first_leaf  (c + 1,)  where its block of leaves begins: a row a hypothesis, a column a target
    leaf        (·,)      rows of the state

How a look branches a table is in `hypotheses`, how it is made small again in `reduction`.

Source: Williams (2015), IEEE Trans. AES 51(3), 1664-1687, III (multi-Bernoulli mixture, its weights).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def of_rows(n: int, first_leaf: Ints, leaf: Ints) -> Ints:
    """Cluster of each of n rows, -1 for none."""
    out = np.full(n, -1, np.int64)
    for c in range(first_leaf.shape[0] - 1):
        for q in range(first_leaf[c], first_leaf[c + 1]):
            out[leaf[q]] = c
    return out


@njit
def involve(wanted: NDArray[np.bool_], cluster: Ints, first_leaf: Ints, leaf: Ints) -> NDArray[np.bool_]:
    """Rows (n,) that a look must take up: those wanted and all leaves of their clusters.

    cluster  (n,)  of each row, -1 for a row that is all of its target
    """
    out = wanted.copy()
    for i in range(wanted.shape[0]):
        c = cluster[i]
        if wanted[i] and c >= 0:
            for q in range(first_leaf[c], first_leaf[c + 1]):
                out[leaf[q]] = True
    return out


@njit
def split(
    local: Ints, cluster: Ints, first_hyp: Ints, log_w: Array, first_leaf: Ints, leaf: Ints
) -> tuple[Ints, Array, Ints, Ints, Ints, Array, Ints, Ints]:
    """Take the clusters of some rows out of a table: (what was taken), (what stays).

    local  (m,)  rows taken, whole clusters only; rows without one become clusters of one

    Returns the table taken, its leaves counted in `local`, then the table that stays.
    """
    c_all = first_hyp.shape[0] - 1
    m = local.shape[0]
    n_rows = cluster.shape[0]
    where = np.full(n_rows, -1, np.int64)
    taken = np.zeros(c_all, np.bool_)
    singles = 0
    for i in range(m):
        where[local[i]] = i
        if cluster[local[i]] >= 0:
            taken[cluster[local[i]]] = True
        else:
            singles += 1
    c_in = singles
    h_in = singles
    q_in = singles
    for c in range(c_all):
        if taken[c]:
            c_in += 1
            h_in += first_hyp[c + 1] - first_hyp[c]
            q_in += first_leaf[c + 1] - first_leaf[c]
    in_hyp = np.zeros(c_in + 1, np.int64)
    in_w = np.zeros(h_in)
    in_first = np.zeros(c_in + 1, np.int64)
    in_leaf = np.empty(q_in, np.int64)
    out_hyp = np.zeros(c_all - (c_in - singles) + 1, np.int64)
    out_w = np.empty(log_w.shape[0] - (h_in - singles))
    out_first = np.zeros(out_hyp.shape[0], np.int64)
    out_leaf = np.empty(leaf.shape[0] - (q_in - singles), np.int64)
    k = 0
    h = 0
    q = 0
    for i in range(m):
        if cluster[local[i]] < 0:
            in_leaf[q] = i
            k += 1
            h += 1
            q += 1
            in_hyp[k] = h
            in_first[k] = q
    ko = 0
    ho = 0
    qo = 0
    for c in range(c_all):
        if taken[c]:
            for a in range(first_hyp[c], first_hyp[c + 1]):
                in_w[h] = log_w[a]
                h += 1
            for a in range(first_leaf[c], first_leaf[c + 1]):
                in_leaf[q] = where[leaf[a]]
                q += 1
            k += 1
            in_hyp[k] = h
            in_first[k] = q
        else:
            for a in range(first_hyp[c], first_hyp[c + 1]):
                out_w[ho] = log_w[a]
                ho += 1
            for a in range(first_leaf[c], first_leaf[c + 1]):
                out_leaf[qo] = leaf[a]
                qo += 1
            ko += 1
            out_hyp[ko] = ho
            out_first[ko] = qo
    return in_hyp, in_w, in_first, in_leaf, out_hyp, out_w, out_first, out_leaf


@njit
def discount(log_factor: Array, first_hyp: Ints, log_w: Array, first_leaf: Ints, leaf: Ints) -> None:
    """Weigh hypotheses by a factor of each of their leaves (n,), and norm them again; log_w in place."""
    for c in range(first_hyp.shape[0] - 1):
        h_n = first_hyp[c + 1] - first_hyp[c]
        t_n = (first_leaf[c + 1] - first_leaf[c]) // h_n
        top = -np.inf
        for h in range(h_n):
            for t in range(t_n):
                log_w[first_hyp[c] + h] += log_factor[leaf[first_leaf[c] + h * t_n + t]]
            top = max(top, log_w[first_hyp[c] + h])
        total = 0.0
        for h in range(h_n):
            total += math.exp(log_w[first_hyp[c] + h] - top)
        for h in range(h_n):
            log_w[first_hyp[c] + h] -= top + math.log(total)


@njit
def shown(
    r: Array,
    was: NDArray[np.bool_],
    faith: float,
    first_hyp: Ints,
    log_w: Array,
    first_leaf: Ints,
    leaf: Ints,
) -> tuple[NDArray[np.bool_], Array, Array, Ints]:
    """Which leaf stands for each target, how surely the target exists, and how surely it still does.

    r      (n,)  existence of each leaf
    was    (n,)  whether it descends from a leaf that was shown
    faith        log of how much likelier than what is shown another hypothesis must be, for each target
                 that it shows otherwise: without it two that are alike would swap places at every look

    Returns best (n,), true for the leaves of each cluster's best hypothesis and for rows that stand alone;
    existence (n,), that of the row's target over all hypotheses; standing (n,), the same but for
    targets beyond the number that the cluster is expected to hold: theirs is that of the leaf shown. One of
    four that has died takes a share of each one's existence, and still only one is to go. And stands (n,),
    the row that is shown for each row's target.
    """
    n = r.shape[0]
    best = np.ones(n, np.bool_)
    exists = r.copy()
    standing = r.copy()
    stands = np.arange(n)
    for c in range(first_hyp.shape[0] - 1):
        h_n = first_hyp[c + 1] - first_hyp[c]
        t_n = (first_leaf[c + 1] - first_leaf[c]) // h_n
        top = 0
        most = -np.inf
        for h in range(h_n):
            score = log_w[first_hyp[c] + h]
            for t in range(t_n):
                if was[leaf[first_leaf[c] + h * t_n + t]]:
                    score += faith
            if score > most:
                most = score
                top = h
        for q in range(first_leaf[c], first_leaf[c + 1]):
            best[leaf[q]] = False
        for t in range(t_n):
            total = 0.0
            for h in range(h_n):
                total += math.exp(log_w[first_hyp[c] + h]) * r[leaf[first_leaf[c] + h * t_n + t]]
            for h in range(h_n):
                exists[leaf[first_leaf[c] + h * t_n + t]] = total
                stands[leaf[first_leaf[c] + h * t_n + t]] = leaf[first_leaf[c] + top * t_n + t]
            best[leaf[first_leaf[c] + top * t_n + t]] = True
        _stand(leaf[first_leaf[c] : first_leaf[c + 1]].reshape((h_n, t_n)), top, r, exists, standing)
    return best, exists, standing, stands


@njit
def newest(value: Ints, stands: Ints) -> Ints:
    """The largest value (n,) among the rows of each row's target, (n,); stands as `shown` gives it."""
    most = value.copy()
    for i in range(value.shape[0]):
        most[stands[i]] = max(most[stands[i]], value[i])
    return most[stands]


@njit
def mates(
    rows: Ints, r: Array, first_hyp: Ints, log_w: Array, first_leaf: Ints, leaf: Ints
) -> tuple[Array, Ints, Ints, Array]:
    """Other histories of some targets, and how likely each is.

    rows  (k,)  a leaf of each target; r (n,) existence of each leaf

    Returns own (k,), probability that its leaf holds and exists; of (m,), other (m,) and p (m,): that leaf
    `other` of the target of rows[of] does. Rows that stand alone have own 1 and no others.
    """
    at = np.full(r.shape[0], -1, np.int64)
    for q in range(rows.shape[0]):
        at[rows[q]] = q
    own = np.ones(rows.shape[0])
    of = np.empty(leaf.shape[0], np.int64)
    other = np.empty(leaf.shape[0], np.int64)
    p = np.empty(leaf.shape[0])
    k = 0
    for c in range(first_hyp.shape[0] - 1):
        h_n = first_hyp[c + 1] - first_hyp[c]
        t_n = (first_leaf[c + 1] - first_leaf[c]) // h_n
        for t in range(t_n):
            q = -1
            for h in range(h_n):
                q = max(q, at[leaf[first_leaf[c] + h * t_n + t]])
            if q < 0:
                continue
            own[q] = 0.0
            begun = k
            for h in range(h_n):
                i = leaf[first_leaf[c] + h * t_n + t]
                w = math.exp(log_w[first_hyp[c] + h]) * r[i]
                if i == rows[q]:
                    own[q] += w
                    continue
                a = begun
                while a < k and other[a] != i:
                    a += 1
                if a == k:
                    of[k], other[k], p[k] = q, i, 0.0
                    k += 1
                p[a] += w
    return own, of[:k], other[:k], p[:k]


@njit
def _stand(block: NDArray[np.int64], top: int, r: Array, exists: Array, standing: Array) -> None:
    """Write the standing of one cluster's leaves; block (h, targets), top the hypothesis shown."""
    h_n, t_n = block.shape
    expected = 0.0
    for t in range(t_n):
        expected += exists[block[top, t]]
    stay = math.floor(expected + 0.5)
    order = np.argsort(-r[block[top]], kind="mergesort")
    for a in range(t_n):
        t = order[a]
        value = exists[block[top, t]]
        if a >= stay:
            value = min(value, r[block[top, t]])
        for h in range(h_n):
            standing[block[h, t]] = value


@njit
def remove(
    gone: NDArray[np.bool_], first_hyp: Ints, log_w: Array, first_leaf: Ints, leaf: Ints
) -> tuple[Ints, Array, Ints, Ints]:
    """Take targets out of their clusters.

    gone  (n,)  rows; a target goes with all its leaves

    Returns the new table (four arrays). Hypotheses that differed only in what went away are one.
    """
    n_clusters = first_hyp.shape[0] - 1
    new_hyp = np.zeros(n_clusters + 1, np.int64)
    new_first = np.zeros(n_clusters + 1, np.int64)
    new_w = np.empty(log_w.shape[0])
    new_leaf = np.empty(leaf.shape[0], np.int64)
    k = 0
    n_hyp = 0
    n_leaf = 0
    for c in range(n_clusters):
        h_n = first_hyp[c + 1] - first_hyp[c]
        whole = h_n > 1
        for q in range(first_leaf[c], first_leaf[c + 1]):
            whole &= not gone[leaf[q]]
        if whole:
            for h in range(first_hyp[c], first_hyp[c + 1]):
                new_w[n_hyp] = log_w[h]
                n_hyp += 1
            for q in range(first_leaf[c], first_leaf[c + 1]):
                new_leaf[n_leaf] = leaf[q]
                n_leaf += 1
            k += 1
            new_hyp[k] = n_hyp
            new_first[k] = n_leaf
            continue
        block = leaf[first_leaf[c] : first_leaf[c + 1]].reshape((h_n, -1))
        w = np.exp(log_w[first_hyp[c] : first_hyp[c + 1]])
        stays = np.empty(block.shape[1], np.int64)
        t_n = 0
        for t in range(block.shape[1]):
            if not gone[block[0, t]]:
                stays[t_n] = t
                t_n += 1
        if t_n == 0:
            continue
        part = np.ascontiguousarray(block[:, stays[:t_n]])
        rows, mass = merge_equal(part, w)
        if rows.shape[0] == 1:
            continue
        for h in range(rows.shape[0]):
            new_w[n_hyp] = math.log(mass[h])
            n_hyp += 1
            for t in range(t_n):
                new_leaf[n_leaf] = rows[h, t]
                n_leaf += 1
        k += 1
        new_hyp[k] = n_hyp
        new_first[k] = n_leaf
    return new_hyp[: k + 1], new_w[:n_hyp], new_first[: k + 1], new_leaf[:n_leaf]


@njit
def merge_equal(table: NDArray[np.int64], w: Array) -> tuple[NDArray[np.int64], Array]:
    """Equal rows become one; the order stays."""
    h_n, t_n = table.shape
    kept = np.empty(h_n, np.int64)
    mass = np.empty(h_n)
    k = 0
    for h in range(h_n):
        hit = -1
        for q in range(k):
            same = True
            for t in range(t_n):
                if table[h, t] != table[kept[q], t]:
                    same = False
                    break
            if same:
                hit = q
                break
        if hit >= 0:
            mass[hit] += w[h]
        else:
            kept[k] = h
            mass[k] = w[h]
            k += 1
    return table[kept[:k]], mass[:k] / np.sum(mass[:k])
