"""The ledger's file: opening, rows in, rows out. Who calls and when is the writer's business."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from vedette.core.entry import Entry, Group, Withheld
from vedette.core.errors import LedgerError
from vedette.core.hlc import Stamp
from vedette.ledger import schema

_ENTRY: Final = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_WITHHELD: Final = "INSERT INTO withheld VALUES (?, ?, ?, ?, ?)"
_GROUP: Final = "INSERT INTO entry_group VALUES (?, ?, ?, ?, ?)"
# What reading a damaged file raises: what SQLite says of the damage may quote bytes that are no text.
TROUBLE: Final = (sqlite3.Error, UnicodeDecodeError)
COLUMNS: Final = "seq, time_ns, counter, kind, incident, author, body, salt, previous, hash"


def open_to_write(path: Path, node: str) -> sqlite3.Connection:
    """Open a node's ledger, or make it. What is committed through it is on the disk."""
    db = _connect(str(path))
    try:
        _set(db, "journal_mode", "WAL", "wal")
        _set(db, "synchronous", "FULL", 2)
        if db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            with transaction(db):
                for statement in schema.create():
                    db.execute(statement)
                db.execute("INSERT INTO node VALUES (?, ?)", (schema.OWN, node))
        schema.check(db, str(path))
        _check_owner(db, node, path)
    except TROUBLE as error:
        db.close()
        raise LedgerError(f"cannot open the ledger {path}: {error}") from error
    except BaseException:
        db.close()
        raise
    return db


def open_to_read(path: Path, *, closed: bool = False) -> sqlite3.Connection:
    """Open any ledger without changing it.

    closed  nobody writes it while it is read: SQLite then looks at no other file. Else it may be
            written meanwhile, and two empty files may come to lie beside it.
    """
    if not path.is_file():
        raise LedgerError(f"expected a ledger, got {path}: no such file")
    name = path.absolute().as_uri()
    db = _connect(f"{name}?mode=ro{'&immutable=1' if closed else ''}", uri=True)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        db.close()
        if closed or has_log(path):
            raise LedgerError(f"cannot read the ledger {path}: {error}") from error
        return open_to_read(path, closed=True)  # in a folder where nothing can be written
    except TROUBLE as error:
        db.close()
        raise LedgerError(f"expected a ledger, got {path}: {error}") from error
    return db


def has_log(path: Path) -> bool:
    """Whether a write-ahead log with anything in it lies beside a ledger's file."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _check_owner(db: sqlite3.Connection, node: str, path: Path) -> None:
    owner = db.execute("SELECT name FROM node WHERE id = ?", (schema.OWN,)).fetchone()
    if owner != (node,):
        raise LedgerError(f"expected {path} to be the ledger of {node!r}, got {owner!r}")


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(name, uri=uri, isolation_level=None, check_same_thread=False, timeout=10.0)


def _set(db: sqlite3.Connection, pragma: str, value: str, expected: object) -> None:
    db.execute(f"PRAGMA {pragma} = {value}")
    got = db.execute(f"PRAGMA {pragma}").fetchone()
    if got != (expected,):
        raise LedgerError(f"expected SQLite to take {pragma} {value}, got {got}: is the disk a network's?")


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; durable when this ends without an error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


# In


def insert_entries(db: sqlite3.Connection, node: int, entries: Iterable[Entry]) -> None:
    """Add entries of one node."""
    db.executemany(
        _ENTRY,
        [
            (
                node,
                e.seq,
                e.stamp.time_ns,
                e.stamp.counter,
                e.kind,
                e.incident,
                e.author,
                e.body,
                e.salt,
                e.previous,
                e.hash,
            )
            for e in entries
        ],
    )


def insert_withheld(db: sqlite3.Connection, node: int, places: Iterable[Withheld]) -> None:
    """Add places of entries that were not released."""
    db.executemany(_WITHHELD, [(node, w.seq, w.digest, w.previous, w.hash) for w in places])


def insert_group(db: sqlite3.Connection, node: int, group: Group) -> None:
    """Add a signed group."""
    db.execute(_GROUP, (node, group.first, group.last, group.key, group.signature))


def node_id(db: sqlite3.Connection, name: str, *, make: bool = False) -> int | None:
    """The id of a node; None where it is not there and not to be made."""
    row = db.execute("SELECT id FROM node WHERE name = ?", (name,)).fetchone()
    if row is None and make:
        db.execute("INSERT INTO node(name) VALUES (?)", (name,))
        row = db.execute("SELECT id FROM node WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


# Out


def nodes(db: sqlite3.Connection) -> list[tuple[int, str]]:
    """Ids and names of the nodes, the own one first."""
    return [(int(i), str(name)) for i, name in db.execute("SELECT id, name FROM node ORDER BY id")]


def entry_of(node: str, row: Sequence[Any]) -> Entry:
    """An entry from a row of COLUMNS."""
    seq, time_ns, counter, kind, incident, author, body, salt, previous, hash_ = row
    return Entry(node, seq, Stamp(time_ns, counter), kind, incident, author, body, salt, previous, hash_)


def entries_between(db: sqlite3.Connection, node: int, name: str, first: int, last: int) -> list[Entry]:
    """Entries of one node by seq, both included."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM entry WHERE node = ? AND seq BETWEEN ? AND ? ORDER BY seq",  # noqa: S608 -- our own words
        (node, first, last),
    )
    return [entry_of(name, row) for row in rows]


