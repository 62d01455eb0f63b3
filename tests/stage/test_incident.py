"""Entries to incidents: the same for all who hold the same, and nothing lost."""

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import START_NS, Clock, entries, known, note, open_ledger

from vedette.core import canonical, event
from vedette.core.alert import Alert
from vedette.core.entry import Draft
from vedette.core.errors import LedgerError
from vedette.core.event import Place
from vedette.incident.project import plain, project
from vedette.ledger.read import Reader, Wanted

HASH = "ab" * 32
LIFE = [
    event.Opened("Two drones over the runway", "zone-entry", "airport"),
    event.Assessed("not ours", 0.9, [Place("airport", 1)]),
    event.Responding("police sent to the north fence"),
    event.Closed("pilot found"),
    event.Reviewed("cameras look the wrong way"),
]


def alert(at_ns, state="actual"):
    return Alert("a-1", at_ns, 12, "zone-entry", "z", "Zone", state, "warning", 0.9, 51.0, 4.0)


EVENTS = [
    *LIFE,
    event.AlertRaised(alert(5)),
    event.AlertChanged(alert(6, "cleared")),
    event.Note("lights"),
    event.Attached("picture", "from the tower", HASH, 12_345, "image/jpeg", START_NS, 51.0, 4.5),
    event.TaskSet("fence", "look at the fence", "bert", START_NS),
    event.TaskDone("fence", True, "nothing there"),
    event.Decided("stop take-offs", "anna", [Place("airport", 1)], "too near"),
    event.HandedOver("carla"),
    event.Seen([Place("airport", 3)]),
    event.Corrected(Place("airport", 2), "typing", {"text": "lights"}),
]


def of(events):
    return project(entries(events))["i-1"]


def marks(incident):
    return {line.place.seq: line.marks for line in incident.record if line.marks}


def test_there_is_one_of_each_kind_and_it_reads_back():
    assert {type(e) for e in EVENTS} == set(event.EVENTS.values())
    for each in EVENTS:
        draft = event.draft(each, "anna", "i")
        assert event.read(draft.kind, draft.body) == each


def test_a_whole_life():
    incident = of(LIFE)
    assert (incident.state, incident.title, incident.what) == ("reviewed", LIFE[0].title, "zone-entry")
    assert (incident.opened_ns, incident.changed_ns) == (START_NS + 1, START_NS + 5)
    assert (incident.site, incident.in_charge, incident.nodes) == ("airport", "anna", ["airport"])
    assert marks(incident) == {}


@pytest.mark.parametrize(
    ("order", "state", "marked"),
    [
        ([0, 1, 3], "closed", []),  # a false alarm needs no response
        ([0, 1, 1, 2, 1], "responding", []),  # assessed again meanwhile
        ([1], None, [1]),
        ([0, 2], "open", [2]),
        ([0, 3], "open", [2]),
        ([0, 1, 3, 1, 2], "closed", [4, 5]),
        ([0, 0], "open", [2]),
        ([0, 1, 4], "assessed", [3]),
        ([0, 1, 3, 4, 0], "reviewed", [5]),
    ],
)
def test_a_step_that_may_not_follow_is_kept_and_marked(order, state, marked):
    incident = of([LIFE[i] for i in order])
    assert incident.state == state
    assert list(marks(incident)) == marked
    assert len(incident.record) == len(order)
    for told in marks(incident).values():
        assert "expected incident-" in told[0]


def test_alerts_tasks_decisions_evidence_and_who_saw_what():
    incident = of(EVENTS[:1] + EVENTS[5:])
    assert [a.state for a in incident.alerts] == ["cleared"]
    task = incident.tasks[0]
    assert (task.owner, task.done, task.remark, task.due_ns) == ("bert", True, "nothing there", START_NS)
    assert incident.decisions == [Place("airport", 8)]
    assert incident.attached[0].sha256 == HASH
    assert incident.in_charge == "carla"
    assert incident.seen == {"anna": {"airport": 3}}


def test_what_does_not_fit_is_marked():
    incident = of([event.TaskDone("x"), event.AlertRaised(alert(6)), event.AlertChanged(alert(5))])
    assert list(marks(incident)) == [1, 3]
    assert incident.tasks == []
    assert incident.alerts[0].time_ns == 6


def test_a_correction_stands_in_the_place_of_what_it_corrects_and_both_are_kept():
    wrong = event.Assessed("ours")
    right = msgspec.to_builtins(event.Assessed("not ours", 0.7))
    incident = of([LIFE[0], wrong, LIFE[2], event.Corrected(Place("airport", 2), "wrong list", right)])
    line = incident.record[1]
    assert (line.event.judgement, line.corrected_by) == ("not ours", Place("airport", 4))
    assert incident.state == "responding"
    assert len(incident.record) == 4


def test_a_step_that_is_withdrawn_was_not_taken():
    taken_back = event.Corrected(Place("airport", 3), "another incident was meant")
    incident = of([*LIFE[:2], LIFE[3], taken_back])
    assert incident.state == "assessed"
    assert incident.record[2].withdrawn
    assert of([*LIFE[:2], LIFE[3], taken_back, LIFE[2]]).state == "responding"


def test_the_newest_correction_counts():
    events = [event.Note("a"), *(event.Corrected(Place("airport", 1), "", {"text": t}) for t in "bc")]
    assert of(events).record[0].event == event.Note("c")


