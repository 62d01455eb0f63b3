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
from vedette.kernel.approach import closest, within
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
    out = []
    for i, place in by_place(rule, scene):
        near = crewed[_reach(what, scene, i, crewed)]
        pairs = [_pair(what, scene, i, j, float(p[i] * crewed_p[j])) for j in near.tolist() if j != i]
        known = [one for one in pairs if one is not None]
        if known:
            chance, time_s, why, j = max(known)
            sure = (chance, 0.0) if time_s == 0.0 else (0.0, chance)
            ahead_s = math.nan if time_s == 0.0 else time_s
            found = Finding(
                scene.ids[i], sure[0], why, place, ahead=sure[1], time_s=ahead_s, members=(scene.ids[j],)
            )
            out.append(found)
    return out


def _reach(what: Conflict, scene: Scene, i: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of others (k,) could come near enough within the horizon, however they fly."""
    place, velocity = scene.place[others] - scene.place[i], scene.velocity[others] - scene.velocity[i]
    limit = what.horizontal_m + what.horizon_s * np.hypot(velocity[:, 0], velocity[:, 1])
    out: NDArray[np.bool_] = np.hypot(place[:, 0], place[:, 1]) <= limit
    return out


def _pair(
    what: Conflict, scene: Scene, i: int, j: int, p: float
) -> tuple[float, float, tuple[str, ...], int] | None:
    """Probability, time until then, why, and the aircraft; None where they do not come near."""
    a, b = scene.rows[i], scene.rows[j]
    place, velocity = scene.place[i] - scene.place[j], scene.velocity[i] - scene.velocity[j]
    chance, time_s, miss_m = closest(
        place, velocity, math.hypot(float(a["sd_major_m"]), float(b["sd_major_m"])),
        math.hypot(float(a["speed_sd_mps"]), float(b["speed_sd_mps"])), what.manoeuvre_m2ps3,
        what.horizontal_m, what.horizon_s,
    )  # fmt: skip
    if math.isnan(time_s):
        return None
    climb = np.nan_to_num([float(a["v_up_mps"]), float(b["v_up_mps"])])
    apart_m = float(a["alt_m"]) - float(b["alt_m"]) + time_s * float(climb[0] - climb[1])
    note: tuple[str, ...] = ()
    if math.isnan(apart_m):
        note = ("a height is not known: it was not taken to be another",)
    else:
        sd = math.hypot(float(a["alt_sd_m"]), float(b["alt_sd_m"]))
        chance *= within(apart_m, math.hypot(sd, time_s * _CLIMB_SD_MPS), what.vertical_m)
    height = "" if note else f", {abs(apart_m):.0f} m {'above' if apart_m > 0 else 'below'} it"
    when = "now" if time_s == 0.0 else f"in {time_s:.0f} s"
    why = f"comes within {max(miss_m, 0.0):.0f} m of {scene.label(scene.ids[j])} {when}{height}"
    return chance * p, time_s, (why, *note), j
