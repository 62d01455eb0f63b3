"""What all rules share: hours, heights, zones, what they give way to, notes; and sensors that fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched import CENTRE, PLANT, T0, Flight, hover, landing, line_abreast, raised, rule, straight, watched

from vedette.core.picture import AlertLevel
from vedette.core.sensor import Doubt
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.watch.step import init, step

# When and where


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


# Sensors


def test_a_sensor_that_falls_silent_is_told_after_a_while_and_ends_when_it_is_back():
    def doubts(s):
        return {"radar": Doubt("silent", T0 + 10 * NS_PER_S, "no looks")} if 10 <= s < 40 else {}

    _, changes = watched(rule("blinded", for_s=5.0), [], 60, doubts=doubts)
    assert [c.state for c in changes] == ["actual", "cleared"]
    assert (changes[0].sensor, changes[0].track_id, changes[0].lat_deg) == ("radar", 0, None)
    assert (changes[0].time_ns - T0) / NS_PER_S == 15.0, "for_s after it began"
    assert watched(rule("blinded", conditions=["babbling"]), [], 60, doubts=doubts)[1] == []


def test_many_at_once_speak_for_jamming():
    both = {name: Doubt("silent", T0, "no looks") for name in ("radar", "finder")}
    _, changes = watched(rule("blinded"), [], 20, doubts=lambda s: both)
    assert len(changes) == 2
    assert all("jamming" in c.reasons[1] for c in changes)
    assert {c.severity for c in changes} == {"caution"}


def test_two_that_still_say_that_they_are_well_have_nothing_left_to_see():
    both = {name: Doubt("silent", T0, "no looks", T0 + 5 * NS_PER_S) for name in ("radar", "finder")}
    _, changes = watched(rule("blinded"), [], 20, doubts=lambda s: both)
    assert {c.severity for c in changes} == {"info"}
    assert all("well" in c.reasons[1] for c in changes)
    cut = {**both, "camera": Doubt("silent", T0, "no looks", T0 + NS_PER_S)}
    _, changes = watched(rule("blinded"), [], 20, doubts=lambda s: cut)
    assert {c.severity for c in changes} == {"info"}, "the others have nothing to do with it"


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


def test_what_is_likely_gone_does_not_begin_to_ring_and_what_has_rung_goes_on():
    gone = [Flight(hover((0.0, 0.0), 30), exists=lambda s: 0.3)]
    assert watched(rule("zone-entry"), gone, 30)[1] == []
    fades = [Flight(hover((0.0, 0.0), 30), exists=lambda s: 0.9 if s < 10 else 0.3)]
    _, changes = watched(rule("zone-entry"), fades, 30)
    assert [(c.state, c.severity) for c in changes] == [("actual", "caution")]


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