@pytest.mark.parametrize(
    ("correction", "why"),
    [
        (event.Corrected(Place("airport", 9), "", {"text": "x"}), "is not here"),
        (event.Corrected(Place("airport", 3), "", {"text": "x"}), "comes after"),
        (event.Corrected(Place("airport", 1), "", {"words": "x"}), "expected the body of note"),
    ],
)
def test_a_correction_that_cannot_be_is_marked(correction, why):
    incident = of([event.Note("a"), correction, event.Note("b")])
    assert why in marks(incident)[2][0]
    assert incident.record[0].event == event.Note("a")


def test_a_correction_is_not_corrected():
    first = event.Corrected(Place("airport", 1), "", {"text": "b"})
    incident = of([event.Note("a"), first, event.Corrected(Place("airport", 2), "", None)])
    assert "correct the entry itself" in marks(incident)[3][0]
    assert incident.record[0].event == event.Note("b")


def test_kinds_of_later_years_and_unreadable_bodies_are_kept_and_marked():
    later = Draft("weather", "anna", canonical.encode({"wind_mps": 3.5}), "i-1")
    broken = Draft("note", "anna", b"\xff not JSON", "i-1")
    more = Draft("note", "anna", canonical.encode({"text": "a", "language": "en"}), "i-1")
    incident = of([LIFE[0], later, broken, more])
    assert marks(incident)[2] == ["a kind that is not known"]
    assert "expected the body of note" in marks(incident)[3][0]
    assert incident.record[3].event == event.Note("a")
    assert incident.state == "open"


@pytest.mark.parametrize(
    "wrong",
    [
        event.Attached("picture", "x", "12", 1),
        event.Assessed("x", 1.5),
        event.Assessed("x", float("nan")),
        event.Note("\ud800"),
    ],
)
def test_an_event_that_cannot_be_is_not_drafted(wrong):
    with pytest.raises(LedgerError):
        event.draft(wrong, "anna", "i-1")


@given(
    st.lists(st.sampled_from(EVENTS), max_size=8), st.lists(st.sampled_from(EVENTS), max_size=8), st.randoms()
)
def test_who_holds_the_same_entries_has_the_same_incidents(ours, theirs, shuffle):
    """In whatever order they came, and however often."""
    held = entries(ours) + entries(theirs, "tower", start_ns=START_NS + 2, author="bert")
    mixed = held + held[: len(held) // 2]
    shuffle.shuffle(mixed)
    first, second = project(held), project(mixed)
    assert first == second
    assert canonical.encode({k: plain(v) for k, v in first.items()}) == canonical.encode(
        {k: plain(v) for k, v in second.items()}
    )
    assert sum(len(incident.record) for incident in first.values()) == len(held)


@given(st.lists(st.sampled_from(EVENTS), max_size=12), st.integers(0, 12))
def test_a_state_is_never_left_but_by_a_step_of_its_life(events, cut):
    """Without corrections, what was reached before the newest entries is a state on the way to now."""
    events = [e for e in events if not isinstance(e, event.Corrected)]
    order = [None, "open", "assessed", "responding", "closed", "reviewed"]
    before = project(entries(events[:cut])).get("i-1")
    now = project(entries(events)).get("i-1")
    assert order.index(before.state if before else None) <= order.index(now.state if now else None)


def test_entries_about_no_incident_and_about_others_are_apart():
    held = entries([event.Note("a")]) + entries([event.Note("b")], "tower", "i-2")
    held += entries([Draft("note", "x", b"{}", None)], "police")
    assert {name: len(i.record) for name, i in project(held).items()} == {"i-1": 1, "i-2": 1}


def test_two_nodes_that_were_cut_off_see_one_joint_incident(tmp_path):
    clock = Clock()
    rng = random.Random(1)
    for node in ("airport", "tower"):
        with open_ledger(tmp_path / node, node, clock) as ledger:
            for each in LIFE[:2] if node == "airport" else LIFE[2:4]:
                clock.now_ns += rng.randrange(1, 1000)
                ledger.append([event.draft(each, "anna", "i-1"), note("of nothing")])
    trusted = known(tmp_path / "airport", tmp_path / "tower")
    for ours, theirs in (("airport", "tower"), ("tower", "airport")):
        with Reader(tmp_path / theirs) as reader:
            reader.export(tmp_path / f"{theirs}.vdtl", incident="i-1")
        with open_ledger(tmp_path / ours, ours, clock) as ledger:
            ledger.take(tmp_path / f"{theirs}.vdtl", trusted)
    joint = []
    for node in ("airport", "tower"):
        with Reader(tmp_path / node) as reader:
            joint.append(project(reader.entries(Wanted(incident="i-1")))["i-1"])
    assert joint[0] == joint[1]
    assert (joint[0].state, joint[0].nodes, marks(joint[0])) == ("closed", ["airport", "tower"], {})


def test_every_kind_of_event_is_documented_with_its_fields():
    page = (Path(__file__).parents[2] / "docs" / "incidents.md").read_text("utf-8")
    for kind, kind_type in event.EVENTS.items():
        row = next(line for line in page.splitlines() if line.startswith("| `") and f"`{kind}`" in line)
        assert all(f"`{field.name}`" in row for field in msgspec.structs.fields(kind_type)), kind
