"""Settings of the watch."""

from msgspec import Struct


class WatchSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to alert.

    horizon_s, step_s   how far and how finely to look ahead
    raise_from          probability from which an alert is raised
    clear_below         and below which it may be cleared,
    clear_after_s       after so long
    undulation_m        of the geoid above the ellipsoid around here, for heights above the sea
    """

    horizon_s: float = 60.0
    step_s: float = 1.0
    raise_from: float = 0.5
    clear_below: float = 0.2
    clear_after_s: float = 8.0
    undulation_m: float | None = None
