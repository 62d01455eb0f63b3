"""An ADS-B receiver: extended squitters of airliners, as Beast frames.

Every transponder in the air sends its position twice a second, even and odd in turn, its velocity
twice a second, its callsign and its accuracy every five; each at a phase of its own. A message is
heard if the
aircraft is above the horizon, with the sensor's detection probability falling with the fourth power
of range to nothing at the longest range. On the ground they are silent.

Pressure altitude is that of a standard day, so the height above the ellipsoid is above it by the
geoid undulation, as the velocity message says. Beast has no mark for simulated input.

Source: ICAO Annex 10 volume IV, 3.1.2.8.6 for the rates.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vedette.core.units import FT_M, NS_PER_S
from vedette.simulate.actors.roster import Roster, callsign_of, icao24_of
from vedette.simulate.geometry import Station, metres_per_degree
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import AdsbReceiver
from vedette.simulate.world import Emission, Ints, World
from vedette.wire.adsb import (
    beast_frame,
    encode_position,
    encode_velocity,
    extended_squitter,
    identification,
    operational,
)

POSITION_TICKS: Final = 5
IDENTITY_TICKS: Final = 50
_TICKS_PER_S: Final = 12_000_000  # of Beast's clock
_CATEGORY: Final = "A3"
_GNSS_SD_M: Final = 4.0


@dataclass
class ReceiverState:
    """rng, phases and parity of every slot; tick counts."""

    rng: np.random.Generator
    phase: Ints
    tick: int = 0
    odd: set[int] = field(default_factory=set)


class AdsbReceiverModel:
    """One receiver of a scenario."""

    def __init__(self, spec: AdsbReceiver, connection: int, site: Site, roster: Roster) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = site
        self.station = Station(spec.lat_deg, spec.lon_deg, site.ground_m + spec.height_m, site.ground_m)
        self.slots = len(roster)

    def init(self, rng: np.random.Generator, start_ns: int) -> ReceiverState:
        """Before the first tick."""
        del start_ns
        return ReceiverState(rng, rng.integers(IDENTITY_TICKS, size=self.slots))

    def hello(self, state: ReceiverState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: ReceiverState, world: World) -> list[Emission]:
        """What it hears in this tick, as one piece of its stream."""
        at_ns = world.time_ns
        seen = world.seen_from(self.station, at_ns)
        flying = world.claimed_geo[:, 2] > self.site.ground_m + 5.0
        near = seen.range_m < self.spec.range_max_m
        likely = self.spec.detection_probability * (1.0 - (seen.range_m / self.spec.range_max_m) ** 4)
        rows = np.flatnonzero(world.roster.has_transponder[world.slot] & flying & near & seen.visible)
        frames = []
        for row in rows.tolist():
            for message in self._squitters(state, world, row):
                if state.rng.random() < likely[row]:
                    level = self._signal(float(seen.range_m[row]))
                    ticks = (at_ns - world.start_ns) * _TICKS_PER_S // NS_PER_S
                    frames.append(beast_frame(message, ticks, level))
        state.tick += 1
        if not frames:
            return []
        return [Emission(self.spec.feed, self.connection, at_ns, b"".join(frames))]

    def _signal(self, range_m: float) -> int:
        """Signal level, 1 to 255: amplitude falls with range."""
        return int(np.clip(255.0 * 4_000.0 / max(range_m, 4_000.0), 1.0, 255.0))

    def _squitters(self, state: ReceiverState, world: World, row: int) -> list[bytes]:
        """What one transponder sends in this tick."""
        slot, life = int(world.slot[row]), int(world.life[row])
        member = world.roster.members[slot]
        icao = icao24_of(member, life) or 0
        age = state.tick + int(state.phase[slot])
        out = []
        if age % POSITION_TICKS == 0:
            lat_deg, lon_deg, alt_m = self._gnss(state, world, row)
            odd = slot in state.odd
            state.odd ^= {slot}
            baro_ft = (alt_m - self.site.undulation_m) / FT_M
            out.append(encode_position(icao, lat_deg, lon_deg, baro_ft, odd=odd))
        if age % POSITION_TICKS == 2:
            east, north, up = world.claimed_velocity[row].tolist()
            out.append(encode_velocity(icao, east, north, up, alt_above_baro_m=self.site.undulation_m))
        if age % IDENTITY_TICKS == 3:
            out.append(extended_squitter(icao, operational.encode(int(world.nac_p[row]))))
        if age % IDENTITY_TICKS == 4:
            out.append(extended_squitter(icao, identification.encode(callsign_of(member, life), _CATEGORY)))
        return out

    def _gnss(self, state: ReceiverState, world: World, row: int) -> tuple[float, float, float]:
        """Where the aircraft thinks it is: latitude, longitude, height above the ellipsoid."""
        lat_deg, lon_deg, alt_m = world.claimed_geo[row].tolist()
        north, east = metres_per_degree(
            world.claimed_geo[row : row + 1, 0], world.claimed_geo[row : row + 1, 2]
        )
        error = _GNSS_SD_M * state.rng.standard_normal(2)
        return lat_deg + float(error[0] / north[0]), lon_deg + float(error[1] / east[0]), alt_m
