"""Speed and track to velocity east and north."""

import math


def east_north(speed_mps: float | None, track_deg: float | None) -> tuple[float | None, float | None]:
    """Velocity over ground; both None where either is unknown, both 0 where the target stands.

    track_deg  clockwise from true north
    """
    if speed_mps == 0:
        return 0.0, 0.0
    if speed_mps is None or track_deg is None:
        return None, None
    track_rad = math.radians(track_deg)
    return speed_mps * math.sin(track_rad), speed_mps * math.cos(track_rad)
