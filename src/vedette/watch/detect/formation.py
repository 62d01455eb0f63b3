"""Formation: drones that keep station on each other while they fly.

Near each other in nine samples of ten, their offset spread by spread_m or less; see `kernel.together`. Who
hovers keeps station with everybody that hovers, so all must move.
"""

from vedette.watch.detect.flocking import grouped
from vedette.watch.kinds import Formation
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place


def find(rule: Rule, what: Formation, scene: Scene) -> list[Finding]:
    """Who flies in formation."""
    moving = scene.speed_mps >= what.from_mps
    there = [(i, place) for i, place in by_place(rule, scene) if moving[i]]
    return grouped(
        rule, scene, there, count=what.count, within_m=what.within_m, share=0.9, spread_m=what.spread_m,
        for_s=what.for_s, how=f"keep station on each other for {what.for_s:.0f} s",
    )  # fmt: skip
