"""Plots counted by where they are, in cells of azimuth and range or of the plane; and plots that are alike.

Source: own.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import AZIMUTH, EAST, NORTH, RANGE

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_FULL = 2.0 * math.pi
_HERE_M = 1.0  # a plot seen from further away than this was not seen from home


@njit
def polar_cells(
    z: Array, at: Ints, pose: Array, home: Array, start_rad: float, width_rad: float, range_max_m: float,
    n_sectors: int, n_rings: int,
) -> Ints:  # fmt: skip
    """Cell of each plot, (m,): sector * n_rings + ring; -1 without range and azimuth, or seen from elsewhere.

    z            (m, 12)  components of kernel.measurement
    at           (m,)     which of the places it was seen from
    pose         (q, 6)   those places, m; home (3,) the one that cells are laid out around
    start_rad, width_rad  of the field of view, clockwise; what is outside goes to its last sector
    range_max_m           what is further goes to the last ring
    """
    out = np.full(z.shape[0], -1, np.int64)
    for j in range(z.shape[0]):
        r = z[j, RANGE]
        azimuth = z[j, AZIMUTH]
        if math.isnan(r) or math.isnan(azimuth):
            continue
        away = 0.0
        for a in range(3):
            away += abs(pose[at[j], a] - home[a])
        if not away < _HERE_M:
            continue
        turned = (azimuth - start_rad) % _FULL
        sector = min(int(turned / width_rad * n_sectors), n_sectors - 1)
        ring = min(int(r / range_max_m * n_rings), n_rings - 1)
        out[j] = sector * n_rings + ring
    return out


@njit
def plane_cells(z: Array, side_m: float, n_side: int) -> Ints:
    """Cell of each plot, (m,), on a board of n_side² squares; -1 without a place.

    The board is laid out again and again.

    z  (m, 12)  components of kernel.measurement
    """
    out = np.full(z.shape[0], -1, np.int64)
    board_m = side_m * n_side
    for j in range(z.shape[0]):
        if math.isnan(z[j, EAST]) or math.isnan(z[j, NORTH]):
            continue
        east = z[j, EAST] / board_m
        north = z[j, NORTH] / board_m
        column = min(int((east - math.floor(east)) * n_side), n_side - 1)
        row = min(int((north - math.floor(north)) * n_side), n_side - 1)
        out[j] = column * n_side + row
    return out


@njit
def fold(words: Keys, columns: Ints) -> Keys:
    """One number for each row of words (m, k), (m,): the same for rows that are the same in these columns.

    Source: Fowler, Noll & Vo's FNV-1a, a word at a time.
    """
    out = np.empty(words.shape[0], np.uint64)
    for j in range(words.shape[0]):
        key = np.uint64(0xCBF29CE484222325)
        for a in columns:
            key = (key ^ words[j, a]) * np.uint64(0x100000001B3)
            key ^= key >> np.uint64(32)
        out[j] = key
    return out


@njit
def shared(keys: Keys, those: Keys, others: Keys) -> int:
    """How many of a few keys are among those or the others."""
    n = 0
    for key in keys:
        for known in (those, others):
            at = 0
            while at < known.shape[0] and known[at] != key:
                at += 1
            if at < known.shape[0]:
                n += 1
                break
    return n


@njit
def repeated(keys: Keys, least: int) -> Mask:
    """Which keys (k,) are there `least` times or more, (k,)."""
    out = np.zeros(keys.shape[0], np.bool_)
    size = 64
    while size < 2 * keys.shape[0]:
        size *= 2
    key = np.zeros(size, np.uint64)
    count = np.zeros(size, np.int64)
    found = False
    for j in range(keys.shape[0]):
        slot = _slot(keys[j], key, count)
        key[slot] = keys[j]
        count[slot] += 1
        found = found or count[slot] >= least
    if found:
        for j in range(keys.shape[0]):
            out[j] = count[_slot(keys[j], key, count)] >= least
    return out


@njit
def _slot(wanted: np.uint64, key: Keys, count: Ints) -> int:
    """Where a key stands in a table, or where it would."""
    slot: int = int(wanted & np.uint64(0x7FFFFFFF)) % key.shape[0]
    while count[slot] > 0 and key[slot] != wanted:
        slot = (slot + 1) % key.shape[0]
    return slot


@njit
def tally(cell: Ints, polar: bool, n_rings: int, first_cell: int, none: int, count: Array) -> Ints:
    """Count plots in bins, in place; returns the three bins of each plot, (m, 3): all, its sector, its cell.

    cell   (m,)     of each plot, -1 for none
    polar           whether cells lie in sectors
    count  (bins,)  all, the sectors, the cells from first_cell on, and `none` for plots without one
    """
    out = np.empty((cell.shape[0], 3), np.int64)
    for j in range(cell.shape[0]):
        out[j, 0] = 0
        out[j, 1] = 1 + cell[j] // n_rings if polar and cell[j] >= 0 else none
        out[j, 2] = first_cell + cell[j] if cell[j] >= 0 else none
        for a in range(3):
            count[out[j, a]] += 1.0
    return out


@njit
def deposit(cell: Ints, weight: Array, count: Array) -> Array:
    """Counts (cells,) with each plot's weight (m,) added in its cell (m,); -1 is in none."""
    out = count.copy()
    for j in range(cell.shape[0]):
        if cell[j] >= 0:
            out[cell[j]] += weight[j]
    return out


@njit
def far_above(count: Array, usual: Array, least: Array) -> Mask:
    """Bins with far more in them than usual: n > 3u + 6 sqrt(u) + least; all are (bins,)."""
    out = np.empty(count.shape[0], np.bool_)
    for b in range(count.shape[0]):
        out[b] = count[b] > 3.0 * usual[b] + 6.0 * math.sqrt(usual[b]) + least[b]
    return out


@njit
def settle(
    count: Array, usual: Array, loud: Ints, least: Array, gain: float, mute: int
) -> tuple[Array, Array, Ints]:
    """After a period: new usual, what counted in bins that stay loud, and for how many periods they are.

    gain  how much of a period goes into what is usual; none while a bin is loud for up to mute periods
    """
    n = count.shape[0]
    mean = np.empty(n)
    last = np.zeros(n)
    still = np.zeros(n, np.int64)
    for b in range(n):
        if loud[b] > 0 and count[b] > 1.5 * usual[b] + 0.25 * least[b]:
            still[b] = loud[b] + 1
            last[b] = count[b]
        mean[b] = usual[b]
        if not 0 < still[b] <= mute + 1:
            mean[b] += gain * (count[b] - usual[b])
    return mean, last, still
