"""One look of one sensor: which plot is whose, and what follows for every track.

A look is joint: within it a plot belongs to one target and a target gives one plot. It is *whole* when
the sensor had its full period since its last look: then a track without a plot was missed. A beam or
a stream cut into smaller looks is not whole: a track that gets nothing in one of them may still get
its plot in the next, and is missed only after a period and a half without.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.birth import begin
from vedette.kernel.clusters import discount, involve, split
from vedette.kernel.gating import gate, in_reach, near
from vedette.kernel.geodesy import mean_radius_m
from vedette.kernel.hypotheses import associate
from vedette.kernel.kalman import take
from vedette.kernel.ledger import found, note, remember, sure_pairs, weigh
from vedette.kernel.lifecycle import chances, fading, miss, overdue
from vedette.kernel.measurement import Look
from vedette.kernel.motion import carried
from vedette.kernel.reduction import close_up, reduce
from vedette.kernel.windows import Windows, windows
from vedette.track import sightline
from vedette.track.background import Background, others
from vedette.track.conduct import Doubt
from vedette.track.plots import Plots
from vedette.track.sensors import SensorModel
from vedette.track.settings import TrackerSettings
from vedette.track.state import Clusters, TrackerState, Tracks
from vedette.track.view import blind, limited

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SAME_LABEL = math.log(1e4)
_OTHER_LABEL = math.log(1e-6)
# Reports of one sensor about one target are not independent of each other (a bird's wing beat or a
# rotor's flash looks alike for seconds): its first counts for half a word, and each later one for as much as
# is new since the one before it, however often the sensor speaks.
_FIRST_WORD = 0.5
_WORD_TAU_S = 10.0
_SURE_BEARING = 0.95
_CLASS_FLOOR = 0.002
_SHARE_GAIN = 0.2  # of one more chance in a track's sensor_share
_LEAST_EXISTENCE = 1e-3  # targets below it are let go
_TIE = 0.02  # choices that hang together by less are told apart
_MAX_BIRTH = 0.98
_SURE = 0.5  # a plot that is a track's so surely is told as its own
STRAY_SD = 10.0  # of a stray azimuth, in units of a good one's
_MOST_EXISTENCE = 1.0 - 1e-9
_ROOM = 64  # rows for what begins in the rest of a step


@dataclass(slots=True)
class Hits:
    """Plots that tracks were updated with: the association's evidence.

    track_id (k,), row (k,) index into the step's rows, probability (k,)
    """

    track_id: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    row: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    probability: Array = field(default_factory=lambda: np.zeros(0))

    def add(self, track_id: NDArray[np.uint32], row: Ints, probability: Array) -> None:
        """Note more of them (k,)."""
        self.track_id = np.concatenate((self.track_id, track_id))
        self.row = np.concatenate((self.row, row))
        self.probability = np.concatenate((self.probability, probability))


@dataclass(slots=True)
class Draft:
    """The state while a step works on it.

    owned          whether the columns of the tracks are the draft's own, all but x and P
    owned_states   whether x and P are
    room           arrays of the draft's own whose first rows may be x and P, with room for more
    frame, models  as the kernels take them
    """

    settings: TrackerSettings
    tracks: Tracks
    clusters: Clusters
    next_id: int
    next_plot: int
    frame: Array
    models: Array
    owned: bool = False
    owned_states: bool = False
    room: tuple[Array, ...] = ()
    hits: Hits = field(default_factory=Hits)

    def own(self, *, states: bool = False) -> Tracks:
        """The tracks to write to in place: x and P too with states."""
        if not self.owned:
            self.tracks = self.tracks.copy(big=False)
            self.owned = True
        if states and not self.owned_states:
            tracks, n = self.tracks, len(self.tracks)
            self.room = tuple(np.empty((n + _ROOM, *a.shape[1:])) for a in (tracks.x, tracks.P))
            for own, a in zip(self.room, (tracks.x, tracks.P), strict=True):
                own[:n] = a
            tracks.x, tracks.P = (own[:n] for own in self.room)
            self.owned_states = True
        return self.tracks


def draft(state: TrackerState) -> Draft:
    """A draft that begins as the state."""
    tracks = replace(state.tracks)
    tracks.widen(max(state.sensors, default=-1) + 1)
    return Draft(
        settings=state.settings,
        tracks=tracks,
        clusters=state.clusters,
        next_id=state.next_id,
        next_plot=state.next_plot,
        frame=np.array([state.origin[2], mean_radius_m(float(state.origin[0]))]),
        models=state.settings.motion(),
    )


def look(
    work: Draft,
    sensor: SensorModel,
    plots: Plots,
    background: Background,
    look_ns: int,
    *,
    whole: bool,
    doubt: Doubt | None = None,
) -> Array:
    """Take one look into the draft, tracks that begin included; returns p (m,) of each plot being nobody's.

    plots    of this sensor, each of another target or of clutter; may be none in a whole look
    look_ns  time of the look
    whole    whether the sensor looked everywhere since its last look (see the module)
    doubt    what not to believe of it
    """
    seen = plots.seen(look_ns, work.frame, np.array([sensor.sensor.stray_share, STRAY_SD]))
    other, new = others(background, sensor, plots, doubt)
    p_other = np.ones(len(plots))
    laid_out = windows(seen)
    cluster = work.clusters.of_rows(len(work.tracks))
    rows, lost = _rows_of_look(work, sensor, seen, laid_out, cluster, look_ns, whole=whole)
    if len(rows):
        p_other = _associate(
            work, sensor, plots, seen, laid_out, other, cluster, rows, lost, look_ns, whole=whole
        )
    elif len(lost):
        _let_go(work, lost)
    _count_misses(work, sensor, look_ns, whole=whole)
    _begin(work, sensor, plots, seen, new * p_other)
    work.next_plot += len(plots)
    return p_other


def _let_go(work: Draft, rows: Ints) -> None:
    """Tracks with these rows end; each is all of its track."""
    gone = np.zeros(len(work.tracks), np.bool_)
    gone[rows] = True
    work.clusters = work.clusters.without(gone)
    work.tracks = work.tracks.take(~gone)
    work.owned = work.owned_states = True


def _rows_of_look(
    work: Draft,
    sensor: SensorModel,
    seen: Look,
    laid_out: Windows,
    cluster: Ints,
    look_ns: int,
    *,
    whole: bool,
) -> tuple[Ints, Ints]:
    """Rows that the look speaks of, and rows that it lets go.

    It speaks of all that the sensor should see, and of those with a plot near by. Of most tracks that began
    with a false plot nothing is seen again: they need not be looked at any closer.
    """
    tracks = work.tracks
    s = sensor.sensor.index
    # A sensor that never saw a track says nothing against it.
    wanted = (tracks.sensor_hits[:, s] > 0) & whole
    lost = np.zeros(len(tracks), np.bool_)
    if whole and not limited(sensor.sensor):
        lost = fading(
            s, tracks.r, tracks.look_ns, tracks.sensor_hits, cluster, look_ns, sensor.period_ns,
            sensor.sensor.detection_probability, _LEAST_EXISTENCE,
        )  # fmt: skip
        wanted &= ~lost
    if not wanted.all():
        lag_s: Array = (look_ns - tracks.time_ns) / NS_PER_S
        asked = ~wanted
        if sensor.placed:
            reach_m = 1.1 * sensor.sensor.range_max_m
            asked &= lost | in_reach(tracks.x, tracks.P, _steady(tracks.x), seen.pose, reach_m)
        close = near(
            tracks.x, tracks.P, tracks.mu, lag_s, asked, seen, laid_out, work.models, work.settings.gate_sd
        )
        wanted |= close
        lost &= ~close
    if len(work.clusters):
        wanted = involve(wanted, cluster, work.clusters.first_leaf, work.clusters.leaf)
    return np.flatnonzero(wanted), np.flatnonzero(lost)


def _associate(
    work: Draft,
    sensor: SensorModel,
    plots: Plots,
    seen: Look,
    laid_out: Windows,
    other: Array,
    cluster: Ints,
    rows: Ints,
    lost: Ints,
    look_ns: int,
    *,
    whole: bool,
) -> Array:
    """Branch, weigh and update these rows, whole clusters; returns p of each plot being nobody's, (m,).

    cluster  (n,)  of each row of the tracks, -1 for none
    lost     (k,)  rows that go without a closer look
    """
    settings = work.settings
    tracks = work.tracks
    lag: Array = (look_ns - tracks.time_ns[rows]) / NS_PER_S
    x, P, mu = carried(tracks.x, tracks.P, tracks.mu, rows, lag, work.models)
    behind = np.minimum(lag, 0.0)[:, None, None]  # tracks newer than the look: taken where they were
    ahead = bool((lag < 0.0).any())
    if ahead:
        x[:, :, :3] += behind * x[:, :, 3:]
    start, plot, loglik, astray = gate(x, P, mu, seen, laid_out, settings.gate_sd)
    if not whole:
        # Who has no plot in a part of a look has nothing to learn from it.
        got = np.zeros(len(tracks), np.bool_)
        got[rows[np.diff(start) > 0]] = True
        keep = involve(got, cluster, work.clusters.first_leaf, work.clusters.leaf)[rows]
        if not keep.any():
            return np.ones(len(plots))
        start = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.diff(start)[keep])))
        rows, x, P, mu, behind = rows[keep], x[keep], P[keep], mu[keep], behind[keep]
    r = tracks.r[rows]
    detected, missed, survives = chances(
        rows, sensor.sensor.index, tracks.r, tracks.look_ns, tracks.sensor_hits, tracks.sensor_share,
        blind(sensor, x[:, _steady(x)], P[:, _steady(x)]), look_ns, sensor.period_ns,
        sensor.sensor.detection_probability, sensor.sensor.second_plot_share, whole,
    )  # fmt: skip
    weight = _pair_weights(work, plots, other, rows, detected, start, plot, loglik)
    table = work.clusters
    taken = split(rows, cluster, table.first_hyp, table.log_w, table.first_leaf, table.leaf)
    branched = associate(
        len(plots), missed, survives < _LEAST_EXISTENCE, start, plot, weight, *taken[:4],
        settings.beam, settings.hypotheses, math.log(settings.prune), settings.largest_cluster,
        settings.ignore_below,
    )  # fmt: skip
    child, pair, p_pair, p_other = branched[0], branched[1], branched[6], branched[7]
    took = np.where(pair >= 0, plot[pair], -1) if len(plot) else np.full(len(pair), -1)
    astray = astray[np.maximum(pair, 0)] if len(plot) else np.zeros(len(pair), np.bool_)
    before = x, P
    x, P, mu, r = take(x, P, mu, r, seen, child, took, astray, survives, len(plots))
    if sensor.placed:
        sightline.keep_distances(seen, sensor.pose, *before, x, P, child, took)
    recent = remember(tracks.recent, rows, child, took, plots.numbers(work.next_plot))
    reduced = reduce(x, P, mu, r, recent, *branched[2:6], settings.merge_d2, _LEAST_EXISTENCE, _TIE)
    if ahead:
        x[: len(child), :, :3] -= behind[child] * x[: len(child), :, 3:]
    live = close_up(reduced[0], x, P)
    parent = rows[child[live]]
    leaves = tracks.take(parent, big=False)
    leaves.x, leaves.P = x[: len(live)], P[: len(live)]
    leaves.mu, leaves.recent = np.take(mu, live, axis=0), np.take(recent, live, axis=0)
    leaves.r = np.minimum(r[live], _MOST_EXISTENCE)
    np.maximum(leaves.time_ns, look_ns, out=leaves.time_ns)
    took = took[live]
    p_took = p_pair[np.maximum(pair[live], 0)] if len(p_pair) else np.zeros(len(live))
    _learn_class(leaves, plots, took, p_took, sensor.sensor.index)
    _record(leaves, plots, took, sensor.sensor.index, look_ns, whole=whole)
    _note_hits(work, plots, tracks.track_id[rows], cluster[rows] >= 0, start, plot, p_pair)
    rest, mine = Clusters(*taken[4:]), Clusters(*reduced[1:])
    _replace_rows(work, rows, lost, parent, leaves, live, rest, mine, (x, P))
    return p_other


def _replace_rows(
    work: Draft,
    rows: Ints,
    lost: Ints,
    parent: Ints,
    leaves: Tracks,
    live: Ints,
    rest: Clusters,
    mine: Clusters,
    room: tuple[Array, Array],
) -> None:
    """Put the leaves in the place of the rows that they come from.

    rows    (k,)  taken up by the look; lost (l,) those that go
    parent  (m,)  row that each leaf comes from
    live    (m,)  what the table `mine` calls each leaf
    rest          clusters that the look did not touch
    room          of which the leaves' x and P are the first rows
    """
    tracks = work.tracks
    n = len(tracks)
    if len(rows) + len(lost) == n:
        work.tracks, work.room = leaves, room
        place = np.arange(len(leaves))
        kept = np.zeros(0, np.int64)
    else:
        tracks = work.own(states=True)
        _, first = np.unique(parent, return_index=True)
        again = np.ones(len(parent), np.bool_)
        again[first] = False
        tracks.put(parent[first], leaves, first)
        place = np.empty(len(leaves), np.int64)
        place[first] = parent[first]
        place[again] = n + np.arange(int(again.sum()))
        if again.any():
            tracks = tracks.append(leaves.take(again))
        gone = np.zeros(len(tracks), np.bool_)
        gone[rows] = gone[lost] = True
        gone[parent[first]] = False
        kept = np.arange(len(tracks))
        if gone.any():
            kept = np.cumsum(~gone) - 1
            tracks = tracks.take(~gone)
            place = kept[place]
        work.tracks = tracks
    work.owned = work.owned_states = True
    name = np.full(int(live.max(initial=-1)) + 1, -1, np.int64)
    name[live] = place
    if len(rest):
        rest.leaf = kept[rest.leaf]
    mine.leaf = name[mine.leaf]
    work.clusters = rest.append(mine)


def _steady(x: Array) -> int:
    """The model whose place stands for a leaf where roughly is enough; x (n, models, 6)."""
    return min(1, int(x.shape[1]) - 1)


def _pair_weights(
    work: Draft,
    plots: Plots,
    other: Array,
    rows: Ints,
    detected: Array,
    start: Ints,
    plot: Ints,
    loglik: Array,
) -> Array:
    """Log weight of each pair over that of the plot being of no known target, (k,).

    What a sensor takes a plot for has no part in it: in a flock a track would gather those plots that are
    called what it was called, and be surer with each.
    """
    out = weigh(detected, start, plot, loglik, other)
    if plots.label.any():
        row = np.repeat(rows, np.diff(start))
        out += _label_evidence(work.tracks.label[row], plots.label[plot])
    return out


def _label_evidence(mine: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> Array:
    """Log likelihood ratio of equal and different names, (k,)."""
    both = (mine != 0) & (theirs != 0)
    out: Array = np.where(both, np.where(mine == theirs, _SAME_LABEL, _OTHER_LABEL), 0.0).sum(axis=1)
    return out


def _record(leaves: Tracks, plots: Plots, took: Ints, s: int, look_ns: int, *, whole: bool) -> None:
    """Note on the leaves which plots they took: times, counts, labels, heights. In place."""
    looked_ns = np.full(len(plots), look_ns) if whole else plots.valid_ns
    note(
        took, looked_ns, s, plots.valid_ns, plots.heard_ns, plots.has_place, plots.label, plots.baro_alt_m,
        plots.height_kind, leaves.hit_ns, leaves.heard_ns, leaves.hits, leaves.missed, leaves.excused_ns,
        leaves.look_ns, leaves.sensor_hits, leaves.sensor_share, leaves.label, leaves.baro_alt_m,
        leaves.height_kind, _SHARE_GAIN,
    )  # fmt: skip


def _learn_class(leaves: Tracks, plots: Plots, took: Ints, p_pair: Array, s: int) -> None:
    """Bayes' rule on the class of every leaf that took a plot of sensor s with a class. In place."""
    told = ~np.isnan(plots.likelihood[:, 0])
    if not told.any():
        return
    # A bearing crosses much that is not its source: it speaks of a class only where nothing else fits.
    sure = plots.has_place[took] | (p_pair > _SURE_BEARING)
    i = np.flatnonzero((took >= 0) & told[took] & sure)
    before = leaves.sensor_hits[i, s]
    since_s = (plots.valid_ns[took[i]] - leaves.born_ns[i]) / NS_PER_S / np.maximum(before, 1)
    fresh = 1.0 - np.exp(-np.maximum(since_s, 0.0) / _WORD_TAU_S)
    weight = np.where(before == 0, _FIRST_WORD, fresh)
    new = leaves.class_p[i] * plots.likelihood[took[i]] ** weight[:, None]
    new /= new.sum(axis=1, keepdims=True)
    new = np.maximum(new, _CLASS_FLOOR)
    leaves.class_p[i] = new / new.sum(axis=1, keepdims=True)


