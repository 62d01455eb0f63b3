"""Where the map begins: what a node watches is in sight, with room around it."""

import math

import pytest

from vedette.app.config import NodeConfig, parse
from vedette.app.view import view_of
from vedette.core.zone import Volume, Zone

FREE_PX = 700.0  # of the lesser side of the map


def node(**more) -> NodeConfig:
    return parse({"node": {"name": "n"}, **more}, "node.toml")


def circle(lat_deg, lon_deg, radius_m):
    return Zone("Z", "Z", "PROHIBITED", [Volume(circle=(lat_deg, lon_deg, radius_m))])


def metres_in_sight(view):
    a_pixel_m = 2 * math.pi * 6_378_137.0 * math.cos(math.radians(view.lat_deg)) / (512 * 2**view.zoom)
    return FREE_PX * a_pixel_m


@pytest.mark.parametrize("radius_m", [800.0, 4_000.0, 90_000.0])
@pytest.mark.parametrize("lat_deg", [0.0, 51.0, -65.0])
def test_a_zone_is_seen_whole_and_large(lat_deg, radius_m):
    view = view_of(node(), [circle(lat_deg, 4.0, radius_m)])
    assert (view.lat_deg, view.lon_deg) == pytest.approx((lat_deg, 4.0))
    assert 2.0 * radius_m < metres_in_sight(view) < 4.0 * radius_m


def test_sensors_beside_the_zone_are_in_sight():
    far = {"id": "r", "source": "asterix:1/1", "lat_deg": 51.0, "lon_deg": 5.0}
    view = view_of(node(sensor=[far]), [circle(51.0, 4.0, 500.0)])
    assert view.lon_deg == pytest.approx(4.5, abs=0.01)
    assert metres_in_sight(view) > 60_000.0


def test_what_is_configured_holds():
    view = view_of(node(view={"lat_deg": 1.0, "lon_deg": 2.0, "zoom": 3.0}), [circle(51.0, 4.0, 500.0)])
    assert (view.lat_deg, view.lon_deg, view.zoom) == (1.0, 2.0, 3.0)


def test_a_point_is_not_looked_at_through_a_microscope():
    one = {"id": "r", "source": "asterix:1/1", "lat_deg": 51.0, "lon_deg": 5.0}
    assert view_of(node(sensor=[one]), []).zoom <= 15.0


def test_with_nothing_placed_it_is_the_origin_or_a_continent():
    assert view_of(node(), []).zoom < 6.0
    alone = node()
    origin = parse({"node": {"name": "n", "origin": [10.0, 20.0]}}, "node.toml")
    assert view_of(alone, []) != view_of(origin, [])
    assert (view_of(origin, []).lat_deg, view_of(origin, []).lon_deg) == (10.0, 20.0)
