"""The frame of a Mode S message: format, address, and the 56 bits of an extended squitter.

    bits 1-5    DF   downlink format; 24 to 31 are all 24
    bits 6-8    CA   capability (DF 11, 17), CF control field (DF 18)
    bits 9-32   AA   address (DF 11, 17, 18)
    bits 33-88  ME   message of DF 17 and 18; its first 5 bits are the type code
    last 24     PI   parity

CF of DF 18: 0 the target's own report, 1 the same with an address that is not ICAO's, 2 TIS-B,
3 coarse TIS-B, 4 management, 5 TIS-B with an address that is not ICAO's, 6 rebroadcast report.

Source: ICAO Annex 10 volume IV, 3.1.2.3.2 and 3.1.2.8.6 to 3.1.2.8.8; RTCA DO-260B, 2.2.3.2.1.
"""

from typing import Final

from vedette.wire.adsb.crc import with_parity

SHORT_BYTES: Final = 7
LONG_BYTES: Final = 14

# Downlink formats and how long their messages are.
LENGTH_BYTES: Final = {0: 7, 4: 7, 5: 7, 11: 7, 16: 14, 17: 14, 18: 14, 19: 14, 20: 14, 21: 14, 24: 14}

# Names by CA: what the transponder says of itself.
ON_GROUND_CA: Final = 4
AIRBORNE_CA: Final = 5


def downlink_format(first_byte: int) -> int:
    """DF of a message that begins with this byte."""
    return min(first_byte >> 3, 24)


def extended_squitter(address: int, me: int, *, capability: int = AIRBORNE_CA) -> bytes:
    """A DF 17 message of 14 bytes.

    address  24 bits
    me       56 bits
    """
    head = (17 << 3 | capability).to_bytes(1)
    return with_parity(head + address.to_bytes(3) + me.to_bytes(7))


def squitter_18(address: int, me: int, control: int) -> bytes:
    """A DF 18 message of 14 bytes; control is CF."""
    return with_parity((18 << 3 | control).to_bytes(1) + address.to_bytes(3) + me.to_bytes(7))
