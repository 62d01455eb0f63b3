"""Incidents as others than the record see them: a summary of each, and what may be asked of the record."""

from typing import Literal

import msgspec
from msgspec import Struct

from vedette.core.alert import Severity

IncidentState = Literal["open", "assessed", "responding", "closed", "reviewed"]


class IncidentSummary(Struct, frozen=True, kw_only=True):
    """One incident in a line of a list; the record has all of it.

    state        None where its opening is not among the entries that are here
    in_charge    a person; None where nobody has taken it yet
    severity     the highest of its alerts that hold; None where none does
    alerts       alert_id of all its alerts
    holding      how many of them hold now
    tasks_open   tasks that are neither done nor given up
    due_ns       UTC when the next of them is due; None where there is no hurry
    up_to        the newest entry of each node that says more than that somebody saw it
    seen         by author, up to which seq of each node
    """

    id: str
    state: IncidentState | None
    title: str | None
    what: str | None
    site: str | None
    in_charge: str | None
    opened_ns: int | None
    changed_ns: int
    severity: Severity | None
    alerts: list[str]
    holding: int
    tasks_open: int
    tasks_done: int
    due_ns: int | None
    attached: int
    entries: int
    up_to: dict[str, int]
    seen: dict[str, dict[str, int]]


class RecordQuestion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked of the node's record; which fields count depends on what is asked.

    enter     kind, body, incident, author   an event; where it opens an incident, incident is None and
                                             alert_id names the alert that it is about, if any
    list                                     summaries of all incidents
    incident  incident                       one, with its record and checklists
    head                                     the newest signed entry
    prove                                    the same, after proving all entries
    export    incident                       a file of all entries, or of those of one incident

    corrects_any  whether the author may correct what others entered
    """

    asks: Literal["enter", "list", "incident", "head", "prove", "export"]
    kind: str = ""
    body: msgspec.Raw = msgspec.Raw(b"null")
    incident: str | None = None
    author: str = ""
    alert_id: str = ""
    corrects_any: bool = False
