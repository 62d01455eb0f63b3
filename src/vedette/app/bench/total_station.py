"""A surveyor's total station that follows a drone: range, azimuth and elevation to a track, against the pose.

Data: dataset 5 of the drone tracking datasets (Li, Murray, Ismaili, Schindler and Albl 2020,
https://arxiv.org/abs/2003.04784): the station's fixes of a prism on the drone, about eight a second, and the
pose that its authors fused from these fixes and the drone's inertial sensors. So the truth is smoother than
the fixes, not independent of them. The prism's place is the pose with the lever arm turned by the attitude;
one clock offset between the two files is fitted, and reported.
"""

import math
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.bearing_run import run_ticks
from vedette.app.bench.tables import folder_of, numbers, text_of
from vedette.core.errors import StorageError
from vedette.core.observation import Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu

Array = NDArray[np.float64]

TICK_NS = NS_PER_S // 20
RANGE_SD_M = 0.05  # of a prism that moves; 0.6 mm and 0.5 arc seconds are for one at rest
ANGLE_SD_DEG = 0.03
_MATLAB_UNIX_DAYS = 719529
_LEAST_FIXES = 100


def read_mat(data: bytes) -> Array:
    """The one numeric array of a MATLAB 5 file, by its published format (tags of type and length)."""
    if data[:10] != b"MATLAB 5.0":
        raise StorageError(f"expected a MATLAB 5.0 file, got {data[:10]!r}")
    kind, size = struct.unpack_from("<II", data, 128)
    body = zlib.decompress(data[136 : 136 + size]) if kind == 15 else data[128:]
    parts: list[tuple[int, bytes]] = []
    at = 8
    while at < len(body):
        kind, size = struct.unpack_from("<II", body, at)
        if kind >> 16:  # a small element: length and type share the tag, the value its second half
            parts.append((kind & 0xFFFF, body[at + 4 : at + 4 + (kind >> 16)]))
            at += 8
        else:
            parts.append((kind, body[at + 8 : at + 8 + size]))
            at += 8 + (size + 7) // 8 * 8
    shape = np.frombuffer(parts[1][1], "<i4")
    types = {2: "u1", 9: "<f8"}
    if parts[3][0] not in types:
        raise StorageError(f"expected bytes or doubles, got MATLAB type {parts[3][0]}")
    return np.frombuffer(parts[3][1], types[parts[3][0]]).astype(float).reshape(shape, order="F")


def prism(pose: Array, lever: Array) -> Array:
    """Place of the prism (n, 3) m from pose rows.

    pose   (n, 7 or more) s, x y z m, roll pitch yaw deg
    lever  (3,) forward, right, down in the body, m
    """
    roll, pitch, yaw = np.radians(pose[:, 4]), np.radians(pose[:, 5]), np.radians(pose[:, 6])
    forward, left, up = lever[0], -lever[1], -lever[2]
    # Roll about forward (right side down is positive), pitch about left, then the heading.
    y1, z1 = left * np.cos(roll) + up * np.sin(roll), up * np.cos(roll) - left * np.sin(roll)
    x2, z2 = forward * np.cos(pitch) + z1 * np.sin(pitch), z1 * np.cos(pitch) - forward * np.sin(pitch)
    heading = yaw + math.pi / 2.0
    east, north = x2 * np.cos(heading) - y1 * np.sin(heading), x2 * np.sin(heading) + y1 * np.cos(heading)
    out: Array = pose[:, 1:4] + np.stack((east, north, z2), axis=1)
    return out


def load(folder: Path) -> tuple[Array, Array, Array, Array, Array]:
    """Fixes (m, 4): UTC s as the station tells, range m, azimuth, elevation deg; truth (n, 4): s, prism m.

    Also origin (3,) lat deg, lon deg, m; the station's place (3,) m; and when the truth's time begins, UTC s.
    """
    raw = folder_of(folder, "raw-data", "pose") / "raw-data"
    turn = numbers(raw / "tran_mat_tps2local.txt", 4)
    lever = numbers(raw / "leverarm_prism_in_body.txt", 3, skip=1)[0]
    origin = numbers(raw / "local_origin_in_wgs84.txt", 3, skip=1)[0]
    begins = _utc_s(raw / "project_time_origin_in_utc.txt")
    pose = numbers(folder / "pose" / "fused_pose.txt", 7, skip=1)
    if len(turn) < 3:
        raise StorageError(f"expected 3 rows or more in {raw / 'tran_mat_tps2local.txt'}, got {len(turn)}")
    parts = [_fixes(part) for part in sorted((raw / "tps_tracking").glob("*/meas_polar_*.mat"))]
    told = np.concatenate([np.zeros((0, 4)), *parts])
    told = told[told[:, 1] > 0.0]
    if len(told) < _LEAST_FIXES:
        where = raw / "tps_tracking" / "*" / "meas_polar_*.mat"
        raise StorageError(f"expected {_LEAST_FIXES} or more fixes in {where}, got {len(told)}")
    told = told[np.argsort(told[:, 0], kind="stable")]
    told[:, 2] += math.degrees(math.atan2(turn[0, 1], turn[0, 0]))
    return told, np.c_[pose[:, 0], prism(pose, lever)], origin, turn[:3, 3], np.array([begins])


def _fixes(polar_file: Path) -> Array:
    """Rows (m, 4) UTC s, range m, azimuth, elevation deg, of one session; none if it is of no use."""
    times_file = polar_file.with_name(polar_file.name.replace("polar", "ts"))
    try:
        polar, days = read_mat(polar_file.read_bytes()), read_mat(times_file.read_bytes())
    except OSError as error:
        raise StorageError(f"expected {times_file} beside {polar_file.name}, got {error.strerror}") from error
    except (StorageError, ValueError, IndexError, struct.error, zlib.error) as error:
        raise StorageError(f"expected MATLAB 5.0 matrices in {polar_file.parent}, got {error}") from error
    if polar.ndim != 2 or polar.shape[1] != 3 or len(days) != len(polar):
        return np.zeros((0, 4))
    out: Array = np.c_[(days[:, 0] - _MATLAB_UNIX_DAYS) * 86400.0, polar]
    return out


