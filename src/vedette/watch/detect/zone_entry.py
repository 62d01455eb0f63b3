"""Zone entry: a drone without leave is in a zone that applies now, or will be within the horizon.

Nine points carry the uncertainty of place and velocity, and what the drone may manoeuvre, along a straight
line; see `kernel.inside`. For a drone with leave for a zone next door only being inside counts: a turn at
the edge is not yet a breach.

What may be a drone and is not yet held for one, or may yet say who it is, is a quiet finding: told as info.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import Authorisation
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.inside import entry
from vedette.watch.kinds import ZoneEntry
from vedette.watch.places import Place, about, roughly_outside
from vedette.watch.rule import Rule
from vedette.watch.scene import Finding, Scene, eligible, in_time, likely
from vedette.watch.settings import WatchSettings

_STEP_M = 25.0
_KINDS = {"PROHIBITED": "prohibited", "REQ_AUTHORIZATION": "by authorisation only"}


@dataclass(frozen=True, slots=True)
class Chance:
    """Probability of being inside now, within the horizon, and the time to it."""

    now: float
    ahead: float
    time_s: float
    height_known: bool = True


def find(
    rule: Rule, what: ZoneEntry, scene: Scene, settings: WatchSettings, permits: Mapping[int, list[str]]
) -> list[Finding]:
    """Who is in a zone where it may not be, or comes into it: one finding a track and zone."""
    quiet = _open(rule, what, scene)
    mine = eligible(rule, scene) | (scene.rows["authorisation"] == Authorisation.AUTHORISED) | quiet
    rows = np.flatnonzero(mine).tolist()
    places = [place for place in about(rule, scene.places, scene.tick_ns) if place.is_zone]
    out: list[Finding] = []
    if not rows:
        return out
    reach_m = reach(what, scene.rows, settings)
    far = {place.id: roughly_outside(place, *_latitudes(scene)) > reach_m for place in places}
    for i in rows:
        permit = permits.get(scene.ids[i])
        authorised = scene.rows["authorisation"][i] == Authorisation.AUTHORISED
        if authorised and not permit:
            continue
        for place in places:
            if far[place.id][i] or (authorised and permit and place.id in permit):
                continue
            odds = chance(what, scene.rows[i], place, settings, float(reach_m[i]))
            if authorised:
                odds = Chance(odds.now, odds.now, math.nan, odds.height_known)
            if odds.now > 0.0 or odds.ahead > 0.0:
                out.append(_finding(scene, i, place, odds, settings.raise_from, quiet=bool(quiet[i])))
    return out


def _open(rule: Rule, what: ZoneEntry, scene: Scene) -> NDArray[np.bool_]:
    """Which tracks (n,) may be drones, and are not yet held for one: the sensors must say more first."""
    if Authorisation.UNKNOWN.name.lower() in rule.leave or not in_time(rule, scene.tick_ns, scene.origin):
        return np.zeros(len(scene.rows), np.bool_)
    case = np.array([one.case if (one := scene.known.get(i)) is not None else 0.0 for i in scene.ids])
    out: NDArray[np.bool_] = (scene.rows["authorisation"] == Authorisation.UNKNOWN) & (case >= what.note_from)
    out &= likely(rule, scene) >= rule.class_from
    return out if rule.common.claims_only else out & ~scene.claimed_only


def _latitudes(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return scene.rows["lat_deg"].astype(np.float64), scene.rows["lon_deg"].astype(np.float64)


def reach(what: ZoneEntry, rows: NDArray[np.void], settings: WatchSettings) -> NDArray[np.float64]:
    """How far (n,) tracks may come within the horizon, m: what is further from a zone cannot enter it."""
    horizon_s = _horizon_s(what, settings)
    speed = np.hypot(rows["v_east_mps"].astype(np.float64), rows["v_north_mps"].astype(np.float64))
    spread_mps = np.nan_to_num(rows["speed_sd_mps"].astype(np.float64))  # NaN is not known
    manoeuvre_m = math.sqrt(what.manoeuvre_m2ps3 * horizon_s**3 / 3.0)
    out: NDArray[np.float64] = (
        speed * horizon_s
        + 2.0 * np.maximum(spread_mps, 0.0) * horizon_s
        + 3.0 * rows["sd_major_m"].astype(np.float64)
        + 2.0 * manoeuvre_m
    )
    return out


def _horizon_s(what: ZoneEntry, settings: WatchSettings) -> float:
    return settings.horizon_s if what.horizon_s is None else what.horizon_s


def chance(what: ZoneEntry, row: np.void, place: Place, settings: WatchSettings, reach_m: float) -> Chance:
    """How likely the track is in a zone, or about to be: in the likeliest of its volumes.

    reach_m  of the track, see reach
    """
    horizon_s = _horizon_s(what, settings)
    ve, vn = float(row["v_east_mps"]), float(row["v_north_mps"])
    speed = math.hypot(ve, vn)
    lat, lon = np.array([row["lat_deg"]], np.float64), np.array([row["lon_deg"]], np.float64)
    velocity = np.array([ve, vn])
    step_s = min(settings.step_s, max(_STEP_M / max(speed, 1.0), 0.1))  # no zone is stepped over
    height = np.array([row["alt_m"], row["v_up_mps"]], np.float64)
    best = Chance(0.0, 0.0, math.nan)
    for shape in place.shapes:
        at = enu_from_geodetic(shape.origin, lat, lon, np.zeros(1))[0, :2]
        if math.hypot(at[0], at[1]) > shape.reach_m + reach_m + 200.0:
            continue
        now, ahead, time_s = entry(
            np.ascontiguousarray(at), velocity, _axes(row), float(row["speed_sd_mps"]), height, shape.band,
            shape.vertices, shape.ring_end, shape.circle, horizon_s, step_s, what.manoeuvre_m2ps3,
        )  # fmt: skip
        if (now, ahead) > (best.now, best.ahead):
            best = Chance(now, ahead, time_s, not math.isnan(height[0]))
    return best


def _axes(row: np.void) -> NDArray[np.float64]:
    """1-sigma of the position along east and along north, from the row's ellipse."""
    angle = math.radians(float(row["sd_angle_deg"]))
    major, minor = float(row["sd_major_m"]), float(row["sd_minor_m"])
    s, c = math.sin(angle), math.cos(angle)
    return np.array([math.hypot(major * s, minor * c), math.hypot(major * c, minor * s)])


def _finding(scene: Scene, i: int, place: Place, found: Chance, raise_from: float, *, quiet: bool) -> Finding:
    zone = place.shapes[0].zone
    kind = _KINDS.get(zone.type, "conditional")
    if found.now >= raise_from:
        why = f"inside {zone.name} ({kind}), {100 * found.now:.0f} %"
    else:
        odds = f"{100 * found.ahead:.0f} %"
        why = f"will enter {zone.name} ({kind}) in {found.time_s:.0f} s if it goes on, {odds}"
    height = [] if found.height_known else ["its height is not known: any height was taken to count"]
    known = scene.known.get(scene.ids[i])
    open_yet = []
    if quiet and known is not None:
        open_yet = [f"may be a drone: {100 * known.case:.0f} % of the case for an alert is made"]
    reasons = known.reasons[:1] if known is not None else ()
    return Finding(
        scene.ids[i],
        found.now,
        (why, *height, *open_yet, *reasons),
        place,
        ahead=found.ahead,
        time_s=found.time_s,
        quiet=quiet,
    )
