"""A table of detections to rows of OBSERVATION, checked cell by cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.errors import ConfigError
from vedette.core.observation import LIMITS, OBSERVATION
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import geodetic_from_enu, mean_radius_m
from vedette.library.columns import NAMES, SPELLINGS
from vedette.library.table import Table
from vedette.track.plots import says_nothing

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# A plane without a place on the Earth is laid here; nothing depends on it but the Earth's curvature.
NOWHERE_DEG = (50.0, 5.0)
# Times that count from 0 are laid here: a whole second, late enough for ages to be what they are in life.
_EPOCH_NS = 1_750_000_000 * NS_PER_S
_PLANE_M = 1e6  # beyond it a plane is no picture of the Earth
_LEAST_SD = 1e-30
_EARLY_S = 1e8  # seconds before this count from a beginning of their own, not from 1970


@dataclass(frozen=True)
class Detections:
    """What the tracker takes.

    rows      (m,)  of OBSERVATION, in the order of time
    order     (m,)  row of the table that each is
    sensors         with an index each
    origin          lat deg, lon deg of the frame
    on_earth        whether the frame has a place on the Earth that somebody told
    shift_ns        what was added to the table's times
    """

    rows: NDArray[np.void]
    order: Ints
    claims: list[Claim]
    sensors: list[Sensor]
    origin: tuple[float, float]
    on_earth: bool
    shift_ns: int


def detections(table: Table, sensors: Sequence[Sensor], origin: tuple[float, float] | None) -> Detections:
    """Check a table and turn it into rows; ConfigError says what was expected, what came and where."""
    rows = np.zeros(len(table), OBSERVATION)
    for name in OBSERVATION.names or ():
        if OBSERVATION[name].base.kind == "f":
            rows[name] = np.nan
    told_ns = _times(table)
    early = bool(len(told_ns)) and int(told_ns.min()) < _EARLY_S * NS_PER_S
    shift_ns = _EPOCH_NS if early else 0
    rows["valid_ns"] = rows["heard_ns"] = told_ns + shift_ns
    for name, values in table.columns.items():
        target, factor = SPELLINGS.get(name, ("", 1.0))
        if target in (rows.dtype.names or ()):
            rows[target] = values * factor
    place = _place(table, sensors, origin)
    on_earth = place is not None
    if place is None:
        place = NOWHERE_DEG
        sensors = [replace(s, lat_deg=place[0], lon_deg=place[1], alt_m=s.alt_m or 0.0) for s in sensors]
    _local(table, rows, np.array([*place, 0.0]))
    sensors = [replace(sensor, index=i) for i, sensor in enumerate(sensors)]
    rows["sensor"] = _sensors(table, sensors)
    claims = _claims(table, rows)
    _check(table, rows, sensors)
    order = np.argsort(rows["valid_ns"], kind="stable")
    return Detections(rows[order], order, claims, sensors, place, on_earth, shift_ns)


def _times(table: Table) -> Ints:
    """Times of the rows as the table tells them, (m,) ns."""
    if "time_ns" in table:
        return np.asarray(table["time_ns"], np.int64)
    if "time_s" in table:
        seconds = table["time_s"]
        bad = ~(np.abs(seconds) < 9e9)
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            raise table.error(
                i, "time_s", "seconds", "nothing" if np.isnan(seconds[i]) else f"{seconds[i]:g}"
            )
        whole = np.floor(seconds)
        out: Ints = whole.astype(np.int64) * NS_PER_S + np.round((seconds - whole) * 1e9).astype(np.int64)
        return out
    return np.array([_instant(table, i, text) for i, text in enumerate(table["time"].tolist())], np.int64)


def _instant(table: Table, row: int, text: str) -> int:
    """Nanoseconds of one ISO 8601 time that says its offset."""
    expected = "a time with its offset, as 2025-06-01T10:00:00.25Z"
    head, point, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    try:
        at = datetime.fromisoformat(head + rest[digits:] if point else text)
    except ValueError as error:
        raise table.error(row, "time", expected, repr(text)) from error
    if at.tzinfo is None:
        raise table.error(row, "time", expected, repr(text))
    return round(at.timestamp()) * NS_PER_S + int(rest[:digits].ljust(9, "0")[:9] or 0)


def _place(
    table: Table, sensors: Sequence[Sensor], origin: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Where the frame lies; None where nothing says."""
    if origin is not None:
        return origin
    for sensor in sensors:
        if sensor.lat_deg is not None and sensor.lon_deg is not None:
            return sensor.lat_deg, sensor.lon_deg
    for lat, lon in (("lat_deg", "lon_deg"), ("lat_rad", "lon_rad")):
        if lat in table and lon in table:
            good = np.flatnonzero(~np.isnan(table[lat]) & ~np.isnan(table[lon]))
            factor = SPELLINGS[lat][1]
            if len(good):
                return float(table[lat][good[0]]) * factor, float(table[lon][good[0]]) * factor
    return None


