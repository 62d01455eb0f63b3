"""Data blocks: one category octet, two octets of length (these three included), records.

Source: EUROCONTROL-SPEC-149, part 1 (edition 3.0), section 4.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final, cast

from vedette.core.errors import WireError
from vedette.wire.asterix import cat010, cat021, cat034, cat048, cat062
from vedette.wire.asterix.cat010 import Cat010
from vedette.wire.asterix.cat021 import Cat021
from vedette.wire.asterix.cat034 import Cat034
from vedette.wire.asterix.cat048 import Cat048
from vedette.wire.asterix.cat062 import Cat062
from vedette.wire.asterix.items import Profile
from vedette.wire.asterix.values import DAY_S

Record = Cat010 | Cat021 | Cat034 | Cat048 | Cat062

HEADER: Final = 3
LONGEST: Final = 65535

# The categories that are read, with what one record becomes.
PROFILES: Final = cast(
    "dict[int, tuple[type[Record], Profile[Record]]]",
    {
        10: (Cat010, cat010.PROFILE),
        21: (Cat021, cat021.PROFILE),
        34: (Cat034, cat034.PROFILE),
        48: (Cat048, cat048.PROFILE),
        62: (Cat062, cat062.PROFILE),
    },
)
# Categories that EUROCONTROL has given a meaning to; the rest is taken for garbage.
ASSIGNED: Final = frozenset(
    {1, 2, 3, 4, 7, 8, 9, 10, 11, 15, 16, 17, 18, 19, 20, 21, 23, 25, 32, 34}
    | {48, 62, 63, 65, 129, 150, 203, 204, 205, 240, 247, 252}
)


def split_blocks(data: bytes) -> Iterator[bytes]:
    """Cut a datagram or a file into its data blocks, by their lengths.

    What is left where a length is impossible or the data ends early comes last, as it stands, so
    that nothing is lost; `decode_block` and `AsterixDecoder` then say what is wrong with it.
    """
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 1 : at + HEADER], "big")
        if length < HEADER or at + length > len(data):
            length = len(data) - at
        yield data[at : at + length]
        at += length


def check_block(block: bytes) -> int:
    """Category of one whole block, or WireError."""
    if len(block) < HEADER:
        raise WireError("truncated", f"expected a block header of {HEADER} bytes, got {len(block)}")
    if block[0] not in ASSIGNED:
        raise WireError("unknown-category", f"expected a category that has a meaning, got {block[0]}")
    length = int.from_bytes(block[1:HEADER], "big")
    if length <= HEADER:
        raise WireError("bad-length", f"expected a block length above {HEADER}, got {length}")
    if length > len(block):
        raise WireError("truncated", f"expected a block of {length} bytes, got {len(block)}")
    if length < len(block):
        raise WireError("bad-length", f"expected one block of {length} bytes, got {len(block)}")
    return block[0]


def iter_records(block: bytes) -> Iterator[Record]:
    """Read the records of one block one by one; WireError where one cannot be read."""
    category = check_block(block)
    if category not in PROFILES:
        raise WireError("unknown-category", f"expected one of {sorted(PROFILES)}, got {category}")
    new, profile = PROFILES[category]
    read, end, at = profile.read, len(block), HEADER
    while at < end:
        record = new()
        try:
            after = read(block, at, record)
        except (IndexError, struct.error) as error:
            raise WireError("truncated", f"{profile.name} record at byte {at} of {end} has no end") from error
        if after > end:
            raise WireError("truncated", f"{profile.name} record at byte {at} ends at {after} of {end}")
        at = after
        yield record


def decode_block(block: bytes) -> list[Record]:
    """All records of one block, or WireError."""
    return list(iter_records(block))


def encode_block(category: int, records: Sequence[Record]) -> bytes:
    """Write one data block of one category.

    Each record writes the fields that are not None. WireError where a value does not fit its item
    ("out-of-range"), a record has nothing to write ("empty-record") or the block is too long.
    """
    if category not in PROFILES:
        raise WireError("unknown-category", f"expected one of {sorted(PROFILES)}, got {category}")
    new, profile = PROFILES[category]
    body = bytearray()
    for place, record in enumerate(records):
        if not isinstance(record, new):
            raise WireError(
                "wrong-record", f"record {place}: expected {new.__name__}, got {type(record).__name__}"
            )
        octets = profile.write(record)
        if octets is None:
            raise WireError("empty-record", f"record {place} of {profile.name} has no field to write")
        body += octets
    if HEADER + len(body) > LONGEST:
        raise WireError("too-long", f"expected up to {LONGEST} bytes a block, got {HEADER + len(body)}")
    return bytes([category]) + (HEADER + len(body)).to_bytes(2, "big") + body


def peek_time_s(block: bytes) -> float | None:
    """Seconds since midnight UTC that the first record of a block carries; None where it has none."""
    try:
        time_s = next(iter_records(block)).time_s
    except (WireError, StopIteration):
        return None
    return time_s if time_s is not None and time_s < DAY_S else None
