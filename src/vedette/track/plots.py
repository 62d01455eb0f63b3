"""Observations of one look as the kernels want them: components, noise, clutter density."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import N_CLASSES
from vedette.core.observation import LIMITS, ON_GROUND
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu
from vedette.kernel.measurement import (
    AZIMUTH,
    BARO,
    DIFFERENCE,
    EAST,
    ELEVATION,
    HEIGHT,
    N_COMPONENTS,
    NORTH,
    RANGE,
    RATE,
    V_EAST,
    V_NORTH,
    V_UP,
    Look,
)
from vedette.track.extent import as_points, extent_noise
from vedette.track.noise import polar_noise, reflected_noise
from vedette.track.sensors import SensorModel
from vedette.track.sites import Sites, level_velocity, sites

Array = NDArray[np.float64]

# Bits of a track's `height_kind`: what its height rests on.
GEOMETRIC = 1
BAROMETRIC = 2

# Name spaces whose claims tell targets apart; the columns of `label`.
LABEL_SCHEMES = ("icao24", "remote_id", "system_track")


@dataclass(frozen=True, slots=True)
class Plots:
    """One look of one sensor.

    z, sd       (m, 12)  components and their 1-sigma noise, NaN where absent
    up          (m, 2)   how east and north move with height at a measured place
    corr        (m,)     correlation of the errors of east and north
    at          (m,)     which of the places it was seen from
    pose        (q, 6)   those places, sector frame, m: the sensor, the other receiver
    rotation    (q, 3, 3) from the sector frame to the sensor's east-north-up there
    log_clutter (m,)     log density of one uniform false plot in the components present
    valid_ns    (m,)     when each was measured
    has_place   (m,)     whether a track can begin from it
    heard_ns    (m,)     when its bytes came
    baro_alt_m  (m,)     as reported, NaN unknown
    label       (m, 3)   claimed identity by LABEL_SCHEMES, 0 for none
    likelihood  (m, N_CLASSES)  what it says of the class, NaN where nothing
    height_kind (m,)     what it says of height: bits, 0 where that is the ground's and was not measured
    row         (m,)     where it stands in the step's rows
    number      (m,)     a number of its own for life; None counts on from the state's next_plot
    """

    z: Array
    sd: Array
    up: Array
    corr: Array
    at: NDArray[np.int64]
    pose: Array
    rotation: Array
    log_clutter: Array
    valid_ns: NDArray[np.int64]
    has_place: NDArray[np.bool_]
    heard_ns: NDArray[np.int64]
    baro_alt_m: Array
    label: NDArray[np.uint64]
    likelihood: Array
    height_kind: NDArray[np.uint8]
    row: NDArray[np.int64]
    number: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.valid_ns)

    def numbers(self, first: int) -> NDArray[np.int64]:
        """The number of each plot, (m,); those without are counted from first."""
        return np.arange(first, first + len(self)) if self.number is None else self.number

    def seen(self, look_ns: int, frame: Array, stray: Array) -> Look:
        """The columns that kernels take; frame (2,) and stray (2,) are those of kernel.measurement."""
        dt_s: Array = (self.valid_ns - look_ns) / NS_PER_S
        return Look(
            self.z, self.sd, self.up, self.corr, dt_s, self.at, self.pose, self.rotation, frame, stray
        )


def prepare(
    rows: NDArray[np.void],
    sensor: SensorModel,
    origin: Array,
    claims: Sequence[Claim] = (),
    index: NDArray[np.int64] | None = None,
) -> Plots:
    """Rows (m,) of OBSERVATION, all of one sensor, to Plots.

    claims  what the rows' `claim` points to, from 1
    index   (m,) where they stand in the step's rows; in order from 0 where left out
    """
    m = len(rows)
    rows = as_points(_as_places(rows, sensor, origin), sensor.sensor)
    z = np.full((m, N_COMPONENTS), np.nan)
    sd = np.tile(sensor.noise, (m, 1))
    up = np.zeros((m, 2))
    corr = np.zeros(m)
    seen = sites(rows, sensor.sensor, sensor.pose, sensor.rotation, origin)
    if seen.placed.any():
        _polar(rows, sensor, seen, z, sd)
    place = ~np.isnan(rows["lat_deg"]) & ~np.isnan(rows["lon_deg"])
    if place.any():
        lat, lon = rows["lat_deg"][place], rows["lon_deg"][place]
        low = enu_from_geodetic(origin, lat, lon, np.zeros(len(lat)))
        high = enu_from_geodetic(origin, lat, lon, np.full(len(lat), 1000.0))
        z[np.ix_(place, (EAST, NORTH))] = low[:, :2]
        up[place] = (high[:, :2] - low[:, :2]) / 1000.0
        _position_noise(rows, sd, corr)
    z[:, HEIGHT] = rows["alt_m"]
    _override(sd[:, HEIGHT], rows["alt_sd_m"])
    z[:, BARO] = np.where(np.isnan(rows["alt_m"]), rows["baro_alt_m"], np.nan)
    _on_ground(rows, sensor, z, sd)
    air = rows["baro_alt_sd_m"]
    told = (air > 0.0) & (air < _MAX_SD)
    if told.any():  # how far a pressure is from a height comes on top
        sd[told, BARO] = np.hypot(sd[told, BARO], air[told])
    _velocity(rows, place, seen, origin, z, sd)
    present = ~np.isnan(z)
    log_clutter = np.where(present, sensor.log_density, 0.0).sum(axis=1)
    if seen.paired.any():  # a difference is within the distance of the two receivers, either way
        apart = np.linalg.norm(seen.pose[:, :3] - seen.pose[:, 3:], axis=1)[seen.at]
        log_clutter -= np.where(present[:, DIFFERENCE], np.log(2.0 * np.maximum(apart, 1.0)), 0.0)
    return Plots(
        z=z,
        sd=sd,
        up=up,
        corr=corr,
        at=seen.at,
        pose=seen.pose,
        rotation=seen.rotation,
        log_clutter=log_clutter,
        valid_ns=rows["valid_ns"].astype(np.int64),
        has_place=present[:, EAST] | (present[:, RANGE] & present[:, AZIMUTH]),
        heard_ns=rows["heard_ns"].astype(np.int64),
        baro_alt_m=rows["baro_alt_m"].astype(np.float64),
        label=labels(rows, claims),
        likelihood=class_evidence(rows),
        height_kind=_height_kind(z, np.isnan(rows["alt_m"])),
        row=np.arange(m) if index is None else index,
    )


def _height_kind(z: Array, guessed: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """What each of some plots says of height, (m,).

    z        (m, 12)  components
    guessed  (m,)     whether a height among them was not measured
    """
    geometric = (~np.isnan(z[:, HEIGHT]) & ~guessed) | ~np.isnan(z[:, ELEVATION])
    kind: NDArray[np.uint8] = (geometric * GEOMETRIC + ~np.isnan(z[:, BARO]) * BAROMETRIC).astype(np.uint8)
    return kind


def _as_places(rows: NDArray[np.void], sensor: SensorModel, origin: Array) -> NDArray[np.void]:
    """Rows (m,) of multilateration that are east and north of its reference point, as places.

    A decoder that does not know where that point lies gives them as range and azimuth, but that is not
    how they were measured: their error is as large along as across, near the point and far from it.
    """
    if sensor.sensor.modality != "mlat" or not sensor.placed:
        return rows
    flat = np.isnan(rows["lat_deg"]) & np.isnan(rows["elevation_deg"]) & np.isnan(rows["sensor_lat_deg"])
    flat &= ~(np.isnan(rows["range_m"]) | np.isnan(rows["azimuth_deg"]) | ~np.isnan(rows["range_sd_m"]))
    if not flat.any():
        return rows
    out = rows.copy()
    azimuth_rad = np.radians(rows["azimuth_deg"][flat])
    level = np.column_stack((np.sin(azimuth_rad), np.cos(azimuth_rad), np.zeros(len(azimuth_rad))))
    there = sensor.pose + (rows["range_m"][flat, None] * level) @ sensor.rotation
    lat_lon = geodetic_from_enu(origin, there)
    out["lat_deg"][flat], out["lon_deg"][flat] = lat_lon[:, 0], lat_lon[:, 1]
    out["range_m"][flat] = out["azimuth_deg"][flat] = np.nan
    return out


def local(
    east_m: Array, north_m: Array, sensor: SensorModel, valid_ns: int, *, up_m: Array | None = None
) -> Plots:
    """Plots that are places in the sector's own frame, m, all measured at one time.

    up_m  above the frame's plane; None where the sensor does not measure it
    """
    m = len(east_m)
    z = np.full((m, N_COMPONENTS), np.nan)
    z[:, EAST], z[:, NORTH] = east_m, north_m
    log_clutter = np.full(m, sensor.log_density[EAST] + sensor.log_density[NORTH])
    if up_m is not None:
        z[:, HEIGHT] = up_m
        log_clutter += sensor.log_density[HEIGHT]
    told = np.full(m, valid_ns, np.int64)
    return Plots(
        z=z,
        sd=np.tile(sensor.noise, (m, 1)),
        up=np.zeros((m, 2)),
        corr=np.zeros(m),
        at=np.zeros(m, np.int64),
        pose=np.zeros((1, 6)),
        rotation=np.eye(3)[None],
        log_clutter=log_clutter,
        valid_ns=told,
        has_place=np.ones(m, np.bool_),
        heard_ns=told,
        baro_alt_m=np.full(m, np.nan),
        label=np.zeros((m, len(LABEL_SCHEMES)), np.uint64),
        likelihood=np.full((m, N_CLASSES), np.nan),
        height_kind=_height_kind(z, np.zeros(m, np.bool_)),
        row=np.arange(m),
    )


@lru_cache(maxsize=65536)
def _hash(ident: str) -> int:
    """A stable number for a name, never 0."""
    return int.from_bytes(hashlib.blake2b(ident.encode(), digest_size=8).digest(), "little") | 1


def labels(rows: NDArray[np.void], claims: Sequence[Claim]) -> NDArray[np.uint64]:
    """Claimed identity of each plot by LABEL_SCHEMES, (m, 3), 0 for none."""
    out = np.zeros((len(rows), len(LABEL_SCHEMES)), np.uint64)
    for j in np.flatnonzero(rows["claim"]).tolist():
        claim = claims[int(rows["claim"][j]) - 1]
        if claim.scheme in LABEL_SCHEMES:
            out[j, LABEL_SCHEMES.index(claim.scheme)] = _hash(claim.ident)
    return out


def _on_ground(rows: NDArray[np.void], sensor: SensorModel, z: Array, sd: Array) -> None:
    """Who is known to be on the ground is about as high as the sensor's own ground; into z and sd."""
    flat = (rows["flags"] & ON_GROUND > 0) & np.isnan(rows["alt_m"])
    if sensor.sensor.modality == "mlat":  # the ground of its own airport is known better than by pressure
        z[flat, BARO] = np.nan
    else:
        flat &= np.isnan(rows["baro_alt_m"]) & ~np.isnan(rows["range_m"])
    if flat.any() and sensor.placed:
        z[flat, HEIGHT] = sensor.sensor.alt_m or 0.0
        sd[flat, HEIGHT] = _GROUND_SD_M


