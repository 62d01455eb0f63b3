"""Whose each plot was: what sensors said, laid beside the truth at the time that they said it of.

A plot belongs to the truth that is nearest in the sensor's own measure - range, azimuth and elevation, a
position, or a bearing - within GATE sigma of the sensor's noise, widened a little for what a second of
turning moves. A bearing goes to the nearest truth that its sensor covers. A plot near nothing is false, or
was bent by more than the gate, as a sensor that lies or drifts bends them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.evaluate.coverage import polar
from vedette.evaluate.picture import METRES_PER_DEGREE
from vedette.kernel.geodesy import geodetic_from_enu

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

PLOT = np.dtype(
    [
        ("time_ns", "<i8"),  # when it was measured
        ("sensor", "<i8"),  # Sensor.index
        ("truth", "<i8"),  # number of the truth; -1 none
        ("lat_deg", "<f8"),  # NaN of a bearing
        ("lon_deg", "<f8"),
        ("azimuth_deg", "<f8"),  # NaN of a position
    ]
)
GATE: Final = 4.0  # sigma
_SLACK_M: Final = 20.0
_SLACK_DEG: Final = 0.3
_RANGE_SD_M, _ANGLE_SD_DEG, _POSITION_SD_M = 50.0, 1.5, 30.0  # where nobody says
_FAR_S: Final = 1.5  # from the nearest instant of the truth


def attribute(
    observations: NDArray[np.void],
    sensors: Sequence[Sensor],
    rows: NDArray[np.void],
    covers: Mapping[str, Bools],
) -> NDArray[np.void]:
    """Plots (p,) of PLOT, by time, of observations (p,) of OBSERVATION.

    rows    (n,)  of TRUTH_ROW, by time
    covers  (n,)  by sensor id, whether it could see each row
    """
    out = np.zeros(len(observations), PLOT)
    out["time_ns"], out["sensor"] = observations["valid_ns"], observations["sensor"]
    out["truth"] = -1
    for name in ("lat_deg", "lon_deg", "azimuth_deg"):
        out[name] = observations[name]
    times, first = np.unique(rows["time_ns"], return_index=True)
    bounds = np.append(first, len(rows))
    instant = _nearest(times, observations["valid_ns"])
    for sensor in sensors:
        mine = np.flatnonzero(observations["sensor"] == sensor.index)
        out["lat_deg"][mine], out["lon_deg"][mine] = _places(sensor, observations[mine])
        cover = covers.get(sensor.id)
        for k in np.unique(instant[mine[instant[mine] >= 0]]).tolist():
            which = mine[instant[mine] == k]
            here = slice(bounds[k], bounds[k + 1])
            truth = _carried(rows[here], observations["valid_ns"][which])
            away = _away(sensor, observations[which], truth, None if cover is None else cover[here])
            best = np.argmin(away, axis=1)
            near = away[np.arange(len(which)), best] < GATE
            out["truth"][which[near]] = rows["id"][here][best[near]]
    return out[np.argsort(out["time_ns"], kind="stable")]


def _nearest(times: Ints, when: Ints) -> Ints:
    """Index of the instant that is nearest to each time; -1 where none is near."""
    if not len(times):
        return np.full(len(when), -1, np.int64)
    after = np.clip(np.searchsorted(times, when), 1, max(len(times) - 1, 1))
    after = np.minimum(after, len(times) - 1)
    before = np.maximum(after - 1, 0)
    out = np.where(np.abs(when - times[before]) <= np.abs(times[after] - when), before, after)
    near: Ints = np.where(np.abs(when - times[out]) <= _FAR_S * NS_PER_S, out, -1)
    return near


def _carried(rows: NDArray[np.void], when: Ints) -> NDArray[np.void]:
    """Truths (t,) at the mean of some times near them."""
    out = rows.copy()
    dt_s = (float(np.mean(when - rows["time_ns"][0]))) / NS_PER_S
    out["lat_deg"] += rows["v_north"] * dt_s / METRES_PER_DEGREE
    out["lon_deg"] += rows["v_east"] * dt_s / (METRES_PER_DEGREE * np.cos(np.radians(rows["lat_deg"])))
    out["alt_m"] += rows["v_up"] * dt_s
    return out


def _away(sensor: Sensor, seen: NDArray[np.void], truth: NDArray[np.void], cover: Bools | None) -> Array:
    """How many sigma each observation (o,) is from each truth (t,): the worst of its measures."""
    out = np.full((len(seen), len(truth)), np.inf)
    placed = np.isfinite(seen["lat_deg"])
    if placed.any():
        out[placed] = _position_away(seen[placed], truth)
    told = ~placed & np.isfinite(seen["azimuth_deg"])
    if not told.any() or sensor.lat_deg is None:
        return out
    range_m, azimuth_deg, elevation_deg = polar(sensor, truth)
    rows = seen[told]
    worst = _sigmas(
        _turn(rows["azimuth_deg"][:, None] - azimuth_deg), _sd(rows, "azimuth_sd_deg", sensor), _SLACK_DEG
    )
    far = _sigmas(rows["range_m"][:, None] - range_m, _sd(rows, "range_sd_m", sensor), _SLACK_M)
    high = _sigmas(
        rows["elevation_deg"][:, None] - elevation_deg, _sd(rows, "elevation_sd_deg", sensor), _SLACK_DEG
    )
    worst = np.fmax(np.fmax(worst, far), high)
    if cover is not None:
        bearing = ~np.isfinite(rows["range_m"])
        worst[np.ix_(bearing, ~cover)] = np.inf
    out[told] = worst
    return out


def _position_away(seen: NDArray[np.void], truth: NDArray[np.void]) -> Array:
    north = (seen["lat_deg"][:, None] - truth["lat_deg"]) * METRES_PER_DEGREE
    east = (
        _turn(seen["lon_deg"][:, None] - truth["lon_deg"])
        * METRES_PER_DEGREE
        * np.cos(np.radians(truth["lat_deg"]))
    )
    sd = np.fmax(np.fmax(seen["position_sd_m"], seen["position_sd_east_m"]), seen["position_sd_north_m"])
    sd = np.where(np.isfinite(sd), sd, _POSITION_SD_M)[:, None]
    out: Array = np.hypot(north, east) / np.hypot(sd, _SLACK_M)
    return out


def _sd(rows: NDArray[np.void], name: str, sensor: Sensor) -> Array:
    """(o, 1) noise as the observation says, else the sensor, else a guess."""
    other = getattr(sensor, name)
    guess = _RANGE_SD_M if name == "range_sd_m" else _ANGLE_SD_DEG
    out: Array = np.where(np.isfinite(rows[name]), rows[name], guess if other is None else other)[:, None]
    return out


def _sigmas(off: Array, sd: Array, slack: float) -> Array:
    out: Array = np.abs(off) / np.hypot(sd, slack)
    return out


def _turn(deg: Array) -> Array:
    """The shorter way round."""
    out: Array = np.remainder(deg + 180.0, 360.0) - 180.0
    return out


def _places(sensor: Sensor, rows: NDArray[np.void]) -> tuple[Array, Array]:
    """Where observations (o,) put what they saw; NaN of bearings."""
    lat, lon = rows["lat_deg"].copy(), rows["lon_deg"].copy()
    polar_only = ~np.isfinite(lat) & np.isfinite(rows["range_m"]) & np.isfinite(rows["azimuth_deg"])
    if sensor.lat_deg is None or not polar_only.any():
        return lat, lon
    mine = rows[polar_only]
    azimuth = np.radians(mine["azimuth_deg"])
    elevation = np.radians(np.nan_to_num(mine["elevation_deg"]))
    flat = mine["range_m"] * np.cos(elevation)
    enu = np.column_stack(
        (flat * np.sin(azimuth), flat * np.cos(azimuth), mine["range_m"] * np.sin(elevation))
    )
    origin = np.array([sensor.lat_deg, sensor.lon_deg, 0.0 if sensor.alt_m is None else sensor.alt_m])
    lat[polar_only], lon[polar_only] = geodetic_from_enu(origin, enu)[:, :2].T
    return lat, lon