def _note_hits(
    work: Draft,
    plots: Plots,
    track_id: NDArray[np.uint32],
    shared: Mask,
    start: Ints,
    plot: Ints,
    p_pair: Array,
) -> None:
    """Tell which plots went to which tracks for sure enough; leaves of one track count together.

    shared  (n,)  whether a row is not the only one of its track
    """
    leaf, its, p = sure_pairs(start, plot, p_pair, track_id, shared, _SURE)
    if len(leaf):
        work.hits.add(track_id[leaf], plots.row[its], p)


def _count_misses(work: Draft, sensor: SensorModel, look_ns: int, *, whole: bool) -> None:
    """Tracks that this sensor saw before and should have seen again by now."""
    tracks = work.tracks
    if not sensor.period_ns or not len(tracks):
        return
    s = sensor.sensor.index
    patience = sensor.period_ns // 2 if whole else sensor.period_ns + sensor.period_ns // 2
    due = overdue(s, tracks.look_ns, tracks.sensor_hits, look_ns, patience)
    if not len(due):
        return
    tracks = work.own()
    steady = _steady(tracks.x)
    log_factor = np.zeros(0 if whole else len(tracks))
    miss(
        due, s, blind(sensor, tracks.x[due, steady], tracks.P[due, steady]), sensor.period_ns,
        sensor.sensor.detection_probability, 1.0 - _SHARE_GAIN, whole, tracks.r, tracks.missed,
        tracks.excused_ns, tracks.look_ns, tracks.sensor_hits, tracks.sensor_share, log_factor,
    )  # fmt: skip
    table = work.clusters
    if not whole and len(table):
        table = Clusters(table.first_hyp, table.log_w.copy(), table.first_leaf, table.leaf)
        discount(log_factor, table.first_hyp, table.log_w, table.first_leaf, table.leaf)
        work.clusters = table


