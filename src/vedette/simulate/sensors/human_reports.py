"""People who look up and report what they saw by phone: CoT markers.

Once a period somebody looks round, and sees of what is there as much as the eye shows: as a camera
with the resolution of the eye (1 arc minute: a target 1 m wide at 3.4 km, half of that to be noticed),
in the day's visibility, and by night only lights. What is seen is told 30 to 300 s later, as a place:
the direction is off by azimuth_sd_deg, the distance is a guess that is off by a share of itself
(log-normal), and the marker says so as the circle `ce`. Of what a look shows, one thing at most is
told of. Airliners, birds and the like are not told of when they are known for what they are; a share of
looks (wrong_class) takes them for a drone, and a drone for an aeroplane or for something in the air.
The same person does not report the same thing again for again_s. Heights are not told.

The figures are assumptions; that trained people report drones that nobody finds is not: Gatwick,
December 2018, 129 reports, of which the police held 109 credible.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vedette.core.classes import CLASSES, UAS
from vedette.core.units import NS_PER_S
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.sensors import memory
from vedette.simulate.sensors.camera import LIT, WIDTH_M, detectability
from vedette.simulate.sensors.memory import Memory
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.spec.sensors import HumanReports
from vedette.simulate.world import Emission, World
from vedette.wire.cot import Event, encode
from vedette.wire.cot.kinds import TYPE, UNSAID

EYE_RANGE_1M_M: Final = 1_700.0
_STALE_NS: Final = 600 * NS_PER_S
_AEROPLANE: Final = 0.5  # of the drones that are taken for another thing
_WORTH: Final = (*UAS, "balloon")  # a report, when known for what it is
_SAYS: Final = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass
class ReportsState:
    """rng, when they look next; whom they told of, and when; how many reports."""

    rng: np.random.Generator
    next_ns: int
    told: Memory
    count: int = 0


class HumanReportsModel:
    """One person, or one crowd with one phone, of a scenario."""

    def __init__(self, spec: HumanReports, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.setting = setting
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.again_ns = round(spec.again_s * NS_PER_S)

    def init(self, rng: np.random.Generator, start_ns: int) -> ReportsState:
        """Before the first tick."""
        return ReportsState(rng, start_ns + int(rng.integers(self.period_ns)), memory.begin())

    def hello(self, state: ReportsState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: ReportsState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """Reports of what is seen in this tick, each to be sent when the person gets to it."""
        out: list[Emission] = []
        while state.next_ns < world.end_ns:
            out += self._round(state, world, state.next_ns, conditions)
            state.next_ns += self.period_ns
        return out

    def _round(self, state: ReportsState, world: World, at_ns: int, conditions: Conditions) -> list[Emission]:
        """Look round once."""
        spec, rng = self.spec, state.rng
        seen = self.sight.see(world, at_ns)
        kind = world.roster.class_index[world.slot[seen.row]]
        d = detectability(
            WIDTH_M[kind], seen.range_m, EYE_RANGE_1M_M, self.setting.weather, thermal=False, lit=LIT[kind]
        )
        noticed = rng.random(len(seen)) < spec.detection_probability * (1.0 - 0.1**d)
        noticed &= seen.elevation_deg > 0.0
        slot, life = world.slot[seen.row], world.life[seen.row]
        state.told.forget(at_ns - self.again_ns + 1)
        at = state.told.find(slot)
        fresh = state.told.rows["life"][at] != life
        out = []
        open_to = np.flatnonzero(noticed & fresh)
        if len(open_to):
            i = int(open_to[np.argmax(d[open_to])])
            state.told.rows["life"][at[i]], state.told.rows["seen_ns"][at[i]] = life[i], at_ns
            said = self._named(rng, CLASSES[int(kind[i])])
            if said is not None:
                away = (float(seen.range_m[i]), float(seen.azimuth_deg[i]) + conditions.azimuth_deg)
                out.append(self._report(state, at_ns, away, said))
        mean = spec.false_per_scan + conditions.false_per_s * spec.period_s
        for share in rng.random((int(rng.poisson(mean)), 2)):
            away = (spec.range_max_m * float(share[0]), 360.0 * float(share[1]))
            out.append(self._report(state, at_ns, away, "multirotor"))
        return out

    def _named(self, rng: np.random.Generator, true: str) -> str | None:
        """What a person calls it; "" is something in the air, None is not worth a report."""
        wrong, which = rng.random(2)
        odd = true in _WORTH
        if wrong >= self.spec.wrong_class:
            return true if odd else None
        if not odd:
            return "multirotor"
        return "aeroplane" if which < _AEROPLANE else ""

    def _report(self, state: ReportsState, at_ns: int, away: tuple[float, float], said: str) -> Emission:
        """One marker, of what was `away`: (range m, azimuth deg)."""
        spec, rng, site = self.spec, state.rng, self.setting.site
        noise = rng.standard_normal(2).tolist()
        range_m = min(away[0] * float(np.exp(spec.distance_sd * noise[0])), 2.0 * spec.range_max_m)
        azimuth_deg = (away[1] + spec.azimuth_sd_deg * noise[1]) % 360.0
        early, late = spec.delay_s
        sent_ns = at_ns + round((early + (late - early) * float(rng.random())) * NS_PER_S)
        north, east = metres_per_degree(np.array([spec.lat_deg]), np.array([site.ground_m]))
        radians = np.radians(azimuth_deg)
        state.count += 1
        across = np.radians(spec.azimuth_sd_deg) * range_m
        event = Event(
            uid=f"{spec.id}.{state.count}",
            type=TYPE.get(said, UNSAID),
            how="h-e",
            time_ns=sent_ns,
            start_ns=at_ns,
            stale_ns=sent_ns + _STALE_NS,
            lat_deg=spec.lat_deg + range_m * float(np.cos(radians)) / float(north[0]),
            lon_deg=spec.lon_deg + range_m * float(np.sin(radians)) / float(east[0]),
            ce_m=float(np.hypot(spec.distance_sd * range_m, across)) + 50.0,
            opex="s-simulated",
            callsign=f"{spec.name} {state.count}",
            creator=spec.id,
            remarks=f"{said.replace('_', ' ') or 'something'} to the {_SAYS[round(azimuth_deg / 45.0) % 8]}",
        )
        return Emission(spec.feed, self.connection, sent_ns, encode(event))
