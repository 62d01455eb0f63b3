"""Registration: what is wrong with each sensor, learnt while it runs.

One joint Kalman filter over the biases of all sensors, fed with pairs of plots that tracks have of two
sensors within a few seconds. Sensors whose targets tell their own position (ADS-B, Remote ID) have no
biases: they are what the others are measured by. See kernel.registration for the equations and
docs/registration.md for what can be seen and what cannot.

    sightings = sight(tracker, rows, track_id, probability, settings)   plots that tracks took, as they came
    state = step(state, sightings, now_ns)
    rows = corrected(state, rows, origin)           before the tracker's next step
    model = corrected_model(state, model)

The tracker does so itself: track.trueing.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.sensor import SENSOR_BIAS
from vedette.core.units import NS_PER_S
from vedette.kernel import registration as kernel
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu, mean_radius_m
from vedette.kernel.registration import N_BIASES
from vedette.kernel.registration_filter import fold, relax
from vedette.kernel.registration_prior import few_are_off
from vedette.track import drift
from vedette.track.sensors import SensorModel
from vedette.track.sightings import RegistrationSettings, Sightings, no_sightings

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """Everything that the next step depends on; s sensors with biases, by Sensor.index.

    sensors     (s,)       Sensor.index, ascending
    x, P        (n,), (n, n)  biases, pressure and heights in units of the prior: kernel.registration
    bias        (s, 7)     what is thought to be wrong, in m, 1, rad, rad, m, m, s
    spread      (s, 7, 7)  its covariance, given that few sensors are off
    off         (s,)       whether it is taken out: all of it together is more than chance
    pairs       (s, 2)     used and rejected since the start, by sensor
    recent      (s, 2)     the same, forgetting
    lean, walk  (s, 7)     how far each bias is pulled to one side, and walks, see drift
    time_ns                of x and P
    held, held_ns, held_m  (M,)  tracks whose heights are in x, -1 for none; when last used; guessed height
    memory                 plots that still may find a partner
    """

    settings: RegistrationSettings
    frame: Array
    sensors: NDArray[np.int64]
    x: Array
    P: Array
    bias: Array
    spread: Array
    off: NDArray[np.bool_]
    pairs: NDArray[np.int64]
    recent: Array
    lean: Array
    walk: Array
    time_ns: int
    held: NDArray[np.int64]
    held_ns: NDArray[np.int64]
    held_m: Array
    memory: Sightings


@dataclass(frozen=True, slots=True)
class Correction:
    """Biases of one sensor, (7,) and (7, 7), in the order and units of kernel.registration."""

    bias: Array
    covariance: Array


class SensorBias(Struct, frozen=True, kw_only=True):
    """What one sensor has too much of, with 1 sigma, and the pairs it was learnt from.

    known  names of the biases of which something was seen: their sigma is below half of what it was
    """

    sensor: int
    range_m: float
    range_sd_m: float
    range_scale: float
    range_scale_sd: float
    azimuth_deg: float
    azimuth_sd_deg: float
    elevation_deg: float
    elevation_sd_deg: float
    east_m: float
    east_sd_m: float
    north_m: float
    north_sd_m: float
    clock_s: float
    clock_sd_s: float
    pairs: int
    rejected: int
    known: list[str]


NAMES = ("range", "range_scale", "azimuth", "elevation", "east", "north", "clock")
_KNOWN = 0.5  # of the prior's sigma; below it something was seen
_SIGNIFICANT = 3.0  # sigma
_REPORTED = np.array([1.0, 1.0, 180.0 / math.pi, 180.0 / math.pi, 1.0, 1.0, 1.0])  # deg from rad
_MORE_THAN_CHANCE = 25.0  # of chi² with seven parts it is exceeded once in 1300
_TURNS = 12  # of few_are_off
_FORGET = 0.98  # of `recent`, a pair


def init(origin: Array, settings: RegistrationSettings | None = None) -> RegistrationState:
    """Nothing known of any sensor, in the sector of this origin (3,) lat deg, lon deg, m."""
    settings = settings or RegistrationSettings()
    return RegistrationState(
        settings=settings,
        frame=np.array([origin[2], mean_radius_m(float(origin[0]))]),
        sensors=np.zeros(0, np.int64),
        x=np.zeros(1 + settings.tracks),
        P=np.eye(1 + settings.tracks),
        bias=np.zeros((0, N_BIASES)),
        spread=np.zeros((0, N_BIASES, N_BIASES)),
        off=np.zeros(0, np.bool_),
        pairs=np.zeros((0, 2), np.int64),
        recent=np.zeros((0, 2)),
        lean=np.zeros((0, N_BIASES)),
        walk=np.zeros((0, N_BIASES)),
        time_ns=0,
        held=np.full(settings.tracks, -1, np.int64),
        held_ns=np.zeros(settings.tracks, np.int64),
        held_m=np.zeros(settings.tracks),
        memory=no_sightings(),
    )


def step(state: RegistrationState, sightings: Sightings, now_ns: int) -> RegistrationState:
    """Take what was seen in one tick, in the order of time.

    now_ns  UTC, never less than before

    Returns the new state. With no sightings only time passes.
    """
    settings = state.settings
    state = _with_sensors(state, np.unique(sightings.sensor[sightings.biased]))
    x, P = state.x.copy(), state.P.copy()
    elapsed_s = max(now_ns - state.time_ns, 0) / NS_PER_S if state.time_ns else 0.0
    memory_s = np.full(len(x), settings.memory_s)
    memory_s[N_BIASES * len(state.sensors) :] = settings.height_memory_s
    memory_s[N_BIASES * len(state.sensors)] = settings.pressure_memory_s
    relax(x, P, np.exp(-elapsed_s / memory_s))
    n = N_BIASES * len(state.sensors)
    P[np.arange(n), np.arange(n)] += state.walk.ravel() * elapsed_s
    walk = state.walk * math.exp(-elapsed_s / drift.WALKS_S)
    oldest_ns = now_ns - round(2.0 * settings.longest_s * NS_PER_S)
    memory = state.memory.take(state.memory.valid_ns >= oldest_ns)
    seen = memory.append(sightings)
    after = replace(state, x=x, P=P, walk=walk, memory=seen, time_ns=max(now_ns, state.time_ns))
    if not len(sightings) or not len(state.sensors):
        return after
    slot = np.where(seen.biased, np.searchsorted(state.sensors, seen.sensor), -1)
    plot = seen.plot.copy()
    plot[:, kernel.TIME_S] = (seen.valid_ns - oldest_ns) / NS_PER_S
    used, held, held_ns = seen.used.copy(), state.held.copy(), state.held_ns.copy()
    held_m = state.held_m.copy()
    x_before, var_before = x[:n].copy(), np.diag(P)[:n].copy()
    counts = fold(
        len(memory), seen.sensor, slot, seen.track, plot, used, now_ns, held, held_ns,
        held_m, settings.prior_sd(), state.frame, settings.rules(), x, P,
    )  # fmt: skip
    recent = state.recent * _FORGET ** counts.sum(axis=1, keepdims=True) + counts
    lean = drift.leaning(state.lean.ravel(), x_before, x[:n], var_before, np.diag(P)[:n])
    drifting = np.flatnonzero(drift.drifts(lean, np.diag(P)[:n]))
    P[drifting, drifting] += drift.MORE
    lean[drifting] = 0.0
    walk.ravel()[drifting] = drift.WALK
    after = replace(
        after,
        pairs=state.pairs + counts,
        recent=recent,
        lean=lean.reshape(-1, N_BIASES),
        held=held,
        held_ns=held_ns,
        held_m=held_m,
        memory=replace(seen, used=used),
    )
    return _applied(_doubted(after)) if counts.any() else after


def correction(state: RegistrationState, sensor: int) -> Correction:
    """The biases of the sensor with this Sensor.index; one never heard of has the prior."""
    at = np.flatnonzero(state.sensors == sensor)
    if not len(at):
        return Correction(np.zeros(N_BIASES), np.diag(state.settings.prior_sd() ** 2))
    return Correction(state.bias[at[0]].copy(), state.spread[at[0]].copy())


def report(state: RegistrationState) -> list[SensorBias]:
    """What is wrong with each sensor, as far as known, by Sensor.index.

    The sigmas are those of the filter itself: what only `few_are_off` decides is not claimed to be known.
    """
    out = []
    prior = state.settings.prior_sd()
    for i, sensor in enumerate(state.sensors.tolist()):
        diagonal = np.diag(state.P)[N_BIASES * i : N_BIASES * (i + 1)]
        value, sd = state.bias[i] * _REPORTED, np.sqrt(diagonal) * prior * _REPORTED
        numbers = np.stack([value, sd], axis=1).ravel().tolist()
        out.append(
            SensorBias(
                sensor=sensor,
                **dict(zip(_COLUMNS, numbers, strict=True)),
                pairs=int(state.pairs[i, 0]),
                rejected=int(state.pairs[i, 1]),
                known=[name for name, d in zip(NAMES, diagonal.tolist(), strict=True) if d < _KNOWN**2],
            )
        )
    return out


def told(state: RegistrationState) -> NDArray[np.void]:
    """Every bias that is `known`, as rows (k,) of SENSOR_BIAS, by Sensor.index."""
    s = len(state.sensors)
    sd = np.sqrt(np.diag(state.P)[: N_BIASES * s]).reshape(s, N_BIASES)
    at, kind = np.nonzero(sd < _KNOWN)
    unit = state.settings.prior_sd() * _REPORTED
    out = np.zeros(len(at), SENSOR_BIAS)
    out["sensor"], out["kind"] = state.sensors[at], kind
    out["value"], out["sd"] = state.bias[at, kind] * _REPORTED[kind], sd[at, kind] * unit[kind]
    out["significant"] = np.abs(out["value"]) > _SIGNIFICANT * out["sd"]
    return out


_COLUMNS = SensorBias.__struct_fields__[1:15]


def corrected(state: RegistrationState, rows: NDArray[np.void], origin: Array) -> NDArray[np.void]:
    """Rows (m,) of OBSERVATION as their sensors would have said without biases; the argument is not touched.

    Polar rows rest on the sensor's place, which `corrected_model` puts right; measured places are moved.
    """
    out = rows.copy()
    for i, sensor in enumerate(state.sensors.tolist()):
        mine = np.flatnonzero(rows["sensor"] == sensor)
        bias = state.bias[i]
        if not len(mine) or not state.off[i]:
            continue
        out["range_m"][mine] = np.maximum(
            (rows["range_m"][mine] - bias[kernel.RANGE_OFFSET]) / (1.0 + bias[kernel.RANGE_SCALE]), 0.0
        )
        out["azimuth_deg"][mine] -= math.degrees(bias[kernel.AZIMUTH])
        out["elevation_deg"][mine] = np.clip(
            rows["elevation_deg"][mine] - math.degrees(bias[kernel.ELEVATION]), -90.0, 90.0
        )
        out["valid_ns"][mine] -= round(float(bias[kernel.CLOCK]) * NS_PER_S)
        placed = mine[~np.isnan(rows["lat_deg"][mine])]
        if len(placed):
            zero = np.zeros(len(placed))
            low = enu_from_geodetic(origin, rows["lat_deg"][placed], rows["lon_deg"][placed], zero)
            low[:, :2] -= bias[kernel.EAST : kernel.NORTH + 1]
            there = geodetic_from_enu(origin, low)
            out["lat_deg"][placed], out["lon_deg"][placed] = there[:, 0], there[:, 1]
    return out


def corrected_model(state: RegistrationState, model: SensorModel) -> SensorModel:
    """The sensor where it stands, as far as known."""
    at = np.flatnonzero(state.sensors == model.sensor.index)
    if not len(at) or not state.off[at[0]] or not model.placed:
        return model
    shift = np.append(state.bias[at[0], kernel.EAST : kernel.NORTH + 1], 0.0)
    return replace(model, pose=model.pose - model.rotation.T @ shift)


def _with_sensors(state: RegistrationState, heard: NDArray[np.int64]) -> RegistrationState:
    """Room for sensors not known yet, at their prior."""
    sensors = np.union1d(state.sensors, heard)
    if len(sensors) == len(state.sensors):
        return state
    s = len(sensors)
    old = np.searchsorted(sensors, state.sensors)
    heights = N_BIASES * s + np.arange(1 + len(state.held))
    index = np.concatenate(((N_BIASES * old[:, None] + np.arange(N_BIASES)).ravel(), heights))
    x, P = np.zeros(N_BIASES * s + len(heights)), np.eye(N_BIASES * s + len(heights))
    x[index] = state.x
    P[np.ix_(index, index)] = state.P
    pairs, recent = np.zeros((s, 2), np.int64), np.zeros((s, 2))
    lean, walk = np.zeros((s, N_BIASES)), np.zeros((s, N_BIASES))
    pairs[old], recent[old], lean[old], walk[old] = state.pairs, state.recent, state.lean, state.walk
    return _applied(
        replace(state, sensors=sensors, x=x, P=P, pairs=pairs, recent=recent, lean=lean, walk=walk)
    )


def _applied(state: RegistrationState) -> RegistrationState:
    """The biases to apply, from the filter's."""
    prior = state.settings.prior_sd()
    s = len(state.sensors)
    n = N_BIASES * s
    P = np.ascontiguousarray(state.P[:n, :n])
    b, cov = few_are_off(state.x[:n], P, N_BIASES, state.settings.knee, state.settings.sharp, _TURNS)
    spread = np.empty((s, N_BIASES, N_BIASES))
    for i in range(s):
        block = slice(N_BIASES * i, N_BIASES * (i + 1))
        spread[i] = cov[block, block] * np.outer(prior, prior)
    off = np.array([_off(b[N_BIASES * i : N_BIASES * (i + 1)], cov, i) for i in range(s)], np.bool_)
    return replace(state, bias=b.reshape(s, N_BIASES) * prior, spread=spread, off=off)


