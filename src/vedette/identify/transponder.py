"""Who flies with a crew answers by a transponder as a rule: what is seen and does not is the less likely one.

While others are heard to answer, a track that was shown for a minute and never said an address or a code is
taken for crewed with a quarter of what it was, where it is surely so low that few may fly there with a crew.
Who is near to one that answers may be that one, seen twice. Where nobody is heard nobody knows whether a
receiver hears.

Source of the height: 150 m (500 ft) over the ground, SERA.5005(f)(2), Reg. (EU) No 923/2012.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.identify import company
from vedette.identify.evidence import leaning
from vedette.identify.ground import Height
from vedette.identify.state import Dossier

Array = NDArray[np.float64]

CREWED: Final = np.array([CLASSES.index(c) for c in ("aeroplane", "helicopter", "glider")])
_ANSWERS: Final = ("icao24", "mode_3a")
_ANSWERS_NS: Final = 60 * NS_PER_S  # ADS-B tells a position twice a second, low ones are hidden now and then
_FLIES: Final = ("multirotor", "fixed_wing_drone", "aeroplane", "helicopter", "glider")
_TWICE_M: Final = 1_000.0  # apart, of one that two sensors put in two places
_LOW_M: Final = 150.0
# A quarter: a guess, on the safe side, for light aircraft, gliders and helicopters need no ADS-B.
_MUTE_NATS: Final = math.log(0.25)


def silent(
    known: Sequence[Dossier | None], rows: NDArray[np.void], due: list[int], tick_ns: int
) -> list[bool]:
    """Which rows of TRACK that are due answer by no transponder; known are the dossiers of all rows (n,)."""
    from_ns = tick_ns - _ANSWERS_NS
    heard_ns = np.array([_heard_ns(one) for one in known])
    if not (heard_ns > from_ns).any():
        return [False] * len(due)
    answers = heard_ns > 0
    near = company.nearest(rows, answers, _TWICE_M) >= 0
    old = [one is not None and 0 < one.shown_ns <= from_ns for one in known]
    return [old[i] and not answers[i] and not near[i] for i in due]


def _heard_ns(dossier: Dossier | None) -> int:
    """When a track last answered, 0 never."""
    claims = dossier.claims if dossier is not None else {}
    return max((claims[scheme][0] for scheme in _ANSWERS if scheme in claims), default=0)


def is_low(height: Height) -> bool:
    """Whether it is surely lower than who flies with a crew may be."""
    return height.over_m + height.sd_m < _LOW_M


def weighed(p: Array, *, mute: bool) -> Array:
    """Class probabilities with silence in them; mute: it answers by none."""
    return leaning(p, CREWED, _MUTE_NATS) if mute else p


def words(p: Array, *, mute: bool) -> list[str]:
    """What a person is told of it, where it makes a difference."""
    flies = CLASSES[int(np.argmax(p))] in _FLIES
    return ["answers by no transponder"] if mute and flies else []
