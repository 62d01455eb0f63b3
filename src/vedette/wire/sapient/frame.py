"""SAPIENT over TCP: a 4-byte little-endian length, then that many bytes of protobuf.

    0  u4  length of the payload, little-endian
    4  …   one SapientMessage

A length above MAX_PAYLOAD says that the two ends no longer agree where messages begin. Nothing in
the format marks a beginning, so the stream cannot be found again: the reader closes, and the feed
hangs up and lets the peer connect anew.

Source: BSI Flex 335 v2.0, clause on the TCP/IP transport.
"""

import struct
from collections.abc import Iterator
from typing import Final

from google.protobuf.message import Message

from vedette.core.errors import WireError

LENGTH: Final = struct.Struct("<I")
MAX_PAYLOAD: Final = 1 << 20  # bytes; the largest honest registration is a few kilobytes


def encode_frame(message: Message) -> bytes:
    """Message to its bytes on the wire. The same message always gives the same bytes."""
    payload = message.SerializeToString(deterministic=True)
    return LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Cuts a byte stream into payloads, wherever the network cut it."""

    __slots__ = ("_held", "closed")

    def __init__(self) -> None:
        """Start between two messages."""
        self._held = bytearray()
        self.closed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield every payload that data completes.

        Raises WireError("oversized") at a length above MAX_PAYLOAD, after the payloads before it;
        from then on the reader is closed and yields nothing.
        """
        if self.closed:
            return
        self._held += data
        begin = 0
        try:
            while len(self._held) - begin >= LENGTH.size:
                (length,) = LENGTH.unpack_from(self._held, begin)
                if length > MAX_PAYLOAD:
                    self._close()
                    raise WireError(
                        "oversized", f"expected at most {MAX_PAYLOAD} bytes, got a length of {length}"
                    )
                end = begin + LENGTH.size + length
                if len(self._held) < end:
                    break
                yield bytes(self._held[begin + LENGTH.size : end])
                begin = end
        finally:
            del self._held[:begin]

    def _close(self) -> None:
        self._held.clear()
        self.closed = True
