"""What a scenario says of things that happen on cue.

Each [[event]] names what it does, and begins `at_s` seconds from the scenario's start. One that is
injected while a run goes on begins at the step that it is given to, and lasts as long as it says:
`until_s - at_s`. What happens to actors stands in actor_events.
"""

from typing import Literal

from msgspec import Struct

from vedette.core.classes import CLASSES
from vedette.simulate.spec.actor_events import Divert, Launch, Recall
from vedette.simulate.spec.place import Place
from vedette.simulate.spec.sensors import FaultKind

LIARS_MAX = 64  # targets that lies of one scenario may have in all, injected ones too


class _OfSensor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """Something that befalls one sensor. until_s: None lasts until it is restored."""

    sensor: str
    at_s: float = 0.0
    until_s: float | None = None


class Silence(_OfSensor, frozen=True, kw_only=True, tag="silence"):
    """It sends nothing, but keeps its connection. What it would have sent is lost."""


class Drift(_OfSensor, frozen=True, kw_only=True, tag="drift"):
    """What it measures moves away from the truth, evenly in time; at the end it is back at once."""

    azimuth_deg_per_s: float = 0.0
    range_m_per_s: float = 0.0
    clock_s_per_s: float = 0.0


class Babble(_OfSensor, frozen=True, kw_only=True, tag="babble"):
    """Bad frames (truncated, garbage, oversized) and false detections in good ones (flood).

    rate_per_s  mean number of bad frames a second, and of false detections
    """

    rate_per_s: float
    kinds: tuple[FaultKind | Literal["flood"], ...] = ("flood",)


class Lie(_OfSensor, frozen=True, kw_only=True, tag="lie"):
    """It reports targets that are not there, as it would report real ones.

    path        they fly along these places, one behind the other, and are gone at its end
    height_m    above the site's ground
    count       how many, each spacing_m behind the one before
    class_name  what they seem to be
    icao24      address of the first, for sensors that hear transponders; the next ones count up
    serial      of Remote ID, for its receivers; the number of the target is added
    """

    path: list[Place]
    height_m: float = 100.0
    speed_mps: float = 20.0
    count: int = 1
    spacing_m: float = 100.0
    class_name: str = CLASSES[0]
    rcs_m2: float = 1.0
    emission_mhz: float | None = None
    icao24: str = ""
    callsign: str = ""
    serial: str = ""


class Restore(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="restore"):
    """Everything that befell the sensor ends."""

    sensor: str
    at_s: float = 0.0


SensorEvent = Silence | Drift | Babble | Lie | Restore
Event = Silence | Drift | Babble | Lie | Restore | Launch | Recall | Divert
