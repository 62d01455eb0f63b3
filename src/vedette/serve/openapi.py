"""The API described for programs (OpenAPI 3.1) and for people (a page without scripts).

Every address of the server stands here; a test holds the two together.
"""

import html
import json
from functools import cache
from typing import Any, Final

import msgspec

from vedette.core.advice import Advice
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES
from vedette.core.identity import Identity
from vedette.core.incident import IncidentSummary
from vedette.core.interference import DisturbedCell
from vedette.core.leave import Leave
from vedette.core.sensor import Sensor, SensorStatus
from vedette.core.zone import Zone
from vedette.serve import openapi_incidents
from vedette.serve.closure import ClosureAsked
from vedette.serve.decisions import Asked
from vedette.serve.live import Node, Process
from vedette.serve.openapi_past import PAST_GETS, PAST_OTHERS

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_NUMBER: Final[Schema] = {"type": "number"}
_INTEGER: Final[Schema] = {"type": "integer"}
_MAYBE_NUMBER: Final[Schema] = {"type": ["number", "null"]}
_MAYBE_INTEGER: Final[Schema] = {"type": ["integer", "null"]}


def _one_of(*words: str | None) -> Schema:
    return {"enum": list(words)}


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


_TRACK: Final = _object(
    time_ns=_INTEGER,
    heard_ns=_INTEGER,
    track_id=_INTEGER,
    lat_deg=_NUMBER,
    lon_deg=_NUMBER,
    alt_m=_MAYBE_NUMBER,
    alt_sd_m=_MAYBE_NUMBER,
    baro_alt_m=_MAYBE_NUMBER,
    v_east_mps=_MAYBE_NUMBER,
    v_north_mps=_MAYBE_NUMBER,
    v_up_mps=_MAYBE_NUMBER,
    speed_sd_mps=_MAYBE_NUMBER,
    sd_major_m=_MAYBE_NUMBER,
    sd_minor_m=_MAYBE_NUMBER,
    sd_angle_deg=_MAYBE_NUMBER,
    existence=_MAYBE_NUMBER,
    class_probability=_MAYBE_NUMBER,
    authorisation=_one_of("unknown", "authorised", "unauthorised"),
    status=_one_of("confirmed", "coasting", "ended"),
    alert=_one_of(None, "predicted", "actual"),
) | {"description": "A row of the picture. Metres above the WGS-84 ellipsoid; null is unknown."}
_TRACK["properties"]["class"] = _one_of(*CLASSES, None)

_TRAIL_POINT: Final[Schema] = {
    "type": "array",
    "prefixItems": [_INTEGER, _NUMBER, _NUMBER, _MAYBE_NUMBER],
    "description": "time_ns, lat_deg, lon_deg, alt_m",
}
_ERROR: Final = _object(error=_TEXT)
_FLYING: Final = _object(
    track_id=_INTEGER,
    label=_TEXT,
    how=_one_of("heard", "seen"),
    authorisation=_one_of("unknown", "authorised", "unauthorised"),
)
_LEAVE: Final[Schema] = {
    "allOf": [_named("Leave"), _object(holds={"type": "boolean"}, flying=_many(_FLYING))],
}

_SINCE: Final = ("since_ns", "query", _INTEGER, "UTC nanoseconds")
_BOX: Final = ("box", "query", _TEXT, "south,west,north,east in degrees")

