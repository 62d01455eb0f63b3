"""ASTERIX bytes to observations, reports and counts."""

from collections.abc import Callable
from typing import Any, Final, cast

from vedette.core.errors import WireError
from vedette.core.observation import Intake
from vedette.core.sensor import SensorReport
from vedette.core.units import NS_PER_S
from vedette.wire.asterix.blocks import PROFILES, Record, check_block, iter_records, split_blocks
from vedette.wire.asterix.cat010 import Cat010
from vedette.wire.asterix.cat034 import Cat034
from vedette.wire.asterix.sightings import (
    Sighting,
    kind_of_sensor,
    report_010,
    report_034,
    sighting_010,
    sighting_021,
    sighting_048,
    sighting_062,
)
from vedette.wire.asterix.values import DAY_S, utc_ns

_HALF_DAY_NS: Final = DAY_S * NS_PER_S // 2
_NAMES: Final = tuple(f"asterix.{category:03d}" for category in range(256))
_SIGHTINGS: Final = cast(
    "dict[int, Callable[[Any], Sighting | None]]",
    {10: sighting_010, 21: sighting_021, 48: sighting_048, 62: sighting_062},
)


class AsterixDecoder:
    """Decoder of ASTERIX data blocks, whole ones in each piece: a datagram or a file.

    feed     names the source of what cannot be laid to a sensor: "asterix:<feed>"
    date_ns  UTC, any instant of the day of the first record, for a recording that was heard at
             another time than it was made; later records follow it over midnight. None takes, for
             each record, the day that puts it nearest to when it was heard.

    It remembers the sources it has introduced, and with date_ns the last time it read.
    """

    __slots__ = ("_feed", "_known", "_near_ns", "_sources")

    def __init__(self, feed: str, date_ns: int | None = None) -> None:
        """Start with nothing heard."""
        self._feed = f"asterix:{feed}"
        day_ns = DAY_S * NS_PER_S
        self._near_ns = None if date_ns is None else date_ns - date_ns % day_ns + _HALF_DAY_NS
        self._sources: dict[tuple[int | None, int | None], str] = {(None, None): self._feed}
        self._known: set[str] = set()

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Read every block in data; nothing is ever sent back."""
        for block in split_blocks(data):
            self._take_block(block, heard_ns, intake)
        return b""

    def _take_block(self, block: bytes, heard_ns: int, intake: Intake) -> None:
        source = self._feed
        try:
            category = check_block(block)
            if category not in PROFILES:
                intake.count(source, f"{_NAMES[category]}.skipped")
                return
            for record in iter_records(block):
                source = self._source(record)
                intake.count(source, _NAMES[category])
                self._take_record(category, record, source, heard_ns, intake)
        except WireError as error:
            intake.quarantine(source, error.reason)

    def _source(self, record: Record) -> str:
        key = (record.sac, record.sic)
        source = self._sources.get(key)
        if source is None:
            source = self._sources[key] = f"asterix:{record.sac}/{record.sic}"
        return source

    def _take_record(self, category: int, record: Record, source: str, heard_ns: int, intake: Intake) -> None:
        if record.sac is None:
            intake.quarantine(source, "no-source")
            return
        if isinstance(record, Cat034):
            intake.report(report_034(record, source, heard_ns))
            return
        if source not in self._known:
            self._introduce(record, source, heard_ns, intake)
        if isinstance(record, Cat010):
            report = report_010(record, source, heard_ns)
            if report is not None:
                intake.report(report)
        try:
            sighting = _SIGHTINGS[category](record)
            if sighting is not None:
                valid_ns = self._valid_ns(record.time_s, heard_ns)
                intake.observe(source, valid_ns, heard_ns, sighting[1], sighting[0])
        except WireError as error:
            intake.quarantine(source, error.reason)

    def _introduce(self, record: Any, source: str, heard_ns: int, intake: Intake) -> None:
        kind = kind_of_sensor(record)
        if kind is not None:
            self._known.add(source)
            intake.report(SensorReport(source, heard_ns, modality=kind[0], scan=kind[1]))

    def _valid_ns(self, time_s: float | None, heard_ns: int) -> int:
        if time_s is None:
            raise WireError("no-time", "expected a time of day")
        if time_s >= DAY_S:
            raise WireError("bad-time", f"expected less than {DAY_S} s since midnight, got {time_s}")
        if self._near_ns is None:
            return utc_ns(time_s, heard_ns)
        self._near_ns = utc_ns(time_s, self._near_ns)
        return self._near_ns
