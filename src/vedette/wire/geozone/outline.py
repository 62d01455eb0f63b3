"""Horizontal shapes: GeoJSON positions (longitude, latitude) to rings of (lat_deg, lon_deg)."""

import math
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from vedette.core.errors import ConfigError

Position = Annotated[list[float], Meta(min_length=2)]
Ring = list[tuple[float, float]]


def point(position: Sequence[float], place: str) -> tuple[float, float]:
    """(lat_deg, lon_deg) of one position; a height in it is passed over."""
    lon_deg, lat_deg = position[0], position[1]
    if not (-180.0 <= lon_deg <= 180.0 and -90.0 <= lat_deg <= 90.0):
        raise ConfigError(place, "[longitude, latitude] in degrees", f"[{lon_deg:g}, {lat_deg:g}]")
    return lat_deg, lon_deg


def rings(coordinates: Sequence[Sequence[Sequence[float]]], place: str) -> list[Ring]:
    """The outer ring of a polygon, then its holes, each closed.

    A ring that was left open is closed: nothing else can be meant.
    """
    if not coordinates:
        raise ConfigError(place, "at least one ring", "none")
    return [_ring(ring, f"{place}[{i}]") for i, ring in enumerate(coordinates)]


def _ring(positions: Sequence[Sequence[float]], place: str) -> Ring:
    ring = [point(position, f"{place}[{i}]") for i, position in enumerate(positions)]
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(set(ring)) < 3:
        raise ConfigError(place, "a ring of at least three different positions", f"{len(set(ring))}")
    if max(lon for _, lon in ring) - min(lon for _, lon in ring) > 180.0:
        raise ConfigError(place, "a ring that is less than 180° of longitude wide", "a wider one")
    return ring


def radius_m(value: float, unit_m: float, place: str) -> float:
    """A radius above 0, in metres."""
    if not (value > 0.0 and math.isfinite(value)):
        raise ConfigError(place, "a radius above 0", f"{value:g}")
    return value * unit_m
