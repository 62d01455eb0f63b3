"""One look of one sensor: which plot is whose, and what follows for every track.

A look is joint: within it a plot belongs to one target and a target gives one plot. It is *whole* when
the sensor had its full period since its last look: then a track without a plot was missed. A beam or
a stream cut into smaller looks is not whole: a track that gets nothing in one of them may still get
its plot in the next, and is missed only after a period and a half without.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.units import NS_PER_S
from vedette.kernel.association import marginals
from vedette.kernel.bernoulli import begin, gate, near, predict_rows, update
from vedette.kernel.geodesy import mean_radius_m
from vedette.kernel.measurement import BARO, ELEVATION, HEIGHT
from vedette.track.plots import Plots, class_evidence, prepare
from vedette.track.sensors import SensorModel
from vedette.track.state import BAROMETRIC, GEOMETRIC, LABEL_SCHEMES, TrackerState, Tracks, blank

Array = NDArray[np.float64]

_SAME_LABEL = math.log(1e4)
_OTHER_LABEL = math.log(1e-6)
# Reports of one sensor about one target are not independent of each other (a bird's wing beat or a
# rotor's flash looks alike for seconds): each counts for less.
_CLASS_WEIGHT = 0.15
_SURE_BEARING = 0.95
_CLASS_FLOOR = 0.002
_SECOND_PLOT_PD = 0.05  # a second plot of one target in one period: split or reflection
_MIN_BIRTH = 0.01
_MAX_BIRTH = 0.98
_MAX_LOG_ODDS = 60.0


@dataclass(slots=True)
class Hits:
    """Plots that tracks were updated with: the association's evidence.

    track_id (k,), row (k,) index into the step's rows, probability (k,)
    """

    track_id: list[int]
    row: list[int]
    probability: list[float]


def look(
    state: TrackerState,
    tracks: Tracks,
    sensor: SensorModel,
    rows: NDArray[np.void],
    row_index: NDArray[np.int64],
    claims: list[Claim],
    hits: Hits,
    *,
    whole: bool,
) -> tuple[Tracks, int]:
    """Take one look into the tracks, in place, and append the new ones.

    rows       (m,) of OBSERVATION, all of this sensor, each of another target or of clutter
    row_index  (m,) where they stand in the step's rows
    hits       gets the associations
    whole      whether the sensor looked everywhere since its last look (see the module)

    Returns the tracks with those that began, and the next free id.
    """
    settings = state.settings
    plots = prepare(rows, sensor, state.origin)
    labels = _labels(rows, claims)
    likelihood = class_evidence(rows)
    look_ns = int(plots.valid_ns.max())
    frame = np.array([state.origin[2], mean_radius_m(float(state.origin[0]))])
    params = settings.motion()
    pose = np.nan_to_num(sensor.pose)
    s = sensor.sensor.index

    lag_s: Array = (look_ns - tracks.time_ns) / NS_PER_S
    candidate = np.flatnonzero(
        near(tracks.x, tracks.P, tracks.mu, lag_s, plots.z, plots.sd, pose, sensor.rotation, frame, params)
        & _in_reach(sensor, tracks, pose)
    )
    p_other = np.ones(len(rows))
    if len(candidate):
        x, P, mu, r = (a[candidate].copy() for a in (tracks.x, tracks.P, tracks.mu, tracks.r))
        lag = lag_s[candidate]
        predict_rows(x, P, mu, np.maximum(lag, 0.0), params)
        behind = np.minimum(lag, 0.0)  # tracks newer than the look are looked at where they were
        x[:, :, :3] += behind[:, None, None] * x[:, :, 3:]
        dt_s: Array = (plots.valid_ns - look_ns) / NS_PER_S
        track, plot, loglik = gate(
            x, P, mu, plots.z, plots.sd, plots.up, dt_s, pose, sensor.rotation, frame, settings.gate_sd
        )
        if len(track):
            pd = _detection(sensor, tracks, candidate, look_ns)
            loglik = loglik + _label_evidence(tracks.label[candidate[track]], labels[plot])
            loglik += _class_fit(tracks.class_p[candidate[track]], likelihood[plot])
            weight = (
                r[track] * pd[track] * np.exp(np.minimum(loglik - plots.log_clutter[plot], _MAX_LOG_ODDS))
            )
            pd_miss = pd if whole else np.zeros(len(pd))
            missed = 1.0 - r * pd_miss
            other = np.full(len(rows), sensor.false_per_look + settings.undetected)
            p_pair, p_missed, p_other = marginals(
                len(candidate), len(rows), track, plot, weight, missed, other
            )
            update(
                x, P, mu, r, pd_miss, plots.z, plots.sd, plots.up, dt_s, pose, sensor.rotation, frame,
                track, plot, p_pair, p_missed, settings.ignore_below,
            )  # fmt: skip
            hit = np.zeros(len(candidate), np.bool_)
            hit[track] = True
            x[:, :, :3] -= behind[:, None, None] * x[:, :, 3:]
            where = candidate[hit]
            tracks.x[where], tracks.P[where], tracks.mu[where] = x[hit], P[hit], mu[hit]
            tracks.r[where] = r[hit]
            tracks.time_ns[where] = np.maximum(tracks.time_ns[where], look_ns)
            _record(tracks, candidate, track, plot, p_pair, rows, plots, labels, s)
            if whole:
                tracks.look_ns[where, s] = np.maximum(tracks.look_ns[where, s], look_ns)
            _learn_class(tracks, candidate, track, plot, p_pair, plots, likelihood)
            sure = p_pair >= 0.5
            hits.track_id += tracks.track_id[candidate[track[sure]]].tolist()
            hits.row += row_index[plot[sure]].tolist()
            hits.probability += p_pair[sure].tolist()
    _count_misses(tracks, sensor, look_ns, whole=whole)
    return _begin(
        state, tracks, sensor, rows, row_index, plots, labels, likelihood, p_other, frame, pose, hits
    )


def _in_reach(sensor: SensorModel, tracks: Tracks, pose: Array) -> NDArray[np.bool_]:
    """Tracks that a placed sensor could see at all, by its instrumented range, (n,)."""
    if not sensor.placed:
        return np.ones(len(tracks), np.bool_)
    away = tracks.x[:, 1, :2] - pose[:2]
    spread = np.sqrt(np.maximum(tracks.P[:, 1, 0, 0], tracks.P[:, 1, 1, 1]))
    out: NDArray[np.bool_] = np.hypot(away[:, 0], away[:, 1]) < 1.1 * sensor.sensor.range_max_m + 3.0 * spread
    return out


def _detection(sensor: SensorModel, tracks: Tracks, candidate: NDArray[np.int64], look_ns: int) -> Array:
    """Detection probability of each candidate in this look, (n,)."""
    pd = np.full(len(candidate), sensor.sensor.detection_probability)
    if sensor.period_ns:
        since = look_ns - tracks.look_ns[candidate, sensor.sensor.index]
        pd[since < sensor.period_ns // 2] = _SECOND_PLOT_PD
    return pd


def _record(
    tracks: Tracks,
    candidate: NDArray[np.int64],
    track: NDArray[np.int64],
    plot: NDArray[np.int64],
    p_pair: Array,
    rows: NDArray[np.void],
    plots: Plots,
    labels: NDArray[np.uint64],
    s: int,
) -> None:
    """Note on the tracks which plots they took: times, counts, labels, heights."""
    sure = p_pair >= 0.5
    i = candidate[track[sure]]
    j = plot[sure]
    tracks.hit_ns[i] = np.maximum(tracks.hit_ns[i], plots.valid_ns[j])
    tracks.heard_ns[i] = np.maximum(tracks.heard_ns[i], rows["heard_ns"][j])
    tracks.hits[i] += plots.has_place[j]  # a bearing alone does not make a track
    tracks.look_ns[i, s] = np.maximum(tracks.look_ns[i, s], plots.valid_ns[j])
    tracks.sensor_hits[i, s] += 1
    tracks.label[i] = np.where(tracks.label[i] == 0, labels[j], tracks.label[i])
    baro = rows["baro_alt_m"][j]
    tracks.baro_alt_m[i] = np.where(np.isnan(baro), tracks.baro_alt_m[i], baro)
    tracks.height_kind[i] |= _height_kind(plots)[j]


def _height_kind(plots: Plots) -> NDArray[np.uint8]:
    """What each plot says of height, (m,)."""
    geometric = ~np.isnan(plots.z[:, HEIGHT]) | ~np.isnan(plots.z[:, ELEVATION])
    barometric = ~np.isnan(plots.z[:, BARO])
    kind: NDArray[np.uint8] = (geometric * GEOMETRIC + barometric * BAROMETRIC).astype(np.uint8)
    return kind


def _count_misses(tracks: Tracks, sensor: SensorModel, look_ns: int, *, whole: bool) -> None:
    """Tracks that this sensor saw before and should have seen again by now."""
    if not sensor.period_ns or not len(tracks):
        return
    s = sensor.sensor.index
    seen = tracks.sensor_hits[:, s] > 0
    patience = sensor.period_ns // 2 if whole else sensor.period_ns + sensor.period_ns // 2
    due = seen & (look_ns - tracks.look_ns[:, s] > patience)
    pd = sensor.sensor.detection_probability
    r = tracks.r[due]
    tracks.r[due] = r * (1.0 - pd) / (1.0 - r * pd)
    tracks.look_ns[due, s] += sensor.period_ns


@lru_cache(maxsize=65536)
def _hash(ident: str) -> int:
    """A stable number for a name, never 0."""
    return int.from_bytes(hashlib.blake2b(ident.encode(), digest_size=8).digest(), "little") | 1


def _labels(rows: NDArray[np.void], claims: list[Claim]) -> NDArray[np.uint64]:
    """Claimed identity of each plot by LABEL_SCHEMES, (m, 3)."""
    out = np.zeros((len(rows), len(LABEL_SCHEMES)), np.uint64)
    for j, number in enumerate(rows["claim"].tolist()):
        if number:
            claim = claims[number - 1]
            if claim.scheme in LABEL_SCHEMES:
                out[j, LABEL_SCHEMES.index(claim.scheme)] = _hash(claim.ident)
    return out


def _label_evidence(mine: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> Array:
    """Log likelihood ratio of equal and different names, (k,)."""
    both = (mine != 0) & (theirs != 0)
    out: Array = np.where(both, np.where(mine == theirs, _SAME_LABEL, _OTHER_LABEL), 0.0).sum(axis=1)
    return out


def _class_fit(class_p: Array, likelihood: Array) -> Array:
    """Log of how well what the sensor says of the class fits the track, (k,); 0 where it says nothing."""
    told = ~np.isnan(likelihood[:, 0])
    out = np.zeros(len(class_p))
    lik = likelihood[told] / likelihood[told].mean(axis=1, keepdims=True)
    out[told] = np.log((class_p[told] * lik).sum(axis=1) + 1e-3)
    return out


def _learn_class(
    tracks: Tracks,
    candidate: NDArray[np.int64],
    track: NDArray[np.int64],
    plot: NDArray[np.int64],
    p_pair: Array,
    plots: Plots,
    likelihood: Array,
) -> None:
    """Bayes' rule on the class of every track that a plot with a class was weighed for."""
    # A bearing crosses much that is not its source: it speaks of a class only where nothing else fits.
    told = ~np.isnan(likelihood[plot, 0]) & (plots.has_place[plot] | (p_pair > _SURE_BEARING))
    if not told.any():
        return
    prior = tracks.class_p[candidate]
    share = np.zeros(len(candidate))
    np.add.at(share, track[told], p_pair[told])
    new = prior * (1.0 - share)[:, None]
    posterior = prior[track[told]] * likelihood[plot[told]] ** _CLASS_WEIGHT
    posterior /= posterior.sum(axis=1, keepdims=True)
    np.add.at(new, track[told], p_pair[told, None] * posterior)
    new = np.maximum(new, _CLASS_FLOOR)
    tracks.class_p[candidate] = new / new.sum(axis=1, keepdims=True)


