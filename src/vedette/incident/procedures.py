"""Procedures: what people mean to do, by site and kind of incident, from a TOML file.

    [[procedure]]
    name = "drone-over-runway"
    title = "Drone inside the zone of the airport"
    what = ["zone-entry"]       # of Opened.what; without it, any
    sites = ["airport"]         # of Opened.site; without it, any

    [[procedure.step]]
    name = "take-offs"
    what = "Ask the tower to stop take-offs"
    owner = "watch officer"
    due_s = 60                  # after the incident was opened; without it, no hurry

A procedure advises: its steps become tasks when a person sets them, and are ticked off by entries.
"""

import re
import tomllib
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Struct

from vedette.core.errors import ConfigError
from vedette.core.event import TaskSet
from vedette.core.units import NS_PER_S
from vedette.incident.project import Incident, Task

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Delay = Annotated[float, msgspec.Meta(ge=0.0, le=1e7)]
_LONGEST_LIST: Final = 200
_ERROR: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$")


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to do.

    due_s  after the incident was opened; None where there is no hurry
    """

    name: Name
    what: Words
    owner: Words
    due_s: Delay | None = None


class Procedure(Struct, frozen=True, forbid_unknown_fields=True):
    """A checklist. sites and what: empty for any."""

    name: Name
    title: Words
    step: Annotated[list[Step], msgspec.Meta(min_length=1, max_length=_LONGEST_LIST)]
    sites: list[Words] = []
    what: list[Words] = []


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    procedure: Annotated[list[Procedure], msgspec.Meta(max_length=_LONGEST_LIST)]


class Item(Struct, frozen=True):
    """One step of a procedure as it stands in an incident.

    set   what a person would enter to make it a task
    task  the task that it became; None where nobody set it
    """

    step: Step
    set: TaskSet
    task: Task | None


def parse(text: str, place: str) -> list[Procedure]:
    """The procedures of a file, or ConfigError that names the place.

    place  what to call the file in errors
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(place, "TOML", str(error)) from error
    try:
        procedures = msgspec.convert(document, _File).procedure
    except msgspec.ValidationError as error:
        found = _ERROR.match(str(error))
        path, what = (found["path"], found["what"]) if found else (None, str(error))
        raise ConfigError(f"{place}: {path}" if path else place, "a procedure", what) from error
    _check_names([procedure.name for procedure in procedures], f"{place}: procedure")
    for i, procedure in enumerate(procedures):
        _check_names([step.name for step in procedure.step], f"{place}: procedure[{i}].step")
    return procedures


def _check_names(names: Sequence[str], place: str) -> None:
    for i, name in enumerate(names):
        first = names.index(name)
        if first != i:
            raise ConfigError(f"{place}[{i}].name", f"a name other than that of [{first}]", repr(name))


def choose(procedures: Sequence[Procedure], incident: Incident) -> list[Procedure]:
    """Those that are for an incident of this kind and site, in the order of the file.

    Where it is not known what an incident is, or where, only procedures for any are.
    """
    return [
        procedure
        for procedure in procedures
        if (not procedure.what or incident.what in procedure.what)
        and (not procedure.sites or incident.site in procedure.sites)
    ]


def checklist(procedure: Procedure, incident: Incident) -> list[Item]:
    """The steps of a procedure as they stand."""
    tasks = {task.task: task for task in incident.tasks}
    items = []
    for step in procedure.step:
        name = f"{procedure.name}/{step.name}"
        due_ns = None
        if step.due_s is not None and incident.opened_ns is not None:
            due_ns = incident.opened_ns + round(step.due_s * NS_PER_S)
        items.append(Item(step, TaskSet(name, step.what, step.owner, due_ns), tasks.get(name)))
    return items
