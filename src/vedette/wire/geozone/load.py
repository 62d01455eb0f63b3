"""Zone files in and out: which standard a file follows, and what holds for all of its zones."""

from typing import Any

from vedette.core.errors import ConfigError
from vedette.core.zone import Zone
from vedette.wire.geozone import ed269, ed318, places


def load_zones(data: bytes, place: str) -> list[Zone]:
    """Read ED-318 (a FeatureCollection, or one Feature) or ED-269 zones.

    place  what to call the file in errors: "zones.json"

    Raises ConfigError with the exact place, such as
    "zones.json: features[2].geometry.layer.upper: expected a number or nothing, got 'high'".
    A file with one wrong zone is refused whole: a zone that is silently missing protects nothing.
    """
    zones, identifier = _read(places.parse(data, place), place)
    first: dict[str, int] = {}
    for i, zone in enumerate(zones):
        here = places.joined(place, identifier.format(i))
        if not zone.id:
            raise ConfigError(here, "a name", "''")
        if first.setdefault(zone.id, i) != i:
            other = identifier.format(first[zone.id])
            raise ConfigError(here, "one that no other zone has", f"{zone.id!r}, as in {other}")
    return zones


def dump_zones(zones: list[Zone]) -> bytes:
    """Zones as an ED-318 FeatureCollection; load_zones reads the same zones from it."""
    return ed318.write(zones)


def _read(value: Any, place: str) -> tuple[list[Zone], str]:
    """The zones, and where the identifier of the one numbered {} stands."""
    if isinstance(value, list):
        return ed269.read(value, place, ""), "[{}].identifier"
    if isinstance(value, dict):
        features = value.get("features")
        if isinstance(features, list) and any(_is_ed269(feature) for feature in features):
            return ed269.read(features, place, "features"), "features[{}].identifier"
        if value.get("type") == "Feature":
            return ed318.read(value, place), "properties.identifier"
        if value.get("type") == "FeatureCollection":
            return ed318.read(value, place), "features[{}].properties.identifier"
        if features == []:
            return [], ""
    came = f"members {sorted(value)[:8]}" if isinstance(value, dict) else "no object and no list"
    raise ConfigError(place, "an ED-318 FeatureCollection or ED-269 features", came)


def _is_ed269(feature: Any) -> bool:
    return isinstance(feature, dict) and "properties" not in feature and "restriction" in feature