def _utc_s(path: Path) -> float:
    """The time on the second line of a file, UTC s."""
    lines = [line for line in text_of(path).splitlines() if line.strip()]
    try:
        return datetime.strptime(lines[1].strip(), "%d-%m-%Y %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (IndexError, ValueError) as error:
        raise StorageError(
            f"expected a time as 31-12-2020 23:59:59 on line 2 of {path}, got {error}"
        ) from error


def without_repeats(fixes: Array) -> Array:
    """Fixes (m, 4) that differ from the one before: at times the station sends its last one again as new."""
    again = (np.diff(fixes[:, 1:], axis=0) == 0.0).all(axis=1)
    out: Array = fixes[np.r_[True, ~again]]
    return out


def observations(fixes: Array) -> NDArray[np.void]:
    """Fixes as rows of OBSERVATION, in order of time."""
    intake = Intake()
    for utc_s, range_m, azimuth, elevation in fixes.tolist():
        time_ns = round(utc_s * 1e9)
        values = {
            "range_m": range_m,
            "range_sd_m": RANGE_SD_M,
            "azimuth_deg": azimuth % 360.0,
            "azimuth_sd_deg": ANGLE_SD_DEG,
            "elevation_deg": elevation,
            "elevation_sd_deg": ANGLE_SD_DEG,
        }
        intake.observe("station", time_ns, time_ns, None, values)
    return intake.rows()


def run(path: Path) -> dict[str, Any]:
    """Track the prism and compare with the pose; errors are at every tick in which the track was updated."""
    told, truth, origin, station, begins = load(path)
    fixes = without_repeats(told)
    rows = observations(fixes)
    at = geodetic_from_enu(origin, station[None])[0]
    sensor = Sensor(
        id="station",
        index=0,
        source="station",
        modality="radar",
        scan="event",
        lat_deg=float(at[0]),
        lon_deg=float(at[1]),
        alt_m=float(at[2]),
        range_max_m=2000.0,
        false_per_scan=0.01,
        height_max_m=1000.0,
    )
    sector = np.array([origin[0], origin[1], 0.0])
    when, where, ids = [], [], []
    for tick in run_ticks((float(origin[0]), float(origin[1])), [sensor], rows, TICK_NS):
        shown = tick.output.rows
        shown = shown[(shown["status"] == 1) & ~np.isnan(shown["alt_m"])]
        if len(shown) and len(tick.output.hits.row):
            when += (shown["time_ns"] / 1e9 - begins[0]).tolist()
            where += enu_from_geodetic(sector, shown["lat_deg"], shown["lon_deg"], shown["alt_m"]).tolist()
            ids += shown["track_id"].tolist()
    track_s, track = np.array(when), np.array(where) - np.array([0.0, 0.0, origin[2]])
    measured = _places(fixes, station)
    offset, _ = _offset(fixes[:, 0] - begins[0], measured, truth)
    error, horizontal = _errors(track_s + offset, track, truth)
    if not len(error):
        raise StorageError(f"expected fixes and a pose of the same day in {path}, got no time in common")
    raw, _ = _errors(fixes[:, 0] - begins[0] + offset, measured, truth)
    return {
        "fixes": len(told),
        "repeated": len(told) - len(fixes),
        "tracks_shown": len(set(ids)),
        "track_updates": {str(i): ids.count(i) for i in sorted(set(ids))},
        "clock_offset_s": round(offset, 2),
        "compared": len(error),
        "fixes_compared": len(raw),
        "median_m": round(float(np.median(error)), 3),
        "p95_m": round(float(np.percentile(error, 95)), 3),
        "median_horizontal_m": round(float(np.median(horizontal)), 3),
        "fixes_median_m": round(float(np.median(raw)), 3),
        "fixes_p95_m": round(float(np.percentile(raw, 95)), 3),
    }


def _places(fixes: Array, station: Array) -> Array:
    """Measured places (m, 3), m, in the truth's frame."""
    _, distance, azimuth, elevation = fixes.T
    az, el = np.radians(azimuth), np.radians(elevation)
    away = np.stack((np.cos(el) * np.sin(az), np.cos(el) * np.cos(az), np.sin(el)), axis=1)
    out: Array = station + distance[:, None] * away
    return out


def _errors(when: Array, where: Array, truth: Array) -> tuple[Array, Array]:
    """Distances and horizontal distances to the truth at times that it covers."""
    use = (when >= truth[0, 0]) & (when <= truth[-1, 0])
    at = np.stack([np.interp(when[use], truth[:, 0], truth[:, a]) for a in (1, 2, 3)], axis=1)
    away = where[use] - at
    return np.linalg.norm(away, axis=1), np.hypot(away[:, 0], away[:, 1])


def _offset(when: Array, where: Array, truth: Array) -> tuple[float, float]:
    """Seconds to add to the station's times, a time zone's hours and all; and the median error then."""
    zones = [3600.0 * h for h in range(-14, 15)]
    zone = max(zones, key=lambda z: int(((when + z >= truth[0, 0]) & (when + z <= truth[-1, 0])).sum()))

    def median(offset: float) -> float:
        error, _ = _errors(when + offset, where, truth)
        return float(np.median(error)) if len(error) else math.inf

    best = zone
    for width in (0.2, 0.02):
        best = min((best + i * width for i in range(-15, 16)), key=median)
    return best, median(best)
