"""Aircraft status, type code 28, subtype 1: emergency and Mode A code.

    bits 6-8    subtype; 2 is a resolution advisory, which is not read
    bits 9-11   emergency state
    bits 12-24  Mode A code, bit order of the altitude field

Source: RTCA DO-260B, 2.2.3.2.7.8; ICAO Doc 9871, table A-2-97.
"""

from typing import Final, NamedTuple

from vedette.wire.adsb.altitude import encode_squawk, squawk
from vedette.wire.adsb.frame import extended_squitter

EMERGENCIES: Final = (None, "general", "medical", "minimum fuel", "no radio", "unlawful", "downed", None)


class Status(NamedTuple):
    """emergency None where none is declared; squawk None where it is not sent."""

    emergency: str | None
    squawk: str | None


def decode(me: int) -> Status | None:
    """Read the 56 bits, or None for another subtype."""
    if me >> 48 & 7 != 1:
        return None
    code = me >> 32 & 0x1FFF
    return Status(EMERGENCIES[me >> 45 & 7], squawk(code) if code else None)


def encode(emergency: str | None, squawk_digits: str) -> int:
    """The 56 bits."""
    return 28 << 51 | 1 << 48 | EMERGENCIES.index(emergency) << 45 | encode_squawk(squawk_digits) << 32


def encode_status(icao: int, squawk_digits: str, emergency: str | None = None) -> bytes:
    """A whole DF 17 message of 14 bytes; emergency is one of EMERGENCIES."""
    return extended_squitter(icao, encode(emergency, squawk_digits))
