"""Reads picture.duckdb: what the node showed, what it warned of, and whom it took the tracks for."""

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S

HELD_S: Final = 2.0  # a shown state is carried on for so long
# Classes of those that tell no more than whether it is a drone.
ANY_UAS: Final = "uas"
NO_UAS: Final = "not_uas"
METRES_PER_DEGREE: Final = 111_195.0  # of a mean sphere: good to 0.4 % over a few hundred metres

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
        ("heard_ago_s", "<f8"),  # the newest bytes in it, before the state's own time; NaN unknown
        ("class", "<U20"),
        ("authorisation", "<U16"),
    ]
)
ALERT = np.dtype(
    [
        ("time_ns", "<i8"),
        ("track_id", "<i8"),
        ("rule", "<U40"),
        ("zone", "<U40"),
        ("state", "<U12"),
        ("probability", "<f8"),  # that the rule holds; NaN unknown
    ]
)
IDENTITY = np.dtype(
    [
        ("time_ns", "<i8"),
        ("track_id", "<i8"),
        ("label", "<U64"),
        ("named", "?"),  # somebody said who it is: label is no number of ours
        ("authorisation", "<U16"),
        ("pilot_lat_deg", "<f8"),  # where the pilot is said to stand; NaN unknown
        ("pilot_lon_deg", "<f8"),
    ]
)
# Kinds of rules about nobody's entry: alerts of theirs say nothing of how well intruders are warned of.
NOT_OF_ENTRY: Final = ("blinded", "transponder")
# Columns that a table may lack: of which column they are made, and how.
_MADE: Final = {
    "heard_ago_s": ("heard_ns", "(time_ns - heard_ns) / 1e9"),
    "probability": ("probability", "probability"),
    "named": ("label", "label <> 'T' || track_id"),
    "pilot_lat_deg": ("claims", "list_extract(json_extract(claims, '$[*].operator_lat_deg'), 1)::DOUBLE"),
    "pilot_lon_deg": ("claims", "list_extract(json_extract(claims, '$[*].operator_lon_deg'), 1)::DOUBLE"),
}


# What was shown of a track lends its class to where the track went after the fact.
_SMOOTHED = """
    (SELECT s.*, t.class, t.authorisation FROM smoothed_point s
     ASOF LEFT JOIN track_point t ON s.track_id = t.track_id AND s.time_ns >= t.time_ns)
"""


class Picture(Struct, frozen=True):
    """What was shown.

    points      (p,)  of POINT, ordered by track and time; NaN where nothing was known
    alerts      (a,)  of ALERT, by time
    identities  (i,)  of IDENTITY, by time
    held_s            a state counts for so long after its time
    """

    points: NDArray[np.void]
    alerts: NDArray[np.void]
    identities: NDArray[np.void]
    held_s: float = HELD_S


def load_picture(path: Path, *, smoothed: bool = False) -> Picture:
    """All that a score needs of a picture file. Tables and columns that it lacks are as good as empty.

    smoothed  points as they are known after the fact, in place of those that were shown
    """
    if not path.is_file():
        raise StorageError(f"{path}: expected a picture file, got none")
    source = _SMOOTHED if smoothed else "track_point"
    try:
        with duckdb.connect(str(path), read_only=True) as db:
            picture = Picture(
                _table(db, source, POINT, "track_id, time_ns"),
                _table(db, "alert", ALERT, "time_ns, track_id", no_kinds=NOT_OF_ENTRY),
                _table(db, "identity", IDENTITY, "time_ns, track_id", needed=False),
            )
    except duckdb.Error as error:
        tables = "smoothed_point, track_point" if smoothed else "track_point"
        raise StorageError(f"{path}: expected tables {tables} and alert, got {error}") from error
    if smoothed and not len(picture.points):
        raise StorageError(f"{path}: expected rows of smoothed_point, got none: replay with --smooth")
    return picture


def _table(
    db: duckdb.DuckDBPyConnection,
    table: str,
    row: "np.dtype[np.void]",
    order: str,
    *,
    needed: bool = True,
    no_kinds: tuple[str, ...] = (),
) -> NDArray[np.void]:
    """The columns that `row` names, of one table; rows of these kinds left out where it tells kinds.

    Notes are left out too: what is only info has rung for nobody.
    """
    found = db.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]).fetchall()
    there = {name for (name,) in found}
    if not needed and not there:
        return np.zeros(0, row)
    named = {name: _MADE.get(name, (name, f'"{name}"')) for name in row.names or ()}
    columns = ", ".join(
        f'{sql} AS "{name}"' for name, (of, sql) in named.items() if of in there or name not in _MADE
    )
    kinds = ", ".join(f"'{kind}'" for kind in no_kinds)
    only = [f"coalesce(kind, '') NOT IN ({kinds})"] if kinds and "kind" in there else []
    if "severity" in there and "state" in there:
        only.append("(coalesce(severity, '') <> 'info' OR state = 'cleared')")
    where = f"WHERE {' AND '.join(only)}" if only else ""
    values = db.execute(f"SELECT {columns} FROM {table} {where} ORDER BY {order}").fetchnumpy()  # noqa: S608  # our own names
    out = np.zeros(len(values["time_ns"]), row)
    for name in row.names or ():
        out[name] = _filled(values.get(name), row[name].kind)
    return out


def _filled(values: Any, kind: str) -> Any:
    """A column with what is not known as NaN, empty or 0."""
    if kind == "f":
        return np.nan if values is None else np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)
    nothing = "" if kind == "U" else 0
    return nothing if values is None else np.ma.filled(np.ma.asarray(values), nothing)


def states_at(picture: Picture, times_ns: NDArray[np.int64]) -> list[NDArray[np.void]]:
    """The tracks that were shown at each instant (t,), carried to it along their velocity, by number.

    A track counts from its first point on, and for held_s after each.
    """
    points, held_ns = picture.points, round(picture.held_s * NS_PER_S)
    picked, instant = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    bounds = [0, *(np.flatnonzero(np.diff(points["track_id"])) + 1).tolist(), len(points)]
    for begin, end in pairwise(bounds):
        if begin == end:
            continue
        times = points["time_ns"][begin:end]
        last = np.searchsorted(times, times_ns, side="right") - 1
        shown = np.flatnonzero((last >= 0) & (times_ns - times[np.maximum(last, 0)] <= held_ns))
        picked.append(begin + last[shown])
        instant.append(shown)
    at, who = np.concatenate(instant), np.concatenate(picked)
    order = np.argsort(at, kind="stable")
    at, who = at[order], who[order]
    states = _carried(points[who], (times_ns[at] - points["time_ns"][who]) / NS_PER_S)
    return np.split(states, np.searchsorted(at, np.arange(1, len(times_ns)))) if len(times_ns) else []


def _carried(points: NDArray[np.void], dt_s: NDArray[np.float64]) -> NDArray[np.void]:
    """States, dt_s later each; unknown velocities stand still."""
    out = points.copy()
    east, north, up = (np.nan_to_num(points[name]) for name in ("v_east_mps", "v_north_mps", "v_up_mps"))
    out["lat_deg"] += north * dt_s / METRES_PER_DEGREE
    out["lon_deg"] += east * dt_s / (METRES_PER_DEGREE * np.cos(np.radians(points["lat_deg"])))
    out["alt_m"] += up * dt_s
    return out
