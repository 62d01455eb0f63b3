"""What the simulated SAPIENT sensors share: a scan once a period, what is in it, and its bytes.

A kind of sensor says whom it detects in a scan and how its measurements are disturbed (`Kind`). The
rest is the same for radars, cameras, microphones and direction finders: Gaussian errors, false
detections even over the field of view, and a class guess. The guess is a softmax whose evidence
drifts slowly about a mean (first order, 5 s), so many reports of one target err together, as they do
in life. False detections are weak and undecided.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.simulate.sensors import sapient_voice
from vedette.simulate.sensors.detection import softmax
from vedette.simulate.sensors.sapient_voice import Voice
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.spec.sensor_cards import core_sensor
from vedette.simulate.world import Array, Emission, Ints, World
from vedette.wire.sapient.batch import detections

EVIDENCE_SD: Final = 0.8
EVIDENCE_TAU_S: Final = 5.0


@dataclass(frozen=True)
class Found:
    """Whom a scan detects.

    hit         (k,)    of those in sight
    strength    (k,)    0 to 1: how clear it is; weak ones give little evidence of their class
    """

    hit: NDArray[np.bool_]
    strength: Array


@dataclass(frozen=True)
class Kind:
    """What makes one kind of SAPIENT sensor.

    find        (spec, setting, rng, world, seen): whom it detects
    names       the classes that it tells apart
    logits      (N_CLASSES, names)  mean evidence by true class; None: it says `fixed` of everything
    fixed       its class guess, of everything alike
    tells_*     whether it tells a range, an elevation; an azimuth it always tells
    distort     (spec, rng, polar): changes (k, 3) range m, azimuth deg, elevation deg in place
    false_mhz   band of false emissions; None for sensors that tell no frequency
    reach       how many times range_max_m something may be detected from
    hears_radio whether it needs no body, only a transmitter
    """

    find: Callable[[Any, Setting, np.random.Generator, World, Seen], Found]
    names: tuple[str, ...]
    logits: Array | None
    fixed: tuple[float, ...] = ()
    tells_range: bool = False
    tells_elevation: bool = False
    distort: Callable[[Any, np.random.Generator, Array], None] | None = None
    false_mhz: tuple[float, float] | None = None
    reach: float = 1.0
    hears_radio: bool = False


class SapientModel:
    """One SAPIENT sensor of a scenario."""

    def __init__(self, spec: Any, kind: Kind, connection: int, setting: Setting) -> None:
        """Place it; spec has a node_id, azimuth_sd_deg, and what its kind needs."""
        self.spec = spec
        self.kind = kind
        self.connection = connection
        self.setting = setting
        self.sensor = core_sensor(spec, setting.site)
        self.sight = setting.sight(spec, kind.reach)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)
        self.sender = Emission(spec.feed, connection, self.latency_ns, b"")
        self.keep = float(np.exp(-spec.period_s / EVIDENCE_TAU_S))
        self.sd = np.array(
            [
                spec.range_sd_m if kind.tells_range else 0.0,
                spec.azimuth_sd_deg,
                spec.elevation_sd_deg if kind.tells_elevation else 0.0,
            ]
        )

    def init(self, rng: np.random.Generator, start_ns: int) -> Voice:
        """Before the first tick."""
        return sapient_voice.begin(rng, start_ns, self.period_ns, len(self.kind.names))

    def hello(self, state: Voice, at_ns: int) -> None:
        """Register again."""
        sapient_voice.hello(state, at_ns)

    def look(self, state: Voice, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """What it says in this tick."""
        voice = state
        out = sapient_voice.introduce(voice, self.sensor, self.sender, world.end_ns, conditions.clock_ns)
        while voice.scan_ns < world.end_ns:
            data = self._scan(voice, world, voice.scan_ns, conditions)
            if data:
                at_ns = voice.scan_ns + self.latency_ns
                out.append(Emission(self.sender.feed, self.sender.connection, at_ns, data))
            voice.scan_ns += self.period_ns
        return out

    def _scan(self, voice: Voice, world: World, at_ns: int, conditions: Conditions) -> bytes:
        """Frames of one scan, all stamped with its time."""
        kind, rng = self.kind, voice.rng
        seen = self.sight.see(world, at_ns, bodies=not kind.hears_radio)
        found = kind.find(self.spec, self.setting, rng, world, seen)
        seen, strength = seen.only(found.hit), found.strength[found.hit]
        slot = world.slot[seen.row]
        stamp_ns = sapient_voice.stamp(voice, at_ns, conditions.clock_ns)
        at, new = sapient_voice.meet(voice, slot, world.life[seen.row], at_ns)
        polar = np.column_stack((seen.range_m, seen.azimuth_deg, seen.elevation_deg))
        if kind.distort is not None:
            kind.distort(self.spec, rng, polar)
        polar += (conditions.range_m, conditions.azimuth_deg, 0.0)
        sure = np.clip(0.6 + 0.3 * strength + 0.05 * rng.standard_normal(len(slot)), 0.3, 0.99)
        mhz = None if kind.false_mhz is None else world.roster.emission_mhz[slot]
        guess = self._guess(voice, world.roster.class_index[slot], at, strength, new)
        said = self._frames(voice, stamp_ns, voice.met.rows["object_id"][at], polar, sure, guess, mhz)
        return said + self._false(voice, stamp_ns, conditions)

    def _guess(self, voice: Voice, true: Ints, at: Ints, strength: Array, new: NDArray[np.bool_]) -> Array:
        """(k, names) class probabilities of one scan."""
        kind = self.kind
        if kind.logits is None:
            return np.broadcast_to(kind.fixed, (len(at), len(kind.names)))
        draw = EVIDENCE_SD * voice.rng.standard_normal((len(at), len(kind.names)))
        drift = voice.met.rows["drift"]
        moved = self.keep * drift[at] + np.sqrt(1.0 - self.keep**2) * draw
        drift[at] = np.where(new[:, None], draw, moved)
        return softmax(kind.logits[true] * strength[:, None] + drift[at])

    def _false(self, voice: Voice, stamp_ns: int, conditions: Conditions) -> bytes:
        """Detections of nothing, even over the area that is looked at."""
        spec, kind = self.spec, self.kind
        mean = spec.false_per_scan + conditions.false_per_s * spec.period_s
        share = sapient_voice.false_share(voice.rng, mean)
        k = len(share)
        polar = np.column_stack(
            (
                spec.range_max_m * np.sqrt(share[:, 0]),
                self.sensor.azimuth_from_deg + self.sensor.azimuth_width_deg * share[:, 1],
                20.0 * share[:, 2],
            )
        )
        even = np.full((k, len(kind.names)), 1.0 / max(len(kind.names), 1))
        mhz = None
        if kind.false_mhz is not None:
            mhz = kind.false_mhz[0] + (kind.false_mhz[1] - kind.false_mhz[0]) * share[:, 2]
        names = sapient_voice.new_ids(voice, stamp_ns, k)
        guess = even if kind.logits is not None else None
        return self._frames(voice, stamp_ns, names, polar, 0.2 + 0.3 * share[:, 3], guess, mhz)

    def _frames(
        self,
        voice: Voice,
        stamp_ns: int,
        names: NDArray[np.uint8],
        polar: Array,
        sure: Array,
        guess: Array | None,
        mhz: Array | None,
    ) -> bytes:
        """Detections with their noise; polar is (k, 3) range m, azimuth deg, elevation deg before it."""
        if not len(polar):
            return b""
        kind, spec = self.kind, self.spec
        told = polar + self.sd * voice.rng.standard_normal(polar.shape)
        return detections(
            spec.node_id,
            stamp_ns,
            sapient_voice.new_ids(voice, stamp_ns, len(polar)),
            names,
            confidence=sure,
            azimuth_deg=told[:, 1] % 360.0,
            azimuth_sd_deg=spec.azimuth_sd_deg,
            elevation_deg=told[:, 2] if kind.tells_elevation else None,
            elevation_sd_deg=spec.elevation_sd_deg if kind.tells_elevation else None,
            range_m=np.maximum(told[:, 0], 0.0) if kind.tells_range else None,
            range_sd_m=spec.range_sd_m if kind.tells_range else None,
            class_names=kind.names if guess is not None else (),
            classes=guess,
            frequency_mhz=mhz,
        )
