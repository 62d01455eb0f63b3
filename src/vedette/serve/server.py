"""The server: every address in one table, and the socket it listens on."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from vedette.core.errors import FeedError, VedetteError
from vedette.serve import openapi
from vedette.serve.archive import Archive
from vedette.serve.attachments import Attachments
from vedette.serve.closure import Closure, ClosureDecider
from vedette.serve.decisions import Decider, Decisions
from vedette.serve.door import Door
from vedette.serve.exercise import Direction, Exercise
from vedette.serve.guard import Guard, problem
from vedette.serve.incidents import Incidents, Record
from vedette.serve.leaves import LeaveList
from vedette.serve.live import LiveState
from vedette.serve.login import Login, OnPerson
from vedette.serve.metrics import Metrics
from vedette.serve.past import Past, PastArchive
from vedette.serve.people import People
from vedette.serve.rest import RequestError, Rest, as_problem
from vedette.serve.sessions import Attempts, Sessions
from vedette.serve.settings import ServeSettings
from vedette.serve.socket import PictureSocket
from vedette.serve.users import Users

DEFAULT_HOST: Final = "127.0.0.1"
_UNSENT_BYTES: Final = 128 * 1024
_GRACE_S: Final = 2
_MAX_PORT: Final = 65_535


def create_app(
    state: LiveState,
    settings: ServeSettings,
    *,
    archive: Archive | None = None,
    direction: Direction | None = None,
    decider: Decider | None = None,
    closure: ClosureDecider | None = None,
    past: PastArchive | None = None,
    record: Record | None = None,
    attachments: Attachments | None = None,
    exports: Path | None = None,
    users: Users | None = None,
    on_person: OnPerson = lambda what, who: None,
    clock: Callable[[], float] = time.monotonic,
) -> Starlette:
    """The application around one state.

    archive    answers questions about the past; None leaves them empty
    direction  of an exercise; None is none
    decider    takes what people decide about alerts; None: nobody does
    closure    takes what people decide about airports; None: nobody does
    past       answers with pictures of the past and searches it; None: there is none
    record     of the node and its incidents; None keeps none
    attachments  of incidents; None takes none
    exports    folder where the record leaves files to give away
    users      persons with tokens of their own
    on_person  is told who logs in and out
    clock      seconds that never go back, for sessions and for counting wrong tokens
    """
    sessions = Sessions(settings.session_s, clock)
    attempts = Attempts(settings.failures_per_minute, clock)
    door = Door(settings, sessions, users, clock)
    people = People(users)
    login = Login(settings, sessions, attempts, door, on_person)
    return Starlette(
        routes=[
            *_exercise_routes(direction),
            *_closure_routes(state, closure),
            *Past(past).routes(),
            Route("/api/v1/leaves", LeaveList(state).tell),
            Route("/api/v1/alerts/{alert_id}", Decisions(decider, state.now_ns).take, methods=["POST"]),
            *Incidents(state, record, attachments, exports).routes(),
            Route("/api/v1/me", people.me),
            Route("/api/v1/users", people.users),
            WebSocketRoute("/api/v1/picture", PictureSocket(state, settings, sessions, door).serve),
            *_routes(state, settings, archive, login),
        ],
        middleware=[Middleware(Guard, settings=settings, sessions=sessions, attempts=attempts, door=door)],
        exception_handlers={
            HTTPException: _on_http_error,
            RequestError: _on_error,
            VedetteError: _on_error,
            Exception: _on_error,
        },
    )


def _exercise_routes(direction: Direction | None) -> list[BaseRoute]:
    """What an exercise's director asks; 404 where there is no exercise."""
    exercise = Exercise(direction)
    return [
        Route("/api/v1/exercise", exercise.standing, methods=["GET"]),
        Route("/api/v1/exercise", exercise.tell, methods=["POST"]),
        Route("/api/v1/exercise/score", exercise.score),
    ]


def _closure_routes(state: LiveState, decider: ClosureDecider | None) -> list[BaseRoute]:
    """Whether airports can stay open."""
    closure = Closure(state.advices, decider, state.now_ns)
    return [
        Route("/api/v1/closure", closure.tell, methods=["GET"]),
        Route("/api/v1/closure/{airport}", closure.take, methods=["POST"]),
    ]


