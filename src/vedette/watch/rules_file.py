"""The rules file: TOML to a RuleSet, or one mistake with its line.

ground_m = 98.8            # above the ellipsoid, for heights over the ground
built_in = true            # the built-in rules too; a rule of the same name takes the place of one

[[site]]                   # fields of core.site.Site
[[rule]]                   # fields of rule.Common, and those of its kind
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from vedette.core.site import Site
from vedette.core.toml_file import TomlFile
from vedette.watch.kinds import KINDS
from vedette.watch.rule import Common, Rule, RuleSet, replaced

_HEAD: Final = ("ground_m", "built_in", "site", "rule")
_COMMON: Final = frozenset(Common.__struct_fields__)
_WORDS: Final = {
    "name": "a to z, 0 to 9 and -, 40 at most, such as loiter-reactor",
    "hours": 'two times of the day in UTC, such as "21:00-06:00"',
    "squawks": "four digits from 0 to 7",
}
TEXT_FIELDS: Final = ("label", "zone", "why", "percent")


def parse(
    text: str, place: str, built_in: RuleSet | None = None, zones: Sequence[str] | None = None
) -> RuleSet:
    """Read rules, or ConfigError with file and line.

    place     the file, for messages
    built_in  what `built_in = true` adds to; None: nothing is
    zones     ids of zones that there are; None is not known
    """
    return _Reader(TomlFile(text, place, _WORDS), zones).read(built_in)


class _Reader:
    """One file on its way in."""

    def __init__(self, file: TomlFile, zones: Sequence[str] | None) -> None:
        self._file = file
        self._zones = zones

    def read(self, built_in: RuleSet | None) -> RuleSet:
        """The whole file."""
        file = self._file
        document = file.document
        file.known(_HEAD)
        ground_m = file.converted(document.get("ground_m"), float | None, "$.ground_m")
        with_built_in = file.converted(document.get("built_in", False), bool, "$.built_in")
        sites = [file.converted(raw, Site, f"$.site[{i}]") for i, raw in file.tables("site")]
        rules = [self._rule(raw, f"$.rule[{i}]") for i, raw in file.tables("rule")]
        self._own_names([rule.name for rule in rules], "rule", "name")
        self._own_names([site.id for site in sites], "site", "id")
        if ground_m is not None and not -1000.0 <= ground_m <= 9000.0:
            file.refuse("$.ground_m", "a number from -1000 to 9000", f"{ground_m:g}")
        own = RuleSet(rules=tuple(rules), sites=tuple(sites), ground_m=ground_m)
        whole = own if built_in is None or not with_built_in else replaced(built_in, own)
        self._known_names(own, whole)
        return whole

    def _rule(self, raw: dict[str, Any], path: str) -> Rule:
        kind = raw.get("kind")
        known = KINDS.get(kind) if isinstance(kind, str) else None
        if known is None:
            self._file.refuse(
                f"{path}.kind", f"one of {', '.join(KINDS)}", "nothing" if kind is None else repr(kind)
            )
        fields = (*Common.__struct_fields__, *known.what.__struct_fields__)
        for key in raw:
            if key not in fields:
                own = ", ".join(known.what.__struct_fields__)
                self._file.refuse(f"{path}.{key}", f"a field of every rule, or of {kind} ({own})", key)
        common = self._file.converted({k: v for k, v in raw.items() if k in _COMMON}, Common, path)
        what = self._file.converted({k: v for k, v in raw.items() if k not in _COMMON}, known.what, path)
        low, high = common.clear_below, common.raise_from
        if low is not None and high is not None and low >= high:
            self._file.refuse(
                f"{path}.clear_below", "less than raise_from, so that alerts do not flicker", f"{low:g}"
            )
        if common.above_m is not None and common.below_m is not None and common.above_m >= common.below_m:
            self._file.refuse(f"{path}.above_m", "less than below_m", f"{common.above_m:g}")
        for name in re.findall(r"\{([^{}]*)\}", common.text):
            if name not in TEXT_FIELDS:
                named = ", ".join(f"{{{field}}}" for field in TEXT_FIELDS)
                self._file.refuse(f"{path}.text", f"words with {named} in them", f"{{{name}}}")
        return Rule(common, what)

    def _own_names(self, names: list[str], table: str, field: str) -> None:
        for i, name in enumerate(names):
            if name in names[:i]:
                self._file.refuse(f"$.{table}[{i}].{field}", "a name of its own", f"{name!r} twice")

    def _known_names(self, own: RuleSet, whole: RuleSet) -> None:
        """Rules and sites that rules name must be there."""
        rules, sites = [r.name for r in whole.rules], [s.id for s in whole.sites]
        for i, rule in enumerate(own.rules):
            known_zones = rule.common.zones if self._zones is None else self._zones
            for field, known in (("unless", rules), ("sites", sites), ("zones", known_zones)):
                for name in getattr(rule.common, field):
                    if name not in known:
                        expected = f"one of {', '.join(known)}" if known else "nothing: there is none"
                        self._file.refuse(f"$.rule[{i}].{field}", expected, repr(name))
            if rule.name in rule.common.unless:
                self._file.refuse(f"$.rule[{i}].unless", "other rules than itself", repr(rule.name))
