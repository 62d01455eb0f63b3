"""A record that is opened again knows what one knows that has read all of it."""

import random

import msgspec
import pytest

from vedette.app import book as books
from vedette.app.book import LEDGER, Book
from vedette.core.alert import Alert, Decision
from vedette.core.entry import Draft
from vedette.core.event import Assessed, Closed, Corrected, Note, Opened, Place, Responding, draft
from vedette.core.incident import RecordQuestion
from vedette.core.units import NS_PER_S
from vedette.incident.keeper import Keeper
from vedette.incident.life import STILL
from vedette.incident.project import project
from vedette.incident.settings import IncidentSettings
from vedette.incident.summary import summarise
from vedette.ledger.read import Reader, Wanted
from vedette.ledger.writer import Ledger

DAY_NS = 86_400 * NS_PER_S
T0_NS = 1_800_000_000 * NS_PER_S
SETTINGS = IncidentSettings(site="airport")
SEVERITY = {"predicted": "caution", "actual": "warning", "cleared": "info"}


class Clock:
    def __init__(self):
        self.now_ns = T0_NS

    def __call__(self):
        return self.now_ns


def alert(number, state, now_ns, **more):
    return Alert(
        f"A{number:06d}", now_ns, number, "zone-entry", "Z", "Zone", state, SEVERITY[state], 0.9, 51.0, 4.0,
        **more,
    )  # fmt: skip


def opened(folder, clock):
    return Book(folder, "airport", SETTINGS, clock.now_ns, clock)


def all_read(folder, clock):
    """A keeper and summaries by all entries, one by one: the long way."""
    keeper, summaries = Keeper(SETTINGS, "airport", clock.now_ns), {}
    with Reader(folder / LEDGER) as reader:
        for entry in reader.entries():
            keeper.take(entry)
        for name, incident in project(reader.entries()).items():
            summaries[name] = summarise(incident)
            if incident.state in STILL and not keeper.is_open(name):
                keeper.reopen(name)
    keeper.forget(clock.now_ns - books._KEPT_NS)
    return keeper, summaries


def known(keeper):
    """What a keeper goes by, without the order in which it came."""
    state = dict(vars(keeper))
    state.pop("_settings")
    return state


def lived(folder, clock, seed, days=80):
    """Weeks of alerts, of people who answer, and of nodes that end on the way."""
    rng = random.Random(seed)
    book = opened(folder, clock)
    number, held = 0, {}
    for _ in range(days * 2):
        clock.now_ns += round(rng.uniform(0.2, 0.8) * DAY_NS)
        for _ in range(rng.randint(0, 3)):
            clock.now_ns += rng.randint(1, 50) * NS_PER_S
            if held and rng.random() < 0.7:
                which = rng.choice(sorted(held))
                state = rng.choice(["actual", "actual", "cleared"])
                by = rng.choice(["", "anna"])
                told = alert(which, state, clock.now_ns, acknowledged_by=by)
                held.pop(which) if state == "cleared" else held.update({which: state})
            else:
                number += 1
                state = rng.choice(["predicted", "actual"])
                told, held[number] = alert(number, state, clock.now_ns), state
            book.append(book.keeper.alerts([told]))
            if rng.random() < 0.3:
                decision = Decision(
                    do="acknowledge", alert_id=told.alert_id, author="anna", time_ns=clock.now_ns
                )
                book.append(book.keeper.decision(decision))
        if rng.random() < 0.7 and book.keeper._about:
            works(book, rng, rng.choice(sorted(book.keeper._about)))
        if rng.random() < 0.2 and book.summaries:
            works(book, rng, rng.choice(sorted(book.summaries)))
        if rng.random() < 0.03:
            book.close()
            book = opened(folder, clock)
            held = {n: s for n, s in held.items() if rng.random() < 0.5}  # what ends and is told by nobody
    book.close()