def _polar(rows: NDArray[np.void], sensor: SensorModel, seen: Sites, z: Array, sd: Array) -> None:
    """What was measured from the sensor's place, and how well; into z and sd."""
    for component, name, _, scale in _POLAR:
        z[:, component] = rows[name] * scale
    if not seen.placed.all():
        z[~seen.placed] = np.nan
    polar_noise(rows, sensor.sensor, sd, z)
    for component, _, noise, scale in _POLAR:
        _override(sd[:, component], rows[noise] * scale)
    extent_noise(rows, sensor.sensor, sd)
    reflected_noise(sensor.sensor, sd, z)
    if seen.paired.any():
        z[seen.paired, DIFFERENCE] = rows["range_difference_m"][seen.paired]
        _override(sd[:, DIFFERENCE], rows["range_difference_sd_m"])


def _position_noise(rows: NDArray[np.void], sd: Array, corr: Array) -> None:
    """Noise of told positions: one figure for all axes, or one an axis and their correlation."""
    round_m, east_m, north_m = (rows[f"position_sd{axis}_m"] for axis in ("", "_east", "_north"))
    _override(sd[:, EAST], round_m)
    _override(sd[:, NORTH], round_m)
    both = (east_m > 0.0) & (east_m < _MAX_SD) & (north_m > 0.0) & (north_m < _MAX_SD)
    if not both.any():
        return
    sd[both, EAST], sd[both, NORTH] = east_m[both], north_m[both]
    # Without the axes' own errors a correlation has nothing to refer to; a full one leaves no noise.
    good = both & (np.abs(rows["position_corr"]) <= _MAX_CORR)
    corr[good] = rows["position_corr"][good]


