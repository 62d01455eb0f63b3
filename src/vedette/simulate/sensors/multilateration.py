"""Multilateration of transponders: ASTERIX 010 target reports, once a period.

Stations around the sensor's place time the replies of transponders. A target in sight is located with
the sensor's detection probability. Its error is Gaussian: position_sd_m in the middle of the stations,
twice that at range_max_m, where all of them lie to one side and time differences are nearly parallel.
A forged reply is located where it is sent from. Heights are pressure altitudes, since a flat array of
stations tells height badly.

ASTERIX 010 is what surface and approach systems send; wide-area systems send 020, which the node does
not read.

Sources: ICAO Doc 9924 on multilateration and dilution of precision; EUROCAE ED-117 for the reports.
"""

from dataclasses import dataclass

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.sensors import names
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.sensors.surveillance_radar import DAY_NS
from vedette.simulate.spec.sensors import Multilateration
from vedette.simulate.world import Emission, World
from vedette.wire.asterix import Cat010, encode_block
from vedette.wire.asterix.cat010 import TARGET_REPORT
from vedette.wire.asterix.values import OCTAL, callsign_of

MODE_S = 1  # I010/020 TYP
_RECORDS_A_BLOCK = 25


@dataclass
class MlatState:
    """rng, and when it reports next, UTC ns."""

    rng: np.random.Generator
    next_ns: int


class MultilaterationModel:
    """One system of a scenario."""

    def __init__(self, spec: Multilateration, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = setting.site
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.latency_ns = round(spec.latency_s * NS_PER_S)

    def init(self, rng: np.random.Generator, start_ns: int) -> MlatState:
        """Before the first tick."""
        return MlatState(rng, start_ns + int(rng.integers(self.period_ns)))

    def hello(self, state: MlatState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: MlatState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """Reports of this tick."""
        out: list[Emission] = []
        while state.next_ns < world.end_ns:
            records = self._records(state.rng, world, state.next_ns, conditions)
            sent_ns = state.next_ns + self.latency_ns
            for k in range(0, len(records), _RECORDS_A_BLOCK):
                block = encode_block(10, records[k : k + _RECORDS_A_BLOCK])
                out.append(Emission(self.spec.feed, self.connection, sent_ns, block))
            state.next_ns += self.period_ns
        return out

    def _records(
        self, rng: np.random.Generator, world: World, at_ns: int, conditions: Conditions
    ) -> list[Cat010]:
        """Everybody who answers, where it is taken to be."""
        spec, site = self.spec, self.site
        seen = self.sight.see(world, at_ns, bodies=False)
        heard = rng.random(len(seen)) < spec.detection_probability
        seen = seen.only(heard & world.roster.has_transponder[world.slot[seen.row]])
        k = len(seen)
        sd = spec.position_sd_m * (1.0 + seen.range_m / spec.range_max_m)
        error = sd[:, None] * rng.standard_normal((k, 2))
        geo, velocity = world.geo[seen.row], world.velocity[seen.row]
        ahead_s = (at_ns - world.time_ns) / NS_PER_S
        north, east = metres_per_degree(geo[:, 0], geo[:, 2])
        bias = np.radians(conditions.azimuth_deg) * seen.range_m[:, None]
        across = bias * np.column_stack((seen.enu[:, 1], -seen.enu[:, 0])) / seen.range_m[:, None]
        lat = geo[:, 0] + (velocity[:, 1] * ahead_s + error[:, 1] + across[:, 1]) / north
        lon = geo[:, 1] + (velocity[:, 0] * ahead_s + error[:, 0] + across[:, 0]) / east
        slot, life = world.slot[seen.row], world.life[seen.row]
        who = names.coded(world.roster, slot, life)
        squawk = names.squawks(slot)
        time_s = (at_ns + conditions.clock_ns) % DAY_NS / NS_PER_S
        return [
            Cat010(
                sac=spec.sac,
                sic=spec.sic,
                message=TARGET_REPORT,
                kind=MODE_S,
                ground_bit=bool(geo[i, 2] < site.ground_m + 1.0),
                simulated=True,
                time_s=time_s,
                lat_deg=float(lat[i]),
                lon_deg=float(lon[i]),
                squawk=OCTAL[int(squawk[i])],
                squawk_validated=True,
                icao24=f"{int(who['icao24'][i]):06X}",
                callsign=callsign_of(who["callsign"][i].tobytes()),
                baro_alt_m=float(geo[i, 2] - site.undulation_m),
                sd_x_m=min(float(sd[i]), 63.0),
                sd_y_m=min(float(sd[i]), 63.0),
            )
            for i in range(k)
        ]
