"""What sensors that ask nobody say of the places that senders claim.

Each sensor with a period is asked once a period, a moment after, so that its plots are in. Where it should
see a claimed place it either saw something there or it did not; both count, and neither counts for more than
is known of the sensor: it may not see that place at all. Sensors that speak when they want only confirm.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.observation import SELF_REPORT
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify import finders
from vedette.identify.senders import Senders
from vedette.kernel import claim_looks as kernel
from vedette.kernel.claim_looks import SEEN, SKIPPED
from vedette.kernel.geodesy import enu_from_geodetic, rotation_between
from vedette.kernel.senders import places_at

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

LAG_NS: Final = 1_500_000_000  # plots of a moment have come in by then
AGE_NS: Final = 2_500_000_000  # a claim speaks for so long about where its sender is
HELD_NS: Final = 15 * NS_PER_S

_TEMPER: Final = 0.45  # looks in a row are not independent: a target fades for seconds
_FORGET_S: Final = 45.0
_MOST: Final = 12.0
_MOST_HIT: Final = 2.5
_MOST_HEARD: Final = 1.2  # a bearing crosses much that is not its source
_MOST_FOR_FINDER: Final = 1.5
TRANSMITS: Final = 0.3  # a sender that is doubted less is taken to be where it says
_NEVER_SURE: Final = 0.98
_SMALL_FROM_M: Final = 30_000.0  # radars of longer range are made for aircraft
_SMALL_SIGHT: Final = 0.05  # and rarely see drones
_FINDER_SIGHT: Final = 0.95  # a direction finder may not cover the band
_SENDS: Final = 0.95  # a sender may have nothing that any direction finder hears
_MOVED_M: Final = 15.0  # between a look and the report that it is compared with

_RANGE_SD_M: Final = {"radar": 30.0, "mlat": 30.0, "fusion": 100.0}
_AZIMUTH_SD_DEG: Final = {"radar": 0.5, "rf": 3.0}
_ASKED: Final = ("radar", "rf", "mlat", "fusion")
_PERIODIC: Final = ("rotating", "staring")

# A plot, as short as it can be kept.
PLOT = np.dtype(
    [
        ("sensor", "<i8"),
        ("ns", "<i8"),
        ("range_m", "<f8"),
        ("azimuth_deg", "<f8"),
        ("lat", "<f8"),
        ("lon", "<f8"),
    ]
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One sensor, placed in the sector's frame.

    period_ns  0 where it speaks when it wants
    ranged     it measures more than a bearing
    """

    sensor: Sensor
    pose: Array
    rotation: Array
    period_ns: int
    ranged: bool
    view: Array
    blind: Array
    elevation_max: float


def asked(sensor: Sensor, origin: Array) -> Asked | None:
    """The sensor as this stage uses it, or None: it is of no use here, or nobody knows where it stands."""
    if sensor.modality not in _ASKED or sensor.lat_deg is None or sensor.lon_deg is None:
        return None
    at = np.array([sensor.lat_deg]), np.array([sensor.lon_deg]), np.array([sensor.alt_m or 0.0])
    periodic = sensor.scan in _PERIODIC and sensor.period_s and sensor.modality in ("radar", "rf")
    highest = sensor.elevation_max_deg
    if highest is None:
        highest = 45.0 if sensor.scan == "rotating" else 90.0
    return Asked(
        sensor=sensor,
        pose=enu_from_geodetic(origin, *at)[0],
        rotation=rotation_between(origin, sensor.lat_deg, sensor.lon_deg),
        period_ns=round(sensor.period_s * NS_PER_S) if periodic and sensor.period_s else 0,
        ranged=sensor.modality != "rf",
        view=np.radians([sensor.azimuth_from_deg, sensor.azimuth_width_deg]),
        blind=np.radians(np.array(sensor.blind_deg, np.float64).reshape(-1, 2)),
        elevation_max=math.radians(highest),
    )


def plots_of(rows: NDArray[np.void]) -> NDArray[np.void]:
    """What others than the targets themselves saw, (k,) of PLOT, from rows (m,) of OBSERVATION."""
    other = (rows["flags"] & SELF_REPORT == 0) & np.isnan(rows["sensor_lat_deg"])
    other &= ~np.isnan(rows["azimuth_deg"]) | ~np.isnan(rows["lat_deg"])
    mine = rows[other]
    out = np.zeros(len(mine), PLOT)
    out["sensor"], out["ns"] = mine["sensor"], mine["valid_ns"]
    out["range_m"], out["azimuth_deg"] = mine["range_m"], mine["azimuth_deg"]
    out["lat"], out["lon"] = mine["lat_deg"], mine["lon_deg"]
    return out


def azimuth_sd(card: Sensor) -> float:
    """Standard deviation of a sensor's azimuths, rad."""
    return math.radians(card.azimuth_sd_deg or _AZIMUTH_SD_DEG.get(card.modality, 0.5))


