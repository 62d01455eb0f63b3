"""Plots of one look laid out so that a leaf meets only those that lie around it.

Plots with a place lie in a grid of cells, those with a slant range are sorted by it. Plots with neither
(bearings, differences) are tried with every leaf.

Source of the grid: Knuth, The Art of Computer Programming 3, 5.2 (distribution counting).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.kernel.measurement import (
    AZIMUTH,
    EAST,
    ELEVATION,
    N_COMPONENTS,
    NORTH,
    RANGE,
    STEEP,
    Look,
    can_stray,
)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_PLOTS_PER_CELL = 2.0
# Cells lie within so many standard deviations of where the plots are; the outer ones take what is beyond.
_CELLS_SD = 1.8


class Grid(NamedTuple):
    """Plots without a range but with a place, b of them, in cells of the plane.

    plot         (b,)          cell by cell, row by row
    east, north  (b,)          theirs, m
    first        (side² + 1,)  where each cell begins in `plot`
    side                       cells in a row
    low, per_m   (2,)          corner of the grid, m; cells a metre
    """

    plot: Ints
    east: Array
    north: Array
    first: Ints
    side: int
    low: Array
    per_m: Array


class Ring(NamedTuple):
    """Plots with a slant range, a of them, by that range, rising.

    plot, slant_m  (a,)
    sin, cos       (a,)  of the azimuth; NaN where it says nothing: none, or over the zenith
    wide_rad       (a,)  its noise, that of a stray one where it may be one
    at             (a,)  which of the places it was seen from
    pose, rotation       those places, see Look; moved_m how far apart they lie at most
    """

    plot: Ints
    slant_m: Array
    sin: Array
    cos: Array
    wide_rad: Array
    at: Ints
    pose: Array
    rotation: Array
    moved_m: float


class Windows(NamedTuple):
    """Plots of a look by where they are.

    ranged             see Ring
    placed             see Grid
    other              (c,)  neither
    wide               (3,)  largest noise in slant range, east and north, m
    moved_m                  how far apart the places lie that the look was seen from
    late_s                   how far plots' times are from the look's at most
    most                     components of a plot at most
    bend                     how much east and north move with a metre of height at most
    """

    ranged: Ring
    placed: Grid
    other: Ints
    wide: Array
    moved_m: float
    late_s: float
    most: int
    bend: float


@njit
def windows(look: Look) -> Windows:
    """Lay out a look."""
    m = look.z.shape[0]
    kind = np.empty(m, np.int64)
    count = np.zeros(3, np.int64)
    wide = np.zeros(3)
    late = 0.0
    bend = 0.0
    most = 1
    for j in range(m):
        told = 0
        for c in range(N_COMPONENTS):
            told += not math.isnan(look.z[j, c])
        most = max(most, told)
        late = max(late, abs(look.dt_s[j]))
        bend = max(bend, abs(look.up[j, 0]), abs(look.up[j, 1]))
        kind[j] = 2
        if not math.isnan(look.z[j, RANGE]):
            kind[j] = 0
            wide[0] = max(wide[0], look.sd[j, RANGE])
        elif not math.isnan(look.z[j, EAST]):
            kind[j] = 1
            wide[1] = max(wide[1], look.sd[j, EAST])
            wide[2] = max(wide[2], look.sd[j, NORTH])
        count[kind[j]] += 1
    ranged = np.empty(count[0], np.int64)
    placed = np.empty(count[1], np.int64)
    other = np.empty(count[2], np.int64)
    count[:] = 0
    for j in range(m):
        k = kind[j]
        if k == 0:
            ranged[count[0]] = j
        elif k == 1:
            placed[count[1]] = j
        else:
            other[count[2]] = j
        count[k] += 1
    ring = _ring(look, ranged)
    side, low, per_m = _grid(look.z, placed)
    cells = _into_cells(look.z, placed, side, low, per_m)
    return Windows(ring, cells, other, wide, ring.moved_m, late, most, bend)


@njit
def _ring(look: Look, ranged: Ints) -> Ring:
    """Plots in the order of their slant range."""
    z, sd, at, pose = look.z, look.sd, look.at, look.pose
    n = len(ranged)
    key = np.empty(n)
    for q in range(n):
        key[q] = z[ranged[q], RANGE]
    order = np.argsort(key, kind="mergesort")
    plot = ranged[order]
    sin = np.full(n, math.nan)
    cos = np.full(n, math.nan)
    wide = np.zeros(n)
    site = np.zeros(n, np.int64)
    for q in range(n):
        j = plot[q]
        site[q] = at[j]
        azimuth = z[j, AZIMUTH]
        if math.isnan(azimuth) or abs(z[j, ELEVATION]) > STEEP:
            continue  # over the zenith the other side is near
        sin[q] = math.sin(azimuth)
        cos[q] = math.cos(azimuth)
        wide[q] = sd[j, AZIMUTH]
        if can_stray(z, j, look.stray[0]):
            wide[q] *= max(look.stray[1], 1.0)
    moved = 0.0
    for q in range(1, pose.shape[0]):
        d = 0.0
        for a in range(3):
            d += (pose[q, a] - pose[0, a]) ** 2
        moved = max(moved, math.sqrt(d))
    return Ring(plot, key[order], sin, cos, wide, site, pose, look.rotation, moved)


@njit
def _grid(z: Array, placed: Ints) -> tuple[int, Array, Array]:
    """Cells in a row, corner, m, and cells a metre of a grid over most of these plots."""
    n = len(placed)
    side = max(1, int(math.sqrt(n / _PLOTS_PER_CELL)))
    low = np.zeros(2)
    per_m = np.zeros(2)
    for a in range(2):
        total = 0.0
        for j in placed:
            total += z[j, EAST + a]
        mean = total / max(n, 1)
        square = 0.0
        for j in placed:
            square += (z[j, EAST + a] - mean) ** 2
        half = _CELLS_SD * math.sqrt(square / max(n, 1))
        low[a] = mean - half
        if half > 0.0:
            per_m[a] = side / (2.0 * half)
    return side, low, per_m


@inlined
def cell_of(value_m: float, axis: int, side: int, low: Array, per_m: Array) -> int:
    """Column or row of a place; the outer ones reach to infinity."""
    at = (value_m - low[axis]) * per_m[axis]
    if not at > 0.0:
        return 0
    return int(min(at, side - 1.0))


@njit
def _into_cells(z: Array, placed: Ints, side: int, low: Array, per_m: Array) -> Grid:
    """Plots in the order of their cells."""
    n = len(placed)
    cell = np.empty(n, np.int64)
    first = np.zeros(side * side + 1, np.int64)
    for q in range(n):
        column = cell_of(z[placed[q], EAST], 0, side, low, per_m)
        cell[q] = cell_of(z[placed[q], NORTH], 1, side, low, per_m) * side + column
        first[cell[q] + 1] += 1
    for c in range(side * side):
        first[c + 1] += first[c]
    at = first[:-1].copy()
    out = np.empty(n, np.int64)
    east = np.empty(n)
    north = np.empty(n)
    for q in range(n):
        k = at[cell[q]]
        at[cell[q]] += 1
        out[k] = placed[q]
        east[k] = z[placed[q], EAST]
        north[k] = z[placed[q], NORTH]
    return Grid(out, east, north, first, side, low, per_m)


@inlined
def placed_within(
    cells: Grid, east_m: float, north_m: float, half_east_m: float, half_north_m: float, out: Ints, k: int
) -> int:
    """Write plots with a place in a rectangle around a place to out from k on; returns where they end."""
    c0 = cell_of(east_m - half_east_m, 0, cells.side, cells.low, cells.per_m)
    c1 = cell_of(east_m + half_east_m, 0, cells.side, cells.low, cells.per_m)
    r0 = cell_of(north_m - half_north_m, 1, cells.side, cells.low, cells.per_m)
    r1 = cell_of(north_m + half_north_m, 1, cells.side, cells.low, cells.per_m)
    for row in range(r0, r1 + 1):
        for q in range(cells.first[row * cells.side + c0], cells.first[row * cells.side + c1 + 1]):
            if abs(cells.east[q] - east_m) <= half_east_m and abs(cells.north[q] - north_m) <= half_north_m:
                out[k] = cells.plot[q]
                k += 1
    return k


@inlined
def ranged_within(
    ring: Ring, east_m: float, north_m: float, up_m: float, half_m: float, sd_m: float, reach_sd: float,
    out: Ints, k: int,
) -> int:  # fmt: skip
    """Write plots of about the slant range of a place, and not far off in azimuth, to out from k on.

    half_m    how far off in slant range they may be
    sd_m      spread of the place
    reach_sd  how many of them count
    """
    plot, slant_m, sin, cos, wide_rad, at, R = (
        ring.plot, ring.slant_m, ring.sin, ring.cos, ring.wide_rad, ring.at, ring.rotation,
    )  # fmt: skip
    pose = ring.pose
    de, dn, du = east_m - pose[0, 0], north_m - pose[0, 1], up_m - pose[0, 2]
    slant = math.sqrt(de * de + dn * dn + du * du)
    q = _first_from(slant_m, slant - half_m)
    while q < plot.shape[0] and slant_m[q] <= slant + half_m:
        s = at[q]
        de, dn, du = east_m - pose[s, 0], north_m - pose[s, 1], up_m - pose[s, 2]
        e = R[s, 0, 0] * de + R[s, 0, 1] * dn + R[s, 0, 2] * du
        n = R[s, 1, 0] * de + R[s, 1, 1] * dn + R[s, 1, 2] * du
        ground = math.sqrt(e * e + n * n)
        across = abs(e * cos[q] - n * sin[q])
        along = e * sin[q] + n * cos[q]
        reach = reach_sd * (sd_m + ground * wide_rad[q]) + ring.moved_m + 1.0
        if not (across > reach or (along < 0.0 and ground > reach)):
            out[k] = plot[q]
            k += 1
        q += 1
    return k


@inlined
def _first_from(rising: Array, least: float) -> int:
    """Where a value of at least `least` comes first, by halving."""
    low, high = 0, rising.shape[0]
    while low < high:
        middle = (low + high) // 2
        if rising[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low
