"""The ground of one airport as cells: its zones, its runways, and which sensor would see what where.

Cells are squares on the local tangent plane, rows go from west to east, and from south to north. There are
two layers of height: below LOW_M above the ground, where radars see little, and from there to the top.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import ConfigError
from vedette.core.sensor import Sensor
from vedette.core.zone import Volume, Zone
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu
from vedette.kernel.inside import inside
from vedette.respond.settings import Airport, Cover, Runway

Array = NDArray[np.float64]

LOW_M: Final = 30.0
TOP_M: Final = 300.0  # beyond which a drone is no matter of these zones where nothing else is said
CELL_M: Final = 250.0
MARGIN_M: Final = 600.0
_MOST_CELLS: Final = 8_000
FINAL_M: Final = 5_500.0  # so far out a glide path of 3° is at TOP_M
LEVELS: Final = np.array([1.0, 0.35, 0.0])  # of visibility: as told, dim, not at all
SEES: Final = np.array([1.0, 1.15, 0.7])  # how much better or worse sensors may see than told, by set
_STEEP: Final = 0.08  # of range_m: over so much the detection probability falls
_MOST: Final = 0.99


@dataclass(frozen=True, slots=True)
class End:
    """One runway end: where it begins and which way one lands there, unit vector east, north."""

    name: str
    threshold: tuple[float, float]
    course: tuple[float, float]
    length_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """All that does not change. zone, near (n,): of each cell; east, north (n,): m, its centre."""

    origin: Array
    cell_m: float
    width: int
    west_m: float
    south_m: float
    east: Array
    north: Array
    zone: NDArray[np.bool_]
    near: NDArray[np.bool_]
    ends: tuple[End, ...]

    @property
    def n(self) -> int:
        """How many cells."""
        return len(self.east)

    def plane(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """East and north of a place, m."""
        enu = enu_from_geodetic(
            self.origin, np.array([lat_deg]), np.array([lon_deg]), np.array([self.origin[2]])
        )
        return float(enu[0, 0]), float(enu[0, 1])

    def cell(self, east_m: float, north_m: float) -> int | None:
        """Which cell a place is in; None outside."""
        x = math.floor((east_m - self.west_m) / self.cell_m)
        y = math.floor((north_m - self.south_m) / self.cell_m)
        if 0 <= x < self.width and 0 <= y < self.n // self.width:
            return y * self.width + x
        return None


def lay_out(airport: Airport, zones: list[Zone], place: str) -> Ground:
    """The ground of an airport; ConfigError with the place where its zones are not to be had."""
    mine = [zone for zone in zones if zone.id in airport.zones]
    missing = [name for name in airport.zones if name not in {zone.id for zone in mine}]
    if missing or not mine:
        known = ", ".join(sorted(zone.id for zone in zones)) or "none"
        raise ConfigError(f"{place}.zones", f"ids of zones ({known})", ", ".join(missing) or "none")
    volumes = [volume for zone in mine for volume in zone.volumes]
    boxes = np.array([_box(volume) for volume in volumes])
    middle = ((boxes[:, 0].min() + boxes[:, 2].max()) / 2, (boxes[:, 1].min() + boxes[:, 3].max()) / 2)
    lat = middle[0] if airport.lat_deg is None else airport.lat_deg
    lon = middle[1] if airport.lon_deg is None else airport.lon_deg
    heights = [zone.ground_m for zone in mine if zone.ground_m is not None]
    ground_m = airport.ground_m if airport.ground_m is not None else (heights[0] if heights else 0.0)
    origin = np.array([lat, lon, ground_m])
    shapes = [_shape(volume, origin) for volume in volumes]
    edges = np.array([_edges(*shape) for shape in shapes])
    west, south = edges[:, 0].min() - MARGIN_M, edges[:, 1].min() - MARGIN_M
    wide, high = edges[:, 2].max() + MARGIN_M - west, edges[:, 3].max() + MARGIN_M - south
    cell_m = max(CELL_M, math.sqrt(wide * high / _MOST_CELLS))
    width, rows = math.ceil(wide / cell_m), math.ceil(high / cell_m)
    east = np.tile(west + (np.arange(width) + 0.5) * cell_m, rows)
    north = np.repeat(south + (np.arange(rows) + 0.5) * cell_m, width)
    zone = np.array(
        [any(inside(e, n, *shape) for shape in shapes) for e, n in zip(east, north, strict=True)], bool
    )
    ends = tuple(
        end for runway in airport.runways for end in _ends(runway.name, *_thresholds(runway, origin))
    )
    near = zone.copy() if not ends else np.zeros(len(east), bool)
    for end in ends:
        along, aside = _along(end, east, north)
        near |= (along >= -FINAL_M) & (along <= end.length_m + FINAL_M) & (np.abs(aside) <= airport.near_m)
    return Ground(origin, cell_m, width, west, south, east, north, zone, near & zone, ends)


def sight(ground: Ground, cover: Cover, sensor: Sensor) -> Array | None:
    """(2, n): what one look sees of a small drone, by layer and cell; None without a place."""
    if sensor.lat_deg is None or sensor.lon_deg is None:
        return None
    east, north = ground.plane(sensor.lat_deg, sensor.lon_deg)
    away = np.hypot(ground.east - east, ground.north - north)
    seen = cover.detection_probability / (1.0 + np.exp((away - cover.range_m) / (_STEEP * cover.range_m)))
    azimuth = np.degrees(np.arctan2(ground.east - east, ground.north - north))
    if sensor.azimuth_width_deg < 360.0:
        seen = np.where((azimuth - sensor.azimuth_from_deg) % 360.0 <= sensor.azimuth_width_deg, seen, 0.0)
    for start, wide in sensor.blind_deg:
        seen = np.where((azimuth - start) % 360.0 <= wide, 0.0, seen)
    return np.stack((cover.low_share * seen, seen))


def log_miss(seen: Array, every_s: float) -> Array:
    """(sets, levels, 2, n): logarithm, a second, of the probability that one sensor sees nothing.

    seen  (2, n) of `sight`
    """
    p = np.minimum(SEES[:, None, None, None] * LEVELS[None, :, None, None] * seen[None, None], _MOST)
    out: Array = np.log1p(-p) / every_s
    return out


def place_of(ground: Ground, cell: int) -> tuple[float, float]:
    """Latitude and longitude, deg, of a cell's centre."""
    at = geodetic_from_enu(ground.origin, np.array([[ground.east[cell], ground.north[cell], 0.0]]))[0]
    return float(at[0]), float(at[1])


