"""A simulation with a director: the same steps, with what is injected on the way.

An injection takes effect at the first step after it was given, which is a whole tick of scenario time; that
time is recorded, so a run can be made again from scenario, seed and events.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.app.exercise.events import Event
from vedette.app.exercise.orders import as_event
from vedette.core.units import NS_PER_S
from vedette.simulate.simulation import Simulation, State
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.world import Emission


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
        self._past = [event for event in past if event.injected is not None]
        self._waiting: list[dict[str, Any]] = []

    @property
    def scenario(self) -> Scenario:
        """What is played."""
        return self._simulation.scenario

    def inject(self, injected: dict[str, Any]) -> None:
        """Take effect at the next step; injected is an [[event]] from 0 s on."""
        self._waiting.append(injected)

    def init(self) -> State:
        """The first instant."""
        return self._simulation.init()

    def step(
        self, state: State, until_ns: int, hello: frozenset[tuple[str, int]] = frozenset()
    ) -> tuple[State, list[Emission]]:
        """As Simulation.step, with what was injected since the last."""
        now = []
        while self._past and self._past[0].time_ns <= state.time_ns:
            now.append(self._past.pop(0).injected or {})
        waiting, self._waiting = self._waiting, []
        for injected in waiting:
            now.append(injected)
            self._on_event(_told(injected, state.time_ns))
        return self._simulation.step(state, until_ns, hello, [as_event(one) for one in now])

    def truth(self, state: State) -> NDArray[np.void]:
        """Rows of truth."""
        return self._simulation.truth(state)


def _told(injected: dict[str, Any], now_ns: int) -> Event:
    """An injection as a line for people."""
    verb, about = injected["do"], str(injected.get("sensor") or injected.get("actor") or "")
    seconds = injected.get("until_s")
    until_ns = None if seconds is None else now_ns + round(seconds * NS_PER_S)
    how_long = (
        "" if verb not in _UNTIL else " until it is restored" if seconds is None else f" for {seconds:g} s"
    )
    return Event(
        time_ns=now_ns,
        kind="inject",
        words=f"{about} {_WORDS.get(verb, verb)}{how_long}",
        sensor=str(injected.get("sensor", "")),
        until_ns=until_ns,
        injected=injected,
    )


_WORDS = {
    "silence": "blinded",
    "restore": "restored",
    "drift": "drifts",
    "babble": "babbles",
    "lie": "lies",
    "launch": "launched",
    "recall": "recalled",
    "divert": "diverted",
}
_UNTIL = ("silence", "drift", "babble", "lie")
