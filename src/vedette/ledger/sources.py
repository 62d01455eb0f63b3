"""Where links come from: the groups of a ledger's file or of an export, to be proved."""

import mmap
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from vedette.core.chain import CONTENT, ENTRY_MARK, hash_of, link_of
from vedette.core.entry import NOTHING, Group
from vedette.ledger import export, schema
from vedette.ledger.proof import MOST_IN_GROUP, Broken, Fault, Link, What

# a group, its links, and whether entries may be missing before it
Linked = tuple[Group, list[Link], bool]
UNREADABLE: Final = (struct.error, TypeError, ValueError, AttributeError, OverflowError, IndexError)

LEAST, MOST = -(2**63), 2**63 - 1  # of what SQLite can hold: no row is passed over

_ENTRIES: Final = (
    "SELECT seq, time_ns, counter, kind, incident, author, body, salt, previous, hash "
    "FROM entry WHERE node = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq"
)
_WITH_WITHHELD: Final = (
    "SELECT seq, time_ns, counter, kind, incident, author, body, salt, previous, hash "
    "FROM entry WHERE node = ?1 AND seq BETWEEN ?2 AND ?3 UNION ALL "
    "SELECT seq, NULL, NULL, NULL, NULL, NULL, digest, NULL, previous, hash FROM withheld w "
    "WHERE node = ?1 AND seq BETWEEN ?2 AND ?3 "
    "AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.node = ?1 AND e.seq = w.seq) ORDER BY seq"
)


def of_ledger(db: sqlite3.Connection, *, own_after: int | None = None) -> Iterator[Linked]:
    """All groups of all nodes of a ledger. Raises Broken where rows are not what they should be.

    own_after  of the own node only groups after this seq
    """
    db.text_factory = bytes
    names = {}
    for number, name in db.execute("SELECT id, name FROM node ORDER BY id"):
        try:
            names[int(number)] = name.decode()
        except UNREADABLE as error:
            raise Broken(Fault("form", f"expected the name of a node, got {name!r}: {error}")) from error
    _check_nodes(db, set(names))
    for number, name in names.items():
        first = LEAST if own_after is None or number != schema.OWN else own_after + 1
        yield from _of_node(db, number, name, first, MOST)


def of_own(db: sqlite3.Connection, name: str, up_to: int) -> Iterator[Linked]:
    """Groups of the own node up to a seq. Raises Broken where rows are not what they should be."""
    db.text_factory = bytes
    return _of_node(db, schema.OWN, name, LEAST, up_to)


def _check_nodes(db: sqlite3.Connection, known: set[int]) -> None:
    """Broken where rows belong to no node."""
    for table in ("entry", "withheld", "entry_group"):
        at: Any = -(2**63)
        while at is not None:
            row = db.execute(f"SELECT min(node) FROM {table} WHERE node > ?", (at,)).fetchone()  # noqa: S608 -- our own names
            at = row[0]
            if at is not None and at not in known:
                raise Broken(Fault("form", f"expected rows of known nodes in {table}, got node {at!r}"))


def _of_node(db: sqlite3.Connection, number: int, name: str, start: int, end: int) -> Iterator[Linked]:
    part = number != schema.OWN
    partly = db.execute("SELECT 1 FROM withheld WHERE node = ? LIMIT 1", (number,)).fetchone()
    entries = db.execute(_WITH_WITHHELD if partly else _ENTRIES, (number, start, end))
    node, last = name.encode(), max(start - 1, 0)
    groups = db.execute(
        "SELECT first, last, key, signature FROM entry_group WHERE node = ? AND first BETWEEN ? AND ? "
        "ORDER BY first",
        (number, start, end),
    )
    for first, until, key, signature in groups:
        links: list[Link] = []
        try:
            size = until - first + 1
            rows = entries.fetchmany(size) if 0 < size <= MOST_IN_GROUP else []
            _fill(links, rows, node)
        except UNREADABLE as error:
            at = last + len(links) + 1
            raise Broken(Fault("form", f"expected an entry, got another row: {error}", name, at)) from error
        yield Group(name, first, until, key, links[-1][5] if links else NOTHING, signature), links, part
        last = until
    left = entries.fetchone()
    if left is not None:
        raise Broken(Fault("signature", "this entry is not signed", name, left[0]))
    if partly:
        _check_shadowed(db, number, name)


