"""What the entries about incidents add up to: `project(entries) → incidents`.

Pure, and the same whatever order the entries come in and how often: so everybody who holds the same entries
has the same incidents. Nothing is lost: what does not fit is in the record with a mark that says why.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from vedette.core import canonical
from vedette.core.alert import Alert
from vedette.core.entry import NOTHING, SALT_BYTES, Draft, Entry
from vedette.core.errors import LedgerError
from vedette.core.event import (
    WATCH,
    AlertChanged,
    AlertRaised,
    Attached,
    Corrected,
    Decided,
    Event,
    HandedOver,
    Opened,
    Place,
    Seen,
    TaskDone,
    TaskSet,
    place_of,
    read,
)
from vedette.core.hlc import Stamp
from vedette.incident import life


class Line(Struct, frozen=True, omit_defaults=True):
    """One entry in the record of an incident.

    event         what it says, as corrected; None where that is not known, not readable or withdrawn
    corrected_by  the newest entry that corrects it
    withdrawn     whether that took it back
    marks         what is wrong with it, in words
    """

    place: Place
    time_ns: int
    kind: str
    author: str
    event: Event | None
    corrected_by: Place | None = None
    withdrawn: bool = False
    marks: list[str] = []


class Task(Struct, frozen=True, omit_defaults=True):
    """A task as it stands.

    done     None while it is open; False where it will not be done
    """

    task: str
    what: str
    owner: str
    due_ns: int | None = None
    done: bool | None = None
    done_ns: int | None = None
    remark: str | None = None


class Incident(Struct, frozen=True, omit_defaults=True):
    """An incident as all entries about it tell.

    state      None where its opening is not among them
    in_charge  to whom it was handed over, else who opened it; None where the node did and nobody took it
    alerts     the newest of each, by alert_id
    seen       by author, up to which seq of each node
    record     all entries in the agreed order
    """

    id: str
    state: life.State | None
    title: str | None
    what: str | None
    site: str | None
    in_charge: str | None
    opened_ns: int | None
    changed_ns: int
    nodes: list[str]
    alerts: list[Alert]
    tasks: list[Task]
    decisions: list[Place]
    attached: list[Attached]
    seen: dict[str, dict[str, int]]
    record: list[Line]


def project(entries: Iterable[Entry]) -> dict[str, Incident]:
    """All incidents that these entries speak of, by id. Entries about none are passed over."""
    by_incident: dict[str, dict[Place, Entry]] = {}
    for entry in entries:
        if entry.incident is not None:
            by_incident.setdefault(entry.incident, {})[place_of(entry)] = entry
    return {
        incident: _project_one(incident, sorted(held.values(), key=lambda entry: entry.place))
        for incident, held in sorted(by_incident.items())
    }


def refusal(incident: str, entries: Sequence[Entry], draft: Draft, node: str) -> str | None:
    """Why a draft would not fit if it were the next entry of an incident; None where it fits.

    entries  all that there are about the incident, in any order
    node     that would enter it
    """
    before = _project_one(incident, sorted(entries, key=lambda entry: entry.place)) if entries else None
    newest = max((entry.stamp for entry in entries), default=Stamp(0, 0))
    stamp = Stamp(newest.time_ns, newest.counter + 1)
    seq = 1 + max((entry.seq for entry in entries if entry.node == node), default=0)
    unsigned = (bytes(SALT_BYTES), NOTHING, NOTHING)
    last = Entry(node, seq, stamp, draft.kind, incident, draft.author, draft.body, *unsigned)
    *others, line = project([*entries, last])[incident].record
    if line.marks:
        return line.marks[0]
    known = [] if before is None else before.record
    for was, now in zip(known, others, strict=True):
        if len(now.marks) > len(was.marks):
            return f"{now.kind} of {now.author} rests on it: {now.marks[-1]}"
    return None


def _project_one(incident: str, entries: list[Entry]) -> Incident:
    told = _Told()
    for line in _corrected([_line(entry) for entry in entries]):
        told.take(line)
    return told.incident(incident, sorted({entry.node for entry in entries}))


def _line(entry: Entry) -> Line:
    event, marks = None, []
    try:
        event = read(entry.kind, entry.body)
        if event is None:
            marks.append("a kind that is not known")
    except LedgerError as error:
        marks.append(str(error))
    return Line(place_of(entry), entry.stamp.time_ns, entry.kind, entry.author, event, marks=marks)


def _corrected(lines: list[Line]) -> list[Line]:
    """The lines with corrections in them. The newest of an entry counts; all of them stay in the record."""
    at = {line.place: i for i, line in enumerate(lines)}
    out = list(lines)
    for i, line in enumerate(lines):
        if not isinstance(line.event, Corrected):
            continue
        target = at.get(line.event.entry, len(lines))
        try:
            _check_target(target, i, len(lines))
            out[target] = _with(out[target], lines[target], line)
        except LedgerError as error:
            out[i] = msgspec.structs.replace(out[i], marks=[*out[i].marks, str(error)])
    return out


def _check_target(target: int, at: int, count: int) -> None:
    """LedgerError unless what is corrected is here, and before the correction."""
    if target == count:
        raise LedgerError("the entry that it corrects is not here")
    if target >= at:
        raise LedgerError("it corrects what comes after it")


def _with(now: Line, first: Line, correction: Line) -> Line:
    """A line with one more correction, or LedgerError where that cannot stand in its place."""
    if not isinstance(correction.event, Corrected) or isinstance(first.event, Corrected):
        raise LedgerError("a correction is not corrected: correct the entry itself again")
    says = correction.event.says
    event = None if says is None else read(first.kind, canonical.encode(says))
    marks = [] if event is not None or says is None else first.marks
    return msgspec.structs.replace(
        now, event=event, corrected_by=correction.place, withdrawn=says is None, marks=marks
    )


class _Told:
    """An incident as far as it was told."""

    def __init__(self) -> None:
        self._state: life.State | None = None
        self._opened: Opened | None = None
        self._opened_ns: int | None = None
        self._in_charge: str | None = None
        self._alerts: dict[str, Alert] = {}
        self._tasks: dict[str, Task] = {}
        self._decisions: list[Place] = []
        self._attached: list[Attached] = []
        self._seen: dict[str, dict[str, int]] = {}
        self._record: list[Line] = []

    def take(self, line: Line) -> None:
        """One more entry, in the agreed order."""
        mark = None if line.event is None else self._say(line, line.event)
        if mark is not None:
            line = msgspec.structs.replace(line, marks=[*line.marks, mark])
        self._record.append(line)

    def _say(self, line: Line, event: Event) -> str | None:
        """Take what an event says; the mark of one that does not fit."""
        if life.moves(event):
            return self._move(line, event)
        match event:
            case AlertRaised(alert) | AlertChanged(alert):
                return self._alert(alert)
            case TaskSet() | TaskDone():
                return self._task(line, event)
            case Decided():
                self._decisions.append(line.place)
            case Attached():
                self._attached.append(event)
            case HandedOver(to=to):
                self._in_charge = to
            case Seen(up_to=up_to):
                seen = self._seen.setdefault(line.author, {})
                for place in up_to:
                    seen[place.node] = max(seen.get(place.node, 0), place.seq)
            case _:
                pass
        return None

    def _move(self, line: Line, event: Event) -> str | None:
        state = life.after(self._state, event)
        if state is None:
            before = self._state or "nothing"
            return f"expected {line.kind} to follow on {life.may_follow(event)}, got it after {before}"
        self._state = state
        if isinstance(event, Opened):
            self._opened, self._opened_ns = event, line.time_ns
            self._in_charge = self._in_charge or (None if line.author == WATCH else line.author)
        return None

    def _alert(self, alert: Alert) -> str | None:
        held = self._alerts.get(alert.alert_id)
        if held is not None and alert.time_ns < held.time_ns:
            return "an older state of the alert than one before it"
        self._alerts[alert.alert_id] = alert
        return None

    def _task(self, line: Line, event: TaskSet | TaskDone) -> str | None:
        if isinstance(event, TaskSet):
            self._tasks[event.task] = Task(event.task, event.what, event.owner, event.due_ns)
            return None
        held = self._tasks.get(event.task)
        if held is None:
            return f"nobody set a task {event.task!r}"
        self._tasks[event.task] = msgspec.structs.replace(
            held, done=event.done, done_ns=line.time_ns, remark=event.remark
        )
        return None

    def incident(self, name: str, nodes: list[str]) -> Incident:
        """What it comes to."""
        opened = self._opened
        return Incident(
            id=name,
            state=self._state,
            title=None if opened is None else opened.title,
            what=None if opened is None else opened.what,
            site=None if opened is None else opened.site,
            in_charge=self._in_charge,
            opened_ns=self._opened_ns,
            changed_ns=self._record[-1].time_ns,
            nodes=nodes,
            alerts=list(self._alerts.values()),
            tasks=list(self._tasks.values()),
            decisions=self._decisions,
            attached=self._attached,
            seen=self._seen,
            record=self._record,
        )


def plain(incident: Incident) -> dict[str, Any]:
    """An incident as JSON values."""
    told: dict[str, Any] = msgspec.to_builtins(incident)
    return told
