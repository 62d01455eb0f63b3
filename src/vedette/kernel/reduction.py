"""After a look: what has become one and the same is made one, what no longer hangs together comes apart.

Leaves of one target that are closer than their own uncertainty are merged by their moments. Hypotheses that
then say the same, or that differ only in who is called what while the last plots are shared out in the
same way, are merged too. Targets on which all hypotheses agree, or that depend on no other, leave their
cluster.

Tables of clusters are those of `hypotheses`.

Sources: Williams (2015), IEEE Trans. AES 51(3), IV.B (merging of single-target hypotheses); Blackman &
Popoli (1999), Design and Analysis of Modern Tracking Systems, 16.3 (merging and clustering of hypotheses).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.motion import combine

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]


@njit
def _apart(xa: Array, Pa: Array, xb: Array, Pb: Array, limit: float, S: Array) -> bool:
    """Whether the squared distance of two means exceeds the limit, in units of their mean covariance."""
    d2 = 0.0
    for a in range(6):
        y = xa[a] - xb[a]
        if y * y > limit * 0.5 * (Pa[a, a] + Pb[a, a]):
            return True
    for a in range(6):
        for b in range(a + 1):
            s = 0.5 * (Pa[a, b] + Pb[a, b])
            for c in range(b):
                s -= S[a, c] * S[b, c]
            if a == b:
                if not s > 0.0:
                    return True
                S[a, a] = math.sqrt(s)
            else:
                S[a, b] = s / S[b, b]
        y = xa[a] - xb[a]
        for c in range(a):
            y -= S[a, c] * S[6, c]
        S[6, a] = y / S[a, a]
        d2 += S[6, a] * S[6, a]
        if d2 > limit:
            return True
    return False


@njit
def _merge_into(first: int, group: Ints, weight: Array, x: Array, P: Array, mu: Array, r: Array) -> None:
    """Moments of a group of leaves, written to its first."""
    total = 0.0
    exists = 0.0
    for q in range(group.shape[0]):
        total += weight[group[q]]
        exists += weight[group[q]] * r[group[q]]
    models = x.shape[1]
    if exists <= 0.0:
        weight[first] = total
        return
    for a in range(models):
        mass = 0.0
        mean = np.zeros(6)
        for q in range(group.shape[0]):
            i = group[q]
            w = weight[i] * r[i] * mu[i, a]
            mass += w
            for c in range(6):
                mean[c] += w * x[i, a, c]
        if mass <= 0.0:
            mu[first, a] = 0.0
            continue
        mean /= mass
        cov = np.zeros((6, 6))
        for q in range(group.shape[0]):
            i = group[q]
            w = weight[i] * r[i] * mu[i, a] / mass
            for c in range(6):
                for d in range(6):
                    cov[c, d] += w * (P[i, a, c, d] + (x[i, a, c] - mean[c]) * (x[i, a, d] - mean[d]))
        x[first, a] = mean
        P[first, a] = cov
        mu[first, a] = mass / exists
    r[first] = exists / total
    weight[first] = total


@njit
def _merge_leaves(
    block: Ints, h_n: int, t_n: int, weight: Array, x: Array, P: Array, mu: Array, r: Array,
    merge_d2: float, least_r: float, into: Ints,
) -> None:  # fmt: skip
    """Merge alike leaves of each target of one cluster; `into` tells where each leaf went."""
    xa = np.empty(6)
    Pa = np.empty((6, 6))
    xb = np.empty(6)
    Pb = np.empty((6, 6))
    S = np.empty((7, 6))
    for t in range(t_n):
        rows = np.empty(h_n, np.int64)
        k = 0
        for h in range(h_n):
            i = block[h * t_n + t]
            new = True
            for q in range(k):
                if rows[q] == i:
                    new = False
                    break
            if new:
                rows[k] = i
                k += 1
        if k < 2:
            continue
        rows = rows[:k]
        rows = rows[np.argsort(-weight[rows], kind="mergesort")]
        for a in range(k):
            i = rows[a]
            if into[i] != i:
                continue
            combine(x, P, mu, i, xa, Pa)
            group = np.empty(k, np.int64)
            group[0] = i
            n = 1
            for b in range(a + 1, k):
                j = rows[b]
                if into[j] != j:
                    continue
                if max(r[i], r[j]) >= least_r:
                    if abs(r[i] - r[j]) > _SAME_EXISTENCE:
                        continue
                    combine(x, P, mu, j, xb, Pb)
                    if _apart(xa, Pa, xb, Pb, merge_d2, S):
                        continue
                into[j] = i
                group[n] = j
                n += 1
            if n > 1:
                _merge_into(i, group[:n], weight, x, P, mu, r)


@njit
def _merge_alone(
    block: Ints, log_w: Array, weight: Array, x: Array, P: Array, mu: Array, r: Array, merge_d2: float,
    least_r: float, scratch: Array,
) -> int:  # fmt: skip
    """The same for a target that nobody else contends with: nearly all clusters, and nothing allocated.

    block   (h,)  its leaves, all different; on return the first ones are those that stay
    weight  (n,)  output: of the leaves that stay

    Returns how many stay; 0 when the target is to be let go.
    """
    h_n = block.shape[0]
    alive = False
    for h in range(h_n):
        weight[block[h]] = math.exp(log_w[h])
        alive = alive or r[block[h]] >= least_r
    if not alive:
        return 0
    for h in range(1, h_n):  # the heaviest first; few and nearly sorted
        i = block[h]
        q = h
        while q > 0 and weight[block[q - 1]] < weight[i]:
            block[q] = block[q - 1]
            q -= 1
        block[q] = i
    xa = scratch[0]
    xb = scratch[1]
    Pa = scratch[2:8]
    Pb = scratch[8:14]
    S = scratch[14:21]
    kept = 0
    for a in range(h_n):
        i = block[a]
        if i < 0:
            continue
        n = 1
        for b in range(a + 1, h_n):
            j = block[b]
            if j < 0:
                continue
            if max(r[i], r[j]) >= least_r:
                if abs(r[i] - r[j]) > _SAME_EXISTENCE:
                    continue
                if mu.shape[1] == 1:
                    if _apart(x[i, 0], P[i, 0], x[j, 0], P[j, 0], merge_d2, S):
                        continue
                else:
                    combine(x, P, mu, i, xa, Pa)
                    combine(x, P, mu, j, xb, Pb)
                    if _apart(xa, Pa, xb, Pb, merge_d2, S):
                        continue
            n += 1
            _merge_into(i, np.array([i, j]), weight, x, P, mu, r)
            block[b] = -1
        block[kept] = i
        kept += 1
    return kept


_SCRATCH = 21
_SAME_EXISTENCE = 0.2
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

    recent    (n, ·)  words that stand for the last plots of each leaf
    merge_d2  squared distance below which leaves of a target are one
    least_r   targets below this existence in every hypothesis are let go
    tie       targets whose choices hang together by less than this probability are separated

    Returns rows (m,), the leaves that live on, and the table of those clusters that have more than one
    hypothesis (four arrays); its leaves are rows of the input. Rows in no cluster stand alone.
    """
    n = x.shape[0]
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
    scratch = np.empty((_SCRATCH, 6))
    k = 0
    n_hyp = 0
    n_leaf = 0
    for c in range(n_clusters):
        h_n = first_hyp[c + 1] - first_hyp[c]
        block = leaf[first_leaf[c] : first_leaf[c + 1]]
        if h_n == 1:
            for q in range(block.shape[0]):
                if r[block[q]] >= least_r:
                    live[block[q]] = True
            continue
        t_n = block.shape[0] // h_n
        if t_n == 1:
            h_n = _merge_alone(
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
        _merge_leaves(block, h_n, t_n, weight, x, P, mu, r, merge_d2, least_r, into)
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
            rows, mass = _merge_equal(part, w)
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
def _merge_equal(table: NDArray[np.int64], w: Array) -> tuple[NDArray[np.int64], Array]:
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
) -> tuple[NDArray[np.bool_], Array, Array]:
    """Which leaf stands for each target, how surely the target exists, and how surely it still does.

    r      (n,)  existence of each leaf
    was    (n,)  whether it descends from a leaf that was shown
    faith        log of how much likelier than what is shown another hypothesis must be, for each target
                 that it shows otherwise: without it two that are alike would swap places at every look

    Returns best (n,), true for the leaves of each cluster's best hypothesis and for rows that stand alone;
    existence (n,), that of the row's target over all hypotheses; and standing (n,), the same but for
    targets beyond the number that the cluster is expected to hold: theirs is that of the leaf shown. One of
    four that has died takes a share of each one's existence, and still only one is to go.
    """
    n = r.shape[0]
    best = np.ones(n, np.bool_)
    exists = r.copy()
    standing = r.copy()
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
            best[leaf[first_leaf[c] + top * t_n + t]] = True
        _stand(leaf[first_leaf[c] : first_leaf[c + 1]].reshape((h_n, t_n)), top, r, exists, standing)
    return best, exists, standing


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
        rows, mass = _merge_equal(part, w)
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
