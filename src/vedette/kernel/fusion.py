"""Fusing estimates of one target whose errors may be correlated, without counting anything twice.

State    [x, y, z, v_x, v_y, v_z]  m, m/s, any Cartesian frame (the stage uses ECEF)
Motion   nearly constant velocity, white acceleration of density q, equal on the three axes

Covariance intersection (unknown correlation, any number of estimates) with weights that minimise
det P, which does not depend on frame or units:

    P⁻¹ = Σ w_i P_i⁻¹      P⁻¹ x = Σ w_i P_i⁻¹ x_i      w_i ≥ 0, Σ w_i = 1

Split covariance intersection, where only a part W of each covariance may be correlated and the rest
V = P - W (measurement noise of sensors that the others do not have) is not:

    P_1 = W_1 / w + V_1    P_2 = W_2 / (1 - w) + V_2     P⁻¹ = P_1⁻¹ + P_2⁻¹

W is what process noise has put into a filter's error. It follows from the filter's own covariances,
because (I - K H) = P_k P_k|k-1⁻¹ (Bar-Shalom & Campo's recursion for one filter):

    W_k = L (F W F' + Q) L'    L = P_k (F P_k-1 F' + Q)⁻¹

Sources: Julier & Uhlmann (1997), Proc. ACC, 2369-2373; Julier & Uhlmann (2001), Handbook of
Multisensor Data Fusion, ch. 12 (split); Bar-Shalom & Campo (1986), IEEE Trans. AES 22(6), 803-805;
Silvey, Titterington & Torsney (1978), J. Statist. Planning Inference 2, 167-172, the multiplicative
way to the weights, and Kiefer & Wolfowitz (1960), Canad. J. Math. 12, 363-366, when to stop.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.spd import factorise, invert, sandwich

Array = NDArray[np.float64]

_MOST_TURNS = 60
_GAP = 1e-3  # the weights are within this of the best, in log det P
_GOLD = 0.6180339887498949
_CUTS = 7  # golden sections of the weight; det P is flat around its least
_WIDEST = 6.0


@njit
def carry(x: Array, P: Array, W: Array, dt_s: float, q: float) -> None:
    """Carry one estimate and its common part by dt_s, in place; backwards where it is negative.

    Backwards is exact when nothing is known of earlier states: F⁻¹ (P + Q) F⁻ᵀ.
    """
    noise = abs(dt_s) * q
    for a in range(3):
        x[a] += dt_s * x[a + 3]
    for M in (P, W):
        for a in range(3):
            for b in range(3):
                M[a, b] += dt_s * (M[a, b + 3] + M[a + 3, b]) + dt_s * dt_s * M[a + 3, b + 3]
        for a in range(3):
            for b in range(3):
                M[a, b + 3] += dt_s * M[a + 3, b + 3]
        for a in range(3):
            M[a, a] += noise * dt_s * dt_s / 3.0
            M[a, a + 3] += 0.5 * noise * dt_s
            M[a + 3, a + 3] += noise
            for b in range(3):
                M[a + 3, b] = M[b, a + 3]


@njit
def common_part(
    P_before: Array, W_before: Array, P: Array, dt_s: float, q: float, W: Array, work: Array
) -> None:
    """What of P (6, 6) process noise has made, into W (6, 6).

    P_before, W_before  (6, 6)  of the same track's report dt_s earlier; not touched
    q                   m²/s³   process noise density that the track was filtered with
    work                (5, 6, 6)  scratch

    All of P where the filter did not become surer than its own prediction: it then used another q, or
    took another target's plots, and nothing is known of its error.
    """
    predicted, common, inverse, L, room = work[0], work[1], work[2], work[3], work[4]
    predicted[:] = P_before
    common[:] = W_before
    nothing = L[0]
    nothing[:] = 0.0
    carry(nothing, predicted, common, dt_s, q)
    for a in range(6):
        for b in range(6):
            L[a, b] = 1.05 * predicted[a, b] - P[a, b]
    if math.isnan(factorise(L, room)) or math.isnan(invert(predicted, inverse, room)):
        W[:] = P
        return
    for a in range(6):
        for b in range(6):
            s = 0.0
            for c in range(6):
                s += P[a, c] * inverse[c, b]
            L[a, b] = s
    sandwich(L, common, room, W)


@njit
def intersect(x: Array, P: Array, W: Array, k: int, x_out: Array, P_out: Array, W_out: Array) -> bool:
    """Covariance intersection of the first k of x (n, 6), P (n, 6, 6), W (n, 6, 6).

    W_out is what of the result is common with others that have the same process noise:
    P (Σ w_i P_i⁻¹ W_i P_i⁻¹) P. Returns False, and the outputs untouched, when one is not positive
    definite.
    """
    if k == 1:
        x_out[:] = x[0]
        P_out[:] = P[0]
        W_out[:] = W[0]
        return True
    information = np.empty((k, 6, 6))
    w = np.full(k, 1.0 / k)
    M = np.empty((6, 6))
    V = np.empty((6, 6))
    L = np.empty((6, 6))
    for i in range(k):
        if math.isnan(invert(P[i], information[i], L)):
            return False
    for turn in range(_MOST_TURNS):
        M[:] = 0.0
        for i in range(k):
            for a in range(6):
                for b in range(6):
                    M[a, b] += w[i] * information[i, a, b]
        if math.isnan(invert(M, V, L)):
            return False
        if turn == _MOST_TURNS - 1:
            break
        most = 0.0
        for i in range(k):
            g = 0.0
            for a in range(6):
                for b in range(6):
                    g += V[a, b] * information[i, a, b]
            g /= 6.0
            most = max(most, g)
            M[i // 6, i % 6] = g  # kept until the weights are updated
        if most < 1.0 + _GAP / 6.0:
            break
        total = 0.0
        for i in range(k):
            w[i] *= M[i // 6, i % 6]
            total += w[i]
        for i in range(k):
            w[i] /= total
    y = np.zeros(6)
    room = np.zeros((6, 6))
    IW = np.empty((6, 6))
    for i in range(k):
        for a in range(6):
            for b in range(6):
                y[a] += w[i] * information[i, a, b] * (x[i, b] - x[0, b])
                s = 0.0
                for c in range(6):
                    s += information[i, a, c] * W[i, c, b]
                IW[a, b] = s
        for a in range(6):
            for b in range(6):
                for c in range(6):
                    room[a, b] += w[i] * IW[a, c] * information[i, c, b]
    for a in range(6):
        s = x[0, a]
        for b in range(6):
            s += V[a, b] * y[b]
        x_out[a] = s
    P_out[:] = V
    sandwich(V, room, L, W_out)
    return True


@njit
def _share(logit: float) -> float:
    """The weight of one of two, from its log odds."""
    return 1.0 / (1.0 + math.exp(-logit))


@njit
def _split_information(
    P1: Array, W1: Array, P2: Array, W2: Array, w: float, i1: Array, i2: Array, M: Array, L: Array
) -> float:
    """Information of both for one weight, and their sum M; returns log det M, NaN where there is none."""
    for a in range(6):
        for b in range(6):
            M[a, b] = P1[a, b] + W1[a, b] * (1.0 / w - 1.0)
    if math.isnan(invert(M, i1, L)):
        return math.nan
    for a in range(6):
        for b in range(6):
            M[a, b] = P2[a, b] + W2[a, b] * (1.0 / (1.0 - w) - 1.0)
    if math.isnan(invert(M, i2, L)):
        return math.nan
    for a in range(6):
        for b in range(6):
            M[a, b] = i1[a, b] + i2[a, b]
    return factorise(M, L)


@njit
def split_intersect(
    x1: Array,
    P1: Array,
    W1: Array,
    x2: Array,
    P2: Array,
    W2: Array,
    work: Array,
    x_out: Array,
    P_out: Array,
    W_out: Array,
) -> bool:
    """Split covariance intersection of two estimates; with W = P it is covariance intersection.

    work  (6, 6, 6)  scratch

    Returns False, and the outputs untouched, when one is not positive definite.
    """
    i1, i2, M, L, V, room = work[0], work[1], work[2], work[3], work[4], work[5]
    low, high = -_WIDEST, _WIDEST  # of log(w / (1 - w)): the best weight may be near 0 or 1
    left = high - _GOLD * (high - low)
    right = low + _GOLD * (high - low)
    f_left = _split_information(P1, W1, P2, W2, _share(left), i1, i2, M, L)
    f_right = _split_information(P1, W1, P2, W2, _share(right), i1, i2, M, L)
    if math.isnan(f_left) or math.isnan(f_right):
        return False
    for _ in range(_CUTS):
        if f_left > f_right:
            high, right, f_right = right, left, f_left
            left = high - _GOLD * (high - low)
            f_left = _split_information(P1, W1, P2, W2, _share(left), i1, i2, M, L)
        else:
            low, left, f_left = left, right, f_right
            right = low + _GOLD * (high - low)
            f_right = _split_information(P1, W1, P2, W2, _share(right), i1, i2, M, L)
    if math.isnan(_split_information(P1, W1, P2, W2, _share(0.5 * (low + high)), i1, i2, M, L)):
        return False
    invert(M, V, L)
    for a in range(6):
        s = x1[a]
        for b in range(6):
            for c in range(6):
                s += V[a, b] * i2[b, c] * (x2[c] - x1[c])
        room[0, a] = s
    x_out[:] = room[0]
    # What is not common: V (i1 V1 i1 + i2 V2 i2) V
    for a in range(6):
        for b in range(6):
            M[a, b] = P1[a, b] - W1[a, b]
    sandwich(i1, M, room, L)
    for a in range(6):
        for b in range(6):
            M[a, b] = P2[a, b] - W2[a, b]
    sandwich(i2, M, room, i1)
    for a in range(6):
        for b in range(6):
            L[a, b] += i1[a, b]
    sandwich(V, L, room, i1)
    P_out[:] = V
    for a in range(6):
        for b in range(6):
            W_out[a, b] = V[a, b] - i1[a, b]
    return True
