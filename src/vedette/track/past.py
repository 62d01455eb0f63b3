"""The last half minute or so: rows by seconds, states in between, and how they are worked through again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.clusters import shown
from vedette.track.arrivals import Arrivals, due_ns, heard_share
from vedette.track.heard import Heard, Span, folded, fresh_rows, insert, join, none_fresh
from vedette.track.naming import NAMELESS, Names
from vedette.track.sensors import SensorModel
from vedette.track.state import TrackerState, Tracks
from vedette.track.step import step_rows
from vedette.track.took import Settled, Took, of_step

Ints = NDArray[np.int64]

SPACING: Final = 0.5  # see Past
_MARGIN_NS: Final = 2 * NS_PER_S
_MOST_ROWS: Final = 500_000  # kept; 150 MB
_LOOK_COST: Final = 1000  # a look costs as much as so many rows or tracks in it
_WORTH: Final = 100_000  # what one second may cost
_LEAST_SPEED: Final = 3  # seconds of the past in one of the present, whatever they cost
_LONGEST_TICK_NS: Final = 4 * NS_PER_S
_MORE: Final = 0.05  # of a second has come in than it was judged by: worth working through again
_MORE_AT_HAND: Final = 0.01  # the same where that is done anyway
_LONG_AGO: Final = -(1 << 62)
_FOREVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tracker at the end of a span."""

    end_ns: int
    tracker: TrackerState


@dataclass(frozen=True, slots=True)
class Past:
    """What was heard lately.

    spans      by time, all that is over; they begin where the first snapshot ends
    snapshots  by time
    running    what was heard since the last span, as it came
    belated    of that, what was late
    spacing    how far apart snapshots may be, as a share of their age; 0 keeps that of each span
    keeps      whether it is kept who took which plot, until `settled` gives it out
    took       that, by step, in the picture
    """

    spans: tuple[Span, ...]
    snapshots: tuple[Snapshot, ...]
    running: tuple[Heard, ...]
    belated: tuple[Heard, ...]
    spacing: float
    keeps: bool = False
    took: tuple[Took, ...] = ()


@dataclass(frozen=True, slots=True)
class Redone:
    """The past being worked through again.

    tracker     as far as it has come
    at_ns       end of the last span that is in it
    base_ns     end of the snapshot that it began from
    snapshots   since
    told        rows that came late and are in it now
    hit_*  (k,) which plots went to which tracks, see look.Hits; plots by number
    took        as Past.took, since the base
    """

    tracker: TrackerState
    at_ns: int
    base_ns: int
    snapshots: tuple[Snapshot, ...]
    told: tuple[Heard, ...]
    hit_track: NDArray[np.uint32]
    hit_number: Ints
    hit_p: NDArray[np.float64]
    took: tuple[Took, ...] = ()


def init(tracker: TrackerState, spacing: float, *, keeps: bool = False) -> Past:
    """Nothing heard yet."""
    return Past((), (Snapshot(_LONG_AGO, tracker),), (), (), spacing, keeps)


def hear(past: Past, heard: Heard) -> Past:
    """Keep what came in on time."""
    return replace(past, running=(*past.running, heard)) if len(heard) else past


def put_late(
    past: Past, late: Heard, arrivals: Arrivals, sensors: Mapping[int, SensorModel]
) -> tuple[Past, int]:
    """Put rows that came late where they would have been; and how many belong before all that is kept."""
    ends = np.array([span.end_ns for span in past.spans], np.int64)
    due = due_ns(arrivals, late.rows)
    at = np.searchsorted(ends, due)
    for s in np.unique(late.rows["sensor"]).tolist():
        if sensors[s].sensor.scan == "staring":
            mine = np.flatnonzero(late.rows["sensor"] == s)
            at[mine] = _with_their_scan(past, late.rows["valid_ns"][mine], s, sensors[s].period_ns, at[mine])
    at[due <= past.snapshots[0].end_ns] = -1
    spans = list(past.spans)
    belated = past.belated
    for k in np.unique(at).tolist():
        part = late.take(at == k)
        if k == len(spans):
            belated = (*belated, part)
        elif k >= 0:
            spans[k] = insert(spans[k], part)
    return replace(past, spans=tuple(spans), belated=belated), int((at < 0).sum())


