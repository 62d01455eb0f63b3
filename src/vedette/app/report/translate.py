"""Reasons from the English in which they are recorded to another language: whole sentences, or not at all.

reasons_nl.toml and its like have tables of phrases: English to translation. In a phrase stands

    {#name}   a number, which gets the decimal sign of the language
    {name}    what the table of that name has; where there is no such table, a name, which stays as it is
    {name?}   the same, or nothing
    {name+}   one or more of what the table has, with commas between
    {name1}   one of several of the same

A reason is translated where a phrase of `reason` fits all of it, down to its last part: the first that does,
in the order of the file. Everything else is somebody's own words, or of another version, and stays as it was.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from vedette.app.report.words import words
from vedette.core.classes import CLASSES

REASON: Final = "reason"
_SLOT: Final = re.compile(r"\{(?P<number>#?)(?P<name>[a-z_0-9]+)(?P<times>[?+]?)\}")
_NUMBER: Final = r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?"
# A name may be anything that a person or a sensor calls something, but for these.
_ANY: Final = r".+?"
_ID: Final = r"(?=[\w/-]*\d|[A-Z_/-]+(?![\w/-]))[\w/-]++"  # T7, BEL4KD, 44a8b2
_NAMES: Final = {
    "address": r"[0-9A-Za-z]+",
    "clock": r"\d+:\d\d",
    "code": r"[A-D]?[0-7]+",
    "ids": rf"{_ID}(?:, {_ID})+",
    "listed": r"[^()]+?",  # one of a list, with brackets behind: they tell where it ends, whatever is in it
}

Tables = dict[str, dict[str, str]]
Wrap = Callable[[str], str]


class Part(NamedTuple):
    """A piece of what is said; number: it is one."""

    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """What is filled in at one place of a phrase: a number, or a name; times is "?", "+" or empty."""

    number: bool
    name: str
    times: str

    @property
    def table(self) -> str:
        """The table that has what fits it, where there is one."""
        return self.name.rstrip("0123456789")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: its slots in the order in which English has them, what fits it, and the translation."""

    slots: tuple[Slot, ...]
    fits: re.Pattern[str]
    translation: str


