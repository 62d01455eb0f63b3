"""What a scenario says of those who fly: kinds of actor and their missions."""

from msgspec import Struct

from vedette.core.classes import CLASSES
from vedette.simulate.spec.place import Place

CLASS_INDEX = {name: index for index, name in enumerate(CLASSES)}


class Runway(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One direction of a runway: landing threshold, true course, length."""

    lat_deg: float
    lon_deg: float
    course_deg: float
    length_m: float


class _Actor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every actor has.

    start_s   first appearance; before 0 it is already under way when the scenario begins
    repeat_s  it begins anew so long after each start, as another individual; None: once
    """

    name: str
    start_s: float = 0.0
    repeat_s: float | None = None


class Arrival(_Actor, frozen=True, kw_only=True, tag="arrival"):
    """Airliners that land one behind the other on a 3° path.

    callsigns   one an aircraft
    icao24      address of the first, hexadecimal; the next ones count up
    spacing_s   between two of them
    from_nm     where the final is joined, from the threshold
    base_nm     length of the base leg before it; its sign is the side (+ right of the course)
    """

    runway: Runway
    callsigns: list[str]
    icao24: str
    spacing_s: float = 200.0
    from_nm: float = 14.0
    base_nm: float = 10.0


class Departure(_Actor, frozen=True, kw_only=True, tag="departure"):
    """Airliners that take off, climb and turn to a course."""

    runway: Runway
    callsigns: list[str]
    icao24: str
    course_deg: float
    spacing_s: float = 200.0
    distance_nm: float = 25.0


class Hover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="hover"):
    """Fly to a place, stay there, go home."""

    at: Place
    hold_s: float


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="route"):
    """Fly along waypoints (lat_deg, lon_deg), then home if return_home."""

    waypoints: list[Place]
    return_home: bool = True


class Orbit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="orbit"):
    """Circle a place; turns counts the rounds, clockwise if above 0."""

    centre: Place
    radius_m: float
    turns: float = 2.0


class Survey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="survey"):
    """Mow a rectangle: lines along heading_deg, length_m long, spacing_m apart, over width_m."""

    centre: Place
    length_m: float
    width_m: float
    heading_deg: float = 0.0
    spacing_m: float = 40.0


Mission = Hover | Route | Orbit | Survey


class Multirotor(_Actor, frozen=True, kw_only=True, tag="multirotor"):
    """A multirotor drone and its pilot.

    home          where it takes off and lands, and where the pilot stands
    airborne      begin at the mission's first point, already flying
    serial        broadcast as Remote ID where remote_id is true
    emission_mhz  of its video link; None is silent
    """

    home: Place
    mission: Mission
    height_m: float
    speed_mps: float = 12.0
    airborne: bool = False
    authorised: bool = False
    serial: str = ""
    operator: str = ""
    remote_id: bool = False
    emission_mhz: float | None = None
    rcs_m2: float = 0.02


class Formation(_Actor, frozen=True, kw_only=True, tag="formation"):
    """Drones that keep station on a multirotor.

    leader   name of a [[actor]] of kind multirotor that stands before this one
    offsets  one a drone: right, ahead, up of the leader's course, m
    """

    leader: str
    offsets: list[tuple[float, float, float]]
    emission_mhz: float | None = None
    rcs_m2: float = 0.02


class Flock(_Actor, frozen=True, kw_only=True, tag="flock"):
    """Birds that wander about a place.

    height_m   lowest and highest
    speed_mps  slowest and fastest
    """

    centre: Place
    count: int = 6
    radius_m: float = 1_500.0
    height_m: tuple[float, float] = (15.0, 90.0)
    speed_mps: tuple[float, float] = (8.0, 18.0)
    spread_m: float = 25.0
    rcs_m2: float = 0.01


Actor = Arrival | Departure | Multirotor | Formation | Flock
