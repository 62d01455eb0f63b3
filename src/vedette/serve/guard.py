"""What every request passes first: the right host, then a log-in, then headers that protect the page.

Host header    only names we were told, loopback names, and the address that the client really
               reached: a page on a foreign name that resolves to us (DNS rebinding) gets nothing
log-in         a session cookie or `Authorization: Bearer <token>`; without, 401 for a program and
               the log-in page for a person
right          what the log-in's role may ask and do, see rights.py; 403 for others, 404 for what is not there
open           /healthz, /login and /assets/, which hold nothing of the node
"""

import ipaddress
import re
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from vedette.serve.door import Door
from vedette.serve.rights import RIGHTS, Right, Who, right_for, title_of
from vedette.serve.sessions import Attempts, Sessions
from vedette.serve.settings import ServeSettings

WHO: Final = "vedette.who"  # in the scope of a request: whose log-in let it in
SESSION: Final = "vedette.session"  # in the scope of a request: the session id that let it in
_OPEN: Final = ("/healthz", "/login")
_ASSETS: Final = "/assets/"
_FOR_PROGRAMS: Final = ("/api/", "/metrics")
_DOCS: Final = "/api/docs"
_HASHED: Final = re.compile(r"[.-][0-9A-Za-z_-]{8,}\.[a-z0-9]+$")
_BEARER: Final = "bearer "


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: ASGIApp, settings: ServeSettings, sessions: Sessions, attempts: Attempts, door: Door
    ) -> None:
        """Stand before app."""
        self._app = app
        self._door = door
        self._sessions = sessions
        self._attempts = attempts
        self._hosts = {name.lower() for name in settings.hosts}
        self._headers = security_headers(settings.map_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or answer in its place."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, self._with_headers(scope, send))
        elif scope["type"] == "http":
            await refusal(scope, receive, self._with_headers(scope, send))
        else:
            await WebSocket(scope, receive, send).send_denial_response(refusal)

    async def _refusal(self, scope: Scope) -> Response | None:
        """Why not, or None."""
        headers = Headers(scope=scope)
        if not self._host_is_ours(headers.get("host", ""), scope):
            return problem(400, "expected a Host that this node goes by, see the setting 'hosts'")
        origin = headers.get("origin")
        if origin is not None and not _own_page(scope, headers, origin):
            return problem(403, "expected a request from this node's own page, got another origin")
        path: str = scope["path"]
        if path in _OPEN or _is_asset(path) or (path == "/" and _brings_token(scope)):
            return None
        self._door.refresh()
        return await self._login_refusal(scope, headers, path, has_origin=origin is not None)

    async def _login_refusal(
        self, scope: Scope, headers: Headers, path: str, *, has_origin: bool
    ) -> Response | None:
        session = session_of(scope, headers)
        who = None if session is None else self._sessions.who(session)
        if who is not None:
            if scope["type"] == "websocket" and not has_origin:
                return problem(403, "expected an Origin with a session cookie")
            scope[SESSION] = session
            return _right_refusal(scope, path, who)
        authorization = headers.get("authorization", "")
        if authorization[: len(_BEARER)].lower() == _BEARER:
            return await self._bearer_refusal(scope, path, authorization[len(_BEARER) :].strip())
        if scope["type"] == "http" and (path == _DOCS or not path.startswith(_FOR_PROGRAMS)):
            return RedirectResponse("/login", status_code=303)
        return unauthorised()

    async def _bearer_refusal(self, scope: Scope, path: str, token: str) -> Response | None:
        address = address_of(scope)
        wait_s = self._attempts.wait_s(address)
        if wait_s > 0:
            return too_many(wait_s)
        found = await self._door.program(token)
        if found is None:
            self._attempts.failed(address)
            return unauthorised()
        who, session = found
        if session is not None:
            scope[SESSION] = session
        return _right_refusal(scope, path, who)

    def _host_is_ours(self, host: str, scope: Scope) -> bool:
        name = host_name(host)
        if name in self._hosts or name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        reached = scope.get("server")
        return address.is_loopback or (reached is not None and str(address) == reached[0])

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers[name] = value
                headers.setdefault("cache-control", _cache_control(scope["path"], message["status"]))
            await send(message)

        return send_with_headers


def _right_refusal(scope: Scope, path: str, who: Who) -> Response | None:
    """Why the role has no right to an address; else notes who it is."""
    method = scope.get("method", "GET")
    right = right_for(method, path)
    if right == 404:
        return problem(404, f"nothing is at {path}")
    if isinstance(right, int):
        return problem(right, f"{method} is not for {path}")
    if not who.may(right):
        return problem(403, f"expected the log-in of {having(right)}, got that of {title_of(who.role)}")
    scope[WHO] = who
    return None


def having(right: Right) -> str:
    """The roles that have a right, in words."""
    return " or ".join(title_of(role) for role, rights in RIGHTS.items() if right in rights)


def security_headers(map_origins: Iterable[str]) -> list[tuple[str, str]]:
    """Headers of every answer: the page may load only its own files, and may be framed by nobody."""
    maps = "".join(f" {origin}" for origin in map_origins)
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{maps}",
            f"connect-src 'self'{maps}",
            f"font-src 'self'{maps}",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
    return [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ]


def _cache_control(path: str, status: int) -> str:
    """Files with a hash in their name stay, other files are asked for anew, answers are not kept."""
    if status in (200, 206, 304) and path.startswith(_ASSETS):
        return "public, max-age=31536000, immutable" if _HASHED.search(path) else "no-cache"
    if status in (200, 206, 304) and not path.startswith(("/api/", "/metrics", "/healthz", "/login")):
        return "no-cache"
    return "no-store"


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, in small letters."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def same_origin(origin: str, host: str) -> bool:
    """Whether an Origin header names the host that the request went to."""
    scheme, separator, rest = origin.lower().partition("://")
    return separator != "" and scheme in ("http", "https") and rest == host.lower().strip()


def _own_page(scope: Scope, headers: Headers, origin: str) -> bool:
    """Whether the request comes from a page of ours.

    A form on a page with the policy no-referrer sends the Origin "null" (Fetch standard, "append a
    request Origin header"); there the browser's own word, Sec-Fetch-Site, counts. A browser that does
    not say may still log in, since that takes the token.
    """
    if origin == "null" and scope["type"] == "http":
        site = headers.get("sec-fetch-site")
        return site in ("same-origin", "none") or (site is None and scope["path"] == "/login")
    return same_origin(origin, headers.get("host", ""))


def cookie_name(scope: Scope) -> str:
    """Cookies do not tell ports apart, nodes on one machine do."""
    server = scope.get("server")
    return f"vedette-{server[1]}" if server else "vedette"


def session_of(scope: Scope, headers: Headers) -> str | None:
    """The session id in the cookie, if there is one."""
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    morsel = jar.get(cookie_name(scope))
    return None if morsel is None else morsel.value


def address_of(scope: Scope) -> str:
    """Who asks."""
    client = scope.get("client")
    return client[0] if client else "unknown"


def problem(status: int, line: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error as every program gets it."""
    return JSONResponse({"error": line}, status, headers)


def unauthorised() -> Response:
    """401."""
    return problem(
        401, "expected a log-in: a session cookie or the token as Bearer", {"www-authenticate": "Bearer"}
    )


def too_many(wait_s: float) -> Response:
    """429."""
    seconds = int(wait_s) + 1
    return problem(429, f"too many wrong tokens, try again in {seconds} s", {"retry-after": str(seconds)})


def _is_asset(path: str) -> bool:
    """Whether it is in /assets/ and stays there."""
    return path.startswith(_ASSETS) and ".." not in path


def _brings_token(scope: Scope) -> bool:
    return scope["type"] == "http" and "token" in Request(scope).query_params
