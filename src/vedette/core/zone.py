"""Zones: volumes of airspace with a rule, as ED-318 describes them.

Source: EUROCAE ED-318 (2024), UAS geographical zone data model; ED-269 is its ancestor.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

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


Lat = Annotated[float, Meta(ge=-90.0, le=90.0)]
Lon = Annotated[float, Meta(ge=-180.0, le=180.0)]
Radius = Annotated[float, Meta(gt=0.0, le=1_000_000.0)]
Height = Annotated[float, Meta(ge=-1_000.0, le=100_000.0)]
Corner = tuple[Lat, Lon]


class Area(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A volume as a person writes it down: one shape between two heights, of the same heights as a zone's.

    polygon           corners, lat deg, lon deg; the last one need not be the first again
    circle            lat deg, lon deg, radius m, instead of a polygon
    lower_m, upper_m  None is without limit
    ground_m          height of the ground above the ellipsoid, for AGL limits; None unknown
    """

    polygon: tuple[Corner, ...] = ()
    circle: tuple[Lat, Lon, Radius] | None = None
    lower_m: Height | None = None
    lower_reference: HeightReference = "AGL"
    upper_m: Height | None = None
    upper_reference: HeightReference = "AGL"
    ground_m: Annotated[float, Meta(ge=-1_000.0, le=9_000.0)] | None = None

    def volume(self) -> Volume:
        """The same as zones have it, its ring closed."""
        ring = [*self.polygon]
        if ring and ring[0] != ring[-1]:
            ring.append(ring[0])
        return Volume(
            [ring] if ring else [],
            self.circle,
            self.lower_m,
            self.lower_reference,
            self.upper_m,
            self.upper_reference,
        )


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
