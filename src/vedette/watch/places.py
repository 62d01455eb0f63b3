"""What is protected: zones and sites as places, with their shapes and how far tracks are from them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.site import Site
from vedette.core.units import DEGREE_M
from vedette.core.zone import Volume, Zone
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.outline import outside_m
from vedette.watch.rule import Rule
from vedette.watch.shape import Shape, active, shapes_of

Array = NDArray[np.float64]
_FAR_M = 60_000.0  # what is further from every corner of a place is as good as nowhere


@dataclass(frozen=True, slots=True)
class Place:
    """One zone or site.

    shapes    its volumes
    is_zone   false for a site
    ground_m  above the ellipsoid; None unknown
    """

    id: str
    name: str
    shapes: tuple[Shape, ...]
    is_zone: bool
    ground_m: float | None

    @property
    def reach_m(self) -> float:
        """How large it is: no corner is further from the origin of its shape."""
        return max(shape.reach_m for shape in self.shapes)


def places_of(zones: Sequence[Zone], sites: Sequence[Site], undulation_m: float | None) -> tuple[Place, ...]:
    """All that may be watched. Zones of type NO_RESTRICTION are not."""
    out = [
        Place(zone.id, zone.name, tuple(shapes_of(zone, undulation_m)), True, zone.ground_m)
        for zone in zones
        if zone.type != "NO_RESTRICTION"
    ]
    for site in sites:
        circle = Volume(circle=(site.lat_deg, site.lon_deg, site.radius_m))
        zone = Zone(site.id, site.name, "CONDITIONAL", [circle], ground_m=site.ground_m)
        out.append(Place(site.id, site.name, tuple(shapes_of(zone, undulation_m)), False, site.ground_m))
    return tuple(place for place in out if place.shapes)


def about(rule: Rule, places: Sequence[Place], now_ns: int) -> list[Place]:
    """The places that a rule is about and that are in force now."""
    return [place for place in places if names(rule, place) and _holds(place, now_ns)]


def names(rule: Rule, place: Place) -> bool:
    """Whether a rule is about a place, at any time."""
    common = rule.common
    named = bool(common.zones or common.sites)
    if not place.is_zone:
        return place.id in common.sites if named else rule.kind.sites and not common.zone_types
    if named and place.id not in common.zones:
        return False
    return not common.zone_types or place.shapes[0].zone.type in common.zone_types


def _holds(place: Place, now_ns: int) -> bool:
    return not place.is_zone or active(place.shapes[0].zone, now_ns)


def roughly_outside(place: Place, lat_deg: Array, lon_deg: Array) -> Array:
    """A distance (n,) m than which no shape of a place is nearer to tracks; below 0 it may be inside."""
    out = np.full(len(lat_deg), math.inf)
    for shape in place.shapes:
        out = np.minimum(out, 0.99 * _to_origin(shape, lat_deg, lon_deg) - shape.reach_m - 200.0)
    return out


def _to_origin(shape: Shape, lat_deg: Array, lon_deg: Array) -> Array:
    """Distance (n,) m to the middle of a shape: no more than it is and a percent; near by good to a percent.

    Where it is further to a pole, a degree of longitude is shorter: that one counts.
    """
    east = (lon_deg - shape.origin[1] + 180.0) % 360.0 - 180.0
    scale = np.cos(np.radians(np.maximum(np.abs(lat_deg), abs(float(shape.origin[0])))))
    out: Array = np.hypot((lat_deg - shape.origin[0]), east * scale) * DEGREE_M
    return out


def outside(place: Place, lat_deg: Array, lon_deg: Array) -> Array:
    """Distance (n,) m of tracks to the nearest shape of a place, negative inside, infinite far off."""
    out = np.full(len(lat_deg), math.inf)
    for shape in place.shapes:
        near = np.flatnonzero(_to_origin(shape, lat_deg, lon_deg) < 1.05 * shape.reach_m + _FAR_M)
        if len(near):
            flat = enu_from_geodetic(shape.origin, lat_deg[near], lon_deg[near], np.zeros(len(near)))
            away = outside_m(np.ascontiguousarray(flat[:, :2]), shape.vertices, shape.ring_end, shape.circle)
            out[near] = np.minimum(out[near], away)
    return out
