"""What transponders call themselves, by slot and life, as columns of what goes on the air.

The first lives of a roster are coded once; those who appear again are coded as they come.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors.member import callsign_of, icao24_of
from vedette.simulate.actors.roster import Roster
from vedette.simulate.world import Ints
from vedette.wire.adsb import identification
from vedette.wire.asterix.values import callsign_octets

CATEGORY: Final = "A3"
_NO_CALLSIGN: Final = "        "
_ROSTERS: Final = 4  # remembered: a run has one, and one of its liars
_CODED: Final = np.dtype([("icao24", "<i8"), ("callsign", "u1", (6,)), ("identification", "<u8")])


@lru_cache(maxsize=65_536)
def _letters(callsign: str) -> tuple[tuple[int, ...], int]:
    """Coded letters, and the ME field of the ADS-B message."""
    text = callsign or _NO_CALLSIGN
    return tuple(callsign_octets(text)), identification.encode(text, CATEGORY)


def _row(roster: Roster, slot: int, life: int) -> tuple[int, tuple[int, ...], int]:
    """One row of _CODED; the address is 0 where there is no transponder."""
    member = roster.members[slot]
    address = icao24_of(member, life)
    return (0, (0,) * 6, 0) if address is None else (address, *_letters(callsign_of(member, life)))


@lru_cache(maxsize=_ROSTERS)
def _first_lives(roster: Roster) -> NDArray[np.void]:
    return np.array([_row(roster, slot, 1) for slot in range(len(roster))], _CODED)


def coded(roster: Roster, slot: Ints, life: Ints) -> NDArray[np.void]:
    """(k,) of icao24, callsign (6 octets of coded letters) and identification (an ME field)."""
    out = _first_lives(roster)[slot]
    for i in np.flatnonzero(life > 1).tolist():
        out[i] = _row(roster, int(slot[i]), int(life[i]))
    return out


def squawks(slot: Ints) -> Ints:
    """(k,) Mode 3/A codes, 12 bits: a slot keeps its own."""
    return 0o1000 + 0o21 * slot % 0o6000
