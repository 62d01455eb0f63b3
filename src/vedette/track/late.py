"""Late data folded in at its own time: the tracker of `track.step`, with a memory of what was heard.

What comes in on time goes straight to the tracker. It is also kept by seconds, with states of the tracker in
between. A row that comes after its look was over is put among the rows of its own second; then the newest
state before it is taken, and everything since is worked through again, with the late rows where they
belong. When that has caught up with the present it becomes the picture. Tracks keep their ids (track.naming),
what is shown stays shown unless it ended, and what turns out never to have been ends.

The past is worked through a second at a time, as much in a tick as the time since the last one is worth,
counted in looks, rows and tracks: a flood of late data makes it later, not slower, and the same input gives
the same bytes. What is still to come does not count as missed meanwhile, see track.arrivals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.picture import TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track import arrivals, past
from vedette.track import state as tracks
from vedette.track.arrivals import Arrivals
from vedette.track.heard import Heard, join
from vedette.track.look import Hits
from vedette.track.naming import NAMELESS, Names, match
from vedette.track.past import Past, Redone
from vedette.track.state import TrackerState
from vedette.track.step import TrackOutput, report, step_rows, usable
from vedette.track.took import Settled, Took, of_step

Ints = NDArray[np.int64]

_LAST_ROUNDS = 3  # of finish: what came late while the past was worked through needs one more


@dataclass(frozen=True, slots=True)
class LateState:
    """Everything that the next step depends on; a value.

    tracker   the picture
    past      what was heard lately, and states in between
    redone    the past being worked through again, if it is
    learnt    how late each sensor's data comes
    number    of the next row
    work      that may be done now, see past.cost
    """

    tracker: TrackerState
    past: Past
    redone: Redone | None = None
    learnt: Arrivals = field(default_factory=arrivals.init)
    number: int = 1
    tick_ns: int = 0
    work: int = 0


@dataclass(frozen=True, slots=True)
class LateOutput:
    """What a step gives.

    tracked  as `track.step` gives it; its hits point into rows
    rows     those of the step, then late ones of earlier steps that are in the picture now
    claims   what rows' `claim` points to, from 1
    folded   how many rows came late and are in the picture now
    settled  who took which plot where that changes no more; None where it is not kept, or not yet asked
    """

    tracked: TrackOutput
    rows: NDArray[np.void]
    claims: Sequence[Claim]
    folded: int = 0
    settled: Settled | None = None


def init(tracker: TrackerState, *, spacing: float = past.SPACING, keeps: bool = False) -> LateState:
    """A tracker that has a memory from now on.

    spacing  see past.Past
    keeps    whether outputs tell who took which plot, once that is settled
    """
    return LateState(tracker, past.init(tracker, spacing, keeps=keeps), number=tracker.next_plot)


def with_sensors(state: LateState, sensors: list[Sensor]) -> LateState:
    """The state that knows these sensors too, or knows them anew."""
    return replace(state, tracker=tracks.with_sensors(state.tracker, sensors))


def step(
    state: LateState, rows: NDArray[np.void], claims: Sequence[Claim], tick_ns: int
) -> tuple[LateState, LateOutput]:
    """Take the observations of one tick, in the order they were heard; see track.step.step.

    Rows of up to settings.late_s ago are used at their own time; older ones are refused as "late". A tick
    before the last one is taken as of the last one's time.
    """
    tick_ns = max(tick_ns, state.tick_ns)
    before = state.tracker
    refused = dict(before.refused)
    heard = Heard(rows, tuple(claims), np.arange(state.number, state.number + len(rows)))
    used = np.flatnonzero(usable(before, rows, tick_ns, refused, before.settings.late_s))
    was_late = arrivals.late(state.learnt, rows[used], before.sensors, tick_ns)
    tracker, output = step_rows(
        before, rows, claims, used[~was_late], tick_ns, refused,
        number=heard.number, heard_share=arrivals.heard_share(state.learnt, 0),
    )  # fmt: skip
    memory = past.hear(state.past, heard.take(used[~was_late]))
    if memory.keeps and len(used):
        took = of_step(before, tracker, rows, heard.number, output.look, output.hits, tick_ns)
        memory = replace(memory, took=(*memory.took, took))
    if was_late.any():
        memory, lost = past.put_late(memory, heard.take(used[was_late]), state.learnt, before.sensors)
        tracker = _refuse(tracker, "late", lost)
    learnt = arrivals.learn(state.learnt, rows[used], was_late, before.sensors, tick_ns)
    if output.whole:
        memory = past.close(memory, tick_ns, tracker, learnt)
    worth = past.worth(memory, tick_ns - state.tick_ns)
    after = LateState(
        tracker, memory, state.redone, learnt, state.number + len(rows), tick_ns,
        min(state.work, worth) + worth,
    )  # fmt: skip
    after = _work(after, tick_ns)
    told = LateOutput(output, rows, claims)
    if not output.whole:
        return after, told
    after = _prune(after, tick_ns)
    if after.redone is not None and past.caught_up(after.past, after.redone):
        after, told = _show(after, after.redone, output, rows, claims)
    if not after.past.keeps:
        return after, told
    memory, settled = past.settled(after.past, after.redone, after.tracker)
    return replace(after, past=memory), replace(told, settled=settled)


def finish(state: LateState) -> tuple[Took, ...]:
    """Who took which of the plots that are not settled yet, with all that came late folded in.

    For the record, after the last step: nothing comes any more, so nothing is waited for.
    """
    memory = state.past
    if memory.running or memory.belated:
        memory = past.close(memory, state.tick_ns, state.tracker, state.learnt)
    state = replace(state, past=memory)
    for _ in range(_LAST_ROUNDS):
        redone = state.redone
        if redone is None:
            redone = past.begin(memory, state.learnt, state.tick_ns, _late_ns(state))
        if redone is None:
            break
        while not past.caught_up(memory, redone):
            redone, memory, _ = past.advance(redone, memory, state.tracker, state.learnt, state.tick_ns)
        state, _ = _folded(replace(state, past=memory), redone)
        memory = state.past
    return state.past.took


def _work(state: LateState, tick_ns: int) -> LateState:
    """Work through as much of the past as there is work to be spent on."""
    memory, redone, work = state.past, state.redone, state.work
    if redone is None:
        redone = past.begin(memory, state.learnt, tick_ns, _late_ns(state))
    while redone is not None and work > 0:
        redone, memory, cost = past.advance(redone, memory, state.tracker, state.learnt, tick_ns)
        if not cost:
            break
        work -= cost
    return replace(state, past=memory, redone=redone, work=work)


def _prune(state: LateState, tick_ns: int) -> LateState:
    """Forget what is too long ago to be worked through again."""
    memory, redone, lost = past.prune(state.past, state.redone, tick_ns, _late_ns(state))
    return replace(state, past=memory, redone=redone, tracker=_refuse(state.tracker, "shed", lost))


def _late_ns(state: LateState) -> int:
    return round(state.tracker.settings.late_s * NS_PER_S)


def _refuse(tracker: TrackerState, reason: str, n: int) -> TrackerState:
    if not n:
        return tracker
    return replace(tracker, refused={**tracker.refused, reason: tracker.refused.get(reason, 0) + n})


def _show(
    state: LateState, redone: Redone, output: TrackOutput, rows: NDArray[np.void], claims: Sequence[Claim]
) -> tuple[LateState, LateOutput]:
    """The past that has caught up becomes the picture."""
    live = state.tracker
    after, names = _folded(state, redone)
    settled = after.tracker
    told = join(redone.told)
    hits = _hits(output.hits, redone, names.of(redone.hit_track), told, len(rows), settled)
    all_rows = join((Heard(rows, tuple(claims), np.zeros(len(rows), np.int64)), told))
    tracked = _report(live, settled, output, hits, state.tick_ns)
    return after, LateOutput(tracked, all_rows.rows, all_rows.claims, len(told))


def _folded(state: LateState, redone: Redone) -> tuple[LateState, Names]:
    """The state whose picture is the past that has caught up, and what its tracks are called now."""
    live, again = state.tracker, redone.tracker
    pictures = [(live.tracks, again.tracks), *past.pictures(state.past, redone)]
    names, next_id = match(pictures, again.tracks, NAMELESS, live.next_id)
    settled = past.renamed(again, names)
    status = _status(live, settled)
    settled = replace(settled, tracks=replace(settled.tracks, status=status))
    settled = replace(settled, refused=live.refused, sensors=live.sensors, next_id=next_id)
    memory = past.settle(state.past, redone, names, settled)
    return replace(state, tracker=settled, past=memory, redone=None), names


def _status(live: TrackerState, again: TrackerState) -> NDArray[np.uint8]:
    """Status of the rows of `again`: who is shown stays shown."""
    status = again.tracks.status
    was = live.tracks.take(np.flatnonzero(live.tracks.shown & (live.tracks.status > 0)))
    order = np.argsort(was.track_id, kind="stable")
    ids, old = was.track_id[order], was.status[order]
    if not len(ids):
        return status
    at = np.minimum(np.searchsorted(ids, again.tracks.track_id), len(ids) - 1)
    hidden = (status == 0) & (ids[at] == again.tracks.track_id)
    out: NDArray[np.uint8] = np.where(hidden, old[at], status)
    return out


def _hits(
    live: Hits, redone: Redone, track: NDArray[np.uint32], told: Heard, n: int, settled: TrackerState
) -> Hits:
    """Hits of the tick's own rows, then of the late rows that are folded in, on tracks that there are."""
    there = settled.tracks.track_id
    mine = np.isin(live.track_id, there)
    order = np.argsort(told.number, kind="stable")
    sure = np.isin(redone.hit_number, told.number) & np.isin(track, there)
    at = order[np.searchsorted(told.number[order], redone.hit_number[sure])]
    out = Hits(live.track_id[mine], live.row[mine], live.probability[mine])
    out.add(track[sure], n + at, redone.hit_p[sure])
    return out


