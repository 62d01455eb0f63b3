"""What every actor has, and the numbers that they are made of."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from vedette.simulate.spec.place import Place

Above0 = Annotated[float, Meta(gt=0.0)]
NotNegative = Annotated[float, Meta(ge=0.0)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Address = str  # six hexadecimal digits, which check.py sees to
Waypoint = Annotated[
    list[float], Meta(min_length=2, max_length=3)
]  # lat_deg, lon_deg, height_m if it has one
Loss = Literal["none", "drift", "return", "land"]


class ActorBase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every actor has.

    start_s      first appearance; before 0 it is already under way when the scenario begins
    repeat_s     it begins anew so long after each start, as another individual; None: once
    end_s        when it is gone for good; None: when it is done
    on_cue       it waits for an [[event]] that launches it
    scatter_s    each appearance is late by up to so much, drawn with the seed
    scatter_m    its whole way is shifted by up to so much, to any side
    scatter_deg  and turned about its beginning by up to so much, to either side
    """

    name: str
    start_s: float = 0.0
    repeat_s: Above0 | None = None
    end_s: float | None = None
    on_cue: bool = False
    scatter_s: NotNegative = 0.0
    scatter_m: NotNegative = 0.0
    scatter_deg: NotNegative = 0.0


class Crewed(ActorBase, frozen=True, kw_only=True):
    """With people on board. One without icao24 has its transponder off, and no callsign is heard.

    icao24    address, hexadecimal
    callsign  of its transponder
    """

    icao24: Address | None = None
    callsign: str = ""
    authorised: bool = True
    rcs_m2: Above0 | None = None


class Drone(ActorBase, frozen=True, kw_only=True):
    """Without.

    serial        broadcast as Remote ID where remote_id is true
    emission_mhz  of its radio link; None is silent
    pilot         where the pilot stands; None: at home
    pilot_walk    where the pilot walks to, one place after the other, at 1.4 m/s
    pilot_leaves_s  how long after take-off the walk begins
    gnss_loss     what it does where navigation by satellites is jammed; None: as the area says
    """

    authorised: bool = False
    serial: str = ""
    operator: str = ""
    remote_id: bool = False
    emission_mhz: Above0 | None = None
    rcs_m2: Above0 | None = None
    pilot: Place | None = None
    pilot_walk: list[Place] = field(default_factory=list)
    pilot_leaves_s: NotNegative = 0.0
    gnss_loss: Loss | None = None
