"""SAPIENT's tree of classes to a likelihood over core.classes.CLASSES.

    path in the tree                          means one of
    Air vehicle                               the six that fly and are no bird
    Air vehicle / UAV rotary wing             multirotor
    Air vehicle / UAV fixed wing              fixed_wing_drone
    Air vehicle / Manned rotary wing          helicopter
    Air vehicle / Manned fixed wing           aeroplane, glider
    Animal / Bird                             bird
    Animal                                    bird, other
    Human, Fixed object, Equipment            other
    Land vehicle                              ground_vehicle
    Sea vessel                                vessel

Names are compared without case, spaces and signs, and without a namespace such as "sapient_core:".
Names that vendors add to the tree and that leave no doubt (Drone, UAS, Quadcopter, Helicopter, Glider,
Balloon, …) are known too. A name that is not known says nothing, and neither does "Unknown": what was
said of its parent stands.

The numbers. Each named class holds its confidence, less what its own sub-classes hold; what is over
is spread evenly over the classes that were not named. That is a probability given a flat prior, so it
is the likelihood up to a factor; no class falls below FLOOR.

A sensor that shares everything out among two names or more knows no others: it says so of a van, too.
A class that it has no word for is then as likely as the second of those that it named. Of a report that
is sure of its first that is little; one that cannot decide between its words may well mean none of them.

Source: BSI Flex 335 v2.0, the taxonomy annex, as Dstl's test harness spells it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport

from vedette.core.classes import CLASSES, N_CLASSES, UAS

ASSUMED_CONFIDENCE: Final = 0.6  # of a class named without saying how sure
FLOOR: Final = 0.005  # no report rules a class out for good
NOTHING_OVER: Final = 0.02  # of a whole: a sensor has shared out everything

_FLYING: Final = ("multirotor", "fixed_wing_drone", "aeroplane", "helicopter", "glider", "balloon")
_MEANS: Final[Mapping[str, tuple[str, ...]]] = {
    "airvehicle": _FLYING,
    "uavrotarywing": ("multirotor",),
    "uavfixedwing": ("fixed_wing_drone",),
    "mannedrotarywing": ("helicopter",),
    "mannedfixedwing": ("aeroplane", "glider"),
    "animal": ("bird", "other"),
    "bird": ("bird",),
    "human": ("other",),
    "fixedobject": ("other",),
    "equipment": ("other",),
    "landvehicle": ("ground_vehicle",),
    "seavessel": ("vessel",),
    "uascontrolstation": ("other",),
    # Not of the standard; seen in the field.
    "uav": UAS,
    "uas": UAS,
    "drone": UAS,
    "multirotor": ("multirotor",),
    "quadcopter": ("multirotor",),
    "rotarywinguav": ("multirotor",),
    "fixedwinguav": ("fixed_wing_drone",),
    "aircraft": ("aeroplane", "helicopter", "glider"),
    "aeroplane": ("aeroplane",),
    "airplane": ("aeroplane",),
    "helicopter": ("helicopter",),
    "glider": ("glider",),
    "balloon": ("balloon",),
    "vehicle": ("ground_vehicle",),
    "seavehicle": ("vessel",),
    "vessel": ("vessel",),
    "boat": ("vessel",),
    "ship": ("vessel",),
    "person": ("other",),
}
# How the encoder spells a class, from the top of the tree down.
PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "multirotor": ("Air vehicle", "UAV rotary wing"),
    "fixed_wing_drone": ("Air vehicle", "UAV fixed wing"),
    "aeroplane": ("Air vehicle", "Manned fixed wing"),
    "helicopter": ("Air vehicle", "Manned rotary wing"),
    "glider": ("Air vehicle", "Glider"),
    "balloon": ("Air vehicle", "Balloon"),
    "bird": ("Animal", "Bird"),
    "ground_vehicle": ("Land vehicle",),
    "vessel": ("Sea vessel",),
    "other": ("Fixed object",),
}

_Node = DetectionReport.DetectionReportClassification | DetectionReport.SubClass


def likelihood(classification: Iterable[_Node]) -> tuple[float, ...] | None:
    """Likelihood of the report by class, (N_CLASSES,), sums to 1; None where it tells nothing."""
    mass: dict[str, float] = {}
    for node in classification:
        _add(node, None, (), mass)
    total = sum(mass.values())
    if total <= 0.0:
        return None
    scale = min(1.0, 1.0 / total)
    silent = N_CLASSES - len(mass)
    over = 1.0 - total * scale
    share = over / (silent or N_CLASSES)
    if silent and len(mass) > 1 and over < NOTHING_OVER:
        share = scale * sorted(mass.values())[-2]
    raw = [mass.get(name, share if silent else 0.0) * (scale if name in mass else 1.0) for name in CLASSES]
    whole = max(sum(raw), 1.0)
    floored = [max(value / whole + (0.0 if silent else share), FLOOR) for value in raw]
    return tuple(value / sum(floored) for value in floored)


def _add(node: _Node, ceiling: float | None, inherited: tuple[str, ...], mass: dict[str, float]) -> float:
    """Spread one node's confidence over its classes and its sub-classes'; return how much it held."""
    meant = _MEANS.get(_plain(node.type), inherited)
    if not meant:
        return 0.0
    confidence = _confidence(node, ceiling)
    held = sum(_add(child, confidence, meant, mass) for child in node.sub_class)
    for name in meant:
        mass[name] = mass.get(name, 0.0) + max(confidence - held, 0.0) / len(meant)
    return max(confidence, held)


def _confidence(node: _Node, ceiling: float | None) -> float:
    """How sure a node is, never more than its parent (ceiling).

    A node that does not say is as sure as its surest sub-class, else as its parent, else ASSUMED_CONFIDENCE.
    """
    said = [
        n.confidence
        for n in (node, *node.sub_class)
        if n.HasField("confidence") and 0.0 <= n.confidence <= 1.0
    ]
    if node.HasField("confidence") and said:
        sure = said[0]
    elif said:
        sure = max(said)
    else:
        sure = ASSUMED_CONFIDENCE if ceiling is None else ceiling
    return sure if ceiling is None else min(sure, ceiling)


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())
