"""A whole counter-drone system on trial: COURAGEOUS tracking records, one emission each, to a file.

Inside it is a radar as drone_radar has it, with a tracker that holds a target from its second
detection until 5 s without one. It says UAV or Other by a guess that is right 4 times in 5 and stays
with a target, and raises its alarm for what it takes for a drone nearer than alarm_m. A record is
where the target was measured, bearing, elevation and distance.
"""

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from vedette.core.classes import CLASSES, UAS
from vedette.core.units import NS_PER_S
from vedette.simulate.sensors import detection
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.spec.sensors import CuasSystem
from vedette.simulate.world import Emission, Ints, World
from vedette.wire.courageous import Alarm, BearingElevationDistance, TrackingRecord

_HOLD_NS: Final = 5 * NS_PER_S
_NEVER: Final = -(1 << 62)
_RIGHT: Final = 0.8
_NOTCH: Final = {"notch_mps": 0.8, "blind_speed_mps": 120.0, "notch_db": 30.0}
_UAS: Final = np.array([name in UAS for name in CLASSES])


class CuasRecord(msgspec.Struct, frozen=True):
    """One emission: a record of the track uas_id."""

    uas_id: int
    record: TrackingRecord


@dataclass
class CuasState:
    """rng, when it looks next; by slot: whom it follows, since when, its number, what it takes it for."""

    rng: np.random.Generator
    next_ns: int
    life: Ints
    seen_ns: Ints
    uas_id: Ints
    drone: Ints
    tracks: int = 0
    records: int = 0


class CuasSystemModel:
    """One system of a scenario."""

    def __init__(self, spec: CuasSystem, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.slots = setting.slots
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)

    def init(self, rng: np.random.Generator, start_ns: int) -> CuasState:
        """Before the first tick."""
        life, uas_id, drone = (np.zeros(self.slots, np.int64) for _ in range(3))
        first = start_ns + int(rng.integers(self.period_ns))
        return CuasState(rng, first, life, np.full(self.slots, _NEVER), uas_id, drone)

    def hello(self, state: CuasState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: CuasState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """Records of this tick."""
        out: list[Emission] = []
        while state.next_ns < world.end_ns:
            out += self._scan(state, world, state.next_ns, conditions)
            state.next_ns += self.period_ns
        return out

    def _scan(self, state: CuasState, world: World, at_ns: int, conditions: Conditions) -> list[Emission]:
        """One look at everybody."""
        spec, rng, roster = self.spec, state.rng, world.roster
        seen = self.sight.see(world, at_ns)
        slot = world.slot[seen.row]
        strength = detection.snr(seen.range_m, roster.rcs_m2[slot], spec.range_1m2_m)
        strength *= detection.doppler_gain(seen.range_rate_mps, roster.class_index[slot], **_NOTCH)
        hit = rng.random(len(slot)) < detection.swerling1(strength) * spec.detection_probability
        seen = seen.only(hit)
        slot, life = world.slot[seen.row], world.life[seen.row]
        new = (state.life[slot] != life) | (at_ns - state.seen_ns[slot] > _HOLD_NS)
        state.life[slot], state.seen_ns[slot] = life, at_ns
        count = int(new.sum())
        right = rng.random(count) < _RIGHT
        state.uas_id[slot[new]] = state.tracks + 1 + np.arange(count)
        state.drone[slot[new]] = right == _UAS[roster.class_index[slot[new]]]
        state.tracks += count
        held = seen.only(~new)
        slot = world.slot[held.row]
        noise = rng.standard_normal((len(held), 3))
        polar = np.column_stack((held.azimuth_deg, held.elevation_deg, held.range_m))
        polar += (conditions.azimuth_deg, 0.0, conditions.range_m)
        polar += noise * (spec.azimuth_sd_deg, spec.elevation_sd_deg, spec.range_sd_m)
        told_ms = (at_ns + conditions.clock_ns) // 1_000_000
        out = []
        for i in range(len(held)):
            drone = bool(state.drone[slot[i]])
            state.records += 1
            record = TrackingRecord(
                classification="UAV" if drone else "Other",
                record_number=state.records,
                time=told_ms,
                alarm=Alarm(
                    active=bool(drone and polar[i, 2] < spec.alarm_m), certainty=0.8 if drone else 0.2
                ),
                location=BearingElevationDistance(
                    round(float(polar[i, 0]) % 360.0, 3),
                    round(float(polar[i, 1]), 3),
                    round(float(polar[i, 2]), 2),
                ),
            )
            data = msgspec.json.encode(CuasRecord(int(state.uas_id[slot[i]]), record))
            out.append(Emission(spec.feed, self.connection, at_ns + self.latency_ns, data))
        return out
