"""One second of advice: what was seen and not seen, what that makes of an airport, and what would change it.

`step` carries every contact on (`respond.contacts`), asks whether one is in the zones and whether one is by a
runway, and advises. Advice turns to the worse as soon as a limit is passed, and to the better when the
probability has been below `reopen_below`, its upper end below twice that, for `hold_s`: it does not flicker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.advice import Action, Advice, ClosureDecision, Contact, Estimate, Level, State, Watcher
from vedette.core.alert import Alert
from vedette.core.identity import Identity
from vedette.core.sensor import Doubt, Sensor, SensorStatus
from vedette.core.units import NS_PER_S
from vedette.respond import ahead, words
from vedette.respond.belief import any_of, where
from vedette.respond.contacts import told, update
from vedette.respond.cost import cost
from vedette.respond.ground import log_miss, sight
from vedette.respond.notam import cancel, draft
from vedette.respond.settings import Airport
from vedette.respond.severity import severity
from vedette.respond.state import RespondState, Sight
from vedette.respond.traffic import flights

Array = NDArray[np.float64]

_LONGEST_STEP_S = 60.0  # over longer gaps nobody knows who looked: only time passes
_WORSE: dict[Level, int] = {"open": 0, "restrict": 1, "close": 2}
_COVERED_FROM = 0.2  # detection probability of a look from which a place counts as covered
_DECIDES: dict[str, Level] = {"close": "close", "restrict": "restrict", "reopen": "open", "keep open": "open"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the node knows at one time.

    rows        all tracks, (n,) of TRACK
    identities  by track id
    alerts      open ones, by alert id
    sensors, statuses, doubts  by Sensor.id
    """

    rows: NDArray[np.void]
    identities: Mapping[int, Identity]
    alerts: Mapping[str, Alert]
    sensors: Mapping[str, Sensor]
    statuses: Mapping[str, SensorStatus]
    doubts: Mapping[str, Doubt]


def step(
    state: RespondState, seen: Seen, now_ns: int, *, foresee: bool = True
) -> tuple[RespondState, Advice]:
    """Go on to now_ns. foresee: work out too what would change the advice, which takes longest."""
    dt_s = 0.0 if state.time_ns is None else max(0.0, (now_ns - state.time_ns) / NS_PER_S)
    state = _learnt(state, seen.sensors)
    why_not = {name: _why_not(one.sensor, seen) for name, one in state.sights.items()}
    looking = {name: one for name, one in state.sights.items() if not why_not[name]}
    looks = {name: one.miss for name, one in looking.items()} if dt_s <= _LONGEST_STEP_S else {}
    listeners = frozenset(name for name, one in looking.items() if one.heard_only)
    held = update(
        state.airport, state.model, state.held, seen.rows, seen.identities, seen.alerts, looks, listeners,
        dt_s, now_ns,
    )  # fmt: skip
    people = frozenset(s.id for s in seen.sensors.values() if s.modality == "human")
    contacts = [told(one, state.model, people) for one in held]
    covered = _covered(state, list(looking.values()))
    known = bool(contacts) or covered > 0.0
    there = any_of([c.there for c in contacts]) if known else None
    near = any_of([c.near for c in contacts]) if known else None
    state = _turned(replace(state, held=held, time_ns=now_ns), there, near, now_ns)
    if foresee:
        state = ahead.looked(state, looking, why_not, now_ns)
    return state, _advice(state, seen, contacts, there, near, why_not, covered, now_ns)


def decided(state: RespondState, decision: ClosureDecision) -> RespondState:
    """Take what a person decided."""
    level = _DECIDES[decision.do]
    if level == state.decided.level and state.decided.since_ns is not None:
        return state  # it goes on; the time since when stays
    return replace(state, decided=State(level, decision.time_ns, decision.by))


def _learnt(state: RespondState, sensors: Mapping[str, Sensor]) -> RespondState:
    """With the sensors that are new or stand elsewhere."""
    sights = state.sights
    for cover in state.airport.cover:
        sensor = sensors.get(cover.sensor)
        known = sights.get(cover.sensor)
        if sensor is None or (known is not None and known.sensor == sensor):
            continue
        seen = sight(state.model.ground, cover, sensor)
        if seen is None:
            continue
        share = float((seen[1, state.model.ground.zone] >= _COVERED_FROM).mean())
        made = Sight(sensor, seen, log_miss(seen, cover.every_s), cover.every_s, cover.heard_only, share)
        sights = {**sights, cover.sensor: made}
    return state if sights is state.sights else replace(state, sights=sights, ahead=None)


def _why_not(sensor: Sensor, seen: Seen) -> str:
    """Why a sensor does not look; empty where it does."""
    doubt = seen.doubts.get(sensor.id)
    if doubt is not None:
        return f"not believed, {doubt.condition}"
    status = seen.statuses.get(sensor.id)
    if status is None or status.last_heard_ns is None:
        return "not heard yet"
    if status.health in ("fault", "silent"):
        return status.health if not status.detail else f"{status.health}: {status.detail}"
    return ""


