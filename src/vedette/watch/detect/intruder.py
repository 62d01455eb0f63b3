"""Intruder: an aircraft in closed airspace that does not say who it is.

Of the rule's classes, surely faster than from_mps, seen for for_s, and nothing was ever heard of its
transponder. The probability is that of the class. A track that jumps from bird to bird in a flock is fast,
but its speed is not known well; one that a camera draws out along its line has not been so fast for long, and
what nobody measures now, or has not three times in a row, is a note. Who flies along with one that answers is
that one, seen twice: a radar that errs in height, close to the ground, makes a track of its own of an
airliner that lands.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.watch.kinds import Intruder
from vedette.watch.past import spanned, went_mps
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place, likely, steady

_SURELY = 3.0  # standard deviations
_TWIN_M, _TWIN_MOST_M = 150.0, 600.0  # of one that answers: SURELY by both their places, and within these
_TWIN = 0.3  # of its speed, that it differs in velocity
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
    beside = _answers_beside(scene, rows)
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
            quiet=scene.ids[i] in scene.unplaced,
        )
        for k, (i, place) in enumerate(there)
        if throughout[k] and not beside[k]
    ]


def _answers_beside(scene: Scene, rows: list[int]) -> NDArray[np.bool_]:
    """Whether a track with a transponder is where each row (k,) is, and goes along with it."""
    said = np.flatnonzero(np.isin(scene.rows["track_id"], np.array([*scene.said], np.uint32)))
    away_m = np.linalg.norm(scene.place[rows, None] - scene.place[None, said], axis=2)
    drifts_mps = np.linalg.norm(scene.velocity[rows, None] - scene.velocity[None, said], axis=2)
    sd_m = np.hypot(scene.rows["sd_major_m"][rows, None], scene.rows["sd_major_m"][None, said])
    near = away_m <= np.clip(_SURELY * sd_m, _TWIN_M, _TWIN_MOST_M)
    out: NDArray[np.bool_] = (near & (drifts_mps <= _TWIN * scene.speed_mps[rows, None])).any(axis=1)
    return out
