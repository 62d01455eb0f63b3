"""Areas of authorisations as volumes: the shapes, heights and distances that the watch has for zones."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vedette.core.zone import Area, Zone
from vedette.identify.register import Beyond
from vedette.watch.places import Place, outside
from vedette.watch.shape import shapes_of


@dataclass(frozen=True, slots=True)
class AreaVolume:
    """One volume, as a place of the watch that is of one shape."""

    place: Place

    def beyond(self, lat_deg: float, lon_deg: float, alt_m: float) -> Beyond:
        """How far a place is out of it; alt_m above the ellipsoid, NaN unknown."""
        (shape,) = self.place.shapes
        away = float(outside(self.place, np.array([lat_deg]), np.array([lon_deg]))[0])
        bottom, top = shape.band.tolist()
        high = max(alt_m - top, 0.0) + min(alt_m - bottom, 0.0) if math.isfinite(alt_m) else math.nan
        return Beyond(away, high)


def volumes(zones: list[Zone], undulation_m: float | None) -> Callable[[Area], AreaVolume]:
    """What makes volumes of areas, at a node.

    zones         of the node: their lowest ground is that of areas that do not tell theirs
    undulation_m  of the geoid above the ellipsoid around there; None unknown
    """
    grounds = [zone.ground_m for zone in zones if zone.ground_m is not None]
    ground_m = min(grounds, default=None)

    def volume(area: Area) -> AreaVolume:
        ground = ground_m if area.ground_m is None else area.ground_m
        zone = Zone("area", "area", "REQ_AUTHORIZATION", [area.volume()], ground_m=ground)
        return AreaVolume(Place(zone.id, zone.name, tuple(shapes_of(zone, undulation_m)), True, ground))

    return volume
