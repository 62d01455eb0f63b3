"""What a file of authorisations said when, for a replay: each content once, each change in a line.

run folder/held/changes         a line a change: from when on, UTC nanoseconds, and the SHA-256 of the content
run folder/held/<sha256>.toml   a content, however often it held
run folder/held/<from_ns>.toml  the same as nodes before 0.2 kept it, a file a change; read beside the others

What held before the recording begins is let go, but for the newest of it: with that the recording begins.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vedette.core.errors import StorageError
from vedette.feed.journal import journal_files, read_journal

FOLDER: Final = "held"
_CHANGES: Final = "changes"
_HEX: Final = 64


class Notes:
    """The notes of one run folder. One process writes them."""

    def __init__(self, folder: Path) -> None:
        """Read what there is, or StorageError."""
        self._folder = folder / FOLDER
        self._at = dict(_read(self._folder))  # file of its content, by time

    def __len__(self) -> int:
        """How many changes are kept."""
        return len(self._at)

    def all(self) -> list[tuple[int, Path]]:
        """From when on, and the content's file; the oldest first."""
        return sorted(self._at.items())

    def words(self) -> str:
        """What is kept, for people."""
        files = {path for path in self._at.values() if path.exists()}
        size_kb = sum(path.stat().st_size for path in files) / 1000
        return f"{len(self)} changes kept for replays, {len(files)} contents of {size_kb:.0f} kB"

    def note(self, content: bytes, from_ns: int) -> None:
        """Keep what holds from a time on, unless it is what held before; StorageError where that fails."""
        held = self.all()
        there = self._folder / f"{hashlib.sha256(content).hexdigest()}.toml"
        try:
            if held and held[-1][1].exists() and held[-1][1].read_bytes() == content:
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            if not there.exists():
                _write(there, content)
            _append(self._folder / _CHANGES, f"{from_ns} {there.stem}\n")
        except OSError as error:
            raise StorageError(f"cannot write {there}: {error.strerror}") from error
        self._at[from_ns] = there

    def let_go(self, before_ns: int) -> int:
        """Forget what a recording that begins then does not need; how many changes that were.

        What holds for a tick is the newest change of before that tick. StorageError where the disk refuses.
        """
        old = [from_ns for from_ns, _ in self.all() if from_ns < before_ns][:-1]
        if not old:
            return 0
        kept = {from_ns: path for from_ns, path in self._at.items() if from_ns not in set(old)}
        lines = "".join(f"{ns} {path.stem}\n" for ns, path in sorted(kept.items()) if len(path.stem) == _HEX)
        try:
            _write(self._folder / _CHANGES, lines.encode())
            for path in self._folder.glob("*.toml"):
                if path not in kept.values():
                    path.unlink()
        except OSError as error:
            raise StorageError(f"cannot let go of old changes in {self._folder}: {error.strerror}") from error
        self._at = kept
        return len(old)


def files_of(folder: Path) -> list[Path]:
    """All files of the notes in a run folder."""
    return sorted(path for path in (folder / FOLDER).glob("*") if path.suffix in ("", ".toml"))


def recorded_from_ns(folder: Path, *, records: bool, now_ns: int) -> int | None:
    """When the recording in a run folder begins, UTC; None where that is not known.

    records  whether the node keeps what it hears; without, and without a journal of before, it begins now
    """
    journal = folder / "journal"
    if not (journal.is_dir() and journal_files(journal)):
        return None if records else now_ns
    try:
        return next((frame.heard_ns for frame in read_journal(journal)), None)
    except StorageError:
        return None


def _read(folder: Path) -> Iterator[tuple[int, Path]]:
    """Times and files, those of the old way first. A line that was cut is passed over."""
    for path in folder.glob("*.toml"):
        if path.stem.isdecimal() and len(path.stem) < _HEX:
            yield int(path.stem), path
    try:
        text = (folder / _CHANGES).read_text("ascii", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"cannot read {folder / _CHANGES}: {error.strerror}") from error
    for line in text.splitlines():
        from_ns, _, digest = line.partition(" ")
        if from_ns.isdecimal() and len(digest) == _HEX and not set(digest) - set("0123456789abcdef"):
            yield int(from_ns), folder / f"{digest}.toml"


def _write(there: Path, content: bytes) -> None:
    """Whole or not at all."""
    part = there.with_suffix(".part")
    part.write_bytes(content)
    part.replace(there)


def _append(path: Path, line: str) -> None:
    """One more line, on its own also after one that was cut."""
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            cut = file.read(1) != b"\n"
            line = f"\n{line}" if cut else line
        file.write(line.encode())
