"""The picture as it was: frames second by second, and what was known then.

`track_point` holds every track in every picture, a whole one each second at least. The picture at a second is
the newest row of each track in the HELD_S before it, but for those that have ended. Every question is
bounded: in seconds, in rows, in bytes of the answer.
"""

from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES, Authorisation
from vedette.core.errors import StorageError
from vedette.core.picture import HEADER, TRACK, UNKNOWN_CLASS, Picture, TrackStatus, encode_picture
from vedette.core.units import NS_PER_S
from vedette.history.search import asked

HELD_S: Final = 6
MOST_S: Final = 120  # of one answer
MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_ROWS: Final = 200_000
_MOST_WORDS: Final = 2_000
_ALERTS_BACK_NS: Final = 24 * 3600 * NS_PER_S

_CLASSES: Final = {name: index for index, name in enumerate(CLASSES)}
_AUTHORISATIONS: Final = {member.name.lower(): member.value for member in Authorisation}
_STATUSES: Final = {member.name.lower(): member.value for member in TrackStatus}
_NUMBERS: Final = (
    "time_ns", "heard_ns", "lat_deg", "lon_deg", "track_id", "alt_m", "alt_sd_m", "baro_alt_m", "v_east_mps",
    "v_north_mps", "v_up_mps", "speed_sd_mps", "sd_major_m", "sd_minor_m", "sd_angle_deg", "existence",
    "class_probability",
)  # fmt: skip


def span(db: duckdb.DuckDBPyConnection) -> tuple[int, int] | None:
    """UTC of the first and of the last point; None in an empty history."""
    (row,) = asked(db, "SELECT min(time_ns) AS first, max(time_ns) AS last FROM track_point", [])
    return None if row["first"] is None else (row["first"], row["last"])


def frames(db: duckdb.DuckDBPyConnection, from_ns: int, to_ns: int) -> bytes:
    """Whole picture frames, one a second from from_ns up to to_ns, one after the other.

    At most MOST_S of them and MOST_BYTES: who wants more asks again from after the last.
    """
    seconds = min(MOST_S, max(0, -(-(to_ns - from_ns) // NS_PER_S)))
    if seconds == 0:
        return b""
    rows = _rows(db, from_ns - HELD_S * NS_PER_S, from_ns + (seconds - 1) * NS_PER_S + 1)
    out: list[bytes] = []
    size = 0
    for k in range(seconds):
        now_ns = from_ns + k * NS_PER_S
        frame = encode_picture(Picture(now_ns, _at(rows, now_ns), whole=True, seq=k))
        size += len(frame)
        if size > MOST_BYTES and out:
            break
        out.append(frame)
    return b"".join(out)


def told(db: duckdb.DuckDBPyConnection, from_ns: int, to_ns: int) -> dict[str, Any]:
    """What was known: who the tracks of that time were, alerts that held at from_ns, and changes since.

    identities  rows of identity, without claims; one a track, as of to_ns
    alerts      rows of alert, oldest first: those that held at from_ns, then every change before to_ns
    """
    to_ns = min(to_ns, from_ns + MOST_S * NS_PER_S)
    identities = asked(
        db,
        """
        SELECT track_id, arg_max(label, time_ns) AS label, max(time_ns) AS time_ns,
            arg_max(since_ns, time_ns) AS since_ns, arg_max(authorisation, time_ns) AS authorisation,
            arg_max(classes, time_ns) AS classes, arg_max(reasons, time_ns) AS reasons,
            arg_max(sensors, time_ns) AS sensors
        FROM identity WHERE time_ns < ? AND track_id IN (
            SELECT DISTINCT track_id FROM track_point WHERE time_ns >= ? AND time_ns < ?)
        GROUP BY track_id ORDER BY track_id LIMIT ?
        """,
        [to_ns, from_ns - HELD_S * NS_PER_S, to_ns, _MOST_WORDS],
    )
    held = asked(
        db,
        """
        SELECT * FROM alert WHERE time_ns > ? AND time_ns <= ?
        QUALIFY row_number() OVER (PARTITION BY alert_id ORDER BY time_ns DESC, rowid DESC) = 1
        ORDER BY time_ns, alert_id LIMIT ?
        """,
        [from_ns - _ALERTS_BACK_NS, from_ns, _MOST_WORDS],
    )
    changes = asked(
        db,
        "SELECT * FROM alert WHERE time_ns > ? AND time_ns < ? ORDER BY time_ns, rowid LIMIT ?",
        [from_ns, to_ns, _MOST_WORDS],
    )
    return {"identities": identities, "alerts": [a for a in held if a["state"] != "cleared"] + changes}


def _rows(db: duckdb.DuckDBPyConnection, from_ns: int, to_ns: int) -> NDArray[np.void]:
    """Rows of TRACK between two times, the newest of each track and second, in order of time."""
    try:
        columns = db.execute(
            """
            SELECT * FROM track_point WHERE time_ns >= ? AND time_ns < ?
            QUALIFY row_number() OVER (PARTITION BY track_id, time_ns // 1000000000 ORDER BY time_ns DESC) = 1
            ORDER BY time_ns, track_id LIMIT ?
            """,
            [from_ns, to_ns, _MOST_ROWS],
        ).fetchnumpy()
    except (duckdb.Error, OSError) as error:
        raise StorageError(f"cannot read the history: {str(error).splitlines()[0]}") from error
    rows = np.zeros(len(columns["time_ns"]), TRACK)
    for name in _NUMBERS:
        values = columns[name]
        unknown = 0 if TRACK[name].kind in "iu" else np.nan
        rows[name] = np.ma.filled(values, unknown) if np.ma.isMaskedArray(values) else values
    rows["class_index"] = _named(columns["class"], _CLASSES, UNKNOWN_CLASS)
    rows["authorisation"] = _named(columns["authorisation"], _AUTHORISATIONS, 0)
    rows["status"] = _named(columns["status"], _STATUSES, TrackStatus.CONFIRMED)
    rows["alert"] = np.ma.filled(columns["alert_level"], 0)
    return rows


def _named(values: NDArray[Any], numbers: dict[str, int], unknown: int) -> NDArray[np.uint8]:
    """Numbers for names; what has none, or a NULL, is unknown."""
    masked = np.ma.getmaskarray(values)
    plain = np.ma.getdata(values)
    out = [unknown if hidden else numbers.get(v, unknown) for v, hidden in zip(plain, masked, strict=True)]
    return np.array(out, np.uint8)


def _at(rows: NDArray[np.void], now_ns: int) -> NDArray[np.void]:
    """The newest row of each track in the HELD_S up to now_ns, but for those that have ended."""
    low, high = np.searchsorted(rows["time_ns"], [now_ns - HELD_S * NS_PER_S, now_ns + 1])
    mine = rows[low:high]
    _, last = np.unique(mine["track_id"][::-1], return_index=True)
    newest = mine[len(mine) - 1 - last]
    out: NDArray[np.void] = newest[newest["status"] != TrackStatus.ENDED]
    return out


def split(data: bytes) -> list[bytes]:
    """The frames of an answer of `frames`."""
    out, at = [], 0
    while at < len(data):
        row_size, count = HEADER.unpack_from(data, at)[2], HEADER.unpack_from(data, at)[4]
        end = at + HEADER.size + row_size * count
        out.append(data[at:end])
        at = end
    return out
