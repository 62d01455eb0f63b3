"""Exercises: the clock, what a director may say, what comes of it, and a whole one live."""

import asyncio
import contextlib
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.app.config import NodeConfig
from vedette.app.exercise import events, folder
from vedette.app.exercise.clock import ExerciseClock, clock_of
from vedette.app.exercise.directed import Directed
from vedette.app.exercise.director import Director
from vedette.app.exercise.live_score import LiveScorer
from vedette.app.exercise.orders import EVENTS, EXAMPLE, HELP, understood
from vedette.app.node import Node
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES
from vedette.core.errors import ConfigError, StorageError
from vedette.core.picture import TRACK, Picture
from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.truth import TRUTH

T0 = 1_800_000_000 * NS_PER_S
NAMES = {
    "sensor": ["asr", "drone-radar-airport", "drone-radar-plant"],
    "actor": ["airport intruder", "pair, leader"],
}


class Hand:
    """A monotonic clock that is moved by hand."""

    def __init__(self):
        self.ns = 5 * NS_PER_S

    def __call__(self):
        return self.ns

    def on(self, seconds):
        self.ns += round(seconds * NS_PER_S)


@pytest.fixture
def clock(tmp_path):
    hand = Hand()
    made = ExerciseClock.make(tmp_path, T0, hand)
    made.hand = hand
    return made


# The clock


def test_a_pause_stops_time_and_nothing_jumps_when_it_goes_on(clock):
    clock.hand.on(10)
    assert clock.now_ns() == T0 + 10 * NS_PER_S
    clock.set_rate(0.0)
    clock.hand.on(3600)
    assert clock.now_ns() == T0 + 10 * NS_PER_S
    clock.set_rate(4.0)
    clock.hand.on(5)
    assert clock.now_ns() == T0 + 30 * NS_PER_S


def test_everybody_who_maps_it_has_the_same_time(clock, tmp_path):
    other = ExerciseClock(tmp_path, clock.hand)
    clock.set_rate(2.5)
    clock.hand.on(4)
    assert other.now_ns() == clock.now_ns() == T0 + 10 * NS_PER_S
    clock.end()
    assert other.ended
    clock.hand.on(4)
    assert other.now_ns() == T0 + 10 * NS_PER_S


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1000)), max_size=20))
def test_it_never_goes_back(tmp_path_factory, steps):
    hand = Hand()
    clock = ExerciseClock.make(tmp_path_factory.mktemp("clock"), T0, hand)
    last = clock.now_ns()
    for rate, seconds in steps:
        clock.set_rate(rate)
        assert clock.now_ns() == last
        hand.on(seconds)
        assert clock.now_ns() >= last
        last = clock.now_ns()


def test_who_waits_waits_for_exercise_time(clock):
    async def waits():
        waiting = asyncio.create_task(clock.sleep(60.0))
        clock.set_rate(0.0)
        clock.hand.on(1_000)
        await asyncio.sleep(0.06)
        assert not waiting.done()
        clock.set_rate(10.0)
        clock.hand.on(6)
        await asyncio.wait_for(waiting, 5)

    asyncio.run(waits())


def test_a_folder_without_one_goes_by_utc(tmp_path):
    assert clock_of(tmp_path) is time.time_ns
    (tmp_path / "clock").write_bytes(b"short")
    with pytest.raises(StorageError, match="the clock of an exercise"):
        clock_of(tmp_path)


def test_a_node_on_real_feeds_does_not_go_by_what_an_exercise_left(tmp_path):
    ExerciseClock.make(tmp_path, T0)
    node = Node(tmp_path, NodeConfig(), lambda line: None)
    assert node.now_ns is time.time_ns
    assert node.director_url == ""
    assert not (tmp_path / "clock").exists()


# Orders


