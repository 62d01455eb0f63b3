"""A ledger from the command line: enter, look, give away, take over."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from vedette.app.verify import utc
from vedette.core import canonical, event
from vedette.core.entry import Draft, Entry
from vedette.core.errors import ConfigError, LedgerError
from vedette.incident.procedures import Item, Procedure, checklist, choose
from vedette.incident.project import Incident, Line, plain, project
from vedette.ledger import keys
from vedette.ledger.head import LEDGER_FILE
from vedette.ledger.read import Reader, Wanted
from vedette.ledger.writer import Ledger


def note(folder: Path, node: str | None, words: str, author: str, incident: str | None) -> Entry:
    """Enter a note."""
    draft = event.draft(event.Note(words), author, incident)
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


def enter(folder: Path, node: str | None, kind: str, body: str, author: str, incident: str | None) -> Entry:
    """Enter an event of any kind; the body of a known one must be as its type says."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise ConfigError("BODY", "JSON", f"{body[:80]!r}: {error}") from error
    content = canonical.encode(value)
    event.read(kind, content)
    with _open(folder, node) as ledger:
        return ledger.append([Draft(kind, author, content, incident)])[0]


def incidents(folder: Path, wanted: Wanted) -> list[Incident]:
    """The incidents that the entries of a ledger add up to."""
    with Reader(folder) as reader:
        return list(project(reader.entries(wanted)).values())


def told(
    found: list[Incident], procedures: list[Procedure], *, whole: bool
) -> tuple[str, list[dict[str, Any]]]:
    """Incidents for people and as JSON values, with their checklists. whole: with all entries of each."""
    text, values = [], []
    for incident in found:
        chosen = {p.name: checklist(p, incident) for p in choose(procedures, incident)}
        marks = sum(bool(line.marks) for line in incident.record)
        text.append(
            f"{incident.id}: {incident.state or 'not opened'}, {incident.title or 'no title'}; in charge "
            f"{incident.in_charge or 'nobody'}, {len(incident.record)} entries of {', '.join(incident.nodes)}"
            + (f", {marks} marked" if marks else "")
        )
        if whole:
            text += [_line(line) for line in incident.record]
        for name, items in chosen.items():
            text += [f"  {name}: {_item(item)}" for item in items]
        values.append({**plain(incident), "procedures": msgspec.to_builtins(chosen)})
    return "\n".join(text), values


def _line(line: Line) -> str:
    says = "?" if line.event is None else canonical.encode(line.event).decode()
    if line.withdrawn:
        says = "withdrawn"
    by = line.corrected_by
    corrected = f" (corrected by {by.node} {by.seq})" if by else ""
    marks = "".join(f" !! {mark}" for mark in line.marks)
    place = f"{line.place.node} {line.place.seq}"
    return f"  {utc(line.time_ns)} {place} {line.kind} by {line.author}: {says}{corrected}{marks}"


_DONE: Final = {None: "open", True: "done", False: "not done"}


def _item(item: Item) -> str:
    state = "not set" if item.task is None else _DONE[item.task.done]
    due = "" if item.set.due_ns is None else f", due {utc(item.set.due_ns)}"
    return f"[{state}] {item.step.what} ({item.step.owner}{due})"
