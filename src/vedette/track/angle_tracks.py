"""Directions that a sensor follows over time: angle tracks, the step before a place.

Each is a Bernoulli with a small Kalman filter an angle, and remembers some of the bearings that it rests on,
with where the sensor stood: thinned as they age, the newest always among them. Triangulation works on these.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.angle_motion import gate_angles, update_angles
from vedette.kernel.association import marginals

Array = NDArray[np.float64]

KEPT = 24  # bearings remembered by one angle track
_TORN = 0.1  # a bearing is seriously a direction's own from this probability on


class AngleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How directions are followed.

    angle_q            white angular acceleration, rad²/s³
    rate_sd_radps      spread of an unknown angular rate at the first bearing
    gate_sd            bearings beyond so many sigmas belong to another
    undetected         targets not yet followed that a sensor may hear in one look
    drop_existence     an angle track ends below it
    drop_s             and after so long without a bearing, or eight of its own intervals if that is more
    spacing_s          bearings remembered are at least so far apart; doubled whenever the memory is full
    history_s          and none is older than this
    """

    angle_q: float = 1e-4
    rate_sd_radps: float = 0.1
    gate_sd: float = 4.0
    undetected: float = 0.1
    drop_existence: float = 0.05
    drop_s: float = 4.0
    spacing_s: float = 0.1
    history_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Look:
    """Bearings of one look of one sensor that may be nobody's.

    sensor         Sensor.index
    period_ns      of the sensor; 0 where it has none, then a missing bearing says nothing
    pd, false      detection probability; false bearings a look
    log_clutter    (m,) log density of a false bearing in the angles that were measured
    time_ns        (m,) when each was measured
    heard_ns       when the newest bytes of the look arrived
    z, sd          (m, 2) azimuth, elevation and their noise, rad; elevation NaN where not measured
    pose, rotation (m, 3), (m, 3, 3) where the sensor stood, sector frame, m; sector frame to its own
    home           the same two of the sensor itself, for a look without bearings; NaN where it has no place
    p_left         (m,) probability that no track of the sector made it
    reach_m        how far the sensor can see
    view           azimuth where its field of view begins, and its width, rad
    whole          whether the sensor looked everywhere since its last look
    """

    sensor: int
    period_ns: int
    pd: float
    false: float
    log_clutter: Array
    time_ns: NDArray[np.int64]
    heard_ns: int
    z: Array
    sd: Array
    pose: Array
    rotation: Array
    home: tuple[Array, Array]
    p_left: Array
    reach_m: float
    view: tuple[float, float]
    whole: bool


@dataclass(slots=True)
class AngleTracks:
    """All angle tracks by column, n rows."""

    number: NDArray[np.int64]  # for life
    sensor: NDArray[np.int64]
    x: Array  # (n, 2, 2) see kernel.angle_motion
    P: Array  # (n, 2, 3)
    r: Array  # (n,) that it is a target
    hits: NDArray[np.int64]
    born_ns: NDArray[np.int64]
    hit_ns: NDArray[np.int64]  # time of x and P
    interval_s: Array  # mean time between its bearings
    spacing_s: Array
    kept: NDArray[np.int64]  # bearings remembered, the first so many of:
    time_ns: NDArray[np.int64]  # (n, KEPT)
    z: Array  # (n, KEPT, 2)
    sd: Array  # (n, KEPT, 2)
    pose: Array  # (n, KEPT, 3)
    rotation: Array  # (n, KEPT, 3, 3)

    def __len__(self) -> int:
        return len(self.number)

    def copy(self) -> "AngleTracks":
        """The same values in arrays of their own."""
        return AngleTracks(*(getattr(self, f.name).copy() for f in fields(self)))

    def keep(self, mask: NDArray[np.bool_]) -> "AngleTracks":
        """Only the rows in mask."""
        return AngleTracks(*(getattr(self, f.name)[mask] for f in fields(self)))

    def append(self, other: "AngleTracks") -> "AngleTracks":
        """These rows, then the other's."""
        return AngleTracks(
            *(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self))
        )


