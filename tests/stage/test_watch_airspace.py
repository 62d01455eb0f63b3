"""Rules about crewed aircraft: a state's airspace, intruders, transponders."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched import PLANT, T0, Flight, hover, raised, rule, straight, watched

from vedette.core.claim import Claim
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.watch.places import outside, roughly_outside
from vedette.watch.step import init

# Airspace and intruders

STATE = Zone(
    id="S", name="the state", type="REQ_AUTHORIZATION",
    volumes=[Volume(rings=[[(50.0, 4.48), (50.0, 7.0), (51.8, 7.0), (51.8, 4.48), (50.0, 4.48)]])],
)  # fmt: skip


def test_minutes_inside_and_depth_of_a_states_airspace():
    jet = Flight(
        straight((-6000.0, 0.0), (200.0, 0.0), 200), kind="aeroplane", leave="unknown", height_m=5000.0
    )
    _, changes = watched(rule("airspace"), [jet], 200, zones=(STATE,))
    first, last = changes[0], changes[-1]
    # It crosses the border after 30 s; 20 s inside, and it is 4 km deep.
    assert (first.time_ns - T0) / NS_PER_S == pytest.approx(50.0, abs=3.0)
    assert "4." in first.reasons[0] or "3.9" in first.reasons[0]
    assert len(raised(changes)) == 1
    assert len(changes) == 3, "told again every minute"
    assert "2." in last.reasons[0]


@pytest.mark.parametrize(
    ("speed_mps", "speed_sd_mps", "severity"), [(200.0, 8.0, "caution"), (21.0, 7.0, "info")]
)
def test_whose_speed_nobody_knows_is_only_noted(speed_mps, speed_sd_mps, severity):
    flight = Flight(
        straight((500.0, 0.0), (speed_mps, 0.0), 60), kind="helicopter", leave="unknown", height_m=500.0,
        speed_sd_mps=speed_sd_mps,
    )  # fmt: skip
    _, changes = watched(rule("airspace", depth_m=100.0, severity="caution"), [flight], 60, zones=(STATE,))
    assert {alert.severity for alert in raised(changes)} == {severity}


@given(seed=st.integers(0, 2**16), lat=st.floats(-70.0, 70.0), size_deg=st.floats(0.01, 4.0))
@settings(max_examples=50)
def test_what_is_looked_past_is_never_inside(seed, lat, size_deg):
    """The rough distance that spares the fine one is below it, for zones as large as states."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0.0, 2.0 * math.pi, 7))
    ring = [(lat + size_deg * math.sin(a), 2.0 * size_deg * math.cos(a)) for a in angle]
    (place,) = init([Zone("Z", "z", "PROHIBITED", [Volume(rings=[[*ring, ring[0]]])])]).places
    lats, lons = lat + rng.uniform(-1.5, 1.5, 40) * size_deg, rng.uniform(-3.0, 3.0, 40) * size_deg
    fine, rough = outside(place, lats, lons), roughly_outside(place, lats, lons)
    assert np.all((rough <= fine + 1e-6) | (rough <= 0.0))
    assert np.all(np.isfinite(fine) | (rough > 0.0))


def test_small_zones_birds_and_airliners_are_no_matter_of_state():
    bird = Flight(straight((-600.0, 0.0), (15.0, 0.0), 120), kind="bird", leave="unknown")
    text = rule("airspace", classes=["aeroplane", "multirotor"], class_from=0.6)
    assert watched(text, [bird], 120, zones=(STATE,))[1] == []
    airliner = Flight(straight((-600.0, 0.0), (200.0, 0.0), 120), kind="aeroplane", leave="authorised")
    assert watched(text, [airliner], 120, zones=(STATE,))[1] == []
    intruder = Flight(hover((0.0, 0.0), 120), kind="aeroplane", leave="unknown")
    assert watched(text, [intruder], 120, zones=(PLANT,))[1] == []


def icao(track_id=1, squawk=None):
    return lambda s: [(track_id, T0 + s * NS_PER_S, Claim("icao24", "4AC0DE", squawk=squawk))]


def test_a_crewed_aircraft_that_says_nothing_is_an_intruder_and_one_that_answers_is_none():
    plane = Flight(
        straight((-2000.0, 0.0), (50.0, 0.0), 60), kind="aeroplane", leave="unknown", height_m=300.0
    )
    big = Zone("B", "closed airspace", "PROHIBITED", [Volume(circle=(50.9, 4.48, 3000.0))])
    _, changes = watched(rule("intruder"), [plane], 60, zones=(big,))
    assert len(raised(changes)) == 1
    assert "does not say who it is" in changes[0].reasons[0]
    assert watched(rule("intruder"), [plane], 60, zones=(big,), hits=icao())[1] == []
    slow = Flight(straight((-700.0, 0.0), (20.0, 0.0), 60), kind="aeroplane", leave="unknown", height_m=300.0)
    assert watched(rule("intruder"), [slow], 60, zones=(big,))[1] == []
    assert watched(rule("intruder"), [plane], 60, zones=())[1] == []


