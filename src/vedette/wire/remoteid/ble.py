"""Remote ID in captured Bluetooth Low Energy advertising.

    link type 251   access address (4), PDU, CRC (3)
    link type 256   pseudo header (10), then as 251
    link type 272   nRF Sniffer header (7 and 10), then as 251; on the coded PHY one byte more, the
                    coding indicator, stands after the access address (256 has it too)

    PDU             type (4 bits) and flags, length, payload
    legacy          types 0, 2, 4, 6: address (6, last byte first), advertising data
    extended        type 7: extended header with the address, then advertising data
    advertising     structures of length, type, value; ours is type 16 (service data), UUID FFFA,
                    application code 0D, message counter, one message or a pack

Where the receiver did not say whether the CRC holds, it is computed (start value 555555).

Source: Bluetooth Core 5.4, volume 6, part B, 2.3 and 3.1.1; ASTM F3411-22a, 5.4.6 and 5.4.7;
tcpdump link types LINKTYPE_BLUETOOTH_LE_LL(_WITH_PHDR) and LINKTYPE_NORDIC_BLE.
"""

import struct
from typing import Final, NamedTuple

from vedette.core.errors import WireError
from vedette.wire.remoteid.broadcast import APPLICATION_CODE, Broadcast, Carrier

LINK_LAYER, LINK_LAYER_WITH_HEADER, NORDIC = 251, 256, 272

_ADVERTISING_ADDRESS: Final = bytes.fromhex("d6be898e")
_LEGACY: Final = (0, 2, 4, 6)
_EXTENDED: Final = 7
_SERVICE_DATA: Final = b"\x16\xfa\xff" + bytes([APPLICATION_CODE])
_CRC_START: Final = 0xAAAAAA  # 555555 with its bits turned round
_CRC_POLYNOMIAL: Final = 0xDA6000  # x^24 + x^10 + x^9 + x^6 + x^4 + x^3 + x + 1, turned round
_CODED_PHY: Final = 2

# Parts of an extended header in their order: bit of its flags, length in bytes.
_EXTENDED_PARTS: Final = ((0x01, 6), (0x02, 6), (0x04, 1), (0x08, 2), (0x10, 3), (0x20, 18), (0x40, 1))


class _Link(NamedTuple):
    """A link-layer packet without what the receiver put before it; crc_ok None where it did not say."""

    packet: bytes
    coded: bool
    crc_ok: bool | None
    rssi_dbm: int | None


def broadcasts(link_type: int, data: bytes) -> list[Broadcast]:
    """The Remote ID broadcasts in one captured frame, usually none or one; WireError for a broken one."""
    link = _LINKS[link_type](data)
    if not link.packet.startswith(_ADVERTISING_ADDRESS):
        return []
    pdu = link.packet[4 + link.coded :]
    if len(pdu) < 2 or len(pdu) < 2 + pdu[1] + 3:
        raise WireError("truncated", f"expected an advertising packet and its CRC, got {len(pdu)} bytes")
    body, crc = pdu[: 2 + pdu[1]], pdu[2 + pdu[1] : 5 + pdu[1]]
    crc_ok = checksum(body) == crc if link.crc_ok is None else link.crc_ok
    if not crc_ok:
        raise WireError("crc", "the checksum of the Bluetooth packet does not hold")
    transmitter, advertising = _split(body)
    carrier = Carrier.BLUETOOTH_5 if body[0] & 0xF == _EXTENDED else Carrier.BLUETOOTH_4
    return [
        Broadcast(carrier, transmitter, value[4], link.rssi_dbm, value[5:])
        for value in _structures(advertising)
        if value.startswith(_SERVICE_DATA) and len(value) > 5
    ]


def checksum(pdu: bytes) -> bytes:
    """The CRC of an advertising PDU, 3 bytes in the order they are sent."""
    register = _CRC_START
    for byte in pdu:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (_CRC_POLYNOMIAL if register & 1 else 0)
    return register.to_bytes(3, "little")


