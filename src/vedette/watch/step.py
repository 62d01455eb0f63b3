"""One step of the watch: which unauthorised drones are in a zone, or will be.

Rule `zone-entry`: a track that counts as an unmanned aircraft and is not authorised there is inside
a zone that applies now (actual), or will be within the horizon if it goes on as it does (predicted).
The alert goes from predicted to actual, and is cleared only when the probability stayed below a
lower bar for a while, so it does not flicker.
"""

import math
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.alert import Alert, AlertState
from vedette.core.classes import Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import AlertLevel, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.inside import entry
from vedette.watch.settings import WatchSettings
from vedette.watch.shape import Shape, active, shapes_of

RULE = "zone-entry"
_STEP_M = 25.0


@dataclass(frozen=True, slots=True)
class Held:
    """One alert that is not cleared. low_since_ns: since when the probability has been low."""

    alert: Alert
    low_since_ns: int | None = None


@dataclass(frozen=True, slots=True)
class WatchState:
    """Zones, and the alerts that hold, by track id and zone id."""

    settings: WatchSettings
    shapes: list[Shape]
    held: dict[tuple[int, str], Held]
    permits: dict[int, list[str]]
    labels: dict[int, str]
    next_id: int = 1


@dataclass(frozen=True, slots=True)
class WatchOutput:
    """What changed: rows with their alert level filled in, and every change of an alert, in order."""

    rows: NDArray[np.void]
    alerts: list[Alert]


def init(zones: list[Zone], settings: WatchSettings | None = None, *, first_id: int = 1) -> WatchState:
    """No alert yet; they count from first_id. Zones of type NO_RESTRICTION are not watched."""
    settings = settings or WatchSettings()
    shapes = [
        shape
        for zone in zones
        if zone.type != "NO_RESTRICTION"
        for shape in shapes_of(zone, settings.undulation_m)
    ]
    return WatchState(settings, shapes, {}, {}, {}, first_id)


def step(
    state: WatchState,
    rows: NDArray[np.void],
    identities: list[Identity],
    permits: dict[int, list[str]],
    tick_ns: int,
) -> tuple[WatchState, WatchOutput]:
    """Watch the tracks that changed.

    rows     (n,) of TRACK, class and authorisation filled in
    permits  zones where authorised tracks may be; empty is everywhere
    """
    held = dict(state.held)
    labels = {**state.labels, **{i.track_id: i.label for i in identities}}
    reasons = {i.track_id: i.reasons for i in identities}
    permits = {**state.permits, **permits}
    out = rows.copy()
    alerts: list[Alert] = []
    next_id = state.next_id
    for i in _worth_watching(out, held, permits):
        row = out[i]
        track_id = int(row["track_id"])
        ended = row["status"] == TrackStatus.ENDED
        chances = {} if ended else _chances(state, row, permits.get(track_id), tick_ns)
        for zone_id in sorted({z for t, z in held if t == track_id} | set(chances)):
            chance = chances.get(zone_id, _NOWHERE)
            before = held.get((track_id, zone_id))
            after, change = _advance(
                state.settings, before, chance, row, ended, labels.get(track_id, f"T{track_id}"),
                reasons.get(track_id, before.alert.reasons[-1:] if before else []), next_id,
            )  # fmt: skip
            if before is None and after is not None:
                next_id += 1
            if after is None:
                held.pop((track_id, zone_id), None)
            else:
                held[track_id, zone_id] = after
            if change is not None:
                alerts.append(change)
        states = [h.alert.state for (t, _), h in held.items() if t == track_id]
        if states:
            row["alert"] = AlertLevel.ACTUAL if "actual" in states else AlertLevel.PREDICTED
    for track_id in out["track_id"][out["status"] == TrackStatus.ENDED].tolist():
        labels.pop(track_id, None)
        permits.pop(track_id, None)
    return replace(state, held=held, labels=labels, permits=permits, next_id=next_id), WatchOutput(
        out, alerts
    )


def _worth_watching(
    rows: NDArray[np.void], held: dict[tuple[int, str], Held], permits: dict[int, list[str]]
) -> list[int]:
    """Rows that a rule could hold for, or holds for."""
    names = np.array([t for t, _ in held] + [t for t, zones in permits.items() if zones], np.uint32)
    mask = (rows["authorisation"] == Authorisation.UNAUTHORISED) | np.isin(rows["track_id"], names)
    return np.flatnonzero(mask).tolist()


@dataclass(frozen=True, slots=True)
class Chance:
    """Probability of being inside now, within the horizon, and the time to it."""

    now: float
    ahead: float
    time_s: float
    zone: Zone | None
    height_known: bool = True


_NOWHERE = Chance(0.0, 0.0, math.nan, None)


