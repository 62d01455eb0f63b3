"""Recordings of every kind, as the frames that a live run would have heard.

    journal folder          as it was heard
    .pcap .pcapng           UDP payloads (ASTERIX, Remote ID), Wi-Fi and Bluetooth frames (Remote ID)
    .ast .raw               ASTERIX blocks; times of day only, so a date is needed to place them
    .bin .beast             Beast binary; undated, played at the pace of the receiver's clock
    .json                   readsb trace or aircraft.json
    .csv                    lines of UTC seconds and Mode S frames in hexadecimal

Several recordings play together, merged by the time they were heard.
"""

import contextlib
import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from vedette.core.errors import FeedError
from vedette.core.units import NS_PER_S
from vedette.feed import journal, pcap
from vedette.wire.asterix import peek_time_s, split_blocks
from vedette.wire.formats import DecoderOptions

_DAY_S = 86_400.0
_BEAST_HZ = 12_000_000
_LATEST_S = 4_102_444_800.0  # 2100: no recording is later

SUFFIXES = (".pcap", ".pcapng", ".ast", ".raw", ".bin", ".beast", ".json", ".csv")


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame of a recording. closed: the peer went, and data is empty.

    link  the link type of a captured frame that is not UDP; None otherwise
    """

    options: DecoderOptions
    format: str
    connection: int
    heard_ns: int
    data: bytes
    link: int | None = None
    closed: bool = False


@dataclass(slots=True)
class Trouble:
    """What could not be read on the way: counts by reason."""

    counts: dict[str, int]

    def add(self, reason: str, n: int = 1) -> None:
        """Count one more."""
        self.counts[reason] = self.counts.get(reason, 0) + n


def open_all(paths: list[Path], midnight_ns: int, trouble: Trouble) -> Iterator[Heard]:
    """All frames of all recordings in the order they were heard.

    midnight_ns  UTC of the midnight that undated times of day count from
    """
    found = [each for path in paths for each in _expand(path)]
    streams = [_open(path, midnight_ns, trouble) for path in found]
    if len(streams) == 1:
        return streams[0]
    return heapq.merge(*streams, key=lambda heard: heard.heard_ns)


def _expand(path: Path) -> list[Path]:
    """A journal is one recording; another folder is all recordings in it."""
    if not path.exists():
        raise FeedError(f"expected a recording, got {path}: no such file or folder")
    if not path.is_dir():
        return [path]
    if (path / "journal").is_dir():
        return [path / "journal"]
    if any(path.glob("journal-*.vdj")):
        return [path]
    inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES)
    if not inside:
        raise FeedError(f"expected a journal or files with {', '.join(SUFFIXES)}, got {path}: it has none")
    return inside


def _open(path: Path, midnight_ns: int, trouble: Trouble) -> Iterator[Heard]:
    """Frames of one recording."""
    if path.is_dir():
        return _journal(path, trouble)
    suffix = path.suffix.lower()
    if suffix in (".pcap", ".pcapng"):
        return _pcap(path, trouble)
    head = _head(path)
    if suffix in (".bin", ".beast") or head[:1] == b"\x1a":
        return _beast(path, midnight_ns)
    if suffix == ".json":
        return _readsb(path, midnight_ns)
    if suffix == ".csv":
        return _lines(path, midnight_ns)
    if suffix in (".ast", ".raw"):
        return _asterix(path, midnight_ns)
    raise FeedError(f"expected a recording with {', '.join(SUFFIXES)}, got {path}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        raise FeedError(f"cannot read {path}: {error}") from error


def _journal(path: Path, trouble: Trouble) -> Iterator[Heard]:
    """What a node heard, as it heard it."""

    def damaged(damage: journal.Damage) -> None:
        trouble.add("journal-cut" if damage.tail else "journal-damaged")

    for frame in journal.read_journal(path, damaged):
        options = _options(frame)
        if frame.kind == "data":
            yield Heard(options, frame.format, frame.connection, frame.heard_ns, frame.data)
        elif frame.kind == "close":
            yield Heard(options, frame.format, frame.connection, frame.heard_ns, b"", closed=True)


def _options(frame: journal.Frame) -> DecoderOptions:
    site = frame.options.get("site")
    default = DecoderOptions(frame.feed)
    return DecoderOptions(
        feed=frame.feed,
        node_id=str(frame.options.get("node_id", default.node_id)),
        site=(float(site[0]), float(site[1])) if site else None,
    )


def _pcap(path: Path, trouble: Trouble) -> Iterator[Heard]:
    """UDP payloads by their destination, and link frames of radio captures."""
    options = DecoderOptions(path.stem)
    kinds: dict[tuple[str, int], str | None] = {}
    for packet in pcap.read_packets(path, trouble.counts):
        if packet.linktype in _RADIO:
            yield Heard(options, "remoteid", 0, packet.heard_ns, packet.data, link=packet.linktype)
            continue
        found = pcap.udp_payloads(packet, trouble.counts)
        if found is None:
            continue
        _, destination, payload = found
        kind = kinds.get(destination)
        if kind is None:
            kind = kinds[destination] = _sniff(payload)
        if kind is None:
            trouble.add("unknown-protocol")
            continue
        yield Heard(options, kind, destination[1], packet.heard_ns, payload)


# Link types of radio captures, as the registry of tcpdump.org numbers them: 802.11, 802.11 with
# radiotap, Bluetooth LE, with Nordic's header, with phdr.
_RADIO = frozenset({105, 127, 251, 256, 272})


def _sniff(payload: bytes) -> str | None:
    """Which format a datagram is of, by what only that format begins with."""
    if len(payload) >= 3 and 3 < int.from_bytes(payload[1:3], "big") <= len(payload):
        return "asterix"
    if len(payload) >= 34 and payload[0] == 1 and payload[1] <= 4:
        return "remoteid"
    return None


def _asterix(path: Path, midnight_ns: int) -> Iterator[Heard]:
    """Blocks of a raw file, each heard at its own time of day; past midnight it is the next day."""
    options = DecoderOptions(path.stem)
    heard_ns = midnight_ns
    day_s = 0.0
    last_s: float | None = None
    for block in split_blocks(_read(path)):
        time_s = peek_time_s(block)
        if time_s is not None:
            if last_s is not None and time_s < last_s - _DAY_S / 2:
                day_s += _DAY_S
            last_s = time_s
            heard_ns = max(heard_ns, midnight_ns + round((day_s + time_s) * NS_PER_S))
        yield Heard(options, "asterix", 0, heard_ns, block)


def _beast(path: Path, midnight_ns: int) -> Iterator[Heard]:
    """Pieces of a Beast stream, heard by the receiver's own 12 MHz clock from midnight_ns on."""
    options = DecoderOptions(path.stem)
    data = _read(path)
    starts = list(_frame_starts(data)) or [0]
    heard_ns, last = midnight_ns, None
    for start, end in itertools.pairwise([0, *starts[1:], len(data)]):
        clock = data[start : start + 20].replace(b"\x1a\x1a", b"\x1a")[2:8]
        ticks = int.from_bytes(clock, "big")
        if last is not None and 0 < ticks - last < _BEAST_HZ * 3600:
            heard_ns += (ticks - last) * NS_PER_S // _BEAST_HZ
        last = ticks if len(clock) == 6 else last
        yield Heard(options, "beast", 0, heard_ns, data[start:end])


