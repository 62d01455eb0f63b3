"""Items, FSPECs and records: the mechanics that every category shares.

A record is an FSPEC (seven presence bits an octet, the eighth says that another octet follows)
and then the items whose bits are set, in the order of the category's User Application Profile.
A compound item is built the same way inside an item. Here a profile is a tuple of `Item`, None
where the standard leaves the place empty; reading runs one small function an item, and the list
of functions is remembered for each FSPEC that was seen.

Reading past the end shows as IndexError or struct.error from the item, or as a position beyond
the block; `vedette.wire.asterix.blocks` turns both into "truncated".

Source: EUROCONTROL-SPEC-149, part 1 (edition 3.0), section 4.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from vedette.core.errors import WireError

T = TypeVar("T")
Read = Callable[[bytes, int, T], int]
Write = Callable[[T], bytes | None]

_PLANS_KEPT: Final = 2048  # FSPECs remembered; a real sender uses a few dozen


class Item(NamedTuple, Generic[T]):
    """One data item of a category, or one subfield of a compound item.

    number  as the standard writes it: "I048/040"
    read    (data, at, record): put what stands at `at` into the record, return where it ends
    write   bytes of the item, None where the record does not have it; None is never written
    """

    number: str
    read: Read[T]
    write: Write[T] | None = None


class Profile(Generic[T]):
    """Items in the order of their FSPEC bits, both ways."""

    __slots__ = ("_plans", "items", "name")

    def __init__(self, name: str, items: Sequence[Item[T] | None]) -> None:
        """Take the items by field reference number, from 1; None where there is none."""
        self.name = name
        self.items = tuple(items)
        self._plans: dict[bytes, tuple[Read[T], ...]] = {}

    def read(self, data: bytes, at: int, record: T) -> int:
        """Read an FSPEC at `at` and its items into the record; return where they end."""
        start = at
        while data[at] & 1:
            at += 1
        at += 1
        fspec = data[start:at]
        plan = self._plans.get(fspec)
        if plan is None:
            plan = self._plan(fspec, start)
        for read in plan:
            at = read(data, at, record)
        return at

    def write(self, record: T) -> bytes | None:
        """FSPEC and items of what the record has; None where it has nothing."""
        bits, body = [], b""
        for item in self.items:
            part = None if item is None or item.write is None else _written(item, record)
            bits.append(part is not None)
            body += part or b""
        return fspec_of(bits) + body if any(bits) else None

    def _plan(self, fspec: bytes, at: int) -> tuple[Read[T], ...]:
        if len(fspec) > (len(self.items) + 6) // 7:
            raise WireError("bad-fspec", f"{self.name}: FSPEC of {len(fspec)} octets at byte {at}")
        plan = []
        for place in (7 * octet + bit for octet in range(len(fspec)) for bit in range(7)):
            if not fspec[place // 7] & (0x80 >> place % 7):
                continue
            item = self.items[place] if place < len(self.items) else None
            if item is None:
                raise WireError("unknown-item", f"{self.name}: FSPEC bit {place + 1} at byte {at}")
            plan.append(item.read)
        if not plan:
            raise WireError("bad-fspec", f"{self.name}: FSPEC without any item at byte {at}")
        if len(self._plans) >= _PLANS_KEPT:
            self._plans.clear()
        self._plans[fspec] = tuple(plan)
        return self._plans[fspec]


def _written(item: Item[T], record: T) -> bytes | None:
    try:
        return item.write(record) if item.write else None
    except (struct.error, OverflowError, ValueError) as error:
        raise WireError("out-of-range", f"{item.number} cannot hold its value: {error}") from error


def fspec_of(bits: Sequence[bool]) -> bytes:
    """Presence bits to FSPEC octets, without empty octets at the end."""
    used = max((i for i, bit in enumerate(bits) if bit), default=0) // 7 + 1
    octets = bytearray(used)
    for place, bit in enumerate(bits[: used * 7]):
        octets[place // 7] |= bit << (7 - place % 7)
    for octet in range(used - 1):
        octets[octet] |= 1
    return bytes(octets)


def skip(octets: int) -> Callable[[bytes, int, object], int]:
    """Pass over an item of fixed length."""

    def read(_data: bytes, at: int, _record: object) -> int:
        return at + octets

    return read


def extended_end(data: bytes, at: int) -> int:
    """Where the extended item at `at` ends: each octet says in its last bit whether another follows."""
    while data[at] & 1:
        at += 1
    return at + 1


def skip_extended(data: bytes, at: int, _record: object) -> int:
    """Pass over an extended item."""
    return extended_end(data, at)


def skip_repetitive(octets: int) -> Callable[[bytes, int, object], int]:
    """Pass over a count octet and that many parts of fixed length."""

    def read(data: bytes, at: int, _record: object) -> int:
        return at + 1 + data[at] * octets

    return read


def skip_explicit(data: bytes, at: int, _record: object) -> int:
    """Pass over an item that begins with its own length (reserved expansion, special purpose)."""
    if data[at] == 0:
        raise WireError("bad-length", f"an item of explicit length says 0 octets at byte {at}")
    return at + data[at]


def chained(octets: Sequence[int]) -> bytes:
    """Join octets of an extended item: the last bit of each but the last is set."""
    return bytes([octet | 1 for octet in octets[:-1]] + [octets[-1] & 0xFE])
