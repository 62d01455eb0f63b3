"""What of the alerts becomes entries, and which incident each belongs to.

entered    an alert that is raised; later what changes where it stands: its state, its severity, that somebody
           answered for it, did not want to hear of it, or that nobody answered in time. Not a new probability
           or another time to entry.
opens      an alert that reaches the severity of the settings, and belongs to no open incident
belongs    to the incident that has the alert, or the alert of many that speaks for it, or another alert of
           the same many, or an alert of a track that it is about too

The keeper takes what the ledger holds before it begins, so what comes a second time is not entered twice:
all of the last month, of what is older the openings and closings, and all of incidents that are open.
"""

import re
from collections.abc import Sequence
from typing import Final

from vedette.core.alert import Alert, Decision
from vedette.core.entry import Draft, Entry
from vedette.core.errors import LedgerError
from vedette.core.event import (
    WATCH,
    AlertChanged,
    AlertRaised,
    Closed,
    Decided,
    Event,
    Opened,
    Place,
    draft,
    place_of,
    read,
)
from vedette.incident.settings import IncidentSettings

_RANK: Final = {"info": 0, "caution": 1, "warning": 2}
_MOST_ID_LETTERS: Final = 40
Standing = tuple[object, ...]


def standing(alert: Alert) -> Standing:
    """Where an alert stands: an alert that stands as it did is no news."""
    return (
        alert.state,
        alert.severity,
        alert.acknowledged_by,
        alert.acknowledged_ns,
        alert.suppressed_by,
        alert.suppressed_until_ns,
        alert.escalated,
    )


