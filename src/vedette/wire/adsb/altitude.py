"""Altitude codes of Mode S and ADS-B, and the Mode A code, which shares their bit order.

    13 bits (AC)  C1 A1 C2 A2 C4 A4 M B1 Q B2 D2 B4 D4   M and Q as named below
    12 bits       the same without M
    Q = 1         the other 11 bits count 25 ft from -1000 ft
    Q = 0         Gillham code: 100 ft steps in two reflected Gray codes, from -1200 ft
    M = 1         metric; no transponder sends it
    all zero      the sender does not know

Source: ICAO Annex 10 volume IV, 3.1.2.6.5.4 and the appendix to chapter 3 (Gillham).
"""

from functools import cache
from typing import Final

LOWEST_25_FT: Final = -1000
_Q: Final = 0x10

# Places of the pulses in the 13-bit field, counted from its last bit.
_D2, _D4, _A1, _A2, _A4, _B1, _B2, _B4 = 2, 0, 11, 9, 7, 5, 3, 1
_C1, _C2, _C4 = 12, 10, 8
_D1 = 4


def decode_12(code: int) -> int | None:
    """Feet of a 12-bit altitude code, or None where it does not say or is no code."""
    if code & _Q:
        return 25 * ((code & 0xFE0) >> 1 | (code & 0xF)) + LOWEST_25_FT
    return gillham_ft((code & 0xFC0) << 1 | (code & 0x3F))


def encode_12(altitude_ft: float) -> int:
    """The 12-bit code for feet: 25 ft steps up to 50,175 ft, the nearest 100 ft above; 0 beyond reach."""
    steps = round((altitude_ft - LOWEST_25_FT) / 25)
    if 0 <= steps < 2048:
        return (steps & 0x7F0) << 1 | _Q | (steps & 0xF)
    return _gillham_codes().get(100 * round(altitude_ft / 100), 0)


@cache
def gillham_ft(code: int) -> int | None:
    """Feet of a 13-bit Gillham code (M and Q are 0), or None where no altitude has it."""
    if code == 0:
        return None
    hundreds = _gray(code, (_C1, _C2, _C4))
    fives = _gray(code, (_D2, _D4, _A1, _A2, _A4, _B1, _B2, _B4))
    if hundreds in (0, 5, 6):
        return None
    if hundreds == 7:
        hundreds = 5
    if fives % 2:
        hundreds = 6 - hundreds
    return 500 * fives + 100 * hundreds - 1300


def squawk(code: int) -> str:
    """The Mode A code of a 13-bit identity field as four octal digits."""
    digits = (
        (_A4, _A2, _A1),
        (_B4, _B2, _B1),
        (_C4, _C2, _C1),
        (_D4, _D2, _D1),
    )
    return "".join(str(_bit(code, a) << 2 | _bit(code, b) << 1 | _bit(code, c)) for a, b, c in digits)


def encode_squawk(digits: str) -> int:
    """Four octal digits as a 13-bit identity field."""
    places = ((_A1, _A2, _A4), (_B1, _B2, _B4), (_C1, _C2, _C4), (_D1, _D2, _D4))
    code = 0
    for digit, group in zip(digits, places, strict=True):
        for i, place in enumerate(group):
            code |= (int(digit, 8) >> i & 1) << place
    return code


def _bit(code: int, place: int) -> int:
    return code >> place & 1


def _gray(code: int, places: tuple[int, ...]) -> int:
    """Read a reflected Gray number whose bits stand at `places`, the highest first."""
    value = bit = 0
    for place in places:
        bit ^= code >> place & 1
        value = value << 1 | bit
    return value


@cache
def _gillham_codes() -> dict[int, int]:
    """12-bit code by feet."""
    codes = {}
    for code in range(4096):
        if not code & _Q:
            feet = decode_12(code)
            if feet is not None:
                codes[feet] = code
    return codes
