"""The ground of a site: where things float, and where they drive."""

from msgspec import Struct

Ring = list[tuple[float, float]]


class Road(Struct, frozen=True):
    """A line that things drive along: (lat_deg, lon_deg) of two points or more, and how wide it is, m."""

    points: list[tuple[float, float]]
    width_m: float


class Surface(Struct, frozen=True):
    """A map of the ground.

    mapped  polygons in which all water is told; each an outer ring, then its holes, of (lat_deg, lon_deg)
    water   polygons of it
    roads   not all of them need be told
    """

    mapped: list[list[Ring]] = []
    water: list[list[Ring]] = []
    roads: list[Road] = []
