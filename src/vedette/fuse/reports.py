"""Reports to states in one frame and back: REPORT rows, ECEF positions and velocities.

What a report does not know is taken as very uncertain inside, and told as unknown outside.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.core.report import REPORT
from vedette.kernel.geodesy import (
    ecef_from_geodetic,
    enu_from_ecef_rotation,
    geodetic_from_ecef,
    geodetic_from_enu,
    rotation_between,
)
from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# What an unknown height, horizontal velocity and climb are taken for: mean, 1-sigma.
_HEIGHT_M = (4000.0, 5000.0)
_SPEED_SD_MPS = 200.0
_CLIMB_SD_MPS = 15.0
_LIMITS = {
    "lat_deg": 90.0,
    "lon_deg": 360.0,
    "alt_m": 1e6,
    "v_east_mps": 1e4,
    "v_north_mps": 1e4,
    "v_up_mps": 1e4,
}


def known(reports: NDArray[np.void]) -> Flags:
    """What each report (n,) of REPORT knows: height, horizontal velocity, climb, (n, 3)."""
    height = ~np.isnan(reports["alt_m"])
    velocity = ~np.isnan(reports["v_east_mps"]) & ~np.isnan(reports["v_north_mps"])
    climb = ~np.isnan(reports["v_up_mps"])
    return np.stack((height, velocity, climb), axis=1)


def plausible(reports: NDArray[np.void]) -> Flags:
    """Reports (n,) whose numbers can be a track's; the covariance is not looked at."""
    out: Flags = ~np.isnan(reports["lat_deg"]) & ~np.isnan(reports["lon_deg"])
    for name, limit in _LIMITS.items():
        out &= ~(np.abs(reports[name]) > limit)
    out &= (reports["existence"] >= 0.0) & (reports["existence"] <= 1.0)
    out &= ~(reports["process_q"] <= 0.0) & ~(reports["process_q"] > 1e6)
    return out


def cartesian(reports: NDArray[np.void]) -> tuple[Array, Array]:
    """ECEF state (n, 6) and covariance (n, 6, 6) of reports (n,) of REPORT."""
    knows = known(reports)
    n = len(reports)
    alt = np.where(knows[:, 0], reports["alt_m"], _HEIGHT_M[0])
    lat, lon = np.ascontiguousarray(reports["lat_deg"]), np.ascontiguousarray(reports["lon_deg"])
    enu_from_ecef = frames(lat, lon)
    velocity = np.zeros((n, 3))
    velocity[:, 0] = np.where(knows[:, 1], reports["v_east_mps"], 0.0)
    velocity[:, 1] = np.where(knows[:, 1], reports["v_north_mps"], 0.0)
    velocity[:, 2] = np.where(knows[:, 2], reports["v_up_mps"], 0.0)
    mask = np.ones((n, 6), np.bool_)
    mask[:, 2], mask[:, 3], mask[:, 4], mask[:, 5] = knows[:, 0], knows[:, 1], knows[:, 1], knows[:, 2]
    both = mask[:, :, None] & mask[:, None, :]
    cov = np.where(both, reports["cov"], 0.0)
    vague = np.array([0.0, 0.0, _HEIGHT_M[1], _SPEED_SD_MPS, _SPEED_SD_MPS, _CLIMB_SD_MPS]) ** 2
    cov[:, range(6), range(6)] += np.where(mask, 0.0, vague)
    x = np.empty((n, 6))
    x[:, :3] = ecef_from_geodetic(lat, lon, alt)
    x[:, 3:] = (velocity[:, None, :] @ enu_from_ecef)[:, 0, :]
    return x, turned(cov, enu_from_ecef.transpose(0, 2, 1))


def tell(rows: NDArray[np.void], x: Array, P: Array, knows: Flags) -> None:
    """Write ECEF states (n, 6) and covariances (n, 6, 6) into rows (n,) of REPORT; unknown becomes NaN."""
    place = geodetic_from_ecef(np.ascontiguousarray(x[:, :3]))
    enu_from_ecef = frames(place[:, 0].copy(), place[:, 1].copy())
    velocity = (enu_from_ecef @ x[:, 3:, None])[:, :, 0]
    rows["lat_deg"], rows["lon_deg"] = place[:, 0], place[:, 1]
    _tell(rows, place[:, 2], velocity, turned(P, enu_from_ecef), knows)


def reports_from_enu(
    node: int,
    origin: Array,
    track_id: NDArray[np.uint32],
    time_ns: NDArray[np.int64],
    x: Array,
    P: Array,
    knows: Flags,
) -> NDArray[np.void]:
    """Reports (n,) of a sector's tracks; existence 1, no lineage and no process_q yet.

    origin    (3,)  lat deg, lon deg, m of the sector's east-north-up frame
    x, P      (n, 6), (n, 6, 6)  in that frame
    knows     (n, 3)  height, horizontal velocity, climb
    """
    rows = np.zeros(len(x), REPORT)
    rows["node"], rows["track_id"], rows["time_ns"], rows["since_ns"] = node, track_id, time_ns, time_ns
    rows["existence"], rows["process_q"] = 1.0, np.nan
    place = geodetic_from_enu(origin, np.ascontiguousarray(x[:, :3]))
    rows["lat_deg"], rows["lon_deg"] = place[:, 0], place[:, 1]
    turn = np.empty((len(x), 3, 3))
    for i in range(len(x)):
        turn[i] = rotation_between(origin, place[i, 0], place[i, 1])
    _tell(rows, place[:, 2], (turn @ x[:, 3:, None])[:, :, 0], turned(P, turn), knows)
    return rows


def _tell(rows: NDArray[np.void], alt_m: Array, velocity: Array, cov: Array, knows: Flags) -> None:
    """Height, velocity and covariance in the row's own east-north-up, as far as they are known."""
    rows["alt_m"] = np.where(knows[:, 0], alt_m, np.nan)
    rows["v_east_mps"] = np.where(knows[:, 1], velocity[:, 0], np.nan)
    rows["v_north_mps"] = np.where(knows[:, 1], velocity[:, 1], np.nan)
    rows["v_up_mps"] = np.where(knows[:, 2], velocity[:, 2], np.nan)
    mask = np.ones((len(rows), 6), np.bool_)
    mask[:, 2], mask[:, 3], mask[:, 4], mask[:, 5] = knows[:, 0], knows[:, 1], knows[:, 1], knows[:, 2]
    rows["cov"] = np.where(mask[:, :, None] & mask[:, None, :], cov, np.nan)


@njit
def frames(lat_deg: Array, lon_deg: Array) -> Array:
    """Rotation from ECEF to the east-north-up of n places, (n, 3, 3)."""
    out = np.empty((lat_deg.shape[0], 3, 3))
    for i in range(lat_deg.shape[0]):
        out[i] = enu_from_ecef_rotation(lat_deg[i], lon_deg[i])
    return out


def turned(P: Array, rotation: Array) -> Array:
    """Covariances (n, 6, 6) of positions and velocities in another frame; rotation (n, 3, 3)."""
    out = np.empty(P.shape)
    back = rotation.transpose(0, 2, 1)
    for a in (0, 3):
        for b in (0, 3):
            out[:, a : a + 3, b : b + 3] = rotation @ P[:, a : a + 3, b : b + 3] @ back
    symmetric: Array = 0.5 * (out + out.transpose(0, 2, 1))
    return symmetric
