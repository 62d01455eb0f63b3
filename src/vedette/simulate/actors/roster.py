"""Who takes part: the actors of a scenario as columns, one row an individual.

A row is one slot: an airliner of an arrival stream, a drone, a bird. When a slot appears again
(`repeat_s`) it is another individual, with another id, address and callsign.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors.columns import FOLLOW, FORM
from vedette.simulate.actors.legs import CIRCLE, LEG, SENT, SiteMap
from vedette.simulate.actors.member import Member, callsign_of, hash_of, icao24_of, name_of
from vedette.simulate.actors.wind import air_of
from vedette.simulate.spec.actors import CLASS_INDEX
from vedette.simulate.spec.gnss import Jamming, Spoofing
from vedette.simulate.spec.weather import Weather

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_EFFECTS = {"drift": 1, "return": 2, "land": 3}

__all__ = ["Member", "Roster", "callsign_of", "hash_of", "icao24_of", "name_of"]


class Roster:
    """All members as columns; fixed while the scenario runs.

    members          what is not a number
    form             (n,)   FORM
    legs             (k,)   LEG, of all; the first ones are legs.SENT
    begin            (n, 6) map east and north m, height m, course deg, m/s along it, m/s up
    start_s          (n,)   first appearance; inf: it waits
    repeat_s         (n,)   inf: once
    class_index      (n,)   into CLASSES
    rcs_m2, authorised, has_transponder, emission_mhz (NaN silent), remote_id, body  (n,)
    transmitter_geo  (n, 3) NaN: itself
    pilot_geo        (n, 3) where its pilot stands at first, NaN nobody
    walkers          rows whose pilots walk; riders: whose pilots are on the carrier that they took off from
    by_actor         rows of each actor, by its name
    air, frame, jammed, spoofed   the weather, the map and the areas, as kernels take them
    """

    def __init__(
        self,
        members: Sequence[Member],
        site_map: SiteMap,
        weather: Weather | None = None,
        jamming: Sequence[Jamming] = (),
        spoofing: Sequence[Spoofing] = (),
    ) -> None:
        """Turn members into columns."""
        self.members = list(members)
        self.map = site_map
        self.frame = site_map.frame()
        self.air = air_of(weather or Weather())
        self.jammed = np.array([[*_area(one), _EFFECTS[one.effect]] for one in jamming]).reshape(-1, 6)
        self.spoofed = np.array(
            [[*_area(one), one.to[0] - one.centre[0], one.to[1] - one.centre[1]] for one in spoofing]
        ).reshape(-1, 7)
        self.class_index = np.array([CLASS_INDEX[m.envelope.class_name] for m in members], np.int64)
        self.authorised = np.array([m.authorised for m in members], bool)
        self.rcs_m2 = np.array([m.rcs_m2 for m in members])
        self.start_s = np.array([_start_s(m) for m in members])
        self.repeat_s = np.array(
            [math.inf if m.actor.repeat_s is None else m.actor.repeat_s for m in members]
        )
        self.has_transponder = np.array([m.icao24 is not None for m in members], bool)
        self.emission_mhz = np.array([np.nan if m.emission_mhz is None else m.emission_mhz for m in members])
        self.remote_id = np.array([m.remote_id for m in members], bool)
        self.body = np.array([m.body for m in members], bool)
        unknown = (math.nan,) * 3
        self.transmitter_geo = np.array([m.transmitter or unknown for m in members]).reshape(-1, 3)
        ground = site_map.ground_m
        self.pilot_geo = np.array(
            [unknown if m.pilot is None else (*m.pilot, ground) for m in members]
        ).reshape(-1, 3)
        self.walkers = [i for i, m in enumerate(members) if m.pilot_walk and m.pilot is not None]
        rides = [i for i, m in enumerate(members) if m.carrier >= 0 and m.pilot is None and m.serial]
        self.riders = np.array(rides, np.int64)
        self.names = np.array([name_of(m, 1)[:32] for m in members], "<U32")
        self.by_actor: dict[str, list[int]] = {}
        for i, member in enumerate(members):
            self.by_actor.setdefault(member.actor.name, []).append(i)
        self._lay_legs()

    def __len__(self) -> int:
        """How many slots."""
        return len(self.members)

    def _lay_legs(self) -> None:
        """Put all legs into one array, and find where each member begins."""
        sent = np.array([leg.row() for leg in SENT], LEG)
        counts = [0 if m.legs is None else len(m.legs) for m in self.members]
        first = len(sent) + np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64)[: len(counts)]
        self.legs: NDArray[np.void] = np.concatenate(
            [sent, *[m.legs for m in self.members if m.legs is not None]]
        )
        rows = [_form(member, int(at)) for member, at in zip(self.members, first, strict=True)]
        self.form: NDArray[np.void] = np.array(rows, FORM)
        self.begin: Array = np.array([self._begin(m) for m in self.members]).reshape(-1, 6)

    def _begin(self, member: Member) -> tuple[float, ...]:
        """Where and how it appears."""
        if member.legs is None:
            return (*member.centre, sum(member.height_m) / 2, member.course_deg, member.speed_mps, 0.0)
        leg = member.legs[0]
        ax, ay, az = float(leg["ax"]), float(leg["ay"]), float(leg["az"])
        dx, dy = float(leg["bx"]) - ax, float(leg["by"]) - ay
        length = math.hypot(dx, dy)
        course = math.degrees(math.atan2(dx, dy))
        if not member.airborne or (length <= 1.0 and not member.envelope.turns):
            return ax, ay, az, course, 0.0, 0.0
        speed = float(leg["speed"]) or member.speed_mps
        if leg["kind"] == CIRCLE:
            course += -90.0 if leg["radius"] > 0 else 90.0
            return ax, ay, az, course, speed, 0.0
        return ax, ay, az, course, speed, (float(leg["bz"]) - az) / max(length, 1.0) * speed


def _area(one: Jamming | Spoofing) -> tuple[float, float, float, float, float]:
    """Centre, radius, times."""
    return *one.centre, one.radius_m, one.from_s, math.inf if one.until_s is None else one.until_s


def _start_s(member: Member) -> float:
    """When it appears first; a follower appears with its leader."""
    if member.mode == FOLLOW or member.actor.on_cue:
        return math.inf
    return member.actor.start_s + member.delay_s


def _form(m: Member, first: int) -> tuple[Any, ...]:
    """A member as a row of FORM; first is where its legs begin."""
    e, actor = m.envelope, m.actor
    count = 0 if m.legs is None else len(m.legs)
    return (
        m.mode,
        int(e.turns),
        e.carried,
        e.gust,
        first,
        count if m.n_legs is None else m.n_legs,
        -1 if m.home_leg is None else first + m.home_leg,
        first + count - 1,
        -1 if m.loop_leg is None else first + m.loop_leg,
        m.leader,
        m.carrier,
        int(m.to_carrier),
        m.speed_mps,
        e.slow_mps,
        m.top_mps,
        e.accel_mps2,
        e.lateral_mps2,
        e.accel_up_mps2,
        e.climb_mps,
        e.sink_mps,
        e.climb_gain,
        e.look_s,
        *m.place,
        *m.centre,
        m.radius_m,
        m.course_deg,
        *m.height_m,
        m.jitter_sd_m,
        m.jitter_tau_s,
        m.at_loss,
        int(m.inertial),
        int(m.navigates),
        actor.scatter_m,
        actor.scatter_deg,
        actor.scatter_s,
        math.inf if actor.end_s is None else actor.end_s,
    )