class Tongue:
    """One language, its phrases made ready."""

    def __init__(self, tables: Tables, *, decimal: str) -> None:
        """ValueError where a phrase leads back to its own table, or a translation fills in something else."""
        self._tables = tables
        self._decimal = decimal
        self._patterns: dict[str, str] = {}
        self._phrases = {
            name: tuple(self._phrase(english, other) for english, other in table.items())
            for name, table in tables.items()
        }

    def translated(self, reason: str, *, figures: bool = True) -> str | None:
        """The reason in this language; None where it is not known how to say it.

        figures  False leaves its numbers out: the same for all that differ in nothing else
        """
        said = self._within(REASON, reason)
        if said is None:
            return None
        return "".join(text for text, number in said if figures or not number)

    def word(self, table: str, english: str) -> str:
        """One word of a table; as it is where the table has none."""
        return self._tables[table].get(english, english)

    def _within(self, table: str, text: str) -> list[Part] | None:
        for phrase in self._phrases[table]:
            found = phrase.fits.fullmatch(text)
            if found is not None:
                return self._said(phrase, found)
        return None

    def _said(self, phrase: Phrase, found: re.Match[str]) -> list[Part]:
        """The translation of a phrase with what was found filled in."""
        names = [slot.name for slot in phrase.slots]
        filled = dict(zip(names, map(self._filled, phrase.slots, found.groups()), strict=True))
        out, at = [], 0
        for slot in _SLOT.finditer(phrase.translation):
            out += [Part(phrase.translation[at : slot.start()]), *filled[slot["name"]]]
            at = slot.end()
        return [*out, Part(phrase.translation[at:])]

    def _filled(self, slot: Slot, text: str) -> list[Part]:
        """What fits one slot, in this language."""
        if slot.number:
            return [Part(text.replace(".", self._decimal), number=True)]
        if slot.table not in self._tables or not text:
            return [Part(text)]
        return self._each(slot.table, text) if slot.times == "+" else self._must(slot.table, text)

    def _each(self, table: str, text: str) -> list[Part]:
        """One or more of a table, in this language. A comma may be a part of one."""
        one, out = self._pattern(table), list[Part]()
        first = re.compile(rf"({one})(?:, ({one}(?:, {one})*))?")
        rest: str | None = text
        while rest:
            found = first.fullmatch(rest)
            if found is None:
                raise ValueError(f"expected one or more of {table}, got {rest!r}")
            out += [*([Part(", ")] if out else []), *self._must(table, found[1])]
            rest = found[2]
        return out

    def _must(self, table: str, text: str) -> list[Part]:
        """What is known to fit a table, in this language."""
        said = self._within(table, text)
        if said is None:
            raise ValueError(f"expected one of {table}, got {text!r}")
        return said

    def _phrase(self, english: str, translation: str) -> Phrase:
        slots = slots_of(english)
        if len({slot.name for slot in slots}) < len(slots):
            raise ValueError(f"expected each name once, got {english!r}")
        if sorted(_tokens(english)) != sorted(_tokens(translation)):
            raise ValueError(f"expected what {english!r} fills in, got {translation!r}")
        pattern = self._regex(english, lambda inner: f"({inner})", ())
        return Phrase(slots, re.compile(pattern), translation)

    def _pattern(self, table: str, within: tuple[str, ...] = ()) -> str:
        """What fits a table."""
        if table in within:
            raise ValueError(f"expected phrases that end, got {' in '.join((table, *reversed(within)))}")
        if table not in self._patterns:
            each = [self._regex(one, lambda inner: inner, (*within, table)) for one in self._tables[table]]
            self._patterns[table] = f"(?:{'|'.join(each)})"
        return self._patterns[table]

    def _regex(self, english: str, wrapped: Wrap, within: tuple[str, ...]) -> str:
        out, at = [], 0
        for slot in _SLOT.finditer(english):
            out += [re.escape(english[at : slot.start()]), wrapped(self._fits(_slot(slot), within))]
            at = slot.end()
        return "".join((*out, re.escape(english[at:])))

    def _fits(self, slot: Slot, within: tuple[str, ...]) -> str:
        if slot.number:
            return _NUMBER
        if slot.table not in self._tables:
            return _NAMES.get(slot.table, _ANY)
        one = self._pattern(slot.table, within)
        return {"": one, "?": f"{one}?", "+": f"{one}(?:, {one})*"}[slot.times]


def slots_of(phrase: str) -> tuple[Slot, ...]:
    """What a phrase has to be filled in."""
    return tuple(_slot(found) for found in _SLOT.finditer(phrase))


def tables_of(language: str) -> Tables:
    """The tables of a language, that of classes among them."""
    text = (Path(__file__).parent / f"reasons_{language}.toml").read_text(encoding="utf-8")
    lead = words(language)
    classes = {name.replace("_", " "): lead[name] for name in CLASSES}
    return {**tomllib.loads(text), "class": classes}


@cache
def tongue(language: str) -> Tongue:
    """A language made ready. English has the same phrases, and says them as they are."""
    if language != "en":
        return Tongue(tables_of(language), decimal=words(language)["decimal"])
    tables = {name: {one: one for one in table} for name, table in tables_of("nl").items()}
    return Tongue(tables, decimal=".")


class Line(NamedTuple):
    """One reason. known: a phrase fits it; times: so many that were recorded say it, figures apart."""

    text: str
    known: bool
    times: int


def lines(reasons: Sequence[str], known: Tongue) -> list[Line]:
    """Reasons in their order. Of those that differ in figures alone the first, and how many there are."""
    first: dict[str, str] = {}
    times: Counter[str] = Counter()
    for reason in dict.fromkeys(reasons):
        gist = known.translated(reason, figures=False)
        key = reason if gist is None else gist
        first.setdefault(key, reason)
        times[key] += 1
    out = []
    for key, reason in first.items():
        said = known.translated(reason)
        out.append(Line(reason if said is None else said, said is not None, times[key]))
    return out


def _slot(found: re.Match[str]) -> Slot:
    return Slot(bool(found["number"]), found["name"], found["times"])


def _tokens(phrase: str) -> list[str]:
    return [found[0] for found in _SLOT.finditer(phrase)]
