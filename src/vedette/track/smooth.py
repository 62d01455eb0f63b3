"""The best trajectory of one track after the fact, from what was recorded of it.

    from plots          smooth(record, settings, frame)       the models' mixture, forward and backward
    from states only    smooth_states(time_ns, x, P, settings) where only the filter's results were kept

Both also answer for times between plots, before the first and after the last one: for evidence, and for
finding where a flight came from. See docs/smoothing.md.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.birth import begin
from vedette.kernel.measurement import AZIMUTH, EAST, RANGE, Look
from vedette.kernel.smoothing import ask, back_from, backward, collapse, forward, models_over
from vedette.track.settings import TrackerSettings

Array = NDArray[np.float64]
Times = NDArray[np.int64]
States = tuple[Array, Array, Array]  # x (t, M, 6), P (t, M, 6, 6), mu (t, M)

_TURNS = 2


@dataclass(frozen=True, slots=True)
class Record:
    """The plots that a track was updated with, by row, in the sector's frame.

    look         (m,)      rows of one look stand together; at most one of them is the track's
    valid_ns     (m,)      when each was measured
    probability  (m,)      that the plot is the track's: 0 to 1, and 1 or less over a look
    z, sd        (m, 12)   components of kernel.measurement and their 1-sigma noise, NaN where absent
    up           (m, 2)    how east and north move with height at a measured place
    pose         (m, 6)    m, the sensor's place when it measured, and the other receiver's
    rotation     (m, 3, 3) from the sector's frame to the sensor's east-north-up
    corr         (m,)      correlation of the errors of east and north
    stray        (m, 2)    share of such plots whose azimuth strays, and how many sd such ones have
    height_max_m (m,)      to where its sensor sees, for a track that begins from it
    """

    look: NDArray[np.int64]
    valid_ns: Times
    probability: Array
    z: Array
    sd: Array
    up: Array
    pose: Array
    rotation: Array
    corr: Array
    stray: Array
    height_max_m: Array

    def __len__(self) -> int:
        return len(self.look)

    def since(self, row: int) -> "Record":
        """The rows from this one on."""
        return Record(*(getattr(self, f.name)[row:] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Start:
    """The state by model before the first look: x (M, 6), P (M, 6, 6), mu (M,)."""

    x: Array
    P: Array
    mu: Array


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Where it was.

    time_ns   (t,)       in order
    measured  (t,)       whether there is a look at that time, not only a question
    x, P      (t, 6), (t, 6, 6)  mean and covariance, m and m/s, in the sector's frame
    mu        (t, M)     model probabilities
    filtered_x, filtered_cov  the same as it was known at the time of a look; NaN at other times
    """

    time_ns: Times
    measured: NDArray[np.bool_]
    x: Array
    P: Array
    mu: Array
    filtered_x: Array
    filtered_cov: Array


def smooth(
    record: Record,
    settings: TrackerSettings,
    frame: Array,
    *,
    start: Start | None = None,
    at_ns: Times | None = None,
    turns: int = _TURNS,
) -> Trajectory:
    """The trajectory that all plots together say.

    frame    (2,)  the sector's origin: height, m; mean radius, m
    start          the state by model at the first look, before its plots; None begins from the first
                   plot with a place, as the tracker does, and looks before it are not used
    at_ns    (q,)  further times to answer for, in any order, also outside the recorded ones
    turns          2 or more linearise again at the smoothed trajectory

    ValueError for an empty record, probabilities outside 0 to 1, or plots of which none has a place.
    """
    _check(record)
    if start is None:
        record, start = _begin(record, settings, frame)
    time_ns, end, dt_s = _nodes(record)
    t, n_models = len(time_ns), len(start.mu)
    F, Q, change = models_over(_intervals_s(time_ns), n_models, settings.motion())
    x, P, mu = np.empty((t, n_models, 6)), np.empty((t, n_models, 6, 6)), np.empty((t, n_models))
    xs, Ps, mus = np.empty_like(x), np.empty_like(P), np.empty_like(mu)
    about = np.full((t, 6), np.nan)
    for turn in range(max(turns, 1)):
        free = change.copy()
        forward(
            start.x, start.P, start.mu, F, Q, free, settings.motion(), end, record.z, record.sd, record.up,
            record.corr, dt_s, record.pose, record.rotation, record.stray, record.probability, frame,
            about, x, P, mu,
        )  # fmt: skip
        if turn == 0:
            known = _moments(x, P, mu)
        backward(x, P, mu, F, Q, free, xs, Ps, mus)
        about, _ = _moments(xs, Ps, mus)
    return _answer(time_ns, (x, P, mu), (xs, Ps, mus), known, at_ns, settings, slice(None))


