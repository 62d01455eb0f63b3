"""The update of one state with one linearised observation, and of many leaves with the plots they took.

Sources: Bar-Shalom, Li & Kirubarajan (2001), 5.2.3 (update, and Joseph's form), 11.6.6 (model
probabilities); Bierman (1977), V (square-root forms).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.kernel.measurement import N_COMPONENTS, Look, breadth, linearise

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# What one observation may leave of a variance before the short form of the update loses digits.
_LITTLE_LEFT = 1e-7


@inlined
def distance(
    y: Array, H: Array, r: Array, P: Array, m: int, wide: int, limit: float, S: Array, W: Array, w: Array
) -> tuple[float, float]:
    """How far off one linearised observation is.

    y, H, r  residual (m,), Jacobian (m, 6), variance (m,) of independent rows
    wide     of H's columns, those beyond are 0: see measurement.breadth
    limit    a component that alone is farther off ends the work: most pairs end here
    S, W, w  (m, m), (6, m), (m,)  scratch: Cholesky factor L of H P Hᵀ + r, P Hᵀ, L⁻¹ y

    Returns squared distance and determinant of the innovation covariance; a distance of infinity
    beyond the limit or where the covariance is not positive definite.
    """
    for i in range(m):
        s = 0.0
        for a in range(wide):
            t = P[a, 0] * H[i, 0] + P[a, 1] * H[i, 1] + P[a, 2] * H[i, 2]
            if wide > 3:
                t += P[a, 3] * H[i, 3] + P[a, 4] * H[i, 4] + P[a, 5] * H[i, 5]
            W[a, i] = t
            s += H[i, a] * t
        s += r[i]
        if not y[i] * y[i] <= limit * s:
            return math.inf, 0.0
        S[i, i] = s
    determinant = 1.0
    d2 = 0.0
    for i in range(m):
        u = y[i]
        s = S[i, i]
        for j in range(i):
            t = H[i, 0] * W[0, j] + H[i, 1] * W[1, j] + H[i, 2] * W[2, j]
            if wide > 3:
                t += H[i, 3] * W[3, j] + H[i, 4] * W[4, j] + H[i, 5] * W[5, j]
            for k in range(j):
                t -= S[i, k] * S[j, k]
            S[i, j] = t / S[j, j]
            u -= S[i, j] * w[j]
            s -= S[i, j] * S[i, j]
        if not s > 0.0:
            return math.inf, 0.0
        S[i, i] = math.sqrt(s)
        determinant *= s
        w[i] = u / S[i, i]
        d2 += w[i] * w[i]
    return d2, determinant


@inlined
def solve(
    y: Array, H: Array, r: Array, P: Array, m: int, wide: int, S: Array, W: Array, w: Array
) -> tuple[float, float]:
    """The same with what an update needs.

    S  (m, m)  output: Cholesky factor L of H P Hᵀ + r
    W  (6, m)  output: P Hᵀ L⁻ᵀ, so that the gain times y is W w and the covariance falls by W Wᵀ
    w  (m,)    output: L⁻¹ y
    """
    d2, determinant = distance(y, H, r, P, m, wide, math.inf, S, W, w)
    if not d2 < math.inf:
        return math.inf, 0.0
    for i in range(m):
        over = 1.0 / S[i, i]
        for a in range(6):
            s = W[a, i] if a < wide else P[a, 0] * H[i, 0] + P[a, 1] * H[i, 1] + P[a, 2] * H[i, 2]
            for k in range(i):
                s -= S[i, k] * W[a, k]
            W[a, i] = s * over
    return d2, determinant


@inlined
def apply(x: Array, P: Array, H: Array, r: Array, S: Array, W: Array, w: Array, m: int, K: Array) -> None:
    """Kalman update in place, from what `solve` made; K (6, m) is scratch."""
    exact = False
    for a in range(6):
        s = P[a, a]
        for i in range(m):
            s -= W[a, i] * W[a, i]
        if not s > _LITTLE_LEFT * P[a, a]:
            exact = True
    for a in range(6):
        s = x[a]
        for i in range(m):
            s += W[a, i] * w[i]
        x[a] = s
    if exact:
        _joseph(P, H, r, S, W, m, K)
        return
    for a in range(6):
        for b in range(a + 1):
            s = P[a, b]
            for i in range(m):
                s -= W[a, i] * W[b, i]
            P[a, b] = s
            P[b, a] = s


@njit
def _joseph(P: Array, H: Array, r: Array, S: Array, W: Array, m: int, K: Array) -> None:
    """(I - K H) P (I - K H)ᵀ + K R Kᵀ in place: positive definite whatever the rounding."""
    for a in range(6):
        for i in range(m - 1, -1, -1):
            s = W[a, i]
            for k in range(i + 1, m):
                s -= S[k, i] * K[a, k]
            K[a, i] = s / S[i, i]
    A = np.eye(6)
    for a in range(6):
        for b in range(6):
            for i in range(m):
                A[a, b] -= K[a, i] * H[i, b]
    AP = np.zeros((6, 6))
    for a in range(6):
        for b in range(6):
            for c in range(6):
                AP[a, b] += A[a, c] * P[c, b]
    for a in range(6):
        for b in range(a + 1):
            s = 0.0
            for c in range(6):
                s += AP[a, c] * A[b, c]
            for i in range(m):
                s += K[a, i] * r[i] * K[b, i]
            P[a, b] = s
            P[b, a] = s


@njit
def take(
    x: Array,
    P: Array,
    mu: Array,
    r: Array,
    look: Look,
    leaf: Ints,
    plot: Ints,
    stray: NDArray[np.bool_],
    survives: Array,
) -> tuple[Array, Array, Array, Array]:
    """States of the children of some leaves.

    x, P, mu, r  (n, models, 6), (n, models, 6, 6), (n, models), (n,)  leaves at the look's time
    leaf, plot   (m,)  the leaf that each child comes from and the plot it took, -1 for none
    stray        (m,)  whether the plot's azimuth is taken as a stray one
    survives     (n,)  existence of each leaf if it took none

    Returns x, P, mu, r of the children. What takes a plot exists. Its models are weighed by how well
    each foretold the plot.
    """
    n = leaf.shape[0]
    models = x.shape[1]
    x_out = np.empty((n, models, 6))
    P_out = np.empty((n, models, 6, 6))
    mu_out = np.empty((n, models))
    r_out = np.empty(n)
    y = np.empty(N_COMPONENTS)
    H = np.empty((N_COMPONENTS, 6))
    rr = np.empty(N_COMPONENTS)
    S = np.empty((N_COMPONENTS, N_COMPONENTS))
    W = np.empty((6, N_COMPONENTS))
    K = np.empty((6, N_COMPONENTS))
    w = np.empty(N_COMPONENTS)
    ll = np.zeros(models)
    for c in range(n):
        i = leaf[c]
        j = plot[c]
        best = -math.inf
        for q in range(models):
            for a in range(6):
                x_out[c, q, a] = x[i, q, a]
                for b in range(6):
                    P_out[c, q, a, b] = P[i, q, a, b]
            if j >= 0:
                xa, Pa = x_out[c, q], P_out[c, q]
                m = linearise(xa, look, j, stray[c], y, H, rr)
                d2, determinant = solve(y, H, rr, Pa, m, breadth(look, j), S, W, w)
                if d2 == math.inf:
                    ll[q] = -1e9
                else:
                    ll[q] = -0.5 * (d2 + math.log(determinant))
                    apply(xa, Pa, H, rr, S, W, w, m, K)
                best = max(best, ll[q])
            mu_out[c, q] = mu[i, q]
        r_out[c] = survives[i] if j < 0 else 1.0
        if j < 0 or models == 1:
            continue
        total = 0.0
        for q in range(models):
            mu_out[c, q] = max(mu_out[c, q] * math.exp(ll[q] - best), _LEAST_MODEL)
            total += mu_out[c, q]
        for q in range(models):
            mu_out[c, q] /= total
    return x_out, P_out, mu_out, r_out


_LEAST_MODEL = 1e-12
