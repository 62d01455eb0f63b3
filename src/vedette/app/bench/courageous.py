"""A counter-drone sensor's recorded bearings, followed anew and compared with its vendor's own tracks.

Data: the COURAGEOUS interchange format (CEN workshop agreement 18150, schema 0.4): detections and tracks as
JSON with bearing and elevation, deg, and milliseconds of UTC. The vendor's tracks are pooled: every record
becomes a bearing without a name, and directions are formed from them again.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.bearing_run import run_ticks
from vedette.app.bench.tables import text_of
from vedette.core.errors import StorageError
from vedette.core.observation import Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S

Array = NDArray[np.float64]

_EGM96_M = (
    44.0  # geoid above the ellipsoid on the coast where the example was recorded; of no consequence here
)
_SD_DEG = 0.05


@dataclass(frozen=True, slots=True)
class Record:
    """One bearing: UTC ms, azimuth and elevation deg, and which vendor track holds it."""

    time_ms: int
    azimuth_deg: float
    elevation_deg: float
    track: str


def read(text: str) -> tuple[tuple[float, float, float], list[Record], list[Record]]:
    """Sensor's place (lat deg, lon deg, m above sea level), records of tracks, records of bare detections."""
    try:
        told = json.loads(text)
        at = told["static_cuas_location"]
        place = (float(at["lat"]), float(at["lon"]), float(at["height_amsl"]))
        tracks = [r for t in told["tracks"] for r in _records(t["records"], str(t["name"]))]
        loose = [r for t in told.get("detection", []) for r in _records(t["records"], "")]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"expected a COURAGEOUS recording with a static sensor and tracks, got {error!r}"
        ) from error
    return place, sorted(tracks, key=lambda r: r.time_ms), sorted(loose, key=lambda r: r.time_ms)


def _records(told: list[dict[str, Any]], track: str) -> list[Record]:
    out = []
    for record in told:
        at = record.get("location") or {}
        if at.get("$type") == "BearingElevation":
            out.append(Record(int(record["time"]), float(at["bearing"]), float(at["elevation"]), track))
    return out


def run(path: Path) -> dict[str, Any]:
    """Follow the pooled bearings and compare; see the module.

    purity        share of bearings whose direction was begun by the same vendor track's bearing
    completeness  share of all bearings that have a direction within half a degree at once
    """
    text = text_of(path)
    try:
        place, records, loose = read(text)
    except StorageError as error:
        raise StorageError(f"{path}: {error}") from error
    if not records:
        raise StorageError(f"expected records of bearing and elevation in {path}, got none")
    known = {(r.time_ms, r.azimuth_deg, r.elevation_deg) for r in records}
    intake = Intake()
    for r in records:
        values = {
            "azimuth_deg": r.azimuth_deg,
            "azimuth_sd_deg": _SD_DEG / max(math.cos(math.radians(r.elevation_deg)), 0.1),
            "elevation_deg": r.elevation_deg,
            "elevation_sd_deg": _SD_DEG,
        }
        intake.observe("cuas", r.time_ms * 1_000_000, r.time_ms * 1_000_000, None, values)
    sensor = Sensor(
        id="cuas",
        index=0,
        source="cuas",
        modality="camera",
        scan="event",
        lat_deg=place[0],
        lon_deg=place[1],
        alt_m=place[2] + _EGM96_M,
        false_per_scan=0.02,
    )
    owners: dict[str, dict[int, int]] = {}
    first: dict[int, str] = {}
    near: list[float] = []
    pure = whole = 0
    waiting = iter(records)
    now = next(waiting, None)
    starts = shown = 0
    for tick in run_ticks((place[0], place[1]), [sensor], intake.rows(), NS_PER_S // 5):
        starts += tick.began
        shown = max(shown, len(tick.output.rows))
        angles = tick.state.bearings.tracks
        while now is not None and now.time_ms * 1_000_000 < tick.time_ns:
            off = _off_deg(now, angles.x[:, 0, 0], angles.x[:, 1, 0])
            if len(off) and off.min() < 0.5:
                number = int(angles.number[int(off.argmin())])
                own = owners.setdefault(now.track, {})
                own[number] = own.get(number, 0) + 1
                first.setdefault(number, now.track)
                pure += first[number] == now.track
                near.append(float(off.min()))
            whole += 1
            now = next(waiting, None)
    numbers = {n for own in owners.values() for n in own}
    return {
        "records": len(records),
        "loose_records": len(loose),
        "loose_in_tracks": sum((r.time_ms, r.azimuth_deg, r.elevation_deg) in known for r in loose),
        "vendor_tracks": {name: sum(r.track == name for r in records) for name in sorted(owners)},
        "our_directions": len(numbers),
        "directions_of_each": {name: len(own) for name, own in sorted(owners.items())},
        "purity": round(pure / max(len(near), 1), 4),
        "completeness": round(len(near) / whole, 4),
        "median_off_deg": round(float(np.median(near)), 4),
        "placed_starts": starts,
        "tracks_shown": shown,
    }


def _off_deg(record: Record, azimuth_rad: Array, elevation_rad: Array) -> Array:
    """Angle between a record and directions (n,), deg, small angles."""
    across = np.remainder(np.degrees(azimuth_rad) - record.azimuth_deg + 180.0, 360.0) - 180.0
    across *= math.cos(math.radians(record.elevation_deg))
    out: Array = np.hypot(across, np.degrees(elevation_rad) - record.elevation_deg)
    return out
