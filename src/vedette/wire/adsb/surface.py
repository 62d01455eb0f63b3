"""Surface position, type codes 5 to 8.

    bits 1-5    type code
    bits 6-12   movement: ground speed in steps that grow with it
    bit  13     track is valid
    bits 14-20  track, 360/128 degrees
    bit  21     time is a whole UTC 0.2 s
    bit  22     0 even, 1 odd
    bits 23-39  latitude, CPR of 90 degrees
    bits 40-56  longitude, CPR of 90 degrees

Source: RTCA DO-260B, 2.2.3.2.4 and table 2-22; ICAO Doc 9871, table A-2-6.
"""

from bisect import bisect_right
from typing import Final, NamedTuple

from vedette.core.units import KT_MPS
from vedette.wire.adsb import cpr
from vedette.wire.adsb.frame import ON_GROUND_CA, extended_squitter

# (first code, speed there in knots, step in knots)
_MOVEMENT: Final = (
    (1, 0.0, 0.125),
    (9, 1.0, 0.25),
    (13, 2.0, 0.5),
    (39, 15.0, 1.0),
    (94, 70.0, 2.0),
    (109, 100.0, 5.0),
)
_MOVEMENT_LAST: Final = 123  # 124 is "faster than 175 kt", which is no speed
_FIRST_CODES: Final = [first for first, _, _ in _MOVEMENT]
_FIRST_SPEEDS: Final = [speed for _, speed, _ in _MOVEMENT]


class SurfacePosition(NamedTuple):
    """lat and lon are CPR, 17 bits; speed and track None where the sender did not say."""

    odd: int
    lat: int
    lon: int
    speed_mps: float | None
    track_deg: float | None


def decode(me: int) -> SurfacePosition:
    """Read the 56 bits."""
    return SurfacePosition(
        me >> 34 & 1,
        me >> 17 & 0x1FFFF,
        me & 0x1FFFF,
        movement_mps(me >> 44 & 0x7F),
        (me >> 36 & 0x7F) * 360 / 128 if me >> 43 & 1 else None,
    )


def movement_mps(code: int) -> float | None:
    """Ground speed of a movement code, or None where it has none."""
    if not 1 <= code <= _MOVEMENT_LAST:
        return None
    first, speed_kt, step_kt = _MOVEMENT[bisect_right(_FIRST_CODES, code) - 1]
    return (speed_kt + (code - first) * step_kt) * KT_MPS


def movement_code(speed_mps: float | None) -> int:
    """The movement code nearest to a ground speed; 0 where it is unknown."""
    if speed_mps is None:
        return 0
    speed_kt = speed_mps / KT_MPS
    if speed_kt > 175:
        return 124
    first, from_kt, step_kt = _MOVEMENT[bisect_right(_FIRST_SPEEDS, speed_kt) - 1]
    return first + round((speed_kt - from_kt) / step_kt)


def encode(
    lat_deg: float,
    lon_deg: float,
    *,
    odd: bool,
    speed_mps: float | None = None,
    track_deg: float | None = None,
    type_code: int = 7,
) -> int:
    """The 56 bits."""
    lat, lon = cpr.encode(lat_deg, lon_deg, odd=odd, span_deg=cpr.SURFACE_DEG)
    me = type_code << 51 | movement_code(speed_mps) << 44 | odd << 34 | lat << 17 | lon
    if track_deg is not None:
        me |= 1 << 43 | (round(track_deg * 128 / 360) & 0x7F) << 36
    return me


def encode_surface_position(
    icao: int,
    lat_deg: float,
    lon_deg: float,
    *,
    odd: bool,
    speed_mps: float | None = None,
    track_deg: float | None = None,
) -> bytes:
    """A whole DF 17 message of 14 bytes."""
    me = encode(lat_deg, lon_deg, odd=odd, speed_mps=speed_mps, track_deg=track_deg)
    return extended_squitter(icao, me, capability=ON_GROUND_CA)
