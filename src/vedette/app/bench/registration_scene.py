"""The scene of the registration benchmark: three radars, traffic between them, and what is wrong with one.

Everything comes from a seed. Biases are planted after the noise is drawn, so that runs with and without them
see the same noise, the same misses and the same clutter.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.observation import OBSERVATION
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu, mean_radius_m, rotation_between

Array = NDArray[np.float64]

T0_NS = 1_750_000_000 * NS_PER_S
ORIGIN = np.array([50.5, 5.0, 0.0])
RANGE_MAX_M = 120_000.0
ADSB = 3  # Sensor.index after the three radars
STEP_S = 0.5
_DELAY_NS = 50_000_000
_PD = 0.9
_CLUTTER = 10.0  # false plots a turn


@dataclass(frozen=True, slots=True)
class Planted:
    """What one radar has too much of."""

    radar: int = 0
    azimuth_deg: float = 0.0
    range_m: float = 0.0
    elevation_deg: float = 0.0
    east_m: float = 0.0
    north_m: float = 0.0
    clock_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Sensors as configured, plots in the order heard, and where the aircraft truly were.

    truth  (t, n, 3)  lat deg, lon deg, m above the ellipsoid every STEP_S from T0_NS
    """

    sensors: list[Sensor]
    rows: NDArray[np.void]
    truth: Array

    def places(self, time_ns: int) -> Array:
        """Where all aircraft are at a multiple of STEP_S: (n, 2) east, north, m, as if at height 0."""
        at = self.truth[round((time_ns - T0_NS) / NS_PER_S / STEP_S)]
        return flat(at[:, 0], at[:, 1])


def flat(lat_deg: Array, lon_deg: Array) -> Array:
    """East and north (n, 2), m, of places taken down to height 0."""
    return enu_from_geodetic(ORIGIN, lat_deg, lon_deg, np.zeros(len(lat_deg)))[:, :2]


def make(
    planted: Planted,
    seed: int,
    minutes: float,
    *,
    aircraft: int = 40,
    adsb: float = 0.0,
    height: str = "baro",
) -> Scene:
    """The scene of one seed.

    adsb    share of the aircraft that tell their position
    height  what the radars say of it: "baro" (Mode C), "elevation" or "none"
    """
    rng = np.random.default_rng(seed)
    sites = _sites(rng)
    seconds = 60.0 * minutes
    enu, geodetic = _fly(rng, aircraft, seconds)
    pressure_m = rng.normal(0.0, 40.0)
    sensors, rows = [], []
    for index, site in enumerate(sites):
        sensor = _radar(rng, index, site)
        mine = _turn(rng, sensor, enu, geodetic[..., 2], seconds, height, pressure_m)
        if index == planted.radar:
            sensor, mine = _bend(sensor, mine, planted)
        sensors.append(sensor)
        rows.append(mine)
    told = _tell(rng, geodetic, enu, adsb)
    if adsb > 0.0:
        sensors.append(Sensor(id="adsb", index=ADSB, source="adsb", modality="adsb", scan="self_report"))
        rows.append(told)
    heard = np.concatenate(rows)
    return Scene(sensors, heard[np.argsort(heard["heard_ns"], kind="stable")], geodetic)


def _sites(rng: np.random.Generator) -> Array:
    """Three places (3, 2), m, each 60 to 100 km from the others."""
    while True:
        angle = rng.uniform(0.0, 2.0 * math.pi) + np.array([0.0, 2.0, 4.0]) * math.pi / 3.0
        angle += rng.uniform(-0.3, 0.3, 3)
        away = rng.uniform(35_000.0, 58_000.0, 3)
        sites: Array = np.stack([away * np.sin(angle), away * np.cos(angle)], axis=1)
        sides = np.hypot(*(sites - np.roll(sites, 1, axis=0)).T)
        if (sides > 60_000.0).all() and (sides < 100_000.0).all():
            return sites


