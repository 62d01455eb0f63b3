"""What a target can be, and whether it may be there.

The order of CLASSES is the order of every class vector in the program.
"""

from enum import IntEnum

CLASSES = (
    "multirotor",
    "fixed_wing_drone",
    "aeroplane",
    "helicopter",
    "glider",
    "balloon",
    "bird",
    "ground_vehicle",
    "vessel",
    "other",
)
N_CLASSES = len(CLASSES)

# The classes that count as unmanned aircraft in zone rules.
UAS = ("multirotor", "fixed_wing_drone")


class Authorisation(IntEnum):
    """Whether a track may be where it is, as far as is known."""

    UNKNOWN = 0
    AUTHORISED = 1
    UNAUTHORISED = 2
