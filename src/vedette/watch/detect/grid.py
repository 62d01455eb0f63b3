"""Grid: a track flies to and fro beside its own way near a place, as whoever maps it does.

Looked for in the last four minutes. The probability is that of the class.

Source: `kernel.mowing`.
"""

from vedette.kernel.mowing import grids
from vedette.watch.kinds import Grid
from vedette.watch.past import DEPTH, SAMPLE_S
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_name, by_place, likely


def find(rule: Rule, what: Grid, scene: Scene) -> list[Finding]:
    """Who mows."""
    there = by_place(rule, scene)
    if not there:
        return []
    found = grids(scene.window([i for i, _ in there], DEPTH * SAMPLE_S), what.leg_m, what.spacing_m)
    p = likely(rule, scene)
    out = []
    for (i, place), (legs, spacing_m) in zip(there, found.tolist(), strict=True):
        if legs >= what.legs:
            why = f"has flown {legs:.0f} legs to and fro, {spacing_m:.0f} m apart{by_name(place)}"
            out.append(Finding(scene.ids[i], float(p[i]), (why,), place))
    return out
