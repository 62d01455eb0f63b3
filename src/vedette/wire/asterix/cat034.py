"""CAT034, monoradar service messages: north markers, sector crossings, the radar's own state.

FRN item   octets  field                                              unit of the last bit
 1  010    2       sac, sic                                           1
 2  000    1       message (1 north marker, 2 sector crossing,
                   3 geographical filtering, 4-7 strobes, storms)
 3  030    3       time_s: UTC since midnight                         1/128 s
 4  020    1       sector_deg                                         360/2^8 deg
 5  041    2       period_s: one turn of the antenna                  1/128 s
 6  050    1+      no_go, overload, time_source_invalid of the common
                   part; PSR, SSR and Mode S parts skipped
 7  060    1+      processing modes, skipped
 8  070    1+2n    counts: (kind, count) since the last message       5 and 11 bits
 9  100    8       polar window, skipped
10  110    1       data filter, skipped
11  120    8       alt_m, lat_deg, lon_deg of the radar, WGS-84       1 m, 180/2^23 deg
12  090    2       range_bias_m, azimuth_bias_deg: collimation        1/128 NM, 360/2^14 deg
13  RE, 14 SP      own length, skipped

Everything that has a field is written too.

Source: EUROCONTROL-SPEC-0149-2b, CAT034 edition 1.29, sections 5.2 and 5.3.
"""

from typing import Final

from msgspec import Struct

from vedette.core.units import NM_M
from vedette.wire.asterix.fields import (
    WGS84_LSB_DEG,
    Scale,
    octet,
    pair,
    scaled,
    signed,
    signed_code,
    source,
    time_of_day,
)
from vedette.wire.asterix.items import Item, Profile, skip, skip_explicit

NORTH_MARKER: Final = 1
SECTOR_CROSSING: Final = 2
_SECTOR_LSB_DEG: Final = 360 / 256


class Cat034(Struct):
    """One CAT034 record; None is what it does not carry."""

    sac: int | None = None
    sic: int | None = None
    message: int | None = None
    time_s: float | None = None
    sector_deg: float | None = None
    period_s: float | None = None
    no_go: bool | None = None
    overload: bool | None = None
    time_source_invalid: bool | None = None
    counts: list[tuple[int, int]] | None = None
    alt_m: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    range_bias_m: float | None = None
    azimuth_bias_deg: float | None = None


def _read_020(data: bytes, at: int, out: Cat034) -> int:
    out.sector_deg = data[at] * _SECTOR_LSB_DEG
    return at + 1


def _write_020(out: Cat034) -> bytes | None:
    return None if out.sector_deg is None else bytes([round(out.sector_deg / _SECTOR_LSB_DEG) % 256])


def _read_050_common(data: bytes, at: int, out: Cat034) -> int:
    octet = data[at]
    out.no_go = bool(octet & 0x80)
    out.overload = bool(octet & 0x18)
    out.time_source_invalid = bool(octet & 2)
    return at + 1


def _write_050_common(out: Cat034) -> bytes | None:
    if out.no_go is None:
        return None
    return bytes([out.no_go << 7 | bool(out.overload) << 4 | bool(out.time_source_invalid) << 1])


_STATUS: Final = Profile[Cat034](
    "I034/050",
    (
        Item("I034/050#1", _read_050_common, _write_050_common),
        None,
        None,
        Item("I034/050#4", skip(1)),
        Item("I034/050#5", skip(1)),
        Item("I034/050#6", skip(2)),
    ),
)
_MODES: Final = Profile[Cat034](
    "I034/060",
    (
        Item("I034/060#1", skip(1)),
        None,
        None,
        Item("I034/060#4", skip(1)),
        Item("I034/060#5", skip(1)),
        Item("I034/060#6", skip(1)),
    ),
)


def _read_070(data: bytes, at: int, out: Cat034) -> int:
    end = at + 1 + 2 * data[at]
    words = [data[i] << 8 | data[i + 1] for i in range(at + 1, end, 2)]
    out.counts = [(word >> 11, word & 0x7FF) for word in words]
    return end


def _write_070(out: Cat034) -> bytes | None:
    if out.counts is None:
        return None
    words = [(kind << 11 | count).to_bytes(2, "big") for kind, count in out.counts]
    return bytes([len(words)]) + b"".join(words)


def _read_120(data: bytes, at: int, out: Cat034) -> int:
    out.alt_m = float(signed(16, data[at : at + 2]))
    out.lat_deg = signed(24, data[at + 2 : at + 5]) * WGS84_LSB_DEG
    out.lon_deg = signed(24, data[at + 5 : at + 8]) * WGS84_LSB_DEG
    return at + 8


def _write_120(out: Cat034) -> bytes | None:
    if out.alt_m is None or out.lat_deg is None or out.lon_deg is None:
        return None
    height = signed_code(out.alt_m, 16).to_bytes(2, "big")
    position = (
        signed_code(angle / WGS84_LSB_DEG, 24).to_bytes(3, "big") for angle in (out.lat_deg, out.lon_deg)
    )
    return height + b"".join(position)


PROFILE: Final = Profile[Cat034](
    "CAT034",
    (
        source("I034/010"),
        octet("I034/000", "message"),
        time_of_day("I034/030"),
        Item("I034/020", _read_020, _write_020),
        scaled("I034/041", "period_s", Scale("H", 1 / 128)),
        Item("I034/050", _STATUS.read, _STATUS.write),
        Item("I034/060", _MODES.read, _MODES.write),
        Item("I034/070", _read_070, _write_070),
        Item("I034/100", skip(8)),
        Item("I034/110", skip(1)),
        Item("I034/120", _read_120, _write_120),
        pair(
            "I034/090",
            ("range_bias_m", "azimuth_bias_deg"),
            (Scale("b", NM_M / 128), Scale("b", 360 / 16384)),
        ),
        Item("I034/RE", skip_explicit),
        Item("I034/SP", skip_explicit),
    ),
)
