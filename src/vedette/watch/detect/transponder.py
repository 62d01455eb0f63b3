"""Transponder: it fell silent while the aircraft is still seen, or it sends a code that calls for help.

Lost: heard for lost_after_s at least, then silent for as long while other sensors saw the aircraft in four
samples of five, higher than lost_above_m. A receiver that fails loses many at once: where a third or more
of all that were heard fell silent within the same while, and three at least, it is the receiver's doing,
and nobody is lost. The probability is that so long a silence is no chance: 1 - exp(-silence / usual pause),
at three pauses or more.

Codes: 7500 unlawful interference, 7600 radio failure, 7700 emergency; ICAO Annex 11, 2.26, Doc 8168 vol. III.
"""

import math
from typing import Final

from vedette.core.units import NS_PER_S
from vedette.watch.kinds import Transponder
from vedette.watch.known import Said
from vedette.watch.past import spanned
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place

_TOGETHER_S: Final = 10.0
_FRESH_S: Final = 30.0  # a code that was heard longer ago says nothing of now
_MEANING: Final = {"7500": "unlawful interference", "7600": "radio failure", "7700": "emergency"}


def find(rule: Rule, what: Transponder, scene: Scene) -> list[Finding]:
    """Who fell silent, and who calls for help."""
    out = []
    there = [(i, place) for i, place in by_place(rule, scene) if scene.ids[i] in scene.said]
    for i, place in there:
        said = scene.said[scene.ids[i]]
        silent_s = (scene.tick_ns - said.heard_ns) / NS_PER_S
        if silent_s <= _FRESH_S and said.squawk in what.squawks:
            meaning = _MEANING.get(said.squawk or "")
            why = f"squawks {said.squawk}" + (f": {meaning}" if meaning else "")
            out.append(Finding(scene.ids[i], 0.99, (why,), place))
        elif what.changes and said.changed_ns is not None and silent_s <= _FRESH_S:
            if scene.tick_ns - said.changed_ns <= 60 * NS_PER_S:
                why = f"changed its code from {said.before} to {said.squawk}"
                out.append(Finding(scene.ids[i], 0.99, (why,), place))
        elif what.lost_after_s > 0.0 and silent_s >= what.lost_after_s:
            chance = _lost(what, scene, i, said, silent_s)
            if chance > 0.0:
                why = f"{said.address} fell silent {silent_s:.0f} s ago and is still seen"
                out.append(Finding(scene.ids[i], chance, (why,), place))
    return out


def _lost(what: Transponder, scene: Scene, i: int, said: Said, silent_s: float) -> float:
    """Probability that the silence is the aircraft's."""
    heard_s = (said.heard_ns - said.first_ns) / NS_PER_S
    if heard_s < what.lost_after_s or said.times < 3 or not scene.over_m[i] > what.lost_above_m:
        return 0.0
    if not spanned(scene.window([i], what.lost_after_s))[0] or not scene.seen[i]:
        return 0.0
    others = [one for track_id, one in scene.said.items() if track_id in scene.known]
    with_it = [one for one in others if abs(one.heard_ns - said.heard_ns) <= _TOGETHER_S * NS_PER_S]
    if len(with_it) >= max(3, len(others) / 3.0):
        return 0.0
    pause_s = heard_s / max(1, said.times - 1)
    return 1.0 - math.exp(-silent_s / pause_s) if silent_s >= 3.0 * pause_s else 0.0
