"""ED-269 zones, the ancestor of ED-318: features that carry their members and geometries themselves.

    restriction           Zone.type (REQ_AUTHORISATION, with an S)
    geometry[]            one volume each: horizontalProjection, Polygon or Circle, between
                          lowerLimit and upperLimit
    uomDimensions         M or FT, of the limits and of a circle's radius
    applicability[]       periods; an entry that is permanent and has no schedule applies always

A file is {"features": […]}, or only the list, as some authorities publish it.

Source: EUROCAE ED-269 (2020), annex 1.
"""

from typing import Any, Final, Literal

from msgspec import Struct

from vedette.core.errors import ConfigError
from vedette.core.units import FT_M
from vedette.core.zone import HeightReference, Period, Volume, Zone, ZoneType
from vedette.wire.geozone import outline, places
from vedette.wire.geozone.ed318 import check_order
from vedette.wire.geozone.outline import Position
from vedette.wire.geozone.schedule import TimePeriod, periods

_METRES: Final = {"M": 1.0, "FT": FT_M}
_TYPES: Final[dict[str, ZoneType]] = {
    "PROHIBITED": "PROHIBITED",
    "REQ_AUTHORISATION": "REQ_AUTHORIZATION",
    "REQ_AUTHORIZATION": "REQ_AUTHORIZATION",
    "CONDITIONAL": "CONDITIONAL",
    "NO_RESTRICTION": "NO_RESTRICTION",
}


class Polygon(Struct, tag_field="type"):
    """One outline with holes."""

    coordinates: list[list[Position]]


class Circle(Struct, tag_field="type"):
    """A circle; radius in uomDimensions."""

    center: Position
    radius: float


class AirspaceVolume(Struct, rename="camel"):
    """One shape between two heights."""

    horizontal_projection: Polygon | Circle
    uom_dimensions: Literal["M", "FT"]
    lower_limit: float | None = None
    lower_vertical_reference: HeightReference = "AGL"
    upper_limit: float | None = None
    upper_vertical_reference: HeightReference = "AGL"


class Applicability(TimePeriod, rename="camel"):
    """When the zone applies."""

    permanent: Literal["YES", "NO"] = "NO"


class Feature(Struct, rename="camel"):
    """One zone."""

    identifier: str
    country: str
    restriction: Literal[
        "PROHIBITED", "REQ_AUTHORISATION", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"
    ]
    geometry: list[AirspaceVolume]
    name: str | None = None
    reason: list[str] | None = None
    other_reason_info: str | None = None
    message: str | None = None
    restriction_conditions: str | list[str] | None = None
    applicability: list[Applicability] | None = None


def read(features: list[Any], place: str, path: str) -> list[Zone]:
    """Parsed features to zones.

    path  where the list stands in the file: "features", or "" where it is the file
    """
    zones = []
    for i, value in enumerate(features):
        here = f"{path}[{i}]"
        zones.append(_zone(places.convert(value, Feature, place, here), place, here))
    return zones


def _zone(feature: Feature, place: str, path: str) -> Zone:
    here = places.joined(place, path)
    if not feature.geometry:
        raise ConfigError(f"{here}.geometry", "at least one volume", "none")
    conditions = feature.restriction_conditions
    return Zone(
        id=feature.identifier,
        name=feature.name or feature.identifier,
        type=_TYPES[feature.restriction],
        volumes=[_volume(volume, f"{here}.geometry[{i}]") for i, volume in enumerate(feature.geometry)],
        country=feature.country,
        reasons=feature.reason or [],
        periods=_periods(feature.applicability or [], f"{here}.applicability"),
        message=feature.message
        or feature.other_reason_info
        or ("; ".join(conditions) if isinstance(conditions, list) else conditions or ""),
        source=place,
    )


def _periods(entries: list[Applicability], place: str) -> list[Period]:
    if any(entry.permanent == "YES" and not entry.schedule for entry in entries):
        return []
    return periods(entries, place)


def _volume(volume: AirspaceVolume, place: str) -> Volume:
    metres = _METRES[volume.uom_dimensions]
    lower, upper = volume.lower_limit, volume.upper_limit
    same = volume.lower_vertical_reference == volume.upper_vertical_reference
    if lower is not None and upper is not None and same:
        check_order(lower, upper, f"{place}.upperLimit")
    shape = volume.horizontal_projection
    here = f"{place}.horizontalProjection"
    rings: list[outline.Ring] = []
    circle = None
    if isinstance(shape, Circle):
        lat_deg, lon_deg = outline.point(shape.center, f"{here}.center")
        circle = (lat_deg, lon_deg, outline.radius_m(shape.radius, metres, f"{here}.radius"))
    else:
        rings = outline.rings(shape.coordinates, f"{here}.coordinates")
    return Volume(
        rings=rings,
        circle=circle,
        lower_m=None if lower is None else lower * metres,
        lower_reference=volume.lower_vertical_reference,
        upper_m=None if upper is None else upper * metres,
        upper_reference=volume.upper_vertical_reference,
    )
