"""A Remote ID receiver: what drones broadcast of themselves, one message pack a second each.

A pack holds the serial number, the location, the pilot's place (of take-off), the operator's number
and the words "Simulated flight". Positions carry the error of a small GNSS receiver, independent from
one second to the next. A broadcast is heard within range and above the radio horizon with the
sensor's detection probability.

Source: ASTM F3411-22a, 5.4.5, for the rate and the messages.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.actors.roster import Roster
from vedette.simulate.geometry import Station, metres_per_degree
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import RemoteIdReceiver
from vedette.simulate.world import Emission, Ints, World
from vedette.wire.remoteid import Carrier, basic_id, encode_datagram, operator_id, pack, self_id, system
from vedette.wire.remoteid import location as location_message
from vedette.wire.remoteid.location import AIRBORNE, GROUND, Location
from vedette.wire.remoteid.system import System

_HORIZONTAL_SD_M: Final = 1.5
_VERTICAL_SD_M: Final = 3.0
_VELOCITY_SD_MPS: Final = 0.3
_HOUR_NS: Final = 3_600 * NS_PER_S
_DESCRIPTION: Final = "Simulated flight"


@dataclass
class ReceiverState:
    """rng, and when each slot broadcasts next, UTC ns."""

    rng: np.random.Generator
    next_ns: Ints


class RemoteIdReceiverModel:
    """One receiver of a scenario."""

    def __init__(self, spec: RemoteIdReceiver, connection: int, site: Site, roster: Roster) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = site
        self.station = Station(spec.lat_deg, spec.lon_deg, site.ground_m + spec.height_m, site.ground_m)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.slots = len(roster)

    def init(self, rng: np.random.Generator, start_ns: int) -> ReceiverState:
        """Before the first tick; every drone broadcasts at a phase of its own."""
        return ReceiverState(rng, start_ns + rng.integers(self.period_ns, size=self.slots))

    def hello(self, state: ReceiverState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: ReceiverState, world: World) -> list[Emission]:
        """Datagrams of this tick, one a broadcast heard."""
        due = state.next_ns < world.end_ns
        at = state.next_ns.copy()
        state.next_ns = state.next_ns + self.period_ns * due
        rows = np.flatnonzero(world.roster.remote_id[world.slot] & due[world.slot])
        if not len(rows):
            return []
        seen = world.seen_from(self.station, world.time_ns)
        heard = state.rng.random(len(rows)) < self.spec.detection_probability
        heard &= seen.visible[rows] & (seen.range_m[rows] < self.spec.range_max_m)
        return [
            self._datagram(state, world, row, max(int(at[world.slot[row]]), world.time_ns), seen.range_m[row])
            for row in rows[heard].tolist()
        ]

    def _datagram(self, state: ReceiverState, world: World, row: int, at_ns: int, range_m: float) -> Emission:
        """One pack as the receiver hands it on."""
        member = world.roster.members[int(world.slot[row])]
        messages = [
            basic_id.encode(member.serial, "multirotor"),
            location_message.encode(self._location(state, world, row, at_ns)),
            self_id.encode(_DESCRIPTION),
            system.encode(
                System(
                    place=self._pilot(world, row), alt_m=self.site.ground_m, classification=1, time_ns=at_ns
                )
            ),
            operator_id.encode(member.operator),
        ]
        transmitter = b"\x02" + hashlib.blake2b(member.serial.encode(), digest_size=5).digest()
        datagram = encode_datagram(
            pack.encode(messages),
            transmitter,
            carrier=Carrier.WIFI_BEACON,
            rssi_dbm=round(-40.0 - 20.0 * math.log10(max(range_m, 10.0) / 10.0)),
        )
        return Emission(self.spec.feed, self.connection, at_ns, datagram)

    def _pilot(self, world: World, row: int) -> tuple[float, float] | None:
        """Where the pilot's own receiver says that the pilot stands."""
        lat_deg, lon_deg, _ = world.pilot_geo[row].tolist()
        return None if math.isnan(lat_deg) else (lat_deg, lon_deg)

    def _location(self, state: ReceiverState, world: World, row: int, at_ns: int) -> Location:
        """Where the drone thinks it is."""
        lat_deg, lon_deg, alt_m = world.claimed_geo[row].tolist()
        east_mps, north_mps, up_mps = world.claimed_velocity[row].tolist()
        ahead_s = (at_ns - world.time_ns) / NS_PER_S
        north, east = metres_per_degree(
            world.claimed_geo[row : row + 1, 0], world.claimed_geo[row : row + 1, 2]
        )
        error = state.rng.standard_normal(3)
        lat_deg += float((north_mps * ahead_s + _HORIZONTAL_SD_M * error[0]) / north[0])
        lon_deg += float((east_mps * ahead_s + _HORIZONTAL_SD_M * error[1]) / east[0])
        height_m = alt_m - self.site.ground_m
        return Location(
            status=AIRBORNE if height_m > 0.5 else GROUND,
            place=(lat_deg, lon_deg),
            direction_deg=math.degrees(math.atan2(east_mps, north_mps)) % 360.0,
            speed_mps=math.hypot(east_mps, north_mps),
            v_up_mps=up_mps,
            baro_alt_m=alt_m - self.site.undulation_m,
            alt_m=alt_m + _VERTICAL_SD_M * float(error[2]),
            height_m=height_m,
            position_sd_m=_HORIZONTAL_SD_M,
            alt_sd_m=_VERTICAL_SD_M,
            velocity_sd_mps=_VELOCITY_SD_MPS,
            hour_s=at_ns % _HOUR_NS / NS_PER_S,
            hour_accuracy_s=0.1,
        )
