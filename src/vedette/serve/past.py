"""The past: GET /api/v1/past, /api/v1/past/frames, /api/v1/past/told, /api/v1/past/search.

What each takes and gives stands in `openapi_past.py`. The archive answers as bytes, which go out as they are.
"""

from typing import Final, Protocol

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from vedette.core.classes import CLASSES
from vedette.serve.rest import RequestError

_MOST_TRACKS: Final = 1000
_AUTHORISATIONS: Final = ("unknown", "authorised", "unauthorised")


class Looked(Struct, frozen=True, kw_only=True):
    """What is looked for; None and empty are not asked. near: lat deg, lon deg, m."""

    near: tuple[float, float, float] | None = None
    from_ns: int | None = None
    to_ns: int | None = None
    kind: str = ""
    authorisation: str = ""
    zone: str = ""
    limit: int = 200


class PastArchive(Protocol):
    """Whoever keeps the history. Each may raise VedetteError, which becomes 503 with its one line."""

    async def span(self) -> bytes:
        """[first_ns, last_ns], or null, as JSON."""
        ...

    async def frames(self, from_ns: int, to_ns: int) -> bytes:
        """Whole picture frames, one a second."""
        ...

    async def told(self, from_ns: int, to_ns: int) -> bytes:
        """{"identities", "alerts"} of that time, as JSON."""
        ...

    async def search(self, looked: Looked) -> bytes:
        """Tracks as JSON, the newest first."""
        ...


class Past:
    """The endpoints."""

    def __init__(self, archive: PastArchive | None) -> None:
        """Ask archive; None has no past."""
        self._known = archive

    @property
    def _archive(self) -> PastArchive:
        if self._known is None:
            raise RequestError(503, "this server has no history to ask")
        return self._known

    def routes(self) -> list[BaseRoute]:
        """Every address."""
        return [
            Route("/api/v1/past", self.span),
            Route("/api/v1/past/frames", self.frames),
            Route("/api/v1/past/told", self.told),
            Route("/api/v1/past/search", self.search),
        ]

    async def span(self, request: Request) -> Response:
        """GET /api/v1/past."""
        return _json(b'{"span":' + await self._archive.span() + b"}")

    async def frames(self, request: Request) -> Response:
        """GET /api/v1/past/frames."""
        body = await self._archive.frames(_time(request, "from_ns"), _time(request, "to_ns"))
        return Response(body, media_type="application/octet-stream")

    async def told(self, request: Request) -> Response:
        """GET /api/v1/past/told."""
        return _json(await self._archive.told(_time(request, "from_ns"), _time(request, "to_ns")))

    async def search(self, request: Request) -> Response:
        """GET /api/v1/past/search."""
        asked = request.query_params
        looked = Looked(
            near=_near(asked.get("near")),
            from_ns=_time(request, "from_ns") if "from_ns" in asked else None,
            to_ns=_time(request, "to_ns") if "to_ns" in asked else None,
            kind=_one_of("class", asked.get("class", ""), CLASSES),
            authorisation=_one_of("authorisation", asked.get("authorisation", ""), _AUTHORISATIONS),
            zone=asked.get("zone", ""),
            limit=_limit(asked.get("limit", "200")),
        )
        return _json(b'{"tracks":' + await self._archive.search(looked) + b"}")


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _time(request: Request, name: str) -> int:
    """UTC nanoseconds; needed."""
    text = request.query_params.get(name, "")
    try:
        value = int(text)
    except ValueError:
        raise RequestError(400, f"{name}: expected UTC nanoseconds, got {text[:40]!r}") from None
    if not 0 <= value < 1 << 63:
        raise RequestError(400, f"{name}: expected 0 to 2^63, got {text[:40]}")
    return value


def _near(text: str | None) -> tuple[float, float, float] | None:
    if text is None:
        return None
    try:
        lat, lon, radius_m = (float(part) for part in text.split(","))
    except ValueError:
        lat = lon = radius_m = float("nan")
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0 and 0.0 < radius_m <= 2e6):
        raise RequestError(400, f"near: expected lat,lon,metres, as 50.9,4.48,2000, got {text[:60]!r}")
    return lat, lon, radius_m


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value and value not in known:
        raise RequestError(400, f"{name}: expected one of {', '.join(known)}, got {value[:40]!r}")
    return value


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_TRACKS:
        raise RequestError(400, f"limit: expected 1 to {_MOST_TRACKS}, got {text[:40]!r}")
    return int(text)
