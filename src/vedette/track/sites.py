"""Where plots were seen from: the sensor's configured place, its own at the time, a second receiver."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.kernel.geodesy import enu_from_ecef_rotation, enu_from_geodetic, rotation_between

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Sites(NamedTuple):
    """q places that the plots of one look were seen from; most looks have one.

    at        (m,)       row of the other two for each plot
    pose      (q, 6)     sensor, then other receiver, sector frame, m; 0 where there is none
    rotation  (q, 3, 3)  from the sector frame to the sensor's east-north-up
    placed    (m,)       whether the plot's sensor has a place
    paired    (m,)       whether the other receiver has one too
    """

    at: Ints
    pose: Array
    rotation: Array
    placed: NDArray[np.bool_]
    paired: NDArray[np.bool_]


def sites(rows: NDArray[np.void], sensor: Sensor, pose: Array, rotation: Array, origin: Array) -> Sites:
    """Places of rows (m,) of OBSERVATION, all of one sensor.

    pose, rotation  (3,), (3, 3)  of its configured place; pose is NaN where it has none
    origin          (3,)          of the sector frame: lat deg, lon deg, m

    A place without a height has the sensor's configured one, or else 0 m.
    """
    m = len(rows)
    lone = np.isnan(rows["reference_lat_deg"])
    moves, pairs = ~np.isnan(rows["sensor_lat_deg"]), ~lone
    still = not np.isnan(pose[0])
    home = np.zeros((1, 6))
    if still:
        home[0, :3] = pose
    if lone.all() and not moves.any():
        return Sites(np.zeros(m, np.int64), home, rotation[None], np.full(m, still), pairs)
    moves &= ~np.isnan(rows["sensor_lon_deg"])
    pairs &= ~np.isnan(rows["reference_lon_deg"])
    alt_m = sensor.alt_m or 0.0
    key = np.zeros((m, 6))
    for column, (which, name) in enumerate(
        (which, f"{prefix}_{part}")
        for which, prefix in ((moves, "sensor"), (pairs, "reference"))
        for part in ("lat_deg", "lon_deg", "alt_m")
    ):
        told = rows[name].astype(np.float64)
        key[which, column] = np.where(np.isnan(told), alt_m, told)[which]
    flags = np.stack((moves, pairs), axis=1)
    _, first, at = np.unique(
        np.concatenate((key, flags), axis=1), axis=0, return_index=True, return_inverse=True
    )
    poses = np.repeat(home, len(first), axis=0)
    rotations = np.repeat(rotation[None], len(first), axis=0)
    for q, j in enumerate(first.tolist()):
        if moves[j]:
            poses[q, :3] = enu_from_geodetic(origin, key[j, 0:1], key[j, 1:2], key[j, 2:3])[0]
            rotations[q] = rotation_between(origin, key[j, 0], key[j, 1])
        if pairs[j]:
            poses[q, 3:] = enu_from_geodetic(origin, key[j, 3:4], key[j, 4:5], key[j, 5:6])[0]
    placed = moves | still
    return Sites(at.reshape(-1).astype(np.int64), poses, rotations, placed, pairs & placed)


def level_velocity(
    lat_deg: Array, lon_deg: Array, v_east_mps: Array, v_north_mps: Array, origin: Array
) -> Array:
    """East and north of the sector (n, 2), m/s, of level velocities told at other places, each (n,).

    North there is not north here: 100 km to the east at 51 degrees they are 1.1 degrees apart.
    """
    home = enu_from_ecef_rotation(origin[0], origin[1])
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    east = np.stack((-np.sin(lon), np.cos(lon), np.zeros(len(lat))), axis=1)
    north = np.stack((-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)), axis=1)
    out: Array = (v_east_mps[:, None] * east + v_north_mps[:, None] * north) @ home[:2].T
    return out
