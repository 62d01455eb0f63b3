"""The seam between bytes and observations.

A decoder belongs to one peer of one feed: a TCP connection, a UDP port, a file. It may remember
what the format makes it remember (a half-received frame, a registration, an odd position frame),
and nothing else: the same bytes at the same times give the same output. It never raises for bad
input; it quarantines it by reason and goes on.
"""

from typing import Protocol

from vedette.core.observation import Intake


class Decoder(Protocol):
    """Bytes in, observations out."""

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take what came from the peer and put what it says into intake.

        data      a datagram, or any piece of a stream
        heard_ns  UTC, when it arrived; never smaller than in the call before

        Returns the bytes to send back; empty for nearly every format. A replay throws them away.
        """
        ...
