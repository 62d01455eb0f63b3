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
from vedette.simulate.sensors import detection, memory
from vedette.simulate.sensors.memory import Memory
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.spec.sensors import CuasSystem
from vedette.simulate.world import Emission, World
from vedette.wire.courageous import Alarm, BearingElevationDistance, TrackingRecord

_HOLD_NS: Final = 5 * NS_PER_S
_RIGHT: Final = 0.8
_NOTCH: Final = {"notch_mps": 0.8, "blind_speed_mps": 120.0, "notch_db": 30.0}
_UAS: Final = np.array([name in UAS for name in CLASSES])


class CuasRecord(msgspec.Struct, frozen=True):
    """One emission: a record of the track uas_id."""

    uas_id: int
    record: TrackingRecord


@dataclass
class CuasState:
    """rng, when it looks next; whom it follows, its number and whether it takes it for a drone; counts."""

    rng: np.random.Generator
    next_ns: int
    held: Memory
    tracks: int = 0
    records: int = 0


class CuasSystemModel:
    """One system of a scenario."""

    def __init__(self, spec: CuasSystem, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)

    def init(self, rng: np.random.Generator, start_ns: int) -> CuasState:
        """Before the first tick."""
        first = start_ns + int(rng.integers(self.period_ns))
        return CuasState(rng, first, memory.begin(("uas_id", "<i8"), ("drone", "?")))

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
        state.held.forget(at_ns - _HOLD_NS)
        at = state.held.find(slot)
        rows = state.held.rows
        new = rows["life"][at] != life
        rows["life"][at], rows["seen_ns"][at] = life, at_ns
        count = int(new.sum())
        right = rng.random(count) < _RIGHT
        rows["uas_id"][at[new]] = state.tracks + 1 + np.arange(count)
        rows["drone"][at[new]] = right == _UAS[roster.class_index[slot[new]]]
        state.tracks += count
        held, tracks = seen.only(~new), rows[at[~new]]
        noise = rng.standard_normal((len(held), 3))
        polar = np.column_stack((held.azimuth_deg, held.elevation_deg, held.range_m))
        polar += (conditions.azimuth_deg, 0.0, conditions.range_m)
        polar += noise * (spec.azimuth_sd_deg, spec.elevation_sd_deg, spec.range_sd_m)
        told_ms = (at_ns + conditions.clock_ns) // 1_000_000
        out = []
        for i in range(len(held)):
            drone = bool(tracks["drone"][i])
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
            data = msgspec.json.encode(CuasRecord(int(tracks["uas_id"][i]), record))
            out.append(Emission(spec.feed, self.connection, at_ns + self.latency_ns, data))
        return out
