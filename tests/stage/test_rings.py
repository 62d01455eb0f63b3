"""What an officer is rung for: what is a ring, false, a warning; and a day on which nobody comes."""

import numpy as np
import pytest

from vedette.app.bench.rules_normal import without_intruders
from vedette.app.bench.rules_rings import Run, each, poisson, summed, table
from vedette.core.alert import Alert
from vedette.core.units import NS_PER_S
from vedette.evaluate.rings import FORGER, Missed, Placed, Rings, Told, judge, split
from vedette.evaluate.rules import Raised
from vedette.evaluate.truth import TRUTH_ROW
from vedette.simulate.load import builtin_names, load_scenario
from vedette.simulate.simulation import Simulation

T0 = 1_700_000_000 * NS_PER_S
DRONE, BIRD, GUARD = 1, 2, 3  # individuals; their tracks are 11, 12, 13
WHO = {DRONE: ("multirotor", False), BIRD: ("bird", True), GUARD: ("multirotor", True)}


def alert(name, track_id, s, severity="warning", state="actual", **more):
    return Alert(
        name, T0 + s * NS_PER_S, track_id, more.pop("rule", "entry"), "Z", "Zone", state, severity, 1.0, 0.0,
        0.0, **more,
    )  # fmt: skip


def truth(seconds=200):
    rows = np.zeros(seconds * len(WHO), TRUTH_ROW)
    rows["time_ns"] = T0 + np.repeat(np.arange(seconds), len(WHO)) * NS_PER_S
    rows["id"] = np.tile([*WHO], seconds)
    rows["class"] = np.tile([kind for kind, _ in WHO.values()], seconds)
    rows["authorised"] = np.tile([leave for _, leave in WHO.values()], seconds)
    rows["name"] = [f"n{i}" for i in rows["id"]]
    return rows


def rung(*alerts, due=(), entry_s=100, tracked_from_s=0, began=frozenset(), forged=False, extra=()):
    rows = truth()
    mine = [(int(r["time_ns"]), 10 + int(r["id"]), int(r["id"])) for r in rows]
    mine = [one for one in mine if one[2] != DRONE or one[0] >= T0 + tracked_from_s * NS_PER_S]
    mine += [(T0 + s * NS_PER_S, track, who) for s in range(200) for track, who in extra]
    time_ns, track, who = (np.array(column, np.int64) for column in zip(*mine, strict=True))
    placed = Placed(time_ns, track, who, forged)
    entry_ns = {DRONE: T0 + entry_s * NS_PER_S}
    return judge(alerts, due, rows, placed, entry_ns, began, np.zeros(len(rows), bool))


