"""What formations and swarms have in common: groups of eligible tracks as one finding each."""

import numpy as np

from vedette.kernel.together import groups
from vedette.watch.places import Place
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, by_name, likely

MOST = 400  # tracks that are compared with each other: all pairs of them


def grouped(
    rule: Rule, scene: Scene, there: list[tuple[int, Place | None]], *, count: int, within_m: float,
    share: float, spread_m: float, for_s: float, how: str,
) -> list[Finding]:  # fmt: skip
    """One finding a group of `count` or more, about its member with the lowest number.

    The probability is that at least `count` of them are of the rule's classes, each by itself.
    """
    there = there[:MOST]
    if len(there) < count:
        return []
    number = groups(scene.window([i for i, _ in there], for_s), within_m, share, spread_m)
    p = likely(rule, scene)
    out = []
    for group in np.unique(number).tolist():
        mine = [there[k] for k in np.flatnonzero(number == group).tolist()]
        if len(mine) < count:
            continue
        ids = sorted(scene.ids[i] for i, _ in mine)
        place = next((place for _, place in mine if place is not None), None)
        why = f"{len(ids)} {how}{by_name(place)}"
        named = ", ".join(scene.label(one) for one in ids[:6]) + (" and more" if len(ids) > 6 else "")
        chance = at_least(count, [float(p[i]) for i, _ in mine])
        found = Finding(ids[0], chance, (why, named), place, members=tuple(ids[1:]))
        out.append(found)
    return out


def at_least(count: int, p: list[float]) -> float:
    """Probability that `count` or more of independent events happen."""
    some = np.zeros(len(p) + 1)
    some[0] = 1.0
    for one in p:
        some[1:] = some[1:] * (1.0 - one) + some[:-1] * one
        some[0] *= 1.0 - one
    return float(min(1.0, some[count:].sum()))
