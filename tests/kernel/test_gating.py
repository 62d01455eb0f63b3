"""Which plots could be of which leaf: against the plain test of every pair, and themselves."""

import math

import look_reference as reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seen import GATE_SD, KINDS, MODELS, NO_STRAY, a_sensor, examples, many, plain, plot_of, seen, some_tracks

from vedette.kernel.gating import gate, near
from vedette.kernel.measurement import N_COMPONENTS
from vedette.kernel.motion import predict_rows, summarise
from vedette.kernel.windows import windows

seeds = st.integers(0, 2**32 - 1)


def gated(x, P, mu, look, gate_sd):
    return gate(x, P, mu, look, windows(look), gate_sd)


def nearby(x, P, mu, dt_s, look, models, gate_sd):
    return near(x, P, mu, dt_s, np.ones(len(x), np.bool_), look, windows(look), models, gate_sd)


def pairs_of(start, plot, loglik, astray):
    """{(leaf, plot): (log likelihood, whether its azimuth strays)}."""
    leaf = np.repeat(np.arange(len(start) - 1), np.diff(start))
    assert len(plot) == len(loglik) == len(astray) == start[-1]
    out = {
        (int(i), int(j)): (float(v), bool(s)) for i, j, v, s in zip(leaf, plot, loglik, astray, strict=True)
    }
    assert len(out) == len(plot), "each pair once"
    return out


def refused_by_near(seed, models_apart, longest_s, fastest, n_models=3):
    """Whether `near` refuses a plot that `gate` takes, in a random scene."""
    rng = np.random.default_rng(seed)
    models = MODELS[:n_models] if n_models == 3 else MODELS[1 : 1 + n_models]
    sensor = a_sensor(rng, float(rng.choice([0.0, 0.1, 1.0])))
    x, P, mu, _ = some_tracks(rng, 1, sensor.pose, apart=float(rng.choice([10.0, 3e4])), n_models=n_models)
    x[:, :, 2] += float(rng.choice([0.0, 9000.0]))
    x[:, :, 3:5] *= float(rng.choice([0.0, 1.0, fastest]))
    x[:, :, :3] += rng.normal(0.0, models_apart, (1, n_models, 3))
    P *= float(rng.choice([0.1, 1.0, 100.0]))
    P[:, -1] *= float(rng.choice([1.0, 100.0]))
    dt_s = np.array([rng.choice([0.0, 0.1, 1.0, longest_s])])
    late_s = np.array([rng.choice([0.0, 0.0, -0.3, -longest_s])])
    ahead = x.copy(), P.copy(), mu.copy()
    predict_rows(*ahead, dt_s, models)
    mean, cov = summarise(*ahead)
    place = rng.multivariate_normal(mean[0, :3], cov[0, :3, :3] * rng.uniform(1.0, 9.0))
    stray = (0.1, 5.0) if rng.random() < 0.3 else NO_STRAY
    plot = plot_of(rng, place, mean[0, 3:], sensor, str(rng.choice(KINDS)), late_s[0])
    if stray[0]:
        plot[0][1] += 4.0 * rng.normal() * plot[1][1]
    look = seen([plot], sensor, late_s, stray=stray)
    taken = gated(*ahead, look, GATE_SD)[1]
    close = nearby(x, P, mu, dt_s, look, models, GATE_SD)[0]
    return len(taken) > 0 and not close


@given(seed=seeds)
@examples(400)
def test_near_never_refuses_what_the_gate_would_take(seed):
    assert not refused_by_near(seed, models_apart=10.0, longest_s=2.0, fastest=2.0)


@pytest.mark.parametrize(
    ("models_apart", "longest_s", "fastest", "n_models"),
    [(300.0, 2.0, 1.0, 3), (10.0, 10.0, 4.0, 3), (10.0, 10.0, 4.0, 1), (300.0, 4.0, 2.0, 2)],
)
def test_near_never_refuses_it_when_the_models_disagree(models_apart, longest_s, fastest, n_models):
    """Apart from the start, or since hovering falls behind at 240 m/s within 10 s."""
    assert not any(
        refused_by_near(seed, models_apart, longest_s, fastest, n_models) for seed in range(many(1500))
    )


