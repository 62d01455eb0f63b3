"""One CoT event: what, where and when, as XML attributes.

    event   version  "2.0"
            uid      of the thing, kept from one event to the next
            type     a-.-…: an atom; the second letter its standing (f friend, h hostile, u unknown, …),
                     the third its dimension (A air, G ground, S sea surface, …)
            how      m-…: a machine, h-…: a human
            time     when the event was made; start and stale: from when to when it holds
            opex     "e…" exercise, "s…" simulation, else real
    point   lat, lon WGS-84 degrees
            hae      m above the ellipsoid; ce, le: errors to the side and in height, m
                     9999999.0 is unknown, for all three
    detail  contact callsign; track course (deg from true north) and speed (m/s); creator uid; remarks

`ce` and `le` are taken as one sigma, as the base schema says of Gaussian errors.
What is unknown is None here. XML comes from anywhere: no document type, no entities, bounded in size,
depth and number of attributes.

Source: MITRE (2004), MP 05B0000083, Cursor on Target base schema, event.xsd version 2.0.
"""

import math
import re
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from vedette.core.errors import WireError
from vedette.core.units import NS_PER_S

UNKNOWN: Final = 9_999_999.0
EVENT_MAX_BYTES: Final = 64 << 10
_DEPTH_MAX: Final = 16
_TEXT_MAX: Final = 4_096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
# What a field of `Event` is in the XML: element, attribute.
_DETAIL: Final = {
    ("contact", "callsign"): "callsign",
    ("track", "course"): "course_deg",
    ("track", "speed"): "speed_mps",
    ("creator", "uid"): "creator",
}


class Event(Struct, frozen=True, kw_only=True):
    """One event. Times are UTC; start_ns is not after time_ns where a report came late."""

    uid: str
    type: str
    how: str
    time_ns: int
    start_ns: int
    stale_ns: int
    lat_deg: float
    lon_deg: float
    hae_m: float | None = None
    ce_m: float | None = None
    le_m: float | None = None
    opex: str | None = None
    callsign: str | None = None
    course_deg: float | None = None
    speed_mps: float | None = None
    creator: str | None = None
    remarks: str | None = None


def decode(text: bytes) -> Event:
    """Read one event, or WireError."""
    if len(text) > EVENT_MAX_BYTES:
        raise WireError("oversized", f"expected at most {EVENT_MAX_BYTES} bytes, got {len(text)}")
    found = _Reader().read(text)
    event, point = found.get("event"), found.get("point")
    if event is None or point is None:
        raise WireError("not-cot", "expected an event with a point")
    for name in ("uid", "type", "time", "start", "stale"):
        if not event.get(name):
            raise WireError("not-cot", f"expected an event with {name}")
    lat, lon = _number(point, "lat"), _number(point, "lon")
    if lat is None or lon is None or not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        raise WireError("bad-point", "expected lat and lon on the Earth")
    more: dict[str, Any] = {}
    for (element, attribute), name in _DETAIL.items():
        inside = found.get(element, {})
        measured = name.endswith(("_deg", "_mps"))
        more[name] = _number(inside, attribute) if measured else inside.get(attribute)
    return Event(
        uid=event["uid"],
        type=event["type"],
        how=event.get("how", ""),
        time_ns=time_ns(event["time"]),
        start_ns=time_ns(event["start"]),
        stale_ns=time_ns(event["stale"]),
        lat_deg=lat,
        lon_deg=lon,
        hae_m=_known(point, "hae"),
        ce_m=_error(point, "ce"),
        le_m=_error(point, "le"),
        opex=event.get("opex"),
        remarks=found.get("remarks", {}).get("") or None,
        **more,
    )


