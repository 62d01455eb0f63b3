"""Who is logged in, and who guesses too often. Both forget, so neither grows."""

import asyncio
import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Final

from vedette.serve.rights import Who

_MAX_SESSIONS: Final = 1000
_MAX_ADDRESSES: Final = 4096
_WINDOW_S: Final = 60.0

Clock = Callable[[], float]


class Sessions:
    """Random session ids, each good until it was unused for `life_s`."""

    def __init__(self, life_s: float, clock: Clock) -> None:
        """Nobody is logged in. clock gives seconds that never go back."""
        self._life_s = life_s
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()
        self._who: dict[str, Who] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}

    def create(self, who: Who) -> str:
        """A new session; the one that was unused longest makes room."""
        session = secrets.token_urlsafe(32)
        self._until[session] = self._clock() + self._life_s
        self._who[session] = who
        while len(self._until) > _MAX_SESSIONS:
            self.end(next(iter(self._until)))
        return session

    def who(self, session: str) -> Who | None:
        """Whose it is, if it is good; using it makes it last."""
        until = self._until.get(session)
        if until is None:
            return None
        now = self._clock()
        if now > until and session not in self._watchers:
            self.end(session)
            return None
        self._until[session] = now + self._life_s
        self._until.move_to_end(session)
        return self._who[session]

    def end(self, session: str) -> None:
        """Log out; whoever watches is told."""
        self._until.pop(session, None)
        self._who.pop(session, None)
        for ended in self._watchers.get(session, ()):
            ended.set()

    def keep_only(self, allowed: Iterable[Who]) -> None:
        """End the sessions of persons who are not among these, with the role that they have now."""
        good = set(allowed)
        for session, who in list(self._who.items()):
            if who.name and who not in good:
                self.end(session)

    def watch(self, session: str) -> asyncio.Event:
        """An event that is set when the session ends. Until `unwatch` it counts as in use."""
        ended = asyncio.Event()
        if session not in self._until:
            ended.set()
        self._watchers.setdefault(session, set()).add(ended)
        return ended

    def unwatch(self, session: str, ended: asyncio.Event) -> None:
        """Nobody waits for this event any more."""
        watchers = self._watchers.get(session, set())
        watchers.discard(ended)
        if not watchers:
            self._watchers.pop(session, None)


class Attempts:
    """Wrong tokens by address, the last minute of them."""

    def __init__(self, limit: int, clock: Clock) -> None:
        """No failures yet. limit a minute and address."""
        self._limit = limit
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def failed(self, address: str) -> None:
        """Note a wrong token."""
        times = self._failures.setdefault(address, deque(maxlen=self._limit))
        times.append(self._clock())
        self._failures.move_to_end(address)
        while len(self._failures) > _MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def wait_s(self, address: str) -> float:
        """How long this address must wait before its next try; 0 may try now."""
        times = self._failures.get(address)
        if times is None or len(times) < self._limit:
            return 0.0
        return max(0.0, times[0] + _WINDOW_S - self._clock())


def same_secret(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8"))
