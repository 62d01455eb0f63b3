"""The case for a drone: a sequential test that errs no more often than it says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.picture import TRACK
from vedette.identify import case, company

SURE = 8.0
odds = st.floats(0.001, 0.999)


@given(steps=st.lists(st.tuples(odds, st.floats(0.0, 10.0)), max_size=60))
def test_it_stays_between_its_bounds(steps):
    at = 0.0
    for p, since_s in steps:
        at = case.heard(at, p, since_s, SURE)
        assert -4.0 <= at <= SURE


@given(p=odds, q=odds, at=st.floats(-3.0, 7.0), since_s=st.floats(0.1, 3.0))
def test_who_is_likelier_a_drone_has_the_better_case(p, q, at, since_s):
    low, high = sorted((p, q))
    assert case.heard(at, low, since_s, SURE) <= case.heard(at, high, since_s, SURE)
    assert case.heard(at, 0.5, since_s, SURE) == pytest.approx(at)


def test_short_steps_equal_long_ones():
    fine = coarse = 0.0
    for _ in range(20):
        fine = case.heard(fine, 0.9, 0.5, SURE)
    for _ in range(10):
        coarse = case.heard(coarse, 0.9, 1.0, SURE)
    assert fine == pytest.approx(coarse)


@pytest.mark.parametrize("sure_from", [3.0, 5.0])
def test_no_more_than_walds_share_of_birds_is_ever_held_for_drones(sure_from):
    """What a sensor says hangs together over 5 s; its odds are right one look at a time."""
    rng = np.random.default_rng(5)
    n, seconds, keep = 4000, 300, math.exp(-1.0 / 5.0)
    drift = rng.standard_normal(n)
    at, ever = np.zeros(n), np.zeros(n, bool)
    for _ in range(seconds):
        drift = keep * drift + math.sqrt(1.0 - keep**2) * rng.standard_normal(n)
        log_odds = drift - 0.5  # of a bird, where a drone has a mean of +0.5 and both a spread of 1
        p = 1.0 / (1.0 + np.exp(-log_odds))
        both = zip(at.tolist(), p.tolist(), strict=True)
        at = np.array([case.heard(before, now, 1.0, sure_from) for before, now in both])
        ever |= at >= sure_from
    assert ever.mean() <= math.exp(-sure_from)


@given(over=st.floats(-20.0, 120.0), sd=st.floats(0.5, 50.0))
def test_heights_speak_for_the_ground_only_where_they_are_near_it(over, sd):
    after = case.ground(0.0, over, sd, 1.0)
    if abs(over) > 3.5 * sd:
        assert after == 0.0, "nothing is remembered of the air"
        assert case.ground(5.0, over, sd, 1.0) < 5.0
    if over == 0.0 and sd < 10.0:
        assert after > 0.0
    assert case.ground(1.0, math.nan, sd, 1.0) == case.ground(1.0, over, math.nan, 1.0) == 1.0


@given(p=odds, share=st.floats(0.0, 1.0), ground=st.floats(0.0, 10.0))
def test_the_ground_speaks_against_a_drone_and_the_air_against_what_drives(p, share, ground):
    surface = (1.0 - p) * share
    found = case.in_the_air(p, surface, ground)
    assert 0.0 <= found <= p + 1e-12
    if ground == 0.0:
        assert found == p
    up = case.in_the_air(p, surface, ground, up=True)
    assert p - 1e-12 <= up <= 1.0 + 1e-12
    assert case.is_up(39.0, 3.6)
    assert not case.is_up(15.0, 14.0)
    assert not case.is_up(math.nan, 1.0)


def flock(n, apart_m):
    """So many in a row to the east, all at 10 m/s to the north."""
    rows = np.zeros(n, TRACK)
    rows["lat_deg"], rows["v_north_mps"] = 51.0, 10.0
    rows["lon_deg"] = 4.0 + np.arange(n) * apart_m / (111_320.0 * math.cos(math.radians(51.0)))
    return rows


def test_what_flies_together_speaks_for_its_kind():
    odds = np.array([3.0, -4.0, -4.0, -4.0, 0.0])
    first, second, last = company.about(flock(5, 50.0), np.array([0, 1, 4]), odds)
    assert first < last < 0.0  # three birds about each, and the last has one by it that looks like a drone
    assert second > first  # two birds and that one
    assert company.about(flock(5, 400.0), np.array([0]), odds).tolist() == [0.0]
    fast = flock(5, 50.0)
    fast["v_north_mps"][0] = 40.0
    assert company.about(fast, np.array([0]), odds).tolist() == [0.0]
    formation = company.about(flock(4, 30.0), np.array([1]), np.full(4, 1.0))
    assert formation[0] > 0.0
    assert company.about(flock(4, 30.0), np.array([1]), np.array([0.0, 9.0, 0.0, 0.0])) == [
        0.0
    ]  # not of itself


def test_many_birds_say_no_more_than_a_drone_can_outweigh():
    few, many = (company.about(flock(n, 10.0), np.array([0]), np.full(n, -9.0))[0] for n in (5, 20))
    assert few == many > -6.0
    formation = company.about(flock(20, 10.0), np.array([0]), np.full(20, 9.0))[0]
    assert 0.0 < formation <= 2.0


def test_a_speed_that_is_not_known_well_keeps_nobody_out_of_its_flock():
    rows = flock(3, 50.0)
    rows["v_north_mps"][0] = 22.0
    odds = np.full(3, -4.0)
    assert company.about(rows, np.array([0]), odds)[0] == 0.0
    rows["speed_sd_mps"] = 3.0
    assert company.about(rows, np.array([0]), odds)[0] < 0.0


def drove(*steps):
    """Seconds of driving after (height over the ground, its sd, speed) for a second each."""
    out = 0.0
    for over_m, sd_m, mps in steps:
        out = case.drove(out, over_m, sd_m, mps, 1.0)
    return out


def test_what_was_seen_to_drive_stays_down_until_a_height_that_is_known_well_says_otherwise():
    road, rest = (1.0, 3.0, 12.0), (1.0, 3.0, 0.5)
    assert drove(*[road] * 40) == 40.0
    assert drove(*[rest] * 40) == 0.0, "a drone that waits on the ground"
    assert drove(*[(12.0, 3.0, 12.0)] * 40) == 0.0, "low in the air"
    assert drove(*[road] * 40, (80.0, 20.0, 12.0)) == 40.0, "a height that is not known well"
    assert drove(*[road] * 40, (math.nan, math.nan, 12.0)) == 40.0
    assert drove(*[road] * 40, (25.0, 3.0, 12.0)) == 0.0, "it flies after all"
    assert drove(*[road] * 400) == 60.0
    assert case.kept_down(-10.0, 60.0) == 6.0
    assert case.kept_down(8.0, 20.0) == 8.0


def test_low_and_fast_is_a_car_unless_it_is_faster_than_any():
    def after(mps, over_m=12.0, sd_m=10.0):
        return case.ground(0.0, over_m, sd_m, 1.0, mps)

    assert after(25.0) > 0.03 > after(10.0), "few that fast fly lower than houses"
    assert after(25.0, over_m=60.0) == 0.0, "high in the air"
    assert after(60.0) == 0.0 == case.ground(6.0, 1.0, 3.0, 1.0, 60.0), "sea skimmers are no cars"


@given(over=st.floats(-5.0, 5.0), sd=st.floats(5.0, 30.0), seed=st.integers(0, 99))
def test_what_keeps_its_height_is_known_the_better_for_it(over, sd, seed):
    rng = np.random.default_rng(seed)
    level, error = case.Level(), 0.0
    for _ in range(200):
        error = 0.96 * error + math.sqrt(1.0 - 0.96**2) * rng.standard_normal()  # over some 25 s
        level = case.level(level, over + min(max(error, -2.0), 2.0) * sd, sd, 1.0)
    assert level.sd_m(sd) < 0.45 * sd
    assert abs(level.over_m - over) < 4.0 * level.sd_m(sd)


def test_what_has_surely_left_its_height_begins_anew():
    level = case.Level()
    for _ in range(200):
        level = case.level(level, 2.0, 15.0, 1.0)
    assert level.over_m == pytest.approx(2.0)
    assert case.level(level, 60.0, 15.0, 1.0).over_m == 60.0
    assert case.level(level, 60.0, 15.0, 1.0).sd_m(15.0) == 15.0
    assert case.level(level, math.nan, 15.0, 1.0) == level


def test_a_boat_far_away_is_told_from_a_drone_by_its_mean_height():
    """Each height alone says next to nothing."""
    level, at = case.Level(), 0.0
    for _ in range(240):
        level = case.level(level, 6.0, 16.0, 1.0)
        at = case.ground(at, level.over_m, math.hypot(level.sd_m(16.0), 2.0), 1.0)
    alone = 0.0
    for _ in range(240):
        alone = case.ground(alone, 6.0, math.hypot(16.0, 2.0), 1.0)
    assert at > 5.0
    assert alone < 1.0
