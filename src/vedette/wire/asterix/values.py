"""Values that several categories code alike: names, emergencies, time of day, vectors.

Sources: EUROCONTROL-SPEC-0149 parts 4, 7, 9 and 12; ICAO Annex 10 volume IV, 3.1.2.9.1.2 (the
six-bit characters of an aircraft identification); RTCA DO-260B table 2-18 (emitter categories).
"""

import math
from functools import lru_cache
from typing import Final

from vedette.core.errors import WireError
from vedette.core.units import NS_PER_S

DAY_S: Final = 86_400
_DAY_NS: Final = DAY_S * NS_PER_S

OCTAL: Final = tuple(f"{code:04o}" for code in range(4096))

# Emitter category of I021/020 and I062/380#21, and the set and number that the aircraft sent.
EMITTER: Final = {
    1: "A1",
    2: "A2",
    3: "A3",
    4: "A4",
    5: "A5",
    6: "A6",
    10: "A7",
    11: "B1",
    12: "B2",
    13: "B6",
    14: "B7",
    15: "B4",
    16: "B3",
    20: "C1",
    21: "C2",
    22: "C3",
    23: "C4",
    24: "C5",
}
EMITTER_CODE: Final = {letter: code for code, letter in EMITTER.items()}
# Priority status of I021/200 and I062/380#11.
EMERGENCY: Final = {1: "general", 2: "lifeguard", 3: "minfuel", 4: "nordo", 5: "unlawful", 6: "downed"}
EMERGENCY_CODE: Final = {word: code for code, word in EMERGENCY.items()}


def _six_bit(code: int) -> str:
    if code in (0, 32):
        return " "
    if 1 <= code <= 26:
        return chr(code + 64)
    return chr(code) if 48 <= code <= 57 else "?"


_CHARS: Final = "".join(_six_bit(code) for code in range(64))
_CODE: Final = {char: code for code, char in enumerate(_CHARS) if char != "?" and code}


@lru_cache(maxsize=8192)
def callsign_of(octets: bytes) -> str | None:
    """Six octets to at most eight characters, '?' where undefined; None where all are blank."""
    bits = int.from_bytes(octets, "big")
    return "".join([_CHARS[bits >> shift & 63] for shift in range(42, -1, -6)]).strip() or None


def callsign_octets(callsign: str) -> bytes:
    """Up to eight characters to six octets."""
    text = callsign.upper().ljust(8)
    if len(text) != 8 or any(char not in _CODE for char in text):
        raise WireError("bad-callsign", f"expected up to 8 of A-Z, 0-9 and space, got {callsign!r}")
    bits = 0
    for char in text:
        bits = bits << 6 | _CODE[char]
    return bits.to_bytes(6, "big")


def utc_ns(time_s: float, near_ns: int) -> int:
    """Seconds since midnight to UTC, on the day that puts it nearest to near_ns."""
    time_ns = near_ns - near_ns % _DAY_NS + round(time_s * NS_PER_S)
    if time_ns - near_ns > _DAY_NS // 2:
        return time_ns - _DAY_NS
    if near_ns - time_ns > _DAY_NS // 2:
        return time_ns + _DAY_NS
    return time_ns


def polar(east: float, north: float) -> tuple[float, float]:
    """Length and azimuth (degrees clockwise from north, 0 to 360) of a vector."""
    return math.hypot(east, north), math.degrees(math.atan2(east, north)) % 360.0


def cartesian(length: float, azimuth_deg: float) -> tuple[float, float]:
    """East and north of a vector of this length and azimuth."""
    azimuth = math.radians(azimuth_deg)
    return length * math.sin(azimuth), length * math.cos(azimuth)