def _fill(links: list[Link], rows: Sequence[tuple[Any, ...]], node: bytes) -> None:
    """Append the link of each row, up to one that is no entry. This loop is what a proof's time goes into."""
    pack, size = CONTENT.pack, len(node)
    for seq, time_ns, counter, kind, incident, author, body, salt, previous, hash_ in rows:
        if time_ns is None and salt is None:  # withheld: its digest stands where a body would
            links.append((seq, None, None, body, previous, hash_))
            continue
        about = incident or b""
        head = pack(
            ENTRY_MARK,
            salt,
            seq,
            time_ns,
            counter,
            size,
            len(kind),
            len(about),
            len(author),
            len(body),
        )
        content = b"".join((head, node, kind, about, author, body))
        links.append((seq, time_ns, counter, sha256(content).digest(), previous, hash_))


def _check_shadowed(db: sqlite3.Connection, number: int, name: str) -> None:
    """Places that were withheld first and came later must be of the same entries."""
    both = db.execute(
        "SELECT w.seq, w.digest, w.previous, w.hash, e.previous, e.hash FROM withheld w "
        "JOIN entry e ON e.node = w.node AND e.seq = w.seq WHERE w.node = ?",
        (number,),
    )
    for seq, digest, previous, hash_, *entered in both:
        if entered != [previous, hash_] or hash_of(previous, digest) != hash_:
            raise Broken(Fault("fork", "expected what was withheld to be what came later", name, seq))


def of_export(content: mmap.mmap | bytes) -> Iterator[Linked]:
    """All groups of an export. Raises Broken where items are not what they should be."""
    part = _Part()
    try:
        for kind, at, end in export.read_items(content):
            if kind == export.END:
                part.check_done()
                export.check_sum(content)
            elif kind == export.PART:
                part.begin(content[at:end])
            elif kind == export.GROUP_ITEM:
                yield part.group(content[at:end])
            else:
                part.add(kind, content[at : at + 32], content[at + 32 : end])
    except export.Damaged as damage:
        what: What = "file" if damage.only_sum else "form"
        raise Broken(
            Fault(what, str(damage), part.node or None, part.seq + 1 if part.node else None)
        ) from damage
    except UNREADABLE as error:
        raise Broken(
            Fault("form", f"expected items of an export: {error}", part.node, part.seq + 1)
        ) from error


class _Part:
    """What was read of a part, up to the next group."""

    def __init__(self) -> None:
        self.node = ""
        self.seq = 0
        self._name = b""
        self._links: list[Link] = []
        self._ahead = NOTHING

    def fault(self, what: What, detail: str) -> Fault:
        """What is wrong after the last item that was read."""
        return Fault(what, detail, self.node or None, self.seq + 1 if self.node else None)

    def begin(self, payload: bytes) -> None:
        """A part item."""
        self.check_done()
        first, self._ahead = export.PART_HEAD.unpack_from(payload)
        self._name = payload[export.PART_HEAD.size :]
        self.node, self.seq = self._name.decode(), first - 1

    def add(self, kind: int, hash_: bytes, rest: bytes) -> None:
        """An entry or a withheld item."""
        self.seq += 1
        if kind == export.WITHHELD:
            if len(rest) != export.HASH_BYTES:
                raise ValueError(f"a digest of {len(rest)} bytes")
            link: Link = (self.seq, None, None, rest, self._ahead, hash_)
        else:
            mark, _, seq, time_ns, counter, named, *sizes = CONTENT.unpack_from(rest)
            if mark != ENTRY_MARK or len(rest) != CONTENT.size + named + sum(sizes):
                raise ValueError(f"not the content of an entry: {rest[:16]!r}, {len(rest)} bytes")
            if rest[CONTENT.size : CONTENT.size + named] != self._name:
                raise ValueError(f"an entry of another node in the part of {self.node}")
            link = (seq, time_ns, counter, sha256(rest).digest(), self._ahead, hash_)
        self._ahead = hash_
        self._links.append(link)

    def group(self, payload: bytes) -> Linked:
        """A group item: all since the one before."""
        if not self._links:
            raise ValueError("a group without entries")
        first, last, key, signature = export.GROUP.unpack(payload)
        links, self._links = self._links, []
        group = Group(self.node, first, last, key, links[-1][5], signature)
        self._ahead = link_of(group)
        return group, links, True

    def check_done(self) -> None:
        """Entries that no group follows are not signed."""
        if self._links:
            raise Broken(Fault("signature", "no group follows these entries", self.node, self.seq))
