"""Items that many categories carry in the same form, and items that are one or two plain numbers.

Each function returns an `Item` that reads into, and writes from, fields of these names:

    source       2 octets  sac, sic                                    I…/010
    time_of_day  3 octets  seconds since midnight, 1/128 s             I…/140, /030, /070, /071 …
    squawk       2 octets  V G L 0 then 12 bits: squawk, squawk_validated, squawk_garbled, squawk_smoothed
    level        2 octets  V G then 14 bits: baro_alt_m, baro_validated, baro_garbled
    address      3 octets  icao24
    callsign     6 octets  callsign;  identification: the same after an octet that says where it is from
    track        2 octets  track_number, 12 bits
    scaled       a number of one struct format character times its last bit
    pair         two numbers in a row

Source: EUROCONTROL-SPEC-149, parts 4, 7, 9 and 12, section 5.2 of each.
"""

import struct
from typing import Any, Final, NamedTuple

from vedette.core.units import FT_M
from vedette.wire.asterix.items import Item
from vedette.wire.asterix.values import DAY_S, OCTAL, callsign_octets, callsign_of

_LEVEL_LSB_M: Final = 25 * FT_M  # a quarter of a flight level
_word: Final = struct.Struct(">H").unpack_from


class Scale(NamedTuple):
    """How a number stands in bits: a struct format character and the unit of the last bit.

    wraps  a full turn is 2^16: writing takes the value modulo that
    """

    format: str
    lsb: float
    wraps: bool = False

    def code(self, value: float) -> int:
        """Value to bits."""
        code = round(value / self.lsb)
        return code % 65536 if self.wraps else code


TURN: Final = Scale("H", 360 / 65536, wraps=True)
WGS84_LSB_DEG: Final = 180 / 2**23  # of positions in 24 bits


def scaled(number: str, field: str, scale: Scale) -> Item[Any]:
    """Make an item of one number."""
    layout = struct.Struct(">" + scale.format)
    unpack, size, lsb = layout.unpack_from, layout.size, scale.lsb

    def read(data: bytes, at: int, out: Any) -> int:
        setattr(out, field, unpack(data, at)[0] * lsb)
        return at + size

    def write(out: Any) -> bytes | None:
        value = getattr(out, field)
        return None if value is None else layout.pack(scale.code(value))

    return Item(number, read, write)


def pair(number: str, fields: tuple[str, str], scales: tuple[Scale, Scale]) -> Item[Any]:
    """Make an item of two numbers in a row, both or none."""
    layout = struct.Struct(">" + scales[0].format + scales[1].format)
    unpack, size = layout.unpack_from, layout.size
    (first, second), (first_lsb, second_lsb) = fields, (scales[0].lsb, scales[1].lsb)

    def read(data: bytes, at: int, out: Any) -> int:
        one, two = unpack(data, at)
        setattr(out, first, one * first_lsb)
        setattr(out, second, two * second_lsb)
        return at + size

    def write(out: Any) -> bytes | None:
        one, two = getattr(out, first), getattr(out, second)
        if one is None or two is None:
            return None
        return layout.pack(scales[0].code(one), scales[1].code(two))

    return Item(number, read, write)


def _read_source(data: bytes, at: int, out: Any) -> int:
    out.sac = data[at]
    out.sic = data[at + 1]
    return at + 2


def _write_source(out: Any) -> bytes | None:
    return None if out.sac is None or out.sic is None else bytes((out.sac, out.sic))


def source(number: str) -> Item[Any]:
    """Make the item that names the sender: system area code, system identification code."""
    return Item(number, _read_source, _write_source)


def time_of_day(number: str, field: str = "time_s") -> Item[Any]:
    """Make an item of seconds since midnight UTC."""

    def read(data: bytes, at: int, out: Any) -> int:
        setattr(out, field, (data[at] << 16 | data[at + 1] << 8 | data[at + 2]) / 128)
        return at + 3

    def write(out: Any) -> bytes | None:
        time_s = getattr(out, field)
        return None if time_s is None else (round(time_s * 128) % (DAY_S * 128)).to_bytes(3, "big")

    return Item(number, read, write)


def _read_squawk(data: bytes, at: int, out: Any) -> int:
    high = data[at]
    out.squawk = OCTAL[(high & 15) << 8 | data[at + 1]]
    out.squawk_validated = not high & 0x80
    out.squawk_garbled = bool(high & 0x40)
    out.squawk_smoothed = bool(high & 0x20)
    return at + 2


