"""A tracker's state as bytes, and back: the step after it is the same step, to the last bit.

     0  4s   magic    "VDTS"
     4  u2   version  of this layout, little-endian
     6  8s   shape    hash of all kinds of values in a state, their fields and the fields' order
    14  16s  sum      BLAKE2b of what follows
    30       msgpack  the state: a value by its kind, an array as [dtype, shape, order, bytes]

A state whose fields are others than those of this program is refused: there is no guessing what a
field that is new would have been. Nothing in the bytes is ever run.
"""

import dataclasses
import hashlib
import struct
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_type_hints

import msgspec
import numpy as np

from vedette.core.errors import StorageError
from vedette.track.state import TrackerState

MAGIC: Final = b"VDTS"
VERSION: Final = 1
HEADER: Final = struct.Struct("<4sH8s16s")
_NOT_A_STATE: Final = (msgspec.DecodeError, LookupError, TypeError, ValueError, OverflowError, RecursionError)
_WHAT: Final = "a saved tracker state"

# Tags of what msgpack has no kind for.
_ARRAY: Final = "array"
_TUPLE: Final = "tuple"
_DICT: Final = "dict"
_LIST: Final = "list"


def save(state: TrackerState) -> bytes:
    """The state as bytes; the same state gives the same bytes."""
    body = msgspec.msgpack.encode(_plain(state))
    return HEADER.pack(MAGIC, VERSION, _SHAPE, _sum(body)) + body


def load(data: bytes) -> TrackerState:
    """A state from the bytes that `save` made; StorageError where they are others, or damaged."""
    if len(data) < HEADER.size:
        raise StorageError(f"expected {_WHAT} of {HEADER.size} bytes or more, got {len(data)}")
    magic, version, shape, checked = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise StorageError(f"expected {_WHAT} that begins with {MAGIC!r}, got {magic!r}")
    if version != VERSION:
        raise StorageError(f"expected {_WHAT} of version {VERSION}, got version {version}")
    if shape != _SHAPE:
        raise StorageError(
            f"expected {_WHAT} with the fields of this program ({_SHAPE.hex()}), got one with others "
            f"({shape.hex()}): it was saved by another release"
        )
    body = data[HEADER.size :]
    if _sum(body) != checked:
        raise StorageError(f"expected {_WHAT} as it was written, got {len(data)} bytes that are damaged")
    try:
        state = _value(msgspec.msgpack.decode(body))
    except _NOT_A_STATE as error:
        raise StorageError(f"expected {_WHAT}, got something else: {error}") from error
    if not isinstance(state, TrackerState):
        raise StorageError(f"expected {_WHAT}, got {type(state).__name__}")
    return state


def _sum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _plain(value: Any) -> Any:
    """A value in what msgpack knows."""
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, np.ndarray):
        order: Literal["F", "C"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        return [_ARRAY, _dtype_plain(value.dtype), list(value.shape), order, value.tobytes(order)]
    if isinstance(value, dict):
        return [_DICT, [[_plain(key), _plain(item)] for key, item in value.items()]]
    name = type(value).__name__
    if _KINDS.get(name) is type(value):
        return [name, [_plain(getattr(value, field)) for field in _fields(type(value))]]
    if isinstance(value, tuple | list):
        return [_TUPLE if isinstance(value, tuple) else _LIST, [_plain(item) for item in value]]
    raise StorageError(f"expected values that a state can hold, got {name}")


def _value(plain: Any) -> Any:
    """The value that `_plain` was given."""
    if not isinstance(plain, list):
        return plain
    tag, *rest = plain
    if tag == _ARRAY:
        dtype, shape, order, content = rest
        flat = np.frombuffer(content, _dtype(dtype))
        # An array of its own, that can be written, as those are that a step makes.
        return np.array(flat.reshape(shape, order=order), order=order)
    if tag == _DICT:
        return {_value(key): _value(item) for key, item in rest[0]}
    items = [_value(item) for item in rest[0]]
    if tag == _LIST:
        return items
    if tag == _TUPLE:
        return tuple(items)
    kind = _KINDS[tag]
    return kind(**dict(zip(_fields(kind), items, strict=True)))


def _dtype_plain(dtype: np.dtype[Any]) -> Any:
    """Of plain numbers its name; of a record [name, what, shape] for each column."""
    if dtype.names is None:
        if dtype.kind not in "biufS":
            raise StorageError(f"expected arrays of numbers in a state, got {dtype}")
        return dtype.str
    return [[name, _dtype_plain(dtype[name].base), list(dtype[name].shape)] for name in dtype.names]


def _dtype(plain: Any) -> np.dtype[Any]:
    if isinstance(plain, str):
        return np.dtype(plain)
    return np.dtype([(name, _dtype(what), tuple(shape)) for name, what, shape in plain])


def _fields(kind: type) -> tuple[str, ...]:
    """Fields of a kind of value in their order."""
    if dataclasses.is_dataclass(kind):
        return tuple(f.name for f in dataclasses.fields(kind))
    return tuple(getattr(kind, "__struct_fields__", ()) or getattr(kind, "_fields", ()))


def _inside(hint: Any) -> Iterator[type]:
    """Kinds of values that an annotation names, those in their fields included."""
    for argument in get_args(hint):
        yield from _inside(argument)
    if isinstance(hint, type) and _fields(hint):
        yield hint
        for told in get_type_hints(hint).values():
            yield from _inside(told)


def _kinds() -> dict[str, type]:
    """All kinds of values in a state by their names, which are each used once."""
    out: dict[str, type] = {}
    for kind in _inside(TrackerState):
        if out.setdefault(kind.__name__, kind) is not kind:
            raise StorageError(f"expected one kind of value named {kind.__name__} in a state, got two")
    return out


_KINDS: Final = _kinds()
_SHAPE: Final = hashlib.blake2b(
    repr([(name, _fields(_KINDS[name])) for name in sorted(_KINDS)]).encode(), digest_size=8
).digest()
