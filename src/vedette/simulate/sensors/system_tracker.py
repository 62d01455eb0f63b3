"""Somebody else's tracker: ASTERIX 062 system tracks, once a period.

It holds a track of everything in sight that has a transponder or a cross-section of 5 m² or more; how
its own sensors see is not looked into. Its tracks err as filtered ones do: slowly, first order over
30 s, by position_sd_m and velocity_sd_mps, which it states. A track that is new to it is told after
three periods and given up after five without it. Track numbers count up.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.sensors import memory, names
from vedette.simulate.sensors.memory import Memory
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.sensors.surveillance_radar import DAY_NS
from vedette.simulate.spec.sensors import SystemTracker
from vedette.simulate.world import Emission, World
from vedette.wire.asterix import Cat062, encode_block
from vedette.wire.asterix.values import callsign_of

_LEAST_RCS_M2: Final = 5.0
_TAU_S: Final = 30.0
_CONFIRM_LOOKS: Final = 3
_DROP_LOOKS: Final = 5
_RECORDS_A_BLOCK: Final = 20


@dataclass
class TrackerState:
    """rng, when it tells next; tracks: number, how often seen, error m and m/s; how many there were."""

    rng: np.random.Generator
    next_ns: int
    tracks: Memory
    numbers: int = 0


class SystemTrackerModel:
    """One tracker of a scenario."""

    def __init__(self, spec: SystemTracker, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = setting.site
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)
        self.keep = float(np.exp(-spec.period_s / _TAU_S))
        self.sd = np.array([spec.position_sd_m] * 2 + [spec.velocity_sd_mps] * 2)

    def init(self, rng: np.random.Generator, start_ns: int) -> TrackerState:
        """Before the first tick."""
        first = start_ns + int(rng.integers(self.period_ns))
        tracks = memory.begin(("number", "<i8"), ("looks", "<i8"), ("error", "<f8", (4,)))
        return TrackerState(rng, first, tracks)

    def hello(self, state: TrackerState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: TrackerState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """Tracks that are told in this tick."""
        out: list[Emission] = []
        while state.next_ns < world.end_ns:
            records = self._tracks(state, world, state.next_ns, conditions)
            sent_ns = state.next_ns + self.latency_ns
            for k in range(0, len(records), _RECORDS_A_BLOCK):
                block = encode_block(62, records[k : k + _RECORDS_A_BLOCK])
                out.append(Emission(self.spec.feed, self.connection, sent_ns, block))
            state.next_ns += self.period_ns
        return out

    def _held(self, state: TrackerState, world: World, at_ns: int) -> tuple[Seen, NDArray[np.void]]:
        """Whom it follows long enough, with the rows of their tracks; errors move on."""
        seen = self.sight.see(world, at_ns, bodies=False)
        roster, rng = world.roster, state.rng
        slot = world.slot[seen.row]
        held = roster.has_transponder[slot] | (roster.rcs_m2[slot] >= _LEAST_RCS_M2)
        held &= rng.random(len(seen)) < self.spec.detection_probability
        seen = seen.only(held)
        slot, life = world.slot[seen.row], world.life[seen.row]
        draw = self.sd * rng.standard_normal((len(slot), 4))
        state.tracks.forget(at_ns - _DROP_LOOKS * self.period_ns)
        at = state.tracks.find(slot)
        tracks = state.tracks.rows
        new = tracks["life"][at] != life
        moved = self.keep * tracks["error"][at] + np.sqrt(1.0 - self.keep**2) * draw
        tracks["error"][at] = np.where(new[:, None], draw, moved)
        tracks["number"][at[new]] = state.numbers + 1 + np.arange(int(new.sum()))
        state.numbers += int(new.sum())
        tracks["looks"][at] = np.where(new, 1, tracks["looks"][at] + 1)
        tracks["life"][at], tracks["seen_ns"][at] = life, at_ns
        old = tracks["looks"][at] >= _CONFIRM_LOOKS
        return seen.only(old), tracks[at[old]]

    def _tracks(self, state: TrackerState, world: World, at_ns: int, conditions: Conditions) -> list[Cat062]:
        """Its tracks as records."""
        spec = self.spec
        seen, tracks = self._held(state, world, at_ns)
        slot, life = world.slot[seen.row], world.life[seen.row]
        geo, error = world.geo[seen.row], tracks["error"]
        velocity = world.velocity[seen.row]
        ahead_s = (at_ns - world.time_ns) / NS_PER_S
        north, east = metres_per_degree(geo[:, 0], geo[:, 2])
        lat = geo[:, 0] + (velocity[:, 1] * ahead_s + error[:, 1]) / north
        lon = geo[:, 1] + (velocity[:, 0] * ahead_s + error[:, 0]) / east
        who = names.coded(world.roster, slot, life)
        time_s = (at_ns + conditions.clock_ns) % DAY_NS / NS_PER_S
        out = []
        for i in range(len(slot)):
            named = bool(world.roster.has_transponder[slot[i]])
            out.append(
                Cat062(
                    sac=spec.sac,
                    sic=spec.sic,
                    time_s=time_s,
                    lat_deg=float(lat[i]),
                    lon_deg=float(lon[i]),
                    v_east_mps=float(velocity[i, 0] + error[i, 2]),
                    v_north_mps=float(velocity[i, 1] + error[i, 3]),
                    icao24=f"{int(who['icao24'][i]):06X}" if named else None,
                    callsign=callsign_of(who["callsign"][i].tobytes()) if named else None,
                    track_number=int(tracks["number"][i]) & 0xFFFF,
                    monosensor=False,
                    simulated=True,
                    baro_alt_m=float(geo[i, 2] - self.site.undulation_m) if named else None,
                    sd_lat_deg=float(spec.position_sd_m / north[i]),
                    sd_lon_deg=float(spec.position_sd_m / east[i]),
                    sd_v_east_mps=spec.velocity_sd_mps,
                    sd_v_north_mps=spec.velocity_sd_mps,
                )
            )
        return out
