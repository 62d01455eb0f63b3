"""A mistake in a scenario as a person reads it: file, line, setting, what was expected, what came."""

import difflib
import re
from pathlib import Path
from typing import Any, Final

from msgspec import inspect

from vedette.core.errors import ConfigError
from vedette.core.toml_lines import line_of, steps_of
from vedette.simulate.spec.mistake import Mistake
from vedette.simulate.spec.scenario import Scenario

_BOUNDS: Final = {
    "float` > 0.0": "a number above 0",
    "float` >= 0.0": "a number of 0 or more",
    "int` >= 1": "a whole number of 1 or more",
}


def place_in(path: Path, text: str, where: str) -> str:
    """`file:line: path` of a value."""
    line = line_of(text, where)
    shown = where.removeprefix("$.").removeprefix("$")
    at = f"{path}:{line}" if line else str(path)
    return f"{at}: {shown}" if shown else at


def explained(path: Path, text: str, raw: dict[str, Any], message: str) -> ConfigError:
    """Turn msgspec's message into place, expected, came."""
    found = re.match(r"(.*?)(?: - at `(.*)`)?$", message, re.DOTALL)
    what, where = (found.group(1), found.group(2) or "$") if found else (message, "$")
    value = _value_at(raw, where)
    missing = re.match(r"Object missing required field `(.*)`", what)
    if missing:
        return ConfigError(place_in(path, text, where), f"the setting '{missing.group(1)}'", "none")
    unknown = re.match(r"Object contains unknown field `(.*)`", what)
    if unknown:
        name = unknown.group(1)
        place = place_in(path, text, f"{where}.{name}")
        return ConfigError(place, f"a known setting{_meant(raw, where, name)}", f"'{name}'")
    choices = _choices(raw, where)
    if choices:
        return ConfigError(place_in(path, text, where), f"one of: {', '.join(choices)}", _shown(value))
    return ConfigError(place_in(path, text, where), _expected(what), _shown(value))


def _expected(what: str) -> str:
    """What msgspec wanted, in words."""
    for mark, words in _BOUNDS.items():
        if mark in what:
            return words
    plain = re.match(r"Expected `(.*?)`(.*?)(?:, got `(.*)`)?$", what)
    return f"{plain.group(1)}{plain.group(2)}" if plain else what


def _shown(value: object) -> str:
    """A value as an error shows it: short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _value_at(raw: Any, where: str) -> object:
    """The value that msgspec's path means, or None."""
    value = raw
    for step in steps_of(where):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _type_at(raw: object, where: str) -> inspect.Type | None:
    """The type that stands at a path, by the tags that the file gives."""
    kind: inspect.Type | None = inspect.type_info(Scenario)
    value: object = raw
    for step in steps_of(where):
        kind = _chosen(kind, value)
        if isinstance(kind, inspect.StructType):
            kind = next((f.type for f in kind.fields if f.encode_name == step), None)
        elif isinstance(kind, inspect.ListType):
            kind = kind.item_type
        else:
            return None
        value = _value_at(value, f"[{step}]" if isinstance(step, int) else step)
    return kind


def _chosen(kind: inspect.Type | None, value: object) -> inspect.Type | None:
    """Of a union, the member that a value means."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    if isinstance(value, list):
        return next((t for t in kind.types if isinstance(t, inspect.ListType)), None)
    structs = [t for t in kind.types if isinstance(t, inspect.StructType)]
    if isinstance(value, dict):
        return next((t for t in structs if t.tag_field and value.get(t.tag_field) == t.tag), None) or (
            structs[0] if len(structs) == 1 else None
        )
    return None


def _choices(raw: object, where: str) -> list[str]:
    """What a setting may be, where that is a short list: words, or kinds."""
    kind = _type_at(raw, where)
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    words = [str(w) for option in options if isinstance(option, inspect.LiteralType) for w in option.values]
    if words:
        return words
    parent, _, last = where.rpartition(".")
    above = _type_at(raw, parent) if last else None
    tagged = above.types if isinstance(above, inspect.UnionType) else (above,)
    nested = [u for t in tagged for u in ((t.item_type,) if isinstance(t, inspect.ListType) else (t,))]
    return [str(t.tag) for t in nested if isinstance(t, inspect.StructType) and t.tag_field == last]


def _meant(raw: object, where: str, name: str) -> str:
    """The settings that a mistyped one is like, or all that there are."""
    kind = (
        _chosen(_type_at(raw, where), _value_at(raw, where)) if where != "$" else inspect.type_info(Scenario)
    )
    if not isinstance(kind, inspect.StructType):
        return ""
    known = [field.encode_name for field in kind.fields]
    alike = difflib.get_close_matches(name, known, n=2)
    return f": {', '.join(alike or known)}"


def mistaken(path: Path, text: str, mistake: Mistake) -> ConfigError:
    """A mistake that types do not see, with its place in the file."""
    return ConfigError(place_in(path, text, mistake.where), mistake.expected, _shown(mistake.came))
