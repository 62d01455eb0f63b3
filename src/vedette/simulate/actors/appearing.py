"""The kernel that lets those appear whose time has come."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.simulate.actors.columns import FOLLOW, NEVER, ROUTE, WANDER
from vedette.simulate.actors.flying import begin_leg, scale
from vedette.simulate.actors.wanting import placed
from vedette.simulate.actors.wind import profile

Array = NDArray[np.float64]

_SPREAD: Final = 0.4  # of a wanderer's radius, standard deviation of where it begins
_SOON_S: Final = 1e-9


@njit
def waiting(form: Any, alive: Any, start_s: Array, delay_s: Array, life: Any, time_s: float) -> bool:
    """Whether anybody is to appear."""
    for i in range(len(form)):
        if alive[i]:
            continue
        leader = form[i].leader
        if leader >= 0:
            if alive[leader] and life[i] < life[leader]:
                return True
        elif start_s[i] + delay_s[i] <= time_s + _SOON_S:
            return True
    return False


@inlined
def laid(f: Any, s: Any, begin: Any, i: int, lots: Array) -> None:
    """Turn and shift its whole way, as drawn for this life."""
    turn = math.radians((2.0 * lots[i, 2] - 1.0) * f.scatter_deg)
    away = f.scatter_m * math.sqrt(lots[i, 1])
    s.cos, s.sin = math.cos(turn), math.sin(turn)
    px, py = begin[i, 0], begin[i, 1]
    s.shift_x = px - (s.cos * px + s.sin * py) + away * math.sin(2.0 * math.pi * lots[i, 0])
    s.shift_y = py - (s.cos * py - s.sin * px) + away * math.cos(2.0 * math.pi * lots[i, 0])


@inlined
def cleared(s: Any, time_s: float) -> None:
    """As one that has not been there before."""
    s.wait_s = s.swept = s.turn = 0.0
    s.jitter_x = s.jitter_y = s.jitter_z = 0.0
    s.blow_x = s.blow_y = s.gust_x = s.gust_y = 0.0
    s.error_x = s.error_y = 0.0
    s.lost = 0
    s.going = NEVER
    s.born_s = time_s


@njit
def appear(
    form: Any,
    legs: Any,
    begin: Array,
    repeat_s: Array,
    steer: Any,
    geo: Array,
    velocity: Array,
    alive: NDArray[np.bool_],
    start_s: Array,
    delay_s: Array,
    life: NDArray[np.int64],
    lots: Array,
    fresh: Array,
    draws: Array,
    air: Array,
    frame: Array,
    time_s: float,
) -> None:
    """Let those appear who are due; changes the columns of Moves.

    lots   (n, 4)  uniform: what was drawn for this life; fresh (n, 4) for the next one
    draws  (n, 3)  standard normal
    """
    lat0, lon0, my, mx, ground = frame[0], frame[1], frame[2], frame[3], frame[4]
    for i in range(len(form)):
        f = form[i]
        if alive[i]:
            continue
        if f.leader >= 0:
            if not alive[f.leader] or life[i] >= life[f.leader]:
                continue
        elif start_s[i] + delay_s[i] > time_s + _SOON_S or (f.carrier >= 0 and not alive[f.carrier]):
            continue
        s = steer[i]
        cleared(s, time_s)
        laid(f, s, begin, i, lots)
        x, y = placed(s, begin[i, 0], begin[i, 1])
        z = max(begin[i, 2], ground)
        course = begin[i, 3] + (2.0 * lots[i, 2] - 1.0) * f.scatter_deg
        speed, up = begin[i, 4], begin[i, 5]
        if f.mode == WANDER:
            if f.radius < math.inf:
                x += _SPREAD * f.radius * min(max(draws[i, 0], -2.0), 2.0)
                y += _SPREAD * f.radius * min(max(draws[i, 1], -2.0), 2.0)
                course = 120.0 * draws[i, 2]
            s.course = course % 360.0
            s.level = z
        lift = f.carried * profile(z - ground, air[2]) if z > ground and speed > 0.0 else 0.0
        ve = speed * math.sin(math.radians(course)) + lift * air[0]
        vn = speed * math.cos(math.radians(course)) + lift * air[1]
        if f.carrier >= 0:
            j = f.carrier
            x, y = (geo[j, 1] - lon0) * mx, (geo[j, 0] - lat0) * my
            ve, vn = velocity[j, 0], velocity[j, 1]
        s.heading = course % 360.0
        if f.mode == FOLLOW:
            j = f.leader
            x, y, z = (geo[j, 1] - lon0) * mx, (geo[j, 0] - lat0) * my, geo[j, 2]
            ve, vn, up = velocity[j, 0], velocity[j, 1], velocity[j, 2]
            north, east = scale(geo[j, 0], z)
            ahead = math.atan2(ve, vn) if math.hypot(ve, vn) > 0.3 else 0.0
            if form[j].turns == 1:
                ahead = math.radians(steer[j].heading)
            c, sn = math.cos(ahead), math.sin(ahead)
            x += (f.right * c + f.ahead * sn) * mx / east
            y += (f.ahead * c - f.right * sn) * my / north
            z = max(z + f.up, ground)
            s.heading = math.degrees(ahead) % 360.0
        geo[i, 0], geo[i, 1], geo[i, 2] = lat0 + y / my, lon0 + x / mx, z
        velocity[i, 0], velocity[i, 1], velocity[i, 2] = ve, vn, up
        s.home_x, s.home_y = x, y
        if f.mode == ROUTE:
            begin_leg(s, f.first_leg, legs[f.first_leg], x, y, z, ve, vn)
        alive[i] = True
        life[i] += 1
        start_s[i] += repeat_s[i]
        for k in range(4):
            lots[i, k] = fresh[i, k]
        delay_s[i] = fresh[i, 3] * f.scatter_s
