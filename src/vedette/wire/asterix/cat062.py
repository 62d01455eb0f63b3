"""CAT062, system tracks: what another tracker makes of its own sensors.

FRN item   octets  field                                              unit of the last bit
 1  010    2       sac, sic                                           1
 3  015    1       service
 4  070    3       time_s: UTC since midnight                         1/128 s
 5  105    8       lat_deg, lon_deg: WGS-84                           180/2^25 deg
 6  100    6       x_m, y_m: in the system's own plane                1/2 m
 7  185    4       v_east_mps, v_north_mps                            1/4 m/s
 8  210    2       acceleration, skipped
 9  060    2       squawk with validated, garbled, smoothed (changed) octal
10  245    7       callsign, callsign_kind                            6-bit characters
11  380    1+      #1 icao24, #2 downlinked_callsign, #10 flight_status,
                   #11 emergency, #21 emitter; the other 23 skipped
12  040    2       track_number                                       16 bits
13  080    1+      monosensor, spi, tentative; simulated, track_ended; skipped;
                   coasted; skipped; on_surface; skipped
14  290    1+      ages: of the track, psr_age_s … skipped            1/4 s
15  200    1       mode of movement, skipped
16  295    1+      ages of the data, skipped
17  136    2       baro_alt_m: measured                               1/4 FL
18  130    2       alt_m: above the ellipsoid                         6.25 ft
19  135    2       baro_track_m: calculated, qnh_corrected            1/4 FL
20  220    2       climb_mps                                          6.25 ft/min
21  390    1+      flight plan, skipped
22  270    1+      size, skipped
23  300    1       fleet: what kind of vehicle
24  110    1+      Mode 5, skipped
25  120    2       Mode 2, skipped
26  510    3n      composed track number, skipped
27  500    1+      #1 sd_x_m, sd_y_m, #2 sd_xy_m: sign(covariance) · √|covariance|,
                   #3 sd_lat_deg, sd_lon_deg, #4 alt_sd_m,
                   #6 sd_v_east_mps, sd_v_north_mps; #5 #7 #8 skipped
28  340    1+      the last measurement, skipped
34  RE, 35 SP      own length, skipped

Everything that has a field is written too.

Source: EUROCONTROL-SPEC-0149-9, CAT062 edition 1.21, sections 5.2 and 5.3; editions from 1.16 on
differ only in octets that are skipped here.
"""

from typing import Any, Final

from msgspec import Struct

from vedette.core.units import FT_M
from vedette.wire.asterix.fields import (
    Scale,
    address,
    identification,
    octet,
    pair,
    scaled,
    signed,
    signed_code,
    source,
    squawk,
    time_of_day,
)
from vedette.wire.asterix.items import (
    Item,
    Profile,
    chained,
    extended_end,
    skip,
    skip_explicit,
    skip_extended,
    skip_repetitive,
)
from vedette.wire.asterix.values import (
    EMERGENCY,
    EMERGENCY_CODE,
    EMITTER,
    EMITTER_CODE,
    callsign_octets,
    callsign_of,
)

_WGS84: Final = Scale("i", 180 / 2**25)
_VELOCITY: Final = Scale("h", 0.25)
_LEVEL: Final = Scale("h", 25 * FT_M)
_LEVEL_LSB_M: Final = 25 * FT_M
_HEIGHT: Final = Scale("h", 6.25 * FT_M)
_SD: Final = Scale("H", 0.5)
_SD_DEG: Final = Scale("H", 180 / 2**25)
_SD_SPEED: Final = Scale("B", 0.25)
_XY_LSB_M: Final = 0.5
_ON_GROUND: Final = {0: False, 1: True, 2: False, 3: True}


class Cat062(Struct):
    """One CAT062 record; None is what it does not carry."""

    sac: int | None = None
    sic: int | None = None
    service: int | None = None
    time_s: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    x_m: float | None = None
    y_m: float | None = None
    v_east_mps: float | None = None
    v_north_mps: float | None = None
    squawk: str | None = None
    squawk_validated: bool | None = None
    squawk_garbled: bool | None = None
    squawk_smoothed: bool | None = None
    callsign: str | None = None
    callsign_kind: int | None = None
    icao24: str | None = None
    downlinked_callsign: str | None = None
    flight_status: int | None = None
    emergency: str | None = None
    emitter: str | None = None
    track_number: int | None = None
    monosensor: bool | None = None
    spi: bool | None = None
    tentative: bool | None = None
    simulated: bool | None = None
    track_ended: bool | None = None
    coasted: bool | None = None
    on_surface: bool | None = None
    baro_alt_m: float | None = None
    alt_m: float | None = None
    baro_track_m: float | None = None
    qnh_corrected: bool | None = None
    climb_mps: float | None = None
    fleet: int | None = None
    sd_x_m: float | None = None
    sd_y_m: float | None = None
    sd_xy_m: float | None = None
    sd_lat_deg: float | None = None
    sd_lon_deg: float | None = None
    alt_sd_m: float | None = None
    sd_v_east_mps: float | None = None
    sd_v_north_mps: float | None = None

    @property
    def on_ground(self) -> bool | None:
        """Surface bit of I062/080, else the flight status of I062/380; None where neither says."""
        if self.on_surface:
            return True
        return None if self.flight_status is None else _ON_GROUND.get(self.flight_status)