def _begin(work: Draft, sensor: SensorModel, plots: Plots, seen: Look, p_new: Array) -> None:
    """Begin a track from every plot that may be a new target with probability p_new (m,)."""
    settings = work.settings
    born = np.flatnonzero(plots.has_place & (p_new > settings.birth_existence))
    if not len(born):
        return
    n, s = len(born), sensor.sensor.index
    tracks = work.tracks.grown(n, states=work.room)
    new = slice(len(work.tracks), None)
    speed_sd = np.array(settings.birth_speed_sd())
    begin(seen, born, sensor.sensor.height_max_m, speed_sd, tracks.x[new], tracks.P[new])
    tracks.mu[new] = settings.birth_model_weights()
    found(
        born, len(work.tracks), s, work.next_id, np.minimum(p_new, _MAX_BIRTH), plots.numbers(work.next_plot),
        plots.valid_ns, plots.heard_ns, plots.label, plots.baro_alt_m, plots.height_kind, tracks.track_id,
        tracks.born_ns, tracks.time_ns, tracks.hit_ns, tracks.heard_ns, tracks.hits, tracks.r, tracks.recent,
        tracks.label, tracks.baro_alt_m, tracks.height_kind, tracks.look_ns, tracks.sensor_hits,
        tracks.first_sensor,
    )  # fmt: skip
    told = np.flatnonzero(~np.isnan(plots.likelihood[born, 0]))
    if len(told):
        class_p = tracks.class_p[new][told] * plots.likelihood[born[told]] ** _FIRST_WORD
        tracks.class_p[new][told] = class_p / class_p.sum(axis=1, keepdims=True)
    work.hits.add(tracks.track_id[new], plots.row[born], np.ones(n))
    work.tracks = tracks
    work.owned = work.owned_states = True
    work.next_id += n
