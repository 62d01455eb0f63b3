"""Formation: drones that keep station on each other while they fly.

Near each other in nine samples of ten, their offset spread by spread_m or less; see `kernel.together`. Who
hovers keeps station with everybody that hovers, so all must move.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.watch.detect.flocking import grouped
from vedette.watch.kinds import Formation
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place


def find(rule: Rule, what: Formation, scene: Scene) -> list[Finding]:
    """Who flies in formation."""
    there = by_place(rule, scene)
    if len(there) < what.count:
        return []
    moves = _moves(scene.window([i for i, _ in there], what.for_s), what.from_mps * what.for_s / 4.0)
    there = [one for one, moved in zip(there, moves.tolist(), strict=True) if moved]
    return grouped(
        rule, scene, there, count=what.count, within_m=what.within_m, share=0.9, spread_m=what.spread_m,
        for_s=what.for_s, how=f"keep station on each other for {what.for_s:.0f} s",
    )  # fmt: skip


def _moves(windows: NDArray[np.float64], way_m: float) -> NDArray[np.bool_]:
    """Which windows (n, w, 3) reach over so much: from the first sample that was seen to any other."""
    out = np.zeros(len(windows), np.bool_)
    for i, one in enumerate(windows):
        seen = one[~np.isnan(one[:, 0]), :2]
        out[i] = len(seen) > 1 and np.hypot(*(seen - seen[0]).T).max() >= way_m
    return out
