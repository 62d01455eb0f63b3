"""A radio direction finder: SAPIENT bearings of drones that transmit, with their frequency.

Each emitter within range and radio horizon is heard with the sensor's detection probability a
period. Bearings only: no range, no elevation.
"""

from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.actors.roster import Roster
from vedette.simulate.geometry import Station
from vedette.simulate.sensors import sapient_voice
from vedette.simulate.sensors.sapient_voice import Voice
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import RfFinder, core_sensor
from vedette.simulate.world import Emission, World
from vedette.wire.sapient import Detected, detection_range_bearing

_CLASSES: Final = {"multirotor": 0.8, "fixed_wing_drone": 0.2}
_FALSE_MHZ: Final = (2_400.0, 2_483.5)


class RfFinderModel:
    """One direction finder of a scenario."""

    def __init__(self, spec: RfFinder, connection: int, site: Site, roster: Roster) -> None:
        """Place it."""
        self.spec = spec
        self.sensor = core_sensor(spec, site)
        self.connection = connection
        self.station = Station(spec.lat_deg, spec.lon_deg, site.ground_m + spec.height_m, site.ground_m)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)
        self.sender = Emission(spec.feed, connection, self.latency_ns, b"")
        self.emission_mhz = roster.emission_mhz

    def init(self, rng: np.random.Generator, start_ns: int) -> Voice:
        """Before the first tick."""
        return sapient_voice.begin(rng, start_ns, self.period_ns)

    def hello(self, state: Voice, at_ns: int) -> None:
        """Register again."""
        sapient_voice.hello(state, at_ns)

    def look(self, state: Voice, world: World) -> list[Emission]:
        """What it says in this tick."""
        out = sapient_voice.introduce(state, self.sensor, self.sender, world.end_ns, polar=True)
        while state.scan_ns < world.end_ns:
            data = self._scan(state, world, state.scan_ns)
            if data:
                at_ns = state.scan_ns + self.latency_ns
                out.append(Emission(self.sender.feed, self.sender.connection, at_ns, data))
            state.scan_ns += self.period_ns
        return out

    def _scan(self, voice: Voice, world: World, at_ns: int) -> bytes:
        """Frames of one scan."""
        spec = self.spec
        seen = world.seen_from(self.station, at_ns)
        frequency = self.emission_mhz[world.slot]
        hit = (
            (voice.rng.random(len(frequency)) < spec.detection_probability)
            & np.isfinite(frequency)
            & seen.visible
            & (seen.range_m < spec.range_max_m)
        )
        keys = sapient_voice.individuals(world.slot, world.life)
        frames = []
        for row in np.flatnonzero(hit).tolist():
            name, _ = sapient_voice.object_id(voice, keys[row], at_ns)
            more = Detected(confidence=0.9, classes=_CLASSES, frequency_mhz=float(frequency[row]))
            frames.append(self._frame(voice, at_ns, name, float(seen.azimuth_deg[row]), more))
        for share in sapient_voice.false_share(voice.rng, spec.false_per_scan):
            mhz = _FALSE_MHZ[0] + (_FALSE_MHZ[1] - _FALSE_MHZ[0]) * float(share[0])
            more = Detected(confidence=0.3, frequency_mhz=mhz)
            name = sapient_voice.next_ulid(voice, at_ns)
            frames.append(self._frame(voice, at_ns, name, 360.0 * float(share[1]), more))
        sapient_voice.forget(voice, at_ns)
        return b"".join(frames)

    def _frame(self, voice: Voice, at_ns: int, name: str, azimuth_deg: float, more: Detected) -> bytes:
        """One bearing."""
        sd = self.spec.azimuth_sd_deg
        return detection_range_bearing(
            self.spec.node_id,
            at_ns,
            sapient_voice.next_ulid(voice, at_ns),
            name,
            azimuth_deg=(azimuth_deg + sd * float(voice.rng.standard_normal())) % 360.0,
            azimuth_sd_deg=sd,
            more=more,
        )
