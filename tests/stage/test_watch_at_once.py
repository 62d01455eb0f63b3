"""Zones lie in each other: who enters several at once is one intruder, and rings once."""

import numpy as np
from watched import PLANT, T0, Flight, hover, rule, straight, watched

from vedette.core.alert import Decision
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.evaluate.rings import split
from vedette.watch.step import decided, step

RING = Zone(
    id="R",
    name="the ring",
    type="PROHIBITED",
    volumes=[Volume(circle=(50.9, 4.48, 600.0))],
    ground_m=50.0,
)
ENTRY = rule("zone-entry", "entry", severity="warning")


def flown(flight, seconds, start=None):
    return watched(ENTRY, [flight], seconds, zones=(PLANT, RING), start=start)


def recognised_inside():
    """It hovers in both zones, and is recognised after a while."""
    flight = Flight(hover((0.0, 0.0), 90))
    flight.leaves = {0: "unknown", 20: "unauthorised"}
    return flight


def test_who_is_recognised_inside_two_zones_rings_once():
    state, changes = flown(recognised_inside(), 60)
    assert len(split(changes)[0]) == 1
    parts = {held.alert.part_of for held in state.held.values()}
    assert parts == {"", next(h.alert.alert_id for h in state.held.values() if not h.alert.part_of)}
    assert {held.alert.zone for held in state.held.values()} == {"P", "R"}, "both are told"


def test_who_goes_on_into_the_inner_zone_rings_again():
    way = straight((-900.0, 0.0), (10.0, 0.0), 100)
    _, changes = flown(Flight(way), 100)
    loud = [c for c in changes if c.severity == "warning" and not c.part_of and c.state == "actual"]
    assert {c.zone for c in loud} == {"P", "R"}


def test_who_leaves_the_inner_zone_does_not_ring_for_that():
    away = straight((0.0, 0.0), (15.0, 0.0), 34)
    way = [*hover((0.0, 0.0), 60), *away, *hover(away[-1], 60, sway_m=0.2)]
    flight = Flight(way)
    flight.leaves = {0: "unknown", 20: "unauthorised"}
    state, changes = flown(flight, 140)
    assert [c.zone for c in changes if c.state == "cleared"] == ["P"]
    (held,) = state.held.values()
    assert held.alert.zone == "R"
    assert len(split(changes)[0]) == 1


def test_who_answers_the_one_answers_the_other_and_whom_nobody_answers_rings_again():
    way = [
        *hover((0.0, 0.0), 40),
        *straight((0.0, 0.0), (15.0, 0.0), 34),
        *hover((510.0, 0.0), 90, sway_m=0.2),
    ]
    flight = Flight(way)
    text = rule("zone-entry", "entry", severity="warning", escalate_after_s=60.0)
    state, changes = watched(text, [flight], 160, zones=(PLANT, RING))
    louder = [c for c in changes if c.escalated and c.zone == "R"]
    assert louder
    assert louder[0].part_of == ""
    assert len(split(changes)[0]) == 1, "it is no second intruder"
    state, _ = watched(text, [flight], 20, zones=(PLANT, RING))
    head = next(h.alert for h in state.held.values() if not h.alert.part_of)
    decision = Decision(do="acknowledge", alert_id=head.alert_id, author="me", time_ns=head.time_ns + 1)
    state, told, _ = decided(state, decision)
    assert {(one.zone, one.acknowledged_by) for one in told} == {("P", "me"), ("R", "me")}


def test_when_the_one_that_speaks_is_suppressed_the_other_rings():
    flight = recognised_inside()
    state, _ = flown(flight, 60)
    head = next(h.alert for h in state.held.values() if not h.alert.part_of)
    decision = Decision(
        alert_id=head.alert_id, do="suppress", author="me", reason="known", time_ns=head.time_ns + NS_PER_S,
    )  # fmt: skip
    state, _, refused = decided(state, decision)
    assert refused == ""
    _, output = step(state, flight.row(61), [], {}, T0 + 61 * NS_PER_S, whole=True)
    told = {change.zone: change for change in output.alerts}
    (other,) = {"P", "R"} - {head.zone}
    assert (told[other].part_of, told[other].severity) == ("", "warning")


def two(east_m, *, later_s=0):
    """Two that hover so far from each other, recognised so long one after the other."""
    one, other = recognised_inside(), Flight(hover((east_m, 0.0), 90, seed=2))
    other.track_id = 2
    other.leaves = {0: "unknown", 20 + later_s: "unauthorised"}
    return [one, other]


def both(east_m, *, later_s=0, seconds=60):
    return watched(ENTRY, two(east_m, later_s=later_s), seconds, zones=(RING,))


def test_two_intruders_ring_twice():
    _, changes = both(400.0)
    rings, shown, _ = split(changes)
    assert (len(rings), len(shown)) == (2, 0)