def withheld_between(db: sqlite3.Connection, node: int, name: str, first: int, last: int) -> list[Withheld]:
    """Places of one node by seq that hold no entry, both included."""
    rows = db.execute(
        "SELECT seq, digest, previous, hash FROM withheld w WHERE node = ? AND seq BETWEEN ? AND ? "
        "AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.node = w.node AND e.seq = w.seq) ORDER BY seq",
        (node, first, last),
    )
    return [Withheld(name, *row) for row in rows]


def groups(
    db: sqlite3.Connection, node: int, name: str, first: int = 0, last: int = 2**62
) -> Iterator[Group]:
    """Signed groups of one node that have any of seq first to last, in order."""
    rows = db.execute(
        "SELECT g.first, g.last, g.key, coalesce(e.hash, w.hash), g.signature FROM entry_group g "
        "LEFT JOIN entry e ON e.node = g.node AND e.seq = g.last "
        "LEFT JOIN withheld w ON w.node = g.node AND w.seq = g.last "
        "WHERE g.node = ?1 AND g.last >= ?2 AND g.first <= ?3 AND g.first >= coalesce("
        "(SELECT max(first) FROM entry_group WHERE node = ?1 AND first <= ?2), 0) ORDER BY g.first",
        (node, first, last),
    )
    for row in rows:
        yield Group(name, *row)


def newest_group(db: sqlite3.Connection, node: int, name: str) -> Group | None:
    """The group that signs for all of a node so far."""
    row = db.execute("SELECT max(first) FROM entry_group WHERE node = ?", (node,)).fetchone()
    if row is None or row[0] is None:
        return None
    return next(groups(db, node, name, row[0]), None)


def has_group(db: sqlite3.Connection, node: int, group: Group) -> bool:
    """Whether this very group is here."""
    row = db.execute(
        "SELECT last, key, signature FROM entry_group WHERE node = ? AND first = ?", (node, group.first)
    ).fetchone()
    return bool(row == (group.last, group.key, group.signature))


def previous_of(db: sqlite3.Connection, node: int, seq: int) -> bytes | None:
    """What an entry or a withheld place follows on; None where neither is here."""
    row = db.execute(
        "SELECT previous FROM entry WHERE node = ?1 AND seq = ?2 "
        "UNION ALL SELECT previous FROM withheld WHERE node = ?1 AND seq = ?2",
        (node, seq),
    ).fetchone()
    return None if row is None else bytes(row[0])


def hashes(
    db: sqlite3.Connection, node: int, first: int, last: int
) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Hashes of the entries and of the withheld places by seq, first and last included."""
    span = (node, first, last)
    entered = db.execute("SELECT seq, hash FROM entry WHERE node = ? AND seq BETWEEN ? AND ?", span)
    placed = db.execute("SELECT seq, hash FROM withheld WHERE node = ? AND seq BETWEEN ? AND ?", span)
    return dict(entered.fetchall()), dict(placed.fetchall())
