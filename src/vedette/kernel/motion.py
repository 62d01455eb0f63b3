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
def predict_one(
    x: Array, P: Array, mu: Array, dt_s: float, models: Array, x0: Array, P0: Array, c: Array
) -> None:
    """Mix the models of one track and carry each forward, in place.

    x       (m, 6)     m, m/s  state by model
    P       (m, 6, 6)          covariance by model
    mu      (m,)               model probabilities
    dt_s               s       0 or more
    models  (m, 4)             see the columns above
    x0, P0, c  (m, 6), (m, 6, 6), (m,)  scratch
    """
    if dt_s <= 0.0:
        return
    n = mu.shape[0]
    if n == 1:
        carry(x[0], P[0], dt_s, models[0])
        return
    pi = transition(dt_s, models)
    restrain(pi, x, P, models)
    for j in range(n):
        c[j] = 0.0
        for i in range(n):
            c[j] += pi[i, j] * mu[i]
    for j in range(n):
        for a in range(6):
            x0[j, a] = 0.0
            for b in range(a + 1):
                P0[j, a, b] = 0.0
        for i in range(n):
            w = pi[i, j] * mu[i] / c[j]
            for a in range(6):
                x0[j, a] += w * x[i, a]
        for i in range(n):
            w = pi[i, j] * mu[i] / c[j]
            for a in range(6):
                da = x[i, a] - x0[j, a]
                for b in range(a + 1):
                    P0[j, a, b] += w * (P[i, a, b] + da * (x[i, b] - x0[j, b]))
    for j in range(n):
        mu[j] = c[j]
        for a in range(6):
            x[j, a] = x0[j, a]
            for b in range(a + 1):
                P[j, a, b] = P0[j, a, b]
                P[j, b, a] = P0[j, a, b]
        carry(x[j], P[j], dt_s, models[j])


@inlined
def restrain(pi: Array, x: Array, P: Array, models: Array) -> None:
    """Let who is fast not change into a model that stands still: transitions pi (m, m), in place.

    x, P  (m, 6), (m, 6, 6)  the state by model that changes
    """
    for i in range(pi.shape[0]):
        brakes = _brakes(x[i], P[i])
        for j in range(pi.shape[0]):
            if j != i and models[j, TAU_S] < math.inf:
                pi[i, i] += (1.0 - brakes) * pi[i, j]
                pi[i, j] *= brakes


@njit
def _brakes(x: Array, P: Array) -> float:
    """How likely a target of this speed is one that can stop: a jet does not begin to hover.

    Without it a track that is carried far loses its speed to the hovering model.
    """
    v2 = x[3] * x[3] + x[4] * x[4]
    return math.exp(-0.5 * v2 / (_STOPS_MPS**2 + P[3, 3] + P[4, 4])) + 1e-9


_STOPS_MPS = 10.0


@njit
def carry(x: Array, P: Array, dt_s: float, model: Array) -> None:
    """One model's F P Fᵀ + Q in place: F = [[I, g I], [0, a I]], Q = [[q11, q12], [q12, q22]] an axis."""
    tau = model[TAU_S]
    if tau < math.inf:
        a = math.exp(-dt_s / tau)
        g = tau * (1.0 - a)
        s2 = model[NOISE] ** 2
        q22 = s2 * (1.0 - a * a)
        q12 = s2 * tau * (1.0 - a) ** 2
        q11 = s2 * tau * (2.0 * dt_s - tau * (3.0 - 4.0 * a + a * a))
    else:
        a = 1.0
        g = dt_s
        q = model[NOISE]
        q11 = q * dt_s**3 / 3.0
        q12 = q * dt_s**2 / 2.0
        q22 = q * dt_s
    for i in range(3):
        x[i] += g * x[i + 3]
        x[i + 3] *= a
    # Position first: it needs the velocity as it was.
    for i in range(3):
        for j in range(i + 1):
            s = P[i, j] + g * (P[i, j + 3] + P[i + 3, j]) + g * g * P[i + 3, j + 3]
            P[i, j] = s
            P[j, i] = s
    for i in range(3):
        for j in range(3):
            s = a * (P[i, j + 3] + g * P[i + 3, j + 3])
            P[i, j + 3] = s
            P[j + 3, i] = s
    for i in range(3):
        share = model[VERTICAL] if i == 2 else 1.0
        for j in range(3):
            P[i + 3, j + 3] *= a * a
        P[i, i] += share * q11
        P[i, i + 3] += share * q12
        P[i + 3, i] += share * q12
        P[i + 3, i + 3] += share * q22


@njit
def predict_rows(x: Array, P: Array, mu: Array, dt_s: Array, models: Array) -> None:
    """Carry every row forward by its own dt_s (n,), in place; x (n, m, 6), P (n, m, 6, 6), mu (n, m)."""
    m = x.shape[1]
    x0 = np.empty((m, 6))
    P0 = np.empty((m, 6, 6))
    c = np.empty(m)
    for i in range(x.shape[0]):
        predict_one(x[i], P[i], mu[i], dt_s[i], models, x0, P0, c)


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
    xm = np.empty((n, 6))
    Pm = np.empty((n, 6, 6))
    for i in range(n):
        combine(x, P, mu, i, xm[i], Pm[i])
    return xm, Pm
