"""What registration sees of the tracker: the plots that tracks took, with what the tracks knew then."""

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.kernel import registration as kernel
from vedette.kernel.geodesy import mean_radius_m
from vedette.kernel.measurement import AZIMUTH as Z_AZIMUTH
from vedette.kernel.measurement import EAST as Z_EAST
from vedette.kernel.measurement import NORTH as Z_NORTH
from vedette.kernel.measurement import RANGE as Z_RANGE
from vedette.kernel.motion import summarise
from vedette.track.plots import GEOMETRIC, prepare

if TYPE_CHECKING:
    from vedette.track.state import TrackerState, Tracks

Array = NDArray[np.float64]

_BIRD = CLASSES.index("bird")


class RegistrationSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of sensors before anything is seen, and of pairs of plots.

    range_sd_m … clock_sd_s  1 sigma of each bias, before, and for ever where nothing is seen of it
    memory_s                 how long a bias stays what it is
    knee, sharp              see kernel.registration_prior
    gate_sd, student, acceleration_q, speed_floor_mps, pressure_sd_m, longest_s, speed_gate_mps
                             the rules row of kernel.registration
    baro_sd_m                of one aircraft's pressure altitude, beyond what all have in common
    geometric_sd_m           of a height that was measured, beyond the track's own sigma
    height_memory_s, pressure_memory_s  how long such errors stay what they are
    tracks                   whose heights the filter estimates at once; of others they count as noise
    min_hits, min_age_s      plots that a track must have, and how old it must be, before its plots are used:
                             in its first seconds one bird of a flock is another to each sensor, and nobody
                             knows yet who flies beside it
    apart_sd                 no other track of the same sensor may be so near, in sigmas of its plots
    max_speed_sd_mps         a track's velocity must be known so well
    min_probability          a plot must be its track's so surely
    bird_p                   who is taken for a bird surer than this teaches nothing: birds fly in flocks
    most_tracks              of more tracks than these only every second, third … is used
    doubt_share, doubt_pairs a sensor of whose last pairs so many are rejected has changed: it is learnt anew
    """

    range_sd_m: float = 150.0
    range_scale_sd: float = 2e-5
    azimuth_sd_deg: float = 0.5
    elevation_sd_deg: float = 0.5
    position_sd_m: float = 20.0
    clock_sd_s: float = 0.5
    memory_s: float = 365 * 86_400.0
    knee: float = 0.1
    sharp: float = 0.2
    gate_sd: float = 4.0
    student: float = 12.0
    acceleration_q: float = 4.0
    speed_floor_mps: float = 5.0
    pressure_sd_m: float = 150.0
    baro_sd_m: float = 25.0
    geometric_sd_m: float = 50.0
    height_memory_s: float = 600.0
    pressure_memory_s: float = 5 * 86_400.0
    tracks: int = 48
    longest_s: float = 4.0
    speed_gate_mps: float = 20.0
    min_hits: int = 5
    min_age_s: float = 10.0
    apart_sd: float = 6.0
    max_speed_sd_mps: float = 40.0
    min_probability: float = 0.8
    bird_p: float = 0.5
    most_tracks: int = 100
    doubt_share: float = 0.5
    doubt_pairs: float = 20.0

    def prior_sd(self) -> Array:
        """Units of the state (7,), in the order of kernel.registration."""
        return np.array(
            [
                self.range_sd_m,
                self.range_scale_sd,
                math.radians(self.azimuth_sd_deg),
                math.radians(self.elevation_sd_deg),
                self.position_sd_m,
                self.position_sd_m,
                self.clock_sd_s,
            ]
        )

    def rules(self) -> Array:
        """The rules row of kernel.registration."""
        return np.array(
            [
                self.gate_sd,
                self.student,
                self.acceleration_q,
                self.speed_floor_mps,
                self.pressure_sd_m,
                self.longest_s,
                self.speed_gate_mps,
            ]
        )


@dataclass(frozen=True, slots=True)
class Sightings:
    """Plots that tracks took, by column, n rows in the order of time.

    sensor     (n,)     Sensor.index
    biased     (n,)     whether the sensor has biases; not where the target tells its position
    track      (n,)     track id
    valid_ns   (n,)     as the sensor said
    plot       (n, 50)  uncorrected, with what the track knew: the columns of kernel.registration
    used       (n,)     it was in a pair, or has neighbours that it may have been taken for
    """

    sensor: NDArray[np.int64]
    biased: NDArray[np.bool_]
    track: NDArray[np.int64]
    valid_ns: NDArray[np.int64]
    plot: Array
    used: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.sensor)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Sightings":
        """Some rows."""
        return Sightings(*(getattr(self, f.name)[index] for f in fields(self)))

    def append(self, other: "Sightings") -> "Sightings":
        """These rows, then the other's."""
        return Sightings(
            *(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self))
        )


def no_sightings(n: int = 0) -> Sightings:
    """Rows with nothing in them yet."""
    plot = np.zeros((n, kernel.N_COLUMNS))
    plot[:, kernel.Z] = plot[:, kernel.SD] = np.nan
    plot[:, kernel.ROTATION] = np.eye(3).ravel()
    return Sightings(
        sensor=np.zeros(n, np.int64),
        biased=np.ones(n, np.bool_),
        track=np.zeros(n, np.int64),
        valid_ns=np.zeros(n, np.int64),
        plot=plot,
        used=np.zeros(n, np.bool_),
    )


