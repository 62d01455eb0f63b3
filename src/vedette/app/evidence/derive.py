"""What follows from the frames of a pack: a replay of them alone, and its tracks and alerts as files.

tracks.csv   a row a track and whole second of the window: where, how well known, what, with what leave
alerts.json  every change of an alert in the window, with its reasons
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
from msgspec import Struct

from vedette.app.replay import ReplayOptions, replay
from vedette.core.errors import StorageError

TRACKS: Final = "tracks.csv"
ALERTS: Final = "alerts.json"

_TRACK: Final = """
    SELECT time_ns, track_id, lat_deg, lon_deg, alt_m, alt_sd_m, v_east_mps, v_north_mps, sd_major_m,
           existence, class, class_probability, authorisation, status
    FROM track_point WHERE time_ns >= ? AND time_ns < ? AND time_ns % 1000000000 = 0
    ORDER BY time_ns, track_id
"""
_ALERT: Final = "SELECT * FROM alert WHERE time_ns >= ? AND time_ns < ? ORDER BY time_ns, alert_id"


class Window(Struct, frozen=True):
    """What a pack is about, UTC; until_ns is not in it."""

    from_ns: int
    until_ns: int


class Derived(Struct, frozen=True, kw_only=True):
    """What a replay gave: its fingerprint over all that was shown from the first frame on, and counts."""

    picture_sha256: str
    observations: int
    tracks: int
    alerts: int


def derive(content: Path, out: Path, window: Window, say: Callable[[str], None]) -> Derived:
    """Replay the journal of an unpacked pack with its configuration; out gets the files."""
    with tempfile.TemporaryDirectory(prefix="vedette-derive-") as folder:
        again = Path(folder)
        summary = replay(ReplayOptions([content], again), say)
        write_files(again / "picture.duckdb", out, window)
    return msgspec.convert({name: summary[name] for name in Derived.__struct_fields__}, Derived)


def write_files(picture: Path, out: Path, window: Window) -> None:
    """tracks.csv and alerts.json of a picture file."""
    span = [window.from_ns, window.until_ns]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(picture), read_only=True) as db:
            rows = db.execute(_TRACK, span)
            names = [column[0] for column in rows.description or ()]
            lines = [",".join(names), *(",".join(map(_cell, row)) for row in rows.fetchall())]
            (out / TRACKS).write_text("\n".join(lines) + "\n", encoding="utf-8")
            alerts = _dictionaries(db.execute(_ALERT, span))
        (out / ALERTS).write_bytes(msgspec.json.format(msgspec.json.encode(alerts), indent=1) + b"\n")
    except (duckdb.Error, OSError) as error:
        raise StorageError(f"{picture}: expected a picture file, got {error}") from error


def _cell(value: object) -> str:
    """Numbers so that they come back the same; nothing for what is not known."""
    return "" if value is None else str(value)


def _dictionaries(rows: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
