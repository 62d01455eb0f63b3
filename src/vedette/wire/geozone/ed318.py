"""ED-318 zones: a GeoJSON FeatureCollection in which each geometry carries a vertical layer.

    geometry            volumes
    Polygon             one, with its holes
    MultiPolygon        one for each polygon, all with its layer
    Point               one circle of extent.radius metres
    GeometryCollection  those of its members; its own layer holds for members that have none

    layer               upper, lower in uom ("m" where not said); a limit that is missing is no limit
    properties          identifier, country, name, type, reason, message, limitedApplicability

What Vedette's Zone cannot say is read so: USPACE is CONDITIONAL (flight is allowed to who takes part);
daylight events make a span wider (see schedule); the collection's validFrom and validTo are about the
file, not the zones, and are checked but not applied; authorities are checked but not kept.
extendedProperties.groundHeightM is our own addition: the ground above the ellipsoid.

Source: EUROCAE ED-318 (2024); the JSON schema of UASGeoZones.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from vedette.core.errors import ConfigError
from vedette.core.units import FT_M
from vedette.core.zone import HeightReference, Volume, Zone
from vedette.wire.geozone import outline, places
from vedette.wire.geozone.outline import Position
from vedette.wire.geozone.schedule import TimePeriod, periods, written
from vedette.wire.geozone.times import date_time_ns

_METRES: Final = {"m": 1.0, "ft": FT_M}


class Text(Struct):
    """A text in one language."""

    lang: str
    text: str = ""


Texts = list[Text] | str | None


class Layer(Struct, rename="camel", omit_defaults=True):
    """The vertical extent of a geometry, in uom."""

    upper: float | None = None
    upper_reference: HeightReference | None = None
    lower: float | None = None
    lower_reference: HeightReference | None = None
    uom: Literal["m", "ft"] = "m"


class Extent(Struct, rename="camel"):
    """What makes a circle of a point; radius in metres."""

    sub_type: Literal["Circle"]
    radius: float


class Point(Struct, tag_field="type", omit_defaults=True):
    """A circle around a position."""

    coordinates: Position
    extent: Extent
    layer: Layer | None = None


class Polygon(Struct, tag_field="type", omit_defaults=True):
    """One outline with holes."""

    coordinates: list[list[Position]]
    layer: Layer | None = None


class MultiPolygon(Struct, tag_field="type", omit_defaults=True):
    """Several outlines with one layer."""

    coordinates: list[list[list[Position]]]
    layer: Layer | None = None


class GeometryCollection(Struct, tag_field="type", omit_defaults=True):
    """Several geometries, each with its layer."""

    geometries: list[Point | Polygon | MultiPolygon]
    layer: Layer | None = None


Geometry = Point | Polygon | MultiPolygon | GeometryCollection


class Authority(Struct):
    """Whom to ask; only its purpose is checked."""

    purpose: Literal["AUTHORIZATION", "NOTIFICATION", "INFORMATION"]


class Properties(Struct, rename="camel", omit_defaults=True):
    """The zone's own members."""

    identifier: str
    country: str
    type: Literal["USPACE", "PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"]
    variant: Literal["COMMON", "CUSTOMIZED"] | None = None
    name: Texts = None
    reason: list[str] | None = None
    other_reason_info: Texts = None
    message: Texts = None
    restriction_conditions: str | None = None
    zone_authority: list[Authority] | None = None
    limited_applicability: list[TimePeriod] | None = None
    extended_properties: dict[str, Any] | None = None


class Feature(Struct, tag_field="type"):
    """One zone."""

    geometry: Geometry
    properties: Properties


class Metadata(Struct, rename="camel"):
    """About the collection; only its dates are checked."""

    valid_from: str | None = None
    valid_to: str | None = None
    issued: str | None = None


class FeatureCollection(Struct, tag_field="type", omit_defaults=True):
    """A whole file."""

    features: list[Feature]
    metadata: Metadata | None = None


def read(value: Any, place: str) -> list[Zone]:
    """A parsed FeatureCollection, or a Feature on its own, to zones."""
    if value.get("type") == "Feature":
        return [_zone(places.convert(value, Feature, place), place, "")]
    collection = places.convert(value, FeatureCollection, place)
    metadata = collection.metadata or Metadata()
    for name, text in msgspec.to_builtins(metadata).items():
        if text is not None:
            date_time_ns(text, places.joined(place, f"metadata.{name}"))
    return [_zone(feature, place, f"features[{i}].") for i, feature in enumerate(collection.features)]


def write(zones: list[Zone]) -> bytes:
    """Zones to a FeatureCollection, indented."""
    collection = FeatureCollection(features=[_feature(zone) for zone in zones])
    return msgspec.json.format(msgspec.json.encode(collection), indent=1)