def _along(end: End, east: Array, north: Array) -> tuple[Array, Array]:
    """How far past the threshold along the course, and to its left, m."""
    de, dn = east - end.threshold[0], north - end.threshold[1]
    return de * end.course[0] + dn * end.course[1], dn * end.course[0] - de * end.course[1]


def _thresholds(runway: Runway, origin: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    ends = np.array([runway.threshold, runway.far_threshold])
    enu = enu_from_geodetic(origin, ends[:, 0], ends[:, 1], np.full(2, origin[2]))
    return (float(enu[0, 0]), float(enu[0, 1])), (float(enu[1, 0]), float(enu[1, 1]))


def _ends(name: str, one: tuple[float, float], other: tuple[float, float]) -> list[End]:
    """Both ends; a name as "08/26" is that of the first threshold and of the other."""
    length_m = math.hypot(other[0] - one[0], other[1] - one[1])
    course = ((other[0] - one[0]) / length_m, (other[1] - one[1]) / length_m)
    first, _, second = name.partition("/")
    return [
        End(first, one, course, length_m),
        End(second or first, other, (-course[0], -course[1]), length_m),
    ]


def _box(volume: Volume) -> tuple[float, float, float, float]:
    """South, west, north, east, deg."""
    if volume.circle is not None:
        lat, lon, radius_m = volume.circle
        dlat = math.degrees(radius_m / 6_371_000.0)
        dlon = dlat / math.cos(math.radians(lat))
        return lat - dlat, lon - dlon, lat + dlat, lon + dlon
    corners = np.array([corner for ring in volume.rings for corner in ring])
    return (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())


def _shape(volume: Volume, origin: Array) -> tuple[Array, NDArray[np.int64], Array]:
    """vertices, ring ends, circle as kernel.inside takes them."""
    if volume.circle is not None:
        lat, lon, radius_m = volume.circle
        enu = enu_from_geodetic(origin, np.array([lat]), np.array([lon]), origin[2:3])
        return np.zeros((0, 2)), np.zeros(0, np.int64), np.array([enu[0, 0], enu[0, 1], radius_m])
    corners = np.array([corner for ring in volume.rings for corner in ring])
    enu = enu_from_geodetic(origin, corners[:, 0], corners[:, 1], np.full(len(corners), origin[2]))
    ends = np.cumsum([len(ring) for ring in volume.rings]).astype(np.int64)
    return np.ascontiguousarray(enu[:, :2]), ends, np.zeros(3)


def _edges(vertices: Array, _: NDArray[np.int64], circle: Array) -> tuple[float, float, float, float]:
    """West, south, east, north, m."""
    if circle[2] > 0.0:
        e, n, r = circle.tolist()
        return e - r, n - r, e + r, n + r
    return (*vertices.min(axis=0).tolist(), *vertices.max(axis=0).tolist())
