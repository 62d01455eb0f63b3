"""A part of a ledger as one file, to copy, to give away and to prove. Little-endian throughout.

    0  4s  "VDTL"
    4  u2  version  1
    6  u2  zero

Then items, each with a header of 8 bytes and its payload:

    0  u4  kind    1 part, 2 entry, 3 withheld, 4 group, 5 end
    4  u4  length  of the payload

    part       0  u8   first seq     8  32s  previous of that entry    40  node in UTF-8
    entry      0  32s  hash         32  content, see core.chain; its node is the part's
    withheld   0  32s  hash         32  32s  digest
    group      0  u8   first         8  u8   last   16  32s  key   48  64s  signature; after its entries
    end        0  32s  SHA-256 of the file before this item; nothing follows

Seqs of a part count up by one. A part holds whole groups.
"""

import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from vedette.core.chain import content_of, link_of, unpack
from vedette.core.entry import MOST_BODY_BYTES, Entry, Group, Withheld
from vedette.core.errors import LedgerError

MAGIC: Final = b"VDTL"
VERSION: Final = 1
FILE_HEADER: Final = struct.Struct("<4sHH")
ITEM: Final = struct.Struct("<II")
PART_HEAD: Final = struct.Struct("<Q32s")
GROUP: Final = struct.Struct("<QQ32s64s")
PART, ENTRY, WITHHELD, GROUP_ITEM, END = 1, 2, 3, 4, 5
HASH_BYTES: Final = 32
_MOST_ITEM_BYTES: Final = MOST_BODY_BYTES + 4096


class _Sink:
    """A file, and the digest of what went into it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = sha256()

    def write(self, block: bytes) -> None:
        self._digest.update(block)
        self._file.write(block)

    def item(self, kind: int, payload: bytes) -> None:
        self.write(ITEM.pack(kind, len(payload)) + payload)

    def end(self) -> None:
        self._file.write(ITEM.pack(END, HASH_BYTES) + self._digest.digest())


Part = Iterable[tuple[Group, list[Entry | Withheld]]]


def write_export(path: Path, parts: Iterable[Part]) -> int:
    """Write groups with their entries; durable, whole or not at all.

    parts  of one node each, their groups follow on each other

    Returns how many entries are in it, those that are withheld included.
    """
    draft = path.with_name(path.name + ".part")
    count = 0
    try:
        with draft.open("wb") as file:
            sink = _Sink(file)
            sink.write(FILE_HEADER.pack(MAGIC, VERSION, 0))
            for part in parts:
                count += _write_part(sink, part)
            sink.end()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise LedgerError(f"cannot write the export {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def _write_part(sink: _Sink, part: Part) -> int:
    count, begun = 0, False
    for group, items in part:
        if not begun:
            sink.item(PART, PART_HEAD.pack(group.first, items[0].previous) + group.node.encode())
            begun = True
        for item in items:
            if isinstance(item, Entry):
                sink.item(ENTRY, item.hash + content_of(item))
            else:
                sink.item(WITHHELD, item.hash + item.digest)
        sink.item(GROUP_ITEM, GROUP.pack(group.first, group.last, group.key, group.signature))
        count += len(items)
    return count


class Damaged(LedgerError):  # noqa: N818 -- what is found in a file, not what went wrong in here
    """A file that is not, or not in full, what an export is. only_sum: all items can be read."""

    def __init__(self, at: int, detail: str, *, only_sum: bool = False) -> None:
        super().__init__(f"byte {at}: {detail}")
        self.only_sum = only_sum


# kind, where the payload begins and ends
Item = tuple[int, int, int]


def is_export(path: Path) -> bool:
    """Whether a file begins as an export does, bits flipped or not; SQLite files begin otherwise."""
    with path.open("rb") as file:
        return file.read(16) != b"SQLite format 3\0"


def open_export(path: Path) -> mmap.mmap:
    """The bytes of an export."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise LedgerError(f"expected an export of a ledger, got {path}: {error}") from error


def read_items(content: mmap.mmap | bytes) -> Iterator[Item]:
    """Where the items of an export are, in order, the end included. Raises Damaged where one cannot be."""
    size = len(content)
    if content[: FILE_HEADER.size] != FILE_HEADER.pack(MAGIC, VERSION, 0):
        raise Damaged(0, f"expected {MAGIC!r} version {VERSION}, got {bytes(content[:8])!r}")
    at = FILE_HEADER.size
    unpack, header = ITEM.unpack_from, ITEM.size
    while at < size:
        if at + header > size:
            raise Damaged(at, "expected an item, got the end of the file")
        kind, length = unpack(content, at)
        end = at + header + length
        if not PART <= kind <= END or length > _MOST_ITEM_BYTES or end > size:
            raise Damaged(at, f"expected an item that ends in the file, got kind {kind} of {length} bytes")
        yield kind, at + header, end
        if kind == END:
            if end != size:
                raise Damaged(end, f"expected the end of the file, got {size - end} bytes more")
            return
        at = end
    raise Damaged(at, "expected an end, got the end of the file: it was cut")


def check_sum(content: mmap.mmap | bytes) -> None:
    """Raises Damaged unless the end's SHA-256 is that of the bytes before it."""
    at = len(content) - ITEM.size - HASH_BYTES
    with memoryview(content) as view:
        got = sha256(view[:at]).digest()
    if got != content[at + ITEM.size :]:
        raise Damaged(at, "expected the SHA-256 of the bytes before, got another", only_sum=True)


def read_groups(content: mmap.mmap | bytes) -> Iterator[tuple[Group, list[Entry | Withheld]]]:
    """The groups of an export that was proved, each with what is in it."""
    node, seq, ahead = "", 0, b""
    items: list[Entry | Withheld] = []
    for kind, at, end in read_items(content):
        payload = content[at:end]
        if kind == PART:
            seq, ahead = PART_HEAD.unpack_from(payload)
            node = payload[PART_HEAD.size :].decode()
        elif kind == GROUP_ITEM:
            first, last, key, signature = GROUP.unpack(payload)
            group = Group(node, first, last, key, items[-1].hash, signature)
            yield group, items
            items, ahead = [], link_of(group)
        elif kind != END:
            hash_, rest = payload[:HASH_BYTES], payload[HASH_BYTES:]
            whole = kind == ENTRY
            items.append(unpack(rest, ahead, hash_) if whole else Withheld(node, seq, rest, ahead, hash_))
            seq, ahead = seq + 1, hash_
