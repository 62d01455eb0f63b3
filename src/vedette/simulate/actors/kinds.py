"""Which envelope each kind of actor keeps to."""

from typing import Final

from vedette.simulate.actors.envelopes import ENVELOPES, Envelope
from vedette.simulate.spec.actors import (
    Arrival,
    Balloon,
    Departure,
    FixedWing,
    Glider,
    Helicopter,
    Jet,
    LightAircraft,
    Multirotor,
    OneWay,
    Overflight,
    Ship,
    Vehicle,
)

One = (
    Arrival
    | Departure
    | Overflight
    | Multirotor
    | FixedWing
    | OneWay
    | Helicopter
    | Jet
    | LightAircraft
    | Glider
    | Balloon
    | Vehicle
    | Ship
)
_PLAIN: Final[dict[type, str]] = {
    Arrival: "airliner",
    Departure: "airliner",
    Overflight: "airliner",
    FixedWing: "fixed_wing",
    OneWay: "one_way",
    Helicopter: "helicopter",
    Jet: "jet",
    LightAircraft: "light",
    Glider: "glider",
    Vehicle: "vehicle",
}


def envelope_of(actor: One) -> Envelope:
    """By kind, and by size where it has one."""
    match actor:
        case Multirotor():
            return ENVELOPES[f"multirotor_{actor.size}"]
        case Balloon():
            return ENVELOPES["balloon_small" if actor.small else "balloon_manned"]
        case Ship():
            return ENVELOPES["boat" if actor.boat else "ship"]
        case _:
            return ENVELOPES[_PLAIN[type(actor)]]
