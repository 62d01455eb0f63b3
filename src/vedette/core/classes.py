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
# How often each is met before anything is known of it: the sky of a place inland with an airport.
CLASS_PRIOR = (0.14, 0.05, 0.30, 0.05, 0.02, 0.02, 0.30, 0.06, 0.02, 0.04)

# The classes that count as unmanned aircraft in zone rules.
UAS = ("multirotor", "fixed_wing_drone")


class Authorisation(IntEnum):
    """Whether a track may be where it is, as far as is known."""

    UNKNOWN = 0
    AUTHORISED = 1
    UNAUTHORISED = 2
