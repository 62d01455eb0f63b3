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
