"""What every carrier brings: who sent, its counter, and the messages."""

from enum import IntEnum
from typing import Final, NamedTuple

APPLICATION_CODE: Final = 0x0D


class Carrier(IntEnum):
    """How a broadcast came."""

    UNKNOWN = 0
    BLUETOOTH_4 = 1
    BLUETOOTH_5 = 2
    WIFI_BEACON = 3
    WIFI_NAN = 4


class Broadcast(NamedTuple):
    """One broadcast.

    transmitter  6 bytes, as one writes the address
    counter      0 to 255, goes up when the content changes; None where the carrier has none
    rssi_dbm     None where the receiver did not say
    payload      one message of 25 bytes, or a pack
    """

    carrier: Carrier
    transmitter: bytes
    counter: int | None
    rssi_dbm: int | None
    payload: bytes
