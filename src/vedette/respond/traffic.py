"""Aircraft on their way to or from the runways, and how near their ways come to where a drone may be."""

import math
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vedette.core.advice import Flight
from vedette.core.classes import CLASSES
from vedette.core.identity import Identity
from vedette.core.picture import UNKNOWN_CLASS, TrackStatus
from vedette.respond.ground import LOW_M, TOP_M, End, Ground

Array = NDArray[np.float64]
Doing = Literal["arriving", "departing", "passing"]

MANNED: Final = ("aeroplane", "helicopter", "glider")
_REACH_M: Final = 25_000.0
_CEILING_M: Final = 1_500.0  # above the ground; who is higher meets no drone here soon
_LEAST_MPS: Final = 25.0
_AHEAD_S: Final = 240.0
_STEP_S: Final = 4.0
_MEETS_M: Final = 250.0
_MEETS_UP_M: Final = 50.0
_ALIGNED: Final = math.cos(math.radians(25.0))
_GLIDE: Final = math.tan(math.radians(3.0))
_CROSSES_M: Final = 15.0  # the threshold, above it
_MOST: Final = 6


def flights(
    ground: Ground,
    rows: NDArray[np.void],
    identities: Mapping[int, Identity],
    where: Array | None,
    drone: tuple[float, float] | None,
) -> list[Flight]:
    """Aircraft near by, the soonest first.

    rows   (n,) of TRACK
    where  (2, cells) where drones may be, layer by layer; None where there is none
    drone  east, north, m, of the likeliest one's last place
    """
    out = []
    for row in rows[rows["status"] != TrackStatus.ENDED]:
        index = int(row["class_index"])
        if index == UNKNOWN_CLASS or CLASSES[index] not in MANNED:
            continue
        place = ground.plane(float(row["lat_deg"]), float(row["lon_deg"]))
        velocity = float(row["v_east_mps"]), float(row["v_north_mps"])
        up_mps = 0.0 if math.isnan(row["v_up_mps"]) else float(row["v_up_mps"])
        height_m = _height(row, ground)
        speed = math.hypot(*velocity)
        if math.hypot(*place) > _REACH_M or not speed > _LEAST_MPS or height_m > _CEILING_M:
            continue
        doing, end = _doing(ground, place, velocity, up_mps)
        way = _way(doing, end, place, velocity, height_m, up_mps)
        track_id = int(row["track_id"])
        identity = identities.get(track_id)
        to_go_s, distance_m = _nearest(way, drone)
        if doing == "arriving" and end is not None:
            to_go_s = math.hypot(place[0] - end.threshold[0], place[1] - end.threshold[1]) / speed
        out.append(
            Flight(
                track_id=track_id,
                label=identity.label if identity else f"T{track_id}",
                doing=doing,
                runway=end.name if end else "",
                to_go_s=to_go_s,
                distance_m=distance_m,
                meets_p=0.0 if where is None else _meets(ground, way, where),
            )
        )
    out.sort(key=lambda flight: (-round(flight.meets_p, 2), flight.to_go_s, flight.track_id))
    return out[:_MOST]


def _height(row: np.void, ground: Ground) -> float:
    """Above the ground, m; pressure altitude where nothing better is told, 0 where nothing is."""
    for name in ("alt_m", "baro_alt_m"):
        if not math.isnan(row[name]):
            return float(row[name]) - float(ground.origin[2])
    return 0.0


def _doing(
    ground: Ground, place: tuple[float, float], velocity: tuple[float, float], up_mps: float
) -> tuple[Doing, End | None]:
    """What it does, and by which runway end."""
    speed = math.hypot(*velocity)
    for end in ground.ends:
        if (velocity[0] * end.course[0] + velocity[1] * end.course[1]) / speed < _ALIGNED:
            continue
        de, dn = place[0] - end.threshold[0], place[1] - end.threshold[1]
        along = de * end.course[0] + dn * end.course[1]
        aside = abs(dn * end.course[0] - de * end.course[1])
        if along < end.length_m / 2.0 and aside <= 400.0 + 0.1 * abs(along) and up_mps < 1.0:
            return "arriving", end
        if along >= 0.0 and aside <= 600.0 + 0.2 * along and up_mps > -1.0:
            return "departing", end
    return "passing", None


def _way(
    doing: Doing,
    end: End | None,
    place: tuple[float, float],
    velocity: tuple[float, float],
    height_m: float,
    up_mps: float,
) -> Array:
    """(k, 4): time s, east, north, height m of where it goes next."""
    times = np.arange(0.0, _AHEAD_S + _STEP_S, _STEP_S)
    if doing == "arriving" and end is not None:
        to = np.array(end.threshold) - place
        away_m = math.hypot(*to)
        gone_m = np.minimum(times * math.hypot(*velocity), away_m + end.length_m / 2.0)
        share = np.minimum(gone_m / max(away_m, 1.0), 1.0)
        past = np.maximum(gone_m - away_m, 0.0)
        east = place[0] + share * to[0] + past * end.course[0]
        north = place[1] + share * to[1] + past * end.course[1]
        height = np.maximum((away_m - gone_m) * _GLIDE + _CROSSES_M, 0.0)
        height = np.where(past > 300.0, 0.0, np.minimum(height, max(height_m, _CROSSES_M)))
    else:
        east, north = place[0] + times * velocity[0], place[1] + times * velocity[1]
        height = np.maximum(height_m + times * up_mps, 0.0)
    return np.stack((times, east, north, height), axis=1)


def _nearest(way: Array, drone: tuple[float, float] | None) -> tuple[float, float | None]:
    """When its way passes a place most nearly, and how near."""
    if drone is None:
        return float(way[-1, 0]), None
    off = np.hypot(way[:, 1] - drone[0], way[:, 2] - drone[1])
    i = int(np.argmin(off))
    return float(way[i, 0]), float(off[i])


def _meets(ground: Ground, way: Array, where: Array) -> float:
    """That something is by its way."""
    risk = np.zeros(where.shape)
    for _, east, north, height in way:
        near = np.hypot(ground.east - east, ground.north - north) <= max(_MEETS_M, 0.7 * ground.cell_m)
        low = 1.0 if height <= LOW_M + _MEETS_UP_M else 0.0
        band = min(height + _MEETS_UP_M, TOP_M) - max(height - _MEETS_UP_M, LOW_M)
        high = max(0.0, band) / (TOP_M - LOW_M)
        risk[0, near] = np.maximum(risk[0, near], low)
        risk[1, near] = np.maximum(risk[1, near], high)
    return float(min(1.0, (risk * where).sum()))
