"""Everything near a place, in a time, of a class: one question to a history, one row a track.

Distances are on a sphere, off by less than 0.5 % within 50 km. What is asked goes to DuckDB as one statement:
times first, for the file is ordered by them, then a box, then the exact shape; so a search reads little of a
large file.
"""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from vedette.core.errors import StorageError
from vedette.core.zone import Zone
from vedette.history.wanted import Wanted

Rows = list[dict[str, Any]]

EARTH_M: Final = 6_371_008.8
MOST: Final = 1_000
_MOST_EDGES: Final = 400


def search(db: duckdb.DuckDBPyConnection, wanted: Wanted) -> Rows:
    """Tracks, the newest first, one a row.

    Columns: track_id, label, first_ns, last_ns, points, nearest_m, nearest_ns, lat_deg, lon_deg (where it was
    nearest, else last), class, authorisation, top_mps, lowest_m, highest_m, alerts. None is not known.

    Times, speed and heights are those of the points that fit. StorageError where the file cannot be read.
    """
    where, values = _conditions(wanted)
    away, away_values = _away(wanted)
    near = "WHERE away_m <= ?" if wanted.near is not None else ""
    radius = [wanted.near[2]] if wanted.near is not None else []
    at = "arg_min({0}, away_m)" if wanted.near is not None else "arg_max({0}, time_ns)"
    sql = f"""
        WITH fits AS (SELECT *, {away} AS away_m FROM track_point {where}),
        found AS (
            SELECT track_id, min(time_ns) AS first_ns, max(time_ns) AS last_ns, count(*) AS points,
                min(away_m) AS nearest_m, {at.format("time_ns")} AS nearest_ns,
                {at.format("lat_deg")} AS lat_deg, {at.format("lon_deg")} AS lon_deg,
                arg_max(class, class_probability) AS class, arg_max(authorisation, time_ns) AS authorisation,
                max(sqrt(v_east_mps * v_east_mps + v_north_mps * v_north_mps)) AS top_mps,
                min(alt_m) AS lowest_m, max(alt_m) AS highest_m
            FROM fits {near} GROUP BY track_id ORDER BY last_ns DESC, track_id LIMIT ?),
        named AS (
            SELECT track_id, arg_max(label, time_ns) AS label FROM identity
            WHERE track_id IN (SELECT track_id FROM found) GROUP BY track_id),
        raised AS (
            SELECT track_id, count(DISTINCT alert_id) AS alerts FROM alert
            WHERE track_id IN (SELECT track_id FROM found) GROUP BY track_id)
        SELECT found.*, label, coalesce(alerts, 0) AS alerts FROM found
        LEFT JOIN named USING (track_id) LEFT JOIN raised USING (track_id) ORDER BY last_ns DESC, track_id
    """  # noqa: S608 -- made of our own words; what was asked goes in as values
    limit = max(1, min(wanted.limit, MOST))
    return asked(db, sql, [*away_values, *values, *radius, limit])


def asked(db: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object]) -> Rows:
    """Rows of an answer, or StorageError in one line."""
    try:
        answer = db.execute(sql, list(values))
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    except (duckdb.Error, OSError) as error:
        said = str(error).strip().splitlines()
        raise StorageError(f"cannot read the history: {said[0] if said else error}") from error


def opened(path: Path, *, memory_mib: int = 1024, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A history that nobody writes now, for reading alone; StorageError says why not."""
    if not path.is_file():
        raise StorageError(f"expected a history at {path}, got no such file")
    try:
        return duckdb.connect(
            str(path),
            read_only=True,
            config={
                "threads": str(threads),
                "memory_limit": f"{memory_mib}MiB",
                "enable_external_access": "false",
            },
        )
    except (duckdb.Error, OSError) as error:
        said = str(error).strip().splitlines()[0]
        if "lock" in said.lower():
            said = "a node writes it now: ask its API, or copy the file"
        raise StorageError(f"cannot open the history {path}: {said}") from error


def _conditions(wanted: Wanted) -> tuple[str, list[object]]:
    """The WHERE of the points, and its values."""
    parts: list[str] = []
    values: list[object] = []
    for text, value in (
        ("time_ns >= ?", wanted.from_ns),
        ("time_ns < ?", wanted.to_ns),
        ("class = ?", wanted.kind or None),
        ("authorisation = ?", wanted.authorisation or None),
    ):
        if value is not None:
            parts.append(text)
            values.append(value)
    if wanted.near is not None:
        lat, lon, radius_m = wanted.near
        high = math.degrees(radius_m / EARTH_M)
        wide = min(180.0, high / max(0.01, math.cos(math.radians(lat))))
        parts.append("lat_deg BETWEEN ? AND ?")
        values += [lat - high, lat + high]
        if (
            lon - wide >= -180.0 and lon + wide <= 180.0
        ):  # else the box goes over 180°: the distance alone decides
            parts.append("lon_deg BETWEEN ? AND ?")
            values += [lon - wide, lon + wide]
    if wanted.zone is not None:
        shape, inside = _inside(wanted.zone)
        parts.append(shape)
        values += inside
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _away(wanted: Wanted) -> tuple[str, list[object]]:
    """Distance to the place asked for, m; NULL where none is."""
    if wanted.near is None:
        return "NULL::DOUBLE", []
    lat, lon, _ = wanted.near
    return _DISTANCE, [lat, lat, lon]


# of lat, lat, lon; the difference of longitudes is taken the short way round
_DISTANCE: Final = (
    f"{EARTH_M} * sqrt(pow(radians(lat_deg - ?), 2) + "
    "pow(cos(radians(lat_deg + ?) / 2) * radians((lon_deg - ? + 540) % 360 - 180), 2))"
)


def _inside(zone: Zone) -> tuple[str, list[object]]:
    """That a point is in one of a zone's volumes, seen from above."""
    parts: list[str] = []
    values: list[object] = []
    for volume in zone.volumes:
        if volume.circle is not None:
            lat, lon, radius_m = volume.circle
            parts.append(f"({_DISTANCE} <= ?)")
            values += [lat, lat, lon, radius_m]
            continue
        edges = [pair for ring in volume.rings for pair in itertools.pairwise(ring)]
        if len(edges) > _MOST_EDGES:
            raise StorageError(
                f"expected a zone of {_MOST_EDGES} edges or less, got {len(edges)} in {zone.id}"
            )
        lats = [lat for ring in volume.rings for lat, _ in ring]
        lons = [lon for ring in volume.rings for _, lon in ring]
        crossings = []
        box: list[object] = [min(lats), max(lats), min(lons), max(lons)]
        mine: list[object] = []
        for (lat1, lon1), (lat2, lon2) in edges:
            if lat1 == lat2:
                continue
            crossings.append("((lat_deg < ?) <> (lat_deg < ?) AND lon_deg < ? + (lat_deg - ?) * ?)::INTEGER")
            mine += [lat1, lat2, lon1, lat1, (lon2 - lon1) / (lat2 - lat1)]
        parts.append(
            "(lat_deg BETWEEN ? AND ? AND lon_deg BETWEEN ? AND ? AND "
            f"({' + '.join(crossings) or '0'}) % 2 = 1)"
        )
        values += [*box, *mine]
    return f"({' OR '.join(parts) or 'FALSE'})", values
