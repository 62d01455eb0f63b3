"""Beast binary: Mode S messages with the receiver's clock and signal level, over TCP.

    0     1A
    1     type: "1" Mode A/C (2 bytes), "2" short Mode S (7), "3" long Mode S (14),
          "4" the receiver's settings (14), "5" the receiver's own position (21)
    2-7   timestamp, 12 MHz counter or GPS time of day, big-endian
    8     signal level, 255 is full scale of the square root of power
    9-    message

Every 1A from byte 2 on is doubled. The timestamp FF 00 4D 4C 41 54 marks a message that a
multilateration server made: its position is computed, not the target's own.

Source: the format has no standard; Mode-S Beast manual by G. Hoenig, and the readsb documentation.
"""

from typing import Final

from vedette.core.observation import Intake
from vedette.wire.adsb.cpr import Position
from vedette.wire.adsb.fleet import Fleet

ESCAPE: Final = 0x1A
_ESCAPE: Final = b"\x1a"
_DOUBLED: Final = b"\x1a\x1a"
_HEAD_BYTES: Final = 7  # timestamp and signal
_PAYLOAD_BYTES: Final = {0x31: 2, 0x32: 7, 0x33: 14, 0x34: 14, 0x35: 21}
_MODE_S: Final = (0x32, 0x33)
MLAT_TIMESTAMP: Final = b"\xff\x00MLAT"


class BeastDecoder:
    """One receiver's Beast stream."""

    def __init__(self, feed: str, site: Position | None = None) -> None:
        """Start between two frames.

        feed  names the source of its observations: "adsb:<feed>"
        site  where the receiver stands, latitude and longitude in degrees, if known
        """
        self._fleet = Fleet(f"adsb:{feed}", site)
        self._rest = b""

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take any piece of the stream. What was received off the air is valid when it was heard."""
        block = self._rest + data
        at = 0
        while True:
            start = block.find(_ESCAPE, at)
            if start != at:
                self._quarantine_gap(block, at, start, intake)
            if start < 0:
                self._rest = b""
                return b""
            frame, end = _take_frame(block, start)
            if end is None:
                self._rest = block[start:]
                return b""
            if frame is None:
                intake.quarantine(self._fleet.source, "framing")
            else:
                self._receive_frame(frame, heard_ns, intake)
            at = end

    def _quarantine_gap(self, block: bytes, at: int, start: int, intake: Intake) -> None:
        """Count bytes between frames, once a run."""
        if at < (len(block) if start < 0 else start):
            intake.quarantine(self._fleet.source, "framing")

    def _receive_frame(self, frame: bytes, heard_ns: int, intake: Intake) -> None:
        """Take a whole frame: its type and what follows, single 1As."""
        fleet = self._fleet
        if frame[0] in _MODE_S:
            relayed = frame.startswith(MLAT_TIMESTAMP, 1)
            fleet.receive(frame[1 + _HEAD_BYTES :], heard_ns, heard_ns, intake, relayed=relayed)
        else:
            intake.count(fleet.source, "adsb.mode_ac" if frame[0] == 0x31 else "adsb.receiver")


def _take_frame(block: bytes, start: int) -> tuple[bytes | None, int | None]:
    """The frame whose 1A stands at `start`, and where to go on.

    (frame, end) where it is whole; (None, end) where it is none; (None, None) where more must come.
    """
    if start + 1 >= len(block):
        return None, None
    payload_bytes = _PAYLOAD_BYTES.get(block[start + 1])
    if payload_bytes is None:
        return None, start + (2 if block[start + 1] == ESCAPE else 1)
    need = 1 + _HEAD_BYTES + payload_bytes
    end = start + 1 + need
    frame = block[start + 1 : end]
    if ESCAPE not in frame and len(frame) == need:
        return frame, end
    return _take_escaped(block, start + 1, need)


def _take_escaped(block: bytes, at: int, need: int) -> tuple[bytes | None, int | None]:
    """The same for a frame with doubled 1As, or one that is cut short."""
    frame = b""
    while len(frame) < need:
        escape = block.find(_ESCAPE, at, at + need - len(frame))
        if escape < 0:
            piece = block[at : at + need - len(frame)]
            if len(frame) + len(piece) < need:
                return None, None
            return frame + piece, at + len(piece)
        if escape + 1 >= len(block):
            return None, None
        if block[escape + 1] != ESCAPE:
            return None, escape  # another frame begins here
        frame += block[at : escape + 1]
        at = escape + 2
    return frame, at


def beast_frame(message: bytes, timestamp: int = 0, signal: int = 200) -> bytes:
    """A Mode S message of 7 or 14 bytes as a Beast frame.

    timestamp  48 bits; of a 12 MHz counter, as most receivers do
    signal     0 to 255
    """
    kind = b"\x1a2" if len(message) == 7 else b"\x1a3"
    body = timestamp.to_bytes(6) + signal.to_bytes(1) + message
    return kind + body.replace(_ESCAPE, _DOUBLED)
