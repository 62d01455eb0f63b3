"""Which alerts become entries and incidents, and that what comes twice is entered once."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import START_NS

from vedette.app.restarted import ended
from vedette.core.alert import Alert, Decision
from vedette.core.entry import Entry
from vedette.core.errors import LedgerError
from vedette.core.event import AlertRaised, Closed, Decided, Opened, draft, read
from vedette.core.hlc import Stamp
from vedette.incident.keeper import Keeper, standing
from vedette.incident.project import project, refusal
from vedette.incident.settings import IncidentSettings
from vedette.incident.summary import summarise

NODE, ONE, TWO, THREE = "Airport North", "airport-north-1", "airport-north-2", "airport-north-3"
RAISED, CHANGED, OPENED = "alert-raised", "alert-changed", "incident-opened"
SEVERITY = {"predicted": "caution", "actual": "warning", "cleared": "info"}


def alert(name="A1", at=1, state="actual", **more):
    fields = {"severity": SEVERITY[state], "track_id": 7, "zone": "Z", **more}
    return Alert(
        name, START_NS + at, fields.pop("track_id"), "zone-entry", fields.pop("zone"), "Zone", state,
        fields.pop("severity"), 0.9, 51.0, 4.0, **fields,
    )  # fmt: skip


class Paper:
    """A ledger in memory with its keeper."""

    def __init__(self, **settings):
        self.settings = IncidentSettings(**settings)
        self.keeper = Keeper(self.settings, NODE, START_NS)
        self.entries = []

    def enter(self, drafts, *, take=False):
        for one in drafts:
            seq = len(self.entries) + 1
            stamp = Stamp(START_NS + seq, 0)
            entry = Entry(NODE, seq, stamp, one.kind, one.incident, one.author, one.body, b"", b"", b"")
            self.entries.append(entry)
            self.keeper.placed(entry)
            if take:
                self.keeper.take(entry)
        return [(one.kind, one.incident) for one in drafts]

    def alerts(self, *alerts):
        return self.enter(self.keeper.alerts(alerts))

    def again(self):
        """The same after the process died: a keeper that has read the ledger."""
        self.keeper = Keeper(self.settings, NODE, START_NS)
        for entry in self.entries:
            self.keeper.take(entry)
        return self


def test_a_warning_opens_an_incident_and_a_caution_does_not():
    paper = Paper()
    assert paper.alerts(alert("A1", state="predicted")) == [(RAISED, None)]
    assert paper.alerts(alert("A1", 2)) == [(OPENED, ONE), (CHANGED, ONE)]
    assert paper.alerts(alert("A2", 3, track_id=8)) == [
        (OPENED, TWO),
        (RAISED, TWO),
    ]
    incident = project(paper.entries)[ONE]
    assert (incident.title, incident.what, incident.in_charge) == (
        "Zone entry: track 7, Zone",
        "zone-entry",
        None,
    )


@pytest.mark.parametrize(
    ("settings", "state", "opens"),
    [
        ({"open_from": "off"}, "actual", False),
        ({"open_from": "caution"}, "predicted", True),
        ({"open_from": "info"}, "predicted", True),
        ({}, "predicted", False),
    ],
)
def test_from_which_severity_on_is_a_setting(settings, state, opens):
    assert (OPENED, ONE) in Paper(**settings).alerts(alert(state=state)) or not opens
    assert opens or Paper(**settings).alerts(alert(state=state)) == [(RAISED, None)]


def test_what_belongs_together_is_one_incident():
    paper = Paper()
    paper.alerts(alert("A1"))
    assert paper.alerts(alert("A2", 2, zone="Y")) == [(RAISED, ONE)]  # same track
    assert paper.alerts(alert("S1", 3, track_id=0, members=[7, 9])) == [(RAISED, ONE)]
    assert paper.alerts(alert("A3", 4, track_id=10, part_of="S1")) == [(RAISED, ONE)]
    assert paper.alerts(alert("A4", 5, track_id=9)) == [(RAISED, ONE)]  # a member
    assert paper.alerts(alert("A5", 6, track_id=11)) == [
        (OPENED, TWO),
        (RAISED, TWO),
    ]
    assert paper.alerts(alert("A6", 7, track_id=12, part_of="S9")) == [
        (OPENED, THREE), (RAISED, THREE)
    ]  # fmt: skip
    assert paper.alerts(alert("S9", 8, track_id=0, members=[13])) == [(RAISED, THREE)]  # told later


@pytest.mark.parametrize(
    ("change", "news"),
    [
        ({"probability": 0.5}, False),
        ({"reasons": ["another"]}, False),
        ({"time_to_entry_s": 3.0}, False),
        ({"state": "cleared", "severity": "info"}, True),
        ({"acknowledged_by": "anna", "acknowledged_ns": 5}, True),
        ({"suppressed_by": "anna", "severity": "info"}, True),
        ({"escalated": 1}, True),
    ],
)
def test_only_where_an_alert_stands_is_news(change, news):
    paper = Paper()
    paper.alerts(alert())
    later = msgspec.structs.replace(alert(at=2), **change)
    assert paper.alerts(later) == ([(CHANGED, ONE)] if news else [])


def test_an_alert_stays_with_its_incident_but_for_one_that_comes_true():
    paper = Paper()
    paper.alerts(alert("A1"), alert("A2", 2, "predicted"))
    paper.enter([draft(Closed("a kite"), "anna", ONE)], take=True)
    assert paper.alerts(alert("A1", 3, escalated=1)) == [(CHANGED, ONE)]
    assert paper.alerts(alert("A1", 4, "cleared")) == [(CHANGED, ONE)]
    assert paper.alerts(alert("A2", 5)) == [(OPENED, TWO), (CHANGED, TWO)]
    assert paper.alerts(alert("A3", 6)) == [(RAISED, TWO)]


def test_alerts_of_before_this_start_open_nothing():
    paper = Paper()
    assert paper.alerts(alert(at=-5)) == [(RAISED, None)]


def test_a_suppressed_one_opens_nothing():
    assert Paper().alerts(alert(suppressed_by="anna")) == [(RAISED, None)]


def test_decisions_are_in_the_record_once():
    paper = Paper()
    paper.alerts(alert())
    decision = Decision(
        do="suppress",
        alert_id="A1",
        author="anna (watch officer)",
        time_ns=5,
        reason="a kite",
        scope="zone",
        for_s=600,
    )
    assert paper.enter(paper.keeper.decision(decision)) == [("decided", ONE)]
    told = read("decided", paper.entries[-1].body)
    assert isinstance(told, Decided)
    assert told.what == "suppress alert A1, and all of its zone, for 600 s"
    assert (told.because, told.alert, told.decided_ns, told.knowing[0].seq) == ("a kite", "A1", 5, 2)
    assert paper.entries[-1].author == "anna (watch officer)"
    assert paper.keeper.decision(decision) == []
    assert paper.again().keeper.decision(decision) == []
    assert paper.enter(paper.keeper.decision(msgspec.structs.replace(decision, alert_id="gone"))) == [
        ("decided", None)
    ]


def test_one_is_opened_by_hand_about_an_alert_or_about_none():
    paper = Paper(open_from="off")
    paper.alerts(alert())
    drafts = paper.keeper.opening(Opened("A light", "sighting"), "anna", "")
    assert paper.enter(drafts, take=True) == [(OPENED, ONE)]
    drafts = paper.keeper.opening(Opened("That one", "sighting"), "anna", "A1")
    assert paper.enter(drafts, take=True) == [(OPENED, TWO), (RAISED, TWO)]
    assert paper.alerts(alert("A1", 2, "cleared")) == [(CHANGED, TWO)]
    for unknown in ("A9", "A1"):
        with pytest.raises(LedgerError):
            paper.keeper.opening(Opened("x", "sighting"), "anna", unknown)
    assert [one.in_charge for one in project(paper.entries).values()] == ["anna", "anna"]


changes = st.lists(
    st.tuples(
        st.sampled_from("ABCD"), st.integers(0, 3), st.sampled_from(["predicted", "actual", "cleared"]),
        st.integers(0, 2), st.sampled_from(["", "anna"]),
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(changes, st.data())
def test_wherever_it_dies_nothing_is_lost_and_nothing_is_entered_twice(told, data):
    """Each message once, with a death after any entry; the message of then comes again."""
    at, messages = 0, []
    for name, more, state, escalated, by in told:
        at += more
        messages.append([alert(name, at, state, track_id=ord(name), escalated=escalated, acknowledged_by=by)])
    calm, rough = Paper(), Paper()
    for message in messages:
        calm.alerts(*message)
    for message in messages:
        rough.alerts(*message)
        if data.draw(st.booleans()):
            rough.again()
            assert rough.alerts(*message) == []
    assert [(e.kind, e.incident, e.body) for e in rough.entries] == [
        (e.kind, e.incident, e.body) for e in calm.entries
    ]
    if len({(message[0].alert_id, message[0].time_ns) for message in messages}) == len(messages):
        rough.again()  # and all over again, when the message server forgot how far it was
        assert [rough.alerts(*message) for message in messages] == [[]] * len(messages)


def test_what_is_old_is_forgotten_but_for_open_incidents_and_what_holds():
    paper = Paper()
    paper.alerts(
        alert("A1"), alert("A2", 2, "predicted", track_id=9), alert("A3", 2, "predicted", track_id=8)
    )
    paper.alerts(alert("A1", 3, "cleared"), alert("A2", 3, "cleared", track_id=9))
    paper.keeper.forget(START_NS + 100)
    assert paper.alerts(alert("A1", 200, "predicted")) == [(CHANGED, ONE)]
    assert paper.alerts(alert("A2", 200, "predicted", track_id=9)) == [(RAISED, None)]
    assert paper.alerts(alert("A3", 200, "cleared", track_id=8)) == [(CHANGED, None)]


def test_what_an_earlier_run_left_is_known_until_it_is_ended_and_a_partners_is_not_ours():
    paper = Paper()
    paper.alerts(alert("A2", -5, "predicted", track_id=9), alert("A1", -9), alert("A3", -4, "cleared"))
    theirs = draft(AlertRaised(alert("A4", -3)), "watch", "i")
    paper.keeper.take(
        Entry("partner", 1, Stamp(START_NS, 0), theirs.kind, "i", "watch", theirs.body, b"", b"", b"")
    )
    paper.alerts(alert("A5", 1, track_id=3))
    paper.keeper.forget(START_NS + 100)
    assert [one.alert_id for one in paper.keeper.left_over()] == ["A1", "A2"]
    assert [one.alert_id for one in Paper.again(paper).keeper.left_over()] == ["A1", "A2"]
    paper.alerts(*(ended(one, "node", START_NS, START_NS + 7) for one in paper.keeper.left_over()))
    assert paper.keeper.left_over() == []


def test_an_alert_that_a_start_ended_says_so():
    at_ns = 1_800_000_060 * 10**9
    one = ended(alert(at=5), "node", at_ns, at_ns + 5)
    assert (one.state, one.severity, one.probability, one.time_ns) == ("cleared", "info", 0.0, at_ns + 5)
    assert one.reasons == [
        "the node was started again at 2027-01-15 08:01:00 UTC; "
        "not seen since; what flies there now has a new number"
    ]
    (why,) = ended(alert(track_id=0, sensor="r"), "tracker", at_ns, at_ns).reasons
    assert why == "the tracker was started again at 2027-01-15 08:01:00 UTC; not told since"


def test_a_step_that_cannot_follow_is_refused_before_it_is_entered():
    paper = Paper()
    paper.alerts(alert())
    closing = draft(Closed("over"), "anna", ONE)
    assert "expected incident-closed to follow on" in refusal(ONE, paper.entries, closing, NODE)
    note = draft(Opened("again", "x"), "anna", ONE)
    assert refusal(ONE, paper.entries, note, NODE) is not None
    assert standing(alert()) == standing(alert(at=9))


def test_the_summary_says_how_it_stands():
    paper = Paper(site="airport")
    paper.alerts(alert("A1"), alert("A2", 2, "predicted"), alert("A1", 3, "cleared"))
    told = summarise(project(paper.entries)[ONE])
    assert (told.state, told.site, told.severity, told.holding) == ("open", "airport", "caution", 1)
    assert (told.alerts, told.entries, told.up_to) == (["A1", "A2"], 4, {NODE: 4})
