"""Interacting mixture of motion models in 3-D: one row of settings a model.

State row  [east, north, up, v_east, v_north, v_up]   m, m/s, east-north-up at the sector's origin
Hover      the velocity decays to zero with a time constant and is kept alive by noise
           (Ornstein-Uhlenbeck): parked, hovering, swinging in the wind
Others     nearly constant velocity with white acceleration: steady of low density, manoeuvre of high

Who is fast does not change into a model that stands still (state-dependent transitions).

Sources: Bar-Shalom, Li & Kirubarajan (2001), 6.2.2 (white acceleration), 8.2 (correlated velocity as
a first-order Markov process), 11.6.6 (interacting multiple models).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Columns of the table of models, (models, 4).
TAU_S = 0  # s  memory of the velocity; infinite for nearly constant velocity
NOISE = 1  # m/s, 1-sigma of the velocity, with a memory; else m²/s³, acceleration noise density
VERTICAL = 2  # 1  vertical density as a share of the horizontal one
STAY_S = 3  # s  mean time in the model


@njit
def transition(dt_s: float, models: Array) -> Array:
    """Model transition probabilities (m, m), row from, column to, over dt_s >= 0."""
    m = models.shape[0]
    out = np.ones((m, m))
    for i in range(m):
        stay = math.exp(-dt_s / models[i, STAY_S]) if m > 1 else 1.0
        for j in range(m):
            out[i, j] = stay if i == j else (1.0 - stay) / (m - 1)
    return out


@njit
def predict_rows(x: Array, P: Array, mu: Array, dt_s: Array, models: Array) -> None:
    """Mix the models of every row and carry each forward, in place.

    x       (n, m, 6)     m, m/s  state by model
    P       (n, m, 6, 6)          covariance by model
    mu      (n, m)                model probabilities
    dt_s    (n,)          s       of each row; one of 0 or less stays as it is
    models  (m, 4)                see the columns above
    """
    if mu.shape[1] > 1:
        _mix_rows(x, P, mu, dt_s, models)
    _carry_rows(x, P, dt_s, models)


@njit
def _mix_rows(x: Array, P: Array, mu: Array, dt_s: Array, models: Array) -> None:
    """What the models of every row begin from, in place; of P its lower triangles, all that carry reads."""
    n, m = mu.shape
    x0 = np.empty((m, 6))
    P0 = np.empty((m, 6, 6))
    c = np.empty(m)
    pi = np.empty((m, m))
    changes = np.empty((m, m))
    of_dt = -1.0
    for i in range(n):
        if dt_s[i] <= 0.0:
            continue
        if dt_s[i] != of_dt:
            changes = transition(dt_s[i], models)
            of_dt = dt_s[i]
        _mix(x, P, mu, i, models, changes, pi, x0, P0, c)


@njit
def _carry_rows(x: Array, P: Array, dt_s: Array, models: Array) -> None:
    """Carry every row forward, in place."""
    for j in range(models.shape[0]):
        for i in range(dt_s.shape[0]):
            if dt_s[i] > 0.0:
                carry(x, P, i, j, dt_s[i], models)


@njit
def copy_rows(of: Array, rows: Ints, out: Array) -> None:
    """Rows (k,) of an array (n, w), written to the first of out (k or more, w)."""
    for q in range(rows.shape[0]):
        i = rows[q]
        for a in range(of.shape[1]):
            out[q, a] = of[i, a]


@njit
def carried(
    x: Array, P: Array, mu: Array, rows: Ints, dt_s: Array, models: Array
) -> tuple[Array, Array, Array]:
    """Copies of some rows (k,), each mixed and carried forward by its own dt_s (k,) as predict_rows does."""
    k = rows.shape[0]
    m = mu.shape[1]
    x_out = np.empty((k, m, 6))
    P_out = np.empty((k, m, 6, 6))
    mu_out = np.empty((k, m))
    copy_rows(x.reshape((x.shape[0], 6 * m)), rows, x_out.reshape((k, 6 * m)))
    copy_rows(P.reshape((P.shape[0], 36 * m)), rows, P_out.reshape((k, 36 * m)))
    copy_rows(mu, rows, mu_out)
    predict_rows(x_out, P_out, mu_out, dt_s, models)
    return x_out, P_out, mu_out


@inlined
def _mix(
    x: Array, P: Array, mu: Array, i: int, models: Array, changes: Array, pi: Array, x0: Array, P0: Array,
    c: Array,
) -> None:  # fmt: skip
    """What each model of row i begins from, in place; of P its lower triangle, which is all that carry reads.

    changes          (m, m)  transition probabilities over the row's interval
    pi, x0, P0, c            scratch (m, m), (m, 6), (m, 6, 6), (m,)
    """
    m = mu.shape[1]
    for a in range(m):
        for b in range(m):
            pi[a, b] = changes[a, b]
    restrain(pi, x, P, i, models)
    for j in range(m):
        c[j] = 0.0
        for a in range(m):
            c[j] += pi[a, j] * mu[i, a]
        for k in range(6):
            x0[j, k] = 0.0
            for q in range(k + 1):
                P0[j, k, q] = 0.0
        for a in range(m):
            w = pi[a, j] * mu[i, a] / c[j]
            for k in range(6):
                x0[j, k] += w * x[i, a, k]
        for a in range(m):
            w = pi[a, j] * mu[i, a] / c[j]
            for k in range(6):
                d = x[i, a, k] - x0[j, k]
                for q in range(k + 1):
                    P0[j, k, q] += w * (P[i, a, k, q] + d * (x[i, a, q] - x0[j, q]))
    for j in range(m):
        mu[i, j] = c[j]
        for k in range(6):
            x[i, j, k] = x0[j, k]
            for q in range(k + 1):
                P[i, j, k, q] = P0[j, k, q]


@inlined
def restrain(pi: Array, x: Array, P: Array, i: int, models: Array) -> None:
    """Let row i, if it is fast, not change into a model that stands still: transitions pi (m, m), in place.

    A jet does not begin to hover. Without it a track that is carried far loses its speed to that model.

    x, P  (n, m, 6), (n, m, 6, 6)  states by the model that changes
    """
    m = pi.shape[0]
    for a in range(m):
        v2 = x[i, a, 3] * x[i, a, 3] + x[i, a, 4] * x[i, a, 4]
        brakes = math.exp(-0.5 * v2 / (_STOPS_MPS**2 + P[i, a, 3, 3] + P[i, a, 4, 4])) + 1e-9
        for b in range(m):
            if b != a and models[b, TAU_S] < math.inf:
                pi[a, a] += (1.0 - brakes) * pi[a, b]
                pi[a, b] *= brakes


_STOPS_MPS = 10.0


@inlined
def carry(x: Array, P: Array, row: int, j: int, dt_s: float, models: Array) -> None:
    """Model j's F P Fᵀ + Q in one row, in place.

    F = [[I, g I], [0, a I]], Q = [[q11, q12], [q12, q22]] an axis.

    x, P  (n, models, 6), (n, models, 6, 6); of P the lower triangle is read and all is written
    """
    if models[j, TAU_S] < math.inf:
        tau = models[j, TAU_S]
        a = math.exp(-dt_s / tau)
        g = tau * (1.0 - a)
        s2 = models[j, NOISE] ** 2
        q22 = s2 * (1.0 - a * a)
        q12 = s2 * tau * (1.0 - a) ** 2
        q11 = s2 * tau * (2.0 * dt_s - tau * (3.0 - 4.0 * a + a * a))
    else:
        a = 1.0
        g = dt_s
        q22 = models[j, NOISE] * dt_s
        q12 = 0.5 * q22 * dt_s
        q11 = q12 * dt_s * 2.0 / 3.0
    for c in range(3):
        x[row, j, c] += g * x[row, j, c + 3]
        x[row, j, c + 3] *= a
    # Position first: it needs the velocity as it was.
    for c in range(3):
        for d in range(c + 1):
            s = P[row, j, c, d] + g * (P[row, j, d + 3, c] + P[row, j, c + 3, d])
            s += g * g * P[row, j, c + 3, d + 3]
            P[row, j, c, d] = s
            P[row, j, d, c] = s
    for c in range(3):
        for d in range(3):
            v = P[row, j, c + 3, d + 3] if d <= c else P[row, j, d + 3, c + 3]
            s = a * (P[row, j, c + 3, d] + g * v)
            P[row, j, c + 3, d] = s
            P[row, j, d, c + 3] = s
    for c in range(3):
        for d in range(c + 1):
            s = a * a * P[row, j, c + 3, d + 3]
            P[row, j, c + 3, d + 3] = s
            P[row, j, d + 3, c + 3] = s
    for c in range(3):
        share = models[j, VERTICAL] if c == 2 else 1.0
        P[row, j, c, c] += share * q11
        P[row, j, c, c + 3] += share * q12
        P[row, j, c + 3, c] += share * q12
        P[row, j, c + 3, c + 3] += share * q22


@inlined
def combine(x: Array, P: Array, mu: Array, row: int, x_out: Array, P_out: Array) -> None:
    """Mean (6,) and covariance (6, 6) of the mixture in one row, written to the outputs.

    x, P, mu  (n, models, 6), (n, models, 6, 6), (n, models)
    """
    models = mu.shape[1]
    if models == 1:
        for a in range(6):
            x_out[a] = x[row, 0, a]
            for b in range(6):
                P_out[a, b] = P[row, 0, a, b]
        return
    for a in range(6):
        x_out[a] = 0.0
        for i in range(models):
            x_out[a] += mu[row, i] * x[row, i, a]
    for a in range(6):
        for b in range(a + 1):
            s = 0.0
            for i in range(models):
                s += mu[row, i] * (P[row, i, a, b] + (x[row, i, a] - x_out[a]) * (x[row, i, b] - x_out[b]))
            P_out[a, b] = s
            P_out[b, a] = s


@njit
def summarise(x: Array, P: Array, mu: Array) -> tuple[Array, Array]:
    """Mean (n, 6) and covariance (n, 6, 6) of n mixtures."""
    n = x.shape[0]
    if mu.shape[1] == 1:
        return x.copy().reshape((n, 6)), P.copy().reshape((n, 6, 6))
    xm = np.empty((n, 6))
    Pm = np.empty((n, 6, 6))
    for i in range(n):
        combine(x, P, mu, i, xm[i], Pm[i])
    return xm, Pm


@njit
def ellipses(P: Array) -> tuple[Array, Array, Array]:
    """Of horizontal covariances (n, 6, 6): axes of 1 sigma, m, and the direction of the longer one, deg."""
    n = P.shape[0]
    major = np.empty(n)
    minor = np.empty(n)
    angle = np.empty(n)
    for i in range(n):
        mean = 0.5 * (P[i, 0, 0] + P[i, 1, 1])
        half = 0.5 * (P[i, 0, 0] - P[i, 1, 1])
        root = math.sqrt(half * half + P[i, 0, 1] * P[i, 0, 1])
        major[i] = math.sqrt(mean + root)
        minor[i] = math.sqrt(max(mean - root, 0.0))
        turned = math.degrees(0.5 * math.atan2(2.0 * P[i, 0, 1], -2.0 * half))
        angle[i] = turned if turned >= 0.0 else turned + 180.0
    return major, minor, angle


@njit
def errors(P: Array) -> tuple[Array, Array]:
    """Of covariances (n, 6, 6): 1 sigma of the height, m, and the larger of both level speeds, m/s."""
    n = P.shape[0]
    height = np.empty(n)
    speed = np.empty(n)
    for i in range(n):
        height[i] = math.sqrt(P[i, 2, 2])
        speed[i] = math.sqrt(max(P[i, 3, 3], P[i, 4, 4]))
    return height, speed
