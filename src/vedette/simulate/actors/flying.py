"""The kernel that carries everybody forward by one tick.

What an actor wants comes from wanting.py; here are the air that carries it, what it can do, and where it
then is. One pass over all rows: leaders and carriers stand before those who look to them.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.simulate.actors.columns import LAND, RETURN
from vedette.simulate.actors.legs import CIRCLE
from vedette.simulate.actors.navigating import navigated, satellites
from vedette.simulate.actors.steering import pushed_towards, turned_towards
from vedette.simulate.actors.wanting import NOBODY, Here, Mate, wanted
from vedette.simulate.actors.wind import GUST_TAU_S, INERTIA_S, profile
from vedette.simulate.geometry import ECCENTRICITY_SQ, SEMI_MAJOR_M

Array = NDArray[np.float64]

_YAW_DEG_S: Final = 60.0
_IDLE_YAW_DEG_S: Final = 4.0
_STILL_MPS: Final = 0.3
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
def begin_leg(s: Any, k: int, leg: Any, x: float, y: float, z: float, ve: float, vn: float) -> None:
    """Set out on the leg of number k, here."""
    s.leg = k
    s.wait_s = 0.0
    s.swept = 0.0
    s.from_x, s.from_y, s.from_z = x, y, z
    if leg.kind == CIRCLE and leg.drift == 1:  # the centre is abeam
        speed = max(math.hypot(ve, vn), 1e-6)
        s.centre_x = x + leg.radius * vn / speed
        s.centre_y = y - leg.radius * ve / speed


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


@inlined
def shaken(
    f: Any,
    s: Any,
    gust: float,
    flying: bool,
    first: float,
    second: float,
    third: float,
    dt_s: float,
) -> None:
    """Gusts and the wander about its place, dt_s later, with three standard normal draws."""
    if gust > 0.0:
        blown(s, gust, first, second, f.gust if flying else 0.0, dt_s)
    if f.jitter_sd > 0.0:
        swayed(f, s, first, second, third, dt_s)


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
def bounded(f: Any, ae: float, an: float, oe: float, on: float, dt_s: float) -> tuple[float, float]:
    """Velocity through the air after dt_s, from (ae, an) towards the wanted (oe, on)."""
    fast = math.hypot(oe, on)
    if (f.carried > 0.0 or f.turns == 1) and fast > f.top:
        oe, on = oe * f.top / fast, on * f.top / fast
    if f.turns == 1:
        return turned_towards(ae, an, oe, on, f.accel, f.lateral, dt_s)
    return pushed_towards(ae, an, oe, on, f.accel, dt_s)


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
    lat0, lon0, my, mx, ground = frame[0], frame[1], frame[2], frame[3], frame[4]
    blow_e, blow_n, shear, gust = air[0], air[1], air[2], air[3]
    windy = blow_e != 0.0 or blow_n != 0.0
    for i in range(len(form)):
        if not alive[i]:
            continue
        f, s = form[i], steer[i]
        lat, lon, z = geo[i, 0], geo[i, 1], geo[i, 2]
        north, east = scale(lat, z)
        x, y = (lon - lon0) * mx, (lat - lat0) * my
        kx, ky = east / mx, north / my
        lift = f.carried * profile(z - ground, shear) if z > ground and windy else 0.0
        we, wn = lift * blow_e, lift * blow_n
        ve, vn = velocity[i, 0] - s.gust_x, velocity[i, 1] - s.gust_y
        shaken(f, s, gust, z > ground, draws[i, 0], draws[i, 1], draws[i, 2], dt_s)
        if f.navigates == 1 and len(areas) > 0:
            loss = satellites(f, lat, lon, north, east, areas, time_s)
            begin = navigated(f, s, i, loss, we, wn, dt_s)
            if begin:
                home = legs[f.home_leg]
                begin_leg(s, f.home_leg, home, x + s.error_x / kx, y + s.error_y / ky, z, ve, vn)
        mate = NOBODY
        j = f.leader if f.leader >= 0 else f.carrier
        if j >= 0:
            le, ln = (geo[j, 1] - lon) * east, (geo[j, 0] - lat) * north
            heading = steer[j].heading if form[j].turns == 1 else 0.0
            if math.hypot(velocity[j, 0], velocity[j, 1]) > _STILL_MPS:
                heading = math.degrees(math.atan2(velocity[j, 0], velocity[j, 1]))
            mate = Mate(
                alive[j],
                le,
                ln,
                geo[j, 2] - z,
                velocity[j, 0],
                velocity[j, 1],
                velocity[j, 2],
                math.radians(heading),
            )
        want_e, want_n, up, done = wanted(
            f,
            s,
            legs[s.leg],
            mate,
            Here(x, y, z, kx, ky, ve, vn, we, wn),
            draws[i, 2],
            draws[i, 1],
            ground,
            dt_s,
        )
        ended = f.end_s <= time_s or (f.leader >= 0 and not mate.there)
        if s.going == LAND and z <= ground + _LANDED_M:
            ended = True
        if done:
            k = next_leg(f, s.leg)
            if k < 0:
                ended = True
            elif s.going == RETURN:
                begin_leg(s, k, legs[k], x + s.error_x / kx, y + s.error_y / ky, z, ve, vn)
            else:
                begin_leg(s, k, legs[k], x, y, z, ve, vn)
        if ended:
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
