"""Speed and direction to velocity east and north."""

import math


def east_north(speed_mps: float | None, direction_deg: float | None) -> tuple[float | None, float | None]:
    """Velocity over ground; both None where either is unknown, both 0 where the target stands.

    direction_deg  clockwise from true north
    """
    if speed_mps == 0:
        return 0.0, 0.0
    if speed_mps is None or direction_deg is None:
        return None, None
    direction_rad = math.radians(direction_deg)
    return speed_mps * math.sin(direction_rad), speed_mps * math.cos(direction_rad)