def _velocity(
    rows: NDArray[np.void], place: NDArray[np.bool_], seen: Sites, origin: Array, z: Array, sd: Array
) -> None:
    """Told velocities along the sector's axes; they are told along those of the target or the sensor."""
    z[:, V_UP] = rows["v_up_mps"]
    _override(sd[:, V_UP], rows["v_up_sd_mps"])
    east, north = rows["v_east_mps"], rows["v_north_mps"]
    told = ~(np.isnan(east) & np.isnan(north))
    if not told.any():
        return
    z[:, V_EAST], z[:, V_NORTH] = east, north
    both = place & ~np.isnan(east) & ~np.isnan(north)
    if both.any():
        lat, lon = rows["lat_deg"][both], rows["lon_deg"][both]
        z[np.ix_(both, (V_EAST, V_NORTH))] = level_velocity(lat, lon, east[both], north[both], origin)
    polar = ~place & seen.placed & ~np.isnan(east) & ~np.isnan(north)
    if polar.any():
        axes = seen.rotation[seen.at[polar], :2, :2]
        z[np.ix_(polar, (V_EAST, V_NORTH))] = east[polar, None] * axes[:, 0] + north[polar, None] * axes[:, 1]
    for component in (V_EAST, V_NORTH):
        _override(sd[:, component], rows["velocity_sd_mps"])


