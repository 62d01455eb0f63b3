"""Swarm: many drones near each other, whatever they do.

Each near another in eight samples of ten, and all hang together; see `kernel.together`. One alert, with
members.
"""

import math

from vedette.watch.detect.flocking import grouped
from vedette.watch.kinds import Swarm
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place


def find(rule: Rule, what: Swarm, scene: Scene) -> list[Finding]:
    """Who swarms."""
    return grouped(
        rule, scene, by_place(rule, scene), count=what.count, within_m=what.within_m, share=0.8,
        spread_m=math.inf, for_s=what.for_s,
        how=f"drones, each within {what.within_m:.0f} m of another for {what.for_s:.0f} s",
    )  # fmt: skip
