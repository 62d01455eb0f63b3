"""The life of an alert: raised, acknowledged, escalated, suppressed, cleared.

    ─▶ predicted ─▶ actual ─▶ cleared            what the rule says of the track
         └──── acknowledged, or escalated ────┘   what people say of the alert, or do not say
         └──── suppressed, and told again ────┘

Predicted goes to actual and not back. An acknowledgement is for the state in which it was given: an alert
that becomes actual asks again, as IEC 62682 (2014), 5.2 wants of an alarm that becomes another. An alert
ends when its probability stayed below the lower bar for a while, or its track ended.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np

from vedette.core.alert import Alert, AlertState, Severity
from vedette.core.units import NS_PER_S
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding
from vedette.watch.settings import WatchSettings

Key = tuple[str, int, str]  # rule, track or 0, zone or sensor or empty
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "caution", "warning")
_TOLD_AGAIN_S: Final = 5.0  # a predicted time that moves by more is told
_PAUSE_S: Final = 2.0  # and a change that is none of state no sooner after the last


@dataclass(frozen=True, slots=True)
class Held:
    """One alert that is not cleared.

    alert         as it was last told
    low_since_ns  since when the probability has been low; None it is not
    asked_ns      since when it waits for somebody
    progress      of the finding that was last told
    also          what rules say that it speaks for: rule and reason
    quiet         told as info until it is sure enough to ring
    joined        alert of its rule with which it rang, and under which it is shown
    """

    alert: Alert
    low_since_ns: int | None = None
    asked_ns: int = 0
    progress: int = 0
    also: tuple[tuple[str, str], ...] = ()
    quiet: bool = False
    joined: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """From which probability an alert is raised, and when it ends."""

    raise_from: float
    clear_below: float
    clear_after_s: float


def bars(rule: Rule, settings: WatchSettings) -> Bars:
    """Those of a rule; as [watch] says where it says nothing."""
    common = rule.common
    raise_from = settings.raise_from if common.raise_from is None else common.raise_from
    low = settings.clear_below if common.clear_below is None else common.clear_below
    after_s = settings.clear_after_s if common.clear_after_s is None else common.clear_after_s
    return Bars(raise_from, min(low, raise_from), after_s)


def raised(
    rule: Rule, settings: WatchSettings, found: Finding, row: np.void | None, label: str, alert_id: str,
    now_ns: int,
) -> Held | None:  # fmt: skip
    """A new alert, or None where the finding is not likely enough."""
    if max(found.now, found.ahead) < bars(rule, settings).raise_from:
        return None
    alert = _alert(rule, settings, found, row, label, alert_id, now_ns)
    return Held(
        msgspec.structs.replace(alert, raised_ns=alert.time_ns),
        asked_ns=alert.time_ns,
        progress=found.progress,
        quiet=found.quiet,
    )


def advanced(
    before: Held, rule: Rule, settings: WatchSettings, found: Finding | None, row: np.void | None, label: str,
    now_ns: int,
) -> tuple[Held | None, Alert | None]:  # fmt: skip
    """An alert after one more look, and the change to tell if there is one. found: None does not hold."""
    alert, limits = before.alert, bars(rule, settings)
    now_ns = now_ns if row is None else int(row["time_ns"])
    if found is None or max(found.now, found.ahead) < limits.clear_below:
        since = before.low_since_ns if before.low_since_ns is not None else now_ns
        if now_ns - since >= limits.clear_after_s * NS_PER_S:
            return None, cleared(alert, row, label, now_ns, _ended(alert))
        return replace(before, low_since_ns=since), None
    fresh = replace(before, low_since_ns=None)
    louder = before.quiet and not found.quiet
    rises = louder or (alert.state == "predicted" and found.now >= limits.raise_from)
    found = found if before.quiet else replace(found, quiet=False)  # what has rung does not fall silent
    if not rises and not _worth_telling(before, found, label, now_ns):
        return fresh, None
    newer = _alert(rule, settings, found, row, label, alert.alert_id, now_ns)
    kept = msgspec.structs.replace(
        newer, time_ns=max(newer.time_ns, alert.time_ns), raised_ns=alert.raised_ns, part_of=alert.part_of,
        suppressed_by=alert.suppressed_by, suppressed_why=alert.suppressed_why,
        suppressed_until_ns=alert.suppressed_until_ns,
        reasons=[*newer.reasons, *(why for _, why in before.also)],
    )  # fmt: skip
    if rises:
        if alert.state == "actual":
            kept = msgspec.structs.replace(
                kept, state="actual", severity=usual_severity(rule, "actual"), time_to_entry_s=None
            )
        elif alert.acknowledged_by:
            kept.reasons.append(f"{alert.acknowledged_by} had acknowledged it while it was predicted")
        if kept.suppressed_by:
            kept = msgspec.structs.replace(kept, severity="info")
        return replace(fresh, alert=kept, asked_ns=now_ns, progress=found.progress, quiet=found.quiet), kept
    # A new name or a new time to go is told; the state does not step back.
    kept = msgspec.structs.replace(
        kept, state=alert.state, severity=alert.severity, acknowledged_by=alert.acknowledged_by,
        acknowledged_ns=alert.acknowledged_ns, escalated=alert.escalated,
        time_to_entry_s=kept.time_to_entry_s if alert.state == "predicted" else None,
    )  # fmt: skip
    return replace(fresh, alert=kept, progress=found.progress), kept


def _worth_telling(before: Held, found: Finding, label: str, now_ns: int) -> bool:
    """Whether a person would want to hear the difference."""
    alert = before.alert
    if alert.label != label:
        return True
    if now_ns - alert.time_ns < _PAUSE_S * NS_PER_S:
        return False
    if found.progress != before.progress or tuple(alert.members) != found.members:
        return True
    if found.place is not None and found.place.id != alert.zone:
        return True
    if alert.state != "predicted" or alert.time_to_entry_s is None or math.isnan(found.time_s):
        return False
    told = alert.time_ns + alert.time_to_entry_s * NS_PER_S
    return abs(now_ns + found.time_s * NS_PER_S - told) > _TOLD_AGAIN_S * NS_PER_S


def _ended(alert: Alert) -> str:
    if alert.sensor:
        return "the sensor is believed again"
    return "it left, and keeps away" if alert.kind in ("zone-entry", "airspace") else "it holds no more"


def ended(before: Held, row: np.void, label: str) -> Alert:
    """The last change of an alert whose track ended."""
    return cleared(before.alert, row, label, int(row["time_ns"]), "the track ended")


def cleared(alert: Alert, row: np.void | None, label: str, now_ns: int, why: str) -> Alert:
    """The end of an alert."""
    lat, lon = _place(row) if row is not None else (alert.lat_deg, alert.lon_deg)
    return msgspec.structs.replace(
        alert,
        time_ns=max(alert.time_ns, now_ns if row is None else int(row["time_ns"])),
        state="cleared",
        severity="info",
        probability=0.0,
        lat_deg=lat,
        lon_deg=lon,
        time_to_entry_s=None,
        label=label,
        reasons=[why],
    )


def escalated(before: Held, rule: Rule, now_ns: int, *, spoken_for: bool) -> Held | None:
    """The alert told again because nobody answered in time; None where it may wait.

    spoken_for  another alert, which holds, rings for it
    """
    alert, after_s = before.alert, rule.common.escalate_after_s
    if after_s is None or before.quiet or alert.acknowledged_by or alert.suppressed_by or spoken_for:
        return None
    if alert.escalated >= rule.common.escalate_times or now_ns - before.asked_ns < after_s * NS_PER_S:
        return None
    severity = SEVERITIES[min(SEVERITIES.index(alert.severity) + 1, len(SEVERITIES) - 1)]
    waited = f"nobody has answered for {(now_ns - (alert.raised_ns or before.asked_ns)) / NS_PER_S:.0f} s"
    kept = [why for why in alert.reasons if not why.startswith("nobody has answered")]
    louder = msgspec.structs.replace(
        alert, time_ns=now_ns, severity=severity, escalated=alert.escalated + 1, reasons=[*kept, waited],
        part_of="",
    )  # fmt: skip
    return replace(before, alert=louder, asked_ns=now_ns, joined="")


def usual_severity(rule: Rule, state: AlertState, *, quiet: bool = False) -> Severity:
    """What a rule's alert has in a state, before anybody lets it wait."""
    severity = "info" if quiet else rule.common.severity
    return "caution" if state == "predicted" and severity == "warning" else severity


