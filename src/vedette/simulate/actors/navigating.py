"""Kernels of one that navigates by satellites: what it does, and believes, where they are jammed."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit
from vedette.simulate.actors.columns import DRIFT, LAND, NEVER, RETURN, ROUTE

Array = NDArray[np.float64]

_INERTIAL_MPS: Final = 0.5  # drift of an inertial system, 1 NM/h (RTCA DO-236C, appendix)
_REGAIN_S: Final = 3.0
_LAND_MPS: Final = 2.0


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
def navigated(f: Any, s: Any, i: int, loss: int, we: float, wn: float, dt_s: float) -> bool:
    """What it knows of where it is, and does if that is not enough; whether it sets out for home now."""
    s.lost = 1 if loss >= 0 else 0
    if s.lost == 1 or s.error_x != 0.0 or s.error_y != 0.0:
        reckoned(f, s, i, we, wn, dt_s)
    if loss < 0:
        s.going = NEVER
        return False
    if loss == RETURN and f.mode == ROUTE and f.home_leg >= 0:
        begin = s.going != RETURN and s.leg < f.home_leg
        s.going = RETURN
        return bool(begin)
    s.going = loss if loss != RETURN else DRIFT
    return False


@inlined
def helpless(f: Any, s: Any, ve: float, vn: float, we: float, wn: float) -> tuple[float, float, float]:
    """Wanted velocity of one that does not know where it is: with the wind, or straight on."""
    up = -min(_LAND_MPS, f.sink) if s.going == LAND else 0.0
    if f.turns == 1:
        return ve, vn, up
    return we, wn, up
