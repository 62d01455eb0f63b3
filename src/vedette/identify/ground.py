"""The ground: how far heights speak for what drives or floats.

What keeps to the ground is no drone, whatever it is taken for. How far its height speaks for that is added up
over looks, as the case for a drone is (see `case`),

    nats += log(N(height; 0, sd) / (1 / LOW_M)) * dt / LOOK_S

against a drone that flies anywhere below LOW_M, or below FAST_M where it is surely as fast as cars on a main
road: few that fast fly lower than houses. It multiplies the odds of what drives or floats. A height that is
not known well, or ground that is not flat, says next to nothing: so the height is the mean of what keeps it,
known the better the longer it does, and begun anew with what has surely left it for LEAVES_S: a plot that was
another's carries a track up for some seconds, and what takes off stays up. What a filter errs by in
height hangs together for about LEVEL_S. What is faster than any car does not drive. What was surely seen to
drive, on the ground and not standing, hardly takes off later: a height that is not known well does not count
against that any more, one that is does. A drone on the ground stands.
"""

import math
from typing import Final, NamedTuple

from vedette.identify.case import LOOK_S, MOST_S

_LOW_M: Final = 40.0  # the drones to be feared fly below: where height tells these apart, it speaks
_FAST_M: Final = 120.0  # the ceiling of the open category, (EU) 2019/947
_FAST_MPS: Final = 18.0
_TOO_FAST_MPS: Final = 45.0  # nothing drives or floats so fast
_MOST_NATS: Final = 10.0
_MOST_SD_M: Final = 5.0  # a height that tells the ground from a low flight
_LEVEL_S: Final = 25.0
_LEFT: Final = 3.0  # standard deviations from the mean
_LEAVES_S: Final = 8.0
_MOST_LOOKS: Final = 6.0  # what a sensor errs by for good does not go away
_DRIVES_MPS: Final = 3.0
_MOST_DROVE_S: Final = 60.0
_LEAST_SURFACE: Final = 0.01  # share of what drives or floats, however little the class makes of it


class Height(NamedTuple):
    """Over the ground, m, with the standard deviations of the height and of the ground; NaN is not known."""

    over_m: float
    alt_sd_m: float
    flat_m: float

    @property
    def sd_m(self) -> float:
        """Of the height over the ground."""
        return math.hypot(self.alt_sd_m, self.flat_m)


class Level(NamedTuple):
    """The mean height over the ground of what has kept it, m, over so many looks; NaN none was known.

    away_s  how long it has been elsewhere
    """

    over_m: float = math.nan
    looks: float = 0.0
    away_s: float = 0.0

    def sd_m(self, sd_m: float) -> float:
        """The standard deviation of the mean, of heights that have this one."""
        return sd_m / math.sqrt(max(self.looks, 1.0))


class Ground(NamedTuple):
    """What heights have said of a track so far.

    nats     how far they speak for the ground
    drove_s  how long it was surely seen to drive
    level    the height that it has kept
    """

    nats: float = 0.0
    drove_s: float = 0.0
    level: Level = Level()

    def mean(self, height: Height) -> Height:
        """The height that it has kept, of heights as well known as this one."""
        return Height(self.level.over_m, self.level.sd_m(height.alt_sd_m), height.flat_m)


def seen(before: Ground, height: Height, surely_mps: float, since_s: float) -> Ground:
    """With one more height, since_s after the last one, of what is surely faster than so much."""
    drove_s = drove(before.drove_s, height, surely_mps, since_s)
    after = Ground(0.0, drove_s, level(before.level, height.over_m, height.alt_sd_m, since_s))
    away = after.level.away_s > 0.0
    nats = before.nats if away else speaks(before.nats, after.mean(height), since_s, surely_mps)
    return after._replace(nats=max(nats, drove_s / LOOK_S))


def level(before: Level, over_m: float, sd_m: float, since_s: float) -> Level:
    """The level after since_s more seconds, at a height with this standard deviation, m; NaN says nothing."""
    if math.isnan(over_m) or not sd_m > 0.0:
        return before
    since_s = min(since_s, MOST_S)
    more = since_s / _LEVEL_S
    if math.isnan(before.over_m):
        return Level(over_m, more)
    if abs(over_m - before.over_m) > _LEFT * sd_m:
        away_s = before.away_s + since_s
        return before._replace(away_s=away_s) if away_s < _LEAVES_S else Level(over_m, more)
    looks = min(before.looks + more, _MOST_LOOKS)
    return Level(before.over_m + (over_m - before.over_m) * more / looks, looks)


def speaks(before: float, height: Height, since_s: float, surely_mps: float = 0.0) -> float:
    """How far heights speak for the ground, nats, after since_s more seconds; NaN heights say nothing.

    surely_mps  what it is faster than
    """
    over_m, sd_m = height.over_m, height.sd_m
    if math.isnan(over_m) or not sd_m > 0.0:
        return before
    if surely_mps >= _TOO_FAST_MPS:
        return 0.0
    below_m = _FAST_M if surely_mps >= _FAST_MPS else _LOW_M
    log_ratio = math.log(below_m / (sd_m * math.sqrt(2.0 * math.pi))) - 0.5 * (over_m / sd_m) ** 2
    more = max(log_ratio, -_MOST_NATS) * min(since_s, MOST_S) / LOOK_S
    return min(max(before + more, 0.0), _MOST_NATS)


def denies(height: Height) -> float:
    """How far a height speaks against the ground, nats, 0 or less.

    Against what flies anywhere that a drone may; a height that is not known denies nothing.
    """
    sd_m = height.sd_m
    if math.isnan(height.over_m) or not 0.0 < sd_m < math.inf:
        return 0.0
    width_m = sd_m * math.sqrt(2.0 * math.pi)
    return min(math.log(max(_FAST_M, width_m) / width_m) - 0.5 * (height.over_m / sd_m) ** 2, 0.0)


def drove(before_s: float, height: Height, surely_mps: float, since_s: float) -> float:
    """How long it was surely seen to drive, s, after since_s more seconds; NaN heights say nothing.

    surely_mps  what it is faster than
    """
    over_m, sd_m = height.over_m, height.sd_m
    if is_up(height) or surely_mps >= _TOO_FAST_MPS:
        return 0.0
    if math.isnan(over_m) or not sd_m <= _MOST_SD_M:
        return before_s
    drives = abs(over_m) < 1.5 * sd_m and surely_mps >= _DRIVES_MPS
    return min(before_s + (min(since_s, MOST_S) if drives else 0.0), _MOST_DROVE_S)


def is_up(height: Height) -> bool:
    """Whether a height is known well, and is surely not that of the ground; NaN is not known."""
    return height.sd_m <= _MOST_SD_M and height.over_m > 4.0 * height.sd_m


def in_the_air(p: float, surface: float, nats: float, *, up: bool = False) -> float:
    """P(unmanned aircraft) with what heights say in it.

    p, surface  P(unmanned aircraft), P(vehicle or vessel) as class has them
    nats        for the ground
    up          it is surely up now: then it neither drives nor floats
    """
    if up:
        return p / (1.0 - surface) if surface < 1.0 else p
    if nats <= 0.0:
        return p
    surface = max(surface, _LEAST_SURFACE)
    return p / (p + max(0.0, 1.0 - p - surface) + surface * math.exp(nats))