def blank(n: int) -> AngleTracks:
    """Rows with nothing in them yet."""
    return AngleTracks(
        number=np.zeros(n, np.int64),
        sensor=np.zeros(n, np.int64),
        x=np.zeros((n, 2, 2)),
        P=np.zeros((n, 2, 3)),
        r=np.zeros(n),
        hits=np.zeros(n, np.int64),
        born_ns=np.zeros(n, np.int64),
        hit_ns=np.zeros(n, np.int64),
        interval_s=np.zeros(n),
        spacing_s=np.zeros(n),
        kept=np.zeros(n, np.int64),
        time_ns=np.zeros((n, KEPT), np.int64),
        z=np.full((n, KEPT, 2), np.nan),
        sd=np.full((n, KEPT, 2), np.nan),
        pose=np.zeros((n, KEPT, 3)),
        rotation=np.zeros((n, KEPT, 3, 3)),
    )


def follow(tracks: AngleTracks, look: Look, settings: AngleSettings, next_number: int) -> AngleTracks:
    """Take one look's bearings: returns the angle tracks after it, new ones at the end.

    Bearings that two directions could claim about equally move neither: a crossing is passed on the rates.
    """
    tracks = tracks.copy()
    mine = np.flatnonzero(tracks.sensor == look.sensor)
    m = len(look.z)
    p_other = np.ones(m)
    if len(mine):
        dt_s: Array = (look.time_ns[None, :] - tracks.hit_ns[mine, None]) / NS_PER_S
        track, plot, loglik = gate_angles(
            tracks.x[mine], tracks.P[mine], dt_s, look.z, look.sd, settings.angle_q, settings.gate_sd
        )
        r = tracks.r[mine]
        seen = r * look.pd
        weight = seen[track] * np.exp(np.minimum(loglik - look.log_clutter[plot], 60.0)) * look.p_left[plot]
        missed = 1.0 - seen if look.whole else np.ones(len(mine))
        other = np.full(m, look.false + settings.undetected)
        p_pair, p_missed, p_other = marginals(len(mine), m, track, plot, weight, missed, other)
        if look.whole:
            left = r * (1.0 - look.pd) / (1.0 - seen)
            r_new = p_missed * left
        else:
            r_new = p_missed * r
        np.add.at(r_new, track, p_pair)
        tracks.r[mine] = np.minimum(r_new, 0.9999)
        # Where two directions could both have made it, either may go on as the other: what they remember
        # is no longer one target's for sure.
        torn = (p_pair > _TORN) & (p_pair < 1.0 - _TORN) & (_rivals(plot, p_pair, m) > 1)
        for i in np.unique(mine[track[torn]]).tolist():
            _only_newest(tracks, i)
        for k in np.flatnonzero(p_pair >= 0.5).tolist():
            _take(tracks, int(mine[track[k]]), look, int(plot[k]), settings)
    born = settings.undetected / (settings.undetected + look.false)
    r_born: Array = born * p_other * look.p_left
    return tracks.append(_begun(look, np.flatnonzero(r_born > settings.drop_existence), r_born, settings,
                                next_number))  # fmt: skip


def _rivals(plot: NDArray[np.int64], p_pair: Array, m: int) -> NDArray[np.int64]:
    """How many directions seriously claim each pair's bearing, (k,)."""
    claims = np.zeros(m, np.int64)
    np.add.at(claims, plot[p_pair > _TORN], 1)
    return claims[plot]


def forget(tracks: AngleTracks, now_ns: int, settings: AngleSettings) -> AngleTracks:
    """Only the angle tracks that are still worth following."""
    silent_s: Array = (now_ns - tracks.hit_ns) / NS_PER_S
    patience_s = np.maximum(settings.drop_s, 8.0 * tracks.interval_s)
    patience_s = np.where(tracks.hits > 1, patience_s, np.maximum(4.0 * settings.drop_s, patience_s))
    keep = (tracks.r >= settings.drop_existence) & (silent_s <= patience_s)
    return tracks if keep.all() else tracks.keep(keep)


