"""Airborne position, type codes 9 to 18 (pressure altitude) and 20 to 22 (height from GNSS).

    bits 1-5    type code
    bits 6-7    surveillance status
    bit  8      single antenna, or NIC supplement B
    bits 9-20   altitude, 12-bit code (see altitude)
    bit  21     time is a whole UTC 0.2 s
    bit  22     0 even, 1 odd
    bits 23-39  latitude, CPR
    bits 40-56  longitude, CPR

Source: RTCA DO-260B, 2.2.3.2.3; ICAO Doc 9871, table A-2-5.
"""

from typing import NamedTuple

from vedette.core.units import FT_M
from vedette.wire.adsb import altitude, cpr
from vedette.wire.adsb.frame import extended_squitter


class AirbornePosition(NamedTuple):
    """lat and lon are CPR, 17 bits; heights in metres, None where the sender did not say."""

    odd: int
    lat: int
    lon: int
    baro_alt_m: float | None
    alt_m: float | None


def decode(me: int) -> AirbornePosition:
    """Read the 56 bits."""
    feet = altitude.decode_12(me >> 36 & 0xFFF)
    height_m = None if feet is None else feet * FT_M
    geometric = me >> 51 >= 20
    return AirbornePosition(
        me >> 34 & 1,
        me >> 17 & 0x1FFFF,
        me & 0x1FFFF,
        None if geometric else height_m,
        height_m if geometric else None,
    )


def encode(
    lat_deg: float, lon_deg: float, altitude_ft: float | None, *, odd: bool, type_code: int = 11
) -> int:
    """The 56 bits; type_code 9 to 18 for pressure altitude, 20 to 22 for height from GNSS."""
    lat, lon = cpr.encode(lat_deg, lon_deg, odd=odd)
    code = 0 if altitude_ft is None else altitude.encode_12(altitude_ft)
    return type_code << 51 | code << 36 | odd << 34 | lat << 17 | lon


def encode_position(
    icao: int, lat_deg: float, lon_deg: float, altitude_ft: float | None, *, odd: bool, type_code: int = 11
) -> bytes:
    """A whole DF 17 message of 14 bytes."""
    return extended_squitter(icao, encode(lat_deg, lon_deg, altitude_ft, odd=odd, type_code=type_code))
