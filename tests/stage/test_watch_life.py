"""The life of an alert as a state machine: whatever people and tracks do, it stays in order."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from watched import PLANT, T0, Flight, hover, raised, straight, watched

from vedette.core.alert import Alert, Decision
from vedette.core.picture import TRACK, AlertLevel
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.watch.rules_file import parse
from vedette.watch.saved import restored, saved
from vedette.watch.step import decided, init, step, with_rules

RULES = """
[[rule]]
name = "entry"
kind = "zone-entry"
severity = "warning"
escalate_after_s = 20.0
escalate_times = 2
"""
OTHER = Zone("Q", "the other", "PROHIBITED", [Volume(circle=(50.93, 4.48, 200.0))])


def decide(state, change, do="acknowledge", *, at_s=10.0, **fields):
    decision = Decision(
        do=do, alert_id=change.alert_id, author=fields.pop("author", "night shift"),
        time_ns=T0 + round(at_s * NS_PER_S), **fields,
    )  # fmt: skip
    return decided(state, decision)


def on(state, flight, seconds):
    """The same flight, further on."""
    changes, levels = [], []
    for second in seconds:
        state, output = step(state, flight.row(second), [], {}, T0 + second * NS_PER_S, whole=True)
        changes += output.alerts
        levels.append(int(output.rows["alert"][0]))
    return state, changes, levels


def inside(seconds=300):
    flight = Flight(hover((0.0, 0.0), seconds))
    state, changes = watched(RULES, [flight], 5)
    return flight, state, raised(changes)[0]


def test_nobody_answers_so_it_is_told_again_twice_and_not_more():
    flight, state, first = inside()
    _, changes, _ = on(state, flight, range(5, 200))
    assert [(c.escalated, round((c.time_ns - T0) / NS_PER_S)) for c in changes] == [(1, 20), (2, 40)]
    assert all("nobody has answered for" in c.reasons[-1] for c in changes)
    assert {c.alert_id for c in changes} == {first.alert_id}


def test_a_caution_rises_to_a_warning():
    text = RULES.replace('"warning"', '"caution"')
    _, changes = watched(text, [Flight(hover((0.0, 0.0), 60))], 60)
    assert [c.severity for c in changes] == ["caution", "warning", "warning"]


def test_who_acknowledges_is_kept_and_nothing_escalates():
    flight, state, first = inside()
    state, changes, refusal = decide(state, first, reason="patrol is on its way")
    assert refusal == ""
    (told,) = changes
    assert (told.acknowledged_by, told.acknowledged_ns) == ("night shift", T0 + 10 * NS_PER_S)
    assert told.reasons[-1] == "night shift: patrol is on its way"
    assert (told.state, told.severity) == (first.state, first.severity)
    _, later, levels = on(state, flight, range(10, 120))
    assert later == []
    assert set(levels) == {AlertLevel.ACTUAL}
    assert "was acknowledged by night shift" in decide(state, first)[2]


def test_an_acknowledged_prediction_that_comes_true_asks_again():
    flight = Flight(straight((-800.0, 0.0), (15.0, 0.0), 60))
    state, changes = watched(RULES, [flight], 3)
    state, _, _ = decide(state, raised(changes)[0], at_s=3.0)
    _, later, _ = on(state, flight, range(3, 60))
    rises = next(c for c in later if c.state == "actual")
    assert rises.acknowledged_by == ""
    assert any("had acknowledged it while it was predicted" in why for why in rises.reasons)


def test_a_suppressed_alert_is_quiet_for_its_time_and_is_told_again():
    flight, state, first = inside()
    state, changes, _ = decide(state, first, "suppress", reason="our own exercise", for_s=60.0)
    (told,) = changes
    assert (told.severity, told.suppressed_by) == ("info", "night shift")
    assert told.suppressed_why == "our own exercise"
    assert told.suppressed_until_ns == T0 + 70 * NS_PER_S
    state, later, levels = on(state, flight, range(10, 70))
    assert later == []
    assert set(levels) == {AlertLevel.NONE}
    _, later, levels = on(state, flight, range(70, 80))
    assert [(c.severity, c.suppressed_by) for c in later] == [("warning", "")]
    assert levels[-1] == AlertLevel.ACTUAL


def test_somebody_can_end_a_suppression():
    _, state, first = inside()
    state, _, _ = decide(state, first, "suppress", reason="a kite")
    state, changes, _ = decide(state, first, "unsuppress", at_s=12.0)
    assert [c.severity for c in changes] == ["warning"]
    assert state.suppressions == ()
    assert "is not suppressed" in decide(state, first, "unsuppress")[2]


@pytest.mark.parametrize(("scope", "quiet"), [
    ("track", {("P", 1), ("Q", 1)}), ("zone", {("P", 1), ("P", 2)}), ("rule", {("P", 1), ("P", 2), ("Q", 1)}),
])  # fmt: skip
def test_a_suppression_is_about_a_track_a_zone_or_a_rule(scope, quiet):
    both = [Flight(hover((0.0, 0.0), 10)), Flight(hover((50.0, 0.0), 10), track_id=2)]
    state, changes = watched(RULES, both[:1], 3, zones=(PLANT, OTHER))
    state, _, refusal = decide(state, raised(changes)[0], "suppress", scope=scope, reason="why", for_s=600.0)
    assert refusal == ""
    away = Flight(hover((0.0, 3336.0), 10), track_id=1)
    _, later = watched(RULES, [both[1], away], 5, start=state)
    new = {(c.zone, c.track_id): bool(c.suppressed_by) for c in raised(later)}
    assert {key for key, suppressed in new.items() if suppressed} == quiet - {("P", 1)}
    assert ("Q", 1) in new


def test_decisions_that_cannot_be_taken_change_nothing():
    _, state, first = inside()
    for fields, said in (
        ({"do": "suppress"}, "expected a reason"),
        ({"do": "suppress", "reason": "why", "for_s": 0.1}, "expected 1 to 604800 s"),
        ({"do": "suppress", "reason": "why", "for_s": math.inf}, "expected 1 to 604800 s"),
        ({"do": "suppress", "reason": "why", "scope": "zone"}, "expected for how long"),
        ({"do": "acknowledge", "author": " "}, "expected who decides"),
    ):
        after, changes, refusal = decide(state, first, **fields)
        assert said in refusal
        assert (after, changes) == (state, [])
    unknown = msgspec.structs.replace(first, alert_id="A999999")
    assert "expected an alert that holds, got 'A999999'" in decide(state, unknown)[2]


def test_suppressions_of_zones_outlive_the_process_and_those_of_tracks_do_not():
    _, state, first = inside()
    for scope in ("zone", "track"):
        state, _, refusal = decide(state, first, "suppress", scope=scope, reason="why", for_s=600.0)
        assert refusal == ""
    again = restored(init([PLANT], rules=parse(RULES, "test")), saved(state))
    assert [one.scope for one in again.suppressions] == ["zone"]


def test_a_rule_raises_no_more_than_it_may_and_counts_the_rest():
    text = RULES + "most_per_hour = 2\n"
    flights = [Flight(hover((40.0 * k, 0.0), 10), track_id=k + 1) for k in range(5)]
    state, changes = watched(text, flights, 10)
    assert len(raised(changes)) == 2
    assert state.held_back["entry"] >= 3


def test_an_alert_that_ended_is_not_raised_again_at_once():
    text = RULES + "again_after_s = 60.0\nclear_after_s = 2.0\n"
    way = np.concatenate((hover((0.0, 0.0), 10), hover((5000.0, 0.0), 10), hover((0.0, 0.0), 100)))
    _, changes = watched(text, [Flight(way)], 120)
    first, second = raised(changes)
    assert (second.time_ns - first.time_ns) / NS_PER_S > 60.0


def test_alerts_of_a_rule_that_is_gone_end():
    flight, state, first = inside()
    state = with_rules(state, parse('[[rule]]\nname = "b"\nkind = "swarm"\n', "test"))
    state, changes, _ = on(state, flight, range(5, 7))
    assert [(c.alert_id, c.state, c.reasons) for c in changes] == [
        (first.alert_id, "cleared", ["its rule is not used any more"])
    ]
    assert state.held == {}


def test_an_older_reader_knows_what_it_knew():
    """Fields that are at their default are not written, and unknown ones are let pass."""

    class Old(msgspec.Struct):
        alert_id: str
        state: str
        severity: str
        lat_deg: float

    _, _, first = inside()
    old = msgspec.json.decode(msgspec.json.encode(first), type=Old)
    assert (old.alert_id, old.state) == (first.alert_id, first.state)
    new = msgspec.json.decode(
        b'{"alert_id":"A1","time_ns":1,"track_id":2,"rule":"zone-entry","zone":"Z","zone_name":"z","state":"actual",'
        b'"severity":"warning","probability":1.0,"lat_deg":1.0,"lon_deg":2.0}',
        type=Alert,
    )
    assert (new.kind, new.members, new.acknowledged_by) == ("", [], "")


ORDER = ("predicted", "actual", "cleared")


class Lives(RuleBasedStateMachine):
    """Tracks come, go and turn; people decide whatever they like about whatever alert."""

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed):
        self.rng = np.random.default_rng(seed)
        self.state = init([PLANT, OTHER], rules=parse(RULES, "test"))
        self.second = 0
        self.at = {k: self.rng.uniform(-900.0, 900.0, 2) for k in (1, 2, 3)}
        self.lives: dict[str, list[Alert]] = {}

    @rule(seconds=st.integers(1, 25), speed=st.floats(0.0, 30.0), bearing=st.floats(0.0, 360.0))
    def fly(self, seconds, speed, bearing):
        v = speed * np.array([math.sin(math.radians(bearing)), math.cos(math.radians(bearing))])
        for _ in range(seconds):
            rows = [np.zeros(0, TRACK)]
            for k in self.at:
                step_m = v if k != 2 else -v
                self.at[k] = self.at[k] + step_m
                way = [self.at[k] - step_m, self.at[k], self.at[k] + step_m]
                rows.append(Flight(way, track_id=k, from_s=self.second - 1).row(self.second))
            self._step(np.concatenate(rows))

    @rule(which=st.integers(1, 3))
    def lose(self, which):
        if which in self.at:
            row = Flight([self.at.pop(which)], track_id=which, from_s=self.second).row(self.second)
            row["status"] = 3
            self._step(row)

    @rule(which=st.integers(1, 3), east=st.floats(-500.0, 500.0))
    def find(self, which, east):
        self.at.setdefault(which, np.array([east, 0.0]))

    @rule(
        do=st.sampled_from(["acknowledge", "suppress", "unsuppress"]),
        scope=st.sampled_from(["alert", "track", "zone", "rule"]),
        for_s=st.none() | st.floats(1.0, 60.0),
        number=st.integers(1, 8),
        reason=st.sampled_from(["", "why"]),
    )
    def decide(self, do, scope, for_s, number, reason):
        decision = Decision(
            do=do, alert_id=f"A{number:06d}", author="x", time_ns=T0 + self.second * NS_PER_S, reason=reason,
            scope=scope, for_s=for_s,
        )  # fmt: skip
        before = self.state
        self.state, changes, refusal = decided(self.state, decision)
        assert not refusal or (self.state is before and not changes)
        self._keep(changes)

    def _step(self, rows):
        self.state, output = step(self.state, rows, [], {}, T0 + self.second * NS_PER_S, whole=True)
        self.second += 1
        self._keep(output.alerts)

    def _keep(self, changes):
        for change in changes:
            self.lives.setdefault(change.alert_id, []).append(change)

    @invariant()
    def every_life_is_in_order(self):
        for life in getattr(self, "lives", {}).values():
            ranks = [ORDER.index(change.state) for change in life]
            assert ranks == sorted(ranks)
            assert ranks.count(2) <= 1
            times = [change.time_ns for change in life]
            assert times == sorted(times)
            assert all(change.reasons and 0.0 <= change.probability <= 1.0 for change in life)
            loud = [change for change in life if not change.suppressed_by]
            assert all((change.severity == "info") == (change.state == "cleared") for change in loud)

    @invariant()
    def what_holds_was_told_last(self):
        if not hasattr(self, "state"):
            return
        held = {h.alert.alert_id: h.alert for h in self.state.held.values()}
        told = {k: life[-1] for k, life in self.lives.items() if life[-1].state != "cleared"}
        assert held == told

    @invariant()
    def what_is_covered_is_quiet_and_nothing_else_is(self):
        if not hasattr(self, "state"):
            return
        for held in self.state.held.values():
            covered = any(one.covers(held.alert) for one in self.state.suppressions)
            assert covered == bool(held.alert.suppressed_by)


Lives.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestLives = Lives.TestCase


def test_rows_are_rows_of_the_picture():
    assert Flight([(0.0, 0.0)]).row(0).dtype == TRACK
