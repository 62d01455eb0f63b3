"""What a scenario says of drones, and of those who only pretend that there is one."""

from typing import Literal

from msgspec import field

from vedette.simulate.spec.common import Above0, ActorBase, Address, Count, Drone, NotNegative, Waypoint
from vedette.simulate.spec.missions import Mission
from vedette.simulate.spec.place import Place

Size = Literal["small", "medium", "large"]
Shape = Literal["vee", "line", "column", "grid", "ball"]


class Multirotor(Drone, frozen=True, kw_only=True, tag="multirotor"):
    """A multirotor drone and its pilot.

    size             small is under 900 g, medium 2 kg, large 25 kg: its envelope
    home             where it takes off and lands, and where the pilot stands
    from             or the name of an [[actor]] on the ground or at sea that it takes off from
    lands_on_carrier whether it goes back to that one, wherever it is then
    airborne         begin at the mission's first point, already flying
    """

    mission: Mission
    height_m: Above0
    home: Place | None = None
    carrier: str | None = field(default=None, name="from")
    lands_on_carrier: bool = True
    size: Size = "medium"
    speed_mps: Above0 = 12.0
    airborne: bool = False


class FixedWing(Drone, frozen=True, kw_only=True, tag="fixed_wing"):
    """A survey drone with a wing: it cannot stop, and circles where others hover. As Multirotor."""

    mission: Mission
    height_m: Above0
    home: Place | None = None
    carrier: str | None = field(default=None, name="from")
    speed_mps: Above0 = 15.0
    airborne: bool = False


class OneWay(Drone, frozen=True, kw_only=True, tag="one_way"):
    """A long-range drone that does not come back.

    waypoints  the first is where it comes from, already flying; the last is where it goes to
    dive       it ends in a dive at the last one; else it is gone there
    sway_m     standard deviation of how far it strays from its course
    """

    waypoints: list[Waypoint]
    height_m: Above0 = 100.0
    speed_mps: Above0 = 50.0
    dive: bool = False
    sway_m: NotNegative = 60.0


class Formation(ActorBase, frozen=True, kw_only=True, tag="formation"):
    """What keeps station on a leader of any kind, in its class.

    leader    name of an [[actor]] that stands before this one
    offsets   one each: right, ahead, up of the leader's course, m
    count     or so many, spacing_m apart, in a shape
    sway_m    standard deviation of how far each strays from its place
    rcs_m2    None: of the leader's kind
    """

    leader: str
    offsets: list[tuple[float, float, float]] = field(default_factory=list)
    count: Count | None = None
    spacing_m: Above0 = 20.0
    shape: Shape = "vee"
    sway_m: NotNegative = 0.6
    emission_mhz: Above0 | None = None
    rcs_m2: Above0 | None = None


class Forger(ActorBase, frozen=True, kw_only=True, tag="forger"):
    """A transmitter that broadcasts flights that are not there.

    at           where it stands
    claims       remote_id or adsb
    waypoints    along which the first of the flights is said to go, at speed_mps and height_m
    count        how many, spacing_m apart
    serial       of the first; others count up. icao24 and callsign likewise
    emission_mhz what a direction finder hears of it
    """

    at: Place
    claims: Literal["remote_id", "adsb"]
    waypoints: list[Waypoint]
    height_m: Above0 = 100.0
    speed_mps: Above0 = 15.0
    count: Count = 1
    spacing_m: NotNegative = 150.0
    serial: str = "1FRG000000001"
    operator: str = ""
    icao24: Address = "3C0F00"
    callsign: str = "FRG1"
    emission_mhz: Above0 | None = None