_MAX_CORR = 0.999
_GROUND_SD_M = 100.0  # how far an airport's ground is from that of its radar's antenna
_RAD = np.pi / 180.0
_POLAR = (
    (RANGE, "range_m", "range_sd_m", 1.0),
    (AZIMUTH, "azimuth_deg", "azimuth_sd_deg", _RAD),
    (ELEVATION, "elevation_deg", "elevation_sd_deg", _RAD),
    (RATE, "range_rate_mps", "range_rate_sd_mps", 1.0),
)


_MEASURED = tuple(name for name in LIMITS if not name.startswith(("sensor_", "reference_")))
_MAX_SD = 1e6


def says_nothing(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Rows (m,) without a single measured value."""
    out = np.ones(len(rows), np.bool_)
    for name in _MEASURED:
        out &= np.isnan(rows[name])
    return out


def class_evidence(rows: NDArray[np.void]) -> Array:
    """Class likelihoods (m, N_CLASSES) that sum to 1; a row that says nothing, or nonsense, is NaN."""
    told = rows["class_likelihood"].astype(np.float64)
    total = told.sum(axis=1, keepdims=True)
    good = (told >= 0.0).all(axis=1) & np.isfinite(total[:, 0]) & (total[:, 0] > 0.0)
    out = np.full(told.shape, np.nan)
    out[good] = np.maximum(told[good] / total[good], _LEAST_LIKELIHOOD)
    return out


_LEAST_LIKELIHOOD = 1e-3  # no report rules a class out


def _override(sd: Array, told: Array) -> None:
    """Take the noise that the observation itself tells, where it does."""
    good = (told > 0.0) & (told < _MAX_SD)
    sd[good] = told[good]
