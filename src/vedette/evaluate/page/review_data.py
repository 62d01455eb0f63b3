"""What the review's page is drawn from: truth, picture, plots, events in metres and seconds, as JSON values.

Places are m east and north of an origin, on a flat map: good for looking, never used to measure. Times are s
from the first instant of the truth. Very long exercises are thinned to what a browser can hold.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.evaluate.inside import inside
from vedette.evaluate.page.groups import group_of
from vedette.evaluate.picture import METRES_PER_DEGREE, POINT
from vedette.evaluate.review import Individual, Review
from vedette.evaluate.score import Compared

Array = NDArray[np.float64]
Json = dict[str, Any]
MOST_POINTS: Final = 400_000  # of truths, and of tracks
MOST_PLOTS: Final = 150_000


class Happened(Struct, frozen=True, kw_only=True):
    """Something that was done in an exercise. sensor: empty is about none; until_s: None is open."""

    time_s: float
    kind: str
    words: str
    who: str = ""
    sensor: str = ""
    until_s: float | None = None


class Flat:
    """A flat map about a place."""

    def __init__(self, lat_deg: float, lon_deg: float) -> None:
        """Scale degrees there."""
        self.lat_deg, self.lon_deg = lat_deg, lon_deg
        self._east = METRES_PER_DEGREE * float(np.cos(np.radians(lat_deg)))

    def x(self, lon_deg: Array | float) -> list[int] | int:
        """East of it, whole m."""
        turn = np.remainder(np.asarray(lon_deg) - self.lon_deg + 180.0, 360.0) - 180.0
        out: list[int] | int = np.rint(turn * self._east).astype(np.int64).tolist()
        return out

    def y(self, lat_deg: Array | float) -> list[int] | int:
        """North of it, whole m."""
        off = (np.asarray(lat_deg) - self.lat_deg) * METRES_PER_DEGREE
        out: list[int] | int = np.rint(off).astype(np.int64).tolist()
        return out


def data_of(
    compared: Compared,
    review: Review,
    plots: NDArray[np.void],
    sensors: Sequence[Sensor],
    events: Sequence[Happened],
) -> Json:
    """Everything that the page shows."""
    rows = compared.both.rows
    about = rows[np.isin(rows["class"], UAS)]
    about = about if len(about) else rows
    flat = Flat(float(np.median(about["lat_deg"])), float(np.median(about["lon_deg"])))
    return {
        "start_ms": review.start_ns // 1_000_000,
        "duration": review.duration_s,
        "late": review.late_s,
        "lat": flat.lat_deg,
        "lon": flat.lon_deg,
        "zones": [_zone(flat, zone) for zone in compared.zones],
        "sensors": [_sensor(flat, sensor) for sensor in sensors],
        "individuals": _individuals(flat, compared, review),
        "tracks": _tracks(flat, compared),
        "plots": _plots(flat, plots, review.start_ns),
        "alerts": _alerts(compared, review.start_ns),
        "events": [msgspec.structs.asdict(event) for event in events],
    }


def _zone(flat: Flat, zone: Zone) -> Json:
    shapes: list[Json] = []
    for volume in zone.volumes:
        if volume.circle is not None:
            lat, lon, radius_m = volume.circle
            shapes.append({"circle": [flat.x(lon), flat.y(lat), round(radius_m)]})
        else:
            shapes += [{"ring": [[flat.x(b), flat.y(a)] for a, b in ring]} for ring in volume.rings]
    return {"id": zone.id, "name": zone.name, "type": zone.type, "shapes": shapes}


def _sensor(flat: Flat, sensor: Sensor) -> Json:
    placed = sensor.lat_deg is not None and sensor.lon_deg is not None
    return {
        "id": sensor.id,
        "index": sensor.index,
        "name": sensor.name or sensor.id,
        "modality": sensor.modality,
        "x": flat.x(sensor.lon_deg) if placed and sensor.lon_deg is not None else None,
        "y": flat.y(sensor.lat_deg) if placed and sensor.lat_deg is not None else None,
        "range": sensor.range_max_m,
        "from": sensor.azimuth_from_deg,
        "width": sensor.azimuth_width_deg,
    }


def _individuals(flat: Flat, compared: Compared, review: Review) -> list[Json]:
    """In the order of the review, with where each flew and which track was on it."""
    rows = compared.both.rows
    step = max(1, -(-len(rows) // MOST_POINTS))
    in_zone = inside(compared.zones, rows) if compared.zones else np.zeros(len(rows), bool)
    right = (compared.matches.track >= 0) & (compared.matches.class_name == rows["class"])
    order = np.argsort(rows["id"], kind="stable")
    bounds = np.searchsorted(rows["id"][order], [one.id for one in review.individuals], side="left")
    ends = np.searchsorted(rows["id"][order], [one.id for one in review.individuals], side="right")
    out = []
    for one, begin, end in zip(review.individuals, bounds.tolist(), ends.tolist(), strict=True):
        mine = order[begin:end]
        seconds = (rows["time_ns"][mine] - review.start_ns) / NS_PER_S
        out.append(
            {
                **_told(one),
                "t": np.round(seconds[::step], 1).tolist(),
                "x": flat.x(rows["lon_deg"][mine][::step]),
                "y": flat.y(rows["lat_deg"][mine][::step]),
                "alt": np.rint(np.nan_to_num(rows["alt_m"][mine][::step])).astype(int).tolist(),
                "on": stretches(seconds, compared.matches.track[mine]),
                "right": [part[:2] for part in stretches(seconds, right[mine].astype(np.int64)) if part[2]],
                "zone": [part[:2] for part in stretches(seconds, in_zone[mine].astype(np.int64)) if part[2]],
            }
        )
    return out


def _told(one: Individual) -> Json:
    """What the review says of it."""
    told: Json = msgspec.to_builtins(one)
    return {**told, "group": group_of(one.class_name)}


def stretches(seconds: Array, value: NDArray[np.int64]) -> list[tuple[float, float, int]]:
    """Begin, end and value of what stays the same without a gap in time; those of -1 are left out."""
    if not len(seconds):
        return []
    step_s = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 1.0
    cuts = np.flatnonzero((np.diff(value) != 0) | (np.diff(seconds) > 1.5 * step_s)) + 1
    parts = np.split(np.arange(len(seconds)), cuts)
    found = [
        (round(float(seconds[p[0]]), 1), round(float(seconds[p[-1]]) + step_s, 1), int(value[p[0]]))
        for p in parts
    ]
    return [part for part in found if part[2] >= 0]


def _tracks(flat: Flat, compared: Compared) -> list[Json]:
    """What was shown at each instant, by track, and which truth it was on (-1 none)."""
    both = compared.both
    shown = np.concatenate(both.tracks) if both.tracks else np.zeros(0, POINT)
    instant = np.repeat(np.arange(len(both.tracks)), [len(part) for part in both.tracks])
    if not len(shown):
        return []
    row_instant = np.repeat(np.arange(len(both.times_ns)), np.diff(both.first))
    owner = {
        (k, track): ident
        for k, track, ident in zip(
            row_instant.tolist(), compared.matches.track.tolist(), both.rows["id"].tolist(), strict=True
        )
        if track >= 0
    }
    step = max(1, -(-len(shown) // MOST_POINTS))
    out = []
    for track in both.track_ids.tolist():
        mine = np.flatnonzero(shown["track_id"] == track)[::step]
        if not len(mine):
            continue
        names, kind = np.unique(shown["class"][mine], return_inverse=True)
        leaves, leave = np.unique(shown["authorisation"][mine], return_inverse=True)
        out.append(
            {
                "id": track,
                "t": np.round(both.times_s[instant[mine]], 1).tolist(),
                "x": flat.x(shown["lon_deg"][mine]),
                "y": flat.y(shown["lat_deg"][mine]),
                "classes": names.tolist(),
                "class": kind.tolist(),
                "leaves": leaves.tolist(),
                "leave": leave.tolist(),
                "on": [owner.get((k, track), -1) for k in instant[mine].tolist()],
            }
        )
    return out


def _plots(flat: Flat, plots: NDArray[np.void], start_ns: int) -> Json:
    """Plots by time: those with a place, and bearings (x and y null)."""
    step = max(1, -(-len(plots) // MOST_PLOTS))
    mine = plots[::step]
    placed = np.isfinite(mine["lat_deg"])
    lat, lon = (np.where(placed, mine[name], 0.0) for name in ("lat_deg", "lon_deg"))
    azimuth = np.where(np.isfinite(mine["azimuth_deg"]) & ~placed, mine["azimuth_deg"], -1.0)
    return {
        "t": np.round((mine["time_ns"] - start_ns) / NS_PER_S, 2).tolist(),
        "sensor": mine["sensor"].tolist(),
        "x": flat.x(lon) if len(mine) else [],
        "y": flat.y(lat) if len(mine) else [],
        "azimuth": np.round(azimuth, 1).tolist(),
        "on": mine["truth"].tolist(),
        "thinned": step,
    }


def _alerts(compared: Compared, start_ns: int) -> list[Json]:
    """Changes of alerts by time."""
    return [
        {
            "t": round((int(alert["time_ns"]) - start_ns) / NS_PER_S, 1),
            "track": int(alert["track_id"]),
            "rule": str(alert["rule"]),
            "zone": str(alert["zone"]),
            "state": str(alert["state"]),
        }
        for alert in compared.picture.alerts
    ]
