"""Each kind of rule: what it should tell, what it should not; where and which way round do not matter."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.watched import (
    CENTRE,
    PLANT,
    T0,
    Flight,
    circle,
    hover,
    mowing,
    raised,
    straight,
    watched,
)

from vedette.core.claim import Claim
from vedette.core.picture import AlertLevel
from vedette.core.sensor import Doubt
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.watch.places import outside, roughly_outside
from vedette.watch.saved import restored, saved
from vedette.watch.step import init, step


def rule(kind, name="r", **fields):
    """One rule as TOML."""

    def word(value):
        if isinstance(value, bool):
            return str(value).lower()
        return repr(value).replace("'", '"')

    lines = [f"{field} = {word(value)}" for field, value in fields.items()]
    return "\n".join(["[[rule]]", f'name = "{name}"', f'kind = "{kind}"', *lines, ""])


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


# Formations and swarms


def line_abreast(count, spacing_m, seconds, **fields):
    return [
        Flight(straight((-1500.0, spacing_m * k), (12.0, 0.0), seconds), track_id=k + 1, **fields)
        for k in range(count)
    ]


@given(order=st.permutations(range(5)))
@settings(max_examples=8)
def test_a_swarm_is_one_alert_with_members_whatever_their_order(order):
    flights = line_abreast(5, 60.0, 60)
    _, changes = watched(rule("swarm"), [flights[i] for i in order], 60)
    (alert,) = raised(changes)
    assert {alert.track_id, *alert.members} == {1, 2, 3, 4, 5}
    assert "5 drones" in alert.reasons[0]


def test_three_are_no_swarm_nor_are_birds_nor_those_far_apart():
    assert watched(rule("swarm"), line_abreast(3, 60.0, 60), 60)[1] == []
    assert watched(rule("swarm"), line_abreast(6, 60.0, 60, kind="bird", leave="unknown"), 60)[1] == []
    assert watched(rule("swarm"), line_abreast(6, 400.0, 60), 60)[1] == []


def test_alerts_of_members_are_part_of_the_swarms():
    text = rule("swarm", "swarm") + rule("zone-entry", "entry", severity="warning")
    _, changes = watched(text, line_abreast(5, 30.0, 170), 170)
    swarm = raised(changes, "swarm")[0]
    last = {c.alert_id: c for c in changes if c.rule == "entry" and c.state == "actual"}
    assert len(last) == 5
    assert {c.part_of for c in last.values()} == {swarm.alert_id}


def test_a_swarm_goes_on_when_one_of_it_is_lost():
    flights = line_abreast(6, 60.0, 100)
    flights[0].way = flights[0].way[:50]
    state, changes = watched(rule("swarm"), flights, 100)
    assert len(raised(changes)) == 1
    (held,) = state.held.values()
    assert {held.alert.track_id, *held.alert.members} == {2, 3, 4, 5, 6}


def test_two_that_keep_station_are_a_formation_and_two_that_cross_are_none():
    _, changes = watched(rule("formation"), line_abreast(2, 80.0, 60), 60)
    (alert,) = raised(changes)
    assert {alert.track_id, *alert.members} == {1, 2}
    crossing = [
        Flight(straight((-700.0, 0.0), (12.0, 0.0), 80)),
        Flight(straight((0.0, -700.0), (0.0, 12.0), 80), track_id=2),
    ]
    assert watched(rule("formation"), crossing, 80)[1] == []
    hovering = [Flight(hover((100.0 * k, 700.0), 80, k), track_id=k + 1) for k in range(2)]
    assert watched(rule("formation"), hovering, 80)[1] == []


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


@pytest.mark.parametrize(("hours", "days", "holds"), [
    ("11:00-13:00", [], True), ("13:00-15:00", [], False),
    ("22:00-12:30", [], True), ("22:00-11:30", [], False),
    ("11:00-13:00", ["mon"], True), ("11:00-13:00", ["sun"], False),
    ("22:00-12:30", ["sun"], True), ("22:00-12:30", ["mon"], False),  # it began on Sunday evening
])  # fmt: skip
def test_hours_and_days(hours, days, holds):
    low = Flight(straight((-900.0, 400.0), (5.0, 0.0), 30), height_m=20.0)
    fields = {"hours": hours} | ({"days": days} if days else {})
    assert bool(watched(rule("low-slow", **fields), [low], 30)[1]) == holds


def test_heights_of_a_rule_and_zones_that_it_names():
    low = Flight(hover((100.0, 0.0), 20), height_m=20.0)
    for fields, holds in (
        ({}, True), ({"below_m": 10.0}, False), ({"above_m": 10.0}, True), ({"zones": ["Q"]}, False),
        ({"zones": ["P"]}, True), ({"zone_types": ["REQ_AUTHORIZATION"]}, False), ({"on": False}, False),
        ({"classes": ["fixed_wing_drone"]}, False), ({"class_from": 0.99}, False),
    ):  # fmt: skip
        assert bool(watched(rule("zone-entry", **fields), [low], 20)[1]) == holds, fields


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


# Launches


def test_a_drone_from_a_ship_is_told_and_one_from_elsewhere_is_not():
    ship = Flight(
        straight((-3000.0, 0.0), (5.0, 0.0), 100), track_id=9, kind="vessel", leave="unknown", height_m=0.0
    )
    drone = Flight(straight((-2850.0, 90.0), (10.0, 5.0), 60), from_s=30)
    _, changes = watched(rule("launch"), [ship, drone], 100)
    (alert,) = raised(changes)
    assert (alert.track_id, alert.members) == (1, [9])
    assert "from T9" in alert.reasons[0]
    for other in (
        [ship, Flight(straight((-1500.0, 90.0), (10.0, 5.0), 60), from_s=30)],
        [Flight(ship.way, track_id=9, kind="bird", leave="unknown"), drone],
        [Flight(ship.way[:60], track_id=9, kind="vessel", leave="unknown", from_s=31), drone],
    ):
        assert watched(rule("launch"), other, 100)[1] == []


# Conflicts


def landing(**fields):
    return Flight(
        straight((-5000.0, 0.0), (70.0, 0.0), 90), track_id=7, kind="aeroplane", leave="authorised",
        **({"height_m": 100.0} | fields),
    )  # fmt: skip


def test_a_drone_in_the_approach_is_in_conflict_before_the_airliner_is_there():
    _, changes = watched(rule("conflict"), [landing(), Flight(hover((0.0, 100.0), 90), height_m=90.0)], 90)
    first = raised(changes)[0]
    assert (first.track_id, first.members, first.state) == (1, [7], "predicted")
    assert first.time_to_entry_s > 30.0
    assert any(c.state == "actual" for c in changes)
    assert changes[-1].state == "cleared"


@pytest.mark.parametrize(("plane", "drone"), [
    (landing(height_m=600.0), Flight(hover((0.0, 100.0), 90), height_m=90.0)),  # 500 m above it
    (landing(), Flight(hover((0.0, 2500.0), 90), height_m=90.0)),  # beside it
    (landing(), Flight(hover((0.0, 100.0), 90), height_m=90.0, leave="authorised")),
    (landing(), Flight(hover((0.0, 100.0), 90), height_m=90.0, kind="bird", leave="unknown")),
])  # fmt: skip
def test_who_is_in_no_conflict(plane, drone):
    assert watched(rule("conflict"), [plane, drone], 90)[1] == []


def test_a_height_that_is_not_known_is_not_taken_to_be_another():
    _, changes = watched(rule("conflict"), [landing(), Flight(hover((0.0, 100.0), 90), height_m=None)], 90)
    assert any("height is not known" in why for why in raised(changes)[0].reasons)


# Sensors


def test_a_sensor_that_falls_silent_is_told_after_a_while_and_ends_when_it_is_back():
    def doubts(s):
        return {"radar": Doubt("silent", T0 + 10 * NS_PER_S, "no looks")} if 10 <= s < 40 else {}

    _, changes = watched(rule("blinded", for_s=5.0), [], 60, doubts=doubts)
    assert [c.state for c in changes] == ["actual", "cleared"]
    assert (changes[0].sensor, changes[0].track_id, changes[0].lat_deg) == ("radar", 0, None)
    assert (changes[0].time_ns - T0) / NS_PER_S == 15.0
    assert watched(rule("blinded", conditions=["babbling"]), [], 60, doubts=doubts)[1] == []


def test_many_at_once_speak_for_jamming():
    both = {name: Doubt("silent", T0, "no looks") for name in ("radar", "finder")}
    _, changes = watched(rule("blinded"), [], 20, doubts=lambda s: both)
    assert len(changes) == 2
    assert all("jamming" in c.reasons[1] for c in changes)
    assert {c.severity for c in changes} == {"caution"}


def test_one_that_is_silent_may_have_nothing_to_see_and_is_told_as_info():
    for condition, severity in (("silent", "info"), ("babbling", "caution")):
        alone = {"radar": Doubt(condition, T0, "why")}
        _, changes = watched(rule("blinded"), [], 20, doubts=lambda s, alone=alone: alone)
        assert {c.severity for c in changes} == {severity}


# All of them


def test_what_a_rule_gives_way_to_tells_its_reason():
    text = rule("zone-entry", "entry") + rule("loiter", "loiter", unless=["entry"])
    _, changes = watched(text, [Flight(hover((0.0, 0.0), 90))], 90)
    assert {c.rule for c in changes} == {"entry"}
    assert any("has stayed within" in why for c in changes for why in c.reasons)
    _, changes = watched(text, [Flight(hover((700.0, 0.0), 90))], 90)
    assert {c.rule for c in changes} == {"loiter"}, "outside of the zone it speaks for itself"


def test_what_may_be_a_drone_is_a_note_that_gives_no_ring():
    text = rule("zone-entry", severity="warning", note_from=0.4, escalate_after_s=10.0)
    maybe = Flight(hover((0.0, 0.0), 30), leave="unknown", case=0.5)
    state, changes = watched(text, [maybe], 30)
    assert {(c.state, c.severity, c.escalated) for c in changes} == {("actual", "info", 0)}
    assert any("50 % of the case" in why for why in changes[0].reasons)
    _, output = step(state, maybe.row(29), [], {}, T0 + 30 * NS_PER_S, whole=True)
    assert output.rows["alert"][0] == AlertLevel.NONE
    for other in (
        Flight(maybe.way, leave="unknown", case=0.3),
        Flight(maybe.way, leave="unknown", case=0.5, p=0.4),  # what it is now is no drone
        Flight(maybe.way, leave="authorised", case=0.5),
        Flight(hover((3000.0, 0.0), 30), leave="unknown", case=0.5),
    ):
        assert watched(text, [other], 30)[1] == []


def test_a_note_rings_once_the_case_is_made_and_does_not_fall_silent_again():
    text = rule("zone-entry", severity="warning", note_from=0.4)
    flight = Flight(straight((-900.0, 0.0), (10.0, 0.0), 80), leave="unknown", case=0.5)
    flight.leaves |= {20: "unauthorised", 40: "unknown"}
    _, changes = watched(text, [flight], 80)
    assert len({c.alert_id for c in changes}) == 1
    told = [(c.state, c.severity) for c in changes]
    assert list(dict.fromkeys(told)) == [
        ("predicted", "info"),
        ("predicted", "caution"),
        ("actual", "warning"),
    ]
    rang = next(c for c in changes if c.severity == "caution")
    assert rang.time_ns == T0 + 20 * NS_PER_S
    assert not any("of the case" in why for why in rang.reasons)


def test_what_is_smeared_over_the_zone_rings_for_nobody():
    text = rule("zone-entry", placed_m=120.0)
    assert watched(text, [Flight(hover((0.0, 0.0), 20), sd_m=130.0)], 20)[1] == []
    assert raised(watched(text, [Flight(hover((0.0, 0.0), 20), sd_m=40.0)], 20)[1])


# Claimed


def forged(count, seconds=60, **fields):
    """So many side by side, each with nothing but its own word for it."""
    each = [straight((-400.0, 8.0 * k), (8.0, 0.0), seconds) for k in range(count)]
    return [Flight(way, track_id=k + 1, evidence="claims-only", **fields) for k, way in enumerate(each)]


def test_thirty_that_only_claim_to_fly_are_one_alert_from_the_first_on():
    flights = forged(30)
    for k, flight in enumerate(flights):
        flight.from_s = k % 10
    _, changes = watched(rule("claimed"), flights, 60)
    (alert,) = raised(changes)
    assert alert.kind == "claimed"
    most = max(changes, key=lambda c: len(c.members))
    assert len(most.members) == 29
    assert most.reasons[0].startswith("30 that say who they are hold no leave")


def test_each_that_is_seen_has_its_own_alert_and_none_that_only_claims():
    text = rule("zone-entry", claims_only=False) + rule("claimed", "claims")
    seen = Flight(straight((-400.0, -100.0), (8.0, 0.0), 60), track_id=99)
    _, changes = watched(text, [*forged(5), seen], 60)
    assert {(c.rule, c.track_id) for c in raised(changes)} == {("r", 99), ("claims", 1)}
    _, changes = watched(rule("zone-entry"), forged(5), 60)
    assert len(raised(changes)) == 5, "where nobody asks otherwise, a claim counts as any other"


def test_a_claim_that_is_surely_forged_goes_on_in_the_alert_and_one_with_leave_never_was():
    doubted = forged(3, leave="unknown", doubt=0.97)
    (alert,) = raised(watched(rule("claimed"), doubted, 60)[1])
    assert any("3 of 3 are doubted" in why for why in alert.reasons)
    for leave, doubt in (("authorised", 0.1), ("unknown", 0.2)):
        assert watched(rule("claimed"), forged(3, leave=leave, doubt=doubt), 60)[1] == []


def test_claims_that_come_again_are_the_same_alert():
    first, second = forged(2, 20), forged(2, 20)
    for k, flight in enumerate(second):
        flight.track_id, flight.from_s = 10 + k, 30
    assert len(raised(watched(rule("claimed", clear_after_s=30.0), [*first, *second], 60)[1])) == 1


@given(shift=st.integers(0, 10**6))
@settings(max_examples=5)
def test_a_rule_does_not_depend_on_where_the_node_counts_tracks_from(shift):
    flights = line_abreast(5, 60.0, 60)
    for flight in flights:
        flight.track_id += shift
    _, changes = watched(rule("swarm"), flights, 60)
    assert raised(changes)[0].track_id == 1 + shift


def test_the_same_flights_give_the_same_alerts_to_the_byte():
    import msgspec

    from vedette.app.rules import BUILT_IN

    text = BUILT_IN.read_text("utf-8")
    runs = [watched(text, [*line_abreast(5, 60.0, 150), landing()], 150)[1] for _ in range(2)]
    assert runs[0]
    assert msgspec.json.encode(runs[0]) == msgspec.json.encode(runs[1])


def test_places_of_the_tests_are_where_they_should_be():
    lat, lon, _ = geodetic_from_enu(CENTRE, np.zeros((1, 3)))[0]
    assert (lat, lon) == (pytest.approx(50.9), pytest.approx(4.48))
    assert init([PLANT]).places[0].reach_m == 300.0
