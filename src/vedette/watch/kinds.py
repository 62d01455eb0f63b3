"""What a rule can be about: each kind, with the settings that only it has.

Lengths are m, times s. What is near a place is near a zone or a site that the rule names; see `Rule.near_m`.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from vedette.core.classes import CLASSES, UAS

Metres = Annotated[float, Meta(ge=0.0, le=1e6)]
Seconds = Annotated[float, Meta(ge=0.0, le=1e6)]
Speed = Annotated[float, Meta(ge=0.0, le=2000.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Few = Annotated[int, Meta(ge=2, le=1000)]
ClassName = Literal[*CLASSES]  # type: ignore[valid-type]


class ZoneEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In a zone that applies now, or in it within the horizon if it goes on as it does.

    horizon_s        how far to look ahead; None as [watch] says
    manoeuvre_m2ps3  how hard a drone manoeuvres, as acceleration noise density
    note_from        how far the case that it is a drone must be made for it to be told as info, to be
                     looked at; it rings when the case is made
    """

    horizon_s: Seconds | None = None
    manoeuvre_m2ps3: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.2
    note_from: Share = 0.4


class Claimed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In a zone, or in it within horizon_s, by its own word alone: no other sensor sees it.

    within_m  of another such: all that hang together so are one alert
    """

    horizon_s: Seconds = 60.0
    within_m: Metres = 2000.0


class Airspace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In a state's airspace without leave: how long, and how deep.

    after_s, depth_m  so long and so far from the border inside; told again every tell_every_s
    """

    after_s: Seconds = 20.0
    depth_m: Metres = 500.0
    tell_every_s: Annotated[float, Meta(ge=5.0, le=1e6)] = 60.0


class Loiter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stays within radius_m of one spot for for_s."""

    radius_m: Metres = 120.0
    for_s: Annotated[float, Meta(ge=10.0, le=240.0)] = 60.0


class Orbit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Flies round a middle so often, at a radius between the two that stays within off_share of itself."""

    turns: Annotated[float, Meta(ge=0.5, le=20.0)] = 1.2
    radius_from_m: Metres = 20.0
    radius_to_m: Metres = 1500.0
    off_share: Share = 0.3


class Grid(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Flies to and fro in legs of leg_m or more, side by side at spacing_m or less."""

    legs: Few = 3
    leg_m: Metres = 80.0
    spacing_m: Metres = 200.0


class Approach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Will pass within within_m of a place within horizon_s, and closes in at from_mps or more."""

    within_m: Metres = 100.0
    horizon_s: Seconds = 180.0
    from_mps: Speed = 3.0
    manoeuvre_m2ps3: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.05


class Formation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many keep station for for_s: within within_m of each other, offsets spread by spread_m or less."""

    count: Few = 2
    within_m: Metres = 300.0
    spread_m: Metres = 20.0
    for_s: Annotated[float, Meta(ge=4.0, le=240.0)] = 20.0
    from_mps: Speed = 4.0


class Swarm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many, each within within_m of another, for for_s."""

    count: Few = 4
    within_m: Metres = 200.0
    for_s: Annotated[float, Meta(ge=2.0, le=240.0)] = 10.0


class Visits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The times-th visit of one place within so many days; visits are apart_s or more from each other."""

    times: Few = 3
    days: Annotated[float, Meta(gt=0.0, le=60.0)] = 14.0
    apart_s: Seconds = 1800.0


class LowSlow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Below height_m over the ground and speed_mps for for_s. In the dark only, where the rule says so."""

    height_m: Metres = 60.0
    speed_mps: Speed = 15.0
    for_s: Annotated[float, Meta(ge=2.0, le=240.0)] = 10.0


class Transponder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An aircraft stopped answering while others still see it, or answers with a code that calls for help.

    lost_after_s   silent for so long, having been heard for as long; 0 does not look
    lost_above_m   and higher than this over the ground: further down a receiver may not hear it
    squawks        codes; changes: any change of code
    """

    lost_after_s: Seconds = 45.0
    lost_above_m: Metres = 600.0
    squawks: tuple[Annotated[str, Meta(pattern="^[0-7]{4}$")], ...] = ("7500", "7600", "7700")
    changes: bool = False


class Launch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its track began within within_m of one of carriers, which was tracked before it."""

    within_m: Metres = 250.0
    carriers: tuple[ClassName, ...] = ("vessel",)


class Conflict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Comes too near to a crewed aircraft within horizon_s: horizontally and vertically."""

    horizontal_m: Metres = 610.0
    vertical_m: Metres = 76.0
    horizon_s: Seconds = 60.0
    manoeuvre_m2ps3: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.2


class Blinded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sensor is not believed, for for_s: it fell silent, or it babbles.

    With less than a source takes between two words that it is well, one that sees nothing counts as cut off.
    """

    conditions: tuple[Literal["silent", "babbling"], ...] = ("silent", "babbling")
    for_s: Seconds = 8.0


class Intruder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An aircraft that does not say who it is, in a zone or within the rule's near_m of one."""

    for_s: Annotated[float, Meta(ge=2.0, le=240.0)] = 10.0
    from_mps: Speed = 25.0


What = (
    ZoneEntry | Claimed | Airspace | Loiter | Orbit | Grid | Approach | Formation | Swarm | Visits | LowSlow
    | Transponder | Launch | Conflict | Blinded | Intruder
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind is if a rule does not say otherwise.

    what      its own settings
    classes   classes that it is about; class_from of them together
    leave     authorisations that it is about
    near_m    of a place; None anywhere
    sites     whether it is about sites as well as zones
    """

    what: type[What]
    classes: tuple[str, ...] = UAS
    class_from: float = 0.6
    leave: tuple[str, ...] = ("unauthorised",)
    near_m: float | None = None
    sites: bool = True


_CREWED = ("aeroplane", "helicopter", "glider")

KINDS: Final[dict[str, Kind]] = {
    "zone-entry": Kind(ZoneEntry, sites=False, class_from=0.5),
    "claimed": Kind(Claimed, classes=(), class_from=0.0, leave=("unauthorised", "unknown"), sites=False),
    "airspace": Kind(
        Airspace, classes=(), class_from=0.0, leave=("unauthorised", "unknown"), near_m=0.0, sites=False
    ),
    "loiter": Kind(Loiter, near_m=1500.0),
    "orbit": Kind(Orbit, near_m=1500.0),
    "grid": Kind(Grid, near_m=2000.0),
    "approach": Kind(Approach, near_m=8000.0),
    "formation": Kind(Formation, near_m=5000.0),
    "swarm": Kind(Swarm, near_m=5000.0),
    "visits": Kind(Visits, near_m=500.0),
    "low-slow": Kind(LowSlow, near_m=1500.0, class_from=0.8),
    "transponder": Kind(
        Transponder, classes=(), class_from=0.0, leave=("authorised", "unknown", "unauthorised")
    ),
    "launch": Kind(Launch),
    "conflict": Kind(Conflict),
    "blinded": Kind(Blinded, classes=(), class_from=0.0, leave=()),
    "intruder": Kind(Intruder, classes=_CREWED, class_from=0.8, leave=("unknown",), near_m=0.0),
}
