"""How long a node's record takes to start: years of incidents, opened as the ledger process does."""

import os
import random
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from vedette.app.book import LEDGER, Book
from vedette.core.alert import Alert, AlertState, Severity
from vedette.core.entry import Draft
from vedette.core.event import WATCH, AlertChanged, AlertRaised, Assessed, Closed, Event, Note, Opened, draft
from vedette.core.units import NS_PER_S
from vedette.incident.settings import IncidentSettings
from vedette.ledger.writer import Ledger

A_DAY: Final = 1000  # entries
MOST_S_PER_MILLION: Final = 4.0  # of CPU
_BEGAN_NS: Final = 1_700_000_000 * NS_PER_S
_DAY_NS: Final = 86_400 * NS_PER_S
_NODE: Final = "airport"
_PERSON: Final = "anna (watch officer)"
_SILENT: Final = "flies as a drone and does not say who it is: no Remote ID was heard"
_STATES: Final[tuple[tuple[AlertState, Severity], ...]] = (
    ("predicted", "caution"), ("actual", "warning"), ("actual", "warning"), ("cleared", "info")
)  # fmt: skip
_ALERTS: Final = 10  # of an incident
_AN_INCIDENT: Final = 4 + _ALERTS * len(_STATES)  # entries
_SAY_EVERY: Final = 200_000


def starts(folder: Path, entries: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Write so many entries, A_DAY a day, and open the record at the end of the last day.

    cpu_s     of opening; took_s on the clock
    older_s   of finding the alerts that hold for longer than a month, which a node does after its start
    rss_mb    how much the process grew with opening
    """
    clock = [_BEGAN_NS]
    count = _write(folder, entries, random.Random(seed), clock, say)
    say(f"opening a record of {count:,} entries")

    def now_ns() -> int:
        return clock[0]

    before_mb, wall_s, cpu_s = _rss_mb(), time.perf_counter(), time.process_time()
    book = Book(folder, _NODE, IncidentSettings(), clock[0], now_ns)
    told = {
        "entries": count,
        "days": round((clock[0] - _BEGAN_NS) / _DAY_NS),
        "took_s": round(time.perf_counter() - wall_s, 3),
        "cpu_s": round(time.process_time() - cpu_s, 3),
        "rss_mb": round(_rss_mb() - before_mb, 1),
    }
    begun_s = time.process_time()
    held = book.held_before()
    told |= {"older_s": round(time.process_time() - begun_s, 3), "older": len(held)}
    told |= {"mb": round((folder / LEDGER / "ledger.sqlite").stat().st_size / 1e6, 1)}
    book.close()
    return told


def _write(
    folder: Path, entries: int, rng: random.Random, clock: list[int], say: Callable[[str], None]
) -> int:
    """A ledger of so many entries or a few more; clock[0] is UTC, ns, as it goes."""
    count, said = 0, 0
    with Ledger(folder / LEDGER, _NODE, lambda: clock[0], os.urandom) as ledger:
        number = 0
        while count < entries:
            number += 1
            count += len(ledger.append(list(_incident(number, clock[0], rng))))
            clock[0] += round(_AN_INCIDENT / A_DAY * _DAY_NS * rng.uniform(0.5, 1.5))
            if count - said >= _SAY_EVERY:
                said = count
                say(f"{count:,} of {entries:,} entries written, to be opened")
    return count


def _incident(number: int, now_ns: int, rng: random.Random) -> Iterator[Draft]:
    """The entries of one incident; one in fifty alerts is never told to be over."""
    name = f"{_NODE}-{number}"

    def made(event: Event, author: str = WATCH) -> Draft:
        return draft(event, author, name)

    yield made(Opened(f"Zone entry: T{number}, Runways", "zone-entry"))
    for k in range(_ALERTS):
        for state, severity in _STATES:
            if state == "cleared" and rng.random() < 0.02:
                continue
            now_ns += rng.randint(1, 9) * NS_PER_S
            alert = Alert(
                f"A{number * _ALERTS + k:06d}", now_ns, number, "zone-entry", "RWY", "Runways", state,
                severity, 0.93, 50.9, 4.48, label=f"T{number}", kind="zone-entry",
                reasons=[_SILENT],
            )  # fmt: skip
            yield made(AlertRaised(alert) if state == "predicted" else AlertChanged(alert))
    yield made(Note("a patrol is on its way"), _PERSON)
    yield made(Assessed("a drone", 0.8), _PERSON)
    yield made(Closed("gone"), _PERSON)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
