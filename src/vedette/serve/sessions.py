"""Who is logged in, and who guesses too often. Both forget, so neither grows."""

import asyncio
import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final, Literal

_MAX_SESSIONS: Final = 1000
_MAX_ADDRESSES: Final = 4096
_WINDOW_S: Final = 60.0

Clock = Callable[[], float]
Role = Literal["watch", "director"]  # who may do what: see guard.py


class Sessions:
    """Random session ids, each good until it was unused for `life_s`."""

    def __init__(self, life_s: float, clock: Clock) -> None:
        """Nobody is logged in. clock gives seconds that never go back."""
        self._life_s = life_s
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()
        self._roles: dict[str, Role] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}

    def create(self, role: Role = "watch") -> str:
        """A new session; the one that was unused longest makes room."""
        session = secrets.token_urlsafe(32)
        self._until[session] = self._clock() + self._life_s
        self._roles[session] = role
        while len(self._until) > _MAX_SESSIONS:
            self._roles.pop(self._until.popitem(last=False)[0], None)
        return session

    def role(self, session: str) -> Role:
        """Whose it is; of a session that is not known, the one with fewest rights."""
        return self._roles.get(session, "watch")

    def valid(self, session: str) -> bool:
        """Whether it is good; using it makes it last."""
        until = self._until.get(session)
        if until is None:
            return False
        now = self._clock()
        if now > until and session not in self._watchers:
            del self._until[session]
            self._roles.pop(session, None)
            return False
        self._until[session] = now + self._life_s
        self._until.move_to_end(session)
        return True

    def end(self, session: str) -> None:
        """Log out; whoever watches is told."""
        self._until.pop(session, None)
        self._roles.pop(session, None)
        for ended in self._watchers.get(session, ()):
            ended.set()

    def watch(self, session: str) -> asyncio.Event:
        """An event that is set when the session ends. Until `unwatch` it counts as in use."""
        ended = asyncio.Event()
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
