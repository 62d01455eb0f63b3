"""Consumer cameras that follow a drone: from pixels to a track, against satellite positioning.

Data: the drone tracking datasets of Li, Murray, Ismaili, Schindler and Albl (2020),
https://arxiv.org/abs/2003.04784, in the form of dataset 3: six cameras' pixel detections, their calibrations
and places, their frame rates and clock offsets, and the drone's own centimetre positions, without times.
Cameras' orientations are not given; they are found from the detections alone (camera_orientation). The truth
is only compared with: its start time, rate and frame (a rotation and a shift, no scale) are fitted to the
track first.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.bearing_run import run_ticks
from vedette.app.bench.camera_orientation import Orientation, orient, rescale, similarity
from vedette.app.bench.camera_recording import Camera, load
from vedette.core.errors import StorageError
from vedette.core.observation import OBSERVATION
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu
from vedette.track.clock_offsets import clock_offsets
from vedette.track.sensors import model

Array = NDArray[np.float64]

# The recording's frame is not tied to the earth; any place serves, this one is near its authors.
ORIGIN = (47.4, 8.5)
T0_NS = 1_577_836_800 * NS_PER_S
TICK_NS = NS_PER_S // 20
_GRID_S = 0.1
_LONGEST_GAP_S = 0.1
_LEAST_COMPARED = 100


def common_times(cameras: list[Camera]) -> tuple[Array, Array, NDArray[np.bool_]]:
    """All cameras at the same times: times (n,), rays (k, n, 3), whether each saw it then (k, n)."""
    start = min(c.time_s[0] for c in cameras)
    end = max(c.time_s[-1] for c in cameras)
    grid = np.arange(start, end, _GRID_S)
    rays = np.empty((len(cameras), len(grid), 3))
    seen = np.empty((len(cameras), len(grid)), np.bool_)
    for k, c in enumerate(cameras):
        j = np.clip(np.searchsorted(c.time_s, grid), 1, len(c.time_s) - 1)
        gap = c.time_s[j] - c.time_s[j - 1]
        w = (grid - c.time_s[j - 1]) / gap
        seen[k] = (w >= 0.0) & (w <= 1.0) & (gap < _LONGEST_GAP_S)
        between = (1.0 - w)[:, None] * c.rays[j - 1] + w[:, None] * c.rays[j]
        rays[k] = between / np.linalg.norm(between, axis=1, keepdims=True)
    return grid, rays, seen


def observations(
    cameras: list[Camera], found: Orientation, rate_hz: float, offset_s: Array | None = None
) -> NDArray[np.void]:
    """Bearings of all cameras as rows of OBSERVATION in order of time, at most rate_hz from each."""
    parts = []
    for k, c in enumerate(cameras):
        # Errors of neighbouring frames are much alike: more of them would not be more knowledge.
        slot = np.floor(c.time_s * rate_hz).astype(np.int64)
        use = np.r_[True, np.diff(slot) > 0]
        away = rescale(c.rays[use], float(found.focal[k])) @ found.rotation[k].T
        rows = np.full(int(use.sum()), _blank(), OBSERVATION)
        when = c.time_s[use] + (offset_s[k] if offset_s is not None else 0.0)
        rows["valid_ns"] = rows["heard_ns"] = T0_NS + np.rint(when * 1e9).astype(np.int64)
        rows["sensor"] = k
        rows["azimuth_deg"] = np.degrees(np.arctan2(away[:, 0], away[:, 1])) % 360.0
        elevation = np.arcsin(np.clip(away[:, 2], -1.0, 1.0))
        rows["elevation_deg"] = np.degrees(elevation)
        # The errors have long tails (frames at irregular times), so 1 sigma is taken from the tail: one
        # length in a hundred of two Gaussian angles exceeds 3.03 sigma.
        sd = max(found.tail_deg[k] / 3.03, 0.05)
        rows["elevation_sd_deg"] = sd
        rows["azimuth_sd_deg"] = sd / np.cos(elevation)
        parts.append(rows)
    rows = np.concatenate(parts)
    return rows[np.argsort(rows["valid_ns"], kind="stable")]


def _blank() -> Any:
    row = np.zeros(1, OBSERVATION)
    for name in OBSERVATION.names or ():
        if OBSERVATION[name].base.kind == "f":
            row[name] = np.nan
    return row[0]


def sensors(cameras: list[Camera], places: Array, found: Orientation) -> list[Sensor]:
    """The cameras as sensors of a sector at ORIGIN."""
    at = geodetic_from_enu(np.array([*ORIGIN, 0.0]), places[list(found.order)])
    return [
        Sensor(
            id=c.name,
            index=k,
            source=c.name,
            modality="camera",
            scan="event",
            lat_deg=float(at[k, 0]),
            lon_deg=float(at[k, 1]),
            alt_m=float(at[k, 2]),
            range_max_m=2000.0,
            false_per_scan=0.01,
        )
        for k, c in enumerate(cameras)
    ]


def run(
    path: Path,
    rate_hz: float = 10.0,
    planted_s: tuple[float, ...] = (),
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Track the drone of a dataset's folder and compare; see the module.

    rate_hz    at most so many bearings a second from each camera
    planted_s  clock errors put on top of the given offsets, one a camera; none by default
    say        told how far it is

    Error is the distance of the track that is shown from the truth, at every tick in which it was updated.
    """
    cameras, places, truth = load(path)
    if planted_s and len(planted_s) != len(cameras):
        raise StorageError(f"expected {len(cameras)} clock errors, one a camera, got {len(planted_s)}")
    say(f"{len(cameras)} cameras: finding how they are turned, then tracking: about a minute")
    grid, rays, seen = common_times(cameras)
    found = orient(rays, seen, places)
    planted = np.array(planted_s) if planted_s else np.zeros(len(cameras))
    rows = observations(cameras, found, rate_hz, planted)
    placed = sensors(cameras, places, found)
    began = time.process_time()
    when, where, ids, starts = _track(rows, placed)
    spent = time.process_time() - began
    compared = compare(when, where, truth)
    longest = Counter(ids).most_common(1)[0][0] if ids else 0
    main = np.array(ids) == longest
    clock, clock_sd = clocks(rows, placed, when[main], where[main])
    heard = seen.sum(axis=0)
    inside = compared.pop("inside")
    return {
        "cameras": [c.name for c in cameras],
        "places_in_order": list(found.order),
        "order_rms_m": [round(v, 2) for v in found.order_rms_m],
        "focal": found.focal.round(4).tolist(),
        "residual_deg": found.residual_deg.round(3).tolist(),
        "tail_deg": found.tail_deg.round(3).tolist(),
        "rows": len(rows),
        "seconds": round(float(grid[-1] - grid[0]), 1),
        "two_cameras_share": round(float((heard >= 2).mean()), 3),
        "tracks_shown": len(set(ids)),
        "longest_track_share": round(
            max(Counter(ids).values(), default=0) / max(len(set(when.tolist())), 1), 3
        ),
        "starts": len(starts),
        "first_start_s": round(starts[0], 2) if starts else None,
        "coverage": round(coverage(when, grid[heard >= 2]), 3),
        "cpu_ms_per_row": round(1e3 * spent / len(rows), 3),
        "clock_planted_s": planted.tolist(),
        "clock_found_s": clock.round(3).tolist(),
        "clock_sd_s": clock_sd.round(4).tolist(),
        "compared": int(inside),
        **compared,
    }


