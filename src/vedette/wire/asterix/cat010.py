"""CAT010, surface movement: target reports of multilateration or surface radar, and their status.

FRN item   octets  field                                              unit of the last bit
 1  010    2       sac, sic                                           1
 2  000    1       message (1 target report, 2 start of update cycle,
                   3 periodic status, 4 event-triggered status)
 3  020    1+      kind (0 SSR multilateration, 1 Mode S multilateration,
                   2 ADS-B, 3 PSR, 4 loop, 5 HF multilateration), ground_bit,
                   corrupted; simulated, test, field_monitor, target_kind
                   (1 aircraft, 2 ground vehicle, 3 helicopter); third octet skipped
 4  140    3       time_s: UTC since midnight                         1/128 s
 5  041    8       lat_deg, lon_deg: WGS-84                           180/2^31 deg
 6  040    4       range_m, azimuth_deg: from the sensor              1 m, 360/2^16 deg
 7  042    4       x_m, y_m: east and north of the reference point    1 m
 8  200    4       ground_speed_mps, track_deg                        1/2^14 NM/s, 360/2^16 deg
 9  202    4       v_east_mps, v_north_mps                            1/4 m/s
10  161    2       track_number                                       12 bits
11  170    1+      tentative, track_ended, extrapolated (0 no, 1-3 why),
                   smoothed; second octet skipped; ghost
12  060    2       squawk with validated, garbled, smoothed           octal
13  220    3       icao24                                             6 hex digits
14  245    7       callsign, callsign_kind                            6-bit characters
15  250    1+8n    bds: (register, 7 octets) each
16  300    1       fleet: what kind of vehicle
17  090    2       baro_alt_m with validated, garbled                 1/4 FL
18  091    2       height_m: above the local plane                    6.25 ft
19  270    1+      length_m, orientation_deg, width_m                 1 m, 360/2^7 deg, 1 m
20  550    1       system: 0 operational, 1 degraded, 2 no-go; overload, time_source_invalid
21  310    1       pre-programmed message, skipped
22  500    4       sd_x_m, sd_y_m, covariance_m2                      1/4 m, 1/4 m, 1/4 m²
23  280    1+2n    presence (extent of a primary plot), skipped
24  131    1       amplitude: of a primary plot, no unit
25  210    2       acceleration, skipped
27  SP, 28 RE      own length, skipped

Everything that has a field is written too.

Source: EUROCONTROL-SPEC-0149-7, CAT010 edition 1.1, sections 5.2 and 5.3.
"""

from typing import Final

from msgspec import Struct

