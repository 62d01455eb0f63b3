"""Conflict: a drone and a crewed aircraft will come too near to each other.

Closest point of approach of the pair on straight lines: horizontally within horizontal_m, and then within
vertical_m vertically. Where a height is not known, it is not taken to be another: the alert says so. The
probability is the product, times that the one is of the rule's classes and the other crewed.

Source: well clear of small drones, ASTM F3442/F3442M-23: 2,000 ft horizontally, 250 ft vertically;
`kernel.approach`.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.picture import TrackStatus
from vedette.kernel.approach import likeliest
from vedette.watch.kinds import Conflict
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place, likely

_CREWED: Final = [CLASSES.index(name) for name in ("aeroplane", "helicopter", "glider", "balloon")]
_CREWED_FROM: Final = 0.6
_FLIES_MPS: Final = 15.0  # what stands or taxis is on the ground
_CLIMB_SD_MPS: Final = 2.0


def find(rule: Rule, what: Conflict, scene: Scene) -> list[Finding]:
    """Which pairs, each drone with the aircraft that it is most likely to come near to."""
    crewed_p = np.nan_to_num(scene.classes[:, _CREWED].sum(axis=1))
    crewed = np.flatnonzero(
        (crewed_p >= _CREWED_FROM)
        & (scene.speed_mps > _FLIES_MPS)
        & (scene.rows["status"] == TrackStatus.CONFIRMED)
    )
    if not len(crewed):
        return []
    p = likely(rule, scene)
    flight = _flight(scene)
    out = []
    for i, place in by_place(rule, scene):
        j, chance, time_s, miss_m, apart_m = likeliest(
            i, crewed, flight, crewed_p, _CLIMB_SD_MPS, what.manoeuvre_m2ps3, what.horizontal_m,
            what.vertical_m, what.horizon_s,
        )  # fmt: skip
        if j < 0:
            continue
        chance *= float(p[i])
        now, ahead = (chance, 0.0) if time_s == 0.0 else (0.0, chance)
        why = _why(scene.label(scene.ids[j]), time_s, miss_m, apart_m)
        ahead_s = math.nan if time_s == 0.0 else time_s
        out.append(
            Finding(scene.ids[i], now, why, place, ahead=ahead, time_s=ahead_s, members=(scene.ids[j],))
        )
    return out


def _flight(scene: Scene) -> NDArray[np.float64]:
    """The rows as `kernel.approach.likeliest` takes them (n, 9). A climb that is not known is none."""
    rows = scene.rows
    return np.column_stack(
        (
            scene.place, scene.velocity, rows["alt_m"], np.nan_to_num(rows["v_up_mps"]), rows["sd_major_m"],
            rows["speed_sd_mps"], rows["alt_sd_m"],
        )
    ).astype(np.float64)  # fmt: skip


def _why(label: str, time_s: float, miss_m: float, apart_m: float) -> tuple[str, ...]:
    """How near to whom and when, in words."""
    when = "now" if time_s == 0.0 else f"in {time_s:.0f} s"
    why = f"comes within {max(miss_m, 0.0):.0f} m of {label} {when}"
    if math.isnan(apart_m):
        return (why, "a height is not known: it was not taken to be another")
    return (f"{why}, {abs(apart_m):.0f} m {'above' if apart_m > 0 else 'below'} it",)
