"""Targets that are not there: what a lying sensor is shown beside the truth.

They are rows of a World of that sensor's own, so its model reports them as it would report real ones,
in its own format and with its own errors. Their slots come after all real ones.
"""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.actors.envelopes import ENVELOPES
from vedette.simulate.actors.member import Member
from vedette.simulate.actors.roster import Roster
from vedette.simulate.actors.showing import NAC_P
from vedette.simulate.geometry import ecef_from_geodetic, metres_per_degree
from vedette.simulate.sensors.cues import Cue
from vedette.simulate.spec.common import ActorBase
from vedette.simulate.spec.events import Lie
from vedette.simulate.world import Array, World

_ANY = next(iter(ENVELOPES))  # nothing moves by it
_OWN = ("roster", "start_ns", "time_ns", "dt_ns")


def members_of(lie: Lie) -> list[Member]:
    """Who its targets claim to be."""
    first = int(lie.icao24, 16) if lie.icao24 else None
    return [
        Member(
            name=f"lie of {lie.sensor} {k + 1}",
            actor=ActorBase(name=f"lie of {lie.sensor}"),
            envelope=replace(ENVELOPES[_ANY], class_name=lie.class_name),
            rcs_m2=lie.rcs_m2,
            speed_mps=lie.speed_mps,
            top_mps=lie.speed_mps,
            icao24=None if first is None else first + k,
            callsign=lie.callsign,
            serial=f"{lie.serial}{k + 1}" if lie.serial else "",
            remote_id=bool(lie.serial),
            emission_mhz=lie.emission_mhz,
            pilot=lie.path[0] if lie.serial else None,
        )
        for k in range(lie.count)
    ]


def believed(roster: Roster, told: Sequence[Lie]) -> Roster:
    """The roster with the targets of all lies after everybody, in the order of the lies."""
    return Roster([*roster.members, *(member for lie in told for member in members_of(lie))], roster.map)


def world_of(world: World, roster: Roster, honest: int, told: Sequence[tuple[Cue, Lie]]) -> World:
    """The World that a sensor sees while it tells these lies.

    roster  as believed
    honest  how many slots are real
    """
    slots, geo, velocity = [], [], []
    for cue, lie in told:
        flown_m = lie.speed_mps * (world.time_ns - cue.begin_ns) / NS_PER_S
        for k in range(lie.count):
            found = _along(lie, flown_m - k * lie.spacing_m, roster.map.ground_m + lie.height_m)
            if found is not None:
                slots.append(honest + cue.ghost + k)
                geo.append(found[0])
                velocity.append(found[1])
    if not slots:
        return world
    ghosts = {"slot": np.array(slots), "life": np.ones(len(slots), np.int64)}
    place = np.array(geo)
    ghosts |= {"geo": place, "claimed_geo": place, "ecef": ecef_from_geodetic(place)}
    ghosts |= {"body": np.ones(len(slots), bool), "nac_p": np.full(len(slots), NAC_P)}
    ghosts["pilot_geo"] = roster.pilot_geo[slots]
    ghosts |= {"velocity": np.array(velocity), "claimed_velocity": np.array(velocity)}
    changed: dict[str, Any] = {}
    for column in (f.name for f in fields(world) if f.name not in _OWN):
        real = getattr(world, column)
        unknown = np.full((len(slots), *real.shape[1:]), np.nan if real.dtype.kind == "f" else 0)
        changed[column] = np.concatenate((real, ghosts.get(column, unknown).astype(real.dtype)))
    return replace(world, roster=roster, **changed)


def _along(lie: Lie, flown_m: float, alt_m: float) -> tuple[Array, Array] | None:
    """Place and velocity so far along the path; None before its beginning and after its end."""
    if flown_m < 0.0:
        return None
    for (lat0, lon0), (lat1, lon1) in pairwise(lie.path):
        north, east = (float(m[0]) for m in metres_per_degree(np.array([lat0]), np.array([alt_m])))
        dn, de = (lat1 - lat0) * north, (lon1 - lon0) * east
        length = math.hypot(dn, de)
        if flown_m < length:
            share = flown_m / length
            place = np.array([lat0 + share * (lat1 - lat0), lon0 + share * (lon1 - lon0), alt_m])
            return place, np.array([de, dn, 0.0]) / length * lie.speed_mps
        flown_m -= length
    return None