def _write_squawk(out: Any) -> bytes | None:
    if out.squawk is None:
        return None
    flags = (out.squawk_validated is False) << 2 | bool(out.squawk_garbled) << 1 | bool(out.squawk_smoothed)
    code = int(out.squawk, 8)
    if not 0 <= code < 4096:
        raise ValueError(f"squawk {out.squawk!r}")
    return (flags << 13 | code).to_bytes(2, "big")


def squawk(number: str) -> Item[Any]:
    """Make an item of a Mode-3/A code; the bit called L is CH in CAT062."""
    return Item(number, _read_squawk, _write_squawk)


def _read_level(data: bytes, at: int, out: Any) -> int:
    (word,) = _word(data, at)
    code = word & 0x3FFF
    out.baro_alt_m = (code - 0x4000 if code & 0x2000 else code) * _LEVEL_LSB_M
    out.baro_validated = not word & 0x8000
    out.baro_garbled = bool(word & 0x4000)
    return at + 2


def _write_level(out: Any) -> bytes | None:
    if out.baro_alt_m is None:
        return None
    flags = (out.baro_validated is False) << 15 | bool(out.baro_garbled) << 14
    return (flags | signed_code(out.baro_alt_m / _LEVEL_LSB_M, 14)).to_bytes(2, "big")


def level(number: str) -> Item[Any]:
    """Make an item of a flight level with its V and G bits."""
    return Item(number, _read_level, _write_level)


def _read_address(data: bytes, at: int, out: Any) -> int:
    out.icao24 = data[at : at + 3].hex().upper()
    return at + 3


def _write_address(out: Any) -> bytes | None:
    return None if out.icao24 is None else int(out.icao24, 16).to_bytes(3, "big")


def address(number: str) -> Item[Any]:
    """Make an item of a 24-bit aircraft address."""
    return Item(number, _read_address, _write_address)


def _read_callsign(data: bytes, at: int, out: Any) -> int:
    out.callsign = callsign_of(data[at : at + 6])
    return at + 6


def _write_callsign(out: Any) -> bytes | None:
    return None if out.callsign is None else callsign_octets(out.callsign)


def callsign(number: str) -> Item[Any]:
    """Make an item of eight six-bit characters."""
    return Item(number, _read_callsign, _write_callsign)


def _read_identification(data: bytes, at: int, out: Any) -> int:
    out.callsign = callsign_of(data[at + 1 : at + 7])
    out.callsign_kind = data[at] >> 6
    return at + 7


def _write_identification(out: Any) -> bytes | None:
    if out.callsign is None:
        return None
    return bytes([(out.callsign_kind or 0) << 6]) + callsign_octets(out.callsign)


def identification(number: str) -> Item[Any]:
    """Make an item of a callsign after its STI octet (0: as downlinked): callsign, callsign_kind."""
    return Item(number, _read_identification, _write_identification)


def _read_track(data: bytes, at: int, out: Any) -> int:
    out.track_number = (data[at] & 15) << 8 | data[at + 1]
    return at + 2


def _write_track(out: Any) -> bytes | None:
    return None if out.track_number is None else (out.track_number & 0xFFF).to_bytes(2, "big")


def track(number: str) -> Item[Any]:
    """Make an item of a track number of 12 bits."""
    return Item(number, _read_track, _write_track)


def _read_bds(data: bytes, at: int, out: Any) -> int:
    end = at + 1 + 8 * data[at]
    out.bds = [(data[i + 7], data[i : i + 7]) for i in range(at + 1, end, 8)]
    return end


def _write_bds(out: Any) -> bytes | None:
    if out.bds is None:
        return None
    return bytes([len(out.bds)]) + b"".join(message + bytes([register]) for register, message in out.bds)


def bds(number: str) -> Item[Any]:
    """Make an item of Mode S registers: bds, a list of (register, 7 octets)."""
    return Item(number, _read_bds, _write_bds)


def signed(bits: int, octets: bytes) -> int:
    """Two's complement in the low `bits` of big-endian octets."""
    value = int.from_bytes(octets, "big") & (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def signed_code(value: float, bits: int) -> int:
    """Nearest integer as two's complement of `bits`; ValueError where it does not fit."""
    code = round(value)
    if not -(1 << bits - 1) <= code < 1 << bits - 1:
        raise ValueError(f"{value} last bits do not fit in {bits} bits")
    return code & (1 << bits) - 1


def octet(number: str, field: str) -> Item[Any]:
    """Make an item of one unsigned octet, an integer."""

    def read(data: bytes, at: int, out: Any) -> int:
        setattr(out, field, data[at])
        return at + 1

    def write(out: Any) -> bytes | None:
        value = getattr(out, field)
        return None if value is None else bytes((value,))

    return Item(number, read, write)
