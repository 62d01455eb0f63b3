"""Kernels that say what an actor wants, by its mode and by the leg that it is on.

Places are on the site's map.
"""

import math
from typing import Any, Final, NamedTuple

from vedette.kernel.jit import inlined
from vedette.simulate.actors.columns import DRIFT, FOLLOW, LAND, RETURN, ROUTE
from vedette.simulate.actors.legs import CIRCLE, EVER, FLOAT, FOR, HERE, HOME, TO, TOP, TURNED, VERTICAL
from vedette.simulate.actors.navigating import helpless
from vedette.simulate.actors.steering import (
    along_line,
    beside_leader,
    into_wind,
    on_circle,
    to_level,
    to_slope,
    unit,
)


class Here(NamedTuple):
    """An actor where it is.

    x, y, z     on the map, m; m above the ellipsoid
    kx, ky      true metres a metre of the map
    ve, vn      velocity over the ground, m/s east, north
    we, wn      wind, m/s towards east, north
    """

    x: float
    y: float
    z: float
    kx: float
    ky: float
    ve: float
    vn: float
    we: float
    wn: float


class Mate(NamedTuple):
    """Somebody it looks to: there or not; m east, north, up of here; velocity, m/s; heading, rad."""

    there: bool
    east: float
    north: float
    up: float
    ve: float
    vn: float
    vu: float
    heading: float


NOBODY: Final = Mate(there=False, east=0.0, north=0.0, up=0.0, ve=0.0, vn=0.0, vu=0.0, heading=0.0)


_TURN_TAU_S: Final = 6.0  # of wanderers
_TURN_SD_DEG_S: Final = 6.0
_BACK_DEG_S: Final = 15.0
_LEVEL_WALK_M: Final = 2.0  # a root second
_SOON_M: Final = 0.5
_LEVEL_M: Final = 2.0
_NEAR_MPS: Final = 6.0


@inlined
def placed(s: Any, x: float, y: float) -> tuple[float, float]:
    """A place of the file, as this life has it: turned and shifted."""
    return s.cos * x + s.sin * y + s.shift_x, s.cos * y - s.sin * x + s.shift_y


@inlined
def over(s: Any, leg: Any, left: float, rise: float, dt_s: float) -> bool:
    """Whether a leg is done with; counts how long it is waited at its end."""
    if leg.until == EVER:
        return False
    if leg.until == TURNED:
        return bool(s.swept >= leg.amount)
    if leg.until == TOP:
        return bool(abs(rise) < _LEVEL_M)
    near = left <= leg.lead
    if leg.kind == VERTICAL:
        near = abs(rise) < _SOON_M
    if near or leg.until == FOR or s.wait_s > 0.0:
        s.wait_s += dt_s
        return bool(s.wait_s >= leg.amount)
    return False


@inlined
def straying(
    f: Any, s: Any, here: Here, first: float, second: float, dt_s: float
) -> tuple[float, float, float]:
    """Wanted velocity of a wanderer: a course that drifts, back to the centre where it strays."""
    keep = math.exp(-dt_s / _TURN_TAU_S)
    s.turn = keep * s.turn + _TURN_SD_DEG_S * math.sqrt(1.0 - keep * keep) * first
    rate = s.turn
    if f.radius < math.inf:
        cx, cy = placed(s, f.centre_x, f.centre_y)
        hx, hy = (cx - here.x) * here.kx, (cy - here.y) * here.ky
        if math.hypot(hx, hy) > f.radius:
            off = (math.degrees(math.atan2(hx, hy)) - s.course + 180.0) % 360.0 - 180.0
            rate = min(max(off, -_BACK_DEG_S), _BACK_DEG_S)
    else:  # it keeps to a course
        off = (f.course + math.degrees(math.atan2(s.sin, s.cos)) - s.course + 180.0) % 360.0 - 180.0
        rate = 0.3 * s.turn + min(max(0.1 * off, -3.0), 3.0)
    s.course = (s.course + rate * dt_s) % 360.0
    s.level = min(max(s.level + _LEVEL_WALK_M * math.sqrt(dt_s) * second, f.low), f.high)
    east = f.cruise * math.sin(math.radians(s.course))
    north = f.cruise * math.cos(math.radians(s.course))
    up = min(max(0.3 * (s.level - here.z), -f.sink), f.climb)
    if f.radius == math.inf:
        east, north = into_wind(east / f.cruise, north / f.cruise, f.cruise, here.we, here.wn)
        return east, north, up
    return east + here.we, north + here.wn, up


@inlined
def about(
    f: Any, s: Any, leg: Any, here: Here, bx: float, by: float, bz: float, dt_s: float
) -> tuple[float, float, float]:
    """Wanted velocity on a circle about (bx, by); counts what is turned of it."""
    radius = leg.radius
    if radius == 0.0:
        radius = 1.6 * f.cruise * f.cruise / f.lateral
    if leg.drift == 1:
        bx, by = s.centre_x, s.centre_y
    dx, dy = (bx - here.x) * here.kx, (by - here.y) * here.ky
    de, dn, speed, away = on_circle(f, leg, dx, dy, radius)
    up = to_level(f, leg, bz, here.z)
    sign = 1.0 if radius > 0.0 else -1.0
    rx, ry = -dx / max(away, 1.0), -dy / max(away, 1.0)
    if leg.drift == 1:
        turning = (here.ve - here.we) * ry - (here.vn - here.wn) * rx
        s.swept += sign * turning / max(away, 1.0) * dt_s
        s.centre_x += here.we * dt_s / here.kx
        s.centre_y += here.wn * dt_s / here.ky
        return de * speed + here.we, dn * speed + here.wn, up
    s.swept += sign * (here.ve * ry - here.vn * rx) / max(away, 1.0) * dt_s
    if f.turns == 1:
        de, dn = into_wind(de, dn, speed, here.we, here.wn)
        return de, dn, up
    return de * speed, dn * speed, up


