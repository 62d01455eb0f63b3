"""readsb and dump1090 JSON: aircraft.json documents, one aircraft a line, and traces.

A document is a JSON object of one of three shapes:

    {"now": 1738703622.6, "aircraft": [{"hex": "44a8b2", …}, …]}    aircraft.json
    {"now": 1738703622.6, "hex": "44a8b2", …}                       one aircraft a line (--net-json-port)
    {"icao": "44a8b2", "timestamp": 1738703622.6, "trace": [[…], …]}  trace_full, trace_recent

Fields of an aircraft that are read; all but hex may be missing:

    hex         address; "~" before it where it is not ICAO's
    type        where the data comes from: adsb_icao, adsr_icao, tisb_icao, mlat, mode_s, …
    lat, lon    degrees       seen_pos     s since the position
    alt_baro    ft, "ground"  alt_geom     ft above the ellipsoid
    gs          kt            track        degrees
    baro_rate   ft/min        geom_rate    ft/min
    nac_p nac_v gva           accuracy, see accuracy
    rc          m, radius of containment; used where nac_p is missing
    flight squawk category emergency
    mlat, tisb  names of the fields that were computed, not sent by the aircraft

A row of a trace is [s after timestamp, lat, lon, alt, gs, track, flags, rate, details, type,
alt_geom, geom_rate, ias, roll]; flags: 1 stale, 2 new leg, 4 rate is geometric, 8 alt is geometric.
`details` is null or an aircraft as above, and holds until the next or a new leg.

Source: readsb, README-json.md, and the trace files of tar1090.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from vedette.core.claim import Claim
from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, Intake
from vedette.core.units import FT_M, FT_PER_MIN_MPS, KT_MPS, NS_PER_S
from vedette.wire.adsb.accuracy import GVA_SD_M, NACP_SD_M, NACV_SD_MPS, SD_OF_CIRCLE
from vedette.wire.adsb.direction import east_north

DOCUMENT_MAX_BYTES: Final = 64 << 20
REPEAT_NS: Final = 150_000_000  # seen_pos is rounded to 0.1 s
_LATEST_S: Final = 4_102_444_800.0  # 2100; a document in milliseconds is beyond it
_OLDEST_S: Final = 86_400.0
REMEMBERED_MAX: Final = 50_000
NEW_LEG, RATE_IS_GEOMETRIC, ALT_IS_GEOMETRIC = 2, 4, 8

_OWN_TYPES: Final = ("adsb_icao", "adsb_icao_nt", "adsb_other", "adsr_icao", "adsr_other", "adsc")
_NO_EMERGENCY: Final = ("none", "", None)


class _Aircraft(Struct):
    """One aircraft as readsb tells it; see the module."""

    hex: str = ""
    now: float | None = None
    type: str | None = None
    lat: float | None = None
    lon: float | None = None
    seen_pos: float = 0.0
    alt_baro: float | Literal["ground"] | None = None
    alt_geom: float | None = None
    gs: float | None = None
    track: float | None = None
    baro_rate: float | None = None
    geom_rate: float | None = None
    nac_p: int | None = None
    nac_v: int | None = None
    gva: int | None = None
    rc: float | None = None
    flight: str | None = None
    squawk: str | None = None
    category: str | None = None
    emergency: str | None = None
    mlat: list[str] = []
    tisb: list[str] = []


class _Document(Struct):
    """Any of the three shapes."""

    now: float | None = None
    aircraft: list[Raw] | None = None
    hex: str | None = None
    icao: str | None = None
    timestamp: float | None = None
    trace: list[Raw] | None = None


_Row = tuple[
    float,
    float,
    float,
    float | Literal["ground"] | None,
    float | None,
    float | None,
    int | None,
    float | None,
    _Aircraft | None,
]

_document = msgspec.json.Decoder(_Document)
_aircraft = msgspec.json.Decoder(_Aircraft)
_plain_row = msgspec.json.Decoder(list[Any])


class ReadsbDecoder:
    """One receiver's JSON: a whole document a call, or a stream with one document a line."""

    def __init__(self, feed: str) -> None:
        """Start between two documents; `feed` names the source, "adsb:<feed>"."""
        self._source = f"adsb:{feed}"
        self._rest = b""
        self._positions: dict[str, tuple[float, float, int]] = {}  # last told: lat, lon, valid_ns

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take a document, or any piece of a stream of lines."""
        if data.lstrip()[:1] == b"{" and self._receive_document(data, heard_ns, intake):
            if self._rest.strip():
                intake.quarantine(self._source, "truncated")
            self._rest = b""
            return b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.strip() and not self._receive_document(line, heard_ns, intake):
                intake.quarantine(self._source, "bad-json")
        if len(self._rest) > DOCUMENT_MAX_BYTES:
            intake.quarantine(self._source, "oversized")
            self._rest = b""
        elif self._rest.rstrip()[-1:] == b"}" and self._receive_document(self._rest, heard_ns, intake):
            self._rest = b""
        return b""

    def _receive_document(self, data: bytes, heard_ns: int, intake: Intake) -> bool:
        """Read one document. False where the bytes are not one."""
        try:
            document = _document.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        if document.aircraft is not None:
            now_ns = _utc_ns(document.now, heard_ns)
            for raw in document.aircraft:
                self._receive_aircraft(bytes(raw), now_ns, heard_ns, intake)
        elif document.trace is not None:
            self._receive_trace(document, heard_ns, intake)
        elif document.hex is not None:
            self._receive_aircraft(data, _utc_ns(document.now, heard_ns), heard_ns, intake)
        else:
            intake.quarantine(self._source, "bad-json")
        return True

    def _receive_aircraft(self, raw: bytes, now_ns: int, heard_ns: int, intake: Intake) -> None:
        try:
            said = _aircraft.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            said = None
        if said is None or not _is_address(said.hex):
            intake.quarantine(self._source, "bad-aircraft")
            return
        valid_ns = now_ns - round(min(max(said.seen_pos, 0.0), _OLDEST_S) * NS_PER_S)
        if self._is_repeat(said, valid_ns):
            intake.count(self._source, "adsb.json_repeat")
            return
        intake.count(self._source, "adsb.json")
        self._observe(said, valid_ns, heard_ns, intake)

    def _receive_trace(self, document: _Document, heard_ns: int, intake: Intake) -> None:
        address, begin_s = document.icao or "", document.timestamp
        if not _is_address(address) or begin_s is None:
            intake.quarantine(self._source, "bad-trace")
            return
        details = _Aircraft()
        for raw in document.trace or ():
            row = _row_as_aircraft(bytes(raw), details)
            if row is None:
                intake.quarantine(self._source, "bad-trace")
                continue
            after_s, said, details = row
            said.hex = address
            intake.count(self._source, "adsb.json")
            self._observe(said, _utc_ns(begin_s + after_s, heard_ns), heard_ns, intake)

    def _is_repeat(self, said: _Aircraft, valid_ns: int) -> bool:
        """Whether a document tells again the position that the one before told."""
        if said.lat is None or said.lon is None:
            return False
        key = f"{said.hex}/{said.type}"
        last = self._positions.get(key)
        if last is not None and last[:2] == (said.lat, said.lon) and valid_ns - last[2] <= REPEAT_NS:
            return True
        if len(self._positions) >= REMEMBERED_MAX:
            self._positions.clear()
        self._positions[key] = (said.lat, said.lon, valid_ns)
        return False

    def _observe(self, said: _Aircraft, valid_ns: int, heard_ns: int, intake: Intake) -> None:
        if said.lat is None or said.lon is None:
            return
        if not (abs(said.lat) <= 90 and abs(said.lon) <= 180):
            intake.quarantine(self._source, "bad-aircraft")
            return
        on_ground = said.alt_baro == "ground"
        claim = self._claim(said, on_ground=True if on_ground else None)
        intake.observe(self._source, valid_ns, heard_ns, claim, _values(said, on_ground=on_ground))

    def _claim(self, said: _Aircraft, *, on_ground: bool | None) -> Claim:
        address = said.hex.lstrip("~").upper()
        icao = not said.hex.startswith("~")
        return Claim(
            scheme="icao24" if icao else "sensor_track",
            ident=address if icao else f"{self._source}/~{address}",
            callsign=(said.flight or "").strip() or None,
            squawk=said.squawk,
            category=None if said.category in (None, "A0", "B0", "C0", "D0") else said.category,
            emergency=None if said.emergency in _NO_EMERGENCY else said.emergency,
            on_ground=on_ground,
        )


def _values(said: _Aircraft, *, on_ground: bool) -> dict[str, Any]:
    """Columns of the observation; what readsb does not say is left out."""
    speed_mps = None if said.gs is None else said.gs * KT_MPS
    v_east, v_north = east_north(speed_mps, said.track)
    rate = said.geom_rate if said.geom_rate is not None else said.baro_rate
    # dump1090 does not say where a position comes from: what nobody computed is the aircraft's own.
    own = (said.type is None or said.type in _OWN_TYPES) and "lat" not in said.mlat and "lat" not in said.tisb
    ground = ON_GROUND if on_ground else 0
    baro = said.alt_baro if isinstance(said.alt_baro, float | int) else None
    return {
        "lat_deg": said.lat,
        "lon_deg": said.lon,
        "position_sd_m": _position_sd_m(said),
        "nac_p": said.nac_p if said.nac_p is not None and 0 <= said.nac_p <= 11 else None,
        "alt_m": None if said.alt_geom is None else said.alt_geom * FT_M,
        "alt_sd_m": None if said.alt_geom is None else _at(GVA_SD_M, said.gva),
        "baro_alt_m": None if baro is None else baro * FT_M,
        "v_east_mps": v_east,
        "v_north_mps": v_north,
        "v_up_mps": None if rate is None else rate * FT_PER_MIN_MPS,
        "velocity_sd_mps": None if v_east is None else _at(NACV_SD_MPS, said.nac_v),
        "flags": (SELF_REPORT if own else 0) | ground | (CLEAR_OF_GROUND if baro is not None else 0),
    }


def _position_sd_m(said: _Aircraft) -> float | None:
    sd_m = _at(NACP_SD_M, said.nac_p)
    if sd_m is None and said.rc:
        return said.rc * SD_OF_CIRCLE
    return sd_m


def _at(table: tuple[float | None, ...], index: int | None) -> float | None:
    return table[index] if index is not None and 0 <= index < len(table) else None


def _row_as_aircraft(raw: bytes, details: _Aircraft) -> tuple[float, _Aircraft, _Aircraft] | None:
    """One row of a trace as (s after the trace's begin, the aircraft then, the details that hold on).

    None where the row is not one.
    """
    try:
        row = _plain_row.decode(raw)
        after_s, lat, lon, alt, gs, track, flags, rate, new = msgspec.convert(row[:9], _Row)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, ValueError):
        return None
    flags = flags or 0
    details = new or (_Aircraft() if flags & NEW_LEG else details)
    said = msgspec.structs.replace(details, lat=lat, lon=lon, gs=gs, track=track)
    said.type = row[9] if len(row) > 9 and isinstance(row[9], str) else details.type
    if flags & ALT_IS_GEOMETRIC and alt != "ground":
        said.alt_geom, said.alt_baro = alt, None
    else:
        said.alt_baro = alt
        said.alt_geom = _number(row, 10)
    said.baro_rate, said.geom_rate = (None, rate) if flags & RATE_IS_GEOMETRIC else (rate, _number(row, 11))
    return after_s, said, details


def _number(row: list[Any], index: int) -> float | None:
    value = row[index] if index < len(row) else None
    return float(value) if isinstance(value, int | float) else None


def _is_address(text: str) -> bool:
    digits = text.removeprefix("~")
    return len(digits) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _utc_ns(seconds: float | None, heard_ns: int) -> int:
    """The document's own time, or when it was heard where it has none."""
    if seconds is None or not 0.0 <= seconds < _LATEST_S:
        return heard_ns
    return round(seconds * 1e6) * 1000