def _track(rows: NDArray[np.void], placed: list[Sensor]) -> tuple[Array, Array, list[int], list[float]]:
    """Times (n,) s, places (n, 3) m and numbers of the shown tracks, and when tracks began."""
    origin = np.array([*ORIGIN, 0.0])
    when, where, ids, starts = [], [], [], []
    for tick in run_ticks(ORIGIN, placed, rows, TICK_NS):
        starts += [(tick.time_ns - T0_NS) / 1e9] * tick.began
        shown = tick.output.rows
        shown = shown[shown["status"] == 1]
        if len(shown):
            at = enu_from_geodetic(origin, shown["lat_deg"], shown["lon_deg"], shown["alt_m"])
            when += ((shown["time_ns"] - T0_NS) / 1e9).tolist()
            where += at.tolist()
            ids += shown["track_id"].tolist()
    return np.array(when), np.array(where), ids, starts


def clocks(
    rows: NDArray[np.void], placed: list[Sensor], when: Array, where: Array, rate_hz: float = 3.0
) -> tuple[Array, Array]:
    """Clock offset of each camera against the first and its 1-sigma, (k,), s, from rows and track alone."""
    slot = (
        np.floor((rows["valid_ns"] - T0_NS) / 1e9 * rate_hz).astype(np.int64) * len(placed) + rows["sensor"]
    )
    rows = rows[np.sort(np.unique(slot, return_index=True)[1])]
    models = [model(s, np.array([*ORIGIN, 0.0])) for s in placed]
    index = rows["sensor"].astype(np.int64)
    known = np.isfinite(where).all(axis=1)
    # Far from the track in time there is nothing to linearise at.
    gap = np.searchsorted(np.sort(when[known]), (rows["valid_ns"] - T0_NS) / 1e9 + np.array([[-0.5], [0.5]]))
    rows, index = rows[gap[1] > gap[0]], index[gap[1] > gap[0]]
    order = np.argsort(when[known], kind="stable")
    others, offset, sd = clock_offsets(
        index,
        (rows["valid_ns"] - T0_NS) / 1e9,
        np.radians(np.c_[rows["azimuth_deg"], rows["elevation_deg"]]),
        np.radians(np.c_[rows["azimuth_sd_deg"], rows["elevation_sd_deg"]]),
        np.array([m.pose for m in models])[index],
        np.array([m.rotation for m in models])[index],
        when[known][order],
        where[known][order],
        reference=0,
    )
    found, found_sd = np.zeros(len(placed)), np.zeros(len(placed))
    found[others], found_sd[others] = offset, sd
    return found, found_sd


