"""A Remote ID receiver: what drones broadcast of themselves, one message pack a second each.

A pack holds the serial number, the location, the pilot's place, the operator's number
and the words "Simulated flight". Positions carry the error of a small GNSS receiver, independent from
one second to the next. A broadcast is heard in sight, with the sensor's detection probability falling
with the fourth power of range to nothing at the longest.

Source: ASTM F3411-22a, 5.4.5, for the rate and the messages; ranges of 300 m to 2 km are usual for
Bluetooth 4 and Wi-Fi beacons.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.sensors.memory import phase
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.spec.sensors import RemoteIdReceiver
from vedette.simulate.world import Array, Emission, Ints, World
from vedette.wire.remoteid import (
    Carrier,
    basic_id,
    batch,
    encode_datagram,
    operator_id,
    pack,
    self_id,
    system,
)
from vedette.wire.remoteid.datagram import HEADER
from vedette.wire.remoteid.fields import MESSAGE_BYTES, PLACE_STEPS_A_DEG
from vedette.wire.remoteid.location import AIRBORNE, GROUND
from vedette.wire.remoteid.system import System

_HORIZONTAL_SD_M: Final = 1.5
_VERTICAL_SD_M: Final = 3.0
_VELOCITY_SD_MPS: Final = 0.3
_HOUR_NS: Final = 3_600 * NS_PER_S
_DESCRIPTION: Final = "Simulated flight"
_RSSI_AT: Final = HEADER.size - 1
_MESSAGES_AT: Final = HEADER.size + pack.HEAD_BYTES
_LOCATION: Final = slice(_MESSAGES_AT + MESSAGE_BYTES, _MESSAGES_AT + 2 * MESSAGE_BYTES)
_ACCURACY_AT: Final = 19  # of a location: height << 4 | horizontal, 0 unknown
_SYSTEM_AT: Final = _MESSAGES_AT + 3 * MESSAGE_BYTES
_PILOT: Final = slice(_SYSTEM_AT + 2, _SYSTEM_AT + 10)  # latitude and longitude; both 0 is nowhere
_TIME_AT: Final = _SYSTEM_AT + 20
_AIRCRAFT: Final = tuple("aeroplane" if name == "fixed_wing_drone" else "multirotor" for name in CLASSES)


@dataclass
class ReceiverState:
    """rng, and what the instants are made of at which each drone broadcasts."""

    rng: np.random.Generator
    salt: int


@lru_cache(maxsize=65_536)
def _pack(serial: str, operator: str, aircraft: str, ground_m: float) -> bytes:
    """One datagram with everything that stays the same; the rest is filled."""
    messages = [
        basic_id.encode(serial, aircraft),
        bytes(MESSAGE_BYTES),
        self_id.encode(_DESCRIPTION),
        system.encode(System(alt_m=ground_m, classification=1)),
        operator_id.encode(operator),
    ]
    transmitter = b"\x02" + hashlib.blake2b(serial.encode(), digest_size=5).digest()
    return encode_datagram(pack.encode(messages), transmitter, carrier=Carrier.WIFI_BEACON)


class RemoteIdReceiverModel:
    """One receiver of a scenario."""

    def __init__(self, spec: RemoteIdReceiver, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = setting.site
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)

    def init(self, rng: np.random.Generator, start_ns: int) -> ReceiverState:
        """Before the first tick; every drone broadcasts at a phase of its own."""
        del start_ns
        return ReceiverState(rng, int(rng.integers(1 << 32)))

    def hello(self, state: ReceiverState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: ReceiverState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """Datagrams of this tick, one a broadcast heard."""
        del conditions
        seen = self.sight.see(world, world.time_ns, bodies=False)
        slot = world.slot[seen.row]
        share = (seen.range_m / self.spec.range_max_m) ** 4
        heard = state.rng.random(len(slot)) < self.spec.detection_probability * (1.0 - share)
        since_ns = world.time_ns - world.start_ns - phase(slot, state.salt, self.period_ns)
        at = world.time_ns - since_ns % -self.period_ns  # the next broadcast of each
        which = np.flatnonzero(heard & world.roster.remote_id[slot] & (at < world.end_ns))
        if not len(which):
            return []
        row, at_ns = seen.row[which], at[which]
        octets = self._datagrams(state.rng, world, row, at_ns, seen.range_m[which])
        times = at_ns.tolist()
        return [
            Emission(self.spec.feed, self.connection, times[k], octets[k].tobytes()) for k in range(len(row))
        ]

    def _datagrams(
        self, rng: np.random.Generator, world: World, row: Ints, at_ns: Ints, range_m: Array
    ) -> NDArray[np.uint8]:
        """(k, n) packs as the receiver hands them on."""
        members, ground_m = world.roster.members, self.site.ground_m
        slot = world.slot[row]
        mine = [members[i] for i in slot.tolist()]
        kinds = [_AIRCRAFT[i] for i in world.roster.class_index[slot].tolist()]
        joined = b"".join(
            _pack(m.serial, m.operator, kind, ground_m) for m, kind in zip(mine, kinds, strict=True)
        )
        out = np.frombuffer(joined, np.uint8).reshape(len(row), -1).copy()
        rssi_dbm = np.rint(-40.0 - 20.0 * np.log10(np.maximum(range_m, 10.0) / 10.0))
        out[:, _RSSI_AT] = rssi_dbm.astype(np.int8).view(np.uint8)
        out[:, _LOCATION] = self._locations(rng, world, row, at_ns)
        places = np.rint(np.nan_to_num(world.pilot_geo[row, :2]) * PLACE_STEPS_A_DEG).astype("<i4")
        out[:, _PILOT] = places.view(np.uint8).reshape(-1, 8)
        seconds = ((at_ns - system.EPOCH_NS) // NS_PER_S).astype("<u4")
        out[:, _TIME_AT : _TIME_AT + 4] = seconds.view(np.uint8).reshape(-1, 4)
        return out

    def _locations(self, rng: np.random.Generator, world: World, row: Ints, at_ns: Ints) -> NDArray[np.uint8]:
        """(k, 25) messages of where the drones think they are."""
        geo, velocity = world.claimed_geo[row].copy(), world.claimed_velocity[row]
        ahead_s = (at_ns - world.time_ns) / NS_PER_S
        north, east = metres_per_degree(geo[:, 0], geo[:, 2])
        error = rng.standard_normal((len(row), 3))
        height_m = geo[:, 2] - self.site.ground_m
        baro_alt_m = geo[:, 2] - self.site.undulation_m
        geo[:, 0] += (velocity[:, 1] * ahead_s + _HORIZONTAL_SD_M * error[:, 0]) / north
        geo[:, 1] += (velocity[:, 0] * ahead_s + _HORIZONTAL_SD_M * error[:, 1]) / east
        geo[:, 2] += _VERTICAL_SD_M * error[:, 2]
        out = batch.locations(
            np.where(height_m > 0.5, AIRBORNE, GROUND),
            geo,
            velocity,
            baro_alt_m,
            height_m,
            at_ns % _HOUR_NS / NS_PER_S,
            position_sd_m=_HORIZONTAL_SD_M,
            alt_sd_m=_VERTICAL_SD_M,
            velocity_sd_mps=_VELOCITY_SD_MPS,
            hour_accuracy_s=0.1,
        )
        out[world.nac_p[row] == 0, _ACCURACY_AT] &= 0xF0  # without satellites it does not know how good it is
        return out
