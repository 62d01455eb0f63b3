"""Missions of drones and helicopters, as legs: there, the parts one after the other, and home.

What hovers slows down for sharp corners: full speed up to 20°, 2 m/s for a reversal. What cannot hover
circles instead, and comes down in a circle about its home.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors.envelopes import Envelope
from vedette.simulate.actors.legs import (
    CIRCLE,
    EVER,
    FOR,
    HERE,
    HOME,
    LINE,
    TOP,
    TURNED,
    VERTICAL,
    Leg,
    Point,
    SiteMap,
    along,
    finish,
)
from vedette.simulate.spec.missions import Hover, Mission, Orbit, Part, Route, Survey

_TAKE_OFF_MPS: Final = 4.0
_LANDING_MPS: Final = 2.0
_PAUSE_S: Final = 2.0
_AIR_SD_MPS: Final = 0.9  # of what rises and sinks between thermals, an estimate
_PARCELS: Final = 40  # of air on one glide
_WIDE: Final = 1.6  # a circle of something with wings, in its tightest ones


@dataclass(frozen=True)
class Way:
    """Legs, how many of them are the mission (the rest is the way home), and where that begins."""

    legs: NDArray[np.void]
    n_legs: int
    home_leg: int | None


@dataclass(frozen=True)
class Flyer:
    """Who flies a mission.

    home  on the map; None: where its carrier is
    """

    envelope: Envelope
    speed: float
    level: float
    home: tuple[float, float] | None
    airborne: bool

    @property
    def loiter_m(self) -> float:
        """Radius of a circle that it holds without effort."""
        return _WIDE * self.envelope.radius_m(self.speed)


def mission_way(site: SiteMap, mission: Mission, flyer: Flyer) -> Way:
    """All of a mission: take-off, parts, home, landing."""
    parts = mission if isinstance(mission, list) else [mission]
    legs: list[Leg] = []
    here: Point | None = None if flyer.home is None else (*flyer.home, flyer.level)
    known = here is not None
    if flyer.airborne:
        here = _first_point(site, parts[0], flyer, here)
    elif not flyer.envelope.turns:
        begin = (*(flyer.home or (0.0, 0.0)), site.ground_m)
        legs.append(
            Leg(
                a=begin,
                b=(0.0, 0.0, flyer.level),
                speed=_TAKE_OFF_MPS,
                amount=_PAUSE_S,
                kind=VERTICAL,
                goal=HERE,
            )
        )
    for part in parts:
        direct = not known and len(legs) <= 1 and not flyer.airborne
        begin = here or _first_point(site, part, flyer, None)
        legs += _part(site, part, flyer, begin, direct=direct or (bool(legs) and legs[-1].kind == CIRCLE))
        here = _last_point(site, part, begin, legs[-1])
    legs = [*legs[:1], *_slow_corners(legs[1:])] if not flyer.envelope.turns else legs
    back = not isinstance(parts[-1], Route) or parts[-1].return_home
    if back and legs and legs[-1].kind == LINE and not flyer.envelope.turns:
        legs[-1] = replace(legs[-1], end=0.0)
    if flyer.envelope.turns and not flyer.airborne:
        legs[0] = replace(legs[0], a=(legs[0].a[0], legs[0].a[1], site.ground_m), climb=0.0)
    count = len(legs)
    if flyer.home is None and flyer.airborne:
        return Way(finish(legs, _turn_of(flyer)), count, None)
    legs += _home(site, flyer)
    return Way(finish(legs, _turn_of(flyer)), len(legs) if back else count, count)


def _turn_of(flyer: Flyer) -> float:
    """Lateral acceleration that it rounds corners with, m/s²."""
    return 0.8 * flyer.envelope.lateral_mps2 if flyer.envelope.turns else 4.0


def _home(site: SiteMap, flyer: Flyer) -> list[Leg]:
    """From wherever it is to above its home, and down."""
    over = (*(flyer.home or (0.0, 0.0)), flyer.level)
    ground = (over[0], over[1], site.ground_m)
    if flyer.envelope.turns:
        speed, radius = flyer.speed, flyer.loiter_m
        return [
            Leg(b=over, speed=speed, end=speed, lead=radius, goal=HOME, direct=1),
            Leg(b=ground, speed=speed, radius=radius, kind=CIRCLE, goal=HOME, until=TOP),
        ]
    return [
        Leg(b=over, speed=flyer.speed, amount=_PAUSE_S, goal=HOME, direct=1),
        Leg(b=ground, speed=_LANDING_MPS, brake=1.0, kind=VERTICAL, goal=HOME),
    ]


def _first_point(site: SiteMap, part: Part, flyer: Flyer, here: Point | None) -> Point:
    """Where a part begins."""
    match part:
        case Hover():
            return (*site.xy(part.at), flyer.level)
        case Route():
            return site.point(part.waypoints[0], flyer.level - site.ground_m)
        case Orbit():
            return (*_ring(site, part, here)[0], flyer.level)
        case Survey():
            return (*_survey_points(site, part)[0], flyer.level)


def _last_point(site: SiteMap, part: Part, begin: Point, last: Leg) -> Point:
    """Where a part ends."""
    if isinstance(part, Orbit):
        return (*_ring(site, part, begin)[1], last.b[2])
    return last.b


def _part(site: SiteMap, part: Part, flyer: Flyer, here: Point, *, direct: bool) -> list[Leg]:
    """The way to a part and the part itself. direct: from wherever it is, for `here` is not known."""
    speed, turns = flyer.speed, flyer.envelope.turns
    first = _first_point(site, part, flyer, here)
    to = Leg(a=here, b=first, speed=speed, end=speed, direct=int(direct))
    match part:
        case Hover() if turns:
            loiter = Leg(
                a=first,
                b=first,
                speed=speed,
                radius=flyer.loiter_m,
                kind=CIRCLE,
                until=FOR,
                amount=part.hold_s,
            )
            return [replace(to, lead=flyer.loiter_m), loiter]
        case Hover():
            return [replace(to, end=0.0, amount=part.hold_s)]
        case Route():
            points = [site.point(place, flyer.level - site.ground_m) for place in part.waypoints]
            return [to, *(Leg(a=a, b=b, speed=speed, end=speed) for a, b in pairwise(points))][
                1 if _same(here, first) and len(points) > 1 else 0 :
            ]
        case Orbit():
            return _orbit(site, part, flyer, to, here)
        case Survey():
            points = [(*xy, flyer.level) for xy in _survey_points(site, part)]
            return [to, *(Leg(a=a, b=b, speed=speed, end=speed) for a, b in pairwise(points))][
                1 if _same(here, first) else 0 :
            ]


def _same(a: Point, b: Point) -> bool:
    return math.dist(a, b) < 1.0


def _ring(site: SiteMap, orbit: Orbit, here: Point | None) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a circle is joined, nearest to here, and where it is left."""
    centre = site.xy(orbit.centre)
    begin = 0.0 if here is None else math.degrees(math.atan2(here[0] - centre[0], here[1] - centre[1]))
    return (
        along(centre, begin, orbit.radius_m),
        along(centre, begin + 360.0 * orbit.turns, orbit.radius_m),
    )