class _Reader:
    """Elements that matter, by name, with their attributes; the text of remarks under ""."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, str]] = {}
        self._path: list[str] = []

    def read(self, text: bytes) -> dict[str, dict[str, str]]:
        """Parse one document, or WireError."""
        try:
            letters = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise WireError("not-xml", "expected UTF-8") from error
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        try:
            parser.Parse(letters, True)
        except (expat.ExpatError, ValueError) as error:
            raise WireError("not-xml", f"expected XML: {error}") from error
        return self.found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = len(self._path)
        if depth >= _DEPTH_MAX:
            raise WireError("not-cot", f"expected at most {_DEPTH_MAX} elements inside each other")
        self._path.append(name)
        place = "/".join(self._path)
        wanted = place in ("event", "event/point") or (depth == 2 and place.startswith("event/detail/"))
        if wanted and name not in self.found:
            self.found[name] = attributes

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path == ["event", "detail", "remarks"]:
            held = self.found["remarks"]
            held[""] = (held.get("", "") + text)[:_TEXT_MAX]

    def _refuse(self, *_: object) -> None:
        raise WireError("entities", "expected no document type and no entities")


def time_ns(text: str) -> int:
    """UTC of a time as XML writes it; without an offset it is UTC. WireError for what is none."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise WireError("bad-time", "expected a time such as 2026-11-20T17:30:00Z")
    *parts, fraction, offset = found.groups()
    try:
        at = datetime(*(int(part) for part in parts), tzinfo=UTC)  # type: ignore[misc,arg-type]  # six numbers
    except ValueError as error:
        raise WireError("bad-time", f"expected a time: {error}") from error
    whole = (at - _EPOCH).days * 86_400 + (at - _EPOCH).seconds
    if offset and offset != "Z":
        sign = -1 if offset[0] == "+" else 1
        whole += sign * (int(offset[1:3]) * 3_600 + int(offset[-2:]) * 60)
    if not 0 <= whole < 9_000_000_000:
        raise WireError("bad-time", "expected a time between 1970 and 2255")
    return whole * NS_PER_S + int((fraction or "0").ljust(9, "0")[:9])


def _number(attributes: dict[str, str], name: str) -> float | None:
    """A number, None where there is none; WireError where it is no number."""
    text = attributes.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise WireError("bad-point", f"expected a number for {name}") from error
    return value if math.isfinite(value) else None


def _known(point: dict[str, str], name: str) -> float | None:
    value = _number(point, name)
    return None if value is None or abs(value) >= UNKNOWN else value


def _error(point: dict[str, str], name: str) -> float | None:
    """An error; one that is not above 0 says nothing."""
    value = _known(point, name)
    return value if value is not None and value > 0.0 else None


def encode(event: Event) -> bytes:
    """One event as XML in UTF-8; places to six decimals (0.1 m), times to milliseconds."""
    times = {n: time_text(getattr(event, f"{n}_ns")) for n in ("time", "start", "stale")}
    head = {"version": "2.0", "uid": event.uid, "type": event.type, "how": event.how, **times}
    if event.opex is not None:
        head["opex"] = event.opex
    point = {
        "lat": f"{event.lat_deg:.6f}",
        "lon": f"{event.lon_deg:.6f}",
        "hae": f"{UNKNOWN if event.hae_m is None else event.hae_m:.1f}",
        "ce": f"{UNKNOWN if event.ce_m is None else event.ce_m:.1f}",
        "le": f"{UNKNOWN if event.le_m is None else event.le_m:.1f}",
    }
    detail: dict[str, dict[str, str]] = {}
    for (element, attribute), name in _DETAIL.items():
        value = getattr(event, name)
        if value is not None:
            detail.setdefault(element, {})[attribute] = value if isinstance(value, str) else f"{value:.2f}"
    inside = "".join(f"<{element}{_attributes(values)}/>" for element, values in detail.items())
    if event.remarks is not None:
        inside += f"<remarks>{_escaped(event.remarks)}</remarks>"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f"<event{_attributes(head)}><point{_attributes(point)}/><detail>{inside}</detail></event>"
    ).encode()


def time_text(at_ns: int) -> str:
    """A time as XML writes it, to milliseconds."""
    seconds, rest = divmod(at_ns // 1_000_000, 1_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:03d}Z"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_clean(value))}" for name, value in values.items())


def _escaped(text: str) -> str:
    return _clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clean(text: str) -> str:
    """Text without what XML 1.0 cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
