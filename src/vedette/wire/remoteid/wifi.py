"""Remote ID in captured Wi-Fi frames: beacons, and NAN service discovery.

    link type 105   an 802.11 frame
    link type 127   the same after a radiotap header

    802.11          frame control (2), duration (2), three addresses (6 each), sequence (2), body,
                    and a check sequence (4) where radiotap says so
    beacon          body: time (8), interval (2), capabilities (2), elements of id, length, value;
                    ours is id DD, value FA 0B BC (ASD-STAN), 0D, message counter, pack
    NAN             body: 04 09, 50 6F 9A (Wi-Fi Alliance), 13, attributes of id, length (2), value;
                    ours is id 03, value 88 69 19 9D 92 09 (hash of the service's name), instance,
                    requester, control, [matching filter], [response filter], length, counter, pack

Source: IEEE 802.11-2020, 9.2.4 and 9.3.3; radiotap.org; Wi-Fi Aware 3.2, 9.5.4;
ASTM F3411-22a, 5.4.8 and 5.4.9; ASD-STAN EN 4709-002.
"""

import struct
from typing import Final

from vedette.core.errors import WireError
from vedette.wire.remoteid.broadcast import APPLICATION_CODE, Broadcast, Carrier

IEEE_802_11, RADIOTAP = 105, 127

_MANAGEMENT_BYTES: Final = 24
_BEACON, _ACTION, _ACTION_NO_ACK = 0x80, 0xD0, 0xE0
_BEACON_FIXED_BYTES: Final = 12
_VENDOR_ELEMENT: Final = 0xDD
_OURS: Final = bytes((0xFA, 0x0B, 0xBC, APPLICATION_CODE))
_NAN_HEAD: Final = bytes.fromhex("0409506f9a13")
_SERVICE_DESCRIPTOR: Final = 0x03
_SERVICE_ID: Final = bytes.fromhex("8869199d9209")
_HAS_MATCHING_FILTER, _HAS_RESPONSE_FILTER, _HAS_INFO, _HAS_BITMAP = 0x04, 0x08, 0x10, 0x40

# Radiotap fields up to the signal level: bit, alignment, bytes.
_RADIOTAP_FIELDS: Final = ((0, 8, 8), (1, 1, 1), (2, 1, 1), (3, 2, 4), (4, 1, 2), (5, 1, 1))
_FLAGS_FIELD, _SIGNAL_FIELD = 1, 5
_CHECK_AT_END, _BAD_CHECK = 0x10, 0x40


def broadcasts(link_type: int, data: bytes) -> list[Broadcast]:
    """The Remote ID broadcasts in one captured frame, usually none or one; WireError for a broken one."""
    rssi_dbm = None
    if link_type == RADIOTAP:
        data, rssi_dbm = _without_radiotap(data)
    if len(data) < _MANAGEMENT_BYTES:
        raise WireError("truncated", f"expected an 802.11 header of 24 bytes, got {len(data)}")
    body = data[_MANAGEMENT_BYTES + (4 if data[1] & 0x80 else 0) :]
    transmitter = data[10:16]
    if data[0] == _BEACON:
        found = _beacon_payloads(body)
        carrier = Carrier.WIFI_BEACON
    elif data[0] in (_ACTION, _ACTION_NO_ACK) and body.startswith(_NAN_HEAD):
        found = _nan_payloads(body[len(_NAN_HEAD) :])
        carrier = Carrier.WIFI_NAN
    else:
        return []
    return [Broadcast(carrier, transmitter, info[0], rssi_dbm, info[1:]) for info in found if len(info) > 1]


