"""One TOML file that a person wrote: values of their types, or the first mistake with its line.

node.toml:12: rule[1].hours: expected two times of the day in UTC, such as "21:00-06:00", got 'night'
"""

import math
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NoReturn

import msgspec

from vedette.core.errors import ConfigError
from vedette.core.toml_lines import line_of

_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_EXPECTED: Final = re.compile(r"^Expected (?P<expected>.*?)(?:, got (?P<came>.*))?$")
_FIELD: Final = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<field>.*)`$")
_MOST: Final = 1_000_000
_NO_WORDS: Final[Mapping[str, str]] = MappingProxyType({})


class TomlFile:
    """A text that is TOML, and knows where its lines are."""

    def __init__(
        self, text: str, place: str, words: Mapping[str, str] = _NO_WORDS, *, most: int = _MOST
    ) -> None:
        """Read it, or ConfigError.

        place  the file, for messages
        words  what is expected of a field of a name, where its type says it badly
        most   characters that it may have
        """
        if len(text) > most:
            raise ConfigError(place, f"{most} characters or less", str(len(text)))
        try:
            self.document = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            found = re.search(r"at line (\d+)", str(error))
            line = found[1] if found else text.count("\n") + 1  # else it says "at end of document"
            raise ConfigError(f"{place}:{line}", "TOML", str(error)) from error
        self._text = text
        self._place = place
        self._words = words

    def known(self, names: tuple[str, ...]) -> None:
        """Refuse what is on the top level and has none of these names."""
        for key in self.document:
            if key not in names:
                self.refuse(f"$.{key}", f"one of {', '.join(names)}", key)

    def tables(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The tables of an array, each with its number."""
        found = self.document.get(name, [])
        if not isinstance(found, list):
            self.refuse(f"$.{name}", f"[[{name}]], one for each", f"a {type(found).__name__}")
        for i, raw in enumerate(found):
            if not isinstance(raw, dict):
                self.refuse(f"$.{name}[{i}]", f"a table: [[{name}]]", f"a {type(raw).__name__}")
            yield i, raw

    def converted(self, raw: Any, kind: Any, path: str) -> Any:
        """A value of a type, or the mistake in it."""
        self._finite(raw, path)
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            found = _PLACE.match(str(error))
            what, inner = (found["what"], found["path"] or "") if found else (str(error), "")
        return self._explained(raw, kind, path, what, inner)

    def _explained(self, raw: Any, kind: Any, path: str, what: str, inner: str) -> NoReturn:
        """Raise what msgspec found at an inner path, in the project's words."""
        named = _FIELD.match(what)
        if named and "missing" in what:
            self.refuse(path + inner, f"the field {named['field']}", "nothing")
        if named:
            known = ", ".join(_struct_at(kind, inner).__struct_fields__)
            self.refuse(f"{path}{inner}.{named['field']}", f"one of {known}", named["field"])
        exact = _EXPECTED.match(what)
        field = (re.findall(r"\.([a-z_0-9]+)", inner) or [""])[-1]
        by_words = not exact or "regex" in what or "datetime" in what
        expected = self._words.get(field) or _choices(_struct_at(kind, inner), field) if by_words else ""
        came = (exact["came"] if exact else None) or repr(_at(raw, inner))
        if not expected:
            expected = exact["expected"] if exact else f"a value that fits ({what})"
        self.refuse(path + inner, expected.replace("`", ""), came.replace("`", ""))

    def refuse(self, path: str, expected: str, came: str) -> NoReturn:
        """Raise a mistake at the line of what a path means: "$.rule[2].hours"."""
        line = line_of(self._text, path)
        where = f"{self._place}:{line}" if line is not None else self._place
        named = path.removeprefix("$").removeprefix(".")
        raise ConfigError(f"{where}: {named}" if named else where, expected, came)

    def _finite(self, value: Any, path: str) -> None:
        """TOML has inf and nan; no setting has."""
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(path, "a number", str(value))
        if isinstance(value, dict):
            for key, inner in value.items():
                self._finite(inner, f"{path}.{key}")
        if isinstance(value, list):
            for i, inner in enumerate(value):
                self._finite(inner, f"{path}[{i}]")


def _struct_at(kind: Any, path: str) -> Any:
    """The struct that a path of msgspec leads to from another one."""
    for name in re.findall(r"\.([A-Za-z0-9_\-]+)", path):
        if not hasattr(kind, "__struct_fields__"):
            break
        waiting = [typing.get_type_hints(kind).get(name)]
        while waiting:
            one = waiting.pop()
            if hasattr(one, "__struct_fields__"):
                kind = one
                break
            waiting += typing.get_args(one)
    return kind


def _choices(kind: Any, field: str) -> str:
    """The values that a field of a struct allows, where they are few."""
    waiting = [typing.get_type_hints(kind).get(field)] if hasattr(kind, "__struct_fields__") else []
    while waiting:
        one = waiting.pop()
        if typing.get_origin(one) is Literal:
            return "one of " + ", ".join(str(value) for value in typing.get_args(one))
        waiting += typing.get_args(one)
    return ""


def _at(raw: Any, path: str) -> Any:
    """The value that a path of msgspec means; the whole where it cannot be followed."""
    for name, index in re.findall(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]", path):
        try:
            raw = raw[int(index)] if index else raw[name]
        except (KeyError, IndexError, TypeError):
            return raw
    return raw
