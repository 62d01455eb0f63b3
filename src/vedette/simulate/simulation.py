"""The simulation: init, step, truth. A state is a value; the same seed gives the same bytes.

Time goes in ticks of 0.1 s, whatever the steps, so that

    step(step(s, a), b) == step(s, b)

Actors and each sensor draw from random generators of their own, seeded by their names: taking one
sensor away does not change what the others say.
"""

import copy
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.simulate.actors import fleet
from vedette.simulate.actors.build import build
from vedette.simulate.actors.fleet import Moves
from vedette.simulate.actors.roster import Roster, hash_of, name_of
from vedette.simulate.actors.showing import pilots, seen_now
from vedette.simulate.sensors.faults import Babble, babble
from vedette.simulate.sensors.table import model_of
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import SensorSpec
from vedette.simulate.truth import TRUTH
from vedette.simulate.world import Emission, World

TICK_NS: Final = NS_PER_S // 10
_TICK_S: Final = TICK_NS / NS_PER_S
_WARM_TICK_S: Final = 0.5


class Model(Protocol):
    """One sensor: fixed; its state is apart."""

    @property
    def spec(self) -> SensorSpec:
        """What the scenario says of it."""
        ...

    @property
    def connection(self) -> int:
        """Which of its feed's senders it is."""
        ...

    def init(self, rng: np.random.Generator, start_ns: int) -> Any:
        """Before the first tick."""
        ...

    def look(self, state: Any, world: World) -> list[Emission]:
        """What it sends in one tick; changes state, which belongs to the caller."""
        ...

    def hello(self, state: Any, at_ns: int) -> None:
        """Introduce itself again: its connection was lost and is back."""
        ...


@dataclass(frozen=True)
class State:
    """Everything that changes.

    time_ns  UTC: all before it is done
    moves    where the actors are at time_ns
    rng      of the actors
    sensors  one a sensor, in the order of the scenario
    babbles  the same, for the bad frames that it makes on cue
    outbox   sent later than time_ns, in time order: (t_ns, count, emission)
    """

    time_ns: int
    moves: Moves
    rng: np.random.Generator
    sensors: list[Any]
    babbles: list[Babble]
    outbox: list[tuple[int, int, Emission]]
    count: int = 0


class Simulation:
    """A scenario made ready; holds nothing that changes."""

    def __init__(self, scenario: Scenario, seed: int = 0, start_ns: int | None = None) -> None:
        """Lay routes and place sensors.

        start_ns  UTC of the first instant; None takes the scenario's own
        """
        self.scenario = scenario
        self.seed = seed
        self.start_ns = scenario.start_ns if start_ns is None else start_ns
        self.roster: Roster = build(scenario)
        self.formats = {feed.name: feed.format for feed in scenario.feed}
        self.models: list[Model] = []
        connections: dict[str, int] = {}
        for spec in scenario.sensor:
            connection = connections.get(spec.feed, 0)
            connections[spec.feed] = connection + 1
            self.models.append(model_of(spec, connection, scenario.site, self.roster))

    def init(self) -> State:
        """The first instant; what began before it is under way."""
        rng = self._rng("actors")
        early = float(min([0.0, *self.roster.start_s.tolist()]))
        moves = fleet.begin(self.roster, early, rng)
        for _ in range(round(-early / _WARM_TICK_S)):
            moves = fleet.advance(self.roster, moves, _WARM_TICK_S, rng)
        moves = fleet.appear(self.roster, replace(moves, time_s=0.0), rng)
        sensors = [model.init(self._rng(model.spec.id), self.start_ns) for model in self.models]
        babbles = [Babble(self._rng(f"faults of {model.spec.id}")) for model in self.models]
        return State(self.start_ns, moves, rng, sensors, babbles, [])

    def _rng(self, name: str) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self.seed, hash_of(name)]))

    def step(
        self, state: State, until_ns: int, hello: frozenset[tuple[str, int]] = frozenset()
    ) -> tuple[State, list[Emission]]:
        """Carry on until a time; returns the new state and what is sent before it, in time order.

        until_ns  UTC; whole ticks are done, so the state may stand up to one tick after it
        hello     (feed, connection) whose sensor is to introduce itself again
        """
        rng, sensors, babbles = copy.deepcopy((state.rng, state.sensors, state.babbles))
        outbox = list(state.outbox)
        moves, time_ns, count = state.moves.copy(), state.time_ns, state.count
        for model, memory in zip(self.models, sensors, strict=True):
            if (model.spec.feed, model.connection) in hello:
                model.hello(memory, time_ns)
        while time_ns < until_ns:
            world = self._world(moves, time_ns)
            for emission in self._tick(world, sensors, babbles):
                heapq.heappush(outbox, (emission.t_ns, count, emission))
                count += 1
            moves = fleet.advance(self.roster, moves, _TICK_S, rng)
            time_ns += TICK_NS
            moves = replace(moves, time_s=(time_ns - self.start_ns) / NS_PER_S)
            moves = fleet.appear(self.roster, moves, rng)
        out = []
        while outbox and outbox[0][0] < until_ns:
            out.append(heapq.heappop(outbox)[2])
        return State(time_ns, moves, rng, sensors, babbles, outbox, count), out

    def _tick(self, world: World, sensors: list[Any], babbles: list[Babble]) -> Iterator[Emission]:
        """What all sensors send in one tick."""
        for model, memory, bad in zip(self.models, sensors, babbles, strict=True):
            emissions = model.look(memory, world)
            yield from emissions
            faults = model.spec.faults
            if faults is not None:
                sender = Emission(model.spec.feed, model.connection, 0, b"")
                yield from babble(faults, self.formats[model.spec.feed], sender, bad, world, emissions)

    def _world(self, moves: Moves, time_ns: int) -> World:
        """What sensors are shown."""
        return seen_now(self.roster, moves, self.start_ns, time_ns, TICK_NS)

    def truth(self, state: State) -> NDArray[np.void]:
        """(m,) of TRUTH: everybody who is there at the state's time."""
        moves, roster = state.moves, self.roster
        slot = np.flatnonzero(moves.alive & roster.body)
        out = np.zeros(len(slot), TRUTH)
        out["time_ns"] = state.time_ns
        out["id"] = (moves.life[slot] - 1) * len(roster) + slot + 1
        out["lat_deg"], out["lon_deg"], out["alt_m"] = moves.geo[slot].T
        out["v_east"], out["v_north"], out["v_up"] = moves.velocity[slot].T
        out["class"] = roster.class_index[slot]
        out["authorised"] = roster.authorised[slot]
        out["name"] = roster.names[slot]
        for k in np.flatnonzero(moves.life[slot] > 1):
            out["name"][k] = name_of(roster.members[slot[k]], int(moves.life[slot[k]]))
        out["pilot_lat_deg"], out["pilot_lon_deg"] = pilots(roster, moves, slot)[:, :2].T
        return out

    def run(
        self, seconds: float, every_s: float = 1.0
    ) -> Iterator[tuple[int, list[Emission], NDArray[np.void]]]:
        """Go through a stretch of time; yields (time_ns, emissions of the step before it, truth at it).

        The first yield is the first instant, with nothing sent yet.
        """
        state = self.init()
        yield state.time_ns, [], self.truth(state)
        steps = round(seconds / every_s)
        for k in range(1, steps + 1):
            state, emissions = self.step(state, self.start_ns + round(k * every_s * NS_PER_S))
            yield state.time_ns, emissions, self.truth(state)