def _without_radiotap(data: bytes) -> tuple[bytes, int | None]:
    """The 802.11 frame and the signal level in dBm."""
    if len(data) < 8 or data[0] != 0 or len(data) < (length := int.from_bytes(data[2:4], "little")):
        raise WireError("truncated", f"expected a radiotap header, got {len(data)} bytes")
    present = int.from_bytes(data[4:8], "little")
    at, word = 8, present
    while word >> 31:
        word = int.from_bytes(data[at : at + 4], "little")
        at += 4
    flags, rssi_dbm = 0, None
    for bit, alignment, size in _RADIOTAP_FIELDS:
        if present >> bit & 1:
            at += -at % alignment
            if at + size > length:
                raise WireError("truncated", f"expected radiotap field {bit} within {length} bytes")
            if bit == _FLAGS_FIELD:
                flags = data[at]
            elif bit == _SIGNAL_FIELD:
                rssi_dbm = struct.unpack_from("b", data, at)[0]
            at += size
    if flags & _BAD_CHECK:
        raise WireError("crc", "the check sequence of the Wi-Fi frame does not hold")
    return data[length : len(data) - 4 if flags & _CHECK_AT_END else len(data)], rssi_dbm


def _beacon_payloads(body: bytes) -> list[bytes]:
    """Counter and pack of each of our elements."""
    found = []
    at = _BEACON_FIXED_BYTES
    while at + 2 <= len(body):
        kind, end = body[at], at + 2 + body[at + 1]
        if end > len(body):
            raise WireError("truncated", f"expected {end - at} bytes of an element at {at}")
        if kind == _VENDOR_ELEMENT and body.startswith(_OURS, at + 2):
            found.append(body[at + 2 + len(_OURS) : end])
        at = end
    return found


def _nan_payloads(attributes: bytes) -> list[bytes]:
    """Counter and pack of each of our service descriptors."""
    found = []
    at = 0
    while at + 3 <= len(attributes):
        end = at + 3 + int.from_bytes(attributes[at + 1 : at + 3], "little")
        if end > len(attributes):
            raise WireError("truncated", f"expected {end - at} bytes of a NAN attribute at {at}")
        value = attributes[at + 3 : end]
        if attributes[at] == _SERVICE_DESCRIPTOR and value.startswith(_SERVICE_ID):
            found.append(_service_info(value))
        at = end
    return found


def _service_info(value: bytes) -> bytes:
    if len(value) < 9:
        raise WireError("truncated", f"expected a service descriptor of 9 bytes or more, got {len(value)}")
    control, at = value[8], 9
    if control & _HAS_BITMAP:
        at += 2
    for part in (_HAS_MATCHING_FILTER, _HAS_RESPONSE_FILTER):
        if control & part:
            at += 1 + int.from_bytes(value[at : at + 1])
    if not control & _HAS_INFO:
        return b""
    size = int.from_bytes(value[at : at + 1])
    info = value[at + 1 : at + 1 + size]
    if len(info) < size or not size:
        raise WireError("truncated", f"expected {size} bytes of service info, got {len(info)}")
    return info


def encode_beacon(pack: bytes, transmitter: bytes, counter: int) -> bytes:
    """An 802.11 beacon (link type 105) with a pack."""
    head = bytes((_BEACON, 0, 0, 0)) + b"\xff" * 6 + transmitter * 2 + bytes(2)
    ours = _OURS + bytes([counter]) + pack
    fixed = bytes(8) + struct.pack("<HH", 100, 0)
    return head + fixed + b"\0\0" + bytes((_VENDOR_ELEMENT, len(ours))) + ours


def encode_nan(pack: bytes, transmitter: bytes, counter: int) -> bytes:
    """A NAN service discovery frame (link type 105) with a pack."""
    group = bytes.fromhex("516f9a010000")
    head = bytes((_ACTION, 0, 0, 0)) + group + transmitter + bytes.fromhex("506f9a010000") + bytes(2)
    info = bytes([counter]) + pack
    value = _SERVICE_ID + bytes((1, 0, _HAS_INFO, len(info))) + info
    attribute = bytes([_SERVICE_DESCRIPTOR]) + len(value).to_bytes(2, "little") + value
    return head + _NAN_HEAD + attribute
