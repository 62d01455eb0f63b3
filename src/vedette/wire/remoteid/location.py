"""Location and vector: 25 bytes.

    byte 0     type 1 << 4 | version
    byte 1     status << 4 | height over ground << 2 | direction + 180 << 1 | speed multiplier
    byte 2     direction over ground, degrees from true north, less the 180 of byte 1; 361 unknown
    byte 3     speed: 0.25 m/s, or with the multiplier 0.75 m/s up from 63.75; 255 m/s unknown
    byte 4     climb, int8, 0.5 m/s; 63 m/s unknown
    bytes 5-8  latitude, 9-12 longitude
    13-14      pressure altitude     15-16 height above the ellipsoid
    17-18      height over the take-off place, or over ground
    byte 19    class of height accuracy << 4 | of horizontal accuracy
    byte 20    class of pressure altitude accuracy << 4 | of speed accuracy
    21-22      time, 0.1 s after the full UTC hour; above 36000 unknown
    byte 23    accuracy of the time, 0.1 s
    byte 24    reserved

Status: 0 undeclared, 1 on the ground, 2 airborne, 3 emergency, 4 the Remote ID system failed.

Source: ASTM F3411-22a, 5.4.5.7; ASD-STAN EN 4709-002.
"""

import struct
from typing import Final, NamedTuple

from vedette.wire.remoteid import accuracy
from vedette.wire.remoteid.fields import head, height_code, height_m, place, place_code

TYPE: Final = 1
LAYOUT: Final = struct.Struct("<BBBBbiiHHHBBHBB")
UNDECLARED, GROUND, AIRBORNE, EMERGENCY, SYSTEM_FAILURE = range(5)

_DIRECTION_UNKNOWN: Final = 361
_CLIMB_UNKNOWN: Final = 126
_SPEED_UNKNOWN: Final = 255
SLOW_STEP_MPS, FAST_STEP_MPS = 0.25, 0.75
FAST_FROM_MPS: Final = 255 * SLOW_STEP_MPS
TIME_LAST: Final = 36_000
_TIME_UNKNOWN: Final = 0xFFFF


class Location(NamedTuple):
    """What the message tells; None where the sender did not.

    place          latitude and longitude, degrees
    direction_deg  over ground, clockwise from true north
    height_m       over the take-off place, or over ground where height_over_ground
    hour_s         seconds after the full UTC hour
    *_sd_*         one standard deviation, one axis
    """

    status: int = UNDECLARED
    place: tuple[float, float] | None = None
    direction_deg: float | None = None
    speed_mps: float | None = None
    v_up_mps: float | None = None
    baro_alt_m: float | None = None
    alt_m: float | None = None
    height_m: float | None = None
    height_over_ground: bool = False
    position_sd_m: float | None = None
    alt_sd_m: float | None = None
    baro_alt_sd_m: float | None = None
    velocity_sd_mps: float | None = None
    hour_s: float | None = None
    hour_accuracy_s: float | None = None


def decode(message: bytes) -> Location:
    """Read one message of 25 bytes."""
    (_, flags, direction, speed, climb, lat, lon, baro, alt, height, acc, acc_2, time, time_acc, _) = (
        LAYOUT.unpack(message)
    )
    degrees = direction + (180 if flags & 2 else 0)
    return Location(
        status=flags >> 4,
        place=place(lat, lon),
        direction_deg=degrees % 360 if degrees < _DIRECTION_UNKNOWN else None,
        speed_mps=_speed_mps(speed, flags & 1),
        v_up_mps=None if climb == _CLIMB_UNKNOWN else climb * 0.5,
        baro_alt_m=height_m(baro),
        alt_m=height_m(alt),
        height_m=height_m(height),
        height_over_ground=bool(flags & 4),
        position_sd_m=accuracy.position_sd_m(acc & 0xF),
        alt_sd_m=accuracy.height_sd_m(acc >> 4),
        baro_alt_sd_m=accuracy.height_sd_m(acc_2 >> 4),
        velocity_sd_mps=accuracy.velocity_sd_mps(acc_2 & 0xF),
        hour_s=time / 10 if time <= TIME_LAST else None,
        hour_accuracy_s=(time_acc & 0xF) / 10 if time_acc & 0xF else None,
    )


def _speed_mps(code: int, fast: int) -> float | None:
    if code == _SPEED_UNKNOWN and fast:
        return None
    return FAST_FROM_MPS + code * FAST_STEP_MPS if fast else code * SLOW_STEP_MPS


def encode(location: Location) -> bytes:
    """One message. A speed beyond 254.25 m/s is sent as that, a climb beyond 62 m/s too."""
    degrees = _DIRECTION_UNKNOWN
    if location.direction_deg is not None:
        degrees = round(location.direction_deg) % 360
    east = degrees < 180
    speed, fast = _speed_code(location.speed_mps)
    flags = location.status << 4 | location.height_over_ground << 2 | (not east) << 1 | fast
    climb = location.v_up_mps
    hour_s, time_acc_s = location.hour_s, location.hour_accuracy_s
    return LAYOUT.pack(
        head(TYPE),
        flags,
        degrees if east else degrees - 180,
        speed,
        _CLIMB_UNKNOWN if climb is None else round(min(max(climb, -62.0), 62.0) * 2),
        *place_code(location.place),
        height_code(location.baro_alt_m),
        height_code(location.alt_m),
        height_code(location.height_m),
        accuracy.height_class(location.alt_sd_m) << 4 | accuracy.position_class(location.position_sd_m),
        accuracy.height_class(location.baro_alt_sd_m) << 4
        | accuracy.velocity_class(location.velocity_sd_mps),
        _TIME_UNKNOWN if hour_s is None else round(hour_s * 10) % TIME_LAST,
        0 if time_acc_s is None else min(max(round(time_acc_s * 10), 1), 15),
        0,
    )


def _speed_code(speed_mps: float | None) -> tuple[int, int]:
    if speed_mps is None:
        return _SPEED_UNKNOWN, 1
    if speed_mps <= FAST_FROM_MPS:
        return round(speed_mps / SLOW_STEP_MPS), 0
    return min(round((speed_mps - FAST_FROM_MPS) / FAST_STEP_MPS), 254), 1
