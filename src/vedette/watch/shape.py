"""Zones as the entry kernel wants them: shapes on a plane, limits above the ellipsoid, active now."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.core.zone import HeightReference, Period, Volume, Zone
from vedette.kernel.geodesy import enu_from_geodetic

Array = NDArray[np.float64]

_DAY_NS = 86_400 * NS_PER_S
_LONGEST_EDGE_DEG = 0.05
_UNSURE_GROUND_M = 150.0  # what the ground under a zone may be off by where nobody told its height


@dataclass(frozen=True, slots=True)
class Shape:
    """One volume of one zone on the plane at its own origin.

    origin    (3,)    lat deg, lon deg, m
    reach_m           no corner is further than this from the origin
    band      (2,)    limits, m above the ellipsoid
    """

    zone: Zone
    origin: Array
    reach_m: float
    vertices: Array
    ring_end: NDArray[np.int64]
    circle: Array
    band: Array


def shapes_of(zone: Zone, undulation_m: float | None) -> list[Shape]:
    """A zone's volumes.

    undulation_m  of the geoid above the ellipsoid around here; None unknown
    """
    return [_shape(zone, volume, undulation_m) for volume in zone.volumes]


def _shape(zone: Zone, volume: Volume, undulation_m: float | None) -> Shape:
    band = np.array(
        [
            _limit(volume.lower_m, volume.lower_reference, zone.ground_m, undulation_m, -1.0),
            _limit(volume.upper_m, volume.upper_reference, zone.ground_m, undulation_m, 1.0),
        ]
    )
    if volume.circle is not None:
        lat, lon, radius = volume.circle
        origin = np.array([lat, lon, 0.0])
        return Shape(
            zone, origin, radius, np.zeros((0, 2)), np.zeros(0, np.int64), np.array([0.0, 0.0, radius]), band
        )
    rings = [_dense(np.array(ring, np.float64)) for ring in volume.rings if len(ring) >= 3]
    if not rings:
        raise ConfigError(f"zone {zone.id}", "a circle, or a ring of three corners or more", "neither")
    corners = np.concatenate(rings)
    origin = np.array([corners[:, 0].mean(), corners[:, 1].mean(), 0.0])
    flat = enu_from_geodetic(origin, corners[:, 0].copy(), corners[:, 1].copy(), np.zeros(len(corners)))
    vertices = np.ascontiguousarray(flat[:, :2])
    return Shape(
        zone=zone,
        origin=origin,
        reach_m=float(np.hypot(vertices[:, 0], vertices[:, 1]).max()),
        vertices=vertices,
        ring_end=np.cumsum([len(ring) for ring in rings]).astype(np.int64),
        circle=np.zeros(3),
        band=band,
    )


def _dense(ring: Array) -> Array:
    """A closed ring (n, 2) with corners added along long edges.

    An edge is straight in longitude and latitude (RFC 7946, 3.1.1), which is not straight on a plane.
    """
    # Across 180° a ring goes on, it does not turn back around the world.
    first = ring[0, 1]
    ring = np.column_stack((ring[:, 0], first + (ring[:, 1] - first + 180.0) % 360.0 - 180.0))
    pieces = []
    for start, end in itertools.pairwise(ring):
        n = max(1, math.ceil(float(np.abs(end - start).max()) / _LONGEST_EDGE_DEG))
        pieces.append(start + (end - start) * (np.arange(n)[:, None] / n))
    return np.concatenate((*pieces, ring[-1:]))


def _limit(
    value_m: float | None,
    reference: HeightReference,
    ground_m: float | None,
    undulation_m: float | None,
    side: float,
) -> float:
    """A limit above the ellipsoid; widened where what it refers to is not known."""
    if value_m is None:
        return side * math.inf
    if reference == "WGS84":
        return value_m
    # On the ground means on the ground: no target flies below it.
    if reference == "AGL" and value_m <= 0.0 and side < 0.0:
        return -math.inf
    base = ground_m if reference == "AGL" else undulation_m
    return value_m + base if base is not None else value_m + side * _UNSURE_GROUND_M


def active(zone: Zone, now_ns: int) -> bool:
    """Whether a zone applies at a time."""
    return not zone.periods or any(_within(period, now_ns) for period in zone.periods)


def _within(period: Period, now_ns: int) -> bool:
    """Whether a period holds at a time; a day's hours may run over midnight."""
    if period.start_ns is not None and now_ns < period.start_ns:
        return False
    if period.end_ns is not None and now_ns >= period.end_ns:
        return False
    day, of_day = divmod(now_ns, _DAY_NS)
    second = of_day / NS_PER_S
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    start = period.from_s if period.from_s is not None else 0
    end = period.to_s if period.to_s is not None else 86_400
    if end <= start and second < end:
        return not period.days or (weekday - 1) % 7 in period.days
    if period.days and weekday not in period.days:
        return False
    return start <= second < end if end > start else second >= start
