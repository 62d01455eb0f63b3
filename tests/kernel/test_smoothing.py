"""The smoother: the textbook's where there is one model, time read backwards, and honest on real flights."""

import csv
import dataclasses

import numpy as np
import pytest
from fusion_reference import cv, kalman, rauch_tung_striebel
from hypothesis import given, settings
from hypothesis import strategies as st
from seen import JITTED

from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, mean_radius_m
from vedette.kernel.measurement import (
    AZIMUTH,
    DIFFERENCE,
    EAST,
    ELEVATION,
    HEIGHT,
    N_COMPONENTS,
    NORTH,
    RANGE,
)
from vedette.kernel.motion import predict_rows, summarise
from vedette.kernel.smoothing import back_from, backward, forward, models_over
from vedette.track.settings import TrackerSettings
from vedette.track.smooth import Record, smooth, smooth_states

SETTINGS = TrackerSettings()
MANOEUVRE = SETTINGS.models.index("manoeuvre")
FLAT = np.array([0.0, 1e15])  # an earth without curve: linear measurements
FRAME = np.array([0.0, mean_radius_m(50.0)])
STEADY = SETTINGS.motion()[[SETTINGS.models.index("steady")]]
seeds = st.integers(0, 2**32 - 1)


def record(z, sd, time_s, p=None, pose=None, **others):
    m = len(z)
    return Record(
        look=np.arange(m),
        valid_ns=np.round(np.asarray(time_s) * NS_PER_S).astype(np.int64),
        probability=np.ones(m) if p is None else p,
        z=z,
        sd=np.broadcast_to(sd, z.shape).copy(),
        up=np.zeros((m, 2)),
        pose=np.zeros((m, 6)) if pose is None else np.tile(pose, (m, 1)),
        rotation=np.tile(np.eye(3), (m, 1, 1)),
        **{"corr": np.zeros(m), "stray": np.zeros((m, 2)), "height_max_m": np.full(m, 15_000.0), **others},
    )


def places(xyz, frame=FRAME):
    """Components for measured positions (m, 3) in the sector's frame."""
    z = np.full((len(xyz), N_COMPONENTS), np.nan)
    z[:, [EAST, NORTH]] = xyz[:, :2]
    z[:, HEIGHT] = xyz[:, 2] + frame[0] + (xyz[:, 0] ** 2 + xyz[:, 1] ** 2) / (2.0 * frame[1])
    return z


def flight(rng, seconds, speed_mps, hovers):
    """Straight, turning and, if it hovers, standing for 30 s each, by chance; (seconds, 6)."""
    out = np.zeros((seconds, 6))
    place, velocity, turn, slow = rng.normal(0.0, 500.0, 3), np.array([speed_mps, 0.0, 0.0]), 0.0, 1.0
    for k in range(seconds):
        if k % 30 == 0:
            kind = rng.integers(3)
            turn = rng.choice([-1.0, 1.0]) * min(4.0 / speed_mps, 0.25) if kind == 2 else 0.0
            slow = 0.02 if hovers and kind == 0 else 1.0
        c, s = np.cos(turn), np.sin(turn)
        velocity = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ velocity + rng.normal(0.0, [0.3, 0.3, 0.1])
        place = place + slow * velocity
        out[k] = *place, *(slow * velocity)
    return out


def nees(error, P):
    return float(np.einsum("ki,kij,kj->k", error, np.linalg.inv(P), error).mean())


def rms(error):
    return float(np.sqrt((error**2).sum(axis=1).mean()))


