"""What a scenario says of all else that moves: birds, vehicles, ships, and traffic by the thousand."""

from typing import Literal

from msgspec import Struct, field

from vedette.simulate.spec.common import Above0, ActorBase, Count, NotNegative, Waypoint
from vedette.simulate.spec.place import Place


class Flock(ActorBase, frozen=True, kw_only=True, tag="flock"):
    """Birds that wander about a place, or along a course.

    height_m    lowest and highest
    speed_mps   slowest and fastest
    course_deg  they migrate: keep to a course; None: they stay about the centre
    soaring     each circles up in thermals and glides on, as storks and buzzards do
    """

    centre: Place
    count: Count = 6
    radius_m: Above0 = 1_500.0
    height_m: tuple[float, float] = (15.0, 90.0)
    speed_mps: tuple[float, float] = (8.0, 18.0)
    spread_m: NotNegative = 25.0
    rcs_m2: Above0 = 0.01
    course_deg: float | None = None
    soaring: bool = False


class Vehicle(ActorBase, frozen=True, kw_only=True, tag="vehicle"):
    """A car or van on the ground; drones may take off from it.

    halt_s  how long it stands at each waypoint, as at a junction; 0: it drives on
    """

    waypoints: list[Waypoint]
    speed_mps: Above0 = 14.0
    halt_s: NotNegative = 0.0
    loop: bool = False
    authorised: bool = True
    rcs_m2: Above0 | None = None


class Ship(ActorBase, frozen=True, kw_only=True, tag="ship"):
    """A ship or boat; drones may take off from it. The sea is at the site's ground."""

    waypoints: list[Waypoint]
    speed_mps: Above0 = 7.0
    boat: bool = False
    loop: bool = False
    authorised: bool = True
    rcs_m2: Above0 | None = None


TrafficKind = Literal[
    "multirotor_small",
    "multirotor_medium",
    "multirotor_large",
    "fixed_wing",
    "one_way",
    "airliner",
    "jet",
    "light",
    "helicopter",
    "bird",
    "vehicle",
    "ship",
]


class Share(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind's weight in the mix of a traffic."""

    kind: TrafficKind
    weight: Above0 = 1.0
    height_m: tuple[float, float] | None = None


def _everyday() -> list[Share]:
    return [Share(kind="multirotor_medium"), Share(kind="airliner"), Share(kind="bird")]


class Traffic(ActorBase, frozen=True, kw_only=True, tag="traffic"):
    """Many at once, each between waypoints of its own, for as long as the scenario lasts.

    count      how many
    box        south, west, north, east, deg; None: square_m about the site
    square_m   side of that square
    mix        kinds and weights; what it is depends on the kind: speeds, heights, transponders
    waypoints  of each, at random in the box, flown for ever
    """

    count: Count
    box: tuple[float, float, float, float] | None = None
    square_m: Above0 = 50_000.0
    mix: list[Share] = field(default_factory=_everyday)
    waypoints: int = 4
