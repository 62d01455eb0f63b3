"""First states against Monte Carlo, and for every height that was not measured."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seen import a_sensor, covariance, many, plot_of, seen, some_tracks

from vedette.kernel.birth import begin
from vedette.kernel.measurement import N_COMPONENTS

seeds = st.integers(0, 2**32 - 1)


def begun(plots, sensor, height_max_m=15_000.0, speed_sd_mps=(50.0,)):
    """x (n, models, 6), P of the first states of all plots."""
    n, speed = len(plots), np.array(speed_sd_mps)
    x, P = np.full((n, len(speed), 6), np.nan), np.full((n, len(speed), 6, 6), np.nan)
    begin(seen(plots, sensor), np.arange(n), height_max_m, speed, x, P)
    return x, P


@pytest.mark.parametrize("kind", ["rae", "raed", "enh", "enhv"])
@pytest.mark.parametrize("seed", range(4))
def test_the_covariance_at_birth_is_that_of_monte_carlo(kind, seed):
    """Begun from noisy looks at one target, first states scatter as P says."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, _, _, _ = some_tracks(rng, 1, sensor.pose)
    n = many(3000)
    states, P = begun([plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, kind) for _ in range(n)], sensor)
    error = states[:, 0, :3] - x[0, 1, :3]
    spread = error.T @ error / n
    scale = np.sqrt(np.diag(P[-1, 0])[:3])
    slack = math.sqrt(3000 / n)
    assert np.abs((spread - P[-1, 0, :3, :3]) / np.outer(scale, scale)).max() < 0.12 * slack
    assert np.abs(error.mean(axis=0) / scale).max() < 0.15 * slack


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
        x, P = begun([plot_of(rng, place, np.zeros(3), sensor, kind)], sensor, height_max)
        assert np.linalg.eigvalsh(P[0, 0]).min() > 0.0
        error = x[0, 0, :2] - place[:2]
        distances.append(float(error @ np.linalg.solve(P[0, 0, :2, :2], error)))
    assert np.mean(np.array(distances) > 9.21) < 0.04
    assert max(distances) < 100.0


@given(seed=seeds)
def test_a_birth_keeps_the_correlation_of_its_place(seed):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, _, _, _ = some_tracks(rng, 1, sensor.pose)
    z, sd, up, corr = plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, "enc")
    z[6] = 500.0
    _, P = begun([(z, sd, up, corr)], sensor)
    assert np.allclose(P[0, 0, :2, :2], covariance(sd, corr) + sd[6] ** 2 * np.outer(up, up))


@given(seed=seeds, kind=st.sampled_from(["ra", "rae", "rab", "en", "enh", "enhv", "enc"]))
def test_models_differ_in_the_speed_that_was_not_told_and_in_nothing_else(seed, kind):
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, _, _, _ = some_tracks(rng, 1, sensor.pose)
    x, P = begun([plot_of(rng, x[0, 1, :3], x[0, 1, 3:], sensor, kind)], sensor, speed_sd_mps=(1.5, 40.0))
    assert np.array_equal(x[0, 0], x[0, 1])
    assert np.array_equal(P[0, 0, :3, :3], P[0, 1, :3, :3])
    speeds = np.sqrt(np.diagonal(P[0, :, 3:, 3:], axis1=1, axis2=2))
    if kind == "enhv":
        assert np.allclose(speeds[0], speeds[1], rtol=0.05)
    else:
        assert np.allclose(speeds, [[1.5, 1.5, 0.15], [40.0, 40.0, 4.0]])
    for each in P[0]:
        assert np.allclose(each, each.T)
        assert np.linalg.eigvalsh(each).min() > 0.0


@given(seed=seeds)
def test_many_at_once_are_the_same_as_one_by_one(seed):
    """Only the plots that are named, each from its own place."""
    rng = np.random.default_rng(seed)
    sensors = [a_sensor(rng, 0.3) for _ in range(2)]
    x, _, _, _ = some_tracks(rng, 5, sensors[0].pose)
    at = rng.integers(0, 2, 5)
    plots = [
        plot_of(rng, x[i, 1, :3], x[i, 1, 3:], sensors[at[i]], str(rng.choice(["ra", "rae", "enhv"])))
        for i in range(5)
    ]
    born, speed = np.array([3, 0]), np.array([20.0])
    x, P = np.empty((2, 1, 6)), np.empty((2, 1, 6, 6))
    begin(seen(plots, sensors, None, at), born, 5e3, speed, x, P)
    for k, j in enumerate(born):
        one = begun([plots[j]], sensors[at[j]], 5e3, speed)
        assert np.array_equal(x[k], one[0][0])
        assert np.array_equal(P[k], one[1][0])


def test_nothing_is_made_up_where_there_is_no_place():
    """The stage begins nothing from such plots; a state of zeros says so."""
    sensor = a_sensor(np.random.default_rng(0))
    for present in ([], [0], [1], [2], [3], [1, 2], [0, 2], [6], [8, 9]):
        z = np.full(N_COMPONENTS, np.nan)
        z[present] = 0.1
        x, P = begun([(z, np.ones(N_COMPONENTS), np.zeros(2), 0.0)], sensor)
        assert not x.any()
        assert not P.any()
