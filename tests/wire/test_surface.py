"""Maps of water and roads: what is read, and what is refused, where and why."""

import json
from typing import Any

import pytest

from vedette.core.errors import ConfigError
from vedette.core.surface import Road
from vedette.simulate import builtin_names, load_scenario, surface_path
from vedette.wire.surface import load_surface

_BOX = [[[3.0, 51.0], [3.1, 51.0], [3.1, 51.1], [3.0, 51.1], [3.0, 51.0]]]


def _feature(kind: str, shape: str, coordinates: Any, **told: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **told},
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def _file(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_a_map_is_read() -> None:
    line = [[3.0, 51.0], [3.05, 51.02, 12.0]]
    surface = load_surface(
        _file(
            _feature("mapped", "Polygon", _BOX),
            _feature("water", "MultiPolygon", [_BOX, _BOX], name="two ponds", natural="water"),
            _feature("road", "LineString", line, width_m=6.0),
            _feature("road", "MultiLineString", [line, line]),
        ),
        "map.json",
    )
    assert len(surface.mapped) == 1
    assert len(surface.water) == 2
    assert surface.mapped[0][0][1] == (51.0, 3.1), "latitude first"
    assert surface.roads[0] == Road([(51.0, 3.0), (51.02, 3.05)], 6.0)
    assert [road.width_m for road in surface.roads] == [6.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("data", "place", "expected", "came"),
    [
        (b"no JSON", "map.json", "JSON", ""),
        (b"[]", "map.json", "a GeoJSON FeatureCollection with its features", "no object"),
        (b'{"type": "Feature"}', "map.json", "FeatureCollection", "members ['type']"),
        (_file(7), "map.json: features[0]", "an object", "7"),
        (_file({"type": "Feature"}), "map.json: features[0].properties", "water, road or mapped", "nothing"),
        (_file(_feature("river", "Polygon", _BOX)), "properties.kind", "water, road or mapped", "river"),
        (_file(_feature("road", "Polygon", _BOX)), "features[0].geometry.type", "LineString", "Polygon"),
        (_file(_feature("water", "LineString", _BOX[0])), "geometry.type", "Polygon", "LineString"),
        (_file(_feature("road", "Point", [3.0, 51.0])), "features[0].geometry", "LineString", "Point"),
        (_file(_feature("road", "LineString", [[3.0, 51.0]])), "geometry.coordinates", "two positions", "1"),
        (_file(_feature("road", "LineString", [[51.0, 3.0], [3.0, 951.0]])), "[1]", "degrees", "951"),
        (
            _file(_feature("road", "LineString", _BOX[0], width_m=-2)),
            "features[0].properties.width_m", "above 0", "-2",
        ),
        (_file(_feature("water", "Polygon", _BOX)), "map.json", "kind mapped", "none"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(data: bytes, place: str, expected: str, came: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_surface(data, "map.json")
    error = refused.value
    assert place in error.place
    assert expected in error.expected
    assert came in error.came


@pytest.mark.parametrize("name", builtin_names())
def test_the_maps_that_come_with_scenarios_are_good(name: str) -> None:
    path = surface_path(load_scenario(name), name)
    if path is not None:
        surface = load_surface(path.read_bytes(), path.name)
        assert surface.mapped
        assert surface.roads
