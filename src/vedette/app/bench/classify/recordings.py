"""Open trajectories of real aircraft, ships and drones, seen anew by a sensor that errs.

Each flight is cut into stretches without holes, brought to instants a second apart, and measured with an
error that is drawn for it: places every one, two or four seconds, heights for some. Stretches are laid side
by side, far from each other, so that one tracker follows many. Who is kept aside is so with all of his
stretches.

    switzerland.json.gz       aircraft by ADS-B (traffic, OpenSky): those that are faster than 160 kt half of
                              the time, so that no helicopter or glider is among them
    franconia.json.gz         one glider, seven hours: kept aside
    SolentAIS_….csv           ships by AIS (Stone Soup)
    UAV_Rot.csv               one multirotor's own positions (Stone Soup): kept aside
    dataset5                  another one, surveyed (Li et al. 2020): kept aside
    trace_full_ac671b.json    an airliner (readsb): kept aside

There is no bird, helicopter, balloon or vehicle among them.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.classify.examples import Shown, gathered, shown
from vedette.app.sector import Sector
from vedette.core.classes import CLASSES
from vedette.core.observation import Batch, Intake
from vedette.core.sensor import Sensor
from vedette.core.units import FT_M, NS_PER_S
from vedette.identify.model import Model
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.truth import TRUTH

Array = NDArray[np.float64]

LONGEST_S: Final = 180
_SHORTEST_S: Final = 40
_FAST_KT: Final = 160.0
_MOVES_KT: Final = 0.5
_SWISS_M: Final = 500.0  # the plateau between the Jura and the Alps
_FRANCONIA_M: Final = 400.0
_POSE_M: Final = 0.0  # heights are told above a place on the ground
_LEAP_MPS2: Final = 3.0
_LEAP_SHARE: Final = 0.03  # of the speed, a second: times of reception err
_MOVES_MPS: Final = 0.7
_MAST_M: Final = 5.0  # the lowest sensor above the ground
_APART_M: Final = 120_000.0
_SIDE: Final = 5
_LAT: Final = 46.0
_LON: Final = 6.0
_START_NS: Final = 1_600_000_000 * NS_PER_S
_M_PER_DEG: Final = 111_195.0


@dataclass(frozen=True, slots=True)
class Flight:
    """One individual's positions: s, deg, deg, m above the ellipsoid or thereabouts; NaN unknown.

    ground_m  of the country below, by the same measure, as the lowest sensor there would tell it
    """

    source: str
    name: str
    class_name: str
    rows: Array
    gap_s: float
    only_aside: bool = False
    ground_m: float = 0.0

    @property
    def aside(self) -> bool:
        """Whether it is kept from what is learnt."""
        return self.only_aside or zlib.crc32(self.name.encode()) % 2 == 1


def flights(data: Path) -> Iterator[Flight]:
    """All that are there below the folder of shared recordings; what is absent is left out."""
    there = data / "trajectories"
    if (path := there / "switzerland.json.gz").is_file():
        for name, rows in _json_by_address(path).items():
            if np.median(rows[:, 4]) >= _FAST_KT:
                yield Flight(
                    path.name, name, "aeroplane", _thinned(rows[:, :4], 19.0), 31.0, ground_m=_SWISS_M
                )
    if (path := there / "franconia.json.gz").is_file():
        for name, rows in _json_by_address(path).items():
            yield Flight(path.name, name, "glider", _thinned(rows[:, :4], 6.0), 14.0, True, _FRANCONIA_M)
    for path in sorted(there.glob("SolentAIS*.csv")):
        for name, rows in _ships(path).items():
            yield Flight(path.name, name, "vessel", _thinned(rows, 8.0), 25.0)
    if (path := there / "UAV_Rot.csv").is_file():
        rows = _uav(path)
        yield Flight(path.name, "UAV_Rot", "multirotor", rows, 2.5, True, float(rows[:, 3].min()))
    if (path := data / "drone_cameras" / "dataset5" / "pose" / "fused_pose.txt").is_file():
        yield Flight("dataset5", "dataset5", "multirotor", _pose(path), 2.5, True, _POSE_M)
    if (path := data / "adsb" / "trace_full_ac671b.json").is_file():
        yield Flight(path.name, "ac671b", "aeroplane", _trace(path), 18.0, only_aside=True)


def _json_by_address(path: Path) -> dict[str, Array]:
    """Rows (n, 5) s, lat, lon, m, kt, by address."""
    out: dict[str, list[tuple[float, ...]]] = {}
    for one in json.loads(gzip.decompress(path.read_bytes())):
        if None in (one["latitude"], one["longitude"], one["timestamp"], one["groundspeed"]):
            continue
        alt = np.nan if one["altitude"] is None else one["altitude"] * FT_M
        row = (one["timestamp"] / 1e3, one["latitude"], one["longitude"], alt, one["groundspeed"])
        out.setdefault(one["icao24"], []).append(row)
    return {name: _in_order(np.array(rows)) for name, rows in sorted(out.items())}


def _ships(path: Path) -> dict[str, Array]:
    """Rows (n, 4) of ships that move half of the time; heights are not told."""
    out: dict[str, list[tuple[float, ...]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            at = datetime.fromisoformat(one["Time"]).replace(tzinfo=UTC).timestamp()
            place = float(one["Latitude_degrees"]), float(one["Longitude_degrees"])
            out.setdefault(one["MMSI"], []).append((at, *place, np.nan, float(one["SOG_knots"])))
    rows = {name: _in_order(np.array(told)) for name, told in sorted(out.items())}
    return {name: told[:, :4] for name, told in rows.items() if np.median(told[:, 4]) > _MOVES_KT}


def _uav(path: Path) -> Array:
    with path.open(encoding="utf-8", newline="") as file:
        told = [
            (
                float(one["timestamp"]),
                float(one["latitude"]),
                float(one["longitude"]),
                float(one["altitude (m)"]),
            )
            for one in csv.DictReader(file)
        ]
    return _in_order(np.array(told))


def _pose(path: Path) -> Array:
    """East, north, up laid out about a place of no consequence."""
    told = np.loadtxt(path, skiprows=1)[:, :4]
    lon = _LON + told[:, 1] / (_M_PER_DEG * np.cos(np.radians(_LAT)))
    return _in_order(np.column_stack((told[:, 0], _LAT + told[:, 2] / _M_PER_DEG, lon, told[:, 3] + _POSE_M)))


def _trace(path: Path) -> Array:
    told = json.loads(path.read_text(encoding="utf-8"))["trace"]
    rows = [(r[0], r[1], r[2], r[3] * FT_M) for r in told if isinstance(r[3], int | float)]
    return _in_order(np.array(rows))


def _in_order(rows: Array) -> Array:
    """By time, no instant twice."""
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return rows[np.r_[True, np.diff(rows[:, 0]) > 1e-3]]


def _thinned(rows: Array, least_s: float) -> Array:
    """Rows so far apart at least: times are those of reception, and places are rounded."""
    keep, last = [], -np.inf
    for k, at in enumerate(rows[:, 0].tolist()):
        if at - last >= least_s:
            keep.append(k)
            last = at
    return rows[keep]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A second-by-second part of a flight: (n, 3) m east, north of its beginning, and above the ground."""

    flight: Flight
    track_m: Array


