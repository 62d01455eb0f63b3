"""Identifiers of SAPIENT: nodes are version-4 UUIDs in lower case, all else are ULIDs in upper case.

A ULID is 128 bits in 26 digits of Crockford's base 32: 48 bits of milliseconds since 1970, then 80
bits that tell apart what happened in one millisecond. The functions here draw nothing at random:
what would be random is an argument.

Sources: RFC 9562 section 5.4; the ULID specification; BSI Flex 335 v2.0 on identifiers.
"""

import hashlib
import re
import uuid
from typing import Final

from vedette.core.units import NS_PER_S

ULID_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_UUID4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_NS_PER_MS: Final = NS_PER_S // 1000


def is_uuid4(text: str) -> bool:
    """Whether text is a version-4 UUID in lower case."""
    return _UUID4.fullmatch(text) is not None


def is_ulid(text: str) -> bool:
    """Whether text is a ULID in upper case that fits 128 bits."""
    return _ULID.fullmatch(text) is not None


def ulid(time_ns: int, number: int) -> str:
    """The ULID of an instant and a number.

    time_ns  UTC
    number   0 or more; the lowest 80 bits are used
    """
    bits = (time_ns // _NS_PER_MS & (1 << 48) - 1) << 80 | number & (1 << 80) - 1
    return "".join(ULID_DIGITS[bits >> shift & 31] for shift in range(125, -1, -5))


def node_uuid(name: str) -> str:
    """A version-4 UUID that always belongs to name: for nodes that must be the same in every run."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))
