"""What happened in an exercise beside the flying: what its director did, and what its trainees did.

Lines of JSON in the exercise's folder, appended as they happen:

    events.jsonl  the director's: at the scenario's own time, so that the same events at the same times make
                  the same truth and the same bytes again
    people.jsonl  who logged in and out
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from vedette.core.errors import StorageError

EVENTS: Final = "events.jsonl"
PEOPLE: Final = "people.jsonl"
FOR_EVER: Final = 2**63 - 1
Kind = Literal["begin", "pause", "resume", "speed", "inject", "note", "end", "log-in", "log-out"]


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event.

    time_ns   UTC of the exercise; injections count from here
    words     for a person
    sensor    that it befalls; until_ns: how long, None lasts until it is restored
    injected  what the scenario was told, as an [[event]] of its file would say it, from 0 s on
    who       "director" or "watch"
    """

    time_ns: int
    kind: Kind
    words: str
    sensor: str = ""
    until_ns: int | None = None
    injected: dict[str, Any] | None = None
    who: str = "director"


def append(path: Path, event: Event) -> None:
    """One more line."""
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(event) + b"\n")
    except OSError as error:
        raise StorageError(f"{path}: cannot write: {error}") from error


def read(path: Path) -> list[Event]:
    """All lines, in order; a file that is not there is empty."""
    if not path.is_file():
        return []
    out = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            out.append(msgspec.json.decode(line, type=Event))
        except msgspec.DecodeError as error:
            raise StorageError(f"{path}:{number}: expected an event, got {line[:80]!r}: {error}") from error
    return out


def off_times(events: Sequence[Event]) -> dict[str, list[tuple[int, int]]]:
    """By sensor, when it was silenced: from and to, UTC ns."""
    out: dict[str, list[tuple[int, int]]] = {}
    for event in events:
        does = (event.injected or {}).get("do")
        if does == "silence":
            end_ns = FOR_EVER if event.until_ns is None else event.until_ns
            out.setdefault(event.sensor, []).append((event.time_ns, end_ns))
        elif does == "restore":
            out[event.sensor] = [
                (a, min(b, event.time_ns)) for a, b in out.get(event.sensor, []) if a < event.time_ns
            ]
    return out
