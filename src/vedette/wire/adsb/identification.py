"""Identification and category, type codes 1 to 4.

    bits 1-5   type code: 4 is set A, 3 is B, 2 is C, 1 is D
    bits 6-8   category within the set; 0 says nothing
    bits 9-56  eight characters of six bits

Source: RTCA DO-260B, 2.2.3.2.5; ICAO Doc 9871, table A-2-8.
"""

from typing import Final, NamedTuple

from vedette.wire.adsb.frame import extended_squitter

_CHARACTERS: Final = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"
_SETS: Final = "?DCBA"


class Identification(NamedTuple):
    """callsign without padding; category as "A3". None where the sender did not say."""

    callsign: str | None
    category: str | None


def decode(me: int) -> Identification:
    """Read the 56 bits. A character that has no meaning is left out."""
    letters = [_CHARACTERS[me >> shift & 0x3F] for shift in range(42, -1, -6)]
    callsign = "".join(letters).replace("#", "").strip()
    category = me >> 48 & 7
    return Identification(callsign or None, f"{_SETS[me >> 51 & 7]}{category}" if category else None)


def encode(callsign: str, category: str = "A0") -> int:
    """The 56 bits. Raises ValueError for a character that has no code.

    callsign  up to eight of A-Z, 0-9 and space
    category  "A0" to "D7"
    """
    me = _SETS.index(category[0]) << 51 | int(category[1]) << 48
    for i, letter in enumerate(f"{callsign:<8}"[:8]):
        code = 0x20 if letter == " " else _CHARACTERS.index(letter)
        if letter == "#":
            raise ValueError(f"expected letters, digits or spaces in a callsign, got {callsign!r}")
        me |= code << (42 - 6 * i)
    return me


def encode_identification(icao: int, callsign: str, category: str = "A0") -> bytes:
    """A whole DF 17 message of 14 bytes."""
    return extended_squitter(icao, encode(callsign, category))
