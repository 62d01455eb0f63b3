"""Reads truth.csv: what really was where.

    time_ns, id, lat_deg, lon_deg, alt_m, v_east, v_north, v_up, class, authorised, name

alt_m is above the ellipsoid, velocities are m/s, authorised is 0 or 1. Rows of one time make an
instant; further columns are let pass. pilot_lat_deg and pilot_lon_deg, if there, say where the pilot stands.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError

TRUTH_ROW = np.dtype(
    [
        ("time_ns", "<i8"),
        ("id", "<i8"),
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("alt_m", "<f8"),
        ("v_east", "<f8"),
        ("v_north", "<f8"),
        ("v_up", "<f8"),
        ("class", "<U20"),
        ("authorised", "?"),
        ("name", "<U32"),
    ]
)
_NUMBERS = ("lat_deg", "lon_deg", "alt_m", "v_east", "v_north", "v_up")


def load_truth(path: Path) -> NDArray[np.void]:
    """All rows in order of time, or StorageError with file and line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = set(TRUTH_ROW.names or ()) - set(reader.fieldnames or ())
            if missing:
                raise StorageError(f"{path}:1: expected the columns {', '.join(sorted(missing))} too")
            rows = [_row(path, reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: expected a truth file, got {error}") from error
    out = np.array(rows, TRUTH_ROW)
    return out[np.argsort(out["time_ns"], kind="stable")]


def _row(path: Path, number: int, line: dict[str, str]) -> tuple[object, ...]:
    """One row in the order of TRUTH_ROW."""
    try:
        kind = CLASSES[CLASSES.index(line["class"])]
        numbers = [float(line[name]) for name in _NUMBERS]
        ident, authorised = int(line["id"]), line["authorised"] == "1"
        return int(line["time_ns"]), ident, *numbers, kind, authorised, line["name"]
    except (TypeError, ValueError) as error:
        raise StorageError(f"{path}:{number}: expected a row of truth, got {line}: {error}") from error


def load_pilots(path: Path) -> dict[int, tuple[float, float]]:
    """Where the pilot of each number stood at first, lat deg and lon deg, as far as the file tells."""
    out: dict[int, tuple[float, float]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                if line.get("pilot_lat_deg") and line.get("pilot_lon_deg"):
                    place = (float(line["pilot_lat_deg"]), float(line["pilot_lon_deg"]))
                    out.setdefault(int(line["id"]), place)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise StorageError(f"{path}: expected places of pilots in degrees, got {error}") from error
    return out
