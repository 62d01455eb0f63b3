"""The kernel that carries everybody forward by one tick.

What an actor wants comes from steering.py; here are the air that carries it, what it can do, and where
it then is. One pass over all rows: leaders and carriers stand before those who look to them.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.simulate.actors.columns import DRIFT, FOLLOW, LAND, NEVER, RETURN, ROUTE
from vedette.simulate.actors.legs import CIRCLE, EVER, FLOAT, FOR, HERE, HOME, TO, TOP, TURNED, VERTICAL
from vedette.simulate.actors.steering import (
    along_line,
    beside_leader,
    into_wind,
    on_circle,
    pushed_towards,
    to_level,
    to_slope,
    turned_towards,
    unit,
)
from vedette.simulate.actors.wind import GUST_TAU_S, INERTIA_S, profile
from vedette.simulate.geometry import ECCENTRICITY_SQ, SEMI_MAJOR_M

Array = NDArray[np.float64]

_TURN_TAU_S: Final = 6.0  # of wanderers
_TURN_SD_DEG_S: Final = 6.0
_BACK_DEG_S: Final = 15.0
_LEVEL_WALK_M: Final = 2.0  # a root second
_INERTIAL_MPS: Final = 0.5  # drift of an inertial system, 1 NM/h (RTCA DO-236C, appendix)
_REGAIN_S: Final = 3.0
_YAW_DEG_S: Final = 60.0
_IDLE_YAW_DEG_S: Final = 4.0
_LAND_MPS: Final = 2.0
_SOON_M: Final = 0.5
_LEVEL_M: Final = 2.0
_STILL_MPS: Final = 0.3
_NEAR_MPS: Final = 6.0
_LANDED_M: Final = 0.3


@inlined
def scale(lat_deg: float, alt_m: float) -> tuple[float, float]:
    """Metres a degree of latitude and of longitude."""
    s = math.sin(math.radians(lat_deg))
    w2 = 1.0 - ECCENTRICITY_SQ * s * s
    prime = SEMI_MAJOR_M / math.sqrt(w2)
    north = math.radians(prime * (1.0 - ECCENTRICITY_SQ) / w2 + alt_m)
    return north, math.radians(prime + alt_m) * math.sqrt(1.0 - s * s)


@inlined
def placed(s: Any, x: float, y: float) -> tuple[float, float]:
    """A place of the file, as this life has it: turned and shifted."""
    return s.cos * x + s.sin * y + s.shift_x, s.cos * y - s.sin * x + s.shift_y


@inlined
def begin_leg(s: Any, leg: int, x: float, y: float, z: float, legs: Any, ve: float, vn: float) -> None:
    """Set out on a leg, here."""
    s.leg = leg
    s.wait_s = 0.0
    s.swept = 0.0
    s.from_x, s.from_y, s.from_z = x, y, z
    if legs[leg].kind == CIRCLE and legs[leg].drift == 1:  # the centre is abeam
        speed = max(math.hypot(ve, vn), 1e-6)
        s.centre_x = x + legs[leg].radius * vn / speed
        s.centre_y = y - legs[leg].radius * ve / speed


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
def next_leg(f: Any, leg: int) -> int:
    """The leg after this one; -1: that was the last."""
    if leg == 0:
        return 2 if f.turns == 1 and f.slow > 0.0 else 1
    if leg == f.first_leg + f.n_legs - 1 or leg == f.last_leg:
        return int(f.loop_leg)
    return leg + 1


@inlined
def blown(s: Any, sd: float, first: float, second: float, share: float, dt_s: float) -> None:
    """Gusts, dt_s later."""
    keep = math.exp(-dt_s / GUST_TAU_S)
    noise = sd * math.sqrt(1.0 - keep * keep)
    s.blow_x = keep * s.blow_x + noise * first
    s.blow_y = keep * s.blow_y + noise * second
    follow = 1.0 - math.exp(-dt_s / INERTIA_S)
    s.gust_x += follow * (share * s.blow_x - s.gust_x)
    s.gust_y += follow * (share * s.blow_y - s.gust_y)


@inlined
def swayed(f: Any, s: Any, first: float, second: float, third: float, dt_s: float) -> None:
    """The slow wander about the place where it should be."""
    keep = math.exp(-dt_s / f.jitter_tau)
    noise = f.jitter_sd * math.sqrt(1.0 - keep * keep)
    s.jitter_x = keep * s.jitter_x + noise * first
    s.jitter_y = keep * s.jitter_y + noise * second
    s.jitter_z = keep * s.jitter_z + noise * third


@njit
def satellites(f: Any, lat: float, lon: float, north: float, east: float, areas: Array, time_s: float) -> int:
    """What jamming makes of an actor here and now; -1: there is none."""
    if f.navigates == 0:
        return -1
    for k in range(len(areas)):
        if areas[k, 3] <= time_s < areas[k, 4]:
            away = math.hypot((lat - areas[k, 0]) * north, (lon - areas[k, 1]) * east)
            if away < areas[k, 2]:
                return int(areas[k, 5]) if f.at_loss < 0 else int(f.at_loss)
    return -1


@inlined
def reckoned(f: Any, s: Any, i: int, we: float, wn: float, dt_s: float) -> None:
    """How wrong its own navigation is, dt_s later.

    Without satellites a small aircraft reckons with its heading and speed, and knows of no wind; a
    large one has an inertial system.
    """
    if s.lost == 0:
        keep = math.exp(-dt_s / _REGAIN_S)
        s.error_x *= keep
        s.error_y *= keep
    elif f.inertial == 1:
        s.error_x += _INERTIAL_MPS * math.cos(2.4 * i) * dt_s
        s.error_y += _INERTIAL_MPS * math.sin(2.4 * i) * dt_s
    else:
        s.error_x -= we * dt_s
        s.error_y -= wn * dt_s


@inlined
def straying(
    f: Any,
    s: Any,
    ve: float,
    vn: float,
    we: float,
    wn: float,
    first: float,
    second: float,
    x: float,
    y: float,
    z: float,
    kx: float,
    ky: float,
    dt_s: float,
) -> tuple[float, float, float]:
    """Wanted velocity of a wanderer: a course that drifts, back to the centre where it strays."""
    keep = math.exp(-dt_s / _TURN_TAU_S)
    s.turn = keep * s.turn + _TURN_SD_DEG_S * math.sqrt(1.0 - keep * keep) * first
    rate = s.turn
    if f.radius < math.inf:
        cx, cy = placed(s, f.centre_x, f.centre_y)
        hx, hy = (cx - x) * kx, (cy - y) * ky
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
    up = min(max(0.3 * (s.level - z), -f.sink), f.climb)
    if f.radius == math.inf:
        east, north = into_wind(east / f.cruise, north / f.cruise, f.cruise, we, wn)
        return east, north, up
    return east + we, north + wn, up


@inlined
def about(
    f: Any,
    s: Any,
    leg: Any,
    bx: float,
    by: float,
    bz: float,
    x: float,
    y: float,
    z: float,
    kx: float,
    ky: float,
    ve: float,
    vn: float,
    we: float,
    wn: float,
    dt_s: float,
) -> tuple[float, float, float]:
    """Wanted velocity on a circle; counts what is turned of it."""
    radius = leg.radius
    if radius == 0.0:
        radius = 1.6 * f.cruise * f.cruise / f.lateral
    if leg.drift == 1:
        bx, by = s.centre_x, s.centre_y
    de, dn, speed, away = on_circle(f, leg, (bx - x) * kx, (by - y) * ky, radius)
    up = to_level(f, leg, bz, z)
    sign = 1.0 if radius > 0.0 else -1.0
    rx, ry = (x - bx) * kx / max(away, 1.0), (y - by) * ky / max(away, 1.0)
    if leg.drift == 1:
        s.swept += sign * ((ve - we) * ry - (vn - wn) * rx) / max(away, 1.0) * dt_s
        s.centre_x += we * dt_s / kx
        s.centre_y += wn * dt_s / ky
        return de * speed + we, dn * speed + wn, up
    s.swept += sign * (ve * ry - vn * rx) / max(away, 1.0) * dt_s
    if f.turns == 1:
        de, dn = into_wind(de, dn, speed, we, wn)
        return de, dn, up
    return de * speed, dn * speed, up


@inlined
def straight(
    f: Any,
    s: Any,
    leg: Any,
    bx: float,
    by: float,
    bz: float,
    x: float,
    y: float,
    z: float,
    kx: float,
    ky: float,
    ve: float,
    vn: float,
    we: float,
    wn: float,
) -> tuple[float, float, float, float]:
    """Wanted velocity on a line, and what is left of it."""
    ax, ay = placed(s, leg.ax, leg.ay)
    az = leg.az
    if leg.direct == 1:
        ax, ay, az = s.from_x, s.from_y, s.from_z
    over_ground = math.hypot(ve, vn)
    de, dn, speed, gone, left = along_line(
        f,
        leg,
        (ax - x) * kx,
        (ay - y) * ky,
        (bx - x) * kx,
        (by - y) * ky,
        s.jitter_x,
        s.jitter_y,
        over_ground,
    )
    up = to_slope(f, leg, az, bz, gone, left, z - 0.1 * s.jitter_z, over_ground)
    if f.turns == 1:
        de, dn = into_wind(de, dn, speed, we, wn)
        return de, dn, up, left
    return de * speed, dn * speed, up, left


@inlined
def pointed(
    f: Any, s: Any, leg: Any, ae: float, an: float, ve: float, vn: float, i: int, dt_s: float
) -> None:
    """Where the nose points: along the air for what turns; along the way, or about, for the rest."""
    if f.turns == 1:
        if math.hypot(ae, an) > 0.3:
            s.heading = math.degrees(math.atan2(ae, an)) % 360.0
        return
    if math.hypot(ve, vn) > 1.0:
        wanted = math.degrees(math.atan2(ve, vn))
        if leg.kind == CIRCLE:  # the camera looks at the middle
            wanted += 90.0 if leg.radius > 0.0 else -90.0
        off = (wanted - s.heading + 180.0) % 360.0 - 180.0
        s.heading += min(max(off, -_YAW_DEG_S * dt_s), _YAW_DEG_S * dt_s)
    else:
        s.heading += (_IDLE_YAW_DEG_S if i % 2 == 0 else -_IDLE_YAW_DEG_S) * dt_s
    s.heading = s.heading % 360.0


@inlined
def navigated(
    f: Any,
    s: Any,
    i: int,
    loss: int,
    legs: Any,
    x: float,
    y: float,
    z: float,
    kx: float,
    ky: float,
    ve: float,
    vn: float,
    we: float,
    wn: float,
    dt_s: float,
) -> None:
    """What it knows of where it is, and what it does if that is not enough."""
    s.lost = 1 if loss >= 0 else 0
    if s.lost == 1 or s.error_x != 0.0 or s.error_y != 0.0:
        reckoned(f, s, i, we, wn, dt_s)
    if loss < 0:
        s.going = NEVER
    elif loss == RETURN and f.mode == ROUTE and f.home_leg >= 0:
        if s.going != RETURN and s.leg < f.home_leg:
            begin_leg(s, f.home_leg, x + s.error_x / kx, y + s.error_y / ky, z, legs, ve, vn)
        s.going = RETURN
    else:
        s.going = loss if loss != RETURN else DRIFT


@inlined
def helpless(f: Any, s: Any, ve: float, vn: float, we: float, wn: float) -> tuple[float, float, float]:
    """Wanted velocity of one that does not know where it is: with the wind, or straight on."""
    up = -min(_LAND_MPS, f.sink) if s.going == LAND else 0.0
    if f.turns == 1:
        return ve, vn, up
    return we, wn, up


@inlined
def following(
    f: Any,
    s: Any,
    form: Any,
    steer: Any,
    geo: Array,
    velocity: Array,
    lat: float,
    lon: float,
    z: float,
    north: float,
    east: float,
    ground: float,
) -> tuple[float, float, float]:
    """Wanted velocity of a follower."""
    j = f.leader
    lead_e, lead_n = velocity[j, 0], velocity[j, 1]
    heading = math.atan2(lead_e, lead_n)
    if math.hypot(lead_e, lead_n) < _STILL_MPS:
        heading = 0.0 if form[j].turns == 0 else math.radians(steer[j].heading)
    want_e, want_n, _, _, rise = beside_leader(
        f,
        (geo[j, 1] - lon) * east,
        (geo[j, 0] - lat) * north,
        geo[j, 2] - z,
        heading,
        s.jitter_x,
        s.jitter_y,
        s.jitter_z,
        lead_e,
        lead_n,
    )
    up = min(max(velocity[j, 2] + 0.5 * max(rise, ground - z), -f.sink), f.climb)
    fast = math.hypot(want_e, want_n)
    if f.turns == 0 and fast > f.top:
        return want_e * f.top / fast, want_n * f.top / fast, up
    return want_e, want_n, up


@inlined
def goal_of(
    f: Any, s: Any, leg: Any, geo: Array, velocity: Array, alive: Any, frame: Array
) -> tuple[float, float, float, float, float]:
    """Where a leg leads: map east and north, height, and how that place moves, east and north."""
    if leg.goal == HERE:
        return s.from_x, s.from_y, leg.bz, 0.0, 0.0
    if leg.goal == TO:
        return s.to_x, s.to_y, s.to_z, 0.0, 0.0
    if leg.goal == HOME:
        if f.to_carrier == 1 and alive[f.carrier]:
            j = f.carrier
            x, y = (geo[j, 1] - frame[1]) * frame[3], (geo[j, 0] - frame[0]) * frame[2]
            return x, y, leg.bz, velocity[j, 0], velocity[j, 1]
        return s.home_x, s.home_y, leg.bz, 0.0, 0.0
    x, y = placed(s, leg.bx, leg.by)
    return x, y, leg.bz, 0.0, 0.0


@inlined
def above(f: Any, leg: Any, dx: float, dy: float, rise: float) -> tuple[float, float, float]:
    """Wanted velocity to keep above a place, dx and dy m from here, while going to its height."""
    de, dn, far = unit(dx, dy)
    most = leg.speed if leg.speed > 0.0 else math.inf
    up = min(max(f.climb_gain * rise, -min(f.sink, most)), min(f.climb, most))
    slow = min(0.8 * far, _NEAR_MPS)
    return de * slow, dn * slow, up


@njit
def on_way(
    f: Any,
    s: Any,
    legs: Any,
    geo: Array,
    velocity: Array,
    alive: NDArray[np.bool_],
    frame: Array,
    x: float,
    y: float,
    z: float,
    kx: float,
    ky: float,
    ve: float,
    vn: float,
    we: float,
    wn: float,
    dt_s: float,
) -> tuple[float, float, float, bool]:
    """Wanted velocity of one on its legs, and whether it is done with them; goes on to the next leg."""
    blind = s.going == RETURN  # it goes by compass, where it believes to be, and knows of no wind
    known_e, known_n = (0.0, 0.0) if blind else (we, wn)
    if blind:
        x, y = x + s.error_x / kx, y + s.error_y / ky
    leg = legs[s.leg]
    bx, by, bz, moving_e, moving_n = goal_of(f, s, leg, geo, velocity, alive, frame)
    left = 0.0
    if leg.kind == CIRCLE:
        e, n, up = about(f, s, leg, bx, by, bz, x, y, z, kx, ky, ve, vn, known_e, known_n, dt_s)
    elif leg.kind == FLOAT:
        e, n = we, wn
        up = min(max(f.climb_gain * (bz + s.jitter_z - z), -f.sink), f.climb)
    elif leg.kind == VERTICAL:
        e, n, up = above(f, leg, (bx - x) * kx, (by - y) * ky, bz - z)
    else:
        e, n, up, left = straight(f, s, leg, bx, by, bz, x, y, z, kx, ky, ve, vn, known_e, known_n)
    e, n = e + moving_e, n + moving_n
    if blind:
        e, n = e + we, n + wn
    if not over(s, leg, left, bz - z, dt_s):
        return e, n, up, False
    following_leg = next_leg(f, s.leg)
    if following_leg >= 0:
        begin_leg(s, following_leg, x, y, z, legs, ve, vn)
    return e, n, up, following_leg < 0


@inlined
def bounded(f: Any, ae: float, an: float, oe: float, on: float, dt_s: float) -> tuple[float, float]:
    """Velocity through the air after dt_s, from (ae, an) towards the wanted (oe, on)."""
    fast = math.hypot(oe, on)
    if (f.carried > 0.0 or f.turns == 1) and fast > f.top:
        oe, on = oe * f.top / fast, on * f.top / fast
    if f.turns == 1:
        return turned_towards(ae, an, oe, on, f.accel, f.lateral, dt_s)
    return pushed_towards(ae, an, oe, on, f.accel, dt_s)


@njit
def wanted(
    i: int,
    form: Any,
    legs: Any,
    steer: Any,
    geo: Array,
    velocity: Array,
    alive: NDArray[np.bool_],
    draws: Array,
    frame: Array,
    north: float,
    east: float,
    we: float,
    wn: float,
    dt_s: float,
) -> tuple[float, float, float, bool]:
    """The velocity that one row wants, m/s east, north, up, and whether it is done."""
    f, s = form[i], steer[i]
    lat, lon, z = geo[i, 0], geo[i, 1], geo[i, 2]
    x, y = (lon - frame[1]) * frame[3], (lat - frame[0]) * frame[2]
    kx, ky = east / frame[3], north / frame[2]
    ve, vn = velocity[i, 0] - s.gust_x, velocity[i, 1] - s.gust_y
    if s.going == DRIFT or s.going == LAND:
        e, n, up = helpless(f, s, ve, vn, we, wn)
        return e, n, up, s.going == LAND and z <= frame[4] + _LANDED_M
    if f.mode == FOLLOW:
        e, n, up = following(f, s, form, steer, geo, velocity, lat, lon, z, north, east, frame[4])
        return e, n, up, False
    if f.mode == ROUTE:
        return on_way(f, s, legs, geo, velocity, alive, frame, x, y, z, kx, ky, ve, vn, we, wn, dt_s)
    e, n, up = straying(f, s, ve, vn, we, wn, draws[i, 2], draws[i, 1], x, y, z, kx, ky, dt_s)
    return e, n, up, False


@njit
def advance(
    form: Any,
    legs: Any,
    steer: Any,
    geo: Array,
    velocity: Array,
    alive: NDArray[np.bool_],
    start_s: Array,
    draws: Array,
    air: Array,
    frame: Array,
    areas: Array,
    time_s: float,
    dt_s: float,
) -> None:
    """Carry all rows forward by dt_s; changes steer, geo, velocity, alive, start_s.

    form, steer  (n,)    FORM, STEER
    legs         (k,)    LEG
    draws        (n, 3)  standard normal
    air          (4,)    of wind.air_of
    frame        (5,)    of SiteMap.frame
    areas        (j, 6)  jamming: lat, lon deg, radius m, from and until s, what it does
    """
    ground = frame[4]
    for i in range(len(form)):
        if not alive[i]:
            continue
        f, s = form[i], steer[i]
        lat, lon, z = geo[i, 0], geo[i, 1], geo[i, 2]
        north, east = scale(lat, z)
        x, y = (lon - frame[1]) * frame[3], (lat - frame[0]) * frame[2]
        kx, ky = east / frame[3], north / frame[2]
        lift = f.carried * profile(z - ground, air[2]) if z > ground else 0.0
        we, wn = lift * air[0], lift * air[1]
        ve, vn = velocity[i, 0] - s.gust_x, velocity[i, 1] - s.gust_y
        if air[3] > 0.0:
            blown(s, air[3], draws[i, 0], draws[i, 1], f.gust if z > ground else 0.0, dt_s)
        if f.jitter_sd > 0.0:
            swayed(f, s, draws[i, 0], draws[i, 1], draws[i, 2], dt_s)
        loss = satellites(f, lat, lon, north, east, areas, time_s)
        navigated(f, s, i, loss, legs, x, y, z, kx, ky, ve, vn, we, wn, dt_s)
        want_e, want_n, up, ended = wanted(
            i, form, legs, steer, geo, velocity, alive, draws, frame, north, east, we, wn, dt_s
        )
        if ended or f.end_s <= time_s or (f.leader >= 0 and not alive[f.leader]):
            alive[i] = False
            velocity[i, 0], velocity[i, 1], velocity[i, 2] = 0.0, 0.0, 0.0
            start_s[i] = max(start_s[i], time_s + dt_s) if f.end_s > time_s else math.inf
            continue
        ae, an = bounded(f, ve - we, vn - wn, want_e - we, want_n - wn, dt_s)
        ne, nn = ae + we + s.gust_x, an + wn + s.gust_y
        vu = velocity[i, 2]
        nu = vu + min(max(up - vu, -f.accel_up * dt_s), f.accel_up * dt_s)
        geo[i, 0] = lat + 0.5 * (nn + velocity[i, 1]) * dt_s / north
        geo[i, 1] = lon + 0.5 * (ne + velocity[i, 0]) * dt_s / east
        geo[i, 2] = max(z + 0.5 * (nu + vu) * dt_s, ground)
        if geo[i, 2] <= ground and nu < 0.0:
            nu = 0.0
        velocity[i, 0], velocity[i, 1], velocity[i, 2] = ne, nn, nu
        pointed(f, s, legs[s.leg], ae, an, ne - s.gust_x, nn - s.gust_y, i, dt_s)
