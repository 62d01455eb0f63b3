"""COURAGEOUS documents as pictures and as truth, and pictures as COURAGEOUS documents.

In   A track's records with a place are its points; so are those of detection sets that name a target. A UAV
     is a drone of either kind. Alarms that begin and end are alerts. Records of a GCS tell where the pilot
     stands. What has no place (bearings, arcs, quarters) cannot be scored and is counted.
Out  Each track with all its points; an alarm is active while the track has an alert, predicted or actual,
     its certainty the alert's probability. A pilot's place goes out as a record of a GCS.

Heights in the format are above the sea, ours above the ellipsoid: `undulation_m`, the geoid above the
ellipsoid, goes between them. Where it is not known heights are left out, both ways.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.evaluate.picture import ALERT, ANY_UAS, IDENTITY, NO_UAS, POINT, Picture
from vedette.evaluate.truth import TRUTH_ROW
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.wire import courageous as wire
from vedette.wire.courageous import DetectionRecord, Document, TrackingRecord

_NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_GAP_S: Final = 5.0  # of truth; it is not filled in over longer ones
RULE: Final = "alarm"
Record = DetectionRecord | TrackingRecord
Numbers = tuple[float, float, float]


class Read(Struct, frozen=True):
    """A picture, and how many records had no place."""

    picture: Picture
    without_place: int


class Truth(Struct, frozen=True):
    """Rows of TRUTH_ROW, and where pilots stood by truth id, lat deg and lon deg."""

    rows: NDArray[np.void]
    pilots: dict[int, tuple[float, float]]


def picture_of(document: Document, undulation_m: float | None, held_s: float) -> Read:
    """What a system showed."""
    points, alerts, identities, without = [], [], [], 0
    for number, name, records in _targets(document):
        alarmed = False
        for record in records:
            place = _place(record, document.static_cuas_location, undulation_m)
            time_ns = record.time * _NS_PER_MS
            without += place is None
            if record.classification == "GCS":
                if place is not None:
                    identities.append((time_ns, number, name, False, "", place[0], place[1]))
                continue
            if record.identification:
                identities.append((time_ns, number, record.identification, True, "", math.nan, math.nan))
            active = record.alarm is not None and record.alarm.active
            if record.alarm is not None and active != alarmed:
                state = "actual" if active else "cleared"
                alerts.append((time_ns, number, RULE, "", state, record.alarm.certainty))
                alarmed = active
            if place is not None:
                kind = {"UAV": ANY_UAS, "Other": NO_UAS}.get(record.classification, "")
                points.append((time_ns, number, *place, *_velocity(record), math.nan, kind, "unknown"))
    picture = Picture(
        np.sort(np.array(points, POINT), order=["track_id", "time_ns"]),
        np.sort(np.array(alerts, ALERT), order=["time_ns", "track_id"]),
        np.sort(np.array(identities, IDENTITY), order=["time_ns", "track_id"]),
        held_s,
    )
    without += sum(len(part.records) for part in document.detection if part.uas_id is None)
    return Read(picture, without)


def truth_of(document: Document, undulation_m: float | None) -> Truth:
    """What really flew: every whole second between two records that are not far apart in time.

    A UAV, or what is of no class, is a multirotor without leave: trials fly targets.
    """
    rows, pilots = [np.zeros(0, TRUTH_ROW)], {}
    for number, name, records in _targets(document):
        placed = [(r, _place(r, document.static_cuas_location, undulation_m)) for r in records]
        stations = [p for r, p in placed if r.classification == "GCS" and p is not None]
        if stations:
            pilots[number] = (stations[0][0], stations[0][1])
        flown = [
            (r.time, *p, *_velocity(r)) for r, p in placed if r.classification != "GCS" and p is not None
        ]
        kinds = {r.classification for r in records} - {"GCS"}
        if len(flown) > 1:
            rows.append(_by_second(np.array(flown), number, name, "other" if kinds == {"Other"} else UAS[0]))
    whole = np.concatenate(rows)
    return Truth(whole[np.argsort(whole["time_ns"], kind="stable")], pilots)


def document_of(picture: Picture, site: wire.Place, undulation_m: float | None, system_name: str) -> Document:
    """What we showed."""
    numbers = count()
    tracks = []
    for track_id in np.unique(picture.points["track_id"]).tolist():
        points, alerts, identities = (
            part[part["track_id"] == track_id]
            for part in (picture.points, picture.alerts, picture.identities)
        )
        active, certainty = _alarms(alerts)
        since = np.searchsorted(alerts["time_ns"], points["time_ns"], side="right")
        named = identities[identities["named"]]
        known = np.searchsorted(named["time_ns"], points["time_ns"], side="right")
        records = [
            TrackingRecord(
                classification=_classification(str(point["class"])),
                record_number=next(numbers),
                time=int(point["time_ns"]) // _NS_PER_MS,
                alarm=wire.Alarm(bool(active[k]), float(certainty[k])),
                location=_location(point, undulation_m),
                identification=str(named["label"][i - 1]) if i else None,
                velocity=_told_velocity(point),
            )
            for point, k, i in zip(points, since, known, strict=True)
        ]
        records += [_station(row, next(numbers)) for row in _stations(identities)]
        tracks.append(wire.Track(uas_id=track_id, name=f"T{track_id}", records=records))
    return Document(
        vendor_name="Vedette",
        system_name=system_name,
        static_cuas_location=site,
        detection=[],
        tracks=tracks,
    )


def _targets(document: Document) -> Iterator[tuple[int, str, list[Record]]]:
    """Every target that has a number: ours, its name, its records by time."""
    records: dict[int, list[Record]] = {}
    names: dict[int, str] = {}
    parts: Iterable[wire.Detection | wire.Track] = [*document.tracks, *document.detection]
    for part in parts:
        if part.uas_id is not None:
            records.setdefault(part.uas_id, []).extend(part.records)
            names.setdefault(part.uas_id, part.name or f"UAS {part.uas_id}")
    for place, uas_id in enumerate(sorted(records)):
        number = uas_id if uas_id < 2**62 else 2**62 + place  # theirs may need 64 bits without sign
        yield number, names[uas_id], sorted(records[uas_id], key=lambda r: r.time)


def _place(record: Record, static: wire.Place, undulation_m: float | None) -> Numbers | None:
    """Latitude and longitude, deg, height above the ellipsoid, m, NaN unknown; None without a place."""
    over_m = math.nan if undulation_m is None else undulation_m
    at = record.location
    if isinstance(at, wire.Place3d):
        return at.lat, at.lon, at.height_amsl + over_m
    if isinstance(at, wire.Place2d):
        return at.lat, at.lon, math.nan
    if not isinstance(at, wire.BearingElevationDistance):
        return None
    system = record.cuas_location or static
    bearing, elevation = math.radians(at.bearing), math.radians(at.elevation)
    flat_m = at.distance * math.cos(elevation)
    enu = [[flat_m * math.sin(bearing), flat_m * math.cos(bearing), at.distance * math.sin(elevation)]]
    origin = np.array([system.lat, system.lon, system.height_amsl])
    lat, lon, height = geodetic_from_enu(origin, np.array(enu))[0].tolist()
    return lat, lon, height + over_m


def _velocity(record: Record) -> Numbers:
    v = record.velocity
    return (math.nan,) * 3 if v is None else (v.east, v.north, v.up)


def _by_second(flown: NDArray[np.float64], number: int, name: str, kind: str) -> NDArray[np.void]:
    """Rows at whole seconds from (k, 7): UTC ms, place, velocity; by time."""
    time_s = flown[:, 0] / 1e3
    seconds = np.arange(math.ceil(time_s[0]), math.floor(time_s[-1]) + 1)
    before, after = np.searchsorted(time_s, seconds, side="right") - 1, np.searchsorted(time_s, seconds)
    seconds = seconds[time_s[after] - time_s[before] <= _GAP_S]  # a record at the very second has no gap
    out = np.zeros(len(seconds), TRUTH_ROW)
    out["time_ns"], out["id"], out["name"], out["class"] = seconds * _NS_PER_S, number, name, kind
    fields = ("lat_deg", "lon_deg", "alt_m", "v_east", "v_north", "v_up")
    for field, values in zip(fields, flown[:, 1:].T, strict=True):
        out[field] = np.interp(seconds, time_s, values)
    return out


def _alarms(alerts: NDArray[np.void]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether any alert of one track (a,) stands and how sure the surest is, before all and after each."""
    standing: dict[tuple[str, str], float] = {}
    active, certainty = [False], [0.0]
    for alert in alerts:
        key = str(alert["rule"]), str(alert["zone"])
        if alert["state"] == "cleared":
            standing.pop(key, None)
        else:  # an alert that does not say how sure it is has been raised all the same
            standing[key] = float(np.nan_to_num(alert["probability"], nan=1.0))
        active.append(bool(standing))
        certainty.append(min(max(standing.values(), default=0.0), 1.0))
    return np.array(active), np.array(certainty)


