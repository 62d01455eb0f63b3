"""Things that stand where they were first seen and never move: masts, buildings, what is parked.

A primary radar on an airport plots them as it plots traffic. What a sensor that is told to
(`fixed_after_s`) has seen stand still for so long, since its first plot, and what no other sensor has
seen, becomes a *fixture*: its track ends, and plots there are expected of the fixture. Their density is
the Poisson one of false plots, uniform over the field of view, plus one plot a period spread as a
Gaussian about every fixture:

    c(z) = c_uniform + Σ over fixtures N(z; place, s²)

so that no track begins there, and a target that passes keeps its own plots but does not stop to follow
the mast. A place is remembered for 20 times as long as it was seen, up to an hour, and then learnt anew.

A track that came from elsewhere is no fixture however long it waits. A hovering drone that is first seen
hovering would be one: `fixed_after_s` is for sensors of a surface.

Source: clutter maps as of Barbarossa, Farina (1990), but of places, not cells; the density as in Williams
(2015), where clutter is a Poisson process of any intensity.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.measurement import AZIMUTH, EAST, NORTH, RANGE
from vedette.track.plots import Plots
from vedette.track.sensors import SensorModel

if TYPE_CHECKING:
    from vedette.track.state import Tracks

Array = NDArray[np.float64]

_SPREAD_M: Final = 4.0  # of a fixture's plots
_SAME_M: Final = 10.0  # places closer than this are one
_MOVED_M: Final = 15.0  # a track further from where it began has moved
_REMEMBER: Final = 20.0  # times as long as it was seen
_MOST_S: Final = 180.0  # that a place is credited with


@dataclass(frozen=True, slots=True)
class Fixtures:
    """One sensor's.

    place_m  (k, 2)  east, north of the sector's frame
    seen_s   (k,)    for how long something stood there
    last_ns  (k,)    when it was last seen
    began    by track: where its first plot lay; None once it has moved
    """

    place_m: Array
    seen_s: Array
    last_ns: NDArray[np.int64]
    began: dict[int, tuple[float, float] | None]


def none() -> Fixtures:
    """Nothing known."""
    return Fixtures(np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.int64), {})


def gain(fixtures: Fixtures, sensor: SensorModel, plots: Plots, plain: Array) -> Array:
    """How many times as dense as uniform false plots are those that fixtures give, at each plot, (m,).

    plain  (m,)  other false plots and new targets a period
    """
    known = fixtures.seen_s >= (sensor.sensor.fixed_after_s or math.inf)
    if not known.any() or not len(plots):
        return np.zeros(len(plots))
    at = _places_m(plots)
    away2 = ((at[:, None, :] - fixtures.place_m[known][None, :, :]) ** 2).sum(axis=2)
    dense = np.exp(-0.5 * away2 / _SPREAD_M**2).sum(axis=1) / (2.0 * math.pi * _SPREAD_M**2)
    # A square metre at range r is 1/r of range times azimuth; a place has its own density.
    ranged = ~np.isnan(plots.z[:, RANGE])
    log_flat = np.where(
        ranged,
        sensor.log_density[RANGE] + sensor.log_density[AZIMUTH] - np.log(np.maximum(plots.z[:, RANGE], 1.0)),
        sensor.log_density[EAST] + sensor.log_density[NORTH],
    )
    out: Array = np.nan_to_num(dense) / np.exp(log_flat) / np.maximum(plain, 1e-9)
    return out


def learn(
    fixtures: Fixtures, sensor: SensorModel, plots: Plots, tracks: "Tracks", now_ns: int
) -> tuple[Fixtures, NDArray[np.bool_]]:
    """After a look: what stands, and the rows of tracks (n,) that are fixtures and end."""
    s = sensor.sensor.index
    after_s = sensor.sensor.fixed_after_s or math.inf
    place_m, seen_s, last_ns = fixtures.place_m.copy(), fixtures.seen_s.copy(), fixtures.last_ns.copy()
    alone = (tracks.sensor_hits[:, s] > 0) & ((tracks.sensor_hits > 0).sum(axis=1) == 1)
    alive = {int(i): None for i in tracks.track_id.tolist()}
    began = {i: at for i, at in fixtures.began.items() if i in alive}
    ended = np.zeros(len(tracks), np.bool_)
    at_m = np.einsum("nm,nmc->nc", tracks.mu, tracks.x[:, :, :2])
    for k in np.flatnonzero(alone & tracks.shown).tolist():
        ident, here = int(tracks.track_id[k]), at_m[k]
        first = began.setdefault(ident, (float(here[0]), float(here[1])))
        if first is None:
            continue
        if math.hypot(here[0] - first[0], here[1] - first[1]) > _MOVED_M:
            began[ident] = None
            continue
        near = _nearest(place_m, here)
        if near is not None and seen_s[near] >= after_s:
            ended |= tracks.track_id == ident
        elif near is None:
            place_m = np.vstack((place_m, here))
            seen_s, last_ns = np.append(seen_s, 0.0), np.append(last_ns, tracks.hit_ns[k])
        elif tracks.hit_ns[k] > last_ns[near]:
            since_s = (tracks.hit_ns[k] - last_ns[near]) / NS_PER_S
            seen_s[near] += min(since_s, 2.0 * sensor.period_ns / NS_PER_S)
            place_m[near] += 0.1 * (here - place_m[near])
            last_ns[near] = tracks.hit_ns[k]
    for at, when in zip(_places_m(plots), plots.valid_ns.tolist(), strict=True):
        near = _nearest(place_m, at)
        if near is not None and after_s <= seen_s[near] and when > last_ns[near]:
            seen_s[near] = min(seen_s[near] + sensor.period_ns / NS_PER_S, max(_MOST_S, after_s))
            last_ns[near] = when
    kept = (now_ns - last_ns) / NS_PER_S < _REMEMBER * np.maximum(seen_s, 1.0)
    return replace(
        fixtures, place_m=place_m[kept], seen_s=seen_s[kept], last_ns=last_ns[kept], began=began
    ), ended


def _nearest(place_m: Array, at_m: Array) -> int | None:
    """The place that is one with this, or none."""
    if not len(place_m):
        return None
    away = np.hypot(place_m[:, 0] - at_m[0], place_m[:, 1] - at_m[1])
    near = int(np.argmin(away))
    return near if away[near] < _SAME_M else None


def _places_m(plots: Plots) -> Array:
    """East and north of each plot in the sector's frame, (m, 2), NaN without a place."""
    azimuth = plots.z[:, AZIMUTH]
    flat = plots.z[:, RANGE, None] * np.column_stack((np.sin(azimuth), np.cos(azimuth), np.zeros(len(plots))))
    polar = plots.pose[plots.at, :2] + np.einsum("mab,ma->mb", plots.rotation[plots.at], flat)[:, :2]
    told = plots.z[:, (EAST, NORTH)]
    out: Array = np.where(np.isnan(told), polar, told)
    return out
