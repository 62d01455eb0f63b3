"""Plots of tracks by what they tell: a place, a direction, or what the target says of itself.

Each function takes plots (n, s) that each row's track has of each sensor, and indices of sensors by kind.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

CROSSES: Final = 0.2  # of what one finder hears another hears as well: else its lines pass by


def by_kind(finders: Iterable[int], reporters: Iterable[int], plots: Ints) -> tuple[Ints, Ints]:
    """Plots (n,) of direction finders, and of those that see a target whatever it says of itself."""
    directions = plots[:, _known(finders, plots)].sum(axis=1)
    return directions, plots.sum(axis=1) - directions - plots[:, _known(reporters, plots)].sum(axis=1)


def measured(finders: Iterable[int], pointers: Iterable[int], plots: Ints) -> Ints:
    """Plots (n,) that tell where a track is: not those of direction finders, nor of one camera alone."""
    cameras = _known(pointers, plots)
    blind = [*_known(finders, plots), *cameras]
    out: Ints = plots.sum(axis=1) - plots[:, blind].sum(axis=1) + crossed(cameras, plots)
    return out


def crossed(sensors: Iterable[int], plots: Ints, least: float = 0.0) -> Ints:
    """Plots (n,) of some sensors but of the one that has most: they grow where the lines of two cross.

    least  none where they are fewer than such a share of that one's: lines that pass by
    """
    there = _known(sensors, plots)
    if len(there) < 2:
        return np.zeros(len(plots), np.int64)
    most = plots[:, there].max(axis=1)
    others: Ints = plots[:, there].sum(axis=1) - most
    return np.where(others >= least * most, others, 0)


def _known(sensors: Iterable[int], plots: Ints) -> list[int]:
    """Those of some sensors that there is a column for."""
    return [s for s in sensors if s < plots.shape[1]]
