"""The part of the description that is about incidents, the ledger and log-ins; openapi.py puts it in."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from vedette.core.event import EVENTS
from vedette.serve.rights import STEPS, right_for

Schema = dict[str, Any]
Parameter = tuple[str, str, Schema, str]
Operation = Callable[[str, str, tuple[Parameter, ...], Schema], Schema]

_TEXT: Final[Schema] = {"type": "string"}
_INTEGER: Final[Schema] = {"type": "integer"}
_ENTERED: Final[Schema] = {
    "type": "object",
    "properties": {
        "status": _INTEGER, "said": _TEXT, "node": _TEXT, "seq": _INTEGER, "incident": _TEXT
    },
    "required": ["status", "said"],
}  # fmt: skip
_AUTHOR: Final = "initials, where the log-in names no person; nobody signs as another"
_ALL: Final = "/api/v1/incidents"
_ONE: Final = "/api/v1/incidents/{incident}"
_INCIDENT: Final[Parameter] = ("incident", "path", _TEXT, "its id")

_FILE: Final[Schema] = {"type": "string", "format": "binary"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


# address → summary, parameters, answer
_GETS: Final[dict[str, tuple[str, tuple[Parameter, ...], Schema]]] = {
    "/api/v1/me": (
        "Whose log-in this is, and what it may",
        (),
        _object(role=_TEXT, person=_TEXT, author=_TEXT, rights=_many(_TEXT)),
    ),
    "/api/v1/users": (
        "Persons who may log in, and those who may no longer",
        (),
        _object(
            users=_many(
                _object(name=_TEXT, role=_TEXT, since_ns=_INTEGER, until_ns={"type": ["integer", "null"]})
            )
        ),
    ),
    _ALL: (
        "Incidents that are open, and the 300 others that changed last: a summary of each",
        (),
        _object(incidents=_many(_named("IncidentSummary"))),
    ),
    _ONE: (
        "One incident: how it stands, its record, its checklists",
        (_INCIDENT,),
        _object(
            status=_INTEGER,
            summary=_named("IncidentSummary"),
            incident={"type": "object"},
            older=_INTEGER,
            procedures=_many({"type": "object"}),
        ),
    ),
    f"{_ONE}/attachments/{{sha256}}": (
        "A file of this incident, after its SHA-256 was proved; 409 where it is another file now",
        (_INCIDENT, ("sha256", "path", _TEXT, "64 hexadecimal digits")),
        _FILE,
    ),
    "/api/v1/ledger": (
        "The ledger's newest signed entry",
        (("prove", "query", {"type": "boolean"}, "prove all entries first"),),
        {"type": "object"},
    ),
    "/api/v1/ledger/export": (
        "All entries, or those of one incident, as a file that proves itself",
        (("incident", "query", _TEXT, "only its entries"),),
        _FILE,
    ),
}
_WORDS: Final = {
    "note": "Enter a note",
    "assess": "Say what it is, how sure, and on which entries that rests",
    "respond": "Say that people act, and what they do",
    "close": "Close it, with what came of it",
    "review": "Say what was learnt, after it was closed",
    "task": "Set a task; set again, it is changed",
    "done": "Tick a task off, or say that it will not be done",
    "decide": "Enter a decision, with what was known",
    "hand-over": "Put another person in charge",
    "seen": "Enter that the author has seen it up to these entries",
    "correct": "Say what an entry should have said, or withdraw it; those of others take a supervisor",
}


def structs() -> list[Any]:
    """What goes into a request, for the components of the description."""
    return [EVENTS[kind] for kind, _ in STEPS.values()] + [EVENTS["incident-opened"]]


def paths(operation: Operation) -> Schema:
    """The addresses."""
    out: Schema = {address: {"get": operation(address, *told)} for address, told in _GETS.items()}
    opening = "Open one by hand; `alert_id` names the alert that it is about, if any"
    out[_ALL]["post"] = _entering(operation, _ALL, opening, (), "incident-opened")
    out[f"{_ONE}/attachments"] = {"post": _attaching(operation)}
    for step, (kind, _) in STEPS.items():
        address = f"{_ONE}/{step}"
        out[address] = {"post": _entering(operation, address, _WORDS[step], (_INCIDENT,), kind)}
    for address, methods in out.items():
        for method, one in methods.items():
            one["x-right"] = right_for(method.upper(), address)
    return out


def _entering(
    operation: Operation, address: str, words: str, parameters: tuple[Parameter, ...], kind: str
) -> Schema:
    """Of what enters an event; its fields are those of core.event."""
    one = operation(address, f"{words}. 409 where that cannot follow", parameters, _ENTERED)
    name = EVENTS[kind].__name__
    more: Schema = {"author": {**_TEXT, "description": _AUTHOR}}
    if kind == "incident-opened":
        more["alert_id"] = _TEXT
    schema = {"allOf": [_named(name), {"type": "object", "properties": more}]}
    one["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return one


def _attaching(operation: Operation) -> Schema:
    asked: tuple[Parameter, ...] = (
        _INCIDENT,
        ("title", "query", _TEXT, "what it is called"),
        ("what", "query", _TEXT, "picture, sighting, recording, …; else the first part of its media type"),
        ("author", "query", _TEXT, _AUTHOR),
        ("taken_ns", "query", _INTEGER, "UTC nanoseconds when it was taken"),
        ("lat_deg", "query", {"type": "number"}, "where"),
        ("lon_deg", "query", {"type": "number"}, "where"),
    )
    one = operation(
        f"{_ONE}/attachments", "Keep the bytes of the body as evidence, 413 where too many", asked, _ENTERED
    )
    one["requestBody"] = {"content": {"application/octet-stream": {"schema": _FILE}}}
    return one


def components() -> Schema:
    """Schemas of the events' fields, by name."""
    _, found = msgspec.json.schema_components(structs(), ref_template="#/components/schemas/{name}")
    return found
