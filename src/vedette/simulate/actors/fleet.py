"""All actors of a scenario at once: who they are (Fleet) and how they move (Moves, advance).

Each actor is a point mass. Something it wants to do gives a wanted velocity; it gets there with a
bounded acceleration, so nothing jumps, turns on the spot or stops dead. Three ways to want:

ROUTE   fly the legs of routes.py: head for a point a few seconds ahead on the leg, brake in time
FOLLOW  keep an offset to a leader, with a slow wander of its own
WANDER  hold a speed on a course that drifts (Ornstein-Uhlenbeck turn rate), turn back to the centre

Positions are integrated on the ellipsoid, so velocities are true east, north and up. There is no
wind, and an airliner's path does not know the curvature of the earth (3 m at 6 km).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors.roster import FOLLOW, ROUTE, WANDER, Roster
from vedette.simulate.geometry import metres_per_degree

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_TURN_TAU_S: Final = 6.0
_TURN_SD_DEG_S: Final = 6.0
_JITTER_TAU_S: Final = 5.0


@dataclass(frozen=True)
class Moves:
    """Where every actor is: one row an actor, alive or not.

    geo         (n, 3)  lat_deg, lon_deg, m above the ellipsoid
    velocity    (n, 3)  m/s east, north, up
    alive       (n,)
    leg         (n,)    index into Roster.legs of the leg being flown
    wait_s      (n,)    what is left of the wait at the end of the leg
    start_s     (n,)    when it appears next; inf never
    life        (n,)    how often it has appeared
    course_deg  (n,)    of wanderers, and their turn_deg_s
    level_m     (n,)    height that a wanderer wants, above the ellipsoid
    jitter      (n, 3)  m, wander of a follower about its place
    time_s      seconds since the scenario's start
    """

    geo: Array
    velocity: Array
    alive: NDArray[np.bool_]
    leg: Ints
    wait_s: Array
    start_s: Array
    life: Ints
    course_deg: Array
    turn_deg_s: Array
    level_m: Array
    jitter: Array
    time_s: float = 0.0


def begin(roster: Roster, time_s: float) -> Moves:
    """Nobody has appeared yet."""
    n = len(roster)
    return Moves(
        geo=np.zeros((n, 3)),
        velocity=np.zeros((n, 3)),
        alive=np.zeros(n, bool),
        leg=roster.first_leg.copy(),
        wait_s=np.zeros(n),
        start_s=roster.start_s.copy(),
        life=np.zeros(n, np.int64),
        course_deg=np.zeros(n),
        turn_deg_s=np.zeros(n),
        level_m=np.zeros(n),
        jitter=np.zeros((n, 3)),
        time_s=time_s,
    )


def advance(roster: Roster, moves: Moves, dt_s: float, rng: np.random.Generator) -> Moves:
    """Carry all actors forward by dt_s. The arguments are not touched, but for rng."""
    moves = appear(roster, moves, rng)
    draws = rng.standard_normal((len(roster), 5))
    place = roster.map.position(moves.geo)
    wanted = moves.velocity.copy()
    leg, wait_s, ended = _fly_legs(roster, moves, place, wanted, dt_s)
    jitter = _wander_about(roster, moves, draws, dt_s)
    _follow(roster, moves, place, jitter, wanted)
    course, turn, level = _wander(roster, moves, place, draws, wanted, dt_s)
    velocity = _bounded(roster, moves.velocity, wanted, dt_s)
    mean = 0.5 * (velocity + moves.velocity)
    north, east = metres_per_degree(moves.geo[:, 0], moves.geo[:, 2])
    geo = moves.geo.copy()
    geo[:, 0] += mean[:, 1] * dt_s / north
    geo[:, 1] += mean[:, 0] * dt_s / east
    geo[:, 2] = np.maximum(geo[:, 2] + mean[:, 2] * dt_s, roster.map.ground_m)
    alive = moves.alive & ~ended
    leads = roster.leader >= 0
    alive[leads] &= ~ended[roster.leader[leads]]
    dead = ~alive
    geo[dead], velocity[dead] = moves.geo[dead], 0.0
    start_s = moves.start_s.copy()
    gone = moves.alive & dead
    start_s[gone] = np.maximum(start_s[gone], moves.time_s + dt_s)
    return replace(
        moves,
        geo=geo,
        velocity=velocity,
        alive=alive,
        leg=leg,
        wait_s=wait_s,
        start_s=start_s,
        course_deg=course,
        turn_deg_s=turn,
        level_m=level,
        jitter=jitter,
        time_s=moves.time_s + dt_s,
    )


def appear(roster: Roster, moves: Moves, rng: np.random.Generator) -> Moves:
    """Let those appear whose time has come and who are not about."""
    due = ~moves.alive & (moves.start_s <= moves.time_s + 1e-9)
    if not due.any():
        return moves
    draws = rng.standard_normal((len(roster), 3))
    geo, velocity = moves.geo.copy(), moves.velocity.copy()
    geo[due] = roster.begin_geo[due]
    velocity[due] = roster.begin_velocity[due]
    course, level = moves.course_deg.copy(), moves.level_m.copy()
    wander = due & (roster.mode == WANDER)
    if wander.any():
        spread = 0.4 * roster.radius_m[wander, None] * np.clip(draws[wander, :2], -2, 2)
        north, east = metres_per_degree(geo[wander, 0], geo[wander, 2])
        geo[wander, 0] += spread[:, 1] / north
        geo[wander, 1] += spread[:, 0] / east
        course[wander] = 120.0 * draws[wander, 2] % 360.0
        radians = np.radians(course[wander])
        velocity[wander, 0] = roster.speed_mps[wander] * np.sin(radians)
        velocity[wander, 1] = roster.speed_mps[wander] * np.cos(radians)
        level[wander] = geo[wander, 2] = roster.height_m[wander].mean(axis=1)
    for i in np.flatnonzero(due & (roster.mode == FOLLOW)):  # leaders stand before their followers
        leader = roster.leader[i]
        north, east = metres_per_degree(geo[leader : leader + 1, 0], geo[leader : leader + 1, 2])
        offset = _turned(roster.offset[i : i + 1], velocity[leader : leader + 1])[0]
        geo[i] = geo[leader] + np.array([offset[1] / north[0], offset[0] / east[0], offset[2]])
        velocity[i] = velocity[leader]
    leg, wait_s, start_s, life = (
        moves.leg.copy(),
        moves.wait_s.copy(),
        moves.start_s.copy(),
        moves.life.copy(),
    )
    leg[due] = roster.first_leg[due]
    wait_s[due] = 0.0
    life[due] += 1
    start_s[due] += roster.repeat_s[due]
    jitter, turn = moves.jitter.copy(), moves.turn_deg_s.copy()
    jitter[due], turn[due] = 0.0, 0.0
    return replace(
        moves,
        geo=geo,
        velocity=velocity,
        alive=moves.alive | due,
        leg=leg,
        wait_s=wait_s,
        start_s=start_s,
        life=life,
        course_deg=course,
        turn_deg_s=turn,
        level_m=level,
        jitter=jitter,
    )


def _fly_legs(
    roster: Roster, moves: Moves, place: Array, wanted: Array, dt_s: float
) -> tuple[Ints, Array, NDArray[np.bool_]]:
    """Wanted velocity of those on a route, into `wanted`; returns leg, wait_s, and who has ended."""
    leg, wait_s, ended = moves.leg.copy(), moves.wait_s.copy(), np.zeros(len(roster), bool)
    on = np.flatnonzero(moves.alive & (roster.mode == ROUTE))
    if not len(on):
        return leg, wait_s, ended
    flown = roster.legs[leg[on]]
    a, b, p, v = flown["a"], flown["b"], place[on], moves.velocity[on]
    line = b[:, :2] - a[:, :2]
    length = np.hypot(line[:, 0], line[:, 1])
    unit = line / np.maximum(length, 1e-9)[:, None]
    along = np.clip(((p - a)[:, :2] * unit).sum(axis=1), 0.0, length)
    remaining = length - along
    speed_now = np.hypot(v[:, 0], v[:, 1])
    ahead = np.minimum(along + np.maximum(roster.look_s[on] * speed_now, 3.0), length)
    to_carrot = a[:, :2] + unit * ahead[:, None] - p[:, :2]
    far = np.hypot(to_carrot[:, 0], to_carrot[:, 1])
    limit = np.sqrt(flown["end"] ** 2 + 2.0 * flown["brake"] * np.maximum(remaining, 0.0))
    limit = np.where(flown["end"] > 0, limit, np.minimum(limit, 0.8 * np.maximum(far, remaining)))
    speed = np.minimum(flown["speed"], limit)
    wanted[on, :2] = to_carrot * (speed / np.maximum(far, 0.05))[:, None]
    slope = (b[:, 2] - a[:, 2]) / np.maximum(length, 1.0)
    flat = length < 1.0
    on_path = np.where(flat, b[:, 2], a[:, 2] + slope * along)
    climb = np.where(flat, 0.0, slope * speed_now) + roster.climb_gain[on] * (on_path - p[:, 2])
    rate = np.where(flat, np.minimum(roster.climb_mps[on], flown["speed"]), roster.climb_mps[on])
    sink = np.where(flat, np.minimum(roster.sink_mps[on], flown["speed"]), roster.sink_mps[on])
    wanted[on, 2] = np.clip(climb, -sink, rate)
    there = (remaining <= flown["lead"]) & (~flat | (np.abs(b[:, 2] - p[:, 2]) < 0.5))
    wait_s[on] = np.where(there, wait_s[on] + dt_s, 0.0)
    done = there & (wait_s[on] >= flown["hold"])
    last = leg[on] + 1 >= roster.first_leg[on] + roster.n_legs[on]
    ended[on] = done & last
    leg[on] += done & ~last
    wait_s[on] = np.where(done, 0.0, wait_s[on])
    return leg, wait_s, ended


def _wander_about(roster: Roster, moves: Moves, draws: Array, dt_s: float) -> Array:
    """Slow wander of followers about their place, (n, 3) m."""
    keep = np.exp(-dt_s / _JITTER_TAU_S)
    noise = roster.jitter_sd_m[:, None] * np.sqrt(1.0 - keep * keep) * draws[:, :3]
    out: Array = keep * moves.jitter + noise
    return out


def _turned(offset: Array, velocity: Array) -> Array:
    """Offsets right, ahead, up of a course, (n, 3), as east, north, up."""
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    safe = np.maximum(speed, 1e-9)
    s = np.where(speed > 0.3, velocity[:, 0] / safe, 0.0)
    c = np.where(speed > 0.3, velocity[:, 1] / safe, 1.0)
    return np.column_stack(
        (
            offset[:, 0] * c + offset[:, 1] * s,
            -offset[:, 0] * s + offset[:, 1] * c,
            offset[:, 2],
        )
    )


def _follow(roster: Roster, moves: Moves, place: Array, jitter: Array, wanted: Array) -> None:
    """Wanted velocity of followers, into `wanted`."""
    on = np.flatnonzero(moves.alive & (roster.mode == FOLLOW))
    if not len(on):
        return
    lead = roster.leader[on]
    target = place[lead] + _turned(roster.offset[on], moves.velocity[lead]) + jitter[on]
    target[:, 2] = np.maximum(target[:, 2], roster.map.ground_m)
    catch_up = 0.5 * (target - place[on])
    size = np.linalg.norm(catch_up, axis=1)
    catch_up *= (np.minimum(size, 6.0) / np.maximum(size, 1e-9))[:, None]
    wanted[on] = moves.velocity[lead] + catch_up
    speed = np.hypot(wanted[on, 0], wanted[on, 1])
    wanted[on, :2] *= (np.minimum(speed, roster.top_mps[on]) / np.maximum(speed, 1e-9))[:, None]


def _wander(
    roster: Roster, moves: Moves, place: Array, draws: Array, wanted: Array, dt_s: float
) -> tuple[Array, Array, Array]:
    """Wanted velocity of wanderers, into `wanted`; returns course, turn rate and wanted height."""
    course, turn, level = moves.course_deg.copy(), moves.turn_deg_s.copy(), moves.level_m.copy()
    on = np.flatnonzero(moves.alive & (roster.mode == WANDER))
    if not len(on):
        return course, turn, level
    keep = np.exp(-dt_s / _TURN_TAU_S)
    turn[on] = keep * turn[on] + _TURN_SD_DEG_S * np.sqrt(1.0 - keep * keep) * draws[on, 0]
    home = roster.centre[on] - place[on, :2]
    outside = np.hypot(home[:, 0], home[:, 1]) > roster.radius_m[on]
    bearing = np.degrees(np.arctan2(home[:, 0], home[:, 1]))
    off = (bearing - course[on] + 180.0) % 360.0 - 180.0
    rate = np.where(outside, np.clip(off, -15.0, 15.0), turn[on])
    course[on] = (course[on] + rate * dt_s) % 360.0
    low, high = roster.height_m[on, 0], roster.height_m[on, 1]
    level[on] = np.clip(level[on] + 2.0 * np.sqrt(dt_s) * draws[on, 1], low, high)
    radians = np.radians(course[on])
    wanted[on, 0] = roster.speed_mps[on] * np.sin(radians)
    wanted[on, 1] = roster.speed_mps[on] * np.cos(radians)
    wanted[on, 2] = np.clip(0.3 * (level[on] - place[on, 2]), -2.5, 2.0)
    return course, turn, level


def _bounded(roster: Roster, velocity: Array, wanted: Array, dt_s: float) -> Array:
    """Velocity after dt_s, with no more than the acceleration that each actor has."""
    change = wanted - velocity
    size = np.hypot(change[:, 0], change[:, 1])
    scale = np.minimum(1.0, roster.accel_mps2 * dt_s / np.maximum(size, 1e-12))
    change[:, :2] *= scale[:, None]
    most = roster.accel_up_mps2 * dt_s
    change[:, 2] = np.clip(change[:, 2], -most, most)
    out: Array = velocity + change
    return out
