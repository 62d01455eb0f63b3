"""What is remembered beyond the last minutes: visits, beginnings, who is inside since when. All bounded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

MOST_VISITS: Final = 64  # of one place, the newest


class Visit(Struct, frozen=True):
    """Somebody was near a place: from its first instant to its last, UTC."""

    track_id: int
    from_ns: int
    until_ns: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """How a track began: when, and beside which carrier, so far away. carrier 0: beside none."""

    time_ns: int
    carrier: int
    away_m: float


@dataclass(frozen=True, slots=True)
class Memory:
    """By place, by track, by track and place."""

    visits: Mapping[str, tuple[Visit, ...]] = field(default_factory=dict)
    began: Mapping[int, Began] = field(default_factory=dict)
    inside_ns: Mapping[tuple[int, str], int] = field(default_factory=dict)


def visited(
    visits: Mapping[str, tuple[Visit, ...]],
    now: Mapping[str, list[tuple[int, str]]],
    tick_ns: int,
    apart_ns: int,
    kept_ns: int,
) -> dict[str, tuple[Visit, ...]]:
    """Visits, with those who are near a place now.

    now       (track id, label) by place
    apart_ns  whoever comes back sooner, or comes as one more, is of the same visit
    kept_ns   older ones are forgotten
    """
    out = {}
    for place in sorted({*visits, *now}):
        kept = [v for v in visits.get(place, ()) if tick_ns - v.until_ns <= kept_ns]
        for track_id, label in now.get(place, []):
            if kept and tick_ns - kept[-1].until_ns < apart_ns:
                kept[-1] = Visit(track_id, kept[-1].from_ns, tick_ns, label)
            else:
                kept.append(Visit(track_id, tick_ns, tick_ns, label))
        if kept:
            out[place] = tuple(kept[-MOST_VISITS:])
    return out
