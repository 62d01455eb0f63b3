"""What a scenario says of interference with satellite navigation.

An area is a circle on the ground, of any height. [[jamming]] takes navigation away from what is inside;
[[spoofing]] makes it believe that it is elsewhere.
"""

from typing import Literal

from msgspec import Struct

from vedette.simulate.spec.common import Above0
from vedette.simulate.spec.place import Place


class Jamming(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area without satellite navigation.

    effect  what drones in it do, where they do not say so themselves: drift with the wind, return to
            where they came from by compass, or land at once. Crewed aircraft fly on.
    """

    centre: Place
    radius_m: Above0
    from_s: float = 0.0
    until_s: float | None = None
    effect: Literal["drift", "return", "land"] = "drift"


class Spoofing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area in which everybody believes, and claims, to be shifted.

    to  where somebody in the centre believes to be; all others are shifted by as much
    """

    centre: Place
    radius_m: Above0
    to: Place
    from_s: float = 0.0
    until_s: float | None = None
