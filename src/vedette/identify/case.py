"""The case for a drone: a sequential test over what is known of a track's class, second by second.

Many birds pass for each drone that comes, and any of them looks like a drone for some seconds: what a radar
takes a target for errs for seconds on end. So one look at the class does not decide. Log odds of "unmanned
aircraft" are added up over independent looks,

    case += log(p / (1 - p)) * dt / LOOK_S

between a floor and `sure_from`, and the track counts as a drone when the case reaches sure_from. By Wald's
bound no more than exp(-sure_from) of all else ever gets there, if p is right under the odds of the place.
What was long a bird starts below naught, and a moment's doubt does not make it a drone.

A second without a plot says nothing, nor does one in which a single camera or direction finder saw it: it may
be anywhere along a line. Looks a second apart rest on the same errors: LOOK_S apart they are
taken to be independent, twice the 5 s over which a sensor's word hangs together.

**The ground.** What keeps to the ground is no drone, whatever it is taken for. How far its height speaks for
that is added up in the same way,

    ground += log(N(height; 0, sd) / (1 / LOW_M)) * dt / LOOK_S

against a drone that flies anywhere below LOW_M, or below FAST_M where it is surely as fast as cars on a main
road: few that fast fly lower than houses. It multiplies the odds of what drives or floats. A height that is
not known well, or ground that is not flat, says next to nothing: so the height is the mean of what keeps it,
known the better the longer it does, and begun anew with what has surely left it. What a filter errs by in
height hangs together for about LEVEL_S. What is faster than any car does not drive. What was surely seen to
drive, on the ground and not standing, hardly takes off later: a height that is not known well does not count
against that any more, one that is does. A drone on the ground stands.

Source: Wald (1945), Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16(2).
"""

import math
from typing import Final, NamedTuple

LOOK_S: Final = 10.0
_LOWEST: Final = -4.0  # of the case: about so long as it takes to know better
_LEAST_P: Final = 0.005  # no class probability is surer than that: its model is not
_MOST_S: Final = 3.0  # between two judgements of what is seen
_LOW_M: Final = (
    40.0  # the drones to be feared fly below: height speaks for the ground where it tells these apart
)
_FAST_M: Final = 120.0  # the ceiling of the open category, (EU) 2019/947
_FAST_MPS: Final = 18.0
_TOO_FAST_MPS: Final = 45.0  # nothing drives or floats so fast
_MOST_GROUND: Final = 10.0
_MOST_SD_M: Final = 5.0  # a height that tells the ground from a low flight
_LEVEL_S: Final = 25.0
_LEFT: Final = 3.0  # standard deviations from the mean
_MOST_LOOKS: Final = 6.0  # what a sensor errs by for good does not go away
_DRIVES_MPS: Final = 3.0
_MOST_DROVE_S: Final = 60.0
_LEAST_SURFACE: Final = 0.01  # share of what drives or floats, however little the class makes of it


class Level(NamedTuple):
    """The mean height over the ground of what has kept it, m, over so many looks; NaN none was known."""

    over_m: float = math.nan
    looks: float = 0.0

    def sd_m(self, sd_m: float) -> float:
        """The standard deviation of the mean, of heights that have this one."""
        return sd_m / math.sqrt(max(self.looks, 1.0))


def level(before: Level, over_m: float, sd_m: float, since_s: float) -> Level:
    """The level after since_s more seconds, at a height with this standard deviation, m; NaN says nothing."""
    if math.isnan(over_m) or not sd_m > 0.0:
        return before
    more = min(since_s, _MOST_S) / _LEVEL_S
    if math.isnan(before.over_m) or abs(over_m - before.over_m) > _LEFT * sd_m:
        return Level(over_m, more)
    looks = min(before.looks + more, _MOST_LOOKS)
    return Level(before.over_m + (over_m - before.over_m) * more / looks, looks)


def heard(case: float, p: float, since_s: float, sure_from: float) -> float:
    """The case after since_s more seconds in which the track was seen, and is a drone with probability p."""
    p = min(max(p, _LEAST_P), 1.0 - _LEAST_P)
    more = math.log(p / (1.0 - p)) * min(since_s, _MOST_S) / LOOK_S
    return min(max(case + more, _LOWEST), sure_from)


def ground(before: float, over_m: float, sd_m: float, since_s: float, surely_mps: float = 0.0) -> float:
    """How far heights speak for the ground, nats, after since_s more seconds; NaN heights say nothing.

    over_m, sd_m  height over the ground, and its standard deviation with that of the ground in it
    surely_mps    what it is faster than
    """
    if math.isnan(over_m) or not sd_m > 0.0:
        return before
    if surely_mps >= _TOO_FAST_MPS:
        return 0.0
    below_m = _FAST_M if surely_mps >= _FAST_MPS else _LOW_M
    log_ratio = math.log(below_m / (sd_m * math.sqrt(2.0 * math.pi))) - 0.5 * (over_m / sd_m) ** 2
    more = max(log_ratio, -_MOST_GROUND) * min(since_s, _MOST_S) / LOOK_S
    return min(max(before + more, 0.0), _MOST_GROUND)


def drove(before_s: float, over_m: float, sd_m: float, surely_mps: float, since_s: float) -> float:
    """How long it was surely seen to drive, s, after since_s more seconds; NaN heights say nothing.

    over_m, sd_m  as of `ground`; surely_mps: what it is faster than
    """
    if is_up(over_m, sd_m) or surely_mps >= _TOO_FAST_MPS:
        return 0.0
    if math.isnan(over_m) or not sd_m <= _MOST_SD_M:
        return before_s
    drives = abs(over_m) < 1.5 * sd_m and surely_mps >= _DRIVES_MPS
    return min(before_s + (min(since_s, _MOST_S) if drives else 0.0), _MOST_DROVE_S)


def kept_down(ground: float, drove_s: float) -> float:
    """How far heights speak for the ground, nats, of what was seen to drive for so long."""
    return max(ground, drove_s / LOOK_S)


def is_up(over_m: float, sd_m: float) -> bool:
    """Whether a height is known well, and is surely not that of the ground; NaN is not known."""
    return sd_m <= _MOST_SD_M and over_m > 4.0 * sd_m


def in_the_air(p: float, surface: float, ground: float, *, up: bool = False) -> float:
    """P(unmanned aircraft) with what heights say in it.

    p, surface  P(unmanned aircraft), P(vehicle or vessel) as class has them
    ground      as `ground` gives it
    up          it is surely up now: then it neither drives nor floats
    """
    if up:
        return p / (1.0 - surface) if surface < 1.0 else p
    if ground <= 0.0:
        return p
    surface = max(surface, _LEAST_SURFACE)
    return p / (p + max(0.0, 1.0 - p - surface) + surface * math.exp(ground))
