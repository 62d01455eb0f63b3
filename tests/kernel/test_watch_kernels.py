"""Kernels of the watch: outlines, closest approach, spots, circles, grids, company, the sun."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.approach import closest, likeliest, within
from vedette.kernel.inside import inside
from vedette.kernel.loiter import loitering
from vedette.kernel.mowing import grids
from vedette.kernel.orbit import orbits
from vedette.kernel.outline import outside_m
from vedette.kernel.sun import altitude_deg
from vedette.kernel.together import groups

S = 1_000_000_000
NO_CIRCLE = np.zeros(3)
SQUARE = np.array([(-100.0, -50.0), (100.0, -50.0), (100.0, 50.0), (-100.0, 50.0), (-100.0, -50.0)])
seeds = st.integers(0, 2**32 - 1)
angles = st.floats(0.0, 2.0 * math.pi)


def turned(points, angle):
    c, s = math.cos(angle), math.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


# The sun


def test_the_sun_stands_where_a_finer_almanac_has_it():
    """2003-10-17 12:30:30 at UTC-7, 39.742476 N 105.1786 W: 39.872046 deg without refraction.

    Source: Reda & Andreas (2004), Solar Energy 76, 577-589, table of the worked example.
    """
    assert altitude_deg(1_066_419_030 * S, 39.742476, -105.1786) == pytest.approx(39.872, abs=0.02)


@given(day=st.integers(0, 50 * 365), lat=st.floats(-66.0, 66.0), lon=st.floats(-180.0, 180.0))
def test_the_sun_is_as_high_at_noon_as_the_season_allows(day, lat, lon):
    day_ns = day * 86_400 * S
    heights = [altitude_deg(day_ns + minute * 60 * S, lat, lon) for minute in range(0, 1440, 10)]
    assert 90.0 - abs(lat) - 23.6 < max(heights) <= 90.0
    assert min(heights) <= -(90.0 - abs(lat) - 23.6)


# Outlines


@given(e=st.floats(-300.0, 300.0), n=st.floats(-300.0, 300.0), angle=angles)
def test_distance_to_a_square_is_that_of_its_nearest_side(e, n, angle):
    dx, dy = abs(e) - 100.0, abs(n) - 50.0
    expected = math.hypot(max(dx, 0.0), max(dy, 0.0)) if max(dx, dy) > 0.0 else max(dx, dy)
    got = outside_m(
        turned(np.array([[e, n]]), angle), turned(SQUARE, angle), np.array([5]), NO_CIRCLE
    )[0]  # fmt: skip
    assert got == pytest.approx(expected, abs=1e-6)


@given(seed=seeds)
def test_the_sign_is_that_of_being_inside(seed):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0.0, 2.0 * math.pi, 9))
    ring = (rng.uniform(20.0, 100.0, 9) * np.array([np.cos(angle), np.sin(angle)])).T
    ring = np.vstack((ring, ring[:1]))
    points = rng.uniform(-120.0, 120.0, (20, 2))
    away = outside_m(points, ring, np.array([10]), NO_CIRCLE)
    for (e, n), distance in zip(points, away, strict=True):
        if abs(distance) > 1e-6:
            assert (distance < 0.0) == inside(e, n, ring, np.array([10]), NO_CIRCLE)


def test_distance_to_a_circle():
    points = np.array([[0.0, 0.0], [30.0, 40.0]])
    away = outside_m(points, np.zeros((0, 2)), np.zeros(0, np.int64), np.array([0.0, 0.0, 20.0]))
    assert away.tolist() == [-20.0, 30.0]


# Closest approach


@given(angle=angles, miss=st.floats(0.0, 400.0), speed=st.floats(2.0, 80.0), away=st.floats(900.0, 2000.0))
def test_without_noise_it_passes_or_it_does_not(angle, miss, speed, away):
    reach = 200.0
    place = turned(np.array([[-away, miss]]), angle)[0]
    velocity = turned(np.array([[speed, 0.0]]), angle)[0]
    chance, time_s, got = closest(place, velocity, 0.0, 0.0, 0.0, reach, 5000.0)
    assert got == pytest.approx(miss, abs=1e-6)
    if abs(miss - reach) > 1e-3:
        assert chance == (1.0 if miss < reach else 0.0)
    if miss < reach - 1e-3:
        assert time_s == pytest.approx((away - math.sqrt(reach**2 - miss**2)) / speed)


def test_what_goes_away_or_comes_too_late_does_not_approach():
    place = np.array([-1000.0, 0.0])
    assert closest(place, np.array([-10.0, 0.0]), 5.0, 0.5, 0.1, 100.0, 600.0)[0] == 0.0
    assert closest(place, np.array([0.0, 0.0]), 5.0, 0.5, 0.1, 100.0, 600.0)[0] == 0.0
    chance, time_s, _ = closest(place, np.array([10.0, 0.0]), 5.0, 0.5, 0.1, 100.0, 60.0)
    assert chance == 0.0
    assert math.isnan(time_s)


def test_the_chance_of_a_pass_is_that_of_monte_carlo():
    rng = np.random.default_rng(3)
    sd, speed_sd, reach = 30.0, 1.0, 150.0
    place, velocity = np.array([-1500.0, 100.0]), np.array([15.0, 0.5])
    chance, *_ = closest(place, velocity, sd, speed_sd, 0.0, reach, 300.0)
    places = place + rng.normal(0.0, sd, (100_000, 2))
    speeds = velocity + rng.normal(0.0, speed_sd, (100_000, 2))
    cross = np.abs(places[:, 0] * speeds[:, 1] - places[:, 1] * speeds[:, 0]) / np.hypot(*speeds.T)
    assert chance == pytest.approx(float((cross <= reach).mean()), abs=0.03)


def test_manoeuvres_make_a_hit_less_sure_and_a_miss_less_so():
    place, velocity = np.array([-1500.0, 0.0]), np.array([15.0, 0.0])
    hits = [closest(place, velocity, 10.0, 0.3, q, 100.0, 300.0)[0] for q in (0.0, 0.05, 0.5)]
    assert hits == sorted(hits, reverse=True)
    passing = np.array([-1500.0, 400.0])
    misses = [closest(passing, velocity, 10.0, 0.3, q, 100.0, 300.0)[0] for q in (0.0, 0.05, 0.5)]
    assert misses == sorted(misses)
    assert within(0.0, 0.0, 1.0) == 1.0
    assert within(2.0, 0.0, 1.0) == 0.0


@given(seed=seeds, n=st.integers(1, 40), unknown=st.floats(0.0, 1.0))
def test_the_likeliest_of_many_is_the_likeliest_pair(seed, n, unknown):
    """Against the pairs one by one."""
    rng = np.random.default_rng(seed)
    scale = np.array([400.0, 400.0, 30.0, 30.0, 100.0, 3.0, 20.0, 2.0, 30.0])
    flight = rng.normal(size=(n, 9)) * scale
    flight[:, 6:] = np.abs(flight[:, 6:])
    flight[rng.random(n) < unknown, 4] = math.nan
    weight = rng.random(n)
    others = np.sort(rng.choice(n, rng.integers(0, n + 1), replace=False))
    settings = {"q": 0.1, "reach_m": 300.0, "horizon_s": 40.0}
    chances = {}
    for j in others[others != 0].tolist():
        me, other = flight[0], flight[j]
        sd_m, sd_mps = math.hypot(me[6], other[6]), math.hypot(me[7], other[7])
        chance, time_s, _ = closest(me[:2] - other[:2], me[2:4] - other[2:4], sd_m, sd_mps, **settings)
        if math.isnan(time_s):
            continue
        up = me[4] - other[4] + time_s * (me[5] - other[5])
        sd_up = math.hypot(math.hypot(me[8], other[8]), 2.0 * time_s)
        chances[j] = weight[j] * chance * (1.0 if math.isnan(up) else within(up, sd_up, 80.0))
    best, chance, time_s, miss, _ = likeliest(0, others, flight, weight, 2.0, 0.1, 300.0, 80.0, 40.0)
    if not chances:
        assert (best, chance) == (-1, 0.0)
        assert math.isnan(time_s)
        assert math.isnan(miss)
    else:
        assert chance == pytest.approx(max(chances.values()), rel=1e-9, abs=1e-12)
        assert chances[best] == pytest.approx(chance, rel=1e-9, abs=1e-12)


# Windows


def window(way):
    """One track's window from places (w, 2)."""
    return np.asarray(way, float)[None, :, :]