@inlined
def straight(
    f: Any, s: Any, leg: Any, here: Here, bx: float, by: float, bz: float
) -> tuple[float, float, float, float]:
    """Wanted velocity on a line to (bx, by, bz), and what is left of it."""
    ax, ay = placed(s, leg.ax, leg.ay)
    az = leg.az
    if leg.direct == 1:
        ax, ay, az = s.from_x, s.from_y, s.from_z
    over_ground = math.hypot(here.ve, here.vn)
    de, dn, speed, gone, left = along_line(
        f,
        leg,
        (ax - here.x) * here.kx,
        (ay - here.y) * here.ky,
        (bx - here.x) * here.kx,
        (by - here.y) * here.ky,
        s.jitter_x,
        s.jitter_y,
        over_ground,
    )
    up = to_slope(f, leg, az, bz, gone, left, here.z - 0.1 * s.jitter_z, over_ground)
    if f.turns == 1:
        de, dn = into_wind(de, dn, speed, here.we, here.wn)
        return de, dn, up, left
    return de * speed, dn * speed, up, left


@inlined
def following(f: Any, s: Any, mate: Mate, z: float, ground: float) -> tuple[float, float, float]:
    """Wanted velocity of a follower."""
    want_e, want_n, _, _, rise = beside_leader(
        f, mate.east, mate.north, mate.up, mate.heading, s.jitter_x, s.jitter_y, s.jitter_z, mate.ve, mate.vn
    )
    up = min(max(mate.vu + 0.5 * max(rise, ground - z), -f.sink), f.climb)
    fast = math.hypot(want_e, want_n)
    if f.turns == 0 and fast > f.top:
        return want_e * f.top / fast, want_n * f.top / fast, up
    return want_e, want_n, up


@inlined
def goal_of(f: Any, s: Any, leg: Any, mate: Mate, here: Here) -> tuple[float, float, float, float, float]:
    """Where a leg leads: map east and north, height, and how that place moves, east and north."""
    if leg.goal == HERE:
        return s.from_x, s.from_y, leg.bz, 0.0, 0.0
    if leg.goal == TO:
        return s.to_x, s.to_y, s.to_z, 0.0, 0.0
    if leg.goal == HOME:
        if f.to_carrier == 1 and mate.there:
            return here.x + mate.east / here.kx, here.y + mate.north / here.ky, leg.bz, mate.ve, mate.vn
        return s.home_x, s.home_y, leg.bz, 0.0, 0.0
    bx, by = placed(s, leg.bx, leg.by)
    return bx, by, leg.bz, 0.0, 0.0


@inlined
def above(f: Any, leg: Any, dx: float, dy: float, rise: float) -> tuple[float, float, float]:
    """Wanted velocity to keep above a place, dx and dy m from here, while going to its height."""
    de, dn, far = unit(dx, dy)
    most = leg.speed if leg.speed > 0.0 else math.inf
    up = min(max(f.climb_gain * rise, -min(f.sink, most)), min(f.climb, most))
    slow = min(0.8 * far, _NEAR_MPS)
    return de * slow, dn * slow, up


@inlined
def on_way(f: Any, s: Any, leg: Any, mate: Mate, here: Here, dt_s: float) -> tuple[float, float, float, bool]:
    """Wanted velocity of one on a leg, and whether it is done with it."""
    bx, by, bz, moving_e, moving_n = goal_of(f, s, leg, mate, here)
    known = here
    if s.going == RETURN:  # it goes by compass, from where it believes to be, and knows of no wind
        moving_e, moving_n = moving_e + here.we, moving_n + here.wn
        x, y = here.x + s.error_x / here.kx, here.y + s.error_y / here.ky
        known = Here(x, y, here.z, here.kx, here.ky, here.ve, here.vn, 0.0, 0.0)
    left = 0.0
    if leg.kind == CIRCLE:
        e, n, up = about(f, s, leg, known, bx, by, bz, dt_s)
    elif leg.kind == FLOAT:
        e, n = known.we, known.wn
        up = min(max(f.climb_gain * (bz + s.jitter_z - known.z), -f.sink), f.climb)
    elif leg.kind == VERTICAL:
        e, n, up = above(f, leg, (bx - known.x) * known.kx, (by - known.y) * known.ky, bz - known.z)
    else:
        e, n, up, left = straight(f, s, leg, known, bx, by, bz)
    return e + moving_e, n + moving_n, up, over(s, leg, left, bz - known.z, dt_s)


@inlined
def wanted(
    f: Any, s: Any, leg: Any, mate: Mate, here: Here, first: float, second: float, ground: float, dt_s: float
) -> tuple[float, float, float, bool]:
    """The velocity that one row wants, m/s east, north, up, and whether it is done with its leg."""
    if s.going == DRIFT or s.going == LAND:
        e, n, up = helpless(f, s, here.ve, here.vn, here.we, here.wn)
        return e, n, up, False
    if f.mode == FOLLOW:
        e, n, up = following(f, s, mate, here.z, ground)
        return e, n, up, False
    if f.mode == ROUTE:
        return on_way(f, s, leg, mate, here, dt_s)
    e, n, up = straying(f, s, here, first, second, dt_s)
    return e, n, up, False
