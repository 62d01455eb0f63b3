"""Fields that several Remote ID messages share, and their values for "unknown".

    place     int32, 1e-7 degrees; latitude and longitude both 0 is no place
    height    uint16, 0.5 m up from -1000 m; -1000 m is unknown
    text      ASCII, filled up with zeros

Source: ASTM F3411-22a, 5.4.5; ASD-STAN EN 4709-002.
"""

from typing import Final

MESSAGE_BYTES: Final = 25
VERSION: Final = 2  # F3411-22a; 0 and 1 are F3411-19 and drafts with the same layout
HEIGHT_LOWEST_M: Final = -1000.0
HEIGHT_STEP_M: Final = 0.5
PLACE_STEPS_A_DEG: Final = 10_000_000


def head(message_type: int) -> int:
    """The first byte of a message."""
    return message_type << 4 | VERSION


def height_m(code: int) -> float | None:
    """Metres, or None where the sender did not know."""
    return None if code == 0 else HEIGHT_LOWEST_M + code * HEIGHT_STEP_M


def height_code(value_m: float | None) -> int:
    """The code nearest to a height; the lowest known one is -999.5 m."""
    if value_m is None:
        return 0
    return min(max(round((value_m - HEIGHT_LOWEST_M) / HEIGHT_STEP_M), 1), 0xFFFF)


def place(lat: int, lon: int) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, or None where there is none: both 0, or not on Earth."""
    if lat == 0 == lon or abs(lat) > 90 * PLACE_STEPS_A_DEG or abs(lon) > 180 * PLACE_STEPS_A_DEG:
        return None
    return lat / PLACE_STEPS_A_DEG, lon / PLACE_STEPS_A_DEG


def place_code(value: tuple[float, float] | None) -> tuple[int, int]:
    """Latitude and longitude as sent."""
    if value is None:
        return 0, 0
    return round(value[0] * PLACE_STEPS_A_DEG), round(value[1] * PLACE_STEPS_A_DEG)


def text(field: bytes) -> str:
    """Printable text up to the first zero, without blanks around it."""
    letters = field.split(b"\0", 1)[0].decode("utf-8", "replace")
    return "".join(letter for letter in letters if letter.isprintable()).strip()


def text_code(value: str, width: int) -> bytes:
    """Text as sent, cut to `width` bytes."""
    return value.encode("ascii", "replace")[:width].ljust(width, b"\0")
