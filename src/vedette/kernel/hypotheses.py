"""Joint association hypotheses: who is whose, kept over several looks where it is not yet clear.

Targets that compete for plots keep a table of hypotheses, see `clusters`. Keeping the table, instead of one
average a target, is what stops neighbouring tracks from growing into each other, and what lets a death
among them be told from a swap.

A look branches every hypothesis into its likeliest assignments of plots, by a beam search that is exact as
long as the beam is not full. Components too large for it fall back to belief propagation.

Sources: Williams (2015), IEEE Trans. AES 51(3), 1664-1687, III (multi-Bernoulli mixture, its weights);
García-Fernández et al. (2018), IEEE Trans. AES 54(4), 1883-1901, IV (hypotheses and their pruning);
Cox & Hingorani (1996), IEEE Trans. PAMI 18(2), 138-150 (the k best, by cluster).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.association import marginals
from vedette.kernel.jit import inlined, njit
from vedette.kernel.search import search

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST = -1e6  # log weight of what cannot be: finite, so that it can be compared
_MOST = 500.0  # log of the largest ratio of weights that belief propagation is given
_CHILD = 0
_HYP = 1
_LEAF = 2
_CLUSTER = 3


@njit
def _root(parent: Ints, i: int) -> int:
    """Root of a union-find tree, with path halving."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit
def _components(n_plots: int, pair_start: Ints, pair_plot: Ints, cluster: Ints, n_clusters: int) -> Ints:
    """Smallest cluster that each cluster is joined to through shared plots, (c,)."""
    parent = np.arange(n_clusters)
    owner = np.full(n_plots, -1, np.int64)
    for i in range(cluster.shape[0]):
        for q in range(pair_start[i], pair_start[i + 1]):
            j = pair_plot[q]
            if owner[j] < 0:
                owner[j] = cluster[i]
                continue
            a = _root(parent, owner[j])
            b = _root(parent, cluster[i])
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b
    for c in range(n_clusters):
        parent[c] = _root(parent, c)
    return parent


@njit
def _product(
    members: Ints, first_hyp: Ints, log_w: Array, first_leaf: Ints, leaf: Ints, keep: int
) -> tuple[NDArray[np.int64], Array]:
    """Hypotheses of several clusters together: leaves (h, targets) and log weights (h,), the best first."""
    table = np.empty((1, 0), np.int64)
    weight = np.zeros(1)
    for u in range(members.shape[0]):
        c = members[u]
        h_more = first_hyp[c + 1] - first_hyp[c]
        wide = (first_leaf[c + 1] - first_leaf[c]) // h_more
        h_had, had = table.shape
        joint = np.empty((h_had * h_more, had + wide), np.int64)
        joint_w = np.empty(h_had * h_more)
        for a in range(h_had):
            for b in range(h_more):
                e = a * h_more + b
                joint_w[e] = weight[a] + log_w[first_hyp[c] + b]
                for t in range(had):
                    joint[e, t] = table[a, t]
                for t in range(wide):
                    joint[e, had + t] = leaf[first_leaf[c] + b * wide + t]
        if joint_w.shape[0] > keep:
            best = np.argsort(-joint_w, kind="mergesort")[:keep]
            joint = joint[best]
            joint_w = joint_w[best]
        table = joint
        weight = joint_w
    return table, weight


@njit
def _groups(root: Ints) -> tuple[Ints, Ints]:
    """Clusters in the order of their components: member (c,), and where each component begins (c + 1,)."""
    n = root.shape[0]
    start = np.zeros(n + 1, np.int64)
    for c in range(n):
        start[root[c] + 1] += 1
    for c in range(n):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    member = np.empty(n, np.int64)
    for c in range(n):
        member[fill[root[c]]] = c
        fill[root[c]] += 1
    return member, start


@inlined
def _close(cursor: Ints, new_hyp: Ints, new_first: Ints) -> None:
    """End the cluster that is being written."""
    cursor[_CLUSTER] += 1
    new_hyp[cursor[_CLUSTER]] = cursor[_HYP]
    new_first[cursor[_CLUSTER]] = cursor[_LEAF]


