"""POST /api/v1/alerts/{alert_id}: what a watch officer decides about an alert.

    {"do": "acknowledge", "reason": "patrol is on its way", "author": "HB"}
    {"do": "suppress", "reason": "a kite", "scope": "track", "for_s": 600}
    {"do": "unsuppress"}

Who may: whoever the guard let in as one of MAY_DECIDE. The author is the role of the log-in, with a name
beside it where one is told: nobody can sign for another role.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from vedette.core.alert import Decision, Scope
from vedette.serve.guard import ROLE
from vedette.serve.rest import RequestError

MAY_DECIDE: Final = ("watch", "director")
_MAX_BYTES: Final = 4096
T = TypeVar("T", bound=Struct)
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
        asked = await body_of(request, Asked, '{"do": "acknowledge"} or a suppression')
        decision = Decision(
            do=asked.do,
            alert_id=request.path_params["alert_id"],
            author=author_of(role, asked.author),
            time_ns=self._now_ns(),
            reason=" ".join(asked.reason.split()),
            scope=asked.scope,
            for_s=asked.for_s,
        )
        status, answer = await self._decider.decide(decision)
        return Response(answer, status, media_type="application/json")


def author_of(role: str, name: str) -> str:
    """Who signs: the role of the log-in, with a name beside it where one is told."""
    return f"{_NAMES[role]} {' '.join(name.split())}".strip()


async def body_of(request: Request, body_type: type[T], example: str) -> T:
    """The body of a request, or RequestError with what was expected."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise RequestError(413, f"expected {_MAX_BYTES} bytes or less")
    try:
        return msgspec.json.decode(body, type=body_type)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(400, f"expected {example}, got {error}") from None
