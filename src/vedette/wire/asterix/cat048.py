"""CAT048, monoradar target reports: one record is one plot (and local track) of one radar.

FRN item   octets  field                                              unit of the last bit
 1  010    2       sac, sic                                           1
 2  140    3       time_s: UTC since midnight                         1/128 s
 3  020    1+      kind (0 none 1 PSR 2 SSR 3 both 4-7 Mode S),
                   simulated, rdp_chain, spi, field_monitor;
                   test, extended_range, military_emergency
 4  040    4       range_m (slant), azimuth_deg (local north)         1/256 NM, 360/2^16 deg
 5  070    2       squawk with validated, garbled, smoothed           octal
 6  090    2       baro_alt_m (signed) with validated, garbled        1/4 FL
 7  130    1+      plot: ssr_runlength_deg, ssr_replies,              360/2^13 deg, 1,
                   ssr_amplitude_dbm, psr_runlength_deg,              1 dBm, 360/2^13 deg,
                   psr_amplitude_dbm, psr_ssr_range_m, _azimuth_deg   1 dBm, 1/256 NM, 360/2^14 deg
 8  220    3       icao24                                             6 hex digits
 9  240    6       callsign                                           6-bit characters
10  250    1+8n    bds: (register, 7 octets) each
11  161    2       track_number                                       12 bits
12  042    4       x_m, y_m: east and north of the radar              1/128 NM
13  200    4       ground_speed_mps, heading_deg: of the local track  1/2^14 NM/s, 360/2^16 deg
14  170    1+      tentative, climb; track_ended, ghost
15  210    4       track quality, skipped
16  030    1+      warnings: condition codes                          7 bits each
17  080    2       Mode-3/A confidence, skipped
18  100    4       Mode-C and confidence, skipped
19  110    2       height_3d_m: above mean sea level                  25 ft
20  120    1+      doppler_mps, doppler_doubtful; raw Doppler skipped 1 m/s
21  230    2       capability, flight_status
22  260    7       ACAS advisory, skipped
23  055    1       Mode-1, skipped
24  050    2       Mode-2, skipped
25  065    1       Mode-1 confidence, skipped
26  060    2       Mode-2 confidence, skipped
27  SP, 28 RE      own length, skipped

Everything that has a field is written too.

Source: EUROCONTROL-SPEC-0149-4, CAT048 edition 1.32, sections 5.2 and 5.3. Editions back to 1.14
differ only in octets that are skipped here.
"""

import struct
from typing import Final

from msgspec import Struct

from vedette.core.units import FT_M, NM_M
from vedette.wire.asterix.fields import (
    TURN,
    Scale,
    address,
    bds,
    callsign,
    level,
    pair,
    scaled,
    signed_code,
    source,
    squawk,
    time_of_day,
    track,
)
from vedette.wire.asterix.items import (
    Item,
    Profile,
    chained,
    extended_end,
    skip,
    skip_explicit,
    skip_repetitive,
)

_RANGE: Final = Scale("H", NM_M / 256)
_RUN: Final = Scale("B", 360 / 8192)
_COUNT: Final = Scale("B", 1)
_DBM: Final = Scale("b", 1)
_XY: Final = Scale("h", NM_M / 128)
_SPEED: Final = Scale("H", NM_M / 16384)
_3D_LSB_M: Final = 25 * FT_M
_ON_GROUND: Final = {0: False, 1: True, 2: False, 3: True}
_word: Final = struct.Struct(">H").unpack_from


class Cat048(Struct):
    """One CAT048 record; None is what it does not carry."""

    sac: int | None = None
    sic: int | None = None
    time_s: float | None = None
    kind: int | None = None
    simulated: bool | None = None
    rdp_chain: int | None = None
    spi: bool | None = None
    field_monitor: bool | None = None
    test: bool | None = None
    extended_range: bool | None = None
    military_emergency: bool | None = None
    range_m: float | None = None
    azimuth_deg: float | None = None
    squawk: str | None = None
    squawk_validated: bool | None = None
    squawk_garbled: bool | None = None
    squawk_smoothed: bool | None = None
    baro_alt_m: float | None = None
    baro_validated: bool | None = None
    baro_garbled: bool | None = None
    ssr_runlength_deg: float | None = None
    ssr_replies: int | None = None
    ssr_amplitude_dbm: int | None = None
    psr_runlength_deg: float | None = None
    psr_amplitude_dbm: int | None = None
    psr_ssr_range_m: float | None = None
    psr_ssr_azimuth_deg: float | None = None
    icao24: str | None = None
    callsign: str | None = None
    bds: list[tuple[int, bytes]] | None = None
    track_number: int | None = None
    x_m: float | None = None
    y_m: float | None = None
    ground_speed_mps: float | None = None
    heading_deg: float | None = None
    tentative: bool | None = None
    climb: int | None = None
    track_ended: bool | None = None
    ghost: bool | None = None
    warnings: tuple[int, ...] | None = None
    height_3d_m: float | None = None
    doppler_mps: float | None = None
    doppler_doubtful: bool | None = None
    capability: int | None = None
    flight_status: int | None = None

    @property
    def on_ground(self) -> bool | None:
        """What the flight status of I048/230 says of it; None where it does not say."""
        return None if self.flight_status is None else _ON_GROUND.get(self.flight_status)