def _local(table: Table, rows: NDArray[np.void], origin: Array) -> None:
    """Places east and north of the origin, m, to degrees; into rows."""
    given = {SPELLINGS[name][0]: table[name] * SPELLINGS[name][1] for name in table if name in SPELLINGS}
    if "x_m" not in given and "y_m" not in given:
        if "z_m" in given:
            raise ConfigError(table.name, "columns x_m and y_m beside z_m", ", ".join(table))
        return
    if "lat_deg" in given or "lon_deg" in given:
        raise ConfigError(table.name, "places as x_m and y_m or as lat_deg and lon_deg", "both")
    nothing = np.full(len(table), np.nan)
    x, y, z = (given.get(name, nothing) for name in ("x_m", "y_m", "z_m"))
    _both(table, x, y, "x_m", "y_m")
    for name, values in (("x_m", x), ("y_m", y), ("z_m", z)):
        _within(table, name, values, -_PLANE_M, _PLANE_M)
    here = np.flatnonzero(~np.isnan(x))
    # Without a height: the point of the ellipsoid that lies there in the plane.
    sag = -(x**2 + y**2) / (2.0 * mean_radius_m(float(origin[0])))
    for _ in range(2):
        enu = np.stack((x, y, np.where(np.isnan(z), sag, z)), axis=1)[here]
        place = geodetic_from_enu(origin, np.ascontiguousarray(enu))
        sag[here] -= place[:, 2]
    rows["lat_deg"][here], rows["lon_deg"][here] = place[:, 0], place[:, 1]
    rows["alt_m"][here] = np.where(np.isnan(z[here]), rows["alt_m"][here], place[:, 2])


def _sensors(table: Table, sensors: list[Sensor]) -> Ints:
    """Index of each row's sensor, (m,)."""
    if "sensor" not in table:
        if len(sensors) > 1:
            raise ConfigError(table.name, "a column sensor, as there are several", ", ".join(table))
        return np.zeros(len(table), np.int64)
    index = {sensor.id: sensor.index for sensor in sensors}
    out = np.empty(len(table), np.int64)
    for i, name in enumerate(table["sensor"].tolist()):
        if name not in index:
            raise table.error(i, "sensor", f"one of {', '.join(index)}", repr(name))
        out[i] = index[name]
    return out


def _claims(table: Table, rows: NDArray[np.void]) -> list[Claim]:
    """What rows say of who they are; into their column `claim`, which counts from 1."""
    claims: list[Claim] = []
    for scheme in NAMES:
        if scheme not in table:
            continue
        for i, ident in enumerate(table[scheme].tolist()):
            if not ident:
                continue
            if rows["claim"][i]:
                raise table.error(i, scheme, "one name a row", f"{claims[-1].scheme} too")
            claims.append(Claim(scheme, ident))
            rows["claim"][i] = len(claims)
    return claims


def _check(table: Table, rows: NDArray[np.void], sensors: list[Sensor]) -> None:
    """The first cell that cannot be used is an error."""
    _both(table, rows["lat_deg"], rows["lon_deg"], "lat_deg", "lon_deg")
    for name, limit in LIMITS.items():
        low = 0.0 if name == "range_m" else -limit
        _within(table, name, rows[name], low, limit)
    for name in rows.dtype.names or ():
        if "_sd_" in name:
            _within(table, name, rows[name], _LEAST_SD, np.inf)
    empty = says_nothing(rows)
    if empty.any():
        i = int(np.flatnonzero(empty)[0])
        raise ConfigError(
            f"{table.name}: {table.word} {table.line[i]}",
            "a measurement: lat_deg and lon_deg, x_m and y_m, range_m and azimuth_deg, …",
            f"none in {', '.join(table)}",
        )
    for sensor in sensors:
        mine = rows["sensor"] == sensor.index
        blind = mine & np.isnan(rows["lat_deg"]) & np.isnan(rows["sensor_lat_deg"])
        if blind.any() and sensor.lat_deg is None:
            i = int(np.flatnonzero(blind)[0])
            raise table.error(
                i, "sensor", f"lat_deg and lon_deg of {sensor.id}, which measures from itself", "none"
            )


def _both(table: Table, first: Array, second: Array, name: str, other: str) -> None:
    """Two values that mean nothing without each other."""
    half = np.isnan(first) != np.isnan(second)
    if half.any():
        i = int(np.flatnonzero(half)[0])
        raise table.error(i, name, f"{name} and {other}, or neither", "one of them")


def _within(table: Table, name: str, values: Array, low: float, high: float) -> None:
    """NaN is unknown; everything else is in bounds."""
    bad = (values < low) | (values > high) | np.isinf(values)
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        upto = f"{low:g} to {high:g}" if np.isfinite(high) else "more than 0"
        raise table.error(i, name, upto, f"{values[i]:g}")