# address → (summary, parameters (name, in, schema, what), answer)
_GETS: Final[dict[str, tuple[str, tuple[tuple[str, str, Schema, str], ...], Schema]]] = {
    "/api/v1/tracks": (
        "All tracks of the picture",
        (
            _BOX,
            ("authorisation", "query", _one_of("unknown", "authorised", "unauthorised"), "only these"),
        ),
        _object(time_ns=_MAYBE_INTEGER, tracks=_many(_named("Track"))),
    ),
    "/api/v1/tracks/{track_id}": (
        "One track: where it is, who it is, its open alerts, and its trail (of the last hour unless told)",
        (("track_id", "path", _INTEGER, "as in the picture"), _SINCE),
        _object(
            track=_or_null(_named("Track")),
            identity=_or_null(_named("Identity")),
            alerts=_many(_named("Alert")),
            trail=_many(_TRAIL_POINT),
        ),
    ),
    "/api/v1/alerts": (
        "Alerts that hold now; with since_ns every change since then",
        (_SINCE,),
        _object(alerts=_many(_named("Alert"))),
    ),
    "/api/v1/sensors": (
        "All sensors and how they are",
        (),
        _object(sensors=_many(_object(sensor=_named("Sensor"), status=_or_null(_named("SensorStatus"))))),
    ),
    "/api/v1/zones": ("All zones, after ED-318", (), _object(zones=_many(_named("Zone")))),
    "/api/v1/leaves": (
        "Who may fly now and soon, and which of them is heard flying, or seen by others than itself too; "
        "known is false until the tracker has told",
        (("soon_s", "query", _INTEGER, "s from now on within which a leave begins; 86400 unless told"),),
        _object(
            time_ns=_INTEGER,
            known={"type": "boolean"},
            soon_s=_INTEGER,
            leaves=_many(_LEAVE),
            later=_INTEGER,
            over=_INTEGER,
            left_off=_INTEGER,
        ),
    ),
    "/api/v1/interference": (
        "Where satellite navigation is disturbed, as aircraft tell it: cells that somebody flies through",
        (),
        _object(time_ns=_MAYBE_INTEGER, cells=_many(_named("DisturbedCell"))),
    ),
    "/api/v1/closure": (
        "Whether airports can stay open: evidence, risk, cost, and what would change the advice",
        (),
        _object(advices=_many(_named("Advice"))),
    ),
    "/api/v1/status": (
        "The node, its processes and its counters",
        (),
        _object(
            node=_named("Node"),
            time_ns=_MAYBE_INTEGER,
            tracks=_INTEGER,
            open_alerts=_INTEGER,
            sensors=_INTEGER,
            clients=_INTEGER,
            processes=_many(_named("Process")),
            picture_frames=_INTEGER,
            picture_gaps=_INTEGER,
            frames_dropped=_INTEGER,
        ),
    ),
    "/api/v1/history": (
        "Track points of the past, in order of time; of the last hour unless told",
        (
            _BOX,
            ("from_ns", "query", _INTEGER, "UTC nanoseconds, included"),
            ("to_ns", "query", _INTEGER, "UTC nanoseconds, not included"),
            ("limit", "query", _INTEGER, "1 to 100000, 10000 unless told"),
        ),
        _object(points=_many({"type": "object", "description": "the columns of track_point"})),
    ),
    "/api/v1/exercise": (
        "Where an exercise stands, for its director; 403 for others, 404 where there is no exercise",
        (),
        {
            "type": "object",
            "description": "title, seed, time_ns, begins_ns, speed, ended, sensors, recent, notice",
        },
    ),
    "/api/v1/exercise/score": (
        "The score of the last minutes of an exercise, for its director",
        (),
        {"type": "object", "description": "gospa_m, completeness, alerts and individuals, see exercises.md"},
    ),
    "/api/v1/openapi.json": ("This description", (), {"type": "object"}),
    "/healthz": (
        "Whether the node is well: 200, else 503. Needs no log-in",
        (),
        _object(ok={"type": "boolean"}, reasons=_many(_TEXT)),
    ),
}

# address → (summary, media type of the answer)
_OTHERS: Final[dict[str, tuple[str, str]]] = {
    "/api/v1/picture": (
        "WebSocket: the picture as it changes. Binary messages are picture frames, first a whole one; "
        "text messages are JSON objects with a type: hello, identity, alert, incident, sensor, zones, "
        "process, interference, closure, exercise. "
        'Say {"type":"resync"} for a whole frame. A browser sends its cookie, a program the token as '
        "Bearer",
        "application/octet-stream",
    ),
    "/api/docs": ("This description for people", "text/html"),
    "/metrics": ("Figures in the exposition format of Prometheus", "text/plain"),
    "/login": ("The log-in page; POST it the field token", "text/html"),
    "/logout": ("Ends the session", "text/html"),
    "/": ("The web page; with ?token=… logs in", "text/html"),
}
_OPEN: Final = ("/healthz", "/login")