def _read_020(data: bytes, at: int, out: Cat048) -> int:
    octet = data[at]
    out.kind = octet >> 5
    out.simulated = bool(octet & 0x10)
    out.rdp_chain = (octet >> 3 & 1) + 1
    out.spi = bool(octet & 4)
    out.field_monitor = bool(octet & 2)
    if not octet & 1:
        return at + 1
    octet = data[at + 1]
    out.test = bool(octet & 0x80)
    out.extended_range = bool(octet & 0x40)
    out.military_emergency = bool(octet & 0x10)
    return extended_end(data, at + 1)


def _write_020(out: Cat048) -> bytes | None:
    if out.kind is None:
        return None
    first = out.kind << 5 | bool(out.simulated) << 4 | (out.rdp_chain == 2) << 3
    octets = [first | bool(out.spi) << 2 | bool(out.field_monitor) << 1]
    if out.test is not None:
        octets.append(out.test << 7 | bool(out.extended_range) << 6 | bool(out.military_emergency) << 4)
    return chained(octets)


_PLOT: Final = Profile[Cat048](
    "I048/130",
    (
        scaled("I048/130#1", "ssr_runlength_deg", _RUN),
        scaled("I048/130#2", "ssr_replies", _COUNT),
        scaled("I048/130#3", "ssr_amplitude_dbm", _DBM),
        scaled("I048/130#4", "psr_runlength_deg", _RUN),
        scaled("I048/130#5", "psr_amplitude_dbm", _DBM),
        scaled("I048/130#6", "psr_ssr_range_m", Scale("b", NM_M / 256)),
        scaled("I048/130#7", "psr_ssr_azimuth_deg", Scale("b", 360 / 16384)),
    ),
)


def _read_170(data: bytes, at: int, out: Cat048) -> int:
    octet = data[at]
    out.tentative = bool(octet & 0x80)
    out.climb = octet >> 1 & 3
    if not octet & 1:
        return at + 1
    octet = data[at + 1]
    out.track_ended = bool(octet & 0x80)
    out.ghost = bool(octet & 0x40)
    return extended_end(data, at + 1)


def _write_170(out: Cat048) -> bytes | None:
    if out.tentative is None:
        return None
    octets = [out.tentative << 7 | (out.climb or 0) << 1]
    if out.track_ended is not None:
        octets.append(out.track_ended << 7 | bool(out.ghost) << 6)
    return chained(octets)


def _read_030(data: bytes, at: int, out: Cat048) -> int:
    end = extended_end(data, at)
    out.warnings = tuple(octet >> 1 for octet in data[at:end])
    return end


def _write_030(out: Cat048) -> bytes | None:
    return chained([code << 1 for code in out.warnings]) if out.warnings else None


def _read_110(data: bytes, at: int, out: Cat048) -> int:
    height = _word(data, at)[0] & 0x3FFF
    out.height_3d_m = (height - 0x4000 if height & 0x2000 else height) * _3D_LSB_M
    return at + 2


def _write_110(out: Cat048) -> bytes | None:
    return (
        None if out.height_3d_m is None else signed_code(out.height_3d_m / _3D_LSB_M, 14).to_bytes(2, "big")
    )


def _read_120_cal(data: bytes, at: int, out: Cat048) -> int:
    (word,) = _word(data, at)
    speed = word & 0x3FF
    out.doppler_mps = float(speed - 0x400 if speed & 0x200 else speed)
    out.doppler_doubtful = bool(word & 0x8000)
    return at + 2


def _write_120_cal(out: Cat048) -> bytes | None:
    if out.doppler_mps is None:
        return None
    return (bool(out.doppler_doubtful) << 15 | signed_code(out.doppler_mps, 10)).to_bytes(2, "big")


_DOPPLER: Final = Profile[Cat048](
    "I048/120",
    (Item("I048/120#1", _read_120_cal, _write_120_cal), Item("I048/120#2", skip_repetitive(6))),
)


def _read_230(data: bytes, at: int, out: Cat048) -> int:
    octet = data[at]
    out.capability = octet >> 5
    out.flight_status = octet >> 2 & 7
    return at + 2


def _write_230(out: Cat048) -> bytes | None:
    if out.flight_status is None:
        return None
    return bytes(((out.capability or 0) << 5 | out.flight_status << 2, 0))


PROFILE: Final = Profile[Cat048](
    "CAT048",
    (
        source("I048/010"),
        time_of_day("I048/140"),
        Item("I048/020", _read_020, _write_020),
        pair("I048/040", ("range_m", "azimuth_deg"), (_RANGE, TURN)),
        squawk("I048/070"),
        level("I048/090"),
        Item("I048/130", _PLOT.read, _PLOT.write),
        address("I048/220"),
        callsign("I048/240"),
        bds("I048/250"),
        track("I048/161"),
        pair("I048/042", ("x_m", "y_m"), (_XY, _XY)),
        pair("I048/200", ("ground_speed_mps", "heading_deg"), (_SPEED, TURN)),
        Item("I048/170", _read_170, _write_170),
        Item("I048/210", skip(4)),
        Item("I048/030", _read_030, _write_030),
        Item("I048/080", skip(2)),
        Item("I048/100", skip(4)),
        Item("I048/110", _read_110, _write_110),
        Item("I048/120", _DOPPLER.read, _DOPPLER.write),
        Item("I048/230", _read_230, _write_230),
        Item("I048/260", skip(7)),
        Item("I048/055", skip(1)),
        Item("I048/050", skip(2)),
        Item("I048/065", skip(1)),
        Item("I048/060", skip(2)),
        Item("I048/SP", skip_explicit),
        Item("I048/RE", skip_explicit),
    ),
)