@given(seed=seeds, angle=angles, east=st.floats(-5e4, 5e4))
def test_who_stays_loiters_wherever_it_is_and_who_flies_on_does_not(seed, angle, east):
    rng = np.random.default_rng(seed)
    stays = turned(rng.uniform(-60.0, 60.0, (30, 2)), angle) + np.array([east, 0.0])
    leaves = turned(np.column_stack((24.0 * np.arange(30), np.zeros(30))), angle) + np.array([east, 0.0])
    seen, near, middle = loitering(np.stack((stays, leaves)), 120.0)
    assert seen.tolist() == [1.0, 1.0]
    assert near[0] == 1.0
    assert near[1] < 0.5
    assert middle[0] == pytest.approx(stays.mean(axis=0))


def test_what_was_not_seen_does_not_loiter():
    way = np.full((30, 2), np.nan)
    seen, near, middle = loitering(window(way), 100.0)
    assert (seen[0], near[0]) == (0.0, 0.0)
    assert np.isnan(middle).all()
    way[::2] = 0.0
    assert loitering(window(way), 100.0)[0][0] == 0.5


def circling(turns, radius=150.0, w=60, *, noise=0.0, seed=1):
    a = np.linspace(0.0, 2.0 * math.pi * turns, w)
    way = radius * np.column_stack((np.cos(a), np.sin(a)))
    return way + np.random.default_rng(seed).normal(0.0, noise, way.shape) if noise else way


