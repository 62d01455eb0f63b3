"""What of a watch outlives it: visits, and suppressions of whole zones and rules. Tracks do not."""

from dataclasses import replace

import msgspec
from msgspec import Struct

from vedette.core.errors import StorageError
from vedette.watch.decide import Suppression
from vedette.watch.remember import Visit
from vedette.watch.step import WatchState

VERSION = 1


class Saved(Struct, frozen=True, kw_only=True):
    """The file's content."""

    version: int = VERSION
    visits: dict[str, tuple[Visit, ...]] = {}
    suppressions: tuple[Suppression, ...] = ()


def saved(state: WatchState) -> bytes:
    """A watch's memory, as JSON."""
    lasting = tuple(one for one in state.suppressions if one.scope in ("zone", "rule"))
    return msgspec.json.encode(Saved(visits=dict(state.memory.visits), suppressions=lasting))


def restored(state: WatchState, data: bytes) -> WatchState:
    """A new watch with the memory of an older one, or StorageError."""
    try:
        old = msgspec.json.decode(data, type=Saved)
    except msgspec.DecodeError as error:
        raise StorageError(f"expected the memory of a watch, got {error}") from error
    if old.version != VERSION:
        raise StorageError(f"expected the memory of a watch in version {VERSION}, got version {old.version}")
    return replace(state, memory=replace(state.memory, visits=old.visits), suppressions=old.suppressions)
