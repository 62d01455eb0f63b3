"""A node's record while it runs: the ledger, what of the alerts goes into it, and the incidents that follow.

It belongs to one process and one thread; what is entered is on the disk when a method returns.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from vedette.app.closure.record import ClosureNews, enter
from vedette.app.verify import VerifyOptions, prove
from vedette.core import event
from vedette.core.entry import Draft, Entry
from vedette.core.errors import LedgerError, VedetteError
from vedette.core.event import Corrected, Event, Opened, Seen
from vedette.core.incident import IncidentSummary, RecordQuestion
from vedette.core.units import NS_PER_S
from vedette.incident.keeper import Keeper
from vedette.incident.life import STILL
from vedette.incident.procedures import Procedure, checklist, choose
from vedette.incident.project import Incident, plain, project, refusal
from vedette.incident.settings import IncidentSettings
from vedette.incident.standing import CORRECTED, MOVES, open_of
from vedette.incident.summary import summarise
from vedette.ledger.read import Reader, Wanted
from vedette.ledger.writer import Ledger

LEDGER: Final = "ledger"  # folder of it in a node's folder
_KEPT_NS: Final = 31 * 86_400 * NS_PER_S  # a day longer than the bus may give out an alert again
_LONGEST_RECORD: Final = 2000
_LISTED: Final = 300
_ALERTS: Final = ("alert-raised", "alert-changed")
_BOUNDS: Final = ("incident-opened", "incident-closed")
_STANDS: Final = ("$.alert.alert_id", "$.alert.state", "cleared")

Answered = dict[str, Any]


class Book:
    """The one writer of a node's ledger.

    is_new     the ledger was begun just now
    summaries  by id: of incidents that are open, of so many others as a list has use for, and of those that
               somebody asked for since
    changed    ids of those that changed since somebody emptied it
    """

    def __init__(
        self,
        folder: Path,
        node: str,
        settings: IncidentSettings,
        began_ns: int,
        now_ns: Callable[[], int],
    ) -> None:
        """Open the ledger in a node's folder, and read of it what is needed to go on.

        Of what is older than a month that is what moves incidents, and all of those that are open: so a
        ledger of years opens as one of a month does.

        began_ns  UTC; alerts from before open no incident
        """
        self.folder = folder / LEDGER
        self._node = node
        self._now_ns = now_ns
        self._ledger = self._open()
        self._reader = Reader(self.folder)
        self.is_new = self._ledger.head is None
        self.keeper = Keeper(settings, node, began_ns)
        self.summaries: dict[str, IncidentSummary] = {}
        self.changed: set[str] = set()
        self._load()

    def _open(self) -> Ledger:
        return Ledger(self.folder, self._node, self._now_ns, os.urandom)

    def _load(self) -> None:
        since_ns = self._since_ns()

        def older(entry: Entry) -> None:
            if entry.stamp.time_ns < since_ns and entry.kind in _BOUNDS:
                self.keeper.take(entry)

        moves = self._reader.entries(Wanted(kinds=(*MOVES, CORRECTED)))
        still, corrected = open_of(moves, older)
        for incident in sorted(corrected):
            state = self._project(incident).state
            (still.add if state in STILL else still.discard)(incident)
        for incident in sorted(still):
            for entry in self._reader.entries(Wanted(incident=incident, kinds=_ALERTS, to_ns=since_ns)):
                self.keeper.take(entry)
        for entry in self._reader.entries(Wanted(from_ns=since_ns)):
            self.keeper.take(entry)
        newest = self._reader.newest_ns()
        others = sorted(newest.keys() - still, key=lambda name: (newest[name], name))[-_LISTED:]
        for incident in (*others, *sorted(still)):
            self._project(incident)
        self.forget()

    def _since_ns(self) -> int:
        return self._now_ns() - _KEPT_NS

    def forget(self) -> None:
        """Let go of what cannot come again; call it now and then."""
        self.keeper.forget(self._since_ns())

    def held_before(self) -> list[Entry]:
        """The newest entry of each own alert that still holds and is older than what was read.

        Any thread may ask. It reads every alert of the ledger; the keeper is to `recall` what comes of it.
        """
        with Reader(self.folder) as reader:
            seqs = reader.unfinished(_ALERTS, *_STANDS, self._since_ns())
            return [reader.own(seq) for seq in seqs]

    def close(self) -> None:
        """Close the ledger: from then on it is covered by its sum."""
        self._reader.close()
        self._ledger.close()

    def reopen(self) -> None:
        """After an error the ledger may want to be opened again. LedgerError where that fails too."""
        try:
            self._ledger.close()
        finally:
            self._ledger = self._open()

    # In

    def append(self, drafts: Sequence[Draft]) -> list[Entry]:
        """Enter all of these, or none; they are on the disk when this returns."""
        entries = self._ledger.append(drafts)
        for entry in entries:
            self.keeper.placed(entry)
            if entry.incident is not None:
                self.changed.add(entry.incident)
        return entries

    def decided_closure(self, news: ClosureNews) -> None:
        """What a person decided about an airport, unless it is in already."""
        if not self.keeper.has_decided(news.decision.time_ns, news.decision.by):
            for entry in enter(lambda draft: self.append([draft])[0], news):
                self.keeper.take(entry)

    def answer(self, asked: RecordQuestion, procedures: Sequence[Procedure]) -> Answered:
        """What is asked, with a status as of HTTP."""
        try:
            match asked.asks:
                case "enter":
                    return self._enter(asked)
                case "list":
                    for incident in self.changed:
                        self._project(incident)
                    return {"status": 200, "incidents": self.newest()}
                case "incident":
                    return self._one(asked.incident or "", procedures)
                case "head":
                    return {"status": 200, **self._head()}
                case _:
                    return _said(400, f"expected a question about the record, got {asked.asks}")
        except LedgerError as error:
            return _said(503, str(error))

    def _enter(self, asked: RecordQuestion) -> Answered:
        try:
            what = event.read(asked.kind, bytes(asked.body))
            if what is None or asked.kind in _ALERTS:
                return _said(400, f"expected an event that people enter, got {asked.kind!r}")
            if isinstance(what, Opened):
                return self._enter_opening(what, asked)
            draft = event.draft(what, asked.author, asked.incident or "")
        except LedgerError as error:
            return _said(400, str(error))
        return self._enter_step(what, draft, asked)

    def _enter_opening(self, what: Opened, asked: RecordQuestion) -> Answered:
        try:
            drafts = self.keeper.opening(what, asked.author, asked.alert_id)
        except LedgerError as error:
            return _said(409, str(error))
        entries = self.append(drafts)
        for entry in entries:
            self.keeper.take(entry)
        return _entered(entries[0])

    def _enter_step(self, what: Event, draft: Draft, asked: RecordQuestion) -> Answered:
        held = self.entries(asked.incident or "")
        if not held:
            return _said(404, f"expected an incident of this node, got {asked.incident!r}")
        if isinstance(what, Seen) and self._has_seen(what, draft):
            return _said(200, "was entered before")
        if isinstance(what, Corrected) and not _may_correct(what, held, asked):
            return _said(403, f"only its author, or a supervisor, corrects entry {what.entry.seq}")
        why = refusal(asked.incident or "", held, draft, self._node)
        if why is not None:
            return _said(409, why)
        (entry,) = self.append([draft])
        self.keeper.take(entry)
        self._project(asked.incident or "")
        return _entered(entry)

    def _has_seen(self, what: Seen, draft: Draft) -> bool:
        name = draft.incident or ""
        if name not in self.summaries:
            self._project(name)
        seen = self.summaries[name].seen.get(draft.author, {})
        return all(place.seq <= seen.get(place.node, 0) for place in what.up_to)

    # Out

    def entries(self, incident: str) -> list[Entry]:
        """All entries about an incident, in the agreed order."""
        return list(self._reader.entries(Wanted(incident=incident))) if incident else []

    def project_changed(self) -> list[IncidentSummary]:
        """Incidents that changed since this was asked before, as they stand."""
        changed = sorted(self.changed)
        self.changed.clear()
        for incident in changed:
            self._project(incident)
        return [self.summaries[incident] for incident in changed]

    def newest(self) -> list[IncidentSummary]:
        """Summaries of those that are open, and of so many others as a list has use for."""
        known = sorted(self.summaries.values(), key=lambda one: one.changed_ns)
        others = [one for one in known if not self.keeper.is_open(one.id)][-_LISTED:]
        return [*others, *(one for one in known if self.keeper.is_open(one.id))]

    def _project(self, name: str) -> Incident:
        incident = project(self.entries(name))[name]
        self.summaries[name] = summarise(incident)
        if incident.state in STILL and not self.keeper.is_open(name):
            self.keeper.reopen(name)  # its closing was withdrawn
        return incident

    def _one(self, name: str, procedures: Sequence[Procedure]) -> Answered:
        if name not in self.summaries and not self.entries(name):
            return _said(404, f"expected an incident of this node, got {name!r}")
        incident = self._project(name)
        chosen = [
            {"name": p.name, "title": p.title, "items": checklist(p, incident)}
            for p in choose(procedures, incident)
        ]
        told = plain(incident)
        older = max(0, len(incident.record) - _LONGEST_RECORD)
        told["record"] = told["record"][older:]
        summary = self.summaries[name]
        return {"status": 200, "summary": summary, "incident": told, "older": older, "procedures": chosen}

    def _head(self) -> Answered:
        head = self._ledger.head
        return {
            "node": self._node,
            "entries": 0 if head is None else head.last,
            "key": self._ledger.public_key.hex(),
            "head": None if head is None else head.head.hex(),
            "signature": None if head is None else head.signature.hex(),
        }


def proved(folder: Path) -> Answered:
    """The verdict about the ledger in a folder; takes seconds where it is large. Any thread may ask."""
    try:
        _, told = prove(VerifyOptions(folder), lambda _: None)
    except VedetteError as error:
        return _said(503, str(error))
    return {"status": 200, **told}


def exported(folder: Path, out: Path, incident: str | None) -> Answered:
    """Write all entries as a file that proves itself, or those of one incident. Any thread may ask."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with Reader(folder) as reader:
            released = reader.export(out, incident=incident)
    except LedgerError as error:
        return _said(404, str(error))
    except OSError as error:
        return _said(503, f"cannot write an export: {error.strerror}")
    return {"status": 200, "file": out.name, "entries": released}


def _may_correct(what: Corrected, held: Sequence[Entry], asked: RecordQuestion) -> bool:
    """Whether a correction is its author's to make; of an entry that is not here, others say so."""
    authors = {entry.author for entry in held if event.place_of(entry) == what.entry}
    return asked.corrects_any or authors <= {asked.author}


def _entered(entry: Entry) -> Answered:
    told = _said(200, f"entered as {entry.seq}")
    return {**told, "node": entry.node, "seq": entry.seq, "incident": entry.incident}


def _said(status: int, said: str) -> Answered:
    return {"status": status, "said": said}
