"""Direct Remote ID, both ways: what drones broadcast of themselves over Bluetooth and Wi-Fi.

Records that are counted (Intake.records), one for each message read whole:

    remoteid.basic_id  remoteid.location  remoteid.authentication  remoteid.self_id
    remoteid.system    remoteid.operator_id
    remoteid.duplicate    a message of any of these types once more: same counter, same bytes
    remoteid.pack         a message pack, beside the messages in it
    remoteid.bad_clock    a Location whose time is more than a minute from when it was heard: it is
                          used, with the time it was heard
    remoteid.other_frame  a captured frame that has no Remote ID in it

Reasons that are quarantined:

    truncated bad-pack unknown-type unknown-version unknown-link-type crc no-address
    too-many-transmitters
"""

from vedette.wire.remoteid.broadcast import Broadcast, Carrier
from vedette.wire.remoteid.datagram import decode_datagram, encode_datagram
from vedette.wire.remoteid.decoder import BLE_LINKS, WIFI_LINKS, RemoteIdDecoder

__all__ = [
    "BLE_LINKS",
    "WIFI_LINKS",
    "Broadcast",
    "Carrier",
    "RemoteIdDecoder",
    "decode_datagram",
    "encode_datagram",
]
