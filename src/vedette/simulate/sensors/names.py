"""What transponders call themselves, by slot and life, remembered as the bytes that go on the air."""

from functools import lru_cache

import numpy as np

from vedette.simulate.actors.member import callsign_of, icao24_of
from vedette.simulate.actors.roster import Roster
from vedette.simulate.world import Ints
from vedette.wire.adsb import identification
from vedette.wire.asterix.values import callsign_octets

CATEGORY = "A3"
_NO_CALLSIGN = "        "


@lru_cache(maxsize=65_536)
def _octets(callsign: str) -> bytes:
    return callsign_octets(callsign or _NO_CALLSIGN)


@lru_cache(maxsize=65_536)
def _identification(callsign: str) -> int:
    return identification.encode(callsign or _NO_CALLSIGN, CATEGORY)


def addresses(roster: Roster, slot: Ints, life: Ints) -> Ints:
    """(k,) 24-bit addresses; 0 where there is no transponder."""
    members = roster.members
    pairs = zip(slot.tolist(), life.tolist(), strict=True)
    return np.array([icao24_of(members[s], n) or 0 for s, n in pairs], np.int64)


def callsigns(roster: Roster, slot: Ints, life: Ints) -> np.ndarray:
    """(k, 6) coded letters of callsigns."""
    members = roster.members
    pairs = zip(slot.tolist(), life.tolist(), strict=True)
    joined = b"".join(_octets(callsign_of(members[s], n)) for s, n in pairs)
    return np.frombuffer(joined, np.uint8).reshape(-1, 6)


def identifications(roster: Roster, slot: Ints, life: Ints) -> np.ndarray:
    """(k,) ME fields of ADS-B identification messages."""
    members = roster.members
    pairs = zip(slot.tolist(), life.tolist(), strict=True)
    return np.array([_identification(callsign_of(members[s], n)) for s, n in pairs], np.uint64)


def squawks(slot: Ints) -> Ints:
    """(k,) Mode 3/A codes, 12 bits: a slot keeps its own."""
    return 0o1000 + 0o21 * slot % 0o6000