@njit
def _alone(
    alone: NDArray[np.bool_], first_hyp: Ints, log_w: Array, first_leaf: Ints, leaf: Ints, missed: Array,
    faint: NDArray[np.bool_], pair_start: Ints, pair_plot: Ints, pair_w: Array, prune: float,
    child_leaf: Ints, child_pair: Ints, new_hyp: Ints, new_w: Array, new_first: Ints, new_leaf: Ints,
    p_pair: Array, p_other: Array, cursor: Ints,
) -> None:  # fmt: skip
    """Clusters of one target with plots that nobody else wants: each choice of each history is a hypothesis.

    Nearly all are such: a loop of its own, with nothing called in it.

    alone  (c,)  which clusters; their leaves are all different
    """
    child, hyp, cluster = cursor[_CHILD], cursor[_HYP], cursor[_CLUSTER]
    end = cursor[_LEAF]
    for g in range(alone.shape[0]):
        if not alone[g]:
            continue
        first, last = first_leaf[g], first_leaf[g + 1]
        had = first_hyp[g] - first
        i = leaf[first]
        begun = hyp
        if last == first + 1 and pair_start[i] == pair_start[i + 1]:
            if faint[i]:
                continue
            child_leaf[child] = i
            child_pair[child] = -1
            new_leaf[end] = child
            child += 1
            end += 1
            hyp += 1
        else:
            top = -math.inf
            for h in range(first, last):
                i = leaf[h]
                top = max(top, log_w[had + h] + missed[i])
                for q in range(pair_start[i], pair_start[i + 1]):
                    top = max(top, log_w[had + h] + pair_w[q])
            total = 0.0
            kept = 0.0
            for h in range(first, last):
                i = leaf[h]
                by = log_w[had + h] - top
                for q in range(pair_start[i] - 1, pair_start[i + 1]):
                    took = q >= pair_start[i]
                    lw = by + pair_w[q] if took else by + missed[i]
                    w = math.exp(lw)
                    total += w
                    if took:
                        p_pair[q] = w
                    if lw < prune:
                        continue
                    kept += w
                    child_leaf[child] = i
                    child_pair[child] = q if took else -1
                    new_leaf[end] = child
                    new_w[hyp] = lw
                    child += 1
                    end += 1
                    hyp += 1
            for h in range(first, last):
                i = leaf[h]
                for q in range(pair_start[i], pair_start[i + 1]):
                    p_pair[q] /= total
                    p_other[pair_plot[q]] -= p_pair[q]
            if hyp > begun + 1:
                kept = math.log(kept)
                for h in range(begun, hyp):
                    new_w[h] -= kept
        if hyp == begun + 1:
            new_w[begun] = 0.0
        cluster += 1
        new_hyp[cluster] = hyp
        new_first[cluster] = end
    cursor[_CHILD], cursor[_HYP], cursor[_LEAF], cursor[_CLUSTER] = child, hyp, end, cluster


@njit
def _spread(
    rows: Ints, n_plots: int, missed: Array, pair_start: Ints, pair_plot: Ints, pair_w: Array,
    ignore_below: float, bit: Ints, child_leaf: Ints, child_pair: Ints, new_hyp: Ints, new_w: Array,
    new_first: Ints, new_leaf: Ints, p_pair: Array, p_other: Array, cursor: Ints,
) -> None:  # fmt: skip
    """A component too large to search: marginals by belief propagation, every target on its own after it.

    Averaging over plots of different targets would pull neighbours together, so a choice with less than
    ignore_below of its target's likeliest one is left out.
    """
    t_n = rows.shape[0]
    k = 0
    for t in range(t_n):
        k += pair_start[rows[t] + 1] - pair_start[rows[t]]
    track = np.empty(k, np.int64)
    plot = np.empty(k, np.int64)
    weight = np.empty(k)
    pair = np.empty(k, np.int64)
    none = np.empty(t_n)
    n_here = 0
    plots = np.empty(k, np.int64)
    k = 0
    for t in range(t_n):
        i = rows[t]
        # Against the weight of none, so that no weight overflows, nor that of none vanishes beside it.
        by = missed[i]
        for q in range(pair_start[i], pair_start[i + 1]):
            by = max(by, pair_w[q] - _MOST)
        none[t] = 1.0
        for q in range(pair_start[i], pair_start[i + 1]):
            j = pair_plot[q]
            if bit[j] < 0:
                bit[j] = n_here
                plots[n_here] = j
                n_here += 1
            track[k] = t
            plot[k] = bit[j]
            weight[k] = math.exp(pair_w[q] - by)
            pair[k] = q
            k += 1
    p, p_missed, _ = marginals(t_n, n_here, track, plot, weight, none, np.ones(n_here))
    for a in range(n_here):
        bit[plots[a]] = -1
    k = 0
    for t in range(t_n):
        i = rows[t]
        best = p_missed[t]
        for e in range(k, k + pair_start[i + 1] - pair_start[i]):
            best = max(best, p[e])
        begun = cursor[_HYP]
        kept = 0.0
        for e in range(k - 1, k + pair_start[i + 1] - pair_start[i]):
            share = p_missed[t] if e < k else p[e]
            if e >= k:
                p_pair[pair[e]] = p[e]
                p_other[pair_plot[pair[e]]] -= p[e]
            if share < ignore_below * best or share <= 0.0:
                continue
            kept += share
            child_leaf[cursor[_CHILD]] = i
            child_pair[cursor[_CHILD]] = pair[e] if e >= k else -1
            new_leaf[cursor[_LEAF]] = cursor[_CHILD]
            new_w[cursor[_HYP]] = math.log(share)
            cursor[_CHILD] += 1
            cursor[_LEAF] += 1
            cursor[_HYP] += 1
        k += pair_start[i + 1] - pair_start[i]
        for h in range(begun, cursor[_HYP]):
            new_w[h] -= math.log(kept)
        _close(cursor, new_hyp, new_first)


