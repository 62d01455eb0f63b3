"""Who takes part: the actors of a scenario as columns, one row an individual.

A row is one slot: an airliner of an arrival stream, a drone, a bird. When a slot appears again
(`repeat_s`) it is another individual, with another id, address and callsign.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.simulate.actors.routes import (
    LEG,
    SiteMap,
    arrival_legs,
    departure_legs,
    multirotor_legs,
)
from vedette.simulate.spec.actors import CLASS_INDEX, Arrival, Departure, Flock, Formation, Multirotor
from vedette.simulate.spec.place import Place
from vedette.simulate.spec.scenario import Scenario

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUTE: Final = 0
FOLLOW: Final = 1
WANDER: Final = 2
_FORMATION_SPARE_MPS: Final = 3.0  # faster than the leader, to catch up
_LOOK_S: Final = {"aeroplane": 5.0, "multirotor": 1.2}


@dataclass(frozen=True, kw_only=True)
class Member:
    """One individual slot, before it becomes a row. Units as in Roster."""

    name: str
    class_name: str
    mode: int
    start_s: float
    repeat_s: float | None
    rcs_m2: float
    authorised: bool = True
    legs: NDArray[np.void] | None = None
    leader: int = -1
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    centre: tuple[float, float] = (0.0, 0.0)
    radius_m: float = 0.0
    height_m: tuple[float, float] = (0.0, 0.0)
    speed_mps: float = 0.0
    top_mps: float = 0.0
    jitter_sd_m: float = 0.0
    icao24: int | None = None
    callsign: str = ""
    serial: str = ""
    operator: str = ""
    remote_id: bool = False
    emission_mhz: float | None = None
    pilot: Place | None = None


class Roster:
    """All members as columns; fixed while the scenario runs.

    mode            ROUTE, FOLLOW or WANDER
    class_index     into CLASSES
    legs            LEG rows of all routes; a member flies n_legs from first_leg
    begin_geo       (n, 3) lat_deg, lon_deg, m above the ellipsoid, and begin_velocity (n, 3) m/s
    leader, offset  whom a follower follows, and where: right, ahead, up, m; top_mps its top speed
    centre          (n, 2) m on the map, radius_m, height_m (n, 2) above the ellipsoid: of wanderers
    accel_mps2      most horizontal acceleration; accel_up_mps2 vertical; climb_mps, sink_mps
    look_s          how far ahead on its leg a member steers
    """

    def __init__(self, members: list[Member], site_map: SiteMap) -> None:
        """Turn members into columns."""
        self.members = members
        self.map = site_map
        self.mode = np.array([m.mode for m in members], np.int64)
        self.class_index = np.array([CLASS_INDEX[m.class_name] for m in members], np.int64)
        self.authorised = np.array([m.authorised for m in members], bool)
        self.rcs_m2 = np.array([m.rcs_m2 for m in members])
        self.start_s = np.array([m.start_s for m in members])
        self.repeat_s = np.array([np.inf if m.repeat_s is None else m.repeat_s for m in members])
        self.leader = np.array([m.leader for m in members], np.int64)
        self.offset = np.array([m.offset for m in members]).reshape(-1, 3)
        self.centre = np.array([m.centre for m in members]).reshape(-1, 2)
        self.radius_m = np.array([m.radius_m for m in members])
        self.height_m = np.array([m.height_m for m in members]).reshape(-1, 2)
        self.speed_mps = np.array([m.speed_mps for m in members])
        self.top_mps = np.array([m.top_mps for m in members])
        self.jitter_sd_m = np.array([m.jitter_sd_m for m in members])
        self.has_transponder = np.array([m.icao24 is not None for m in members], bool)
        self.emission_mhz = np.array([np.nan if m.emission_mhz is None else m.emission_mhz for m in members])
        self.remote_id = np.array([m.remote_id for m in members], bool)
        heavy = self.class_index == CLASSES.index("aeroplane")
        self.accel_mps2 = np.where(heavy, 3.0, np.where(self.mode == WANDER, 5.0, 4.5))
        self.accel_up_mps2 = np.where(heavy, 1.5, 2.5)
        self.climb_mps = np.where(heavy, 20.0, 5.0)
        self.sink_mps = np.where(heavy, 12.0, 3.0)
        self.climb_gain = np.where(heavy, 0.2, 0.8)
        self.look_s = np.where(heavy, _LOOK_S["aeroplane"], _LOOK_S["multirotor"])
        self._lay_legs()

    def __len__(self) -> int:
        """How many slots."""
        return len(self.members)

    def _lay_legs(self) -> None:
        """Put all legs into one array, and find where each member begins."""
        counts = [0 if m.legs is None else len(m.legs) for m in self.members]
        self.n_legs = np.array(counts, np.int64)
        self.first_leg = np.concatenate(([0], np.cumsum(self.n_legs)[:-1])).astype(np.int64)[: len(counts)]
        all_legs = [m.legs for m in self.members if m.legs is not None]
        self.legs = np.concatenate(all_legs) if all_legs else np.zeros(0, LEG)
        self.begin_geo = np.zeros((len(counts), 3))
        self.begin_velocity = np.zeros((len(counts), 3))
        for i, member in enumerate(self.members):
            if member.legs is None:
                x, y = member.centre
                self.begin_geo[i] = self.map.geodetic((x, y, float(np.mean(member.height_m))))
                continue
            leg = member.legs[0]
            a, b = leg["a"], leg["b"]
            self.begin_geo[i] = self.map.geodetic((float(a[0]), float(a[1]), float(a[2])))
            flying = a[2] > self.map.ground_m + 1.0
            length = float(np.hypot(*(b - a)[:2]))
            if flying and length > 1.0:
                self.begin_velocity[i] = (b - a) / length * leg["speed"]


def build(scenario: Scenario) -> Roster:
    """Everybody of a scenario, in the order of its file."""
    site_map = SiteMap(scenario.site)
    members: list[Member] = []
    first: dict[str, int] = {}
    for actor in scenario.actor:
        first[actor.name] = len(members)
        match actor:
            case Arrival() | Departure():
                members += _airliners(site_map, actor)
            case Multirotor():
                members.append(_multirotor(site_map, actor))
            case Formation():
                members += _followers(members[first[actor.leader]], first[actor.leader], actor)
            case Flock():
                members += _birds(site_map, actor, len(members))
    return Roster(members, site_map)


def _airliners(site_map: SiteMap, actor: Arrival | Departure) -> list[Member]:
    """One member a callsign, one behind the other."""
    legs = arrival_legs(site_map, actor) if isinstance(actor, Arrival) else departure_legs(site_map, actor)
    return [
        Member(
            name=callsign,
            class_name="aeroplane",
            mode=ROUTE,
            start_s=actor.start_s + k * actor.spacing_s,
            repeat_s=actor.repeat_s,
            rcs_m2=30.0,
            legs=legs,
            icao24=int(actor.icao24, 16) + k,
            callsign=callsign,
        )
        for k, callsign in enumerate(actor.callsigns)
    ]


def _multirotor(site_map: SiteMap, drone: Multirotor) -> Member:
    """One drone."""
    return Member(
        name=drone.name,
        class_name="multirotor",
        mode=ROUTE,
        start_s=drone.start_s,
        repeat_s=drone.repeat_s,
        rcs_m2=drone.rcs_m2,
        authorised=drone.authorised,
        legs=multirotor_legs(site_map, drone),
        speed_mps=drone.speed_mps,
        serial=drone.serial,
        operator=drone.operator,
        remote_id=drone.remote_id,
        emission_mhz=drone.emission_mhz,
        pilot=drone.home,
    )


def _followers(leader: Member, index: int, formation: Formation) -> list[Member]:
    """Drones that begin, repeat and end with their leader."""
    return [
        Member(
            name=f"{formation.name} {k + 1}",
            class_name=leader.class_name,
            mode=FOLLOW,
            start_s=leader.start_s,
            repeat_s=leader.repeat_s,
            rcs_m2=formation.rcs_m2,
            authorised=leader.authorised,
            leader=index,
            offset=offset,
            top_mps=leader.speed_mps + _FORMATION_SPARE_MPS,
            jitter_sd_m=0.6,
            emission_mhz=formation.emission_mhz,
            pilot=leader.pilot,
        )
        for k, offset in enumerate(formation.offsets)
    ]


def _birds(site_map: SiteMap, flock: Flock, index: int) -> list[Member]:
    """One bird that wanders and others that keep loosely about it."""
    rng = np.random.default_rng(abs(hash_of(flock.name)))
    ground = site_map.ground_m
    slow, fast = flock.speed_mps
    low, high = flock.height_m
    birds = []
    for k in range(flock.count):
        right, ahead, up = flock.spread_m * rng.standard_normal(3) * (1.0, 1.0, 0.2)
        birds.append(
            Member(
                name=f"{flock.name} {k + 1}",
                class_name="bird",
                mode=WANDER if k == 0 else FOLLOW,
                start_s=flock.start_s,
                repeat_s=flock.repeat_s,
                rcs_m2=flock.rcs_m2,
                leader=-1 if k == 0 else index,
                offset=(float(right), float(ahead), float(up)),
                centre=site_map.xy(flock.centre),
                radius_m=flock.radius_m,
                height_m=(ground + low, ground + high),
                speed_mps=float(rng.uniform(slow + 0.15 * (fast - slow), fast - 0.15 * (fast - slow))),
                top_mps=fast,
                jitter_sd_m=0.2 * flock.spread_m,
            )
        )
    return birds


def hash_of(text: str) -> int:
    """The same number for the same text in every process: FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def callsign_of(member: Member, life: int) -> str:
    """Callsign in its n-th life: the flight number counts up by ten."""
    found = re.fullmatch(r"([A-Z]+)(\d+)(.*)", member.callsign)
    if life <= 1 or not found:
        return member.callsign
    letters, number, rest = found.groups()
    return f"{letters}{(int(number) + 10 * (life - 1)) % 10_000}{rest}"[:8]


def icao24_of(member: Member, life: int) -> int | None:
    """Address in its n-th life."""
    return None if member.icao24 is None else (member.icao24 + 64 * (life - 1)) & 0xFFFFFF


def name_of(member: Member, life: int) -> str:
    """Name in its n-th life, as the truth file says it."""
    if member.callsign:
        return callsign_of(member, life)
    return member.name if life <= 1 else f"{member.name} #{life}"
