"""A stretch of a journal, with what a decoder must have heard before it to understand it.

Most peers introduce themselves when they connect (SAPIENT registers, then reports). Therefore the first
frames of every connection that is still open where the stretch begins come along, with their own times.
"""

from pathlib import Path
from typing import Final

from msgspec import Struct

from vedette.core.errors import StorageError
from vedette.feed.journal import Damage, Feed, Frame, JournalWriter, read_journal

HELLO: Final = 10  # frames of a connection that come along


class Cut(Struct, frozen=True, kw_only=True):
    """What was cut: frames of the stretch, frames that came along, stretches of the source that were bad."""

    frames: int
    hello: int
    damaged: int


def cut(source: Path, out: Path, from_ns: int, until_ns: int) -> Cut:
    """Write a journal folder with what was heard from one time, included, to another, UTC."""
    damaged: list[Damage] = []
    begun: dict[tuple[str, int], list[Frame]] = {}
    frames = hello = 0
    with JournalWriter(out) as journal:
        for frame in read_journal(source, damaged.append):
            if frame.heard_ns >= until_ns:
                break
            if frame.heard_ns < from_ns:
                _remember(begun, frame)
                continue
            if not frames:
                hello = _along(journal, begun)
            _copy(journal, frame)
            frames += 1
    if not frames:
        raise StorageError(f"{source}: expected frames in the time that was asked for, got none")
    return Cut(frames=frames, hello=hello, damaged=len(damaged))


def _remember(begun: dict[tuple[str, int], list[Frame]], frame: Frame) -> None:
    """The first frames of each connection that is open; of one that went nothing."""
    key = (frame.feed, frame.connection)
    if frame.kind == "close":
        begun.pop(key, None)
    elif frame.kind == "open":
        begun[key] = [frame]
    elif len(known := begun.setdefault(key, [])) < HELLO:
        known.append(frame)


def _along(journal: JournalWriter, begun: dict[tuple[str, int], list[Frame]]) -> int:
    """Write what was remembered, in the order in which it was heard; returns how many frames."""
    frames = sorted((f for known in begun.values() for f in known), key=lambda frame: frame.heard_ns)
    for frame in frames:
        _copy(journal, frame)
    return len(frames)


def _copy(journal: JournalWriter, frame: Frame) -> None:
    journal.declare(Feed(frame.feed, frame.format, frame.options))
    if frame.kind == "data":
        journal.write(frame.feed, frame.connection, frame.heard_ns, frame.data)
    elif frame.kind == "open":
        journal.opened(frame.feed, frame.connection, frame.heard_ns, frame.data.decode("utf-8", "replace"))
    else:
        journal.closed(frame.feed, frame.connection, frame.heard_ns)
