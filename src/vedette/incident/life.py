"""The life of an incident: open → assessed → responding → closed → reviewed.

An incident that needs no response is closed when it is assessed. It may be assessed again while it lasts.
"""

from typing import Final, Literal

from vedette.core.event import Assessed, Closed, Event, Opened, Responding, Reviewed

State = Literal["open", "assessed", "responding", "closed", "reviewed"]

# event → the states it may follow on, None for an incident that nobody opened → the state after it
_AFTER: Final[dict[type[Event], dict[State | None, State]]] = {
    Opened: {None: "open"},
    Assessed: {"open": "assessed", "assessed": "assessed", "responding": "responding"},
    Responding: {"assessed": "responding"},
    Closed: {"assessed": "closed", "responding": "closed"},
    Reviewed: {"closed": "reviewed"},
}


def moves(event: Event) -> bool:
    """Whether an event is a step in an incident's life."""
    return type(event) in _AFTER


def after(state: State | None, event: Event) -> State | None:
    """The state after an event that moves; None where it may not follow on this state."""
    return _AFTER[type(event)].get(state)


STILL: Final[tuple[State, ...]] = ("open", "assessed", "responding")  # it is not over


def may_follow(event: Event) -> str:
    """The states that an event may follow on, for people."""
    return " or ".join(state or "nothing" for state in _AFTER[type(event)])
