"""The addresses of the past, as `openapi.py` has all others."""

from typing import Any, Final

from vedette.core.classes import CLASSES

Schema = dict[str, Any]

_INTEGER: Final[Schema] = {"type": "integer"}
_TEXT: Final[Schema] = {"type": "string"}
_FROM: Final = ("from_ns", "query", _INTEGER, "UTC nanoseconds, included")
_TO: Final = ("to_ns", "query", _INTEGER, "UTC nanoseconds, not included")


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


# address → (summary, parameters (name, in, schema, what), answer)
PAST_GETS: Final[dict[str, tuple[str, tuple[tuple[str, str, Schema, str], ...], Schema]]] = {
    "/api/v1/past": (
        "When the history begins and ends",
        (),
        _object(span={"anyOf": [{"type": "array", "items": _INTEGER}, {"type": "null"}]}),
    ),
    "/api/v1/past/told": (
        "Who the tracks of a time were, which alerts held at its begin, and their changes; of 120 s at most",
        (_FROM, _TO),
        _object(
            identities={"type": "array", "items": {"type": "object", "description": "columns of identity"}},
            alerts={"type": "array", "items": {"type": "object", "description": "columns of alert"}},
        ),
    ),
    "/api/v1/past/search": (
        "Tracks of the past, the newest first: near a place, in a time, of a class, of a standing, in a zone",
        (
            ("near", "query", _TEXT, "lat,lon,metres"),
            _FROM,
            _TO,
            ("class", "query", {"enum": list(CLASSES)}, "points of this class"),
            (
                "authorisation",
                "query",
                {"enum": ["unknown", "authorised", "unauthorised"]},
                "of this standing",
            ),
            ("zone", "query", _TEXT, "id of a zone"),
            ("limit", "query", _INTEGER, "1 to 1000, 200 unless told"),
        ),
        _object(tracks={"type": "array", "items": {"type": "object", "description": "see history.md"}}),
    ),
}
# address → (summary, media type of the answer)
PAST_OTHERS: Final[dict[str, tuple[str, str]]] = {
    "/api/v1/past/frames": (
        "Whole picture frames of the past, one a second from from_ns up to to_ns, one after the other; 120 s "
        "or 4 MiB at most: ask again from after the last",
        "application/octet-stream",
    ),
}