def smooth_states(
    time_ns: Times, x: Array, P: Array, settings: TrackerSettings, *, at_ns: Times | None = None
) -> Trajectory:
    """The trajectory from a filter's own results, where its plots were not kept.

    time_ns  (n,)  rising
    x, P     (n, 6), (n, 6, 6)  filtered mean and covariance, of the whole mixture
    at_ns    as in `smooth`

    Uses the liveliest of the models alone: which model held is no longer known, and a smoother that
    believes in steady flight goes wrong by hundreds of metres in a turn, while one that allows for a
    manoeuvre loses a tenth (docs/smoothing.md). ValueError for no states or times that do not rise.
    """
    if not len(time_ns) or (np.diff(time_ns) <= 0).any():
        raise ValueError("expected states at rising times")
    n_models = len(settings.birth_speed_sd())
    one_second = models_over(np.ones(1), n_models, settings.motion())[1]
    j = int(np.argmax(one_second[0, :, 3, 3]))
    only = slice(j, j + 1)
    F, Q, _ = models_over(_intervals_s(time_ns), n_models, settings.motion())
    F, Q = np.ascontiguousarray(F[:, only]), np.ascontiguousarray(Q[:, only])
    sure = np.ones((len(time_ns), 1))
    filtered = np.ascontiguousarray(x[:, None]), np.ascontiguousarray(P[:, None]), sure
    xs, Ps, mus = np.empty_like(filtered[0]), np.empty_like(filtered[1]), np.empty_like(sure)
    backward(*filtered, F, Q, sure[:, :, None], xs, Ps, mus)
    return _answer(time_ns, filtered, (xs, Ps, mus), (x, P), at_ns, settings, only)


def _intervals_s(time_ns: Times) -> Array:
    """From each time to the next one, s; the first is 0."""
    out: Array = np.diff(time_ns, prepend=time_ns[:1]) / NS_PER_S
    return out


def _answer(
    time_ns: Times,
    filtered: States,
    smoothed: States,
    known: tuple[Array, Array],
    at_ns: Times | None,
    settings: TrackerSettings,
    only: slice,
) -> Trajectory:
    """The trajectory at its nodes and at all other times that were asked for.

    filtered, smoothed  by model; known: the filtered mixture's mean and covariance
    only                which of the tracker's models the states are of
    """
    asked = np.setdiff1d(at_ns if at_ns is not None else np.zeros(0, np.int64), time_ns)
    early, later = asked[asked < time_ns[0]], asked[asked >= time_ns[0]]
    before = _carried(early[::-1], time_ns[0], smoothed, settings, only)
    at = np.searchsorted(time_ns, later, side="right") - 1
    following = time_ns[np.minimum(at + 1, len(time_ns) - 1)]
    to = _models((later - time_ns[at]) / NS_PER_S, settings, only)
    on = _models(np.maximum(following - later, 0) / NS_PER_S, settings, only)
    between = tuple(np.empty((len(later), *a.shape[1:])) for a in smoothed)
    ask(at, *filtered, *smoothed, *to, *on, settings.motion()[only], *between)
    mean, cov = _moments(*(np.concatenate(a) for a in zip(before, smoothed, between, strict=True)))
    mu = np.concatenate((before[2], smoothed[2], between[2]))
    times = np.concatenate((early[::-1], time_ns, later))
    by = np.argsort(times, kind="stable")
    node = np.zeros(len(times), np.bool_)
    node[len(early) : len(early) + len(time_ns)] = True
    filtered_x, filtered_cov = np.full(mean.shape, np.nan), np.full(cov.shape, np.nan)
    filtered_x[node], filtered_cov[node] = known
    return Trajectory(times[by], node[by], mean[by], cov[by], mu[by], filtered_x[by], filtered_cov[by])