def _off(b: Array, cov: Array, i: int) -> bool:
    """Whether the biases (7,) of the i-th sensor, all together, are more than chance: b' C⁻¹ b."""
    block = slice(N_BIASES * i, N_BIASES * (i + 1))
    return bool(b @ np.linalg.solve(cov[block, block], b) > _MORE_THAN_CHANCE)


def _doubted(state: RegistrationState) -> RegistrationState:
    """Forget what is known of the sensor whose pairs are mostly rejected: somebody has turned it."""
    total = state.recent.sum(axis=1)
    share = state.recent[:, 1] / np.maximum(total, 1.0)
    doubtful = (total >= state.settings.doubt_pairs) & (share > state.settings.doubt_share)
    if not doubtful.any():
        return state
    worst = int(np.argmax(np.where(doubtful, share, 0.0)))
    x, P, recent, lean = state.x.copy(), state.P.copy(), state.recent.copy(), state.lean.copy()
    block = slice(N_BIASES * worst, N_BIASES * (worst + 1))
    x[block] = 0.0
    P[block, :] = 0.0
    P[:, block] = 0.0
    P[block, block] = np.eye(N_BIASES)
    recent[:] = 0.0
    lean[worst] = 0.0
    return replace(state, x=x, P=P, recent=recent, lean=lean)
