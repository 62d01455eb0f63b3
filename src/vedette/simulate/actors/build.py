"""From the actors of a scenario to the members of its roster, in the order of its file."""

import math
import re
from dataclasses import replace
from typing import Final

import numpy as np

from vedette.simulate.actors.airliners import (
    arrival_legs,
    circuit_legs,
    departure_legs,
    overflight_legs,
    waypoint_legs,
)
from vedette.simulate.actors.columns import LOSSES
from vedette.simulate.actors.crowds import birds, followers, traffic
from vedette.simulate.actors.envelopes import ENVELOPES
from vedette.simulate.actors.kinds import envelope_of
from vedette.simulate.actors.legs import EVER, FLOAT, FOR, TOP, Leg, SiteMap, finish, lines
from vedette.simulate.actors.member import Member, hash_of
from vedette.simulate.actors.missions import Flyer, mission_way, one_way_legs, thermal_way
from vedette.simulate.actors.roster import Roster
from vedette.simulate.spec.actors import (
    Actor,
    Arrival,
    Balloon,
    Departure,
    FixedWing,
    Flock,
    Forger,
    Formation,
    Glider,
    Helicopter,
    Jet,
    LightAircraft,
    Multirotor,
    OneWay,
    Overflight,
    Ship,
    Traffic,
    Vehicle,
)
from vedette.simulate.spec.common import Crewed, Drone
from vedette.simulate.spec.scenario import Scenario

_HOVER_SWAY_M: Final = 0.25
_SWAY_TAU_S: Final = 60.0
_SPARE_MPS: Final = 3.0
_ANTENNA_M: Final = 10.0  # of a forger, above the ground
_FAST_MPS: Final = 60.0  # what claims to be faster claims to be an airliner


def build(scenario: Scenario) -> Roster:
    """Everybody of a scenario, in the order of its file."""
    site_map = SiteMap(scenario.site)
    members: list[Member] = []
    first: dict[str, int] = {}
    for actor in scenario.actor:
        first[actor.name] = len(members)
        members += _members(site_map, actor, members, first)
    return Roster(members, site_map, scenario.weather, scenario.jamming, scenario.spoofing)


def _members(site: SiteMap, actor: Actor, before: list[Member], first: dict[str, int]) -> list[Member]:
    """The individuals of one actor; before are those of the actors before it, first their rows by name."""
    match actor:
        case Arrival() | Departure() | Overflight():
            return _airliners(site, actor)
        case Multirotor() | FixedWing() | Helicopter():
            return [_flyer(site, actor, first)]
        case OneWay():
            return [_one_way(site, actor)]
        case Jet() | LightAircraft():
            return [_aeroplane(site, actor)]
        case Glider():
            return [_glider(site, actor)]
        case Balloon():
            return _balloons(site, actor)
        case Formation():
            return followers(before[first[actor.leader]], first[actor.leader], actor)
        case Forger():
            return _forged(site, actor)
        case Flock():
            return birds(site, actor, len(before))
        case Vehicle() | Ship():
            return [_on_the_ground(site, actor)]
        case Traffic():
            return traffic(site, actor, len(before))


def _airliners(site: SiteMap, actor: Arrival | Departure | Overflight) -> list[Member]:
    """One member a callsign, one behind the other."""
    match actor:
        case Arrival():
            legs = arrival_legs(site, actor)
        case Departure():
            legs = departure_legs(site, actor)
        case Overflight():
            legs = overflight_legs(site, actor)
    envelope = envelope_of(actor)
    return [
        Member(
            name=callsign,
            actor=actor,
            envelope=envelope,
            delay_s=k * actor.spacing_s,
            rcs_m2=envelope.rcs_m2,
            legs=legs,
            speed_mps=float(legs[0]["speed"]),
            top_mps=envelope.top_mps,
            airborne=not isinstance(actor, Departure),
            icao24=int(actor.icao24, 16) + k,
            callsign=callsign,
            inertial=True,
            navigates=True,
        )
        for k, callsign in enumerate(actor.callsigns)
    ]


