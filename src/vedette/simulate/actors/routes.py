"""What actors mean to do, as legs to fly: missions, approaches and departures.

A leg goes straight from a to b on the site's map (east and north of the site in metres, height above
the ellipsoid), cruises at `speed`, brakes at no more than `brake` so as to reach b at `end`, and
waits there for `hold`. Curves are polygons that the actor rounds off.

Envelopes: final at 140 kt on 3° (ICAO Doc 8168 category C/D, 115 to 185 kt), no more than 250 kt below
10,000 ft (ICAO Annex 11, app. 4); landing roll braked at 1.8 m/s² (autobrake medium); small
multirotors climb at up to 5 m/s, sink at 3 m/s, and speed up by 4 m/s².
"""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import KT_MPS, NM_M
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.actors import Arrival, Departure, Hover, Mission, Multirotor, Orbit, Route, Survey
from vedette.simulate.spec.place import Place, Site

LEG = np.dtype(
    [
        ("a", "<f8", (3,)),  # m, map east, map north, above the ellipsoid
        ("b", "<f8", (3,)),
        ("speed", "<f8"),  # m/s
        ("end", "<f8"),  # m/s
        ("brake", "<f8"),  # m/s²
        ("hold", "<f8"),  # s
        ("lead", "<f8"),  # m before b where the turn to the next leg begins
    ]
)
Point = tuple[float, float, float]
Legs = list[tuple[Point, Point, float, float, float, float]]

GLIDE_TAN: Final = math.tan(math.radians(3.0))
THRESHOLD_HEIGHT_M: Final = 15.0
AIRLINER_TURN_MPS2: Final = 2.5
MULTIROTOR_MPS2: Final = 4.0
ORBIT_CORNERS: Final = 48


