"""How much processor time and memory the simulator takes: the built-in scenario load, scaled, by part."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.actors import fleet
from vedette.simulate.load import load_scenario
from vedette.simulate.scale import scaled
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario

SCENARIO = "load"


class _Clock:
    """Processor time by part."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what is done inside."""
        begun = time.process_time()
        try:
            yield
        finally:
            self.spent_s[name] = self.spent_s.get(name, 0.0) + time.process_time() - begun


def bench(actors: int, sensors: int, seconds: float, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Play the scene; processor milliseconds a simulated second, whole and by part."""
    begun = time.process_time()
    clock = _Clock()
    simulation = _Measured(scaled(load_scenario(SCENARIO), actors, sensors), seed, clock)
    built_s = time.process_time() - begun
    state = simulation.init()
    state, _ = simulation.step(state, simulation.start_ns + 2 * NS_PER_S)  # compiles, registers
    clock.spent_s.clear()
    frames = size = 0
    least_s, begun = float("inf"), time.process_time()
    for second in range(3, 3 + round(seconds)):
        before = time.process_time()
        state, emissions = simulation.step(state, simulation.start_ns + second * NS_PER_S)
        least_s = min(least_s, time.process_time() - before)
        frames += len(emissions)
        size += sum(len(emission.data) for emission in emissions)
        if second % 10 == 0:
            say(f"{second} of {seconds + 2:.0f} s")
    whole_s = time.process_time() - begun
    n = max(round(seconds), 1)
    parts = {name: round(1e3 * spent / n, 2) for name, spent in sorted(clock.spent_s.items())}
    other = 1e3 * (whole_s - sum(clock.spent_s.values())) / n
    return {
        "bench": "simulate",
        "actors": len(simulation.roster),
        "alive": int(state.moves.alive.sum()),
        "sensors": sensors,
        "seconds": n,
        "cpu_ms_per_s": round(1e3 * whole_s / n, 2),
        "cpu_ms_per_s_least": round(1e3 * least_s, 2),
        "times_real_time": round(n / whole_s, 2),
        "parts_ms_per_s": {**parts, "the rest": round(other, 2)},
        "frames_per_s": round(frames / n, 1),
        "bytes_per_s": round(size / n),
        "build_s": round(built_s, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
    }


class _Measured(Simulation):
    """A simulation with a clock around what each part does."""

    def __init__(self, scenario: Scenario, seed: int, clock: _Clock) -> None:
        super().__init__(scenario, seed)
        self.models = [_MeasuredModel(model, clock) for model in self.models]
        self._clock = clock

    def advance(self, moves: fleet.Moves, rng: np.random.Generator, time_ns: int) -> fleet.Moves:
        """As the simulation."""
        with self._clock.part("actors"):
            return super().advance(moves, rng, time_ns)


class _MeasuredModel:
    """A model with a clock around what it sends."""

    def __init__(self, model: Any, clock: _Clock) -> None:
        self.spec, self.connection = model.spec, model.connection
        self.init, self.hello = model.init, model.hello
        self._model, self._clock = model, clock
        self._name = model.spec.__struct_config__.tag

    def look(self, *arguments: Any) -> Any:
        """As the model."""
        with self._clock.part(self._name):
            return self._model.look(*arguments)