def test_two_that_came_together_ring_once_and_both_are_told():
    state, changes = both(100.0, later_s=10)
    rings, shown, _ = split(changes)
    assert [one.ids for one in rings] == [(1,)]
    assert [one.ids for one in shown] == [(2,)]
    first, second = (h.alert for h in state.held.values())
    assert (first.part_of, second.part_of) == ("", first.alert_id)


def test_who_comes_after_somebody_has_answered_rings():
    state, changes = watched(ENTRY, two(100.0, later_s=10), 25, zones=(RING,))
    (alert_id,) = {c.alert_id for c in changes}
    yes = Decision(alert_id=alert_id, do="acknowledge", author="watch", time_ns=T0 + 25 * NS_PER_S)
    state, _, refused = decided(state, yes)
    assert not refused
    for second in range(25, 60):
        rows = np.concatenate([f.row(second) for f in two(100.0, later_s=10)])
        state, out = step(state, rows, [], {}, T0 + second * NS_PER_S, whole=True)
        changes += out.alerts
    assert len(split(changes).rings) == 2


def test_who_comes_much_later_rings():
    _, changes = both(100.0, later_s=65, seconds=90)
    assert len(split(changes).rings) == 2


def test_the_minute_is_that_of_the_ring_not_of_the_last_that_came():
    flights = two(100.0, later_s=40)
    third = Flight(hover((50.0, 50.0), 120, seed=3))
    third.track_id, third.leaves = 3, {0: "unknown", 95: "unauthorised"}
    for flight in flights:
        flight.way = hover((100.0, 0.0), 120, seed=flight.track_id)
    _, changes = watched(ENTRY, [*flights, third], 115, zones=(RING,))
    assert [one.ids for one in split(changes).rings] == [(1,), (3,)]


def in_formation(severity, seconds):
    """Two that are about to enter keep station (a caution), and a third is with them, out of step."""
    rules = ENTRY + rule("formation", "formation", for_s=30, within_m=150.0, severity=severity)
    one, third = (Flight(straight((-900.0, north), (10.0, 0.0), 90)) for north in (0.0, 100.0))
    other = Flight(straight((-1000.0, -120.0), (14.5, 0.0), 90))
    other.track_id, third.track_id = 2, 3
    one.leaves = third.leaves = {0: "unknown", 20: "unauthorised"}
    other.leaves = {0: "unknown", 24: "unauthorised"}
    return rules, [one, other, third], seconds


def test_a_formation_of_those_that_have_just_rung_does_not_ring_again():
    rules, flights, seconds = in_formation("caution", 28)
    state, changes = watched(rules, flights, seconds, zones=(RING,))
    told = {h.alert.alert_id: h.alert for h in state.held.values()}
    (formation,) = (alert for alert in told.values() if alert.kind == "formation")
    (ring,) = split(changes).rings
    assert ring.rule == "entry"
    assert told[formation.part_of].rule == "entry"
    assert all(not told[one.part_of].part_of for one in told.values() if one.part_of), "one level of heads"


def test_a_formation_that_is_louder_rings_and_speaks_for_them():
    rules, flights, seconds = in_formation("warning", 45)
    state, changes = watched(rules, flights, seconds, zones=(RING,))
    assert [one.rule for one in split(changes).rings] == ["entry", "formation"]
    heads = {h.alert.rule for h in state.held.values() if not h.alert.part_of}
    assert heads == {"formation"}


def test_a_formation_after_somebody_has_answered_rings():
    rules, flights, _ = in_formation("caution", 45)
    state, changes = watched(rules, flights, 26, zones=(RING,))
    (head,) = (held.alert.alert_id for held in state.held.values() if not held.alert.part_of)
    yes = Decision(alert_id=head, do="acknowledge", author="watch", time_ns=T0 + 26 * NS_PER_S)
    state, _, refused = decided(state, yes)
    assert not refused
    for second in range(26, 45):
        rows = np.concatenate([f.row(second) for f in flights])
        state, out = step(state, rows, [], {}, T0 + second * NS_PER_S, whole=True)
        changes += out.alerts
    assert [one.rule for one in split(changes).rings][-1] == "formation"


def test_one_of_a_formation_that_comes_to_a_further_zone_rings_no_more_than_the_formation():
    rules = ENTRY + rule("formation", "formation", for_s=10, within_m=150.0, severity="warning")
    flights = [Flight(straight((-900.0, 60.0 * k), (10.0, 0.0), 120)) for k in range(2)]
    flights[1].track_id = 2
    for flight in flights:
        flight.leaves = {0: "unknown", 20: "unauthorised"}
    _, changes = watched(rules, flights, 110, zones=(PLANT, RING))
    assert {change.zone for change in changes if change.state == "actual"} >= {"P", "R"}
    assert [one.rule for one in split(changes).rings] == ["entry", "formation"]
