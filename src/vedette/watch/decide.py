"""What people decide about alerts: acknowledge, suppress, let speak again.

A suppression is about one alert, or all of a track, a zone or a rule; for a time, or until it is ended.
What it is about is held as before, told as of severity info with who does not want to hear of it and why,
and told again when it ends while the rule holds. Every suppression needs a reason.
"""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
from msgspec import Struct

from vedette.core.alert import Alert, Decision, Scope
from vedette.core.units import NS_PER_S
from vedette.watch.life import Held, Key, usual_severity
from vedette.watch.rule import Rule

MOST: int = 200  # suppressions at a time
LONGEST_S: float = 7.0 * 86_400.0


class Suppression(Struct, frozen=True, kw_only=True):
    """What somebody does not want to hear of. Only the field that scope names counts.

    until_ns  UTC; None until somebody ends it, or what it is about does
    """

    scope: Scope
    author: str
    reason: str
    time_ns: int
    until_ns: int | None
    alert_id: str = ""
    track_id: int = 0
    zone: str = ""
    rule: str = ""

    def covers(self, alert: Alert) -> bool:
        """Whether it is about an alert."""
        if self.scope == "alert":
            return alert.alert_id == self.alert_id
        if self.scope == "track":
            return alert.track_id == self.track_id != 0
        if self.scope == "zone":
            return alert.zone == self.zone != ""
        return alert.rule == self.rule


def refusal(decision: Decision, held: Iterable[Held], suppressions: tuple[Suppression, ...]) -> str:
    """Why a decision cannot be taken, in one line; empty where it can."""
    alert = next((h.alert for h in held if h.alert.alert_id == decision.alert_id), None)
    if alert is None:
        return f"expected an alert that holds, got {decision.alert_id!r}"
    if not decision.author.strip():
        return "expected who decides, got nobody"
    if decision.do == "acknowledge" and alert.acknowledged_by:
        return f"{alert.alert_id} was acknowledged by {alert.acknowledged_by}"
    if decision.do == "unsuppress" and not alert.suppressed_by:
        return f"{alert.alert_id} is not suppressed"
    if decision.do != "suppress":
        return ""
    if not decision.reason.strip():
        return "expected a reason for a suppression, got none"
    if decision.scope == "track" and not alert.track_id:
        return "expected an alert of a track, got one of none"
    if decision.scope == "zone" and not alert.zone:
        return "expected an alert of a zone, got one of none"
    if decision.for_s is not None and not 1.0 <= decision.for_s <= LONGEST_S:
        return f"expected 1 to {LONGEST_S:g} s, got {decision.for_s:g}"
    if decision.for_s is None and decision.scope in ("zone", "rule"):
        return f"expected for how long, for a whole {decision.scope}"
    if len(suppressions) >= MOST:
        return f"expected {MOST} suppressions at most at a time: end some"
    return ""


def acknowledged(held: Held, decision: Decision) -> Held:
    """Somebody answers for it."""
    alert = held.alert
    note = [f"{decision.author}: {decision.reason}"] if decision.reason else []
    return replace(
        held,
        alert=msgspec.structs.replace(
            alert,
            time_ns=max(alert.time_ns, decision.time_ns),
            acknowledged_by=decision.author,
            acknowledged_ns=decision.time_ns,
            reasons=[*alert.reasons, *note],
        ),
    )


def suppression(decision: Decision, alert: Alert) -> Suppression:
    """What a decision to suppress an alert is about."""
    until_ns = None if decision.for_s is None else decision.time_ns + round(decision.for_s * NS_PER_S)
    return Suppression(
        scope=decision.scope, author=decision.author, reason=decision.reason, time_ns=decision.time_ns,
        until_ns=until_ns, alert_id=alert.alert_id, track_id=alert.track_id, zone=alert.zone, rule=alert.rule,
    )  # fmt: skip


def living(
    suppressions: tuple[Suppression, ...], now_ns: int, ended: Iterable[Alert]
) -> tuple[Suppression, ...]:
    """Those that still hold; `ended` are alerts that were cleared just now."""
    gone = {alert.alert_id for alert in ended}
    return tuple(
        one
        for one in suppressions
        if (one.until_ns is None or now_ns < one.until_ns)
        and not (one.scope == "alert" and one.alert_id in gone)
    )


def settled(
    held: dict[Key, Held], rules: dict[str, Rule], suppressions: tuple[Suppression, ...], now_ns: int
) -> tuple[dict[Key, Held], list[Alert]]:
    """Every alert suppressed that should be and no other, and the changes to tell."""
    out, changes = held, []
    for key, one in held.items():
        alert = one.alert
        by = next((s for s in suppressions if s.covers(alert)), None)
        if (by is None) == (not alert.suppressed_by):
            continue
        if out is held:
            out = dict(held)
        newer = (
            _suppressed(alert, by, now_ns) if by is not None else _told_again(one, rules.get(key[0]), now_ns)
        )
        out[key] = replace(one, alert=newer, asked_ns=now_ns if by is None else one.asked_ns)
        changes.append(newer)
    return out, changes


def _suppressed(alert: Alert, by: Suppression, now_ns: int) -> Alert:
    return msgspec.structs.replace(
        alert, time_ns=max(alert.time_ns, now_ns), severity="info", suppressed_by=by.author,
        suppressed_why=by.reason, suppressed_until_ns=by.until_ns,
    )  # fmt: skip


def _told_again(held: Held, rule: Rule | None, now_ns: int) -> Alert:
    alert = held.alert
    severity = usual_severity(rule, alert.state, quiet=held.quiet) if rule is not None else alert.severity
    return msgspec.structs.replace(
        alert, time_ns=max(alert.time_ns, now_ns), severity=severity, suppressed_by="", suppressed_why="",
        suppressed_until_ns=None,
    )  # fmt: skip
