"""What a number of a scenario can be, by the unit that its name ends with.

Types and the checks of each kind say what a setting means; this says what no setting of that unit can be,
so that a slip of the keyboard is refused at its line and not played, or met as an overflow on the way.
"""

import math
from collections.abc import Iterator
from typing import Final

from vedette.simulate.spec.mistake import Mistake

# Endings of names, the longest that fits first; lowest and highest.
_BY_ENDING: Final = (
    ("lat_deg", -85.0, 85.0),  # near the poles there is no flat map
    ("lon_deg", -180.0, 180.0),
    ("deg_per_s", -360.0, 360.0),
    ("m_per_s", -10_000.0, 10_000.0),
    ("s_per_s", -1.0, 1.0),
    ("rate_per_s", 0.0, 100_000.0),
    ("height_m", -1_000.0, 100_000.0),
    ("undulation_m", -150.0, 150.0),  # EGM2008 lies between -107 and 86 m
    ("_factor", 0.0, 10.0),
    ("_ratio", 0.0, 100.0),
    ("_deg", -360.0, 360.0),
    ("_mm_h", 0.0, 500.0),
    ("_mps", 0.0, 3_000.0),
    ("_mhz", 0.0, 300_000.0),
    ("_m2", 0.0, 1e6),
    ("_db", 0.0, 200.0),
    ("_nm", -1_000.0, 1_000.0),
    ("_sd", 0.0, 100.0),
    ("_m", -1e6, 1e6),
    ("_s", -1e7, 1e7),
    ("offsets", -100_000.0, 100_000.0),
    ("turns", -10_000.0, 10_000.0),
)


def of_numbers(at: str, value: object, name: str = "") -> Iterator[Mistake]:
    """Numbers that cannot be, anywhere in a scenario: too far, or none at all (TOML knows nan and inf).

    value  as msgspec.to_builtins gives it; name is the setting that it stands in
    """
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from of_numbers(f"{at}.{key}", inside, key)
    elif isinstance(value, list | tuple):
        for i, inside in enumerate(value):
            yield from of_numbers(f"{at}[{i}]", inside, name)
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield Mistake(at, "a finite number", value)
        low, high = _bounds(name)
        if not low <= value <= high:
            yield Mistake(at, f"a number from {low:g} to {high:g}", value)


def _bounds(name: str) -> tuple[float, float]:
    """Lowest and highest of a setting; all numbers for one whose name has no unit."""
    for ending, low, high in _BY_ENDING:
        if name.endswith(ending):
            return low, high
    return -math.inf, math.inf
