"""From CPR messages to positions that an aircraft can have.

The first fix comes from an even and an odd message; from then on each message alone gives one,
beside the last. The first fix is only trusted after a pair of two newer messages agrees. A position that the
aircraft cannot have reached since the last is refused; after MISSES_MAX in a row it is the last
one that is forgotten.

Source: RTCA DO-260B, 2.2.10.6 (reasonableness tests).
"""

import math
from typing import Final

from vedette.core.units import NS_PER_S
from vedette.wire.adsb import cpr
from vedette.wire.adsb.aircraft import Aircraft
from vedette.wire.adsb.cpr import Position

PAIR_AGE_NS: Final = 10 * NS_PER_S
SURFACE_PAIR_AGE_NS: Final = 25 * NS_PER_S
REFERENCE_AGE_NS: Final = 120 * NS_PER_S
MISSES_MAX: Final = 3
SPEED_MAX_MPS: Final = 700.0
SURFACE_SPEED_MAX_MPS: Final = 100.0
SLACK_M: Final = 2000.0
SITE_RANGE_M: Final = 900_000.0
AGREE_M: Final = 3000.0
BOTH: Final = 0b11  # an even and an odd message
_DEGREE_M: Final = 111_195.0


def airborne(
    craft: Aircraft, odd: int, lat: int, lon: int, now_ns: int, site: Position | None
) -> Position | str | None:
    """The position of an airborne message, why there is none, or None: it waits for its pair."""
    frames = craft.cpr
    frames[odd] = (lat, lon, now_ns)
    craft.heard_since_fix |= 1 << odd
    known = craft.position if now_ns - craft.position_ns <= REFERENCE_AGE_NS else None
    even_frame, odd_frame = frames
    unpaired = even_frame is None or odd_frame is None or abs(even_frame[2] - odd_frame[2]) > PAIR_AGE_NS
    if known is not None and (craft.confirmed or unpaired or craft.heard_since_fix != BOTH):
        return _accept(craft, cpr.decode_near(lat, lon, known, odd=bool(odd)), now_ns, SPEED_MAX_MPS)
    if even_frame is None or odd_frame is None or unpaired:
        return None
    fix = cpr.decode_pair(even_frame[:2], odd_frame[:2], newest_odd=bool(odd))
    if fix is None:
        return "pair-mismatch"
    if site is not None and distance_m(fix, site) > SITE_RANGE_M:
        return "implausible"
    if known is None:
        return _begin(craft, fix, now_ns)
    craft.confirmed = distance_m(fix, known) <= AGREE_M + SPEED_MAX_MPS * _seconds(now_ns, craft)
    if not craft.confirmed:
        _forget(craft)
        return "implausible"
    return _accept(craft, fix, now_ns, SPEED_MAX_MPS)


def surface(
    craft: Aircraft, odd: int, lat: int, lon: int, now_ns: int, site: Position | None
) -> Position | str | None:
    """The position of a surface message, why there is none, or None: it waits for its pair."""
    frames = craft.cpr_surface
    frames[odd] = (lat, lon, now_ns)
    if craft.position is not None and now_ns - craft.position_ns <= REFERENCE_AGE_NS:
        fix = cpr.decode_near(lat, lon, craft.position, odd=bool(odd), span_deg=cpr.SURFACE_DEG)
        return _accept(craft, fix, now_ns, SURFACE_SPEED_MAX_MPS)
    if site is None:
        return "no-reference"
    other = frames[1 - odd]
    even_frame, odd_frame = frames
    if other is None or now_ns - other[2] > SURFACE_PAIR_AGE_NS or even_frame is None or odd_frame is None:
        return None
    pair = cpr.decode_surface_pair(even_frame[:2], odd_frame[:2], site, newest_odd=bool(odd))
    return "pair-mismatch" if pair is None else _begin(craft, pair, now_ns)


def distance_m(a: Position, b: Position) -> float:
    """Distance over a sphere, good to a percent, which is all that a test of reach needs."""
    north = a[0] - b[0]
    east = ((a[1] - b[1] + 180) % 360 - 180) * math.cos(math.radians((a[0] + b[0]) / 2))
    return _DEGREE_M * math.hypot(north, east)


def _seconds(now_ns: int, craft: Aircraft) -> float:
    return max(now_ns - craft.position_ns, 0) / NS_PER_S


def _begin(craft: Aircraft, fix: Position, now_ns: int) -> Position:
    craft.position, craft.position_ns = fix, now_ns
    craft.confirmed, craft.misses, craft.heard_since_fix = False, 0, 0
    return fix


def _accept(craft: Aircraft, fix: Position, now_ns: int, speed_max_mps: float) -> Position | str:
    """Take a fix that is within reach of the last one."""
    last = craft.position
    reach_m = SLACK_M + speed_max_mps * _seconds(now_ns, craft)
    if abs(fix[0]) > 90 or (last is not None and distance_m(fix, last) > reach_m):
        craft.misses += 1
        if craft.misses >= MISSES_MAX:
            _forget(craft)
        return "implausible"
    craft.position, craft.position_ns = fix, now_ns
    craft.misses = 0
    return fix


def _forget(craft: Aircraft) -> None:
    """Begin anew with the next pair."""
    craft.position = None
    craft.confirmed, craft.misses = False, 0
    craft.cpr = [None, None]
    craft.cpr_surface = [None, None]
