"""Flights that only claim to be in a zone: Remote IDs or transponders that no other sensor has seen.

One transmitter can claim as many flights as it likes, so they are one alert together, from the first on,
and not one each. What is not doubted may well be a drone that no sensor reaches: it is told as soon as an
entry would be. What is surely forged stays in the alert: somebody transmits. Of whom nobody has heard for
LOOKED_S the sensors have had a look or two: that is a note.
"""

import numpy as np

from vedette.core.classes import Authorisation
from vedette.kernel.together import groups
from vedette.watch.detect.zone_entry import Chance, chance, reach
from vedette.watch.kinds import Claimed, ZoneEntry
from vedette.watch.past import spanned
from vedette.watch.places import Place, about
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, eligible
from vedette.watch.settings import WatchSettings

_DOUBTED = 0.5
_LOOKED_S = 10.0
MOST = 400  # that are compared with each other


def find(rule: Rule, what: Claimed, scene: Scene, settings: WatchSettings) -> list[Finding]:
    """One finding for all claimed flights that hang together."""
    mine = eligible(rule, scene) & scene.claimed_only
    if not mine.any():
        return []
    doubt = np.array([one.doubt if (one := scene.known.get(i)) is not None else 0.0 for i in scene.ids])
    accused = scene.rows["authorisation"] == Authorisation.UNAUTHORISED
    mine &= accused | (doubt > _DOUBTED)
    rows = np.flatnonzero(mine)[:MOST]
    if not len(rows):
        return []
    places = [place for place in about(rule, scene.places, scene.tick_ns) if place.is_zone]
    entry = ZoneEntry(horizon_s=what.horizon_s)
    reach_m = reach(entry, scene.rows[rows], settings).tolist()
    there = [
        (i, *_likeliest(entry, scene, i, places, settings, far))
        for i, far in zip(rows.tolist(), reach_m, strict=True)
    ]
    there = [one for one in there if max(one[2].now, one[2].ahead) >= settings.clear_below]
    if not there:
        return []
    number = groups(scene.place[[i for i, _, _ in there]][:, None, :], what.within_m, 1.0, np.inf)
    return [
        _finding(scene, [there[k] for k in np.flatnonzero(number == group).tolist()], doubt, settings)
        for group in np.unique(number).tolist()
    ]


def _likeliest(
    entry: ZoneEntry, scene: Scene, i: int, places: list[Place], settings: WatchSettings, reach_m: float
) -> tuple[Place | None, Chance]:
    """The place that a track is likeliest in, or will be."""
    best: tuple[Place | None, Chance] = (None, Chance(0.0, 0.0, np.nan))
    for place in places:
        one = chance(entry, scene.rows[i], place, settings, reach_m)
        likelier = (one.now, one.ahead, place.reach_m) > (best[1].now, best[1].ahead, _size(best[0]))
        if likelier:  # of several that it is in, the largest: it stays in that one longest
            best = (place, one)
    return best


def _size(place: Place | None) -> float:
    return place.reach_m if place is not None else 0.0


def _finding(
    scene: Scene, there: list[tuple[int, Place | None, Chance]], doubt: np.ndarray, settings: WatchSettings
) -> Finding:
    """All of one group, at the place of the one that is likeliest there."""
    ids = sorted(scene.ids[i] for i, _, _ in there)
    place, found = max(
        ((place, one) for _, place, one in there), key=lambda two: (two[1].now, two[1].ahead, _size(two[0]))
    )
    zone = place.name if place is not None else ""
    inside = found.now >= settings.raise_from
    where = f"inside {zone}" if inside else f"will enter {zone} in {found.time_s:.0f} s"
    doubted = [i for i, _, _ in there if doubt[i] > _DOUBTED]
    if len(ids) == 1:
        why = f"says that it is {where}" if inside else f"says that it {where}"
        why += " and holds no leave; no other sensor sees it"
    else:
        why = f"{len(ids)} that say who they are hold no leave and are seen by no other sensor: {where}"
    named = ", ".join(scene.label(one) for one in ids[:6]) + (" and more" if len(ids) > 6 else "")
    reasons = [why, named] if len(ids) > 1 else [why]
    if doubted:
        worst = max(doubted, key=lambda i: float(doubt[i]))
        known = scene.known[scene.ids[worst]]
        reasons.append(f"{len(doubted)} of {len(ids)} are doubted: somebody transmits, and may fly nothing")
        reasons += known.reasons[:1]
    return Finding(
        ids[0], found.now, tuple(reasons), place, ahead=found.ahead, time_s=found.time_s,
        members=tuple(ids[1:]), quiet=not spanned(scene.window([i for i, _, _ in there], _LOOKED_S)).any(),
    )  # fmt: skip
