"""One step of the watch: rules over tracks, zones and time to alerts.

Zone entry looks at every change of a track. All other rules look at the whole picture, once a second.

Few alerts that are right: one a track, rule and zone. Where a rule names others in `unless`, and one of
them holds for the same track, what it finds is told among that one's reasons. Alerts of the members of a
swarm or a formation carry the number of its alert in `part_of`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.alert import Alert, Decision
from vedette.core.claim import Claim
from vedette.core.classes import Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import TrackStatus
from vedette.core.sensor import Doubt
from vedette.core.zone import Zone
from vedette.watch import decide
from vedette.watch.decide import Suppression
from vedette.watch.desk import Desk
from vedette.watch.detect import table, zone_entry
from vedette.watch.kinds import ZoneEntry
from vedette.watch.known import Known, Said, heard, identified
from vedette.watch.life import Held, Key
from vedette.watch.past import Past, empty, sampled
from vedette.watch.places import Place, places_of
from vedette.watch.remember import Memory
from vedette.watch.rule import Rule, RuleSet, entry_alone
from vedette.watch.scene import Scene, scene
from vedette.watch.settings import WatchSettings

RULE = "zone-entry"
_UNKNOWN_DRONE = 0.5  # class probability from which an open authorisation is looked at more closely


@dataclass(frozen=True, slots=True)
class WatchState:
    """Rules and places, the alerts that hold, and what is remembered of tracks.

    origin     of the plane, lat deg, lon deg, m; None before the first track
    raised_ns  when each rule's alerts of the last hour were raised; ended_ns: when an alert of a key ended
    held_back  alerts that were not raised for the rule's limit, by rule
    unplaced   tracks that nobody measures now: they are seen or heard in one direction
    """

    settings: WatchSettings
    rules: RuleSet
    zones: tuple[Zone, ...]
    places: tuple[Place, ...]
    held: Mapping[Key, Held] = field(default_factory=dict)
    known: dict[int, Known] = field(default_factory=dict)
    said: dict[int, Said] = field(default_factory=dict)
    permits: Mapping[int, list[str]] = field(default_factory=dict)
    doubts: dict[str, Doubt] = field(default_factory=dict)
    past: Past = field(default_factory=empty)
    memory: Memory = field(default_factory=Memory)
    unplaced: frozenset[int] = frozenset()
    suppressions: tuple[Suppression, ...] = ()
    origin: tuple[float, float, float] | None = None
    raised_ns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ended_ns: Mapping[Key, int] = field(default_factory=dict)
    held_back: Mapping[str, int] = field(default_factory=dict)
    next_id: int = 1


@dataclass(frozen=True, slots=True)
class WatchOutput:
    """What changed: rows with their alert level filled in, and every change of an alert, in order."""

    rows: NDArray[np.void]
    alerts: list[Alert]


def init(
    zones: list[Zone],
    settings: WatchSettings | None = None,
    *,
    rules: RuleSet | None = None,
    first_id: int = 1,
) -> WatchState:
    """No alert yet; they count from first_id. Zones of type NO_RESTRICTION are not watched.

    rules  None: zone entry alone
    """
    settings, rules = settings or WatchSettings(), rules or entry_alone()
    places = places_of(zones, rules.sites, settings.undulation_m)
    return WatchState(settings, rules, tuple(zones), places, next_id=first_id)


def with_rules(state: WatchState, rules: RuleSet) -> WatchState:
    """The same watch by other rules. Alerts of rules that are gone end with the next look."""
    places = places_of(list(state.zones), rules.sites, state.settings.undulation_m)
    return replace(state, rules=rules, places=places)


def step(
    state: WatchState,
    rows: NDArray[np.void],
    identities: Sequence[Identity],
    permits: Mapping[int, list[str]],
    tick_ns: int,
    *,
    hits: Sequence[tuple[int, int, Claim]] = (),
    doubts: dict[str, Doubt] | None = None,
    whole: bool = False,
    unplaced: frozenset[int] = frozenset(),
) -> tuple[WatchState, WatchOutput]:
    """Watch the tracks that changed.

    rows     (n,) of TRACK, class and authorisation filled in
    permits  zones where authorised tracks may be; empty is everywhere
    hits     (track id, heard_ns, claim) of what was said of tracks
    doubts   all sensors that are not believed; None: as before
    whole    rows are all that is shown: rules that look at the whole picture do so
    unplaced tracks of rows that nobody measures now
    """
    state = replace(
        state,
        known=identified(state.known, identities),
        said=heard(state.said, hits),
        permits={**state.permits, **permits} if permits else state.permits,
        doubts=state.doubts if doubts is None else doubts,
        unplaced=_unplaced(state.unplaced, rows, unplaced),
        origin=state.origin or _origin(rows),
    )
    desk = Desk(
        state.settings, state.held, state.suppressions, state.raised_ns, state.ended_ns, state.held_back,
        state.next_id,
    )  # fmt: skip
    out = rows.copy()
    gone = out["status"] == TrackStatus.ENDED
    used = {rule.name: rule for rule in state.rules.used()}
    _entries(state, desk, out[~gone], tick_ns)
    if whole:
        state = _whole(state, desk, out[~gone], used, tick_ns)
    for row in out[gone]:
        desk.track_ended(row, state.known)
    state = _forgotten(state, out["track_id"][gone].tolist())
    levels = desk.levels()
    for i in np.flatnonzero(np.isin(out["track_id"], np.array([*levels], np.uint32))).tolist():
        if not gone[i]:
            out["alert"][i] = levels[int(out["track_id"][i])]
    state = replace(
        state, held=desk.held, suppressions=desk.suppressions, raised_ns=desk.raised_ns,
        ended_ns=desk.ended_ns, held_back=desk.held_back, next_id=desk.next_id,
    )  # fmt: skip
    return state, WatchOutput(out, desk.alerts)


def decided(state: WatchState, decision: Decision) -> tuple[WatchState, list[Alert], str]:
    """Take what somebody decided: the new state, the changes to tell, and in one line why not, if not."""
    refusal = decide.refusal(decision, state.held.values(), state.suppressions)
    if refusal:
        return state, [], refusal
    key = next(k for k, h in state.held.items() if h.alert.alert_id == decision.alert_id)
    held, suppressions = dict(state.held), state.suppressions
    if decision.do == "acknowledge":
        with_it = [
            k for k, h in held.items() if h.joined == decision.alert_id and not h.alert.acknowledged_by
        ]
        held |= {k: decide.acknowledged(held[k], decision) for k in (key, *with_it)}
        return replace(state, held=held), [held[k].alert for k in (key, *with_it)], ""
    alert = held[key].alert
    if decision.do == "suppress":
        suppressions = (*suppressions, decide.suppression(decision, alert))
    else:
        suppressions = tuple(one for one in suppressions if not one.covers(alert))
    rules = {rule.name: rule for rule in state.rules.rules}
    after, changes = decide.settled(held, rules, suppressions, decision.time_ns)
    return replace(state, held=after, suppressions=suppressions), changes, ""


def _origin(rows: NDArray[np.void]) -> tuple[float, float, float] | None:
    return (float(rows["lat_deg"][0]), float(rows["lon_deg"][0]), 0.0) if len(rows) else None


def _scene(state: WatchState, rows: NDArray[np.void], tick_ns: int) -> Scene:
    """Rows as rules look at them."""
    grounds = [place.ground_m for place in state.places if place.ground_m is not None]
    ground_m = min(grounds, default=None) if state.rules.ground_m is None else state.rules.ground_m
    return scene(
        rows, tick_ns, np.array(state.origin or (0.0, 0.0, 0.0)), ground_m, state.past, state.memory,
        state.places, state.known, state.said, state.doubts, state.unplaced,
    )  # fmt: skip


def _entries(state: WatchState, desk: Desk, rows: NDArray[np.void], tick_ns: int) -> None:
    """Rules of zone entry, over the rows that they could hold for, or hold for."""
    rules = [(rule, rule.what) for rule in state.rules.used() if isinstance(rule.what, ZoneEntry)]
    of_rules = {rule.name for rule, _ in rules}
    held = [track_id for name, track_id, _ in desk.held if name in of_rules]
    there = rows[_worth_watching(rows, [*held, *(t for t, zones in state.permits.items() if zones)])]
    if not len(there):
        return
    look = _scene(state, there, tick_ns)
    for rule, what in rules:
        found = zone_entry.find(rule, what, look, state.settings, state.permits)
        desk.take(rule, found, look, {*look.ids}, by_zone=True)


def _worth_watching(rows: NDArray[np.void], ids: Sequence[int]) -> NDArray[np.bool_]:
    """Rows that a rule of entry could hold for, or holds for."""
    leave = rows["authorisation"]
    open_yet = (leave == Authorisation.UNKNOWN) & (rows["class_probability"] >= _UNKNOWN_DRONE)
    out: NDArray[np.bool_] = (
        (leave == Authorisation.UNAUTHORISED) | open_yet | np.isin(rows["track_id"], np.array(ids, np.uint32))
    )
    return out


def _whole(
    state: WatchState, desk: Desk, rows: NDArray[np.void], used: dict[str, Rule], tick_ns: int
) -> WatchState:
    """Rules over the whole picture, what they remember, and what time alone does to alerts."""
    look = _scene(state, rows, tick_ns)
    places = np.column_stack((look.place, rows["alt_m"].astype(np.float64)))
    past = sampled(state.past, look.ids, places, look.seen, tick_ns)
    look = replace(look, past=past)
    look = replace(look, memory=table.remember(state.rules, look))
    for rule in used.values():
        if isinstance(rule.what, ZoneEntry):
            continue
        by_zone = rule.common.kind == "airspace"
        desk.take(rule, table.find(rule, look, state.settings), look, None, by_zone=by_zone)
    state = replace(state, past=past, memory=look.memory)
    desk.time_passes(used, tick_ns)
    return state


def _unplaced(before: frozenset[int], rows: NDArray[np.void], now: frozenset[int]) -> frozenset[int]:
    """Tracks that nobody measures, with those that changed as they are now."""
    return (before - set(rows["track_id"].tolist())) | now if before or now else before


def _forgotten(state: WatchState, ended: list[int]) -> WatchState:
    """Without what tracks had that have ended."""
    if not ended:
        return state
    gone = set(ended)
    return replace(
        state,
        known={k: v for k, v in state.known.items() if k not in gone},
        said={k: v for k, v in state.said.items() if k not in gone},
        permits={k: v for k, v in state.permits.items() if k not in gone},
        unplaced=state.unplaced - gone,
    )
