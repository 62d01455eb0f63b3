"""Recorded messages as lines of text: "timestamp,hex[,…]".

    timestamp  UTC, seconds since 1970, with or without a fraction; it is the valid time
    hex        a Mode S message of 14 or 28 digits, with or without double quotes
    …          other columns are not read; a first line that is a heading is passed over

Lines are taken in the order they stand, which is the order they were received.
"""

import math
from typing import Final

from vedette.core.observation import Intake
from vedette.wire.adsb.cpr import Position
from vedette.wire.adsb.fleet import Fleet
from vedette.wire.adsb.lines import Lines

_TIME_MAX_S: Final = 4_102_444_800.0  # 2100


class TimedHexDecoder:
    """One recording."""

    def __init__(self, feed: str, site: Position | None = None) -> None:
        """Start at the beginning of the file. See BeastDecoder for the arguments."""
        self._fleet = Fleet(f"adsb:{feed}", site)
        self._lines = Lines(self._fleet.source)
        self._first = True

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take any piece of the file."""
        for line in self._lines.take(data, intake):
            self._receive_line(line, heard_ns, intake)
            self._first = False
        return b""

    def _receive_line(self, line: bytes, heard_ns: int, intake: Intake) -> None:
        columns = line.split(b",", 2)
        seconds = _seconds(columns[0])
        if seconds is None or len(columns) < 2:
            if not self._first:
                intake.quarantine(self._fleet.source, "bad-line")
            return
        try:
            message = bytes.fromhex(columns[1].strip(b' "').decode())
        except ValueError:
            intake.quarantine(self._fleet.source, "bad-hex")
            return
        self._fleet.receive(message, round(seconds * 1e6) * 1000, heard_ns, intake)


def _seconds(column: bytes) -> float | None:
    try:
        seconds = float(column.strip(b' "'))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds < _TIME_MAX_S else None