def works(book, rng, incident):
    """Somebody takes the next step, or takes one back; what may not follow is refused."""
    steps = [
        Assessed("a drone", 0.5), Assessed("a kite"), Responding("a patrol"), Closed("gone"), Closed("gone"),
        Note("seen"),
    ]  # fmt: skip
    closings = list(book._reader.entries(Wanted(incident=incident, kind="incident-closed")))
    if closings:
        steps.append(Corrected(Place("airport", closings[-1].seq), "it flew on"))
    one = draft(rng.choice(steps), "anna", incident)
    book.answer(
        RecordQuestion(
            asks="enter", kind=one.kind, body=msgspec.Raw(one.body), incident=incident, author="anna"
        ),
        [],
    )


@pytest.mark.parametrize("seed", range(6))
def test_it_knows_what_one_knows_that_has_read_everything(tmp_path, seed):
    clock = Clock()
    lived(tmp_path, clock, seed)
    keeper, summaries = all_read(tmp_path, clock)
    book = opened(tmp_path, clock)
    for entry in book.held_before():
        book.keeper.recall(entry)
    assert known(book.keeper) == known(keeper)
    assert {one.id: one for one in book.newest()} == summaries
    assert len(summaries) > 20
    assert book.keeper.left_over() == keeper.left_over()
    book.close()


def test_what_was_entered_by_hand_and_does_not_fit_is_as_the_record_has_it(tmp_path):
    """The command line enters any step; one that may not follow is marked, and moves nothing."""
    clock = Clock()
    with Ledger(tmp_path / LEDGER, "airport", clock, lambda n: bytes(n)) as ledger:
        ledger.append([
            draft(Closed("gone"), "anna", "i-1"), draft(Opened("One", "x"), "anna", "i-1"),
            draft(Opened("Two", "x"), "anna", "i-2"), Draft("incident-closed", "anna", b"{}", "i-2"),
            Draft("incident-lost", "anna", b"{}", "i-3"),
        ])  # fmt: skip
    clock.now_ns += 60 * DAY_NS
    book = opened(tmp_path, clock)
    keeper, summaries = all_read(tmp_path, clock)
    assert {one.id: one.state for one in book.newest()} == {"i-1": "open", "i-2": "open", "i-3": None}
    assert {one.id: one for one in book.newest()} == summaries
    assert [book.keeper.is_open(name) for name in ("i-1", "i-2", "i-3")] == [True, True, False]
    assert known(book.keeper) == known(keeper)
    book.close()


def test_one_beyond_the_list_is_found_when_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(books, "_LISTED", 2)
    clock = Clock()
    book = opened(tmp_path, clock)
    for number in range(1, 6):
        clock.now_ns += DAY_NS
        book.append(book.keeper.alerts([alert(number, "actual", clock.now_ns)]))
        for event in (Assessed("a kite"), Closed("over")):
            entered = draft(event, "anna", f"airport-{number}")
            answer = book.answer(
                RecordQuestion(
                    asks="enter", kind=entered.kind, body=msgspec.Raw(entered.body),
                    incident=f"airport-{number}", author="anna",
                ),
                [],
            )  # fmt: skip
            assert answer["status"] == 200
    book.close()
    book = opened(tmp_path, clock)
    assert sorted(book.summaries) == ["airport-4", "airport-5"]
    seen = RecordQuestion(
        asks="enter", kind="seen", body=msgspec.Raw(b'{"up_to":[{"node":"airport","seq":2}]}'),
        incident="airport-1", author="bert",
    )  # fmt: skip
    assert book.answer(seen, [])["said"].startswith("entered")
    assert book.answer(seen, [])["said"] == "was entered before"
    assert book.answer(RecordQuestion(asks="incident", incident="airport-2"), [])["status"] == 200
    assert book.answer(RecordQuestion(asks="incident", incident="airport-9"), [])["status"] == 404
    assert book.keeper.next_id() == "airport-6"
    book.close()
