r"""Canonical bytes: one value, one spelling.

JSON in UTF-8 without white space, in the spirit of RFC 8785 (JSON Canonicalization Scheme):

- members of an object in the order of their names' UTF-8 bytes, each name once;
- in strings only `"`, `\` and U+0000 to U+001F are escaped: as \" \\ \b \t \n \f \r where there is such
  a form, else as \u and four digits, the letters small;
- whole numbers from -2**63 to 2**64 - 1 in full;
- other numbers as the shortest decimal that reads back to the same double, with a point or an exponent.

RFC 8785 differs in two things: it has doubles only, which do not hold nanoseconds since 1970, and it orders
names by UTF-16. There is no NaN and no infinity: what is not known is null.
"""

import math
from typing import Any, Final

import msgspec

from vedette.core.errors import LedgerError

DEEPEST: Final = 32
_LEAST, _MOST = -(2**63), 2**64 - 1
_encoder = msgspec.json.Encoder(order="sorted")


def encode(value: object) -> bytes:
    """The canonical bytes of None, bool, int, float, str, list, dict with str keys, or a Struct of these.

    LedgerError where there are none; it says where in the value and why.
    """
    try:
        plain = msgspec.to_builtins(value, builtin_types=(bytes, bytearray, memoryview))
        _check(plain, "", DEEPEST)
        return _encoder.encode(plain)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise LedgerError(
            f"expected a value that can be written down the same every time: {error}"
        ) from error


def decode(content: bytes) -> Any:
    """What canonical bytes say, or LedgerError: also where they are another spelling of it."""
    try:
        value = msgspec.json.decode(content)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise LedgerError(f"expected canonical JSON, got {content[:80]!r}: {error}") from error
    spelt = encode(value)
    if spelt != content:
        at = next((i for i, (a, b) in enumerate(zip(spelt, content, strict=False)) if a != b), len(spelt))
        raise LedgerError(f"expected canonical JSON, got another spelling from byte {at} on")
    return value


def _check(value: object, place: str, deeper: int) -> None:
    """LedgerError unless `value` reads back as it is."""
    if deeper < 0:
        raise LedgerError(f"expected {DEEPEST} levels or fewer, got more at {place[:80]}")
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise LedgerError(f"expected names that are text, got {name!r} in {place or 'the value'}")
            _check(inner, f"{place}.{name}", deeper - 1)
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            _check(inner, f"{place}[{i}]", deeper - 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise LedgerError(f"expected a finite number or None at {place or 'the value'}, got {value}")
    elif isinstance(value, int):
        if not _LEAST <= value <= _MOST:
            raise LedgerError(f"expected a whole number of 64 bits at {place or 'the value'}, got {value}")
    elif value is not None and not isinstance(value, str):
        raise LedgerError(f"expected plain values, got {type(value).__name__} at {place or 'the value'}")
