"""One track for each truth at each instant: GOSPA's own assignment, on horizontal distance."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.core.units import NS_PER_S
from vedette.evaluate.beside import Beside
from vedette.evaluate.gospa import Gospa, gospa_pairs
from vedette.evaluate.picture import ANY_UAS, NO_UAS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Matches(Struct, frozen=True):
    """Truth rows with the track that each was matched to.

    track      (N,)  track id, -1 none
    error_m    (N,)  horizontal, NaN without a track; height_m, velocity_mps likewise
    class_name (N,)  the track's class and authorisation, empty without a track or where not known
    heard_ns   (N,)  the newest data in the track then; where the picture does not tell, its own time;
                     0 without a track
    unmatched  (T,)  shown tracks without a truth
    gospa            one an instant
    """

    track: Ints
    error_m: Array
    height_m: Array
    velocity_mps: Array
    class_name: NDArray[np.str_]
    authorisation: NDArray[np.str_]
    heard_ns: Ints
    unmatched: Ints
    gospa: list[Gospa]


def match(both: Beside, cutoff_m: float) -> Matches:
    """Match truths and tracks at every instant of the truth."""
    n = len(both.rows)
    track = np.full(n, -1, np.int64)
    error, height, velocity = np.full((3, n), np.nan)
    class_name, authorisation = np.zeros(n, "<U20"), np.zeros(n, "<U16")
    heard = np.zeros(n, np.int64)
    results: list[Gospa] = []
    for k, here in both.truths_at():
        tracks = both.tracks[k]
        near = both.near[k]
        result, found = gospa_pairs(len(here), len(tracks), near.row, near.track, near.distance_m, cutoff_m)
        results.append(result)
        who = np.flatnonzero(found >= 0)
        at, theirs = both.first[k] + who, tracks[found[who]]
        track[at] = theirs["track_id"]
        chosen = found[near.row] == near.track  # in the order of rows, as `who` is
        error[at] = near.distance_m[chosen]
        height[at] = theirs["alt_m"] - here["alt_m"][who]
        velocity[at] = np.hypot(
            theirs["v_east_mps"] - here["v_east"][who], theirs["v_north_mps"] - here["v_north"][who]
        )
        class_name[at] = told_class(theirs["class"], here["class"][who])
        authorisation[at] = theirs["authorisation"]
        ago_ns = np.nan_to_num(theirs["heard_ago_s"]) * NS_PER_S
        heard[at] = theirs["time_ns"] - ago_ns.astype(np.int64)
    unmatched = np.array([g.false for g in results], np.int64)
    return Matches(track, error, height, velocity, class_name, authorisation, heard, unmatched, results)


def told_class(said: NDArray[np.str_], true: NDArray[np.str_]) -> NDArray[np.str_]:
    """Classes (k,) as they were said; one that says only drone or no drone is right of every such truth."""
    drone = np.isin(true, UAS)
    right = ((said == ANY_UAS) & drone) | ((said == NO_UAS) & ~drone)
    out: NDArray[np.str_] = np.where(right, true, said)
    return out
