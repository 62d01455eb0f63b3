"""The filter's inner loops against a plain Kalman filter, a plain look, Monte Carlo, and themselves."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.sensor import Sensor
from vedette.kernel.association import marginals
from vedette.kernel.bernoulli import begin, gate, near, predict_rows, summarise, update
from vedette.kernel.geodesy import mean_radius_m
from vedette.kernel.measurement import N_COMPONENTS
from vedette.track.sensors import model
from vedette.track.settings import TrackerSettings

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
import look_reference as reference

PARAMS = TrackerSettings().motion()
ORIGIN = np.array([50.9, 4.5, 0.0])
FRAME = np.array([0.0, mean_radius_m(50.9)])
seeds = st.integers(0, 2**32 - 1)


def a_sensor(rng, away_deg=0.5):
    return model(
        Sensor(
            id="r", index=0, lat_deg=50.9 + rng.uniform(-1, 1) * away_deg,
            lon_deg=4.5 + rng.uniform(-1, 1) * away_deg, alt_m=rng.uniform(0.0, 400.0),
        ),
        ORIGIN,
    )  # fmt: skip


def some_tracks(rng, n, pose, apart=5_000.0, models_apart=5.0):
    """n tracks around a point 3 to 30 km off the sensor."""
    centre = pose + np.array([rng.uniform(3e3, 3e4), rng.uniform(-2e4, 2e4), rng.uniform(100, 3000)])
    x, P = np.empty((n, 3, 6)), np.empty((n, 3, 6, 6))
    for i in range(n):
        place = centre + rng.normal(0.0, apart, 3) * (1, 1, 0.1)
        velocity = rng.normal(0.0, 60.0, 3) * (1, 1, 0.1)
        root = rng.normal(0.0, 1.0, (6, 6)) * np.array([40, 40, 20, 10, 10, 2.0])[:, None]
        for a in range(3):
            x[i, a] = np.concatenate((place + rng.normal(0, models_apart, 3), velocity + rng.normal(0, 3, 3)))
            P[i, a] = (a + 1.0) * (root @ root.T) + np.diag([25, 25, 25, 1, 1, 1.0])
    return x, P, rng.dirichlet(np.ones(3), n), rng.uniform(0.3, 0.99, n)


def plot_of(rng, place, velocity, sensor, kind, dt_s=0.0, spread=1.0):
    """z, sd, up of a noisy look at a place; kind names what is measured."""
    z, sd, up = np.full(N_COMPONENTS, np.nan), np.ones(N_COMPONENTS), np.zeros(2)
    place = place + dt_s * velocity
    d, v = sensor.rotation @ (place - sensor.pose), sensor.rotation @ velocity
    slant, ground = np.linalg.norm(d), math.hypot(d[0], d[1])
    height = FRAME[0] + place[2] + (place[0] ** 2 + place[1] ** 2) / 2 / FRAME[1]
    sd[:] = [20.0, 0.003, 0.01, 1.0, 15.0, 15.0, 30.0, 100.0, 3.0, 3.0]
    truth = [slant, math.atan2(d[0], d[1]), math.atan2(d[2], ground), d @ v / slant]
    for k in {"ra": (0, 1), "rae": (0, 1, 2), "raed": (0, 1, 2, 3), "a": (1,), "rab": (0, 1, 7)}.get(
        kind, ()
    ):
        z[k] = (truth[k] if k < 4 else height) + spread * sd[k] * rng.normal()
    if kind in ("en", "enh", "enhv"):
        up[:] = place[:2] / FRAME[1]
        z[4:6] = place[:2] - height * up + spread * sd[4:6] * rng.normal(size=2)
    if kind in ("enh", "enhv"):
        z[6] = height + spread * sd[6] * rng.normal()
    if kind == "enhv":
        z[8:10] = velocity[:2] + spread * sd[8:10] * rng.normal(size=2)
    return z, sd, up


KINDS = ("ra", "rae", "raed", "rab", "a", "en", "enh", "enhv")


def stack(plots):
    return tuple(np.array([p[k] for p in plots]) for k in range(3))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=seeds, dt_s=st.sampled_from([0.0, 0.4, -0.8]))
def test_one_sure_plot_is_a_textbook_kalman_update(kind, seed, dt_s):
    """Three equal models, one plot that is surely the track's: x + K y and (I - K H) P."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose)
    x[0, 1:], P[0, 1:] = x[0, 0], P[0, 0]
    z, sd, up = plot_of(rng, x[0, 0, :3], x[0, 0, 3:], sensor, kind, dt_s, spread=2.0)
    place = (z, sd, up, sensor.pose, sensor.rotation, FRAME, dt_s)
    y, H, R = reference.innovation(x[0, 0], P[0, 0], *place)
    want_x, want_P, _ = reference.kalman(x[0, 0], P[0, 0], y, H, R)
    before = mu.copy()
    none = np.zeros(1, np.int64)
    update(
        x, P, mu, r, np.array([0.9]), z[None], sd[None], up[None], np.array([dt_s]), sensor.pose,
        sensor.rotation, FRAME, none, none, np.ones(1), np.zeros(1), 0.02,
    )  # fmt: skip
    for a in range(3):
        assert np.allclose(x[0, a], want_x, rtol=1e-8, atol=1e-6)
        assert np.allclose(P[0, a], want_P, rtol=1e-6, atol=1e-6)
    assert np.allclose(mu, before)
    assert r[0] == pytest.approx(1.0)


