"""Starts without range: from bearings that belong to no track to targets with a place.

Bearings of one sensor are followed as directions (track.angle_tracks). Directions of several sensors are
put into sets, one set a target; the evidence of each set is weighed against that of its members being
strangers to each other, and all sets against each other, because a direction belongs to one target only.
A set that is nearly sure and well placed is handed over as a start; the others wait. A direction of a
sensor that moves is placed by a mixture over range, once the geometry tells.

Sources: docs/bearings.md.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.rays import angles
from vedette.track.angle_tracks import AngleSettings, AngleTracks, Look, blank, follow, forget
from vedette.track.triangles import Candidate, SetSettings, Watch, candidates, lone_ranges

Array = NDArray[np.float64]


_RIVAL = -5.0  # log weight from which another set counts as one


class BearingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a target without range begins.

    start_probability  of the set being one target, and of the direction being one
    placed_share       a start is known to this share of its range, 1 sigma
    range_share        the same for a single sensor that moves
    weigh_s            sets are weighed so often
    hold_s             a set with rivals has been sure for so long, and for hold_intervals of its members
    """

    angle: AngleSettings = AngleSettings()
    sets: SetSettings = SetSettings()
    start_probability: float = 0.98
    placed_share: float = 0.3
    range_share: float = 0.2
    weigh_s: float = 0.5
    hold_s: float = 3.0
    hold_intervals: float = 4.0


@dataclass(frozen=True, slots=True)
class Start:
    """A target that bearings alone have placed.

    time_ns      of x and P
    x, P         (6,), (6, 6) m, m/s, sector frame
    probability  of being real
    sensors      whose bearings it rests on, by Sensor.index, and `numbers`, their angle tracks
    plot_sensor, plot_ns   (k,) the bearings that were used: sensor and time of each
    has_height   whether the bearings tell its height
    """

    time_ns: int
    x: Array
    P: Array
    probability: float
    sensors: tuple[int, ...]
    numbers: tuple[int, ...]
    plot_sensor: NDArray[np.int64]
    plot_ns: NDArray[np.int64]
    has_height: bool


@dataclass(frozen=True, slots=True)
class BearingState:
    """Everything that the next step depends on.

    watches    what is known of each sensor, by Sensor.index
    weighed_ns when sets were last weighed
    sure_ns    since when each set, by its angle tracks' numbers, has been nearly sure
    """

    settings: BearingSettings
    tracks: AngleTracks
    watches: dict[int, Watch] = field(default_factory=dict)
    next_number: int = 1
    weighed_ns: int = 0
    sure_ns: dict[tuple[int, ...], int] = field(default_factory=dict)


def init(settings: BearingSettings | None = None) -> BearingState:
    """No directions yet."""
    return BearingState(settings=settings or BearingSettings(), tracks=blank(0))


def step(state: BearingState, looks: list[Look], now_ns: int) -> tuple[BearingState, list[Start]]:
    """Take the bearings of some looks that are probably nobody's; an empty look counts as one, too.

    now_ns  UTC, not before the looks' times by much; sets are weighed when weigh_s has passed

    Returns the new state and the targets that begin. Their directions are not followed any longer: further
    bearings are the track's own.
    """
    settings = state.settings
    tracks, number = state.tracks, state.next_number
    watches = dict(state.watches)
    for look in looks:
        tracks = follow(tracks, look, settings.angle, number)
        number = max(number, int(tracks.number.max(initial=0)) + 1)
        watch = _watch(look, watches.get(look.sensor), now_ns)
        if watch is not None:
            watches[look.sensor] = watch
    after = replace(state, tracks=tracks, watches=watches, next_number=number)
    if now_ns - state.weighed_ns < settings.weigh_s * NS_PER_S:
        return after, []
    tracks = forget(tracks, now_ns, settings.angle)
    tracks, starts, sure_ns = _weigh(replace(after, tracks=tracks), now_ns)
    return replace(after, tracks=tracks, weighed_ns=now_ns, sure_ns=sure_ns), starts


def _watch(look: Look, before: Watch | None, now_ns: int) -> Watch | None:
    """What is known of the look's sensor; None while nobody knows where it stands."""
    if len(look.z):
        pose, rotation = look.pose[-1], look.rotation[-1]
    elif not math.isnan(look.home[0][0]):
        pose, rotation = look.home
    elif before is not None:
        pose, rotation = before.pose, before.rotation
    else:
        return None
    return Watch(
        time_ns=now_ns,
        period_ns=look.period_ns,
        pd=look.pd,
        pose=pose,
        rotation=rotation,
        reach_m=look.reach_m,
        view=look.view,
    )


