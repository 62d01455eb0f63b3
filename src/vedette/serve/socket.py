"""The WebSocket of the picture: what waits in an outbox goes out as fast as the client takes it.

Binary messages are picture frames (core/picture.py), first a whole one. Text messages are JSON
objects with a `type`. The client may say {"type":"resync"} to get a whole picture.
"""

import asyncio
import contextlib
from typing import Final

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from vedette.serve.door import REFRESH_S, Door
from vedette.serve.guard import SESSION, WHO, problem
from vedette.serve.live import LiveState
from vedette.serve.outbox import Outbox
from vedette.serve.sessions import Sessions
from vedette.serve.settings import ServeSettings

_POLICY_VIOLATION: Final = 1008
_TRY_AGAIN_LATER: Final = 1013


class Request(msgspec.Struct, tag_field="type", tag="resync"):
    """The one thing that a client may say."""


_requests = msgspec.json.Decoder(Request)


class PictureSocket:
    """The endpoint /api/v1/picture."""

    def __init__(self, state: LiveState, settings: ServeSettings, sessions: Sessions, door: Door) -> None:
        """Serve state."""
        self._door = door
        self._state = state
        self._settings = settings
        self._sessions = sessions

    async def serve(self, websocket: WebSocket) -> None:
        """One client, from hello to goodbye."""
        if len(self._state.clients) >= self._settings.max_clients:
            line = f"expected {self._settings.max_clients} clients or fewer, try again later"
            await websocket.send_denial_response(problem(503, line, {"retry-after": "10"}))
            return
        await websocket.accept()
        session: str | None = websocket.scope.get(SESSION)
        logged_out = asyncio.Event() if session is None else self._sessions.watch(session)
        try:
            code = await self._converse(websocket, logged_out)
        finally:
            if session is not None:
                self._sessions.unwatch(session, logged_out)
        if code is not None:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await websocket.close(code)

    async def _converse(self, websocket: WebSocket, logged_out: asyncio.Event) -> int | None:
        """Until one side ends it; the code to close with, None when the client went."""
        client = self._state.join(websocket.scope[WHO])
        tasks = (
            asyncio.create_task(self._send(websocket, client)),
            asyncio.create_task(_listen(websocket, client)),
            asyncio.create_task(self._until(logged_out)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._state.leave(client)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(
                result, (WebSocketDisconnect, asyncio.CancelledError)
            ):
                raise result
        return next((result for result in results if isinstance(result, int)), None)

    async def _send(self, websocket: WebSocket, client: Outbox) -> int:
        """Send what waits, for ever; returns when the client takes nothing any more."""
        patience_s = self._settings.send_timeout_s
        now = asyncio.get_running_loop().time
        while not client.overflowed:
            await client.wait()
            try:
                async with asyncio.timeout(patience_s) as limit:
                    while (message := client.take()) is not None:
                        await _send_one(websocket, message)
                        limit.reschedule(now() + patience_s)
            except TimeoutError:
                break
            client.settle()
        return _TRY_AGAIN_LATER

    async def _until(self, logged_out: asyncio.Event) -> int:
        """Until the session ends: by its owner, or because the person is let in no longer."""
        while not logged_out.is_set():
            self._door.refresh()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(logged_out.wait(), REFRESH_S)
        return _POLICY_VIOLATION


async def _send_one(websocket: WebSocket, message: str | bytes) -> None:
    if isinstance(message, bytes):
        await websocket.send_bytes(message)
    else:
        await websocket.send_text(message)


async def _listen(websocket: WebSocket, client: Outbox) -> int:
    """Take requests until the client goes or says what we do not know; the code to close with."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        try:
            _requests.decode(message.get("text") or b"")
        except msgspec.DecodeError:
            return _POLICY_VIOLATION
        client.resync()
