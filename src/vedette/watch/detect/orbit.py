"""Orbit: a track flies round something near a place.

A circle is fitted to the last four minutes, or as much of them as the track has. It is an orbit when it was
gone round often enough, at a radius that the rule allows, and the track kept to the circle. The probability
is that of the class times one less what it strays, in radii.

Source: `kernel.orbit`.
"""

import math
from typing import Final

from vedette.kernel.orbit import orbits
from vedette.watch.kinds import Orbit
from vedette.watch.past import DEPTH, SAMPLE_S
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_name, by_place, likely

_SPANS_S: Final = (60.0, 120.0, float(DEPTH * SAMPLE_S))


def find(rule: Rule, what: Orbit, scene: Scene) -> list[Finding]:
    """Who circles."""
    there = by_place(rule, scene)
    p = likely(rule, scene)
    best: dict[int, Finding] = {}
    for span_s in _SPANS_S if there else ():
        circles = orbits(scene.window([i for i, _ in there], span_s))
        for (i, place), (_, _, radius, off, turns) in zip(there, circles.tolist(), strict=True):
            stray = off / radius if radius > 0.0 else math.inf
            fits = what.radius_from_m <= radius <= what.radius_to_m and stray <= what.off_share
            if not fits or abs(turns) < what.turns:
                continue
            why = f"has flown round {abs(turns):.1f} times at {radius:.0f} m{by_name(place)}"
            found = Finding(scene.ids[i], float(p[i] * (1.0 - stray)), (why,), place)
            if i not in best or found.now > best[i].now:
                best[i] = found
    return list(best.values())