def _zone(feature: Feature, place: str, path: str) -> Zone:
    properties = feature.properties
    spans = properties.limited_applicability or []
    extended = properties.extended_properties or {}
    ground_m = extended.get("groundHeightM")
    return Zone(
        id=properties.identifier,
        name=_told(properties.name) or properties.identifier,
        type="CONDITIONAL" if properties.type == "USPACE" else properties.type,
        volumes=list(_volumes(feature.geometry, places.joined(place, path + "geometry"))),
        country=properties.country,
        reasons=properties.reason or [],
        periods=periods(spans, places.joined(place, path + "properties.limitedApplicability")),
        message=_told(properties.message)
        or _told(properties.other_reason_info)
        or properties.restriction_conditions
        or "",
        ground_m=float(ground_m) if isinstance(ground_m, int | float) else None,
        source=place,
    )


def _told(texts: Texts) -> str:
    """One text: the English one, else the first."""
    if isinstance(texts, str):
        return texts
    if not texts:
        return ""
    return next((text.text for text in texts if text.lang.lower().startswith("en")), texts[0].text)


def _volumes(geometry: Geometry, place: str, inherited: Layer | None = None) -> Iterator[Volume]:
    layer = geometry.layer or inherited or Layer()
    limits = _limits(layer, f"{place}.layer")
    match geometry:
        case Polygon():
            yield _volume(limits, outline.rings(geometry.coordinates, f"{place}.coordinates"))
        case MultiPolygon():
            for i, polygon in enumerate(geometry.coordinates):
                yield _volume(limits, outline.rings(polygon, f"{place}.coordinates[{i}]"))
        case Point():
            lat_deg, lon_deg = outline.point(geometry.coordinates, f"{place}.coordinates")
            radius_m = outline.radius_m(geometry.extent.radius, 1.0, f"{place}.extent.radius")
            yield _volume(limits, circle=(lat_deg, lon_deg, radius_m))
        case GeometryCollection():
            if not geometry.geometries:
                raise ConfigError(f"{place}.geometries", "at least one geometry", "none")
            for i, member in enumerate(geometry.geometries):
                yield from _volumes(member, f"{place}.geometries[{i}]", geometry.layer)


class _Limits(Struct, frozen=True):
    lower_m: float | None
    lower_reference: HeightReference
    upper_m: float | None
    upper_reference: HeightReference


def _limits(layer: Layer, place: str) -> _Limits:
    metres = _METRES[layer.uom]
    for name, value, reference in (
        ("lower", layer.lower, layer.lower_reference),
        ("upper", layer.upper, layer.upper_reference),
    ):
        if value is not None and reference is None:
            raise ConfigError(f"{place}.{name}Reference", "AGL, AMSL or WGS84", "nothing")
    if layer.lower is not None and layer.upper is not None and layer.lower_reference == layer.upper_reference:
        check_order(layer.lower, layer.upper, f"{place}.upper")
    return _Limits(
        lower_m=None if layer.lower is None else layer.lower * metres,
        lower_reference=layer.lower_reference or "AGL",
        upper_m=None if layer.upper is None else layer.upper * metres,
        upper_reference=layer.upper_reference or "AGL",
    )


def check_order(lower: float, upper: float, place: str) -> None:
    """Refuse a layer whose top is not above its bottom."""
    if upper <= lower:
        raise ConfigError(place, f"a height above lower, {lower:g}", f"{upper:g}")


def _volume(
    limits: _Limits,
    rings: list[outline.Ring] | None = None,
    circle: tuple[float, float, float] | None = None,
) -> Volume:
    return Volume(
        rings=rings or [],
        circle=circle,
        lower_m=limits.lower_m,
        lower_reference=limits.lower_reference,
        upper_m=limits.upper_m,
        upper_reference=limits.upper_reference,
    )


def _feature(zone: Zone) -> Feature:
    geometries: list[Point | Polygon | MultiPolygon] = [_geometry(volume) for volume in zone.volumes]
    properties = Properties(
        identifier=zone.id,
        country=zone.country,
        type=zone.type,
        variant="COMMON",
        name=[Text("en", zone.name)],
        reason=zone.reasons or None,
        message=[Text("en", zone.message)] if zone.message else None,
        zone_authority=[Authority("INFORMATION")],
        limited_applicability=[written(period) for period in zone.periods] or None,
        extended_properties=None if zone.ground_m is None else {"groundHeightM": zone.ground_m},
    )
    geometry = geometries[0] if len(geometries) == 1 else GeometryCollection(geometries)
    return Feature(geometry, properties)


def _geometry(volume: Volume) -> Point | Polygon:
    layer = Layer(
        upper=volume.upper_m,
        upper_reference=volume.upper_reference,
        lower=volume.lower_m,
        lower_reference=volume.lower_reference,
    )
    if volume.circle is not None:
        lat_deg, lon_deg, radius_m = volume.circle
        return Point([lon_deg, lat_deg], Extent("Circle", radius_m), layer)
    return Polygon([[[lon, lat] for lat, lon in ring] for ring in volume.rings], layer)
