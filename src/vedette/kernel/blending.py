"""All members of each system track to one estimate, by what each of them rests on.

1  Members are carried to one time.
2  A member whose lineage is all in another's, up to no later data, says nothing new and is left out;
   so is one that another fusion made from what the other members say themselves (what comes back to
   its maker ends here).
3  So is a member that is far from the surest one.
4  Members that share a sensor, or do not say what they rest on, are fused by covariance intersection.
5  The groups that are left share no sensor, only the target's process noise: split covariance
   intersection.

Only the members' newest reports are used, never an earlier result: nothing is counted twice over time.

Sources: as in kernel.fusion; Chong, Mori, Barker & Chang (2000), IEEE AES Systems Magazine 15(1),
29-35, on what lineage (pedigree) is good for.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.fusion import carry, intersect, split_intersect
from vedette.kernel.jit import njit
from vedette.kernel.spd import distance2, factorise

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@njit
def shares(sensor: NDArray[np.uint64], closed: Flags, i: int, j: int) -> bool:
    """Whether two rows may rest on the same data. closed (n,): the row's slots name all its sensors."""
    if not (closed[i] and closed[j]):
        return True
    for a in range(sensor.shape[1]):
        if sensor[i, a] == 0:
            continue
        for b in range(sensor.shape[1]):
            if sensor[i, a] == sensor[j, b]:
                return True
    return False


@njit
def adds_nothing(sensor: NDArray[np.uint64], until_ns: Ints, closed: Flags, i: int, j: int) -> bool:
    """Whether all that row i rests on is in row j, up to no later data."""
    if not (closed[i] and closed[j]):
        return False
    for a in range(sensor.shape[1]):
        if sensor[i, a] == 0:
            continue
        found = False
        for b in range(sensor.shape[1]):
            if sensor[i, a] == sensor[j, b]:
                found = until_ns[i, a] <= until_ns[j, b]
        if not found:
            return False
    return True


@njit
def all_told(
    sensor: NDArray[np.uint64], until_ns: Ints, closed: Flags, relayed: Flags, i: int, others: Ints
) -> bool:
    """Whether all that row i rests on is in rows `others` that were not relayed, up to no later data."""
    if not closed[i]:
        return False
    for a in range(sensor.shape[1]):
        found = sensor[i, a] == 0
        for j in others:
            if found or j == i or relayed[j] or not closed[j]:
                continue
            for b in range(sensor.shape[1]):
                if sensor[j, b] == sensor[i, a] and until_ns[j, b] >= until_ns[i, a]:
                    found = True
        if not found:
            return False
    return True


@njit
def blend(
    order: Ints,
    start: Ints,
    x: Array,
    P: Array,
    W: Array,
    dt_s: Array,
    q: Array,
    sensor: NDArray[np.uint64],
    until_ns: Ints,
    closed: Flags,
    relayed: Flags,
    outlier_sd: float,
) -> tuple[Array, Array, Array, NDArray[np.int8]]:
    """Fuse the members of each system track.

    order, start  (k,), (s + 1,)  rows by system: system a has order[start[a]] to order[start[a + 1]]
    x, P, W       (n, 6), (n, 6, 6), (n, 6, 6)  see kernel.fusion
    dt_s, q       (n,)  from each row's time to the common one; its process noise, m²/s³
    sensor, until_ns, closed  (n, l), (n, l), (n,)  lineage; 0 is an empty slot
    relayed       (n,)  whether another fusion made the row from others' reports

    Returns x (s, 6), P (s, 6, 6), W (s, 6, 6), and (k,) what became of each member, in `order`:
    1 used, 0 it says nothing new, -1 too far off.
    """
    s = start.shape[0] - 1
    out_x = np.empty((s, 6))
    out_P = np.empty((s, 6, 6))
    out_W = np.empty((s, 6, 6))
    fate = np.ones(order.shape[0], np.int8)
    most = 1
    for a in range(s):
        most = max(most, start[a + 1] - start[a])
    mx = np.empty((most, 6))
    mP = np.empty((most, 6, 6))
    mW = np.empty((most, 6, 6))
    gx = np.empty((most, 6))
    gP = np.empty((most, 6, 6))
    gW = np.empty((most, 6, 6))
    logdet = np.empty(most)
    root = np.empty(most, np.int64)
    L = np.empty((6, 6))
    work = np.empty((6, 6, 6))
    for a in range(s):
        first = start[a]
        k = start[a + 1] - first
        for p in range(k):
            i = order[first + p]
            mx[p] = x[i]
            mP[p] = P[i]
            mW[p] = W[i]
            carry(mx[p], mP[p], mW[p], dt_s[i], q[i])
            logdet[p] = factorise(mP[p], L)
        _leave_out(order, first, k, sensor, until_ns, closed, relayed, logdet, mx, mP, outlier_sd, work, fate)
        for p in range(k):
            root[p] = p
        for p in range(k):
            for r in range(p):
                both = fate[first + p] == 1 and fate[first + r] == 1 and root[p] != root[r]
                if both and shares(sensor, closed, order[first + p], order[first + r]):
                    old, new = max(root[p], root[r]), min(root[p], root[r])
                    for t in range(k):
                        if root[t] == old:
                            root[t] = new
        begun = False
        for p in range(k):
            if fate[first + p] != 1 or root[p] != p:
                continue
            m = 0
            for r in range(p, k):
                if fate[first + r] == 1 and root[r] == p:
                    gx[m] = mx[r]
                    gP[m] = mP[r]
                    gW[m] = mW[r]
                    m += 1
            if not begun:
                intersect(gx, gP, gW, m, out_x[a], out_P[a], out_W[a])
                begun = True
            else:
                intersect(gx, gP, gW, m, gx[0], gP[0], gW[0])
                split_intersect(
                    out_x[a], out_P[a], out_W[a], gx[0], gP[0], gW[0], work, out_x[a], out_P[a], out_W[a]
                )  # fmt: skip
    return out_x, out_P, out_W, fate


@njit
def _leave_out(
    order: Ints,
    first: int,
    k: int,
    sensor: NDArray[np.uint64],
    until_ns: Ints,
    closed: Flags,
    relayed: Flags,
    logdet: Array,
    x: Array,
    P: Array,
    outlier_sd: float,
    work: Array,
    fate: NDArray[np.int8],
) -> None:
    """Steps 2 and 3 of the module for one system track: fills fate."""
    for p in range(k):
        i = order[first + p]
        if relayed[i] and all_told(sensor, until_ns, closed, relayed, i, order[first : first + k]):
            fate[first + p] = 0
    for p in range(k):
        for r in range(k):
            if fate[first + p] != 1 or p == r or fate[first + r] != 1 or not logdet[r] <= logdet[p]:
                continue
            i, j = order[first + p], order[first + r]
            if adds_nothing(sensor, until_ns, closed, i, j):
                # Of two that say the same, the first stays.
                twin = logdet[r] == logdet[p] and adds_nothing(sensor, until_ns, closed, j, i)
                if not twin or r < p:
                    fate[first + p] = 0
    surest = -1
    for p in range(k):
        if fate[first + p] == 1 and (surest < 0 or logdet[p] < logdet[surest]):
            surest = p
    d = work[0, 0]
    S, L = work[1], work[2]
    for p in range(k):
        if p == surest or fate[first + p] != 1:
            continue
        for a in range(3):
            d[a] = x[p, a] - x[surest, a]
            for b in range(3):
                S[a, b] = P[p, a, b] + P[surest, a, b]
        if math.isnan(factorise(S[:3, :3], L)) or distance2(d, L, 3) > outlier_sd * outlier_sd:
            fate[first + p] = -1
