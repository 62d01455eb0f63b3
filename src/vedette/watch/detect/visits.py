"""Visits: somebody is near the same place again, within days.

A visit begins when a track that the rule is about comes near a place, and ends when none is near it for
apart_s. It does not matter whose drone it is: nobody knows. What is remembered is bounded: see `remember`.
"""

from collections.abc import Mapping

from vedette.core.units import NS_PER_S
from vedette.watch.kinds import Visits
from vedette.watch.remember import Visit, visited
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_place, likely

_DAY_S = 86_400


def find(rule: Rule, what: Visits, scene: Scene) -> list[Finding]:
    """Who comes again."""
    p = likely(rule, scene)
    since_ns = scene.tick_ns - round(what.days * _DAY_S * NS_PER_S)
    out = []
    for i, place in by_place(rule, scene):
        if place is None:
            continue
        visits = [v for v in scene.memory.visits.get(key(rule, place.id), ()) if v.until_ns >= since_ns]
        if len(visits) >= what.times:
            days = (scene.tick_ns - visits[0].from_ns) / _DAY_S / NS_PER_S
            why = f"visit {len(visits)} of {place.name} in {days:.1f} days"
            out.append(Finding(scene.ids[i], float(p[i]), (why,), place))
    return out


def remembered(rule: Rule, what: Visits, scene: Scene) -> Mapping[str, tuple[Visit, ...]]:
    """All visits, with those of now."""
    now: dict[str, list[tuple[int, str]]] = {}
    for i, place in by_place(rule, scene):
        if place is not None:
            now.setdefault(key(rule, place.id), []).append((scene.ids[i], scene.label(scene.ids[i])))
    mine = {k: v for k, v in scene.memory.visits.items() if k.startswith(f"{rule.name}/")}
    if not now and scene.tick_ns % (60 * NS_PER_S):
        return scene.memory.visits
    after = visited(
        mine, now, scene.tick_ns, round(what.apart_s * NS_PER_S), round(what.days * _DAY_S * NS_PER_S)
    )
    return {**{k: v for k, v in scene.memory.visits.items() if k not in mine}, **after}


def key(rule: Rule, place: str) -> str:
    """Under which a rule's visits of a place are remembered."""
    return f"{rule.name}/{place}"
