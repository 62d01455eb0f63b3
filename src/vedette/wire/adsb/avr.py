"""AVR text: one Mode S message a line, in hexadecimal.

    *<message>;                                    no clock
    @<timestamp, 12 digits><message>;              12 MHz counter
    <<timestamp, 12 digits><signal, 2 digits><message>;

Source: the format has no standard; dump1090 and the AVR receivers that gave it its name.
"""

from typing import Final

from vedette.core.observation import Intake
from vedette.wire.adsb.cpr import Position
from vedette.wire.adsb.fleet import Fleet
from vedette.wire.adsb.lines import Lines

_PREFIX_DIGITS: Final = {ord("*"): 0, ord("@"): 12, ord("<"): 14}
_MODE_AC_DIGITS: Final = 4
_MLAT_DIGITS: Final = b"FF004D4C4154"


class AvrDecoder:
    """One receiver's AVR stream."""

    def __init__(self, feed: str, site: Position | None = None) -> None:
        """Start at the beginning of a line. See BeastDecoder for the arguments."""
        self._fleet = Fleet(f"adsb:{feed}", site)
        self._lines = Lines(self._fleet.source)

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take any piece of the stream."""
        for line in self._lines.take(data, intake):
            self._receive_line(line, heard_ns, intake)
        return b""

    def _receive_line(self, line: bytes, heard_ns: int, intake: Intake) -> None:
        source = self._fleet.source
        skip = _PREFIX_DIGITS.get(line[0])
        if skip is None or not line.endswith(b";"):
            intake.quarantine(source, "bad-line")
            return
        digits = line[1 + skip : -1]
        if len(digits) == _MODE_AC_DIGITS:
            intake.count(source, "adsb.mode_ac")
            return
        try:
            message = bytes.fromhex(digits.decode())
        except ValueError:
            intake.quarantine(source, "bad-hex")
            return
        relayed = skip > 0 and line[1:13].upper() == _MLAT_DIGITS
        self._fleet.receive(message, heard_ns, heard_ns, intake, relayed=relayed)


def avr_line(message: bytes, timestamp: int | None = None) -> bytes:
    """A Mode S message as an AVR line."""
    clock = b"*" if timestamp is None else b"@%012X" % timestamp
    return clock + message.hex().upper().encode() + b";\n"
