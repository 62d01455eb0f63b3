"""How good a picture was: the truth beside it, instant by instant.

At every instant of the truth, truths and shown tracks are compared by horizontal distance with a cut-off.
From that one comparison come

GOSPA             how far the sets are apart at each instant, and one track for each truth
trajectory GOSPA  the same over all instants at once, with a price on changes of track
SIAP              completeness, ambiguity, spuriousness, accuracy, continuity, identity
individuals       completeness, continuity and switches of each truth, errors by class
trial             for each drone, when it was found, alarmed, classed, identified
surveillance      updates in time and error against limits
alerts            missed, false, and how long before entry

Everything in the truth counts, also what no sensor could see. Birds in a flock closer than the tracker
can tell apart cost completeness and switches; that is so in life as well.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.zone import Zone
from vedette.evaluate import alerts as alert_score
from vedette.evaluate.alerts import AlertQuality, FalseAlert, Warned
from vedette.evaluate.beside import Beside, beside
from vedette.evaluate.individuals import ClassScore, TruthScore, classes, individuals
from vedette.evaluate.matching import Matches, match, told_class
from vedette.evaluate.picture import Picture, load_picture
from vedette.evaluate.siap import Identification, Siap, identification, siap
from vedette.evaluate.surveillance import Surveillance, surveillance
from vedette.evaluate.trajectory import LARGEST, Near, TrajectoryGospa, trajectory_gospa
from vedette.evaluate.trial import Place, Trial, trials
from vedette.evaluate.truth import load_truth

CUTOFF_M: Final = 150.0
SWITCH_M: Final = 75.0  # a change of track costs half as much as an instant without one, squared a quarter
Array = NDArray[np.float64]


class Trajectories(Struct, frozen=True, kw_only=True):
    """Trajectory GOSPA by instant: total_m is the metric over the root of how many there are.

    lower_m  it is not below this; the same where exact
    """

    switch_m: float
    total_m: float
    lower_m: float
    exact: bool
    localisation_m: float
    missed_m: float
    false_m: float
    switched_m: float


class Score(Struct, frozen=True, kw_only=True):
    """The score of one picture. gospa_m is the root mean square over instants."""

    cutoff_m: float
    instants: int
    gospa_m: float
    gospa_localisation_m: float
    gospa_missed_m: float
    gospa_false_m: float
    trajectories: Trajectories
    siap: Siap
    class_identity: Identification
    leave_identity: Identification
    tracks: int
    false_tracks: int
    false_shown: float
    classes: list[ClassScore]
    truths: list[TruthScore]
    trials: list[Trial]
    surveillance: list[Surveillance]
    alerts: AlertQuality
    warned: list[Warned]
    missed_alerts: int
    false_alerts: list[FalseAlert]

    def to_json(self) -> bytes:
        """As JSON, indented."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


class Compared(Struct, frozen=True):
    """A score with what it was made of, for a page that shows it."""

    picture: Picture
    zones: Sequence[Zone]
    both: Beside
    matches: Matches
    trajectories: TrajectoryGospa
    score: Score


def score(
    picture: Path,
    truth: Path,
    zones: Sequence[Zone] = (),
    cutoff_m: float = CUTOFF_M,
    switch_m: float = SWITCH_M,
    *,
    smoothed: bool = False,
) -> Score:
    """Score a picture file against a truth file; zones tell who should have raised an alert.

    smoothed  where tracks went after the fact, in place of what was shown
    """
    shown = load_picture(picture, smoothed=smoothed)
    return compare(shown, load_truth(truth), zones, cutoff_m, switch_m).score


