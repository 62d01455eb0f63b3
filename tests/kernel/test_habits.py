"""A memory of motion says the same taken in one by one, turned about, or elsewhere; unknown stays unknown."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel import habits
from vedette.kernel.habits import FEATURES, N_SAMPLE, SLOW_MPS, TAU_S

M_PER_DEG = 111_195.0
AT = {name: i for i, name in enumerate(FEATURES)}
HEIGHTS = (
    "climb_now_mps", "climb_mps", "climb_spread_mps", "height_m", "lowest_m", "height_range_m",
    "altitude_m", "altitude_sd_m", "climb_change_mps", "surely_up_m",
)  # fmt: skip
seeds = st.integers(0, 2**32 - 1)


def walk(seed, n=40, lat=50.0):
    """Samples (n, N_SAMPLE) of something that wanders, and the seconds between them (n,)."""
    rng = np.random.default_rng(seed)
    dt = rng.uniform(0.9, 4.0, n)
    course = np.cumsum(rng.normal(0.0, 0.3, n))
    speed = np.abs(rng.normal(8.0, 5.0, n))
    out = np.empty((n, N_SAMPLE))
    out[:, habits.S_VE], out[:, habits.S_VN] = speed * np.sin(course), speed * np.cos(course)
    out[:, habits.S_VU] = rng.normal(0.0, 1.0, n)
    out[:, habits.S_SD] = rng.uniform(0.2, 2.0, n)
    out[:, habits.S_ALT] = 100.0 + np.cumsum(out[:, habits.S_VU] * dt)
    out[:, habits.S_ALT_SD] = rng.uniform(2.0, 20.0, n)
    return laid(out, dt, lat), dt


def laid(samples, dt, lat=50.0):
    """Places along the velocities, from a place on."""
    out = samples.copy()
    north = np.cumsum(out[:, habits.S_VN] * dt)
    east = np.cumsum(out[:, habits.S_VE] * dt)
    out[:, habits.S_LAT] = lat + north / M_PER_DEG
    out[:, habits.S_LON] = 4.0 + east / (M_PER_DEG * np.cos(np.radians(lat)))
    return out


def told(samples, dt, ground_m=60.0):
    """Features after all samples."""
    memory = habits.blank(1)
    for sample, step in zip(samples, dt, strict=True):
        habits.remember(memory, np.array([0]), sample[None], np.array([step]))
    return habits.features(memory, np.array([0]), ground_m)[0]


def by_hand(samples, dt):
    """Some features from all samples at once."""
    ve, vn, sd = samples[:, habits.S_VE], samples[:, habits.S_VN], samples[:, habits.S_SD]
    speed = np.hypot(ve, vn)
    dt = np.r_[1.0, dt[1:]]
    after = np.r_[np.cumsum(dt[::-1])[::-1][1:], 0.0]
    out = {"age_s": dt[1:].sum(), "top_mps": (speed - 2 * sd).max(), "least_mps": (speed + 2 * sd).min()}
    for tau, name, spread in zip(
        TAU_S, ("speed_mps", "mean_speed_mps"), ("speed_spread_now", "speed_spread"), strict=True
    ):
        w = (1.0 - np.exp(-dt / tau)) * np.exp(-after / tau)
        w /= w.sum()
        out[name] = (w * speed).sum()
        out[spread] = math.sqrt(max((w * speed**2).sum() - out[name] ** 2 - (w * sd**2).sum(), 0.0))
        if name == "mean_speed_mps":
            out["hover_share"] = (w * (speed < SLOW_MPS)).sum()
            out["straightness"] = math.hypot((w * ve).sum(), (w * vn).sum()) / out[name]
            out["climb_mps"] = (w * samples[:, habits.S_VU]).sum()
    w = (1.0 - np.exp(-dt[1:] / TAU_S[1])) * np.exp(-after[1:] / TAU_S[1])
    out["along_mps2"] = math.sqrt((w * (np.diff(speed) / dt[1:]) ** 2).sum() / w.sum())
    return out


@given(seed=seeds)
def test_one_by_one_is_as_all_at_once(seed):
    samples, dt = walk(seed)
    got = told(samples, dt)
    for name, value in by_hand(samples, dt).items():
        assert got[AT[name]] == pytest.approx(value, rel=1e-9, abs=1e-6), name


@given(seed=seeds, angle=st.floats(0.0, 2.0 * math.pi))
def test_turned_about_the_vertical_it_says_the_same(seed, angle):
    samples, dt = walk(seed)
    turned = samples.copy()
    c, s = math.cos(angle), math.sin(angle)
    turned[:, habits.S_VE] = c * samples[:, habits.S_VE] + s * samples[:, habits.S_VN]
    turned[:, habits.S_VN] = c * samples[:, habits.S_VN] - s * samples[:, habits.S_VE]
    np.testing.assert_allclose(told(laid(turned, dt), dt), told(samples, dt), rtol=2e-3, atol=1e-5)


@given(seed=seeds, lat=st.floats(-60.0, 60.0))
def test_elsewhere_it_says_the_same(seed, lat):
    samples, dt = walk(seed)
    np.testing.assert_allclose(told(laid(samples, dt, lat), dt), told(samples, dt), rtol=5e-3, atol=1e-5)


@given(seed=seeds)
def test_without_heights_all_else_is_known(seed):
    samples, dt = walk(seed)
    flat = samples.copy()
    flat[:, [habits.S_VU, habits.S_ALT, habits.S_ALT_SD]] = np.nan
    got, whole = told(flat, dt), told(samples, dt)
    for name, i in AT.items():
        if name in HEIGHTS:
            assert np.isnan(got[i]), name
        else:
            assert got[i] == whole[i], name


def test_without_a_ground_there_is_an_altitude_and_no_height():
    samples, dt = walk(1)
    got = told(samples, dt, math.nan)
    assert np.isnan(got[AT["height_m"]])
    assert np.isfinite(got[AT["altitude_m"]])


@given(seed=seeds, at=st.integers(0, 39))
def test_a_sample_without_velocity_is_passed_over(seed, at):
    samples, dt = walk(seed)
    memory = habits.blank(1)
    habits.remember(memory, np.array([0]), samples[:1], dt[:1])
    before = memory.copy()
    broken = samples[at : at + 1].copy()
    broken[0, habits.S_VE] = np.nan
    habits.remember(memory, np.array([0]), broken, dt[:1])
    np.testing.assert_array_equal(memory, before)


def test_nothing_seen_is_nothing_known():
    assert np.isnan(habits.features(habits.blank(2), np.arange(2), 0.0)).all()


@given(seed=seeds)
def test_rows_do_not_touch_each_other(seed):
    samples, dt = walk(seed)
    memory = habits.blank(3)
    untouched = memory[[0, 2]].copy()
    habits.remember(memory, np.array([1]), samples[:1], dt[:1])
    np.testing.assert_array_equal(memory[[0, 2]], untouched)


def test_what_stands_straight_on_and_round_is_told_apart():
    n, dt = 60, np.ones(60)
    still, straight, circle = np.zeros((3, n, N_SAMPLE))
    for samples in (still, straight, circle):
        samples[:, habits.S_SD], samples[:, habits.S_ALT_SD] = 0.3, 5.0
    straight[:, habits.S_VE] = 12.0
    angle = np.radians(9.0) * np.arange(n)
    circle[:, habits.S_VE], circle[:, habits.S_VN] = 12.0 * np.sin(angle), 12.0 * np.cos(angle)
    a, b, c = (told(laid(samples, dt), dt) for samples in (still, straight, circle))
    assert a[AT["hover_share"]] == pytest.approx(1.0)
    assert a[AT["longest_hover_s"]] == pytest.approx(n - 1)
    assert b[AT["longest_hover_s"]] == 0.0
    assert b[AT["straightness"]] == pytest.approx(1.0)
    assert b[AT["straightness_life"]] == pytest.approx(1.0, abs=1e-3)
    assert np.degrees(c[AT["turn_radps"]]) == pytest.approx(9.0, rel=0.01)
    assert c[AT["circling"]] == pytest.approx(1.0, abs=1e-6)
    assert c[AT["straightness"]] < 0.3


def test_what_stands_on_the_ground_is_never_surely_above_it_however_its_height_errs():
    samples, dt = walk(5, n=60)
    rng = np.random.default_rng(6)
    for up_m, sure in ((0.0, False), (40.0, True)):
        samples[:, habits.S_ALT_SD] = 8.0
        samples[:, habits.S_ALT] = 60.0 + up_m + np.clip(rng.normal(0.0, 8.0, 60), -16.0, 16.0)
        up = told(samples, dt, ground_m=60.0)[AT["surely_up_m"]]
        assert (up > 0.0) == sure
        assert up <= up_m + 1e-9, "it tells the least that the highest may have been"
