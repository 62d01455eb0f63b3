"""Sensor bytes for a load test: many targets that fly circles for ever, cheap to say.

Every target moves by a closed form, so any instant can be asked for. Records are written once by the
product's own encoders; for each report only the octets that move are overwritten, by column.

    feed            format          what
    radar-0 … -3    asterix 048     en-route radars, a turn in 4 s, one datagram a slice of the beam;
                                    a tenth of the targets has no transponder; clutter
    adsb            asterix 021     a ground station, each equipped target once a second
    mlat            asterix 010     multilateration around the airport, once a second
    drones-0 … -2   sapient, TCP    staring radars, 5 km, a scan a second

The time of measurement of a report is the instant at which it is due to be sent, to 1/128 s.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.core.units import FT_M, NM_M, NS_PER_S
from vedette.simulate.geometry import Station, ecef_from_geodetic, metres_per_degree, polar_from_enu
from vedette.wire.asterix import Cat010, Cat021, Cat048, encode_block
from vedette.wire.sapient import (
    Detected,
    detection_range_bearing,
    node_uuid,
    registration,
    status_report,
    ulid,
)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Octets = NDArray[np.uint8]

ORIGIN_DEG: Final = (50.90, 4.48)
TURN_S: Final = 4.0
SLICES: Final = 64
CHUNK_NS: Final = NS_PER_S // 8  # so much is made ahead at a time
_DAY_NS: Final = 86_400 * NS_PER_S
_HALF_AREA_M: Final = 150_000.0
_AIRPORT_M: Final = 40_000.0
_RADARS_M: Final = ((-70e3, -70e3), (70e3, -70e3), (70e3, 70e3), (-70e3, 70e3))
_DRONE_RADARS_M: Final = ((-12e3, 4e3), (9e3, 11e3), (5e3, -14e3))
_RADAR_RANGE_M: Final = 400_000.0
_DRONE_RANGE_M: Final = 5_000.0
_GROUND_M: Final = 60.0
_BEAT_NS: Final = NS_PER_S // 100  # ground stations send every so often what has come up
_SEEN: Final = 0.97

# Shares of the rate. A target gives a plot a radar and turn, and a report a second.
_TARGETS: Final = 0.425
_CLUTTER: Final = 0.03
_DRONES: Final = 0.05
_EQUIPPED: Final = 0.95
_AROUND_AIRPORT: Final = 0.25


class Emission(NamedTuple):
    """Bytes that are due: how many observations are in them, and whose they are."""

    due_ns: int
    feed: str
    data: bytes
    observations: int


class Feed(NamedTuple):
    """One socket of the node."""

    name: str
    format: str
    transport: str


FEEDS: Final = (
    *(Feed(f"radar-{k}", "asterix", "udp") for k in range(len(_RADARS_M))),
    Feed("adsb", "asterix", "udp"),
    Feed("mlat", "asterix", "udp"),
    *(Feed(f"drones-{k}", "sapient", "tcp-listen") for k in range(len(_DRONE_RADARS_M))),
)


def sensors(rate: float) -> list[Sensor]:
    """What the node is told of the sensors: all but those that introduce themselves."""
    out = [
        Sensor(
            id=f"radar-{k}", source=f"asterix:20/{k + 1}", scan="rotating", period_s=TURN_S,
            lat_deg=station.lat_deg, lon_deg=station.lon_deg, alt_m=station.alt_m, range_max_m=_RADAR_RANGE_M,
            detection_probability=_SEEN, false_per_scan=max(_CLUTTER * rate * TURN_S / len(_RADARS_M), 1e-3),
            range_sd_m=40.0, azimuth_sd_deg=0.06, simulated=True,
        )
        for k, station in enumerate(_stations(_RADARS_M))
    ]  # fmt: skip
    out.append(Sensor(id="adsb", source="asterix:20/50", modality="adsb", scan="self_report", simulated=True))
    out.append(Sensor(id="mlat", source="asterix:20/60", modality="mlat", simulated=True))
    return out


class Circles:
    """Targets on circles: n of them, each with its own centre, radius, speed and height."""

    def __init__(
        self,
        rng: np.random.Generator,
        around_m: Array,
        spread_m: Array,
        radius_m: tuple[float, float],
        speed_mps: tuple[float, float],
        alt_m: tuple[float, float],
    ) -> None:
        """around_m (n, 2) and spread_m (n,): centres are uniform in a square of that half side."""
        n = len(around_m)
        self._centre_m = around_m + spread_m[:, None] * rng.uniform(-1.0, 1.0, (n, 2))
        self._radius_m = rng.uniform(*radius_m, n)
        self._rate = rng.uniform(*speed_mps, n) / self._radius_m * rng.choice((-1.0, 1.0), n)
        self._phase = rng.uniform(0.0, 2.0 * np.pi, n)
        self._alt_m = rng.uniform(*alt_m, n)
        lat = ORIGIN_DEG[0] + self._centre_m[:, 1] / 111_200.0
        self._north_m, self._east_m = metres_per_degree(lat, self._alt_m)

    def __len__(self) -> int:
        return len(self._phase)

    def at(self, time_s: float) -> tuple[Array, Array]:
        """Places (n, 3) lat deg, lon deg, m, and velocities (n, 2) m/s east and north."""
        angle = self._phase + self._rate * time_s
        c, s = np.cos(angle), np.sin(angle)
        offset = self._centre_m + self._radius_m[:, None] * np.column_stack((c, s))
        velocity = (self._rate * self._radius_m)[:, None] * np.column_stack((-s, c))
        lat = ORIGIN_DEG[0] + offset[:, 1] / self._north_m
        lon = ORIGIN_DEG[1] + offset[:, 0] / self._east_m
        return np.column_stack((lat, lon, self._alt_m)), velocity


class Traffic:
    """All targets and all sensors of one load test."""

    def __init__(self, rate: float, seed: int) -> None:
        """Draw a sky that gives `rate` observations a second."""
        self._rng = rng = np.random.default_rng(seed)
        n = max(round(_TARGETS * rate), 4)
        near = round(_AROUND_AIRPORT * n)
        enroute = Circles(
            rng, np.zeros((n - near, 2)), np.full(n - near, _HALF_AREA_M),
            (8e3, 60e3), (150.0, 260.0), (3e3, 12e3),
        )  # fmt: skip
        airport = Circles(
            rng, np.zeros((near, 2)), np.full(near, _AIRPORT_M), (4e3, 12e3), (70.0, 140.0), (500.0, 5e3)
        )  # fmt: skip
        self._groups = (airport, enroute)
        self._near = near
        self._equipped = rng.random(n) < _EQUIPPED
        self._false = _CLUTTER * rate * TURN_S / (len(_RADARS_M) * SLICES)
        self._radars = _stations(_RADARS_M)
        self._plots = [_plots(n, k + 1) for k in range(len(_RADARS_M))]
        self._clutter = [_clutter(k + 1) for k in range(len(_RADARS_M))]
        self._reports, self._places = _reports(n), _places(near)
        beats = NS_PER_S // _BEAT_NS
        self._report_beat = rng.integers(0, beats, n)
        self._place_beat = rng.integers(0, beats, near)
        self._drones = [
            _DroneRadar(rng, k, station, max(round(_DRONES * rate / len(_DRONE_RADARS_M)), 1))
            for k, station in enumerate(_stations(_DRONE_RADARS_M))
        ]

    @property
    def targets(self) -> int:
        """How many things fly."""
        return sum(map(len, self._groups)) + sum(len(d.flight) for d in self._drones)

    def hello(self, at_ns: int) -> list[Emission]:
        """What sensors say first."""
        return [Emission(at_ns, f"drones-{d.number}", d.hello(at_ns), 0) for d in self._drones]

    def between(self, from_ns: int, until_ns: int) -> list[Emission]:
        """What is due in a stretch of time, in order."""
        out: list[Emission] = []
        slice_ns = round(TURN_S * NS_PER_S) // SLICES
        for k in range(len(self._radars)):
            for number in _due(from_ns, until_ns, slice_ns, k * slice_ns // len(self._radars)):
                due_ns = number * slice_ns + k * slice_ns // len(self._radars)
                out.append(self._slice(k, number % SLICES, due_ns))
        for number in _due(from_ns, until_ns, _BEAT_NS, 0):
            out += self._beat(number)
        for drone_radar in self._drones:
            offset_ns = (2 * drone_radar.number + 1) * NS_PER_S // (2 * len(self._drones))
            for number in _due(from_ns, until_ns, NS_PER_S, offset_ns):
                out.append(drone_radar.scan(number * NS_PER_S + offset_ns))
        return sorted(out)

    def _at(self, time_s: float) -> tuple[Array, Array]:
        places, velocities = zip(*(group.at(time_s) for group in self._groups), strict=True)
        return np.concatenate(places), np.concatenate(velocities)

    def _slice(self, k: int, number: int, due_ns: int) -> Emission:
        """The plots of one slice of a radar's turn."""
        rng = self._rng
        tod, time_s = _stamp(due_ns)
        place, _ = self._at(time_s)
        range_m, azimuth_deg, _ = polar_from_enu(self._radars[k].enu(ecef_from_geodetic(place)))
        width = 360.0 / SLICES
        mine = (azimuth_deg >= number * width) & (azimuth_deg < (number + 1) * width)
        mine &= rng.random(len(mine)) < _SEEN
        answers, silent = np.flatnonzero(mine & self._equipped), np.flatnonzero(mine & ~self._equipped)
        false = rng.poisson(self._false)
        rows = self._plots[k][answers]
        _put(rows, 5, 3, tod)
        self._polar(rows, 9, range_m[answers], azimuth_deg[answers])
        _put(rows, 15, 2, np.round(place[answers, 2] / (25 * FT_M)).astype(np.int64))
        bare = np.repeat(self._clutter[k], len(silent) + false, axis=0)
        _put(bare, 3, 3, tod)
        away = np.concatenate((range_m[silent], _RADAR_RANGE_M * np.sqrt(rng.random(false))))
        towards = np.concatenate((azimuth_deg[silent], (number + rng.random(false)) * width))
        self._polar(bare, 7, away, towards)
        data = _block(48, rows) + _block(48, bare)
        return Emission(due_ns, f"radar-{k}", data, len(rows) + len(bare))

    def _polar(self, rows: Octets, at: int, range_m: Array, azimuth_deg: Array) -> None:
        """Write I048/040 with the radar's noise."""
        noise = self._rng.standard_normal((2, len(rows)))
        rho = np.round(np.maximum(range_m + 40.0 * noise[0], 0.0) / (NM_M / 256)).astype(np.int64)
        theta = np.round((azimuth_deg + 0.06 * noise[1]) / (360 / 65536)).astype(np.int64)
        _put(rows, at, 2, rho)
        _put(rows, at + 2, 2, theta % 65536)

    def _beat(self, number: int) -> list[Emission]:
        """What the two ground stations send in one beat."""
        due_ns = number * _BEAT_NS
        tod, time_s = _stamp(due_ns)
        which = number % (NS_PER_S // _BEAT_NS)
        place, velocity = self._at(time_s)
        told = np.flatnonzero((self._report_beat == which) & self._equipped)
        located = np.flatnonzero(self._place_beat == which)
        out = []
        if len(told):
            rows = self._reports[told]
            _put(rows, 9, 3, tod)
            _put_place(rows, 12, place[told], 180 / 2**30, self._rng, 5.0)
            _put(rows, 23, 2, np.round(place[told, 2] / (6.25 * FT_M)).astype(np.int64))
            _put(rows, 31, 2, np.round(place[told, 2] / (25 * FT_M)).astype(np.int64))
            speed = np.hypot(velocity[told, 0], velocity[told, 1])
            course = np.degrees(np.arctan2(velocity[told, 0], velocity[told, 1])) % 360.0
            _put(rows, 35, 2, np.round(speed / (NM_M / 16384)).astype(np.int64))
            _put(rows, 37, 2, np.round(course / (360 / 65536)).astype(np.int64) % 65536)
            out.append(Emission(due_ns, "adsb", _block(21, rows), len(rows)))
        if len(located):
            rows = self._places[located]
            _put(rows, 7, 3, tod)
            _put_place(rows, 10, place[located], 180 / 2**31, self._rng, 10.0)
            _put(rows, 18, 2, np.round(velocity[located, 0] * 4.0).astype(np.int64))
            _put(rows, 20, 2, np.round(velocity[located, 1] * 4.0).astype(np.int64))
            out.append(Emission(due_ns, "mlat", _block(10, rows), len(rows)))
        return out


class _DroneRadar:
    """A staring radar that speaks SAPIENT."""

    def __init__(self, rng: np.random.Generator, number: int, station: Station, drones: int) -> None:
        self.number = number
        self._rng = rng
        self._station = station
        self._node = node_uuid(f"bench {number}")
        centre = np.tile(np.array(_DRONE_RADARS_M[number]), (drones, 1))
        self.flight = Circles(
            rng, centre, np.full(drones, 0.6 * _DRONE_RANGE_M), (30.0, 300.0), (4.0, 15.0), (90.0, 180.0)
        )
        self._objects = [ulid(0, number << 20 | i) for i in range(drones)]
        self._said = 0

    def hello(self, at_ns: int) -> bytes:
        """Registration and place."""
        s = self._station
        return registration(
            self._node, at_ns, f"bench drone radar {self.number}", "radar", scan="staring", period_s=1.0,
            range_max_m=_DRONE_RANGE_M, polar=True, tracks=True,
        ) + status_report(
            self._node, at_ns, self._next(at_ns), lat_deg=s.lat_deg, lon_deg=s.lon_deg, alt_m=s.alt_m,
            range_max_m=_DRONE_RANGE_M, note="simulated",
        )  # fmt: skip

    def scan(self, due_ns: int) -> Emission:
        """Every drone once, all of one instant."""
        place, _ = self.flight.at(due_ns % _DAY_NS / NS_PER_S)
        range_m, azimuth_deg, elevation_deg = polar_from_enu(self._station.enu(ecef_from_geodetic(place)))
        seen = np.flatnonzero(self._rng.random(len(place)) < _SEEN)
        noise = self._rng.standard_normal((3, len(place)))
        frames = [
            detection_range_bearing(
                self._node, due_ns, self._next(due_ns), self._objects[i],
                azimuth_deg=float(azimuth_deg[i] + 0.3 * noise[0, i]) % 360.0, azimuth_sd_deg=0.3,
                elevation_deg=float(elevation_deg[i] + 0.4 * noise[1, i]), elevation_sd_deg=0.4,
                range_m=float(max(range_m[i] + 5.0 * noise[2, i], 1.0)), range_sd_m=5.0,
                more=Detected(confidence=0.8, classes={"multirotor": 0.7, "bird": 0.3}),
            )
            for i in seen.tolist()
        ]  # fmt: skip
        return Emission(due_ns, f"drones-{self.number}", b"".join(frames), len(frames))

    def _next(self, time_ns: int) -> str:
        self._said += 1
        return ulid(time_ns, self.number << 40 | self._said)


def _stations(places_m: tuple[tuple[float, float], ...]) -> list[Station]:
    """Sensors east and north of the origin, 20 m above the ground."""
    out = []
    for east_m, north_m in places_m:
        north_deg, east_deg = metres_per_degree(np.array([ORIGIN_DEG[0]]), np.array([_GROUND_M]))
        lat = ORIGIN_DEG[0] + north_m / float(north_deg[0])
        lon = ORIGIN_DEG[1] + east_m / float(east_deg[0])
        out.append(Station(lat, lon, _GROUND_M + 20.0, _GROUND_M))
    return out


def _due(from_ns: int, until_ns: int, period_ns: int, offset_ns: int) -> Iterator[int]:
    """Numbers i for which i * period + offset lies in the stretch."""
    yield from range(-((offset_ns - from_ns) // period_ns), -((offset_ns - until_ns) // period_ns))


def _stamp(due_ns: int) -> tuple[int, float]:
    """Time of day in 1/128 s, cut off, and the same instant in seconds."""
    tod = due_ns % _DAY_NS * 128 // NS_PER_S
    return tod, tod / 128


def _put(rows: Octets, at: int, width: int, code: Ints | int) -> None:
    """Write a big-endian number of `width` octets into every row, (n, length), in place."""
    octets = np.full(len(rows), code, ">i8").view(np.uint8).reshape(len(rows), 8)
    rows[:, at : at + width] = octets[:, 8 - width :]


def _put_place(
    rows: Octets, at: int, place: Array, lsb_deg: float, rng: np.random.Generator, sd_m: float
) -> None:
    """Write latitude and longitude, four octets each, with noise."""
    noisy = place[:, :2] + rng.standard_normal((len(rows), 2)) * np.array([sd_m / 111e3, sd_m / 70e3])
    code = np.round(noisy / lsb_deg).astype(np.int64)
    _put(rows, at, 4, code[:, 0])
    _put(rows, at + 4, 4, code[:, 1])


def _block(category: int, rows: Octets) -> bytes:
    """A data block of these records; nothing where there are none."""
    return bytes([category]) + (3 + rows.size).to_bytes(2, "big") + rows.tobytes() if len(rows) else b""


def _rows(records: list[bytes]) -> Octets:
    """Encoded blocks of one record each, all of one length, to rows (n, length)."""
    return np.frombuffer(b"".join(block[3:] for block in records), np.uint8).reshape(len(records), -1).copy()


def _address(i: int) -> str:
    return f"{0x448000 + i:06X}"


def _plots(n: int, sic: int) -> Octets:
    """CAT048 records: time at 5, polar at 9, level at 15."""
    return _rows(
        [
            encode_block(48, [Cat048(
                sac=20, sic=sic, kind=5, simulated=True, time_s=0.0, range_m=1.0, azimuth_deg=0.0,
                squawk=f"{i % 4096:04o}", squawk_validated=True, baro_alt_m=0.0, baro_validated=True,
                icao24=_address(i), callsign=f"BEN{i % 10_000:04d}", flight_status=0,
            )])
            for i in range(n)
        ]
    )  # fmt: skip


def _clutter(sic: int) -> Octets:
    """One CAT048 record of a primary plot: time at 3, polar at 7."""
    plot = Cat048(sac=20, sic=sic, kind=1, simulated=True, time_s=0.0, range_m=1.0, azimuth_deg=0.0)
    return _rows([encode_block(48, [plot])])


def _reports(n: int) -> Octets:
    """CAT021 records: time at 9, place at 12, height at 23, level at 31, velocity at 35."""
    return _rows(
        [
            encode_block(21, [Cat021(
                sac=20, sic=50, address_kind=0, ground_bit=False, simulated=True, time_applicable_s=0.0,
                lat_deg=0.0, lon_deg=0.0, fine=True, icao24=_address(i), alt_m=0.0, nac_v=2, nic=8, sil=3,
                nac_p=9, gva=2, version=2, link=2, squawk=f"{i % 4096:04o}", baro_alt_m=0.0, climb_mps=0.0,
                ground_speed_mps=1.0, track_deg=0.0, callsign=f"BEN{i % 10_000:04d}", emitter="A3",
            )])
            for i in range(n)
        ]
    )  # fmt: skip


def _places(n: int) -> Octets:
    """CAT010 records: time at 7, place at 10, velocity at 18."""
    if not n:
        return np.zeros((0, 25), np.uint8)
    return _rows(
        [
            encode_block(10, [Cat010(
                sac=20, sic=60, message=1, kind=1, simulated=True, ground_bit=False, time_s=0.0,
                lat_deg=0.0, lon_deg=0.0, v_east_mps=0.0, v_north_mps=0.0, icao24=_address(i),
            )])
            for i in range(n)
        ]
    )  # fmt: skip
