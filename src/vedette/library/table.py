"""Detections as a table: from a CSV file, a dictionary, a structured array or a data frame.

One row is one detection. Columns are named as in `columns`; an empty cell or NaN is unknown. Lines of a
file that begin with # are remarks.
"""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import ConfigError
from vedette.library.columns import SPELLINGS, TEXT, TIMES, describe_unknown

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Columns of one length, and where each row stands.

    name   of the file, or "table"
    word   what a row is called there: "line" of a file, "row" of a table
    line   (m,)  number of each row: counted from 1 in a file, from 0 in a table
    """

    name: str
    word: str
    line: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.line)

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def keys(self) -> Collection[str]:
        """Names of the columns."""
        return self.columns.keys()

    def error(self, row: int, column: str, expected: str, came: str) -> ConfigError:
        """What is wrong with one cell."""
        return ConfigError(f"{self.name}: {self.word} {self.line[row]}: {column}", expected, came)


def read_csv(path: str | Path, *, ignore: Collection[str] = ()) -> Table:
    """Read a file with a header line, or ConfigError that says what was expected, what came and where.

    ignore  columns that are left out
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [(n, text) for n, text in enumerate(file, start=1) if text.strip() and text[0] != "#"]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "bytes that are not UTF-8"
        raise ConfigError(str(path), "a CSV file of detections", str(reason)) from error
    if not lines:
        raise ConfigError(str(path), "a header line with the columns' names", "a file without one")
    cells = [[cell.strip() for cell in row] for row in csv.reader(text for _, text in lines)]
    header, body = cells[0], cells[1:]
    number = np.array([n for n, _ in lines[1:]], np.int64)
    if len(body) != len(number):
        raise ConfigError(path.name, "each row on a line of its own", "a quoted cell with a line break in it")
    for n, row in zip(number.tolist(), body, strict=True):
        if len(row) != len(header):
            raise ConfigError(
                f"{path.name}: line {n}", f"{len(header)} cells as in the header", f"{len(row)}"
            )
    _check_names(f"{path.name}: line {lines[0][0]}", header, ignore)
    table = Table(path.name, "line", number, {})
    for k, name in enumerate(header):
        if name not in ignore:
            table.columns[name] = _parse(table, name, [row[k] for row in body])
    return table


def table_of(data: Any, *, ignore: Collection[str] = ()) -> Table:
    """A mapping of columns, a structured array or a data frame as a Table; a Table as it is.

    ConfigError as of read_csv.
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, np.ndarray):
        names = list(data.dtype.names or ())
    elif hasattr(data, "keys"):
        names = [str(name) for name in data.keys()]  # noqa: SIM118 - a data frame iterates the same way, an archive not
    else:
        raise ConfigError("table", "columns by name", type(data).__name__)
    _check_names("table", names, ignore)
    out: dict[str, NDArray[Any]] = {}
    length = None
    for name in names:
        if name in ignore:
            continue
        column = np.asarray(data[name])
        if column.ndim != 1 or len(column) != (len(column) if length is None else length):
            raise ConfigError(f"table: {name}", f"{length or 'n'} values in a row", f"shape {column.shape}")
        length = len(column)
        out[name] = _typed(name, column)
    return Table("table", "row", np.arange(length or 0), out)


def _check_names(place: str, names: list[str], ignore: Collection[str]) -> None:
    """Each column is known, comes once, and there is one time."""
    used = [name for name in names if name not in ignore]
    filled: dict[str, str] = {}
    for name in used:
        if name not in TEXT and name not in TIMES and name not in SPELLINGS:
            raise ConfigError(f"{place}: column {name!r}", describe_unknown(name), "no column that is known")
        target = "time" if name in TIMES else SPELLINGS.get(name, (name, 1.0))[0]
        if target in filled:
            raise ConfigError(f"{place}: column {name!r}", f"one column of {target}", f"{filled[target]} too")
        filled[target] = name
    if "time" not in filled:
        raise ConfigError(
            place, f"a column {', '.join(TIMES[:-1])} or {TIMES[-1]}", ", ".join(used) or "none"
        )


def _parse(table: Table, name: str, cells: list[str]) -> NDArray[Any]:
    """One column of a file."""
    if name in TEXT:
        return np.array(cells, np.str_)
    whole = name == "time_ns"
    out: list[float] = []
    for i, cell in enumerate(cells):
        try:
            out.append(int(cell) if whole else float(cell) if cell else np.nan)
        except ValueError as error:
            kind = "a whole number" if whole else "a number, or nothing for unknown"
            raise table.error(i, name, kind, repr(cell)) from error
    return np.array(out, np.int64 if whole else np.float64)


def _typed(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """One column of a table in memory as text, whole numbers or floats."""
    if name == "time" and column.dtype.kind == "M":
        if np.isnat(column).any():
            raise ConfigError(f"table: row {int(np.flatnonzero(np.isnat(column))[0])}: time", "a time", "NaT")
        return np.char.add(np.datetime_as_string(column, unit="ns"), "Z")
    if name in TEXT:
        return np.array([str(value) for value in column.tolist()], np.str_)
    try:
        return column.astype(np.int64 if name == "time_ns" else np.float64)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"table: {name}", "numbers", f"{column.dtype}: {error}") from error
