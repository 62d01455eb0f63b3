"""An ADS-B receiver: extended squitters of airliners, as Beast frames.

Every transponder in the air sends its position twice a second, even and odd in turn, its velocity
twice a second, its callsign and its accuracy every five; each at a phase of its own. A message is
heard if the aircraft is in sight, with the sensor's detection probability falling with the fourth
power of range to nothing at the longest range. On the ground they are silent.

Pressure altitude is that of a standard day, so the height above the ellipsoid is above it by the
geoid undulation, as the velocity message says. Beast has no mark for simulated input and no clock of
the day, so a drifting clock does not show.

Source: ICAO Annex 10 volume IV, 3.1.2.8.6 for the rates.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vedette.core.units import FT_M, NS_PER_S
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.sensors import names
from vedette.simulate.sensors.memory import phase
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.spec.sensors import AdsbReceiver
from vedette.simulate.world import Emission, Ints, World
from vedette.wire.adsb import batch, operational

POSITION_TICKS: Final = 5
IDENTITY_TICKS: Final = 50
_TICKS_PER_S: Final = 12_000_000  # of Beast's clock
_GNSS_SD_M: Final = 4.0


@dataclass
class ReceiverState:
    """rng, what phases are made of, and how many ticks it has heard."""

    rng: np.random.Generator
    salt: int
    tick: int = 0


class AdsbReceiverModel:
    """One receiver of a scenario."""

    def __init__(self, spec: AdsbReceiver, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = setting.site
        self.sight = setting.sight(spec)

    def init(self, rng: np.random.Generator, start_ns: int) -> ReceiverState:
        """Before the first tick."""
        del start_ns
        return ReceiverState(rng, int(rng.integers(1 << 32)))

    def hello(self, state: ReceiverState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: ReceiverState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """What it hears in this tick, as one piece of its stream."""
        del conditions
        at_ns = world.time_ns
        tick = state.tick
        state.tick += 1
        seen = self.sight.see(world, at_ns, bodies=False)
        slot = world.slot[seen.row]
        flying = world.claimed_geo[seen.row, 2] > self.site.ground_m + 5.0
        age = tick + phase(slot, state.salt, 2 * IDENTITY_TICKS)
        turn, longer = age % POSITION_TICKS, age % IDENTITY_TICKS
        says = (turn == 0) | (turn == 2) | (longer == 3) | (longer == 4)
        on_air = np.flatnonzero(world.roster.has_transponder[slot] & flying & says)
        if not len(on_air):
            return []
        row, slot, range_m = seen.row[on_air], slot[on_air], seen.range_m[on_air]
        turn, longer = turn[on_air], longer[on_air]
        me = np.zeros(len(row), np.uint64)
        self._positions(state, world, row, age[on_air] // POSITION_TICKS % 2, me, np.flatnonzero(turn == 0))
        moving = turn == 2
        me[moving] = batch.velocity_me(world.claimed_velocity[row[moving]], self.site.undulation_m)
        sure = longer == 3
        me[sure] = np.array([operational.encode(n) for n in world.nac_p[row[sure]].tolist()], np.uint64)
        named = longer == 4
        me[named] = names.coded(world.roster, slot[named], world.life[row[named]])["identification"]
        likely = self.spec.detection_probability * (1.0 - (range_m / self.spec.range_max_m) ** 4)
        heard = np.flatnonzero(state.rng.random(len(row)) < likely)
        if not len(heard):
            return []
        address = names.coded(world.roster, slot[heard], world.life[row[heard]])["icao24"]
        level = np.clip(255.0 * 4_000.0 / np.maximum(range_m[heard], 4_000.0), 1.0, 255.0).astype(np.int64)
        clock = (at_ns - world.start_ns) * _TICKS_PER_S // NS_PER_S
        data = batch.beast(batch.squitters(address, me[heard]), clock, level)
        return [Emission(self.spec.feed, self.connection, at_ns, data)]

    def _positions(
        self, state: ReceiverState, world: World, row: Ints, odd: Ints, me: batch.Words, which: Ints
    ) -> None:
        """Put positions into `me` at `which`: where the aircraft think they are, even and odd in turn."""
        if not len(which):
            return
        geo = world.claimed_geo[row[which]]
        north, east = metres_per_degree(geo[:, 0], geo[:, 2])
        error = _GNSS_SD_M * state.rng.standard_normal((len(which), 2))
        me[which] = batch.position_me(
            geo[:, 0] + error[:, 0] / north,
            geo[:, 1] + error[:, 1] / east,
            (geo[:, 2] - self.site.undulation_m) / FT_M,
            odd[which],
        )
