"""Airborne velocity, type code 19.

    bits 6-8    subtype: 1, 2 over ground; 3, 4 through the air; 2 and 4 in steps of 4 kt
    bits 11-13  NACv
    over ground:
    bit  14     to the west       bits 15-24  1 + speed east or west, kt; 0 unknown
    bit  25     to the south      bits 26-35  1 + speed north or south, kt; 0 unknown
    through the air (heading is magnetic or true, so it gives no velocity over ground):
    bit  14     heading valid     bits 15-24  heading, 360/1024 degrees
    bit  25     true airspeed     bits 26-35  1 + airspeed, kt; 0 unknown
    both:
    bit  36     vertical rate from pressure (1) or GNSS (0)
    bit  37     downwards         bits 38-46  1 + rate, 64 ft/min; 0 unknown
    bit  49     GNSS below pressure altitude
    bits 50-56  1 + difference, 25 ft; 0 unknown

The last code of each field says "more than", which is no value.

Source: RTCA DO-260B, 2.2.3.2.6; ICAO Doc 9871, tables A-2-9a and A-2-9b.
"""

from typing import NamedTuple

from vedette.core.units import FT_M, FT_PER_MIN_MPS, KT_MPS
from vedette.wire.adsb.accuracy import NACV_SD_MPS
from vedette.wire.adsb.frame import extended_squitter


class Velocity(NamedTuple):
    """What the message tells; None where the sender did not.

    v_east_mps, v_north_mps  over ground
    v_up_mps                 up
    velocity_sd_mps          horizontal, one axis
    alt_above_baro_m         height above the ellipsoid minus pressure altitude
    """

    v_east_mps: float | None
    v_north_mps: float | None
    v_up_mps: float | None
    velocity_sd_mps: float | None
    alt_above_baro_m: float | None


def decode(me: int) -> Velocity | None:
    """Read the 56 bits, or None for a subtype that does not exist."""
    subtype = me >> 48 & 7
    if not 1 <= subtype <= 4:
        return None
    east = north = None
    if subtype <= 2:
        knot = KT_MPS if subtype == 1 else 4 * KT_MPS
        east = _signed(me >> 42 & 1, me >> 32 & 0x3FF, 0x3FF, knot)
        north = _signed(me >> 31 & 1, me >> 21 & 0x3FF, 0x3FF, knot)
        if east is None or north is None:
            east = north = None
    up = _signed(me >> 19 & 1, me >> 10 & 0x1FF, 0x1FF, 64 * FT_PER_MIN_MPS)
    difference = _signed(me >> 7 & 1, me & 0x7F, 0x7F, 25 * FT_M)
    return Velocity(east, north, up, NACV_SD_MPS[me >> 43 & 7], difference)


def _signed(negative: int, code: int, more_than: int, step: float) -> float | None:
    """1 + steps, with a sign of its own; None for unknown and for "more than"."""
    if code in (0, more_than):
        return None
    return (1 - code if negative else code - 1) * step


def encode(
    v_east_mps: float | None,
    v_north_mps: float | None,
    v_up_mps: float | None,
    *,
    nac_v: int = 2,
    alt_above_baro_m: float | None = None,
) -> int:
    """The 56 bits, subtype 1, or 2 where the speed is above 1,021 kt."""
    fast = max(abs(v_east_mps or 0), abs(v_north_mps or 0)) > 1021 * KT_MPS
    knot = 4 * KT_MPS if fast else KT_MPS
    west, east = _coded(v_east_mps, knot, 0x3FF)
    south, north = _coded(v_north_mps, knot, 0x3FF)
    down, up = _coded(v_up_mps, 64 * FT_PER_MIN_MPS, 0x1FF)
    below, above = _coded(alt_above_baro_m, 25 * FT_M, 0x7F)
    me = 19 << 51 | (2 if fast else 1) << 48 | nac_v << 43
    me |= west << 42 | east << 32 | south << 31 | north << 21
    return me | down << 19 | up << 10 | below << 7 | above


def _coded(value: float | None, step: float, more_than: int) -> tuple[int, int]:
    """Sign and code of a value."""
    if value is None:
        return 0, 0
    steps = round(abs(value) / step)
    return int(value < 0 and steps > 0), min(steps + 1, more_than)


def encode_velocity(
    icao: int,
    v_east_mps: float | None,
    v_north_mps: float | None,
    v_up_mps: float | None,
    *,
    nac_v: int = 2,
    alt_above_baro_m: float | None = None,
) -> bytes:
    """A whole DF 17 message of 14 bytes."""
    me = encode(v_east_mps, v_north_mps, v_up_mps, nac_v=nac_v, alt_above_baro_m=alt_above_baro_m)
    return extended_squitter(icao, me)
