"""The desk of one step: alerts that hold, as they are moved on by what rules find; changes pile up in order.

It lives for one step. What goes in and what comes out are values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from vedette.core.alert import Alert
from vedette.core.picture import AlertLevel
from vedette.core.units import NS_PER_S
from vedette.watch import decide, life, past
from vedette.watch.decide import Suppression
from vedette.watch.known import Known
from vedette.watch.life import Held, Key
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene
from vedette.watch.settings import WatchSettings

_HOUR_NS: Final = 3600 * NS_PER_S
_MOST_ENDED: Final = 4096
_EXISTS: Final = 0.5  # what is less likely there than not begins to ring no more: mostly it has landed
_OF_MANY: Final = ("swarm", "formation", "claimed")
_AT_ONCE_NS: Final = 5 * NS_PER_S  # who enters two zones in that time rings once
_COMPANY_NS: Final = 60 * NS_PER_S  # and who comes with somebody that rang so long ago does not ring


class Desk:
    """Alerts on their way through one step."""

    def __init__(
        self,
        settings: WatchSettings,
        held: Mapping[Key, Held],
        suppressions: tuple[Suppression, ...],
        raised_ns: Mapping[str, tuple[int, ...]],
        ended_ns: Mapping[Key, int],
        held_back: Mapping[str, int],
        next_id: int,
    ) -> None:
        self._settings = settings
        self.held = dict(held)
        self.suppressions = suppressions
        self.raised_ns = raised_ns
        self.ended_ns = ended_ns
        self.held_back = held_back
        self.next_id = next_id
        self.alerts: list[Alert] = []

    def take(
        self, rule: Rule, found: list[Finding], look: Scene, ids: set[int] | None, *, by_zone: bool
    ) -> None:
        """Move one rule's alerts on.

        ids      tracks that the rule looked at; None is all, and what is about no track
        by_zone  a track has an alert for each zone; else one for the rule
        """
        by_key = {self._key(rule, one, by_zone=by_zone): one for one in found}
        mine = [key for key in self.held if key[0] == rule.name and (ids is None or key[1] in ids)]
        spoken: set[Key] = set()
        loud_from = life.bars(rule, self._settings).raise_from
        loudest = {key: one.now >= loud_from and not one.quiet for key, one in by_key.items()}
        for key in sorted({*by_key, *mine}, key=lambda key: (not loudest.get(key, False), key)):
            one = by_key.get(key)
            by = self._speaker(rule, key, one) if one is not None and rule.common.unless else None
            if one is not None and by is not None:
                self._speak(rule, by, one, look.tick_ns)
                spoken.add(by)
                one = None
            self._advance(rule, key, one, look)
        for key, held in list(self.held.items()) if rule.common.unless else ():
            if key not in spoken and any(name == rule.name for name, _ in held.also):
                kept = tuple((name, why) for name, why in held.also if name != rule.name)
                self.held[key] = replace(held, also=kept)

    def track_ended(self, row: np.void, known: Mapping[int, Known]) -> None:
        """All alerts of a track end with it, but for those of many: who is left goes on."""
        track_id = int(row["track_id"])
        alone = [k for k, h in self.held.items() if k[1] == track_id and h.alert.kind not in _OF_MANY]
        for key in alone:
            label = known[track_id].label if track_id in known else f"T{track_id}"
            self._clear(key, life.ended(self.held[key], row, label))
        of_track = [s for s in self.suppressions if s.scope == "track" and s.track_id == track_id]
        if of_track:
            self.suppressions = tuple(s for s in self.suppressions if s not in of_track)

    def time_passes(self, rules: dict[str, Rule], now_ns: int) -> None:
        """What no answer, the end of a suppression, a rule that is gone and company do to alerts."""
        holding = {held.alert.alert_id for held in self.held.values()}
        for key in list(self.held):
            rule = rules.get(key[0])
            if rule is None:
                alert = self.held[key].alert
                gone = life.cleared(alert, None, alert.label, now_ns, "its rule is not used any more")
                self._clear(key, gone)
                continue
            held = self.held[key]
            spoken_for = held.alert.part_of != "" and (not held.joined or held.joined in holding)
            louder = life.escalated(held, rule, now_ns, spoken_for=spoken_for)
            if louder is not None:
                self.held[key] = louder
                self.alerts.append(louder.alert)
        self.suppressions = decide.living(self.suppressions, now_ns, [])
        self.held, changes = decide.settled(self.held, rules, self.suppressions, now_ns)
        self.alerts += changes
        self._group(now_ns)
        if len(self.ended_ns) > _MOST_ENDED:
            newest = sorted(self.ended_ns.items(), key=lambda one: one[1])[-_MOST_ENDED // 2 :]
            self.ended_ns = dict(newest)

    def levels(self) -> dict[int, AlertLevel]:
        """The worst alert of each track that has one which is neither suppressed nor only info."""
        out: dict[int, AlertLevel] = {}
        for held in self.held.values():
            alert = held.alert
            if alert.severity == "info" or not alert.track_id:
                continue
            level = AlertLevel.ACTUAL if alert.state == "actual" else AlertLevel.PREDICTED
            for track_id in (alert.track_id, *(alert.members if alert.kind in _OF_MANY else ())):
                out[track_id] = max(level, out.get(track_id, AlertLevel.NONE))
        return out

    def _key(self, rule: Rule, one: Finding, *, by_zone: bool) -> Key:
        """Of which alert a finding is. A group keeps its alert while one of its members stays."""
        if one.sensor:
            return rule.name, 0, one.sensor
        if rule.common.kind in _OF_MANY:
            ids = {one.track_id, *one.members}
            for key, held in self.held.items():
                if key[0] != rule.name:
                    continue
                if ids & {held.alert.track_id, *held.alert.members}:
                    return key
                # Claims come and go with their transmitter's whims; where they are claimed is what stays.
                if rule.common.kind == "claimed" and one.place and held.alert.zone == one.place.id:
                    return key
        zone = one.place.id if by_zone and one.place is not None else ""
        return rule.name, one.track_id, zone

    def _speaker(self, rule: Rule, key: Key, one: Finding) -> Key | None:
        """The alert of a rule that it gives way to, and that speaks for it; None: it speaks for itself."""
        if max(one.now, one.ahead) < life.bars(rule, self._settings).raise_from:
            return None
        for other, held in self.held.items():
            about = {other[1], *held.alert.members} if held.alert.kind in _OF_MANY else {other[1]}
            if other[0] in rule.common.unless and other != key and one.track_id in about:
                return other
        return None

    def _speak(self, rule: Rule, by: Key, one: Finding, now_ns: int) -> None:
        """Let an alert have the reason of a finding that it speaks for; told when it is new."""
        held = self.held[by]
        why = life.worded(rule, one, held.alert.label, max(one.now, one.ahead))
        also = (*((name, old) for name, old in held.also if name != rule.name), (rule.name, why))
        if any(name == rule.name for name, _ in held.also):
            self.held[by] = replace(held, also=also)
            return
        alert = msgspec.structs.replace(
            held.alert, time_ns=max(held.alert.time_ns, now_ns), reasons=[*held.alert.reasons, why]
        )
        self.held[by] = replace(held, alert=alert, also=also)
        self.alerts.append(alert)

    def _advance(self, rule: Rule, key: Key, one: Finding | None, look: Scene) -> None:
        """One alert, or none yet, by what was found of it."""
        before = self.held.get(key)
        track_id = one.track_id if one is not None else before.alert.track_id if before is not None else 0
        i = look.at.get(track_id)
        row = look.rows[i] if i is not None else None
        label = look.label(track_id) if track_id else (one.sensor if one is not None else key[2])
        if one is not None and row is not None and row["existence"] < _EXISTS:
            if before is None:
                return
            one = replace(one, quiet=True)  # what has rung stays as it is
        if before is None:
            if one is not None:
                self._raise(rule, key, one, row, label, look)
            return
        after, change = life.advanced(before, rule, self._settings, one, row, label, look.tick_ns)
        if after is None and change is not None:
            self._clear(key, change)
        elif after is not None:
            if change is not None:
                after = self._joined(key, after, look) if _may_join(before, after) else after
                self.alerts.append(after.alert)
            self.held[key] = after

    def _raise(
        self, rule: Rule, key: Key, one: Finding, row: np.void | None, label: str, look: Scene
    ) -> None:
        """A new alert, if the rule may have another."""
        now_ns = look.tick_ns
        new = life.raised(rule, self._settings, one, row, label, f"A{self.next_id:06d}", now_ns)
        if new is None:
            return
        since = self.ended_ns.get(key)
        if since is not None and now_ns - since < rule.common.again_after_s * NS_PER_S:
            return
        if rule.common.most_per_hour is not None:
            recent = tuple(t for t in self.raised_ns.get(rule.name, ()) if now_ns - t < _HOUR_NS)
            if len(recent) >= rule.common.most_per_hour:
                self.held_back = {**self.held_back, rule.name: self.held_back.get(rule.name, 0) + 1}
                return
            self.raised_ns = {**self.raised_ns, rule.name: (*recent, now_ns)}
        by = next((s for s in self.suppressions if s.covers(new.alert)), None)
        if by is not None:
            quiet = msgspec.structs.replace(
                new.alert, severity="info", suppressed_by=by.author, suppressed_why=by.reason,
                suppressed_until_ns=by.until_ns,
            )  # fmt: skip
            new = replace(new, alert=quiet)
        new = self._joined(key, new, look)
        self.next_id += 1
        self.held[key] = new
        self.alerts.append(new.alert)

    def _joined(self, key: Key, held: Held, look: Scene) -> Held:
        """An alert that rings now, shown under another that has just rung for the same, as loud.

        Zones lie in each other: who enters three of them at once is one intruder, and rings once. So do
        several that come to one zone together, and that they keep station, until somebody has answered.
        """
        alert = held.alert
        if alert.severity == "info" or not (alert.track_id or alert.members):
            return held
        groups = {one.alert.alert_id for one in self.held.values() if one.alert.kind in _OF_MANY}
        if alert.part_of in groups:
            return held
        by = self._head_of_many(held) if alert.kind in _OF_MANY else self._head(key, held, look)
        return replace(held, alert=msgspec.structs.replace(alert, part_of=by), joined=by)

    def _head(self, key: Key, held: Held, look: Scene) -> str:
        """The alert that has rung for one that is about to; empty where there is none."""
        alert = held.alert
        for k, other, rang in self._as_loud_as(alert):
            if other.alert.kind in _OF_MANY:
                with_it = alert.track_id in _about(other.alert)
            elif k[0] != key[0]:
                with_it = False
            elif k[1] == key[1]:
                with_it = held.asked_ns - other.asked_ns <= _AT_ONCE_NS
            else:
                to_it = other.alert.zone == alert.zone and not other.alert.acknowledged_by
                with_it = to_it and _waits(rang, held) and past.together(look.past, k[1], key[1])
            if with_it:
                return rang.alert.alert_id
        return ""

    def _head_of_many(self, held: Held) -> str:
        """The alert that has just rung for some of those that keep station; empty where there is none."""
        for _, other, rang in self._as_loud_as(held.alert):
            if _waits(rang, held) and _about(other.alert) & _about(held.alert):
                return rang.alert.alert_id
        return ""

    def _as_loud_as(self, alert: Alert) -> Iterator[tuple[Key, Held, Held]]:
        """Other alerts that hold, each with the one that rang for it, where that is no less loud."""
        by_id = {one.alert.alert_id: one for one in self.held.values()}
        for key, other in self.held.items():
            rang = by_id.get(other.alert.part_of, other)
            its_own = alert.alert_id in (other.alert.alert_id, rang.alert.alert_id)
            if not its_own and not rang.alert.part_of and _as_loud(rang.alert, alert):
                yield key, other, rang

    def _clear(self, key: Key, change: Alert) -> None:
        del self.held[key]
        self.ended_ns = {**self.ended_ns, key: change.time_ns}
        self.suppressions = decide.living(self.suppressions, change.time_ns, [change])
        self.alerts.append(change)

    def _group(self, now_ns: int) -> None:
        """Alerts of members of a swarm or a formation say of which: of the largest, as long as that holds.

        One that rang with another is shown where that one is, and for itself when that one fell silent. Where
        that one has ended it is left as it is: it has rung, and rings again only if nobody answers.
        """
        of_many = [h.alert for h in self.held.values() if h.alert.kind in _OF_MANY and not h.joined]
        of_many.sort(key=lambda alert: (len(alert.members), alert.alert_id))
        group = {member: a.alert_id for a in of_many for member in (a.track_id, *a.members)}
        hold = {alert.alert_id for alert in of_many}
        by_id = {held.alert.alert_id: held.alert for held in self.held.values()}
        for key, held in list(self.held.items()):
            alert = held.alert
            if alert.alert_id in hold or alert.part_of in hold:
                continue
            under = by_id.get(held.joined)
            rang = under is None or _as_loud(under, alert)
            head = held.joined if under is None else group.get(under.track_id, held.joined)
            part_of = group.get(alert.track_id, head if rang else "")
            if part_of != alert.part_of:
                told = msgspec.structs.replace(alert, time_ns=max(alert.time_ns, now_ns), part_of=part_of)
                self.held[key] = replace(held, alert=told)
                self.alerts.append(told)


def _may_join(before: Held, after: Held) -> bool:
    """Whether an alert that rings again may be shown under another: not what speaks for others."""
    speaks = before.alert.kind in _OF_MANY and not before.joined and before.alert.severity != "info"
    return after.asked_ns != before.asked_ns and not speaks


def _waits(rang: Held, held: Held) -> bool:
    """Whether one has just rung when another does, and nobody has answered it."""
    return held.asked_ns - rang.asked_ns <= _COMPANY_NS and not rang.alert.acknowledged_by


def _about(alert: Alert) -> set[int]:
    """The tracks that an alert is about."""
    return {alert.track_id, *alert.members} - {0}


def _as_loud(one: Alert, other: Alert) -> bool:
    """Whether one alert rings, and no less than another."""
    if one.suppressed_by or one.severity == "info":
        return False
    return life.SEVERITIES.index(one.severity) >= life.SEVERITIES.index(other.severity)
