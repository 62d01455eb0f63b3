"""A mistake in a scenario as a person reads it: file, line, setting, what was expected, what came."""

import re
from pathlib import Path
from typing import Any

from vedette.core.errors import ConfigError
from vedette.simulate.spec.lines import line_of
from vedette.simulate.spec.mistake import Mistake


def _place(path: Path, text: str, where: str) -> str:
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
    expected = re.match(r"Expected `(.*?)`(?:, got `(.*)`)?", what)
    if expected:
        return ConfigError(_place(path, text, where), expected.group(1), _shown(value))
    missing = re.match(r"Object missing required field `(.*)`", what)
    if missing:
        return ConfigError(_place(path, text, where), f"the setting '{missing.group(1)}'", "none")
    unknown = re.match(r"Object contains unknown field `(.*)`", what)
    if unknown:
        at = f"{where}.{unknown.group(1)}"
        return ConfigError(_place(path, text, at), "a known setting", f"'{unknown.group(1)}'")
    return ConfigError(_place(path, text, where), what, _shown(value))


def _shown(value: object) -> str:
    """A value as an error shows it: short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _value_at(raw: object, where: str) -> object:
    """The value that msgspec's path means, or None."""
    value = raw
    for name, index in re.findall(r"([A-Za-z0-9_\-]+)|\[(\d+)\]", where.lstrip("$")):
        try:
            value = value[int(index)] if index else value[name]  # type: ignore[index]  # any shape at all
        except (KeyError, IndexError, TypeError):
            return None
    return value


def mistaken(path: Path, text: str, mistake: Mistake) -> ConfigError:
    """A mistake that types do not see, with its place in the file."""
    return ConfigError(_place(path, text, mistake.where), mistake.expected, _shown(mistake.came))
