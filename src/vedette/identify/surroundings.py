"""What can be where: nothing drives on water, nothing floats on land, and what drives keeps to roads.

A radar that has no word for cars calls a lorry what it likes, and the height of one far away does not tell it
from a low drone. But it keeps to a road. How far a place and a course speak for one is, in nats,

    log(N(away; 0, sd) / density) + log(N(askew; 0, turn) * pi)

against what flies anywhere, in any direction, where there is so much road to an area: a street in a town says
little. A straight road is kept to or not: looks at it are
of one piece, so they are averaged over SETTLES_S and never added up. It speaks for what drives, no further
than MOST_NATS, as far as no height that was kept speaks against it (`ground.denies`): a drone that follows a
road is above it.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.surface import Ring, Surface
from vedette.identify.evidence import leaning
from vedette.kernel.lines import nearest
from vedette.kernel.outline import outside_m

Array = NDArray[np.float64]

_DEG_M: Final = 111_195.0  # of latitude, on the sphere
_VEHICLE, _VESSEL = CLASSES.index("ground_vehicle"), CLASSES.index("vessel")
_MAP_M: Final = 10.0  # what a map is off by: maps of public sources are within
_AROUND_M: Final = 1_000.0  # in which the density of roads is counted
_APART_M: Final = 800.0  # roads are no further apart than this, whether the map tells them or not
_TURN_RAD: Final = 0.15  # a bend that a line cuts off
_MOVES_MPS: Final = 3.0  # what stands has no course
_LOST_M: Final = 100.0  # a place so badly known tells no road from the next
_SETTLES_S: Final = 25.0
_MOST_NATS: Final = 4.0
_TOLD_NATS: Final = 2.0
_LEAST_SHARE: Final = 1e-3  # somebody may be wrong about a shore
_NO_CIRCLE: Final = np.zeros(3)


class There(NamedTuple):
    """What the surroundings say of one track.

    drives, floats  log of how far it can be a vehicle, a vessel where it is; 0 where nobody knows
    road            how far it keeps to a road, nats
    """

    drives: float = 0.0
    floats: float = 0.0
    road: float = 0.0


ANYWHERE: Final = There()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A map on a plane, m from its middle (2,) lat deg, lon deg.

    mapped, water  polygons: corners (v, 2), and one past each ring's last one (k,)
    segments       (s, 5) of roads, see `kernel.lines`
    """

    middle: Array
    mapped: tuple[tuple[Array, NDArray[np.int64]], ...]
    water: tuple[tuple[Array, NDArray[np.int64]], ...]
    segments: Array


def on_a_plane(surface: Surface) -> Surroundings | None:
    """A map as it is asked; None where nothing is on it."""
    corners = [point for shape in (*surface.mapped, *surface.water) for ring in shape for point in ring]
    corners += [point for road in surface.roads for point in road.points]
    if not corners:
        return None
    middle = np.array(corners).mean(axis=0)
    pieces = []
    for road in surface.roads:
        line = _plane(middle, np.array(road.points))
        half = np.full((len(line) - 1, 1), 0.5 * road.width_m)
        pieces.append(np.hstack((line[:-1], line[1:], half)))
    return Surroundings(
        middle,
        tuple(_polygon(middle, shape) for shape in surface.mapped),
        tuple(_polygon(middle, shape) for shape in surface.water),
        np.vstack(pieces) if pieces else np.zeros((0, 5)),
    )


