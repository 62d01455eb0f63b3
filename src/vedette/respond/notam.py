"""The draft of a NOTAM, which is none until an office issues it. Items after ICAO Annex 15 and Doc 10066.

    Q)  FIR / code / traffic / purpose / scope / lower / upper / place and radius
    A)  location  B) from  C) to, EST where it is an estimate  E) text

QFALC is an aerodrome (FA) that is closed (LC), QFALT one that is limited (LT); IV is for IFR and VFR, NBO for
immediate attention, briefing and flight operations, A the aerodrome's scope. D (a schedule) is not used, and
F and G (heights) belong to warnings and airspace, not to aerodromes.
"""

from datetime import UTC, datetime
from typing import Final

from vedette.core.advice import Level
from vedette.core.units import NS_PER_S

DRAFT: Final = "DRAFT, NOT ISSUED"
_CODES: Final[dict[Level, tuple[str, str]]] = {
    "close": ("QFALC", "AD CLSD DUE TO UNMANNED ACFT REPORTED IN VICINITY OF AD."),
    "restrict": ("QFALT", "AD LTD DUE TO UNMANNED ACFT REPORTED IN VICINITY OF AD. EXP DLA, CTC TWR."),
}
_RADIUS_NM: Final = 5
_LONGEST_S: Final = 3600.0


def draft(
    icao: str, fir: str, place: tuple[float, float], level: Level, now_ns: int, reopen_in_s: float | None
) -> str:
    """The text; empty where there is nothing to tell.

    fir          empty is not known, and shows as ????
    place        lat deg, lon deg of the aerodrome reference point
    reopen_in_s  None is not within the hour
    """
    if level not in _CODES:
        return ""
    code, text = _CODES[level]
    until_s = _LONGEST_S if reopen_in_s is None else min(max(reopen_in_s, 600.0), _LONGEST_S)
    lines = (
        f"({DRAFT} NOTAMN",
        f"Q) {fir or '????'}/{code}/IV/NBO/A/000/999/{_coordinates(*place)}{_RADIUS_NM:03d}",
        f"A) {icao} B) {_time(now_ns)} C) {_time(now_ns + round(until_s * NS_PER_S))} EST",
        f"E) {text})",
    )
    return "\n".join(lines)


def cancel(icao: str, now_ns: int) -> str:
    """The draft that ends the one before."""
    return f"({DRAFT} NOTAMC ????\nA) {icao} B) {_time(now_ns)}\nE) AD OPN, NML OPS RESUMED.)"


def _time(ns: int) -> str:
    """Ten digits of UTC, yymmddhhmm."""
    return datetime.fromtimestamp(ns / NS_PER_S, UTC).strftime("%y%m%d%H%M")


def _coordinates(lat_deg: float, lon_deg: float) -> str:
    """Degrees and whole minutes: 5317N01203E."""
    lat, lon = round(abs(lat_deg) * 60.0), round(abs(lon_deg) * 60.0)
    north, east = "N" if lat_deg >= 0.0 else "S", "E" if lon_deg >= 0.0 else "W"
    return f"{lat // 60:02d}{lat % 60:02d}{north}{lon // 60:03d}{lon % 60:02d}{east}"
