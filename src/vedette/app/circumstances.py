"""What a scenario says of its sensors' circumstances: the land, who transmits, who was silenced when."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.exercise.events import Event, off_times
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.evaluate.coverage import Circumstances
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.terrain import Terrain, clear


def circumstances(
    scenario: Scenario, truth_ids: Sequence[int], start_ns: int, told: Sequence[Event] = ()
) -> Circumstances:
    """Of the individuals of one run that began at start_ns; told is what was injected on the way."""
    simulation = Simulation(scenario)
    members = simulation.roster.members
    member = {ident: members[(ident - 1) % len(members)] for ident in truth_ids if members}
    transponders = frozenset(i for i, m in member.items() if m.icao24 is not None)
    every = sorted([*_on_cue(scenario, start_ns), *told], key=lambda event: event.time_ns)
    return Circumstances(
        ground_m=scenario.site.ground_m,
        transmitting={
            "adsb": transponders,
            "mlat": transponders,
            "remote_id": frozenset(i for i, m in member.items() if m.remote_id),
            "rf": frozenset(i for i, m in member.items() if m.emission_mhz is not None),
        },
        off=off_times(every),
        clear=_over(simulation.terrain),
    )


def _over(terrain: Terrain | None) -> Callable[[Sensor, NDArray[np.void]], NDArray[np.bool_]] | None:
    """Line of sight over the scenario's terrain, for sensors with a place; None where it has none."""
    return None if terrain is None else partial(_sees, terrain)


def _sees(terrain: Terrain, sensor: Sensor, rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """(n,) of rows; what has no height told is taken to be in sight."""
    if sensor.lat_deg is None or sensor.lon_deg is None or sensor.alt_m is None:
        return np.ones(len(rows), np.bool_)
    there = np.column_stack((rows["lat_deg"], rows["lon_deg"], rows["alt_m"])).astype(np.float64)
    return clear(terrain, (sensor.lat_deg, sensor.lon_deg, sensor.alt_m), there)


def _on_cue(scenario: Scenario, start_ns: int) -> list[Event]:
    """The scenario's own events, as a director would have injected them."""
    out = []
    for event in scenario.event:
        until_s = getattr(event, "until_s", None)
        out.append(
            Event(
                time_ns=start_ns + round(event.at_s * NS_PER_S),
                kind="inject",
                words="",
                sensor=getattr(event, "sensor", ""),
                until_ns=None if until_s is None else start_ns + round(until_s * NS_PER_S),
                injected=msgspec.to_builtins(event),
            )
        )
    return out
