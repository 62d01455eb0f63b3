"""Capture files: real writers' bytes, every variant of our own making, and broken files."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.core.errors import FeedError
from vedette.core.units import NS_PER_S
from vedette.feed.pcap import Packet, is_capture, read_packets, udp_payloads

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
PAYLOAD = bytes.fromhex("30000680146b")
HEARD_NS = 1_700_000_000 * NS_PER_S + NS_PER_S // 4

# One Ethernet packet of 10.0.0.1:4000 to 232.1.1.31:8600, by dpkt 1.9.8 (BSD):
#     pcap.Writer(file, nano=…).writepkt(ethernet, ts=1700000000.25), pcapng.Writer likewise
DPKT = {
    "µs": "d4c3b2a1020004000000000000000000dc0500000100000000f1536590d003003000000030000000"
    "04040404040402020202020208004500002200000000401187aa0a000001e801011f0fa02198000e908d30000680146b",
    "ns": "4d3cb2a1020004000000000000000000dc0500000100000000f1536580b2e60e3000000030000000"
    "04040404040402020202020208004500002200000000401187aa0a000001e801011f0fa02198000e908d30000680146b",
    "pcapng": "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000010000001400000001000000dc050000"
    "14000000060000005000000000000000240a0600901022183000000030000000040404040404020202020202"
    "08004500002200000000401187aa0a000001e801011f0fa02198000e908d30000680146b50000000",
}


def udp(payload: bytes = PAYLOAD, sport: int = 4000, dport: int = 8600) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def ipv4(body: bytes, protocol: int = 17, fragment: int = 0, options: bytes = b"") -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(body), 1, fragment, 64, protocol, 0)
    return head + bytes([10, 0, 0, 1]) + bytes([232, 1, 1, 31]) + options + body


def ipv6(body: bytes, following: int = 17) -> bytes:
    source, destination = bytes.fromhex("fd" + "00" * 14 + "01"), bytes.fromhex("ff02" + "00" * 13 + "01")
    return struct.pack(">IHBB", 6 << 28, len(body), following, 64) + source + destination + body


def ethernet(body: bytes, kind: int = 0x0800, tags: bytes = b"") -> bytes:
    return bytes(12) + tags + kind.to_bytes(2, "big") + body


def pcap(packets: list[bytes], order: str = "<", nano: bool = False, linktype: int = 1) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, linktype)
    digits = NS_PER_S // 4 // (1 if nano else 1000)
    for packet in packets:
        data += struct.pack(order + "IIII", 1_700_000_000, digits, len(packet), len(packet)) + packet
    return data


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str = "<", linktype: int = 1, options: bytes = b"", snaplen: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", linktype, 0, snaplen) + options)


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(packet: bytes, ticks: int, order: str = "<", which: int = 0) -> bytes:
    head = struct.pack(order + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
    return block(order, 6, head + packet)


def read(tmp_path: Path, data: bytes) -> tuple[list[Packet], dict[str, int]]:
    path = tmp_path / "capture"
    path.write_bytes(data)
    counts: dict[str, int] = {}
    return list(read_packets(path, counts)), counts


WHOLE = ethernet(ipv4(udp()))


@pytest.mark.parametrize("kind", DPKT)
def test_what_dpkt_wrote(tmp_path, kind):
    data = bytes.fromhex(DPKT[kind])
    assert is_capture(data)
    (packet,), counts = read(tmp_path, data)
    assert (packet.heard_ns, packet.linktype, counts) == (HEARD_NS, 1, {})
    assert udp_payloads(packet) == (("10.0.0.1", 4000), ("232.1.1.31", 8600), PAYLOAD)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_in_all_variants(tmp_path, order, nano):
    packets, counts = read(tmp_path, pcap([WHOLE, b"", WHOLE], order, nano))
    assert packets == [Packet(HEARD_NS, 1, WHOLE), Packet(HEARD_NS, 1, b""), Packet(HEARD_NS, 1, WHOLE)]
    assert counts == {}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [
        (None, HEARD_NS // 1000),
        (6, HEARD_NS // 1000),
        (9, HEARD_NS),
        (3, HEARD_NS // 1_000_000),
        (10, HEARD_NS * 10),
        (0x80 | 10, HEARD_NS * 1024 // NS_PER_S),
    ],
)
def test_pcapng_times_in_the_interface_s_own_resolution(tmp_path, order, resolution, ticks):
    options = b"" if resolution is None else option(order, 9, bytes([resolution])) + option(order, 0, b"")
    data = section(order) + interface(order, options=options) + enhanced(WHOLE, ticks, order)
    assert read(tmp_path, data) == ([Packet(HEARD_NS, 1, WHOLE)], {})


def test_pcapng_offset_sections_interfaces_and_blocks_of_no_interest(tmp_path):
    shifted = option("<", 14, struct.pack("<q", 3600))
    data = section() + interface(linktype=101) + block("<", 5, bytes(8)) + interface(options=shifted)
    data += enhanced(WHOLE, (HEARD_NS - 3600 * NS_PER_S) // 1000, which=1)
    data += section(">") + interface(">", linktype=113) + enhanced(b"abc", 5, ">")
    packets, counts = read(tmp_path, data)
    assert packets == [Packet(HEARD_NS, 1, WHOLE), Packet(5000, 113, b"abc")]
    assert counts == {}


def test_pcapng_simple_and_obsolete_packets(tmp_path):
    simple = block("<", 3, struct.pack("<I", len(WHOLE)) + WHOLE)
    ticks = HEARD_NS // 1000
    head = struct.pack("<HHIIII", 0, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(WHOLE), len(WHOLE))
    packets, counts = read(tmp_path, section() + interface() + simple + block("<", 2, head + WHOLE) + simple)
    assert packets == [Packet(HEARD_NS, 1, WHOLE)] * 2
    assert counts == {"no-time": 1}


def test_a_simple_packet_is_cut_at_the_interface_s_length(tmp_path):
    data = section() + interface(snaplen=20) + enhanced(b"first", 1)
    packets, _ = read(tmp_path, data + block("<", 3, struct.pack("<I", len(WHOLE)) + WHOLE[:20]))
    assert packets[1] == Packet(1000, 1, WHOLE[:20])


def test_pcapng_packets_that_cannot_be_placed(tmp_path):
    liar = struct.pack("<IIIII", 0, 0, 1, 1000, 1000) + b"short"
    data = (
        section()
        + enhanced(WHOLE, 1)
        + interface()
        + block("<", 6, liar)
        + block("<", 6, b"")
        + enhanced(b"x", 1)
    )
    packets, counts = read(tmp_path, data)
    assert packets == [Packet(1000, 1, b"x")]
    assert counts == {"no-interface": 1, "corrupt": 2}


def test_a_time_of_another_age_is_corrupt(tmp_path):
    seconds = interface(options=option("<", 9, bytes([0])))
    packets, counts = read(tmp_path, section() + seconds + enhanced(WHOLE, 1 << 60) + enhanced(WHOLE, 7))
    assert (packets, counts) == ([Packet(7 * NS_PER_S, 1, WHOLE)], {"corrupt": 1})


@pytest.mark.parametrize("data", [pcap([WHOLE, WHOLE]), section() + interface() + enhanced(WHOLE, 1) * 2])
def test_a_cut_tail_is_counted_and_the_rest_is_read(tmp_path, data):
    last = len(data) - data.rindex(WHOLE) + 16  # the second packet and most of its header
    for cut in range(1, last):
        packets, counts = read(tmp_path, data[:-cut])
        assert (len(packets), counts) == (1, {"truncated": 1})


@pytest.mark.parametrize(
    "data",
    [
        pcap([WHOLE]) + struct.pack("<IIII", 1, 1, 1 << 30, 1 << 30) + WHOLE,
        section() + interface() + enhanced(WHOLE, 1) + struct.pack("<II", 6, 13) + WHOLE,
        section() + interface() + enhanced(WHOLE, 1) + struct.pack("<II", 6, 4) + WHOLE,
        section() + interface() + enhanced(WHOLE, 1) + struct.pack("<III", 0x0A0D0D0A, 28, 7) + WHOLE,
    ],
)
def test_an_impossible_length_or_order_ends_the_reading(tmp_path, data):
    packets, counts = read(tmp_path, data)
    assert (len(packets), counts) == (1, {"corrupt": 1})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the magic of pcap or pcapng, got an empty file"),
        (b"0\x00\x06\x80\x14k", "the magic of pcap or pcapng, got 30000680"),
        (pcap([])[:20], "a pcap header of 24 bytes, got 20"),
        (section()[:20], "a pcapng section header"),
        (section().replace(b"\x4d\x3c\x2b\x1a", b"\x00\x00\x00\x00"), "a pcapng section header"),
    ],
)
def test_a_file_that_is_no_capture_is_refused_at_once(tmp_path, data, expected):
    path = tmp_path / "capture"
    path.write_bytes(data)
    with pytest.raises(FeedError, match=expected):
        read_packets(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FeedError, match=r"nowhere: expected a capture file, got No such file"):
        read_packets(tmp_path / "nowhere")


V4, V6 = ("10.0.0.1", "232.1.1.31"), ("fd00::1", "ff02::1")
TAG = bytes.fromhex("88a80001810000020800")[:8]


@pytest.mark.parametrize(
    ("linktype", "data", "addresses"),
    [
        (1, WHOLE, V4),
        (1, WHOLE + bytes(18), V4),  # padded to the shortest Ethernet frame
        (1, ethernet(ipv4(udp(), options=bytes(8))), V4),
        (1, ethernet(ipv6(udp()), 0x86DD), V6),
        (1, ethernet(ipv4(udp()), tags=bytes.fromhex("81000064")), V4),
        (1, ethernet(ipv4(udp()), tags=TAG), V4),
        (1, ethernet(ipv6(bytes([17, 0, 0, 0, 0, 0, 0, 0]) + udp(), 0), 0x86DD), V6),
        (1, ethernet(ipv6(bytes([17, 4]) + bytes(22) + udp(), 51), 0x86DD), V6),
        (1, ethernet(ipv6(bytes([17, 0, 0, 0, 0, 0, 0, 1]) + udp(), 44), 0x86DD), V6),  # whole in one
        (101, ipv4(udp()), V4),
        (12, ipv6(udp()), V6),
        (228, ipv4(udp()), V4),
        (113, bytes(14) + b"\x08\x00" + ipv4(udp()), V4),
        (276, b"\x86\xdd" + bytes(18) + ipv6(udp()), V6),
        (0, b"\x02\x00\x00\x00" + ipv4(udp()), V4),
        (0, b"\x1e\x00\x00\x00" + ipv6(udp()), V6),
        (108, b"\x00\x00\x00\x02" + ipv4(udp()), V4),
    ],
)
def test_udp_is_found_under_every_link_layer(linktype, data, addresses):
    counts: dict[str, int] = {}
    found = udp_payloads(Packet(0, linktype, data), counts)
    assert found == ((addresses[0], 4000), (addresses[1], 8600), PAYLOAD)
    assert counts == {}


@pytest.mark.parametrize(
    ("linktype", "data", "counts"),
    [
        (1, ethernet(b"\x00\x01", 0x0806), {}),
        (1, ethernet(ipv4(b"tcp", protocol=6)), {}),
        (1, ethernet(ipv6(b"icmp", 58), 0x86DD), {}),
        (1, ethernet(b"\x50" + bytes(30)), {}),  # neither version 4 nor 6
        (0, b"\x07\x00\x00\x00\x00", {}),
        (1, ethernet(ipv4(udp(), fragment=0x2000)), {"ip-fragment": 1}),
        (1, ethernet(ipv4(udp(), fragment=100)), {"ip-fragment": 1}),
        (1, ethernet(ipv6(bytes([17, 0, 0, 1, 0, 0, 0, 1]) + udp(), 44), 0x86DD), {"ip-fragment": 1}),
        (1, WHOLE[:-1], {"truncated": 1}),
        (1, WHOLE[:40], {"truncated": 1}),
        (1, WHOLE[:20], {"truncated": 1}),
        (0, b"", {"truncated": 1}),
        (127, WHOLE, {"unknown-linktype": 1}),
    ],
)
def test_what_is_no_whole_datagram_says_why(linktype, data, counts):
    told: dict[str, int] = {}
    assert udp_payloads(Packet(0, linktype, data), told) is None
    assert told == counts


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([0, 1, 101, 108, 113, 276]), st.binary(max_size=90))
def test_random_packets_never_raise(linktype, data):
    udp_payloads(Packet(0, linktype, data), {})


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_captures_never_raise(tmp_path, data):
    whole = data.draw(st.sampled_from([pcap([WHOLE] * 3), section() + interface() + enhanced(WHOLE, 1) * 3]))
    broken = bytearray(whole)
    for bit in data.draw(st.lists(st.integers(8 * 28, 8 * len(broken) - 1), min_size=1, max_size=4)):
        broken[bit // 8] ^= 1 << bit % 8
    packets, _ = read(tmp_path, bytes(broken[: data.draw(st.integers(28, len(broken)))]))
    assert len(packets) <= 3


# file, packets, link type, UDP payloads; dpkt 1.9.8 counts the same packets
RECORDINGS = [
    ("asterix_small/asterix.pcap", 100, 1, 100),
    ("asterix_small/cat_001_002.pcap", 1, 1, 1),
    ("asterix_small/cat_034_048.pcap", 100, 1, 100),
    ("asterix_small/cat_062_065.pcap", 1, 1, 1),
    ("remote_id/odid_bt5_lr_sample.pcapng", 274, 272, 0),
    ("remote_id/odid_wifi_bcn_sample.pcap", 21, 127, 0),
]


@pytest.mark.parametrize(("name", "packets", "linktype", "payloads"), RECORDINGS)
def test_real_captures(name, packets, linktype, payloads):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the shared recording {name} is not here")
    counts: dict[str, int] = {}
    found = list(read_packets(path, counts))
    assert (len(found), {packet.linktype for packet in found}, counts) == (packets, {linktype}, {})
    times = [packet.heard_ns for packet in found]
    assert times == sorted(times)
    assert sum(udp_payloads(packet) is not None for packet in found) == payloads
