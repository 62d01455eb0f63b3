"""The director's endpoints of an exercise. Only a director gets here: see guard.RIGHTS."""

from typing import Final, Protocol

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from vedette.serve.rest import RequestError

_MAX_BYTES: Final = 4096


class Direction(Protocol):
    """Whoever runs the exercise; answers are JSON."""

    async def tell(self, line: str) -> tuple[int, bytes]:
        """Do what a line says: an HTTP status, and {"status", "said"}."""
        ...

    def standing(self) -> bytes | None:
        """Where it stands; None before it is known."""
        ...

    def score(self) -> bytes | None:
        """The score so far; None before there is one."""
        ...


class _Told(Struct, forbid_unknown_fields=True):
    tell: str


class Exercise:
    """Its endpoints."""

    def __init__(self, direction: Direction | None) -> None:
        """Ask direction; None is no exercise."""
        self._known = direction

    @property
    def _direction(self) -> Direction:
        if self._known is None:
            raise RequestError(404, "this node runs no exercise")
        return self._known

    async def standing(self, request: Request) -> Response:
        """GET /api/v1/exercise."""
        return _json(self._direction.standing())

    async def score(self, request: Request) -> Response:
        """GET /api/v1/exercise/score."""
        return _json(self._direction.score())

    async def tell(self, request: Request) -> Response:
        """POST /api/v1/exercise with {"tell": line}."""
        direction, body = self._direction, b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BYTES:
                raise RequestError(413, f"expected {_MAX_BYTES} bytes or less")
        try:
            line = msgspec.json.decode(body, type=_Told).tell
        except msgspec.DecodeError as error:
            raise RequestError(400, f'expected {{"tell": "a line"}}, got {error}') from None
        status, answer = await direction.tell(line)
        return Response(answer, status, media_type="application/json")


def _json(answer: bytes | None) -> Response:
    if answer is None:
        raise RequestError(503, "nothing is known of the exercise yet, ask again in a few seconds")
    return Response(answer, media_type="application/json")
