"""What really is where: rows of a scenario, and truth.csv.

    time_ns, id, lat_deg, lon_deg, alt_m, v_east, v_north, v_up, class, authorised, name,
    pilot_lat_deg, pilot_lon_deg

One row an individual a second. alt_m is above the ellipsoid, velocities are m/s. `authorised` is 0
only for what has no business there; airliners and birds are 1. An id belongs to one individual.
The pilot's place is empty where there is none; a file without these last two columns is read too.
"""

import csv
import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError

TRUTH = np.dtype(
    [
        ("time_ns", "<i8"),
        ("id", "<u4"),
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("alt_m", "<f8"),  # above the ellipsoid
        ("v_east", "<f8"),  # m/s
        ("v_north", "<f8"),
        ("v_up", "<f8"),
        ("class", "u1"),  # index into CLASSES
        ("authorised", "?"),
        ("name", "<U32"),
        ("pilot_lat_deg", "<f8"),  # NaN: no pilot, or nobody knows
        ("pilot_lon_deg", "<f8"),
    ]
)
COLUMNS: Final = (
    "time_ns",
    "id",
    "lat_deg",
    "lon_deg",
    "alt_m",
    "v_east",
    "v_north",
    "v_up",
    "class",
    "authorised",
    "name",
    "pilot_lat_deg",
    "pilot_lon_deg",
)
_OLDER: Final = COLUMNS[:-2]


def write_truth(path: Path, rows: NDArray[np.void]) -> None:
    """Write (n,) rows of TRUTH as CSV; positions to 1e-8 degrees, 1 mm and 1 mm/s."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        for time_ns, ident, lat, lon, alt, ve, vn, vu, kind, authorised, name, *pilot in rows.tolist():
            place = (f"{lat:.8f}", f"{lon:.8f}", f"{alt:.3f}", f"{ve:.3f}", f"{vn:.3f}", f"{vu:.3f}")
            stands = ["" if math.isnan(value) else f"{value:.8f}" for value in pilot]
            out.writerow((time_ns, ident, *place, CLASSES[kind], int(authorised), name, *stands))


def read_truth(path: Path) -> NDArray[np.void]:
    """Read truth.csv to (n,) rows of TRUTH, or StorageError with file and line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise StorageError(f"{path}: expected a truth file, got {error}") from error
    if not lines or tuple(lines[0]) not in (COLUMNS, _OLDER):
        raise StorageError(f"{path}:1: expected the columns {', '.join(COLUMNS)}, got {lines[:1]}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            *known, pilot_lat, pilot_lon = line if len(line) == len(COLUMNS) else [*line, "", ""]
            time_ns, ident, *place, kind, authorised, name = known
            numbers = [float(value) for value in place]
            pilot = [float(value) if value else math.nan for value in (pilot_lat, pilot_lon)]
            who = (CLASSES.index(kind), authorised == "1", name)
            rows.append((int(time_ns), int(ident), *numbers, *who, *pilot))
        except ValueError as error:
            raise StorageError(f"{path}:{number}: expected a row of truth, got {line}: {error}") from error
    return np.array(rows, TRUTH)
