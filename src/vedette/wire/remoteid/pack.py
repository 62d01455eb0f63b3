"""Message pack: up to nine messages in one broadcast.

    byte 0     type 15 << 4 | version
    byte 1     bytes of one message, 25
    byte 2     how many
    3-         the messages

Bytes after the last message are filling.

Source: ASTM F3411-22a, 5.4.5.12.
"""

from typing import Final

from vedette.core.errors import WireError
from vedette.wire.remoteid.fields import MESSAGE_BYTES, head

TYPE: Final = 15
MESSAGES_MAX: Final = 9
HEAD_BYTES: Final = 3


def decode(pack: bytes) -> list[bytes]:
    """The messages of a pack, 25 bytes each, or WireError where it does not hold what it says."""
    if len(pack) < HEAD_BYTES:
        raise WireError("truncated", f"expected a pack of {HEAD_BYTES} bytes or more, got {len(pack)}")
    size, count = pack[1], pack[2]
    if size != MESSAGE_BYTES or count > MESSAGES_MAX:
        raise WireError(
            "bad-pack",
            f"expected up to {MESSAGES_MAX} messages of {MESSAGE_BYTES} bytes, got {count} of {size}",
        )
    if len(pack) < HEAD_BYTES + count * MESSAGE_BYTES:
        raise WireError("truncated", f"expected {count} messages, got {len(pack) - HEAD_BYTES} bytes of them")
    return [pack[at : at + MESSAGE_BYTES] for at in range(HEAD_BYTES, HEAD_BYTES + count * size, size)]


def encode(messages: list[bytes]) -> bytes:
    """A pack of up to nine messages."""
    if not 1 <= len(messages) <= MESSAGES_MAX:
        raise ValueError(f"expected 1 to {MESSAGES_MAX} messages in a pack, got {len(messages)}")
    return bytes((head(TYPE), MESSAGE_BYTES, len(messages))) + b"".join(messages)
