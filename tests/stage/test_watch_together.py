"""Rules about several at once: swarms, formations, launches from a ship, conflicts with a landing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched import Flight, hover, landing, line_abreast, raised, rule, straight, watched

# Formations and swarms


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