def fast_look(x, P, mu, r, pd, plots, dt_s, sensor, lag_s, clutter, share):
    """The kernels in the order in which the stage calls them; arguments are not touched."""
    x, P, mu, r = x.copy(), P.copy(), mu.copy(), r.copy()
    z, sd, up = stack(plots)
    predict_rows(x, P, mu, np.full(len(x), lag_s), PARAMS)
    track, plot, loglik = gate(x, P, mu, z, sd, up, dt_s, sensor.pose, sensor.rotation, FRAME, 4.5)
    weight = r[track] * pd[track] * np.exp(loglik - clutter[plot])
    p_pair, p_missed, p_other = marginals(
        len(x), len(z), track, plot, weight, 1.0 - r * pd, np.full(len(z), 1.5)
    )
    update(
        x, P, mu, r, pd, z, sd, up, dt_s, sensor.pose, sensor.rotation, FRAME, track, plot, p_pair, p_missed,
        share,
    )  # fmt: skip
    full = np.zeros((len(x), len(z)))
    full[track, plot] = p_pair
    return x, P, mu, r, full, p_other


def plain_look(x, P, mu, r, pd, plots, dt_s, sensor, lag_s, clutter, share, p_pair=None):
    """The same by the reference; with p_pair given, its own is only returned, not used."""
    n, m = len(x), len(plots)
    x, P, mu, r = x.copy(), P.copy(), mu.copy(), r.copy()
    places = [(*plots[j], sensor.pose, sensor.rotation, FRAME, dt_s[j]) for j in range(m)]
    weight = np.zeros((n, m))
    for i in range(n):
        x[i], P[i], mu[i] = reference.predict(x[i], P[i], mu[i], lag_s, PARAMS)
        for j in range(m):
            loglik = reference.gated(x[i], P[i], mu[i], places[j], 4.5)
            weight[i, j] = 0.0 if loglik is None else r[i] * pd[i] * math.exp(loglik - clutter[j])
    own, _, p_other = reference.associate(weight, 1.0 - r * pd, np.full(m, 1.5))
    used = own if p_pair is None else p_pair
    for i in range(n):
        if weight[i].any():
            x[i], P[i], mu[i], r[i] = reference.update(
                x[i], P[i], mu[i], r[i], pd[i], places, used[i], 1.0 - used[i].sum(), share
            )
    return x, P, mu, r, own, p_other


