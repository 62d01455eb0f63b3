"""Alerts: a rule that holds for a track, actual or predicted; and what people decide about them."""

from typing import Literal

from msgspec import Struct

AlertState = Literal["predicted", "actual", "cleared"]
Severity = Literal["info", "caution", "warning"]
Scope = Literal["alert", "track", "zone", "rule"]


class Alert(Struct, frozen=True, omit_defaults=True):
    """One change of one alert. Entries with the same alert_id are the life of one alert.

    time_ns          UTC of the change
    track_id         0 where the rule is about no track
    rule             the rule's name, as the rules file spells it
    zone             Zone.id or Site.id; empty where the rule has none
    time_to_entry_s  while predicted: how long until it enters; None otherwise
    probability      that the rule holds, 0 to 1
    lat_deg, lon_deg None where it has no place
    reasons          why, in words, strongest first
    kind             the rule's kind
    members          further tracks that it is about
    sensor           Sensor.id where it is about one
    part_of          alert_id of the alert of many that speaks for this one too
    raised_ns        UTC of its first change
    acknowledged_*   who answers for it, since when; given for the state that it was in
    escalated        how often nobody had answered in time
    suppressed_*     who does not want to hear of it, why, until when; None in _until_ns is until it ends
    """

    alert_id: str
    time_ns: int
    track_id: int
    rule: str
    zone: str
    zone_name: str
    state: AlertState
    severity: Severity
    probability: float
    lat_deg: float | None
    lon_deg: float | None
    time_to_entry_s: float | None = None
    label: str = ""
    reasons: list[str] = []
    kind: str = ""
    members: list[int] = []
    sensor: str = ""
    part_of: str = ""
    raised_ns: int | None = None
    acknowledged_by: str = ""
    acknowledged_ns: int | None = None
    escalated: int = 0
    suppressed_by: str = ""
    suppressed_why: str = ""
    suppressed_until_ns: int | None = None


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody decided about an alert.

    author  who
    reason  why, in words; a suppression needs one
    scope   what a suppression is about: this alert, all of its track, of its zone, or of its rule
    for_s   how long a suppression lasts; None until the alert ends, or the track, or somebody ends it
    """

    do: Literal["acknowledge", "suppress", "unsuppress"]
    alert_id: str
    author: str
    time_ns: int
    reason: str = ""
    scope: Scope = "alert"
    for_s: float | None = None
