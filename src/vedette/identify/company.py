"""Who keeps station with whom: what flies beside a drone for seconds is rarely anything else.

What flies among birds is one of them as a rule, and what flies in formation is of one kind: see `about`.

Two tracks keep company in a second when they are close and move alike. Each such second counts for a
track, a second apart counts against it twice, so that a chance crossing is soon forgotten.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import DEGREE_M
from vedette.kernel.neighbours import pairs_within

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEAR_M = 150.0
_ALIKE_MPS = 4.0
_LEAST_SPEED_MPS = 3.0  # what hovers or perches near a drone does not fly with it
_MOST_S = 12
_LOG_ODDS_A_SECOND = 0.6
_FLOCK_M = 250.0
_ALIKE_IN_FLOCK_MPS = 8.0
_KNOWN_M = 60.0  # a standard deviation of its place: a quarter of how far apart they are
# What one neighbour says counts for half: its sensors are the same, and it may be of another kind. Many birds
# may fly about a drone, so they say no more than a drone's own class can outweigh; drones less. How a flock
# moves is one piece of evidence: its birds make each other no surer than the surest is by itself.
_NEIGHBOUR = 0.5
_MOST_OF_A_BIRD, _MOST_OF_BIRDS = 1.5, 3.5
_MOST_OF_A_DRONE, _MOST_OF_DRONES = 0.7, 2.0
_TWIN_M = 30.0


def companions(rows: NDArray[np.void], drones: NDArray[np.bool_]) -> Ints:
    """For each row (n,) of TRACK the row of the nearest drone that it keeps company with, or -1.

    drones  (n,) which rows are unauthorised drones
    """
    i, j, away = _near(rows, np.arange(len(rows)), np.flatnonzero(drones), _NEAR_M)
    v_east, v_north = rows["v_east_mps"].astype(np.float64), rows["v_north_mps"].astype(np.float64)
    fits = np.hypot(v_east, v_north)[i] > _LEAST_SPEED_MPS
    fits &= np.hypot(v_east[i] - v_east[j], v_north[i] - v_north[j]) < _ALIKE_MPS
    return _nearest(len(rows), i[fits], j[fits], away[fits])


def nearest(rows: NDArray[np.void], others: NDArray[np.bool_], within_m: float = _NEAR_M) -> Ints:
    """For each row (n,) of TRACK the nearest other one of some, or -1; others (n,) which."""
    return _nearest(len(rows), *_near(rows, np.arange(len(rows)), np.flatnonzero(others), within_m))


def twins(rows: NDArray[np.void], of: Ints, was: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows (n,) of TRACK are so near to another, where there is one, that both may be of one target.

    of   (n,) row of that other, -1 none. A height that is not known may be the same
    was  (n,) which were so a second ago: they are until they are twice as far away
    """
    there = np.where(of >= 0, of, 0)
    scale = np.cos(np.radians(rows["lat_deg"]))
    north = rows["lat_deg"] - rows["lat_deg"][there]
    east = (rows["lon_deg"] - rows["lon_deg"][there]) * scale
    within_m = np.where(was, 2.0 * _TWIN_M, _TWIN_M)
    near = (of >= 0) & (np.hypot(east, north) < within_m / DEGREE_M)
    out: NDArray[np.bool_] = near & ~(np.abs(rows["alt_m"] - rows["alt_m"][there]) > within_m)
    return out


def count(seconds: int, *, together: bool) -> int:
    """Seconds of company, after one more second together or apart."""
    return min(seconds + 1, _MOST_S) if together else max(seconds - 2, 0)


def log_odds(seconds: int) -> float:
    """What so many seconds of company say for a drone against all else."""
    return _LOG_ODDS_A_SECOND * seconds


def about(rows: NDArray[np.void], which: Ints, odds: Array) -> Array:
    """What those say (k,) that fly near to some rows, about as fast: log odds of a drone against a bird.

    A flock is of birds and a formation of drones: what flies together is of one kind as a rule. Of one whose
    place or speed is not known nobody knows that it flies with another.

    which  (k,) rows of TRACK
    odds   (n,) of each row by itself, drone against bird, without a prior
    """
    speed = np.hypot(rows["v_east_mps"], rows["v_north_mps"]).astype(np.float64)
    sd = rows["speed_sd_mps"].astype(np.float64)
    known = (rows["sd_major_m"] < _KNOWN_M) & (sd < _ALIKE_IN_FLOCK_MPS)
    i, j, _ = _near(rows, which, np.flatnonzero(known & (odds != 0.0)), _FLOCK_M)
    alike = np.abs(speed[i] - speed[j]) < _ALIKE_IN_FLOCK_MPS + sd[i] + sd[j]
    says = np.clip(_NEIGHBOUR * odds[j[alike]], -_MOST_OF_A_BIRD, _MOST_OF_A_DRONE)
    in_all = np.bincount(i[alike], says, minlength=len(rows))[which]
    surest = np.full(len(rows), -np.inf)
    np.maximum.at(surest, i[alike], odds[j[alike]])
    most = np.clip(surest[which] - odds[which], _MOST_OF_A_DRONE, _MOST_OF_DRONES)
    return np.clip(in_all, -_MOST_OF_BIRDS, most)


def _nearest(n: int, i: Ints, j: Ints, away: Array) -> Ints:
    """Of pairs (p,) the nearest j of each i (n,), or -1."""
    out = np.full(n, -1, np.int64)
    order = np.lexsort((-j, -away, i))  # the nearest of each row comes last and is kept
    out[i[order]] = j[order]
    return out


def _near(rows: NDArray[np.void], which: Ints, others: Ints, within_m: float) -> tuple[Ints, Ints, Array]:
    """Pairs (p,) of one row of `which` and another of `others`, both (k,), and how far they are apart, m."""
    if not len(which) or not len(others):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    north_m = (rows["lat_deg"] * DEGREE_M)[:, None]
    k, of, north = pairs_within(north_m[which], north_m[others], within_m)  # near in latitude: few are left
    i, j = which[k], others[of]
    east = (rows["lon_deg"][i] - rows["lon_deg"][j]) * np.cos(np.radians(rows["lat_deg"][i])) * DEGREE_M
    away = np.hypot(east, north)
    near = (away < within_m) & (i != j)
    return i[near], j[near], away[near]
