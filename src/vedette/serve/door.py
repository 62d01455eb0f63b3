"""Tokens at the door: the node's own, the director's, and those of persons. A person's token opens a session.

Comparing a person's token is slow on purpose, so it is done once: the same token finds its session again.
"""

import asyncio
import hashlib
from typing import Final

from starlette.concurrency import run_in_threadpool

from vedette.serve.rights import Who
from vedette.serve.sessions import Clock, Sessions
from vedette.serve.settings import ServeSettings
from vedette.serve.users import Users

REFRESH_S: Final = 0.5
_MOST_KNOWN: Final = 1000


class Door:
    """Who a token lets in."""

    def __init__(
        self, settings: ServeSettings, sessions: Sessions, users: Users | None, clock: Clock
    ) -> None:
        """users: persons with tokens of their own; None where there are none."""
        self._settings = settings
        self._sessions = sessions
        self._users = users
        self._clock = clock
        self._looked_s = -REFRESH_S
        self._known: dict[bytes, str] = {}  # SHA-256 of a person's token → session
        self._one = asyncio.Semaphore(1)

    def refresh(self) -> None:
        """End the sessions of those who were let out. Call it often: it looks twice a second."""
        now_s = self._clock()
        if self._users is None or now_s - self._looked_s < REFRESH_S:
            return
        self._looked_s = now_s
        if self._users.refresh():
            self._sessions.keep_only(self._users.allowed())

    async def who(self, token: str) -> Who | None:
        """Whose token it is."""
        role = self._settings.role_of(token)
        if role is not None:
            return Who(role)
        if self._users is None or "." not in token:
            return None
        async with self._one:
            return await run_in_threadpool(self._users.who, token)

    async def program(self, token: str) -> tuple[Who, str | None] | None:
        """Whose token a program brings, and its session where it is a person's."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        session = self._known.get(digest)
        who = None if session is None else self._sessions.who(session)
        if who is not None:
            return who, session
        who = await self.who(token)
        if who is None or not who.name:
            return None if who is None else (who, None)
        session = self._known[digest] = self._sessions.create(who)
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return who, session