def _read_100(data: bytes, at: int, out: Cat062) -> int:
    out.x_m = signed(24, data[at : at + 3]) * _XY_LSB_M
    out.y_m = signed(24, data[at + 3 : at + 6]) * _XY_LSB_M
    return at + 6


def _write_100(out: Cat062) -> bytes | None:
    if out.x_m is None or out.y_m is None:
        return None
    return b"".join(signed_code(value / _XY_LSB_M, 24).to_bytes(3, "big") for value in (out.x_m, out.y_m))


def _read_380_id(data: bytes, at: int, out: Cat062) -> int:
    out.downlinked_callsign = callsign_of(data[at : at + 6])
    return at + 6


def _write_380_id(out: Cat062) -> bytes | None:
    return None if out.downlinked_callsign is None else callsign_octets(out.downlinked_callsign)


def _read_380_com(data: bytes, at: int, out: Cat062) -> int:
    out.flight_status = data[at] >> 2 & 7
    return at + 2


def _write_380_com(out: Cat062) -> bytes | None:
    return None if out.flight_status is None else bytes((out.flight_status << 2, 0))


def _read_380_sab(data: bytes, at: int, out: Cat062) -> int:
    out.emergency = EMERGENCY.get(data[at + 1] & 7)
    return at + 2


def _write_380_sab(out: Cat062) -> bytes | None:
    return None if out.emergency is None else bytes((0, EMERGENCY_CODE[out.emergency]))


def _read_380_emc(data: bytes, at: int, out: Cat062) -> int:
    out.emitter = EMITTER.get(data[at])
    return at + 1


def _write_380_emc(out: Cat062) -> bytes | None:
    return None if out.emitter is None else bytes([EMITTER_CODE[out.emitter]])


def _skipped(number: str, *octets: int) -> list[Item[Any]]:
    """Subfields of these lengths, from #1 of the item on."""
    return [Item(f"{number}#{place}", skip(length)) for place, length in enumerate(octets, 1)]


_DERIVED: Final = Profile[Cat062](
    "I062/380",
    (
        address("I062/380#1"),
        Item("I062/380#2", _read_380_id, _write_380_id),
        Item("I062/380#3", skip(2)),
        Item("I062/380#4", skip(2)),
        Item("I062/380#5", skip(2)),
        Item("I062/380#6", skip(2)),
        Item("I062/380#7", skip(2)),
        Item("I062/380#8", skip_extended),
        Item("I062/380#9", skip_repetitive(15)),
        Item("I062/380#10", _read_380_com, _write_380_com),
        Item("I062/380#11", _read_380_sab, _write_380_sab),
        Item("I062/380#12", skip(7)),
        Item("I062/380#13", skip(2)),
        Item("I062/380#14", skip(2)),
        Item("I062/380#15", skip(2)),
        Item("I062/380#16", skip(2)),
        Item("I062/380#17", skip(2)),
        Item("I062/380#18", skip(2)),
        Item("I062/380#19", skip(1)),
        Item("I062/380#20", skip(8)),
        Item("I062/380#21", _read_380_emc, _write_380_emc),
        Item("I062/380#22", skip(6)),
        Item("I062/380#23", skip(2)),
        Item("I062/380#24", skip(1)),
        Item("I062/380#25", skip_repetitive(8)),
        Item("I062/380#26", skip(2)),
        Item("I062/380#27", skip(2)),
        Item("I062/380#28", skip(2)),
    ),
)


def _read_080(data: bytes, at: int, out: Cat062) -> int:
    end = extended_end(data, at)
    octets = data[at:end] + bytes(6)  # an octet that is not sent reads as zero
    out.monosensor = bool(octets[0] & 0x80)
    out.spi = bool(octets[0] & 0x40)
    out.tentative = bool(octets[0] & 2)
    sent = end - at
    if sent >= 2:
        out.simulated = bool(octets[1] & 0x80)
        out.track_ended = bool(octets[1] & 0x40)
    if sent >= 4:
        out.coasted = bool(octets[3] & 0x80)
    if sent >= 6:
        out.on_surface = bool(octets[5] & 0x10)
    return end


