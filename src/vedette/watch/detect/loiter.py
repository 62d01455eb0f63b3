"""Loiter: a track stays about one spot near a place.

Over the last for_s the share of its samples that lie within radius_m of their middle is the probability,
times that it is of the rule's classes. It must have been seen throughout.

Source: `kernel.loiter`.
"""

from vedette.kernel.loiter import loitering
from vedette.watch.kinds import Loiter
from vedette.watch.past import spanned
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_name, by_place, likely


def find(rule: Rule, what: Loiter, scene: Scene) -> list[Finding]:
    """Who loiters."""
    there = by_place(rule, scene)
    if not there:
        return []
    windows = scene.window([i for i, _ in there], what.for_s)
    throughout = spanned(windows)
    _, near, _ = loitering(windows, what.radius_m)
    p = likely(rule, scene)
    return [
        Finding(
            scene.ids[i],
            float(near[k] * p[i]),
            (f"has stayed within {what.radius_m:.0f} m of one spot for {what.for_s:.0f} s{by_name(place)}",),
            place,
        )
        for k, (i, place) in enumerate(there)
        if throughout[k]
    ]