def sight(
    tracker: "TrackerState",
    rows: NDArray[np.void],
    track_id: NDArray[np.uint32],
    probability: Array,
    settings: RegistrationSettings,
) -> Sightings:
    """What the tracker saw lately: the plots that went to tracks worth using.

    tracker      the state after the step
    rows         (m,) of OBSERVATION that tracks took, as they came, uncorrected
    track_id     (m,) whose they are
    probability  (m,) how surely
    """
    tracks = tracker.tracks
    best = np.flatnonzero(tracks.shown)
    best = best[np.argsort(tracks.track_id[best], kind="stable")]
    ids = tracks.track_id[best]
    at = np.searchsorted(ids, track_id)
    good = (at < len(ids)) & (probability >= settings.min_probability)
    good[good] = ids[at[good]] == track_id[good]
    row = np.flatnonzero(good)
    at = best[at[row]]
    spaced = max(1, -(-len(tracks) // settings.most_tracks))
    good = (tracks.hits[at] >= settings.min_hits) & (tracks.track_id[at] % spaced == 0)
    good &= tracks.class_p[at, _BIRD] <= settings.bird_p
    good &= rows["valid_ns"][row] - tracks.born_ns[at] >= round(settings.min_age_s * NS_PER_S)
    at, row = at[good], row[good]
    if not len(at):
        return no_sightings()
    x, P = summarise(tracks.x[at], tracks.P[at], tracks.mu[at])
    sure = np.maximum(P[:, 3, 3], P[:, 4, 4]) <= settings.max_speed_sd_mps**2
    at, row, x, P = at[sure], row[sure], x[sure], P[sure]
    order = np.lexsort((row, rows["valid_ns"][row]))
    at, row, x, P = at[order], row[order], x[order], P[order]
    out = no_sightings(len(at))
    out.sensor[:] = rows["sensor"][row]
    out.track[:] = tracks.track_id[at]
    out.valid_ns[:] = rows["valid_ns"][row]
    out.plot[:, kernel.V] = x[:, 3:]
    out.plot[:, kernel.V_COVARIANCE] = P[:, 3:, 3:].reshape(-1, 9)
    _heights(out.plot, tracks, at, rows["baro_alt_m"][row], x, P, tracker.origin, settings)
    for index in np.unique(out.sensor).tolist():
        mine = np.flatnonzero(out.sensor == index)
        model = tracker.sensors[index]
        plots = prepare(rows[row[mine]], model, tracker.origin)
        out.plot[mine, kernel.Z] = plots.z[:, : kernel.N_MEASURED]
        out.plot[mine, kernel.SD] = plots.sd[:, : kernel.N_MEASURED]
        out.plot[mine, kernel.UP] = plots.up
        # Multilateration is watched by transponders at known places: it is what others are measured by.
        out.biased[mine] = model.sensor.scan != "self_report" and model.sensor.modality != "mlat"
        away = np.hypot(*(x[mine, :2] - model.pose[:2]).T) if model.placed else np.zeros(len(mine))
        others = best[(tracks.hits[best] > 1) & (tracks.sensor_hits[best, index] > 0)]
        out.used[mine] = kernel.crowded(
            np.ascontiguousarray(x[mine, :3]),
            tracks.track_id[at[mine]].astype(np.int64),
            settings.apart_sd * _spread_m(plots.sd, plots.z, away),
            np.ascontiguousarray(tracks.x[others].mean(axis=1)[:, :3]),
            tracks.track_id[others].astype(np.int64),
        )
        if model.placed:
            out.plot[mine, kernel.POSE] = model.pose
            out.plot[mine, kernel.ROTATION] = model.rotation.ravel()
    return out


def _spread_m(sd: Array, z: Array, away_m: Array) -> Array:
    """The largest sigma of each plot across the ground, m, (n,); away_m is from the sensor to its track."""
    parts = np.stack(
        [
            np.where(np.isnan(z[:, Z_RANGE]), 0.0, sd[:, Z_RANGE]),
            np.where(np.isnan(z[:, Z_AZIMUTH]), 0.0, sd[:, Z_AZIMUTH] * away_m),
            np.where(np.isnan(z[:, Z_EAST]), 0.0, np.maximum(sd[:, Z_EAST], sd[:, Z_NORTH])),
        ]
    )
    out: Array = parts.max(axis=0)
    return out


def _heights(
    plot: Array,
    tracks: "Tracks",
    at: NDArray[np.int64],
    baro_m: Array,
    x: Array,
    P: Array,
    origin: Array,
    settings: RegistrationSettings,
) -> None:
    """Fill in the height of each plot's track, and what it may have wrong for long.

    A pressure altitude is taken as it was told, not as the track has it: the track's height is drawn by
    slant ranges, whose biases it would hide.
    """
    radius = mean_radius_m(float(origin[0]))
    kind = tracks.height_kind[at]
    height = origin[2] + x[:, 2] + (x[:, 0] ** 2 + x[:, 1] ** 2) / (2.0 * radius)
    height = np.where(kind & GEOMETRIC, height, np.nan)
    sd = np.sqrt(P[:, 2, 2] + settings.geometric_sd_m**2)
    told = np.where(np.isnan(baro_m), tracks.baro_alt_m[at], baro_m)
    pressure = ((kind & GEOMETRIC) == 0) & ~np.isnan(told)
    plot[:, kernel.TRACK_HEIGHT_M] = np.where(pressure, told, height)
    plot[:, kernel.TRACK_HEIGHT_SD_M] = np.where(pressure, settings.baro_sd_m, sd)
    plot[:, kernel.PRESSURE] = pressure
