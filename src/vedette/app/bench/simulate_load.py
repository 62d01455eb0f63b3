"""How much processor time the simulator takes: many actors, a mix of sensors, by part.

Of the actors 3 in 10 are airliners that approach runways of their own, 4 in 10 multirotors that fly
routes (half of them with Remote ID, most with a radio link), 3 in 10 birds in flocks of ten; all over a
square of 80 km. Of every 20 sensors 4 are surveillance radars, 8 drone radars, 4 direction finders, 2
ADS-B and 2 Remote ID receivers.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.actors import fleet
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.actors import Actor, Arrival, Flock, Multirotor, Route, Runway
from vedette.simulate.spec.place import Feed, Place, Site
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import (
    AdsbReceiver,
    DroneRadar,
    RemoteIdReceiver,
    RfFinder,
    SensorSpec,
    SurveillanceRadar,
)
from vedette.wire.sapient import node_uuid

SIDE_KM: Final = 80.0
_SITE: Final = Site(name="load", lat_deg=50.0, lon_deg=5.0, ground_m=100.0, undulation_m=45.0)
_FLOCK: Final = 10
_MIX: Final = "SDRSDRDADISDRSDRDADI"  # of 20 sensors


def scenario(actors: int, sensors: int, seed: int) -> Scenario:
    """The scene; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    return Scenario(
        name="load",
        title="Load",
        site=_SITE,
        start=datetime(2026, 11, 20, 12, tzinfo=UTC),
        feed=[
            Feed(name="asterix", format="asterix", transport="udp"),
            Feed(name="sapient", format="sapient", transport="tcp-listen"),
            Feed(name="beast", format="beast", transport="tcp-connect"),
            Feed(name="remoteid", format="remoteid", transport="udp"),
        ],
        sensor=[_sensor(i, _place(rng, 0.6)) for i in range(sensors)],
        actor=list(_actors(rng, actors)),
    )


def _place(rng: np.random.Generator, part: float = 1.0) -> Place:
    """Anywhere in the middle part of the square."""
    east, north = (part * SIDE_KM * (rng.random(2) - 0.5)).tolist()
    return _SITE.lat_deg + north / 111.2, _SITE.lon_deg + east / 71.7


def _sensor(i: int, place: Place) -> SensorSpec:
    """One sensor of the mix."""
    pose: dict[str, Any] = {
        "id": f"s{i}",
        "name": f"Sensor {i}",
        "lat_deg": place[0],
        "lon_deg": place[1],
        "height_m": 25.0,
    }
    node = node_uuid(f"load {i}")
    match _MIX[i % len(_MIX)]:
        case "S":
            return SurveillanceRadar(
                **pose, feed="asterix", range_max_m=111e3, period_s=4.0, false_per_scan=10.0,
                sac=1 + i // 200, sic=1 + i % 200,
            )  # fmt: skip
        case "D":
            return DroneRadar(
                **pose, feed="sapient", range_max_m=8e3, period_s=1.0, false_per_scan=0.5, node_id=node
            )
        case "R":
            return RfFinder(**pose, feed="sapient", range_max_m=10e3, period_s=1.0, node_id=node)
        case "A":
            return AdsbReceiver(**pose, feed="beast", range_max_m=250e3, period_s=0.5)
        case _:
            return RemoteIdReceiver(**pose, feed="remoteid", range_max_m=5e3, period_s=1.0)


def _actors(rng: np.random.Generator, count: int) -> Iterator[Actor]:
    """The mix of actors."""
    airliners, drones = round(0.3 * count), round(0.4 * count)
    for i in range(airliners):
        lat, lon = _place(rng, 0.5)
        runway = Runway(lat_deg=lat, lon_deg=lon, course_deg=float(rng.uniform(0, 360)), length_m=3_000.0)
        yield Arrival(
            name=f"a{i}", runway=runway, callsigns=[f"SIM{i}"], icao24=f"{0x400000 + i:06X}",
            from_nm=float(rng.uniform(8, 20)), repeat_s=600.0,
        )  # fmt: skip
    for i in range(drones):
        home = _place(rng)
        points = [[home[0] + a, home[1] + b] for a, b in rng.uniform(-0.02, 0.02, (4, 2)).tolist()]
        yield Multirotor(
            name=f"d{i}", home=home, mission=Route(waypoints=points), height_m=float(rng.uniform(40, 120)),
            airborne=True, repeat_s=600.0, serial=f"1SIM{i:08d}", remote_id=i % 2 == 0,
            emission_mhz=2_437.0 if i % 5 else None,
        )  # fmt: skip
    left = count - airliners - drones
    for i in range(0, left, _FLOCK):
        yield Flock(name=f"b{i}", centre=_place(rng), count=min(_FLOCK, left - i))


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
    simulation = Simulation(scenario(actors, sensors, seed), seed)
    clock = _Clock()
    _measured(simulation, clock)
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
    }


def _measured(simulation: Simulation, clock: _Clock) -> None:
    """Put the clock around what each part does."""
    simulation.models = [_Measured(model, clock) for model in simulation.models]
    advance = simulation.advance

    def timed(moves: fleet.Moves, rng: np.random.Generator, time_ns: int) -> fleet.Moves:
        with clock.part("actors"):
            return advance(moves, rng, time_ns)

    simulation.advance = timed  # type: ignore[method-assign]


class _Measured:
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
