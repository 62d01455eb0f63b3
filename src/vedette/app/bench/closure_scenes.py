"""Random scenes for the closure adviser: an hour at an airport, with things that are drones or are not.

What flies, hides, lands and starts again is drawn from other distributions than the adviser assumes (stays
are log-normal, batteries normal, sensors see less or more than was told), so that a figure says how well the
adviser does and not how well it knows the generator. A thing is a drone with the probability that its
identity tells, so identities are calibrated and what is measured is the adviser.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Health, Sensor, SensorStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.respond.ground import LEVELS, LOW_M, Ground, lay_out, sight
from vedette.respond.settings import Airport, Cover, Runway

Array = NDArray[np.float64]

START_NS: Final = 1_700_000_000 * NS_PER_S
SECONDS: Final = 3600
STEP_S: Final = 2
DANGER_M: Final = 500.0  # aside of a runway or an approach, where an aircraft may meet it
_PLACE: Final = (53.29, 12.05)
_MULTIROTOR: Final = CLASSES.index("multirotor")
_BIRD: Final = CLASSES.index("bird")
_LOST_S: Final = 8.0  # without a plot, after which a track ends
_STARTS_FROM: Final = 3  # plots within ten seconds


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One hour.

    danger  (cells,)               within DANGER_M of a runway or an approach
    drones  (seconds / STEP_S, 2)  whether one is in the zones, and in danger's cells, in truth
    """

    airport: Airport
    zones: list[Zone]
    ground: Ground
    danger: NDArray[np.bool_]
    sensors: dict[str, Sensor]
    outages: dict[str, tuple[float, float]]
    drones: NDArray[np.bool_]
    rows: list[NDArray[np.void]]
    identities: dict[int, Identity]


@dataclass(slots=True)
class _Thing:
    """Something that flies. flying: spells of time."""

    said_p: float
    drone: bool
    spells: list[tuple[float, float]]
    east: float
    north: float
    height_m: float
    speed_mps: float
    course: float
    low: bool
    level: int = 0
    plots: list[float] = field(default_factory=list)
    track_id: int = 0


def airport(rng: np.random.Generator) -> tuple[Airport, list[Zone], dict[str, Sensor], dict[str, float]]:
    """An airport with a runway and two to four sensors; and how well each sees in truth, of what is told."""
    zone = Zone("CTR", "surroundings", "PROHIBITED", [Volume(circle=(*_PLACE, 4_500.0))], ground_m=99.0)
    sensors, covers, truly = {}, [], {}
    for k in range(int(rng.integers(2, 5))):
        east, north = rng.uniform(-2_500.0, 2_500.0, 2)
        at = geodetic_from_enu(np.array([*_PLACE, 99.0]), np.array([[east, north, 10.0]]))[0]
        name = f"radar-{k}"
        sensors[name] = Sensor(id=name, index=k, lat_deg=float(at[0]), lon_deg=float(at[1]), alt_m=109.0)
        covers.append(
            Cover(
                sensor=name,
                range_m=float(rng.uniform(3_000.0, 5_500.0)),
                detection_probability=float(rng.uniform(0.6, 0.9)),
                every_s=5.0,
                low_share=float(rng.uniform(0.15, 0.5)),
            )
        )
        truly[name] = float(rng.uniform(0.7, 1.15))
    runway = Runway(name="26/08", threshold=(53.29234, 12.07220), far_threshold=(53.28766, 12.02779))
    made = Airport(
        icao="XTST", zones=["CTR"], lat_deg=_PLACE[0], lon_deg=_PLACE[1], runways=[runway], cover=covers,
        movements_per_hour=34.0,
    )  # fmt: skip
    return made, [zone], sensors, truly


def scene(seed: int) -> Scene:
    """The hour of a seed."""
    rng = np.random.default_rng(seed)
    made, zones, sensors, truly = airport(rng)
    ground = lay_out(made, zones, "airport")
    danger = lay_out(msgspec.structs.replace(made, near_m=DANGER_M), zones, "airport").near
    sights = {
        cover.sensor: truly[cover.sensor] * seen
        for cover in made.cover
        if (seen := sight(ground, cover, sensors[cover.sensor])) is not None
    }
    outages = {
        name: (start, start + float(rng.uniform(120.0, 1200.0)))
        for name in sensors
        if rng.random() < 0.25 and (start := float(rng.uniform(0.0, 2400.0))) >= 0.0
    }
    things = [_thing(rng, ground) for _ in range(int(rng.integers(1, 4)))]
    steps = SECONDS // STEP_S
    drones, rows = np.zeros((steps, 2), bool), []
    identities: dict[int, Identity] = {}
    for step in range(steps):
        t = float(step * STEP_S)
        shown = []
        for thing in things:
            if not any(start <= t < end for start, end in thing.spells):
                thing.track_id = 0
                continue
            _fly(rng, thing)
            cell = ground.cell(thing.east, thing.north)
            if thing.drone and cell is not None:
                drones[step] |= (ground.zone[cell], danger[cell])
            if cell is not None and _plotted(rng, thing, cell, sights, outages, t):
                thing.plots = [p for p in thing.plots if t - p <= 10.0] + [t]
            row = _row(rng, thing, ground, t, identities)
            if row is not None:
                shown.append(row)
        rows.append(np.concatenate(shown) if shown else np.zeros(0, TRACK))
    return Scene(made, zones, ground, danger, sensors, outages, drones, rows, identities)


