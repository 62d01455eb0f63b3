"""What a scenario says of aircraft with people on board."""

from msgspec import Struct, field

from vedette.simulate.spec.common import Above0, ActorBase, Address, Crewed, NotNegative, Waypoint
from vedette.simulate.spec.missions import Mission
from vedette.simulate.spec.place import Place


class Runway(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One direction of a runway: landing threshold, true course, length."""

    lat_deg: float
    lon_deg: float
    course_deg: float
    length_m: Above0


class Arrival(ActorBase, frozen=True, kw_only=True, tag="arrival"):
    """Airliners that land one behind the other on a 3° path.

    callsigns   one an aircraft
    icao24      address of the first, hexadecimal; the next ones count up
    spacing_s   between two of them
    from_nm     where the final is joined, from the threshold
    base_nm     length of the base leg before it; its sign is the side (+ right of the course)
    """

    runway: Runway
    callsigns: list[str]
    icao24: Address
    spacing_s: Above0 = 200.0
    from_nm: Above0 = 14.0
    base_nm: float = 10.0


class Departure(ActorBase, frozen=True, kw_only=True, tag="departure"):
    """Airliners that take off, climb and turn to a course."""

    runway: Runway
    callsigns: list[str]
    icao24: Address
    course_deg: float
    spacing_s: Above0 = 200.0
    distance_nm: Above0 = 25.0


class Overflight(ActorBase, frozen=True, kw_only=True, tag="overflight"):
    """Airliners on a route, one behind the other; a waypoint's own height is a change of level.

    height_m  above the site's ground, at waypoints that say none
    """

    waypoints: list[Waypoint]
    callsigns: list[str]
    icao24: Address
    spacing_s: Above0 = 300.0
    height_m: Above0 = 10_700.0
    speed_mps: Above0 = 230.0


class Jet(Crewed, frozen=True, kw_only=True, tag="jet"):
    """A fighter along waypoints; in formation with a [[actor]] of kind formation."""

    waypoints: list[Waypoint]
    height_m: Above0 = 5_000.0
    speed_mps: Above0 = 280.0
    loop: bool = False


class LightAircraft(Crewed, frozen=True, kw_only=True, tag="light_aircraft"):
    """A small aeroplane: circuits about a runway, or across the country along waypoints.

    runway     of the circuits; then circuits counts them, left-handed unless right_hand
    waypoints  of the cross-country flight, at height_m, already flying
    """

    runway: Runway | None = None
    circuits: int = 3
    right_hand: bool = False
    waypoints: list[Waypoint] = field(default_factory=list)
    height_m: Above0 = 300.0
    speed_mps: Above0 = 50.0
    loop: bool = False


class Helicopter(Crewed, frozen=True, kw_only=True, tag="helicopter"):
    """Transits, hovers and orbits; home and mission as a multirotor's."""

    mission: Mission
    home: Place | None = None
    carrier: str | None = field(default=None, name="from")
    lands_on_carrier: bool = True
    height_m: Above0 = 300.0
    speed_mps: Above0 = 55.0
    airborne: bool = False


class Glider(Crewed, frozen=True, kw_only=True, tag="glider"):
    """Circles up in one thermal after the other, and glides between.

    thermals     where they stand; the wind carries the circles
    bottom_m     height it arrives at the first one with, and top_m where it leaves each
    climb_mps    in a thermal
    speed_mps    of its best glide; between thermals it flies as fast as the air and the next climb ask for
    glide_ratio  metres ahead for one down, at its best, through calm air
    """

    thermals: list[Place]
    bottom_m: Above0 = 500.0
    top_m: Above0 = 1_400.0
    climb_mps: Above0 = 2.0
    speed_mps: Above0 = 28.0
    glide_ratio: Above0 = 30.0
    loop: bool = True


class Balloon(ActorBase, frozen=True, kw_only=True, tag="balloon"):
    """Goes where the wind goes, at a height.

    at          where it rises; airborne ones are there at their height already
    small       no crew: a free balloon with a parcel, as smugglers and weather services use
    duration_s  how long it flies, from its start; None: on and on
    spread_m    count of them begin so far about `at`, standard deviation
    sway_m      standard deviation of its height
    """

    at: Place
    height_m: Above0
    small: bool = False
    airborne: bool = False
    count: int = 1
    spread_m: NotNegative = 0.0
    duration_s: Above0 | None = None
    sway_m: NotNegative = 15.0
    authorised: bool | None = None
    rcs_m2: Above0 | None = None
    emission_mhz: Above0 | None = None
