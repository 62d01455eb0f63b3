"""Which plots tracks were updated with, kept for the record after the fact.

What a track took in a look may be in dispute then and clear some looks later: the tracker keeps several
histories of a target, and each remembers its last plots (`Tracks.recent`). So every step tells what it
makes of the last plots of the tracks that it touched (`Took`); track.resolve puts that together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.measurement import N_COMPONENTS
from vedette.track import trueing
from vedette.track.look import STRAY_SD, Hits
from vedette.track.naming import Names
from vedette.track.plots import prepare
from vedette.track.sensors import SensorModel
from vedette.track.state import Clusters, TrackerState

Array = NDArray[np.float64]
Ids = NDArray[np.uint32]
Ints = NDArray[np.int64]

# A plot that is a track's with some probability; see smooth.Record, and track.plots for `kind`.
PLOT = np.dtype(
    [
        ("track_id", "<u4"),
        ("kind", "u1"),  # what it says of height
        ("has_place", "?"),
        ("number", "<i8"),  # of the plot, for life
        ("look", "<i8"),  # counts up in the order in which looks were taken
        ("valid_ns", "<i8"),
        ("probability", "<f8"),
        ("z", "<f8", (N_COMPONENTS,)),
        ("sd", "<f8", (N_COMPONENTS,)),
        ("up", "<f8", (2,)),
        ("pose", "<f8", (6,)),
        ("rotation", "<f8", (3, 3)),
        ("corr", "<f8"),
        ("stray", "<f8", (2,)),
        ("height_max_m", "<f8"),
    ]
)
_FAINT = 0.02  # plots that are a track's with less are not kept


@dataclass(frozen=True, slots=True)
class Took:
    """What one step made of the last plots of the tracks that it touched.

    end_ns       of the step, or of the span of the past that was worked through again
    rows         (k,) of OBSERVATION that some track took, without the biases that were known then
    look         (k,) which look of the step each was in
    number       (k,) of each plot, for life
    models       the sensors as the filter took them, by Sensor.index
    fresh_*      (f,) tracks and rows: what may be whose of the step's own plots, and how surely
    last_*       (l,) tracks and numbers: the same of all the plots that the tracks remember
    since_*      (s,) the oldest plot that the history which stands for the track remembers, 0 for no more
                 plots than it remembers: what the track took since then is all in last_*
    """

    end_ns: int
    rows: NDArray[np.void]
    look: Ints
    number: Ints
    models: dict[int, SensorModel]
    fresh_track: Ids
    fresh_row: Ints
    fresh_p: Array
    last_track: Ids
    last_number: Ints
    last_p: Array
    since_track: Ids
    since_number: Ints

    def renamed(self, names: Names) -> "Took":
        """The same with the tracks' names."""
        return replace(
            self,
            fresh_track=names.of(self.fresh_track),
            last_track=names.of(self.last_track),
            since_track=names.of(self.since_track),
        )

    @property
    def tracks(self) -> Ids:
        """Who is spoken of."""
        return np.concatenate((self.fresh_track, self.since_track))


@dataclass(frozen=True, slots=True)
class Settled:
    """What can change no more.

    took   by step
    going  ids of tracks that may still take a plot; None where nobody knows yet
    """

    took: tuple[Took, ...]
    going: Ids | None


def of_step(
    before: TrackerState,
    after: TrackerState,
    rows: NDArray[np.void],
    number: Ints,
    look: Ints,
    hits: Hits,
    tick_ns: int,
) -> Took:
    """What the step from one state to the other took.

    rows    (m,) of OBSERVATION, as they came; hits point into them
    number  (m,) of each row's plot
    look    (m,) which look of the step each row was in
    """
    tracks = after.tracks
    touched = np.isin(tracks.track_id, _touched(before, after, hits))
    last_track, last_number, last_p = _last(after, touched)
    stands = touched & tracks.shown
    at, mine = find(number, last_number)
    remembered = key(last_track[mine], last_number[mine])
    gone = ~np.isin(key(hits.track_id, number[hits.row]), remembered)  # by too many plots in one step
    which = np.concatenate((at[mine], hits.row[gone]))
    kept, fresh_row = np.unique(which, return_inverse=True)
    right, models = rows[kept], before.sensors
    if trueing.learns(before):
        right, models = trueing.put_right(before, right, tick_ns)
    right["claim"] = 0  # what it points to will be gone
    return Took(
        end_ns=tick_ns,
        rows=right,
        look=look[kept],
        number=number[kept],
        models=models,
        fresh_track=np.concatenate((last_track[mine], hits.track_id[gone])),
        fresh_row=fresh_row.reshape(-1),
        fresh_p=np.concatenate((last_p[mine], hits.probability[gone])),
        last_track=last_track,
        last_number=last_number,
        last_p=last_p,
        since_track=tracks.track_id[stands],
        since_number=tracks.recent[stands, -1].astype(np.int64),
    )


