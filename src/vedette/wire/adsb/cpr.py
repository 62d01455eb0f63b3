"""Compact position reporting: 17 bits of latitude and longitude within zones that come in two sizes.

An even and an odd message of one target tell together where it is; one message alone tells it
beside a place that is known to be near (180 NM airborne, 45 NM on the surface).

    zones        60 (even) and 59 (odd) from pole to pole and back; on the surface four times as many
    NL(lat)      how many longitude zones a latitude has, 59 at the equator to 1 at the poles
    lat, lon     fractions of a zone, in 2^-17

Source: RTCA DO-260B, appendix A.1.7; ICAO Doc 9871, C.2.6.
"""

import math
from bisect import bisect_left
from typing import Final

STEPS: Final = 1 << 17
AIRBORNE_DEG: Final = 360.0
SURFACE_DEG: Final = 90.0

Position = tuple[float, float]  # latitude, longitude, degrees


def _transition_latitudes() -> list[float]:
    """Where NL falls by one, from the equator up, in degrees."""
    a = 1 - math.cos(math.pi / 30)
    squares = [a / (1 - math.cos(2 * math.pi / zones)) for zones in range(59, 2, -1)]
    return [*(math.degrees(math.acos(math.sqrt(square))) for square in squares), 87.0]


EDGES: Final = _transition_latitudes()


def longitude_zones(lat_deg: float) -> int:
    """NL: how many longitude zones there are at a latitude."""
    return 59 - bisect_left(EDGES, abs(lat_deg))


def encode(lat_deg: float, lon_deg: float, *, odd: bool, span_deg: float = AIRBORNE_DEG) -> tuple[int, int]:
    """Latitude and longitude as 17 bits each.

    span_deg  AIRBORNE_DEG or SURFACE_DEG
    """
    zone_lat = span_deg / (60 - odd)
    y = math.floor(STEPS * (lat_deg % zone_lat) / zone_lat + 0.5)
    sent_lat = zone_lat * (y / STEPS + math.floor(lat_deg / zone_lat))
    zone_lon = span_deg / max(longitude_zones(sent_lat) - odd, 1)
    x = math.floor(STEPS * (lon_deg % zone_lon) / zone_lon + 0.5)
    return y % STEPS, x % STEPS


def decode_near(
    lat: int, lon: int, reference: Position, *, odd: bool, span_deg: float = AIRBORNE_DEG
) -> Position:
    """The place nearest to `reference` that one message can mean."""
    zone_lat = span_deg / (60 - odd)
    y = lat / STEPS
    lat_deg = zone_lat * (math.floor(0.5 + reference[0] / zone_lat - y) + y)
    zone_lon = span_deg / max(longitude_zones(lat_deg) - odd, 1)
    x = lon / STEPS
    lon_deg = zone_lon * (math.floor(0.5 + reference[1] / zone_lon - x) + x)
    return lat_deg, _wrapped(lon_deg)


def decode_pair(even: tuple[int, int], odd: tuple[int, int], *, newest_odd: bool) -> Position | None:
    """The place of the newest of two airborne messages, or None where they do not fit together."""
    pair = _latitudes(even[0], odd[0], AIRBORNE_DEG)
    lat_even, lat_odd = (lat - 360 if lat >= 270 else lat for lat in pair)
    if abs(lat_even) > 90 or abs(lat_odd) > 90:
        return None
    zones = longitude_zones(lat_even)
    if zones != longitude_zones(lat_odd):
        return None
    lon_deg = _longitude(even[1], odd[1], zones, AIRBORNE_DEG, newest_odd=newest_odd)
    return (lat_odd if newest_odd else lat_even), _wrapped(lon_deg)


def decode_surface_pair(
    even: tuple[int, int], odd: tuple[int, int], reference: Position, *, newest_odd: bool
) -> Position | None:
    """The place of the newest of two surface messages, in the quarter of the world near `reference`."""
    lat_even, lat_odd = _latitudes(even[0], odd[0], SURFACE_DEG)
    if reference[0] < (lat_odd if newest_odd else lat_even) - 45:
        lat_even, lat_odd = lat_even - 90, lat_odd - 90
    zones = longitude_zones(lat_even)
    if abs(lat_even) > 90 or abs(lat_odd) > 90 or zones != longitude_zones(lat_odd):
        return None
    lon_deg = _longitude(even[1], odd[1], zones, SURFACE_DEG, newest_odd=newest_odd)
    lon_deg += 90 * math.floor(0.5 + (reference[1] - lon_deg) / 90)
    return (lat_odd if newest_odd else lat_even), _wrapped(lon_deg)


def _latitudes(even: int, odd: int, span_deg: float) -> tuple[float, float]:
    """Both latitudes from the south edge of the span."""
    index = math.floor((59 * even - 60 * odd) / STEPS + 0.5)
    return span_deg / 60 * (index % 60 + even / STEPS), span_deg / 59 * (index % 59 + odd / STEPS)


def _longitude(even: int, odd: int, zones: int, span_deg: float, *, newest_odd: bool) -> float:
    index = math.floor((even * (zones - 1) - odd * zones) / STEPS + 0.5)
    count = max(zones - newest_odd, 1)
    return span_deg / count * (index % count + (odd if newest_odd else even) / STEPS)


def _wrapped(lon_deg: float) -> float:
    """The same meridian within -180 (included) to 180 degrees."""
    return (lon_deg + 180) % 360 - 180
