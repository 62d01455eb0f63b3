"""SIAP attributes: how complete, unambiguous, true, accurate and continuous the air picture is.

J truths are there at an instant, of which J_T have a track; N tracks, of which N_A are on a truth. A track is
on the one truth that is nearest, within the window; a truth may have several tracks.

    completeness     C   = Σ J_T / Σ J                  share of truths that have a track, 1 is best
    ambiguity        A   = Σ N_A / Σ J_T                tracks a tracked truth, 1 is best
    spuriousness     S   = Σ (N - N_A) / Σ N            share of tracks that are on nothing, 0 is best
    accuracy         PA  = Σ |position error| / Σ N_A   m; VA likewise with the velocity, m/s
    track changes    R   = Σ_j (N_U,j - 1) / Σ_j T_T,j  a second; N_U the fewest tracks that cover what
                                                        was tracked of truth j, T_T how long it was
    longest segment  LS  = Σ_j T_L,j / Σ_j T_j          share of a truth's life under its longest
                                                        unbroken track
    identity         CID = Σ (J_T - J_U) / Σ J_T        share of tracked truths with any identity
                     IDC = Σ J_C / Σ J_T                … whose tracks all say the right one
                     IDA = Σ J_A / Σ J_T                … whose tracks disagree

Sums run over instants. A quotient of nothing is None.

Sources: SIAP System Engineering Task Force, Technical Report 2001-001, Single Integrated Air Picture metrics,
and 2003-029, SIAP attributes, version 2.0; Votruba, Nisley, Rothrock & Zombro (2001), SIAP metrics
implementation, whose formulas these are.

Stone Soup 1.9.1 (`SIAPMetrics`) deviates, and `peers=True` follows it. What one track holds of a truth in
all, gaps cut out, is its longest segment. For N_U it takes, where several tracks hold a truth, the one that
ends last in all its segments together, not the one whose segment reaches furthest, so that it may need more;
and it stops counting at a segment of which only the last instant is left, so that it may find less. Its
quotients of nothing are 0, of ambiguity 1.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Run = tuple[int, int, int]  # track, first and last instant


class Siap(Struct, frozen=True, kw_only=True):
    """The attributes; see the module. None where there was nothing to measure."""

    completeness: float | None
    ambiguity: float | None
    spuriousness: float | None
    position_accuracy_m: float | None
    velocity_accuracy_mps: float | None
    track_changes_hz: float | None
    longest_segment: float | None


class Identification(Struct, frozen=True, kw_only=True):
    """The identity attributes; see the module."""

    completeness: float | None
    correctness: float | None
    ambiguity: float | None


def siap(
    times_s: Array,
    truths: Bools,
    tracks: Bools,
    on: Ints,
    position_m: Array,
    velocity_mps: Array,
    *,
    peers: bool = False,
) -> Siap:
    """Measure.

    times_s       (T,)    rising
    truths        (T, n)  whether a truth is there; tracks (T, m) likewise
    on            (T, m)  the truth that each track is on, -1 none
    position_m    (T, m)  error of a track that is on a truth; velocity_mps likewise, NaN is left out
    """
    held = held_by(on, truths.shape[1])
    lives = [_life(times_s, truths[:, j]) for j in range(truths.shape[1])]
    runs = [list(_runs(on, j)) for j in range(truths.shape[1])]
    needed = [_needed(part, peers=peers) for part in runs]
    tracked_s = sum(_tracked(times_s, on, j) for j in range(truths.shape[1]))
    associated = int((on >= 0).sum())
    return Siap(
        completeness=_over(held.sum(), truths.sum()),
        ambiguity=_over(associated, held.sum()),
        spuriousness=_over(tracks.sum() - associated, tracks.sum()),
        position_accuracy_m=_mean(position_m[on >= 0]),
        velocity_accuracy_mps=_mean(velocity_mps[on >= 0]),
        track_changes_hz=_over(sum(n - 1 for n in needed if n), tracked_s),
        longest_segment=_over(sum(_longest(times_s, part, peers=peers) for part in runs), sum(lives)),
    )


def identification(on: Ints, n: int, said: NDArray[np.str_], right: NDArray[np.str_]) -> Identification:
    """Measure what tracks say of who is who.

    said   (T, m)  what each track says; empty is nothing
    right  (n,)    what each truth is
    """
    instant, track = np.nonzero(on >= 0)
    truth, words = on[instant, track], said[instant, track]

    def any_of(such: Bools) -> Bools:
        """(T n,) whether a truth has such a track at an instant."""
        return np.bincount((instant * n + truth)[such], minlength=len(on) * n) > 0

    held = any_of(np.ones(len(words), bool))
    silent, good = any_of(words == ""), any_of(words == right[truth])
    wrong = any_of((words != "") & (words != right[truth]))
    tracked = int(held.sum())
    unknown = int((silent & ~good & ~wrong).sum())
    correct = int((good & ~silent & ~wrong).sum())
    ambiguous = int(((good | wrong) & silent | (good & wrong)).sum())
    return Identification(
        completeness=_over(tracked - unknown, tracked),
        correctness=_over(correct, tracked),
        ambiguity=_over(ambiguous, tracked),
    )


def held_by(on: Ints, n: int) -> Bools:
    """Whether each of n truths has a track, (T, n)."""
    out = np.zeros((len(on), n), bool)
    k, track = np.nonzero(on >= 0)
    out[k, on[k, track]] = True
    return out


def _runs(on: Ints, truth: int) -> Iterator[Run]:
    """Unbroken segments of every track on one truth."""
    mine = (on == truth).astype(np.int8)
    edges = np.diff(np.pad(mine, ((1, 1), (0, 0))), axis=0)
    for track in np.flatnonzero(mine.any(axis=0)).tolist():
        begins, ends = np.flatnonzero(edges[:, track] == 1), np.flatnonzero(edges[:, track] == -1) - 1
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            yield track, begin, end


def _needed(runs: list[Run], *, peers: bool) -> int:
    """The fewest segments that cover every instant of any: always the one that reaches furthest."""
    reach = {track: max(end for t, _, end in runs if t == track) for track, _, _ in runs}
    count, at = 0, -1
    last = max((end for _, _, end in runs), default=-1)
    while at < last:
        at = min(begin if begin > at else at + 1 for _, begin, end in runs if end > at)
        here = [run for run in runs if run[1] <= at <= run[2]]
        end = max(here, key=lambda run: (reach[run[0]] if peers else run[2], run[2]))[2]
        count += 1
        if peers and end == at:
            break
        at = end
    return count


def _tracked(times_s: Array, on: Ints, truth: int) -> float:
    """How long a truth was tracked: intervals at both ends of which one track was on it."""
    mine = on == truth
    both = (mine[1:] & mine[:-1]).any(axis=1)
    return float(np.diff(times_s)[both].sum())


def _longest(times_s: Array, runs: list[Run], *, peers: bool) -> float:
    """How long the longest segment lasts; as Stone Soup has it, all segments of a track together."""
    lasted: dict[tuple[int, int], float] = {}
    for track, begin, end in runs:
        key = (track, 0 if peers else begin)
        lasted[key] = lasted.get(key, 0.0) + float(times_s[end] - times_s[begin])
    return max(lasted.values(), default=0.0)


def _life(times_s: Array, there: Bools) -> float:
    at = times_s[there]
    return float(at[-1] - at[0]) if len(at) else 0.0


def _mean(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _over(part: float, whole: float) -> float | None:
    return float(part) / float(whole) if whole else None
