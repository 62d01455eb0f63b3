"""Where a sensor's false plots come from: a map that it learns, relative to false plots everywhere alike.

Cells   those of `cells`
Counts  of plots that no track took, in each cell, with exponential forgetting

The rates λ of the cells are taken as drawn from a gamma distribution, with mean m and shape k. The counts c
of a Poisson process, seen over a time of weight T = Σw with ρ = Σw² / Σw, then say

    λ / mean λ  =  (k + c/ρ) / (k + m/ρ)                          m now the mean count

k is not set: it is what the spread of the counts over the cells has beyond that of chance, 1/k =
(var c - ρ m) / m², taken three standard errors low. Clutter that is alike everywhere has no such spread:
1/k is 0, and the map is flat.

Source: empirical Bayes for Poisson rates with a gamma prior, Robbins (1956); Clayton & Kaldor (1987),
Biometrics 43(3), 671-681, eqs. 2 and 5 (moments).
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.cells import deposit
from vedette.track.cells import N_CELLS, cells, in_view, kind
from vedette.track.plots import Plots
from vedette.track.sensors import SensorModel

Array = NDArray[np.float64]

MEMORY = 100.0  # periods
_SURE = 3.0  # standard errors
_LEAST, _MOST = 0.05, 1000.0
_FEWEST = 5.0  # weighted plots in all, before which the map is flat


@dataclass(frozen=True, slots=True, eq=False)
class ClutterMap:
    """One sensor's.

    polar     whether cells are by range and azimuth; None before the first plot
    count     (N_CELLS,)  weighted plots that were nobody's
    weight    of a period, summed over periods; weight2 of its square
    relative  (N_CELLS,)  density of false plots over their mean
    """

    polar: bool | None
    count: Array
    weight: float
    weight2: float
    relative: Array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClutterMap) and all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )


def init() -> ClutterMap:
    """A flat one."""
    return ClutterMap(None, np.zeros(N_CELLS), 0.0, 0.0, np.ones(N_CELLS))


def relative(known: ClutterMap, sensor: SensorModel, plots: Plots) -> Array:
    """How much denser false plots are at each plot than on average, (m,)."""
    if known.relative.max() == known.relative.min():
        return np.full(len(plots), known.relative[0])
    cell = cells(known.polar, sensor, plots)
    out: Array = np.where(cell >= 0, known.relative[np.maximum(cell, 0)], 1.0)
    return out


def add(known: ClutterMap, sensor: SensorModel, plots: Plots, p_other: Array) -> ClutterMap:
    """After a look: p_other (m,) of each plot, that it is nobody's."""
    polar = kind(sensor, plots) if known.polar is None else known.polar
    return replace(known, polar=polar, count=deposit(cells(polar, sensor, plots), p_other, known.count))


def close(known: ClutterMap, sensor: SensorModel) -> ClutterMap:
    """After a period: what the counts say, and a little forgotten of them."""
    if known.polar is None:
        return known
    weight, weight2 = known.weight + 1.0, known.weight2 + 1.0
    after = replace(
        known,
        weight=weight,
        weight2=weight2,
        relative=_relative(known, weight2 / weight, in_view(known.polar, sensor)),
    )
    keep = 1.0 - 1.0 / MEMORY
    return replace(after, count=after.count * keep, weight=weight * keep, weight2=weight2 * keep**2)


def _relative(known: ClutterMap, rho: float, n: float) -> Array:
    """Rates of the cells over their mean, (N_CELLS,); n cells are in view."""
    total = float(known.count.sum())
    if total < _FEWEST:
        return np.ones(N_CELLS)
    mean = total / n
    chance = rho * mean
    beyond = float((known.count**2).sum()) / n - mean**2 - chance
    beyond -= _SURE * chance * np.sqrt((2.0 + 1.0 / mean) / n)
    if beyond <= 0.0:
        return np.ones(N_CELLS)
    k = mean**2 / beyond
    out: Array = np.clip((k + known.count / rho) / (k + mean / rho), _LEAST, _MOST)
    return out
