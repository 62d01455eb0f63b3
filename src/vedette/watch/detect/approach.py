"""Approach: a track will pass near a place, long before it is there.

The closest point of approach to the circle about the place's middle that holds all of it, on a straight
line. The probability is that of passing within within_m of that circle, times that of the class; see
`kernel.approach`. Who is at the place already does not approach it.
"""

import math

import numpy as np

from vedette.kernel.approach import closest
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.watch.kinds import Approach
from vedette.watch.places import Place, about
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, eligible, likely


def find(rule: Rule, what: Approach, scene: Scene) -> list[Finding]:
    """Who comes."""
    rows = np.flatnonzero(eligible(rule, scene) & (scene.speed_mps >= what.from_mps)).tolist()
    if not rows:
        return []
    limit = math.inf if rule.near_m is None else rule.near_m
    p = likely(rule, scene)
    best: dict[int, Finding] = {}
    for place in about(rule, scene.places, scene.tick_ns):
        away = scene.outside_m(place)
        for i in rows:
            if what.within_m < away[i] <= limit:
                found = _one(what, scene, place, i, float(p[i]))
                before = best.get(i)
                if found is not None and (before is None or _rank(found) > _rank(before)):
                    best[i] = found
    return list(best.values())


def _rank(found: Finding) -> tuple[float, float]:
    """The likelier first, then the smaller place."""
    return found.ahead, -found.place.reach_m if found.place is not None else 0.0


def _one(what: Approach, scene: Scene, place: Place, i: int, p: float) -> Finding | None:
    """The first of the place's shapes that the track comes to."""
    row = scene.rows[i]
    lat, lon = np.array([row["lat_deg"]], np.float64), np.array([row["lon_deg"]], np.float64)
    out = None
    for shape in place.shapes:
        at = enu_from_geodetic(shape.origin, lat, lon, np.zeros(1))[0, :2]
        chance, time_s, miss_m = closest(
            np.ascontiguousarray(at), scene.velocity[i], float(row["sd_major_m"]), float(row["speed_sd_mps"]),
            what.manoeuvre_m2ps3, shape.reach_m + what.within_m, what.horizon_s,
        )  # fmt: skip
        away = math.hypot(at[0], at[1])
        closing = -float(at @ scene.velocity[i]) / max(away, 1.0)
        if closing < what.from_mps or math.isnan(time_s):
            continue
        passes = max(0.0, miss_m - shape.reach_m)
        goes = "flies at it" if passes < 1.0 else f"will pass {passes:.0f} m from it"
        why = f"comes towards {place.name} at {closing:.0f} m/s, {goes}, there in {time_s:.0f} s"
        if out is None or chance * p > out.ahead:
            out = Finding(scene.ids[i], 0.0, (why,), place, ahead=chance * p, time_s=time_s)
    return out