from vedette.core.units import FT_M, NM_M
from vedette.wire.asterix.fields import (
    TURN,
    Scale,
    address,
    bds,
    identification,
    level,
    octet,
    pair,
    scaled,
    signed,
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

TARGET_REPORT: Final = 1
START_OF_UPDATE_CYCLE: Final = 2
PERIODIC_STATUS: Final = 3
EVENT_STATUS: Final = 4
_WGS84: Final = Scale("i", 180 / 2**31)
_METRE: Final = Scale("h", 1.0)
_SPEED: Final = Scale("H", NM_M / 16384)
_VELOCITY: Final = Scale("h", 0.25)
_SD_LSB_M: Final = 0.25
_ORIENTATION_LSB_DEG: Final = 360 / 128


class Cat010(Struct):
    """One CAT010 record; None is what it does not carry."""

    sac: int | None = None
    sic: int | None = None
    message: int | None = None
    kind: int | None = None
    ground_bit: bool | None = None
    corrupted: bool | None = None
    simulated: bool | None = None
    test: bool | None = None
    field_monitor: bool | None = None
    target_kind: int | None = None
    time_s: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    range_m: float | None = None
    azimuth_deg: float | None = None
    x_m: float | None = None
    y_m: float | None = None
    ground_speed_mps: float | None = None
    track_deg: float | None = None
    v_east_mps: float | None = None
    v_north_mps: float | None = None
    track_number: int | None = None
    tentative: bool | None = None
    track_ended: bool | None = None
    extrapolated: int | None = None
    smoothed: bool | None = None
    ghost: bool | None = None
    squawk: str | None = None
    squawk_validated: bool | None = None
    squawk_garbled: bool | None = None
    squawk_smoothed: bool | None = None
    icao24: str | None = None
    callsign: str | None = None
    callsign_kind: int | None = None
    bds: list[tuple[int, bytes]] | None = None
    fleet: int | None = None
    baro_alt_m: float | None = None
    baro_validated: bool | None = None
    baro_garbled: bool | None = None
    height_m: float | None = None
    length_m: float | None = None
    orientation_deg: float | None = None
    width_m: float | None = None
    system: int | None = None
    overload: bool | None = None
    time_source_invalid: bool | None = None
    sd_x_m: float | None = None
    sd_y_m: float | None = None
    covariance_m2: float | None = None
    amplitude: int | None = None


def _read_020(data: bytes, at: int, out: Cat010) -> int:
    first = data[at]
    out.kind = first >> 5
    out.ground_bit = bool(first & 4)
    out.corrupted = bool(first & 2)
    if not first & 1:
        return at + 1
    second = data[at + 1]
    out.simulated = bool(second & 0x80)
    out.test = bool(second & 0x40)
    out.field_monitor = bool(second & 0x20)
    out.target_kind = second >> 1 & 3
    return extended_end(data, at + 1)


def _write_020(out: Cat010) -> bytes | None:
    if out.kind is None:
        return None
    octets = [out.kind << 5 | bool(out.ground_bit) << 2 | bool(out.corrupted) << 1]
    if out.simulated is not None:
        second = out.simulated << 7 | bool(out.test) << 6 | bool(out.field_monitor) << 5
        octets.append(second | (out.target_kind or 0) << 1)
    return chained(octets)


def _read_170(data: bytes, at: int, out: Cat010) -> int:
    first = data[at]
    out.tentative = bool(first & 0x80)
    out.track_ended = bool(first & 0x40)
    out.extrapolated = first >> 4 & 3
    out.smoothed = bool(first & 2)
    end = extended_end(data, at)
    if end - at >= 3:
        out.ghost = bool(data[at + 2] & 0x80)
    return end


def _write_170(out: Cat010) -> bytes | None:
    if out.tentative is None:
        return None
    first = out.tentative << 7 | bool(out.track_ended) << 6 | (out.extrapolated or 0) << 4
    octets = [first | bool(out.smoothed) << 1]
    if out.ghost is not None:
        octets += [0, out.ghost << 7]
    return chained(octets)


def _read_270(data: bytes, at: int, out: Cat010) -> int:
    end = extended_end(data, at)
    out.length_m = float(data[at] >> 1)
    if end - at >= 2:
        out.orientation_deg = (data[at + 1] >> 1) * _ORIENTATION_LSB_DEG
    if end - at >= 3:
        out.width_m = float(data[at + 2] >> 1)
    return end


def _write_270(out: Cat010) -> bytes | None:
    if out.length_m is None:
        return None
    octets = [round(out.length_m) << 1]
    if out.orientation_deg is not None:
        octets.append(round(out.orientation_deg / _ORIENTATION_LSB_DEG) % 128 << 1)
        if out.width_m is not None:
            octets.append(round(out.width_m) << 1)
    return chained(octets)


def _read_550(data: bytes, at: int, out: Cat010) -> int:
    status = data[at]
    out.system = status >> 6
    out.overload = bool(status & 0x20)
    out.time_source_invalid = bool(status & 0x10)
    return at + 1


def _write_550(out: Cat010) -> bytes | None:
    if out.system is None:
        return None
    return bytes([out.system << 6 | bool(out.overload) << 5 | bool(out.time_source_invalid) << 4])


def _read_500(data: bytes, at: int, out: Cat010) -> int:
    out.sd_x_m = data[at] * _SD_LSB_M
    out.sd_y_m = data[at + 1] * _SD_LSB_M
    out.covariance_m2 = signed(16, data[at + 2 : at + 4]) * _SD_LSB_M
    return at + 4


def _write_500(out: Cat010) -> bytes | None:
    if out.sd_x_m is None or out.sd_y_m is None:
        return None
    deviations = bytes((round(out.sd_x_m / _SD_LSB_M), round(out.sd_y_m / _SD_LSB_M)))
    return deviations + signed_code((out.covariance_m2 or 0.0) / _SD_LSB_M, 16).to_bytes(2, "big")


PROFILE: Final = Profile[Cat010](
    "CAT010",
    (
        source("I010/010"),
        octet("I010/000", "message"),
        Item("I010/020", _read_020, _write_020),
        time_of_day("I010/140"),
        pair("I010/041", ("lat_deg", "lon_deg"), (_WGS84, _WGS84)),
        pair("I010/040", ("range_m", "azimuth_deg"), (Scale("H", 1.0), TURN)),
        pair("I010/042", ("x_m", "y_m"), (_METRE, _METRE)),
        pair("I010/200", ("ground_speed_mps", "track_deg"), (_SPEED, TURN)),
        pair("I010/202", ("v_east_mps", "v_north_mps"), (_VELOCITY, _VELOCITY)),
        track("I010/161"),
        Item("I010/170", _read_170, _write_170),
        squawk("I010/060"),
        address("I010/220"),
        identification("I010/245"),
        bds("I010/250"),
        octet("I010/300", "fleet"),
        level("I010/090"),
        scaled("I010/091", "height_m", Scale("h", 6.25 * FT_M)),
        Item("I010/270", _read_270, _write_270),
        Item("I010/550", _read_550, _write_550),
        Item("I010/310", skip(1)),
        Item("I010/500", _read_500, _write_500),
        Item("I010/280", skip_repetitive(2)),
        octet("I010/131", "amplitude"),
        Item("I010/210", skip(2)),
        None,
        Item("I010/SP", skip_explicit),
        Item("I010/RE", skip_explicit),
    ),
)
