"""Who stays about one spot: hovering, circling small, to and fro.

A window of samples is loitering as far as its samples lie within a radius of their own middle. Speed does not
count: a wing circles fast and stays all the same.

Source: the stay points of Li et al. (2008), ACM GIS, section 3.1, with the middle in place of the first
sample.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]


@njit
def loitering(window: Array, radius_m: float) -> tuple[Array, Array, Array]:
    """Share of a window's samples that were seen, of those the share near their middle, and the middle.

    window  (n, w, 2 or more)  m, east and north by time; NaN where it was not seen

    Returns seen (n,), near (n,), middle (n, 2).
    """
    n, w, _ = window.shape
    seen, near, middle = np.zeros(n), np.zeros(n), np.full((n, 2), math.nan)
    for i in range(n):
        count, east, north = 0, 0.0, 0.0
        for k in range(w):
            if not math.isnan(window[i, k, 0]):
                count += 1
                east += window[i, k, 0]
                north += window[i, k, 1]
        if count == 0:
            continue
        east, north = east / count, north / count
        close = 0
        for k in range(w):
            if math.hypot(window[i, k, 0] - east, window[i, k, 1] - north) <= radius_m:
                close += 1
        seen[i], near[i] = count / w, close / count
        middle[i, 0], middle[i, 1] = east, north
    return seen, near, middle
