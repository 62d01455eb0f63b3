"""From the observations of one tick to what the check of claims keeps of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, plausible
from vedette.identify.looks import PLOT, plots_of
from vedette.kernel.geodesy import enu_from_geodetic

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CHECKED: Final = ("icao24", "remote_id")
_UNKNOWN_SD_M: Final = 30.0

# Slack m, slack m/s, acceleration m/s², top speed m/s: of drones, and of what has a transponder.
_DRONE: Final = (60.0, 20.0, 15.0, 110.0)
_MULTIROTOR: Final = (60.0, 15.0, 15.0, 50.0)
_AIRCRAFT: Final = (500.0, 100.0, 100.0, 700.0)


@dataclass(frozen=True, slots=True)
class Reports:
    """What senders said, in the order heard, (m,), and what others saw.

    row         where each report stands in its tick's rows
    track_id    whose track it went to, 0 none
    """

    claims: tuple[Claim, ...]
    valid_ns: Ints
    receiver: Ints
    place: Array  # (m, 3) lat deg, lon deg, m or NaN
    report: Array  # (m, 6) as in the ring, its place still to be filled in
    limit: Array  # (m, 4)
    nac_p: Array
    signal_dbm: Array
    airborne: Ints
    track_id: Ints
    plots: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.claims)


def of_tick(
    rows: NDArray[np.void], claims: list[Claim], track_id: NDArray[np.uint32], hit_row: Ints
) -> Reports | None:
    """Rows (n,) of OBSERVATION and the hits that tracks took of them; None where nothing concerns the check.

    track_id, hit_row  (h,)  which row went to which track; rows beyond n are of earlier ticks
    """
    good = plausible(rows)
    if not good.any():
        return None
    claimed = (rows["flags"] & SELF_REPORT > 0) & (rows["claim"] > 0)
    own = np.flatnonzero(good & claimed & ~np.isnan(rows["lat_deg"]))
    said = [claims[c - 1] for c in rows["claim"][own].tolist()]
    which = [k for k, claim in enumerate(said) if claim.scheme in CHECKED]
    plots = plots_of(rows[good])
    if not which and not len(plots):
        return None
    mine = own[which]
    told = rows[mine]
    taken = np.zeros(len(rows), np.int64)
    fresh = hit_row < len(rows)
    taken[hit_row[fresh]] = track_id[fresh]
    report = np.full((len(mine), 6), np.nan)
    report[:, 3] = np.where(told["position_sd_m"] > 0.0, told["position_sd_m"], _UNKNOWN_SD_M)
    report[:, 4], report[:, 5] = told["v_east_mps"], told["v_north_mps"]
    air = np.where(told["flags"] & CLEAR_OF_GROUND > 0, 1, -1)
    kept = tuple(said[k] for k in which)
    return Reports(
        claims=kept,
        valid_ns=told["valid_ns"].astype(np.int64),
        receiver=told["sensor"].astype(np.int64),
        place=np.column_stack((told["lat_deg"], told["lon_deg"], told["alt_m"])).reshape(-1, 3),
        report=report,
        limit=np.array([_limit(claim) for claim in kept], np.float64).reshape(-1, 4),
        nac_p=told["nac_p"].astype(np.float64),
        signal_dbm=told["signal_dbm"].astype(np.float64),
        airborne=np.where(told["flags"] & ON_GROUND > 0, 0, air),
        track_id=taken[mine],
        plots=plots,
    )


def _limit(claim: Claim) -> tuple[float, float, float, float]:
    """What a thing that says this can do."""
    if claim.scheme == "icao24":
        return _AIRCRAFT
    return _MULTIROTOR if claim.category == "multirotor" else _DRONE


def joined(parts: tuple[Reports, ...]) -> Reports:
    """All of them, one after another."""
    if not parts:
        return _nothing()
    return Reports(
        claims=tuple(claim for part in parts for claim in part.claims),
        valid_ns=np.concatenate([p.valid_ns for p in parts]),
        receiver=np.concatenate([p.receiver for p in parts]),
        place=np.concatenate([p.place for p in parts]),
        report=np.concatenate([p.report for p in parts]),
        limit=np.concatenate([p.limit for p in parts]),
        nac_p=np.concatenate([p.nac_p for p in parts]),
        signal_dbm=np.concatenate([p.signal_dbm for p in parts]),
        airborne=np.concatenate([p.airborne for p in parts]),
        track_id=np.concatenate([p.track_id for p in parts]),
        plots=np.concatenate([p.plots for p in parts]),
    )


def _nothing() -> Reports:
    """No reports and no plots."""
    none, whole = np.zeros(0), np.zeros(0, np.int64)
    return Reports(
        claims=(), valid_ns=whole, receiver=whole, place=np.zeros((0, 3)), report=np.zeros((0, 6)),
        limit=np.zeros((0, 4)), nac_p=none, signal_dbm=none, airborne=whole, track_id=whole,
        plots=np.zeros(0, PLOT),
    )  # fmt: skip


def in_frame(reports: Reports, origin: Array) -> Array:
    """The reports (m, 6) with their places in the sector's frame; the height NaN where none was told."""
    out = reports.report.copy()
    if len(out):
        lat, lon, alt = (reports.place[:, k].copy() for k in range(3))
        known = ~np.isnan(alt)
        out[:, :3] = enu_from_geodetic(origin, lat, lon, np.where(known, alt, 0.0))
        out[~known, 2] = np.nan
    return out


def exact_keys(place: Array) -> NDArray[np.uint64]:
    """A number for each told place, (m,), as exact as any message tells it: 1e-7 degrees."""
    lat = np.round((place[:, 0] + 90.0) * 1e7).astype(np.uint64)
    lon = np.round((place[:, 1] + 180.0) * 1e7).astype(np.uint64)
    mixed = (lat << np.uint64(32)) ^ lon
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    out: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(32))
    return out