class Keeper:
    """The state: alerts as they were last entered, and what each open incident is about."""

    def __init__(self, settings: IncidentSettings, node: str, began_ns: int) -> None:
        """Nothing is entered yet.

        began_ns  UTC; alerts from before open no incident: they are over, or somebody saw to them
        """
        self._settings = settings
        self._node = node
        self._began_ns = began_ns
        self._prefix = re.sub(r"[^a-z0-9]+", "-", node.lower()).strip("-")[:_MOST_ID_LETTERS] or "incident"
        self._newest = 0
        self._alerts: dict[str, Alert] = {}
        self._entered: dict[str, set[Standing]] = {}  # by alert, of its newest time
        self._places: dict[str, Place] = {}  # by alert, its newest entry
        self._incident_of: dict[str, str] = {}  # by alert
        self._about: dict[str, set[str]] = {}  # by open incident: what it is about
        self._decided: set[tuple[str | None, int | None, str]] = set()

    # What is in the ledger

    def take(self, entry: Entry) -> None:
        """An entry as the ledger has it, of any node; each once, in order."""
        try:
            event = read(entry.kind, entry.body)
        except LedgerError:
            return
        if isinstance(event, AlertRaised | AlertChanged):
            self._note(event.alert, entry.incident)
            self.placed(entry)
        elif isinstance(event, Decided):
            self._decided.add((event.alert, event.decided_ns, entry.author))
        elif entry.incident is not None:
            self._step(entry.incident, event)

    def placed(self, entry: Entry) -> None:
        """Where the ledger has what was drafted here."""
        event = read(entry.kind, entry.body)
        if isinstance(event, AlertRaised | AlertChanged):
            self._places[event.alert.alert_id] = place_of(entry)

    def _step(self, incident: str, event: Event | None) -> None:
        if isinstance(event, Opened):
            self._about.setdefault(incident, set())
            found = re.fullmatch(re.escape(self._prefix) + r"-(\d{1,9})", incident)
            self._newest = max(self._newest, int(found[1]) if found else 0)
        elif isinstance(event, Closed):
            self._about.pop(incident, None)

    def is_open(self, incident: str) -> bool:
        """Whether alerts may still come to belong to an incident."""
        return incident in self._about

    def reopen(self, incident: str) -> None:
        """The closing of an incident was withdrawn: what it is about belongs to it again."""
        mine = [self._alerts[alert_id] for alert_id, of in self._incident_of.items() if of == incident]
        self._about[incident] = {thing for alert in mine for thing in _things(alert)}

    # What becomes entries

    def alerts(self, alerts: Sequence[Alert]) -> list[Draft]:
        """The entries that changes of alerts make, in order."""
        drafts: list[Draft] = []
        for alert in alerts:
            before = self._alerts.get(alert.alert_id)
            if before is not None and not self._is_news(alert, before):
                continue
            incident = self.incident_of(alert)
            if incident is None and self._opens(alert):
                incident = self.next_id()
                opening = Opened(title_of(alert), alert.kind or alert.rule, self.site_of(alert))
                drafts.append(draft(opening, WATCH, incident))
                self._step(incident, opening)
            event = AlertRaised(alert) if before is None else AlertChanged(alert)
            drafts.append(draft(event, WATCH, incident))
            self._note(alert, incident)
        return drafts

    def decision(self, decision: Decision) -> list[Draft]:
        """The entry that a decision about an alert makes."""
        scope = "" if decision.scope == "alert" else f", and all of its {decision.scope}"
        time = "" if decision.for_s is None else f", for {decision.for_s:g} s"
        known = self._places.get(decision.alert_id)
        event = Decided(
            what=f"{decision.do} alert {decision.alert_id}{scope}{time}",
            knowing=[] if known is None else [known],
            because=decision.reason or None,
            alert=decision.alert_id,
            decided_ns=decision.time_ns,
        )
        if (event.alert, event.decided_ns, decision.author) in self._decided:
            return []
        self._decided.add((event.alert, event.decided_ns, decision.author))
        return [draft(event, decision.author, self._incident_of.get(decision.alert_id))]

    def has_decided(self, decided_ns: int, author: str) -> bool:
        """Whether the record has what somebody decided at a time, of no alert."""
        return (None, decided_ns, author) in self._decided

    def opening(self, event: Opened, author: str, alert_id: str) -> list[Draft]:
        """The entries by which a person opens an incident, about an alert where one is named.

        LedgerError where the alert is not known, or is in an incident that is open.
        """
        drafts = []
        incident = f"{self._prefix}-{self._newest + 1}"
        if alert_id:
            alert = self._alerts.get(alert_id)
            if alert is None:
                raise LedgerError(f"expected an alert of the record, got {alert_id!r}")
            held = self.incident_of(alert)
            if held is not None:
                raise LedgerError(f"alert {alert_id} is in incident {held} already")
            drafts.append(draft(AlertRaised(alert), WATCH, incident))
        drafts.insert(0, draft(event, author, incident))
        return drafts

    def next_id(self) -> str:
        """The id of the next incident of this node."""
        self._newest += 1
        return f"{self._prefix}-{self._newest}"

    def incident_of(self, alert: Alert) -> str | None:
        """The incident that an alert belongs to.

        It stays with the one that it was entered in, also when that is closed; but an alert that was
        predicted when its incident was closed, and came true, is a new matter.
        """
        own = self._incident_of.get(alert.alert_id)
        before = self._alerts.get(alert.alert_id)
        came_true = before is not None and (before.state, alert.state) == ("predicted", "actual")
        if own is not None and (own in self._about or not came_true):
            return own
        things = _things(alert)
        return next((incident for incident, about in self._about.items() if about & things), None)

    def recall(self, entry: Entry) -> None:
        """Take an older entry about an alert, unless more is known of that alert."""
        event = read(entry.kind, entry.body)
        if isinstance(event, AlertRaised | AlertChanged) and event.alert.alert_id not in self._alerts:
            self.take(entry)

    def left_over(self) -> list[Alert]:
        """Alerts of this node from before it began that nobody has ended, the oldest first."""
        mine = [
            alert
            for alert_id, alert in self._alerts.items()
            if alert.state != "cleared"
            and alert.time_ns < self._began_ns
            and self._places[alert_id].node == self._node
        ]
        return sorted(mine, key=lambda alert: (alert.time_ns, alert.alert_id))

    def forget(self, before_ns: int) -> None:
        """Let go of decisions that are older, and of alerts that ended before and are in no open incident."""
        for alert_id, alert in list(self._alerts.items()):
            over = alert.state == "cleared" and alert.time_ns < before_ns
            if over and self._incident_of.get(alert_id) not in self._about:
                for kept in (self._alerts, self._entered, self._places, self._incident_of):
                    kept.pop(alert_id, None)
        self._decided = {one for one in self._decided if one[1] is not None and one[1] >= before_ns}

    def site_of(self, alert: Alert) -> str | None:
        """The kind of site that an alert is about, as far as the settings say."""
        return self._settings.sites.get(alert.zone, self._settings.site)

    def _opens(self, alert: Alert) -> bool:
        if self._settings.open_from == "off" or alert.state == "cleared" or alert.suppressed_by:
            return False
        return alert.time_ns >= self._began_ns and _RANK[alert.severity] >= _RANK[self._settings.open_from]

    def _is_news(self, alert: Alert, before: Alert) -> bool:
        if alert.time_ns < before.time_ns or standing(alert) == standing(before):
            return False
        same_time = alert.time_ns == before.time_ns
        return not (same_time and standing(alert) in self._entered[alert.alert_id])

    def _note(self, alert: Alert, incident: str | None) -> None:
        before = self._alerts.get(alert.alert_id)
        if before is not None and before.time_ns > alert.time_ns:
            return
        entered = self._entered.setdefault(alert.alert_id, set())
        if before is None or before.time_ns != alert.time_ns:
            entered.clear()
        entered.add(standing(alert))
        self._alerts[alert.alert_id] = alert
        if incident is not None:
            self._incident_of[alert.alert_id] = incident
            if incident in self._about:
                self._about[incident] |= _things(alert)


def _things(alert: Alert) -> set[str]:
    """What an alert is about, by which alerts are kept together."""
    things = {f"alert {alert.alert_id}"}
    if alert.part_of:
        things.add(f"alert {alert.part_of}")
    things |= {f"track {track}" for track in (alert.track_id, *alert.members) if track}
    return things


def title_of(alert: Alert) -> str:
    """What an incident that an alert opens is called."""
    rule = (alert.kind or alert.rule).replace("-", " ").replace("_", " ")
    where = alert.zone_name or alert.zone or alert.sensor
    who = alert.label or (f"track {alert.track_id}" if alert.track_id else "")
    words = f"{rule[:1].upper()}{rule[1:]}" + (f": {who}" if who else "") + (f", {where}" if where else "")
    return words[:200]