def _write_080(out: Cat062) -> bytes | None:
    if out.tentative is None:
        return None
    octets = [bool(out.monosensor) << 7 | bool(out.spi) << 6 | out.tentative << 1]
    octets += [bool(out.simulated) << 7 | bool(out.track_ended) << 6, 0]
    octets += [bool(out.coasted) << 7, 0, bool(out.on_surface) << 4]
    if out.on_surface is not None:
        return chained(octets)
    if out.coasted is not None:
        return chained(octets[:4])
    return chained(octets[: 2 if out.simulated is not None else 1])


def _read_135(data: bytes, at: int, out: Cat062) -> int:
    out.qnh_corrected = bool(data[at] & 0x80)
    out.baro_track_m = signed(15, data[at : at + 2]) * _LEVEL_LSB_M
    return at + 2


def _write_135(out: Cat062) -> bytes | None:
    if out.baro_track_m is None:
        return None
    code = signed_code(out.baro_track_m / _LEVEL_LSB_M, 15)
    return (bool(out.qnh_corrected) << 15 | code).to_bytes(2, "big")


def _skip_510(data: bytes, at: int, _out: Cat062) -> int:
    while data[at + 2] & 1:
        at += 3
    return at + 3


_AGES_OF_TRACK: Final = Profile[Cat062]("I062/290", _skipped("I062/290", 1, 1, 1, 1, 2, 1, 1, 1, 1, 1))
_AGES_OF_DATA: Final = Profile[Cat062]("I062/295", _skipped("I062/295", *[1] * 31))
_PLAN_LENGTHS: Final = (2, 7, 4, 1, 4, 1, 4, 4, 3, 2, 2, 0, 6, 1, 7, 7, 2, 7)
_PLAN_ITEMS: Final = _skipped("I062/390", *_PLAN_LENGTHS)
_PLAN_ITEMS[11] = Item("I062/390#12", skip_repetitive(4))
_PLAN: Final = Profile[Cat062]("I062/390", _PLAN_ITEMS)
_MODE_5: Final = Profile[Cat062]("I062/110", _skipped("I062/110", 1, 4, 6, 2, 2, 1, 1))
_MEASURED: Final = Profile[Cat062]("I062/340", _skipped("I062/340", 2, 4, 2, 2, 2, 1))
_ACCURACY: Final = Profile[Cat062](
    "I062/500",
    (
        pair("I062/500#1", ("sd_x_m", "sd_y_m"), (_SD, _SD)),
        scaled("I062/500#2", "sd_xy_m", Scale("h", 0.5)),
        pair("I062/500#3", ("sd_lat_deg", "sd_lon_deg"), (_SD_DEG, _SD_DEG)),
        scaled("I062/500#4", "alt_sd_m", Scale("B", 6.25 * FT_M)),
        Item("I062/500#5", skip(1)),
        pair("I062/500#6", ("sd_v_east_mps", "sd_v_north_mps"), (_SD_SPEED, _SD_SPEED)),
        Item("I062/500#7", skip(2)),
        Item("I062/500#8", skip(1)),
    ),
)

PROFILE: Final = Profile[Cat062](
    "CAT062",
    (
        source("I062/010"),
        None,
        octet("I062/015", "service"),
        time_of_day("I062/070"),
        pair("I062/105", ("lat_deg", "lon_deg"), (_WGS84, _WGS84)),
        Item("I062/100", _read_100, _write_100),
        pair("I062/185", ("v_east_mps", "v_north_mps"), (_VELOCITY, _VELOCITY)),
        Item("I062/210", skip(2)),
        squawk("I062/060"),
        identification("I062/245"),
        Item("I062/380", _DERIVED.read, _DERIVED.write),
        scaled("I062/040", "track_number", Scale("H", 1)),
        Item("I062/080", _read_080, _write_080),
        Item("I062/290", _AGES_OF_TRACK.read),
        Item("I062/200", skip(1)),
        Item("I062/295", _AGES_OF_DATA.read),
        scaled("I062/136", "baro_alt_m", _LEVEL),
        scaled("I062/130", "alt_m", _HEIGHT),
        Item("I062/135", _read_135, _write_135),
        scaled("I062/220", "climb_mps", Scale("h", 6.25 * FT_M / 60)),
        Item("I062/390", _PLAN.read),
        Item("I062/270", skip_extended),
        octet("I062/300", "fleet"),
        Item("I062/110", _MODE_5.read),
        Item("I062/120", skip(2)),
        Item("I062/510", _skip_510),
        Item("I062/500", _ACCURACY.read, _ACCURACY.write),
        Item("I062/340", _MEASURED.read),
        None,
        None,
        None,
        None,
        None,
        Item("I062/RE", skip_explicit),
        Item("I062/SP", skip_explicit),
    ),
)
