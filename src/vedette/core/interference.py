"""Where satellite navigation cannot be trusted: cells of a map, from what aircraft say of their accuracy."""

from typing import Literal

from msgspec import Struct

Level = Literal["green", "yellow", "red"]


class DisturbedCell(Struct, frozen=True, omit_defaults=True):
    """One cell of the map, WGS-84 degrees. What no aircraft flies through is not on the map.

    aircraft, bad  how many tell their accuracy in it, and how many of them have lost it
    since_ns       UTC, since when it has this level
    reasons        why, in words
    """

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float
    level: Level
    aircraft: int
    bad: int
    since_ns: int
    reasons: list[str] = []


class InterferenceMap(Struct, frozen=True):
    """All cells at a time, UTC; from the south to the north, then from the west to the east."""

    time_ns: int
    cells: list[DisturbedCell] = []
