"""The scenes of the late-data benchmark: what was measured, who was where, and what is heard when."""

import math
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.bench import airspace_cv, registration_scene
from vedette.app.bench.tracking import BLANK_ROW, NOWHERE_DEG
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.track.settings import TrackerSettings

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Instant:
    """Who was where at a whole second; see bench.scoring.Truth."""

    time_ns: int
    ids: Ints
    places_m: Array


@dataclass(frozen=True, slots=True)
class LateScene:
    """One scene.

    rows        in the order of heard_ns, as they come when nothing is late
    instants    one a second
    tick_ns     how often the tracker is told what was heard
    score_from  the first instant that counts
    coasting    whether tracks that only coast are reported
    """

    name: str
    sensors: list[Sensor]
    settings: TrackerSettings
    origin: Array
    rows: NDArray[np.void]
    instants: list[Instant]
    tick_ns: int
    cutoff_m: float
    score_from: int
    coasting: bool


def airspace(n: int, density: float, seed: int, seconds: int) -> LateScene:
    """AIRSPACE-CV with its plots as positions; one scan a second, heard at once."""
    scene = airspace_cv.AirspaceCv(n=n, density=density, seed=seed, scans=seconds)
    origin = np.array([*NOWHERE_DEG, 0.0])
    rows, instants = [], []
    for scan, truth in airspace_cv.play(scene):
        mine = np.repeat(BLANK_ROW, len(scan.plots_m))
        flat = np.column_stack([scan.plots_m, np.zeros(len(mine))])
        mine["lat_deg"], mine["lon_deg"], _ = geodetic_from_enu(origin, flat).T
        mine["valid_ns"] = mine["heard_ns"] = scan.plot_ns
        mine["sensor"] = 0
        rows.append(mine)
        instants.append(Instant(scan.end_ns, truth.ids, truth.places_m))
    return LateScene(
        "airspace", [airspace_cv.sensor(scene)], airspace_cv.SETTINGS, origin, np.concatenate(rows),
        instants, NS_PER_S, airspace_cv.CUTOFF_M, airspace_cv.SCORE_FROM, coasting=False,
    )  # fmt: skip


def radars(seed: int, seconds: int) -> LateScene:
    """Three radars that turn in 4 to 6 s, 40 aircraft, 10 false plots a turn, ticks of 20 ms."""
    made = registration_scene.make(registration_scene.Planted(), seed, seconds / 60.0)
    times = [registration_scene.T0_NS + k * NS_PER_S for k in range(1, seconds + 1)]
    who = np.arange(made.truth.shape[1])
    return LateScene(
        "radars", made.sensors, TrackerSettings(), registration_scene.ORIGIN, made.rows,
        [Instant(t, who, made.places(t)) for t in times], NS_PER_S // 50, 1000.0, 40, coasting=True,
    )  # fmt: skip


def delayed(
    scene: LateScene, share: float, most_s: float, seed: int
) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """The rows as they are heard when a share of them comes 1 to most_s later, and which those are."""
    rng = np.random.default_rng([seed, 30])
    chosen = rng.random(len(scene.rows)) < share
    delay_ns = np.round(rng.uniform(1.0, most_s, len(scene.rows)) * NS_PER_S).astype(np.int64)
    rows = scene.rows.copy()
    rows["heard_ns"] += np.where(chosen, delay_ns, 0)
    order = np.argsort(rows["heard_ns"], kind="stable")
    return rows[order], chosen[order]


def told_of(scene: LateScene, share: float) -> list[Sensor]:
    """The sensors as they are to a tracker that gets only this share of what they see."""
    return [
        msgspec.structs.replace(s, detection_probability=share * s.detection_probability)
        for s in scene.sensors
    ]


def ticks(scene: LateScene, most_s: float) -> list[int]:
    """Ends of all ticks, until what is late has come."""
    first = scene.instants[0].time_ns - NS_PER_S
    last = scene.instants[-1].time_ns + (math.ceil(most_s) + 1) * NS_PER_S
    return list(range(first + scene.tick_ns, last + 1, scene.tick_ns))
