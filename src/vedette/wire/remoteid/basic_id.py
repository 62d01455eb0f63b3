"""Basic ID: 25 bytes.

    byte 0     type 0 << 4 | version
    byte 1     kind of id << 4 | kind of aircraft
    bytes 2-21 the id: ASCII, or for UTM 16 bytes of a UUID, or for a session its type and bytes
    22-24      reserved

Kinds of id: 0 none, 1 serial number (ANSI/CTA-2063-A), 2 registration by an aviation authority,
3 UUID of a UTM system, 4 session id.

Source: ASTM F3411-22a, 5.4.5.6; ASD-STAN EN 4709-002.
"""

from typing import Final, NamedTuple

from vedette.wire.remoteid.fields import head, text, text_code

TYPE: Final = 0
NONE, SERIAL_NUMBER, REGISTRATION, UTM_UUID, SESSION = range(5)
AIRCRAFT: Final = (
    None,
    "aeroplane",
    "multirotor",  # the standard's "helicopter or multirotor"
    "gyroplane",
    "hybrid_lift",
    "ornithopter",
    "glider",
    "kite",
    "free_balloon",
    "captive_balloon",
    "airship",
    "parachute",
    "rocket",
    "tethered",
    "ground_obstacle",
    "other",
)


class BasicId(NamedTuple):
    """ident "" where the sender gives none; aircraft a name of AIRCRAFT, None where undeclared."""

    id_type: int
    ident: str
    aircraft: str | None


def decode(message: bytes) -> BasicId:
    """Read one message of 25 bytes."""
    id_type = message[1] >> 4
    field = message[2:22]
    ident = field.rstrip(b"\0").hex() if id_type in (UTM_UUID, SESSION) else text(field)
    return BasicId(id_type, ident, AIRCRAFT[message[1] & 0xF])


def encode(ident: str, aircraft: str | None = "multirotor", id_type: int = SERIAL_NUMBER) -> bytes:
    """One message. A UUID or session id is given as hexadecimal digits."""
    binary = id_type in (UTM_UUID, SESSION)
    field = bytes.fromhex(ident)[:20].ljust(20, b"\0") if binary else text_code(ident, 20)
    return bytes((head(TYPE), id_type << 4 | AIRCRAFT.index(aircraft))) + field + bytes(3)
