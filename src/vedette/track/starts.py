"""Between the bearing starts and the tracker: what goes in, and how a start becomes a track."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Modality
from vedette.core.units import NS_PER_S
from vedette.kernel.measurement import AZIMUTH, ELEVATION
from vedette.kernel.motion import combine
from vedette.track.angle_tracks import Look
from vedette.track.bearings import Start
from vedette.track.plots import GEOMETRIC, Plots
from vedette.track.sensors import SensorModel
from vedette.track.state import TrackerState, blank

Array = NDArray[np.float64]

# How far a sensor without range hears or sees a small aircraft at all; a lower `range_max_m` goes first.
_REACH_M: dict[Modality, float] = {"camera": 10_000.0, "rf": 20_000.0, "acoustic": 2_000.0, "human": 10_000.0}


def bearing_look(sensor: SensorModel, plots: Plots, p_left: Array, *, whole: bool) -> Look | None:
    """Those of a look's plots that have an azimuth and no range, for bearings.step.

    p_left  (m,) probability that no track made the plot: `p_other` of the association
    whole   as in look

    None where the sensor gave none in this look, and for a sensor whose place is not known.
    """
    bare = ~np.isnan(plots.z[:, AZIMUTH]) & ~plots.has_place
    if not sensor.placed or not (bare.any() or whole):
        return None
    both = plots.z[bare][:, (AZIMUTH, ELEVATION)]
    told = ~np.isnan(both)
    density = sensor.log_density[[AZIMUTH, ELEVATION]]
    reach = min(sensor.sensor.range_max_m, _REACH_M.get(sensor.sensor.modality, math.inf))
    return Look(
        sensor=sensor.sensor.index,
        period_ns=sensor.period_ns,
        pd=sensor.sensor.detection_probability,
        false=sensor.false_per_look,
        log_clutter=np.where(told, density, 0.0).sum(axis=1),
        time_ns=plots.valid_ns[bare],
        z=both,
        sd=plots.sd[bare][:, (AZIMUTH, ELEVATION)],
        pose=sensor.pose,
        rotation=sensor.rotation,
        p_left=np.asarray(p_left)[bare],
        reach_m=reach,
        view=(math.radians(sensor.sensor.azimuth_from_deg), math.radians(sensor.sensor.azimuth_width_deg)),
        whole=whole,
    )


def begin_tracks(state: TrackerState, starts: list[Start], heard_ns: int) -> TrackerState:
    """The state with a track for each start. It counts as seen often enough to be shown.

    A start that is where a track already is begins nothing: its bearings had only strayed from the track.

    heard_ns  UTC, when the newest bytes that the starts rest on arrived
    """
    starts = [start for start in starts if not _known(state, start)]
    if not starts:
        return state
    n_sensors = max(max(state.sensors, default=-1) + 1, state.tracks.look_ns.shape[1])
    tracks = state.tracks.copy()
    tracks.widen(n_sensors)
    new = blank(len(starts), n_sensors, len(state.settings.models))
    for k, start in enumerate(starts):
        new.x[k, :] = start.x
        new.P[k, :] = start.P
        new.r[k] = start.probability
        new.born_ns[k] = int(start.plot_ns.min())
        new.time_ns[k] = new.hit_ns[k] = start.time_ns
        new.height_kind[k] = GEOMETRIC if start.has_height else 0
        for s in start.sensors:
            mine = start.plot_ns[start.plot_sensor == s]
            new.look_ns[k, s] = int(mine.max())
            new.sensor_hits[k, s] = len(mine)
    new.track_id[:] = np.arange(state.next_id, state.next_id + len(starts))
    new.heard_ns[:] = heard_ns
    new.hits[:] = state.settings.confirm_hits
    return replace(state, tracks=tracks.append(new), next_id=state.next_id + len(starts))


_SAME_SD = 4.0
_SAME_S = 3.0
_SAME_M = 3.0  # places of tracks and of starts are not surer than that, whatever their covariances say


def _known(state: TrackerState, start: Start) -> bool:
    """Whether a track that probably exists is where the start is."""
    tracks = state.tracks
    x, P = np.empty((len(tracks), 6)), np.empty((len(tracks), 6, 6))
    for i in range(len(tracks)):
        combine(tracks.x, tracks.P, tracks.mu, i, x[i], P[i])
    ahead: Array = (start.time_ns - tracks.time_ns) / NS_PER_S
    away = x[:, :3] + ahead[:, None] * x[:, 3:] - start.x[:3]
    axes = 3 if start.has_height else 2
    spread = (
        P[:, :3, :3] + (ahead**2)[:, None, None] * P[:, 3:, 3:] + start.P[:3, :3] + _SAME_M**2 * np.eye(3)
    )
    away, spread = away[:, :axes], spread[:, :axes, :axes]
    off = np.einsum("na,na->n", away, np.linalg.solve(spread, away[..., None])[..., 0])
    near = (tracks.r > 0.5) & (np.abs(ahead) < _SAME_S) & (off < _SAME_SD**2)
    return bool(near.any())
