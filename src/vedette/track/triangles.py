"""Sets of directions that may be one target each, with their evidence and their probability.

For a set S of directions i with existence rᵢ, and with E the evidence of the bearings (kernel.triangulation):

    set    W_S = Π rᵢ · n λ(x) E_S / Π (n Eᵢ) · Π (1 - pd of the sensors that should have seen x and did not)
    alone  Wᵢ  = 1 - rᵢ + rᵢ Π (1 - pd of the other sensors)

n targets are expected that nobody follows. λ(x) is equal in every octave of range, 1 / 2π L R² with R the
geometric mean of the ranges and L the logarithm of reach over nearest range, so that nothing depends on the
scale. The weights of all ways to choose sets that share no direction give the probability of each set.
"""

import math
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.packing import MAX_THINGS, exclusive
from vedette.kernel.pairing import compatible
from vedette.kernel.triangulation import range_bins, triangulate
from vedette.track.angle_tracks import AngleTracks

Array = NDArray[np.float64]


_TELLING_SD = 3.0  # the sensor's path bends by so many sigmas of its noise at the target
_STILL_M = 1.0  # a sensor that stands does not move by more


class SetSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a target without range may be.

    motions             (speed's 1-sigma m/s, acceleration density m²/s³, share) of each kind of motion
    expected            targets that nobody follows yet
    height_m, height_sd_m  prior of a height that no elevation tells; both less where the target is near
    free_height_sd_m    prior where an elevation tells it
    nearest_m           the mixture over range begins here
    bin_ratio           and goes to the sensor's reach in steps of this
    sets                weighed at most at one time
    beam                hypotheses kept
    """

    motions: tuple[tuple[float, float, float], ...] = (
        (1.0, 0.1, 0.3),
        (15.0, 0.5, 0.3),
        (25.0, 10.0, 0.2),
        (120.0, 3.0, 0.2),
    )
    expected: float = 0.5
    height_m: float = 300.0
    height_sd_m: float = 1000.0
    free_height_sd_m: float = 3000.0
    nearest_m: float = 20.0
    bin_ratio: float = 2.0
    sets: int = 400
    beam: int = 300


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of a sensor: when it last spoke and what it can see.

    view  azimuth where it begins and its width, rad
    """

    time_ns: int
    period_ns: int
    pd: float
    pose: Array
    rotation: Array
    reach_m: float
    view: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A set of directions as one target.

    members      rows of the angle tracks
    time_ns      of x (6,) and P (6, 6)
    log_weight   W_S of the module
    probability  that these and no others are one target
    spread       1-sigma of the horizontal place as a share of the range
    fits         whether the bearings lie as close to the path as their noise says
    has_height   whether the bearings tell the height
    """

    members: tuple[int, ...]
    time_ns: int
    x: Array
    P: Array
    log_weight: float
    probability: float
    spread: float
    fits: bool
    has_height: bool


def candidates(
    tracks: AngleTracks, watches: dict[int, Watch], settings: SetSettings, now_ns: int
) -> tuple[list[Candidate], Array]:
    """Weigh all sets; returns them with their probability, and each direction's of being in none, (n,)."""
    n = len(tracks)
    p_alone = np.ones(n)
    linked = _pairs(tracks, watches, now_ns)
    if not linked.any():
        return [], p_alone
    alone = {
        i: _lone_evidence(tracks, i, watches, settings)[0]
        for i in np.flatnonzero(linked.any(axis=1)).tolist()
    }
    found: list[Candidate] = []
    for members in _sets(linked, tracks.sensor, settings.sets):
        one = _joint(tracks, members, alone, watches, settings, now_ns)
        if one is not None and one.log_weight > -30.0:
            found.append(one)
    groups = _groups(found, n)
    out: list[Candidate] = []
    for rows, held in groups:
        place = {row: k for k, row in enumerate(rows)}
        mask = np.array([sum(1 << place[i] for i in c.members) for c in held], np.uint64)
        weight = np.array([c.log_weight for c in held])
        left = np.array([_log_alone(tracks, i, watches, now_ns) for i in rows])
        p_set, p_left = exclusive(len(rows), mask, weight, left, settings.beam)
        p_alone[rows] = p_left
        out += [_with(c, float(p)) for c, p in zip(held, p_set, strict=True)]
    return out, p_alone


def lone_ranges(
    tracks: AngleTracks, i: int, watches: dict[int, Watch], settings: SetSettings
) -> Candidate | None:
    """One direction of a sensor that moved: its mixture over range as one candidate, if there is a choice.

    None where the sensor's path was too straight for its bearings to tell a range: a target at constant
    velocity looks the same from a sensor at constant velocity at every range.
    """
    n = int(tracks.kept[i])
    if n < 6:
        return None
    bend = _bend_m(tracks.time_ns[i, :n], tracks.pose[i, :n, :2])
    if bend == 0.0:
        return None
    _, weight, x, P = _lone_evidence(tracks, i, watches, settings)
    share = np.exp(weight - weight.max())
    share /= share.sum()
    mean = share @ x
    away = x - mean
    spread = np.einsum("b,bij->ij", share, P) + np.einsum("b,bi,bj->ij", share, away, away)
    reach = float(np.hypot(*(mean[:2] - tracks.pose[i, n - 1, :2])))
    sd = float(np.nanmax(tracks.sd[i, n - 1]))
    if bend < _TELLING_SD * sd * reach:
        return None
    return Candidate(
        members=(i,),
        time_ns=int(tracks.time_ns[i, n - 1]),
        x=mean,
        P=spread,
        log_weight=0.0,
        probability=1.0,
        spread=_major(spread) / reach,
        fits=True,
        has_height=not math.isnan(tracks.z[i, n - 1, 1]),
    )


def _bend_m(time_ns: NDArray[np.int64], place: Array) -> float:
    """How far a sensor's places (n, 2) are from constant velocity, m."""
    t: Array = (time_ns - time_ns[0]) / NS_PER_S
    A = np.stack((np.ones_like(t), t), axis=1)
    off = place - A @ np.linalg.lstsq(A, place, rcond=None)[0]
    out = float(np.hypot(off[:, 0], off[:, 1]).max())
    return out if out > _STILL_M else 0.0


def range_mixture(
    tracks: AngleTracks, i: int, watches: dict[int, Watch], settings: SetSettings
) -> tuple[Array, Array]:
    """Ground ranges of direction i's mixture (b,), m, and their probability (b,)."""
    _, weight, x, _ = _lone_evidence(tracks, i, watches, settings)
    last = tracks.pose[i, int(tracks.kept[i]) - 1]
    share = np.exp(weight - weight.max())
    return np.hypot(x[:, 0] - last[0], x[:, 1] - last[1]), share / share.sum()


def _pairs(tracks: AngleTracks, watches: dict[int, Watch], now_ns: int) -> NDArray[np.bool_]:
    """Which directions of different sensors may be one target, (n, n) symmetric."""
    n = len(tracks)
    t_s: Array = (tracks.time_ns - now_ns) / NS_PER_S
    linked = np.zeros((n, n), np.bool_)
    for i in range(n):
        for j in range(i + 1, n):
            if tracks.sensor[i] == tracks.sensor[j]:
                continue
            longest_s = 1.0 + 1.5 * max(tracks.interval_s[i], tracks.interval_s[j])
            linked[i, j] = linked[j, i] = compatible(
                tracks.kept[i], t_s[i], tracks.z[i], tracks.sd[i], tracks.pose[i], tracks.rotation[i, 0],
                tracks.kept[j], t_s[j], tracks.z[j], tracks.sd[j], tracks.pose[j], tracks.rotation[j, 0],
                longest_s, watches[int(tracks.sensor[i])].reach_m, watches[int(tracks.sensor[j])].reach_m,
            )  # fmt: skip
    return linked


def _sets(linked: NDArray[np.bool_], sensor: NDArray[np.int64], most: int) -> list[tuple[int, ...]]:
    """Sets whose members are all linked: pairs first, then each grown by one, as many as are wanted."""
    n = len(linked)
    layer = [(i, j) for i in range(n) for j in range(i + 1, n) if linked[i, j]]
    out: list[tuple[int, ...]] = []
    grown: list[tuple[int, ...]] = list(layer)
    while grown and len(out) < most:
        out += grown
        grown = [
            (*one, k)
            for one in grown
            for k in range(one[-1] + 1, n)
            if all(linked[i, k] and sensor[i] != sensor[k] for i in one)
        ]
    return out[:most]


def _joint(
    tracks: AngleTracks,
    members: tuple[int, ...],
    alone: dict[int, float],
    watches: dict[int, Watch],
    settings: SetSettings,
    now_ns: int,
) -> Candidate | None:
    """Evidence of one set; None where its rays do not meet."""
    time_ns, z, sd, pose, rotation = _merged(tracks, members)
    newest = int(time_ns[-1])
    t_s: Array = (time_ns - newest) / NS_PER_S
    has_height = bool((~np.isnan(z[:, 1])).any())
    # The height prior needs a first idea of the range; the largest distance between sensors is one.
    apart = float(np.hypot(*(pose[:, :2].max(axis=0) - pose[:, :2].min(axis=0))))
    height, height_sd = _height_prior(settings, apart, has_height)
    x, P = np.empty(6), np.empty((6, 6))
    motions = np.array(settings.motions)
    log_evidence, chi2, m = triangulate(t_s, z, sd, pose, rotation, height, height_sd, motions, x, P)
    if not math.isfinite(log_evidence):
        return None
    own = [watches[int(tracks.sensor[i])] for i in members]
    ranges = [max(float(np.hypot(*(x[:2] - w.pose[:2]))), settings.nearest_m) for w in own]
    if any(r > 1.3 * w.reach_m for r, w in zip(ranges, own, strict=True)):
        return None
    log_r2 = 2.0 * sum(math.log(r) for r in ranges) / len(ranges)
    octaves = math.log(min(w.reach_m for w in own) / settings.nearest_m)
    weight = log_evidence - math.log(2.0 * math.pi * max(octaves, 1.0)) - log_r2
    weight -= (len(members) - 1) * math.log(settings.expected)
    for i in members:
        weight += math.log(max(tracks.r[i], 1e-6)) - alone[i]
    seen = {int(tracks.sensor[i]) for i in members}
    for s, w in watches.items():
        if s not in seen and _alive(w, now_ns) and _in_view(w, x):
            weight += math.log(1.0 - min(w.pd, 0.95))
    return Candidate(
        members=members,
        time_ns=newest,
        x=x,
        P=P,
        log_weight=weight,
        probability=0.0,
        spread=_major(P) / min(ranges),
        fits=chi2 < m + 4.0 * math.sqrt(2.0 * m) + 4.0,
        has_height=has_height,
    )


def _height_prior(settings: SetSettings, far_m: float, has_height: bool) -> tuple[float, float]:
    """Mean and 1-sigma of a height before the bearings speak, m."""
    if has_height:
        return settings.height_m, settings.free_height_sd_m
    return min(settings.height_m, 0.1 * far_m + 50.0), min(settings.height_sd_m, 0.5 * far_m + 100.0)


def _merged(
    tracks: AngleTracks, members: tuple[int, ...]
) -> tuple[NDArray[np.int64], Array, Array, Array, Array]:
    """Remembered bearings of all members in order of time."""
    index = [(i, k) for i in members for k in range(int(tracks.kept[i]))]
    rows = np.array([i for i, _ in index]), np.array([k for _, k in index])
    time_ns = tracks.time_ns[rows]
    order = np.argsort(time_ns, kind="stable")
    return (
        time_ns[order],
        tracks.z[rows][order],
        tracks.sd[rows][order],
        tracks.pose[rows][order],
        tracks.rotation[rows][order],
    )


def _lone_evidence(
    tracks: AngleTracks, i: int, watches: dict[int, Watch], settings: SetSettings
) -> tuple[float, Array, Array, Array]:
    """Log evidence of a direction as a target of its own, and its mixture: weights, states, covariances."""
    n = int(tracks.kept[i])
    reach = watches[int(tracks.sensor[i])].reach_m
    count = max(math.ceil(math.log(reach / settings.nearest_m) / math.log(settings.bin_ratio)), 2)
    bins = settings.nearest_m * np.power(float(settings.bin_ratio), np.arange(count) + 0.5, dtype=np.float64)
    weight, x, P = np.empty(count), np.empty((count, 6)), np.empty((count, 6, 6))
    t_s: Array = (tracks.time_ns[i, :n] - tracks.time_ns[i, n - 1]) / NS_PER_S
    has_height = not math.isnan(tracks.z[i, n - 1, 1])
    height, height_sd = _height_prior(settings, math.sqrt(reach * settings.nearest_m), has_height)
    total = range_bins(
        t_s, tracks.z[i, :n], tracks.sd[i, :n], tracks.pose[i, :n], tracks.rotation[i, :n], height, height_sd,
        np.array(settings.motions), bins, weight, x, P,
    )  # fmt: skip
    return total, weight, x, P


def _log_alone(tracks: AngleTracks, i: int, watches: dict[int, Watch], now_ns: int) -> float:
    """Log of Wᵢ of the module."""
    unseen = 1.0
    for s, w in watches.items():
        if s != int(tracks.sensor[i]) and _alive(w, now_ns):
            unseen *= 1.0 - min(w.pd, 0.95) * min(w.view[1] / (2.0 * math.pi), 1.0)
    r = float(tracks.r[i])
    return math.log(1.0 - r + r * unseen)


def _alive(watch: Watch, now_ns: int) -> bool:
    """Whether a sensor has spoken lately, so that its silence about a place means something."""
    return now_ns - watch.time_ns <= max(5 * NS_PER_S, 3 * watch.period_ns)


def _in_view(watch: Watch, x: Array) -> bool:
    """Whether a sensor could see a place."""
    away = watch.rotation @ (x[:3] - watch.pose)
    off = (math.atan2(away[0], away[1]) - watch.view[0]) % (2.0 * math.pi)
    return float(np.hypot(away[0], away[1])) < watch.reach_m and off <= watch.view[1]


def _major(P: Array) -> float:
    """The larger 1-sigma of the horizontal place, m."""
    mean, half = 0.5 * (P[0, 0] + P[1, 1]), 0.5 * (P[0, 0] - P[1, 1])
    return math.sqrt(mean + math.hypot(half, P[0, 1]))


def _with(one: Candidate, probability: float) -> Candidate:
    return Candidate(
        one.members, one.time_ns, one.x, one.P, one.log_weight, probability, one.spread, one.fits,
        one.has_height,
    )  # fmt: skip


def _groups(found: list[Candidate], n: int) -> list[tuple[list[int], list[Candidate]]]:
    """Candidates that share directions, directly or through others; too many lose the lightest."""
    parent = list(range(n))
    size = [1] * n

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: (-c.log_weight, c.members)):
        roots = sorted({root(i) for i in one.members})
        if sum(size[r] for r in roots) > MAX_THINGS:
            continue
        for r in roots[1:]:
            parent[r] = roots[0]
            size[roots[0]] += size[r]
        kept.append(one)
    by_root: dict[int, list[Candidate]] = {}
    for one in kept:
        by_root.setdefault(root(one.members[0]), []).append(one)
    return [(sorted({i for c in held for i in c.members}), held) for held in by_root.values()]
