"""Zones: volumes of airspace with a rule, as ED-318 describes them.

Source: EUROCAE ED-318 (2024), UAS geographical zone data model; ED-269 is its ancestor.
"""

from typing import Literal

from msgspec import Struct

HeightReference = Literal["AGL", "AMSL", "WGS84"]
ZoneType = Literal["PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"]


class Volume(Struct, frozen=True, omit_defaults=True):
    """One horizontal shape between two heights.

    rings     polygon rings of (lat_deg, lon_deg), the outer first, then holes; closed
    circle    (lat_deg, lon_deg, radius_m) instead of rings
    lower_m, upper_m  None is without limit
    """

    rings: list[list[tuple[float, float]]] = []
    circle: tuple[float, float, float] | None = None
    lower_m: float | None = None
    lower_reference: HeightReference = "AGL"
    upper_m: float | None = None
    upper_reference: HeightReference = "AGL"


class Period(Struct, frozen=True, omit_defaults=True):
    """When a zone applies.

    start_ns, end_ns  UTC; None is without limit
    days              0 Monday … 6 Sunday; empty is every day
    from_s, to_s      seconds of the UTC day; None is all day
    """

    start_ns: int | None = None
    end_ns: int | None = None
    days: list[int] = []
    from_s: int | None = None
    to_s: int | None = None


class Zone(Struct, frozen=True, omit_defaults=True):
    """A protected volume in space and time.

    periods    empty applies always
    ground_m   height of the ground above the ellipsoid, for AGL limits; None unknown
    """

    id: str
    name: str
    type: ZoneType
    volumes: list[Volume]
    country: str = ""
    reasons: list[str] = []
    periods: list[Period] = []
    message: str = ""
    ground_m: float | None = None
    source: str = ""
