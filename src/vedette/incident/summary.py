"""An incident in a line of a list."""

from typing import Final

from vedette.core.alert import Severity
from vedette.core.event import Seen
from vedette.core.incident import IncidentSummary
from vedette.incident.project import Incident

_SEVERITIES: Final[tuple[Severity, ...]] = ("warning", "caution", "info")


def summarise(incident: Incident) -> IncidentSummary:
    """The summary of an incident."""
    holding = [alert for alert in incident.alerts if alert.state != "cleared"]
    severities = {alert.severity for alert in holding}
    waiting = [task for task in incident.tasks if task.done is None]
    up_to: dict[str, int] = {}
    for line in incident.record:
        if not isinstance(line.event, Seen):
            up_to[line.place.node] = max(up_to.get(line.place.node, 0), line.place.seq)
    return IncidentSummary(
        id=incident.id,
        state=incident.state,
        title=incident.title,
        what=incident.what,
        site=incident.site,
        in_charge=incident.in_charge,
        opened_ns=incident.opened_ns,
        changed_ns=incident.changed_ns,
        severity=next((one for one in _SEVERITIES if one in severities), None),
        alerts=[alert.alert_id for alert in incident.alerts],
        holding=len(holding),
        tasks_open=len(waiting),
        tasks_done=len(incident.tasks) - len(waiting),
        due_ns=min((task.due_ns for task in waiting if task.due_ns is not None), default=None),
        attached=len(incident.attached),
        entries=len(incident.record),
        up_to=up_to,
        seen=incident.seen,
    )
