"""What the adviser of one airport knows from one second to the next. A value."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vedette.core.advice import Level, State
from vedette.core.sensor import Sensor
from vedette.core.zone import Zone
from vedette.respond.belief import Model, model
from vedette.respond.contacts import Held
from vedette.respond.ground import lay_out
from vedette.respond.settings import Airport

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One sensor with cover: what its looks see (2, cells), and log_miss of `respond.ground`."""

    sensor: Sensor
    seen: Array
    miss: Array
    every_s: float
    heard_only: bool
    cover: float


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What would come if nothing is seen, and when that was worked out. None: not within the hour."""

    at_ns: int
    changes: tuple[str, ...]
    reopen_in_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class RespondState:
    """One airport.

    level, since_ns  what is advised, since when
    turned_ns        since when the other thing would have been advised; None: it would not
    decided          what a person decided last
    """

    airport: Airport
    model: Model
    sights: dict[str, Sight] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    level: Level = "open"
    since_ns: int | None = None
    wants: Level = "open"
    turned_ns: int | None = None
    time_ns: int | None = None
    decided: State = field(default_factory=State)
    ahead: Ahead | None = None


def init(airport: Airport, zones: list[Zone], place: str = "airport") -> RespondState:
    """Nothing was seen. ConfigError with the place where the zones are not to be had."""
    return RespondState(airport, model(airport, lay_out(airport, zones, place)))
