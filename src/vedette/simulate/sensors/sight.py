"""What one station can see of everybody, in one pass: who is near enough, where, and above what.

A row is in sight if it is within the range, above the smooth 4/3 earth of the site, and no hill of the
scenario's terrain stands between. Only rows in range cost angles, and only those above the horizon
cost a walk over the terrain.

Sources: Skolnik (2008), Radar Handbook, 26.4, for the 4/3 earth.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.jit import njit
from vedette.simulate.geometry import EFFECTIVE_RADIUS_M, Station, ecef_from_geodetic, enu_from_ecef_rotation
from vedette.simulate.terrain import Terrain, clear
from vedette.simulate.world import World

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
_DEG: Final = 180.0 / math.pi


@dataclass(frozen=True)
class Seen:
    """Targets in sight of one station at one instant: one row each.

    row             (k,)    row of the World
    enu             (k, 3)  m east, north, up of the station
    range_m         (k,)    slant
    azimuth_deg     (k,)    0 to 360, from true north
    elevation_deg   (k,)
    range_rate_mps  (k,)    positive moves away
    """

    row: Ints
    enu: Array
    range_m: Array
    azimuth_deg: Array
    elevation_deg: Array
    range_rate_mps: Array

    def __len__(self) -> int:
        """How many."""
        return len(self.row)

    def only(self, which: NDArray[np.bool_] | Ints) -> "Seen":
        """Some of the rows."""
        return Seen(
            self.row[which],
            self.enu[which],
            self.range_m[which],
            self.azimuth_deg[which],
            self.elevation_deg[which],
            self.range_rate_mps[which],
        )


class Sight:
    """The eyes of one sensor: where it stands, how far it can see at best, over what terrain."""

    def __init__(self, station: Station, range_max_m: float, terrain: Terrain | None = None) -> None:
        """range_max_m is the slant range beyond which nothing is looked at."""
        self.station = station
        self.range_max_m = range_max_m
        self.terrain = terrain
        place = np.array([[station.lat_deg, station.lon_deg, station.alt_m]])
        self._ecef = ecef_from_geodetic(place)[0]
        self._rotation = enu_from_ecef_rotation(station.lat_deg, station.lon_deg)

    def see(self, world: World, at_ns: int, *, bodies: bool = True) -> Seen:
        """Everybody in sight at an instant of the tick.

        bodies  leave out what is only heard: forged flights
        """
        station = self.station
        enu, polar = _look(
            world.ecef,
            world.geo,
            world.velocity,
            (at_ns - world.time_ns) / NS_PER_S,
            self._ecef,
            self._rotation,
            self.range_max_m,
            station.ground_m,
            math.sqrt(2.0 * EFFECTIVE_RADIUS_M * max(station.alt_m - station.ground_m, 0.0)),
        )
        row = polar[:, 4].astype(np.int64)
        seen = Seen(row, enu, polar[:, 0], polar[:, 1], polar[:, 2], polar[:, 3])
        if bodies and not world.body.all():
            seen = seen.only(world.body[row])
        if self.terrain is None or not len(seen):
            return seen
        here = (station.lat_deg, station.lon_deg, station.alt_m)
        return seen.only(clear(self.terrain, here, np.ascontiguousarray(world.geo[seen.row])))


@njit
def _look(
    ecef: Array,
    geo: Array,
    velocity: Array,
    ahead_s: float,
    here: Array,
    rotation: Array,
    range_max_m: float,
    ground_m: float,
    horizon_m: float,
) -> tuple[Array, Array]:
    """Rows in range and above the horizon.

    ecef, geo, velocity  (m, 3)  as in World, carried ahead by ahead_s in east, north, up
    here, rotation       (3,), (3, 3)  the station's ECEF and enu_from_ecef
    horizon_m            how far the station sees over ground_m

    Returns (k, 3) enu and (k, 5) range m, azimuth deg, elevation deg, range rate m/s, row.
    """
    m = len(ecef)
    enu = np.empty((m, 3))
    polar = np.empty((m, 5))
    most = range_max_m * range_max_m
    near = (range_max_m + 1_000.0) ** 2
    k = 0
    for i in range(m):
        x, y, z = ecef[i, 0] - here[0], ecef[i, 1] - here[1], ecef[i, 2] - here[2]
        if x * x + y * y + z * z > near:
            continue
        ve, vn, vu = velocity[i, 0], velocity[i, 1], velocity[i, 2]
        e = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z + ve * ahead_s
        n = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z + vn * ahead_s
        u = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z + vu * ahead_s
        square = e * e + n * n + u * u
        if square >= most:
            continue
        away = math.sqrt(square)
        if away >= horizon_m + math.sqrt(2.0 * EFFECTIVE_RADIUS_M * max(geo[i, 2] - ground_m, 0.0)):
            continue
        enu[k, 0], enu[k, 1], enu[k, 2] = e, n, u
        polar[k, 0] = away
        polar[k, 1] = (math.atan2(e, n) * _DEG) % 360.0
        polar[k, 2] = math.atan2(u, math.sqrt(e * e + n * n)) * _DEG
        polar[k, 3] = (e * ve + n * vn + u * vu) / max(away, 1.0)
        polar[k, 4] = i
        k += 1
    return enu[:k].copy(), polar[:k].copy()
