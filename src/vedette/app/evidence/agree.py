"""Two derivations, or what was shown and what was derived, side by side.

Tracks are joined by time: each track of the one is held against the nearest of the other at every whole
second. An alert agrees with one of the same rule, zone and state within `_LATE_S`.
"""

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct

from vedette.app.evidence.derive import ALERTS, TRACKS
from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S

NEAR_M: Final = 50.0
_LATE_S: Final = 5.0
_M_PER_DEG: Final = 111_195.0  # of a mean sphere: good to 0.4 % over tens of metres


class Paired(Struct, frozen=True, kw_only=True):
    """One track of the one, and the track of the other that it mostly lies on; None where it lies on none.

    seconds  that it has; share of them within 50 m of a track of the other
    """

    track_id: int
    other_id: int | None
    seconds: int
    share: float
    median_m: float | None


class Agreement(Struct, frozen=True, kw_only=True):
    """How the one agrees with the other; alerts are changes of alerts."""

    tracks: list[Paired]
    alerts: int
    alerts_alike: int
    worst_m: float | None

    @property
    def close(self) -> bool:
        """Whether rounding explains every difference: all tracks within a metre, all alerts alike."""
        held = all(pair.share == 1.0 for pair in self.tracks)
        return held and self.alerts == self.alerts_alike and (self.worst_m is None or self.worst_m <= 1.0)


def agree(one: Path, other: Path) -> Agreement:
    """Compare two folders with tracks.csv and alerts.json."""
    theirs: dict[int, tuple[list[int], list[list[float]]]] = {}
    for time_ns, track_id, lat, lon in _points(other):
        ids, places = theirs.setdefault(time_ns, ([], []))
        ids.append(track_id)
        places.append([lat, lon])
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    seconds: Counter[int] = Counter()
    for time_ns, track_id, lat, lon in _points(one):
        seconds[track_id] += 1
        ids, places = theirs.get(time_ns, ([], []))
        if ids:
            away = (np.array(places) - [lat, lon]) * _M_PER_DEG
            distance = np.hypot(away[:, 0], away[:, 1] * np.cos(np.radians(lat)))
            nearest = int(np.argmin(distance))
            if distance[nearest] <= NEAR_M:
                found[track_id].append((ids[nearest], float(distance[nearest])))
    pairs = [_paired(track_id, n, found[track_id]) for track_id, n in sorted(seconds.items())]
    distances = [distance for near in found.values() for _, distance in near]
    mine, alike = _alerts_alike(one, other)
    worst = round(max(distances), 3) if distances else None
    return Agreement(tracks=pairs, alerts=mine, alerts_alike=alike, worst_m=worst)


def _paired(track_id: int, seconds: int, near: list[tuple[int, float]]) -> Paired:
    if not near:
        return Paired(track_id=track_id, other_id=None, seconds=seconds, share=0.0, median_m=None)
    other = Counter(ident for ident, _ in near).most_common(1)[0][0]
    median = round(float(np.median([distance for _, distance in near])), 3)
    share = round(len(near) / seconds, 4)
    return Paired(track_id=track_id, other_id=other, seconds=seconds, share=share, median_m=median)


def _points(folder: Path) -> list[tuple[int, int, float, float]]:
    try:
        with (folder / TRACKS).open(encoding="utf-8", newline="") as file:
            return [
                (int(row["time_ns"]), int(row["track_id"]), float(row["lat_deg"]), float(row["lon_deg"]))
                for row in csv.DictReader(file)
                if row["status"] != "ended"
            ]
    except (OSError, KeyError, ValueError) as error:
        raise StorageError(f"{folder / TRACKS}: expected tracks by second, got {error}") from error


def _alerts_alike(one: Path, other: Path) -> tuple[int, int]:
    """How many changes of alerts the one has, and how many of them the other has too."""
    mine, theirs = _alerts(one), _alerts(other)
    alike = 0
    for alert in mine:
        for k, same in enumerate(theirs):
            late_s = abs(same["time_ns"] - alert["time_ns"]) / NS_PER_S
            if late_s <= _LATE_S and all(same[n] == alert[n] for n in ("rule", "zone", "state")):
                del theirs[k]
                alike += 1
                break
    return len(mine), alike


def _alerts(folder: Path) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode((folder / ALERTS).read_bytes(), type=list[dict[str, Any]])
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"{folder / ALERTS}: expected alerts, got {error}") from error
