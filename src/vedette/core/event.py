"""Events: what the entries about an incident say. One type for each kind of entry; the body is its fields.

A kind that is not in EVENTS is carried and shown as it is. Fields that a later version adds are passed over.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Struct

from vedette.core import canonical
from vedette.core.alert import Alert
from vedette.core.chain import check_draft
from vedette.core.entry import Draft, Entry
from vedette.core.errors import LedgerError

WATCH: Final = "watch"  # the author of what the node notices by itself; no person signs so

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Place(Struct, frozen=True, order=True):
    """An entry, by the node that made it and its seq."""

    node: str
    seq: int


class AlertRaised(Struct, frozen=True):
    """A rule holds, actual or predicted, for the first time."""

    alert: Alert


class AlertChanged(Struct, frozen=True):
    """The same alert later: entered, cleared, more or less sure."""

    alert: Alert


class Opened(Struct, frozen=True, omit_defaults=True):
    """An incident begins.

    what   what kind of thing it is, by which procedures are chosen: "zone-entry", "sighting", …
    site   where, as the configuration calls it; None where it is not known
    """

    title: str
    what: str
    site: str | None = None


class Assessed(Struct, frozen=True, omit_defaults=True):
    """Somebody says what it is.

    judgement  in words
    sure       0 to 1; None where nobody put a number on it
    basis      entries that it rests on
    """

    judgement: str
    sure: Share | None = None
    basis: list[Place] = []


class Responding(Struct, frozen=True):
    """People act."""

    what: str


class Closed(Struct, frozen=True):
    """It is over."""

    outcome: str


class Reviewed(Struct, frozen=True):
    """What was learnt."""

    lessons: str


class Note(Struct, frozen=True):
    """Anything that somebody wants to be kept."""

    text: str


class Attached(Struct, frozen=True, omit_defaults=True):
    """Evidence that is kept elsewhere, and what it was when it was attached.

    what      "picture", "sighting", "recording", …
    sha256    of its bytes, 64 hexadecimal digits
    taken_ns  UTC; None where it is not known
    *_deg     where it was taken, WGS-84; None where it is not known
    """

    what: str
    title: str
    sha256: Sha256
    size_bytes: int
    media_type: str | None = None
    taken_ns: int | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None


class TaskSet(Struct, frozen=True, omit_defaults=True):
    """Something is to be done.

    task    its name in this incident; setting it again changes it
    due_ns  UTC; None where there is no hurry
    """

    task: str
    what: str
    owner: str
    due_ns: int | None = None


class TaskDone(Struct, frozen=True, omit_defaults=True):
    """It is done, or will not be."""

    task: str
    done: bool = True
    remark: str | None = None


class Decided(Struct, frozen=True, omit_defaults=True):
    """A decision.

    by          who decided, if not who entered it
    knowing     entries that were known then
    because     why, in words
    alert       alert_id, of a decision about an alert
    decided_ns  UTC when it was decided; None where that was when it was entered
    """

    what: str
    by: str | None = None
    knowing: list[Place] = []
    because: str | None = None
    alert: str | None = None
    decided_ns: int | None = None


class HandedOver(Struct, frozen=True, omit_defaults=True):
    """Another person is in charge from here on."""

    to: str
    remark: str | None = None


class Seen(Struct, frozen=True):
    """The author has seen the incident up to these entries, the newest of each node."""

    up_to: list[Place]


class Corrected(Struct, frozen=True, omit_defaults=True):
    """What an earlier entry should have said; it stays as it is.

    entry  which one
    says   the body in its place; None withdraws it
    why    the reason
    """

    entry: Place
    why: str
    says: dict[str, Any] | None = None


Event = (
    AlertRaised
    | AlertChanged
    | Opened
    | Assessed
    | Responding
    | Closed
    | Reviewed
    | Note
    | Attached
    | TaskSet
    | TaskDone
    | Decided
    | HandedOver
    | Seen
    | Corrected
)

EVENTS: Final[dict[str, type[Event]]] = {
    "alert-raised": AlertRaised,
    "alert-changed": AlertChanged,
    "incident-opened": Opened,
    "incident-assessed": Assessed,
    "incident-responding": Responding,
    "incident-closed": Closed,
    "incident-reviewed": Reviewed,
    "note": Note,
    "attached": Attached,
    "task-set": TaskSet,
    "task-done": TaskDone,
    "decided": Decided,
    "handed-over": HandedOver,
    "seen": Seen,
    "corrected": Corrected,
}
KINDS: Final = {kind_type: kind for kind, kind_type in EVENTS.items()}


def draft(event: Event, author: str, incident: str | None) -> Draft:
    """The draft of an event, or LedgerError where it cannot be entered."""
    made = Draft(KINDS[type(event)], author, canonical.encode(event), incident)
    check_draft(made)
    read(made.kind, made.body)
    return made


def read(kind: str, body: bytes) -> Event | None:
    """The event that a body says; None for a kind that is not known.

    LedgerError where the body is not of its kind.
    """
    event_type = EVENTS.get(kind)
    if event_type is None:
        return None
    try:
        event: Event = msgspec.json.decode(body, type=event_type)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise LedgerError(f"expected the body of {kind}, got {body[:80]!r}: {error}") from error
    return event


def place_of(entry: Entry) -> Place:
    """Where an entry stands."""
    return Place(entry.node, entry.seq)
