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

Whatever a scenario's [[event]] can do, a director can do too, with its fields as name=value; places are
latitude,longitude and a path is places with ; between:

    drift SENSOR 120 azimuth_deg_per_s=0.05
    babble SENSOR 60 rate_per_s=20 kinds=flood,garbage
    lie SENSOR path=50.95,4.40;50.90,4.48 height_m=80 speed_mps=18
    launch ACTOR
    recall ACTOR
    divert ACTOR to=50.90,4.48 height_m=60
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

import msgspec
from msgspec import Struct

from vedette.app.exercise.clock import FASTEST
from vedette.core.errors import ConfigError
from vedette.simulate.spec.events import Event

Verb = Literal["pause", "resume", "speed", "inject", "note", "status", "help", "end"]
SLOWEST: Final = 0.1
_PLAIN: Final[tuple[Verb, ...]] = ("pause", "resume", "status", "help", "end")
_OTHER: Final = {"blind": "silence", "go": "resume", "stop": "pause", "quit": "end", "?": "help"}
EVENTS: Final[dict[str, type[Struct]]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Event)}
HELP: Final = textwrap.dedent((__doc__ or "").partition("\n")[2]).strip()
EXAMPLE: Final = "blind drone-radar-airport 60"


class Order(Struct, frozen=True, kw_only=True):
    """One line as it was understood.

    number    of speed; words: of a note
    injected  what the scenario is told, as an [[event]] of its file would say it, from 0 s on
    """

    verb: Verb
    number: float = 0.0
    words: str = ""
    injected: dict[str, Any] = {}


def understood(line: str, names: Mapping[str, Sequence[str]]) -> Order:
    """Read a line, or ConfigError that says what would have worked.

    names  what there is of each kind that events are about: "sensor", ids; "actor", names
    """
    words = line.split()
    if not words:
        raise ConfigError("order", f"a line such as '{EXAMPLE}'", "nothing")
    verb, rest = _OTHER.get(words[0], words[0]), words[1:]
    if verb in _PLAIN:
        if rest:
            raise ConfigError(f"order: {verb}", "nothing after it", " ".join(rest))
        return Order(verb=verb)
    if verb == "speed":
        return Order(verb="speed", number=_speed(rest))
    if verb == "note":
        return Order(verb="note", words=line.strip()[len(words[0]) :].strip()[:500])
    if verb in EVENTS:
        return Order(verb="inject", injected=_event(verb, rest, names))
    known = ", ".join((*_PLAIN, "speed", "note", "blind", *EVENTS))
    raise ConfigError("order", f"one of {known}", repr(words[0]))


def as_event(injected: dict[str, Any]) -> Event:
    """What a simulation is told, or ConfigError."""
    try:
        event: Event = msgspec.convert({"at_s": 0.0, **injected}, Event, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"order: {injected.get('do')}", "fields as its [[event]] has them", str(error)
        ) from None
    return event


def _event(verb: str, rest: list[str], names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """`NAME [SECONDS] [field=value …]` as an event."""
    fields = EVENTS[verb].__struct_fields__
    about = next((field for field in names if field in fields), "sensor")
    name, plain = _named([word for word in rest if "=" not in word], about, names.get(about, ()))
    out: dict[str, Any] = {"do": verb, about: name}
    if plain and "until_s" in fields:
        out["until_s"] = _seconds(plain.pop(0))
    if plain:
        expected = f"{about}{', seconds' if 'until_s' in fields else ''} and field=value"
        raise ConfigError(f"order: {verb}", expected, " ".join(rest))
    for word in rest:
        field, _, value = word.partition("=")
        if value and field in fields:
            out[field] = _value(value)
        elif "=" in word:
            raise ConfigError(f"order: {verb}", f"one of {', '.join(fields)}", repr(field))
    as_event(out)
    return out


def _value(text: str) -> Any:
    """A word, a number, a list of them, or a list of places."""
    if ";" in text:
        return [_value(part) for part in text.split(";") if part]
    if "," in text:
        return [_value(part) for part in text.split(",")]
    try:
        return float(text)
    except ValueError:
        return text


def _named(plain: list[str], about: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """What the first words name, in full or by the beginning of only one; and the words after it."""
    for count in range(len(plain), 0, -1):
        word = " ".join(plain[:count]).strip("\"'")
        found = [name for name in known if name == word] or [n for n in known if word and n.startswith(word)]
        if len(found) == 1:
            return found[0], plain[count:]
    raise ConfigError("order", f"the {about}: {', '.join(known)}", repr(" ".join(plain)))


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
        came = " ".join(rest) or "nothing"
        raise ConfigError("order: speed", f"a number from {SLOWEST:g} to {FASTEST:g}", came)
    return number
