"""One step of the tracker: what was heard in one tick, to tracks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.observation import plausible
from vedette.core.picture import TRACK, UNKNOWN_CLASS, TrackStatus
from vedette.core.sensor import SENSOR_BIAS
from vedette.core.units import NS_PER_S
from vedette.kernel.clusters import newest, shown
from vedette.kernel.lifecycle import statuses
from vedette.track import background, conduct, fixtures, told, trueing
from vedette.track.conduct import Conduct, Notice
from vedette.track.cutting import cut
from vedette.track.estimate import estimate
from vedette.track.look import Draft, Hits, draft, look
from vedette.track.plots import Plots, prepare, says_nothing
from vedette.track.sensors import SensorModel
from vedette.track.starts import bearing_look, begin_tracks
from vedette.track.state import Clusters, TrackerState, Tracks

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_FAITH = math.log(4.0)  # see kernel.clusters.shown
_UNPERIODIC_NS = 2 * NS_PER_S  # what an event or self-reporting sensor is expected to keep to
_LONGEST_COAST_NS = 60 * NS_PER_S
_LONGEST_HIDDEN_NS = 180 * NS_PER_S  # in a place that its sensor does not see
_DIRECT_S = 5.0  # older than this is of no use unless the past is worked through again: track.late


@dataclass(frozen=True, slots=True)
class TrackOutput:
    """What a step gives to the stages after it.

    rows     (n,) of TRACK: shown tracks that changed, or all; class and authorisation not yet filled in
    whole    whether rows are all shown tracks
    class_p  (n, N_CLASSES) what the sensors said of each row's class
    plots    (n, s) plots that each row's track has of each sensor, by Sensor.index
    hits     which plots went to which tracks, also those not shown yet
    mean     (n, 6) state of each row in the sector's frame, m and m/s
    cov      (n, 6, 6) its covariance
    notices  sensors that fell silent, babble, or behave again
    biases   (k,) of SENSOR_BIAS: all that is known, where something was learnt in this step
    look     (m,) which look of the step each of its rows was in, -1 for none
    """

    rows: NDArray[np.void]
    whole: bool
    class_p: Array
    plots: NDArray[np.int64]
    hits: Hits
    mean: Array
    cov: Array
    notices: tuple[Notice, ...] = ()
    biases: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, SENSOR_BIAS))
    look: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


def step(
    state: TrackerState, rows: NDArray[np.void], claims: list[Claim], tick_ns: int
) -> tuple[TrackerState, TrackOutput]:
    """Take the observations of one tick, in the order they were heard.

    rows     (m,) of OBSERVATION, `sensor` is Sensor.index
    claims   what rows' `claim` points to, from 1
    tick_ns  UTC end of the tick; at each new whole second all shown tracks are reported, carried to it

    Returns the new state and what changed. Rows of unknown or unplaced sensors, with impossible
    values, from the future or from too long ago are counted in state.refused by reason and not used.
    """
    refused = dict(state.refused)
    used = usable(state, rows, tick_ns, refused, min(state.settings.late_s, _DIRECT_S))
    return step_rows(state, rows, claims, np.flatnonzero(used), tick_ns, refused)


def step_rows(
    state: TrackerState,
    rows: NDArray[np.void],
    claims: Sequence[Claim],
    used: NDArray[np.int64],
    tick_ns: int,
    refused: dict[str, int],
    *,
    number: NDArray[np.int64] | None = None,
    heard_share: Mapping[int, float] | None = None,
) -> tuple[TrackerState, TrackOutput]:
    """The same from rows that were looked at already.

    used         (k,)  the rows to take, see `usable`
    number       (m,)  of each row, a number for life; None counts on from state.next_plot
    heard_share  of what a sensor sees of this time, how much has come in by now, by Sensor.index; else 1
    """
    shares = heard_share or {}
    learns = trueing.learns(state)
    right, sensors = trueing.put_right(state, rows, tick_ns) if learns else (rows, state.sensors)
    looks: list[tuple[SensorModel, Plots]] = []
    of_row = np.full(len(rows), -1, np.int64)
    for sensor, index in cut(right, claims, used, sensors):
        of_row[index] = len(looks)
        plots = prepare(right[index], sensor, state.origin, claims, index)
        if number is not None:
            plots = replace(plots, number=number[index])
        looks.append((_heard_in_part(sensor, shares.get(sensor.sensor.index, 1.0)), plots))
    after, output = step_plots(state, looks, tick_ns, refused)
    output = replace(output, look=of_row)
    if not learns:
        return after, output
    after, biases = trueing.learn(after, rows, output.hits, tick_ns)
    return after, replace(output, biases=biases)


def _heard_in_part(sensor: SensorModel, share: float) -> SensorModel:
    """What has not come in yet was not missed: the sensor with the detection probability that is left."""
    if share >= 1.0:
        return sensor
    pd = share * sensor.sensor.detection_probability
    return replace(sensor, sensor=msgspec.structs.replace(sensor.sensor, detection_probability=pd))


def step_plots(
    state: TrackerState,
    looks: list[tuple[SensorModel, Plots]],
    tick_ns: int,
    refused: dict[str, int] | None = None,
) -> tuple[TrackerState, TrackOutput]:
    """The same from looks that are prepared already, in the order they were heard.

    A look without plots counts where its sensor has a period: it saw nothing of what it should have seen.
    """
    work = draft(state)
    looked_ns = dict(state.looked_ns)
    backgrounds = dict(state.backgrounds)
    conducts = dict(state.conducts)
    bare = []
    for sensor, plots in looks:
        s = sensor.sensor.index
        now_ns = int(plots.valid_ns.max()) if len(plots) else tick_ns
        gap_ns = now_ns - looked_ns.get(s, now_ns)
        whole = bool(sensor.period_ns) and gap_ns > 0.75 * sensor.period_ns and _all_round(sensor, plots)
        heard = conducts.get(s) or conduct.init()
        if heard.parts and gap_ns > 1.5 * sensor.period_ns:
            whole = False  # the first part of a turn after a silence
        conducts[s], doubt = conduct.heed(heard, sensor, plots, now_ns, whole=whole)
        if conducts[s].condition == "silent":  # what it tells is not a look
            continue
        _excuse(work, sensor, gap_ns)
        looked_ns[s] = now_ns
        before = backgrounds.get(s) or background.init(sensor, state.settings)
        p_other = look(work, sensor, plots, before, now_ns, whole=whole, doubt=doubt)
        if doubt is not None:
            p_other = np.where(doubt.mute, 0.0, p_other)
        if s in state.bearings.watches or not plots.has_place.all():
            bare += bearing_look(sensor, plots, p_other, whole=whole)
        known = float(work.tracks.r[work.tracks.sensor_hits[:, s] > 0].sum())
        backgrounds[s] = background.learn(
            before, sensor, plots, p_other, now_ns, known, state.came.get(s, 0), whole=whole
        )
        if sensor.sensor.fixed_after_s is not None:
            seen = backgrounds[s].fixtures or fixtures.none()
            seen, ended = fixtures.learn(seen, sensor, plots, work.tracks, now_ns)
            backgrounds[s] = replace(backgrounds[s], fixtures=seen)
            if ended.any():
                work.own().r[ended] = 0.0
    without_range = begin_tracks(work, state.bearings, bare, tick_ns) if bare else state.bearings
    tracks = work.tracks
    second = tick_ns // NS_PER_S
    whole = second > state.second
    if whole:
        elapsed = min(second - state.second, 3600) if state.second else 0
        tracks.r = tracks.r * math.exp(-elapsed / state.settings.lifetime_s)
        for s, looked in looked_ns.items():
            if s in conducts:
                conducts[s] = conduct.watch(conducts[s], state.sensors[s], looked, tick_ns)
    unheard = [s for s, known in conducts.items() if known.condition == "silent"]
    table = work.clusters
    best, exists, standing, stands = shown(
        tracks.r, tracks.shown, _FAITH, table.first_hyp, table.log_w, table.first_leaf, table.leaf
    )
    tracks.shown = best
    tracks.heard_ns = newest(tracks.heard_ns, stands)  # it has shaped the picture, whichever history holds
    status, gone = _status(state, tracks, exists, standing, stands, unheard, tick_ns)
    changed = (status != tracks.status) | whole
    if not whole:
        changed |= np.isin(tracks.track_id, work.hits.track_id)
        # Of disputed plots none is surely a track's: what is shown has moved with them all the same.
        fresh_ns = min((int(plots.heard_ns.min()) for _, plots in looks if len(plots)), default=tick_ns)
        changed |= tracks.heard_ns >= fresh_ns
    output = report(
        tracks, table, status, exists, best & changed & (status > 0), tick_ns, state, work.hits, whole=whole
    )
    confirmed = tracks.first_sensor[best & (tracks.status == 0) & (status == int(TrackStatus.CONFIRMED))]
    came = dict(zip(*(a.tolist() for a in np.unique(confirmed, return_counts=True)), strict=True))
    tracks.status = status
    _end(work, gone)
    output = replace(output, notices=_notices(state.conducts, conducts))
    after = replace(
        state,
        tracks=work.tracks,
        clusters=work.clusters,
        next_id=work.next_id,
        next_plot=work.next_plot,
        second=second,
        refused=dict(state.refused) if refused is None else refused,
        looked_ns=looked_ns,
        backgrounds=backgrounds,
        conducts=conducts,
        came=came,
        bearings=without_range,
    )
    return after, output


def _notices(before: dict[int, Conduct], after: dict[int, Conduct]) -> tuple[Notice, ...]:
    """Sensors whose condition is another now."""
    was = {s: known.condition for s, known in before.items()}
    return tuple(
        Notice(s, known.condition, known.since_ns, known.why)
        for s, known in after.items()
        if known.condition != was.get(s, "ok")
    )


def _all_round(sensor: SensorModel, plots: Plots) -> bool:
    """Whether a look may be a whole turn, and not the first beam with a plot after a quiet part of one.

    It is when its plots were measured over half a turn or more, or all bear the time of the turn.
    """
    if sensor.sensor.scan != "rotating" or not len(plots):
        return True
    span_ns = int(np.ptp(plots.valid_ns))
    return span_ns > sensor.period_ns // 2 or (span_ns == 0 and len(plots) > 1)


def _end(work: Draft, gone: NDArray[np.bool_]) -> None:
    """Let the tracks with these rows go, in place; a track goes with all its rows."""
    if not gone.any():
        return
    place = work.own(states=True).drop(np.flatnonzero(gone))
    work.clusters = work.clusters.without(gone, place)


def _excuse(work: Draft, sensor: SensorModel, gap_ns: int) -> None:
    """A sensor that was silent for longer than its turn did not look: that was no miss."""
    if sensor.period_ns and gap_ns > sensor.period_ns + sensor.period_ns // 2:
        tracks = work.own()
        seen = tracks.sensor_hits[:, sensor.sensor.index] > 0
        tracks.look_ns[seen, sensor.sensor.index] += gap_ns - sensor.period_ns
        alone = seen & (tracks.sensor_hits.sum(axis=1) == tracks.sensor_hits[:, sensor.sensor.index])
        tracks.excused_ns[alone] += gap_ns - sensor.period_ns


def usable(
    state: TrackerState, rows: NDArray[np.void], tick_ns: int, refused: dict[str, int], late_s: float
) -> NDArray[np.bool_]:
    """Rows that the filter can take, (m,); the others are counted in refused, in place."""
    good = np.ones(len(rows), np.bool_)

    def refuse(reason: str, which: NDArray[np.bool_]) -> None:
        n = int((which & good).sum())
        if n:
            refused[reason] = refused.get(reason, 0) + n
            good[which] = False

    refuse("late", rows["valid_ns"] < tick_ns - round(late_s * NS_PER_S))
    refuse("future", rows["valid_ns"] > tick_ns + NS_PER_S)
    refuse("bad-value", ~plausible(rows))
    refuse("empty", says_nothing(rows))
    known = np.array(sorted(state.sensors), np.uint32)
    refuse("unknown-sensor", ~np.isin(rows["sensor"], known))
    unplaced = np.array([i for i, s in state.sensors.items() if not s.placed], np.uint32)
    nowhere = np.isnan(rows["lat_deg"]) & np.isnan(rows["sensor_lat_deg"])
    refuse("unplaced-sensor", np.isin(rows["sensor"], unplaced) & nowhere)
    return good


def _status(
    state: TrackerState,
    tracks: Tracks,
    exists: Array,
    standing: Array,
    stands: Ints,
    unheard: Sequence[int],
    tick_ns: int,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Status of each row's track now, 0 while it is not shown, and whether it is to be let go, (n,) each.

    exists, standing, stands  (n,)  see kernel.clusters.shown
    unheard                         sensors that are silent: nobody missed what only they have seen
    """
    settings = state.settings
    pace_ns = np.zeros(tracks.look_ns.shape[1], np.int64)
    mute = np.zeros(len(pace_ns), np.bool_)
    mute[list(unheard)] = True
    for s, sensor in state.sensors.items():
        if sensor.period_ns or sensor.sensor.scan != "event":
            pace_ns[s] = sensor.period_ns or _UNPERIODIC_NS
    return statuses(
        tick_ns, tracks.status, tracks.hits, tracks.missed, tracks.hit_ns, tracks.excused_ns,
        tracks.sensor_hits, tracks.sensor_share, exists, standing, stands, pace_ns, mute,
        settings.confirm_existence, settings.confirm_hits, settings.coast_existence, settings.coast_periods,
        settings.drop_existence, settings.drop_periods, settings.keep_existence, _UNPERIODIC_NS,
        _LONGEST_COAST_NS, _LONGEST_HIDDEN_NS,
    )  # fmt: skip


