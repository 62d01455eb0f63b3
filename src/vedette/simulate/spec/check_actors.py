"""What types cannot say of actors: who exists, where places can be, what an envelope allows."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from vedette.simulate.actors.kinds import envelope_of
from vedette.simulate.spec.actor_events import ActorEvent
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
    Hover,
    Jet,
    LightAircraft,
    Multirotor,
    OneWay,
    Orbit,
    Overflight,
    Route,
    Ship,
    Survey,
    Traffic,
    Vehicle,
)
from vedette.simulate.spec.common import Drone
from vedette.simulate.spec.crewed import Runway
from vedette.simulate.spec.gnss import Jamming, Spoofing
from vedette.simulate.spec.mistake import Mistake

_PLACES = ("home", "at", "centre", "pilot", "to")
_WAYS = ("waypoints", "thermals", "pilot_walk")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{6}")
_CALLSIGN = re.compile(r"[A-Z0-9 ]{1,8}")  # the characters of BDS 0,8 (ICAO Doc 9871, A.2.3.4)
_EARLIEST_S = 7_200.0
_NAME_CHARACTERS = 32
_MOST_LEGS = 10_000


def of_actors(actors: Sequence[Actor]) -> Iterator[Mistake]:
    """All that is wrong with actors, in their order."""
    before: dict[str, Actor] = {}
    for i, actor in enumerate(actors):
        yield from _of_actor(f"$.actor[{i}]", actor, before)
        before[actor.name] = actor


def of_areas(name: str, areas: Sequence[Jamming | Spoofing]) -> Iterator[Mistake]:
    """All that is wrong with areas of interference."""
    for i, area in enumerate(areas):
        yield from _places(f"$.{name}[{i}]", area)
        if area.until_s is not None and area.until_s <= area.from_s:
            yield Mistake(f"$.{name}[{i}].until_s", f"later than from_s, {area.from_s:g}", area.until_s)


def of_actor_event(at: str, event: ActorEvent, actors: Sequence[Actor]) -> Iterator[Mistake]:
    """All that is wrong with one event on an actor."""
    names = [actor.name for actor in actors]
    if event.actor not in names:
        yield Mistake(f"{at}.actor", f"the name of an [[actor]]: {', '.join(names)}", event.actor)
    yield from _places(at, event)


def _of_actor(at: str, actor: Actor, before: dict[str, Actor]) -> Iterator[Mistake]:
    """One of them; before are those above it."""
    if not 0 < len(actor.name) <= _NAME_CHARACTERS:
        yield Mistake(f"{at}.name", f"1 to {_NAME_CHARACTERS} characters", actor.name)
    yield from _times(at, actor)
    yield from _places(at, actor)
    yield from _speed(at, actor)
    match actor:
        case Formation():
            yield from _formation(at, actor, before)
        case Multirotor() | FixedWing() | Helicopter():
            yield from _flyer(at, actor, before)
        case LightAircraft():
            yield from _light(at, actor)
        case Flock():
            yield from _rising(f"{at}.height_m", actor.height_m)
            yield from _rising(f"{at}.speed_mps", actor.speed_mps)
        case Balloon() if actor.count < 1:
            yield Mistake(f"{at}.count", "1 or more", actor.count)
        case Glider():
            yield from _glider(at, actor)
        case Traffic():
            yield from _traffic(at, actor)
    yield from _way_and_names(at, actor)


def _times(at: str, actor: Actor) -> Iterator[Mistake]:
    """All that came before the scenario is played through before it begins, so it has a limit."""
    if actor.start_s < -_EARLIEST_S:
        yield Mistake(f"{at}.start_s", f"{-_EARLIEST_S:g} or later", actor.start_s)
    if actor.end_s is not None and actor.end_s <= actor.start_s:
        yield Mistake(f"{at}.end_s", f"later than start_s, {actor.start_s:g}", actor.end_s)


def _way_and_names(at: str, actor: Actor) -> Iterator[Mistake]:
    """What many kinds have: waypoints, an address, a serial number."""
    if isinstance(actor, OneWay | Jet | Overflight | Vehicle | Ship | Forger) and len(actor.waypoints) < 2:
        yield Mistake(f"{at}.waypoints", "two waypoints or more", actor.waypoints)
    if (icao24 := getattr(actor, "icao24", None)) is not None and not _ADDRESS.fullmatch(icao24):
        yield Mistake(f"{at}.icao24", "six hexadecimal digits", icao24)
    if isinstance(actor, Arrival | Departure | Overflight) and not actor.callsigns:
        yield Mistake(f"{at}.callsigns", "one callsign or more", actor.callsigns)
    yield from callsigns(f"{at}.callsign", getattr(actor, "callsign", ""))
    for i, callsign in enumerate(getattr(actor, "callsigns", ())):
        yield from callsigns(f"{at}.callsigns[{i}]", callsign)
    if isinstance(actor, Drone) and actor.remote_id and not actor.serial:
        yield Mistake(f"{at}.serial", "a serial number, for it broadcasts Remote ID", actor.serial)


def callsigns(at: str, callsign: str) -> Iterator[Mistake]:
    """What a transponder can say; an empty one is none."""
    if callsign and not _CALLSIGN.fullmatch(callsign):
        yield Mistake(at, "up to eight capital letters, digits and spaces", callsign)


def _glider(at: str, actor: Glider) -> Iterator[Mistake]:
    if actor.bottom_m >= actor.top_m:
        yield Mistake(f"{at}.top_m", f"above bottom_m, {actor.bottom_m:g}", actor.top_m)
    if not actor.thermals:
        yield Mistake(f"{at}.thermals", "one place or more", actor.thermals)


def _rising(at: str, bounds: tuple[float, float]) -> Iterator[Mistake]:
    if not 0 <= bounds[0] < bounds[1]:
        yield Mistake(at, "two numbers of 0 or more, the lower one first", list(bounds))


def _places(at: str, struct: Struct) -> Iterator[Mistake]:
    """Latitudes and longitudes of all places in it, also those of its missions."""
    for name in _PLACES:
        place = getattr(struct, name, None)
        if isinstance(place, tuple):
            yield from _place(f"{at}.{name}", place)
    for name in _WAYS:
        way = getattr(struct, name, None)
        for i, place in enumerate(way if isinstance(way, list) else []):  # of a traffic it is a number
            yield from _place(f"{at}.{name}[{i}]", place)
    mission = getattr(struct, "mission", None)
    if isinstance(mission, list):
        for i, part in enumerate(mission):
            yield from _places(f"{at}.mission[{i}]", part)
    elif mission is not None:
        yield from _places(f"{at}.mission", mission)
    if isinstance(runway := getattr(struct, "runway", None), Runway):
        yield from _place(f"{at}.runway", (runway.lat_deg, runway.lon_deg))


def _place(at: str, place: Sequence[float]) -> Iterator[Mistake]:
    """One of them. Near the poles there is no flat map."""
    if not abs(place[0]) <= 85.0:
        yield Mistake(at, "a latitude from -85 to 85 first", list(place))
    elif not abs(place[1]) <= 180.0:
        yield Mistake(at, "a longitude from -180 to 180 second", list(place))
    elif len(place) > 2 and not 0.0 <= place[2] <= 30_000.0:
        yield Mistake(at, "a height from 0 to 30000 m third", list(place))


def _speed(at: str, actor: Actor) -> Iterator[Mistake]:
    """It can fly, or go, so fast and so slow."""
    speed = getattr(actor, "speed_mps", None)
    if isinstance(actor, Formation | Flock | Forger | Traffic | Balloon) or not isinstance(speed, float):
        return
    envelope = envelope_of(actor)
    if not envelope.slow_mps <= speed <= envelope.top_mps:
        expected = f"{envelope.slow_mps:g} to {envelope.top_mps:g} m/s, which its kind can do"
        yield Mistake(f"{at}.speed_mps", expected, speed)


def _formation(at: str, actor: Formation, before: dict[str, Actor]) -> Iterator[Mistake]:
    leaders = [name for name, one in before.items() if not isinstance(one, Forger)]
    if actor.leader not in leaders:
        expected = f"the name of an actor above ({', '.join(leaders)})"
        yield Mistake(f"{at}.leader", expected, actor.leader)
    if bool(actor.offsets) == (actor.count is not None):
        came = "both" if actor.offsets else "neither"
        yield Mistake(f"{at}.offsets", "offsets, or else count", came)


def _flyer(
    at: str, actor: Multirotor | FixedWing | Helicopter, before: dict[str, Actor]
) -> Iterator[Mistake]:
    """Where it comes from, and what it is sent to do."""
    if actor.carrier is not None:
        carriers = [name for name, one in before.items() if isinstance(one, Vehicle | Ship)]
        if actor.carrier not in carriers:
            expected = f"the name of a vehicle or ship above ({', '.join(carriers)})"
            yield Mistake(f"{at}.from", expected, actor.carrier)
        if actor.home is not None or actor.airborne:
            yield Mistake(f"{at}.from", "either from, or home or airborne", actor.carrier)
    elif actor.home is None and not actor.airborne:
        yield Mistake(f"{at}.home", "home, from or airborne = true", None)
    parts = actor.mission if isinstance(actor.mission, list) else [actor.mission]
    if not parts:
        yield Mistake(f"{at}.mission", "one part or more", [])
    for i, part in enumerate(parts):
        inside = f"{at}.mission[{i}]" if isinstance(actor.mission, list) else f"{at}.mission"
        match part:
            case Route() if not part.waypoints:
                yield Mistake(f"{inside}.waypoints", "one waypoint or more", part.waypoints)
            case Survey() if part.width_m / part.spacing_m > _MOST_LEGS:
                yield Mistake(f"{inside}.spacing_m", f"at most {_MOST_LEGS} lines", part.spacing_m)
            case Orbit() if part.turns == 0:
                yield Mistake(f"{inside}.turns", "a number other than 0", part.turns)
            case Orbit() if isinstance(actor, FixedWing):
                least = envelope_of(actor).radius_m(actor.speed_mps)
                if part.radius_m < least:
                    yield Mistake(
                        f"{inside}.radius_m", f"{least:.0f} m or more, its turn at that speed", part.radius_m
                    )
            case Hover() | Route() | Orbit() | Survey():
                pass


def _light(at: str, actor: LightAircraft) -> Iterator[Mistake]:
    if (actor.runway is None) == (not actor.waypoints):
        yield Mistake(f"{at}.waypoints", "a runway, or else waypoints", actor.waypoints)
    if actor.runway is None and len(actor.waypoints) == 1:
        yield Mistake(f"{at}.waypoints", "two waypoints or more", actor.waypoints)
    if not 1 <= actor.circuits <= _MOST_LEGS:
        yield Mistake(f"{at}.circuits", f"1 to {_MOST_LEGS}", actor.circuits)


def _traffic(at: str, actor: Traffic) -> Iterator[Mistake]:
    if actor.box is not None:
        south, west, north, east = actor.box
        if not (-85.0 <= south < north <= 85.0 and -180.0 <= west < east <= 180.0):
            yield Mistake(f"{at}.box", "south, west, north, east in degrees", list(actor.box))
    if not actor.mix:
        yield Mistake(f"{at}.mix", "one kind or more", [])
    if not 2 <= actor.waypoints <= 100:
        yield Mistake(f"{at}.waypoints", "2 to 100", actor.waypoints)
    for i, share in enumerate(actor.mix):
        if share.height_m is not None:
            yield from _rising(f"{at}.mix[{i}].height_m", share.height_m)
