"""The endpoints of incidents and of the ledger: what people do, handed to the record with who they are.

What a body holds are the fields of the event, see core.event. The author is the log-in's; where that names no
person, `author` may give initials.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, get_type_hints

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from vedette.core import canonical
from vedette.core.errors import LedgerError
from vedette.core.event import EVENTS, Attached, Event
from vedette.core.incident import RecordQuestion
from vedette.serve.attachments import Attachments, media_of
from vedette.serve.decisions import body_of, signed
from vedette.serve.guard import WHO
from vedette.serve.live import LiveState
from vedette.serve.rest import RequestError
from vedette.serve.rights import STEPS, Who

MOST_BYTES: Final = 65_536
_ADDRESS: Final = "/api/v1/incidents"


class Record(Protocol):
    """Whoever keeps the record; the answer is JSON with a status as of HTTP."""

    async def ask(self, question: RecordQuestion) -> tuple[int, bytes]:
        """Ask, or enter something."""
        ...


class Incidents:
    """The endpoints."""

    def __init__(
        self, state: LiveState, record: Record | None, attachments: Attachments | None, exports: Path | None
    ) -> None:
        """Ask record; None keeps none. exports: folder where the record leaves files to give away."""
        self._state = state
        self._known = record
        self._files = attachments
        self._exports = exports

    @property
    def _record(self) -> Record:
        if self._known is None:
            raise RequestError(404, "this server keeps no record")
        return self._known

    def routes(self) -> list[BaseRoute]:
        """All addresses; what right each takes stands in rights.py."""
        one = f"{_ADDRESS}/{{incident}}"
        return [
            Route(_ADDRESS, self.all, methods=["GET"]),
            Route(_ADDRESS, self.open, methods=["POST"]),
            Route(one, self.one, methods=["GET"]),
            *(
                Route(f"{one}/{step}", self._step(kind), methods=["POST"])
                for step, (kind, _) in STEPS.items()
            ),
            Route(f"{one}/attachments", self.attach, methods=["POST"]),
            Route(f"{one}/attachments/{{sha256}}", self.attachment, methods=["GET"]),
            Route("/api/v1/ledger", self.ledger, methods=["GET"]),
            Route("/api/v1/ledger/export", self.export, methods=["GET"]),
        ]

    async def all(self, request: Request) -> Response:
        """GET /api/v1/incidents."""
        return _json({"incidents": list(self._state.incidents.values())})

    async def one(self, request: Request) -> Response:
        """GET /api/v1/incidents/{incident}."""
        return await self._ask(RecordQuestion(asks="incident", incident=request.path_params["incident"]))

    async def open(self, request: Request) -> Response:
        """POST /api/v1/incidents."""
        fields = await body_of(request, dict[str, Any], "a JSON object", MOST_BYTES)
        alert_id = fields.pop("alert_id", "")
        if not isinstance(alert_id, str):
            raise RequestError(400, f"alert_id: expected text, got {alert_id!r}")
        return await self._enter(request, "incident-opened", fields, None, alert_id)

    def _step(self, kind: str) -> Callable[[Request], Any]:
        """POST /api/v1/incidents/{incident}/STEP."""

        async def step(request: Request) -> Response:
            return await self._enter(
                request,
                kind,
                await body_of(request, dict[str, Any], "a JSON object", MOST_BYTES),
                request.path_params["incident"],
            )

        return step

    async def attach(self, request: Request) -> Response:
        """POST /api/v1/incidents/{incident}/attachments: the bytes as the body."""
        if self._files is None:
            raise RequestError(404, "this server keeps no attachments")
        query, incident = request.query_params, request.path_params["incident"]
        signed(_who(request), query.get("author", ""))
        status, _ = await self._record.ask(RecordQuestion(asks="incident", incident=incident))
        if status != 200:
            raise RequestError(404, f"expected an incident of this node, got {incident!r}")
        kept = await self._files.keep(request)
        fields: dict[str, Any] = {
            "what": query.get("what") or kept.media_type.partition("/")[0],
            "title": query.get("title") or kept.sha256[:12],
            "sha256": kept.sha256,
            "size_bytes": kept.size_bytes,
            "media_type": kept.media_type,
        }
        for name, kind in (("taken_ns", int), ("lat_deg", float), ("lon_deg", float)):
            if name in query:
                fields[name] = _number(query[name], name, kind)
        return await self._enter(request, "attached", {**fields, "author": query.get("author", "")}, incident)

    async def attachment(self, request: Request) -> Response:
        """GET /api/v1/incidents/{incident}/attachments/{sha256}: one that this incident has, as it was."""
        incident, sha256 = request.path_params["incident"], request.path_params["sha256"]
        status, answer = await self._record.ask(RecordQuestion(asks="incident", incident=incident))
        attached = [] if status != 200 else msgspec.json.decode(answer, type=_Incident).incident.attached
        found = next((one for one in attached if one.sha256 == sha256), None)
        if self._files is None or found is None:
            raise RequestError(404, f"expected an attachment of incident {incident!r}, got {sha256!r}")
        path = await self._files.proved(sha256)
        shown, inline = media_of(found.media_type or "")
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in found.title)[:80]
        return FileResponse(
            path,
            media_type=shown,
            filename=name,
            content_disposition_type="inline" if inline else "attachment",
        )

    async def ledger(self, request: Request) -> Response:
        """GET /api/v1/ledger: its head; with prove=true after proving all of it."""
        prove = request.query_params.get("prove", "false")
        if prove not in ("true", "false"):
            raise RequestError(400, f"prove: expected true or false, got {prove[:40]!r}")
        return await self._ask(RecordQuestion(asks="prove" if prove == "true" else "head"))

    async def export(self, request: Request) -> Response:
        """GET /api/v1/ledger/export: a file that proves itself."""
        question = RecordQuestion(asks="export", incident=request.query_params.get("incident"))
        status, answer = await self._record.ask(question)
        if status != 200 or self._exports is None:
            return Response(answer, status, media_type="application/json")
        path = self._exports / Path(msgspec.json.decode(answer, type=_File).file).name
        return FileResponse(
            path,
            media_type="application/octet-stream",
            filename=f"{question.incident or self._state.node.name}.vdtl",
            background=BackgroundTask(path.unlink, missing_ok=True),
        )

    async def _enter(
        self, request: Request, kind: str, fields: dict[str, Any], incident: str | None, alert_id: str = ""
    ) -> Response:
        who = _who(request)
        said = fields.pop("author", "")
        if not isinstance(said, str) or len(said) > 60:
            raise RequestError(400, f"author: expected 60 letters or fewer, got {said!r}")
        return await self._ask(
            RecordQuestion(
                asks="enter",
                kind=kind,
                body=msgspec.Raw(event_body(kind, fields)),
                incident=incident,
                author=signed(who, said),
                alert_id=alert_id,
                corrects_any=who.may("correct-any"),
            )
        )

    async def _ask(self, question: RecordQuestion) -> Response:
        status, answer = await self._record.ask(question)
        return Response(answer, status, media_type="application/json")


class _Attachments(msgspec.Struct):
    attached: list[Attached]


class _Incident(msgspec.Struct):
    incident: _Attachments


class _File(msgspec.Struct):
    file: str


def event_body(kind: str, fields: Mapping[str, Any]) -> bytes:
    """The body of an event, or RequestError where the fields are not those of its kind."""
    event_type: type[Event] = EVENTS[kind]
    known = event_type.__struct_fields__
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise RequestError(400, f"expected of {', '.join(known)}, got {unknown[0][:40]!r}")
    try:
        event = msgspec.convert(fields, event_type)
        types = get_type_hints(event_type)
        for name in known:
            value = getattr(event, name)
            if types[name] is str and not value.strip():
                raise RequestError(400, f"{name}: expected words, got none")
        return canonical.encode(event)
    except (msgspec.ValidationError, LedgerError) as error:
        raise RequestError(400, f"expected the fields of {kind}, got: {error}") from None


def _number(text: str, name: str, kind: type[int] | type[float]) -> int | float:
    try:
        value = kind(text)
    except ValueError:
        raise RequestError(400, f"{name}: expected a number, got {text[:40]!r}") from None
    if not abs(value) < 1 << 63:  # also what is no number
        raise RequestError(400, f"{name}: expected a number, got {text[:40]!r}")
    return value


def _who(request: Request) -> Who:
    who: Who = request.scope[WHO]  # the guard let it in
    return who


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
