"""Who flies a grid: legs to and fro, side by side, as whoever maps a place does.

A leg is a run of steps whose course stays within 25 deg of its mean, at least so long. A grid is a chain of
legs in which each goes back beside the one before: against it to within 25 deg, and offset to the side by no
more than a spacing. What lies between two of them is the turn: shorter than a leg, or one as long.

Source: the back-and-forth pattern, Choset (2001), Ann. Math. Artif. Intell. 31, 113-126.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
_BEND = math.radians(25.0)
_STEP_M = 3.0  # what is nearer to the last corner gives no course
_LEAST_OFFSET_M = 3.0  # less is the same line again


@njit
def _turned(a: float, b: float) -> float:
    away: float = abs((a - b + math.pi) % (2.0 * math.pi) - math.pi)
    return away


@njit
def _beside(a: Array, b: Array) -> float:
    """How far leg b (4,) is to the side of leg a, m; NaN where it does not go back beside it."""
    ae, an, be, bn = a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]
    if _turned(math.atan2(an, ae), math.atan2(-bn, -be)) > _BEND:
        return math.nan
    me = 0.5 * (b[0] + b[2] - a[0] - a[2])
    mn = 0.5 * (b[1] + b[3] - a[1] - a[3])
    aside_m: float = abs(ae * mn - an * me) / math.hypot(ae, an)
    return aside_m


@njit
def grids(window: Array, leg_m: float, spacing_m: float) -> Array:
    """The longest grid of each window: (n, 2) number of legs, mean spacing m (NaN below two legs).

    window     (n, w, 2 or more)  m, east and north by time; NaN where it was not seen
    leg_m      no leg is shorter
    spacing_m  no two neighbours are further apart
    """
    n, w, _ = window.shape
    out = np.zeros((n, 2))
    for i in range(n):
        legs = np.empty((w + 1, 4))  # begin east, north, end east, north
        count = 0
        be, bn, le, ln = math.nan, math.nan, math.nan, math.nan
        se, sn = 0.0, 0.0
        for k in range(w + 1):
            over = k == w
            e = math.nan if over else window[i, k, 0]
            north = math.nan if over else window[i, k, 1]
            if not over and math.isnan(e):
                continue
            if math.isnan(le) and not over:
                be, bn, le, ln = e, north, e, north
                continue
            de, dn = e - le, north - ln
            if not over and math.hypot(de, dn) < _STEP_M:
                continue
            if over or (math.hypot(se, sn) > 0.0 and _turned(math.atan2(dn, de), math.atan2(sn, se)) > _BEND):
                if math.hypot(le - be, ln - bn) >= leg_m:
                    legs[count, 0], legs[count, 1], legs[count, 2], legs[count, 3] = be, bn, le, ln
                    count += 1
                be, bn, se, sn = le, ln, 0.0, 0.0
            if not over:
                se, sn, le, ln = se + de, sn + dn, e, north
        chain = np.ones(count)
        spaced = np.zeros(count)
        best, best_spaced = min(count, 1), 0.0
        for k in range(1, count):
            # The leg before, or the one before that where a wide turn is as long as a leg.
            for j in range(max(0, k - 2), k):
                offset = _beside(legs[j], legs[k])
                if _LEAST_OFFSET_M <= offset <= spacing_m and chain[j] + 1 > chain[k]:
                    chain[k], spaced[k] = chain[j] + 1, spaced[j] + offset
            if chain[k] > best:
                best, best_spaced = int(chain[k]), spaced[k]
        out[i, 0] = best
        out[i, 1] = best_spaced / (best - 1) if best > 1 else math.nan
    return out
