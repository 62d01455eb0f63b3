"""How good a picture was: the truth beside it, instant by instant.

At every instant of the truth, truths and shown tracks are matched by GOSPA on horizontal distance with
a cut-off. From the matches:

completeness   share of the truths' instants at which a track was there
continuity     mean over truths: share of its instants held by the one track that held most
switches       a truth's track is another one than the last it had
false tracks   tracks that were never matched; and how many are shown unmatched on average
alerts         unauthorised drones that were in a zone: when the first warning came, before or after
               entry; every other alert is false

Everything in the truth counts, also what no sensor could see. Birds in a flock closer than the tracker
can tell apart cost completeness and switches; that is so in life as well.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.evaluate import alerts as alert_score
from vedette.evaluate.alerts import FalseAlert, Warned
from vedette.evaluate.gospa import Gospa, gospa
from vedette.evaluate.picture import METRES_PER_DEGREE, load_picture, states_at
from vedette.evaluate.truth import load_truth

CUTOFF_M: Final = 150.0
Array = NDArray[np.float64]


class ClassScore(Struct, frozen=True, kw_only=True):
    """One class of truth. None where there was nothing to measure.

    truths      individuals; instants: rows of truth
    *_rmse_*    of matched rows: horizontal position, height, horizontal velocity
    right_class share of matched rows whose track was given this class
    """

    class_name: str
    truths: int
    instants: int
    completeness: float
    continuity: float
    switches: int
    position_rmse_m: float | None
    height_rmse_m: float | None
    velocity_rmse_mps: float | None
    right_class: float | None


class TruthScore(Struct, frozen=True, kw_only=True):
    """One individual: how it was held. first_track_s counts from its first instant."""

    id: int
    name: str
    class_name: str
    authorised: bool
    instants: int
    completeness: float
    continuity: float
    switches: int
    tracks: int
    first_track_s: float | None


class Score(Struct, frozen=True, kw_only=True):
    """The score of one picture. gospa_m is the root mean square over instants."""

    cutoff_m: float
    instants: int
    gospa_m: float
    gospa_localisation_m: float
    gospa_missed_m: float
    gospa_false_m: float
    tracks: int
    false_tracks: int
    false_shown: float
    classes: list[ClassScore]
    truths: list[TruthScore]
    warned: list[Warned]
    missed_alerts: int
    false_alerts: list[FalseAlert]

    def to_json(self) -> bytes:
        """As JSON, indented."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


class Matches(Struct, frozen=True):
    """Truth rows with the track that each was matched to.

    track     (n,)  track id, -1 none
    error_m   (n,)  horizontal, NaN without a track; height_m, velocity_mps likewise
    right     (n,)  the track's class was right
    unmatched       shown tracks without a truth, summed over instants
    gospa           one an instant
    """

    track: NDArray[np.int64]
    error_m: Array
    height_m: Array
    velocity_mps: Array
    right: NDArray[np.bool_]
    unmatched: int
    gospa: list[Gospa]


def score(
    picture: Path,
    truth: Path,
    zones: Sequence[Zone] = (),
    cutoff_m: float = CUTOFF_M,
    *,
    smoothed: bool = False,
) -> Score:
    """Score a picture file against a truth file; zones tell who should have raised an alert.

    smoothed  where tracks went after the fact, in place of what was shown
    """
    points, warned = load_picture(picture, smoothed=smoothed)
    rows = load_truth(truth)
    return score_rows(points, warned, rows, zones, cutoff_m)


def score_rows(
    points: NDArray[np.void],
    warned: NDArray[np.void],
    rows: NDArray[np.void],
    zones: Sequence[Zone] = (),
    cutoff_m: float = CUTOFF_M,
) -> Score:
    """Score arrays: points of POINT, warned of ALERT, rows of TRUTH_ROW."""
    matches = match(points, rows, cutoff_m)
    truths = [_truth_score(rows, matches, ident) for ident in np.unique(rows["id"]).tolist()]
    shown = set(points["track_id"].tolist())
    n = max(len(matches.gospa), 1)
    hits, misses, false = alert_score.judge(warned, rows, matches.track, zones)
    return Score(
        cutoff_m=cutoff_m,
        instants=len(matches.gospa),
        gospa_m=_root_mean([g.total_m**2 for g in matches.gospa]),
        gospa_localisation_m=_root_mean([g.localisation_m2 for g in matches.gospa]),
        gospa_missed_m=_root_mean([g.missed_m2 for g in matches.gospa]),
        gospa_false_m=_root_mean([g.false_m2 for g in matches.gospa]),
        tracks=len(shown),
        false_tracks=len(shown - set(matches.track.tolist())),
        false_shown=matches.unmatched / n,
        classes=[
            _class_score(name, rows, matches, truths) for name in CLASSES if (rows["class"] == name).any()
        ],
        truths=truths,
        warned=hits,
        missed_alerts=misses,
        false_alerts=false,
    )