def _chances(state: WatchState, row: np.void, permit: list[str] | None, tick_ns: int) -> dict[str, Chance]:
    """How likely the track is in, or is about to be in, each zone where it may not be."""
    authorised = row["authorisation"] == Authorisation.AUTHORISED
    if row["authorisation"] == Authorisation.UNKNOWN or (authorised and not permit):
        return {}
    settings = state.settings
    lat, lon = float(row["lat_deg"]), float(row["lon_deg"])
    velocity = np.array([row["v_east_mps"], row["v_north_mps"]], np.float64)
    speed = float(np.hypot(velocity[0], velocity[1]))
    reach = speed * settings.horizon_s + 3.0 * float(row["sd_major_m"])
    step_s = min(settings.step_s, max(_STEP_M / max(speed, 1.0), 0.1))  # no zone is stepped over
    out: dict[str, Chance] = {}
    for shape in state.shapes:
        zone = shape.zone
        if authorised and permit and zone.id in permit:
            continue
        if not active(zone, tick_ns):
            continue
        place = enu_from_geodetic(shape.origin, np.array([lat]), np.array([lon]), np.zeros(1))[0, :2]
        if math.hypot(place[0], place[1]) > shape.reach_m + reach + 200.0:
            continue
        height = np.array([row["alt_m"], row["v_up_mps"]], np.float64)
        now, ahead, time_s = entry(
            np.ascontiguousarray(place), velocity, _axes(row), float(row["speed_sd_mps"]), height, shape.band,
            shape.vertices, shape.ring_end, shape.circle, settings.horizon_s, step_s,
        )  # fmt: skip
        if authorised:
            # Leave to fly next door: a turn at the edge is not yet a breach.
            ahead, time_s = now, math.nan
        other = out.get(zone.id)
        if other is None or (now, ahead) > (other.now, other.ahead):
            out[zone.id] = Chance(now, ahead, time_s, zone, not math.isnan(height[0]))
    return out


def _axes(row: np.void) -> NDArray[np.float64]:
    """1-sigma of the position along east and along north, from the row's ellipse."""
    angle = math.radians(float(row["sd_angle_deg"]))
    major, minor = float(row["sd_major_m"]), float(row["sd_minor_m"])
    s, c = math.sin(angle), math.cos(angle)
    return np.array([math.hypot(major * s, minor * c), math.hypot(major * c, minor * s)])


def _advance(
    settings: WatchSettings,
    before: Held | None,
    chance: Chance,
    row: np.void,
    ended: bool,
    label: str,
    reasons: list[str],
    number: int,
) -> tuple[Held | None, Alert | None]:
    """The alert's next state, and the change to tell if there is one."""
    now_ns = int(row["time_ns"])
    if before is None:
        if chance.zone is None or max(chance.now, chance.ahead) < settings.raise_from:
            return None, None
        alert = _alert(f"A{number:06d}", chance, row, label, reasons, settings)
        return Held(alert), alert
    alert = before.alert
    if ended:
        return None, _cleared(alert, row, label, "the track ended")
    if max(chance.now, chance.ahead) < settings.clear_below:
        since = before.low_since_ns if before.low_since_ns is not None else now_ns
        if now_ns - since >= settings.clear_after_s * NS_PER_S:
            return None, _cleared(alert, row, label, "it left, and keeps away")
        return replace(before, low_since_ns=since), None
    if alert.state == "predicted" and chance.now >= settings.raise_from:
        risen = _alert(alert.alert_id, chance, row, label, reasons, settings)
        return Held(risen), risen
    renamed = alert.label != label
    moved = alert.state == "predicted" and _moved(alert, chance, now_ns)
    if chance.zone is not None and (renamed or moved):
        # A new name or a new time to go is told; the state does not step back.
        newer = _alert(alert.alert_id, chance, row, label, reasons, settings)
        newer = msgspec.structs.replace(newer, state=alert.state, severity=alert.severity)
        return Held(newer), newer
    return Held(alert), None


def _moved(alert: Alert, chance: Chance, now_ns: int) -> bool:
    """Whether the predicted time of entry differs from what was told by more than five seconds."""
    if alert.time_to_entry_s is None or math.isnan(chance.time_s):
        return False
    told = alert.time_ns + alert.time_to_entry_s * NS_PER_S
    return abs(now_ns + chance.time_s * NS_PER_S - told) > 5 * NS_PER_S


def _alert(
    alert_id: str, chance: Chance, row: np.void, label: str, reasons: list[str], settings: WatchSettings
) -> Alert:
    """An alert in the state that the chance says."""
    zone = chance.zone
    if zone is None:
        raise ValueError("an alert needs a zone")
    actual = chance.now >= settings.raise_from
    state: AlertState = "actual" if actual else "predicted"
    kind = {"PROHIBITED": "prohibited", "REQ_AUTHORIZATION": "by authorisation only"}.get(
        zone.type, "conditional"
    )
    if actual:
        why = f"inside {zone.name} ({kind}), {100 * chance.now:.0f} %"
    else:
        odds = f"{100 * chance.ahead:.0f} %"
        why = f"will enter {zone.name} ({kind}) in {chance.time_s:.0f} s if it goes on, {odds}"
    height = [] if chance.height_known else ["its height is not known: any height was taken to count"]
    return Alert(
        alert_id=alert_id,
        time_ns=int(row["time_ns"]),
        track_id=int(row["track_id"]),
        rule=RULE,
        zone=zone.id,
        zone_name=zone.name,
        state=state,
        severity="warning" if actual else "caution",
        probability=round(chance.now if actual else chance.ahead, 3),
        lat_deg=float(row["lat_deg"]),
        lon_deg=float(row["lon_deg"]),
        time_to_entry_s=None if actual else round(chance.time_s, 1),
        label=label,
        reasons=[why, *height, *reasons[:1]],
    )


def _cleared(alert: Alert, row: np.void, label: str, why: str) -> Alert:
    """The end of an alert."""
    return msgspec.structs.replace(
        alert,
        time_ns=int(row["time_ns"]),
        state="cleared",
        severity="info",
        probability=0.0,
        lat_deg=float(row["lat_deg"]),
        lon_deg=float(row["lon_deg"]),
        time_to_entry_s=None,
        label=label,
        reasons=[why],
    )
