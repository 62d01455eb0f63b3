"""Whose a direction is: another that says who it is, and is seen, may stand in it.

A direction finder tells where to and not how far, nor whom it hears. So what it tells of a track may be told
of another that flies before or behind it. Where that other is known, and says who it is, nothing is made of
the direction for the track.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import DEGREE_M

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SAME: Final = math.radians(6.0)  # twice what a finder errs by, or more
_SURELY: Final = 1.0  # standard deviations of its own place, beyond that
_WELL: Final = 0.7  # of a finder's range
LEAST_SEEN: Final = 5  # plots of sensors that see a target whatever it says of itself


def own(plots: NDArray[np.int64], finders: Array, places: Array, sd_m: Array, speaks: Mask) -> Array:
    """Share (n,) of each row's directions in which no other stands that says who it is.

    plots    (n, f) that each row has of each finder
    finders  (f, 3) lat, lon deg, range m; one whose place is not known (NaN) explains nothing
    places   (n, 2) lat, lon deg
    sd_m     (n,) standard deviation of each place, along the worst direction
    speaks   (n,) rows that say who they are, and are seen
    """
    others = np.flatnonzero(speaks)
    out = np.ones(len(plots))
    rows = np.flatnonzero(plots.any(axis=1))
    if not len(others) or not len(rows):
        return out
    azimuth, away_m = _from(finders, places)
    apart = azimuth[rows, None, :] - azimuth[None, others, :]
    apart = np.abs(np.mod(apart + math.pi, 2.0 * math.pi) - math.pi)
    same = _SAME + _SURELY * np.arctan2(sd_m[rows, None], away_m[rows])
    theirs = (apart < same[:, None, :]) & (rows[:, None] != others[None, :])[..., None]
    mine = plots[rows] * ~theirs.any(axis=1)
    out[rows] = mine.sum(axis=1) / plots[rows].sum(axis=1)
    return out


def within(finders: Array, places: Array) -> Mask:
    """Which places (n, 2) a finder hears well, both as in own."""
    _, away_m = _from(finders, places)
    near: Mask = away_m <= _WELL * finders[:, 2]
    return np.asarray(near.any(axis=1))


def seen_well(seen: NDArray[np.int64]) -> Mask:
    """Which rows (n,) have plots enough of sensors that see whatever a target says of itself."""
    return seen >= LEAST_SEEN


def _from(finders: Array, places: Array) -> tuple[Array, Array]:
    """(n, f) azimuth, rad, and distance, m, of each place from each finder, on a plane: they are near."""
    away_m = (places[:, None, :] - finders[None, :, :2]) * DEGREE_M
    east_m = away_m[..., 1] * np.cos(np.radians(finders[:, 0]))
    return np.arctan2(east_m, away_m[..., 0]), np.hypot(east_m, away_m[..., 0])
