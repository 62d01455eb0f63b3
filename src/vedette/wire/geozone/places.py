"""msgspec's complaints as errors that name the exact place in the file and what stood there.

zones.json: features[2].geometry.layer.upper: expected a number, got 'high'
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from vedette.core.errors import ConfigError

T = TypeVar("T")

_WORDS: Final[Mapping[str, str]] = {
    "float": "a number",
    "str": "text",
    "object": "an object",
    "array": "a list",
    "int": "a whole number",
    "bool": "true or false",
    "null": "nothing",
}
_CHOICES: Final[Mapping[str, str]] = {
    "geometry.type": "Point, Polygon, MultiPolygon or GeometryCollection",
    "geometries[].type": "Point, Polygon or MultiPolygon",
    "properties.type": "USPACE, PROHIBITED, REQ_AUTHORIZATION, CONDITIONAL or NO_RESTRICTION",
    "restriction": "PROHIBITED, REQ_AUTHORISATION, CONDITIONAL or NO_RESTRICTION",
    "horizontalProjection.type": "Polygon or Circle",
    "layer.uom": "m or ft",
    "uomDimensions": "M or FT",
    "Reference": "AGL, AMSL or WGS84",
    "day[]": "MON, TUE, WED, THU, FRI, SAT, SUN or ANY",
    "Event": "BMCT, SR, SS or EECT",
    "subType": "Circle",
    "purpose": "AUTHORIZATION, NOTIFICATION or INFORMATION",
    "permanent": "YES or NO",
    "features[].type": "Feature",
}


def parse(data: bytes, place: str) -> Any:
    """JSON bytes as plain values, or ConfigError."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ConfigError(place, "JSON", str(error)) from error


def convert(
    value: Any, kind: type[T], place: str, path: str = "", choices: Mapping[str, str] = _CHOICES
) -> T:
    """Plain values as a struct, or ConfigError with the place.

    place    the file
    path     where value stands in it: "features[2]"
    choices  what can stand somewhere, in words, by how the path of it ends
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _located(str(error), value, place, path, choices) from error


def joined(place: str, path: str) -> str:
    """A file and a path in it, as errors write them."""
    return f"{place}: {path}" if path else place


def _located(complaint: str, value: Any, place: str, path: str, choices: Mapping[str, str]) -> ConfigError:
    what, _, inner = complaint.partition(" - at `$")
    inner = inner.rstrip("`").removeprefix(".")
    missing = re.fullmatch(r"Object missing required field `(\w+)`", what)
    came = "nothing" if missing else _shown(_found(value, inner))
    if missing:
        inner = f"{inner}.{missing.group(1)}" if inner else missing.group(1)
        return ConfigError(
            joined(place, _under(path, inner)), _expected(what, inner, choices, missing=True), came
        )
    return ConfigError(
        joined(place, _under(path, inner)), _expected(what, inner, choices, missing=False), came
    )


def _under(path: str, inner: str) -> str:
    if not path or not inner:
        return path or inner
    return path + inner if inner.startswith("[") else f"{path}.{inner}"


def _expected(what: str, path: str, choices: Mapping[str, str], *, missing: bool) -> str:
    wanted = re.match(r"Expected `([^`]+)`(.*?)(?:, got .*)?$", what)
    plain = re.sub(r"\[\d+\]", "[]", path)
    choice = next((text for end, text in choices.items() if plain.endswith(end)), None)
    if choice is not None and (wanted is None or missing):
        return choice
    if wanted is None:
        return "a value" if missing else "another value"
    return " or ".join(_WORDS.get(word, word) for word in wanted.group(1).split(" | ")) + wanted.group(2)


def _found(value: Any, path: str) -> Any:
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        try:
            value = value[key] if key else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value[:60])
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
