"""How each individual was held, and all of one class together.

completeness   share of an individual's instants at which a track was there
continuity     share of its instants held by the one track that held most
switches       its track is another one than the last it had
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.evaluate.matching import Matches

Array = NDArray[np.float64]


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


class ClassScore(Struct, frozen=True, kw_only=True):
    """One class of truth. None where there was nothing to measure.

    truths      individuals; instants: rows of truth
    *_rmse_*    of matched rows: horizontal position, height, horizontal velocity
    position_p95_m  95 % of matched rows are not further off
    right_class share of matched rows whose track was given this class
    """

    class_name: str
    truths: int
    instants: int
    completeness: float
    continuity: float
    switches: int
    position_rmse_m: float | None
    position_p95_m: float | None
    height_rmse_m: float | None
    velocity_rmse_mps: float | None
    right_class: float | None


def individuals(rows: NDArray[np.void], matches: Matches) -> list[TruthScore]:
    """Every individual, by number."""
    return [_individual(rows, matches, ident) for ident in np.unique(rows["id"]).tolist()]


def classes(rows: NDArray[np.void], matches: Matches, truths: list[TruthScore]) -> list[ClassScore]:
    """Every class that there is, in the order of CLASSES."""
    return [_class(name, rows, matches, truths) for name in CLASSES if (rows["class"] == name).any()]


def rms(values: Array) -> float | None:
    """Root mean square of what is known."""
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else None


def _individual(rows: NDArray[np.void], matches: Matches, ident: int) -> TruthScore:
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


def _class(name: str, rows: NDArray[np.void], matches: Matches, truths: list[TruthScore]) -> ClassScore:
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
        position_rmse_m=rms(matches.error_m[mine]),
        position_p95_m=float(np.percentile(matches.error_m[held], 95)) if held.any() else None,
        height_rmse_m=rms(matches.height_m[mine]),
        velocity_rmse_mps=rms(matches.velocity_mps[mine]),
        right_class=float((matches.class_name[held] == name).mean()) if held.any() else None,
    )
