"""The kernel that shows sensors who is there: rows of the living, packed, with ECEF and claims."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.simulate.actors.fleet import Moves
from vedette.simulate.actors.flying import scale
from vedette.simulate.actors.roster import Roster
from vedette.simulate.actors.wind import profile
from vedette.simulate.geometry import ECCENTRICITY_SQ, SEMI_MAJOR_M
from vedette.simulate.world import World

Array = NDArray[np.float64]

NAC_P: Final = 9  # better than 30 m, 95 %: RTCA DO-260B, 2.2.3.2.7.1.3.8
WALK_MPS: Final = 1.4  # Bohannon (1997), Age and Ageing 26: comfortable gait of adults


@njit
def shown(
    form: Any,
    steer: Any,
    geo: Array,
    velocity: Array,
    slot: NDArray[np.int64],
    transmitter: Array,
    air: Array,
    ground_m: float,
    spoofed: Array,
    time_s: float,
    place: Array,
    moving: Array,
    ecef: Array,
    claimed: Array,
    claimed_moving: Array,
    nac_p: NDArray[np.int64],
    heading: Array,
) -> None:
    """Fill place, moving, ecef, claimed, claimed_moving (m, 3), nac_p, heading (m,) for slot (m,)."""
    for k in range(len(slot)):
        i = slot[k]
        s, f = steer[i], form[i]
        lat, lon, alt = geo[i, 0], geo[i, 1], geo[i, 2]
        ce, cn = velocity[i, 0], velocity[i, 1]
        claimed[k, 0], claimed[k, 1], claimed[k, 2] = lat, lon, alt
        nac_p[k] = NAC_P
        heading[k] = s.heading
        if s.error_x != 0.0 or s.error_y != 0.0:
            north, east = scale(lat, alt)
            claimed[k, 0] += s.error_y / north
            claimed[k, 1] += s.error_x / east
        if s.lost == 1:
            nac_p[k] = 0
            if f.inertial == 0:
                lift = profile(alt - ground_m, air[2]) if alt > ground_m else 0.0
                ce -= lift * air[0]
                cn -= lift * air[1]
        elif f.navigates == 1:
            for j in range(len(spoofed)):
                if spoofed[j, 3] <= time_s < spoofed[j, 4]:
                    north, east = scale(lat, alt)
                    dy, dx = (lat - spoofed[j, 0]) * north, (lon - spoofed[j, 1]) * east
                    if math.hypot(dx, dy) < spoofed[j, 2]:
                        claimed[k, 0] += spoofed[j, 5]
                        claimed[k, 1] += spoofed[j, 6]
        claimed_moving[k, 0], claimed_moving[k, 1], claimed_moving[k, 2] = ce, cn, velocity[i, 2]
        moving[k, 0], moving[k, 1], moving[k, 2] = velocity[i, 0], velocity[i, 1], velocity[i, 2]
        if transmitter[i, 0] == transmitter[i, 0]:  # nothing flies: what is heard comes from the ground
            lat, lon, alt = transmitter[i, 0], transmitter[i, 1], transmitter[i, 2]
            moving[k, 0] = moving[k, 1] = moving[k, 2] = 0.0
        place[k, 0], place[k, 1], place[k, 2] = lat, lon, alt
        sin_lat, cos_lat = math.sin(math.radians(lat)), math.cos(math.radians(lat))
        prime = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_SQ * sin_lat * sin_lat)
        flat = (prime + alt) * cos_lat
        ecef[k, 0] = flat * math.cos(math.radians(lon))
        ecef[k, 1] = flat * math.sin(math.radians(lon))
        ecef[k, 2] = (prime * (1.0 - ECCENTRICITY_SQ) + alt) * sin_lat


def seen_now(roster: Roster, moves: Moves, start_ns: int, time_ns: int, dt_ns: int) -> World:
    """What sensors are shown of everybody who is there."""
    slot = np.flatnonzero(moves.alive)
    place, moving, ecef, claimed, claimed_moving = np.empty((5, len(slot), 3))
    nac_p, heading = np.empty(len(slot), np.int64), np.empty(len(slot))
    shown(
        roster.form,
        moves.steer,
        moves.geo,
        moves.velocity,
        slot,
        roster.transmitter_geo,
        roster.air,
        roster.map.ground_m,
        roster.spoofed,
        moves.time_s,
        place,
        moving,
        ecef,
        claimed,
        claimed_moving,
        nac_p,
        heading,
    )
    return World(
        roster=roster,
        start_ns=start_ns,
        time_ns=time_ns,
        dt_ns=dt_ns,
        slot=slot,
        life=moves.life[slot],
        geo=place,
        velocity=moving,
        ecef=ecef,
        claimed_geo=claimed,
        claimed_velocity=claimed_moving,
        nac_p=nac_p,
        body=roster.body[slot],
        pilot_geo=pilots(roster, moves, slot),
        heading_deg=heading,
    )


def pilots(roster: Roster, moves: Moves, slot: NDArray[np.int64]) -> Array:
    """Where the pilots of slot (m,) stand, (m, 3) lat, lon deg, m above the ellipsoid; NaN: nobody."""
    out = roster.pilot_geo.copy() if roster.walkers or roster.riders.size else roster.pilot_geo
    for i in roster.walkers:
        member = roster.members[i]
        walked = WALK_MPS * (moves.time_s - moves.steer["born_s"][i] - member.pilot_leaves_s)
        if moves.alive[i] and walked > 0.0:
            out[i, :2] = _walked(roster, i, float(walked))
    riding = roster.riders[moves.alive[roster.form["carrier"][roster.riders]]]
    out[riding, :2] = moves.geo[roster.form["carrier"][riding], :2]
    return out[slot]


def _walked(roster: Roster, i: int, distance_m: float) -> Array:
    """Latitude and longitude so far along a pilot's walk."""
    member = roster.members[i]
    way = np.array([roster.map.xy(place) for place in (member.pilot or (), *member.pilot_walk)])
    gone = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))))
    x, y = (float(np.interp(distance_m, gone, way[:, axis])) for axis in (0, 1))
    return roster.map.geodetic((x, y, 0.0))[:2]
