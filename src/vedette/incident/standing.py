"""How incidents stand, by the entries that move one alone: what a node must know of all when it starts."""

from collections.abc import Callable, Iterable
from typing import Final

from vedette.core.entry import Entry
from vedette.core.errors import LedgerError
from vedette.core.event import read
from vedette.incident import life

CORRECTED: Final = "corrected"
# Whether one is over hangs on these: people respond only to what is assessed, and review only what is closed.
MOVES: Final = ("incident-opened", "incident-assessed", "incident-closed")


def open_of(entries: Iterable[Entry], taken: Callable[[Entry], None]) -> tuple[set[str], set[str]]:
    """Incidents that are not over; and those with a correction, of which projecting them tells.

    entries  of kinds MOVES and CORRECTED, in the agreed order
    taken    is called with each of them
    """
    states: dict[str, life.State | None] = {}
    corrected: set[str] = set()
    for entry in entries:
        taken(entry)
        if entry.incident is None:
            continue
        if entry.kind == CORRECTED:
            corrected.add(entry.incident)
            continue
        states[entry.incident] = _after(states.get(entry.incident), entry)
    return {incident for incident, state in states.items() if state in life.STILL}, corrected


def _after(state: life.State | None, entry: Entry) -> life.State | None:
    """The state after an entry; what cannot be read, or does not fit, changes nothing."""
    try:
        event = read(entry.kind, entry.body)
    except LedgerError:
        return state
    after = None if event is None else life.after(state, event)
    return state if after is None else after
