"""What a director can say, one line each.

pause                         time stands still
resume                        it goes on
speed 4                       four times as fast (0.1 to 20; 1 is real time)
blind SENSOR [SECONDS]        it sends nothing, for so long or until it is restored
restore SENSOR                all that befell it ends
note WORDS                    a line for the debrief
status                        where the exercise stands
help                          this
end                           it is over
"""

import textwrap
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from vedette.app.exercise.clock import FASTEST
from vedette.core.errors import ConfigError

Verb = Literal["pause", "resume", "speed", "silence", "restore", "note", "status", "help", "end"]
SLOWEST = 0.1
_PLAIN: tuple[Verb, ...] = ("pause", "resume", "status", "help", "end")
_OTHER = {"blind": "silence", "go": "resume", "stop": "pause", "quit": "end", "?": "help"}
HELP = textwrap.dedent((__doc__ or "").partition("\n")[2]).strip()
EXAMPLE = "blind drone-radar-airport 60"


class Order(Struct, frozen=True, kw_only=True):
    """One line as it was understood.

    seconds   how long; None lasts until it is restored
    injected  what the scenario is told, as an [[event]] of its file would say it
    """

    verb: Verb
    sensor: str = ""
    seconds: float | None = None
    number: float = 0.0
    words: str = ""
    injected: dict[str, Any] | None = None


def understood(line: str, sensors: Sequence[str]) -> Order:
    """Read a line, or ConfigError that says what would have worked. sensors: ids that there are."""
    words = line.split()
    if not words:
        raise ConfigError("order", f"a line such as '{EXAMPLE}'", "nothing")
    verb, rest = _OTHER.get(words[0], words[0]), words[1:]
    if verb in _PLAIN:
        if rest:
            raise ConfigError(f"order: {verb}", "nothing after it", " ".join(rest))
        return Order(verb=verb)
    match verb:
        case "speed":
            return Order(verb="speed", number=_speed(rest))
        case "silence":
            return _befall(rest, sensors, line)
        case "restore":
            return Order(verb="restore", sensor=_sensor(rest[:1], sensors))
        case "note":
            return Order(verb="note", words=line.strip()[len(words[0]) :].strip()[:500])
    known = ", ".join(("pause", "resume", "speed", "blind", "restore", "note", "status", "help", "end"))
    raise ConfigError("order", f"one of {known}", repr(words[0]))


def _befall(rest: list[str], sensors: Sequence[str], line: str) -> Order:
    if len(rest) > 2:
        raise ConfigError("order: blind", "a sensor and seconds", line)
    sensor = _sensor(rest[:1], sensors)
    seconds = _seconds(rest[1]) if len(rest) > 1 else None
    return Order(verb="silence", sensor=sensor, seconds=seconds)


def _sensor(rest: list[str], sensors: Sequence[str]) -> str:
    """One of the sensors, or the only one that begins so."""
    word = rest[0] if rest else ""
    found = [name for name in sensors if name == word] or [n for n in sensors if word and n.startswith(word)]
    if len(found) != 1:
        raise ConfigError("order", f"a sensor: {', '.join(sensors)}", repr(word))
    return found[0]


def _number(word: str) -> float:
    try:
        return float(word.removesuffix("s").removesuffix("x"))
    except ValueError:
        return float("nan")


def _seconds(word: str) -> float:
    seconds = _number(word)
    if not 0.0 < seconds <= 86_400.0:
        raise ConfigError("order", "seconds above 0", repr(word))
    return seconds


def _speed(rest: list[str]) -> float:
    number = _number(rest[0]) if len(rest) == 1 else float("nan")
    if not SLOWEST <= number <= FASTEST:
        raise ConfigError(
            "order: speed", f"a number from {SLOWEST:g} to {FASTEST:g}", " ".join(rest) or "nothing"
        )
    return number
