"""CoT events to observations, from datagrams and from a stream of events one after another."""

import math
import re
from typing import Any, Final

from vedette.core.claim import Claim
from vedette.core.errors import WireError
from vedette.core.observation import SELF_REPORT, SIMULATED, Intake
from vedette.wire.cot import kinds
from vedette.wire.cot.event import EVENT_MAX_BYTES, Event, decode

_BEGIN: Final = re.compile(rb"<event[\s>]")
_END: Final = b"</event>"
_PROLOG: Final = re.compile(rb"(?:\s|<\?xml[^<>]*\?>)*")
_ICAO: Final = re.compile(r"ICAO(?:24)?[-.:]?([0-9A-Fa-f]{6})")
_CREATORS_MAX: Final = 256
_NAME: Final = re.compile(r"[\w.:@-]{1,64}", re.ASCII)


class CotDecoder:
    """One peer's events."""

    def __init__(self, feed: str) -> None:
        """Start between two events.

        The source is "cot:<creator>" where an event names one, else "cot:<feed>".
        """
        self._feed = f"cot:{feed}"
        self._creators: set[str] = set()
        self._rest = b""

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take a datagram, or any piece of a stream."""
        block = self._rest + data
        at = 0
        while (end := block.find(_END, at)) >= 0:
            self._take(block[at : end + len(_END)], heard_ns, intake)
            at = end + len(_END)
        self._rest = block[at:]
        if len(self._rest) > EVENT_MAX_BYTES:
            intake.quarantine(self._feed, "oversized")
            self._rest = b""
        elif self._rest and not self._may_begin(self._rest):
            intake.quarantine(self._feed, "framing")
            self._rest = b""
        return b""

    def _may_begin(self, rest: bytes) -> bool:
        """Whether an event can still come of it: a prolog, or the beginning of a tag, stands first."""
        tail = _PROLOG.sub(b"", rest, count=1)  # where it begins, if only with nothing
        return not tail or tail.startswith((b"<event"[: len(tail)], b"<?xml"[: len(tail)]))

    def _take(self, piece: bytes, heard_ns: int, intake: Intake) -> None:
        """One event, from wherever its last beginning is: what stands before it was cut short."""
        begins = [found.start() for found in _BEGIN.finditer(piece)]
        if not begins:
            intake.quarantine(self._feed, "framing")
            return
        if len(begins) > 1 or _PROLOG.fullmatch(piece[: begins[0]]) is None:
            intake.quarantine(self._feed, "framing")
        try:
            event = decode(piece[begins[-1] :])
        except WireError as error:
            intake.quarantine(self._feed, error.reason)
            return
        self._observe(event, heard_ns, intake)

    def _observe(self, event: Event, heard_ns: int, intake: Intake) -> None:
        source = self._source(event.creator)
        if not re.match(r"a-.-[A-Za-z]", event.type):
            intake.count(source, "cot.other")
            return
        intake.count(source, "cot.event")
        valid_ns = min(event.start_ns, event.time_ns)
        intake.observe(source, valid_ns, heard_ns, claim(event), _values(event))

    def _source(self, creator: str | None) -> str:
        if creator is None or not _NAME.fullmatch(creator):
            return self._feed
        if creator not in self._creators and len(self._creators) >= _CREATORS_MAX:
            return self._feed
        self._creators.add(creator)
        return f"cot:{creator}"


def claim(event: Event) -> Claim:
    """Who the thing is: an aircraft address in its uid, or the uid itself."""
    found = _ICAO.fullmatch(event.uid)
    if found:
        return Claim("icao24", found[1].upper(), event.callsign)
    return Claim("sensor_track", f"cot:{event.uid[:64]}", event.callsign, description=event.remarks)


def _values(event: Event) -> dict[str, Any]:
    """Columns of the observation."""
    values: dict[str, Any] = {
        "lat_deg": event.lat_deg,
        "lon_deg": event.lon_deg,
        "position_sd_m": event.ce_m,
        "alt_m": event.hae_m,
        "alt_sd_m": None if event.hae_m is None else event.le_m,
        "class_likelihood": kinds.likelihood(event.type),
        "flags": _flags(event),
    }
    if event.speed_mps is not None and event.course_deg is not None and event.speed_mps >= 0.0:
        values["v_east_mps"], values["v_north_mps"] = _east_north(event.speed_mps, event.course_deg)
    return values


def _flags(event: Event) -> int:
    """A friend's position from its own satellite receiver is its own report."""
    own = event.type.startswith("a-f") and event.how.startswith("m-g")
    return (SELF_REPORT if own else 0) | (SIMULATED if (event.opex or "")[:1] in ("s", "e") else 0)


def _east_north(speed_mps: float, course_deg: float) -> tuple[float, float]:
    radians = math.radians(course_deg)
    return speed_mps * math.sin(radians), speed_mps * math.cos(radians)
