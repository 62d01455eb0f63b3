"""Reads picture.duckdb: what the node showed, and what it warned of."""

from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S

HELD_NS = 2 * NS_PER_S  # a shown state is carried on for so long
METRES_PER_DEGREE = 111_195.0  # of a mean sphere: good to 0.4 % over a few hundred metres

POINT = np.dtype(
    [
        ("time_ns", "<i8"),
        ("track_id", "<i8"),
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("alt_m", "<f8"),
        ("v_east_mps", "<f8"),
        ("v_north_mps", "<f8"),
        ("v_up_mps", "<f8"),
        ("class", "<U20"),
        ("authorisation", "<U16"),
    ]
)
ALERT = np.dtype(
    [("time_ns", "<i8"), ("track_id", "<i8"), ("rule", "<U40"), ("zone", "<U40"), ("state", "<U12")]
)


# What was shown of a track lends its class to where the track went after the fact.
_SMOOTHED = """
    (SELECT s.*, t.class, t.authorisation FROM smoothed_point s
     ASOF LEFT JOIN track_point t ON s.track_id = t.track_id AND s.time_ns >= t.time_ns)
"""


def load_picture(path: Path, *, smoothed: bool = False) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Track points ordered by track and time, and alerts by time; NaN where nothing was known.

    smoothed  points as they are known after the fact, in place of those that were shown
    """
    if not path.is_file():
        raise StorageError(f"{path}: expected a picture file, got none")
    source = _SMOOTHED if smoothed else "track_point"
    try:
        with duckdb.connect(str(path), read_only=True) as db:
            points = _table(db, source, POINT, "track_id, time_ns")
            alerts = _table(db, "alert", ALERT, "time_ns, track_id")
    except duckdb.Error as error:
        tables = "smoothed_point, track_point" if smoothed else "track_point"
        raise StorageError(f"{path}: expected tables {tables} and alert, got {error}") from error
    if smoothed and not len(points):
        raise StorageError(f"{path}: expected rows of smoothed_point, got none: replay with --smooth")
    return points, alerts


def _table(
    db: duckdb.DuckDBPyConnection, table: str, row: "np.dtype[np.void]", order: str
) -> NDArray[np.void]:
    """The columns that `row` names, of one table."""
    names = ", ".join(f'"{name}"' for name in row.names or ())
    columns = db.execute(f"SELECT {names} FROM {table} ORDER BY {order}").fetchnumpy()  # noqa: S608  # our own names
    count = len(columns["time_ns"])
    out = np.zeros(count, row)
    for name in row.names or ():
        values = np.ma.asarray(columns[name])
        if row[name].kind == "f":
            out[name] = np.ma.filled(values.astype(np.float64), np.nan)
        else:
            out[name] = np.ma.filled(values, "" if row[name].kind == "U" else 0)
    return out


def states_at(points: NDArray[np.void], times_ns: NDArray[np.int64]) -> list[NDArray[np.void]]:
    """The tracks that were shown at each instant, carried to it along their velocity.

    points    as load_picture gives them
    times_ns  (t,)

    A track counts from its first point on, and for HELD_NS after each.
    """
    found: list[list[NDArray[np.void]]] = [[] for _ in times_ns]
    bounds = np.flatnonzero(np.diff(points["track_id"])) + 1
    for track in np.split(points, bounds) if len(points) else []:
        last = np.searchsorted(track["time_ns"], times_ns, side="right") - 1
        age_ns = times_ns - track["time_ns"][np.maximum(last, 0)]
        for k in np.flatnonzero((last >= 0) & (age_ns <= HELD_NS)):
            found[k].append(_carried(track[last[k] : last[k] + 1], age_ns[k] / NS_PER_S))
    return [np.concatenate(rows) if rows else np.zeros(0, POINT) for rows in found]


def _carried(point: NDArray[np.void], dt_s: float) -> NDArray[np.void]:
    """One state, dt_s later; unknown velocities stand still."""
    out = point.copy()
    east, north, up = (np.nan_to_num(point[name]) for name in ("v_east_mps", "v_north_mps", "v_up_mps"))
    out["lat_deg"] += north * dt_s / METRES_PER_DEGREE
    out["lon_deg"] += east * dt_s / (METRES_PER_DEGREE * np.cos(np.radians(point["lat_deg"])))
    out["alt_m"] += up * dt_s
    return out