def _fly(rng: np.random.Generator, n: int, seconds: float) -> tuple[Array, Array]:
    """Flights of straight legs, turns and climbs, (t, n, 3): local places, m, and in degrees and metres."""
    steps = round(seconds / STEP_S) + 20
    place = rng.uniform(-70_000.0, 70_000.0, (n, 2))
    heading = rng.uniform(0.0, 2.0 * math.pi, n)
    height = rng.uniform(1200.0, 11_500.0, n)
    speed = 80.0 + 150.0 * height / 11_500.0 + rng.normal(0.0, 12.0, n)
    rate, climb, left = np.zeros(n), np.zeros(n), rng.uniform(10.0, 120.0, n)
    out = np.empty((steps, n, 3))
    for t in range(steps):
        out[t, :, :2], out[t, :, 2] = place, height
        left -= STEP_S
        new = left <= 0.0
        turning = rng.random(n) < 0.4
        climbing = rng.random(n) < 0.3
        rates = np.radians(rng.uniform(0.5, 2.0, n)) * rng.choice([-1.0, 1.0], n)
        climbs, legs = rng.uniform(-12.0, 12.0, n), rng.uniform(20.0, 120.0, n)
        rate = np.where(new, np.where(turning & (rate == 0.0), rates, 0.0), rate)
        climb = np.where(new, np.where(climbing, climbs, 0.0), climb)
        left = np.where(new, np.where(rate != 0.0, 0.3 * legs, legs), left)
        # Who is about to leave turns back.
        inward = np.arctan2(-place[:, 0], -place[:, 1])
        off = (inward - heading + math.pi) % (2.0 * math.pi) - math.pi
        out_there = (np.hypot(*place.T) > 75_000.0) & (np.abs(off) > 0.3)
        rate = np.where(out_there, np.sign(off) * math.radians(1.5), rate)
        heading = heading + STEP_S * rate
        climb = np.where((height < 1000.0) & (climb < 0.0) | (height > 12_000.0) & (climb > 0.0), 0.0, climb)
        height = height + STEP_S * climb
        place = place + STEP_S * speed[:, None] * np.stack([np.sin(heading), np.cos(heading)], axis=1)
    radius = mean_radius_m(float(ORIGIN[0]))
    out[..., 2] -= (out[..., 0] ** 2 + out[..., 1] ** 2) / (2.0 * radius)
    geodetic = geodetic_from_enu(ORIGIN, np.ascontiguousarray(out.reshape(-1, 3))).reshape(out.shape)
    return out, geodetic


def _radar(rng: np.random.Generator, index: int, site: Array) -> Sensor:
    lat, lon, _ = geodetic_from_enu(ORIGIN, np.array([[site[0], site[1], 0.0]]))[0].tolist()
    return Sensor(
        id=f"radar-{index}",
        index=index,
        source=f"radar-{index}",
        scan="rotating",
        lat_deg=lat,
        lon_deg=lon,
        alt_m=float(rng.uniform(50.0, 400.0)),
        period_s=float(rng.uniform(4.0, 6.0)),
        range_max_m=RANGE_MAX_M,
        detection_probability=_PD,
        false_per_scan=_CLUTTER,
        range_sd_m=float(rng.uniform(40.0, 60.0)),
        azimuth_sd_deg=float(rng.uniform(0.07, 0.1)),
        elevation_sd_deg=0.3,
    )


def _blank(n: int, sensor: int, valid_s: Array) -> NDArray[np.void]:
    rows = np.zeros(n, OBSERVATION)
    for name in OBSERVATION.names or ():
        if OBSERVATION[name].base.kind == "f":
            rows[name] = np.nan
    rows["sensor"] = sensor
    rows["valid_ns"] = T0_NS + np.round(valid_s * NS_PER_S).astype(np.int64)
    rows["heard_ns"] = rows["valid_ns"] + _DELAY_NS
    return rows


def _at(track: Array, t_s: Array) -> Array:
    """Places (k, 3) of the aircraft k at times t_s (k,), from track (t, k, 3)."""
    i = np.clip((t_s / STEP_S).astype(np.int64), 0, len(track) - 2)
    f = (t_s / STEP_S - i)[:, None]
    k = np.arange(track.shape[1])
    out: Array = track[i, k] * (1.0 - f) + track[i + 1, k] * f
    return out


