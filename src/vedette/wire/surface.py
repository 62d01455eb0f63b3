"""Maps of the ground: GeoJSON (RFC 7946) features of water, roads, and what of it is mapped."""

import math
from typing import Any, Final, Literal

from msgspec import Struct

from vedette.core.errors import ConfigError
from vedette.core.surface import Ring, Road, Surface
from vedette.wire.geozone import outline, places
from vedette.wire.geozone.outline import Position

_WIDTH_M: Final = 10.0  # two lanes and their shoulders
_CHOICES: Final = {
    "properties.kind": "water, road or mapped",
    "geometry.type": "Polygon, MultiPolygon, LineString or MultiLineString",
    "properties": "an object with its kind: water, road or mapped",
    "type": "Feature",
}


class Polygon(Struct, tag_field="type"):
    """A shape."""

    coordinates: list[list[Position]]


class MultiPolygon(Struct, tag_field="type"):
    """Shapes."""

    coordinates: list[list[list[Position]]]


class LineString(Struct, tag_field="type"):
    """A line."""

    coordinates: list[Position]


class MultiLineString(Struct, tag_field="type"):
    """Lines."""

    coordinates: list[list[Position]]


class Properties(Struct):
    """What a feature is; whatever else is told of it is passed over."""

    kind: Literal["water", "road", "mapped"]
    width_m: float = _WIDTH_M


class Feature(Struct, tag_field="type"):
    """One piece of the map."""

    properties: Properties
    geometry: Polygon | MultiPolygon | LineString | MultiLineString


def load_surface(data: bytes, place: str) -> Surface:
    """Read a map of the ground, or ConfigError with the place of the first thing that is wrong.

    data   a GeoJSON FeatureCollection: water and mapped are (Multi)Polygons, roads (Multi)LineStrings
    place  what to call the file in errors
    """
    features = _features(places.parse(data, place), place)
    surface = Surface([], [], [])
    for i, value in enumerate(features):
        path = f"features[{i}]"
        feature = places.convert(value, Feature, place, path, _CHOICES)
        here = f"{place}: {path}.geometry"
        if feature.properties.kind == "road":
            surface.roads.extend(_roads(feature, here))
        else:
            shapes = surface.water if feature.properties.kind == "water" else surface.mapped
            shapes.extend(_polygons(feature, here))
    if surface.water and not surface.mapped:
        raise ConfigError(place, "a feature of kind mapped: the polygon in which all water is told", "none")
    return surface


def _features(value: Any, place: str) -> list[Any]:
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list):
        came = f"members {sorted(value)[:8]}" if isinstance(value, dict) else "no object"
        raise ConfigError(place, "a GeoJSON FeatureCollection with its features", came)
    return features


def _roads(feature: Feature, here: str) -> list[Road]:
    shape, width_m = feature.geometry, feature.properties.width_m
    if not (width_m > 0.0 and math.isfinite(width_m)):
        raise ConfigError(f"{here.removesuffix('.geometry')}.properties.width_m", "above 0", f"{width_m:g}")
    if isinstance(shape, LineString):
        lines = [(shape.coordinates, f"{here}.coordinates")]
    elif isinstance(shape, MultiLineString):
        lines = [(line, f"{here}.coordinates[{i}]") for i, line in enumerate(shape.coordinates)]
    else:
        raise ConfigError(f"{here}.type", "LineString or MultiLineString, of a road", type(shape).__name__)
    out = []
    for line, at in lines:
        points = [outline.point(position, f"{at}[{i}]") for i, position in enumerate(line)]
        if len(points) < 2:
            raise ConfigError(at, "a line of at least two positions", f"{len(points)}")
        out.append(Road(points, width_m))
    return out


def _polygons(feature: Feature, here: str) -> list[list[Ring]]:
    shape = feature.geometry
    if isinstance(shape, Polygon):
        return [outline.rings(shape.coordinates, f"{here}.coordinates")]
    if isinstance(shape, MultiPolygon):
        return [
            outline.rings(polygon, f"{here}.coordinates[{i}]") for i, polygon in enumerate(shape.coordinates)
        ]
    kind = feature.properties.kind
    raise ConfigError(f"{here}.type", f"Polygon or MultiPolygon, of what is {kind}", type(shape).__name__)
