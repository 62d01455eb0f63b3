"""POST /api/v1/alerts/{alert_id}: what a watch officer decides about an alert.

    {"do": "acknowledge", "reason": "patrol is on its way", "author": "HB"}
    {"do": "suppress", "reason": "a kite", "scope": "track", "for_s": 600}
    {"do": "unsuppress"}

Who may stands in rights.DECISIONS. The author is the person and the role of the log-in; where the log-in
names no person, initials may be told. Nobody can sign as another.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from vedette.core.alert import Decision, Scope
from vedette.serve.guard import WHO, having
from vedette.serve.rest import RequestError
from vedette.serve.rights import DECISIONS, Right, Who, title_of

_MAX_BYTES: Final = 4096
T = TypeVar("T")


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
        check_right(request, "acknowledge")
        asked = await body_of(request, Asked, '{"do": "acknowledge"} or a suppression')
        who = check_right(request, DECISIONS[asked.do])
        if self._decider is None:
            raise RequestError(404, "this server takes no decisions about alerts")
        decision = Decision(
            do=asked.do,
            alert_id=request.path_params["alert_id"],
            author=signed(who, asked.author),
            time_ns=self._now_ns(),
            reason=" ".join(asked.reason.split()),
            scope=asked.scope,
            for_s=asked.for_s,
        )
        status, answer = await self._decider.decide(decision)
        return Response(answer, status, media_type="application/json")


def check_right(request: Request, right: Right) -> Who:
    """Whose request it is, or RequestError where the role has not the right."""
    who: Who | None = request.scope.get(WHO)
    if who is None or not who.may(right):
        got = "nobody" if who is None else title_of(who.role)
        raise RequestError(403, f"expected the log-in of {having(right)}, got that of {got}")
    return who


def signed(who: Who, said: str) -> str:
    """The author as the record has it, or RequestError where somebody would sign as another."""
    said = " ".join(said.split())
    if who.name and said and said != who.name:
        raise RequestError(400, f"author: this log-in signs as {who.author()}, got {said!r}")
    return who.author(said)


async def body_of(request: Request, body_type: type[T], example: str, most_bytes: int = _MAX_BYTES) -> T:
    """The body of a request, or RequestError with what was expected."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise RequestError(413, f"expected {most_bytes} bytes or less")
    try:
        return msgspec.json.decode(body, type=body_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(400, f"expected {example}, got {error}") from None