def _plain_link(data: bytes) -> _Link:
    return _Link(data, coded=False, crc_ok=None, rssi_dbm=None)


def _header_link(data: bytes) -> _Link:
    if len(data) < 10:
        raise WireError("truncated", f"expected a Bluetooth pseudo header of 10 bytes, got {len(data)}")
    _, signal, _, _, _, flags = struct.unpack_from("<BbbB4sH", data)
    return _Link(
        data[10:],
        coded=flags >> 14 == _CODED_PHY,
        crc_ok=bool(flags & 0x0800) if flags & 0x0400 else None,
        rssi_dbm=signal if flags & 0x0002 else None,
    )


def _nordic_link(data: bytes) -> _Link:
    if len(data) < 17 or len(data) < 7 + data[7]:
        raise WireError("truncated", f"expected an nRF Sniffer header of 17 bytes, got {len(data)}")
    if not 1 <= data[3] <= 3:
        raise WireError("unknown-version", f"expected nRF Sniffer protocol 1 to 3, got {data[3]}")
    flags, rssi = data[8], data[10]
    return _Link(
        data[7 + data[7] :],
        coded=flags >> 4 & 7 == _CODED_PHY,
        crc_ok=bool(flags & 1),
        rssi_dbm=-rssi,
    )


_LINKS: Final = {LINK_LAYER: _plain_link, LINK_LAYER_WITH_HEADER: _header_link, NORDIC: _nordic_link}


def _split(pdu: bytes) -> tuple[bytes, bytes]:
    """Address and advertising data of a PDU; no data where it is not an advertisement."""
    kind, payload = pdu[0] & 0xF, pdu[2:]
    if kind in _LEGACY:
        if len(payload) < 6:
            raise WireError("truncated", f"expected an advertiser's address, got {len(payload)} bytes")
        return payload[5::-1], payload[6:]
    if kind != _EXTENDED or not payload:
        return b"", b""
    head_bytes = payload[0] & 0x3F
    head, advertising = payload[1 : 1 + head_bytes], payload[1 + head_bytes :]
    if len(head) < head_bytes:
        raise WireError("truncated", f"expected an extended header of {head_bytes} bytes, got {len(head)}")
    if not advertising:
        return b"", b""
    if not head or not head[0] & 0x01 or len(head) < 7:
        raise WireError("no-address", "an extended advertisement without the advertiser's address")
    needed = 1 + sum(size for bit, size in _EXTENDED_PARTS if head[0] & bit)
    if needed > head_bytes:
        raise WireError("truncated", f"expected an extended header of {needed} bytes, got {head_bytes}")
    return head[6:0:-1], advertising


def _structures(advertising: bytes) -> list[bytes]:
    """Advertising structures, type first; one that is cut short ends them."""
    found = []
    at = 0
    while at < len(advertising) and advertising[at]:
        end = at + 1 + advertising[at]
        if end > len(advertising):
            raise WireError("truncated", f"expected {end - at} bytes of advertising data at {at}")
        found.append(advertising[at + 1 : end])
        at = end
    return found


def encode_legacy(message: bytes, transmitter: bytes, counter: int) -> bytes:
    """A link-layer packet (link type 251) of legacy advertising with one message of 25 bytes."""
    value = _SERVICE_DATA + bytes([counter]) + message
    payload = transmitter[::-1] + bytes([len(value)]) + value
    pdu = bytes([0x42, len(payload)]) + payload  # non-connectable, random address
    return _ADVERTISING_ADDRESS + pdu + checksum(pdu)


def encode_extended(pack: bytes, transmitter: bytes, counter: int) -> bytes:
    """A link-layer packet (link type 251) of extended advertising with a pack."""
    value = _SERVICE_DATA + bytes([counter]) + pack
    head = b"\x09" + transmitter[::-1] + bytes(2)
    payload = bytes([len(head)]) + head + bytes([len(value)]) + value
    pdu = bytes([0x47, len(payload)]) + payload
    return _ADVERTISING_ADDRESS + pdu + checksum(pdu)
