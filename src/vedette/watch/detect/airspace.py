"""Airspace: somebody without leave is in a large zone: for how long, and how far from its border.

How long counts from the first instant inside. Told again as time goes by. The probability is that of being
inside given how well the place is known. Whose speed nobody knows begins no alert: a track that jumps from
bird to bird in a flock is taken for an aircraft now and then.
"""

import math
from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.watch.kinds import Airspace
from vedette.watch.places import about
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, eligible, likely, steady

_STEADY_MPS: Final = 5.0  # who hovers is known no better
LARGE_M: Final = 15_000.0  # no state's airspace is smaller; what is smaller is a zone like others


def find(rule: Rule, what: Airspace, scene: Scene) -> list[Finding]:
    """Who is inside, long and deep enough."""
    p = likely(rule, scene)
    mine = eligible(rule, scene)
    known = steady(scene, _STEADY_MPS)
    places = {place.id: place for place in about(rule, scene.places, scene.tick_ns)}
    out = []
    for (track_id, place_id), since_ns in scene.memory.inside_ns.items():
        i, place = scene.at.get(track_id), places.get(place_id)
        if i is None or place is None or not mine[i]:
            continue
        inside_s = (scene.tick_ns - since_ns) / NS_PER_S
        depth_m = -float(scene.outside_m(place)[i])
        if inside_s < what.after_s or depth_m < what.depth_m:
            continue
        sd = max(float(scene.rows["sd_major_m"][i]), 1.0)
        sure = 0.5 * math.erfc(-depth_m / (math.sqrt(2.0) * sd))
        said = scene.said.get(track_id)
        who = f"answers as {said.address}" if said is not None else "does not say who it is"
        why = f"in {place.name} for {inside_s / 60.0:.1f} min, {depth_m / 1000.0:.1f} km from its border"
        progress = int(inside_s // what.tell_every_s)
        out.append(
            Finding(track_id, sure * float(p[i]), (why, who), place, progress=progress, quiet=not known[i])
        )
    return out


def inside_since(rule: Rule, scene: Scene) -> dict[tuple[int, str], int]:
    """Since when who is in which large zone, with this instant."""
    rows = np.flatnonzero(eligible(rule, scene)).tolist()
    out = {}
    for place in about(rule, scene.places, scene.tick_ns):
        if place.reach_m < LARGE_M or not place.is_zone or not rows:
            continue
        away = scene.outside_m(place)
        for i in rows:
            if away[i] < 0.0:
                key = scene.ids[i], place.id
                out[key] = scene.memory.inside_ns.get(key, scene.tick_ns)
    return out