def _with_their_scan(past: Past, valid_ns: Ints, sensor: int, period_ns: int, at: Ints) -> Ints:
    """The span where the rest of each row's scan is: the plots of a staring sensor belong together.

    at  (m,)  where they are due
    """
    out = at.copy()
    for t in np.unique(valid_ns).tolist():
        k = int(at[valid_ns == t][0])
        nearest_ns = period_ns // 2
        for near in range(max(k - 1, 0), min(k + 2, len(past.spans) + 1)):
            parts = (past.spans[near].heard,) if near < len(past.spans) else past.running
            for part in parts:
                mine = part.rows["valid_ns"][part.rows["sensor"] == sensor]
                away_ns = int(np.abs(mine - t).min()) if len(mine) else nearest_ns
                if away_ns < nearest_ns:
                    nearest_ns = away_ns
                    out[valid_ns == t] = near
    return out


def close(past: Past, tick_ns: int, tracker: TrackerState, arrivals: Arrivals) -> Past:
    """The running span is over; with the tracker as it is now."""
    span = Span(tick_ns, join(past.running), none_fresh(), _share(heard_share(arrivals, 0)))
    if past.belated:
        span = insert(span, join(past.belated))
    snapshots = _thinned((*past.snapshots, Snapshot(tick_ns, tracker)), tick_ns, past.spacing)
    return replace(past, spans=(*past.spans, span), snapshots=snapshots, running=(), belated=())


def _thinned(snapshots: tuple[Snapshot, ...], now_ns: int, spacing: float) -> tuple[Snapshot, ...]:
    """Without those whose neighbours are close to each other for their age; the first and last stay."""
    if spacing <= 0.0 or len(snapshots) < 3:
        return snapshots
    kept = [snapshots[-1]]
    for older, snapshot in zip(snapshots[-3::-1], snapshots[-2:0:-1], strict=True):
        if kept[-1].end_ns - older.end_ns > spacing * (now_ns - snapshot.end_ns):
            kept.append(snapshot)
    return (snapshots[0], *reversed(kept))


def cost(span: Span, n_tracks: int) -> int:
    """What it costs to work through a span, in rows and tracks."""
    looks = len(np.unique(span.heard.rows["sensor"]))
    return (1 + looks) * (_LOOK_COST + n_tracks) + len(span.heard)


def worth(past: Past, elapsed_ns: int) -> int:
    """What may be spent in this time."""
    if not past.spans:
        return 0
    n_tracks = len(past.snapshots[-1].tracker.tracks)
    second = max(_WORTH, _LEAST_SPEED * cost(past.spans[-1], n_tracks))
    return second * min(elapsed_ns, _LONGEST_TICK_NS) // NS_PER_S


def _first_fresh_ns(past: Past) -> int:
    """End of the first span with rows that are not in the picture."""
    return next((span.end_ns for span in past.spans if len(span.fresh)), _FOREVER)


def begin(past: Past, arrivals: Arrivals, now_ns: int, late_ns: int) -> Redone | None:
    """Go back to before the first late row, if there is one.

    Seconds of which more has come in by now than they were judged by are worked through again too: with a
    late row, or when they are about to be forgotten.
    """
    first_ns = _first_fresh_ns(past)
    for span in past.spans:
        if span.end_ns >= first_ns or (first_ns == _FOREVER and now_ns - span.end_ns < late_ns):
            break
        more = _share(heard_share(arrivals, now_ns - span.end_ns)) - span.share
        if more > (_MORE if first_ns == _FOREVER else _MORE_AT_HAND):
            first_ns = span.end_ns
    if first_ns == _FOREVER:
        return None
    base = next(s for s in reversed(past.snapshots) if s.end_ns < first_ns)
    ids = base.tracker.tracks.track_id
    free = max(int(ids.max(initial=0)) + 1, NAMELESS)
    no_hits = np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0)
    return Redone(replace(base.tracker, next_id=free), base.end_ns, base.end_ns, (), (), *no_hits)


def _share(of_sensors: Mapping[int, float]) -> float:
    """The least of them."""
    return min(of_sensors.values(), default=1.0)


def caught_up(past: Past, redone: Redone) -> bool:
    """Whether it is as far as the present."""
    return not past.spans or redone.at_ns >= past.spans[-1].end_ns