def report(
    tracks: Tracks,
    clusters: Clusters,
    status: NDArray[np.uint8],
    exists: Array,
    chosen: NDArray[np.bool_],
    tick_ns: int,
    state: TrackerState,
    hits: Hits,
    *,
    whole: bool,
) -> TrackOutput:
    """Rows of the shown tracks, carried to the tick where they coast or the picture is whole."""
    i = np.flatnonzero(chosen)
    rows = np.zeros(len(i), TRACK)
    known_ns = tracks.time_ns[i]
    moves = np.ones(len(i), np.bool_) if whole else status[i] != int(TrackStatus.CONFIRMED)
    time_ns = np.where(moves, np.maximum(tick_ns, known_ns), known_ns)
    xm, Pm = estimate(tracks, clusters, i, time_ns, state.settings.motion())
    rows["time_ns"] = time_ns
    rows["heard_ns"] = tracks.heard_ns[i]
    rows["track_id"] = tracks.track_id[i]
    told.fill(rows, xm, Pm, tracks.height_kind[i], state.origin)
    rows["baro_alt_m"] = tracks.baro_alt_m[i]
    rows["existence"] = exists[i]
    rows["class_index"] = UNKNOWN_CLASS
    rows["class_probability"] = np.nan
    rows["status"] = status[i]
    class_p, plots = tracks.class_p.take(i, axis=0), tracks.sensor_hits.take(i, axis=0)
    return TrackOutput(rows, whole, class_p, plots, hits, xm, Pm)
