"""Which truths are in a zone: plain geometry, apart from what the rules use.

Heights above ground need Zone.ground_m; a limit whose reference is not known here does not bind.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vedette.core.zone import Volume, Zone
from vedette.evaluate.picture import METRES_PER_DEGREE

Bools = NDArray[np.bool_]


def inside(zones: Sequence[Zone], rows: NDArray[np.void]) -> Bools:
    """(n,) whether each truth is in a zone that forbids it or wants leave; times are not looked at."""
    out = np.zeros(len(rows), bool)
    for zone in zones:
        if zone.type == "NO_RESTRICTION":
            continue
        for volume in zone.volumes:
            out |= _in_shape(volume, rows) & _in_heights(volume, zone.ground_m, rows["alt_m"])
    return out


def _in_shape(volume: Volume, rows: NDArray[np.void]) -> Bools:
    lat, lon = rows["lat_deg"], rows["lon_deg"]
    if volume.circle is not None:
        centre_lat, centre_lon, radius_m = volume.circle
        east = (lon - centre_lon) * np.cos(np.radians(centre_lat))
        near: Bools = np.hypot(lat - centre_lat, east) * METRES_PER_DEGREE <= radius_m
        return near
    out = np.zeros(len(rows), bool)
    for ring in volume.rings:  # even-odd: a hole takes away what the outer ring gave
        out ^= _in_ring(np.array(ring), lat, lon)
    return out


def _in_ring(ring: NDArray[np.float64], lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Bools:
    """Crossings of a ray to the east, odd is inside; ring (k, 2) lat_deg, lon_deg, closed."""
    odd = np.zeros(len(lat), bool)
    for (lat0, lon0), (lat1, lon1) in pairwise(ring):
        if lat0 == lat1:
            continue
        crosses = (lat0 > lat) != (lat1 > lat)
        odd ^= crosses & (lon < lon0 + (lat - lat0) / (lat1 - lat0) * (lon1 - lon0))
    return odd


def _in_heights(volume: Volume, ground_m: float | None, alt_m: NDArray[np.float64]) -> Bools:
    zero = {"WGS84": 0.0, "AGL": ground_m}
    out = np.ones(len(alt_m), bool)
    lower, upper = zero.get(volume.lower_reference), zero.get(volume.upper_reference)
    if volume.lower_m is not None and lower is not None:
        out &= ~(alt_m < lower + volume.lower_m)  # a height that is not known fits
    if volume.upper_m is not None and upper is not None:
        out &= ~(alt_m > upper + volume.upper_m)
    return out
