"""Kernels that say what an actor wants: a direction, a speed, a climb.

Everything here is in metres east and north of the actor itself, true ones, so it holds anywhere on the
map. An answer is (east, north, speed, up): a unit vector on the ground, m/s, m/s.

Circles are joined along a vector field: inwards by the arc tangent of how far outside it is. Source:
Nelson, Barber, McLain & Beard (2007), IEEE Transactions on Robotics 23(3), section III.
"""

import math
from typing import Any, Final

from vedette.kernel.jit import inlined

_TURNING_RAD: Final = 0.2


@inlined
def unit(east: float, north: float) -> tuple[float, float, float]:
    """A vector as direction and length."""
    size = math.hypot(east, north)
    if size < 1e-9:
        return 0.0, 0.0, 0.0
    return east / size, north / size, size


@inlined
def along_line(
    f: Any, leg: Any, ax: float, ay: float, bx: float, by: float, jx: float, jy: float, speed: float
) -> tuple[float, float, float, float, float]:
    """Head for a point a few seconds ahead on the line from a to b, brake in time.

    jx, jy  how far beside it that point is
    speed   now, over the ground

    Returns east, north, speed; metres gone on the line, metres left.
    """
    ux, uy, length = unit(bx - ax, by - ay)
    gone = min(max(-(ax * ux + ay * uy), 0.0), length)
    left = length - gone
    ahead = min(gone + max(f.look_s * speed, 3.0), length)
    de, dn, far = unit(ax + ux * ahead + jx, ay + uy * ahead + jy)
    fast = leg.speed if leg.speed > 0.0 else f.cruise
    limit = math.sqrt(leg.end * leg.end + 2.0 * leg.brake * max(left - leg.lead, 0.0))
    if leg.end <= 0.0:
        rest = max(far, left)
        limit = max(f.slow, min(math.sqrt(2.0 * leg.brake * rest), 0.8 * rest))
    return de, dn, min(fast, limit), gone, left


@inlined
def to_slope(
    f: Any, leg: Any, az: float, bz: float, gone: float, left: float, z: float, speed: float
) -> float:
    """Climb that keeps to the line from a to b."""
    length = gone + left
    climb = leg.climb if leg.climb > 0.0 else f.climb
    sink = leg.climb if leg.climb > 0.0 else f.sink
    if length < 1.0:
        return float(min(max(f.climb_gain * (bz - z), -sink), climb))
    slope = (bz - az) / length
    moving = slope * speed if left > 0.0 else 0.0
    return float(min(max(moving + f.climb_gain * (az + slope * gone - z), -sink), climb))


@inlined
def to_level(f: Any, leg: Any, bz: float, z: float) -> float:
    """Climb towards a height, no faster than the leg's speed."""
    most = leg.climb if leg.climb > 0.0 else 1e9
    return float(min(max(f.climb_gain * (bz - z), -min(f.sink, most)), min(f.climb, most)))


@inlined
def on_circle(f: Any, leg: Any, cx: float, cy: float, radius: float) -> tuple[float, float, float, float]:
    """Go about a centre, clockwise where the radius is above 0.

    Returns east, north, speed, and distance from the centre.
    """
    rx, ry, away = unit(-cx, -cy)
    if away < 1e-6:
        rx, ry = 1.0, 0.0
    sign = 1.0 if radius > 0.0 else -1.0
    size = abs(radius)
    fast = leg.speed if leg.speed > 0.0 else f.cruise
    if f.turns == 0:
        fast = min(fast, math.sqrt(0.6 * f.accel * size))
    inward = math.atan((away - size) / (0.3 * size + 0.7 * fast))
    c, s = math.cos(inward), math.sin(inward)
    return sign * ry * c - rx * s, -sign * rx * c - ry * s, fast, away


@inlined
def beside_leader(
    f: Any,
    le: float,
    ln: float,
    lu: float,
    heading: float,
    jx: float,
    jy: float,
    jz: float,
    ve: float,
    vn: float,
) -> tuple[float, float, float, float, float]:
    """Velocity that brings a follower to its place.

    le, ln, lu  where the leader is; ve, vn its velocity
    heading     of the leader, rad

    Returns wanted east, north; and the place, m east, north, up of the follower.
    """
    s, c = math.sin(heading), math.cos(heading)
    east = le + f.right * c + f.ahead * s + jx
    north = ln - f.right * s + f.ahead * c + jy
    de, dn, far = unit(east, north)
    most = max(6.0, 0.1 * math.hypot(ve, vn))
    catch = min(0.5 * far, most)
    return ve + de * catch, vn + dn * catch, east, north, lu + f.up + jz


@inlined
def into_wind(de: float, dn: float, speed: float, we: float, wn: float) -> tuple[float, float]:
    """Ground velocity along a direction at a speed through the air: the wind triangle.

    Where the wind across is stronger than the speed, the nose is held into it all the same.
    """
    across = dn * we - de * wn
    rest = speed * speed - across * across
    if rest <= 0.0:
        return de * speed + we, dn * speed + wn
    gone = math.sqrt(rest) + de * we + dn * wn
    return de * gone, dn * gone


@inlined
def turned_towards(
    ve: float, vn: float, we: float, wn: float, accel: float, lateral: float, dt_s: float
) -> tuple[float, float]:
    """Velocity through the air after dt_s of what turns: v towards w, by arc and by speed."""
    speed = math.hypot(ve, vn)
    wanted = math.hypot(we, wn)
    faster = speed + min(max(wanted - speed, -accel * dt_s), accel * dt_s)
    if wanted < 1e-6 and speed < 1e-6:
        return 0.0, 0.0
    now = math.atan2(ve, vn) if speed > 0.3 else math.atan2(we, wn)
    if wanted < 1e-6:
        return faster * math.sin(now), faster * math.cos(now)
    turn = math.atan2(we, wn) - now
    turn = (turn + math.pi) % (2.0 * math.pi) - math.pi
    if abs(turn) > _TURNING_RAD:  # nobody speeds up in a turn
        faster = min(faster, max(speed, 2.0))
    most = lateral / max(speed, 2.0) * dt_s
    now += min(max(turn, -most), most)
    return faster * math.sin(now), faster * math.cos(now)


@inlined
def pushed_towards(
    ve: float, vn: float, we: float, wn: float, accel: float, dt_s: float
) -> tuple[float, float]:
    """The same of what moves to any side: by a bounded vector."""
    ce, cn = we - ve, wn - vn
    size = math.hypot(ce, cn)
    share = min(1.0, accel * dt_s / max(size, 1e-12))
    return ve + ce * share, vn + cn * share
