"""Terrain: a grid of heights, and whether one sees over it.

The file is an ESRI ASCII grid, which every geographic tool writes: a header of ncols, nrows, xllcorner
(or xllcenter), yllcorner (or yllcenter), cellsize and NODATA_value, then rows from north to south.
Corner and cell size are degrees of WGS-84, heights are metres above the sea; the site's geoid
undulation turns them into heights above the ellipsoid. Outside of the grid and where it has no data
there are no hills.

Line of sight: the ray is straight over an earth of 4/3 radius, so between station and target, at s of
D, the ground stands s (D - s) / 2R higher. The ray is sampled once a cell.

Sources: ESRI ASCII raster format; ITU-R P.526-15, 4.1, for the bulge of the effective earth.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import ConfigError
from vedette.core.units import DEGREE_M
from vedette.kernel.jit import njit
from vedette.simulate.geometry import EFFECTIVE_RADIUS_M

Array = NDArray[np.float64]
_HEADER: Final = ("ncols", "nrows", "cellsize")
_CELLS_MAX: Final = 100_000_000


@dataclass(frozen=True)
class Terrain:
    """Heights at the middles of cells.

    height_m           (rows, columns)  above the ellipsoid, from south to north; -inf where unknown
    south_deg, west_deg  the middle of the first cell
    cell_deg             between two of them
    """

    height_m: Array
    south_deg: float
    west_deg: float
    cell_deg: float


def read(path: Path, undulation_m: float) -> Terrain:
    """Read a grid, or ConfigError with file, line, what was expected and what came."""
    try:
        text = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "a readable ESRI ASCII grid", str(error)) from error
    header: dict[str, float] = {}
    for number, line in enumerate(text, start=1):
        words = line.split()
        if len(words) != 2 or not words[0][:1].isalpha():
            break
        try:
            header[words[0].lower()] = float(words[1])
        except ValueError as error:
            raise ConfigError(f"{path}:{number}", f"a number after {words[0]}", words[1]) from error
    missing = [name for name in _HEADER if name not in header]
    if missing:
        raise ConfigError(str(path), f"a header with {', '.join(_HEADER)}", f"no {', '.join(missing)}")
    rows, columns = int(header["nrows"]), int(header["ncols"])
    if not (0 < rows * columns <= _CELLS_MAX and header["cellsize"] > 0):
        raise ConfigError(str(path), f"1 to {_CELLS_MAX} cells of a size above 0", f"{rows} x {columns}")
    return _grid(path, text[len(header) :], header, undulation_m, (rows, columns))


def _grid(
    path: Path, lines: list[str], header: dict[str, float], undulation_m: float, shape: tuple[int, int]
) -> Terrain:
    """The heights under the header."""
    try:
        values = np.array(" ".join(lines).split(), np.float64)
    except ValueError as error:
        raise ConfigError(str(path), "heights in metres", str(error)) from error
    if len(values) != shape[0] * shape[1]:
        raise ConfigError(str(path), f"{shape[0]} rows of {shape[1]} heights", f"{len(values)} numbers")
    nothing = header.get("nodata_value", -9999.0)
    height = np.where(values == nothing, -np.inf, values + undulation_m).reshape(shape)[::-1]
    cell = header["cellsize"]
    return Terrain(
        height_m=np.ascontiguousarray(height),
        south_deg=header["yllcenter"] if "yllcenter" in header else header.get("yllcorner", 0.0) + cell / 2,
        west_deg=header["xllcenter"] if "xllcenter" in header else header.get("xllcorner", 0.0) + cell / 2,
        cell_deg=cell,
    )


def clear(terrain: Terrain, here: tuple[float, float, float], there: Array) -> NDArray[np.bool_]:
    """Which targets are seen over the terrain.

    here   lat_deg, lon_deg, m above the ellipsoid
    there  (k, 3)  the same, one row a target
    """
    return _clear(
        terrain.height_m, terrain.south_deg, terrain.west_deg, terrain.cell_deg, np.array(here), there
    )


@njit
def _clear(
    height_m: Array, south_deg: float, west_deg: float, cell_deg: float, here: Array, there: Array
) -> NDArray[np.bool_]:
    """As clear."""
    out = np.ones(len(there), np.bool_)
    rows, columns = height_m.shape
    for i in range(len(there)):
        north, east = there[i, 0] - here[0], there[i, 1] - here[1]
        steps = math.ceil(max(abs(north), abs(east)) / cell_deg)
        squeeze = math.cos(math.radians(0.5 * (there[i, 0] + here[0])))
        far_m = DEGREE_M * math.hypot(north, east * squeeze)
        for step in range(1, steps):
            share = step / steps
            row = math.floor((here[0] + share * north - south_deg) / cell_deg + 0.5)
            column = math.floor((here[1] + share * east - west_deg) / cell_deg + 0.5)
            if row < 0 or row >= rows or column < 0 or column >= columns:
                continue
            bulge_m = share * (1.0 - share) * far_m * far_m / (2.0 * EFFECTIVE_RADIUS_M)
            if height_m[row, column] + bulge_m > here[2] + share * (there[i, 2] - here[2]):
                out[i] = False
                break
    return out
