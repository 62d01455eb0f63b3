"""The case for a drone: a sequential test over what is known of a track's class, second by second.

Many birds pass for each drone that comes, and any of them looks like a drone for some seconds: what a radar
takes a target for errs for seconds on end. So one look at the class does not decide. Log odds of "unmanned
aircraft" are added up over independent looks,

    case += log(p / (1 - p)) * dt / LOOK_S

between a floor and `sure_from`. The track counts as a drone when the case reaches sure_from and p has been
high for some seconds on end (`verdict`): a car that a radar calls a drone for minutes comes to the sum with
p at 0.8. By Wald's bound no more than exp(-sure_from) of all else ever gets there, if p is right under the
odds of the place. What was long a bird starts below naught, and a moment's doubt does not make it a drone.

A second without a plot says nothing, nor does one in which a single camera or direction finder saw it: it may
be anywhere along a line. Looks a second apart rest on the same errors: LOOK_S apart they are
taken to be independent, twice the 5 s over which a sensor's word hangs together.

What keeps to the ground is no drone, whatever it is taken for: see `ground`.

Source: Wald (1945), Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16(2).
"""

import math
from typing import Final

LOOK_S: Final = 10.0
_LOWEST: Final = -4.0  # of the case: about so long as it takes to know better
_LEAST_P: Final = 0.005  # no class probability is surer than that: its model is not
MOST_S: Final = 3.0  # between two judgements of what is seen


def heard(case: float, p: float, since_s: float, sure_from: float) -> float:
    """The case after since_s more seconds in which the track was seen, and is a drone with probability p."""
    p = min(max(p, _LEAST_P), 1.0 - _LEAST_P)
    more = math.log(p / (1.0 - p)) * min(since_s, MOST_S) / LOOK_S
    return min(max(case + more, _LOWEST), sure_from)
