"""One individual slot, before it becomes a row of the roster, and what it is called in each life."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors.columns import ROUTE
from vedette.simulate.actors.envelopes import Envelope
from vedette.simulate.spec.common import ActorBase
from vedette.simulate.spec.place import Place

_PARTS = re.compile(r"([A-Z]+)(\d+)(.*)")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One individual slot. Places are m on the site's map, heights m above the ellipsoid.

    actor          of the scenario, whose times and scatter it has
    legs           LEG rows; the first n_legs are its way, those from home_leg on its way home
    loop_leg       that follows the last one; None: it ends there
    delay_s        after the actor's start
    leader, place  whom it follows, and where: right, ahead, up
    carrier        row that it takes off from
    centre, radius_m, height_m, course_deg  of wanderers
    body           whether there is anything to see; a forged flight has none
    transmitter    lat, lon deg, m, where what it claims is sent from; None: from itself
    inertial       it knows where it is without satellites
    """

    name: str
    actor: ActorBase
    envelope: Envelope
    mode: int = ROUTE
    delay_s: float = 0.0
    rcs_m2: float
    authorised: bool = True
    legs: NDArray[np.void] | None = None
    n_legs: int | None = None
    home_leg: int | None = None
    loop_leg: int | None = None
    leader: int = -1
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    carrier: int = -1
    to_carrier: bool = False
    centre: tuple[float, float] = (0.0, 0.0)
    radius_m: float = 0.0
    height_m: tuple[float, float] = (0.0, 0.0)
    course_deg: float = 0.0
    speed_mps: float
    top_mps: float
    jitter_sd_m: float = 0.0
    jitter_tau_s: float = 5.0
    airborne: bool = False
    icao24: int | None = None
    callsign: str = ""
    serial: str = ""
    operator: str = ""
    remote_id: bool = False
    emission_mhz: float | None = None
    pilot: Place | None = None
    pilot_walk: tuple[Place, ...] = ()
    pilot_leaves_s: float = 0.0
    at_loss: int = 0
    inertial: bool = False
    navigates: bool = False
    body: bool = True
    transmitter: tuple[float, float, float] | None = None


def hash_of(text: str) -> int:
    """The same number for the same text in every process: FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def callsign_of(member: Member, life: int) -> str:
    """Callsign in its n-th life: the flight number counts up by ten."""
    if life <= 1:
        return member.callsign
    found = _PARTS.fullmatch(member.callsign)
    if not found:
        return member.callsign
    letters, number, rest = found.groups()
    return f"{letters}{(int(number) + 10 * (life - 1)) % 10_000}{rest}"[:8]


def icao24_of(member: Member, life: int) -> int | None:
    """Address in its n-th life."""
    return None if member.icao24 is None else (member.icao24 + 64 * (life - 1)) & 0xFFFFFF


def name_of(member: Member, life: int) -> str:
    """Name in its n-th life, as the truth file says it."""
    if member.callsign:
        return callsign_of(member, life)
    return member.name if life <= 1 else f"{member.name} #{life}"