@pytest.mark.parametrize(
    ("line", "verb", "more"),
    [
        ("pause", "pause", {}),
        ("  go ", "resume", {}),
        ("speed 4x", "speed", {"number": 4.0}),
        ("blind asr", "inject", {"injected": {"do": "silence", "sensor": "asr"}}),
        (
            "blind drone-radar-a 60",
            "inject",
            {"injected": {"do": "silence", "sensor": "drone-radar-airport", "until_s": 60.0}},
        ),
        ("restore asr", "inject", {"injected": {"do": "restore", "sensor": "asr"}}),
        (
            "drift asr 120s azimuth_deg_per_s=0.05",
            "inject",
            {"injected": {"do": "drift", "sensor": "asr", "until_s": 120.0, "azimuth_deg_per_s": 0.05}},
        ),
        (
            "babble asr rate_per_s=20 kinds=flood,garbage",
            "inject",
            {
                "injected": {
                    "do": "babble",
                    "sensor": "asr",
                    "rate_per_s": 20.0,
                    "kinds": ["flood", "garbage"],
                }
            },
        ),
        (
            "lie asr path=50.9,4.4;50.8,4.5",
            "inject",
            {"injected": {"do": "lie", "sensor": "asr", "path": [[50.9, 4.4], [50.8, 4.5]]}},
        ),
        ("launch airport", "inject", {"injected": {"do": "launch", "actor": "airport intruder"}}),
        (
            "divert 'airport intruder' to=50.9,4.4",
            "inject",
            {"injected": {"do": "divert", "actor": "airport intruder", "to": [50.9, 4.4]}},
        ),
        ("note who's there?", "note", {"words": "who's there?"}),
    ],
)
def test_what_a_director_can_say(line, verb, more):
    order = understood(line, NAMES)
    assert order.verb == verb
    for name, value in more.items():
        assert getattr(order, name) == value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", EXAMPLE),
        ("frob", "one of pause, resume"),
        ("blind", "the sensor: asr, drone-radar-airport"),
        ("blind drone-radar", "the sensor: asr"),
        ("blind asr 0", "seconds above 0"),
        ("blind asr nan", "seconds above 0"),
        ("blind asr 10 20", "seconds and field=value"),
        ("drift asr wobble=3", "one of sensor"),
        ("drift asr azimuth_deg_per_s=much", "fields as its"),
        ("babble asr", "fields as its"),
        ("launch", "the actor: airport intruder"),
        ("divert airport", "fields as its"),
        ("speed 0", "a number from 0.1 to 20"),
        ("speed", "a number from 0.1 to 20"),
        ("pause now", "nothing after it"),
    ],
)
def test_nonsense_is_told_what_would_have_worked(line, expected):
    with pytest.raises(ConfigError, match=expected):
        understood(line, NAMES)


@given(st.text(max_size=80))
def test_any_line_is_an_order_or_an_error_in_one_line(line):
    with contextlib.suppress(ConfigError):
        understood(line, NAMES)


def test_help_tells_of_every_event_and_of_an_example():
    assert all(f"{name} " in HELP or name == "silence" for name in EVENTS)
    understood(EXAMPLE, NAMES)


# A simulation with a director


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("brussels")


