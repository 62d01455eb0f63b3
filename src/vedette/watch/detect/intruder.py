"""Intruder: an aircraft in closed airspace that does not say who it is.

Of the rule's classes, surely faster than from_mps, seen for for_s, and nothing was ever heard of its
transponder. The probability is that of the class. A track that jumps from bird to bird in a flock is fast,
but its speed is not known well; one that a camera draws out along its line has not been so fast for long.
"""

from vedette.watch.kinds import Intruder
from vedette.watch.past import spanned, went_mps
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place, likely, steady

_SURELY = 3.0  # standard deviations
_WENT = 0.6  # of its speed in the first half of for_s: no aircraft doubles its speed in that time


def find(rule: Rule, what: Intruder, scene: Scene) -> list[Finding]:
    """Who intrudes."""
    surely_mps = scene.speed_mps - _SURELY * scene.rows["speed_sd_mps"]
    fast = (surely_mps >= what.from_mps) & steady(scene)
    there = [(i, place) for i, place in by_place(rule, scene) if fast[i] and scene.ids[i] not in scene.said]
    if not there:
        return []
    rows = [i for i, _ in there]
    windows = scene.window(rows, what.for_s)
    first = windows[:, : windows.shape[1] // 2 + 1]
    throughout = spanned(windows) & (went_mps(first) >= _WENT * surely_mps[rows])
    p = likely(rule, scene)
    return [
        Finding(
            scene.ids[i],
            float(p[i]),
            (
                f"an aircraft in {place.name if place else 'the area'} that does not say who it is",
                f"{scene.speed_mps[i]:.0f} m/s, no transponder was heard",
            ),
            place,
        )
        for k, (i, place) in enumerate(there)
        if throughout[k]
    ]
