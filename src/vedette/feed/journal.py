"""The raw journal: every frame, with the time it was heard, append-only.

A journal is a folder of files journal-00000.vdj, journal-00001.vdj, …, each readable alone.
Little-endian throughout. A file begins with

    0  4s  magic    "VDTJ"
    4  u2  version  1
    6  u2  zero

and then holds records, each a header of 28 bytes and its payload:

    0  4s  mark        A9 56 4A 0A; where to look for the next record after damage
    4  u1  kind        1 feed, 2 data, 3 open, 4 close
    5  u1  zero
    6  u2  feed        number of a feed that an earlier feed record of this file declared
    8  u4  connection  which peer of the feed
   12  u4  length      of the payload
   16  i8  heard_ns    UTC, when the bytes arrived; never smaller than in the record before
   24  u4  crc32       of bytes 0 to 23 and the payload

The payload of a feed record is a JSON object {"name", "format", "options"}; of data, the bytes as
they came; of open, the peer's name in UTF-8; of close, nothing. A record whose crc32 does not hold
is skipped up to the next mark from where one does; a file cut in mid-record ends there.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, Self

import msgspec

from vedette.core.errors import StorageError

MAGIC: Final = b"VDTJ"
VERSION: Final = 1
FILE_HEADER: Final = struct.Struct("<4sHH")
MARK: Final = b"\xa9VJ\n"
RECORD: Final = struct.Struct("<4sBBHIIqI")
_SIGNED: Final = struct.Struct("<4sBBHIIq")  # a record header without its crc32

FEED, DATA, OPEN, CLOSE = 1, 2, 3, 4
KINDS: Final = {DATA: "data", OPEN: "open", CLOSE: "close"}
Kind = Literal["data", "open", "close"]

ROTATE_BYTES: Final = 256 << 20
BATCH_BYTES: Final = 256 << 10
FRAME_MAX_BYTES: Final = 64 << 20


class Feed(msgspec.Struct, frozen=True):
    """What a replay must know of a feed to decode its frames again.

    name     as in the configuration, unique in a node
    format   a name of the FORMATS table: "beast", "asterix", …
    options  what the format's decoder is made with; JSON values
    """

    name: str
    format: str
    options: dict[str, Any] = {}


class Frame(msgspec.Struct, frozen=True):
    """One entry of a journal, as the feed heard it.

    kind        data; or that a peer came (open, its name in `data`) or went (close)
    connection  which peer of the feed
    heard_ns    UTC; never smaller than in the frame before
    """

    kind: Kind
    feed: str
    format: str
    options: dict[str, Any]
    connection: int
    heard_ns: int
    data: bytes


class Damage(msgspec.Struct, frozen=True):
    """A stretch of a journal file that could not be read.

    offset_bytes   where it begins in the file
    skipped_bytes  how much was passed over
    tail           true where nothing good follows: the file was cut, or is still being written
    """

    file: str
    offset_bytes: int
    skipped_bytes: int
    tail: bool


class JournalWriter:
    """Appends frames to a journal folder; a new file is begun beside any that are there.

    Records are gathered and written BATCH_BYTES at a time, or at `flush()`. `sync()` also waits
    for the disk; call it about once a second.
    """

    def __init__(self, path: Path | str, *, rotate_bytes: int = ROTATE_BYTES) -> None:
        """Open a new file in the folder `path`, which is made if it is not there.

        rotate_bytes  a file that has grown past this is closed and the next one begun
        """
        self.folder = Path(path)
        self._rotate_bytes = rotate_bytes
        self._feeds: dict[str, Feed] = {}
        self._written: dict[str, int] = {}  # feed name → its number in the current file
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._file_bytes = 0
        self._last_ns = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._next = 1 + max((int(p.stem[8:]) for p in journal_files(self.folder)), default=-1)
        except (OSError, ValueError) as error:
            raise StorageError(f"expected a folder for the journal, got {self.folder}: {error}") from error
        self._descriptor = self._begin()

    def declare(self, feed: Feed) -> None:
        """Make a feed known before its first frame."""
        if self._feeds.get(feed.name) != feed:
            self._feeds[feed.name] = feed
            self._written.pop(feed.name, None)

    def write(self, feed: str, connection: int, heard_ns: int, data: bytes) -> None:
        """Append what a peer sent. `feed` is the name of a declared feed."""
        self._append(DATA, feed, connection, heard_ns, data)

    def opened(self, feed: str, connection: int, heard_ns: int, peer: str) -> None:
        """Append that a peer came."""
        self._append(OPEN, feed, connection, heard_ns, peer.encode())

    def closed(self, feed: str, connection: int, heard_ns: int) -> None:
        """Append that a peer went."""
        self._append(CLOSE, feed, connection, heard_ns, b"")

    def flush(self) -> None:
        """Hand all records so far to the operating system.

        Raises StorageError where it does not take them; they are lost, later ones are not.
        """
        block = memoryview(b"".join(self._pending))
        self._pending.clear()
        self._pending_bytes = 0
        try:
            while block:
                block = block[os.write(self._descriptor, block) :]
        except OSError as error:
            self._written.clear()  # what was lost may have declared a feed
            raise StorageError(f"cannot write the journal in {self.folder}: {error}") from error

    def sync(self) -> None:
        """Flush, and wait until the disk has it."""
        self.flush()
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise StorageError(f"cannot write the journal in {self.folder}: {error}") from error

    def close(self) -> None:
        """Sync and close. Closing twice does nothing."""
        if self._descriptor < 0:
            return
        try:
            self.sync()
        finally:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> int:
        path = self.folder / f"journal-{self._next:05d}.vdj"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        except OSError as error:
            raise StorageError(f"cannot begin the journal file {path}: {error}") from error
        self._next += 1
        self._written.clear()
        header = FILE_HEADER.pack(MAGIC, VERSION, 0)
        self._pending.append(header)
        self._pending_bytes += len(header)
        self._file_bytes = len(header)
        return descriptor

    def _append(self, kind: int, feed: str, connection: int, heard_ns: int, data: bytes) -> None:
        if self._descriptor < 0:
            raise StorageError(f"the journal in {self.folder} is closed")
        if self._file_bytes >= self._rotate_bytes:
            self.close()
            self._descriptor = self._begin()
        number = self._written.get(feed)
        if number is None:
            number = self._write_feed(feed)
        if heard_ns < self._last_ns:
            heard_ns = self._last_ns
        self._last_ns = heard_ns
        self._record(kind, number, connection, heard_ns, data)

    def _write_feed(self, name: str) -> int:
        feed = self._feeds.get(name)
        if feed is None:
            known = ", ".join(sorted(self._feeds)) or "none"
            raise StorageError(f"expected a declared feed ({known}), got {name!r}")
        number = max(self._written.values(), default=-1) + 1
        self._written[name] = number
        self._record(FEED, number, 0, self._last_ns, msgspec.json.encode(feed))
        return number

    def _record(self, kind: int, number: int, connection: int, heard_ns: int, data: bytes) -> None:
        head = _SIGNED.pack(MARK, kind, 0, number, connection, len(data), heard_ns)
        crc = zlib.crc32(data, zlib.crc32(head))
        self._pending += (head, crc.to_bytes(4, "little"), data)
        size = RECORD.size + len(data)
        self._pending_bytes += size
        self._file_bytes += size
        if self._pending_bytes >= BATCH_BYTES:
            self.flush()


def journal_files(path: Path | str) -> list[Path]:
    """The files of a journal in the order they were written; a single file is a journal too."""
    path = Path(path)
    return sorted(path.glob("journal-*.vdj")) if path.is_dir() else [path]


def read_journal(path: Path | str, on_damage: Callable[[Damage], None] | None = None) -> Iterator[Frame]:
    """Every frame of a journal, in the order it was written.

    path       a journal folder, or one of its files
    on_damage  told of each stretch that was passed over

    Raises StorageError where there is no journal, or a file is of another kind or version.
    """
    files = journal_files(path)
    if not files:
        raise StorageError(f"expected a folder with journal-*.vdj files, got {path}: it has none")
    last_ns = 0
    for file in files:
        for frame in _read_file(file, on_damage or _ignore):
            if frame.heard_ns < last_ns:  # the clock was set back between two runs
                frame = msgspec.structs.replace(frame, heard_ns=last_ns)
            last_ns = frame.heard_ns
            yield frame


def _ignore(_: Damage) -> None:
    """Take damage silently."""


def _read_file(path: Path, on_damage: Callable[[Damage], None]) -> Iterator[Frame]:
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            _check_header(path, file.read(FILE_HEADER.size))
            if size <= FILE_HEADER.size:
                if size < FILE_HEADER.size:
                    on_damage(Damage(str(path), 0, size, tail=True))
                return
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
                yield from _read_records(str(path), content, size, on_damage)
    except OSError as error:
        raise StorageError(f"expected a journal file, got {path}: {error.strerror}") from error


def _check_header(path: Path, header: bytes) -> None:
    expected = FILE_HEADER.pack(MAGIC, VERSION, 0)
    if not expected.startswith(header[:6]):
        raise StorageError(
            f"expected a journal file ({MAGIC!r} version {VERSION}), got {path} that begins {header!r}"
        )


def _read_records(
    file: str, content: mmap.mmap, size: int, on_damage: Callable[[Damage], None]
) -> Iterator[Frame]:
    feeds: dict[int, Feed] = {}
    at = FILE_HEADER.size
    while at < size:
        end = _good_record(content, at, size)
        if end is None:
            resumed = _next_good_record(content, at + 1, size)
            on_damage(Damage(file, at, resumed - at, tail=resumed == size))
            at = resumed
            continue
        _, kind, _, number, connection, _, heard_ns, _ = RECORD.unpack_from(content, at)
        payload = content[at + RECORD.size : end]
        if kind == FEED:
            feeds[number] = msgspec.json.decode(payload, type=Feed)
        elif kind in KINDS and number in feeds:
            feed = feeds[number]
            yield Frame(_KIND[kind], feed.name, feed.format, feed.options, connection, heard_ns, payload)
        else:  # its feed record was lost, or a newer program wrote it
            on_damage(Damage(file, at, end - at, tail=False))
        at = end


_KIND: Final[dict[int, Kind]] = {DATA: "data", OPEN: "open", CLOSE: "close"}


def _good_record(content: mmap.mmap, at: int, size: int) -> int | None:
    """Where the record at `at` ends, or None where no whole record stands there."""
    body = at + RECORD.size
    if body > size or content[at : at + 4] != MARK:
        return None
    length = int.from_bytes(content[at + 12 : at + 16], "little")
    end = body + length
    if length > FRAME_MAX_BYTES or end > size:
        return None
    crc = zlib.crc32(content[body:end], zlib.crc32(content[at : at + 24]))
    return end if crc == int.from_bytes(content[at + 24 : body], "little") else None


def _next_good_record(content: mmap.mmap, at: int, size: int) -> int:
    """The first place from `at` on where a whole record stands; `size` where there is none."""
    while (at := content.find(MARK, at)) >= 0:
        if _good_record(content, at, size) is not None:
            return at
        at += 1
    return size