def _models(dt_s: Array, settings: TrackerSettings, only: slice) -> States:
    """F, Q and model transitions over each interval, of some of the tracker's models."""
    F, Q, change = models_over(dt_s, len(settings.birth_speed_sd()), settings.motion())
    change = change[:, only, only]
    change = change / change.sum(axis=2, keepdims=True)
    return np.ascontiguousarray(F[:, only]), np.ascontiguousarray(Q[:, only]), change


def _carried(back: Times, first_ns: int, smoothed: States, settings: TrackerSettings, only: slice) -> States:
    """States by model at times (q,) before the first node, latest first."""
    F, Q, change = _models(-np.diff(back, prepend=np.int64(first_ns)) / NS_PER_S, settings, only)
    x, P, mu = (np.empty((len(back), *a.shape[1:])) for a in smoothed)
    models = settings.motion()[only]
    back_from(smoothed[0][0], smoothed[1][0], smoothed[2][0], F, Q, change, models, x, P, mu)
    return x, P, mu


def _check(record: Record) -> None:
    """Refuse a record that says nothing or the impossible."""
    if not len(record):
        raise ValueError("expected a record with plots, got none")
    p = record.probability
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError("expected association probabilities from 0 to 1")
    if (np.diff(np.flatnonzero(np.diff(record.look, prepend=record.look[0] - 1) != 0)) < 1).any():
        raise ValueError("expected the rows of one look to stand together")


def _begin(record: Record, settings: TrackerSettings, frame: Array) -> tuple[Record, Start]:
    """The record without the plot that the track begins from, and what that plot says."""
    has_place = ~np.isnan(record.z[:, EAST]) | ~np.isnan(record.z[:, RANGE] + record.z[:, AZIMUTH])
    likely = has_place & (record.probability > 0.5)
    if not (likely if likely.any() else has_place).any():
        raise ValueError("expected a plot with a place (range and azimuth, or east and north) to begin from")
    j = int(np.argmax(likely if likely.any() else has_place))
    speeds = settings.birth_speed_sd()
    x, P = np.empty((1, len(speeds), 6)), np.empty((1, len(speeds), 6, 6))
    one = Look(
        record.z, record.sd, record.up, record.corr, np.zeros(len(record)), np.arange(len(record)),
        record.pose, record.rotation, frame, record.stray[j],
    )  # fmt: skip
    begin(one, np.array([j]), record.height_max_m[j], np.array(speeds), x, P)
    rest = record.since(j)
    # What began the track is not counted again.
    mine = rest.look == rest.look[0]
    rest = replace(rest, probability=np.where(mine, 0.0, rest.probability))
    return rest, Start(x[0], P[0], settings.birth_model_weights())


def _nodes(record: Record) -> tuple[Times, NDArray[np.int64], Array]:
    """Time of each look (its latest plot), the end of its rows, and each plot's own time less it, s.

    A look that is older than the one before it is put at that one's time: kernel.measurement carries
    the state back to the plot.
    """
    first = np.flatnonzero(np.diff(record.look, prepend=record.look[0] - 1) != 0)
    end = np.append(first[1:], len(record)).astype(np.int64)
    time_ns = np.maximum.accumulate(np.maximum.reduceat(record.valid_ns, first))
    dt_s: Array = (record.valid_ns - np.repeat(time_ns, end - first)) / NS_PER_S
    return time_ns, end, dt_s


def _moments(x: Array, P: Array, mu: Array) -> tuple[Array, Array]:
    """Mean (t, 6) and covariance (t, 6, 6) of t mixtures."""
    mean = np.empty((len(x), x.shape[2]))
    cov = np.empty((len(x), x.shape[2], x.shape[2]))
    for k in range(len(x)):
        collapse(mu[k], x[k], P[k], mean[k], cov[k])
    return mean, cov
