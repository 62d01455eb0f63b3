"""A ledger from the command line: enter, look, give away, take over."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from vedette.app.verify import utc
from vedette.core import canonical
from vedette.core.entry import Draft, Entry
from vedette.core.errors import ConfigError, LedgerError
from vedette.ledger import keys
from vedette.ledger.head import LEDGER_FILE
from vedette.ledger.read import Reader, Wanted
from vedette.ledger.writer import Ledger


def note(folder: Path, node: str | None, words: str, author: str, incident: str | None) -> Entry:
    """Enter a note."""
    draft = Draft("note", author, canonical.encode({"text": words}), incident)
    with _open(folder, node) as ledger:
        return ledger.append([draft])[0]


def show(folder: Path, wanted: Wanted, limit: int) -> list[Entry]:
    """The first entries that are wanted."""
    with Reader(folder) as reader:
        return list(reader.entries(wanted, limit=limit))


def export(
    folder: Path, out: Path, *, node: str | None, first: int, last: int | None, incident: str | None
) -> int:
    """Write a part as a file; how many entries are released in it."""
    with Reader(folder) as reader:
        return reader.export(out, node=node, first=first, last=last, incident=incident)


def take(folder: Path, node: str | None, path: Path, known: Path | None) -> dict[str, Any]:
    """Take over a partner's export; what came of it."""
    if known is not None and not known.is_file():
        raise ConfigError("--keys", "a file of known keys", f"{known}: no such file")
    with _open(folder, node) as ledger:
        taken = ledger.take(path, keys.read_known(known or folder / keys.KNOWN_FILE))
    told: dict[str, Any] = msgspec.to_builtins(taken)
    return told


def _open(folder: Path, node: str | None) -> Ledger:
    """The ledger in a folder, for writing. Its node's name is needed only to begin one."""
    if node is None:
        if not (folder / LEDGER_FILE).exists():
            raise ConfigError("--node", f"the name of the node that begins a ledger in {folder}", "none")
        with Reader(folder) as reader:
            node = reader.nodes()[0]
    return Ledger(folder, node, time.time_ns, os.urandom)


def lines(entries: Iterable[Entry]) -> tuple[str, list[dict[str, Any]]]:
    """Entries for people, one a line, and as JSON values with their bodies read where they can be."""
    text, values = [], []
    for entry in entries:
        about = f" [{entry.incident}]" if entry.incident else ""
        body = entry.body.decode("utf-8", "replace")
        when = utc(entry.stamp.time_ns)
        text.append(f"{when} {entry.node} {entry.seq}{about} {entry.kind} by {entry.author}: {body}")
        values.append(
            {
                "node": entry.node,
                "seq": entry.seq,
                "time_ns": entry.stamp.time_ns,
                "counter": entry.stamp.counter,
                "kind": entry.kind,
                "incident": entry.incident,
                "author": entry.author,
                "body": _read(entry.body),
                "hash": entry.hash.hex(),
            }
        )
    return "\n".join(text), values


def _read(body: bytes) -> Any:
    """A body as a value; as text where a later version, or another program, wrote it differently."""
    try:
        return canonical.decode(body)
    except LedgerError:
        return body.decode("utf-8", "replace")
