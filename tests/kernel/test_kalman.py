"""The update against the textbook's, and what must hold of it however ill the numbers are."""

import math

import look_reference as reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seen import KINDS, MODELS, a_sensor, examples, plain, plot_of, seen, some_tracks

from vedette.kernel.kalman import distance, take, update
from vedette.kernel.measurement import N_COMPONENTS
from vedette.kernel.motion import predict_rows

seeds = st.integers(0, 2**32 - 1)


def taken(x, P, mu, r, look, leaf, plot, survives=None, stray=None):
    """Children of leaves; arguments are not touched."""
    before = [a.copy() for a in (x, P, mu, r)]
    survives = np.zeros(len(r)) if survives is None else survives
    stray = np.zeros(len(leaf), np.bool_) if stray is None else np.array(stray)
    out = take(x, P, mu, r, look, np.array(leaf, np.int64), np.array(plot, np.int64), stray, survives, 0)
    for a, b in zip((x, P, mu, r), before, strict=True):
        assert np.array_equal(a, b)
    return out


@pytest.mark.parametrize("kind", KINDS)
@given(seed=seeds, dt_s=st.sampled_from([0.0, 0.4, -0.8]), n_models=st.integers(1, 3))
def test_a_plot_is_a_textbook_kalman_update_of_every_model(kind, seed, dt_s, n_models):
    """x + K y and (I - K H) P, and the models by how well they foretold it."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 2, sensor.pose, models_apart=30.0, n_models=n_models)
    plot = plot_of(rng, x[1, 0, :3], x[1, 0, 3:], sensor, kind, dt_s, spread=2.0)
    got = taken(x, P, mu, r, seen([plot], sensor, [dt_s]), [1], [0])
    want = reference.take(x[1], P[1], mu[1], plain(plot, sensor, dt_s))
    assert np.allclose(got[0][0], want[0], rtol=1e-8, atol=1e-6)
    assert np.allclose(got[1][0], want[1], rtol=1e-6, atol=1e-6)
    assert np.allclose(got[2][0], want[2], rtol=1e-6, atol=1e-9)
    assert got[3][0] == 1.0, "what gives a plot is there"


@given(seed=seeds)
@examples(30)
def test_children_of_many_leaves_are_those_of_each(seed):
    """Any leaf any number of times, with any plot or none; a batch is the same as one by one."""
    rng = np.random.default_rng(seed)
    sensors = [a_sensor(rng, 0.3) for _ in range(2)]
    x, P, mu, r = some_tracks(rng, 3, sensors[0].pose, apart=50.0)
    at, late = rng.integers(0, 2, 4), rng.uniform(-0.5, 0.0, 4)
    plots = [plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensors[at[j]], str(rng.choice(KINDS))) for j in range(4)]
    look = seen(plots, sensors, late, at)
    leaf, plot, survives = rng.integers(0, 3, 8), rng.integers(-1, 4, 8), rng.uniform(0.0, 1.0, 3)
    together = taken(x, P, mu, r, look, leaf, plot, survives)
    for c in range(8):
        i, j = int(leaf[c]), int(plot[c])
        if j < 0:
            want = x[i], P[i], mu[i], survives[i]
        else:
            one = seen([plots[j]], sensors[at[j]], late[j : j + 1])
            want = [a[0] for a in taken(x[i : i + 1], P[i : i + 1], mu[i : i + 1], r[:1], one, [0], [0])]
        for a, b in zip(together, want, strict=True):
            assert np.array_equal(a[c], b)


@given(seed=seeds)
@examples(30)
def test_a_stray_azimuth_counts_with_the_noise_of_such(seed):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose)
    z, sd, up, corr = plot_of(rng, x[0, 0, :3], x[0, 0, 3:], sensor, "rae")
    look = seen([(z, sd, up, corr)], sensor, stray=(0.1, 6.0))
    got = taken(x, P, mu, r, look, [0, 0], [0, 0], stray=[True, False])
    for c, factor in ((0, 6.0), (1, 1.0)):
        wide = sd.copy()
        wide[1] *= factor
        want = reference.take(x[0], P[0], mu[0], plain((z, wide, up, corr), sensor, 0.0))
        for a, b in zip(got, want, strict=False):
            assert np.allclose(a[c], b, rtol=1e-6, atol=1e-6)


def innovation_of(y, H, r, P):
    """(I - K H) P, Mahalanobis distance and log determinant, by matrices."""
    S = H @ P @ H.T + np.diag(r)
    K = P @ H.T @ np.linalg.inv(S)
    return K @ y, (np.eye(6) - K @ H) @ P, y @ np.linalg.solve(S, y), np.linalg.slogdet(S)[1]


def scratch():
    return (
        np.full((N_COMPONENTS, N_COMPONENTS), np.nan),
        np.full((6, N_COMPONENTS), np.nan),
        np.full(N_COMPONENTS, np.nan),
    )


def updated(x, P, H, r, y, wide=6):
    """The update with rows given as they are: distance, log determinant, x, P."""
    x, P = x[None, None].copy(), P[None, None].copy()
    S, W, w = scratch()
    K = np.empty((6, N_COMPONENTS))
    d2, determinant = update(y[None], H[None], r[None], 0, len(y), wide, x, P, 0, 0, S, W, w, K)
    return d2, math.log(determinant) if determinant > 0.0 else -math.inf, x[0, 0], P[0, 0]


def distant(P, H, r, y, wide, limit):
    return distance(y[None], H[None], r[None], 0, len(y), wide, P[None, None], 0, 0, limit, *scratch())


@given(seed=seeds, m=st.integers(1, 6))
@examples(100)
def test_rows_of_any_kind_are_weighed_as_their_matrices(seed, m):
    rng = np.random.default_rng(seed)
    H, y, r = rng.normal(size=(m, 6)), rng.normal(size=m), rng.uniform(0.1, 10.0, m)
    root = rng.normal(size=(6, 6))
    P = root @ root.T + 0.1 * np.eye(6)
    d2, logdet, x, after = updated(np.zeros(6), P, H, r, y)
    want_x, want_P, want_d2, want_logdet = innovation_of(y, H, r, P)
    assert d2 == pytest.approx(want_d2, rel=1e-9)
    assert logdet == pytest.approx(want_logdet, rel=1e-9, abs=1e-9)
    assert np.allclose(x, want_x, rtol=1e-8, atol=1e-9)
    assert np.allclose(after, want_P, rtol=1e-8, atol=1e-9)


@given(seed=seeds, m=st.integers(1, 6), wide=st.sampled_from([3, 6]), limit=st.floats(0.01, 20.0))
@examples(100)
def test_a_distance_is_the_update_s_own_up_to_its_limit(seed, m, wide, limit):
    rng = np.random.default_rng(seed)
    H, y, r = rng.normal(size=(m, 6)), rng.normal(size=m), rng.uniform(0.1, 10.0, m)
    H[:, wide:] = 0.0
    root = rng.normal(size=(6, 6))
    P = root @ root.T + 0.1 * np.eye(6)
    want = updated(np.zeros(6), P, H, r, y)
    for a, b in zip(updated(np.zeros(6), P, H, r, y, wide), want, strict=True):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12)
    want = want[0], math.exp(want[1])
    got = distant(P, H, r, y, wide, limit)
    if (y**2 > limit * (np.einsum("ia,ab,ib->i", H, P, H) + r)).any():
        assert got[0] == math.inf
        assert want[0] > limit * (1.0 - 1e-9)
    else:
        assert got == pytest.approx(want, rel=1e-9, abs=1e-9)


def least_eigenvalue(P):
    """Of the correlations: at a variance of 1e12 one of 1e-4 across it is below the last digits."""
    unit = 1.0 / np.sqrt(np.diag(P))
    return float(np.linalg.eigvalsh(P * np.outer(unit, unit)).min())


# Doubles hold a ratio of variances of some 1e14; beyond it a covariance is positive but for rounding.
LAST_DIGITS = -1e-8


@given(seed=seeds, m=st.integers(1, 5), prior_exp=st.floats(0.0, 12.0), sd_exp=st.floats(-4.0, 3.0))
@examples(200)
def test_what_is_left_is_symmetric_and_positive_definite(seed, m, prior_exp, sd_exp):
    """Variances to 1e12 before, noise down to 1e-4, exact or long rows: by the information it must have."""
    rng = np.random.default_rng(seed)
    H = rng.normal(size=(m, 6)) * 10.0 ** rng.uniform(-2.0, 0.0, (m, 1))
    r = np.full(m, 10.0**sd_exp) ** 2
    scale = np.sqrt(10.0**prior_exp) * 10.0 ** rng.uniform(-1.0, 0.0, 6)
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    P = scale[:, None] * (turn @ np.diag(rng.uniform(0.05, 1.0, 6)) @ turn.T) * scale
    P = 0.5 * (P + P.T)
    _, _, x, after = updated(np.zeros(6), P, H, r, rng.normal(size=m))
    assert np.isfinite(x).all()
    assert np.array_equal(after, after.T)
    assert least_eigenvalue(after) > (0.0 if prior_exp - 2.0 * sd_exp < 13.0 else LAST_DIGITS)
    assert (np.diag(after) > 0.0).all()
    assert (np.diag(after) <= np.diag(P) * (1.0 + 1e-9)).all()


@pytest.mark.parametrize("kind", ["rae", "raed", "ra", "enhv", "enc", "r"])
@given(seed=seeds, prior_exp=st.floats(2.0, 12.0), sd_exp=st.floats(-4.0, 0.0))
@examples(40)
def test_so_it_is_for_what_sensors_measure(kind, seed, prior_exp, sd_exp):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose, n_models=1)
    P[0, 0] = np.diag(10.0**prior_exp * np.array([1.0, 1.0, 1.0, 1e-3, 1e-3, 1e-3]))
    z, sd, up, corr = plot_of(rng, x[0, 0, :3], x[0, 0, 3:], sensor, kind, spread=0.1)
    sd[:] = 10.0**sd_exp * np.where(np.isin(np.arange(N_COMPONENTS), (1, 2)), 1e-3, 1.0)
    look = seen([(z, sd, up, corr)], sensor)
    got_x, got_P, _, _ = taken(x, P, mu, r, look, [0], [0])
    after = got_P[0, 0]
    assert np.array_equal(after, after.T)
    assert (np.diag(after) > 0.0).all()
    assert least_eigenvalue(after) > (0.0 if prior_exp - 2.0 * sd_exp < 13.0 else LAST_DIGITS)
    # And it goes on from there: a second later the same plot again, and again.
    for _ in range(3):
        predict_rows(got_x, got_P, mu, np.ones(1), MODELS[1:2])
        got_x, got_P, _, _ = taken(got_x, got_P, mu, r, look, [0], [0])
        assert np.isfinite(got_x).all()
        assert (np.diag(got_P[0, 0]) > 0.0).all()


@given(seed=seeds)
@examples(50)
def test_it_does_not_matter_how_the_frame_is_turned(seed):
    """State, covariance and rows turned together give the same distance and the turned state."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, 5))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    Q = np.kron(np.eye(2), turn)
    H, y, r = rng.normal(size=(m, 6)), rng.normal(size=m), rng.uniform(0.1, 10.0, m)
    root = rng.normal(size=(6, 6))
    P, x = root @ root.T + 0.1 * np.eye(6), rng.normal(size=6)
    one = updated(x, P, H, r, y)
    other = updated(Q @ x, Q @ P @ Q.T, H @ Q.T, r, y)
    assert one[0] == pytest.approx(other[0], rel=1e-9)
    assert one[1] == pytest.approx(other[1], rel=1e-9, abs=1e-9)
    assert np.allclose(Q @ one[2], other[2], rtol=1e-8, atol=1e-9)
    assert np.allclose(Q @ one[3] @ Q.T, other[3], rtol=1e-8, atol=1e-9)


