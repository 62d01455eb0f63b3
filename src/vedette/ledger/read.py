"""Reading a ledger: in the one order that all nodes agree on, by time, then node, then seq."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Self

from msgspec import Struct

from vedette.core.entry import Entry, Group, Withheld
from vedette.core.errors import LedgerError
from vedette.ledger import head, schema, store
from vedette.ledger.export import Part, write_export
from vedette.ledger.merge import withhold

_COLUMNS = ", ".join(f"e.{name}" for name in store.COLUMNS.split(", "))


class Wanted(Struct, frozen=True):
    """Which entries; None for all.

    kinds          any of these
    since_seq      only later ones than this seq of `node`, which must be given with it
    from_ns to_ns  times, to_ns not included
    """

    incident: str | None = None
    kind: str | None = None
    kinds: tuple[str, ...] | None = None
    node: str | None = None
    since_seq: int | None = None
    from_ns: int | None = None
    to_ns: int | None = None


class Reader:
    """A ledger, open for reading; beside a writer it sees what is durable."""

    def __init__(self, folder: Path | str) -> None:
        """Open the ledger in a folder."""
        self.path = Path(folder) / head.LEDGER_FILE
        self._db = store.open_to_read(self.path)
        try:
            schema.check(self._db, str(self.path))
        except store.TROUBLE as error:
            self._db.close()
            raise LedgerError(f"expected a ledger, got {self.path}: {error}") from error
        except LedgerError:
            self._db.close()
            raise

    def close(self) -> None:
        """Close. Closing twice does nothing."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def entries(self, wanted: Wanted | None = None, *, limit: int | None = None) -> Iterator[Entry]:
        """Entries of all nodes in the agreed order, those that are withheld left out."""
        sql, values = _question(wanted or Wanted())
        try:
            for name, *row in self._db.execute(f"{sql} LIMIT ?", (*values, -1 if limit is None else limit)):
                yield store.entry_of(name, row)
        except store.TROUBLE as error:
            raise LedgerError(f"cannot read the ledger {self.path}: {error}") from error

    def newest_ns(self) -> dict[str, int]:
        """When the newest entry about each incident was entered, by the time of its stamp."""
        sql = "SELECT incident, max(time_ns) FROM entry WHERE incident IS NOT NULL GROUP BY incident"
        try:
            return dict(self._db.execute(sql).fetchall())
        except store.TROUBLE as error:
            raise LedgerError(f"cannot read the ledger {self.path}: {error}") from error

    def unfinished(self, kinds: Sequence[str], by: str, how: str, finished: str, before_ns: int) -> list[int]:
        """The seq of own entries that are the newest of what they are about, and do not say that it is over.

        by, how    paths in the bodies, as SQLite's: what an entry is about, and how that stands
        finished   how it stands when it is over
        before_ns  only entries of before then

        It reads every body of these kinds; Python's lock is free meanwhile.
        """
        marks = ", ".join("?" * len(kinds))
        sql = (
            "SELECT seq FROM (SELECT max(seq) AS seq, body ->> ? AS what, body ->> ? AS how FROM "  # noqa: S608 -- our own words
            "(SELECT seq, CAST(body AS TEXT) AS body FROM entry "
            f"WHERE node = ? AND kind IN ({marks}) AND time_ns < ?) WHERE json_valid(body) GROUP BY what) "
            "WHERE how <> ? ORDER BY seq"
        )
        try:
            rows = self._db.execute(sql, (by, how, schema.OWN, *kinds, before_ns, finished)).fetchall()
        except store.TROUBLE as error:
            raise LedgerError(f"cannot read the ledger {self.path}: {error}") from error
        return [int(seq) for (seq,) in rows]

    def own(self, seq: int) -> Entry:
        """One entry of the own node, or LedgerError."""
        number, name = self._node(None)
        found = [] if number is None else store.entries_between(self._db, number, name, seq, seq)
        if not found:
            raise LedgerError(f"expected entry {seq} of {name} in {self.path}, there is none")
        return found[0]

    def head(self, node: str | None = None) -> Group | None:
        """The newest signed group of a node; of the ledger's own without a name."""
        number, name = self._node(node)
        return None if number is None else store.newest_group(self._db, number, name)

    def nodes(self) -> list[str]:
        """Names of all nodes that have entries here, the own one first."""
        return [name for _, name in store.nodes(self._db)]

    def export(
        self,
        path: Path,
        *,
        node: str | None = None,
        first: int = 1,
        last: int | None = None,
        incident: str | None = None,
    ) -> int:
        """Write a part of one node's entries as a file that proves itself; see ledger.export.

        node         None for the ledger's own
        first, last  seq, widened to whole groups
        incident     release only entries of it, from its first to its last; of others only their places

        Returns how many entries are released. LedgerError where there are none.
        """
        number, name = self._node(node)
        if number is not None and incident is not None:
            span = self._db.execute(
                "SELECT min(seq), max(seq) FROM entry "
                "WHERE node = ? AND incident = ? AND seq BETWEEN ? AND ?",
                (number, incident, first, 2**62 if last is None else last),
            ).fetchone()
            first, last = span if span[0] is not None else (1, 0)
        released = 0
        if number is not None:
            made = _Made(self._db, number, name, incident)
            groups = store.groups(self._db, number, name, first, 2**62 if last is None else last)
            write_export(path, made.parts(groups))
            released = made.released
        if not released:
            path.unlink(missing_ok=True)
            raise LedgerError(f"expected entries to export from {self.path}, got none that are asked for")
        return released

    def _node(self, name: str | None) -> tuple[int | None, str]:
        if name is None:
            return store.nodes(self._db)[0]
        return store.node_id(self._db, name), name


