"""GET /api/v1/closure: whether airports can stay open. POST /api/v1/closure/{airport}: what a person decided.

    {"do": "close", "advice_id": "EBBR-1795790000", "because": "seen by the tower too", "author": "HB"}

Who may decide stands in `rights`, and the author is whose log-in it is, as in `decisions`.
"""

from collections.abc import Callable
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from vedette.core.advice import Advice, ClosureDecision, Do
from vedette.serve.decisions import body_of, check_right, signed
from vedette.serve.rest import RequestError


class ClosureDecider(Protocol):
    """Whoever advises; the answer is JSON."""

    async def decide(self, decision: ClosureDecision) -> tuple[int, bytes]:
        """Take a decision: an HTTP status, and {"status", "said"}."""
        ...


class ClosureAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request, see `core.advice.ClosureDecision`."""

    do: Do
    advice_id: Annotated[str, Meta(max_length=60)]
    because: Annotated[str, Meta(max_length=300)] = ""
    author: Annotated[str, Meta(max_length=60)] = ""


class Closure:
    """The endpoints."""

    def __init__(
        self, advices: dict[str, Advice], decider: ClosureDecider | None, now_ns: Callable[[], int]
    ) -> None:
        """Tell the newest advices, by airport; hand decisions to decider, None takes none."""
        self._advices = advices
        self._decider = decider
        self._now_ns = now_ns

    async def tell(self, request: Request) -> Response:
        """GET /api/v1/closure."""
        body = msgspec.json.encode({"advices": list(self._advices.values())})
        return Response(body, media_type="application/json")

    async def take(self, request: Request) -> Response:
        """POST /api/v1/closure/{airport}."""
        who = check_right(request, "decide-closure")
        airport: str = request.path_params["airport"]
        if self._decider is None or airport not in self._advices:
            known = ", ".join(self._advices) or "none"
            raise RequestError(404, f"expected an airport that is advised ({known}), got {airport[:40]!r}")
        asked = await body_of(request, ClosureAsked, '{"do": "close", "advice_id": "…"}')
        decision = ClosureDecision(
            airport=airport,
            do=asked.do,
            advice_id=asked.advice_id,
            by=signed(who, asked.author),
            time_ns=self._now_ns(),
            because=" ".join(asked.because.split()),
        )
        status, answer = await self._decider.decide(decision)
        return Response(answer, status, media_type="application/json")
