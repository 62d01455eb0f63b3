"""Who keeps station with whom: what flies beside a drone for seconds is rarely anything else.

What flies among birds is one of them as a rule: see `birds_about`.

Two tracks keep company in a second when they are close and move alike. Each such second counts for a
track, a second apart counts against it twice, so that a chance crossing is soon forgotten.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.neighbours import pairs_within

Array = NDArray[np.float64]

_NEAR_M = 150.0
_ALIKE_MPS = 4.0
_LEAST_SPEED_MPS = 3.0  # what hovers or perches near a drone does not fly with it
_MOST_S = 12
_LOG_ODDS_A_SECOND = 0.6
_FLOCK_M = 250.0
_ALIKE_IN_FLOCK_MPS = 8.0
_LOG_ODDS_A_BIRD = 1.0
_MOST_BIRDS = 4
_METRE_DEG = 1.0 / 111_320.0


def companions(rows: NDArray[np.void], drones: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each row (n,) of TRACK the row of the nearest drone that it keeps company with, or -1.

    drones  (n,) which rows are unauthorised drones
    """
    out = np.full(len(rows), -1, np.int64)
    which = np.flatnonzero(drones)
    north_m = (rows["lat_deg"] / _METRE_DEG)[:, None]
    i, of, north = pairs_within(north_m, north_m[which], _NEAR_M)  # near in latitude: few are left
    j = which[of]
    east = (rows["lon_deg"][i] - rows["lon_deg"][j]) * np.cos(np.radians(rows["lat_deg"][i])) / _METRE_DEG
    v_east, v_north = rows["v_east_mps"].astype(np.float64), rows["v_north_mps"].astype(np.float64)
    away = np.hypot(east, north)
    fits = (away < _NEAR_M) & (i != j) & (np.hypot(v_east, v_north)[i] > _LEAST_SPEED_MPS)
    fits &= np.hypot(v_east[i] - v_east[j], v_north[i] - v_north[j]) < _ALIKE_MPS
    i, j, away = i[fits], j[fits], away[fits]
    order = np.lexsort((-j, -away, i))  # the nearest of each row comes last and is kept
    out[i[order]] = j[order]
    return out


def count(seconds: int, *, together: bool) -> int:
    """Seconds of company, after one more second together or apart."""
    return min(seconds + 1, _MOST_S) if together else max(seconds - 2, 0)


def log_odds(seconds: int) -> float:
    """What so many seconds of company say for a drone against all else."""
    return _LOG_ODDS_A_SECOND * seconds


def birds_about(
    rows: NDArray[np.void], which: NDArray[np.int64], birds: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """How many birds (k,) are near to some rows and move about as fast.

    which  (k,) rows of TRACK; birds (n,): which rows are held for birds
    """
    flock = np.flatnonzero(birds)
    if not len(flock) or not len(which):
        return np.zeros(len(which), np.int64)
    north_m = (rows["lat_deg"] / _METRE_DEG)[:, None]
    k, of, north = pairs_within(north_m[which], north_m[flock], _FLOCK_M)  # near in latitude: few are left
    i, j = which[k], flock[of]
    east = (rows["lon_deg"][i] - rows["lon_deg"][j]) * np.cos(np.radians(rows["lat_deg"][i])) / _METRE_DEG
    speed = np.hypot(rows["v_east_mps"], rows["v_north_mps"]).astype(np.float64)
    near = (np.hypot(east, north) < _FLOCK_M) & (i != j) & (np.abs(speed[i] - speed[j]) < _ALIKE_IN_FLOCK_MPS)
    return np.bincount(k[near], minlength=len(which))


def flock_odds(birds: int) -> float:
    """What so many birds about say for one more of them against a drone, log odds; four say most."""
    return -_LOG_ODDS_A_BIRD * min(birds, _MOST_BIRDS)