def _question(wanted: Wanted) -> tuple[str, list[object]]:
    """The SQL for what is wanted, and its values."""
    if wanted.since_seq is not None and wanted.node is None:
        raise LedgerError("expected a node beside a seq: every node counts its own")
    asked = [
        ("e.incident = ?", wanted.incident),
        ("e.kind = ?", wanted.kind),
        ("n.name = ?", wanted.node),
        ("e.seq > ?", wanted.since_seq),
        ("e.time_ns >= ?", wanted.from_ns),
        ("e.time_ns < ?", wanted.to_ns),
    ]
    given = [(term, [value]) for term, value in asked if value is not None]
    if wanted.kinds is not None:
        given.append((f"e.kind IN ({', '.join('?' * len(wanted.kinds))})", [*wanted.kinds]))
    where = " AND ".join(term for term, _ in given) or "TRUE"
    return (
        f"SELECT n.name, {_COLUMNS} FROM entry e JOIN node n ON n.id = e.node WHERE {where} "  # noqa: S608 -- our own words
        "ORDER BY e.time_ns, e.counter, n.name, e.seq"
    ), [value for _, values in given for value in values]


class _Made:
    """What goes into an export, group by group."""

    def __init__(self, db: sqlite3.Connection, number: int, name: str, incident: str | None) -> None:
        self.released = 0
        self._db = db
        self._number = number
        self._name = name
        self._incident = incident

    def parts(self, groups: Iterator[Group]) -> Iterator[Part]:
        """Groups that follow on each other are one part."""
        last, part = 0, 0

        def part_of(group: Group) -> int:
            nonlocal last, part
            part += group.first != last + 1
            last = group.last
            return part

        for _, together in groupby(groups, part_of):
            yield ((group, self._items(group)) for group in together)

    def _items(self, group: Group) -> list[Entry | Withheld]:
        span = (self._number, self._name, group.first, group.last)
        items: list[Entry | Withheld] = [*store.withheld_between(self._db, *span)]
        for entry in store.entries_between(self._db, *span):
            if self._incident is None or entry.incident == self._incident:
                items.append(entry)
                self.released += 1
            else:
                items.append(withhold(entry))
        return sorted(items, key=lambda item: item.seq)
