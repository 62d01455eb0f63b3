"""Sites: what is protected, as a point with a radius, where no zone of airspace says it."""

from typing import Annotated

from msgspec import Meta, Struct


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place that is watched. Zones are in force; a site is only looked after.

    radius_m  no part of it is further from its middle
    ground_m  height of the ground above the ellipsoid; None unknown
    """

    id: Annotated[str, Meta(min_length=1, max_length=40)]
    name: str
    lat_deg: Annotated[float, Meta(ge=-90.0, le=90.0)]
    lon_deg: Annotated[float, Meta(ge=-180.0, le=180.0)]
    radius_m: Annotated[float, Meta(gt=0.0, le=100_000.0)]
    ground_m: Annotated[float, Meta(ge=-1000.0, le=9000.0)] | None = None
