"""A Remote ID broadcast in a UDP datagram, for receivers that hand on what they heard.

    byte 0     1, the version of this header
    byte 1     carrier: 0 unknown, 1 Bluetooth 4, 2 Bluetooth 5, 3 Wi-Fi beacon, 4 Wi-Fi NAN
    bytes 2-7  address of the transmitter, in the order one writes it
    byte 8     signal level, int8, dBm; 0 unknown
    9-         one message of 25 bytes, or a message pack

The header is Vedette's own; there is no standard for it.
"""

import struct
from typing import Final

from vedette.core.errors import WireError
from vedette.wire.remoteid.broadcast import Broadcast, Carrier

VERSION: Final = 1
HEADER: Final = struct.Struct(">BB6sb")


def decode_datagram(datagram: bytes) -> Broadcast:
    """Read one datagram, or WireError."""
    if len(datagram) <= HEADER.size:
        raise WireError("truncated", f"expected more than {HEADER.size} bytes, got {len(datagram)}")
    version, carrier, transmitter, rssi_dbm = HEADER.unpack_from(datagram)
    if version != VERSION:
        raise WireError("unknown-version", f"expected header version {VERSION}, got {version}")
    known = Carrier(carrier) if carrier <= max(Carrier) else Carrier.UNKNOWN
    return Broadcast(known, transmitter, None, rssi_dbm or None, datagram[HEADER.size :])


def encode_datagram(
    payload: bytes,
    transmitter: bytes,
    *,
    carrier: Carrier = Carrier.UNKNOWN,
    rssi_dbm: int | None = None,
) -> bytes:
    """One datagram; payload is one message of 25 bytes or a pack."""
    return HEADER.pack(VERSION, carrier, transmitter, rssi_dbm or 0) + payload
