"""What actors mean to do, as legs to go: rows of LEG, and the flat map that they lie on.

A leg of kind LINE goes straight from a to b on the site's map, brakes at no more than `brake` so as to
reach b at `end`, and waits there. CIRCLE goes about a centre, FLOAT is carried by the wind, VERTICAL
keeps above b and goes to its height. Curves between lines are rounded off `lead` metres before the
corner.

    goal  FIXED  b is on the map              HERE  above where the leg began
          TO     where somebody was sent      HOME  where it took off, or its carrier
    until THERE  b is reached and `amount` s have been waited
          TURNED `amount` rad are turned      FOR   `amount` s are over
          TOP    the height of b is reached   EVER  never
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.place import Site

LINE: Final = 0
CIRCLE: Final = 1
FLOAT: Final = 2
VERTICAL: Final = 3
FIXED: Final = 0
HERE: Final = 1
TO: Final = 2
HOME: Final = 3
THERE: Final = 0
TURNED: Final = 1
FOR: Final = 2
TOP: Final = 3
EVER: Final = 4

LEG = np.dtype(
    [
        ("ax", "<f8"),  # m, map east
        ("ay", "<f8"),  # m, map north
        ("az", "<f8"),  # m above the ellipsoid
        ("bx", "<f8"),
        ("by", "<f8"),
        ("bz", "<f8"),
        ("speed", "<f8"),  # m/s; 0: the actor's cruising speed
        ("end", "<f8"),  # m/s
        ("brake", "<f8"),  # m/s²
        ("amount", "<f8"),  # s or rad, see until
        ("lead", "<f8"),  # m before b where the turn to the next leg begins
        ("radius", "<f8"),  # m, of a circle; clockwise if above 0
        ("climb", "<f8"),  # m/s, most; 0: the actor's
        ("kind", "<i8"),
        ("goal", "<i8"),
        ("until", "<i8"),
        ("direct", "<i8"),  # 1: from where the actor is when it begins the leg, whatever a says
        ("drift", "<i8"),  # 1: a circle that the wind carries, begun where the actor is
    ]
)
Point = tuple[float, float, float]
ARRIVED_M: Final = 1.5


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One row of LEG as it is made."""

    a: Point = (0.0, 0.0, 0.0)
    b: Point
    speed: float = 0.0
    end: float = 0.0
    brake: float = 2.0
    amount: float = 0.0
    lead: float = ARRIVED_M
    radius: float = 0.0
    climb: float = 0.0
    kind: int = LINE
    goal: int = FIXED
    until: int = THERE
    direct: int = 0
    drift: int = 0

    def row(self) -> tuple[float, ...]:
        """In the order of LEG."""
        return (
            *self.a,
            *self.b,
            self.speed,
            self.end,
            self.brake,
            self.amount,
            self.lead,
            self.radius,
            self.climb,
            self.kind,
            self.goal,
            self.until,
            self.direct,
            self.drift,
        )


# Of everybody, the first rows of all: go to where they were sent; stay there, or circle there.
SENT: Final = (
    Leg(b=(0.0, 0.0, 0.0), goal=TO, direct=1),
    Leg(b=(0.0, 0.0, 0.0), goal=TO, until=EVER, direct=1),
    Leg(b=(0.0, 0.0, 0.0), goal=TO, until=EVER, kind=CIRCLE),
)


class SiteMap:
    """A flat map about the site: good for steering, never used to measure."""

    def __init__(self, site: Site) -> None:
        """Scale degrees at the site."""
        north, east = metres_per_degree(np.array([site.lat_deg]), np.array([site.ground_m]))
        self.origin = np.array([site.lat_deg, site.lon_deg])
        self.metres_per_degree = np.array([north[0], east[0]])
        self.ground_m = site.ground_m

    def xy(self, place: Sequence[float]) -> tuple[float, float]:
        """East and north of the site, m."""
        return (
            float((place[1] - self.origin[1]) * self.metres_per_degree[1]),
            float((place[0] - self.origin[0]) * self.metres_per_degree[0]),
        )

    def point(self, place: Sequence[float], height_m: float) -> Point:
        """A waypoint: its own height above the ground, or the one given."""
        return (*self.xy(place), self.ground_m + (place[2] if len(place) > 2 else height_m))

    def geodetic(self, point: Point) -> NDArray[np.float64]:
        """(3,) lat_deg, lon_deg, alt_m of a map position."""
        lat, lon = self.origin + np.array([point[1], point[0]]) / self.metres_per_degree
        return np.array([lat, lon, point[2]])

    def frame(self) -> NDArray[np.float64]:
        """(5,) as kernels take it: origin lat and lon deg, m per degree north and east, ground m."""
        return np.array([*self.origin, *self.metres_per_degree, self.ground_m])


def along(start: Sequence[float], course_deg: float, distance_m: float) -> tuple[float, float]:
    """Go from a place on the map along a course."""
    course = math.radians(course_deg)
    return start[0] + distance_m * math.sin(course), start[1] + distance_m * math.cos(course)


def lines(
    points: Sequence[Point], speed: float, *, end: float | None = None, brake: float = 2.0
) -> list[Leg]:
    """Straight legs through points; `end` is the speed at each of them, as a rule the same."""
    return [
        Leg(a=a, b=b, speed=speed, end=speed if end is None else end, brake=brake)
        for a, b in pairwise(points)
    ]


def finish(legs: Sequence[Leg], turn_mps2: float, *, loop: bool = False) -> NDArray[np.void]:
    """Legs as an array of LEG, with the lead that a turn at turn_mps2 needs.

    loop  whether the first leg follows the last
    """
    out = np.array([leg.row() for leg in legs], LEG)
    for i, (leg, following) in enumerate(pairwise([*legs, legs[0]] if loop else legs)):
        if leg.kind == LINE and leg.end > 0 and leg.lead == ARRIVED_M and leg.goal == FIXED:
            begin = leg.a if not leg.direct else None
            out[i]["lead"] = _lead(begin, leg.b, following, leg.end, turn_mps2)
    return out


def _lead(a: Point | None, b: Point, following: Leg, speed: float, turn_mps2: float) -> float:
    """How far before b a turn towards the next leg begins, m: radius times tan of half the turn."""
    radius = speed * speed / turn_mps2
    if a is None or following.kind != LINE:
        return max(ARRIVED_M, 0.3 * radius)
    c = following.b
    first, second = math.dist(a[:2], b[:2]), math.dist(b[:2], c[:2])
    if first < 1.0 or second < 1.0:
        return ARRIVED_M
    inward = math.atan2(b[1] - a[1], b[0] - a[0])
    outward = math.atan2(c[1] - b[1], c[0] - b[0])
    turn = abs((outward - inward + math.pi) % (2 * math.pi) - math.pi)
    wanted = radius * math.tan(min(turn, 2.6) / 2)
    return max(ARRIVED_M, min(wanted, 0.45 * first, 0.45 * second))
