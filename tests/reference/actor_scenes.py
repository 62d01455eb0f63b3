"""Small scenes of actors about one place, and their truth."""

import msgspec
import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.actors.showing import seen_now
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.actors import (
    Forger,
    Hover,
    Multirotor,
)
from vedette.simulate.spec.weather import Weather

BRUSSELS = load_scenario("brussels")
SITE = BRUSSELS.site
HOME = (SITE.lat_deg, SITE.lon_deg)
NORTH, EAST = (float(a[0]) for a in metres_per_degree(np.array([HOME[0]]), np.array([SITE.ground_m])))


def place(east_m, north_m):
    return HOME[0] + north_m / NORTH, HOME[1] + east_m / EAST


CALM = Weather()


def scenario(*actors, weather=CALM, jamming=(), spoofing=(), sensor=()):
    return msgspec.structs.replace(
        BRUSSELS,
        actor=list(actors),
        weather=weather,
        jamming=list(jamming),
        spoofing=list(spoofing),
        sensor=list(sensor),
    )


def truth(seconds, *actors, seed=1, every_s=1.0, **more):
    rows = [r for _, _, r in Simulation(scenario(*actors, **more), seed=seed).run(seconds, every_s)]
    return np.concatenate(rows)


def of(rows, name):
    return rows[rows["name"] == name]


def east_north(rows):
    return (rows["lon_deg"] - HOME[1]) * EAST, (rows["lat_deg"] - HOME[0]) * NORTH


def since_s(rows):
    return (rows["time_ns"] - BRUSSELS.start_ns) / NS_PER_S


def hovering(name="h", at=(0.0, 0.0), hold_s=1_000.0, height_m=50.0, **more):
    return Multirotor(
        name=name,
        home=place(*at),
        mission=Hover(at=place(*at), hold_s=hold_s),
        height_m=height_m,
        airborne=True,
        **more,
    )


def sensors_of(kind, **changes):
    found = next(s for s in BRUSSELS.sensor if isinstance(s, kind))
    return msgspec.structs.replace(found, false_per_scan=0.0, **changes)


def world_of(chosen, seconds, seed=1):
    simulation = Simulation(chosen, seed=seed)
    state, _ = simulation.step(simulation.init(), simulation.start_ns + round(seconds * NS_PER_S))
    return seen_now(simulation.roster, state.moves, simulation.start_ns, state.time_ns, 100_000_000)


FORGER = Forger(
    name="f",
    at=place(500, 500),
    claims="remote_id",
    waypoints=[list(place(0, 0)), list(place(2_000, 0))],
    count=100,
    emission_mhz=2_437.0,
)
