"""Motion: what must hold for any motion model, and for a mixture of any number of them."""

import math

import look_reference as reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.motion import (
    NOISE,
    STAY_S,
    VERTICAL,
    combine,
    ellipses,
    predict_rows,
    summarise,
    transition,
)
from vedette.kernel.motion import carried as carried_rows
from vedette.track.settings import MODELS, TrackerSettings

DEFAULT = TrackerSettings().motion()
HOVER, STEADY, MANOEUVRE = (MODELS.index(name) for name in ("hover", "steady", "manoeuvre"))
HOVER_TAU_S, HOVER_SPEED = DEFAULT[HOVER, :2]
seconds = st.floats(1e-3, 30.0)
seeds = st.integers(0, 2**32 - 1)


def never_switching(models=DEFAULT):
    out = models.copy()
    out[:, STAY_S] = math.inf
    return out


def scene(seed, spread=100.0, m=3):
    """One track with a random state, covariance and model probabilities."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, spread, (m, 6))
    root = rng.normal(0.0, 1.0, (m, 6, 6)) * np.array([30.0, 30.0, 30.0, 5.0, 5.0, 5.0])[None, :, None]
    P = root @ root.transpose(0, 2, 1) + 1e-3 * np.eye(6)
    return x, P, rng.dirichlet(np.ones(m))


def carried(x, P, mu, dt_s, models):
    x, P, mu = x[None].copy(), P[None].copy(), mu[None].copy()
    predict_rows(x, P, mu, np.array([dt_s]), models)
    return x[0], P[0], mu[0]


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
    for model in (STEADY, MANOEUVRE):
        axes = np.diag([1.0, 1.0, DEFAULT[model, VERTICAL]])
        assert np.allclose(got_x[model], F @ x[model])
        Q = DEFAULT[model, NOISE] * np.kron(q, axes)
        assert np.allclose(got_P[model], F @ P[model] @ F.T + Q, rtol=1e-10)


def test_hover_is_the_ornstein_uhlenbeck_process():
    """Van Loan's integral done by summation over small steps gives the same noise."""
    tau, speed = HOVER_TAU_S, HOVER_SPEED
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
    assert np.allclose(np.diag(P[HOVER])[3:5], HOVER_SPEED**2)


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
    params[:, NOISE] = 0.0
    before, after = (np.empty(6), np.empty((6, 6))), (np.empty(6), np.empty((6, 6)))
    combine(x[None], P[None], mu[None], 0, *before)
    combine(*(a[None] for a in carried(x, P, mu, dt_s, params)), 0, *after)
    assert np.allclose(before[0], after[0], atol=1e-9)
    assert np.allclose(before[1], after[1], rtol=1e-9, atol=1e-7)


@given(dt_s=seconds, seed=seeds, which=st.sets(st.sampled_from(range(3)), min_size=1))
def test_any_set_of_models_is_carried_as_the_plain_reference_does(dt_s, seed, which):
    models = DEFAULT[sorted(which)]
    track = scene(seed, m=len(models))
    for a, b in zip(carried(*track, dt_s, models), reference.predict(*track, dt_s, models), strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-7)


@given(seed=seeds, m=st.integers(1, 3))
def test_rows_are_carried_each_by_its_own_time(seed, m):
    """A batch is the same as one by one; rows with no time to go stay."""
    rng = np.random.default_rng(seed)
    tracks = [scene(seed + k, m=m) for k in range(4)]
    dt_s = rng.choice([0.0, 0.3, 5.0, -1.0], 4)
    x, P, mu = (np.array([t[k] for t in tracks]) for k in range(3))
    predict_rows(x, P, mu, dt_s, DEFAULT[:m])
    for k, track in enumerate(tracks):
        for a, b in zip((x[k], P[k], mu[k]), carried(*track, dt_s[k], DEFAULT[:m]), strict=True):
            assert np.array_equal(a, b)
    mean, cov = summarise(x, P, mu)
    for k in range(4):
        xm, Pm = np.empty(6), np.empty((6, 6))
        combine(x, P, mu, k, xm, Pm)
        assert np.array_equal(mean[k], xm)
        assert np.array_equal(cov[k], Pm)