def a_scene(seed, n=4, extra=2, apart=5_000.0, lag_s=1.0):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, n, sensor.pose, apart)
    plots = [
        plot_of(rng, x[i, 1, :3] + lag_s * x[i, 1, 3:], x[i, 1, 3:], sensor, str(rng.choice(KINDS)))
        for i in range(n)
    ]
    plots += [
        plot_of(rng, x[0, 1, :3] + rng.normal(0, 400.0, 3), x[0, 1, 3:], sensor, "rae") for _ in range(extra)
    ]
    clutter = np.array([np.where(np.isnan(p[0]), 0.0, sensor.log_density).sum() for p in plots])
    dt_s = rng.uniform(-0.3, 0.0, len(plots))
    return x, P, mu, r, rng.uniform(0.5, 0.95, n), plots, dt_s, sensor, lag_s, clutter


def apart_by(a, b):
    """Largest difference, as a share of the larger numbers."""
    return float(np.abs(a - b).max()) / max(1.0, float(np.abs(b).max()))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.95])
@pytest.mark.parametrize("seed", range(6))
def test_a_look_agrees_with_its_plain_reference(seed, share):
    """Association to the tolerance of its iteration; all else, from the same association, to 1e-9."""
    scene = a_scene(seed)
    fast = fast_look(*scene, share)
    plain = plain_look(*scene, share, p_pair=fast[4])
    for a, b in zip(fast[4:], plain[4:], strict=True):
        assert np.abs(a - b).max() < 1e-6
    for a, b in zip(fast[:4], plain[:4], strict=True):
        assert apart_by(a, b) < 1e-9
    for a, b in zip(fast[:4], plain_look(*scene, share)[:4], strict=True):
        assert apart_by(a, b) < 1e-5


@given(seed=seeds)
def test_a_batch_is_the_same_as_one_by_one(seed):
    """Tracks that share no plot do not feel each other."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 5, sensor.pose)
    x[:, :, 0] += 40_000.0 * np.arange(5)[:, None]
    plots = [plot_of(rng, x[i, 1, :3], x[i, 1, 3:], sensor, "rae") for i in range(5)]
    pd, clutter = np.full(5, 0.9), np.full(5, -20.0)
    together = fast_look(x, P, mu, r, pd, plots, np.zeros(5), sensor, 0.0, clutter, 0.02)
    for i in range(5):
        one = fast_look(
            x[i : i + 1], P[i : i + 1], mu[i : i + 1], r[i : i + 1], pd[:1], plots[i : i + 1], np.zeros(1),
            sensor, 0.0, clutter[:1], 0.02,
        )  # fmt: skip
        for a, b in zip(together[:4], one[:4], strict=True):
            assert np.allclose(a[i], b[0], rtol=1e-9, atol=1e-9)


@given(seed=seeds)
@settings(max_examples=25)
def test_order_of_tracks_and_plots_does_not_matter(seed):
    x, P, mu, r, pd, plots, dt_s, sensor, lag_s, clutter = a_scene(seed, n=4, extra=3, apart=300.0)
    rng = np.random.default_rng(seed)
    i, j = rng.permutation(len(x)), rng.permutation(len(plots))
    straight = fast_look(x, P, mu, r, pd, plots, dt_s, sensor, lag_s, clutter, 0.0)
    shuffled = fast_look(
        x[i], P[i], mu[i], r[i], pd[i], [plots[q] for q in j], dt_s[j], sensor, lag_s, clutter[j], 0.0
    )
    for a, b in zip(straight[:4], shuffled[:4], strict=True):
        assert np.allclose(a[i], b, rtol=1e-6, atol=1e-6)
    assert np.allclose(straight[4][np.ix_(i, j)], shuffled[4], atol=1e-6)
    assert np.allclose(straight[5][j], shuffled[5], atol=1e-6)


@given(seed=seeds, n_plots=st.integers(1, 120), whole=st.booleans())
@settings(max_examples=25)
def test_existence_does_not_fall_because_many_plots_fit(seed, n_plots, whole):
    """A burst of equal plots leaves each with a small share; together they still say that it exists."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose)
    plots = [plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, "rae", spread=0.0) for _ in range(n_plots)]
    pd = np.array([0.9 if whole else 0.0])
    track, plot = np.zeros(n_plots, np.int64), np.arange(n_plots)
    weight = np.full(n_plots, 1e6)
    p_pair, p_missed, _ = marginals(1, n_plots, track, plot, weight, 1.0 - r * pd, np.full(n_plots, 1.5))
    before = r[0]
    z, sd, up = stack(plots)
    update(x, P, mu, r, pd, z, sd, up, np.zeros(n_plots), sensor.pose, sensor.rotation, FRAME, track, plot,
           p_pair, p_missed, TrackerSettings().ignore_below)  # fmt: skip
    assert r[0] >= before
    assert np.isfinite(x).all()
    assert np.linalg.eigvalsh(P[0]).min() > 0.0