def _report(
    live: TrackerState, settled: TrackerState, output: TrackOutput, hits: Hits, tick_ns: int
) -> TrackOutput:
    """All that is shown now, and the last rows of what is shown no more."""
    now = settled.tracks
    shown = now.shown & (now.status > 0)
    told = report(
        now, settled.clusters, now.status, past.existence(settled), shown, tick_ns, settled, hits, whole=True
    )
    old = live.tracks
    gone = old.shown & (old.status > 0) & ~np.isin(old.track_id, now.track_id[shown])
    ended = np.full(len(old), TrackStatus.ENDED, np.uint8)
    last = report(old, live.clusters, ended, np.zeros(len(old)), gone, tick_ns, live, hits, whole=True)
    over = (output.rows["status"] == TrackStatus.ENDED) & ~np.isin(output.rows["track_id"], now.track_id)
    return TrackOutput(
        rows=np.concatenate((told.rows, last.rows, output.rows[over])),
        whole=True,
        class_p=np.concatenate((told.class_p, last.class_p, output.class_p[over])),
        plots=np.concatenate((told.plots, last.plots, output.plots[over])),
        hits=hits,
        notices=output.notices,
        biases=output.biases,
        mean=np.concatenate((told.mean, last.mean, output.mean[over])),
        cov=np.concatenate((told.cov, last.cov, output.cov[over])),
    )
