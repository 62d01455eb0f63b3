"""Random walks that begin and end."""

import numpy as np


def trajectories(instants, n, seed, width=40.0):
    """Random walks (T, n, 2) in a square, NaN before they begin and after they end."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, width, (1, n, 2)) + rng.normal(0, 5, (instants, n, 2)).cumsum(axis=0)
    for i in range(n):
        begin, end = sorted(rng.integers(0, instants + 1, 2))
        places[: min(begin, instants - 1), i] = np.nan
        places[end + 1 :, i] = np.nan
    return places