@given(seed=seeds)
def test_a_miss_lowers_existence_by_bayes_rule(seed):
    """r (1 - Pd) / (1 - r Pd) where no plot is likely to be its own."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, 1, sensor.pose)
    before = x.copy(), P.copy(), mu.copy(), r.copy()
    z, sd, up = stack([plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, "rae")])
    none = np.zeros(1, np.int64)
    update(x, P, mu, r, np.array([0.8]), z, sd, up, np.zeros(1), sensor.pose, sensor.rotation, FRAME, none,
           none, np.zeros(1), np.ones(1), 0.02)  # fmt: skip
    assert r[0] == pytest.approx(before[3][0] * 0.2 / (1.0 - 0.8 * before[3][0]))
    assert np.allclose(x, before[0])
    assert np.allclose(P, before[1])
    assert np.allclose(mu, before[2])


def begun(z, sd, up, sensor, height_max_m=15_000.0):
    x, P = np.empty(6), np.empty((6, 6))
    took = begin(z, sd, up, sensor.pose, sensor.rotation, FRAME, height_max_m, 50.0, x, P)
    return took, x, P


@pytest.mark.parametrize("kind", ["rae", "raed", "enh", "enhv"])
@pytest.mark.parametrize("seed", range(4))
def test_the_covariance_at_birth_is_that_of_monte_carlo(kind, seed):
    """Begun from 3000 noisy looks at one target, first states scatter as P says."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, _, _, _ = some_tracks(rng, 1, sensor.pose)
    states, last = [], None
    for _ in range(3000):
        took, state, last = begun(*plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, kind), sensor)
        assert took
        states.append(state)
    error = np.array(states)[:, :3] - x[0, 1, :3]
    spread = error.T @ error / len(error)
    scale = np.sqrt(np.diag(last)[:3])
    assert np.abs((spread - last[:3, :3]) / np.outer(scale, scale)).max() < 0.12
    assert np.abs(error.mean(axis=0) / scale).max() < 0.15


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            "ra",
            marks=pytest.mark.xfail(strict=True, reason="begin leaves out that range² - height² is curved"),
        ),
        "rab",
        "en",
    ],
)
def test_a_birth_without_a_measured_height_allows_for_every_height(kind):
    """Wherever below height_max it flew, the place is within its covariance: 99 % of 2 degrees of freedom."""
    distances = []
    for seed in range(1500):
        rng = np.random.default_rng(seed)
        sensor = a_sensor(rng)
        height_max = rng.uniform(100.0, 15_000.0)
        height = rng.uniform(0.0, min(height_max, 6_000.0))
        ground, bearing = rng.uniform(2.0 * height + 100.0, 80_000.0), rng.uniform(-math.pi, math.pi)
        offset = np.array([ground * math.sin(bearing), ground * math.cos(bearing), height])
        place = sensor.pose + sensor.rotation.T @ offset
        took, x, P = begun(*plot_of(rng, place, np.zeros(3), sensor, kind), sensor, height_max)
        assert took
        assert np.linalg.eigvalsh(P).min() > 0.0
        error = x[:2] - place[:2]
        distances.append(float(error @ np.linalg.solve(P[:2, :2], error)))
    assert np.mean(np.array(distances) > 9.21) < 0.04
    assert max(distances) < 100.0


