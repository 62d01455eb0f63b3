"""One message of the bus."""

from msgspec import Struct


class Message(Struct, frozen=True, gc=False):
    """One message of the bus.

    seq      its number in the stream, from 1; 0 where it came without a stream
    pending  how many more the stream holds after this one
    """

    topic: str
    payload: bytes
    seq: int = 0
    pending: int = 0