def in_polar(plots: NDArray[np.void], sensor: Asked, origin: Array) -> tuple[Ints, Array]:
    """Times (k,) and (k, 2) range m, azimuth rad of one sensor's plots, sorted by azimuth."""
    polar = np.column_stack((plots["range_m"], np.radians(plots["azimuth_deg"])))
    told = ~np.isnan(plots["lat"])
    if told.any():
        lat, lon = plots["lat"][told].copy(), plots["lon"][told].copy()
        enu = enu_from_geodetic(origin, lat, lon, np.zeros(len(lat)))
        enu[:, 2] = np.nan
        polar[told] = kernel.polar_from(enu, sensor.pose, sensor.rotation)[:, :2]
    if sensor.ranged:
        has = ~np.isnan(polar[:, 0])
        polar, plots = polar[has], plots[has]
    polar[:, 1] = (polar[:, 1] + np.pi) % (2.0 * np.pi) - np.pi
    order = np.argsort(polar[:, 1], kind="stable")
    return plots["ns"][order].copy(), np.ascontiguousarray(polar[order])


def ask(
    senders: Senders,
    rows: Ints,
    small: NDArray[np.bool_],
    trust: Array,
    sensor: Asked,
    plots: NDArray[np.void],
    origin: Array,
    from_ns: int,
    until_ns: int,
) -> Array:
    """One look of one sensor into the senders' columns, in place.

    rows   (k,)  senders to ask about, in the air
    small  (k,)  whether each says that it is a drone
    trust  (k,)  how far its told place is to be trusted, 0 to 1: less is learnt of not seeing it there
    plots        of PLOT, of this sensor, from_ns to until_ns

    Returns where they were, as the sensor would see it, (k, 3) range m, azimuth rad, elevation rad.
    """
    card, s = sensor.sensor, sensor.sensor.index
    mid_ns = (from_ns + until_ns) // 2
    claim = places_at(mid_ns, rows, senders.count, senders.ring_ns, senders.ring, AGE_NS)
    polar = kernel.polar_from(claim, sensor.pose, sensor.rotation)
    plot_ns, plot = in_polar(plots, sensor, origin)
    range_sd = card.range_sd_m or card.position_sd_m or _RANGE_SD_M.get(card.modality, 100.0)
    sd_rad = azimuth_sd(card)
    result, chance = kernel.look(
        polar, claim, mid_ns, sensor.pose, sensor.rotation, plot_ns, plot, range_sd, sd_rad, sensor.ranged
    )
    looks = max(1, round((until_ns - from_ns) / sensor.period_ns)) if sensor.period_ns else 1
    pd = min(1.0 - (1.0 - card.detection_probability) ** looks, _NEVER_SURE)
    sight, hit = kernel.expected(
        polar, claim, sensor.rotation, card.range_max_m, sensor.view, sensor.blind, sensor.elevation_max,
        pd, card.modality == "radar",
    )  # fmt: skip
    if card.modality == "rf":
        sight *= _FINDER_SIGHT
        sd = np.hypot(sd_rad, _MOVED_M / np.maximum(polar[:, 0], _MOVED_M))
        believed = senders.doubt[rows] < TRANSMITS
        ratio = finders.heard_there(polar[:, 1], hit, believed, sd, plot[:, 1], looks)
    else:
        if card.range_max_m > _SMALL_FROM_M:
            sight = np.where(small, np.minimum(sight, _SMALL_SIGHT), sight)
        seen = np.log1p(-(1.0 - hit) * (1.0 - chance)) - np.log(chance)
        ratio = np.where(result == SEEN, seen, np.log1p(-hit))
    saw = ratio > 0.0
    counts = saw | ((sight > 0.0) & (sensor.period_ns > 0))
    counts &= (result != SKIPPED) & (senders.first_ns[rows] <= from_ns)
    most = (_MOST_HEARD, _MOST_FOR_FINDER) if card.modality == "rf" else (_MOST_HIT, _MOST)
    ratio = np.where(saw, np.minimum(ratio, most[0]), trust * ratio)
    _weigh(senders, rows[counts], s, ratio[counts], until_ns - from_ns, most[1])
    there = rows[counts & (sight > 0.0)]
    senders.sight[there, s] = sight[counts & (sight > 0.0)]
    return polar


def _weigh(senders: Senders, rows: Ints, s: int, ratio: Array, span_ns: int, most: float) -> None:
    """Add log likelihood ratios (k,) of one look to these senders' balance, up to `most`, in place."""
    keep = math.exp(-span_ns / NS_PER_S / _FORGET_S)
    balance = keep * senders.balance[rows, s] + _TEMPER * ratio
    senders.balance[rows, s] = np.clip(balance, -_MOST, most)
    senders.best[rows, s] = np.maximum(senders.best[rows, s], senders.balance[rows, s])
    senders.looks[rows, s] += 1
    senders.seen[rows, s] += ratio > 0.0


def against(senders: Senders, rows: Ints) -> Array:
    """Log odds, (k, s), that each sensor's looks give for a claim being false.

    The sensor may not see the place at all; then its looks say nothing. It is surer to if it has seen the
    sender before.
    """
    balance = senders.balance[rows]
    sight = senders.sight[rows]
    sight = np.where(senders.best[rows] > 3.0, 1.0 - 0.3 * (1.0 - sight), sight)
    out: Array = -np.logaddexp(np.log(np.maximum(sight, 1e-9)) + balance, np.log1p(-np.minimum(sight, 0.999)))
    return np.where(senders.looks[rows] > 0, out, 0.0)


def together(each: Array) -> Array:
    """Log odds, (k,), that all direction finders give for a claim being false, of what each gives (k, f).

    What a sender has may be nothing that any of them hears: silence of two says less than twice that of one.
    """
    out: Array = -np.logaddexp(math.log(_SENDS) - each.sum(axis=1), math.log1p(-_SENDS))
    return np.where((each != 0.0).any(axis=1), out, 0.0)
