"""Airliners and other aeroplanes on procedures: approaches, departures, airways, circuits.

Final at 140 kt on 3° (ICAO Doc 8168 category C/D, 115 to 185 kt), no more than 250 kt below 10,000 ft
(ICAO Annex 11, app. 4); landing roll braked at 1.8 m/s² (autobrake medium). Changes of level at
1,500 ft/min. Aerodrome circuit: left-hand at 1,000 ft (FAA-H-8083-3C, Airplane Flying Handbook, 8).
"""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import FT_M, KT_MPS, NM_M
from vedette.simulate.actors.envelopes import ENVELOPES
from vedette.simulate.actors.legs import Leg, Point, SiteMap, along, finish, lines
from vedette.simulate.spec.actors import Arrival, Departure, Jet, LightAircraft, Overflight, Runway

GLIDE_TAN: Final = math.tan(math.radians(3.0))
THRESHOLD_HEIGHT_M: Final = 15.0
AIRLINER_TURN_MPS2: Final = 2.3
_LEVEL_CHANGE_MPS: Final = 1_500 * FT_M / 60.0


def _leg(a: Point, b: Point, speed: float, end: float, brake: float) -> Leg:
    return Leg(a=a, b=b, speed=speed, end=end, brake=brake)


def arrival_legs(site: SiteMap, arrival: Arrival) -> NDArray[np.void]:
    """Base leg, final on the 3° path, touchdown 300 m behind the threshold, roll-out to 8 m/s."""
    runway = arrival.runway
    ground = site.ground_m
    threshold = site.xy((runway.lat_deg, runway.lon_deg))
    back = runway.course_deg + 180.0

    def on_final(distance_m: float) -> Point:
        x, y = along(threshold, back, distance_m)
        return x, y, ground + THRESHOLD_HEIGHT_M + distance_m * GLIDE_TAN

    joined = arrival.from_nm * NM_M
    slow = min(4.0 * NM_M, joined / 2)
    base_m = abs(arrival.base_nm) * NM_M
    side = math.copysign(90.0, arrival.base_nm)
    corner = on_final(joined)
    legs: list[Leg] = []
    if base_m > 1.0:
        begin_xy = along(corner[:2], runway.course_deg + side, base_m)
        begin = (*begin_xy, corner[2] + base_m * GLIDE_TAN)
        legs.append(_leg(begin, corner, 250 * KT_MPS, 210 * KT_MPS, 0.25))
    touch = (*along(threshold, runway.course_deg, 300.0), ground)
    stop = (*along(threshold, runway.course_deg, min(2_000.0, runway.length_m)), ground)
    legs += [
        _leg(corner, on_final(slow), 200 * KT_MPS, 140 * KT_MPS, 0.25),
        _leg(on_final(slow), on_final(0.0), 140 * KT_MPS, 138 * KT_MPS, 0.5),
        _leg(on_final(0.0), touch, 138 * KT_MPS, 130 * KT_MPS, 0.5),
        _leg(touch, stop, 130 * KT_MPS, 8.0, 1.8),
    ]
    return finish(legs, AIRLINER_TURN_MPS2)


def departure_legs(site: SiteMap, departure: Departure) -> NDArray[np.void]:
    """Take-off roll of 1,700 m, climb at 7° to 4,000 ft, turn to the course, climb on at 5°."""
    runway = departure.runway
    ground = site.ground_m
    start = site.xy((runway.lat_deg, runway.lon_deg))
    lift = (*along(start, runway.course_deg, 1_700.0), ground)
    high_m = 1_220.0
    turn = (*along(lift[:2], runway.course_deg, high_m / math.tan(math.radians(7.0))), ground + high_m)
    far_m = departure.distance_nm * NM_M
    away = (*along(turn[:2], departure.course_deg, far_m), turn[2] + far_m * math.tan(math.radians(4.5)))
    legs = [
        _leg((*start, ground), lift, 155 * KT_MPS, 155 * KT_MPS, 1.0),
        _leg(lift, turn, 180 * KT_MPS, 180 * KT_MPS, 1.0),
        _leg(turn, away, 250 * KT_MPS, 250 * KT_MPS, 1.0),
    ]
    return finish(legs, AIRLINER_TURN_MPS2)


def overflight_legs(site: SiteMap, flight: Overflight) -> NDArray[np.void]:
    """Level between waypoints; the change to the next level begins at the waypoint before it."""
    points = [site.point(place, flight.height_m) for place in flight.waypoints]
    legs = [
        Leg(
            a=(a[0], a[1], b[2]) if i else a,
            b=b,
            speed=flight.speed_mps,
            end=flight.speed_mps,
            climb=_LEVEL_CHANGE_MPS,
        )
        for i, (a, b) in enumerate(pairwise(points))
    ]
    return finish(legs, AIRLINER_TURN_MPS2)


def waypoint_legs(
    site: SiteMap, flight: Jet | LightAircraft, turn_mps2: float
) -> tuple[NDArray[np.void], int | None]:
    """Through waypoints, round and round if it loops: legs, and the one that follows the last."""
    points = [site.point(place, flight.height_m) for place in flight.waypoints]
    if flight.loop:
        points.append(points[0])
    legs = finish(lines(points, flight.speed_mps), turn_mps2, loop=flight.loop)
    return legs, 0 if flight.loop else None


def circuit_legs(site: SiteMap, flight: LightAircraft, runway: Runway) -> NDArray[np.void]:
    """Take off, go round, touch down, take off again; after the last one it stops."""
    ground, level = site.ground_m, site.ground_m + flight.height_m
    threshold = site.xy((runway.lat_deg, runway.lon_deg))
    course = runway.course_deg
    side = 90.0 if flight.right_hand else -90.0
    cruise = flight.speed_mps

    def at(ahead_m: float, across_m: float, z: float) -> Point:
        return (*along(along(threshold, course, ahead_m), course + side, across_m), z)

    base_m = 1_800.0
    base_z = ground + THRESHOLD_HEIGHT_M + base_m * GLIDE_TAN
    touch = at(250.0, 0.0, ground)
    legs = [_leg(at(0.0, 0.0, ground), at(450.0, 0.0, ground), 33.0, 33.0, 1.0)]
    for number in range(flight.circuits):
        first = at(450.0 if number == 0 else 600.0, 0.0, ground)
        turn = at(3_400.0, 0.0, level)
        legs += [
            _leg(first, turn, 38.0, 38.0, 1.0),
            _leg(turn, at(3_400.0, 1_300.0, level), 42.0, 42.0, 1.0),
            _leg(at(3_400.0, 1_300.0, level), at(0.0, 1_300.0, level), cruise, cruise, 1.0),
            _leg(at(0.0, 1_300.0, level), at(-base_m, 1_300.0, base_z + 60.0), 42.0, 40.0, 1.0),
            _leg(at(-base_m, 1_300.0, base_z + 60.0), at(-base_m, 0.0, base_z), 38.0, 36.0, 1.0),
            _leg(at(-base_m, 0.0, base_z), at(0.0, 0.0, ground + THRESHOLD_HEIGHT_M), 33.0, 31.0, 1.0),
            _leg(at(0.0, 0.0, ground + THRESHOLD_HEIGHT_M), touch, 31.0, 29.0, 1.0),
        ]
        if number + 1 < flight.circuits:
            legs.append(_leg(touch, at(600.0, 0.0, ground), 33.0, 33.0, 1.0))
    legs.append(_leg(touch, at(min(700.0, runway.length_m), 0.0, ground), 28.0, 5.0, 1.2))
    return finish(legs, ENVELOPES["light"].lateral_mps2 * 0.8)