def _orbit(site: SiteMap, orbit: Orbit, flyer: Flyer, to: Leg, here: Point) -> list[Leg]:
    """The way to a circle, and round it."""
    begin, _ = _ring(site, orbit, here)
    centre = site.xy(orbit.centre)
    radius = math.copysign(orbit.radius_m, orbit.turns)
    slow = flyer.speed if flyer.envelope.turns else max(2.0, 0.5 * flyer.speed)
    circle = Leg(
        a=(*begin, flyer.level),
        b=(*centre, flyer.level),
        speed=flyer.speed,
        radius=radius,
        kind=CIRCLE,
        until=TURNED,
        amount=2.0 * math.pi * abs(orbit.turns),
    )
    lead = 0.5 * orbit.radius_m if flyer.envelope.turns else to.lead
    if _same((here[0], here[1], flyer.level), (*begin, flyer.level)):
        return [circle]
    return [replace(to, b=(*begin, flyer.level), end=slow, lead=lead), circle]


def _slow_corners(legs: list[Leg]) -> list[Leg]:
    """Slow down for sharp corners."""
    out: list[Leg] = []
    for i, leg in enumerate(legs):
        slower = leg.end
        if i + 1 < len(legs) and leg.end > 0 and leg.kind == legs[i + 1].kind == LINE and not leg.direct:
            a, b, c = leg.a, leg.b, legs[i + 1].b
            u, v = (b[0] - a[0], b[1] - a[1]), (c[0] - b[0], c[1] - b[1])
            size = math.hypot(*u) * math.hypot(*v)
            cosine = (u[0] * v[0] + u[1] * v[1]) / size if size > 0 else 1.0
            if cosine <= math.cos(math.radians(20.0)):
                slower = max(2.0, leg.end * 0.5 * (1 + cosine))
        out.append(replace(leg, end=slower))
    return out


def _survey_points(site: SiteMap, survey: Survey) -> list[tuple[float, float]]:
    """Ends of the lines of a lawnmower pattern, to and fro."""
    centre = site.xy(survey.centre)
    count = max(2, round(survey.width_m / survey.spacing_m) + 1)
    points = []
    for k in range(count):
        across = (k - (count - 1) / 2) * survey.spacing_m
        middle = along(centre, survey.heading_deg + 90.0, across)
        half = survey.length_m / 2 * (1 if k % 2 else -1)
        points.append(along(middle, survey.heading_deg, half))
        points.append(along(middle, survey.heading_deg, -half))
    return points


def one_way_legs(
    points: Sequence[Point], speed: float, ground_m: float, *, dive: bool, envelope: Envelope
) -> NDArray[np.void]:
    """Along points, each leg at the height of its end, and down into the last one if it dives."""
    legs = [Leg(a=(a[0], a[1], b[2]), b=b, speed=speed, end=speed) for a, b in pairwise(points)]
    if dive:
        legs += _dive(legs.pop(), 1.4 * speed, ground_m, envelope)
    return finish(legs, 0.8 * envelope.lateral_mps2)