@cache
def describe(version: str) -> Schema:
    """The whole description as OpenAPI 3.1."""
    structs = (
        Advice, Alert, DisturbedCell, Identity, IncidentSummary, Leave, Sensor, SensorStatus, Zone, Node,
        Process,
    )  # fmt: skip
    _, components = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    paths: Schema = {}
    for address, (summary, parameters, answer) in (_GETS | PAST_GETS).items():
        paths[address] = {"get": _operation(address, summary, parameters, answer)}
    for address, (summary, media) in (_OTHERS | PAST_OTHERS).items():
        paths[address] = {"get": _plain_operation(address, summary, media)}
    paths["/api/v1/exercise"]["post"] = {
        "summary": 'Do what a director\'s line says: {"tell": "pause"}. 400 for one that is not understood',
        "responses": {
            "200": _answer("what came of it", "application/json", _object(status=_INTEGER, said=_TEXT))
        },
    }
    paths |= openapi_incidents.paths(_operation)
    components |= openapi_incidents.components()
    paths["/api/v1/alerts/{alert_id}"] = {"post": _decision()}
    paths["/api/v1/closure/{airport}"] = {"post": _closure_decision()}
    paths["/login"]["post"] = {"summary": "Log in", "security": [], "responses": {"303": _answer("in")}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vedette",
            "version": version,
            "description": "Times are UTC nanoseconds, angles degrees, null is unknown.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {"Track": _TRACK, "Error": _ERROR, **components},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "vedette-<port>"},
            },
        },
    }


def _decision() -> Schema:
    """Of POST /api/v1/alerts/{alert_id}."""
    _, components = msgspec.json.schema_components((Asked,), ref_template="#/components/schemas/{name}")
    operation = _operation(
        "/api/v1/alerts/{alert_id}",
        "Acknowledge an alert, suppress it (or all of its track, zone or rule) with a reason, or let it "
        "speak again; 409 where that cannot be",
        (("alert_id", "path", _TEXT, "as in the alert"),),
        _object(status=_INTEGER, said=_TEXT),
    )
    operation["requestBody"] = {"content": {"application/json": {"schema": components["Asked"]}}}
    return operation


def _closure_decision() -> Schema:
    """Of POST /api/v1/closure/{airport}."""
    _, components = msgspec.json.schema_components(
        (ClosureAsked,), ref_template="#/components/schemas/{name}"
    )
    operation = _operation(
        "/api/v1/closure/{airport}",
        "Record what a person decided about an airport, knowing which advice; 409 where that is not known",
        (("airport", "path", _TEXT, "its location indicator"),),
        _object(status=_INTEGER, said=_TEXT),
    )
    operation["requestBody"] = {"content": {"application/json": {"schema": components["ClosureAsked"]}}}
    return operation


def _answer(text: str, media: str | None = None, schema: Schema | None = None) -> Schema:
    answer: Schema = {"description": text}
    if media is not None:
        answer["content"] = {media: {"schema": schema or _TEXT}}
    return answer


def _operation(
    address: str, summary: str, parameters: tuple[tuple[str, str, Schema, str], ...], answer: Schema
) -> Schema:
    operation = _plain_operation(address, summary, "application/json", answer)
    operation["parameters"] = [
        {"name": name, "in": place, "required": place == "path", "schema": schema, "description": what}
        for name, place, schema, what in parameters
    ]
    return operation


def _plain_operation(address: str, summary: str, media: str, answer: Schema | None = None) -> Schema:
    operation: Schema = {
        "summary": summary,
        "responses": {
            "200": _answer("as described", media, answer),
            "default": _answer("what went wrong, in one line", "application/json", _named("Error")),
        },
    }
    if address in _OPEN:
        operation["security"] = []
    return operation


def as_json(version: str) -> bytes:
    """The description as JSON."""
    return json.dumps(describe(version), indent=1).encode()


def as_html(version: str) -> str:
    """The description as a page."""
    parts = []
    for address, methods in describe(version)["paths"].items():
        for method, operation in methods.items():
            parts.append(_section(address, method, operation))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Vedette: the API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="dark light"></head><body><main>'
        f"<h1>Vedette {html.escape(version)}: the API</h1>"
        "<p>Times are UTC nanoseconds, angles degrees, heights metres above the WGS-84 "
        "ellipsoid, null is unknown. Programs send the token as <code>Authorization: Bearer</code>. "
        'The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>'
        f"{''.join(parts)}</main></body></html>"
    )


def _section(address: str, method: str, operation: Schema) -> str:
    rows = "".join(
        f"<dt><code>{html.escape(parameter['name'])}</code></dt><dd>{html.escape(parameter['description'])}</dd>"
        for parameter in operation.get("parameters", ())
    )
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    shape = json.dumps(answer["schema"], indent=1) if answer else ""
    return (
        f"<h2><code>{method.upper()} {html.escape(address)}</code></h2>"
        f"<p>{html.escape(operation['summary'])}.</p>"
        + (f"<dl>{rows}</dl>" if rows else "")
        + (f"<details><summary>Answer</summary><pre>{html.escape(shape)}</pre></details>" if shape else "")
    )
