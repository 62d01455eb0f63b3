"""What was seen and may be a drone without leave: from the first sighting until it has surely gone.

A track becomes a contact where it is in the airport's zones, or an open alert says that it will be, with a
probability of being a drone without leave of `contact_from` or more. It is seen while the track is fed;
from then on it is a belief (`respond.belief`). A new track near where a lost one was takes its place: a drone
that comes back under another number is the same drone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.advice import Contact
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES, UAS
from vedette.core.identity import Identity
from vedette.core.picture import UNKNOWN_CLASS, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.respond.belief import Belief, Model, estimate, older, seen, unseen
from vedette.respond.ground import TOP_M
from vedette.respond.settings import Airport

Array = NDArray[np.float64]

FRESH_S: Final = 5.0  # so long after its newest bytes a track counts as seen
_SMOOTH_S: Final = 5.0
_SAME_M: Final = 400.0
_SAME_MPS: Final = 15.0
_SAME_S: Final = 300.0
_GONE_BELOW: Final = 0.003
_FORGET_FLIGHTS: Final = 3.0  # scales of a flight's length, after which nothing is left of a contact
_MOST: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One contact. was_p is smoothed over some seconds: one odd judgement makes no drone."""

    track_id: int
    first_ns: int
    last_ns: int
    lat_deg: float
    lon_deg: float
    alt_m: float
    was_p: float
    seen_now: bool
    sensors: frozenset[str]
    identity: Identity | None
    belief: Belief


def is_drone(row: np.void, identity: Identity | None) -> float:
    """That a track is there and a drone without leave. row of TRACK."""
    if identity is None or not identity.classes:
        index = int(row["class_index"])
        uas = float(row["class_probability"]) if index != UNKNOWN_CLASS and CLASSES[index] in UAS else 0.0
        return float(row["existence"]) * uas
    uas = sum(identity.classes.get(name, 0.0) for name in UAS)
    doubt = max((d.probability for d in identity.doubts), default=0.0)
    leave = 1.0 - doubt if identity.authorisation == "authorised" else 0.0
    there = float(row["existence"])
    if identity.evidence == "claims-only":
        there *= 1.0 - doubt  # nobody but itself says that it is there
    return there * uas * (1.0 - leave)


def update(
    airport: Airport,
    model: Model,
    held: tuple[Held, ...],
    rows: NDArray[np.void],
    identities: Mapping[int, Identity],
    alerts: Mapping[str, Alert],
    looks: Mapping[str, Array],
    listeners: frozenset[str],
    dt_s: float,
    now_ns: int,
) -> tuple[Held, ...]:
    """Contacts at now_ns, from those dt_s before.

    rows       all tracks, (n,) of TRACK
    alerts     open ones, by id
    looks      log_miss of each sensor that works and looks, by Sensor.id
    listeners  those of them that count only for what they have heard before
    """
    fresh = rows[(rows["status"] != TrackStatus.ENDED) & (now_ns - rows["heard_ns"] <= FRESH_S * NS_PER_S)]
    at = {int(row["track_id"]): row for row in fresh}
    out: list[Held] = []
    for one in held:
        row = at.pop(one.track_id, None)
        identity = identities.get(one.track_id, one.identity)
        now = (
            _unseen(model, one, looks, listeners, dt_s)
            if row is None
            else _seen(model, one, row, identity, dt_s, now_ns)
        )
        if _worth(airport, model, now, now_ns):
            out.append(now)
    for track_id, row in at.items():
        begun = _begun(airport, model, row, identities.get(track_id), alerts, now_ns)
        if begun is not None:
            before = _same(model, out, begun)
            if before is not None:
                out.remove(before)
                begun = replace(begun, first_ns=before.first_ns, sensors=begun.sensors | before.sensors,
                                belief=older(begun.belief, before.belief.age_s))  # fmt: skip
            out.append(begun)
    out.sort(key=lambda one: (-one.was_p * float(one.belief.b[0].sum()), one.track_id))
    return tuple(out[:_MOST])


def log_miss_of(
    one: Held, looks: Mapping[str, Array], listeners: frozenset[str], without: str = ""
) -> Array | None:
    """All who would see one contact, as one."""
    parts = [
        miss
        for sensor, miss in looks.items()
        if sensor != without and (sensor not in listeners or sensor in one.sensors)
    ]
    return sum(parts[1:], parts[0]) if parts else None


def height(model: Model, row: np.void) -> tuple[float, float]:
    """Height, m above the ground, and its standard deviation; NaN where the track tells none."""
    return float(row["alt_m"]) - float(model.ground.origin[2]), float(row["alt_sd_m"])


