"""An airport's rotating radar: ASTERIX 048 plots as the beam passes them, 034 services.

Primary radar: radar equation, Doppler filter and Swerling 1 (see detection); sensitivity control
leaves little of drones and birds. Mode S: every transponder answers with the sensor's detection
probability, with its address, callsign, squawk and pressure altitude. One datagram of plots a sector
of 11.25°, sent when the beam leaves it, then the sector message; a north message a turn. Plots carry
the simulation bit. False plots are primary only, even over the area, with the speeds of what moves in
the wind.

The pressure altitude is the height above sea of a standard day; quantised to 25 ft by its item.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.geometry import polar_from_enu
from vedette.simulate.sensors import detection, names
from vedette.simulate.sensors.setting import WELL, Conditions, Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.spec.actors import CLASS_INDEX
from vedette.simulate.spec.sensors import SurveillanceRadar
from vedette.simulate.world import Array, Emission, Ints, World
from vedette.wire.asterix import Cat034, encode_block, plots

SECTORS: Final = 32
DAY_NS: Final = 86_400 * NS_PER_S
_HIGHEST_DEG: Final = 45.0  # the cone of silence begins here
_PRIMARY, _MODE_S, _MODE_S_AND_PRIMARY = 1, 5, 7  # I048/020 TYP
_NORTH, _SECTOR = 1, 2  # I034/000
_SMALL: Final = (CLASS_INDEX["multirotor"], CLASS_INDEX["fixed_wing_drone"], CLASS_INDEX["bird"])
_FALSE_SD_MPS: Final = 6.0


@dataclass
class RadarState:
    """rng, and the records of the sector that the beam is in."""

    rng: np.random.Generator
    records: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Echoes:
    """Plots of one tick, k rows: when (UTC ns), range m, azimuth deg, Doppler m/s, TYP, row of the World."""

    at_ns: Ints
    range_m: Array
    azimuth_deg: Array
    doppler_mps: Array
    kind: Ints
    row: Ints


class SurveillanceRadarModel:
    """One radar of a scenario."""

    def __init__(self, spec: SurveillanceRadar, connection: int, setting: Setting) -> None:
        """Place it."""
        self.spec = spec
        self.connection = connection
        self.site = setting.site
        self.sight = setting.sight(spec)
        self.period_ns = round(spec.period_s * NS_PER_S)
        self.by_class = np.ones(len(CLASS_INDEX))
        self.by_class[list(_SMALL)] = spec.small_target_factor

    def init(self, rng: np.random.Generator, start_ns: int) -> RadarState:
        """Before the first tick."""
        del start_ns
        return RadarState(rng)

    def hello(self, state: RadarState, at_ns: int) -> None:
        """Nothing to introduce."""

    def look(self, state: RadarState, world: World, conditions: Conditions = WELL) -> list[Emission]:
        """Plots that the beam passes in this tick, and what is sent in it."""
        found = self._sweep(state.rng, world, conditions)
        records = self._records(world, found, conditions)
        out: list[Emission] = []
        done = 0
        for crossing in self._crossings(world):
            until = int(np.searchsorted(found.at_ns, crossing))
            state.records += records[done:until]
            done = until
            out += self._leave_sector(state, world, crossing, conditions)
        state.records += records[done:]
        return out

    def _crossings(self, world: World) -> list[int]:
        """Instants of the tick at which the beam enters a sector."""
        out = []
        index = -(-(world.time_ns - world.start_ns) * SECTORS // self.period_ns)
        while (instant := world.start_ns + index * self.period_ns // SECTORS) < world.end_ns:
            if instant >= world.time_ns:
                out.append(instant)
            index += 1
        return out

    def _sweep(self, rng: np.random.Generator, world: World, conditions: Conditions) -> Echoes:
        """What the beam passes in the tick, in order of time."""
        spec = self.spec
        middle_ns = world.time_ns + world.dt_ns // 2
        azimuth0 = (world.time_ns - world.start_ns) % self.period_ns / self.period_ns * 360.0
        width = world.dt_ns / self.period_ns * 360.0
        seen = self.sight.see(world, middle_ns)
        after = (seen.azimuth_deg - azimuth0) % 360.0
        passed = (after < width) & (seen.elevation_deg < _HIGHEST_DEG)
        seen, after = seen.only(passed), after[passed]
        at_ns = world.time_ns + (after / 360.0 * self.period_ns).astype(np.int64)
        real = self._detect(rng, world, seen, at_ns, middle_ns)
        mean = spec.false_per_scan * width / 360.0 + conditions.false_per_s * world.dt_ns / NS_PER_S
        share = rng.random((int(rng.poisson(mean)), 2))
        k = len(share)
        return _joined(
            real,
            Echoes(
                world.time_ns + np.rint(share[:, 0] * (world.dt_ns - 1)).astype(np.int64),
                spec.range_max_m * np.sqrt(share[:, 1]),
                azimuth0 + share[:, 0] * width,
                _FALSE_SD_MPS * rng.standard_normal(k),
                np.full(k, _PRIMARY),
                np.full(k, -1),
            ),
        )

    def _detect(
        self, rng: np.random.Generator, world: World, seen: Seen, at_ns: Ints, middle_ns: int
    ) -> Echoes:
        """Draw who is detected, and how; each at its own instant."""
        spec, roster = self.spec, world.roster
        k = len(seen)
        slot = world.slot[seen.row]
        kind_of = roster.class_index[slot]
        enu = seen.enu + world.velocity[seen.row] * ((at_ns - middle_ns) / NS_PER_S)[:, None]
        range_m, azimuth_deg, _ = polar_from_enu(enu)
        strength = detection.snr(range_m, roster.rcs_m2[slot], spec.range_1m2_m)
        strength *= detection.doppler_gain(
            seen.range_rate_mps,
            kind_of,
            notch_mps=spec.notch_mps,
            blind_speed_mps=spec.blind_speed_mps,
            notch_db=spec.notch_db,
        )
        draws = rng.random((k, 2))
        noise = rng.standard_normal((k, 3))
        primary = draws[:, 0] < detection.swerling1(strength) * self.by_class[kind_of]
        mode_s = (draws[:, 1] < spec.detection_probability) & roster.has_transponder[slot]
        kind = np.where(mode_s, np.where(primary, _MODE_S_AND_PRIMARY, _MODE_S), _PRIMARY)
        doppler = seen.range_rate_mps + (spec.doppler_sd_mps or 0.0) * noise[:, 2]
        hit = primary | mode_s
        return Echoes(
            at_ns[hit],
            range_m[hit] + spec.range_sd_m * noise[hit, 0],
            azimuth_deg[hit] + spec.azimuth_sd_deg * noise[hit, 1],
            doppler[hit],
            kind[hit],
            seen.row[hit],
        )

    def _records(self, world: World, found: Echoes, conditions: Conditions) -> list[bytes]:
        """The plots as CAT048 records, in the order of their times."""
        if not len(found.at_ns):
            return []
        spec = self.spec
        time_s = (found.at_ns + conditions.clock_ns) % DAY_NS / NS_PER_S
        range_m = np.maximum(found.range_m + conditions.range_m, 0.0)
        azimuth_deg = (found.azimuth_deg + conditions.azimuth_deg) % 360.0
        out = [b""] * len(time_s)
        for kind in (_PRIMARY, _MODE_S, _MODE_S_AND_PRIMARY):
            which = np.flatnonzero(found.kind == kind)
            if not len(which):
                continue
            doppler = found.doppler_mps[which] if spec.doppler_sd_mps and kind != _MODE_S else None
            head = (time_s[which], range_m[which], azimuth_deg[which])
            if kind == _PRIMARY:
                octets = plots.primary((spec.sac, spec.sic), kind, *head, doppler)
            else:
                octets = self._replies(world, found.row[which], found.kind[which], head, doppler)
            flat, size = octets.tobytes(), octets.shape[1]
            for k, place in enumerate(which.tolist()):
                out[place] = flat[k * size : (k + 1) * size]
        return out

    def _replies(
        self, world: World, row: Ints, kind: Ints, head: tuple[Array, Array, Array], doppler: Array | None
    ) -> plots.Octets:
        """Plots with what transponders say."""
        slot, life = world.slot[row], world.life[row]
        height_m = world.geo[row, 2]
        who = names.coded(world.roster, slot, life)
        return plots.mode_s(
            (self.spec.sac, self.spec.sic),
            kind,
            *head,
            squawk=names.squawks(slot),
            baro_alt_m=height_m - self.site.undulation_m,
            icao24=who["icao24"],
            callsign=who["callsign"],
            flight_status=(height_m < self.site.ground_m + 1.0).astype(np.int64),
            doppler_mps=doppler,
        )

    def _leave_sector(
        self, state: RadarState, world: World, at_ns: int, conditions: Conditions
    ) -> list[Emission]:
        """Datagrams at a sector's end: its plots, the sector message, and north if it is that."""
        spec = self.spec
        number = round((at_ns - world.start_ns) * SECTORS / self.period_ns) % SECTORS
        sent_ns = at_ns + round(spec.latency_s * NS_PER_S)
        time_s = (at_ns + conditions.clock_ns) % DAY_NS / NS_PER_S
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
                alt_m=self.sight.station.alt_m,
            )
        blocks = [plots.block(part) for part in plots.datagrams(state.records)]
        state.records.clear()
        blocks.append(encode_block(34, [service]))
        return [Emission(spec.feed, self.connection, sent_ns, block) for block in blocks]


def _joined(a: Echoes, b: Echoes) -> Echoes:
    """Both, in order of time."""
    at_ns = np.concatenate((a.at_ns, b.at_ns))
    order = np.argsort(at_ns, kind="stable")
    return Echoes(
        at_ns[order],
        np.concatenate((a.range_m, b.range_m))[order],
        np.concatenate((a.azimuth_deg, b.azimuth_deg))[order],
        np.concatenate((a.doppler_mps, b.doppler_mps))[order],
        np.concatenate((a.kind, b.kind))[order],
        np.concatenate((a.row, b.row))[order],
    )
