"""Alerts of before a start: their tracks have gone with their numbers, so they are over."""

from datetime import UTC, datetime
from typing import Literal

from vedette.core.alert import Alert
from vedette.core.units import NS_PER_S
from vedette.watch.life import cleared


def ended(alert: Alert, what: Literal["node", "tracker"], at_ns: int, now_ns: int) -> Alert:
    """The last change of an alert that was raised before a start.

    what    started again
    at_ns   UTC of that start
    now_ns  UTC
    """
    at = datetime.fromtimestamp(at_ns / NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%S")
    since = "not seen since; what flies there now has a new number" if alert.track_id else "not told since"
    why = f"the {what} was started again at {at} UTC; {since}"
    return cleared(alert, None, alert.label, now_ns, why)
