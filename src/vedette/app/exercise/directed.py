"""A simulation with a director: the same steps, with what is injected on the way.

An injection takes effect at the first step after it was given, which is a whole tick of scenario time; that
time is recorded, so a run can be made again from scenario, seed and events.
"""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app.exercise.events import Event
from vedette.app.exercise.orders import Order
from vedette.core.units import NS_PER_S
from vedette.simulate.simulation import Simulation, State
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.world import Emission


class Silenced(Struct, frozen=True):
    """A sensor that says nothing until then, UTC ns; None until it is restored."""

    sensor: str
    until_ns: int | None


class Directed:
    """A simulation that a player plays, and a director changes."""

    def __init__(
        self, simulation: Simulation, on_event: Callable[[Event], None], past: Sequence[Event] = ()
    ) -> None:
        """Make ready.

        on_event  is told when an injection takes effect
        past      events of an earlier run, to take effect when they did then; on_event is not told of them
        """
        self._simulation = simulation
        self._on_event = on_event
        self._past = [event for event in past if event.kind in ("silence", "restore")]
        self._waiting: list[Order] = []
        self._off: dict[str, int | None] = {}
        self._sender = {(m.spec.feed, m.connection): m.spec.id for m in simulation.models}
        self.time_ns = simulation.start_ns

    @property
    def scenario(self) -> Scenario:
        """What is played."""
        return self._simulation.scenario

    @property
    def silenced(self) -> list[Silenced]:
        """Sensors that say nothing now."""
        return [
            Silenced(name, until) for name, until in self._off.items() if self._is_off(name, self.time_ns)
        ]

    def order(self, order: Order) -> None:
        """Take effect at the next step."""
        self._waiting.append(order)

    def init(self) -> State:
        """The first instant."""
        return self._simulation.init()

    def step(
        self, state: State, until_ns: int, hello: frozenset[tuple[str, int]] = frozenset()
    ) -> tuple[State, list[Emission]]:
        """As Simulation.step, after what was ordered since the last."""
        while self._past and self._past[0].time_ns <= state.time_ns:
            self._befall(self._past.pop(0))
        waiting, self._waiting = self._waiting, []
        for order in waiting:
            event = _event_of(order, state.time_ns)
            self._befall(event)
            self._on_event(event)
        state, emissions = self._simulation.step(state, until_ns, hello)
        self.time_ns = state.time_ns
        kept = [
            e for e in emissions if not self._is_off(self._sender.get((e.feed, e.connection), ""), e.t_ns)
        ]
        return state, kept

    def truth(self, state: State) -> NDArray[np.void]:
        """Rows of truth."""
        return self._simulation.truth(state)

    def _befall(self, event: Event) -> None:
        if event.kind == "restore":
            self._off.pop(event.sensor, None)
        else:
            self._off[event.sensor] = event.until_ns

    def _is_off(self, sensor: str, t_ns: int) -> bool:
        if sensor not in self._off:
            return False
        until_ns = self._off[sensor]
        return until_ns is None or t_ns < until_ns


def _event_of(order: Order, now_ns: int) -> Event:
    """What an order is from now on."""
    if order.verb == "restore":
        words = f"{order.sensor} restored"
        return Event(time_ns=now_ns, kind="restore", words=words, sensor=order.sensor)
    until_ns = None if order.seconds is None else now_ns + round(order.seconds * NS_PER_S)
    how_long = "until it is restored" if order.seconds is None else f"for {order.seconds:g} s"
    words = f"{order.sensor} blinded {how_long}"
    return Event(time_ns=now_ns, kind="silence", words=words, sensor=order.sensor, until_ns=until_ns)