def _touched(before: TrackerState, after: TrackerState, hits: Hits) -> Ids:
    """Tracks that took something, or whose histories were in dispute before or are after."""
    disputed = (s.tracks.track_id[s.clusters.leaf] for s in (before, after))
    return np.unique(np.concatenate((hits.track_id, *disputed)))


def _last(state: TrackerState, which: NDArray[np.bool_]) -> tuple[Ids, Ints, Array]:
    """The plots that tracks remember, with the weight of the histories that remember them."""
    rows = np.flatnonzero(which)
    weight = _weights(state.clusters, len(state.tracks))[rows]
    recent = state.tracks.recent[rows].astype(np.int64)
    there = recent > 0
    track = np.broadcast_to(state.tracks.track_id[rows][:, None], recent.shape)[there]
    number = recent[there]
    _, first, where = np.unique(key(track, number), return_index=True, return_inverse=True)
    p = np.bincount(where.reshape(-1), np.broadcast_to(weight[:, None], recent.shape)[there], len(first))
    good = p > _FAINT
    return track[first][good], number[first][good], np.minimum(p[good], 1.0)


def _weights(clusters: Clusters, n: int) -> Array:
    """Probability of each row among those of its track, (n,)."""
    out = np.ones(n)
    if not len(clusters):
        return out
    hyps = np.diff(clusters.first_hyp)
    w = np.exp(clusters.log_w)
    w /= np.repeat(np.add.reduceat(w, clusters.first_hyp[:-1]), hyps)
    wide = np.repeat(np.diff(clusters.first_leaf) // hyps, hyps)
    out[clusters.leaf] = 0.0
    np.add.at(out, clusters.leaf, np.repeat(w, wide))
    return out


def key(track_id: Ids, number: Ints) -> NDArray[np.uint64]:
    """One number for a track and a plot; plots are told apart over 4 billion of them."""
    low = number.astype(np.uint64) & np.uint64(0xFFFFFFFF)
    return track_id.astype(np.uint64) << np.uint64(32) | low


def find(of: NDArray[Any], wanted: NDArray[Any]) -> tuple[Ints, NDArray[np.bool_]]:
    """Where each wanted value (n,) stands among others (m,), in any order, and whether it is there."""
    if not len(of):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    order = np.argsort(of, kind="stable")
    at = order[np.minimum(np.searchsorted(of[order], wanted), len(of) - 1)]
    return at, of[at] == wanted


def fresh_plots(took: Sequence[Took], origin: Array, first_look: int) -> list[NDArray[np.void]]:
    """Of each step, its own plots and whose they may be, (f,) of PLOT.

    origin      (3,)  lat deg, lon deg, m of the sector's frame
    first_look  number of the first step's first look
    """
    out = []
    parts: dict[int, tuple[SensorModel, list[NDArray[np.void]], list[NDArray[np.void]]]] = {}
    for one in took:
        plots = np.zeros(len(one.fresh_row), PLOT)
        plots["track_id"], plots["probability"] = one.fresh_track, one.fresh_p
        plots["number"] = one.number[one.fresh_row]
        plots["look"] = first_look + one.look[one.fresh_row]
        first_look += int(one.look.max(initial=-1)) + 1
        rows = one.rows[one.fresh_row]
        by = np.argsort(rows["sensor"], kind="stable")
        out.append(plots[by])
        for s in np.unique(rows["sensor"]).tolist():
            first, end = np.searchsorted(rows["sensor"][by], (s, s + 1))
            model = one.models[s]  # the same object for as long as nothing new was learnt of the sensor
            _, theirs, views = parts.setdefault(id(model), (model, [], []))
            theirs.append(rows[by][first:end])
            views.append(out[-1][first:end])
    for model, theirs, views in parts.values():
        prepared = _prepared(model, np.concatenate(theirs), origin)
        done = 0
        for view in views:
            for name in _PREPARED:
                view[name] = prepared[name][done : done + len(view)]
            done += len(view)
    return out


_PREPARED = (
    "kind", "has_place", "valid_ns", "z", "sd", "up", "pose", "rotation", "corr", "stray", "height_max_m",
)  # fmt: skip


def _prepared(model: SensorModel, rows: NDArray[np.void], origin: Array) -> NDArray[np.void]:
    """Rows (n,) of one sensor as PLOT, without whose they are."""
    plots = prepare(rows, model, origin)
    out = np.zeros(len(rows), PLOT)
    out["valid_ns"], out["kind"], out["has_place"] = plots.valid_ns, plots.height_kind, plots.has_place
    out["z"], out["sd"], out["up"], out["corr"] = plots.z, plots.sd, plots.up, plots.corr
    out["pose"], out["rotation"] = plots.pose[plots.at], plots.rotation[plots.at]
    out["stray"] = model.sensor.stray_share, STRAY_SD
    out["height_max_m"] = model.sensor.height_max_m
    return out
