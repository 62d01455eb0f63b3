"""Self-ID: 25 bytes; what the operator says of the flight.

    byte 0     type 3 << 4 | version
    byte 1     0 text, 1 emergency, 2 extended status, 201-255 private
    2-24       text

Source: ASTM F3411-22a, 5.4.5.9.
"""

from typing import Final, NamedTuple

from vedette.wire.remoteid.fields import head, text, text_code

TYPE: Final = 3
TEXT, EMERGENCY, EXTENDED_STATUS = range(3)


class SelfId(NamedTuple):
    """description "" where there is none."""

    description_type: int
    description: str


def decode(message: bytes) -> SelfId:
    """Read one message of 25 bytes."""
    return SelfId(message[1], text(message[2:]))


def encode(description: str, description_type: int = TEXT) -> bytes:
    """One message; text beyond 23 bytes is cut."""
    return bytes((head(TYPE), description_type)) + text_code(description, 23)