def _dive(last: Leg, speed: float, ground_m: float, envelope: Envelope) -> list[Leg]:
    """The last leg, ending in a dive of 35°, or less steep from low.

    Up to a third of the height goes by until it is diving; the aim, below the ground, makes up for that.
    """
    height = last.b[2] - ground_m
    most = math.sqrt(2.0 * envelope.accel_up_mps2 * height / 3.0)
    sink = min(speed * math.tan(math.radians(35.0)), envelope.sink_mps, most)
    length = math.dist(last.a[:2], last.b[:2])
    share = max(0.0, 1.0 - height / sink * speed / max(length, 1.0))
    top = (
        last.a[0] + share * (last.b[0] - last.a[0]),
        last.a[1] + share * (last.b[1] - last.a[1]),
        last.b[2],
    )
    aim = (last.b[0], last.b[1], ground_m - sink * sink / (2.0 * envelope.accel_up_mps2))
    return [replace(last, b=top), Leg(a=top, b=aim, speed=speed, end=speed)]


def thermal_way(
    site: SiteMap,
    places: Sequence[tuple[float, float]],
    *,
    top_m: float,
    climb_mps: float,
    speed: float,
    ratio: float,
    envelope: Envelope,
    bottom_m: float,
    air: np.random.Generator | None = None,
) -> NDArray[np.void]:
    """Up in one thermal, across to the next one, and from the last to the first; heights above ground.

    air  draws what rises and sinks between thermals; None: still air
    """
    ground = site.ground_m
    slow = max(envelope.slow_mps * 1.2, 0.85 * speed)
    radius = 1.25 * envelope.radius_m(slow)
    legs: list[Leg] = []
    for k, place in enumerate(places):
        following = places[(k + 1) % len(places)]
        right = radius if k % 2 == 0 else -radius
        legs.append(
            Leg(
                a=(*place, ground + (bottom_m if k == 0 else top_m)),
                b=(*place, ground + top_m),
                speed=slow,
                radius=right,
                climb=climb_mps,
                kind=CIRCLE,
                until=TOP,
                drift=1,
            )
        )
        away_m = math.dist(place, following)
        arrive = ground + max(top_m - away_m / ratio, 0.3 * top_m)
        if air is not None:
            polar = _Polar(speed, ratio, envelope.top_mps)
            legs += _dolphin(following, away_m, (ground + 0.3 * top_m, ground + top_m), polar, climb_mps, air)
        legs.append(Leg(b=(*following, arrive), speed=speed, end=speed, lead=1.5 * radius, direct=1))
    return finish(legs, envelope.lateral_mps2)


@dataclass(frozen=True)
class _Polar:
    """How a glider sinks: a v^3 + b / v, the two alike at its best glide.

    best_mps, ratio  speed of the best glide, and metres ahead there for one down
    top_mps          as fast as it may go

    Source: Reichmann (1978), Cross-country soaring, appendix: MacCready's speed to fly.
    """

    best_mps: float
    ratio: float
    top_mps: float

    def sink_mps(self, speed_mps: float) -> float:
        """Through still air."""
        share = speed_mps / self.best_mps
        return 0.5 * self.best_mps / self.ratio * (share**3 + 1.0 / share)

    def to_fly_mps(self, climb_mps: float, rising_mps: float) -> float:
        """Speed for the next climb, in air that rises by so much."""
        wanted = max((climb_mps - rising_mps) * self.ratio / self.best_mps, -0.6)
        share = 1.0
        for _ in range(20):  # share^3 - 1 / share = wanted, by Newton's steps
            share -= (share**3 - 1.0 / share - wanted) / (3.0 * share**2 + 1.0 / share**2)
        return float(min(share * self.best_mps, self.top_mps))


def _dolphin(
    to: tuple[float, float], away_m: float, heights: tuple[float, float], polar: _Polar, climb_mps: float,
    air: np.random.Generator,
) -> list[Leg]:  # fmt: skip
    """Most of a glide: slower and up in air that rises, faster and down in air that sinks.

    A pilot expects a part of the next climb only, a third to two thirds: a custom of ours.
    """
    expected = float(air.uniform(0.3, 0.7)) * climb_mps
    low, high = heights
    legs: list[Leg] = []
    gone_m = 0.0
    while gone_m < 0.6 * away_m and len(legs) < _PARCELS:
        rising, lasts_s = float(_AIR_SD_MPS * air.standard_normal()), float(air.uniform(6.0, 30.0))
        speed = polar.to_fly_mps(expected, rising)
        up = rising - polar.sink_mps(speed)
        legs.append(
            Leg(
                b=(*to, high if up > 0.0 else low), speed=speed, end=speed, climb=max(abs(up), 0.05),
                until=FOR, amount=lasts_s, direct=1,
            )
        )  # fmt: skip
        gone_m += speed * lasts_s
    return legs


__all__ = ["EVER", "Flyer", "Way", "mission_way", "one_way_legs", "thermal_way"]
