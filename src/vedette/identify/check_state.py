"""What the check of claims remembers: everybody who claims, everybody who can be asked."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.interference import DisturbedCell
from vedette.core.picture import TRACK
from vedette.core.sensor import Sensor, SensorStatus
from vedette.core.zone import Zone
from vedette.identify import looks
from vedette.identify.finders import Heard
from vedette.identify.interference import Cell
from vedette.identify.leaves import Leaves
from vedette.identify.looks import PLOT, Asked
from vedette.identify.reach import Reach, reaches
from vedette.identify.register import Register, register
from vedette.identify.reports import Reports
from vedette.identify.senders import Names, Senders, none
from vedette.identify.settings import IdentifySettings
from vedette.identify.told import Told

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TABLE_BITS: Final = (12, 18)  # of told places that are remembered, least and most

Shown = tuple[NDArray[np.void], Ints]
# Where a doubted sender's strands are, lat deg, lon deg, and whether the tracker should not have them.
Strands = list[tuple[float, float, bool]]


@dataclass(frozen=True, slots=True)
class CheckState:
    """Everything that the next step depends on; a value.

    origin     (3,)  of the sector's frame
    register   who may fly where and when
    sensors    by Sensor.index; placed: those that can be asked
    works_ns   when each sensor last said that it works
    zones      where each zone is, roughly
    pending    what was heard since the last step
    plots      of PLOT, of the last seconds
    asked_ns   until when each sensor was asked
    spoke_ns   when each sensor gave its last plot
    heard      what each direction finder hears, by Sensor.index
    told_keys, told_ns  places told before, see kernel.senders.follow_replays
    withheld   ids of senders whose reports the tracker should not have now
    shown      (n,) of TRACK, all that were shown on the last whole second, and (n, s) their plots by sensor
    told       what was told of each track's claims
    """

    origin: Array
    settings: IdentifySettings
    register: Register
    zones: dict[str, list[Reach]]
    sensors: dict[int, Sensor] = field(default_factory=dict)
    placed: dict[int, Asked] = field(default_factory=dict)
    works_ns: dict[int, int] = field(default_factory=dict)
    pending: tuple[Reports, ...] = ()
    plots: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, PLOT))
    senders: Senders = field(default_factory=none)
    names: Names = field(default_factory=Names)
    asked_ns: dict[int, int] = field(default_factory=dict)
    spoke_ns: dict[int, int] = field(default_factory=dict)
    heard: dict[int, Heard] = field(default_factory=dict)
    told_keys: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(1 << TABLE_BITS[0], np.uint64))
    told_ns: Ints = field(default_factory=lambda: np.zeros(1 << TABLE_BITS[0], np.int64))
    cells: dict[int, Cell] = field(default_factory=dict)
    map_told: tuple[int, list[DisturbedCell]] = (0, [])
    withheld: dict[str, Strands] = field(default_factory=dict)
    shown: Shown = field(default_factory=lambda: (np.zeros(0, TRACK), np.zeros((0, 0), np.int64)))
    told: dict[int, Told] = field(default_factory=dict)
    tick_ns: int = 0


def init(
    origin: Array,
    settings: IdentifySettings | None = None,
    zones: list[Zone] | None = None,
    leaves: Register | None = None,
) -> CheckState:
    """Nobody was heard yet.

    origin  (3,)  lat deg, lon deg, m of the sector's frame
    zones   that leaves may hold in
    leaves  who may fly; None: those of the settings
    """
    settings = settings or IdentifySettings()
    known = leaves or register(Leaves(authorised=tuple(settings.authorised)))
    return CheckState(origin, settings, known, reaches(zones or []))


def with_sensors(state: CheckState, sensors: list[Sensor], statuses: list[SensorStatus]) -> CheckState:
    """The state that knows these sensors too, or anew, and how they say that they are."""
    if sensors:
        known = {**state.sensors, **{sensor.index: sensor for sensor in sensors}}
        placed = dict(state.placed)
        for sensor in sensors:
            found = looks.asked(sensor, state.origin)
            if found is not None:
                placed[sensor.index] = found
        state = replace(state, sensors=known, placed=placed)
    if statuses:
        works = dict(state.works_ns)
        for status in statuses:
            if status.last_heard_ns is not None and status.health not in ("fault", "silent"):
                works[status.index] = status.last_heard_ns
        state = replace(state, works_ns=works)
    return state
