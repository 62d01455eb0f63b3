"""Motion: what must hold for any motion model, and for the mixture of three."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.motion import (
    HOVER,
    HOVER_SPEED,
    HOVER_TAU_S,
    MANOEUVRE,
    MANOEUVRE_Q,
    N_MODELS,
    STAY_HOVER_S,
    STEADY,
    STEADY_Q,
    VERTICAL,
    combine,
    predict_one,
    transition,
)
from vedette.track.settings import TrackerSettings

DEFAULT = TrackerSettings().motion()
seconds = st.floats(1e-3, 30.0)
seeds = st.integers(0, 2**32 - 1)


def never_switching(params=DEFAULT):
    out = params.copy()
    out[STAY_HOVER_S : STAY_HOVER_S + N_MODELS] = math.inf
    return out


def scene(seed, spread=100.0):
    """One track with a random state, covariance and model probabilities."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, spread, (3, 6))
    root = rng.normal(0.0, 1.0, (3, 6, 6)) * np.array([30.0, 30.0, 30.0, 5.0, 5.0, 5.0])[None, :, None]
    P = root @ root.transpose(0, 2, 1) + 1e-3 * np.eye(6)
    return x, P, rng.dirichlet(np.ones(3))


def carried(x, P, mu, dt_s, params):
    x, P, mu = x.copy(), P.copy(), mu.copy()
    predict_one(x, P, mu, dt_s, params)
    return x, P, mu


@given(first=seconds, second=seconds, seed=seeds)
def test_two_short_steps_equal_one_long_step(first, second, seed):
    """For each model by itself, in mean and in covariance."""
    track = scene(seed)
    params = never_switching()
    twice = carried(*carried(*track, first, params), second, params)
    once = carried(*track, first + second, params)
    for a, b in zip(twice, once, strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-7)


@given(dt_s=seconds, seed=seeds)
def test_steady_and_manoeuvre_are_the_textbook_matrices(dt_s, seed):
    """F = [[1, t], [0, 1]], Q = q [[t³/3, t²/2], [t²/2, t]] on each axis."""
    x, P, mu = scene(seed)
    got_x, got_P, _ = carried(x, P, mu, dt_s, never_switching())
    F = np.kron(np.array([[1.0, dt_s], [0.0, 1.0]]), np.eye(3))
    q = np.array([[dt_s**3 / 3.0, dt_s**2 / 2.0], [dt_s**2 / 2.0, dt_s]])
    axes = np.diag([1.0, 1.0, DEFAULT[VERTICAL]])
    for model, column in ((STEADY, STEADY_Q), (MANOEUVRE, MANOEUVRE_Q)):
        assert np.allclose(got_x[model], F @ x[model])
        Q = DEFAULT[column] * np.kron(q, axes)
        assert np.allclose(got_P[model], F @ P[model] @ F.T + Q, rtol=1e-10)


def test_hover_is_the_ornstein_uhlenbeck_process():
    """Van Loan's integral done by summation over small steps gives the same noise."""
    tau, speed = DEFAULT[HOVER_TAU_S], DEFAULT[HOVER_SPEED]
    A = np.array([[0.0, 1.0], [0.0, -1.0 / tau]])
    density = 2.0 * speed**2 / tau
    dt_s, n = 5.0, 20_000
    Q = np.zeros((2, 2))
    small = dt_s / n
    for i in range(n):
        s = (i + 0.5) * small
        decay = math.exp(-s / tau)
        g = np.array([tau * (1.0 - decay), decay])
        Q += density * np.outer(g, g) * small
    x, P, mu = np.ones((3, 6)), np.zeros((3, 6, 6)), np.full(3, 1 / 3)
    x, P, _ = carried(x, P, mu, dt_s, never_switching())
    assert np.allclose(P[HOVER][np.ix_([0, 3], [0, 3])], Q, rtol=1e-6)
    assert x[HOVER][3] == pytest.approx(math.exp(A[1, 1] * dt_s))


def test_a_long_hover_forgets_its_velocity():
    x, P, mu = scene(4)
    x, P, _ = carried(x, P, mu, 300.0, never_switching())
    assert np.abs(x[HOVER, 3:]).max() < 1e-9
    assert np.allclose(np.diag(P[HOVER])[3:5], DEFAULT[HOVER_SPEED] ** 2)


@given(dt_s=st.floats(1e-9, 3600.0), seed=seeds)
def test_covariances_stay_symmetric_and_positive_definite(dt_s, seed):
    _, P, mu = carried(*scene(seed, spread=1000.0), dt_s, DEFAULT)
    assert mu.sum() == pytest.approx(1.0, abs=1e-12)
    assert mu.min() > 0.0
    for each in P:
        assert np.abs(each - each.T).max() <= 1e-9 * np.abs(each).max()
        scale = 1.0 / np.sqrt(np.diag(each))
        assert np.linalg.eigvalsh(0.5 * (each + each.T) * np.outer(scale, scale)).min() > 0.0


@given(dt_s=st.floats(0.0, 1e4))
def test_transitions_out_of_each_model_sum_to_one(dt_s):
    pi = transition(dt_s, DEFAULT)
    assert np.allclose(pi.sum(axis=1), 1.0, atol=1e-12)
    assert pi.min() >= 0.0


@given(dt_s=st.floats(1e-3, 100.0), seed=seeds)
def test_mixing_keeps_the_mean_and_covariance_of_the_mixture(dt_s, seed):
    """Without velocity and noise nothing moves, so what is left of a step is the mixing alone."""
    x, P, mu = scene(seed)
    x[:, 3:] = 0.0
    P[:, 3:, :] = P[:, :, 3:] = 0.0
    params = DEFAULT.copy()
    params[HOVER_SPEED] = params[STEADY_Q] = params[MANOEUVRE_Q] = 0.0
    before, after = (np.empty(6), np.empty((6, 6))), (np.empty(6), np.empty((6, 6)))
    combine(x, P, mu, *before)
    combine(*carried(x, P, mu, dt_s, params), *after)
    assert np.allclose(before[0], after[0], atol=1e-9)
    assert np.allclose(before[1], after[1], rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("dt_s", [0.0, -0.0, -1.0])
def test_no_time_is_no_change(dt_s):
    track = scene(1)
    for before, after in zip(track, carried(*track, dt_s, DEFAULT), strict=True):
        assert np.array_equal(before, after)


@given(seed=seeds)
def test_combine_is_the_moment_match(seed):
    x, P, mu = scene(seed)
    xm, Pm = np.empty(6), np.empty((6, 6))
    combine(x, P, mu, xm, Pm)
    mean = mu @ x
    assert np.allclose(xm, mean)
    assert np.allclose(
        Pm, sum(w * (p + np.outer(s - mean, s - mean)) for w, p, s in zip(mu, P, x, strict=True))
    )