def test_a_ring_is_loud_and_speaks_for_itself():
    told = [
        alert("a", 11, 5, "info"), alert("a", 11, 9, "caution"), alert("a", 11, 12, "warning"),
        alert("b", 12, 5, "info"), alert("b", 12, 8, "info", "cleared"),
        alert("c", 13, 5, part_of="s"), alert("d", 13, 5, "info", suppressed_by="x"),
        alert("e", 14, 15, part_of="a"), alert("f", 15, 15, "info", part_of="a"),
    ]  # fmt: skip
    rings, shown, notes = split(told)
    assert [(one.time_ns - T0) // NS_PER_S for one in rings] == [9]
    assert [one.ids for one in shown] == [(14,)], "under one that rang, and as loud"
    assert [one.ids for one in notes] == [(12,), (13,)]


def test_what_is_about_no_drone_without_leave_is_false():
    found = rung(alert("a", 11, 50), alert("b", 12, 50), alert("c", 13, 60, "info"), alert("d", 99, 70))
    assert (found.entered, found.alerted, found.rings, found.notes) == (1, 1, 3, 1)
    assert [(t.who, t.time_s) for t in found.false_rings] == [("n2", 50.0), ("nothing", 70.0)]
    assert [t.who for t in found.false_notes] == ["n3"]
    assert (found.warnings_s, found.seen_s) == ([50.0], [50.0])


def test_who_is_shown_under_a_ring_was_told():
    other = alert("a", 12, 50)
    assert rung(other).alerted == 0
    found = rung(other, alert("b", 11, 55, part_of="a"))
    assert (found.alerted, found.rings, found.warnings_s) == (1, 1, [45.0])
    assert [t.who for t in found.false_rings] == ["n2"], "the ring itself was about a bird"
    gone = [alert("b", 12, 55, part_of="a"), alert("a", 12, 60, "info", "cleared")]
    found = rung(other, *gone, alert("b", 12, 70, escalated=1), alert("c", 11, 75, part_of="b"))
    assert (found.alerted, found.rings, found.warnings_s) == (1, 1, [25.0]), (
        "under one that was itself shown so"
    )


def test_what_the_rule_holds_for_in_truth_is_not_false_and_another_rule_does_not_help():
    due = [Raised(T0, "entry", (BIRD,)), Raised(T0, "blind", (), "radar")]
    dark = alert("b", 0, 50, rule="blind", sensor="radar")
    assert rung(alert("a", 12, 50), dark, due=due).false_rings == []
    assert len(rung(alert("a", 12, 50, rule="loiter"), due=due).false_rings) == 1
    assert len(rung(alert("b", 0, 50, rule="blind", sensor="camera"), due=due).false_rings) == 1


def test_a_late_track_is_not_seen_in_time_and_one_that_is_missed_counts_as_no_warning():
    assert rung(alert("a", 11, 95), tracked_from_s=80).seen_s == []
    missed = rung()
    assert (missed.alerted, missed.seen_s, missed.warnings_s) == (0, [-np.inf], [])
    assert [(m.name, m.cause) for m in missed.missed] == [("n1", "class or leave")]
    assert rung(alert("a", 11, 50, "info")).missed[0].cause == "only noted"
    assert rung(tracked_from_s=900).missed[0].cause == "never tracked"


def test_a_forgers_transmitter_and_claims_are_not_false_where_there_is_one():
    transmitter, claims = alert("a", 20, 50), alert("b", 21, 50, rule="claimed-entry")
    at = [(20, FORGER)]
    assert rung(transmitter, claims, forged=True, extra=at).false_rings == []
    assert len(rung(transmitter, claims).false_rings) == 2


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)]
)
def test_poisson_bounds_are_those_of_the_tables(count, low, high):
    assert poisson(count) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_runs_are_summed_and_shown():
    runs = [rung(alert("a", 11, 50), alert("b", 12, 50)), rung()]
    row = summed(runs)
    assert (row["entered"], row["alerted"], row["false_rings"], row["seen_warning_s_median"]) == (
        2,
        1,
        1,
        None,
    )
    assert row["false_rings_by"] == {"entry: n2": 1}
    assert row["false_rings_a_day"] == pytest.approx(24.0 / (2 * 199 / 3600), abs=0.1)
    assert "n1 (class or leave)" in table(row, {"prison": row})


def test_each_false_ring_and_each_drone_that_was_missed_is_told_with_where_to_look():
    made = Rings(
        hours=0.1, entered=1, alerted=0, warnings_s=[], seen_s=[], rings=1, notes=0, false_notes=[],
        false_rings=[Told("zone-entry", "anglers", 411.04)], missed=[Missed("parcel", "class or leave")],
    )  # fmt: skip
    rang, missed = each([Run("summit", 1006, made)])
    assert rang == {
        "scenario": "summit", "seed": 1006, "time_s": 411.0, "what": "zone-entry", "who": "anglers",
    }  # fmt: skip
    assert (missed["who"], missed["what"], missed["time_s"]) == ("parcel", "missed: class or leave", None)


@pytest.mark.parametrize("name", [name for name in builtin_names() if name != "load"])
def test_on_a_normal_day_nobody_is_there_who_may_not_be(name):
    scenario = load_scenario(name)
    roster = Simulation(without_intruders(scenario), 1).roster
    every = Simulation(scenario, 1).roster
    drones = np.isin(roster.class_index, (0, 1))
    assert roster.authorised[drones].all()
    assert roster.body.all(), "nobody only claims to be there"
    kept = {m.name for m in every.members if m.authorised and every.body[every.members.index(m)]}
    assert kept <= {m.name for m in roster.members}
