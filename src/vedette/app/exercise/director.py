"""The director's side of a running exercise: lines in, answers out, everything written down."""

from collections import deque
from pathlib import Path
from typing import Final

from vedette.app.exercise import events, orders
from vedette.app.exercise.clock import ExerciseClock
from vedette.app.exercise.directed import Directed
from vedette.app.exercise.events import Event
from vedette.app.exercise.folder import About
from vedette.app.exercise.orders import Order
from vedette.app.messages import Answer, DirectedSensor, Standing
from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.simulate.simulation import Simulation

_RECENT: Final = 50


class Director:
    """Holds the clock and the simulation of one exercise."""

    def __init__(self, folder: Path, about: About, simulation: Simulation, clock: ExerciseClock) -> None:
        """Go on with what the folder says happened so far."""
        past = events.read(folder / events.EVENTS)
        self._path = folder / events.EVENTS
        self._about = about
        self._clock = clock
        self._speed = 1.0
        self._recent = deque(((event.time_ns, event.words) for event in past), maxlen=_RECENT)
        self.directed = Directed(simulation, self._write, past)
        self._sensors = {spec.id: spec.name for spec in simulation.scenario.sensor}
        self._names = {
            "sensor": list(self._sensors),
            "actor": [actor.name for actor in simulation.scenario.actor],
        }
        self._events = past
        if not past:
            self._note("begin", f"{about.title}, seed {about.seed}", about.start_ns)

    def tell(self, line: str) -> Answer:
        """Do what a line says; its answer is one line, or a few for status and help."""
        try:
            order = orders.understood(line, self._names)
            return Answer(200, self._done(order))
        except ConfigError as error:
            return Answer(400, str(error))

    def _done(self, order: Order) -> str:
        match order.verb:
            case "help":
                return f"{orders.HELP}\nfor example: {orders.EXAMPLE}\nsensors: {', '.join(self._sensors)}"
            case "status":
                return self._status()
            case "pause" | "resume" | "speed":
                return self._go(order)
            case "note":
                self._note("note", order.words)
                return "noted"
            case "end":
                self._note("end", "ended by the director")
                self._clock.end()
                return "the exercise is over"
            case "inject":
                if self._clock.ended:
                    raise ConfigError("order", "an exercise that goes on", "one that is over")
                self.directed.inject(order.injected)
                return f"{order.injected['do']}: from the next step on"

    def _go(self, order: Order) -> str:
        if self._clock.ended:
            raise ConfigError(f"order: {order.verb}", "an exercise that goes on", "one that is over")
        paused = self._clock.rate == 0.0
        if order.verb == "pause":
            if paused:
                return "paused already"
            self._note("pause", "paused", self._clock.set_rate(0.0))
            return "paused"
        if order.verb == "speed":
            self._speed = order.number
            if paused:
                return f"speed {self._speed:g} once it goes on"
        elif not paused:
            return "it goes on already"
        words = "resumed" if order.verb == "resume" else f"speed {self._speed:g}"
        at_ns = self._clock.set_rate(self._speed)
        self._note("resume" if order.verb == "resume" else "speed", words, at_ns)
        return words

    def _status(self) -> str:
        now = self.standing()
        elapsed_s = (now.time_ns - now.begins_ns) / NS_PER_S
        pace = "over" if now.ended else "paused" if now.speed == 0 else f"at speed {now.speed:g}"
        off = ", ".join(s.id for s in now.sensors if s.off_until_ns != 0) or "none"
        return f"{now.title}: {elapsed_s:.1f} s in, {pace}; blinded: {off}"

    def standing(self) -> Standing:
        """Where it stands."""
        now_ns = self._clock.now_ns()
        off = {
            sensor: None if end_ns == events.FOR_EVER else end_ns
            for sensor, times in events.off_times(self._events).items()
            for begin_ns, end_ns in times
            if begin_ns <= now_ns < end_ns
        }
        return Standing(
            title=self._about.title,
            seed=self._about.seed,
            time_ns=now_ns,
            begins_ns=self._about.start_ns,
            speed=self._clock.rate,
            ended=self._clock.ended,
            sensors=[DirectedSensor(i, name, off.get(i, 0)) for i, name in self._sensors.items()],
            recent=list(self._recent),
            notice=self.directed.scenario.notice,
        )

    def over(self, why: str) -> None:
        """It comes to its end without the director."""
        if not self._clock.ended:
            self._note("end", why)
            self._clock.end()

    def _note(self, kind: events.Kind, words: str, time_ns: int | None = None) -> None:
        at_ns = self._clock.now_ns() if time_ns is None else time_ns
        self._write(Event(time_ns=at_ns, kind=kind, words=words))

    def _write(self, event: Event) -> None:
        self._recent.append((event.time_ns, event.words))
        self._events.append(event)
        events.append(self._path, event)
