"""POST /api/v1/alerts/{alert_id}: what a watch officer decides about an alert.

    {"do": "acknowledge", "reason": "patrol is on its way", "author": "HB"}
    {"do": "suppress", "reason": "a kite", "scope": "track", "for_s": 600}
    {"do": "unsuppress"}

Who may: whoever the guard let in as one of MAY_DECIDE. The author is the role of the log-in, with a name
beside it where one is told: nobody can sign for another role.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal, Protocol

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from vedette.core.alert import Decision, Scope
from vedette.serve.guard import ROLE
from vedette.serve.rest import RequestError

MAY_DECIDE: Final = ("watch", "director")
_MAX_BYTES: Final = 4096
_NAMES: Final = {"watch": "watch officer", "director": "director"}


class Decider(Protocol):
    """Whoever holds the alerts; the answer is JSON."""

    async def decide(self, decision: Decision) -> tuple[int, bytes]:
        """Take a decision: an HTTP status, and {"status", "said"}."""
        ...


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request, see `core.alert.Decision`."""

    do: Literal["acknowledge", "suppress", "unsuppress"]
    reason: Annotated[str, Meta(max_length=300)] = ""
    author: Annotated[str, Meta(max_length=60)] = ""
    scope: Scope = "alert"
    for_s: Annotated[float, Meta(gt=0.0, le=604_800.0)] | None = None


class Decisions:
    """The endpoint."""

    def __init__(self, decider: Decider | None, now_ns: Callable[[], int]) -> None:
        """Hand decisions to decider; None takes none."""
        self._decider = decider
        self._now_ns = now_ns

    async def take(self, request: Request) -> Response:
        """POST /api/v1/alerts/{alert_id}."""
        role = request.scope.get(ROLE)
        if role not in MAY_DECIDE:
            raise RequestError(403, f"expected the log-in of one of {', '.join(MAY_DECIDE)}")
        if self._decider is None:
            raise RequestError(404, "this server takes no decisions about alerts")
        asked = await _body(request)
        name = " ".join(asked.author.split())
        decision = Decision(
            do=asked.do,
            alert_id=request.path_params["alert_id"],
            author=f"{_NAMES[role]} {name}".strip(),
            time_ns=self._now_ns(),
            reason=" ".join(asked.reason.split()),
            scope=asked.scope,
            for_s=asked.for_s,
        )
        status, answer = await self._decider.decide(decision)
        return Response(answer, status, media_type="application/json")


async def _body(request: Request) -> Asked:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise RequestError(413, f"expected {_MAX_BYTES} bytes or less")
    try:
        return msgspec.json.decode(body, type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(400, f'expected {{"do": "acknowledge"}} or a suppression, got {error}') from None
