"""Getting in and out: the link with the token, the form, and the way out."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from vedette.serve.door import Door
from vedette.serve.guard import address_of, cookie_name, problem, session_of, too_many
from vedette.serve.rights import Who
from vedette.serve.sessions import Attempts, Sessions
from vedette.serve.settings import ServeSettings

OnPerson = Callable[[Literal["log-in", "log-out"], Who], None]
_MAX_FORM_BYTES: Final = 4096
_FORM: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vedette: log in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Vedette</h1>
<form method="post" action="/login">
<label for="token">Token, yours or the one that the node printed</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form></main></body></html>
"""


class Login:
    """The endpoints around a session."""

    def __init__(
        self,
        settings: ServeSettings,
        sessions: Sessions,
        attempts: Attempts,
        door: Door,
        on_person: OnPerson,
    ) -> None:
        """Use the same sessions, attempts and door as the guard. on_person is told who came and who went."""
        self._door = door
        self._on_person = on_person
        self._settings = settings
        self._sessions = sessions
        self._attempts = attempts

    async def form(self, request: Request) -> Response:
        """GET /login."""
        return await self._page("", 200)

    async def submit(self, request: Request) -> Response:
        """POST /login with the field `token`."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_FORM_BYTES:
                return problem(413, f"expected a form of {_MAX_FORM_BYTES} bytes or less")
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        return await self._enter(request, fields.get("token", [""])[0])

    async def link(self, request: Request) -> Response:
        """GET / with the token in the query."""
        return await self._enter(request, request.query_params["token"])

    async def leave(self, request: Request) -> Response:
        """/logout."""
        session = session_of(request.scope, Headers(scope=request.scope))
        if session is not None:
            who = self._sessions.who(session)
            if who is not None:
                self._on_person("log-out", who)
            self._sessions.end(session)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(cookie_name(request.scope), path="/", httponly=True, samesite="strict")
        return response

    async def _enter(self, request: Request, token: str) -> Response:
        address = address_of(request.scope)
        wait_s = self._attempts.wait_s(address)
        if wait_s > 0:
            return too_many(wait_s)
        who = await self._door.who(token.strip())
        if who is None:
            self._attempts.failed(address)
            return await self._page("That is not a token of this node.", 401)
        self._on_person("log-in", who)
        response = RedirectResponse("/" if who.may("page") else "/api/v1/me", status_code=303)
        response.set_cookie(
            cookie_name(request.scope),
            self._sessions.create(who),
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def _page(self, complaint: str, status: int) -> Response:
        page = await run_in_threadpool(_read, self._settings.page / "login.html")
        if complaint:
            page = page.replace("</form>", f'<p role="alert">{html.escape(complaint)}</p></form>', 1)
        return HTMLResponse(page, status)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return _FORM