def test_near_refuses_most_of_what_is_far_off():
    """Else it would be no use: ten tracks 50 km apart, plots of one."""
    rng = np.random.default_rng(1)
    sensor = a_sensor(rng, 0.0)
    x, P, mu, _ = some_tracks(rng, 10, sensor.pose, apart=100.0)
    x[:, :, 1] += 50e3 * np.arange(10)[:, None]
    for kind in ("ra", "rae", "en", "enc"):
        look = seen([plot_of(rng, x[3, 0, :3], x[3, 0, 3:], sensor, kind)], sensor)
        close = nearby(x, P, mu, np.ones(10), look, MODELS, GATE_SD)
        assert np.flatnonzero(close).tolist() == [3]


def test_who_is_not_asked_for_is_not_near():
    rng = np.random.default_rng(4)
    sensor = a_sensor(rng, 0.0)
    x, P, mu, _ = some_tracks(rng, 2, sensor.pose, apart=1.0)
    for kind in ("ra", "en", "a"):
        look = seen([plot_of(rng, x[0, 0, :3], x[0, 0, 3:], sensor, kind)], sensor)
        asked = np.array([False, True])
        close = near(x, P, mu, np.zeros(2), asked, look, windows(look), MODELS, GATE_SD)
        assert close.tolist() == [False, True]


def wanted(x, P, mu, plots, sensors, dt_s, at, stray=NO_STRAY):
    """{(leaf, plot): log likelihood} of every pair, tried one by one."""
    out = {}
    for i in range(len(x)):
        for j in range(len(plots)):
            loglik = reference.gated(
                x[i], P[i], mu[i], plain(plots[j], sensors[at[j]], dt_s[j]), GATE_SD, stray
            )
            if loglik is not None:
                out[i, j] = loglik
    return out


def agree(got, want):
    assert set(got) == set(want)
    for key, value in got.items():
        assert math.isclose(value[0], want[key][0], rel_tol=1e-8, abs_tol=1e-6)
        assert value[1] == want[key][1]


STRAYS = st.sampled_from([(0.0, 1.0), (0.05, 5.0), (0.3, 2.0)])


@given(seed=seeds, n_models=st.integers(1, 3), stray=STRAYS)
@examples(200)
def test_the_gate_takes_what_lies_inside_and_nothing_beyond(seed, n_models, stray):
    """Places that agree and disagree, of one model and several, late and early, seen from several places."""
    rng = np.random.default_rng(seed)
    sensors = [a_sensor(rng) for _ in range(2)]
    x, P, mu, _ = some_tracks(
        rng, 3, sensors[0].pose, apart=float(rng.choice([100.0, 5000.0])), n_models=n_models
    )
    P *= float(rng.choice([0.1, 1.0, 30.0]))
    P[:, -1] *= float(rng.choice([1.0, 100.0]))  # a model that is wide, and may have next to no weight
    mu = mu * np.where(np.arange(n_models) < n_models - 1, 1.0, float(rng.choice([1.0, 1e-3])))
    mu /= mu.sum(axis=1, keepdims=True)
    x[:, :, :3] += rng.normal(0.0, float(rng.choice([1.0, 300.0])), (3, n_models, 3))
    at, dt_s = rng.integers(0, 2, 6), rng.choice([0.0, -0.7, 2.0], 6)
    plots = []
    for j in range(6):
        i = j % 3
        off = rng.multivariate_normal(np.zeros(3), 6.0 * P[i, rng.integers(n_models), :3, :3])
        kind = str(rng.choice(KINDS))
        plots.append(plot_of(rng, x[i, 0, :3] + off, x[i, 0, 3:], sensors[at[j]], kind, dt_s[j], spread=3.0))
    got = pairs_of(*gated(x, P, mu, seen(plots, sensors, dt_s, at, stray), GATE_SD))
    agree(got, wanted(x, P, mu, plots, sensors, dt_s, at, stray))