def compare(
    picture: Picture,
    rows: NDArray[np.void],
    zones: Sequence[Zone] = (),
    cutoff_m: float = CUTOFF_M,
    switch_m: float = SWITCH_M,
    pilots: Mapping[int, Place] | None = None,
    largest: float = LARGEST,
) -> Compared:
    """Score a picture against truth rows of TRUTH_ROW.

    pilots   where the pilots of truths really stood, lat deg, lon deg, as far as that is known
    largest  of trajectory_gospa; with 0 it is quick, and as a rule known to a tenth of a percent
    """
    both = beside(picture, rows, cutoff_m)
    matches = match(both, cutoff_m)
    whole = _trajectories(both, cutoff_m, switch_m, largest)
    truths = individuals(rows, matches)
    hits, misses, false = alert_score.judge(picture.alerts, rows, matches.track, zones)
    attributes, class_identity, leave_identity = siap_of(both)
    result = Score(
        cutoff_m=cutoff_m,
        instants=len(both.times_ns),
        gospa_m=_root_mean([g.total_m**2 for g in matches.gospa]),
        gospa_localisation_m=_root_mean([g.localisation_m2 for g in matches.gospa]),
        gospa_missed_m=_root_mean([g.missed_m2 for g in matches.gospa]),
        gospa_false_m=_root_mean([g.false_m2 for g in matches.gospa]),
        trajectories=_by_instant(whole, switch_m),
        siap=attributes,
        class_identity=class_identity,
        leave_identity=leave_identity,
        tracks=len(both.track_ids),
        false_tracks=len(np.setdiff1d(both.track_ids, matches.track)),
        false_shown=float(matches.unmatched.sum()) / max(len(both.times_ns), 1),
        classes=classes(rows, matches, truths),
        truths=truths,
        trials=trials(picture, rows, matches, pilots or {}),
        surveillance=surveillance(rows, matches),
        alerts=alert_score.quality(picture.alerts, rows, hits, false),
        warned=hits,
        missed_alerts=misses,
        false_alerts=false,
    )
    return Compared(picture, zones, both, matches, whole, result)


def _trajectories(both: Beside, cutoff_m: float, switch_m: float, largest: float) -> TrajectoryGospa:
    near = Near(
        instant=np.repeat(np.arange(len(both.near)), [len(pairs.row) for pairs in both.near]),
        truth=np.concatenate([who[pairs.row] for who, pairs in zip(both.truth_of, both.near, strict=True)]),
        track=np.concatenate([who[pairs.track] for who, pairs in zip(both.track_of, both.near, strict=True)]),
        distance_m=np.concatenate([pairs.distance_m for pairs in both.near]),
    )
    return trajectory_gospa(*both.present(), near, cutoff_m, switch_m, largest)


def _by_instant(whole: TrajectoryGospa, switch_m: float) -> Trajectories:
    root = max(len(whole.switch_m2), 1) ** 0.5
    return Trajectories(
        switch_m=switch_m,
        total_m=whole.total_m / root,
        lower_m=whole.lower_m / root,
        exact=whole.exact,
        localisation_m=_root_mean(whole.localisation_m2),
        missed_m=_root_mean(whole.missed_m2),
        false_m=_root_mean(whole.false_m2),
        switched_m=_root_mean(whole.switch_m2),
    )


def siap_of(both: Beside) -> tuple[Siap, Identification, Identification]:
    """SIAP attributes, then those of identity by class and by authorisation."""
    truths, tracks = both.present()
    on = np.full(tracks.shape, -1, np.int64)
    position, velocity = np.full((2, *tracks.shape), np.nan)
    kind, leave = np.zeros(tracks.shape, "<U20"), np.zeros(tracks.shape, "<U16")
    for k, here in both.truths_at():
        near = both.near[k]
        order = np.lexsort((near.distance_m, near.track))
        first = order[np.unique(near.track[order], return_index=True)[1]]  # the nearest truth of each track
        nearest, shown, track = near.row[first], both.tracks[k][near.track[first]], both.track_of[k]
        track = track[near.track[first]]
        on[k, track] = both.truth_of[k][nearest]
        position[k, track] = near.distance_m[first]
        velocity[k, track] = np.hypot(
            shown["v_east_mps"] - here["v_east"][nearest], shown["v_north_mps"] - here["v_north"][nearest]
        )
        kind[k, track] = told_class(shown["class"], here["class"][nearest])
        leave[k, track] = np.where(shown["authorisation"] == "unknown", "", shown["authorisation"])
    each = both.rows[np.unique(both.rows["id"], return_index=True)[1]]
    leave_of = np.where(each["authorised"], "authorised", "unauthorised")
    return (
        siap(both.times_s, truths, tracks, on, position, velocity),
        identification(on, truths.shape[1], kind, each["class"]),
        identification(on, truths.shape[1], leave, leave_of),
    )


def _root_mean(squares: Sequence[float] | Array) -> float:
    return float(np.sqrt(np.mean(squares))) if len(squares) else 0.0
