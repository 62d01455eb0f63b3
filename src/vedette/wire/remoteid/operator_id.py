"""Operator ID: 25 bytes.

    byte 0     type 5 << 4 | version
    byte 1     0 operator id, 201-255 private
    2-21       the id, as the aviation authority gave it
    22-24      reserved

Source: ASTM F3411-22a, 5.4.5.11; ASD-STAN EN 4709-002.
"""

from typing import Final, NamedTuple

from vedette.wire.remoteid.fields import head, text, text_code

TYPE: Final = 5


class OperatorId(NamedTuple):
    """ident "" where there is none."""

    id_type: int
    ident: str


def decode(message: bytes) -> OperatorId:
    """Read one message of 25 bytes."""
    return OperatorId(message[1], text(message[2:22]))


def encode(ident: str, id_type: int = 0) -> bytes:
    """One message; an id beyond 20 bytes is cut."""
    return bytes((head(TYPE), id_type)) + text_code(ident, 20) + bytes(3)
