"""Compile every kernel that a node needs, or load it from the cache, before the first real plot comes.

Small scenes are flown through a sector, so that every kernel is called as it will be: a drone that says who
it is in a zone, two radars that see the same aircraft in parts of a turn, two direction finders.
"""

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import numpy as np

from vedette.app.sector import Sector
from vedette.core.claim import Claim
from vedette.core.observation import CLEAR_OF_GROUND, SELF_REPORT, Batch, Intake
from vedette.core.sensor import Sensor
from vedette.core.surface import Road, Surface
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.kernel import registration as kernel
from vedette.kernel.approach import closest, likeliest, within
from vedette.kernel.cells import far_above, plane_cells
from vedette.kernel.loiter import loitering
from vedette.kernel.measurement import N_COMPONENTS
from vedette.kernel.mowing import grids
from vedette.kernel.neighbours import pairs_within
from vedette.kernel.orbit import orbits
from vedette.kernel.outline import outside_m
from vedette.kernel.together import groups
from vedette.track import bearings, registration
from vedette.track.plots import prepare
from vedette.track.sensors import model
from vedette.track.sightings import no_sightings
from vedette.track.starts import bearing_look

_START_NS: Final = 1_600_000_000 * NS_PER_S
_M_PER_DEG: Final = 110_574.0
_PARTS: Final = 4  # of a turn
_AIRCRAFT: Final = 10
_SECONDS: Final = 12


def warm() -> int:
    """All scenes; returns how many rows their pictures had."""
    return watched() + one_radar() + radars() + finders() + claims()


def watched() -> int:
    """What rules of the watch call, on one window of two tracks; returns how many."""
    window = np.zeros((2, 10, 3))
    loitering(window, 1.0)
    orbits(window)
    grids(window, 1.0, 1.0)
    number = groups(window, 1.0, 0.8, math.inf)
    outside_m(np.zeros((1, 2)), np.zeros((0, 2)), np.zeros(0, np.int64), np.ones(3))
    closest(np.ones(2), -np.ones(2), 1.0, 1.0, 0.1, 1.0, 60.0)
    within(1.0, 1.0, 1.0)
    pairs_within(np.zeros((1, 1)), np.zeros((1, 1)), 1.0)
    likeliest(0, np.zeros(1, np.int64), np.zeros((1, 9)), np.zeros(1), 1.0, 0.1, 1.0, 1.0, 60.0)
    return len(number)


def one_radar() -> int:
    """A radar whose turns come whole, and a drone that says who it is, in zones and over a map."""
    radar = Sensor(
        id="warm", index=0, source="warm", scan="rotating", lat_deg=0.0, lon_deg=0.0, alt_m=0.0, period_s=1.0
    )
    rings = [[(0.01, 0.01), (0.01, 0.02), (0.02, 0.02), (0.01, 0.01)]]
    zones = [
        Zone("ring", "ring", "PROHIBITED", [Volume(rings=rings)]),
        Zone("circle", "circle", "PROHIBITED", [Volume(circle=(0.015, 0.015, 500.0))]),
    ]
    pond = [[(0.011, 0.011), (0.011, 0.012), (0.012, 0.012), (0.011, 0.011)]]
    surface = Surface([rings], [pond], [Road([(0.01, 0.01), (0.02, 0.02)], 10.0)])
    sector = Sector((0.0, 0.0), zones, surface=surface)
    drone = Claim("remote_id", "warm")
    shown = 0
    for second in range(4):
        now_ns = _START_NS + second * NS_PER_S
        intake = Intake()
        for k in range(3):
            polar = {"range_m": 2000.0 + 500.0 * k, "azimuth_deg": 45.0, "range_rate_mps": 0.0}
            intake.observe("warm", now_ns, now_ns, drone if k == 0 else None, polar)
        rows = intake.rows()
        place = intake.rows()[:1]
        place["range_m"] = np.nan
        place["lat_deg"] = place["lon_deg"] = 0.0127
        rows = np.concatenate((rows, place))
        batch = Batch(second, now_ns + 1, rows.tobytes(), intake.claims, [radar] if second == 0 else [])
        output = sector.step(batch)
        shown += len(output.picture.rows) if output.picture else 0
    # What only busy sensors need, and those that tell places.
    plane_cells(np.zeros((1, N_COMPONENTS)), 1.0, 1)
    far_above(np.zeros(1), np.zeros(1), np.zeros(1))
    return shown


