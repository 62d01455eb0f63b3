"""Low and slow: a drone flies below height_m over the ground, slower than speed_mps, near a place.

In every sample of for_s in which it was seen, four of five at least. A height that is not known does not
count: this rule would then be about everything slow.
"""

import math

import numpy as np

from vedette.watch.kinds import LowSlow
from vedette.watch.past import SAMPLE_S, spanned
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_name, by_place, likely


def find(rule: Rule, what: LowSlow, scene: Scene) -> list[Finding]:
    """Who keeps low."""
    there = [
        (i, place)
        for i, place in by_place(rule, scene)
        if scene.over_m[i] <= what.height_m and scene.speed_mps[i] <= what.speed_mps
    ]
    if not there:
        return []
    window = scene.window([i for i, _ in there], what.for_s)
    throughout = spanned(window)
    p = likely(rule, scene)
    out = []
    for k, (i, place) in enumerate(there):
        one = window[k]
        seen = ~np.isnan(one[:, 0])
        ground_m = float(scene.rows["alt_m"][i]) - float(scene.over_m[i])
        if not throughout[k] or np.any(one[seen, 2] - ground_m > what.height_m):
            continue
        way_m = float(np.hypot(*np.diff(one[seen, :2], axis=0).T).sum())
        if way_m > what.speed_mps * SAMPLE_S * max(1, int(seen.sum()) - 1):
            continue
        sd = float(scene.rows["alt_sd_m"][i])
        sure = 0.5 * math.erfc((float(scene.over_m[i]) - what.height_m) / (math.sqrt(2.0) * max(sd, 1.0)))
        why = f"keeps low and slow: {max(scene.over_m[i], 0.0):.0f} m over the ground{by_name(place)}"
        out.append(Finding(scene.ids[i], float(p[i]) * sure, (why,), place))
    return out
