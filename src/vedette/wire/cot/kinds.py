"""What a CoT type says of the class of a thing, both ways.

The longest beginning counts; the standing letter is left out: "a-u-A-M-H-Q" is looked up as
"A-M-H-Q". Who names a class is taken to be right with probability NAMED; the rest is even over the
others.

Source: MITRE CoT types (CoTtypes.xml), which follow MIL-STD-2525B.
"""

from collections.abc import Mapping
from typing import Final

from vedette.core.classes import CLASSES, N_CLASSES, UAS

NAMED: Final = 0.7
_MEANS: Final[Mapping[str, tuple[str, ...]]] = {
    "A-M-H-Q": ("multirotor",),
    "A-M-F-Q": ("fixed_wing_drone",),
    "A-C-H-Q": ("multirotor",),
    "A-C-F-Q": ("fixed_wing_drone",),
    "A-M-F": ("aeroplane",),
    "A-C-F": ("aeroplane", "glider"),
    "A-M-H": ("helicopter",),
    "A-C-H": ("helicopter",),
    "A-M-L": ("balloon",),
    "A-C-L": ("balloon",),
    "A-W-M": (*UAS, "other"),
    "G-E-V": ("ground_vehicle",),
    "G": ("ground_vehicle", "other"),
    "S": ("vessel",),
}
TYPE: Final[Mapping[str, str]] = {
    "multirotor": "a-u-A-M-H-Q",
    "fixed_wing_drone": "a-u-A-M-F-Q",
    "aeroplane": "a-u-A-C-F",
    "helicopter": "a-u-A-C-H",
    "balloon": "a-u-A-C-L",
    "vessel": "a-u-S",
    "ground_vehicle": "a-u-G-E-V",
}
UNSAID: Final = "a-u-A"  # in the air, and no more


def likelihood(cot_type: str) -> tuple[float, ...] | None:
    """(N_CLASSES,) likelihood of the report by class, sums to 1; None where the type tells nothing."""
    parts = cot_type.split("-")[2:]
    for length in range(len(parts), 0, -1):
        meant = _MEANS.get("-".join(parts[:length]))
        if meant:
            rest = (1.0 - NAMED) / (N_CLASSES - len(meant))
            return tuple(NAMED / len(meant) if name in meant else rest for name in CLASSES)
    return None
