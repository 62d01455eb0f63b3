"""Cues, times and chance: when actors come, go, and do something else."""

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from actor_scenes import HOME, SITE, east_north, hovering, place, scenario, since_s, truth

from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation
from vedette.simulate.actors import cues
from vedette.simulate.spec.actor_events import Divert, Launch, Recall
from vedette.simulate.spec.actors import (
    FixedWing,
    Formation,
    Hover,
    Multirotor,
    OneWay,
)
from vedette.simulate.spec.check_actors import of_actor_event

# Cues, times and chance


def played(chosen, seconds, *events, seed=1):
    """Truth every second, with events in between, as a director would have them."""
    simulation = Simulation(chosen, seed=seed)
    state = simulation.init()
    rows = []
    waiting = sorted(events, key=lambda e: e.at_s)
    for k in range(round(seconds) + 1):
        while waiting and waiting[0].at_s <= k:
            moves = cues.apply(simulation.roster, state.moves, waiting.pop(0))
            state = replace(state, moves=moves)
        state, _ = simulation.step(state, simulation.start_ns + k * NS_PER_S)
        rows.append(simulation.truth(state))
    return np.concatenate(rows)


def test_what_waits_is_launched_on_cue():
    drone = msgspec.structs.replace(hovering(), on_cue=True)
    assert len(truth(50.0, drone)) == 0
    rows = played(scenario(drone), 50, Launch(at_s=20.0, actor="h"))
    assert since_s(rows)[0] == pytest.approx(20.0, abs=0.2)
    assert len(np.unique(rows["id"])) == 1


def test_a_swarm_is_launched_with_its_leader():
    drone = msgspec.structs.replace(hovering(), on_cue=True)
    swarm = Formation(name="s", leader="h", count=5)
    assert len(played(scenario(drone, swarm), 10)) == 0
    rows = played(scenario(drone, swarm), 30, Launch(at_s=20.0, actor="h"))
    assert len(np.unique(rows["id"])) == 6


def test_a_recalled_drone_goes_home_and_lands():
    drone = Multirotor(name="d", home=HOME, height_m=40.0, mission=Hover(at=place(0, 500), hold_s=5_000.0))
    rows = played(scenario(drone), 300, Recall(at_s=100.0, actor="d"))
    assert since_s(rows)[-1] < 250.0
    assert np.hypot(*east_north(rows[-1:]))[0] < 3.0
    assert rows["alt_m"][-1] < SITE.ground_m + 3.0


@pytest.mark.parametrize("wings", [False, True])
def test_a_diverted_drone_goes_there_and_stays(wings):
    mission = Hover(at=place(0, 500), hold_s=5_000.0)
    if wings:
        drone = FixedWing(name="d", home=HOME, height_m=80.0, mission=mission)
    else:
        drone = Multirotor(name="d", home=HOME, height_m=80.0, mission=mission)
    rows = played(scenario(drone), 400, Divert(at_s=100.0, actor="d", to=place(1_500, 0), height_m=120.0))
    x, y = east_north(rows[since_s(rows) > 300])
    assert np.hypot(x - 1_500.0, y).max() < (80.0 if wings else 3.0)
    assert rows["alt_m"][-1] == pytest.approx(SITE.ground_m + 120.0, abs=1.0)
    back = played(
        scenario(drone),
        600,
        Divert(at_s=100.0, actor="d", to=place(1_500, 0)),
        Recall(at_s=250.0, actor="d"),
    )
    assert since_s(back)[-1] < 590.0
    assert np.hypot(*east_north(back[-1:]))[0] < 90.0


def test_events_of_others_change_nothing():
    drone = hovering()
    events = (Recall(at_s=5.0, actor="nobody"), Launch(at_s=6.0, actor="h"))
    assert played(scenario(drone), 20).tobytes() == played(scenario(drone), 20, *events).tobytes()


def test_a_mistaken_event_is_named():
    events = [
        Launch(at_s=1.0, actor="nobody"),
        Divert(at_s=1.0, actor="h", to=(99.0, 0.0)),
        Recall(at_s=2.0, actor="h"),
    ]
    found = [list(of_actor_event("$.event[0]", event, [hovering()])) for event in events]
    assert [[m.where for m in one] for one in found] == [["$.event[0].actor"], ["$.event[0].to"], []]


def test_an_event_leaves_its_moves_alone():
    simulation = Simulation(scenario(hovering()), seed=1)
    state = simulation.init()
    before = state.moves.copy()
    cues.apply(simulation.roster, state.moves, Divert(at_s=0.0, actor="h", to=HOME))
    np.testing.assert_array_equal(state.moves.steer, before.steer)


def test_end_s_is_the_end_of_it_and_of_those_who_would_come():
    drone = msgspec.structs.replace(hovering(hold_s=5.0), repeat_s=30.0, end_s=100.0)
    rows = truth(200.0, drone)
    assert since_s(rows)[-1] == pytest.approx(100.0, abs=0.2)


def test_twenty_seeds_are_twenty_evenings():
    drone = msgspec.structs.replace(
        hovering(hold_s=1_000.0), scatter_m=500.0, scatter_s=60.0, repeat_s=200.0, end_s=None
    )
    starts, places = [], []
    for seed in range(20):
        rows = truth(90.0, drone, seed=seed)
        starts.append(since_s(rows)[0])
        places.append(np.array(east_north(rows[:1])).ravel())
    assert len(set(starts)) > 15
    assert 0.0 <= min(starts) < 20.0 < 40.0 < max(starts) <= 60.0
    away = np.hypot(*np.array(places).T)
    assert away.max() <= 500.0
    assert away.min() < 250.0 < np.max(away)


def test_a_way_is_turned_about_its_beginning():
    drone = OneWay(
        name="o", waypoints=[list(place(0, 0)), list(place(0, 5_000))], scatter_deg=30.0, sway_m=0.0
    )
    courses = []
    for seed in range(12):
        rows = truth(60.0, drone, seed=seed)
        x, y = east_north(rows)
        assert math.hypot(x[0], y[0]) < 1.0
        courses.append(math.degrees(math.atan2(x[-1], y[-1])))
    assert max(courses) <= 30.0
    assert min(courses) >= -30.0
    assert max(courses) - min(courses) > 15.0
