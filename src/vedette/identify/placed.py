"""Whether it is known where a track is: a case is made of what is measured, not of what lies along a line.

One camera, microphone or direction finder tells a direction: what it sees may be anywhere along it. So a
track is *placed* while a sensor measures where it is, or the lines of two cross, and for some seconds after.
What keeps station with an unauthorised drone is placed as well while it is seen and its own place is known
well: it is where that one is.

Whom nobody has placed for long, and who may be far from where it is shown, is *lost*: plots of whatever comes
by may be taken for its own. So one more does not place it. After some it is found again, and may be another:
what was made of the case before does not count for it, and what sensors said of it counts again as it is
placed again. What spoke against it stays.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.identify.state import Dossier, Placing

Ints = NDArray[np.int64]

_HOLDS_NS: Final = 5 * NS_PER_S  # so long after it was measured is it placed
_OWN: Final = 0.5  # share of directions from which they are its own
_BESIDE_S: Final = 3  # of company from which it is where that one is
_BESIDE_M: Final = 60.0
_LOST_NS: Final = 30 * NS_PER_S
_LOST_M: Final = 150.0  # a standard deviation, along the worst direction
_FOUND: Final = 3  # plots that place it, until it is found again, or is surely where they are
_KNOWN: Final = 20  # plots that place it, since it was lost, until it is who it was


def looked(placing: Placing, crossed: int, seen: int, own: float, tick_ns: int) -> Placing:
    """With what direction finders and the others have told since it was last judged.

    crossed  plots that it has of finders whose lines cross
    own      share of these that no other's radio explains
    seen     plots of sensors that see it whatever it says of itself
    """
    crossed_ns = tick_ns if crossed > placing.crossed and own >= _OWN else placing.crossed_ns
    seen_ns = tick_ns if seen != placing.seen else placing.seen_ns
    return msgspec.structs.replace(
        placing, crossed=crossed, crossed_ns=crossed_ns, seen=seen, seen_ns=seen_ns
    )


def is_placed(dossier: Dossier, row: np.void, measured_ns: int, tick_ns: int) -> bool:
    """Whether it is known where a row of TRACK is, that a sensor last measured at measured_ns."""
    placing = dossier.placing
    if placing.lost is not None:
        return False
    measured = max(measured_ns, placing.crossed_ns) > tick_ns - _HOLDS_NS
    return measured or is_beside(dossier, row, measured_ns, tick_ns)


def is_beside(dossier: Dossier, row: np.void, measured_ns: int, tick_ns: int) -> bool:
    """Whether it is where an unauthorised drone is that it keeps station with, as of is_placed."""
    seen = measured_ns > 0 and dossier.placing.seen_ns > tick_ns - _HOLDS_NS
    return seen and dossier.company_s >= _BESIDE_S and float(row["sd_major_m"]) < _BESIDE_M


def is_seen(placing: Placing, tick_ns: int) -> bool:
    """Whether others than reporters have told of it just now: a report that is not its own places nobody."""
    return max(placing.seen_ns, placing.crossed_ns) > tick_ns - _HOLDS_NS


def known_again(placing: Placing, count: int) -> float:
    """Share, in 0 to 1, of what sensors have said of it that speaks of who is there now.

    count  plots that have placed it, in all
    """
    if placing.lost is not None or placing.found is None:
        return 1.0
    return min(1.0, (count - placing.found) / _KNOWN)


def counted(placing: Placing, count: int, *, is_placed: bool, is_beside: bool) -> Placing:
    """With the plots that have placed it, in all; and whether these were enough since it last was not placed.

    One plot or two of whatever comes by carry away what nobody has measured for seconds. Who is beside one
    that is placed needs none.
    """
    if not is_placed:
        return msgspec.structs.replace(placing, before=count, well=False)
    return msgspec.structs.replace(placing, well=is_beside or count - placing.before >= _FOUND)


def astray(rows: NDArray[np.void], measured_ns: Ints, tick_ns: int) -> NDArray[np.bool_]:
    """Which rows (n,) of TRACK were not measured for long, see motion.measured_ns, and may be far away."""
    out: NDArray[np.bool_] = (rows["sd_major_m"] > _LOST_M) & (measured_ns < tick_ns - _LOST_NS)
    return out


def begun_anew(dossier: Dossier, count: int) -> Dossier:
    """The dossier of who may be another than who it was until so many plots had placed it."""
    return msgspec.structs.replace(
        dossier,
        placing=msgspec.structs.replace(dossier.placing, lost=None, found=count),
        case=min(dossier.case, 0.0),
        drone=False,
        verdict=None,
    )


def followed(dossier: Dossier, count: int, tick_ns: int, *, far: bool) -> Dossier:
    """The dossier with whether it is lost, and begun anew where it is found again.

    count  plots that have placed it, in all; far: see astray
    """
    lost = dossier.placing.lost
    if lost is not None and count - lost >= _FOUND:
        return begun_anew(dossier, lost)
    if lost is None and far and dossier.placing.crossed_ns < tick_ns - _LOST_NS:
        return msgspec.structs.replace(dossier, placing=msgspec.structs.replace(dossier.placing, lost=count))
    return dossier