def advance(
    redone: Redone, past: Past, live: TrackerState, arrivals: Arrivals, now_ns: int
) -> tuple[Redone, Past, int]:
    """Work through one more span; and what it cost, 0 when there is none."""
    k = next((i for i, span in enumerate(past.spans) if span.end_ns > redone.at_ns), -1)
    if k < 0:
        return redone, past, 0
    span = past.spans[k]
    before = replace(redone.tracker, sensors=live.sensors)
    shares = heard_share(arrivals, now_ns - span.end_ns)
    tracker, output = step_rows(
        before, span.heard.rows, span.heard.claims, np.arange(len(span.heard)), span.end_ns, before.refused,
        number=span.heard.number, heard_share=shares,
    )  # fmt: skip
    spent = cost(span, len(tracker.tracks))
    snapshots = _thinned((*redone.snapshots, Snapshot(span.end_ns, tracker)), now_ns, past.spacing)
    told, hits = redone.told, (redone.hit_track, redone.hit_number, redone.hit_p)
    if len(span.fresh):
        told = (*told, fresh_rows(span))
        number = span.heard.number[output.hits.row]
        new = np.isin(number, span.fresh)
        hits = (
            np.concatenate((hits[0], output.hits.track_id[new])),
            np.concatenate((hits[1], number[new])),
            np.concatenate((hits[2], output.hits.probability[new])),
        )
    took = redone.took
    if past.keeps:
        one = of_step(
            before, tracker, span.heard.rows, span.heard.number, output.look, output.hits, span.end_ns
        )
        took = (*took, one)
    past = replace(past, spans=(*past.spans[:k], folded(span, _share(shares)), *past.spans[k + 1 :]))
    return Redone(tracker, span.end_ns, redone.base_ns, snapshots, told, *hits, took), past, spent


def renamed(tracker: TrackerState, names: Names) -> TrackerState:
    """The state with the tracks' names."""
    tracks = tracker.tracks
    return replace(tracker, tracks=replace(tracks, track_id=names.of(tracks.track_id)))


def pictures(past: Past, redone: Redone) -> list[tuple[Tracks, Tracks]]:
    """Tracks as they were and as they are now known to have been, at the ends of spans, the newest first."""
    old = {s.end_ns: s.tracker.tracks for s in past.snapshots}
    return [(old[s.end_ns], s.tracker.tracks) for s in reversed(redone.snapshots[:-1]) if s.end_ns in old]


def settle(past: Past, redone: Redone, names: Names, settled: TrackerState) -> Past:
    """With the states of the past as they are now known to have been."""
    old = [s for s in past.snapshots if s.end_ns <= redone.base_ns]
    new = [Snapshot(s.end_ns, renamed(s.tracker, names)) for s in redone.snapshots[:-1]]
    took = (t for t in past.took if t.end_ns <= redone.base_ns)
    again = (t.renamed(names) for t in redone.took)
    return replace(past, snapshots=(*old, *new, Snapshot(redone.at_ns, settled)), took=(*took, *again))


def settled(past: Past, redone: Redone | None, live: TrackerState) -> tuple[Past, Settled]:
    """The past without what can change no more of who took which plot, and that.

    What is being worked through again may change all that came after its base.
    """
    first = past.snapshots[0]
    until_ns = first.end_ns if redone is None else min(first.end_ns, redone.base_ns)
    done = tuple(t for t in past.took if t.end_ns <= until_ns)
    rest = tuple(t for t in past.took if t.end_ns > until_ns)
    going = None
    if until_ns == first.end_ns:  # else who was there at that time is not kept any more
        known = (first.tracker.tracks.track_id, live.tracks.track_id, *(t.tracks for t in rest))
        going = np.unique(np.concatenate(known))
    return replace(past, took=rest), Settled(done, going)


def prune(past: Past, redone: Redone | None, now_ns: int, late_ns: int) -> tuple[Past, Redone | None, int]:
    """Forget what is too long ago; and how many rows that were not in the picture went with it.

    Rows that wait to be folded in are kept longer, unless there are too many rows.
    """
    keep_ns = min(now_ns - late_ns - _MARGIN_NS, _first_fresh_ns(past) - 1)
    if redone is not None:
        keep_ns = min(keep_ns, redone.at_ns)
    n = sum(len(span.heard) for span in past.spans)
    full_ns = _LONG_AGO
    for span in past.spans[:-1]:
        if n <= _MOST_ROWS:
            break
        n -= len(span.heard)
        full_ns = span.end_ns
    snapshots = past.snapshots
    while len(snapshots) > 1 and (snapshots[1].end_ns <= keep_ns or snapshots[0].end_ns < full_ns):
        snapshots = snapshots[1:]
    begin_ns = snapshots[0].end_ns
    lost = sum(len(span.fresh) for span in past.spans if span.end_ns <= begin_ns)
    if redone is not None and redone.at_ns < begin_ns:
        lost += sum(len(part) for part in redone.told)
        redone = None
    spans = tuple(span for span in past.spans if span.end_ns > begin_ns)
    return replace(past, spans=spans, snapshots=snapshots), redone, lost


def existence(tracker: TrackerState) -> NDArray[np.float64]:
    """How surely each row's target exists, (n,)."""
    tracks, table = tracker.tracks, tracker.clusters
    _, exists, _, _ = shown(
        tracks.r, tracks.shown, 0.0, table.first_hyp, table.log_w, table.first_leaf, table.leaf
    )
    return exists
