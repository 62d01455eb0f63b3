"""Where a track is shown: the mean over its histories that agree with the one that stands for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import sound

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track.estimate import estimate
from vedette.track.plots import local
from vedette.track.settings import TrackerSettings
from vedette.track.state import Clusters, blank, init, no_clusters, with_sensors
from vedette.track.step import step_plots

MODELS = TrackerSettings(models=("steady",)).motion()
NOW_NS = 1_750_000_000 * NS_PER_S
seeds = st.integers(0, 2**32 - 1)


def leaves(rng, n, apart_m=5.0):
    """Leaves of one model, within about apart_m of each other, 20 m of error."""
    tracks = blank(n, 1, 1)
    tracks.x[:] = rng.normal(0.0, apart_m, (n, 1, 6)) * (1, 1, 1, 0.1, 0.1, 0.1)
    root = rng.normal(0.0, 1.0, (n, 1, 6, 6)) * np.array([20.0, 20.0, 20.0, 3.0, 3.0, 3.0])[:, None]
    tracks.P[:] = root @ root.transpose(0, 1, 3, 2) + np.diag([400.0, 400.0, 400.0, 9.0, 9.0, 9.0])
    tracks.r[:] = rng.uniform(0.5, 1.0, n)
    tracks.time_ns[:] = NOW_NS
    return tracks


def told(tracks, clusters, rows, ahead_s=0.0):
    times = np.full(len(rows), NOW_NS + round(ahead_s * NS_PER_S))
    return estimate(tracks, clusters, np.array(rows), times, MODELS)


@given(seed=seeds, h=st.integers(2, 6))
def test_the_moments_of_the_mixture_of_a_target_s_histories(seed, h):
    rng = np.random.default_rng(seed)
    tracks = leaves(rng, h + 1)
    log_w = np.log(rng.dirichlet(np.ones(h)))
    table = Clusters(np.array([0, h]), log_w, np.array([0, h]), np.arange(1, h + 1))
    mean, cov = told(tracks, table, [0, 1])
    assert np.array_equal(mean[0], tracks.x[0, 0])
    assert np.array_equal(cov[0], tracks.P[0, 0])
    w = np.exp(log_w) * tracks.r[1:]
    w /= w.sum()
    x, P = tracks.x[1:, 0], tracks.P[1:, 0]
    want = w @ x
    spread = np.einsum("i,ijk->jk", w, P + np.einsum("ij,ik->ijk", x - want, x - want))
    assert np.allclose(mean[1], want)
    assert np.allclose(cov[1], spread)


def test_two_targets_are_not_mixed_and_each_leaf_counts_once():
    """Two hypotheses: the first target has one leaf in both, the second has two."""
    rng = np.random.default_rng(1)
    tracks = leaves(rng, 3)
    table = Clusters(np.array([0, 2]), np.log([0.7, 0.3]), np.array([0, 4]), np.array([0, 1, 0, 2]))
    mean, _ = told(tracks, table, [0, 1])
    assert np.allclose(mean[0], tracks.x[0, 0])
    w = np.array([0.7, 0.3]) * tracks.r[1:]
    assert np.allclose(mean[1], (w / w.sum()) @ tracks.x[1:, 0])


def test_a_history_that_is_elsewhere_is_left_out():
    rng = np.random.default_rng(2)
    tracks = leaves(rng, 3)
    tracks.x[2, 0, 0] += 5_000.0
    table = Clusters(np.array([0, 3]), np.log([0.5, 0.3, 0.2]), np.array([0, 3]), np.arange(3))
    mean, cov = told(tracks, table, [0])
    w = np.array([0.5, 0.3]) * tracks.r[:2]
    assert np.allclose(mean[0], (w / w.sum()) @ tracks.x[:2, 0])
    assert np.sqrt(cov[0, 0, 0]) < 100.0


@pytest.mark.parametrize("ahead_s", [3.0, -2.0])
def test_at_another_time(ahead_s):
    tracks = leaves(np.random.default_rng(3), 2)
    mean, cov = told(tracks, no_clusters(), [1], ahead_s)
    assert np.allclose(mean[0, :3], tracks.x[1, 0, :3] + ahead_s * tracks.x[1, 0, 3:])
    assert (cov[0, 0, 0] > tracks.P[1, 0, 0, 0]) == (ahead_s > 0.0)


def test_a_false_start_goes_and_the_clusters_of_others_stay_sound():
    """A whole look in which its sensor lets one track go and has nothing else to say."""
    told = {"scan": "staring", "modality": "radar", "position_sd_m": 20.0, "range_max_m": 20e3, "alt_m": 0.0}
    near = Sensor(id="near", index=0, lat_deg=50.0, lon_deg=5.0, period_s=1.0, false_per_scan=0.1, **told)
    far = Sensor(id="far", index=1, lat_deg=50.0, lon_deg=6.0, period_s=10.0, false_per_scan=100.0, **told)
    settings = TrackerSettings(models=("steady",), undetected_first=0.5)
    state = with_sensors(init(50.0, 5.0, settings), [near, far])
    rng = np.random.default_rng(5)
    for second in range(9):  # two beside each other, so that each plot may be of either
        now_ns = NOW_NS + second * NS_PER_S
        pair = np.array([[10.0 * second, 0.0], [10.0 * second, 25.0]]) + rng.normal(0.0, 15.0, (2, 2))
        looks = [(state.sensors[0], local(pair[:, 0], pair[:, 1], state.sensors[0], now_ns))]
        false = np.array([70e3] if second == 0 else [])  # most likely nobody's
        if second in (0, 8):
            looks.insert(0, (state.sensors[1], local(false, false, state.sensors[1], now_ns)))
        before = state
        state, _ = step_plots(state, looks, now_ns)
        sound(state)
    assert len(before.clusters)
    assert 1 in before.tracks.track_id
    assert 1 not in state.tracks.track_id
