"""What may happen to an actor at a time, by the file or by a director's hand."""

from msgspec import Struct

from vedette.simulate.spec.common import Above0
from vedette.simulate.spec.place import Place


class Launch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="launch"):
    """An actor that waits (on_cue), or that comes later, starts now."""

    at_s: float
    actor: str
    note: str = ""


class Recall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="recall"):
    """An actor breaks off and goes home. One that has no home goes on as it did."""

    at_s: float
    actor: str
    note: str = ""


class Divert(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="divert"):
    """An actor breaks off and goes elsewhere, and stays there: hovers, circles or stops.

    height_m  above the site's ground; None: as it is
    """

    at_s: float
    actor: str
    to: Place
    height_m: Above0 | None = None
    note: str = ""


ActorEvent = Launch | Recall | Divert
