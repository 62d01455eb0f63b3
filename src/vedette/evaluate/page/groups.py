"""Classes in three groups that a reader cares about apart, each with its colour."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import UAS

MANNED: Final = ("aeroplane", "helicopter", "glider", "balloon")
GROUPS: Final = ("drones", "manned", "others")
WORDS: Final = {"drones": "drones", "manned": "manned aircraft", "others": "birds and others"}


def group_of(class_name: str) -> str:
    """The group of one class."""
    return "drones" if class_name in UAS else "manned" if class_name in MANNED else "others"


def in_group(class_names: NDArray[np.str_], group: str) -> NDArray[np.bool_]:
    """(n,) whether each class is of a group."""
    drones, manned = np.isin(class_names, UAS), np.isin(class_names, MANNED)
    return {"drones": drones, "manned": manned}.get(group, ~drones & ~manned)