def stretches(flight: Flight, most: int) -> list[Stretch]:
    """Up to so many, even over the flight, each without a hole longer than the flight's gap_s."""
    rows = flight.rows
    cuts = np.flatnonzero(np.diff(rows[:, 0]) > flight.gap_s) + 1
    found: list[tuple[Array, float]] = []
    for part in np.split(rows, cuts):
        begins = np.arange(part[0, 0], part[-1, 0] - _SHORTEST_S, LONGEST_S).tolist()
        found += [(part, begin_s) for begin_s in begins]
    if not found:
        return []
    even = np.linspace(0, len(found) - 1, min(most, len(found))).round().astype(np.int64)
    down = np.array([0.0, 0.0, flight.ground_m])
    made = [Stretch(flight, _resampled(*found[k]) - down) for k in np.unique(even).tolist()]
    made = [one for one in made if _whole(one.track_m)]
    return [one for one in made if flight.class_name != "vessel" or _moves(one.track_m)]


def _whole(track_m: Array) -> bool:
    """Whether its speed goes as speeds go: positions that stand still and then leap are broken."""
    speed = np.hypot(*np.diff(track_m[:, :2], axis=0).T)
    most = max(_LEAP_MPS2, _LEAP_SHARE * float(np.median(speed)))
    return bool(np.quantile(np.abs(np.diff(speed)), 0.95) < most)


def _moves(track_m: Array) -> bool:
    """Whether it gets anywhere: a ship at its berth moves like a house."""
    return bool(np.hypot(*(track_m[-1, :2] - track_m[0, :2])) > _MOVES_MPS * len(track_m))


def _resampled(part: Array, begin_s: float) -> Array:
    """Positions a second apart by cubic pieces through those that were told."""
    at = np.arange(begin_s, min(begin_s + LONGEST_S, part[-1, 0]), 1.0)
    lat0, lon0 = np.interp(begin_s, part[:, 0], part[:, 1]), np.interp(begin_s, part[:, 0], part[:, 2])
    east = (part[:, 2] - lon0) * _M_PER_DEG * np.cos(np.radians(lat0))
    north = (part[:, 1] - lat0) * _M_PER_DEG
    return np.column_stack([_cubic(part[:, 0], column, at) for column in (east, north, part[:, 3])])