def coverage(when: Array, grid: Array) -> float:
    """Share of the times in grid that have a shown track within half a second."""
    near = np.searchsorted(np.sort(when), np.stack((grid - 0.5, grid + 0.5)))
    return float((near[1] > near[0]).mean())


def compare(when: Array, where: Array, truth: Array) -> dict[str, Any]:
    """Error of the track (n, 3) at times (n,) against truth positions (k, 3) at an unknown steady rate.

    Start, rate, rotation and shift of the truth are fitted; a scale is fitted only to be reported.
    """
    ok = np.isfinite(where).all(axis=1)
    when, where = when[ok], where[ok]

    def fit(rate_hz: float, start_s: float, thin: int, *, scaled: bool = False) -> tuple[float, Array, float]:
        t = start_s + np.arange(len(truth)) / rate_hz
        use = (when > t[0]) & (when < t[-1])
        mine = where[use][::thin]
        theirs = np.stack([np.interp(when[use][::thin], t, truth[:, a]) for a in range(3)], axis=1)
        if len(mine) < _LEAST_COMPARED:
            return math.inf, np.zeros(0), 1.0
        keep = np.ones(len(mine), np.bool_)
        error, scale = np.zeros(len(mine)), 1.0
        for _ in range(6):
            scale, R, shift = similarity(theirs[keep], mine[keep], scaled=scaled)
            error = np.linalg.norm(mine - scale * theirs @ R.T - shift, axis=1)
            keep = error <= 4.0 * np.median(error) + 1e-6
        return float(np.median(error)), error, scale

    if len(when) < 2 * _LEAST_COMPARED:
        raise StorageError(f"expected {2 * _LEAST_COMPARED} or more updates of a track, got {len(when)}")
    length = when[-1] - when[0]
    best = min(
        (fit(rate, start, max(len(when) // 200, 1))[0], rate, start)
        for rate in (1.0, 2.0, 4.0, 5.0, 10.0, 20.0)
        for start in np.arange(when[0] - 120.0, when[0] + 0.3 * length, 1.0)
        if len(truth) / rate > 0.7 * length
    )
    _, rate, start = best
    for width in (0.3, 0.1, 0.03, 0.01):
        _, rate, start = min(
            (
                fit(rate + i * width * 0.01, start + j * width, max(len(when) // 1000, 1))[0],
                rate + i * width * 0.01,
                start + j * width,
            )
            for i in range(-4, 5)
            for j in range(-6, 7)
        )
    median, error, _ = fit(rate, start, 1)
    median_scaled, error_scaled, scale = fit(rate, start, 1, scaled=True)
    return {
        "inside": len(error),
        "truth_rate_hz": round(rate, 4),
        "truth_start_s": round(float(start), 2),
        "median_m": round(median, 3),
        "p95_m": round(float(np.percentile(error, 95)), 3),
        "scale": round(scale, 4),
        "median_scaled_m": round(median_scaled, 3),
        "p95_scaled_m": round(float(np.percentile(error_scaled, 95)), 3),
    }
