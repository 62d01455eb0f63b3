"""What waits for one WebSocket client, with an upper bound.

Three kinds, each with its own way to stay small when the client is slow:

frames   picture deltas; when they pile up, all are thrown away and one whole picture takes their place
latest   states with a name (an identity, a sensor): a newer one replaces the one that waits
texts    alerts and the like: never thrown away; too many of them mean that the client is lost
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

MAX_FRAMES: Final = 64
MAX_FRAME_BYTES: Final = 4 * 1024 * 1024
MAX_TEXTS: Final = 10_000
_LATEST_A_FRAME: Final = 32


class Outbox:
    """A queue for one client. One task puts, another takes; both in the same event loop."""

    def __init__(self, greeting: str, whole: Callable[[], bytes]) -> None:
        """The greeting comes out first, then a whole picture.

        whole  makes a frame with all tracks, as they are when it is called
        """
        self.dropped = 0  # frames that a whole picture took the place of
        self.overflowed = False  # more texts than a living client leaves lying
        self._greeting: str | None = greeting
        self._whole = whole
        self._stale = True
        self._frames: deque[bytes] = deque()
        self._frame_bytes = 0
        self._texts: deque[str] = deque()
        self._latest: dict[str, str] = {}
        self._turns = _LATEST_A_FRAME
        self._something = asyncio.Event()
        self._something.set()

    def put_frame(self, frame: bytes) -> None:
        """Add a delta, or count it as dropped when a whole picture is due anyway."""
        if self._stale:
            self.dropped += 1
            return
        self._frames.append(frame)
        self._frame_bytes += len(frame)
        if len(self._frames) > MAX_FRAMES or self._frame_bytes > MAX_FRAME_BYTES:
            self.resync()
        self._something.set()

    def put_latest(self, key: str, text: str) -> None:
        """Add a state; it replaces the one of the same key that still waits."""
        self._latest[key] = text
        self._something.set()

    def put_text(self, text: str) -> None:
        """Add what must arrive."""
        if len(self._texts) >= MAX_TEXTS:
            self.overflowed = True
        else:
            self._texts.append(text)
        self._something.set()

    def resync(self) -> None:
        """Put one whole picture in the place of all frames that wait."""
        self.dropped += len(self._frames)
        self._frames.clear()
        self._frame_bytes = 0
        self._stale = True
        self._something.set()

    def take(self) -> str | bytes | None:
        """The next message, or None when nothing waits."""
        if self._greeting is not None:
            greeting, self._greeting = self._greeting, None
            return greeting
        if self._stale:
            self._stale = False
            return self._whole()
        if self._texts:
            return self._texts.popleft()
        if self._latest and (self._turns > 0 or not self._frames):
            self._turns -= 1
            return self._latest.pop(next(iter(self._latest)))
        self._turns = _LATEST_A_FRAME
        if self._frames:
            frame = self._frames.popleft()
            self._frame_bytes -= len(frame)
            return frame
        return None

    async def wait(self) -> None:
        """Until something is there."""
        await self._something.wait()

    def settle(self) -> None:
        """Say that `take` gave None: `wait` waits again."""
        self._something.clear()

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._frames) + len(self._texts) + len(self._latest) + self._stale
