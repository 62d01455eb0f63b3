"""Where zones and areas are, roughly: a circle about each."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from vedette.core.zone import Area, Volume, Zone

_DEG_M: Final = 111_195.0

# Latitude, longitude deg, and a radius m that holds it.
Reach = tuple[float, float, float]


def reaches(zones: list[Zone]) -> dict[str, list[Reach]]:
    """A circle about each volume of each zone, by Zone.id."""
    out: dict[str, list[Reach]] = {}
    for zone in zones:
        for volume in zone.volumes:
            about = _about(volume)
            if about is not None:
                out.setdefault(zone.id, []).append(about)
    return out


@lru_cache(maxsize=4096)
def reach(area: Area) -> Reach | None:
    """A circle about the volume of an authorisation."""
    return _about(area.volume())


def away_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance over a sphere, good to a percent near by."""
    east = ((other_lon - lon + 180.0) % 360.0 - 180.0) * math.cos(math.radians(lat))
    return _DEG_M * math.hypot(other_lat - lat, east)


def _about(volume: Volume) -> Reach | None:
    """A circle about one volume; None where it has no corners."""
    if volume.circle is not None:
        return volume.circle
    corners = np.array([corner for ring in volume.rings for corner in ring], np.float64)
    if not len(corners):
        return None
    lat, lon = corners.mean(axis=0).tolist()
    return lat, lon, max(away_m(lat, lon, a, b) for a, b in corners.tolist())