def _turn(
    rng: np.random.Generator,
    sensor: Sensor,
    enu: Array,
    alt_m: Array,
    seconds: float,
    height: str,
    pressure_m: float,
) -> NDArray[np.void]:
    """What one radar reports, with noise and clutter, as it would if nothing were wrong with it."""
    lat, lon, alt = sensor.lat_deg or 0.0, sensor.lon_deg or 0.0, sensor.alt_m or 0.0
    pose = enu_from_geodetic(ORIGIN, np.array([lat]), np.array([lon]), np.array([alt]))[0]
    rotation = rotation_between(ORIGIN, lat, lon)
    period, phase = sensor.period_s or 4.0, float(rng.random())
    n = enu.shape[1]
    out = []
    for turn in range(math.ceil(seconds / period)):
        t = np.full(n, (turn + 0.5) * period)
        for _ in range(4):  # when the beam points at where the aircraft then is
            d = (_at(enu, t) - pose) @ rotation.T
            azimuth = np.arctan2(d[:, 0], d[:, 1]) / (2.0 * math.pi)
            t = period * (turn + (azimuth + phase) % 1.0)
        slant, ground = np.sqrt((d**2).sum(axis=1)), np.hypot(d[:, 0], d[:, 1])
        rows = _blank(n, sensor.index, t)
        rows["range_m"] = slant + rng.normal(0.0, sensor.range_sd_m or 0.0, n)
        rows["azimuth_deg"] = 360.0 * azimuth + rng.normal(0.0, sensor.azimuth_sd_deg or 0.0, n)
        elevation = np.degrees(np.arctan2(d[:, 2], ground)) + rng.normal(
            0.0, sensor.elevation_sd_deg or 0.0, n
        )
        flown = _at(alt_m[..., None], t)[:, 0] + pressure_m
        if height == "elevation":
            rows["elevation_deg"] = elevation
        elif height == "baro":
            rows["baro_alt_m"] = np.round(flown / 7.62) * 7.62
        seen = (rng.random(n) < _PD) & (slant < sensor.range_max_m)
        m = int(rng.poisson(_CLUTTER))
        direction = rng.random(m)
        passed: Array = period * (turn + (direction + phase) % 1.0)
        false = _blank(m, sensor.index, passed)
        false["azimuth_deg"] = 360.0 * direction
        false["range_m"] = sensor.range_max_m * np.sqrt(rng.uniform(0.001, 1.0, m))
        if height == "elevation":
            false["elevation_deg"] = rng.uniform(0.0, 10.0, m)
        out += [rows[seen], false]
    rows = np.concatenate(out)
    rows["azimuth_deg"] %= 360.0
    return rows[rows["heard_ns"] < T0_NS + round(seconds * NS_PER_S)]


def _bend(sensor: Sensor, rows: NDArray[np.void], planted: Planted) -> tuple[Sensor, NDArray[np.void]]:
    """Plant the biases: in the plots, and in where the sensor is told to stand."""
    rows = rows.copy()
    rows["range_m"] = np.maximum(rows["range_m"] + planted.range_m, 1.0)
    rows["azimuth_deg"] = (rows["azimuth_deg"] + planted.azimuth_deg) % 360.0
    rows["elevation_deg"] += planted.elevation_deg
    rows["valid_ns"] += round(planted.clock_s * NS_PER_S)
    site = np.array([sensor.lat_deg or 0.0, sensor.lon_deg or 0.0, sensor.alt_m or 0.0])
    there = geodetic_from_enu(site, np.array([[planted.east_m, planted.north_m, 0.0]]))[0].tolist()
    moved = Sensor(
        **{
            name: getattr(sensor, name)
            for name in sensor.__struct_fields__
            if name not in ("lat_deg", "lon_deg")
        },
        lat_deg=there[0],
        lon_deg=there[1],
    )
    return moved, rows


def _tell(rng: np.random.Generator, geodetic: Array, enu: Array, share: float) -> NDArray[np.void]:
    """ADS-B of a share of the aircraft, once a second, 20 m of noise, without names."""
    n = enu.shape[1]
    who = np.flatnonzero(np.arange(n) < share * n)
    phase: Array = rng.uniform(0.0, 0.9, size=(n,))
    out = []
    for second in range(int((len(enu) - 20) * STEP_S)):
        t: Array = np.add(second, phase)
        here, later = _at(enu, t), _at(enu, t + 0.2)
        noisy = here.copy()
        noisy[:, :2] += rng.normal(0.0, 20.0, (n, 2))
        noisy[:, 2] += rng.normal(0.0, 15.0, n)
        place = geodetic_from_enu(ORIGIN, noisy)
        rows = _blank(n, ADSB, t)
        rows["lat_deg"], rows["lon_deg"], rows["alt_m"] = place.T
        rows["position_sd_m"], rows["alt_sd_m"], rows["velocity_sd_mps"] = 20.0, 15.0, 1.0
        velocity = (later - here) / 0.2
        rows["v_east_mps"] = velocity[:, 0] + rng.normal(0.0, 1.0, n)
        rows["v_north_mps"] = velocity[:, 1] + rng.normal(0.0, 1.0, n)
        out.append(rows[who])
    return np.concatenate(out)