def there(of: Surroundings, rows: NDArray[np.void], before: Array, since_s: Array) -> list[There]:
    """What the surroundings say of rows (n,) of TRACK.

    before   (n,) how far each kept to a road when last asked, nats
    since_s  (n,) how long ago
    """
    points = _plane(of.middle, np.stack((rows["lat_deg"], rows["lon_deg"]), axis=1))
    sd = np.hypot(rows["sd_major_m"].astype(np.float64), _MAP_M)
    near = nearest(points, of.segments, _AROUND_M)
    said = _road(near, rows, sd)
    share = np.minimum(np.maximum(since_s, 0.0) / _SETTLES_S, 1.0)
    road = np.where(np.isnan(said), before, before + share * (np.nan_to_num(said) - before))
    wet = np.full(len(rows), np.nan)
    known = _within(of.mapped, points) < -2.0 * sd  # of what may be beyond the map nobody knows
    if known.any():
        wet[known] = _cdf(-_within(of.water, points[known]) / sd[known])
    bridge = near[:, 0] < 2.0 * sd
    drives = np.where(bridge, 0.0, np.log(np.maximum(1.0 - np.nan_to_num(wet), _LEAST_SHARE)))
    floats = np.log(np.maximum(np.where(np.isnan(wet), 1.0, wet), _LEAST_SHARE))
    return [There(*each) for each in zip(drives.tolist(), floats.tolist(), road.tolist(), strict=True)]


def words(where: There, denies: float) -> list[str]:
    """What a person is told of it."""
    return ["keeps to a road of the map"] if where.road + denies >= _TOLD_NATS else []


def weighed(p: Array, where: There, denies: float) -> Array:
    """Class probabilities with what the surroundings say in them; denies: what height says, 0 or less."""
    road = min(max(where.road + denies, 0.0), _MOST_NATS)
    if where.drives == where.floats == road == 0.0:
        return p
    return leaning(leaning(p, _VEHICLE, where.drives + road), _VESSEL, where.floats)


def _road(near: Array, rows: NDArray[np.void], sd: Array) -> Array:
    """How far each row (n,) is on the nearest road and along it, nats; NaN where that is not known."""
    east, north = rows["v_east_mps"].astype(np.float64), rows["v_north_mps"].astype(np.float64)
    speed = np.hypot(east, north)
    moves = (speed > _MOVES_MPS) & (sd < _LOST_M) & np.isfinite(near[:, 0])
    out = np.full(len(rows), np.nan)
    askew = np.abs((np.arctan2(east, north) - near[:, 1] + np.pi / 2) % np.pi - np.pi / 2)[moves]
    turn = np.hypot(rows["speed_sd_mps"][moves] / speed[moves], _TURN_RAD)
    across = math.sqrt(2.0 * math.pi) * sd[moves] + 2.0 * near[moves, 2]
    apart = np.minimum(math.pi * _AROUND_M**2 / np.maximum(near[moves, 3], 1.0), _APART_M)
    out[moves] = np.log(apart / across) - 0.5 * (near[moves, 0] / sd[moves]) ** 2
    out[moves] += np.log(math.pi / (math.sqrt(2.0 * math.pi) * turn)) - 0.5 * (askew / turn) ** 2
    said: Array = np.maximum(out, -_MOST_NATS)
    return said


def _within(shapes: tuple[tuple[Array, NDArray[np.int64]], ...], points: Array) -> Array:
    """How far points (n, 2) are from the nearest shore of some shapes, m; negative inside one."""
    out = np.full(len(points), np.inf)
    for vertices, ring_end in shapes:
        out = np.minimum(out, outside_m(points, vertices, ring_end, _NO_CIRCLE))
    return out


def _cdf(x: Array) -> Array:
    """The normal distribution, by its logistic likeness: within 0.01 of it."""
    out: Array = 1.0 / (1.0 + np.exp(-1.702 * np.clip(x, -20.0, 20.0)))
    return out


def _plane(middle: Array, places: Array) -> Array:
    """(n, 2) m east and north of a middle, of lat deg, lon deg: a map of a site, all in one scale."""
    off = (places - middle) * _DEG_M
    return np.stack((off[:, 1] * math.cos(math.radians(middle[0])), off[:, 0]), axis=1)


def _polygon(middle: Array, shape: list[Ring]) -> tuple[Array, NDArray[np.int64]]:
    corners = _plane(middle, np.array([point for ring in shape for point in ring]))
    return corners, np.cumsum([len(ring) for ring in shape]).astype(np.int64)
