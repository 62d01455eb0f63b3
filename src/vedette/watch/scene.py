"""All shown tracks at one instant, as the rules look at them; and what a rule finds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES, Authorisation
from vedette.core.picture import TrackStatus
from vedette.core.sensor import Doubt
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.sun import altitude_deg
from vedette.watch.known import Known, Said, claimed_only, class_table
from vedette.watch.past import Past, window
from vedette.watch.places import Place, about, outside
from vedette.watch.remember import Memory
from vedette.watch.rule import Rule

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LEAVE: Final = tuple(one.name.lower() for one in sorted(Authorisation))
_DAY_NS = 86_400 * NS_PER_S
_STEADY: Final = 0.1  # of its speed


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule holds, or will.

    track_id   the track that it is about; 0 none
    now, ahead probability that it holds now, that it will; time_s: until then, NaN where it holds or unknown
    why        in words, strongest first
    members    further tracks; sensor: a sensor
    progress   told again when this number changes
    quiet      to be told as info, whatever the rule's severity: it is not sure enough to ring
    """

    track_id: int
    now: float
    why: tuple[str, ...]
    place: Place | None = None
    ahead: float = 0.0
    time_s: float = math.nan
    members: tuple[int, ...] = ()
    sensor: str = ""
    progress: int = 0
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Tracks at an instant. Lengths m, on the plane at `origin`.

    rows      (n,) of TRACK, none of which has ended
    place     (n, 2) east, north; velocity (n, 2) m/s
    classes   (n, N_CLASSES), NaN where nothing is known
    over_m    (n,) height over the ground, NaN where it is not known
    """

    tick_ns: int
    origin: Array
    rows: NDArray[np.void]
    ids: list[int]
    place: Array
    velocity: Array
    classes: Array
    over_m: Array
    past: Past
    memory: Memory
    places: tuple[Place, ...]
    known: dict[int, Known]
    said: dict[int, Said]
    doubts: dict[str, Doubt]
    unplaced: frozenset[int]  # nobody measures where they are
    claimed_only: Mask  # (n,) nothing but its own word speaks for it
    at: dict[int, int]  # row by track id
    far: dict[str, Array] = field(default_factory=dict)  # what outside_m has found

    def outside_m(self, place: Place) -> Array:
        """Distance (n,) of every track to a place, negative inside."""
        if place.id not in self.far:
            lat, lon = self.rows["lat_deg"].astype(np.float64), self.rows["lon_deg"].astype(np.float64)
            self.far[place.id] = outside(place, lat, lon)
        return self.far[place.id]

    def window(self, which: Sequence[int], seconds: float) -> Array:
        """Where some rows were lately, (k, w, 3)."""
        return window(self.past, [self.ids[i] for i in which], seconds)

    def label(self, track_id: int) -> str:
        """What people call it."""
        one = self.known.get(track_id)
        return one.label if one is not None else f"T{track_id}"

    @property
    def speed_mps(self) -> Array:
        """Ground speed (n,)."""
        return np.hypot(self.velocity[:, 0], self.velocity[:, 1])

    @property
    def seen(self) -> Mask:
        """Which are not coasting (n,)."""
        out: Mask = self.rows["status"] == TrackStatus.CONFIRMED
        return out


def scene(
    rows: NDArray[np.void],
    tick_ns: int,
    origin: Array,
    ground_m: float | None,
    past: Past,
    memory: Memory,
    places: tuple[Place, ...],
    known: dict[int, Known],
    said: dict[int, Said],
    doubts: dict[str, Doubt],
    unplaced: frozenset[int] = frozenset(),
) -> Scene:
    """Rows of the picture as a scene."""
    ids = rows["track_id"].tolist()
    lat, lon = rows["lat_deg"].astype(np.float64), rows["lon_deg"].astype(np.float64)
    flat = enu_from_geodetic(origin, lat, lon, np.zeros(len(rows)))
    velocity = np.column_stack((rows["v_east_mps"], rows["v_north_mps"])).astype(np.float64)
    over = rows["alt_m"].astype(np.float64) - (math.nan if ground_m is None else ground_m)
    return Scene(
        tick_ns, origin, rows, ids, np.ascontiguousarray(flat[:, :2]), velocity, class_table(known, ids),
        over, past, memory, places, known, said, doubts, unplaced,
        claimed_only(known, ids),
        {track_id: i for i, track_id in enumerate(ids)},
    )  # fmt: skip


def likely(rule: Rule, scene: Scene) -> Array:
    """Probability (n,) that each track is of the rule's classes; 1 where the rule does not ask.

    Where no class is known, what counts as an unauthorised drone is one.
    """
    if not rule.classes:
        return np.ones(len(scene.rows))
    p: Array = scene.classes[:, [CLASSES.index(name) for name in rule.classes]].sum(axis=1)
    drone = scene.rows["authorisation"] == Authorisation.UNAUTHORISED
    return np.minimum(np.where(np.isnan(p), np.where(drone, 1.0, 0.0), p), 1.0)


def steady(scene: Scene, least_mps: float = 0.0) -> Mask:
    """Whose speed (n,) is known to a tenth, or to least_mps: a track that jumps from bird to bird is not."""
    out: Mask = scene.rows["speed_sd_mps"] <= np.maximum(least_mps, _STEADY * scene.speed_mps)
    return out


def eligible(rule: Rule, scene: Scene) -> Mask:
    """Which tracks (n,) a rule is about now, wherever they are."""
    if not in_time(rule, scene.tick_ns, scene.origin):
        return np.zeros(len(scene.rows), np.bool_)
    allowed = np.array([name in rule.leave for name in _LEAVE])
    out: Mask = allowed[scene.rows["authorisation"]] & (likely(rule, scene) >= rule.class_from)
    common = rule.common
    if common.placed_m is not None:
        out &= ~(scene.rows["sd_major_m"] > common.placed_m)
    if not common.claims_only:
        out &= ~scene.claimed_only
    if common.above_m is not None:
        out &= ~(scene.over_m < common.above_m)  # a height that is not known fits
    if common.below_m is not None:
        out &= ~(scene.over_m > common.below_m)
    return out


def in_time(rule: Rule, now_ns: int, origin: Array) -> bool:
    """Whether a rule is used at a time."""
    common = rule.common
    day, of_day = divmod(now_ns, _DAY_NS)
    if common.hours is not None:
        start, end = (60 * int(part[:2]) + int(part[3:]) for part in common.hours.split("-"))
        minute = of_day // (60 * NS_PER_S)
        inside = start <= minute < end if start < end else minute >= start or minute < end
        if not inside:
            return False
        # What began before midnight belongs to the day on which it began.
        day -= start >= end and minute < end
    if common.days and _DAYS[(day + 3) % 7] not in common.days:
        return False
    below = common.sun_below_deg
    return below is None or altitude_deg(now_ns, float(origin[0]), float(origin[1])) < below


def near(rule: Rule, scene: Scene, rows: NDArray[np.int64]) -> list[Place | None]:
    """For each of some tracks the place of the rule's that it is nearest to; None where none is near enough.

    In several at once, it is the smallest of them.
    """
    best = np.full(len(rows), math.inf)
    size = np.full(len(rows), math.inf)
    which = np.full(len(rows), -1)
    candidates = about(rule, scene.places, scene.tick_ns)
    limit = math.inf if rule.near_m is None else rule.near_m
    for k, place in enumerate(candidates):
        away = np.maximum(scene.outside_m(place)[rows], 0.0)
        closer = (
            (away <= limit) & np.isfinite(away) & ((away < best) | ((away == best) & (place.reach_m < size)))
        )
        best[closer], size[closer], which[closer] = away[closer], place.reach_m, k
    return [candidates[k] if k >= 0 else None for k in which.tolist()]


def by_place(rule: Rule, scene: Scene) -> list[tuple[int, Place | None]]:
    """Rows that a rule is about, with the place that they are near; anywhere where the rule has no near_m."""
    rows = np.flatnonzero(eligible(rule, scene))
    if not len(rows):
        return []
    found = zip(rows.tolist(), near(rule, scene, rows), strict=True)
    anywhere = rule.near_m is None
    return [(i, place) for i, place in found if anywhere or place is not None]


def by_name(place: Place | None) -> str:
    """Where it is, to put behind other words; nothing where that is nowhere."""
    return "" if place is None else f" by {place.name}"
