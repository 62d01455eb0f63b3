"""Position3d and CoordENU: a place and a velocity.

    Position3d  lat, lon      WGS-84, degrees
                height_amsl   above the sea (EGM96), m
    CoordENU    east, north, up   m/s, as the target has them

Source: COURAGEOUS interchange format, schema 0.4.1, definitions Position3d and CoordENU; CWA 18150.
"""

from typing import Annotated

from msgspec import Meta, Struct

Latitude = Annotated[float, Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Meta(ge=-180.0, le=180.0)]


class Place(Struct, frozen=True):
    """A place with its height above the sea."""

    lat: Latitude
    lon: Longitude
    height_amsl: float


class Velocity(Struct, frozen=True):
    """A velocity; all three or none."""

    east: float
    north: float
    up: float
