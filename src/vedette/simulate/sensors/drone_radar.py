"""A staring radar against drones: SAPIENT range, azimuth and elevation once a period.

Radar equation and Swerling 1 at the target's cross-section, times the sensor's detection
probability. The class guess is a softmax over drone, bird and aircraft whose evidence drifts slowly
about a mean (first-order, 5 s), so one report is 0.4 to 0.8 sure of the right class and is wrong
now and then; many reports of one target err together, as they do in life. False detections are even
over the field of view, weak and undecided.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.simulate.actors.roster import Roster
from vedette.simulate.geometry import Station
from vedette.simulate.sensors import detection, sapient_voice
from vedette.simulate.sensors.sapient_voice import Voice
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import DroneRadar, core_sensor
from vedette.simulate.world import Array, Emission, World
from vedette.wire.sapient import Detected, detection_range_bearing

_LOWEST_DEG: Final = -3.0
_HIGHEST_DEG: Final = 60.0
_EVIDENCE_SD: Final = 0.8
_EVIDENCE_TAU_S: Final = 5.0


@dataclass
class DroneRadarState:
    """voice, and by individual the drift of what the radar takes it for, (3,) logits."""

    voice: Voice
    drift: dict[tuple[int, int], Array] = field(default_factory=dict)


class DroneRadarModel:
    """One radar of a scenario."""

    def __init__(self, spec: DroneRadar, connection: int, site: Site, roster: Roster) -> None:
        """Place it."""
        self.spec = spec
        self.sensor = core_sensor(spec, site)
        self.connection = connection
        self.station = Station(spec.lat_deg, spec.lon_deg, site.ground_m + spec.height_m, site.ground_m)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)
        self.sender = Emission(spec.feed, connection, self.latency_ns, b"")
        self.mean_logit = np.array([detection.mean_logit(CLASSES[i]) for i in roster.class_index])

    def init(self, rng: np.random.Generator, start_ns: int) -> DroneRadarState:
        """Before the first tick."""
        return DroneRadarState(sapient_voice.begin(rng, start_ns, self.period_ns))

    def hello(self, state: DroneRadarState, at_ns: int) -> None:
        """Register again."""
        sapient_voice.hello(state.voice, at_ns)

    def look(self, state: DroneRadarState, world: World) -> list[Emission]:
        """What it says in this tick."""
        out = sapient_voice.introduce(state.voice, self.sensor, self.sender, world.end_ns, polar=True)
        while state.voice.scan_ns < world.end_ns:
            at_ns = state.voice.scan_ns
            data = self._scan(state, world, at_ns)
            if data:
                out.append(Emission(self.sender.feed, self.sender.connection, at_ns + self.latency_ns, data))
            state.voice.scan_ns += self.period_ns
        return out

    def _scan(self, state: DroneRadarState, world: World, at_ns: int) -> bytes:
        """Frames of one scan, all stamped with its time."""
        spec, voice = self.spec, state.voice
        seen = world.seen_from(self.station, at_ns)
        strength = detection.snr(seen.range_m, world.roster.rcs_m2[world.slot], spec.range_1m2_m)
        likely = detection.swerling1(strength) * spec.detection_probability
        hit = (
            (voice.rng.random(len(likely)) < likely)
            & seen.visible
            & world.body
            & (seen.range_m < spec.range_max_m)
            & ((seen.azimuth_deg - spec.azimuth_from_deg) % 360.0 < spec.azimuth_width_deg)
            & (seen.elevation_deg > _LOWEST_DEG)
            & (seen.elevation_deg < _HIGHEST_DEG)
        )
        frames = []
        keys = sapient_voice.individuals(world.slot, world.life)
        for row in np.flatnonzero(hit).tolist():
            name, new = sapient_voice.object_id(voice, keys[row], at_ns)
            guess = self._guess(state, keys[row], new=new)
            sure = float(np.clip(0.6 + 0.3 * likely[row] + 0.05 * voice.rng.standard_normal(), 0.3, 0.99))
            polar = (seen.range_m[row], seen.azimuth_deg[row], seen.elevation_deg[row])
            frames.append(self._frame(voice, at_ns, name, polar, Detected(confidence=sure, classes=guess)))
        for share in sapient_voice.false_share(voice.rng, spec.false_per_scan):
            polar = (
                spec.range_max_m * float(np.sqrt(share[0])),
                spec.azimuth_from_deg + spec.azimuth_width_deg * share[1],
                20.0 * share[2],
            )
            weak = Detected(
                confidence=0.2 + 0.3 * float(share[3]), classes=dict.fromkeys(detection.GUESSES, 1 / 3)
            )
            frames.append(self._frame(voice, at_ns, sapient_voice.next_ulid(voice, at_ns), polar, weak))
        sapient_voice.forget(voice, at_ns)
        state.drift = {key: value for key, value in state.drift.items() if key in voice.objects}
        return b"".join(frames)

    def _guess(self, state: DroneRadarState, key: tuple[int, int], *, new: bool) -> dict[str, float]:
        """Class probabilities of one report."""
        draw = state.voice.rng.standard_normal(3)
        if new or key not in state.drift:
            state.drift[key] = _EVIDENCE_SD * draw
        else:
            keep = float(np.exp(-self.spec.period_s / _EVIDENCE_TAU_S))
            state.drift[key] = keep * state.drift[key] + _EVIDENCE_SD * np.sqrt(1.0 - keep * keep) * draw
        share = detection.softmax(self.mean_logit[key[0]] + state.drift[key])
        return dict(zip(detection.GUESSES, share.tolist(), strict=True))

    def _frame(
        self, voice: Voice, at_ns: int, name: str, polar: tuple[float, float, float], more: Detected
    ) -> bytes:
        """One detection; polar is the true range m, azimuth deg, elevation deg."""
        spec = self.spec
        noise = voice.rng.standard_normal(3).tolist()
        return detection_range_bearing(
            spec.node_id,
            at_ns,
            sapient_voice.next_ulid(voice, at_ns),
            name,
            range_m=max(float(polar[0]) + spec.range_sd_m * noise[0], 0.0),
            range_sd_m=spec.range_sd_m,
            azimuth_deg=(float(polar[1]) + spec.azimuth_sd_deg * noise[1]) % 360.0,
            azimuth_sd_deg=spec.azimuth_sd_deg,
            elevation_deg=float(polar[2]) + spec.elevation_sd_deg * noise[2],
            elevation_sd_deg=spec.elevation_sd_deg,
            more=more,
        )
