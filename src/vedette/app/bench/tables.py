"""Recordings that are text: rows of numbers, read so that what is wrong is told with file and line."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import StorageError

Array = NDArray[np.float64]


def text_of(path: Path) -> str:
    """The whole text of a file; StorageError where there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StorageError(f"expected a file at {path}, got {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise StorageError(f"expected text in {path}, got bytes that are none at {error.start}") from error
    if not text.strip():
        raise StorageError(f"expected text in {path}, got an empty file")
    return text


def numbers(path: Path, columns: int, *, skip: int = 0) -> Array:
    """Rows of at least so many finite numbers (n, columns); what more a row has is left out.

    skip  first lines that are headings; blank lines and those that begin with # are none of the rows
    """
    rows = []
    lines = [
        (k, line)
        for k, line in enumerate(text_of(path).splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    for k, line in lines[skip:]:
        try:
            row = [float(word) for word in line.split()[:columns]]
        except ValueError:
            row = []
        if len(row) < columns or not all(math.isfinite(v) for v in row):
            raise StorageError(f"expected {columns} numbers on line {k} of {path}, got {line.strip()[:60]!r}")
        rows.append(row)
    if not rows:
        raise StorageError(f"expected rows of {columns} numbers in {path}, got none")
    return np.array(rows)


def folder_of(path: Path, *needed: str) -> Path:
    """The folder, if it holds what a recording of this kind does; StorageError names what is missing."""
    missing = [name for name in needed if not (path / name).exists()]
    if missing:
        got = f"no {', no '.join(missing)}" if path.is_dir() else "no such folder"
        raise StorageError(f"expected {', '.join(needed)} in the folder {path}, got {got}")
    return path