def _routes(
    state: LiveState,
    settings: ServeSettings,
    archive: Archive | None,
    login: Login,
) -> list[BaseRoute]:
    rest = Rest(state, archive, Metrics(state))
    files = StaticFiles(directory=settings.page, check_dir=False)

    async def home(request: Request) -> Response:
        if "token" in request.query_params:
            return await login.link(request)
        index = settings.page / "index.html"
        if not index.is_file():
            return PlainTextResponse("The web page was not built. The API is described at /api/docs.\n", 404)
        return FileResponse(index)

    async def description(request: Request) -> Response:
        return Response(openapi.as_json(state.node.version), media_type="application/json")

    async def docs(request: Request) -> Response:
        return HTMLResponse(openapi.as_html(state.node.version))

    return [
        Route("/api/v1/tracks", rest.tracks),
        Route("/api/v1/tracks/{track_id:int}", rest.track),
        Route("/api/v1/alerts", rest.alerts),
        Route("/api/v1/sensors", rest.sensors),
        Route("/api/v1/zones", rest.zones),
        Route("/api/v1/interference", rest.interference),
        Route("/api/v1/status", rest.status),
        Route("/api/v1/history", rest.history),
        Route("/api/v1/openapi.json", description),
        Route("/api/docs", docs),
        Route("/healthz", rest.health),
        Route("/metrics", rest.metrics),
        Route("/login", login.form, methods=["GET"]),
        Route("/login", login.submit, methods=["POST"]),
        Route("/logout", login.leave, methods=["GET", "POST"]),
        Route("/", home),
        Mount("/", files),
    ]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or FeedError in one line. Port 0 takes a free one: ask `getsockname()`."""
    if not 0 <= port <= _MAX_PORT:
        raise FeedError(f"expected to listen on {host} port 0 to {_MAX_PORT}, got {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        hint = "; another program uses it" if error.errno == errno.EADDRINUSE else ""
        raise FeedError(f"expected to listen on {host} port {port}, got: {why}{hint}") from error
    # What a slow client has not taken must wait with us, where it can be replaced by something newer,
    # and not in the kernel. Connections inherit this from their listener.
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
    return listener


async def serve(
    app: Starlette,
    host: str = DEFAULT_HOST,
    port: int = 0,
    *,
    on_ready: Callable[[int], None] | None = None,
    dead_after_s: float = 30.0,
) -> None:
    """Serve until cancelled; FeedError when the port cannot be had.

    on_ready      called with the port once connections are taken
    dead_after_s  a connection that takes nothing for so long is cut
    """
    listener = listen(host, port)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(dead_after_s * 1000))
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="warning",  # its lines name addresses with their queries, and so could hold a token
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=4096,  # clients only ask for a whole picture
            ws_per_message_deflate=False,
            ws_ping_interval=10.0,
            ws_ping_timeout=20.0,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_is_worth_a_line)
    try:
        async with _running(server, listener):
            while not server.started:
                await asyncio.sleep(0.005)
            if on_ready is not None:
                on_ready(listener.getsockname()[1])
            await asyncio.Event().wait()
    finally:
        log.removeFilter(_is_worth_a_line)
        listener.close()


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Not the complaint that uvicorn makes whenever a WebSocket is refused with a status of our own."""
    return record.msg != "ASGI callable returned without completing handshake."


class _Server(uvicorn.Server):
    """A server that leaves signals to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _running(server: uvicorn.Server, listener: socket.socket) -> AsyncIterator[None]:
    """Run it beside the body, and end it in good order."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(task), _GRACE_S + 1)
            task.cancel()


async def _on_error(request: Request, error: Exception) -> Response:
    return as_problem(error)


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return as_problem(error)
    lines = {404: f"nothing is at {request.url.path}", 405: f"{request.method} is not for {request.url.path}"}
    return problem(error.status_code, lines.get(error.status_code, error.detail), dict(error.headers or {}))
