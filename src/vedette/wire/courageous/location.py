"""Location: where a target is, as well as the system knows. `$type` says which of these it is.

    Position3d                lat, lon, height_amsl     deg, deg, m above the sea (EGM96)
    Position2d                lat, lon                  deg
    BearingElevationDistance  bearing, elevation, distance   deg from true north, deg, m from the system
    BearingElevation          bearing, elevation        deg
    Bearing                   bearing                   deg
    Arc                       from, to                  deg: between these compass angles
    Quad                      quad                      North, East, South or West

Source: COURAGEOUS interchange format, schema 0.4.1, definition Location.
"""

from typing import Literal

from msgspec import Struct, field

from vedette.wire.courageous.places import Latitude, Longitude


class Place3d(Struct, frozen=True, tag_field="$type", tag="Position3d"):
    """A place and its height above the sea."""

    lat: Latitude
    lon: Longitude
    height_amsl: float


class Place2d(Struct, frozen=True, tag_field="$type", tag="Position2d"):
    """A place on the map."""

    lat: Latitude
    lon: Longitude


class BearingElevationDistance(Struct, frozen=True, tag_field="$type"):
    """Seen from the system, with its distance."""

    bearing: float
    elevation: float
    distance: float


class BearingElevation(Struct, frozen=True, tag_field="$type"):
    """A direction from the system."""

    bearing: float
    elevation: float


class Bearing(Struct, frozen=True, tag_field="$type"):
    """A compass direction from the system."""

    bearing: float


class Arc(Struct, frozen=True, tag_field="$type"):
    """Somewhere between two compass directions from the system."""

    from_: float = field(name="from")
    to: float


class Quad(Struct, frozen=True, tag_field="$type"):
    """Somewhere in a quarter of the compass."""

    quad: Literal["North", "East", "South", "West"]


Location = Place3d | Place2d | BearingElevationDistance | BearingElevation | Bearing | Arc | Quad