def test_nothing_begins_without_a_place():
    sensor = a_sensor(np.random.default_rng(0))
    for present in ([], [0], [1], [2], [3], [1, 2], [0, 2], [6], [8, 9]):
        z = np.full(N_COMPONENTS, np.nan)
        z[present] = 0.1
        assert not begun(z, np.ones(N_COMPONENTS), np.zeros(2), sensor)[0]


def refused_by_near(seed, models_apart, longest_s, fastest):
    """Whether `near` refuses a plot that `gate` takes, in a random scene."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng, float(rng.choice([0.0, 0.1, 1.0])))
    x, P, mu, _ = some_tracks(rng, 1, sensor.pose, apart=float(rng.choice([10.0, 3e4])))
    x[:, :, 2] += float(rng.choice([0.0, 9000.0]))
    x[:, :, 3:5] *= float(rng.choice([0.0, 1.0, fastest]))
    x[:, :, :3] += rng.normal(0.0, models_apart, (1, 3, 3))
    P *= float(rng.choice([0.1, 1.0, 100.0]))
    dt_s = np.array([rng.choice([0.0, 0.1, 1.0, longest_s])])
    ahead = x.copy(), P.copy(), mu.copy()
    predict_rows(*ahead, dt_s, PARAMS)
    mean, cov = summarise(*ahead)
    place = rng.multivariate_normal(mean[0, :3], cov[0, :3, :3] * rng.uniform(1.0, 9.0))
    z, sd, up = stack([plot_of(rng, place, mean[0, 3:], sensor, str(rng.choice(KINDS)))])
    taken = gate(*ahead, z, sd, up, np.zeros(1), sensor.pose, sensor.rotation, FRAME, 4.5)[0]
    close = near(x, P, mu, dt_s, z, sd, sensor.pose, sensor.rotation, FRAME, PARAMS)[0]
    return len(taken) > 0 and not close


@given(seed=seeds)
@settings(max_examples=400)
def test_near_never_refuses_what_the_gate_would_take(seed):
    assert not refused_by_near(seed, models_apart=10.0, longest_s=2.0, fastest=2.0)


@pytest.mark.parametrize(("models_apart", "longest_s", "fastest"), [(300.0, 2.0, 1.0), (10.0, 10.0, 4.0)])
def test_near_never_refuses_it_when_the_models_disagree(models_apart, longest_s, fastest):
    """Apart from the start, or since hovering falls behind at 240 m/s within 10 s."""
    assert not any(refused_by_near(seed, models_apart, longest_s, fastest) for seed in range(2000))


@given(seed=seeds)
@settings(max_examples=150)
def test_the_gate_takes_what_lies_inside_and_nothing_beyond(seed):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, _ = some_tracks(rng, 3, sensor.pose, apart=float(rng.choice([100.0, 5000.0])))
    P *= float(rng.choice([0.1, 1.0, 30.0]))
    x[:, :, :3] += rng.normal(0.0, float(rng.choice([1.0, 300.0])), (3, 3, 3))
    dt_s = rng.choice([0.0, -0.7, 2.0], 3)
    plots = []
    for i in range(3):
        off = rng.multivariate_normal(np.zeros(3), 6.0 * P[i, 1, :3, :3])
        kind = str(rng.choice(KINDS))
        plots.append(plot_of(rng, x[i, 1, :3] + off, x[i, 1, 3:], sensor, kind, dt_s[i], spread=3.0))
    z, sd, up = stack(plots)
    track, plot, loglik = gate(x, P, mu, z, sd, up, dt_s, sensor.pose, sensor.rotation, FRAME, 4.5)
    got = {(int(i), int(j)): float(v) for i, j, v in zip(track, plot, loglik, strict=True)}
    for i in range(3):
        for j in range(3):
            want = reference.gated(
                x[i], P[i], mu[i], (*plots[j], sensor.pose, sensor.rotation, FRAME, dt_s[j]), 4.5
            )
            assert (want is not None) == ((i, j) in got)
            if want is not None:
                assert math.isclose(got[i, j], want, rel_tol=1e-8, abs_tol=1e-6)
    assert list(track) == sorted(track)
