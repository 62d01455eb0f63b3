"""Those who come in numbers: formations, flocks, and traffic by the thousand.

What is drawn here is drawn with the actor's name, so a scenario has the same crowd whatever the seed;
`scatter_m` and the motion itself differ.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from vedette.simulate.actors.columns import FOLLOW, WANDER
from vedette.simulate.actors.envelopes import ENVELOPES
from vedette.simulate.actors.legs import Point, SiteMap, finish, lines
from vedette.simulate.actors.member import Member, hash_of
from vedette.simulate.actors.missions import thermal_way
from vedette.simulate.spec.actors import Flock, Formation, Share, Traffic

_SPARE_MPS: Final = 3.0  # faster than the leader, to catch up
_SPARE: Final = 1.25
_BIRD_CLIMB_MPS: Final = 1.5
_BIRD_RATIO: Final = 12.0  # white stork, Pennycuick (1972), Ibis 114
_LEG_S: Final = 240.0  # how long a leg of traffic takes about
_ICAO24: Final = 0xF00000
_HEIGHTS_M: Final = {
    "multirotor_small": (30.0, 120.0),
    "multirotor_medium": (30.0, 120.0),
    "multirotor_large": (30.0, 120.0),
    "fixed_wing": (60.0, 150.0),
    "one_way": (80.0, 200.0),
    "airliner": (2_000.0, 11_000.0),
    "jet": (1_000.0, 8_000.0),
    "light": (300.0, 1_500.0),
    "helicopter": (150.0, 600.0),
    "bird": (20.0, 300.0),
    "vehicle": (0.0, 0.0),
    "ship": (0.0, 0.0),
}
_DRONES: Final = ("multirotor_small", "multirotor_medium", "multirotor_large", "fixed_wing", "one_way")
_WITH_TRANSPONDER: Final = ("airliner", "light", "helicopter")


def places_in(shape: str, count: int, spacing_m: float) -> list[tuple[float, float, float]]:
    """Right, ahead, up of the leader, of so many in a shape; nobody in the leader's own place."""
    ranks = [(1.0 if k % 2 == 0 else -1.0, k // 2 + 1) for k in range(count)]
    match shape:
        case "vee":
            return [(hand * rank * spacing_m, -rank * spacing_m, 0.0) for hand, rank in ranks]
        case "line":
            return [(hand * rank * spacing_m, 0.0, 0.0) for hand, rank in ranks]
        case "column":
            return [(0.0, -(k + 1) * spacing_m, 0.0) for k in range(count)]
        case "grid":
            side = math.ceil(math.sqrt(count + 1))
            cells = [divmod(k, side) for k in range(side * side)]
            own = (0, (side - 1) // 2)
            cells = [cell for cell in cells if cell != own][:count]
            return [((column - own[1]) * spacing_m, -row * spacing_m, 0.0) for row, column in cells]
        case _:  # ball: nearest places of a cubic lattice
            return _lattice(count, spacing_m)


def _lattice(count: int, spacing_m: float) -> list[tuple[float, float, float]]:
    """The nearest points of a cubic lattice about the leader, without its own."""
    reach = math.ceil((count + 1) ** (1 / 3)) // 2 + 1
    grid = np.mgrid[-reach : reach + 1, -reach : reach + 1, -reach : reach + 1].reshape(3, -1).T
    order = np.lexsort((*grid.T, (grid**2).sum(axis=1)))
    chosen = grid[order[1 : count + 1]] * spacing_m
    return [(float(a), float(b), float(c)) for a, b, c in chosen]


def followers(leader: Member, index: int, formation: Formation) -> list[Member]:
    """Those who begin, repeat and end with their leader."""
    places = formation.offsets or places_in(formation.shape, formation.count or 1, formation.spacing_m)
    envelope = leader.envelope
    top = leader.speed_mps + _SPARE_MPS if not envelope.turns else leader.speed_mps * _SPARE
    return [
        Member(
            name=f"{formation.name} {k + 1}",
            actor=formation,
            envelope=envelope,
            mode=FOLLOW,
            rcs_m2=formation.rcs_m2 or envelope.rcs_m2,
            authorised=leader.authorised,
            leader=index,
            place=place,
            speed_mps=leader.speed_mps,
            top_mps=top,
            jitter_sd_m=formation.sway_m,
            emission_mhz=formation.emission_mhz,
            pilot=leader.pilot,
            at_loss=leader.at_loss,
            inertial=leader.inertial,
            navigates=leader.navigates,
        )
        for k, place in enumerate(places)
    ]


def birds(site: SiteMap, flock: Flock, index: int) -> list[Member]:
    """One bird that wanders and others that keep loosely about it; or each in thermals of its own way."""
    rng = np.random.default_rng(hash_of(flock.name))
    ground = site.ground_m
    slow, fast = flock.speed_mps
    low, high = flock.height_m
    envelope = ENVELOPES["bird"]
    out = []
    for k in range(flock.count):
        right, ahead, up = flock.spread_m * rng.standard_normal(3) * (1.0, 1.0, 0.2)
        speed = float(rng.uniform(slow + 0.15 * (fast - slow), fast - 0.15 * (fast - slow)))
        bird = Member(
            name=f"{flock.name} {k + 1}",
            actor=flock,
            envelope=envelope,
            mode=WANDER if k == 0 else FOLLOW,
            rcs_m2=flock.rcs_m2,
            leader=-1 if k == 0 else index,
            place=(float(right), float(ahead), float(up)),
            centre=site.xy(flock.centre),
            radius_m=math.inf if flock.course_deg is not None else flock.radius_m,
            course_deg=flock.course_deg or 0.0,
            height_m=(ground + low, ground + high),
            speed_mps=speed,
            top_mps=fast,
            jitter_sd_m=0.2 * flock.spread_m,
        )
        out.append(_soaring(site, flock, bird, rng) if flock.soaring else bird)
    return out


def _soaring(site: SiteMap, flock: Flock, bird: Member, rng: np.random.Generator) -> Member:
    """A bird that circles up in thermals about the centre, and glides between."""
    x, y = site.xy(flock.centre)
    angle, away = rng.uniform(0.0, 2.0 * math.pi, 4), flock.radius_m * np.sqrt(rng.random(4))
    spots = [
        (x + float(r * math.sin(a)), y + float(r * math.cos(a))) for a, r in zip(angle, away, strict=True)
    ]
    legs = thermal_way(
        site,
        spots,
        top_m=flock.height_m[1],
        bottom_m=flock.height_m[0],
        climb_mps=_BIRD_CLIMB_MPS,
        speed=bird.speed_mps,
        ratio=_BIRD_RATIO,
        envelope=bird.envelope,
    )
    return replace(bird, mode=0, leader=-1, legs=legs, loop_leg=0, airborne=True, jitter_sd_m=0.0)


def traffic(site: SiteMap, actor: Traffic, index: int) -> list[Member]:
    """Many, each on a round of its own."""
    rng = np.random.default_rng(hash_of(actor.name))
    weights = np.array([share.weight for share in actor.mix])
    kinds = rng.choice(len(actor.mix), size=actor.count, p=weights / weights.sum())
    low, high = _corners(site, actor)
    centre = rng.uniform(low, high, (actor.count, 2))
    return [
        _one(site, actor, actor.mix[int(kinds[k])], centre[k], (low, high), rng, k, index + k)
        for k in range(actor.count)
    ]


def _corners(site: SiteMap, actor: Traffic) -> tuple[np.ndarray, np.ndarray]:
    """South-west and north-east of its box on the map."""
    if actor.box is None:
        half = actor.square_m / 2
        return np.array([-half, -half]), np.array([half, half])
    south, west, north, east = actor.box
    return np.array(site.xy((south, west))), np.array(site.xy((north, east)))


def _one(
    site: SiteMap,
    actor: Traffic,
    share: Share,
    centre: np.ndarray,
    box: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    k: int,
    row: int,
) -> Member:
    """One of a traffic."""
    kind = share.kind
    envelope = ENVELOPES[kind]
    speed = envelope.cruise_mps
    low, high = share.height_m or _HEIGHTS_M[kind]
    z = site.ground_m + float(rng.uniform(low, high))
    reach = speed * _LEG_S
    spots = np.clip(centre + rng.uniform(-reach, reach, (actor.waypoints, 2)), *box)
    points: list[Point] = [(float(x), float(y), z) for x, y in spots]
    points.append(points[0])
    brake = 0.5 * envelope.accel_mps2
    end = speed if envelope.turns and envelope.slow_mps > 0 else 0.3 * speed
    turn = 0.8 * envelope.lateral_mps2
    drone, seen = kind in _DRONES, kind in _WITH_TRANSPONDER
    return Member(
        name=f"{actor.name} {k + 1}",
        actor=actor,
        envelope=envelope,
        rcs_m2=envelope.rcs_m2,
        authorised=not drone or k % 2 == 0,
        legs=finish(lines(points, speed, end=end, brake=brake), turn, loop=True),
        loop_leg=0,
        speed_mps=speed,
        top_mps=envelope.top_mps,
        airborne=True,
        icao24=_ICAO24 + row if seen else None,
        callsign=f"TFC{row}" if seen else "",
        serial=f"1TRF{row:09d}" if drone else "",
        remote_id=kind.startswith("multirotor") and k % 2 == 0,
        emission_mhz=2_437.0 if kind.startswith("multirotor") else None,
        at_loss=-1 if drone else 0,
        inertial=kind in ("airliner", "jet"),
        navigates=drone or seen,
    )
