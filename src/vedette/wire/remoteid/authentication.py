"""Authentication: 25 bytes a page. Vedette counts the pages; it has no keys to check them with.

    byte 0     type 2 << 4 | version
    byte 1     kind of authentication << 4 | page
    page 0     byte 2 index of the last page, byte 3 length, bytes 4-7 time, 8-24 data
    others     bytes 2-24 data

Time is seconds since 2019-01-01 00:00 UTC.

Source: ASTM F3411-22a, 5.4.5.8.
"""

import struct
from typing import Final, NamedTuple

from vedette.wire.remoteid.fields import head

TYPE: Final = 2
_FIRST: Final = struct.Struct("<BBBBI17s")


class Authentication(NamedTuple):
    """One page; last_page, length and time_s are None on pages after the first."""

    auth_type: int
    page: int
    data: bytes
    last_page: int | None = None
    length: int | None = None
    time_s: int | None = None


def decode(message: bytes) -> Authentication:
    """Read one message of 25 bytes."""
    auth_type, page = message[1] >> 4, message[1] & 0xF
    if page:
        return Authentication(auth_type, page, message[2:])
    _, _, last_page, length, time_s, data = _FIRST.unpack(message)
    return Authentication(auth_type, 0, data, last_page & 0xF, length, time_s)


def encode(page: Authentication) -> bytes:
    """One message."""
    kind = page.auth_type << 4 | page.page
    if page.page:
        return bytes((head(TYPE), kind)) + page.data[:23].ljust(23, b"\0")
    return _FIRST.pack(head(TYPE), kind, page.last_page or 0, page.length or 0, page.time_s or 0, page.data)
