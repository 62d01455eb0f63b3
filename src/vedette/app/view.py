"""Where the page's map begins when nobody says: all zones and sensors of the node are in sight."""

import math
from collections.abc import Iterable
from typing import Final

from vedette.app.config import NodeConfig, View
from vedette.core.units import DEGREE_M
from vedette.core.zone import Zone

_AROUND_M: Final = 40_075_017.0  # of the earth, at the equator
_TILE_PX: Final = 512.0  # the world at zoom 0
_FREE_PX: Final = (860.0, 720.0)  # of a page on a usual screen: what its panels leave of the map
_ROOM: Final = 1.3  # so that what comes from outside is seen coming
_LEAST_M: Final = 1_000.0
_ALONE_M: Final = 30_000.0  # about an origin with nothing around it
_MOST_ZOOM: Final = 15.0
_EUROPE: Final = View(lat_deg=50.5, lon_deg=9.0, zoom=4.5)


def view_of(config: NodeConfig, zones: Iterable[Zone]) -> View:
    """The configured view; else one on the zones and placed sensors; else on the origin, or Europe."""
    if config.view is not None:
        return config.view
    corners = [corner for zone in zones for corner in _corners(zone)]
    corners += [
        (s.lat_deg, s.lon_deg) for s in config.sensor if s.lat_deg is not None and s.lon_deg is not None
    ]
    if corners:
        return _fitted(corners)
    if config.origin is None:
        return _EUROPE
    lat_deg, lon_deg = config.origin
    return View(lat_deg=lat_deg, lon_deg=lon_deg, zoom=_zoom(lat_deg, _ALONE_M, _ALONE_M))


def _corners(zone: Zone) -> Iterable[tuple[float, float]]:
    """Points (lat, lon) deg that bound a zone."""
    for volume in zone.volumes:
        yield from (corner for ring in volume.rings for corner in ring)
        if volume.circle is not None:
            lat_deg, lon_deg, radius_m = volume.circle
            up = radius_m / DEGREE_M
            aside = up / math.cos(math.radians(lat_deg))
            yield lat_deg - up, lon_deg - aside
            yield lat_deg + up, lon_deg + aside


def _fitted(corners: list[tuple[float, float]]) -> View:
    """The view in which all corners (lat, lon) deg are seen, with room around them."""
    lats, lons = zip(*corners, strict=True)
    lat_deg, lon_deg = (min(lats) + max(lats)) / 2.0, (min(lons) + max(lons)) / 2.0
    high_m = (max(lats) - min(lats)) * DEGREE_M
    wide_m = (max(lons) - min(lons)) * DEGREE_M * math.cos(math.radians(lat_deg))
    return View(lat_deg=lat_deg, lon_deg=lon_deg, zoom=_zoom(lat_deg, wide_m, high_m))


def _zoom(lat_deg: float, wide_m: float, high_m: float) -> float:
    """The zoom at which so many metres fit beside the panels."""
    a_pixel_m = _ROOM * max(max(wide_m, _LEAST_M) / _FREE_PX[0], max(high_m, _LEAST_M) / _FREE_PX[1])
    world_px = _AROUND_M * math.cos(math.radians(lat_deg)) / a_pixel_m
    return round(min(math.log2(world_px / _TILE_PX), _MOST_ZOOM), 2)
