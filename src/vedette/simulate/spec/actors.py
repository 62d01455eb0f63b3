"""Everybody whom a scenario may name: the kinds of [[actor]]."""

from vedette.core.classes import CLASSES
from vedette.simulate.spec.crewed import (
    Arrival,
    Balloon,
    Departure,
    Glider,
    Helicopter,
    Jet,
    LightAircraft,
    Overflight,
    Runway,
)
from vedette.simulate.spec.drones import FixedWing, Forger, Formation, Multirotor, OneWay
from vedette.simulate.spec.missions import Hover, Mission, Orbit, Part, Route, Survey
from vedette.simulate.spec.others import Flock, Share, Ship, Traffic, Vehicle

CLASS_INDEX = {name: index for index, name in enumerate(CLASSES)}

Actor = (
    Arrival
    | Departure
    | Overflight
    | Jet
    | LightAircraft
    | Helicopter
    | Glider
    | Balloon
    | Multirotor
    | FixedWing
    | OneWay
    | Formation
    | Forger
    | Flock
    | Vehicle
    | Ship
    | Traffic
)

__all__ = [
    "CLASS_INDEX",
    "Actor",
    "Arrival",
    "Balloon",
    "Departure",
    "FixedWing",
    "Flock",
    "Forger",
    "Formation",
    "Glider",
    "Helicopter",
    "Hover",
    "Jet",
    "LightAircraft",
    "Mission",
    "Multirotor",
    "OneWay",
    "Orbit",
    "Overflight",
    "Part",
    "Route",
    "Runway",
    "Share",
    "Ship",
    "Survey",
    "Traffic",
    "Vehicle",
]
