"""Lines out of a stream that is cut anywhere."""

from typing import Final

from vedette.core.observation import Intake

LINE_MAX_BYTES: Final = 4096


class Lines:
    """Gathers pieces of a stream into lines without their ends."""

    def __init__(self, source: str, line_max_bytes: int = LINE_MAX_BYTES) -> None:
        """Start at the beginning of a line; a longer one is quarantined as oversized under `source`."""
        self._source = source
        self._max_bytes = line_max_bytes
        self._rest = b""

    def take(self, data: bytes, intake: Intake) -> list[bytes]:
        """The lines that `data` completes; empty ones are left out."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self._max_bytes:
            intake.quarantine(self._source, "oversized")
            self._rest = b""
        return [line.strip() for line in lines if line.strip()]
