"""Blinded: a sensor is not believed by the tracker. Whoever watches must know what the picture lacks.

The tracker judges; see `core.sensor.Doubt`. Several that began within ten seconds of each other speak for
jamming or a cut line, and each alert says so. One alone that is silent is told as info, and so is one that
still says that it is well: it may have nothing left to see. Two that watched one flock lose it at once.
"""

from typing import Final

from vedette.core.units import NS_PER_S
from vedette.watch.kinds import Blinded
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, in_time

_TOGETHER_NS: Final = 10 * NS_PER_S
_SURE: Final = 0.95


def find(rule: Rule, what: Blinded, scene: Scene) -> list[Finding]:
    """Which sensors."""
    if not in_time(rule, scene.tick_ns, scene.origin):
        return []
    doubts = {k: d for k, d in scene.doubts.items() if d.condition in what.conditions}
    out = []
    for sensor, doubt in sorted(doubts.items()):
        if scene.tick_ns - doubt.since_ns < what.for_s * NS_PER_S:
            continue
        others = [
            k
            for k, d in doubts.items()
            if k != sensor and not d.sees_nothing and abs(d.since_ns - doubt.since_ns) <= _TOGETHER_NS
        ]
        with_it = (
            (f"at the same time as {', '.join(sorted(others)[:4])}: jamming, or a cut line",)
            if others
            else ()
        )
        state = "is silent" if doubt.condition == "silent" else "babbles"
        alone = doubt.condition == "silent" and (not others or doubt.sees_nothing)
        well = ("it still says that it is well",) if doubt.sees_nothing else with_it
        why = (f"{sensor} {state}: {doubt.why}", *well)
        out.append(Finding(0, _SURE, why, sensor=sensor, quiet=alone))
    return out