def _begin(
    state: TrackerState,
    tracks: Tracks,
    sensor: SensorModel,
    rows: NDArray[np.void],
    row_index: NDArray[np.int64],
    plots: Plots,
    labels: NDArray[np.uint64],
    likelihood: Array,
    p_other: Array,
    frame: Array,
    pose: Array,
    hits: Hits,
) -> tuple[Tracks, int]:
    """Begin a track from every plot that is probably nobody's."""
    settings = state.settings
    existence = min(settings.undetected / (settings.undetected + sensor.false_per_look), _MAX_BIRTH)
    born = np.flatnonzero(plots.has_place & (existence * p_other > _MIN_BIRTH))
    next_id = state.next_id
    if not len(born):
        return tracks, next_id
    new = blank(len(born), tracks.look_ns.shape[1])
    kinds = _height_kind(plots)
    for q, j in enumerate(born.tolist()):
        for a, speed_sd in enumerate(settings.birth_speed_sd_mps):
            begin(
                plots.z[j], plots.sd[j], plots.up[j], pose, sensor.rotation, frame,
                sensor.sensor.height_max_m, speed_sd, new.x[q, a], new.P[q, a],
            )  # fmt: skip
    new.track_id[:] = np.arange(next_id, next_id + len(born))
    new.born_ns[:] = new.time_ns[:] = new.hit_ns[:] = plots.valid_ns[born]
    new.heard_ns[:] = rows["heard_ns"][born]
    new.hits[:] = 1
    new.r[:] = existence * p_other[born]
    new.label[:] = labels[born]
    new.baro_alt_m[:] = rows["baro_alt_m"][born]
    new.height_kind[:] = kinds[born]
    s = sensor.sensor.index
    new.look_ns[:, s] = plots.valid_ns[born]
    new.sensor_hits[:, s] = 1
    told = ~np.isnan(likelihood[born, 0])
    new.class_p[told] *= likelihood[born][told] ** _CLASS_WEIGHT
    new.class_p /= new.class_p.sum(axis=1, keepdims=True)
    hits.track_id += new.track_id.tolist()
    hits.row += row_index[born].tolist()
    hits.probability += [1.0] * len(born)
    return tracks.append(new), next_id + len(born)