def _cubic(t: Array, y: Array, at: Array) -> Array:
    """Hermite pieces with the slopes that central differences give; NaN stays NaN."""
    if len(t) < 3:
        return np.interp(at, t, y)
    slope = np.gradient(y, t)
    k = np.clip(np.searchsorted(t, at, side="right") - 1, 0, len(t) - 2)
    h = t[k + 1] - t[k]
    u = (at - t[k]) / h
    out: Array = (
        (1.0 + 2.0 * u) * (1.0 - u) ** 2 * y[k]
        + u * (1.0 - u) ** 2 * h * slope[k]
        + u * u * (3.0 - 2.0 * u) * y[k + 1]
        + u * u * (u - 1.0) * h * slope[k + 1]
    )
    return out


def of_scene(scenario: Scenario, seed: int, seconds: float) -> list[Stretch]:
    """Everybody in a simulated scene, as if somebody had recorded them: no sensor of the scene is used."""
    simulation = Simulation(msgspec.structs.replace(scenario, sensor=[]), seed)
    rows = np.concatenate([truth for _, _, truth in simulation.run(seconds)])
    out = []
    for ident in np.unique(rows["id"]).tolist():
        mine = rows[rows["id"] == ident][:LONGEST_S]
        if len(mine) < _SHORTEST_S:
            continue
        north = (mine["lat_deg"] - mine["lat_deg"][0]) * _M_PER_DEG
        east = (mine["lon_deg"] - mine["lon_deg"][0]) * _M_PER_DEG * np.cos(np.radians(mine["lat_deg"]))
        flight = Flight(
            scenario.name, f"{scenario.name} {ident}", CLASSES[mine["class"][0]], np.zeros((0, 4)), 0.0
        )
        height_m = mine["alt_m"] - scenario.site.ground_m
        out.append(Stretch(flight, np.column_stack((east, north, height_m))))
    return out


def followed(group: list[Stretch], seed: int, model: Model) -> Iterator[Shown]:
    """Up to 25 stretches through one tracker, errors drawn with the seed; its place is its id."""
    rng = np.random.default_rng([seed, 1])
    sensor = Sensor(id="seen", index=0, source="seen", scan="event", false_per_scan=0.01)
    sector = Sector((_LAT, _LON), [], keeps=True, model=model)
    n = len(group)
    sd_m = np.exp(rng.uniform(np.log(2.0), np.log(35.0), n))
    alt_sd_m = np.exp(rng.uniform(np.log(3.0), np.log(40.0), n))
    period = rng.choice((1, 1, 2, 4), n)
    flat = rng.random(n) < 0.25
    seconds = max(len(one.track_m) for one in group)
    for s in range(seconds):
        now_ns = _START_NS + s * NS_PER_S
        intake = Intake()
        truth = np.zeros(n, TRUTH)
        there = np.array([s < len(one.track_m) for one in group])
        for k in np.flatnonzero(there).tolist():
            east, north, up = group[k].track_m[s]
            lat, lon = _placed(k, east, north)
            truth[k] = (
                now_ns,
                k,
                lat,
                lon,
                up,
                0,
                0,
                0,
                CLASSES.index(group[k].flight.class_name),
                True,
                "",
                0,
                0,
            )
            if s % period[k] or rng.random() < 0.05:
                continue
            lat, lon = _placed(k, east + rng.normal(0.0, sd_m[k]), north + rng.normal(0.0, sd_m[k]))
            told: dict[str, Any] = {"lat_deg": lat, "lon_deg": lon, "position_sd_m": sd_m[k]}
            if np.isfinite(up) and not flat[k]:
                told |= {"alt_m": up + rng.normal(0.0, alt_sd_m[k]), "alt_sd_m": alt_sd_m[k]}
            intake.observe("seen", now_ns - 1, now_ns - 1, None, told)
        rows = intake.rows()
        batch = Batch(s, now_ns, rows.tobytes(), [], [sensor] if not s else [])
        output = sector.step(batch)
        if output.picture is not None:
            yield shown(output, truth[there])


def _placed(k: int, east_m: float, north_m: float) -> tuple[float, float]:
    """Where the k-th stretch has this place."""
    lat = _LAT + ((k // _SIDE - _SIDE // 2) * _APART_M + north_m) / _M_PER_DEG
    east_m += (k % _SIDE - _SIDE // 2) * _APART_M
    return lat, _LON + east_m / (_M_PER_DEG * np.cos(np.radians(lat)))


def examples(parts: list[Stretch], seed: int, model: Model) -> NDArray[np.void]:
    """Examples of all; `individual` is the place in parts."""
    out = []
    size = _SIDE * _SIDE
    for begin in range(0, len(parts), size):
        some = gathered(followed(parts[begin : begin + size], seed + begin, model), _MAST_M)
        some["individual"] += begin
        out.append(some)
    return np.concatenate(out)