class SiteMap:
    """A flat map about the site: good for steering, never used to measure."""

    def __init__(self, site: Site) -> None:
        """Scale degrees at the site."""
        north, east = metres_per_degree(np.array([site.lat_deg]), np.array([site.ground_m]))
        self.origin = np.array([site.lat_deg, site.lon_deg])
        self.metres_per_degree = np.array([north[0], east[0]])
        self.ground_m = site.ground_m

    def xy(self, place: Place) -> tuple[float, float]:
        """East and north of the site, m."""
        north, east = (np.asarray(place) - self.origin) * self.metres_per_degree
        return float(east), float(north)

    def position(self, geo: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) map position of (n, 3) lat_deg, lon_deg, alt_m."""
        out = geo[:, [1, 0, 2]].copy()
        out[:, 0] = (geo[:, 1] - self.origin[1]) * self.metres_per_degree[1]
        out[:, 1] = (geo[:, 0] - self.origin[0]) * self.metres_per_degree[0]
        return out

    def geodetic(self, point: Point) -> NDArray[np.float64]:
        """(3,) lat_deg, lon_deg, alt_m of a map position."""
        lat, lon = self.origin + np.array([point[1], point[0]]) / self.metres_per_degree
        return np.array([lat, lon, point[2]])


def _along(start: tuple[float, float], course_deg: float, distance_m: float) -> tuple[float, float]:
    """Go from a place on the map along a course."""
    course = math.radians(course_deg)
    return start[0] + distance_m * math.sin(course), start[1] + distance_m * math.cos(course)


def finish(legs: Legs, turn_mps2: float) -> NDArray[np.void]:
    """Legs as an array of LEG, with the lead that a turn at turn_mps2 needs."""
    out = np.zeros(len(legs), LEG)
    for i, (a, b, speed, end, brake, hold) in enumerate(legs):
        out[i] = (a, b, speed, end, brake, hold, 1.5)
        if i + 1 < len(legs) and end > 0:
            following = legs[i + 1]
            out[i]["lead"] = _lead(a, b, following[1], end, turn_mps2)
    return out


def _lead(a: Point, b: Point, c: Point, speed: float, turn_mps2: float) -> float:
    """How far before b a turn towards c begins, m: radius times tan of half the turn."""
    first, second = math.dist(a[:2], b[:2]), math.dist(b[:2], c[:2])
    if first < 1.0 or second < 1.0:
        return 1.5
    inward = math.atan2(b[1] - a[1], b[0] - a[0])
    outward = math.atan2(c[1] - b[1], c[0] - b[0])
    turn = abs((outward - inward + math.pi) % (2 * math.pi) - math.pi)
    wanted = speed * speed / turn_mps2 * math.tan(min(turn, 2.6) / 2)
    return max(1.5, min(wanted, 0.45 * first, 0.45 * second))


def arrival_legs(site: SiteMap, arrival: Arrival) -> NDArray[np.void]:
    """Base leg, final on the 3° path, touchdown 300 m behind the threshold, roll-out to 8 m/s."""
    runway = arrival.runway
    ground = site.ground_m
    threshold = site.xy((runway.lat_deg, runway.lon_deg))
    back = runway.course_deg + 180.0

    def on_final(distance_m: float, extra_m: float = 0.0) -> Point:
        x, y = _along(threshold, back, distance_m)
        return x, y, ground + THRESHOLD_HEIGHT_M + (distance_m + extra_m) * GLIDE_TAN

    joined = arrival.from_nm * NM_M
    slow = min(4.0 * NM_M, joined / 2)
    base_m = abs(arrival.base_nm) * NM_M
    side = math.copysign(90.0, arrival.base_nm)
    corner = on_final(joined)
    begin_xy = _along(corner[:2], runway.course_deg + side, base_m)
    begin = (*begin_xy, corner[2] + base_m * GLIDE_TAN)
    legs: Legs = []
    if base_m > 1.0:
        legs.append((begin, corner, 250 * KT_MPS, 210 * KT_MPS, 0.25, 0.0))
    legs.append((corner, on_final(slow), 200 * KT_MPS, 140 * KT_MPS, 0.25, 0.0))
    legs.append((on_final(slow), on_final(0.0), 140 * KT_MPS, 138 * KT_MPS, 0.5, 0.0))
    touch = (*_along(threshold, runway.course_deg, 300.0), ground)
    stop = (*_along(threshold, runway.course_deg, min(2_000.0, runway.length_m)), ground)
    legs.append((on_final(0.0), touch, 138 * KT_MPS, 130 * KT_MPS, 0.5, 0.0))
    legs.append((touch, stop, 130 * KT_MPS, 8.0, 1.8, 0.0))
    return finish(legs, AIRLINER_TURN_MPS2)


def departure_legs(site: SiteMap, departure: Departure) -> NDArray[np.void]:
    """Take-off roll of 1,700 m, climb at 7° to 4,000 ft, turn to the course, climb on at 5°."""
    runway = departure.runway
    ground = site.ground_m
    start = site.xy((runway.lat_deg, runway.lon_deg))
    lift = (*_along(start, runway.course_deg, 1_700.0), ground)
    high_m = 1_220.0
    turn = (*_along(lift[:2], runway.course_deg, high_m / math.tan(math.radians(7.0))), ground + high_m)
    far_m = departure.distance_nm * NM_M
    away = (*_along(turn[:2], departure.course_deg, far_m), turn[2] + far_m * math.tan(math.radians(4.5)))
    legs: Legs = [
        ((*start, ground), lift, 155 * KT_MPS, 155 * KT_MPS, 1.0, 0.0),
        (lift, turn, 180 * KT_MPS, 180 * KT_MPS, 1.0, 0.0),
        (turn, away, 250 * KT_MPS, 250 * KT_MPS, 1.0, 0.0),
    ]
    return finish(legs, AIRLINER_TURN_MPS2)


def multirotor_legs(site: SiteMap, drone: Multirotor) -> NDArray[np.void]:
    """Take-off at home, the mission at its height, home again; airborne starts in the mission."""
    level = site.ground_m + drone.height_m
    home = site.xy(drone.home)
    points, speed, hold, back = _mission_points(site, drone.mission, drone.speed_mps, home)
    track: list[Point] = [(x, y, level) for x, y in points]
    legs: Legs = []
    if not drone.airborne:
        over_home: Point = (*home, level)
        legs.append(((*home, site.ground_m), over_home, 4.0, 0.0, 2.0, 2.0))
        track.insert(0, over_home)
    elif len(track) == 1:
        track.append(track[0])
    for a, b in pairwise(track):
        legs.append((a, b, drone.speed_mps, speed, 2.0, 0.0))
    legs = _slow_corners(legs)
    a, b, cruise, end, brake, _ = legs[-1]
    legs[-1] = (a, b, cruise, 0.0 if hold or back else end, brake, hold)
    if back:
        over: Point = (*home, level)
        legs.append((legs[-1][1], over, drone.speed_mps, 0.0, 2.0, 2.0))
        legs.append((over, (*home, site.ground_m), 2.0, 0.0, 1.0, 0.0))
    return finish(legs, MULTIROTOR_MPS2)


def _slow_corners(legs: Legs) -> Legs:
    """Slow down for sharp corners: full speed up to 20°, 2 m/s for a reversal."""
    out: Legs = []
    for i, (a, b, speed, end, brake, hold) in enumerate(legs):
        slower = end
        if i + 1 < len(legs) and end > 0:
            c = legs[i + 1][1]
            u = np.array([b[0] - a[0], b[1] - a[1]])
            v = np.array([c[0] - b[0], c[1] - b[1]])
            size = float(np.hypot(*u) * np.hypot(*v))
            cosine = float(u @ v) / size if size > 0 else 1.0
            slower = end if cosine > math.cos(math.radians(20.0)) else max(2.0, end * 0.5 * (1 + cosine))
        out.append((a, b, speed, slower, brake, hold))
    return out


def _mission_points(
    site: SiteMap, mission: Mission, speed_mps: float, home: tuple[float, float]
) -> tuple[list[tuple[float, float]], float, float, bool]:
    """Points on the map, speed at them, wait at the last one, and whether to go home then.

    home  on the map: a circle is begun where it is nearest
    """
    match mission:
        case Hover():
            return [site.xy(mission.at)], 0.0, mission.hold_s, True
        case Route():
            return [site.xy(place) for place in mission.waypoints], speed_mps, 0.0, mission.return_home
        case Orbit():
            centre = site.xy(mission.centre)
            count = max(2, round(abs(mission.turns) * ORBIT_CORNERS))
            step = math.copysign(360.0 / ORBIT_CORNERS, mission.turns)
            begin = math.degrees(math.atan2(home[0] - centre[0], home[1] - centre[1]))
            ring = [_along(centre, begin + k * step, mission.radius_m) for k in range(count + 1)]
            return ring, speed_mps, 0.0, True
        case Survey():
            return _survey_points(site, mission), speed_mps, 0.0, True


def _survey_points(site: SiteMap, survey: Survey) -> list[tuple[float, float]]:
    """Ends of the lines of a lawnmower pattern, to and fro."""
    centre = site.xy(survey.centre)
    lines = max(2, round(survey.width_m / survey.spacing_m) + 1)
    points = []
    for k in range(lines):
        across = (k - (lines - 1) / 2) * survey.spacing_m
        middle = _along(centre, survey.heading_deg + 90.0, across)
        half = survey.length_m / 2 * (1 if k % 2 else -1)
        points.append(_along(middle, survey.heading_deg, half))
        points.append(_along(middle, survey.heading_deg, -half))
    return points
