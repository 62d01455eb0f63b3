"""Accuracy classes of the Location message, as one standard deviation on each axis.

The standard gives bounds that hold the truth with 95 %: circles for place and velocity (2.4477
standard deviations of one axis), one axis for height (1.96). Class 0 and reserved ones are unknown.

Source: ASTM F3411-22a, tables for horizontal, vertical and speed accuracy.
"""

from typing import Final

_CIRCLE: Final = 2.4477
_BOUND: Final = 1.96

HORIZONTAL_M: Final = (
    18520.0, 7408.0, 3704.0, 1852.0, 926.0, 555.6, 185.2, 92.6, 30.0, 10.0, 3.0, 1.0
)  # fmt: skip
VERTICAL_M: Final = (150.0, 45.0, 25.0, 10.0, 3.0, 1.0)
SPEED_MPS: Final = (10.0, 3.0, 1.0, 0.3)


def position_sd_m(code: int) -> float | None:
    """Horizontal, one axis."""
    return HORIZONTAL_M[code - 1] / _CIRCLE if 1 <= code <= len(HORIZONTAL_M) else None


def height_sd_m(code: int) -> float | None:
    """Of the height above the ellipsoid, or of the pressure altitude."""
    return VERTICAL_M[code - 1] / _BOUND if 1 <= code <= len(VERTICAL_M) else None


def velocity_sd_mps(code: int) -> float | None:
    """One axis."""
    return SPEED_MPS[code - 1] / _CIRCLE if 1 <= code <= len(SPEED_MPS) else None


def position_class(sd_m: float | None) -> int:
    """The best class that still promises no more than `sd_m`; 0 where it is unknown."""
    return _class_of(sd_m, HORIZONTAL_M, _CIRCLE)


def height_class(sd_m: float | None) -> int:
    """The best class that still promises no more than `sd_m`; 0 where it is unknown."""
    return _class_of(sd_m, VERTICAL_M, _BOUND)


def velocity_class(sd_mps: float | None) -> int:
    """The best class that still promises no more than `sd_mps`; 0 where it is unknown."""
    return _class_of(sd_mps, SPEED_MPS, _CIRCLE)


def _class_of(sd: float | None, bounds: tuple[float, ...], factor: float) -> int:
    if sd is None:
        return 0
    wide_enough = [i for i, bound in enumerate(bounds, 1) if bound >= sd * factor * (1 - 1e-9)]
    return wide_enough[-1] if wide_enough else 0