def _covered(state: RespondState, looking: Sequence[Sight]) -> float:
    """Share of the zones where one who looks at whatever is there sees it."""
    zone = state.model.ground.zone
    best = np.zeros(state.model.ground.n)
    for one in looking:
        if not one.heard_only:
            best = np.maximum(best, one.seen[1])
    return float((best[zone] >= _COVERED_FROM).mean()) if zone.any() else 0.0


def _wanted(airport: Airport, level: Level, there: Estimate | None, near: Estimate | None) -> Level:
    """What the probabilities ask for, seen from what is advised."""
    if there is None or near is None:
        return level  # nobody knows better
    if near.p >= airport.close_from:
        return "close"
    if there.p >= airport.restrict_from:
        worse: Level = "restrict"
    else:
        worse = "open"
    if _WORSE[worse] >= _WORSE[level]:
        return worse
    if level == "close" and not _below(airport, near):
        return "close"
    if not _below(airport, there):
        return "restrict"
    return "open"


def _below(airport: Airport, one: Estimate) -> bool:
    return one.p < airport.reopen_below and one.high < 2.0 * airport.reopen_below


def _turned(state: RespondState, there: Estimate | None, near: Estimate | None, now_ns: int) -> RespondState:
    """Advise what is wanted: the worse at once, the better after hold_s."""
    wants = _wanted(state.airport, state.level, there, near)
    since_ns = now_ns if state.since_ns is None else state.since_ns
    if wants == state.level:
        return replace(state, wants=wants, turned_ns=None, since_ns=since_ns)
    turned_ns = state.turned_ns if state.wants == wants and state.turned_ns is not None else now_ns
    worse = _WORSE[wants] > _WORSE[state.level]
    if worse or now_ns - turned_ns >= state.airport.hold_s * NS_PER_S:
        return replace(state, level=wants, wants=wants, turned_ns=None, since_ns=now_ns, ahead=None)
    return replace(state, wants=wants, turned_ns=turned_ns, since_ns=since_ns)


def _action(level: Level, holds: Level) -> Action:
    """What is advised, seen from what holds."""
    if level == "close":
        return "keep closed" if holds == "close" else "close"
    if level == "restrict":
        return "restrict"
    return "keep open" if holds == "open" else "reopen"


def _advice(
    state: RespondState,
    seen: Seen,
    contacts: list[Contact],
    there: Estimate | None,
    near: Estimate | None,
    why_not: Mapping[str, str],
    covered: float,
    now_ns: int,
) -> Advice:
    """All of it in one value."""
    airport, ground = state.airport, state.model.ground
    maps = [where(one.belief) for one in state.held]
    spread = np.minimum(sum(maps[1:], maps[0]), 1.0) if maps else None
    drone = ground.plane(contacts[0].lat_deg, contacts[0].lon_deg) if contacts else None
    holds = state.decided
    closed_min = (
        (now_ns - holds.since_ns) / NS_PER_S / 60.0
        if holds.level == "close" and holds.since_ns is not None
        else 0.0
    )
    level = state.level
    reopen_in_s = state.ahead.reopen_in_s if state.ahead is not None and level != "open" else None
    place = float(ground.origin[0]), float(ground.origin[1])
    notam = draft(airport.icao, airport.fir, place, level, now_ns, reopen_in_s)
    if level == "open" and holds.level != "open":
        notam = cancel(airport.icao, now_ns)
    watchers = [_watcher(one, why_not[name], spread) for name, one in sorted(state.sights.items())]
    return Advice(
        advice_id=f"{airport.icao}-{now_ns // NS_PER_S}",
        airport=airport.icao,
        name=airport.name or airport.icao,
        time_ns=now_ns,
        level=level,
        action=_action(level, holds.level),
        since_ns=now_ns if state.since_ns is None else state.since_ns,
        there=there,
        near=near,
        covered=covered,
        contacts=contacts,
        watchers=watchers,
        flights=flights(ground, seen.rows, seen.identities, spread, drone),
        severity=severity(contacts),
        cost=cost(airport, closed_min),
        reasons=words.reasons(contacts, watchers, there, near, covered, now_ns, bool(ground.ends)),
        changes=list(state.ahead.changes) if state.ahead is not None else [],
        reopen_in_s=reopen_in_s,
        notam=notam,
        state=holds,
    )


def _watcher(one: Sight, why: str, spread: Array | None) -> Watcher:
    """A sensor on the page."""
    total = float(spread.sum()) if spread is not None else 0.0
    sees = float((spread * one.seen).sum()) / total if spread is not None and total > 0.0 else None
    return Watcher(
        sensor=one.sensor.id,
        name=one.sensor.name or one.sensor.id,
        looks=not why,
        cover=one.cover,
        every_s=one.every_s,
        sees_p=sees,
        why=why,
    )