def _flyer(site: SiteMap, actor: Multirotor | FixedWing | Helicopter, first: dict[str, int]) -> Member:
    """One that flies a mission."""
    envelope = envelope_of(actor)
    home = None if actor.home is None else site.xy(actor.home)
    flyer = Flyer(envelope, actor.speed_mps, site.ground_m + actor.height_m, home, actor.airborne)
    way = mission_way(site, actor.mission, flyer)
    carrier = -1 if actor.carrier is None else first[actor.carrier]
    drone = actor if isinstance(actor, Drone) else None
    crewed = actor if isinstance(actor, Crewed) else None
    return Member(
        name=actor.name,
        actor=actor,
        envelope=envelope,
        rcs_m2=actor.rcs_m2 or envelope.rcs_m2,
        authorised=actor.authorised,
        legs=way.legs,
        n_legs=way.n_legs,
        home_leg=way.home_leg,
        carrier=carrier,
        to_carrier=carrier >= 0 and getattr(actor, "lands_on_carrier", True),
        speed_mps=actor.speed_mps,
        top_mps=max(envelope.top_mps, actor.speed_mps + _SPARE_MPS),
        jitter_sd_m=0.0 if envelope.turns else _HOVER_SWAY_M,
        airborne=actor.airborne,
        icao24=_address(crewed),
        callsign=crewed.callsign if crewed else "",
        serial=drone.serial if drone else "",
        operator=drone.operator if drone else "",
        remote_id=drone.remote_id if drone else False,
        emission_mhz=drone.emission_mhz if drone else None,
        pilot=(drone.pilot or actor.home) if drone else None,
        pilot_walk=tuple(drone.pilot_walk) if drone else (),
        pilot_leaves_s=drone.pilot_leaves_s if drone else 0.0,
        at_loss=_at_loss(drone),
        navigates=True,
    )


def _address(crewed: Crewed | None) -> int | None:
    """Of a transponder that is on."""
    return None if crewed is None or crewed.icao24 is None else int(crewed.icao24, 16)


def _at_loss(drone: Drone | None) -> int:
    """What it does without satellites: crewed ones fly on."""
    if drone is None:
        return LOSSES["none"]
    return -1 if drone.gnss_loss is None else LOSSES[drone.gnss_loss]


def _one_way(site: SiteMap, actor: OneWay) -> Member:
    """A drone that does not come back."""
    envelope = envelope_of(actor)
    points = [site.point(place, actor.height_m) for place in actor.waypoints]
    return Member(
        name=actor.name,
        actor=actor,
        envelope=envelope,
        rcs_m2=actor.rcs_m2 or envelope.rcs_m2,
        authorised=actor.authorised,
        legs=one_way_legs(points, actor.speed_mps, site.ground_m, dive=actor.dive, envelope=envelope),
        speed_mps=actor.speed_mps,
        top_mps=envelope.top_mps,
        jitter_sd_m=actor.sway_m,
        jitter_tau_s=_SWAY_TAU_S,
        airborne=True,
        serial=actor.serial,
        operator=actor.operator,
        remote_id=actor.remote_id,
        emission_mhz=actor.emission_mhz,
        pilot=actor.pilot,
        at_loss=_at_loss(actor),
        navigates=True,
    )


def _aeroplane(site: SiteMap, actor: Jet | LightAircraft) -> Member:
    """A fighter, or a small aeroplane."""
    envelope = envelope_of(actor)
    loop: int | None = None
    if isinstance(actor, LightAircraft) and actor.runway is not None:
        legs = circuit_legs(site, actor, actor.runway)
    else:
        legs, loop = waypoint_legs(site, actor, 0.8 * envelope.lateral_mps2)
    return Member(
        name=actor.name,
        actor=actor,
        envelope=envelope,
        rcs_m2=actor.rcs_m2 or envelope.rcs_m2,
        authorised=actor.authorised,
        legs=legs,
        loop_leg=loop,
        speed_mps=actor.speed_mps,
        top_mps=max(envelope.top_mps, actor.speed_mps),
        airborne=not (isinstance(actor, LightAircraft) and actor.runway is not None),
        icao24=_address(actor),
        callsign=actor.callsign,
        inertial=isinstance(actor, Jet),
        navigates=True,
    )


def _glider(site: SiteMap, actor: Glider) -> Member:
    """A glider in its thermals."""
    envelope = envelope_of(actor)
    legs = thermal_way(
        site,
        [site.xy(place) for place in actor.thermals],
        top_m=actor.top_m,
        bottom_m=actor.bottom_m,
        climb_mps=actor.climb_mps,
        speed=actor.speed_mps,
        ratio=actor.glide_ratio,
        envelope=envelope,
        air=np.random.default_rng(hash_of(f"{actor.name} {actor.thermals}")),
    )
    return Member(
        name=actor.name,
        actor=actor,
        envelope=envelope,
        rcs_m2=actor.rcs_m2 or envelope.rcs_m2,
        authorised=actor.authorised,
        legs=legs,
        loop_leg=0 if actor.loop else None,
        speed_mps=actor.speed_mps,
        top_mps=envelope.top_mps,
        airborne=True,
        icao24=_address(actor),
        callsign=actor.callsign,
        navigates=True,
    )


