"""Closest point of approach: how near two things on straight lines come, when, and how likely near enough.

The miss distance is spread across the line of relative motion by what the position is off by, by what the
velocity is off by over the time to go, and by what a target may yet manoeuvre: white acceleration of density
q spreads it by q t³/3.

Sources: for the closest point e.g. ICAO Doc 9863, chapter 3; Bar-Shalom, Li & Kirubarajan (2001), section
6.2.2, for the spread.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def _below(x: float) -> float:
    """The normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@njit
def within(value: float, sd: float, limit: float) -> float:
    """Probability that something at `value` with 1-sigma `sd` is within +-limit of 0."""
    if sd <= 0.0:
        return 1.0 if abs(value) <= limit else 0.0
    return _below((limit - value) / sd) - _below((-limit - value) / sd)


@njit
def closest(
    place: Array,
    velocity: Array,
    sd_m: float,
    velocity_sd_mps: float,
    q: float,
    reach_m: float,
    horizon_s: float,
) -> tuple[float, float, float]:
    """Probability of coming within a distance of the origin, the time until then, and the miss distance.

    place, velocity  (2,)  m, m/s, relative to what is approached
    sd_m             1-sigma of the place; velocity_sd_mps: of the velocity, each axis
    q                m²/s³, acceleration noise density
    reach_m          near enough
    horizon_s        what comes later does not count

    The time is NaN where it does not come so near on a straight line within the horizon.
    """
    away = math.hypot(place[0], place[1])
    if away <= reach_m:
        return within(away, sd_m, reach_m), 0.0, away
    speed = math.hypot(velocity[0], velocity[1])
    closing = -(place[0] * velocity[0] + place[1] * velocity[1])
    if speed <= 0.0 or closing <= 0.0:
        return 0.0, math.nan, away
    t = min(closing / (speed * speed), horizon_s)
    miss = math.hypot(place[0] + t * velocity[0], place[1] + t * velocity[1])
    sd = math.sqrt(sd_m**2 + (t * velocity_sd_mps) ** 2 + q * t**3 / 3.0)
    lateral = abs(place[0] * velocity[1] - place[1] * velocity[0]) / speed
    # Time to the circle of reach_m about the origin, where the line meets it.
    half = reach_m * reach_m - lateral * lateral
    reached = math.nan
    if half >= 0.0:
        reached = closing / (speed * speed) - math.sqrt(half) / speed
        if reached > horizon_s:
            return 0.0, math.nan, miss
    return within(miss if math.isnan(reached) else lateral, sd, reach_m), reached, miss


@njit
def likeliest(
    one: int,
    others: Ints,
    flight: Array,
    weight: Array,
    climb_sd_mps: float,
    q: float,
    reach_m: float,
    vertical_m: float,
    horizon_s: float,
) -> tuple[int, float, float, float, float]:
    """Which of others a track is likeliest to come too near to: its row, chance, time, miss, height apart.

    one           row of the track; others (k,): rows that it may meet, itself is passed over
    flight        (n, 9)  m, m/s: east, north, v east, v north, up, v up, then 1-sigma of the place on
                  each axis, of the velocity, of up
    weight        (n,)    probability that a row counts at all
    climb_sd_mps  1-sigma of how fast the height between two changes beyond what is said
    q             m²/s³, acceleration noise density
    reach_m, vertical_m  near enough, on the ground and in height

    A height that is NaN is not taken to be another; the height apart is then NaN. The row is -1 where none
    comes near within the horizon.
    """
    best, chance, when_s, miss_m, apart_m = -1, 0.0, math.nan, math.nan, math.nan
    place, velocity = np.empty(2), np.empty(2)
    me = flight[one]
    for j in others:
        other = flight[j]
        place[0], place[1] = me[0] - other[0], me[1] - other[1]
        velocity[0], velocity[1] = me[2] - other[2], me[3] - other[3]
        # Nearly all are too far, whichever way they fly: no roots for these.
        most_m = reach_m + horizon_s * (abs(velocity[0]) + abs(velocity[1]))
        if place[0] * place[0] + place[1] * place[1] > most_m * most_m or j == one:
            continue
        sd_m, sd_mps = math.hypot(me[6], other[6]), math.hypot(me[7], other[7])
        p, t, miss = closest(place, velocity, sd_m, sd_mps, q, reach_m, horizon_s)
        if math.isnan(t):
            continue
        apart = me[4] - other[4] + t * (me[5] - other[5])
        if not math.isnan(apart):
            p *= within(apart, math.hypot(math.hypot(me[8], other[8]), t * climb_sd_mps), vertical_m)
        p *= weight[j]
        if best < 0 or p > chance:
            best, chance, when_s, miss_m, apart_m = j, p, t, miss, apart
    return best, chance, when_s, miss_m, apart_m