def _classification(name: str) -> wire.Classification:
    return "UAV" if name in (*UAS, ANY_UAS) else "Other" if name else "Unknown"


def _location(point: np.void, undulation_m: float | None) -> wire.Location:
    lat, lon, alt_m = float(point["lat_deg"]), float(point["lon_deg"]), float(point["alt_m"])
    if undulation_m is None or not math.isfinite(alt_m):
        return wire.Place2d(lat, lon)
    return wire.Place3d(lat, lon, alt_m - undulation_m)


def _told_velocity(point: np.void) -> wire.Velocity | None:
    """All three or none: the format has no word for one that is not known."""
    v = [float(point[name]) for name in ("v_east_mps", "v_north_mps", "v_up_mps")]
    return wire.Velocity(*v) if all(math.isfinite(one) for one in v) else None


def _stations(identities: NDArray[np.void]) -> NDArray[np.void]:
    """Where one track's pilot is said to stand: the first time, and whenever that changes."""
    told = identities[np.isfinite(identities["pilot_lat_deg"])]
    new = np.ones(len(told), bool)
    new[1:] = (told["pilot_lat_deg"][1:] != told["pilot_lat_deg"][:-1]) | (
        told["pilot_lon_deg"][1:] != told["pilot_lon_deg"][:-1]
    )
    out: NDArray[np.void] = told[new]
    return out


def _station(row: np.void, number: int) -> TrackingRecord:
    return TrackingRecord(
        classification="GCS",
        record_number=number,
        time=int(row["time_ns"]) // _NS_PER_MS,
        alarm=wire.Alarm(active=False, certainty=0.0),
        location=wire.Place2d(float(row["pilot_lat_deg"]), float(row["pilot_lon_deg"])),
    )
