"""System: 25 bytes; where the operator stands and what the flight is.

    byte 0     type 4 << 4 | version
    byte 1     classification << 2 | what the place is: 0 take-off, 1 live, 2 fixed
    bytes 2-5  latitude of the operator, 6-9 longitude
    10-11      aircraft in the area; byte 12 its radius, 10 m
    13-14      ceiling of the area, 15-16 its floor, above the ellipsoid
    byte 17    EU category << 4 | EU class, where classification is 1
    18-19      height of the operator above the ellipsoid
    20-23      time, seconds since 2019-01-01 00:00 UTC; 0 unknown
    byte 24    reserved

EU category: 1 open, 2 specific, 3 certified. EU class: 1 is C0, … 7 is C6.

Source: ASTM F3411-22a, 5.4.5.10; ASD-STAN EN 4709-002.
"""

import struct
from typing import Final, NamedTuple

from vedette.wire.remoteid.fields import head, height_code, height_m, place, place_code

TYPE: Final = 4
LAYOUT: Final = struct.Struct("<BBiiHBHHBHIB")
TAKE_OFF, LIVE, FIXED = range(3)
RADIUS_STEP_M: Final = 10
EPOCH_NS: Final = 1_546_300_800 * 1_000_000_000  # 2019-01-01


class System(NamedTuple):
    """What the message tells; None where the sender did not."""

    place: tuple[float, float] | None = None
    place_type: int = TAKE_OFF
    alt_m: float | None = None
    area_count: int = 1
    area_radius_m: int = 0
    area_ceiling_m: float | None = None
    area_floor_m: float | None = None
    classification: int = 0
    eu_category: int = 0
    eu_class: int = 0
    time_ns: int | None = None


def decode(message: bytes) -> System:
    """Read one message of 25 bytes."""
    _, flags, lat, lon, count, radius, ceiling, floor, eu, alt, time_s, _ = LAYOUT.unpack(message)
    return System(
        place=place(lat, lon),
        place_type=flags & 3,
        alt_m=height_m(alt),
        area_count=count,
        area_radius_m=radius * RADIUS_STEP_M,
        area_ceiling_m=height_m(ceiling),
        area_floor_m=height_m(floor),
        classification=flags >> 2 & 7,
        eu_category=eu >> 4,
        eu_class=eu & 0xF,
        time_ns=EPOCH_NS + time_s * 1_000_000_000 if time_s else None,
    )


def encode(system: System) -> bytes:
    """One message."""
    time_s = 0 if system.time_ns is None else (system.time_ns - EPOCH_NS) // 1_000_000_000
    return LAYOUT.pack(
        head(TYPE),
        system.classification << 2 | system.place_type,
        *place_code(system.place),
        system.area_count,
        min(round(system.area_radius_m / RADIUS_STEP_M), 255),
        height_code(system.area_ceiling_m),
        height_code(system.area_floor_m),
        system.eu_category << 4 | system.eu_class,
        height_code(system.alt_m),
        time_s & 0xFFFFFFFF,
        0,
    )