def _take(tracks: AngleTracks, i: int, look: Look, j: int, settings: AngleSettings) -> None:
    """Update angle track i with bearing j, in place, and remember it."""
    time_ns = int(look.time_ns[j])
    dt_s = (time_ns - int(tracks.hit_ns[i])) / NS_PER_S
    update_angles(tracks.x[i], tracks.P[i], dt_s, look.z[j], look.sd[j], settings.angle_q)
    if dt_s > 0.0:
        weight = 1.0 if tracks.hits[i] < 2 else 0.2
        tracks.interval_s[i] += weight * (dt_s - tracks.interval_s[i])
        tracks.hit_ns[i] = time_ns
        _remember(tracks, i, look, j, settings)
    tracks.hits[i] += 1


def _remember(tracks: AngleTracks, i: int, look: Look, j: int, settings: AngleSettings) -> None:
    """Put bearing j, the newest of angle track i, into its memory, in place."""
    time_ns = int(look.time_ns[j])
    n = int(tracks.kept[i])
    # The last place is the newest's for as long as it is too close to the one before.
    if n >= 2 and time_ns - int(tracks.time_ns[i, n - 2]) < tracks.spacing_s[i] * NS_PER_S:
        n -= 1
    elif n == KEPT:
        tracks.spacing_s[i] *= 2.0
        n = _thin(tracks, i, time_ns - round(settings.history_s * NS_PER_S))
    tracks.time_ns[i, n] = time_ns
    tracks.z[i, n] = look.z[j]
    tracks.sd[i, n] = look.sd[j]
    tracks.pose[i, n] = look.pose[j]
    tracks.rotation[i, n] = look.rotation[j]
    tracks.kept[i] = n + 1


def _only_newest(tracks: AngleTracks, i: int) -> None:
    """Forget all bearings of angle track i but the newest, in place."""
    for column in (tracks.time_ns, tracks.z, tracks.sd, tracks.pose, tracks.rotation):
        column[i, 0] = column[i, tracks.kept[i] - 1]
    tracks.kept[i] = 1


def _thin(tracks: AngleTracks, i: int, oldest_ns: int) -> int:
    """Forget every second remembered bearing and those that are too old; returns how many stay."""
    index = np.arange(1, KEPT, 2)
    index = index[tracks.time_ns[i, index] >= oldest_ns]
    n = len(index)
    for column in (tracks.time_ns, tracks.z, tracks.sd, tracks.pose, tracks.rotation):
        column[i, :n] = column[i, index]
    return n


def _begun(
    look: Look, index: NDArray[np.int64], r: Array, settings: AngleSettings, next_number: int
) -> AngleTracks:
    """New angle tracks from the bearings at index."""
    new = blank(len(index))
    new.number[:] = np.arange(next_number, next_number + len(index))
    new.sensor[:] = look.sensor
    for k, j in enumerate(index.tolist()):
        for a in range(2):
            known = not math.isnan(look.z[j, a])
            new.x[k, a, 0] = look.z[j, a] if known else 0.0
            new.P[k, a] = (look.sd[j, a] ** 2 if known else np.inf, 0.0, settings.rate_sd_radps**2)
    new.r[:] = r[index]
    new.hits[:] = 1
    new.born_ns[:] = new.hit_ns[:] = look.time_ns[index]
    new.interval_s[:] = look.period_ns / NS_PER_S
    new.spacing_s[:] = settings.spacing_s
    new.kept[:] = 1
    new.time_ns[:, 0] = look.time_ns[index]
    new.z[:, 0] = look.z[index]
    new.sd[:, 0] = look.sd[index]
    new.pose[:, 0] = look.pose[index]
    new.rotation[:, 0] = look.rotation[index]
    return new
