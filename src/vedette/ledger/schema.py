"""The ledger's tables in SQLite.

    node         id, name                              1 is the node whose ledger it is
    entry        what an entry says, key (node, seq)
    withheld     the places of entries that partners did not release, key (node, seq)
    entry_group  what was signed together, key (node, first)

Triggers refuse to change or delete rows. They guard against mistakes; against malice, the chain does.
"""

import sqlite3
from typing import Final

from vedette.core.errors import LedgerError

APPLICATION_ID: Final = 0x5644544C  # "VDTL"
VERSION: Final = 1
OWN: Final = 1  # the id of the node whose ledger it is

_TABLES: Final = (
    "CREATE TABLE node(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE entry(node INTEGER NOT NULL, seq INTEGER NOT NULL, time_ns INTEGER NOT NULL, "
    "counter INTEGER NOT NULL, kind TEXT NOT NULL, incident TEXT CHECK(incident <> ''), "
    "author TEXT NOT NULL, body BLOB NOT NULL, salt BLOB NOT NULL, previous BLOB NOT NULL, "
    "hash BLOB NOT NULL, PRIMARY KEY(node, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE withheld(node INTEGER NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL, "
    "previous BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(node, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE entry_group(node INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "key BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY(node, first)) STRICT, WITHOUT ROWID",
    "CREATE INDEX entry_incident ON entry(incident, time_ns) WHERE incident IS NOT NULL",
    "CREATE INDEX entry_kind ON entry(kind, time_ns)",
    "CREATE INDEX entry_time ON entry(time_ns)",
)
_KEYS: Final = {"node": "id", "entry": "seq", "withheld": "seq", "entry_group": "first"}


def create() -> list[str]:
    """The statements that make an empty ledger."""
    statements = list(_TABLES)
    for table, key in _KEYS.items():
        statements += [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'nothing in a ledger is changed or deleted'); END"
            for verb in ("UPDATE", "DELETE")
        ]
        same = "id = NEW.id" if table == "node" else f"node = NEW.node AND {key} = NEW.{key}"
        statements.append(  # INSERT OR REPLACE would delete without asking the trigger above
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 -- our own names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'nothing in a ledger is replaced'); END"
        )
    statements += [f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {VERSION}"]
    return statements


def check(db: sqlite3.Connection, place: str) -> None:
    """LedgerError unless `db` has exactly these tables, indexes and triggers."""
    found = (db.execute("PRAGMA application_id").fetchone(), db.execute("PRAGMA user_version").fetchone())
    if found != ((APPLICATION_ID,), (VERSION,)):
        raise LedgerError(
            f"expected {place} to be a ledger of version {VERSION}, got application "
            f"{found[0][0]:#x} version {found[1][0]}"
        )
    if _described(db) != _wanted():
        raise LedgerError(f"expected {place} to have the tables of a ledger of version {VERSION}, got others")


def _described(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    """What is in a database, by name."""
    rows = db.execute("SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema")
    return sorted(tuple(bytes(part or b"").decode("utf-8", "replace") for part in row) for row in rows)


def _wanted() -> list[tuple[str, ...]]:
    """What is in an empty ledger, by name."""
    db = sqlite3.connect(":memory:")
    try:
        for statement in create():
            db.execute(statement)
        return _described(db)
    finally:
        db.close()
