"""Surveillance figures: how surely a position is renewed in time, and its horizontal error, against limits.

update probability  the life of each truth is cut into whole intervals of the limit's length; the share
                    of them in which a track on it had data newer than the interval's begin
RMS error           horizontal, of all matched instants

Limits for surveillance by radar without the target's help (5 and 3 NM separation) and by wide-area
multilateration (8 and 5 s). They are for manned aircraft; other classes stand beside them for comparison.

Source: EUROCONTROL Specification for ATM Surveillance System Performance (ESASSP), EUROCONTROL-SPEC-147,
volume 1, tables of mandatory requirements 5N_N and 3N_N; EUROCAE ED-142A for wide-area multilateration.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.evaluate.individuals import rms
from vedette.evaluate.matching import Matches

Ints = NDArray[np.int64]


class Limit(Struct, frozen=True):
    """One requirement: an update within update_s with this probability, RMS error rms_m at most."""

    name: str
    update_s: float
    update_probability: float
    rms_m: float


LIMITS: Final = (
    Limit("radar, 5 NM", 8.0, 0.90, 500.0),
    Limit("radar, 3 NM", 5.0, 0.90, 300.0),
    Limit("multilateration, 8 s", 8.0, 0.97, 350.0),
    Limit("multilateration, 5 s", 5.0, 0.97, 150.0),
)


class Surveillance(Struct, frozen=True, kw_only=True):
    """One class against one limit.

    intervals  that were looked at; update_probability is None without any
    rms_m      None where nothing was matched
    met        both are within the limit; None where one of them is not known
    """

    limit: str
    update_s: float
    class_name: str
    intervals: int
    update_probability: float | None
    rms_m: float | None
    met: bool | None


def surveillance(rows: NDArray[np.void], matches: Matches) -> list[Surveillance]:
    """Every class that there is against every limit."""
    out = []
    for name in CLASSES:
        of_class = np.flatnonzero(rows["class"] == name)
        if not len(of_class):
            continue
        by_id = of_class[np.argsort(rows["id"][of_class], kind="stable")]
        each = np.split(by_id, np.flatnonzero(np.diff(rows["id"][by_id])) + 1)
        out += [_against(limit, name, each, rows, matches) for limit in LIMITS]
    return out


def _against(
    limit: Limit, name: str, each: list[Ints], rows: NDArray[np.void], matches: Matches
) -> Surveillance:
    """One class, the rows of each of its truths, against one limit."""
    counts = [
        _updates(rows["time_ns"][mine], matches.track[mine], matches.heard_ns[mine], limit.update_s)
        for mine in each
    ]
    served, intervals = (sum(part) for part in zip(*counts, strict=True))
    probability = served / intervals if intervals else None
    error_m = rms(matches.error_m[np.concatenate(each)])
    return Surveillance(
        limit=limit.name,
        update_s=limit.update_s,
        class_name=name,
        intervals=intervals,
        update_probability=probability,
        rms_m=error_m,
        met=_met(limit, probability, error_m),
    )


def _met(limit: Limit, probability: float | None, error_m: float | None) -> bool | None:
    if probability is None or error_m is None:
        return None
    return probability >= limit.update_probability and error_m <= limit.rms_m


def _updates(time_ns: Ints, track: Ints, heard_ns: Ints, update_s: float) -> tuple[int, int]:
    """Intervals of one truth's life with an update, and all of them."""
    length_ns = round(update_s * NS_PER_S)
    interval = (time_ns - time_ns[0]) // length_ns
    count = int((time_ns[-1] - time_ns[0]) // length_ns)
    fresh = (track >= 0) & (heard_ns >= time_ns[0] + interval * length_ns) & (interval < count)
    return len(np.unique(interval[fresh])), count