def match(points: NDArray[np.void], rows: NDArray[np.void], cutoff_m: float) -> Matches:
    """Match truths and tracks at every instant of the truth."""
    times, first = np.unique(rows["time_ns"], return_index=True)
    shown = states_at(points, times)
    n = len(rows)
    track = np.full(n, -1, np.int64)
    error, height, velocity = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    right = np.zeros(n, bool)
    results: list[Gospa] = []
    for begin, end, tracks in zip(first, [*first[1:], n], shown, strict=True):
        here = rows[begin:end]
        distance = distances_m(here, tracks)
        result, found = gospa(distance, cutoff_m)
        results.append(result)
        who = np.flatnonzero(found >= 0)
        at, theirs = begin + who, tracks[found[who]]
        track[at] = theirs["track_id"]
        error[at] = distance[who, found[who]]
        height[at] = theirs["alt_m"] - here["alt_m"][who]
        velocity[at] = np.hypot(
            theirs["v_east_mps"] - here["v_east"][who], theirs["v_north_mps"] - here["v_north"][who]
        )
        right[at] = theirs["class"] == here["class"][who]
    return Matches(track, error, height, velocity, right, sum(g.false for g in results), results)


def distances_m(rows: NDArray[np.void], tracks: NDArray[np.void]) -> Array:
    """Horizontal distances (n, m) between truths and tracks."""
    north = (tracks["lat_deg"][None, :] - rows["lat_deg"][:, None]) * METRES_PER_DEGREE
    shrink = np.cos(np.radians(rows["lat_deg"]))[:, None]
    east = (tracks["lon_deg"][None, :] - rows["lon_deg"][:, None]) * METRES_PER_DEGREE * shrink
    out: Array = np.hypot(east, north)
    return out


def _root_mean(squares: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(squares))) if len(squares) else 0.0


def _rms(values: Array) -> float | None:
    """Root mean square of what is known."""
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else None


def _truth_score(rows: NDArray[np.void], matches: Matches, ident: int) -> TruthScore:
    """How one individual was held."""
    mine = np.flatnonzero(rows["id"] == ident)
    row, tracks = rows[mine[0]], matches.track[mine]
    held = tracks[tracks >= 0]
    longest = int(np.unique(held, return_counts=True)[1].max()) if len(held) else 0
    begun = rows["time_ns"][mine][tracks >= 0]
    return TruthScore(
        id=ident,
        name=str(row["name"]),
        class_name=str(row["class"]),
        authorised=bool(row["authorised"]),
        instants=len(mine),
        completeness=len(held) / len(mine),
        continuity=longest / len(mine),
        switches=int(np.count_nonzero(np.diff(held))),
        tracks=len(np.unique(held)),
        first_track_s=float(begun[0] - row["time_ns"]) / NS_PER_S if len(begun) else None,
    )


def _class_score(name: str, rows: NDArray[np.void], matches: Matches, truths: list[TruthScore]) -> ClassScore:
    """All individuals of one class together."""
    mine = rows["class"] == name
    held = mine & (matches.track >= 0)
    theirs = [truth for truth in truths if truth.class_name == name]
    return ClassScore(
        class_name=name,
        truths=len(theirs),
        instants=int(mine.sum()),
        completeness=float(held.sum() / mine.sum()),
        continuity=float(np.mean([truth.continuity for truth in theirs])),
        switches=sum(truth.switches for truth in theirs),
        position_rmse_m=_rms(matches.error_m[mine]),
        height_rmse_m=_rms(matches.height_m[mine]),
        velocity_rmse_mps=_rms(matches.velocity_mps[mine]),
        right_class=float(matches.right[held].mean()) if held.any() else None,
    )
