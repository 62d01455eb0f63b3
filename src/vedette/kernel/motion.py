"""Interacting mixture of three motion models in 3-D: hover, steady, manoeuvre.

State row  [east, north, up, v_east, v_north, v_up]   m, m/s, east-north-up at the sector's origin
Hover      the velocity decays to zero with a time constant and is kept alive by noise
           (Ornstein-Uhlenbeck): parked, hovering, swinging in the wind
Steady     nearly constant velocity with white acceleration of low density
Manoeuvre  the same with high density

Sources: Bar-Shalom, Li & Kirubarajan (2001), 6.2.2 (white acceleration), 8.2 (correlated velocity as
a first-order Markov process), 11.6.6 (interacting multiple models).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]

HOVER = 0
STEADY = 1
MANOEUVRE = 2
N_MODELS = 3

# Columns of the parameter row that goes into the kernels.
HOVER_TAU_S = 0  # s      time constant of the velocity while hovering
HOVER_SPEED = 1  # m/s    1-sigma of the velocity while hovering
STEADY_Q = 2  # m²/s³  acceleration noise density, horizontal
MANOEUVRE_Q = 3  # m²/s³
VERTICAL = 4  # 1      vertical density as a share of the horizontal one
STAY_HOVER_S = 5  # s  mean time in a model
STAY_STEADY_S = 6  # s
STAY_MANOEUVRE_S = 7  # s


@njit
def transition(dt_s: float, params: Array) -> Array:
    """Model transition probabilities (3, 3), row from, column to, over dt_s >= 0."""
    out = np.empty((3, 3))
    for i in range(3):
        stay = math.exp(-dt_s / params[STAY_HOVER_S + i])
        for j in range(3):
            out[i, j] = stay if i == j else 0.5 * (1.0 - stay)
    return out


@njit
def predict_one(x: Array, P: Array, mu: Array, dt_s: float, params: Array) -> None:
    """Mix the models of one track and carry each forward, in place.

    x       (3, 6)     m, m/s  state by model
    P       (3, 6, 6)          covariance by model
    mu      (3,)               model probabilities
    dt_s               s       0 or more
    params  (8,)               see the columns above
    """
    if dt_s <= 0.0:
        return
    pi = transition(dt_s, params)
    c = np.zeros(3)
    for j in range(3):
        for i in range(3):
            c[j] += pi[i, j] * mu[i]
    x0 = np.zeros((3, 6))
    P0 = np.zeros((3, 6, 6))
    for j in range(3):
        for i in range(3):
            w = pi[i, j] * mu[i] / c[j]
            for a in range(6):
                x0[j, a] += w * x[i, a]
        for i in range(3):
            w = pi[i, j] * mu[i] / c[j]
            for a in range(6):
                da = x[i, a] - x0[j, a]
                for b in range(6):
                    P0[j, a, b] += w * (P[i, a, b] + da * (x[i, b] - x0[j, b]))
    for j in range(3):
        mu[j] = c[j]
        _carry(j, x0[j], P0[j], dt_s, params, x[j], P[j])


@njit
def _carry(model: int, x: Array, P: Array, dt_s: float, params: Array, x_out: Array, P_out: Array) -> None:
    """One model's F P Fᵀ + Q with F = [[I, g I], [0, a I]], noise [[q11, q12], [q12, q22]] an axis."""
    if model == HOVER:
        tau = params[HOVER_TAU_S]
        a = math.exp(-dt_s / tau)
        g = tau * (1.0 - a)
        s2 = params[HOVER_SPEED] ** 2
        q22 = s2 * (1.0 - a * a)
        q12 = s2 * tau * (1.0 - a) ** 2
        q11 = s2 * tau * (2.0 * dt_s - tau * (3.0 - 4.0 * a + a * a))
    else:
        a = 1.0
        g = dt_s
        q = params[STEADY_Q] if model == STEADY else params[MANOEUVRE_Q]
        q11 = q * dt_s**3 / 3.0
        q12 = q * dt_s**2 / 2.0
        q22 = q * dt_s
    for i in range(3):
        x_out[i] = x[i] + g * x[i + 3]
        x_out[i + 3] = a * x[i + 3]
    for i in range(3):
        share = params[VERTICAL] if i == 2 else 1.0
        for j in range(3):
            pp = P[i, j] + g * (P[i, j + 3] + P[i + 3, j]) + g * g * P[i + 3, j + 3]
            pv = a * (P[i, j + 3] + g * P[i + 3, j + 3])
            vp = a * (P[i + 3, j] + g * P[i + 3, j + 3])
            vv = a * a * P[i + 3, j + 3]
            if i == j:
                pp += share * q11
                pv += share * q12
                vp += share * q12
                vv += share * q22
            P_out[i, j] = pp
            P_out[i, j + 3] = pv
            P_out[i + 3, j] = vp
            P_out[i + 3, j + 3] = vv


@njit
def combine(x: Array, P: Array, mu: Array, x_out: Array, P_out: Array) -> None:
    """Mean (6,) and covariance (6, 6) of the mixture of one track's models, written to the outputs."""
    for a in range(6):
        x_out[a] = mu[0] * x[0, a] + mu[1] * x[1, a] + mu[2] * x[2, a]
    for a in range(6):
        for b in range(6):
            s = 0.0
            for m in range(3):
                s += mu[m] * (P[m, a, b] + (x[m, a] - x_out[a]) * (x[m, b] - x_out[b]))
            P_out[a, b] = s