@given(seed=seeds, kind=st.sampled_from(["ra", "rae", "en", "enh", "t"]))
@examples(40)
def test_two_plots_at_once_are_the_same_in_either_order_where_rows_are_straight(seed, kind):
    """Independent linear rows: solved together, or one after the other."""
    rng = np.random.default_rng(seed)
    m = len(kind)
    H, y, r = rng.normal(size=(m, 6)), rng.normal(size=m), rng.uniform(0.1, 10.0, m)
    root = rng.normal(size=(6, 6))
    P, x = root @ root.T + 0.1 * np.eye(6), np.zeros(6)
    _, _, all_x, all_P = updated(x, P, H, r, y)
    step_x, step_P = x, P
    for k in rng.permutation(m):
        row = slice(k, k + 1)
        _, _, step_x, step_P = updated(step_x, step_P, H[row], r[row], y[row] - H[row] @ step_x)
    assert np.allclose(all_x, step_x, rtol=1e-7, atol=1e-9)
    assert np.allclose(all_P, step_P, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("spoilt", [-1.0, math.nan])
def test_what_is_no_covariance_is_infinitely_far(spoilt):
    H, y, r = np.eye(1, 6), np.ones(1), np.array([0.5])
    P = np.eye(6)
    P[0, 0] = spoilt
    for wide in (3, 6):
        d2, _, x, after = updated(np.zeros(6), P, H, r, y, wide)
        assert d2 == math.inf
        assert not x.any()
        assert np.array_equal(after, P, equal_nan=True)
        assert distant(P, H, r, y, wide, 20.0)[0] == math.inf


def test_a_model_that_cannot_be_updated_stays_and_yields_to_the_others():
    rng = np.random.default_rng(0)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose)
    P[0, 0] = -np.eye(6) * 1e6
    plot = plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, "rae")
    got_x, got_P, got_mu, _ = taken(x, P, mu, r, seen([plot], sensor), [0], [0])
    assert np.array_equal(got_x[0, 0], x[0, 0])
    assert got_mu[0, 0] < 1e-9
    assert np.isfinite(got_P).all()
    assert got_mu.sum() == pytest.approx(1.0)


def test_no_model_is_ever_ruled_out():
    """One that foretold the plot 60 sigma off may still be right later."""
    rng = np.random.default_rng(1)
    sensor = a_sensor(rng, 0.0)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose)
    P[0] = np.diag([100.0, 100.0, 100.0, 1.0, 1.0, 1.0])
    x[0, 0, :2] += 3000.0
    plot = plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, "rae")
    mu_after = taken(x, P, mu, r, seen([plot], sensor), [0], [0])[2][0]
    assert 0.0 < mu_after[0] < 1e-9
