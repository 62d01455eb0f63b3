"""The simulation: init, step, truth. A state is a value; the same seed gives the same bytes.

Time goes in ticks of 0.1 s, whatever the steps, so that

    step(step(s, a), b) == step(s, b)

Actors and each sensor draw from random generators of their own, seeded by their names: taking one
sensor away does not change what the others say.

Events that are injected while a run goes on begin at the step that is given them, and are remembered
in the state: the same list of (time, event) gives the same bytes.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.simulate import terrain
from vedette.simulate.actors import cues as orders_of
from vedette.simulate.actors import fleet
from vedette.simulate.actors.build import build
from vedette.simulate.actors.fleet import Moves
from vedette.simulate.actors.roster import Roster, hash_of, name_of
from vedette.simulate.actors.showing import pilots, seen_now
from vedette.simulate.sensors import cues, lies
from vedette.simulate.sensors.cues import Cue, Timed
from vedette.simulate.sensors.faults import Babble, babble
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.sensors.table import model_of
from vedette.simulate.spec.actor_events import ActorEvent
from vedette.simulate.spec.events import Event, Lie
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import Faults, SensorSpec
from vedette.simulate.truth import TRUTH
from vedette.simulate.value import copied
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

    def look(self, state: Any, world: World, conditions: Conditions = WELL) -> list[Emission]:
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
    injected events that were given to a step, each with when it began, UTC ns
    """

    time_ns: int
    moves: Moves
    rng: np.random.Generator
    sensors: list[Any]
    babbles: list[Babble]
    outbox: list[tuple[int, int, Emission]]
    count: int = 0
    injected: tuple[Timed, ...] = ()


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
        self.terrain: terrain.Terrain | None = None
        if scenario.terrain is not None:
            self.terrain = terrain.read(Path(scenario.terrain.file), scenario.site.undulation_m)
        setting = Setting(scenario.site, scenario.weather, self.terrain)
        self._lying: tuple[tuple[Lie, ...], Roster] | None = None
        self.events = cues.of_scenario(scenario.event, self.start_ns)
        self.models: list[Model] = []
        connections: dict[str, int] = {}
        for spec in scenario.sensor:
            connection = connections.get(spec.feed, 0)
            connections[spec.feed] = connection + 1
            self.models.append(model_of(spec, connection, setting))

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
        self,
        state: State,
        until_ns: int,
        hello: frozenset[tuple[str, int]] = frozenset(),
        events: Sequence[Event] = (),
    ) -> tuple[State, list[Emission]]:
        """Carry on until a time; returns the new state and what is sent before it, in time order.

        until_ns  UTC; whole ticks are done, so the state may stand up to one tick after it
        hello     (feed, connection) whose sensor is to introduce itself again
        events    that begin now; ConfigError for a sensor or an actor that there is not
        """
        injected = (*state.injected, *((state.time_ns, self._known(event)) for event in events))
        plan = cues.plan([*self.events, *injected])
        rng, sensors = copied(state.rng), [copied(memory) for memory in state.sensors]
        babbles = [
            copied(bad) if model.spec.faults is not None or model.spec.id in plan else bad
            for model, bad in zip(self.models, state.babbles, strict=True)
        ]
        outbox = list(state.outbox)
        moves, time_ns, count = state.moves.copy(), state.time_ns, state.count
        for model, memory in zip(self.models, sensors, strict=True):
            if (model.spec.feed, model.connection) in hello:
                model.hello(memory, time_ns)
        orders = [(at_ns, e) for at_ns, e in (*self.events, *injected) if isinstance(e, ActorEvent)]
        while time_ns < until_ns:
            for at_ns, event in orders:
                if time_ns - TICK_NS < at_ns <= time_ns:
                    moves = orders_of.apply(self.roster, moves, event)
            world = self._world(moves, time_ns)
            for emission in self._tick(world, sensors, babbles, plan):
                heapq.heappush(outbox, (emission.t_ns, count, emission))
                count += 1
            time_ns += TICK_NS
            moves = self.advance(moves, rng, time_ns)
        out = []
        while outbox and outbox[0][0] < until_ns:
            out.append(heapq.heappop(outbox)[2])
        return State(time_ns, moves, rng, sensors, babbles, outbox, count, injected), out

    def advance(self, moves: Moves, rng: np.random.Generator, time_ns: int) -> Moves:
        """Carry the actors on by one tick, to a time, UTC ns."""
        moves = fleet.advance(self.roster, moves, _TICK_S, rng)
        moves = replace(moves, time_s=(time_ns - self.start_ns) / NS_PER_S)
        return fleet.appear(self.roster, moves, rng)

    def _known(self, event: Event) -> Event:
        """The event, if it is about a sensor or an actor that there is."""
        if isinstance(event, ActorEvent):
            actors = list(self.roster.by_actor)
            if event.actor not in actors:
                raise ConfigError("event.actor", f"one of {', '.join(actors)}", event.actor)
            return event
        known = [model.spec.id for model in self.models]
        if event.sensor not in known:
            raise ConfigError("event.sensor", f"one of {', '.join(known)}", event.sensor)
        return event

    def _tick(
        self, world: World, sensors: list[Any], babbles: list[Babble], plan: dict[str, tuple[Cue, ...]]
    ) -> Iterator[Emission]:
        """What all sensors send in one tick."""
        for model, memory, bad in zip(self.models, sensors, babbles, strict=True):
            mine = plan.get(model.spec.id, ())
            if mine:
                for emission in self._on_cue(model, memory, bad, world, mine, plan):
                    if not cues.silent(mine, emission.t_ns):
                        yield emission
                continue
            emissions = model.look(memory, world)
            yield from emissions
            if model.spec.faults is not None:
                yield from self._babble(model, bad, world, emissions, [model.spec.faults])

    def _on_cue(
        self,
        model: Model,
        memory: Any,
        bad: Babble,
        world: World,
        mine: tuple[Cue, ...],
        plan: dict[str, tuple[Cue, ...]],
    ) -> Iterator[Emission]:
        """What a sensor sends in one tick while something befalls it."""
        told = cues.lies(mine, world.time_ns)
        if told:
            every = sorted((c for those in plan.values() for c in those), key=lambda cue: cue.ghost)
            roster = self._believed(tuple(c.event for c in every if isinstance(c.event, Lie)))
            world = lies.world_of(world, roster, len(self.roster), told)
        emissions = model.look(memory, world, cues.conditions(mine, world.time_ns))
        yield from emissions
        own = [model.spec.faults] if model.spec.faults is not None else []
        yield from self._babble(model, bad, world, emissions, [*own, *cues.faults(mine, self.start_ns)])

    def _babble(
        self, model: Model, bad: Babble, world: World, emissions: list[Emission], faults: list[Faults]
    ) -> Iterator[Emission]:
        """Bad frames of one tick."""
        sender = Emission(model.spec.feed, model.connection, 0, b"")
        for one in faults:
            yield from babble(one, self.formats[model.spec.feed], sender, bad, world, emissions)

    def _believed(self, told: tuple[Lie, ...]) -> Roster:
        """The roster with the targets of these lies; kept, since it is long in the making."""
        if self._lying is None or self._lying[0] != told:
            self._lying = (told, lies.believed(self.roster, told))
        return self._lying[1]

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