@settings(max_examples=20)
@given(seed=seeds)
def test_one_model_is_the_textbook(seed):
    rng = np.random.default_rng(seed)
    n, q = 12, 10.0 ** rng.uniform(-1, 1)
    time_s = np.cumsum(rng.uniform(0.2, 4.0, n))
    F, Q = np.empty((n, 1, 6, 6)), np.empty((n, 1, 6, 6))
    for k in range(n):
        F[k, 0], Q[k, 0] = cv(time_s[k] - time_s[k - 1] if k else 0.0, q)
    z = places(rng.normal(0.0, 1000.0, (n, 3)), FLAT)
    rec = record(z, 20.0, time_s)
    x0, P0 = rng.normal(0.0, 100.0, 6), np.diag([1e4, 1e4, 1e4, 400.0, 400.0, 100.0])
    x, P, mu = np.empty((n, 1, 6)), np.empty((n, 1, 6, 6)), np.empty((n, 1))
    forward(
        x0[None], P0[None], np.ones(1), F, Q, np.ones((n, 1, 1)), STEADY, np.arange(1, n + 1),
        rec.z, rec.sd, rec.up, rec.corr, np.zeros(n), rec.pose, rec.rotation, rec.stray, rec.probability,
        FLAT, np.full((n, 6), np.nan), x, P, mu,
    )  # fmt: skip
    xs, Ps, mus = np.empty_like(x), np.empty_like(P), np.empty_like(mu)
    backward(x, P, mu, F, Q, np.ones((n, 1, 1)), xs, Ps, mus)
    xf, Pf = [], []
    for k in range(n):
        if k:
            x0, P0 = F[k, 0] @ x0, F[k, 0] @ P0 @ F[k, 0].T + Q[k, 0]
        x0, P0 = kalman(x0, P0, z[k, [EAST, NORTH, HEIGHT]], np.eye(3, 6), 400.0 * np.eye(3))
        xf.append(x0)
        Pf.append(P0)
    want_x, want_P = rauch_tung_striebel(xf, Pf, F[1:, 0], Q[1:, 0])
    np.testing.assert_allclose(x[:, 0], xf, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(xs[:, 0], want_x, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(Ps[:, 0], want_P, rtol=1e-5, atol=1e-5)


def test_the_models_over_an_interval_are_those_of_the_filter():
    dt_s = np.array([0.7])
    F, Q, change = models_over(dt_s, 3, SETTINGS.motion())
    rng = np.random.default_rng(0)
    x = np.tile(rng.normal(0.0, 50.0, 6), (3, 1))
    P = np.tile(np.diag([9.0, 8.0, 7.0, 3.0, 2.0, 1.0]), (3, 1, 1))
    want_x, want_P = F[0] @ x[0], F[0] @ P[0] @ F[0].transpose(0, 2, 1) + Q[0]
    predict_rows(x[None], P[None], np.full((1, 3), 1.0 / 3.0), np.array([0.7]), SETTINGS.motion())
    np.testing.assert_allclose(x, want_x, rtol=1e-12)
    np.testing.assert_allclose(P, want_P, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(change[0].sum(axis=1), 1.0)


@settings(max_examples=15)
@given(seed=seeds)
def test_backwards_in_time_it_is_the_same_trajectory(seed):
    """Plots in reverse order give the same places and opposite velocities."""
    rng = np.random.default_rng(seed)
    n = 30
    truth = flight(rng, n, 20.0, hovers=True)
    z = places(truth[:, :3] + rng.normal(0.0, 10.0, (n, 3)))
    there, back = one_model(z), one_model(z[::-1].copy())
    turn = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
    # The curve of the earth is linearised at the prediction, so the ends differ by a little of their 5 m.
    np.testing.assert_allclose(there[0], back[0][::-1] * turn, rtol=1e-3, atol=0.25)
    np.testing.assert_allclose(there[1], back[1][::-1] * np.outer(turn, turn), rtol=1e-2, atol=0.02)


def one_model(z):
    """Smoothed means and covariances of plots a second apart, from knowing next to nothing."""
    n = len(z)
    F, Q = (np.tile(m, (n, 1, 1, 1)) for m in cv(1.0, 2.0))
    rec, ones = record(z, 10.0, np.arange(n)), np.ones((n, 1, 1))
    x, P, mu = np.empty((n, 1, 6)), np.empty((n, 1, 6, 6)), np.empty((n, 1))
    forward(
        np.zeros((1, 6)), np.diag([1e8, 1e8, 1e8, 1e6, 1e6, 1e6])[None], np.ones(1), F, Q, ones,
        STEADY, np.arange(1, n + 1), rec.z, rec.sd, rec.up, rec.corr, np.zeros(n), rec.pose, rec.rotation,
        rec.stray, rec.probability, FRAME, np.full((n, 6), np.nan), x, P, mu,
    )  # fmt: skip
    xs, Ps, mus = np.empty_like(x), np.empty_like(P), np.empty_like(mu)
    backward(x, P, mu, F, Q, ones, xs, Ps, mus)
    return xs[:, 0], Ps[:, 0]


def test_back_from_is_the_inverse_of_flight():
    """White acceleration: F⁻¹ (P + Q) F⁻ᵀ; two steps are one."""
    params = SETTINGS.motion()
    x0 = np.array([[0.0, 0.0, 100.0, 10.0, -5.0, 1.0]])
    P0 = np.diag([4.0, 4.0, 4.0, 1.0, 1.0, 1.0])[None]
    F, Q, _ = models_over(np.array([8.0, 3.0, 5.0]), 3, params)
    F, Q = F[:, MANOEUVRE : MANOEUVRE + 1].copy(), Q[:, MANOEUVRE : MANOEUVRE + 1].copy()
    ones, mu = np.ones((2, 1, 1)), np.empty((2, 1))
    x, P = np.empty((2, 1, 6)), np.empty((2, 1, 6, 6))
    back_from(x0, P0, np.ones(1), F[:1], Q[:1], ones[:1], STEADY, x[:1], P[:1], mu[:1])
    inverse = np.linalg.inv(F[0, 0])
    np.testing.assert_allclose(x[0, 0], inverse @ x0[0])
    np.testing.assert_allclose(P[0, 0], inverse @ (P0[0] + Q[0, 0]) @ inverse.T, rtol=1e-9, atol=1e-9)
    once = P[0, 0].copy()
    back_from(x0, P0, np.ones(1), F[1:], Q[1:], ones, STEADY, x, P, mu)
    np.testing.assert_allclose(P[1, 0], once, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("speed_mps", "hovers"), [(15.0, True), (200.0, False)])
def test_smoothed_is_better_than_filtered_and_honest(speed_mps, hovers):
    rng = np.random.default_rng(5)
    errors = {"smoothed": [], "filtered": [], "states": []}
    honest = []
    for _ in range(5 if JITTED else 1):
        truth = flight(rng, 240, speed_mps, hovers)
        k = np.flatnonzero(rng.random(240) < 0.9)
        z = places(truth[k, :3] + rng.normal(0.0, 10.0, (len(k), 3)))
        out = smooth(record(z, 10.0, k), SETTINGS, FRAME)
        states = smooth_states(out.time_ns, out.filtered_x, out.filtered_cov, SETTINGS)
        errors["smoothed"].append(out.x[:, :3] - truth[k, :3])
        errors["filtered"].append(out.filtered_x[:, :3] - truth[k, :3])
        errors["states"].append(states.x[:, :3] - truth[k, :3])
        honest.append(nees(out.x[:, :3] - truth[k, :3], out.P[:, :3, :3]))
    by_kind = {name: rms(np.concatenate(e)) for name, e in errors.items()}
    assert by_kind["smoothed"] < 0.7 * by_kind["filtered"]
    assert by_kind["states"] < 0.8 * by_kind["filtered"]
    assert 1.0 < np.mean(honest) < 3.6  # 3 is exact; less is careful


def test_between_plots_and_before_the_first_one():
    rng = np.random.default_rng(2)
    truth = flight(rng, 120, 15.0, hovers=False)
    k = np.arange(20, 100, 4)
    z = places(truth[k, :3] + rng.normal(0.0, 8.0, (len(k), 3)))
    ask = np.arange(0, 120) * NS_PER_S
    out = smooth(record(z, 8.0, k), SETTINGS, FRAME, at_ns=ask)
    assert out.time_ns.tolist() == ask.tolist()
    assert np.flatnonzero(out.measured).tolist() == k.tolist()
    error = out.x[:, :3] - truth[:, :3]
    assert nees(error[20:97], out.P[20:97, :3, :3]) < 4.0
    spread = np.sqrt(np.trace(out.P[:, :3, :3], axis1=1, axis2=2))
    assert (np.diff(spread[:21]) < 0.0).all()  # less is known the further back
    assert (np.diff(spread[97:]) > 0.0).all()
    assert (np.abs(error[:20]).max(axis=1) < 4.0 * spread[:20]).all()
    without = smooth(record(z, 8.0, k), SETTINGS, FRAME)
    np.testing.assert_allclose(out.x[out.measured], without.x)
    by_states = smooth_states(without.time_ns, without.filtered_x, without.filtered_cov, SETTINGS, at_ns=ask)
    assert by_states.time_ns.tolist() == ask.tolist()
    assert np.isfinite(by_states.P).all()


def test_a_plot_that_is_probably_anothers_moves_little():
    rng = np.random.default_rng(3)
    truth = flight(rng, 60, 15.0, hovers=False)
    z = places(truth[:, :3] + rng.normal(0.0, 8.0, (60, 3)))
    wrong = z.copy()
    wrong[30, EAST] += 40.0
    p = np.ones(60)
    p[30] = 0.02
    true = smooth(record(z, 8.0, np.arange(60)), SETTINGS, FRAME).x[30, 0]
    little = smooth(record(wrong, 8.0, np.arange(60), p), SETTINGS, FRAME).x[30, 0]
    much = smooth(record(wrong, 8.0, np.arange(60)), SETTINGS, FRAME).x[30, 0]
    assert abs(little - true) < 0.3 * abs(much - true)


def test_a_second_turn_helps_where_the_measurement_bends():
    """A far radar: one degree of azimuth is 350 m across."""
    rng = np.random.default_rng(4)
    truth = flight(rng, 100, 60.0, hovers=False)
    truth[:, 0] += 20_000.0
    truth[:, 2] += 3000.0
    ground = np.hypot(truth[:, 0], truth[:, 1])
    z = np.full((100, N_COMPONENTS), np.nan)
    z[:, RANGE] = np.hypot(ground, truth[:, 2]) + rng.normal(0.0, 30.0, 100)
    z[:, AZIMUTH] = np.arctan2(truth[:, 0], truth[:, 1]) + rng.normal(0.0, np.radians(1.0), 100)
    z[:, ELEVATION] = np.arctan2(truth[:, 2], ground) + rng.normal(0.0, np.radians(1.0), 100)
    sd = np.full(N_COMPONENTS, 30.0)
    sd[[AZIMUTH, ELEVATION]] = np.radians(1.0)
    rec = record(z, sd, np.arange(100))
    once, twice = (smooth(rec, SETTINGS, FRAME, turns=n) for n in (1, 3))
    assert rms(twice.x[:, :3] - truth[:, :3]) < 1.02 * rms(once.x[:, :3] - truth[:, :3])
    assert rms(twice.x[:, :3] - truth[:, :3]) < 0.6 * rms(twice.filtered_x[:, :3] - truth[:, :3])


@pytest.mark.parametrize("ahead_s", [5, 15])
def test_a_jet_that_is_seen_no_more_is_not_thought_to_hover(ahead_s):
    """After its last plot it is as uncertain as in the filter, not by all the way that it flies."""
    k = np.arange(60)
    truth = np.outer(k, [200.0, 50.0, 0.0]) + np.array([0.0, 0.0, 3000.0])
    z = places(truth + np.random.default_rng(1).normal(0.0, 10.0, truth.shape))
    ask = np.array([-ahead_s, 59 + ahead_s]) * NS_PER_S
    out = smooth(record(z, 10.0, k), SETTINGS, FRAME, at_ns=ask)
    x, P = out.x[out.measured][-1], out.P[out.measured][-1]
    mu = out.mu[out.measured][-1]
    rows = np.tile(x, (1, 3, 1)), np.tile(P, (1, 3, 1, 1)), mu[None].copy()
    predict_rows(*rows, np.array([float(ahead_s)]), SETTINGS.motion())
    _, filtered = summarise(*rows)
    assert np.sqrt(out.P[-1, 0, 0]) < 1.1 * np.sqrt(filtered[0, 0, 0])
    assert abs(out.x[-1, 0] - 200.0 * (59 + ahead_s)) < 3.0 * np.sqrt(out.P[-1, 0, 0])
    # Before its first plot it may have manoeuvred: that fast it is not known to be steady.
    assert np.sqrt(out.P[0, 0, 0]) < 1.3 * np.sqrt(40.0 * ahead_s**3 / 3.0 + (7.0 * ahead_s) ** 2)


def test_errors_that_go_together_are_taken_so():
    """East and north with a correlation of 0.9: the ellipse of the trajectory lies along it."""
    rng = np.random.default_rng(8)
    truth = flight(rng, 80, 20.0, hovers=False)
    noise = rng.multivariate_normal([0.0, 0.0], 400.0 * np.array([[1.0, 0.9], [0.9, 1.0]]), 80)
    z = places(truth[:, :3])
    z[:, [EAST, NORTH]] += noise
    together, apart = (
        smooth(record(z, 20.0, np.arange(80), corr=np.full(80, c)), SETTINGS, FRAME) for c in (0.9, 0.0)
    )
    ratio = together.P[40, 0, 1] / np.sqrt(together.P[40, 0, 0] * together.P[40, 1, 1])
    assert ratio > 0.8
    assert rms(together.x[:, :2] - truth[:, :2]) < rms(apart.x[:, :2] - truth[:, :2])
    first = together.filtered_cov[0]  # the plot that it begins from
    assert first[0, 1] == pytest.approx(0.9 * first[0, 0])


def test_a_range_difference_has_two_receivers():
    """Three receivers and one that they are compared with, none at the sector's origin."""
    rng = np.random.default_rng(9)
    k = np.arange(120)
    truth = np.outer(k, [20.0, 5.0, 0.0]) + np.array([-1500.0, 500.0, 800.0])
    here = np.array([3000.0, -2000.0, 20.0])
    there = np.array([[-9000.0, -6000.0, 5.0], [8000.0, 7000.0, 90.0], [-6000.0, 8000.0, 40.0]])[k % 3]
    z = np.full((120, N_COMPONENTS), np.nan)
    z[0] = places(truth[:1])[0]
    away = np.linalg.norm(truth - here, axis=1) - np.linalg.norm(truth - there, axis=1)
    z[1:, DIFFERENCE] = away[1:] + rng.normal(0.0, 10.0, 119)
    z[1:, HEIGHT] = places(truth[1:])[:, HEIGHT]
    pose = np.column_stack((np.tile(here, (120, 1)), there))
    rec = record(z, 10.0, k)
    out = smooth(dataclasses.replace(rec, pose=pose), SETTINGS, FRAME)
    assert rms(out.x[20:, :3] - truth[20:]) < 15.0


def test_an_azimuth_may_stray():
    """Every tenth azimuth is off by a degree: who knows that it may be is not drawn along."""
    rng = np.random.default_rng(10)
    k = np.arange(100)
    truth = np.outer(k, [0.0, 40.0, 0.0]) + np.array([6000.0, -2000.0, 500.0])
    z = np.full((100, N_COMPONENTS), np.nan)
    z[:, RANGE] = np.linalg.norm(truth, axis=1) + rng.normal(0.0, 10.0, 100)
    z[:, AZIMUTH] = np.arctan2(truth[:, 0], truth[:, 1]) + rng.normal(0.0, np.radians(0.1), 100)
    z[9::10, AZIMUTH] += np.radians(1.0)
    z[:, HEIGHT] = places(truth)[:, HEIGHT]
    sd = np.full(N_COMPONENTS, 10.0)
    sd[AZIMUTH] = np.radians(0.1)
    may = np.tile([0.1, 10.0], (100, 1))
    knowing, not_knowing = (
        rms(smooth(record(z, sd, k, stray=s), SETTINGS, FRAME).x[:, :3] - truth) for s in (may, 0.0 * may)
    )
    assert knowing < 0.5 * not_knowing


def test_what_cannot_be_smoothed_is_refused():
    z = places(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="with plots"):
        smooth(record(z[:0], 1.0, []), SETTINGS, FRAME)
    with pytest.raises(ValueError, match="from 0 to 1"):
        smooth(record(z, 1.0, [0, 1, 2], np.array([1.0, 2.0, 1.0])), SETTINGS, FRAME)
    bearing = np.full((2, N_COMPONENTS), np.nan)
    bearing[:, AZIMUTH] = 1.0
    with pytest.raises(ValueError, match="with a place"):
        smooth(record(bearing, 0.01, [0, 1]), SETTINGS, FRAME)
    with pytest.raises(ValueError, match="rising"):
        smooth_states(np.array([2, 1]), np.zeros((2, 6)), np.tile(np.eye(6), (2, 1, 1)), SETTINGS)


def test_a_real_drone(shared_data):
    """GPS of a drone once a second, with 15 m of noise added: smoothed beats filtered."""
    with (shared_data / "trajectories" / "UAV_Rot.csv").open() as file:
        rows = list(csv.DictReader(file))
    rows = rows[: None if JITTED else 80]  # a part of it without the compiler
    geodetic = np.array(
        [[float(r["latitude"]), float(r["longitude"]), float(r["altitude (m)"])] for r in rows]
    )
    time_s = np.array([float(r["timestamp"]) for r in rows])
    origin = np.array([*geodetic[0, :2], 0.0])
    truth = enu_from_geodetic(origin, *geodetic.T.copy())
    frame = np.array([0.0, mean_radius_m(float(origin[0]))])
    rng = np.random.default_rng(1)
    z = places(truth + rng.normal(0.0, 15.0, truth.shape), frame)
    out = smooth(record(z, 15.0, time_s), SETTINGS, frame)
    assert rms(out.x[:, :3] - truth) < 0.8 * rms(out.filtered_x[:, :3] - truth)