@pytest.mark.parametrize(
    ("speed_mps", "speed_sd_mps", "rings"), [(60.0, 5.0, 1), (94.0, 18.0, 0), (28.0, 3.0, 0)]
)
def test_an_intruder_is_surely_fast(speed_mps, speed_sd_mps, rings):
    """What jumps from bird to bird in a flock has a speed, but nobody knows it well."""
    flight = Flight(
        straight((-speed_mps * 20.0, 0.0), (speed_mps, 0.0), 40), kind="helicopter", leave="unknown",
        speed_sd_mps=speed_sd_mps,
    )  # fmt: skip
    _, changes = watched(rule("intruder", near_m=2000.0), [flight], 40)
    assert len(raised(changes)) == rings


def test_what_was_slow_a_moment_ago_is_no_intruder():
    """A camera that follows a bird may draw its track out along the line: 15 m/s, ten seconds later 115."""
    speeds = np.array([15.0] * 20 + [20.0, 22.0, 25.0, 32.0, 43.0, 55.0, 70.0, 85.0, 100.0, 112.0, 115.0])
    way = np.stack((np.cumsum(speeds) - 900.0, np.zeros(len(speeds))), axis=1)
    drawn = Flight(way, kind="helicopter", leave="unknown", speed_sd_mps=5.0)
    text = rule("intruder", near_m=2000.0)
    assert watched(text, [drawn], len(way), zones=(PLANT,))[1] == []
    slowly = np.stack((np.cumsum(np.linspace(25.0, 60.0, 40)) - 900.0, np.zeros(40)), axis=1)
    hasty = Flight(slowly, kind="helicopter", leave="unknown", speed_sd_mps=0.5)
    assert len(raised(watched(text, [hasty], 40, zones=(PLANT,))[1])) == 1


def test_what_nobody_measures_is_no_intruder_but_a_note():
    """A camera draws a gull out along its line: the filter is sure of 60 m/s, and nobody measured them."""
    flight = Flight(straight((-1200.0, 0.0), (60.0, 0.0), 40), kind="helicopter", leave="unknown")
    text = rule("intruder", near_m=2000.0)
    (alert,) = raised(watched(text, [flight], 40, unplaced=frozenset({1}))[1])
    assert alert.severity == "info"
    (alert,) = raised(watched(text, [flight], 40)[1])
    assert alert.severity != "info"


@pytest.mark.parametrize(("north_m", "mps", "rings"), [(60.0, 68.0, 0), (60.0, 30.0, 1), (900.0, 68.0, 1)])
def test_who_flies_along_with_one_that_answers_is_that_one_seen_twice(north_m, mps, rings):
    """A drone radar that errs in height makes a track of its own of an airliner that lands."""
    airliner = Flight(straight((-1200.0, 0.0), (70.0, 0.0), 40), kind="aeroplane", leave="authorised")
    other = Flight(straight((-1200.0, north_m), (mps, 0.0), 40), kind="aeroplane", leave="unknown")
    other.track_id = 2
    text = rule("intruder", near_m=3000.0)
    assert len(raised(watched(text, [airliner, other], 40, hits=icao())[1])) == rings


# Transponders


def test_codes_that_call_for_help_and_codes_that_change():
    plane = Flight(
        straight((0.0, 0.0), (80.0, 0.0), 60), kind="aeroplane", leave="authorised", height_m=2000.0
    )
    _, changes = watched(rule("transponder"), [plane], 60, hits=icao(squawk="7500"))
    assert "7500: unlawful interference" in raised(changes)[0].reasons[0]
    assert watched(rule("transponder"), [plane], 60, hits=icao(squawk="1000"))[1] == []

    def changing(s):
        return icao(squawk="1000" if s < 20 else "2000")(s)

    assert watched(rule("transponder"), [plane], 60, hits=changing)[1] == []
    _, changes = watched(rule("transponder", changes=True), [plane], 60, hits=changing)
    assert "from 1000 to 2000" in raised(changes)[0].reasons[0]


def lost(n, silent, *, height_m=2000.0, until_s=60):
    """n aircraft that answer, of which `silent` stop after a minute."""
    planes = [
        Flight(
            straight((0.0, 3000.0 * k), (80.0, 0.0), 150), track_id=k + 1, kind="aeroplane",
            leave="authorised", height_m=height_m,
        )
        for k in range(n)
    ]  # fmt: skip

    def hits(s):
        return [
            (k + 1, T0 + s * NS_PER_S, Claim("icao24", f"4AC0D{k}"))
            for k in range(n) if s < until_s or k >= silent
        ]  # fmt: skip

    return watched(rule("transponder"), planes, 150, hits=hits)[1]


def test_a_transponder_that_falls_silent_is_told():
    (alert,) = raised(lost(6, 1))
    assert alert.track_id == 1
    assert "4AC0D0 fell silent" in alert.reasons[0]
    assert (alert.time_ns - T0) / NS_PER_S == pytest.approx(60 + 45, abs=3)


def test_a_receiver_that_fails_and_an_aircraft_that_lands_are_no_losses():
    assert lost(6, 6) == []
    assert lost(6, 4) == []
    assert lost(6, 1, height_m=200.0) == []
    assert lost(6, 1, until_s=5) == [], "it had hardly been heard"
