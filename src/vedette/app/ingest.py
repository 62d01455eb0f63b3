"""Frames to batches: decode, name the sensor, cut into ticks.

A tick is 40 ms of heard time. What is heard in a tick becomes one batch; a whole second without
anything becomes an empty one, so that time passes for the stages after it. Live and replay cut the
same ticks, since both go by heard_ns alone.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.app.registry import Registry
from vedette.core.observation import SELF_REPORT, Batch, Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.wire.decoder import Decoder
from vedette.wire.formats import FORMATS, DecoderOptions
from vedette.wire.remoteid import RemoteIdDecoder

TICK_NS = NS_PER_S // 25
_ALL_SENSORS_NS = 10 * NS_PER_S  # so that a sector that starts anew knows them soon
_LONGEST_GAP_S = 600  # more silence than this in a recording is passed over


class Ingest:
    """The decoders of all peers of all feeds, and the tick that is being filled.

    sensors  those that are there from the start
    known    those that are taken up when their source is first heard, by source
    claims   False hides what targets say of themselves: their positions and their names
    late_s   observations older than this are counted as out of order; the tracker does not use them
    """

    def __init__(
        self,
        sensors: list[Sensor],
        *,
        known: dict[str, Sensor] | None = None,
        claims: bool = True,
        late_s: float = 30.0,
    ) -> None:
        self.registry = Registry(sensors, known or {})
        self.records: dict[str, int] = {}
        self.hidden = 0
        self._claims = claims
        self._late_ns = round(late_s * NS_PER_S)
        self._decoders: dict[tuple[str, int], Decoder] = {}
        self._intake = Intake()
        self._tick_ns = 0  # end of the tick that is being filled; 0 before the first frame
        self._seq = 0
        self._empty = True

    def receive(
        self,
        options: DecoderOptions,
        format_name: str,
        connection: int,
        heard_ns: int,
        data: bytes,
        *,
        link: int | None = None,
    ) -> tuple[list[Batch], bytes]:
        """Take what one peer sent.

        link  the link type, where data is a captured radio frame

        Returns the batches of ticks that ended before heard_ns, and what to send back.
        """
        batches = self.advance(heard_ns)
        key = (options.feed, connection)
        decoder = self._decoders.get(key)
        if decoder is None:
            decoder = self._decoders[key] = FORMATS[format_name].make(options)
        self._empty = False
        if link is not None and isinstance(decoder, RemoteIdDecoder):
            decoder.receive_link(link, data, heard_ns, self._intake)
            return batches, b""
        return batches, decoder.receive(data, heard_ns, self._intake)

    def closed(self, feed: str, connection: int) -> None:
        """Forget the decoder of a peer that went."""
        self._decoders.pop((feed, connection), None)

    def hung_up(self, feed: str, connection: int) -> bool:
        """Whether the peer's stream cannot be read on and the connection should be closed."""
        return bool(getattr(self._decoders.get((feed, connection)), "closed", False))

    def quarantine(self, source: str, reason: str, n: int = 1) -> None:
        """Count what a feed refused before any decoder saw it."""
        self._intake.quarantine(source, reason, n)
        self._empty = False

    def advance(self, now_ns: int) -> list[Batch]:
        """End every tick that is over at now_ns; its batches, in order."""
        if not self._tick_ns:
            self._tick_ns = _tick_end(now_ns)
            return []
        if now_ns < self._tick_ns:
            return []
        out: list[Batch] = []
        if not self._empty or self._tick_ns % NS_PER_S == 0:
            out.append(self._close(self._tick_ns))
        upcoming = (self._tick_ns // NS_PER_S + 1) * NS_PER_S
        last = now_ns // NS_PER_S * NS_PER_S
        first = max(upcoming, last - _LONGEST_GAP_S * NS_PER_S)
        out += [self._close(second) for second in range(first, last + 1, NS_PER_S)]
        self._tick_ns = _tick_end(now_ns)
        return out

    def finish(self) -> list[Batch]:
        """The tick that is being filled, at the end of a recording."""
        return [] if self._empty else [self._close(self._tick_ns)]

    def _close(self, tick_ns: int) -> Batch:
        intake, self._intake, self._empty = self._intake, Intake(), True
        registry = self.registry
        registry.take(intake, tick_ns)
        for (_, record), n in intake.records.items():
            self.records[record] = self.records.get(record, 0) + n
        rows = intake.rows()
        claims = intake.claims
        if len(rows):
            lookup = np.array([registry.index(source) for source in intake.sources], np.uint32)
            rows["sensor"] = lookup[rows["sensor"]]
            for index, n in zip(*np.unique(rows["sensor"], return_counts=True), strict=True):
                registry.observed(int(index), int(n))
            self._count_out_of_order(rows, tick_ns)
            if not self._claims:
                told = (rows["flags"] & SELF_REPORT) != 0
                self.hidden += int(told.sum())
                rows = rows[~told]
                rows["claim"] = 0
                claims = []
        batch = Batch(
            seq=self._seq,
            tick_ns=tick_ns,
            rows=rows.tobytes(),
            claims=claims,
            sensors=registry.sensors if tick_ns % _ALL_SENSORS_NS == 0 else registry.changed(),
            statuses=registry.statuses(tick_ns) if tick_ns % NS_PER_S == 0 else [],
        )
        self._seq += 1
        return batch

    def _count_out_of_order(self, rows: NDArray[np.void], tick_ns: int) -> None:
        """What the tracker will not take, since it is of too long ago or of the future, by sensor."""
        late = rows["valid_ns"] < tick_ns - self._late_ns
        future = rows["valid_ns"] > tick_ns + NS_PER_S
        for reason, which in (("late", late), ("future", future)):
            if which.any():
                for index, n in zip(*np.unique(rows["sensor"][which], return_counts=True), strict=True):
                    self.registry.refused(int(index), reason, int(n))


def _tick_end(now_ns: int) -> int:
    """End of the tick that a time is in; a tick holds its beginning, not its end."""
    return (now_ns // TICK_NS + 1) * TICK_NS