@njit
def _joint(
    table: NDArray[np.int64], weight: Array, missed: Array, pair_start: Ints, pair_plot: Ints, pair_w: Array,
    beam: int, keep: int, prune: float, bit: Ints, child_missed: Ints, child_took: Ints, child_leaf: Ints,
    child_pair: Ints, new_w: Array, new_leaf: Ints, p_pair: Array, p_other: Array, cursor: Ints,
) -> None:  # fmt: skip
    """Several targets, or one with several histories: search, weigh, keep the best hypotheses."""
    h_n, t_n = table.shape
    n_bits = 0
    for h in range(h_n):
        for t in range(t_n):
            i = table[h, t]
            for q in range(pair_start[i], pair_start[i + 1]):
                if bit[pair_plot[q]] < 0:
                    bit[pair_plot[q]] = n_bits
                    n_bits += 1
    w, origin, chosen = search(table, weight, missed, pair_start, pair_plot, pair_w, bit, n_bits, beam, prune)
    for h in range(h_n):
        for t in range(t_n):
            i = table[h, t]
            for q in range(pair_start[i], pair_start[i + 1]):
                bit[pair_plot[q]] = -1
    order = np.argsort(-w, kind="mergesort")
    top = w[order[0]]
    total = 0.0
    for e in range(w.shape[0]):
        total += math.exp(w[e] - top)
    kept = 0.0
    n_kept = 0
    for a in range(w.shape[0]):
        e = order[a]
        share = math.exp(w[e] - top)
        for t in range(t_n):
            q = chosen[e, t]
            if q >= 0:
                p_pair[q] += share / total
                p_other[pair_plot[q]] -= share / total
        if n_kept < keep and w[e] >= top + prune:
            n_kept += 1
            kept += share
    kept = math.log(kept)
    for a in range(n_kept):
        e = order[a]
        new_w[cursor[_HYP]] = w[e] - top - kept
        cursor[_HYP] += 1
        for t in range(t_n):
            i = table[origin[e], t]
            q = chosen[e, t]
            child = child_missed[i] if q < 0 else child_took[q]
            if child < 0:
                child = cursor[_CHILD]
                child_leaf[child] = i
                child_pair[child] = q
                if q < 0:
                    child_missed[i] = child
                else:
                    child_took[q] = child
                cursor[_CHILD] += 1
            new_leaf[cursor[_LEAF]] = child
            cursor[_LEAF] += 1