def _begun(
    airport: Airport,
    model: Model,
    row: np.void,
    identity: Identity | None,
    alerts: Mapping[str, Alert],
    now_ns: int,
) -> Held | None:
    """A contact out of a track, where it is one."""
    was_p = is_drone(row, identity)
    if was_p < airport.contact_from:
        return None
    track_id = int(row["track_id"])
    place = model.ground.plane(float(row["lat_deg"]), float(row["lon_deg"]))
    cell = model.ground.cell(*place)
    above_m = height(model, row)[0]
    inside = cell is not None and bool(model.ground.zone[cell]) and not above_m > 3.0 * TOP_M
    warned = any(a.track_id == track_id and a.zone in airport.zones for a in alerts.values())
    if not inside and not warned:
        return None
    blank = Held(
        track_id=track_id,
        first_ns=now_ns,
        last_ns=now_ns,
        lat_deg=math.nan,
        lon_deg=math.nan,
        alt_m=math.nan,
        was_p=was_p,
        seen_now=True,
        sensors=frozenset(),
        identity=identity,
        belief=Belief(np.zeros(0), np.zeros(0), 0.0, 0.0),
    )
    return _seen(model, blank, row, identity, 0.0, now_ns)


def _seen(model: Model, one: Held, row: np.void, identity: Identity | None, dt_s: float, now_ns: int) -> Held:
    """The track is fed."""
    was_p = one.was_p + (is_drone(row, identity) - one.was_p) * -math.expm1(-dt_s / _SMOOTH_S)
    lat, lon = float(row["lat_deg"]), float(row["lon_deg"])
    age_s = (now_ns - one.first_ns) / NS_PER_S
    sd_m = math.hypot(float(row["sd_major_m"]), float(row["sd_minor_m"])) / math.sqrt(2.0)
    place = model.ground.plane(lat, lon)
    return replace(
        one,
        last_ns=now_ns,
        lat_deg=lat,
        lon_deg=lon,
        alt_m=float(row["alt_m"]),
        was_p=was_p,
        seen_now=True,
        sensors=one.sensors | frozenset(identity.sensors if identity else ()),
        identity=identity,
        belief=seen(model, place, sd_m, height(model, row), was_p, age_s),
    )


def _unseen(
    model: Model, one: Held, looks: Mapping[str, Array], listeners: frozenset[str], dt_s: float
) -> Held:
    """It is not in the picture, or nothing is heard of it."""
    belief = unseen(model, one.belief, dt_s, log_miss_of(one, looks, listeners))
    return replace(one, seen_now=False, belief=belief)


def _worth(airport: Airport, model: Model, one: Held, now_ns: int) -> bool:
    """Whether anything is left of a contact."""
    if one.seen_now:
        return one.was_p >= 0.25 * airport.contact_from
    lost_s = (now_ns - one.last_ns) / NS_PER_S
    if lost_s > _FORGET_FLIGHTS * 60.0 * airport.flight_min:
        return False
    return estimate(one.belief, np.ones(model.ground.n, bool)).high >= _GONE_BELOW


def _same(model: Model, held: list[Held], begun: Held) -> Held | None:
    """The lost contact that a new one is likely to be, if there is one: the nearest in reach."""
    best: tuple[float, Held] | None = None
    here = model.ground.plane(begun.lat_deg, begun.lon_deg)
    for one in held:
        gap_s = (begun.last_ns - one.last_ns) / NS_PER_S
        if one.seen_now or gap_s > _SAME_S:
            continue
        there = model.ground.plane(one.lat_deg, one.lon_deg)
        away = math.hypot(here[0] - there[0], here[1] - there[1])
        if away <= _SAME_M + _SAME_MPS * gap_s and (best is None or away < best[0]):
            best = away, one
    return best[1] if best else None


def told(one: Held, model: Model, people: frozenset[str]) -> Contact:
    """What is said of a contact. people: ids of the sensors that are people."""
    identity = one.identity
    kind = max(identity.classes.items(), key=lambda kv: kv[1])[0] if identity and identity.classes else ""
    doubts = [d.probability for d in identity.doubts] if identity else []
    return Contact(
        track_id=one.track_id,
        label=identity.label if identity else f"T{one.track_id}",
        first_seen_ns=one.first_ns,
        last_seen_ns=one.last_ns,
        lat_deg=one.lat_deg,
        lon_deg=one.lon_deg,
        alt_m=None if math.isnan(one.alt_m) else one.alt_m,
        was_p=one.was_p,
        there=estimate(one.belief, model.ground.zone),
        near=estimate(one.belief, model.ground.near),
        seen_now=one.seen_now,
        kind=kind,
        size=identity.size if identity else None,
        sensors=sorted(one.sensors),
        people_only=bool(one.sensors) and one.sensors <= people,
        doubt=max(doubts) if doubts else None,
        reasons=identity.reasons[:3] if identity else [],
    )
