"""One file of named members that can be written in one way only: an archive in which no bit is idle.

A ZIP archive, so that anybody can open it, with everything settled that the format leaves open: members in
the order of their names, stored and not compressed, dated 1980-01-01, without extra fields and comments:

    each member     local header (30 bytes), name, content
    each member     central header (46 bytes), name
    end of central directory (22 bytes)

A box is read by writing it again from what was read and comparing: a flipped bit anywhere, also where no
reader would look, makes a difference, and its place is told.

Source: PKWARE APPNOTE 6.3.10, 4.3.7 (local), 4.3.12 (central), 4.3.16 (end).
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from vedette.core.errors import StorageError

Sink = Callable[[bytes], object]

_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<4sHHHHIIH")
_VERSION, _UNIX, _UTF8, _STORED, _NO_TIME = 20, 3 << 8 | 20, 0x0800, 0, 0
_FIRST_DAY: Final = 0x21  # 1980-01-01
_MODE: Final = 0o100644 << 16
_BLOCK: Final = 1 << 20
# What zipfile raises on an archive that is not one.
_UNREADABLE: Final = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OverflowError, EOFError, struct.error,
    zlib.error,
)  # fmt: skip
_MOST_BYTES: Final = (1 << 32) - 1  # beyond it the format needs extra fields
_MOST_MEMBERS: Final = (1 << 16) - 1


def is_pack(path: Path) -> bool:
    """Whether a file is meant to be a pack: a ZIP archive by its first bytes or its last name."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK" or path.suffix == ".zip"
    except OSError:
        return False


def write_box(path: Path, content: Path) -> None:
    """All files below a folder, as members named by their path in it."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            _write(path, content, file.write)
        part.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error


def open_box(path: Path, content: Path) -> None:
    """Unpack into an empty folder, or StorageError with the first byte that is not as it must be."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            _check_names(path, infos)
            for info in infos:
                there = content / info.filename
                there.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, there.open("wb") as file:
                    while block := source.read(_BLOCK):
                        file.write(block)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error}") from error
    except _UNREADABLE as error:
        raise StorageError(f"{path}: expected an evidence pack, got {error}") from error
    with path.open("rb") as file:
        same = _Same(path, file)
        _write(path, content, same.take)
        same.end()


def members(content: Path) -> list[str]:
    """Names of all files below a folder, in order."""
    return sorted(p.relative_to(content).as_posix() for p in content.rglob("*") if p.is_file())


def _write(path: Path, content: Path, sink: Sink) -> None:
    names = members(content)
    central: list[bytes] = []
    at = 0
    for name in names:
        told, size = name.encode(), (content / name).stat().st_size
        if at + size > _MOST_BYTES or len(names) > _MOST_MEMBERS:
            raise StorageError(f"{path}: expected less than 4 GiB in less than 65,536 members, got more")
        crc = 0
        for block in _blocks(content / name):
            crc = zlib.crc32(block, crc)
        common = (_VERSION, _UTF8, _STORED, _NO_TIME, _FIRST_DAY, crc, size, size, len(told), 0)
        sink(_LOCAL.pack(b"PK\3\4", *common) + told)
        for block in _blocks(content / name):
            sink(block)
        central.append(_CENTRAL.pack(b"PK\1\2", _UNIX, *common, 0, 0, 0, _MODE, at) + told)
        at += _LOCAL.size + len(told) + size
    directory = b"".join(central)
    sink(directory + _END.pack(b"PK\5\6", 0, 0, len(names), len(names), len(directory), at, 0))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _check_names(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse what would be written outside of the folder, twice, or without end."""
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        parts = PurePosixPath(name).parts
        plain = bool(parts) and "/".join(parts) == name and not {"..", ".", "/"} & set(parts)
        if not plain or info.is_dir() or "\\" in name or "\0" in name or name in seen:
            raise StorageError(f"{path}: expected members with plain names, each once, got {name!r}")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise StorageError(f"{path}: expected {name} stored as it is, got it compressed")
        seen.add(name)
    total = sum(info.file_size for info in infos)
    if total > path.stat().st_size:
        raise StorageError(f"{path}: expected no more content than the file has bytes, got {total:,}")


class _Same:
    """Takes what a file should hold, and says where it does not."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file, self._at = path, file, 0

    def take(self, block: bytes) -> None:
        """Compare the next bytes."""
        there = self._file.read(len(block))
        if there != block:
            off = next((i for i, (a, b) in enumerate(zip(there, block, strict=False)) if a != b), len(there))
            raise StorageError(f"{self._path}: byte {self._at + off} is not as an evidence pack has it")
        self._at += len(block)

    def end(self) -> None:
        """Nothing may come after."""
        if self._file.read(1):
            raise StorageError(f"{self._path}: expected the end at byte {self._at}, got more")