def _frame_starts(data: bytes) -> Iterator[int]:
    """Where frames begin: an escape that is not doubled, and a type after it."""
    at = data.find(b"\x1a")
    while 0 <= at < len(data) - 1:
        if data[at + 1] == 0x1A:
            at = data.find(b"\x1a", at + 2)
            continue
        yield at
        at = data.find(b"\x1a", at + 1)


def _lines(path: Path, midnight_ns: int) -> Iterator[Heard]:
    """Lines that begin with UTC seconds, each heard at its time."""
    options = DecoderOptions(path.stem)
    heard_ns = midnight_ns
    for line in _read(path).splitlines(keepends=True):
        with contextlib.suppress(ValueError):  # the decoder says what is wrong with a line
            heard_ns = max(heard_ns, _seconds_ns(float(line.split(b",", 1)[0]), heard_ns))
        yield Heard(options, "timedhex", 0, heard_ns, line)


class _Trace(msgspec.Struct):
    """A readsb trace, its rows left as they are."""

    timestamp: float
    trace: list[msgspec.Raw]


class _Now(msgspec.Struct):
    """The time of an aircraft.json."""

    now: float


def _readsb(path: Path, midnight_ns: int) -> Iterator[Heard]:
    """A trace row by row, each heard at its time; an aircraft.json at its own."""
    options = DecoderOptions(path.stem)
    data = _read(path)
    try:
        fields: dict[str, msgspec.Raw] = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        trace = msgspec.json.decode(data, type=_Trace)
    except msgspec.DecodeError:
        yield Heard(options, "readsb", 0, _document_ns(data, midnight_ns), data)
        return
    for row in trace.trace:
        one = msgspec.json.encode({**fields, "trace": [row]})
        yield Heard(
            options, "readsb", 0, _seconds_ns(trace.timestamp + _offset_s(row), midnight_ns), one + b"\n"
        )


def _offset_s(row: msgspec.Raw) -> float:
    """Seconds that begin a row of a trace; 0 where the row is no such thing: the decoder says so."""
    try:
        values = msgspec.json.decode(row, type=list[msgspec.Raw])
        return float(bytes(values[0])) if values else 0.0
    except (msgspec.DecodeError, ValueError):
        return 0.0


def _seconds_ns(seconds: float, otherwise_ns: int) -> int:
    """UTC nanoseconds of UTC seconds; the other time where no clock could have said that."""
    return round(seconds * NS_PER_S) if 0.0 <= seconds < _LATEST_S else otherwise_ns


def _document_ns(data: bytes, midnight_ns: int) -> int:
    """When a document says that it was made."""
    try:
        return _seconds_ns(msgspec.json.decode(data, type=_Now).now, midnight_ns)
    except msgspec.DecodeError:
        return midnight_ns


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FeedError(f"cannot read {path}: {error}") from error