def _balloons(site: SiteMap, actor: Balloon) -> list[Member]:
    """Balloons that begin about one place."""
    envelope = envelope_of(actor)
    rng = np.random.default_rng(hash_of(actor.name))
    x, y = site.xy(actor.at)
    level = site.ground_m + actor.height_m
    out = []
    for k in range(actor.count):
        east, north = (x, y) + actor.spread_m * rng.standard_normal(2)
        begin = (float(east), float(north), level if actor.airborne else site.ground_m)
        up = (begin[0], begin[1], level)
        legs = [Leg(a=begin, b=up, kind=FLOAT, until=EVER)]
        if actor.duration_s is not None:
            legs = [
                Leg(a=begin, b=up, kind=FLOAT, until=FOR, amount=actor.duration_s),
                Leg(b=(begin[0], begin[1], site.ground_m), kind=FLOAT, until=TOP),
            ]
        out.append(
            Member(
                name=actor.name if actor.count == 1 else f"{actor.name} {k + 1}",
                actor=actor,
                envelope=envelope,
                rcs_m2=actor.rcs_m2 or envelope.rcs_m2,
                authorised=not actor.small if actor.authorised is None else actor.authorised,
                legs=finish(legs, 1.0),
                speed_mps=0.0,
                top_mps=envelope.top_mps,
                jitter_sd_m=actor.sway_m,
                jitter_tau_s=_SWAY_TAU_S,
                airborne=actor.airborne,
                emission_mhz=actor.emission_mhz,
            )
        )
    return out


def _on_the_ground(site: SiteMap, actor: Vehicle | Ship) -> Member:
    """A car or a ship."""
    envelope = envelope_of(actor)
    points = [site.point(place[:2], 0.0) for place in actor.waypoints]
    speed = actor.speed_mps
    if actor.loop:
        points.append(points[0])
    corner = min(speed, max(4.0, 0.5 * speed)) if isinstance(actor, Vehicle) else speed
    legs = lines(points, speed, end=corner, brake=0.7 * envelope.accel_mps2)
    if isinstance(actor, Vehicle) and actor.halt_s > 0.0:
        legs = [replace(leg, end=0.0, amount=actor.halt_s) for leg in legs]
    if not actor.loop:  # it stops there, and stays
        legs[-1] = Leg(a=legs[-1].a, b=legs[-1].b, speed=speed, brake=0.7 * envelope.accel_mps2, until=EVER)
    return Member(
        name=actor.name,
        actor=actor,
        envelope=envelope,
        rcs_m2=actor.rcs_m2 or envelope.rcs_m2,
        authorised=actor.authorised,
        legs=finish(legs, 0.8 * envelope.lateral_mps2, loop=actor.loop),
        loop_leg=0 if actor.loop else None,
        speed_mps=speed,
        top_mps=max(envelope.top_mps, speed),
        airborne=True,  # under way at once
    )


def _forged(site: SiteMap, actor: Forger) -> list[Member]:
    """Flights that are not there, side by side."""
    fast = actor.claims == "adsb" and actor.speed_mps > _FAST_MPS
    kind = "multirotor_medium" if actor.claims == "remote_id" else "airliner" if fast else "light"
    envelope = ENVELOPES[kind]
    side = math.ceil(math.sqrt(actor.count))
    out = []
    for k in range(actor.count):
        row, column = divmod(k, side)
        points = []
        for place in actor.waypoints:
            x, y, z = site.point(place, actor.height_m)
            points.append((x + column * actor.spacing_m, y + row * actor.spacing_m, z))
        broadcast = actor.claims == "remote_id"
        out.append(
            Member(
                name=f"{actor.name} {k + 1}",
                actor=actor,
                envelope=envelope,
                rcs_m2=envelope.rcs_m2,
                authorised=False,
                legs=finish(
                    lines([*points, points[0]], actor.speed_mps), 0.8 * envelope.lateral_mps2, loop=True
                ),
                loop_leg=0,
                speed_mps=actor.speed_mps,
                top_mps=max(envelope.top_mps, actor.speed_mps),
                airborne=True,
                icao24=None if broadcast else int(actor.icao24, 16) + k,
                callsign="" if broadcast else counted(actor.callsign, k),
                serial=counted(actor.serial, k) if broadcast else "",
                operator=actor.operator,
                remote_id=broadcast,
                emission_mhz=actor.emission_mhz if k == 0 else None,
                pilot=(actor.waypoints[0][0], actor.waypoints[0][1]) if broadcast else None,
                body=False,
                transmitter=(*actor.at, site.ground_m + _ANTENNA_M),
            )
        )
    return out


def counted(name: str, k: int) -> str:
    """A name whose number at the end counts up."""
    found = re.fullmatch(r"(.*?)(\d*)", name)
    stem, number = found.groups() if found else (name, "")
    return f"{stem}{int(number or 0) + k:0{len(number)}d}"
