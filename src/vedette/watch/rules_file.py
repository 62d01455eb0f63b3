"""The rules file: TOML to a RuleSet, or one mistake with its line.

ground_m = 98.8            # above the ellipsoid, for heights over the ground
built_in = true            # the built-in rules too; a rule of the same name takes the place of one

[[site]]                   # fields of core.site.Site
[[rule]]                   # fields of rule.Common, and those of its kind
"""

import math
import re
import tomllib
import typing
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NoReturn

import msgspec

from vedette.core.errors import ConfigError
from vedette.core.site import Site
from vedette.core.toml_lines import line_of
from vedette.watch.kinds import KINDS
from vedette.watch.rule import Common, Rule, RuleSet, replaced

_HEAD: Final = ("ground_m", "built_in", "site", "rule")
_COMMON: Final = frozenset(Common.__struct_fields__)
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_EXPECTED: Final = re.compile(r"^Expected (?P<expected>.*?)(?:, got (?P<came>.*))?$")
_FIELD: Final = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<field>.*)`$")
_WORDS: Final = {
    "name": "a to z, 0 to 9 and -, 40 at most, such as loiter-reactor",
    "hours": 'two times of the day in UTC, such as "21:00-06:00"',
    "squawks": "four digits from 0 to 7",
}
_MOST_BYTES: Final = 1_000_000
TEXT_FIELDS: Final = ("label", "zone", "why", "percent")


def parse(
    text: str, place: str, built_in: RuleSet | None = None, zones: Sequence[str] | None = None
) -> RuleSet:
    """Read rules, or ConfigError with file and line.

    place     the file, for messages
    built_in  what `built_in = true` adds to; None: nothing is
    zones     ids of zones that there are; None is not known
    """
    if len(text) > _MOST_BYTES:
        raise ConfigError(place, f"{_MOST_BYTES} characters or less", str(len(text)))
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = found[1] if found else text.count("\n") + 1  # else it says "at end of document"
        raise ConfigError(f"{place}:{line}", "TOML", str(error)) from error
    return _Reader(text, place, zones).read(document, built_in)


class _Reader:
    """One file on its way in; knows where its lines are."""

    def __init__(self, text: str, place: str, zones: Sequence[str] | None) -> None:
        self._text = text
        self._place = place
        self._zones = zones

    def read(self, document: dict[str, Any], built_in: RuleSet | None) -> RuleSet:
        """The whole file."""
        for key in document:
            if key not in _HEAD:
                self._refuse(f"$.{key}", f"one of {', '.join(_HEAD)}", key)
        ground_m = self._converted(document.get("ground_m"), float | None, "$.ground_m")
        with_built_in = self._converted(document.get("built_in", False), bool, "$.built_in")
        self._finite(document, "$")
        sites = [self._converted(raw, Site, f"$.site[{i}]") for i, raw in self._tables(document, "site")]
        rules = [self._rule(raw, f"$.rule[{i}]") for i, raw in self._tables(document, "rule")]
        self._own_names([rule.name for rule in rules], "rule", "name")
        self._own_names([site.id for site in sites], "site", "id")
        if ground_m is not None and not -1000.0 <= ground_m <= 9000.0:
            self._refuse("$.ground_m", "a number from -1000 to 9000", f"{ground_m:g}")
        own = RuleSet(rules=tuple(rules), sites=tuple(sites), ground_m=ground_m)
        whole = own if built_in is None or not with_built_in else replaced(built_in, own)
        self._known_names(own, whole)
        return whole

    def _rule(self, raw: dict[str, Any], path: str) -> Rule:
        kind = raw.get("kind")
        known = KINDS.get(kind) if isinstance(kind, str) else None
        if known is None:
            self._refuse(
                f"{path}.kind", f"one of {', '.join(KINDS)}", "nothing" if kind is None else repr(kind)
            )
        fields = (*Common.__struct_fields__, *known.what.__struct_fields__)
        for key in raw:
            if key not in fields:
                own = ", ".join(known.what.__struct_fields__)
                self._refuse(f"{path}.{key}", f"a field of every rule, or of {kind} ({own})", key)
        common = self._converted({k: v for k, v in raw.items() if k in _COMMON}, Common, path)
        what = self._converted({k: v for k, v in raw.items() if k not in _COMMON}, known.what, path)
        low, high = common.clear_below, common.raise_from
        if low is not None and high is not None and low >= high:
            self._refuse(
                f"{path}.clear_below", "less than raise_from, so that alerts do not flicker", f"{low:g}"
            )
        if common.above_m is not None and common.below_m is not None and common.above_m >= common.below_m:
            self._refuse(f"{path}.above_m", "less than below_m", f"{common.above_m:g}")
        for name in re.findall(r"\{([^{}]*)\}", common.text):
            if name not in TEXT_FIELDS:
                named = ", ".join(f"{{{field}}}" for field in TEXT_FIELDS)
                self._refuse(f"{path}.text", f"words with {named} in them", f"{{{name}}}")
        return Rule(common, what)

    def _tables(self, document: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The tables of an array, each with its number."""
        found = document.get(name, [])
        if not isinstance(found, list):
            self._refuse(f"$.{name}", f"[[{name}]], one for each", f"a {type(found).__name__}")
        for i, raw in enumerate(found):
            if not isinstance(raw, dict):
                self._refuse(f"$.{name}[{i}]", f"a table: [[{name}]]", f"a {type(raw).__name__}")
            yield i, raw

    def _own_names(self, names: list[str], table: str, field: str) -> None:
        for i, name in enumerate(names):
            if name in names[:i]:
                self._refuse(f"$.{table}[{i}].{field}", "a name of its own", f"{name!r} twice")

    def _known_names(self, own: RuleSet, whole: RuleSet) -> None:
        """Rules and sites that rules name must be there."""
        rules, sites = [r.name for r in whole.rules], [s.id for s in whole.sites]
        for i, rule in enumerate(own.rules):
            known_zones = rule.common.zones if self._zones is None else self._zones
            for field, known in (("unless", rules), ("sites", sites), ("zones", known_zones)):
                for name in getattr(rule.common, field):
                    if name not in known:
                        expected = f"one of {', '.join(known)}" if known else "nothing: there is none"
                        self._refuse(f"$.rule[{i}].{field}", expected, repr(name))
            if rule.name in rule.common.unless:
                self._refuse(f"$.rule[{i}].unless", "other rules than itself", repr(rule.name))

    def _finite(self, value: Any, path: str) -> None:
        """TOML has inf and nan; no rule has."""
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(path, "a number", str(value))
        if isinstance(value, dict):
            for key, inner in value.items():
                self._finite(inner, f"{path}.{key}")
        if isinstance(value, list):
            for i, inner in enumerate(value):
                self._finite(inner, f"{path}[{i}]")

    def _converted(self, raw: Any, kind: Any, path: str) -> Any:
        """A value of a type, or the mistake in it."""
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            found = _PLACE.match(str(error))
            what, inner = (found["what"], found["path"] or "") if found else (str(error), "")
        named = _FIELD.match(what)
        if named and "missing" in what:
            self._refuse(path + inner, f"the field {named['field']}", "nothing")
        if named:
            known = ", ".join(kind.__struct_fields__)
            self._refuse(f"{path}{inner}.{named['field']}", f"one of {known}", named["field"])
        exact = _EXPECTED.match(what)
        field = (re.findall(r"\.([a-z_]+)", inner) or [""])[-1]
        expected = _WORDS.get(field) or _choices(kind, field) if not exact or "regex" in what else ""
        came = (exact["came"] if exact else None) or repr(_at(raw, inner))
        if not expected:
            expected = exact["expected"] if exact else f"a value that fits ({what})"
        return self._refuse(path + inner, expected.replace("`", ""), came.replace("`", ""))

    def _refuse(self, path: str, expected: str, came: str) -> NoReturn:
        line = line_of(self._text, path)
        where = f"{self._place}:{line}" if line is not None else self._place
        named = path.removeprefix("$").removeprefix(".")
        raise ConfigError(f"{where}: {named}" if named else where, expected, came)


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