def _weigh(state: BearingState, now_ns: int) -> tuple[AngleTracks, list[Start], dict[tuple[int, ...], int]]:
    """Find the sets that are targets; returns the directions that are left, the starts, and what is sure."""
    tracks, watches, settings = state.tracks, state.watches, state.settings
    starts: list[Start] = []
    taken = np.zeros(len(tracks), np.bool_)
    sure_ns: dict[tuple[int, ...], int] = {}
    found, p_alone = candidates(tracks, watches, settings.sets, now_ns)
    for one in sorted(found, key=lambda c: (-len(c.members), -c.probability, c.members)):
        p = sum(c.probability for c in found if set(one.members) <= set(c.members))
        if p < settings.start_probability or not one.fits or one.spread > settings.placed_share:
            continue
        name = tuple(int(tracks.number[i]) for i in one.members)
        sure_ns[name] = state.sure_ns.get(name, now_ns)
        if taken[list(one.members)].any() or not _heard(tracks, one, watches):
            continue
        if _contested(one, found) and (now_ns - sure_ns[name]) / NS_PER_S < _hold_s(tracks, one, settings):
            continue
        starts.append(_start(tracks, one, p))
        taken[list(one.members)] = True
    for i in range(len(tracks)):
        if taken[i] or p_alone[i] * tracks.r[i] < settings.start_probability:
            continue
        lone = lone_ranges(tracks, i, watches, settings.sets)
        if lone is not None and lone.spread <= settings.range_share:
            starts.append(_start(tracks, lone, float(p_alone[i] * tracks.r[i])))
            taken[i] = True
    for start in starts:
        taken |= _explained(tracks, start)
    return (tracks.keep(~taken) if taken.any() else tracks), starts, sure_ns


def _contested(one: Candidate, found: list[Candidate]) -> bool:
    """Whether a member could well be part of another target: a set that is not just more or less of this."""
    mine = set(one.members)
    return any(
        c.log_weight > _RIVAL
        and mine & set(c.members)
        and not (mine <= set(c.members) or mine > set(c.members))
        for c in found
    )


def _hold_s(tracks: AngleTracks, one: Candidate, settings: BearingSettings) -> float:
    slowest = max(float(tracks.interval_s[i]) for i in one.members)
    return max(settings.hold_s, settings.hold_intervals * slowest)


def _heard(tracks: AngleTracks, one: Candidate, watches: dict[int, Watch]) -> bool:
    """Whether every sensor has said it again: one without a period, whose silence tells nothing, twice."""
    return all(tracks.kept[i] >= (2 if watches[int(tracks.sensor[i])].period_ns else 3) for i in one.members)


def _start(tracks: AngleTracks, one: Candidate, probability: float) -> Start:
    members = list(one.members)
    used = [(int(tracks.sensor[i]), int(t)) for i in members for t in tracks.time_ns[i, : tracks.kept[i]]]
    return Start(
        time_ns=one.time_ns,
        x=one.x,
        P=one.P,
        probability=min(probability, 0.9999),
        sensors=tuple(int(tracks.sensor[i]) for i in members),
        numbers=tuple(int(tracks.number[i]) for i in members),
        plot_sensor=np.array([s for s, _ in used], np.int64),
        plot_ns=np.array([t for _, t in used], np.int64),
        has_height=one.has_height,
    )


def _explained(tracks: AngleTracks, start: Start) -> NDArray[np.bool_]:
    """Directions of other sensors that point at what has just begun: they would only begin it again."""
    out = np.zeros(len(tracks), np.bool_)
    h, H = np.empty(2), np.empty((2, 3))
    for i in range(len(tracks)):
        if int(tracks.sensor[i]) in start.sensors:
            continue
        last = int(tracks.kept[i]) - 1
        dt_s = (int(tracks.time_ns[i, last]) - start.time_ns) / NS_PER_S
        if abs(dt_s) > 5.0:
            continue
        place = start.x[:3] + dt_s * start.x[3:]
        angles(place, tracks.pose[i, last], tracks.rotation[i, last], h, H)
        worst = 0.0
        for a in range(2):
            off = float(tracks.z[i, last, a]) - float(h[a])
            if math.isnan(off):
                continue
            off = math.remainder(off, 2.0 * math.pi)
            P = start.P[:3, :3] + dt_s * dt_s * start.P[3:, 3:]
            sd2 = float(tracks.sd[i, last, a]) ** 2 + float(H[a] @ P @ H[a])
            worst = max(worst, off * off / sd2)
        out[i] = worst < 9.0
    return out
