"""Between the bearing starts and the tracker: what goes in, and how a start becomes a track."""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Modality
from vedette.core.units import NS_PER_S
from vedette.kernel.measurement import AZIMUTH, ELEVATION
from vedette.kernel.motion import predict_rows, summarise
from vedette.track.angle_tracks import Look
from vedette.track.bearings import BearingState, Start, step
from vedette.track.look import Draft
from vedette.track.plots import GEOMETRIC, Plots
from vedette.track.sensors import SensorModel
from vedette.track.state import blank

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# How far a sensor without range hears or sees a small aircraft at all; a lower `range_max_m` goes first.
_REACH_M: dict[Modality, float] = {"camera": 10_000.0, "rf": 20_000.0, "acoustic": 2_000.0, "human": 10_000.0}
_SAME_SD = 4.0
_SAME_S = 10.0
_SAME_M = 3.0  # places of tracks and of starts are not surer than that, whatever their covariances say


def bearing_look(sensor: SensorModel, plots: Plots, p_left: Array, *, whole: bool) -> list[Look]:
    """Those of a look's plots that have an azimuth and no range, for bearings.step.

    p_left  (m,) probability that no track made the plot: `p_other` of the association
    whole   as in look

    Empty where the sensor gave none in this look, unless it is whole and so tells what was not seen.
    """
    bare = ~np.isnan(plots.z[:, AZIMUTH]) & ~plots.has_place
    if not (bare.any() or whole):
        return []
    both = plots.z[bare][:, (AZIMUTH, ELEVATION)]
    told = ~np.isnan(both)
    density = sensor.log_density[[AZIMUTH, ELEVATION]]
    reach = min(sensor.sensor.range_max_m, _REACH_M.get(sensor.sensor.modality, math.inf))
    return [
        Look(
            sensor=sensor.sensor.index,
            period_ns=sensor.period_ns,
            pd=sensor.sensor.detection_probability,
            false=sensor.false_per_look,
            log_clutter=np.where(told, density, 0.0).sum(axis=1),
            time_ns=plots.valid_ns[bare],
            heard_ns=int(plots.heard_ns[bare].max(initial=0)),
            z=both,
            sd=plots.sd[bare][:, (AZIMUTH, ELEVATION)],
            pose=plots.pose[plots.at[bare], :3],
            rotation=plots.rotation[plots.at[bare]],
            home=(sensor.pose, sensor.rotation),
            p_left=np.asarray(p_left)[bare],
            reach_m=reach,
            view=(
                math.radians(sensor.sensor.azimuth_from_deg),
                math.radians(sensor.sensor.azimuth_width_deg),
            ),
            whole=whole,
        )
    ]


def begin_tracks(work: Draft, state: BearingState, looks: list[Look], now_ns: int) -> BearingState:
    """Take what no track took of the bearings of a tick; targets that they place become tracks of the draft.

    A start that is where a track surely or visibly is begins nothing: its bearings had only strayed from the
    track. What is not yet shown there was the same target, on less.
    """
    after, starts = step(state, looks, now_ns)
    heard_ns = max(look.heard_ns for look in looks)
    for start in starts:
        same = _same(work, start)
        if (same & ((work.tracks.r > 0.5) | (work.tracks.status > 0))).any():
            continue
        if same.any():
            gone = np.isin(work.tracks.track_id, work.tracks.track_id[same])
            work.clusters = work.clusters.without(gone)
            work.tracks = work.tracks.take(~gone)
        _begin(work, start, heard_ns)
    return after


def _begin(work: Draft, start: Start, heard_ns: int) -> None:
    """A track of the draft for a start. It counts as seen often enough to be shown."""
    new = blank(1, work.tracks.look_ns.shape[1], len(work.settings.models))
    new.x[:] = start.x
    new.P[:] = start.P
    new.mu[:] = work.settings.birth_model_weights()
    new.r[:] = start.probability
    new.track_id[:] = work.next_id
    new.born_ns[:] = start.plot_ns.min()
    new.time_ns[:] = new.hit_ns[:] = start.time_ns
    new.heard_ns[:] = max(heard_ns, start.time_ns)
    new.hits[:] = work.settings.confirm_hits
    new.height_kind[:] = GEOMETRIC if start.has_height else 0
    for s in start.sensors:
        mine = start.plot_ns[start.plot_sensor == s]
        new.look_ns[:, s] = mine.max()
        new.sensor_hits[:, s] = len(mine)
    work.tracks = work.tracks.append(new)
    work.next_id += 1


def _same(work: Draft, start: Start) -> Mask:
    """Rows of tracks, shown or not, that are where the start is, (n,)."""
    tracks = work.tracks
    ahead: Array = (start.time_ns - tracks.time_ns) / NS_PER_S
    out = np.abs(ahead) < _SAME_S
    rows = np.flatnonzero(out)
    if not len(rows):
        return out
    x, P, mu = tracks.x[rows], tracks.P[rows], tracks.mu[rows]
    predict_rows(x, P, mu, np.maximum(ahead[rows], 0.0), work.models)
    mean, cov = summarise(x, P, mu)
    axes = 3 if start.has_height else 2
    back = np.minimum(ahead[rows], 0.0)[:, None]
    away = mean[:, :axes] + back * mean[:, 3 : 3 + axes] - start.x[:axes]
    spread = cov[:, :axes, :axes] + start.P[:axes, :axes] + _SAME_M**2 * np.eye(axes)
    off = np.einsum("na,na->n", away, np.linalg.solve(spread, away[..., None])[..., 0])
    out[rows] = off < _SAME_SD**2
    return out
