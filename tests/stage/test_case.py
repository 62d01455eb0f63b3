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


def flock(n, apart_m):
    """So many in a row to the east, all at 10 m/s to the north."""
    rows = np.zeros(n, TRACK)
    rows["lat_deg"], rows["v_north_mps"] = 51.0, 10.0
    rows["lon_deg"] = 4.0 + np.arange(n) * apart_m / (111_320.0 * math.cos(math.radians(51.0)))
    return rows


def test_what_flies_together_speaks_for_its_kind():
    odds = np.array([3.0, -2.0, -2.0, -2.0, 0.0])
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


def test_of_one_whose_place_or_speed_is_not_known_nobody_knows_that_it_flies_with_another():
    """Tracks of birds that were lost minutes ago, and may be a kilometre away, spoke against a drone."""
    odds = np.full(3, -4.0)
    for name, unknown in (("sd_major_m", 1500.0), ("speed_sd_mps", 12.0)):
        rows = flock(3, 50.0)
        rows[name][1:] = unknown
        assert company.about(rows, np.array([0]), odds)[0] == 0.0


def test_a_neighbour_makes_nobody_surer_than_it_is_itself():
    """The motion of a flock is one piece of evidence, however many fly in it."""
    alike = company.about(flock(6, 30.0), np.arange(6), np.full(6, 2.0))
    assert alike.max() <= 0.7 + 1e-9
    unsure = company.about(flock(3, 30.0), np.array([0]), np.array([0.5, 4.0, 4.0]))
    assert unsure[0] > 1.0
