"""An airport's rotating radar: ASTERIX 048 plots as the beam passes them, 034 services.

Primary radar: radar equation and Swerling 1; its moving-target filter leaves little of drones and
birds. Mode S: every transponder answers with the sensor's detection probability, with its address,
callsign, squawk and pressure altitude. One datagram of plots a sector of 11.25°, sent when the beam
leaves it, then the sector message; a north message a turn. Plots carry the simulation bit.
False plots are primary only, even over the area.

The pressure altitude is the height above sea of a standard day; quantised to 25 ft by its item.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.actors.roster import Roster, callsign_of, icao24_of
from vedette.simulate.geometry import Station, polar_from_enu
from vedette.simulate.sensors import detection
from vedette.simulate.spec.actors import CLASS_INDEX
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import SurveillanceRadar
from vedette.simulate.world import Emission, Ints, World
from vedette.wire.asterix import Cat034, Cat048, encode_block

SECTORS: Final = 32
_DAY_NS: Final = 86_400 * NS_PER_S
_HIGHEST_DEG: Final = 45.0  # the cone of silence begins here
_PRIMARY, _MODE_S, _MODE_S_AND_PRIMARY = 1, 5, 7  # I048/020 TYP
_NORTH, _SECTOR = 1, 2  # I034/000
_SMALL: Final = (CLASS_INDEX["multirotor"], CLASS_INDEX["fixed_wing_drone"], CLASS_INDEX["bird"])


@dataclass
class RadarState:
    """rng, and the plots of the sector that the beam is in."""

    rng: np.random.Generator
    plots: list[Cat048] = field(default_factory=list)


class SurveillanceRadarModel:
    """One radar of a scenario."""

    def __init__(self, spec: SurveillanceRadar, connection: int, site: Site, roster: Roster) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.undulation_m = site.undulation_m
        self.ground_m = site.ground_m
        self.station = Station(spec.lat_deg, spec.lon_deg, site.ground_m + spec.height_m, site.ground_m)
        small = np.isin(roster.class_index, _SMALL)
        self.primary_factor = np.where(small, spec.small_target_factor, 1.0)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.squawks = [f"{0o1000 + 0o21 * slot % 0o6000:04o}" for slot in range(len(roster))]

    def init(self, rng: np.random.Generator, start_ns: int) -> RadarState:
        """Before the first tick."""
        del start_ns
        return RadarState(rng)

    def hello(self, state: RadarState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: RadarState, world: World) -> list[Emission]:
        """Plots that the beam passes in this tick, and what is sent in it."""
        out: list[Emission] = []
        begin = world.time_ns
        for crossing in self._crossings(world):
            self._sweep(state, world, begin, crossing)
            out += self._leave_sector(state, world, crossing)
            begin = crossing
        self._sweep(state, world, begin, world.end_ns)
        return out

    def _crossings(self, world: World) -> list[int]:
        """Instants of the tick at which the beam enters a sector."""
        out = []
        index = -(-(world.time_ns - world.start_ns) * SECTORS // self.period_ns)
        while (instant := self._crossing_ns(world, index)) < world.end_ns:
            if instant >= world.time_ns:
                out.append(instant)
            index += 1
        return out

    def _crossing_ns(self, world: World, index: int) -> int:
        return world.start_ns + index * self.period_ns // SECTORS

    def _sweep(self, state: RadarState, world: World, begin_ns: int, end_ns: int) -> None:
        """Add the plots of targets between the beam's azimuths at two instants."""
        if end_ns <= begin_ns:
            return
        spec, rng = self.spec, state.rng
        azimuth0 = (begin_ns - world.start_ns) % self.period_ns / self.period_ns * 360.0
        width = (end_ns - begin_ns) / self.period_ns * 360.0
        seen = world.seen_from(self.station, (begin_ns + end_ns) // 2)
        after = (seen.azimuth_deg - azimuth0) % 360.0
        hit = (
            (after < width)
            & seen.visible
            & world.body
            & (seen.range_m < spec.range_max_m)
            & (seen.elevation_deg < _HIGHEST_DEG)
        )
        rows = np.flatnonzero(hit)
        plot_ns = begin_ns + (after[rows] / 360.0 * self.period_ns).astype(np.int64)
        self._detect(state, world, rows, plot_ns)
        for _ in range(rng.poisson(spec.false_per_scan * width / 360.0)):
            share = rng.random()
            self._plot(
                state,
                begin_ns + round(share * (end_ns - begin_ns)),
                spec.range_max_m * float(np.sqrt(rng.random())),
                azimuth0 + share * width,
                Cat048(kind=_PRIMARY),
            )

    def _detect(self, state: RadarState, world: World, rows: Ints, plot_ns: Ints) -> None:
        """Draw who is detected, and how; rows (k,) of the world, each at its own instant."""
        if not len(rows):
            return
        spec, rng, roster = self.spec, state.rng, world.roster
        slot = world.slot[rows]
        ahead = (plot_ns - world.time_ns) / NS_PER_S
        enu = self.station.enu(world.ecef[rows]) + world.velocity[rows] * ahead[:, None]
        range_m, azimuth_deg, _ = polar_from_enu(enu)
        strength = detection.snr(range_m, roster.rcs_m2[slot], spec.range_1m2_m)
        draws = rng.random((len(rows), 2))
        primary = draws[:, 0] < detection.swerling1(strength) * self.primary_factor[slot]
        mode_s = (draws[:, 1] < spec.detection_probability) & roster.has_transponder[slot]
        range_m = range_m + spec.range_sd_m * rng.standard_normal(len(rows))
        azimuth_deg = azimuth_deg + spec.azimuth_sd_deg * rng.standard_normal(len(rows))
        for k in np.flatnonzero(primary | mode_s):
            plot = Cat048(kind=_PRIMARY)
            if mode_s[k]:
                plot = self._reply(world, int(rows[k]))
                plot.kind = _MODE_S_AND_PRIMARY if primary[k] else _MODE_S
            self._plot(state, int(plot_ns[k]), float(range_m[k]), float(azimuth_deg[k]), plot)

    def _reply(self, world: World, row: int) -> Cat048:
        """What the transponder of a target says."""
        slot, life = int(world.slot[row]), int(world.life[row])
        member = world.roster.members[slot]
        height_m = float(world.geo[row, 2])
        return Cat048(
            squawk=self.squawks[slot],
            baro_alt_m=height_m - self.undulation_m,
            icao24=f"{icao24_of(member, life) or 0:06X}",
            callsign=callsign_of(member, life),
            flight_status=1 if height_m < self.ground_m + 1.0 else 0,
        )

    def _plot(self, state: RadarState, at_ns: int, range_m: float, azimuth_deg: float, plot: Cat048) -> None:
        """Keep one plot for the datagram of its sector."""
        plot.sac, plot.sic = self.spec.sac, self.spec.sic
        plot.time_s = at_ns % _DAY_NS / NS_PER_S
        plot.simulated = True
        plot.range_m = max(range_m, 0.0)
        plot.azimuth_deg = azimuth_deg % 360.0
        state.plots.append(plot)

    def _leave_sector(self, state: RadarState, world: World, at_ns: int) -> list[Emission]:
        """Datagrams at a sector's end: its plots, the sector message, and north if it is that."""
        spec = self.spec
        number = round((at_ns - world.start_ns) * SECTORS / self.period_ns) % SECTORS
        sent_ns = at_ns + round(spec.latency_s * NS_PER_S)
        time_s = at_ns % _DAY_NS / NS_PER_S
        service = Cat034(
            sac=spec.sac, sic=spec.sic, message=_SECTOR, time_s=time_s, sector_deg=number * 360.0 / SECTORS
        )
        if number == 0:
            service = Cat034(
                sac=spec.sac,
                sic=spec.sic,
                message=_NORTH,
                time_s=time_s,
                period_s=spec.period_s,
                lat_deg=spec.lat_deg,
                lon_deg=spec.lon_deg,
                alt_m=self.station.alt_m,
            )
        blocks = [encode_block(34, [service])]
        if state.plots:
            blocks.insert(0, encode_block(48, list(state.plots)))
            state.plots.clear()
        return [Emission(spec.feed, self.connection, sent_ns, block) for block in blocks]
