"""Packets out of capture files: pcap and pcapng, and the UDP payloads inside them.

pcap     24-byte header, then 16-byte record headers; either byte order, µs or ns
pcapng   blocks of type, length, body, length; section header, interface description, enhanced,
         simple and (obsolete) packet blocks; the rest is passed over. Times are in the interface's
         own resolution (if_tsresol) and offset (if_tsoffset)

What cannot be used is counted under a short reason in the dictionary that the caller hands in:

    truncated         the file ends inside a record, or a packet holds less than its datagram
    corrupt           a length, an order or a time that cannot be; after a length or an order
                      nothing more is read
    no-time           a simple packet block with no timed packet before it to borrow the time of
    no-interface      a packet of an interface that was not described
    ip-fragment       a piece of a larger datagram
    unknown-linktype  a link layer that `udp_payloads` does not know

Sources: draft-ietf-opsawg-pcap-05; draft-ietf-opsawg-pcapng-03; LINKTYPE_ values of tcpdump.org;
RFC 791, RFC 8200, RFC 768, IEEE 802.1Q.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from vedette.core.errors import FeedError
from vedette.core.units import NS_PER_S

Counts = dict[str, int]
Endpoint = tuple[str, int]

_PCAP: Final = {  # magic → byte order, ns of the last digit
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
_PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
_SECTION_ORDER: Final = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_LATEST_NS: Final = 1 << 62  # the year 2116; a later time is not one
_LONGEST: Final = 1 << 26  # bytes; a longer record is not a packet

_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_TSRESOL, _TSOFFSET = 9, 14

_ETHERNET, _RAW, _SLL, _SLL2, _NULL, _LOOP = 1, 101, 113, 276, 0, 108
_RAW_TYPES: Final = frozenset((12, 14, _RAW, 228, 229))
_ETHER_IPV4, _ETHER_IPV6 = 0x0800, 0x86DD
_ETHER_VLAN: Final = frozenset((0x8100, 0x88A8, 0x9100))
_UDP, _IPV6_FRAGMENT, _AUTHENTICATION = 17, 44, 51
_IPV6_OPTIONS: Final = frozenset((0, 43, 60, _AUTHENTICATION))
_PORTS: Final = struct.Struct(">HHH")


class Packet(NamedTuple):
    """One captured packet.

    heard_ns  UTC, when it was captured
    linktype  LINKTYPE_ number: what data begins with
    data      the bytes from the link layer up, as many as were captured
    """

    heard_ns: int
    linktype: int
    data: bytes


class _Interface(NamedTuple):
    linktype: int
    snaplen: int
    numerator: int  # time in ns = ticks * numerator // denominator + offset_ns
    denominator: int
    offset_ns: int


def is_capture(head: bytes) -> bool:
    """Whether a file that begins with these 4 bytes or more is a capture file."""
    return head[:4] in _PCAP or head[:4] == _PCAPNG


def read_packets(path: Path, counts: Counts | None = None) -> Iterator[Packet]:
    """Read the packets of a pcap or pcapng file in order.

    counts  takes what could not be used, by reason; see the module

    FeedError at once where the file cannot be opened or does not begin as a capture does.
    """
    counts = {} if counts is None else counts
    try:
        with path.open("rb") as file:
            head = file.read(28)
    except OSError as error:
        raise FeedError(f"{path}: expected a capture file, got {error.strerror}") from error
    if head[:4] in _PCAP:
        if len(head) < 24:
            raise FeedError(f"{path}: expected a pcap header of 24 bytes, got {len(head)}")
        return _read_pcap(path, *_PCAP[head[:4]], counts)
    if head[:4] == _PCAPNG:
        if head[8:12] not in _SECTION_ORDER or len(head) < 28:
            raise FeedError(f"{path}: expected a pcapng section header of 28 bytes, got {head.hex()}")
        return _read_pcapng(path, counts)
    raise FeedError(f"{path}: expected the magic of pcap or pcapng, got {head[:4].hex() or 'an empty file'}")


def _count(counts: Counts | None, reason: str) -> None:
    if counts is not None:
        counts[reason] = counts.get(reason, 0) + 1


def _read_pcap(path: Path, order: str, digit_ns: int, counts: Counts) -> Iterator[Packet]:
    header = struct.Struct(order + "IIII")
    with path.open("rb") as file:
        (network,) = struct.unpack(order + "20xI", file.read(24))
        linktype = network & 0xFFFF  # above it stand frame check bits
        while head := file.read(16):
            if len(head) < 16:
                return _count(counts, "truncated")
            seconds, digits, length, _ = header.unpack(head)
            if length > _LONGEST:
                return _count(counts, "corrupt")
            data = file.read(length)
            if len(data) < length:
                return _count(counts, "truncated")
            yield Packet(seconds * NS_PER_S + digits * digit_ns, linktype, data)


def _blocks(file: BinaryIO, counts: Counts) -> Iterator[tuple[str, int, bytes]]:
    """Byte order of the section, type and body of each block; section headers have done their work."""
    order = "<"
    while head := file.read(8):
        if len(head) < 8:
            return _count(counts, "truncated")
        if head[:4] == _PCAPNG:
            magic = file.read(4)
            if len(magic) < 4:
                return _count(counts, "truncated")
            if magic not in _SECTION_ORDER:
                return _count(counts, "corrupt")
            order = _SECTION_ORDER[magic]
            file.seek(-4, 1)
        kind, length = struct.unpack(order + "II", head)
        if length < 12 or length % 4 or length > _LONGEST:
            return _count(counts, "corrupt")
        rest = file.read(length - 8)
        if len(rest) < length - 8:
            return _count(counts, "truncated")
        yield order, kind, rest[:-4]
    return None


def _read_pcapng(path: Path, counts: Counts) -> Iterator[Packet]:
    interfaces: list[_Interface] = []
    last_ns: int | None = None
    with path.open("rb") as file:
        for order, kind, body in _blocks(file, counts):
            if kind == int.from_bytes(_PCAPNG, "big"):
                interfaces = []
            elif kind == _INTERFACE:
                interfaces.append(_interface(order, body))
            elif kind in (_ENHANCED_PACKET, _OLD_PACKET, _SIMPLE_PACKET):
                packet = _packet(order, kind, body, interfaces, last_ns)
                if isinstance(packet, str):
                    _count(counts, packet)
                    continue
                last_ns = packet.heard_ns
                yield packet


def _interface(order: str, body: bytes) -> _Interface:
    """Body of an interface description block; what is too short for it leaves the defaults."""
    linktype, snaplen = struct.unpack_from(order + "HxxI", body.ljust(8, b"\0"))
    numerator, denominator, offset_ns = 1000, 1, 0
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
        if code == _TSRESOL and len(value) == 1:
            base = 2 if value[0] & 0x80 else 10
            numerator, denominator = NS_PER_S, base ** (value[0] & 0x7F)
        elif code == _TSOFFSET and len(value) == 8:
            offset_ns = struct.unpack(order + "q", value)[0] * NS_PER_S
        elif code == 0:
            break
    return _Interface(linktype, snaplen, numerator, denominator, offset_ns)


def _packet(
    order: str, kind: int, body: bytes, interfaces: list[_Interface], last_ns: int | None
) -> Packet | str:
    """Body of a packet block to a packet, or the reason why not."""
    if kind == _SIMPLE_PACKET:
        if len(body) < 4 or not interfaces:
            return "corrupt" if interfaces else "no-interface"
        if last_ns is None:
            return "no-time"
        (length,) = struct.unpack_from(order + "I", body)
        held = min(length, interfaces[0].snaplen or length, len(body) - 4)
        return Packet(last_ns, interfaces[0].linktype, body[4 : 4 + held])
    if len(body) < 20:
        return "corrupt"
    which, high, low, length = struct.unpack_from(
        order + ("I" if kind == _ENHANCED_PACKET else "Hxx") + "III", body
    )
    if which >= len(interfaces):
        return "no-interface"
    if 20 + length > len(body):
        return "corrupt"
    interface = interfaces[which]
    heard_ns = (high << 32 | low) * interface.numerator // interface.denominator + interface.offset_ns
    if not 0 <= heard_ns < _LATEST_NS:
        return "corrupt"
    return Packet(heard_ns, interface.linktype, body[20 : 20 + length])


def udp_payloads(packet: Packet, counts: Counts | None = None) -> tuple[Endpoint, Endpoint, bytes] | None:
    """Sender, receiver and payload of the UDP datagram in a packet; None where there is no whole one.

    counts  takes why not, by reason; a packet that is simply something else than UDP is not counted
    """
    try:
        ip = _network_layer(packet)
        if ip is None:
            _count(counts, "unknown-linktype")
            return None
        return _udp(ip, counts)
    except (IndexError, struct.error):
        _count(counts, "truncated")
        return None


def _network_layer(packet: Packet) -> bytes | None:
    """IP packet in a captured packet, empty where it carries something else; None: unknown link layer."""
    linktype, data = packet.linktype, packet.data
    if linktype in _RAW_TYPES:
        return data
    if linktype in (_NULL, _LOOP):
        return data[4:] if data[4] >> 4 in (4, 6) else b""
    if linktype == _SLL:
        ether, at = int.from_bytes(data[14:16], "big"), 16
    elif linktype == _SLL2:
        ether, at = int.from_bytes(data[:2], "big"), 20
    elif linktype == _ETHERNET:
        ether, at = int.from_bytes(data[12:14], "big"), 14
    else:
        return None
    while ether in _ETHER_VLAN:
        ether, at = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    return data[at:] if ether in (_ETHER_IPV4, _ETHER_IPV6) else b""


def _udp(ip: bytes, counts: Counts | None) -> tuple[Endpoint, Endpoint, bytes] | None:
    if not ip:
        return None
    found = _ipv4(ip) if ip[0] >> 4 == 4 else _ipv6(ip) if ip[0] >> 4 == 6 else None
    if found is None:
        return None
    if isinstance(found, str):
        _count(counts, found)
        return None
    source, destination, at = found
    sport, dport, length = _PORTS.unpack_from(ip, at)
    if length < 8 or at + length > len(ip):
        _count(counts, "truncated")
        return None
    return (_address(source), sport), (_address(destination), dport), ip[at + 8 : at + length]


def _ipv4(ip: bytes) -> tuple[bytes, bytes, int] | str | None:
    """Addresses and where the UDP header is; a reason where it is a fragment; None where not UDP."""
    if ip[9] != _UDP:
        return None
    if int.from_bytes(ip[6:8], "big") & 0x3FFF:  # more fragments follow, or this one has an offset
        return "ip-fragment"
    return ip[12:16], ip[16:20], (ip[0] & 15) * 4


def _ipv6(ip: bytes) -> tuple[bytes, bytes, int] | str | None:
    following, at = ip[6], 40
    while following != _UDP:
        if following == _IPV6_FRAGMENT:
            if int.from_bytes(ip[at + 2 : at + 4], "big") & 0xFFF9:
                return "ip-fragment"
            following, at = ip[at], at + 8
        elif following in _IPV6_OPTIONS:
            units = (ip[at + 1] + 2) * 4 if following == _AUTHENTICATION else (ip[at + 1] + 1) * 8
            following, at = ip[at], at + units
        else:
            return None
    return ip[8:24], ip[24:40], at


@lru_cache(maxsize=4096)
def _address(octets: bytes) -> str:
    return str(ip_address(octets))