@given(
    turns=st.floats(0.6, 4.0), radius=st.floats(30.0, 1000.0), angle=angles, left=st.booleans(), seed=seeds
)
def test_a_circle_is_found_with_its_turns(turns, radius, angle, left, seed):
    way = turned(circling(turns if left else -turns, radius, noise=0.03 * radius, seed=seed), angle)
    east, north, got, off, swept = orbits(window(way + np.array([4000.0, -700.0])))[0]
    assert got == pytest.approx(radius, rel=0.15)
    assert math.hypot(east - 4000.0, north + 700.0) < 0.2 * radius
    assert swept == pytest.approx(turns if left else -turns, abs=0.2)
    assert off < 0.1 * radius


def test_a_line_is_no_circle_and_few_samples_are_none():
    line = np.column_stack((np.arange(60.0) * 20.0, np.zeros(60)))
    assert np.isnan(orbits(window(line))[0]).all()
    few = circling(1.0)
    few[7:] = np.nan
    assert np.isnan(orbits(window(few))[0]).all()


@given(seed=seeds)
def test_hovering_turns_round_nothing_large(seed):
    way = np.random.default_rng(seed).normal(0.0, 4.0, (60, 2))
    radius = orbits(window(way))[0, 2]
    assert math.isnan(radius) or radius < 30.0


def mowed(legs, length=300.0, spacing=60.0, step=24.0):
    """Places along a grid, `step` apart."""
    corners = []
    for k in range(legs):
        ends = [(0.0, spacing * k), (length, spacing * k)]
        corners += ends if k % 2 == 0 else ends[::-1]
    out = []
    for (ae, an), (be, bn) in itertools.pairwise(corners):
        n = max(1, round(math.hypot(be - ae, bn - an) / step))
        out += [(ae + (be - ae) * i / n, an + (bn - an) * i / n) for i in range(n)]
    return np.array([*out, corners[-1]])


@given(legs=st.integers(2, 6), angle=angles, spacing=st.floats(20.0, 150.0), seed=seeds)
def test_every_leg_of_a_grid_is_counted_whichever_way_it_lies(legs, angle, spacing, seed):
    way = turned(mowed(legs, spacing=spacing), angle)
    way = way + np.random.default_rng(seed).normal(0.0, 1.5, way.shape)
    found, apart = grids(window(way), 80.0, 200.0)[0]
    assert found == legs
    assert apart == pytest.approx(spacing, abs=8.0)


@pytest.mark.parametrize("way", [
    np.column_stack((np.arange(100.0) * 24.0, np.zeros(100))),  # straight
    circling(3.0, 300.0, 120),  # round and round
    np.array([(24.0 * abs((k % 40) - 20), 0.0) for k in range(120)]),  # to and fro on one line
    np.zeros((60, 2)),
])  # fmt: skip
def test_other_ways_are_no_grid(way):
    assert grids(window(way), 80.0, 200.0)[0, 0] < 3


def test_too_wide_or_too_short_legs_are_no_grid():
    assert grids(window(mowed(5, spacing=250.0)), 80.0, 200.0)[0, 0] < 3
    assert grids(window(mowed(5, length=60.0, step=12.0)), 80.0, 200.0)[0, 0] < 3


# Company


@given(seed=seeds, angle=angles, east=st.floats(-1e5, 1e5))
def test_groups_do_not_depend_on_place_bearing_or_order(seed, angle, east):
    rng = np.random.default_rng(seed)
    base = np.cumsum(rng.normal(0.0, 10.0, (10, 2)), axis=0)
    offsets = np.array([(0.0, 0.0), (80.0, 0.0), (160.0, 0.0), (5000.0, 0.0), (5080.0, 0.0), (9000.0, 0.0)])
    ways = offsets[:, None, :] + base[None] + rng.normal(0.0, 1.0, (6, 10, 2))
    moved = np.stack([turned(way, angle) + np.array([east, 0.0]) for way in ways])
    expected = [0, 0, 0, 3, 3, 5]
    assert groups(moved, 120.0, 0.8, math.inf).tolist() == expected
    order = rng.permutation(6)
    number = groups(moved[order], 120.0, 0.8, math.inf)
    for i in range(6):
        for j in range(6):
            together = expected[order[i]] == expected[order[j]]
            assert (number[i] == number[j]) == together


def test_who_only_passes_is_no_company_and_who_wanders_keeps_no_station():
    w = 20
    straight = np.column_stack((15.0 * np.arange(w), np.zeros(w)))
    against = straight[::-1] + np.array([0.0, 20.0])
    assert groups(np.stack((straight, against)), 100.0, 0.8, math.inf).tolist() == [0, 1]
    wanders = straight + np.column_stack((np.zeros(w), 60.0 * np.sin(np.arange(w))))
    assert groups(np.stack((straight, wanders)), 200.0, 0.8, math.inf).tolist() == [0, 0]
    assert groups(np.stack((straight, wanders)), 200.0, 0.8, 20.0).tolist() == [0, 1]
    gone = straight.copy()
    gone[: w // 2] = np.nan
    assert groups(np.stack((straight, gone)), 200.0, 0.8, math.inf).tolist() == [0, 1]
