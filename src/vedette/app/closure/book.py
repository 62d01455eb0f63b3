"""closures.jsonl in the run folder: decisions about airports with the advice they rest on, one a line."""

import os
from pathlib import Path
from typing import Final

import msgspec

from vedette.app.closure.record import ClosureNews
from vedette.core.errors import StorageError

FILE: Final = "closures.jsonl"


def append(path: Path, news: ClosureNews) -> None:
    """Add one; it is on the disk when this returns, or StorageError."""
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(news) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error


def read(path: Path) -> list[ClosureNews]:
    """All of them, oldest first; a line that was cut off at the end is passed over."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error}") from error
    out = []
    for number, line in enumerate(lines, 1):
        try:
            out.append(msgspec.json.decode(line, type=ClosureNews))
        except msgspec.DecodeError as error:
            if number < len(lines):
                raise StorageError(f"{path} line {number}: expected a decision, got {error}") from error
    return out