def statuses(scene: Scene, t: float, now_ns: int) -> dict[str, SensorStatus]:
    """How the sensors are."""
    out = {}
    for name, sensor in scene.sensors.items():
        start, end = scene.outages.get(name, (math.inf, math.inf))
        health: Health = "silent" if start <= t < end else "ok"
        out[name] = SensorStatus(name, sensor.index, health, "", now_ns)
    return out


def _thing(rng: np.random.Generator, ground: Ground) -> _Thing:
    """Three in four look like drones, one in four like birds; each is a drone as often as is said."""
    said_p = float(rng.beta(8.0, 1.2) if rng.random() < 0.75 else rng.beta(1.5, 4.0))
    start = float(rng.uniform(30.0, 1500.0))
    spells = [(start, start + _stay(rng))]
    while rng.random() < 0.15:
        again = spells[-1][1] + float(rng.uniform(120.0, 900.0))
        spells.append((again, again + _stay(rng)))
    low = bool(rng.random() < 0.25)
    return _Thing(
        said_p=said_p,
        drone=bool(rng.random() < said_p),
        spells=spells,
        east=float(rng.uniform(-4_000.0, 4_000.0)),
        north=float(rng.uniform(-4_000.0, 4_000.0)),
        height_m=2.0,
        speed_mps=float(rng.uniform(1.0, 14.0)),
        course=float(rng.uniform(0.0, 2.0 * math.pi)),
        low=low,
        level=int(rng.choice(3, p=[0.7, 0.18, 0.12])),
    )


def _stay(rng: np.random.Generator) -> float:
    """How long it flies, s: as long as it wants, or as its battery lasts."""
    return float(min(60.0 * rng.lognormal(math.log(7.0), 0.7), 60.0 * max(5.0, rng.normal(26.0, 6.0))))


def _fly(rng: np.random.Generator, thing: _Thing) -> None:
    """One step on: it wanders, and mostly turns back towards the field."""
    thing.course += float(rng.normal(0.0, 0.25))
    if math.hypot(thing.east, thing.north) > 3_500.0 and rng.random() < 0.1:
        thing.course = math.atan2(-thing.east, -thing.north)
    thing.east += STEP_S * thing.speed_mps * math.sin(thing.course)
    thing.north += STEP_S * thing.speed_mps * math.cos(thing.course)
    aim_m = 15.0 if thing.low else 80.0
    thing.height_m = max(2.0, thing.height_m + 0.05 * (aim_m - thing.height_m) + float(rng.normal(0.0, 1.5)))
    if rng.random() < STEP_S / 720.0:
        thing.level = int(rng.choice(3, p=[0.7, 0.18, 0.12]))


def _plotted(
    rng: np.random.Generator,
    thing: _Thing,
    cell: int,
    sights: dict[str, Array],
    outages: dict[str, tuple[float, float]],
    t: float,
) -> bool:
    """Whether any sensor sees it in this step."""
    layer = int(thing.height_m >= LOW_M)
    miss = 1.0
    for name, seen in sights.items():
        start, end = outages.get(name, (math.inf, math.inf))
        if not start <= t < end:
            miss *= (1.0 - min(0.99, float(LEVELS[thing.level] * seen[layer, cell]))) ** (STEP_S / 5.0)
    return bool(rng.random() < 1.0 - miss)


def _row(
    rng: np.random.Generator, thing: _Thing, ground: Ground, t: float, identities: dict[int, Identity]
) -> NDArray[np.void] | None:
    """Its track, where it has one."""
    if thing.track_id and (not thing.plots or t - thing.plots[-1] > _LOST_S):
        thing.track_id = 0
    if not thing.track_id:
        if len(thing.plots) < _STARTS_FROM or thing.plots[-1] != t:
            return None
        thing.track_id = len(identities) + 1
        classes = {"multirotor": thing.said_p, "bird": 1.0 - thing.said_p}
        identities[thing.track_id] = Identity(
            thing.track_id, START_NS, f"T{thing.track_id}", START_NS, classes, "unauthorised"
        )
    row = np.zeros(1, TRACK)
    off = rng.normal(0.0, 20.0, 2)
    at = geodetic_from_enu(
        ground.origin, np.array([[thing.east + off[0], thing.north + off[1], thing.height_m]])
    )[0]
    row["time_ns"] = START_NS + round(t * NS_PER_S)
    row["heard_ns"] = START_NS + round(thing.plots[-1] * NS_PER_S)
    row["lat_deg"], row["lon_deg"], row["alt_m"], row["alt_sd_m"] = at[0], at[1], at[2], 15.0
    row["track_id"], row["existence"] = thing.track_id, 1.0
    row["baro_alt_m"], row["v_up_mps"] = np.nan, np.nan
    row["sd_major_m"] = row["sd_minor_m"] = 20.0
    drone = thing.said_p >= 0.5
    row["class_index"] = _MULTIROTOR if drone else _BIRD
    row["class_probability"] = max(thing.said_p, 1.0 - thing.said_p)
    row["status"] = TrackStatus.CONFIRMED
    return row
