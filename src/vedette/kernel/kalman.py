"""The update of one state with one linearised observation, and of many leaves with the plots they took.

Sources: Bar-Shalom, Li & Kirubarajan (2001), 5.2.3 (update, and Joseph's form), 11.6.6 (model
probabilities); Bierman (1977), V (square-root forms).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.kernel.measurement import N_COMPONENTS, Look, Rows, linearise
from vedette.kernel.motion import copy_rows

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# What one observation may leave of a variance before the short form of the update loses digits.
_LITTLE_LEFT = 1e-7


@inlined
def distance(
    y: Array, H: Array, r: Array, q: int, m: int, wide: int, P: Array, i: int, a: int, limit: float, S: Array,
    W: Array, w: Array,
) -> tuple[float, float]:  # fmt: skip
    """How far off one linearised observation is from one state.

    y, H, r, q  as in measurement.Rows, and which pair; m, wide its own
    P, i, a     (n, models, 6, 6) covariances, and which
    limit       a component that alone is farther off ends the work: most pairs end here
    S, W, w     (m, m), (6, m), (m,)  scratch: Cholesky factor L of H P Hᵀ + r, P Hᵀ, L⁻¹ y

    Returns squared distance and determinant of the innovation covariance H P Hᵀ + r; a distance of infinity
    beyond the limit or where the covariance is not positive definite.
    """
    for c in range(m):
        s = 0.0
        for b in range(wide):
            t = P[i, a, b, 0] * H[q, c, 0] + P[i, a, b, 1] * H[q, c, 1] + P[i, a, b, 2] * H[q, c, 2]
            if wide > 3:
                t += P[i, a, b, 3] * H[q, c, 3] + P[i, a, b, 4] * H[q, c, 4] + P[i, a, b, 5] * H[q, c, 5]
            W[b, c] = t
            s += H[q, c, b] * t
        s += r[q, c]
        if not y[q, c] * y[q, c] <= limit * s:
            return math.inf, 0.0
        S[c, c] = s
    determinant = 1.0
    d2 = 0.0
    for c in range(m):
        u = y[q, c]
        s = S[c, c]
        for d in range(c):
            t = H[q, c, 0] * W[0, d] + H[q, c, 1] * W[1, d] + H[q, c, 2] * W[2, d]
            if wide > 3:
                t += H[q, c, 3] * W[3, d] + H[q, c, 4] * W[4, d] + H[q, c, 5] * W[5, d]
            for k in range(d):
                t -= S[c, k] * S[d, k]
            S[c, d] = t / S[d, d]
            u -= S[c, d] * w[d]
            s -= S[c, d] * S[c, d]
        if not s > 0.0:
            return math.inf, 0.0
        S[c, c] = math.sqrt(s)
        determinant *= s
        w[c] = u / S[c, c]
        d2 += w[c] * w[c]
    return d2, determinant


@inlined
def update(
    y: Array, H: Array, r: Array, q: int, m: int, wide: int, x: Array, P: Array, i: int, a: int, S: Array,
    W: Array, w: Array, K: Array,
) -> tuple[float, float]:  # fmt: skip
    """Kalman update of one state in place; a state that cannot be updated stays as it is.

    x, P, i, a        (n, models, 6), (n, models, 6, 6), and which
    K                 (6, m)  scratch
    others, returned  as in `distance`
    """
    d2, determinant = distance(y, H, r, q, m, wide, P, i, a, math.inf, S, W, w)
    if not d2 < math.inf:
        return math.inf, 0.0
    # W becomes P Hᵀ L⁻ᵀ: the gain times y is W w, and the covariance falls by W Wᵀ.
    for c in range(m):
        over = 1.0 / S[c, c]
        for b in range(6):
            if b < wide:
                s = W[b, c]
            else:
                s = P[i, a, b, 0] * H[q, c, 0] + P[i, a, b, 1] * H[q, c, 1] + P[i, a, b, 2] * H[q, c, 2]
            for k in range(c):
                s -= S[c, k] * W[b, k]
            W[b, c] = s * over
    exact = False
    for b in range(6):
        s = P[i, a, b, b]
        t = x[i, a, b]
        for c in range(m):
            s -= W[b, c] * W[b, c]
            t += W[b, c] * w[c]
        x[i, a, b] = t
        if not s > _LITTLE_LEFT * P[i, a, b, b]:
            exact = True
    if exact:
        _joseph(P[i, a], H[q], r[q], S, W, m, K)
        return d2, determinant
    for b in range(6):
        for d in range(b + 1):
            s = P[i, a, b, d]
            for c in range(m):
                s -= W[b, c] * W[d, c]
            P[i, a, b, d] = s
            P[i, a, d, b] = s
    return d2, determinant


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
def distances(rows: Rows, P: Array, model: int, leaf: Ints, gate2: float) -> tuple[Array, Array]:
    """How far off each of some linearised observations (k,) is from the state of its leaf.

    P      (n, models, 6, 6)  model says which of a leaf's
    gate2  squared distance that is the limit of an observation of one component; each more adds 2

    Returns squared distances (k,), infinite beyond the limit, and determinants (k,), as `distance` does.
    """
    y, H, r, m, wide = rows
    k = leaf.shape[0]
    d2 = np.full(k, math.inf)
    determinant = np.zeros(k)
    others = False
    for q in range(k):  # of two components, as nearly all are: with nothing called, see decisions/0010
        if m[q] != 2:
            others |= m[q] > 0
            continue
        i = leaf[q]
        s, c, v = r[q, 0], 0.0, r[q, 1]
        if wide[q] == 3:
            for b in range(3):
                t = P[i, model, b, 0] * H[q, 0, 0] + P[i, model, b, 1] * H[q, 0, 1]
                t += P[i, model, b, 2] * H[q, 0, 2]
                s += H[q, 0, b] * t
                c += H[q, 1, b] * t
                u = P[i, model, b, 0] * H[q, 1, 0] + P[i, model, b, 1] * H[q, 1, 1]
                v += H[q, 1, b] * (u + P[i, model, b, 2] * H[q, 1, 2])
        else:
            for b in range(6):
                for d in range(6):
                    s += H[q, 0, b] * P[i, model, b, d] * H[q, 0, d]
                    c += H[q, 0, b] * P[i, model, b, d] * H[q, 1, d]
                    v += H[q, 1, b] * P[i, model, b, d] * H[q, 1, d]
        if not s > 0.0:
            continue
        v -= c * c / s
        if not v > 0.0:
            continue
        w = y[q, 1] - c / s * y[q, 0]
        far = y[q, 0] * y[q, 0] / s + w * w / v
        if far <= gate2 + 2.0:
            d2[q] = far
            determinant[q] = s * v
    if others:
        S = np.empty((N_COMPONENTS, N_COMPONENTS))
        W = np.empty((6, N_COMPONENTS))
        z = np.empty(N_COMPONENTS)
        for q in range(k):
            if m[q] != 2 and m[q] > 0:
                limit = gate2 + 2.0 * (m[q] - 1)
                far, volume = distance(y, H, r, q, m[q], wide[q], P, leaf[q], model, limit, S, W, z)
                if far <= limit:
                    d2[q] = far
                    determinant[q] = volume
    return d2, determinant


@njit
def _update_twos(
    rows: Rows, x: Array, P: Array, model: int, leaf: Ints, d2: Array, determinant: Array
) -> None:
    """Update the states of leaves (k,) with observations of two components, in place.

    d2, determinant  (k,)  as `update` returns them; d2 is left as it is where the work is another's: with
                           more or fewer components, or where the short form loses digits
    """
    y, H, r, m, wide = rows
    A = np.empty(6)
    B = np.empty(6)
    for q in range(leaf.shape[0]):
        if m[q] != 2:
            continue
        i = leaf[q]
        s, c, v = r[q, 0], 0.0, r[q, 1]
        for b in range(6):
            t = (
                P[i, model, b, 0] * H[q, 0, 0]
                + P[i, model, b, 1] * H[q, 0, 1]
                + P[i, model, b, 2] * H[q, 0, 2]
            )
            u = (
                P[i, model, b, 0] * H[q, 1, 0]
                + P[i, model, b, 1] * H[q, 1, 1]
                + P[i, model, b, 2] * H[q, 1, 2]
            )
            if wide[q] > 3:
                for d in range(3, 6):
                    t += P[i, model, b, d] * H[q, 0, d]
                    u += P[i, model, b, d] * H[q, 1, d]
            A[b] = t
            B[b] = u
            s += H[q, 0, b] * t
            c += H[q, 1, b] * t
            v += H[q, 1, b] * u
        if not s > 0.0:
            continue
        lower = c / s
        v -= lower * c
        if not v > 0.0:
            continue
        short = True
        for b in range(6):
            B[b] -= lower * A[b]
            left = P[i, model, b, b] - A[b] * A[b] / s - B[b] * B[b] / v
            short &= left > _LITTLE_LEFT * P[i, model, b, b]
        if not short:
            continue
        w = y[q, 1] - lower * y[q, 0]
        d2[q] = y[q, 0] * y[q, 0] / s + w * w / v
        determinant[q] = s * v
        first, second = y[q, 0] / s, w / v
        over_s, over_v = 1.0 / s, 1.0 / v
        for b in range(6):
            x[i, model, b] += A[b] * first + B[b] * second
            for d in range(b + 1):
                left = P[i, model, b, d] - A[b] * A[d] * over_s - B[b] * B[d] * over_v
                P[i, model, b, d] = left
                P[i, model, d, b] = left


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
    room: int,
) -> tuple[Array, Array, Array, Array]:
    """States of the children of some leaves.

    x, P, mu, r  (n, models, 6), (n, models, 6, 6), (n, models), (n,)  leaves at the look's time
    leaf, plot   (m,)  the leaf that each child comes from and the plot it took, -1 for none
    stray        (m,)  whether the plot's azimuth is taken as a stray one
    survives     (n,)  existence of each leaf if it took none
    room               rows to leave free at the end of x and P

    Returns x, P, mu, r of the children. What takes a plot exists. Its models are weighed by how well
    each foretold the plot.
    """
    n = leaf.shape[0]
    models = x.shape[1]
    x_out = np.empty((n + room, models, 6))
    P_out = np.empty((n + room, models, 6, 6))
    mu_out = np.empty((n, models))
    r_out = np.empty(n)
    hit = np.empty(n, np.int64)
    k = 0
    copy_rows(x.reshape((x.shape[0], 6 * models)), leaf, x_out.reshape((n + room, 6 * models)))
    copy_rows(P.reshape((P.shape[0], 36 * models)), leaf, P_out.reshape((n + room, 36 * models)))
    copy_rows(mu, leaf, mu_out)
    for c in range(n):
        r_out[c] = survives[leaf[c]]
        if plot[c] >= 0:
            r_out[c] = 1.0
            hit[k] = c
            k += 1
    hit = hit[:k]
    ll = np.empty((k, models))
    for q in range(models):
        _update_all(x_out, P_out, q, linearise(x_out, q, look, hit, plot[hit]), hit, stray, look.stray[1], ll)
    if models > 1:
        for h in range(k):
            _reweigh(mu_out, hit[h], ll, h)
    return x_out, P_out, mu_out, r_out


@njit
def _update_all(
    x: Array,
    P: Array,
    model: int,
    rows: Rows,
    leaf: Ints,
    stray: NDArray[np.bool_],
    stray_sd: float,
    ll: Array,
) -> None:
    """Update one model of some leaves (k,) with a plot each, in place; ll (k, models) is how it fitted."""
    y, H, r, m, wide = rows
    k = leaf.shape[0]
    for h in range(k):
        if stray[leaf[h]]:
            r[h, 1] *= stray_sd * stray_sd
    d2 = np.full(k, math.nan)
    determinant = np.zeros(k)
    _update_twos(rows, x, P, model, leaf, d2, determinant)
    S = np.empty((N_COMPONENTS, N_COMPONENTS))
    W = np.empty((6, N_COMPONENTS))
    K = np.empty((6, N_COMPONENTS))
    w = np.empty(N_COMPONENTS)
    for h in range(k):
        if math.isnan(d2[h]):
            d2[h], determinant[h] = update(y, H, r, h, m[h], wide[h], x, P, leaf[h], model, S, W, w, K)
        if ll.shape[1] > 1:
            ll[h, model] = _UNLIKELY if d2[h] == math.inf else -0.5 * (d2[h] + math.log(determinant[h]))


@inlined
def _reweigh(mu: Array, i: int, ll: Array, h: int) -> None:
    """Bayes' rule on the models of one leaf, in place."""
    best = -math.inf
    for q in range(mu.shape[1]):
        best = max(best, ll[h, q])
    total = 0.0
    for q in range(mu.shape[1]):
        mu[i, q] = max(mu[i, q] * math.exp(ll[h, q] - best), _LEAST_MODEL)
        total += mu[i, q]
    for q in range(mu.shape[1]):
        mu[i, q] /= total


_UNLIKELY = -1e9  # of a model that cannot be updated
_LEAST_MODEL = 1e-12
