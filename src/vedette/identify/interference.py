"""Where satellite navigation cannot be trusted, from what aircraft say of their own accuracy.

The map has cells of 0.1° of latitude and about as many metres of longitude (11 km). An aircraft is bad from
NACp 2 down and good from 4 up; in between it stays what it was. A cell is yellow above 2 % of bad aircraft
and red above 10 %, and falls back after a minute below. One bad aircraft alone may have a fault of its own:
it makes a cell no more than yellow. Claims that jump together in a cell make it red, whatever they say of
their accuracy.

ADS-B counts where it is not doubted. Remote ID can be forged by the hundred, so it counts only where another
sensor sees the drone, and only once it has told a good accuracy.

Source: NACp after RTCA DO-260B, table 2-71; the bounds are those of public maps of interference.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.interference import DisturbedCell, Level
from vedette.core.units import NS_PER_S
from vedette.identify.senders import BAD, GOOD, Senders

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

CELL_DEG: Final = 0.1
BAD_TO, GOOD_FROM = 2, 4
YELLOW_ABOVE, RED_ABOVE = 0.02, 0.10
_HEARD_NS: Final = 60 * NS_PER_S
_CALM_NS: Final = 60 * NS_PER_S
_JOINT_NS: Final = 10 * NS_PER_S
_JOINT: Final = 3  # that jump together
_ROWS: Final = 1800
_TRUST: Final[dict[Level, float]] = {"green": 1.0, "yellow": 0.5, "red": 0.15}
_RANK: Final[tuple[Level, ...]] = ("green", "yellow", "red")
LOST_TRUST: Final = 0.15  # of a sender that itself says that it has lost its accuracy


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its level since when, until when it cannot fall, and what is counted in it."""

    level: Level
    since_ns: int
    holds_ns: int
    aircraft: int
    bad: int
    jumps: int


def cells_of(lat_deg: Array, lon_deg: Array) -> Ints:
    """The cell of each place, (n,): a number; rows of latitude of as many columns as keep cells square."""
    row = np.clip(np.floor((lat_deg + 90.0) / CELL_DEG), 0, _ROWS - 1)
    columns = _columns(row)
    column = np.floor((lon_deg + 180.0) % 360.0 / 360.0 * columns)
    out: Ints = (row * 2 * _ROWS + np.minimum(column, columns - 1)).astype(np.int64)
    return out


def _columns(row: Array) -> Array:
    """How many cells a row of latitude has."""
    middle = np.radians((row + 0.5) * CELL_DEG - 90.0)
    out: Array = np.maximum(np.round(2 * _ROWS * np.cos(middle)), 1.0)
    return out


def qualities(nac_p: Array, best: Array, before: Ints, small: Mask) -> Ints:
    """GOOD, BAD or as before, (n,).

    small  Remote ID: its category 0 is often only not told, so it counts once there was a better one
    """
    bad = (nac_p <= BAD_TO) & (~small | (best >= GOOD_FROM))
    out: Ints = np.where(nac_p >= GOOD_FROM, GOOD, np.where(bad, BAD, before))
    return out


def update(
    cells: dict[int, Cell], senders: Senders, places: Ints, small: Mask, doubted: Mask, now_ns: int
) -> dict[int, Cell]:
    """The map now.

    places   (n,)  cell of each sender
    small    (n,)  whether it says that it is a drone
    doubted  (n,)  whether its claim is
    """
    fresh = (now_ns - senders.last_ns <= _HEARD_NS) & (senders.airborne != 0) & ~doubted
    fresh &= ~small | (senders.odds < -1.0)
    jumped = fresh & (senders.jumped_ns > 0) & (now_ns - senders.jumped_ns <= _JOINT_NS)
    told = fresh & (senders.quality > 0)
    out: dict[int, Cell] = {}
    there = np.unique(np.concatenate((places[told], places[jumped], np.array(sorted(cells), np.int64))))
    for key in there.tolist():
        mine = told & (places == key)
        n, bad = int(mine.sum()), int((mine & (senders.quality == BAD)).sum())
        jumps = int((jumped & (places == key)).sum())
        cell = _advance(cells.get(key), n, bad, jumps, now_ns)
        if cell is not None:
            out[key] = cell
    return out


def level_of(aircraft: int, bad: int, jumps: int) -> Level:
    """What the counts of one cell make of it."""
    if jumps >= _JOINT:
        return "red"
    share = bad / aircraft if aircraft else 0.0
    if share > RED_ABOVE and bad > 1:
        return "red"
    return "yellow" if share > YELLOW_ABOVE else "green"


def _advance(before: Cell | None, aircraft: int, bad: int, jumps: int, now_ns: int) -> Cell | None:
    """The cell now, or None: nobody tells anything of it any more."""
    level = level_of(aircraft, bad, jumps)
    if before is None:
        return Cell(level, now_ns, now_ns + _CALM_NS, aircraft, bad, jumps)
    if _RANK.index(level) < _RANK.index(before.level) and now_ns < before.holds_ns:
        return Cell(before.level, before.since_ns, before.holds_ns, aircraft, bad, before.jumps)
    if not aircraft and not jumps:
        return None if now_ns >= before.holds_ns else before
    since = before.since_ns if level == before.level else now_ns
    return Cell(level, since, now_ns + _CALM_NS, aircraft, bad, jumps)


def trust(cells: dict[int, Cell], places: Ints, lost: Mask) -> Array:
    """How far told positions can be trusted to be where their senders are, (n,)."""
    levels = {key: _TRUST[cell.level] for key, cell in cells.items()}
    out = np.array([levels.get(key, 1.0) for key in places.tolist()])
    return np.where(lost, np.minimum(out, LOST_TRUST), out)


def told(cells: dict[int, Cell]) -> list[DisturbedCell]:
    """The map as people get it."""
    return [_told(key, cells[key]) for key in sorted(cells)]


def _told(key: int, cell: Cell) -> DisturbedCell:
    row, column = divmod(key, 2 * _ROWS)
    columns = float(_columns(np.array([float(row)]))[0])
    south = row * CELL_DEG - 90.0
    reasons = []
    if cell.bad:
        reasons.append(f"{cell.bad} of {cell.aircraft} aircraft have lost their accuracy (NACp 2 or less)")
    if cell.jumps >= _JOINT:
        reasons.append(f"{cell.jumps} claims jumped within {_JOINT_NS // NS_PER_S} s")
    if not reasons and cell.level != "green":
        reasons.append("it was so less than a minute ago")
    return DisturbedCell(
        south_deg=round(south, 6),
        west_deg=round(column / columns * 360.0 - 180.0, 6),
        north_deg=round(south + CELL_DEG, 6),
        east_deg=round((column + 1) / columns * 360.0 - 180.0, 6),
        level=cell.level,
        aircraft=cell.aircraft,
        bad=cell.bad,
        since_ns=cell.since_ns,
        reasons=reasons,
    )


def same(a: list[DisturbedCell], b: list[DisturbedCell]) -> bool:
    """Whether two maps look alike."""
    return [(c.south_deg, c.west_deg, c.level) for c in a] == [(c.south_deg, c.west_deg, c.level) for c in b]