def radars() -> int:
    """Two radars, in parts of a turn; two aircraft side by side, one of which goes away."""
    there = [
        Sensor(
            id=f"warm-{k}", index=k, source=f"warm-{k}", scan="rotating", lat_deg=0.2 * k, lon_deg=0.0,
            alt_m=0.0, period_s=1.0, range_max_m=60e3,
        )
        for k in range(2)
    ]  # fmt: skip
    rng = np.random.default_rng(1)
    begin_m = rng.uniform(-15e3, 15e3, (_AIRCRAFT, 2))
    begin_m[1] = begin_m[0] + 60.0
    speed_mps = rng.uniform(-150.0, 150.0, (_AIRCRAFT, 2))
    speed_mps[1] = speed_mps[0]

    def seen(k: int, second: float, intake: Intake, now_ns: int) -> None:
        place_m = begin_m + second * speed_mps - (0.0, 0.2 * k * _M_PER_DEG)
        azimuth = np.degrees(np.arctan2(place_m[:, 0], place_m[:, 1])) % 360.0
        for i in range(_AIRCRAFT if second < _SECONDS / 2 else _AIRCRAFT - 2):
            if int(azimuth[i] // (360.0 / _PARTS)) == int(second * _PARTS) % _PARTS:
                away = math.hypot(*place_m[i]) + rng.normal(0.0, 20.0)
                polar = {"range_m": away, "azimuth_deg": azimuth[i], "baro_alt_m": 3000.0}
                intake.observe(f"warm-{k}", now_ns, now_ns, None, polar)

    return _fly(there, seen)


def claims() -> int:
    """Two drones that say where they are, one of which two direction finders and a radar do not see."""
    rng = np.random.default_rng(3)
    radar = Sensor(
        id="warm-2", index=2, source="warm-2", scan="staring", lat_deg=0.0, lon_deg=0.0, alt_m=0.0,
        period_s=1.0, range_max_m=10e3,
    )  # fmt: skip
    receiver = Sensor(
        id="warm-3",
        index=3,
        source="warm-3",
        modality="remote_id",
        scan="self_report",
        lat_deg=0.0,
        lon_deg=0.0,
    )

    def seen(k: int, second: float, intake: Intake, now_ns: int) -> None:
        if k < 2:
            _heard(k, second, intake, now_ns, rng.normal())
        elif k == 2:
            intake.observe(f"warm-{k}", now_ns, now_ns, None, {"range_m": 3000.0, "azimuth_deg": 200.0})
        elif second % 1.0 == 0.0:
            for n in range(2):
                values = {
                    "lat_deg": 0.015 + 1e-4 * second + 0.01 * n, "lon_deg": 0.015, "alt_m": 200.0,
                    "nac_p": 10.0, "v_east_mps": 0.0, "v_north_mps": 11.0, "signal_dbm": -60.0,
                    "flags": SELF_REPORT | CLEAR_OF_GROUND,
                }  # fmt: skip
                intake.observe(f"warm-{k}", now_ns, now_ns, Claim("remote_id", f"warm-{n}"), values)

    return _fly([*_finders(), radar, receiver], seen)


def finders() -> int:
    """Two direction finders and one drone."""
    rng = np.random.default_rng(2)

    def seen(k: int, second: float, intake: Intake, now_ns: int) -> None:
        _heard(k, second, intake, now_ns, rng.normal())
        if second % 1.0:
            intake.observe(f"warm-{k}", now_ns, now_ns, None, {"azimuth_deg": rng.uniform(0.0, 360.0)})

    return _fly(_finders(), seen)


def _finders() -> list[Sensor]:
    return [
        Sensor(
            id=f"warm-{k}", index=k, source=f"warm-{k}", scan="staring", modality="rf", lat_deg=0.02 * k,
            lon_deg=0.0, alt_m=0.0, period_s=1.0 / _PARTS, azimuth_sd_deg=1.0, false_per_scan=0.01,
        )
        for k in range(2)
    ]  # fmt: skip


def _heard(k: int, second: float, intake: Intake, now_ns: int, off_deg: float) -> None:
    """The bearing of the drone from finder k."""
    east, north = 1500.0, 1000.0 + 15.0 * second - 0.02 * k * _M_PER_DEG
    azimuth = (math.degrees(math.atan2(east, north)) + off_deg) % 360.0
    intake.observe(f"warm-{k}", now_ns, now_ns, None, {"azimuth_deg": azimuth})


def _fly(sensors: list[Sensor], seen: Callable[[int, float, Intake, int], None]) -> int:
    """Let all sensors look part by part of a second; returns how many rows the pictures had."""
    sector = Sector((0.0, 0.0), [])
    shown = 0
    for tick in range(_PARTS * _SECONDS):
        now_ns = _START_NS + tick * NS_PER_S // _PARTS
        intake = Intake()
        for k in range(len(sensors)):
            seen(k, tick / _PARTS, intake, now_ns)
        rows = intake.rows()
        lookup = np.array([int(source[-1]) for source in intake.sources] or [0], np.uint32)
        rows["sensor"] = lookup[rows["sensor"]]
        batch = Batch(tick, now_ns + 1, rows.tobytes(), intake.claims, sensors if not tick else [])
        output = sector.step(batch)
        shown += len(output.picture.rows) if output.picture else 0
    return shown


def simulator() -> int:
    """The simulator's own kernels; returns how many frames the demo's first second had. Not for a node."""
    from vedette.simulate import Simulation, load_scenario, terrain

    simulation = Simulation(load_scenario("brussels"))
    _, emissions = simulation.step(simulation.init(), simulation.start_ns + NS_PER_S)
    terrain.clear(terrain.Terrain(np.zeros((2, 2)), 0.0, 0.0, 1.0), (0.0, 0.0, 1.0), np.zeros((1, 3)))
    return len(emissions)


def bearings_alone() -> int:
    """Two direction finders and one drone, without a tracker; returns how many targets began."""
    origin = np.zeros(3)
    models = [model(sensor, origin) for sensor in _finders()]
    state, begun = bearings.init(), 0
    for tick in range(_PARTS * _SECONDS):
        now_ns = _START_NS + tick * NS_PER_S // _PARTS
        looks = []
        for k, finder in enumerate(models):
            intake = Intake()
            _heard(k, tick / _PARTS, intake, now_ns, 0.0)
            plots = prepare(intake.rows(), finder, origin)
            looks += bearing_look(finder, plots, np.ones(len(plots)), whole=True)
        state, starts = bearings.step(state, looks, now_ns)
        begun += len(starts)
    return begun


def registration_alone() -> int:
    """Two radars and one aircraft, without a tracker; returns how many pairs of plots there were."""
    n = 40
    seen = no_sightings(n)
    second = np.arange(n)
    seen.sensor[:], seen.track[:] = second % 2, 1
    seen.valid_ns[:] = _START_NS + second * NS_PER_S
    seen.plot[:, kernel.V] = 100.0, 0.0, 0.0
    seen.plot[:, kernel.V_COVARIANCE] = np.eye(3).ravel()
    seen.plot[:, kernel.TRACK_HEIGHT_M], seen.plot[:, kernel.TRACK_HEIGHT_SD_M] = 3000.0, 50.0
    seen.plot[:, kernel.PRESSURE] = 1.0
    seen.plot[:, kernel.SD][:, :2] = 20.0, 0.001
    seen.plot[:, kernel.Z][:, 0] = np.hypot(100.0 * second, 20_000.0)
    seen.plot[:, kernel.Z][:, 1] = np.arctan2(100.0 * second, 20_000.0)
    state = registration.step(registration.init(np.zeros(3)), seen, _START_NS + n * NS_PER_S)
    return int(state.pairs.sum())


def beside() -> int:
    """What needs none of the tracker's kernels: compiled while another process compiles these."""
    return min(bearings_alone(), registration_alone(), simulator())


if __name__ == "__main__":
    if sys.argv[1:] == ["beside"]:
        raise SystemExit(0 if beside() else 1)
    with subprocess.Popen([sys.executable, "-m", "vedette.app.warm", "beside"]) as other:
        shown = warm()
    raise SystemExit(0 if shown and other.returncode == 0 else 1)