def _alert(
    rule: Rule, settings: WatchSettings, found: Finding, row: np.void | None, label: str, alert_id: str,
    now_ns: int,
) -> Alert:  # fmt: skip
    """An alert in the state that the finding says."""
    actual = found.now >= bars(rule, settings).raise_from
    state: AlertState = "actual" if actual else "predicted"
    place = found.place
    probability = found.now if actual else found.ahead
    lat, lon = _place(row)
    first = worded(rule, found, label, probability)
    timed = not actual and not math.isnan(found.time_s)
    return Alert(
        alert_id=alert_id,
        time_ns=now_ns if row is None else int(row["time_ns"]),
        track_id=found.track_id,
        rule=rule.name,
        zone=place.id if place is not None else "",
        zone_name=place.name if place is not None else "",
        state=state,
        severity=usual_severity(rule, state, quiet=found.quiet),
        probability=round(min(1.0, probability), 3),
        lat_deg=lat,
        lon_deg=lon,
        time_to_entry_s=round(found.time_s, 1) if timed else None,
        label=label,
        reasons=[first, *found.why[1:]],
        kind=rule.common.kind,
        members=list(found.members),
        sensor=found.sensor,
    )


def worded(rule: Rule, found: Finding, label: str, probability: float) -> str:
    """The first reason, as the rule words it."""
    said = {
        "label": label,
        "zone": found.place.name if found.place is not None else "",
        "why": found.why[0],
        "percent": f"{100 * probability:.0f} %",
    }
    out = rule.common.text
    for name, value in said.items():
        out = out.replace(f"{{{name}}}", value)
    return out


def _place(row: np.void | None) -> tuple[float | None, float | None]:
    return (None, None) if row is None else (float(row["lat_deg"]), float(row["lon_deg"]))
