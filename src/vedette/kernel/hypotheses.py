"""Joint association hypotheses: who is whose, kept over several looks where it is not yet clear.

A *leaf* is one history of one target: a state, its weight of existence and the plots that it took. Most
targets have one. Targets that competed for plots form a *cluster*: a table of hypotheses, each with a
weight and with one leaf of each of the cluster's targets. Keeping the table, instead of one average a
target, is what stops neighbouring tracks from growing into each other, and what lets a death among
them be told from a swap.

    first_hyp   (c + 1,)  hypotheses of cluster k are first_hyp[k] to first_hyp[k + 1]
    log_w       (h,)      log weight of each; those of a cluster sum to 1
    first_leaf  (c + 1,)  where its block of leaves begins: a row a hypothesis, a column a target
    leaf        (·,)      rows of the state

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

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST = -1e6  # log weight of what cannot be: finite, so that it can be compared
_MOST = 500.0  # log of the largest ratio of weights that belief propagation is given
_WORD = 63  # plots a word of a mask of taken plots


@njit
def _root(parent: Ints, i: int) -> int:
    """Root of a union-find tree, with path halving."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


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
def _outlook(
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
            if used[b // _WORD] >> (b % _WORD) & 1:
                continue
            best = max(best, pair_w[q])
            if pair_w[q] > own and not mask[b // _WORD] >> (b % _WORD) & 1:
                own = pair_w[q]
                mine = b
        if mine >= 0:
            mask[mine // _WORD] |= 1 << (mine % _WORD)
        most += best
        surely += own
    return most, surely


@njit
def _search(
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
    words = n_bits // _WORD + 1
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
                    if used[b // _WORD] >> (b % _WORD) & 1:
                        continue
                    used[b // _WORD] |= 1 << (b % _WORD)
                    gain = pair_w[q]
                most, surely = _outlook(
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
                next_taken[a, b // _WORD] |= 1 << (b % _WORD)
        w = next_w
        origin = next_origin
        taken = next_taken
        chosen = next_chosen
    return w, origin, chosen


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


# Columns of the cursor into the outputs of `associate`.
_CHILD = 0
_HYP = 1
_LEAF = 2
_CLUSTER = 3


@inlined
def _close(cursor: Ints, new_hyp: Ints, new_first: Ints) -> None:
    """End the cluster that is being written."""
    cursor[_CLUSTER] += 1
    new_hyp[cursor[_CLUSTER]] = cursor[_HYP]
    new_first[cursor[_CLUSTER]] = cursor[_LEAF]


@inlined
def _alone(
    i: int, missed: Array, pair_start: Ints, pair_plot: Ints, pair_w: Array, prune: float,
    child_leaf: Ints, child_pair: Ints, new_w: Array, new_leaf: Ints, p_pair: Array, p_other: Array,
    cursor: Ints,
) -> None:  # fmt: skip
    """One target with one history and plots that nobody else wants: each choice is a hypothesis."""
    if pair_start[i] == pair_start[i + 1]:
        child_leaf[cursor[_CHILD]] = i
        child_pair[cursor[_CHILD]] = -1
        new_leaf[cursor[_LEAF]] = cursor[_CHILD]
        new_w[cursor[_HYP]] = 0.0
        cursor[_CHILD] += 1
        cursor[_LEAF] += 1
        cursor[_HYP] += 1
        return
    top = missed[i]
    for q in range(pair_start[i], pair_start[i + 1]):
        top = max(top, pair_w[q])
    total = math.exp(missed[i] - top)
    for q in range(pair_start[i], pair_start[i + 1]):
        total += math.exp(pair_w[q] - top)
    begun = cursor[_HYP]
    kept = 0.0
    for q in range(pair_start[i] - 1, pair_start[i + 1]):
        took = q >= pair_start[i]
        lw = pair_w[q] - top if took else missed[i] - top
        w = math.exp(lw)
        if took:
            p_pair[q] = w / total
            p_other[pair_plot[q]] -= p_pair[q]
        if lw < prune:
            continue
        kept += w
        child_leaf[cursor[_CHILD]] = i
        child_pair[cursor[_CHILD]] = q if took else -1
        new_leaf[cursor[_LEAF]] = cursor[_CHILD]
        new_w[cursor[_HYP]] = lw
        cursor[_CHILD] += 1
        cursor[_LEAF] += 1
        cursor[_HYP] += 1
    kept = math.log(kept)
    for h in range(begun, cursor[_HYP]):
        new_w[h] -= kept


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
    w, origin, chosen = _search(
        table, weight, missed, pair_start, pair_plot, pair_w, bit, n_bits, beam, prune
    )
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
    for g in range(n_clusters):
        if root[g] != g:
            continue
        if begin[g + 1] - begin[g] == 1 and first_leaf[g + 1] - first_leaf[g] == 1:
            i = leaf[first_leaf[g]]
            if faint[i] and pair_start[i] == pair_start[i + 1]:
                continue
            _alone(
                i, missed, pair_start, pair_plot, pair_w, prune,
                child_leaf, child_pair, new_w, new_leaf, p_pair, p_other, cursor,
            )  # fmt: skip
            _close(cursor, new_hyp, new_first)
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