def lines(rng, n, slant):
    """Covariances of which place and velocity hang together nearly wholly, along and against each other."""
    P = np.empty((n, 1, 6, 6))
    for i in range(n):
        s = slant * rng.uniform(0.5, 1.0)
        speed = s * rng.uniform(0.3, 0.8)
        block = np.array([[s * s, -0.999 * s * speed], [-0.999 * s * speed, speed * speed]])
        if rng.random() < 0.5:
            block[0, 1] = block[1, 0] = -block[0, 1]
        axes = np.array([[1.0, 1.0, 1.0], [1.0, 0.01, 0.01], [0.01, 1.0, 0.01]])[rng.integers(3)]
        P[i, 0] = np.kron(block, np.diag(axes))
    return P


@pytest.mark.parametrize("kind", ["ra", "rae", "en", "r"])
def test_a_plot_of_another_time_is_not_lost_where_place_and_speed_hang_together(kind):
    """Such as a track that was begun with an unknown velocity: two seconds back it is far wider."""
    lost = tried = 0
    for seed in range(many(600)):
        rng = np.random.default_rng(seed)
        sensor = a_sensor(rng, 0.0)
        x, _, mu, _ = some_tracks(rng, 1, sensor.pose, n_models=1)
        x[:, :, 3:] = 0.0
        P = lines(rng, 1, 600.0)
        dt_s = np.array([rng.choice([-2.0, 2.0])])
        F = np.kron(np.array([[1.0, dt_s[0]], [0.0, 1.0]]), np.eye(3))
        then = F @ P[0, 0] @ F.T
        direction = rng.normal(size=3) * (1.0, 1.0, 0.2)
        far = direction / np.linalg.norm(direction) * np.sqrt(np.diag(then)[:3]) * rng.uniform(2.0, 6.0)
        plots = [plot_of(rng, x[0, 0, :3] + far, np.zeros(3), sensor, kind, 0.0, 0.0)]
        got = pairs_of(*gated(x, P, mu, seen(plots, sensor, dt_s), GATE_SD))
        want = wanted(x, P, mu, plots, [sensor], dt_s, [0])
        tried += len(want)
        lost += len(want) - len(got)
    assert tried > 0
    assert lost == 0


@pytest.mark.parametrize("told_sd_deg", [0.5, 3.0])
def test_what_passes_overhead_is_not_lost(told_sd_deg):
    """Just before and just past the zenith the azimuths are opposite and the places near each other."""
    tried = 0
    for seed in range(many(600)):
        rng = np.random.default_rng(seed)
        sensor = a_sensor(rng, 0.0)
        x, P, mu, _ = some_tracks(rng, 1, sensor.pose, n_models=1)
        bearing, away = rng.uniform(-math.pi, math.pi), rng.uniform(2.0, 120.0)
        d = np.array([away * math.sin(bearing), away * math.cos(bearing), 800.0])
        x[0, 0, :3] = sensor.pose + sensor.rotation.T @ d
        P[0, 0] = np.diag([4.0, 4.0, 4.0, 1.0, 1.0, 1.0])
        other = bearing + rng.uniform(2.0, 4.3)
        there = np.array([60.0 * math.sin(other), 60.0 * math.cos(other), 800.0])
        z, sd, up, corr = plot_of(
            rng, sensor.pose + sensor.rotation.T @ there, np.zeros(3), sensor, "rae", 0.0, 0.0
        )
        sd[1], sd[2] = math.radians(told_sd_deg), math.radians(5.0)
        plots = [(z, sd, up, corr)]
        want = wanted(x, P, mu, plots, [sensor], [0.0], [0])
        agree(pairs_of(*gated(x, P, mu, seen(plots, sensor), GATE_SD)), want)
        tried += len(want)
    assert tried > 0


