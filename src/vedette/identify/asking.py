"""Asking sensors: which are due, which of them work, and what a direction finder hears from elsewhere."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.identify import finders, looks
from vedette.identify.check_state import CheckState
from vedette.identify.looks import Asked
from vedette.kernel.claim_looks import polar_from
from vedette.kernel.geodesy import enu_from_geodetic

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LEAST_NS: Final = NS_PER_S  # no sensor is asked more often
_ALIVE_NS: Final = 10 * NS_PER_S
_HEARD_NS: Final = 10 * NS_PER_S


def ask_all(
    state: CheckState, small: Mask, trust: Array, others: NDArray[np.void], tick_ns: int
) -> CheckState:
    """Ask every sensor that is due, and works.

    small   (n,)  which senders say that they are drones
    trust   (n,)  how far each told place is to be trusted, 0 to 1
    others        of TRACK, what other sensors see
    """
    senders = state.senders
    asked, heard = dict(state.asked_ns), dict(state.heard)
    speaks = tick_ns - senders.last_ns < _HEARD_NS
    flying, ground = (np.flatnonzero(speaks & on) for on in (senders.airborne != 0, senders.airborne == 0))
    until = tick_ns - looks.LAG_NS
    begun_ns = np.maximum(senders.first_ns, senders.jumped_ns)
    for s, sensor in state.placed.items():
        period = max(sensor.period_ns, _LEAST_NS)
        last = asked.setdefault(s, until)
        if until - last < period:
            continue
        begin = max(last, until - 3 * period)
        asked[s] = until
        if not _works(state, s, sensor, tick_ns):
            continue
        plots = state.plots
        mine = plots[(plots["sensor"] == s) & (plots["ns"] > begin) & (plots["ns"] <= until)]
        seen = _directions(others, sensor, state.origin)
        if not len(flying):
            polar = np.zeros((0, 3))
        else:
            polar = looks.ask(
                senders, flying, small[flying], trust[flying], sensor, mine, state.origin, begin, until
            )
        if sensor.ranged:
            continue
        landed = polar_from(senders.place[ground], sensor.pose, sensor.rotation)[:, 1]
        _, bearings = looks.in_polar(mine, sensor, state.origin)
        n = max(1, round((until - begin) / period))
        known = np.concatenate((seen, polar[senders.doubt[flying] < looks.TRANSMITS, 1], landed))
        weight = finders.of_nobody(bearings[:, 1], known, looks.azimuth_sd(sensor.sensor))
        heard[s] = finders.hear(
            heard.get(s, finders.nothing()), bearings[:, 1], weight, n, until - begin, until
        )
        senders.elsewhere[flying, s] = finders.elsewhere(heard[s], polar[:, 1], begun_ns[flying])
    return replace(state, asked_ns=asked, heard=heard)


def _works(state: CheckState, s: int, sensor: Asked, tick_ns: int) -> bool:
    """Whether a sensor has given a plot or word of itself lately: the silence of a dead one says nothing."""
    last = max(state.spoke_ns.get(s, 0), state.works_ns.get(s, 0))
    return tick_ns - last <= _ALIVE_NS + 3 * sensor.period_ns


def _directions(tracks: NDArray[np.void], sensor: Asked, origin: Array) -> Array:
    """Directions of tracks (n,) of TRACK as a sensor sees them, rad."""
    lat, lon = tracks["lat_deg"].astype(np.float64), tracks["lon_deg"].astype(np.float64)
    place = enu_from_geodetic(origin, lat, lon, np.zeros(len(lat)))
    place[:, 2] = np.nan
    return polar_from(place, sensor.pose, sensor.rotation)[:, 1]
