"""Launch: a drone's track began beside a vessel or a vehicle that was tracked before it.

Where a track began is kept from its first instant; the alert comes once it counts as a drone. The
probability is that of the class times exp(-away / within_m).
"""

import math

import numpy as np

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.watch.kinds import Launch
from vedette.watch.remember import Began
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place, likely

_HOLDS_S = 600  # so long after its beginning it is still told


def find(rule: Rule, what: Launch, scene: Scene) -> list[Finding]:
    """Who took off from a carrier."""
    p = likely(rule, scene)
    out = []
    for i, place in by_place(rule, scene):
        began = scene.memory.began.get(scene.ids[i])
        if began is None or not began.carrier or scene.tick_ns - began.time_ns > _HOLDS_S * NS_PER_S:
            continue
        near = math.exp(-0.5 * (began.away_m / max(what.within_m, 1.0)) ** 2)
        why = f"its track began {began.away_m:.0f} m from {scene.label(began.carrier)}"
        out.append(Finding(scene.ids[i], float(p[i]) * near, (why,), place, members=(began.carrier,)))
    return out


def beginnings(rule: Rule, what: Launch, scene: Scene) -> dict[int, Began]:
    """How every shown track began, with those that are new now."""
    old = scene.memory.began
    new = [i for i, track_id in enumerate(scene.ids) if track_id not in old]
    out = {track_id: old[track_id] for track_id in scene.ids if track_id in old}
    if not new:
        return out
    wanted = [CLASSES.index(name) for name in what.carriers]
    kind = scene.classes[:, wanted].sum(axis=1)
    carriers = np.flatnonzero((kind >= 0.5) & np.array([t in old for t in scene.ids], np.bool_))
    for i in new:
        carrier, away_m = 0, math.inf
        if len(carriers):
            away = np.hypot(*(scene.place[carriers] - scene.place[i]).T)
            k = int(np.argmin(away))
            away_m = float(away[k])
            carrier = scene.ids[carriers[k]] if away_m <= what.within_m else 0
        out[scene.ids[i]] = Began(scene.tick_ns, carrier, away_m)
    return out
