"""Alerts: a rule that holds for a track, actual or predicted."""

from typing import Literal

from msgspec import Struct

AlertState = Literal["predicted", "actual", "cleared"]


class Alert(Struct, frozen=True, omit_defaults=True):
    """One change of one alert. Entries with the same alert_id are the life of one alert.

    time_ns          UTC of the change
    rule             the rule's name, as the documentation spells it
    zone             Zone.id; empty where the rule has none
    time_to_entry_s  while predicted: how long until it enters; None otherwise
    probability      that the rule holds, 0 to 1
    reasons          why, in words, strongest first
    """

    alert_id: str
    time_ns: int
    track_id: int
    rule: str
    zone: str
    zone_name: str
    state: AlertState
    severity: Literal["info", "caution", "warning"]
    probability: float
    lat_deg: float
    lon_deg: float
    time_to_entry_s: float | None = None
    label: str = ""
    reasons: list[str] = []