def played(simulation, past=(), orders=None, seconds=12):
    """Truth, emissions by sensor, and events of a run; orders by second."""
    told = []
    directed = Directed(simulation, told.append, past)
    names = {
        "sensor": [s.id for s in directed.scenario.sensor],
        "actor": [a.name for a in directed.scenario.actor],
    }
    state = directed.init()
    truth, sent = [], []
    for tick in range(seconds * 10):
        for order in (orders or {}).get(tick / 10, ()):
            directed.inject(understood(order, names).injected)
        state, emissions = directed.step(state, state.time_ns + NS_PER_S // 10)
        truth.append(directed.truth(state))
        sent += emissions
    return np.concatenate(truth), sent, told


def test_a_blinded_sensor_says_nothing_and_the_others_say_the_same(scenario):
    simulation = Simulation(scenario, 5, T0)
    truth, sent, _ = played(simulation)
    blind_truth, blind_sent, told = played(simulation, orders={3.0: ["blind drone-radar-airport 4"]})
    connection = next(m.connection for m in simulation.models if m.spec.id == "drone-radar-airport")
    mine = [e for e in sent if (e.feed, e.connection) == ("sapient", connection)]
    left = [e for e in blind_sent if (e.feed, e.connection) == ("sapient", connection)]
    assert [e for e in sent if e not in mine] == [e for e in blind_sent if e not in left]
    assert blind_truth.tobytes() == truth.tobytes()
    gone = {e.t_ns for e in mine} - {e.t_ns for e in left}
    assert gone
    assert all(T0 + 3 * NS_PER_S <= t < T0 + 7 * NS_PER_S for t in gone)
    assert any(e.t_ns >= T0 + 7 * NS_PER_S for e in left)
    assert [(e.kind, e.sensor, e.time_ns, e.until_ns) for e in told] == [
        ("inject", "drone-radar-airport", T0 + 3 * NS_PER_S, T0 + 7 * NS_PER_S)
    ]


def test_the_same_events_make_the_same_bytes_again(scenario, tmp_path):
    simulation = Simulation(scenario, 5, T0)
    orders = {
        2.0: ["drift asr 5 azimuth_deg_per_s=0.5"],
        3.3: ["blind remote-id"],
        5.0: ["divert airport intruder to=50.90,4.50 height_m=60"],
        6.1: ["restore remote-id", "recall pair, leader"],
    }
    truth, sent, told = played(simulation, orders=orders)
    for event in told:
        events.append(tmp_path / "events.jsonl", event)
    again_truth, again, new = played(simulation, past=events.read(tmp_path / "events.jsonl"))
    assert new == []
    assert again == sent
    assert again_truth.tobytes() == truth.tobytes()


def test_a_damaged_line_of_events_is_told_with_its_number(tmp_path):
    (tmp_path / "events.jsonl").write_text('{"time_ns":1,"kind":"pause","words":"paused"}\n{"time')
    with pytest.raises(StorageError, match=r"events\.jsonl:2: expected an event"):
        events.read(tmp_path / "events.jsonl")


# The director


@pytest.fixture
def director(scenario, tmp_path):
    hand = Hand()
    clock = ExerciseClock.make(tmp_path, T0, hand)
    about = folder.About(scenario="brussels", title="An evening", seed=5, start_ns=T0)
    made = Director(tmp_path, about, Simulation(scenario, 5, T0), clock)
    made.hand, made.clock = hand, clock
    return made


def test_a_director_pauses_hurries_and_ends_and_all_is_written_down(director, tmp_path):
    said = []
    for seconds, line in [
        (5, "pause"),
        (9, "pause"),
        (1, "speed 3"),
        (2, "resume"),
        (4, "note look"),
        (1, "end"),
    ]:
        director.hand.on(seconds)
        said.append(director.tell(line))
    assert [answer.status for answer in said] == [200] * 6
    assert said[1].said == "paused already"
    assert director.standing().ended
    kinds = [(e.kind, (e.time_ns - T0) / NS_PER_S) for e in events.read(tmp_path / "events.jsonl")]
    assert kinds == [("begin", 0), ("pause", 5), ("resume", 5), ("note", 17), ("end", 20)]
    assert director.tell("resume").status == 400
    assert director.tell("blind asr").status == 400


def test_status_and_help_answer_and_nonsense_is_400(director):
    assert "0.0 s in, at speed 1; blinded: none" in director.tell("status").said
    assert "remote-id" in director.tell("help").said
    assert director.tell("frob").status == 400


def test_a_director_who_starts_again_knows_what_was(director, scenario, tmp_path):
    director.tell("note before")
    again = Director(tmp_path, director._about, Simulation(scenario, 5, T0), director.clock)
    assert [words for _, words in again.standing().recent] == ["An evening, seed 5", "before"]
    assert len(events.read(tmp_path / "events.jsonl")) == 2


# The score so far


def frames(rows, track_id):
    """A picture of one truth."""
    out = np.zeros(len(rows), TRACK)
    for name in ("time_ns", "lat_deg", "lon_deg"):
        out[name] = rows[name]
    out["heard_ns"], out["track_id"], out["status"] = rows["time_ns"], track_id, 1
    out["class_index"] = rows["class"]
    return Picture(int(rows["time_ns"][0]), out, whole=False)


def test_the_live_score_sees_what_is_held_and_what_is_missed():
    scorer = LiveScorer([])
    assert scorer.score() is None
    for k in range(20):
        rows = np.zeros(2, TRUTH)
        rows["time_ns"], rows["id"], rows["name"] = T0 + k * NS_PER_S, (1, 2), ("seen", "missed")
        rows["lat_deg"], rows["lon_deg"], rows["class"] = (50.9, 50.95), 4.4, CLASSES.index("multirotor")
        scorer.take_truth(rows)
        scorer.take_picture(frames(rows[:1], 7))
    scorer.take_alerts([Alert("a", T0, 7, "zone-entry", "Z", "Zone", "actual", "warning", 1.0, 50.9, 4.4)])
    score = scorer.score()
    assert (score.instants, score.missed, score.false, score.completeness) == (20, 1.0, 0.0, 0.5)
    assert (score.due, score.warned, score.false_alerts) == (2, 1, 0)
    assert {one.name: one.now for one in score.individuals} == {"seen": True, "missed": False}


def test_the_live_score_forgets():
    scorer = LiveScorer([])
    for k in range(0, 2000, 100):
        rows = np.zeros(1, TRUTH)
        rows["time_ns"], rows["id"] = T0 + k * NS_PER_S, 1
        scorer.take_truth(rows)
        scorer.take_picture(frames(rows, 7))
    assert scorer.score().instants == 4
