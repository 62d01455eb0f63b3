"""Numbers of tracks and alerts: each run of a sector has a million of its own, and none has those of another.

The history tells which were used. It may be deleted while the record, which speaks of alerts by their
number, stays: so the newest million is kept in a file of its own too.
"""

from pathlib import Path
from typing import Final

import duckdb

from vedette.core.errors import StorageError

A_RUN: Final = 1_000_000
FILE: Final = "numbers"  # in the run folder: the first number of the newest run
_HISTORY: Final = "picture.duckdb"


def first_free(folder: Path) -> int:
    """The first number after every million that an earlier run may have used, or StorageError."""
    used = max(_in_history(folder / _HISTORY), _noted(folder / FILE))
    return used // A_RUN * A_RUN + A_RUN + 1 if used else 1


def note(folder: Path, first: int) -> None:
    """Remember that a run counts from here on, or StorageError."""
    path = folder / FILE
    part = path.with_suffix(".part")
    try:
        part.write_text(f"{first}\n")
        part.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error


def _noted(path: Path) -> int:
    try:
        text = path.read_text().strip()
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"cannot read {path}: {error}") from error
    if not (text.isascii() and text.isdecimal()):
        raise StorageError(f"{path}: expected the first number of the newest run, got {text[:40]!r}")
    return int(text)


def _in_history(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with duckdb.connect(str(path)) as opened:
            row = opened.execute("SELECT max(track_id) FROM track_point").fetchone()
    except duckdb.Error as error:
        raise StorageError(f"cannot read the history in {path}: {error}") from error
    return 0 if row is None or row[0] is None else int(row[0])