@given(seed=seeds)
@examples(60)
def test_plots_from_many_places_are_the_same_as_one_by_one(seed):
    """Near and gate with every plot seen from a place of its own."""
    rng = np.random.default_rng(seed)
    sensors = [a_sensor(rng, 0.3) for _ in range(3)]
    x, P, mu, _ = some_tracks(rng, 4, sensors[0].pose)
    at = rng.integers(0, 3, 6)
    plots = [
        plot_of(rng, x[i % 4, 1, :3], x[i % 4, 1, 3:], sensors[at[i]], str(rng.choice(KINDS)))
        for i in range(6)
    ]
    late = rng.uniform(-0.5, 0.0, 6)
    look = seen(plots, sensors, late, at)
    together = pairs_of(*gated(x, P, mu, look, GATE_SD))
    alone, close, lag_s = {}, np.zeros(4, np.bool_), np.full(4, 0.5)
    for j in range(6):
        one = seen([plots[j]], sensors[at[j]], late[j : j + 1])
        alone |= {(i, j): v for (i, _), v in pairs_of(*gated(x, P, mu, one, GATE_SD)).items()}
        close |= nearby(x, P, mu, lag_s, one, MODELS, GATE_SD)
    assert together == alone
    assert (nearby(x, P, mu, lag_s, look, MODELS, GATE_SD) >= close).all()


@given(seed=seeds)
@examples(40)
def test_order_of_leaves_and_plots_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, _ = some_tracks(rng, 5, sensor.pose, apart=200.0)
    plots = [plot_of(rng, x[i, 1, :3], x[i, 1, 3:], sensor, str(rng.choice(KINDS))) for i in range(5)]
    i, j = rng.permutation(5), rng.permutation(5)
    straight = pairs_of(*gated(x, P, mu, seen(plots, sensor), GATE_SD))
    turned = pairs_of(*gated(x[i], P[i], mu[i], seen([plots[q] for q in j], sensor), GATE_SD))
    assert {(int(i[a]), int(j[b])): v for (a, b), v in turned.items()} == straight


def test_pairs_grow_beyond_the_room_that_was_made():
    """Many plots at one place: every one of them is a pair."""
    rng = np.random.default_rng(2)
    sensor = a_sensor(rng)
    x, P, mu, _ = some_tracks(rng, 2, sensor.pose, apart=1.0)
    plots = [plot_of(rng, x[0, 0, :3], x[0, 0, 3:], sensor, "rae", spread=0.1) for _ in range(50)]
    start, plot, loglik, _ = gated(x, P * 100.0, mu, seen(plots, sensor), GATE_SD)
    assert start.tolist() == [0, 50, 100]
    assert sorted(plot[:50].tolist()) == list(range(50))
    assert np.isfinite(loglik).all()


def test_nothing_to_gate():
    rng = np.random.default_rng(3)
    sensor = a_sensor(rng)
    x, P, mu, _ = some_tracks(rng, 2, sensor.pose)
    start, plot, *_ = gated(x, P, mu, seen([], sensor), GATE_SD)
    assert (start.tolist(), len(plot)) == ([0, 0, 0], 0)
    assert not nearby(x, P, mu, np.zeros(2), seen([], sensor), MODELS, GATE_SD).any()
    says_nothing = (np.full(N_COMPONENTS, np.nan), np.ones(N_COMPONENTS), np.zeros(2), 0.0)
    assert len(gated(x, P, mu, seen([says_nothing], sensor), GATE_SD)[1]) == 0
    start, plot, *_ = gated(x[:0], P[:0], mu[:0], seen([], sensor), GATE_SD)
    assert start.tolist() == [0]


@pytest.mark.parametrize("cross", [math.nan, 1e12, -1e12])
def test_a_covariance_that_is_none_takes_nothing(cross):
    """Its distance is no number, or that of no ellipsoid."""
    rng = np.random.default_rng(4)
    sensor = a_sensor(rng)
    x, P, mu, _ = some_tracks(rng, 1, sensor.pose)
    plots = [plot_of(rng, x[0, 0, :3], x[0, 0, 3:], sensor, "rae")]
    assert len(gated(x, P, mu, seen(plots, sensor), 1e3)[1]) == 1
    P[:, :, 0, 1] = P[:, :, 1, 0] = cross
    assert len(gated(x, P, mu, seen(plots, sensor), GATE_SD)[1]) == 0
