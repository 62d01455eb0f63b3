"""What radio direction finders hear of a track: drones talk to their pilots, birds do not.

A memory of some ten seconds of how often a finder's direction went to the track. What is heard may be
another's, in the same direction, or a boat's own, so it says no more than `_MOST`. Where another stands in
the same direction that says who it is, the direction is taken for that one's (see `direction`). And it says
nothing of what only finders see: that there is a transmitter made the track, and it may well stand on the
ground.

Silence says little: half of all drones fly without radio, or in another band. But where finders hear well
whoever else flies is silent, always.

In ten simulated scenarios of seed 31, a direction went to 52 % of drones, by seconds, in two or more of the
last ten seconds, to 0.2 % of birds, 0.5 % of vehicles and 6.5 % of vessels. Of unauthorised drones where a
finder hears well, 37 % have more than a stray direction or two in the first 5 s of their track, 53 % after 10
to 20 s and 63 % later, of all else 0.3 to 1.5 % (13 simulated runs of seven minutes).
"""

import math
from typing import Final

from vedette.identify.direction import LEAST_SEEN

_MEMORY_S: Final = 10.0
_A_SECOND: Final = 0.35  # nats for each of them
_MOST: Final = 3.0
_SILENT: Final = 0.35  # nats: half of what half of all drones makes, for who hides is silent more often
_SILENT_S: Final = 5.0
_CHANCE: Final = 2  # directions of others that go astray
_TOLD_FROM_S: Final = 4.0
_OF_DIRECTIONS: Final = 4  # so many times as many as others see it: only finders do


def heard(before_s: float, own: float, since_s: float) -> float:
    """How long a track was heard of late, s, after since_s more seconds.

    own  share of the directions that went to it in these that is not another's; 0 where none did
    """
    faded_s = before_s * math.exp(-max(since_s, 0.0) / _MEMORY_S)
    return faded_s + own * min(max(since_s, 0.0), 1.0)


def log_odds(heard_s: float, directions: int, seen: int, silent_s: float = 0.0) -> float:
    """What so many seconds say for a drone against all else.

    directions  plots of direction finders that the track has; seen: of those that see it, whatever it says
    silent_s    age of a track that is where a finder hears well, 0 of one that is not; counts if it is silent
    """
    if seen < LEAST_SEEN or _OF_DIRECTIONS * seen < directions:
        return 0.0
    if directions <= _CHANCE:
        return -_SILENT * (1.0 - math.exp(-silent_s / _SILENT_S))
    return min(_A_SECOND * heard_s, _MOST)


def words(heard_s: float) -> list[str]:
    """The same as a reason, where it counts."""
    return ["direction finders hear a transmitter there"] if heard_s >= _TOLD_FROM_S else []
