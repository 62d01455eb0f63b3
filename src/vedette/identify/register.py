"""Leaves as the judge looks them up: by serial number, operator, address and callsign, with volumes."""

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from vedette.core.claim import Claim
from vedette.core.errors import ConfigError
from vedette.core.leave import plain
from vedette.core.zone import Area
from vedette.identify.leaves import Flight, Leaves, Operator, holds
from vedette.identify.reach import Reach, away_m, reach

_NEAR_M: Final = 5_000.0  # further off a distance is good to some percent, and cheap


class Beyond(NamedTuple):
    """How far a place is out of a volume, m.

    away_m  horizontally; negative inside
    high_m  above its top, or below its bottom where negative; 0 between them, NaN where no height is known
    """

    away_m: float
    high_m: float


class Volume(Protocol):
    """What an authorisation holds in. Its geometry is the zones': who starts the stage brings it along."""

    def beyond(self, lat_deg: float, lon_deg: float, alt_m: float) -> Beyond:
        """How far a place is out of it; alt_m above the ellipsoid, NaN unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Register:
    """All that was told of who may fly.

    volumes          of areas, by the place of their authorisation in leaves.authorised
    about            a circle about each of them
    by_serial        places in leaves.authorised, and by_registration: of those of an operator
    owners           by serial number, who has it registered; operators: by registration number
    flights          by callsign, and by address
    """

    leaves: Leaves
    volumes: Mapping[int, Volume]
    about: Mapping[int, Reach]
    by_serial: Mapping[str, tuple[int, ...]]
    by_registration: Mapping[str, tuple[int, ...]]
    owners: Mapping[str, Operator]
    operators: Mapping[str, Operator]
    flights: Mapping[str, tuple[Flight, ...]]

    def entries(self, claim: Claim) -> list[int]:
        """Authorisations that name a Remote ID, or its operator, whenever and wherever they hold.

        An operator's leave is for drones that are registered for it. Of an operator whose drones nobody has
        registered, the word of the drone counts.
        """
        found = [*self.by_serial.get(claim.ident, ())]
        if self.by_registration:
            number = self._operator_of(claim)
            found += self.by_registration.get(number, ()) if number else ()
        return found

    def _operator_of(self, claim: Claim) -> str:
        """Registration number of who flies it; empty where that is not known, or contradicts the register."""
        said = plain(claim.operator_id) if claim.operator_id else ""
        if self.mismatch(claim):
            return ""
        owner = self.owners.get(claim.ident)
        return plain(owner.registration) if owner is not None else said

    def operator(self, claim: Claim) -> Operator | None:
        """Who has a Remote ID registered, or else whom it names."""
        owner = self.owners.get(claim.ident)
        if owner is None and claim.operator_id and not self.mismatch(claim):
            owner = self.operators.get(plain(claim.operator_id))
        return owner

    def mismatch(self, claim: Claim) -> str:
        """How the operator that a Remote ID names contradicts the register, in words; empty where not."""
        if not claim.operator_id or not self.operators:
            return ""
        said = plain(claim.operator_id)
        owner = self.owners.get(claim.ident)
        if owner is not None and plain(owner.registration) != said:
            return f"says that operator {claim.operator_id} flies it; it is registered for {named(owner)}"
        other = self.operators.get(said)
        if owner is None and other is not None and other.serials:
            return f"says that {named(other)} flies it, for whom it is not registered"
        return ""

    def beyond(self, entry: int, lat_deg: float, lon_deg: float, alt_m: float) -> Beyond | None:
        """How far a place is out of an authorisation's volume; None where it has none."""
        volume = self.volumes.get(entry)
        if volume is None:
            return None
        lat, lon, radius_m = self.about[entry]
        rough_m = away_m(lat, lon, lat_deg, lon_deg) - radius_m
        return Beyond(rough_m, math.nan) if rough_m > _NEAR_M else volume.beyond(lat_deg, lon_deg, alt_m)

    def heard(self, entry: int, heard: Container[str]) -> bool:
        """Whether somebody is heard to whom an authorisation belongs."""
        one = self.leaves.authorised[entry]
        if one.serial:
            return one.serial in heard
        number = plain(one.registration)
        known = self.operators.get(number)
        names = [operator_key(number), *(known.serials if known is not None else ())]
        return any(name in heard for name in names)

    def flight(self, claim: Claim, now_ns: int) -> Flight | None:
        """The flight plan of an aircraft that answers with an address, now."""
        if not self.flights:
            return None
        callsign = claim.callsign or ""
        for one in (*self.flights.get(claim.ident, ()), *self.flights.get(f"={callsign}", ())):
            fits = one.icao24 is None or one.icao24.upper() == claim.ident
            if fits and (one.callsign is None or one.callsign == callsign) and holds(one, now_ns):
                return one
        return None

    def other_address(self, claim: Claim, now_ns: int) -> Flight | None:
        """A flight plan for its callsign that names another address; None where there is none."""
        for one in self.flights.get(f"={claim.callsign}", ()):
            if one.icao24 is not None and one.icao24.upper() != claim.ident and holds(one, now_ns):
                return one
        return None


def register(leaves: Leaves, volume: Callable[[Area], Volume] | None = None) -> Register:
    """Leaves by their names.

    volume  makes what an area is; without it no authorisation may have one: it would hold everywhere
    """
    volumes: dict[int, Volume] = {}
    about: dict[int, Reach] = {}
    by_serial: dict[str, tuple[int, ...]] = {}
    by_registration: dict[str, tuple[int, ...]] = {}
    for i, one in enumerate(leaves.authorised):
        table, key = (by_serial, one.serial) if one.serial else (by_registration, plain(one.registration))
        table[key] = (*table.get(key, ()), i)
        if one.area is None:
            continue
        if volume is None:
            raise ConfigError(f"authorisation[{i}].area", "a way to make volumes of areas", "none")
        circle = reach(one.area)
        if circle is None:
            raise ConfigError(f"authorisation[{i}].area", "polygon or circle", "neither")
        volumes[i], about[i] = volume(one.area), circle
    flights: dict[str, tuple[Flight, ...]] = {}
    for flight in leaves.flights:
        name = flight.icao24.upper() if flight.icao24 else ""
        for key in (name, f"={flight.callsign}" if flight.callsign else ""):
            if key:
                flights[key] = (*flights.get(key, ()), flight)
    return Register(
        leaves,
        volumes,
        about,
        by_serial,
        by_registration,
        {serial: one for one in leaves.operators for serial in one.serials},
        {plain(one.registration): one for one in leaves.operators},
        flights,
    )


def operator_key(number: str) -> str:
    """What an operator's registration number is called among the ids that are heard."""
    return f"operator:{number}"


def named(operator: Operator) -> str:
    """An operator in words."""
    return f"{operator.name} ({operator.registration})" if operator.name else operator.registration


def is_beyond(there: Beyond, sd_m: float, alt_sd_m: float, sigma: float) -> bool:
    """Whether a place is surely out of a volume, by so many sigma; never where its uncertainty is not known.

    sd_m      1 sigma of the place, along its longer axis
    alt_sd_m  and of its height
    """
    sideways = there.away_m > 0.0 and there.away_m > sigma * sd_m
    upright = abs(there.high_m) > 0.0 and abs(there.high_m) > sigma * alt_sd_m
    return sideways or upright


def distance_m(there: Beyond) -> float:
    """How far out in all, m; 0 inside."""
    high = 0.0 if math.isnan(there.high_m) else there.high_m
    return math.hypot(max(there.away_m, 0.0), high)
