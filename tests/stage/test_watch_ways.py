"""Rules about how one drone flies: it loiters, circles, mows, comes near, comes again, keeps low."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched import T0, Flight, circle, hover, mowing, raised, rule, straight, watched

from vedette.core.units import NS_PER_S
from vedette.watch.saved import restored, saved


def turned(way, degrees):
    a = math.radians(degrees)
    return way @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])


# Loiter


@given(bearing=st.floats(0.0, 360.0), seed=st.integers(0, 2**16))
@settings(max_examples=10)
def test_who_hovers_by_the_plant_loiters_on_any_side(bearing, seed):
    way = turned(hover((700.0, 0.0), 90, seed), bearing)
    _, changes = watched(rule("loiter"), [Flight(way)], 90)
    (alert,) = raised(changes)
    assert (alert.kind, alert.zone, alert.state, alert.track_id) == ("loiter", "P", "actual", 1)
    assert 55 <= (alert.time_ns - T0) / NS_PER_S <= 65
    assert "60 s" in alert.reasons[0]


@pytest.mark.parametrize("flight", [
    Flight(straight((-1500.0, 500.0), (15.0, 0.0), 150)),  # goes by
    Flight(hover((4000.0, 0.0), 150)),  # far off
    Flight(hover((700.0, 0.0), 50)),  # not long enough
    Flight(hover((700.0, 0.0), 150), kind="bird"),
    Flight(hover((700.0, 0.0), 150), p=0.5),  # perhaps a drone
    Flight(hover((700.0, 0.0), 150), leave="authorised"),
    Flight(hover((700.0, 0.0), 150), leave="unknown"),
])  # fmt: skip
def test_who_does_not_loiter(flight):
    assert watched(rule("loiter"), [flight], 160)[1] == []


def test_one_alert_and_its_end():
    way = np.concatenate((hover((700.0, 0.0), 120), straight((700.0, 0.0), (20.0, 0.0), 120)))
    _, changes = watched(rule("loiter"), [Flight(way)], 240)
    assert len(raised(changes)) == 1
    assert changes[-1].state == "cleared"


# Orbit and grid


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_who_circles_the_plant_orbits(direction):
    way = circle((0.0, 0.0), 400.0, 20.0, 200) * (1.0, direction)
    _, changes = watched(rule("orbit"), [Flight(way)], 200)
    (alert,) = raised(changes)
    assert "400 m" in alert.reasons[0]
    assert alert.probability > 0.8


def test_less_than_a_turn_or_a_line_is_no_orbit():
    bow = circle((0.0, 0.0), 800.0, 12.0, 200)
    assert watched(rule("orbit"), [Flight(bow)], 200)[1] == []
    assert watched(rule("orbit"), [Flight(straight((-1500.0, 50.0), (15.0, 0.0), 200))], 200)[1] == []


@pytest.mark.parametrize("bearing", [0.0, 37.0, 90.0])
def test_who_mows_the_plant_flies_a_grid(bearing):
    way = turned(mowing((-200.0, -150.0), 300.0, 60.0, 12.0, 150), bearing)
    _, changes = watched(rule("grid"), [Flight(way)], 150)
    (alert,) = raised(changes)
    assert "60 m apart" in alert.reasons[0] or "59 m apart" in alert.reasons[0] or "61 m" in alert.reasons[0]


def test_circles_and_lines_are_no_grid():
    for way in (circle((0.0, 0.0), 300.0, 15.0, 230), straight((-1500.0, 0.0), (12.0, 0.0), 230)):
        assert watched(rule("grid"), [Flight(way)], 230)[1] == []


# Approach


def test_an_approach_is_told_long_before_entry_and_counts_down():
    _, changes = watched(rule("approach"), [Flight(straight((-3000.0, 20.0), (15.0, 0.0), 100))], 100)
    first = raised(changes)[0]
    # At the edge, less what counts as near: 3000 - 300 - 100 m at 15 m/s.
    assert first.state == "predicted"
    assert first.time_to_entry_s == pytest.approx(2600 / 15 - (first.time_ns - T0) / NS_PER_S, abs=3.0)
    assert first.time_ns - T0 <= 5 * NS_PER_S
    assert first.zone == "P"


@pytest.mark.parametrize("way", [
    straight((-3000.0, 1500.0), (15.0, 0.0), 60),  # passes far off
    straight((-3000.0, 0.0), (-15.0, 0.0), 60),  # goes away
    straight((-3000.0, 0.0), (1.5, 0.0), 60),  # too slow
    straight((-9500.0, 0.0), (15.0, 0.0), 60),  # too far
])  # fmt: skip
def test_who_does_not_approach(way):
    assert watched(rule("approach"), [Flight(way)], 60)[1] == []


def test_a_site_is_approached_too_but_not_entered():
    site = '[[site]]\nid = "tower"\nname = "the tower"\nlat_deg = 50.9\nlon_deg = 4.48\nradius_m = 50.0\n'
    flights = [Flight(straight((-2000.0, 0.0), (15.0, 0.0), 180))]
    _, changes = watched(site + rule("approach") + rule("zone-entry", "entry"), flights, 180, zones=())
    assert {(c.rule, c.zone) for c in changes} == {("r", "tower")}


# Visits


def visits(starts_s, length_s=30):
    return [
        Flight(hover((350.0, 0.0), length_s, k), track_id=k + 1, from_s=s) for k, s in enumerate(starts_s)
    ]


def test_the_third_visit_is_told_and_the_second_is_not():
    text = rule("visits", apart_s=60.0, near_m=200.0)
    _, changes = watched(text, visits((0, 120, 240)), 300)
    (alert,) = raised(changes)
    assert (alert.track_id, alert.zone) == (3, "P")
    assert alert.reasons[0].startswith("visit 3 of the plant")
    assert watched(text, visits((0, 40, 80)), 150)[1] == [], "no pause between them: one visit"


def test_visits_outlive_the_process():
    text = rule("visits", apart_s=60.0, near_m=200.0)
    state, _ = watched(text, visits((0, 120)), 200)
    memory = saved(state)
    fresh, _ = watched(text, [], 0)
    again = restored(fresh, memory)
    assert again.memory.visits == state.memory.visits
    _, changes = watched(text, visits((240,)), 300, start=again)
    assert len(raised(changes)) == 1


def test_visits_are_bounded():
    text = rule("visits", apart_s=1.0, near_m=200.0, times=1000)
    state, _ = watched(text, visits(range(0, 1000, 5), 2), 1000)
    assert max(len(v) for v in state.memory.visits.values()) == 64


# Low and slow, in the dark


def test_low_and_slow_by_height_speed_and_night():
    low = Flight(straight((-900.0, 400.0), (5.0, 0.0), 40), height_m=20.0)
    assert len(raised(watched(rule("low-slow"), [low], 40)[1])) == 1
    for other in (
        Flight(low.way, height_m=120.0),
        Flight(straight((-900.0, 400.0), (25.0, 0.0), 40), height_m=20.0),
        Flight(low.way, height_m=None),
    ):
        assert watched(rule("low-slow"), [other], 40)[1] == []
    # Noon on 20 November: the sun stands 19 deg high.
    assert watched(rule("low-slow", sun_below_deg=-6.0), [low], 40)[1] == []
    assert len(raised(watched(rule("low-slow", sun_below_deg=25.0), [low], 40)[1])) == 1
