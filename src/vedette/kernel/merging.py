"""Leaves of one target that have come to say the same become one, by their moments.

Source: Williams (2015), IEEE Trans. AES 51(3), IV.B (merging of single-target hypotheses).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.motion import combine

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SCRATCH_ROWS = 21
_SAME_EXISTENCE = 0.2


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
def merge_leaves(
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
def merge_alone(
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


@njit
def pool(
    x: Array, P: Array, own: Array, of: Ints, x_other: Array, P_other: Array, p: Array, limit: float
) -> None:
    """Means (k, 6) and covariances (k, 6, 6) with those of other histories that agree with them, in place.

    own               (k,)  probability of each
    of, x_other, …    (m,)  which of them each other history belongs to, those of one side by side; its state
    p                 (m,)  its probability; on return 0 for those that do not agree
    limit                   squared distance from which on it does not agree and is left out
    """
    S = np.empty((7, 6))
    mean = np.empty(6)
    cov = np.empty((6, 6))
    a = 0
    while a < of.shape[0]:
        q = of[a]
        total = own[q]
        for k in range(6):
            mean[k] = own[q] * x[q, k]
        end = a
        while end < of.shape[0] and of[end] == q:
            if _apart(x[q], P[q], x_other[end], P_other[end], limit, S):
                p[end] = 0.0
            total += p[end]
            for k in range(6):
                mean[k] += p[end] * x_other[end, k]
            end += 1
        if total > own[q] and total > 0.0:
            mean /= total
            for j in range(6):
                for k in range(6):
                    cov[j, k] = own[q] / total * (P[q, j, k] + (x[q, j] - mean[j]) * (x[q, k] - mean[k]))
            for b in range(a, end):
                for j in range(6):
                    for k in range(6):
                        off = (x_other[b, j] - mean[j]) * (x_other[b, k] - mean[k])
                        cov[j, k] += p[b] / total * (P_other[b, j, k] + off)
            x[q] = mean
            P[q] = cov
        a = end