@njit
def associate(
    n_plots: int,
    missed: Array,
    faint: NDArray[np.bool_],
    pair_start: Ints,
    pair_plot: Ints,
    pair_w: Array,
    first_hyp: Ints,
    log_w: Array,
    first_leaf: Ints,
    leaf: Ints,
    beam: int,
    keep: int,
    prune: float,
    largest: int,
    ignore_below: float,
) -> tuple[Ints, Ints, Ints, Array, Ints, Ints, Array, Array]:
    """Branch every hypothesis by one look.

    missed      (n,)     log weight of 'no plot of this look' for each leaf
    faint       (n,)     whether a leaf without a plot is too unlikely to be kept, if it stands alone
    pair_start  (n + 1,) pairs of leaf i are pair_start[i] to pair_start[i + 1]
    pair_plot   (k,)     their plots, 0 to n_plots
    pair_w      (k,)     their log weights, over that of the plot being of no known target
    first_hyp, log_w, first_leaf, leaf   clusters; every leaf is in exactly one
    beam        assignments kept while searching
    keep        hypotheses kept a cluster
    prune       log of the least weight, against the best, that is kept
    largest     components of more targets go by belief propagation, see _spread for ignore_below

    Returns child_leaf (m,) and child_pair (m,), -1 for none: the leaves that live on; the new table (four
    arrays), its leaves counted in the children; p_pair (k,) and p_other (n_plots,), what is the target's
    and what is nobody's.
    """
    n = missed.shape[0]
    k = pair_plot.shape[0]
    missed = np.maximum(missed, _LEAST)
    n_clusters = first_hyp.shape[0] - 1
    cluster = np.empty(n, np.int64)
    wide = np.empty(n_clusters, np.int64)
    for c in range(n_clusters):
        wide[c] = (first_leaf[c + 1] - first_leaf[c]) // (first_hyp[c + 1] - first_hyp[c])
        for q in range(first_leaf[c], first_leaf[c + 1]):
            cluster[leaf[q]] = c
    root = _components(n_plots, pair_start, pair_plot, cluster, n_clusters)
    member, begin = _groups(root)
    room_hyp = n + k
    room_leaf = n + k
    for g in range(n_clusters):
        if root[g] == g and (begin[g + 1] - begin[g] > 1 or first_leaf[g + 1] - first_leaf[g] > 1):
            room_hyp += keep
            for u in range(begin[g], begin[g + 1]):
                room_leaf += keep * wide[member[u]]
    child_leaf = np.empty(n + k, np.int64)
    child_pair = np.empty(n + k, np.int64)
    new_hyp = np.zeros(n + n_clusters + 1, np.int64)
    new_first = np.zeros(n + n_clusters + 1, np.int64)
    new_w = np.empty(room_hyp)
    new_leaf = np.empty(room_leaf, np.int64)
    cursor = np.zeros(4, np.int64)
    p_pair = np.zeros(k)
    p_other = np.ones(n_plots)
    child_missed = np.full(n, -1, np.int64)
    child_took = np.full(k, -1, np.int64)
    bit = np.full(n_plots, -1, np.int64)
    alone = np.zeros(n_clusters, np.bool_)
    for g in range(n_clusters):
        if root[g] == g and begin[g + 1] - begin[g] == 1 and wide[g] == 1:
            choices = first_leaf[g + 1] - first_leaf[g]
            alone[g] = choices == 1
            for q in range(first_leaf[g], first_leaf[g + 1]):
                choices += pair_start[leaf[q] + 1] - pair_start[leaf[q]]
            alone[g] |= choices <= keep
    _alone(
        alone, first_hyp, log_w, first_leaf, leaf, missed, faint, pair_start, pair_plot, pair_w, prune,
        child_leaf, child_pair, new_hyp, new_w, new_first, new_leaf, p_pair, p_other, cursor,
    )  # fmt: skip
    for g in range(n_clusters):
        if root[g] != g or alone[g]:
            continue
        members = member[begin[g] : begin[g + 1]]
        targets = 0
        for u in range(members.shape[0]):
            targets += wide[members[u]]
        if targets > largest:
            table, weight = _product(members, first_hyp, log_w, first_leaf, leaf, 1)
            _spread(
                table[0], n_plots, missed, pair_start, pair_plot, pair_w, ignore_below, bit, child_leaf,
                child_pair, new_hyp, new_w, new_first, new_leaf, p_pair, p_other, cursor,
            )  # fmt: skip
            continue
        table, weight = _product(members, first_hyp, log_w, first_leaf, leaf, keep)
        _joint(
            table, weight, missed, pair_start, pair_plot, pair_w, beam, keep, prune, bit, child_missed,
            child_took, child_leaf, child_pair, new_w, new_leaf, p_pair, p_other, cursor,
        )  # fmt: skip
        _close(cursor, new_hyp, new_first)
    for j in range(n_plots):
        p_other[j] = min(max(p_other[j], 0.0), 1.0)
    m = cursor[_CHILD]
    c = cursor[_CLUSTER]
    return (
        child_leaf[:m], child_pair[:m], new_hyp[: c + 1], new_w[: cursor[_HYP]], new_first[: c + 1],
        new_leaf[: cursor[_LEAF]], p_pair, p_other,
    )  # fmt: skip