@given(dt_s=st.floats(0.0, 1e4))
def test_one_model_alone_is_never_left(dt_s):
    assert transition(dt_s, DEFAULT[:1]).tolist() == [[1.0]]


@pytest.mark.parametrize("dt_s", [0.0, -0.0, -1.0])
def test_no_time_is_no_change(dt_s):
    track = scene(1)
    for before, after in zip(track, carried(*track, dt_s, DEFAULT), strict=True):
        assert np.array_equal(before, after)


@given(seed=seeds)
def test_combine_is_the_moment_match(seed):
    x, P, mu = scene(seed)
    xm, Pm = np.empty(6), np.empty((6, 6))
    combine(x[None], P[None], mu[None], 0, xm, Pm)
    mean = mu @ x
    assert np.allclose(xm, mean)
    assert np.allclose(
        Pm, sum(w * (p + np.outer(s - mean, s - mean)) for w, p, s in zip(mu, P, x, strict=True))
    )


@given(seed=seeds, m=st.integers(1, 3))
def test_carried_rows_are_copies_that_predict_rows_would_make(seed, m):
    """Any rows, in any order, one of them twice; what they are copies of stays as it was."""
    rng = np.random.default_rng(seed)
    tracks = [scene(seed + k, m=m) for k in range(5)]
    held = [np.array([t[k] for t in tracks]) for k in range(3)]
    before = [a.copy() for a in held]
    rows, dt_s = np.append(rng.permutation(5)[:3], 2), rng.choice([0.0, 0.3, 5.0, -1.0], 4)
    got = carried_rows(*held, rows, dt_s, DEFAULT[:m])
    want = [a[rows] for a in before]
    predict_rows(*want, dt_s, DEFAULT[:m])
    for a, b, mine, was in zip(got, want, held, before, strict=True):
        assert np.array_equal(a, b)
        assert np.array_equal(mine, was)
        assert not np.shares_memory(a, mine)


@given(seed=seeds, flat=st.sampled_from([1.0, 0.5, 1e-3, 0.0]))
def test_ellipses_are_those_of_the_eigenvectors(seed, flat):
    """Long ones, flat ones, and those that are a line; directions are clockwise from north."""
    P = np.array([scene(seed + k, m=1)[1][0] for k in range(4)])
    P[:, :2, :2] = [
        [[c * c + flat * s * s, (1.0 - flat) * s * c], [(1.0 - flat) * s * c, s * s + flat * c * c]]
        for s, c in ((math.sin(a), math.cos(a)) for a in np.random.default_rng(seed).uniform(-4.0, 4.0, 4))
    ]
    P[3] *= 1e6
    major, minor, angle = ellipses(P)
    for k in range(4):
        values, vectors = np.linalg.eigh(P[k, :2, :2])
        assert np.allclose([minor[k] ** 2, major[k] ** 2], values, rtol=0.0, atol=1e-12 * values[1])
        if flat < 1.0:
            off = math.radians(angle[k]) - math.atan2(*vectors[:, 1])
            assert abs(math.sin(off)) < 1e-9
    assert ((angle >= 0.0) & (angle <= 180.0)).all()


def test_directions_of_ellipses_by_the_compass_and_round_ones():
    P = np.zeros((6, 6, 6))
    P[:, 0, 0] = [1.0, 9.0, 5.0, 5.0, 4.0, 0.0]
    P[:, 1, 1] = [9.0, 1.0, 5.0, 5.0, 4.0, 0.0]
    P[:, 0, 1] = P[:, 1, 0] = [0.0, 0.0, 4.0, -4.0, 0.0, 0.0]
    major, minor, angle = ellipses(P)
    assert np.allclose(major, [3.0, 3.0, 3.0, 3.0, 2.0, 0.0])
    assert np.allclose(minor, [1.0, 1.0, 1.0, 1.0, 2.0, 0.0])
    assert np.allclose(angle[:4], [0.0, 90.0, 45.0, 135.0])
    assert np.isfinite(angle).all()
