"""The REST API. What each address takes and gives stands in `openapi.py`."""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from vedette.core.classes import CLASSES, Authorisation
from vedette.core.errors import VedetteError
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.serve.archive import Archive
from vedette.serve.guard import problem
from vedette.serve.live import LiveState
from vedette.serve.metrics import CONTENT_TYPE, Metrics

_TRAIL_NS: Final = 3600 * NS_PER_S
_STALE_NS: Final = 15 * NS_PER_S
_MAX_POINTS: Final = 100_000

_CLASS_NAMES: Final = dict(enumerate(CLASSES))
_AUTHORISATIONS: Final = {member.value: member.name.lower() for member in Authorisation}
_STATUSES: Final = {member.value: member.name.lower() for member in TrackStatus}
_ALERTS: Final = {0: None, 1: "predicted", 2: "actual"}
_COLUMNS: Final = TRACK.names or ()


class RequestError(Exception):
    """A request that cannot be answered: its status and one line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Rest:
    """The endpoints that only read."""

    def __init__(self, state: LiveState, archive: Archive | None, metrics: Metrics) -> None:
        """Answer from state, and from the archive where there is one."""
        self._state = state
        self._archive = archive
        self._metrics = metrics

    async def tracks(self, request: Request) -> Response:
        """GET /api/v1/tracks."""
        rows = self._state.tracks()
        box = _box(request)
        if box is not None:
            rows = rows[_inside(rows, box)]
        wanted = request.query_params.get("authorisation")
        if wanted is not None:
            if wanted not in _AUTHORISATIONS.values():
                raise RequestError(
                    400, f"authorisation: expected one of {[*_AUTHORISATIONS.values()]}, got {wanted!r}"
                )
            rows = rows[[_AUTHORISATIONS.get(value) == wanted for value in rows["authorisation"].tolist()]]
        return _json({"time_ns": self._state.time_ns, "tracks": [track_fields(row) for row in rows.tolist()]})

    async def track(self, request: Request) -> Response:
        """GET /api/v1/tracks/{track_id}."""
        track_id: int = request.path_params["track_id"]
        row = self._state.track(track_id)
        since_ns = _integer(request, "since_ns", self._now_ns() - _TRAIL_NS)
        identity: Any = self._state.identities.get(track_id)
        trail: Any = []
        if self._archive is not None:
            trail = await self._archive.trail(track_id, since_ns)
            if identity is None:
                identity = await self._archive.identity(track_id)
        if row is None and identity is None and not trail:
            raise RequestError(404, f"expected a track that is or was in the picture, got {track_id}")
        alerts = [alert for alert in self._state.open_alerts.values() if alert.track_id == track_id]
        track = None if row is None else track_fields(row[0].item())
        return _json({"track": track, "identity": identity, "alerts": alerts, "trail": trail})

    async def alerts(self, request: Request) -> Response:
        """GET /api/v1/alerts."""
        since_ns = _optional_integer(request, "since_ns")
        if since_ns is None:
            alerts: Any = list(self._state.open_alerts.values())
        elif self._archive is not None:
            alerts = await self._archive.alerts(since_ns)
        else:
            alerts = [alert for alert in self._state.recent_alerts if alert.time_ns >= since_ns]
        return _json({"alerts": alerts})

    async def sensors(self, request: Request) -> Response:
        """GET /api/v1/sensors."""
        state = self._state
        return _json(
            {
                "sensors": [
                    {"sensor": sensor, "status": state.statuses.get(sensor_id)}
                    for sensor_id, sensor in state.sensors.items()
                ]
            }
        )

    async def interference(self, request: Request) -> Response:
        """GET /api/v1/interference."""
        news = self._state.interference
        return _json({"time_ns": news.time_ns if news else None, "cells": news.cells if news else []})

    async def zones(self, request: Request) -> Response:
        """GET /api/v1/zones."""
        return _json({"zones": self._state.zones})

    async def status(self, request: Request) -> Response:
        """GET /api/v1/status."""
        state = self._state
        return _json(
            {
                "node": state.node,
                "time_ns": state.time_ns,
                "tracks": len(state),
                "open_alerts": len(state.open_alerts),
                "sensors": len(state.sensors),
                "clients": len(state.clients),
                "processes": list(state.processes.values()),
                "picture_frames": state.frames,
                "picture_gaps": state.gaps,
                "frames_dropped": state.frames_dropped,
            }
        )

    async def history(self, request: Request) -> Response:
        """GET /api/v1/history."""
        if self._archive is None:
            raise RequestError(503, "this server has no history to ask")
        box = _box(request) or (-90.0, -180.0, 90.0, 180.0)
        to_ns = _integer(request, "to_ns", self._now_ns() + 1)
        from_ns = _integer(request, "from_ns", to_ns - _TRAIL_NS)
        limit = _integer(request, "limit", 10_000)
        if not 1 <= limit <= _MAX_POINTS:
            raise RequestError(400, f"limit: expected 1 to {_MAX_POINTS}, got {limit}")
        return _json({"points": await self._archive.points(box, from_ns, to_ns, limit)})

    async def metrics(self, request: Request) -> Response:
        """GET /metrics."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    async def health(self, request: Request) -> Response:
        """GET /healthz: 200 while a picture comes and every process runs, else 503."""
        state = self._state
        reasons = []
        if state.time_ns is None:
            reasons.append("no picture yet")
        elif state.node.mode == "live" and state.now_ns() - state.time_ns > _STALE_NS:
            reasons.append("the picture is stale")
        if any(process.state not in ("running", "done") for process in state.processes.values()):
            reasons.append("a process is not running")
        return _json({"ok": not reasons, "reasons": reasons}, 503 if reasons else 200)

    def _now_ns(self) -> int:
        """The time of the picture, in a replay that of the recording."""
        return self._state.now_ns() if self._state.time_ns is None else self._state.time_ns


def track_fields(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row of TRACK by name, names for numbers, None for what is not known."""
    track = dict(zip(_COLUMNS, row, strict=True))
    track["class"] = _CLASS_NAMES.get(track.pop("class_index"))
    track["authorisation"] = _AUTHORISATIONS.get(track["authorisation"])
    track["status"] = _STATUSES.get(track["status"])
    track["alert"] = _ALERTS.get(track["alert"])
    return {name: None if value != value else value for name, value in track.items()}


def as_problem(error: Exception) -> Response:
    """Whatever went wrong, as JSON with one line."""
    if isinstance(error, RequestError):
        return problem(error.status, str(error))
    if isinstance(error, VedetteError):
        return problem(503, str(error))
    return problem(500, "something went wrong in this server; its log says what")


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _optional_integer(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        raise RequestError(400, f"{name}: expected an integer, got {text[:40]!r}") from None
    if abs(value) >= 1 << 63:
        raise RequestError(400, f"{name}: expected 64 bits, got {text[:40]}")
    return value


def _integer(request: Request, name: str, default: int) -> int:
    value = _optional_integer(request, name)
    return default if value is None else value


def _box(request: Request) -> tuple[float, float, float, float] | None:
    """The parameter box=south,west,north,east in degrees."""
    text = request.query_params.get("box")
    if text is None:
        return None
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError:
        line = f"box: expected south,west,north,east in degrees, got {text[:80]!r}"
        raise RequestError(400, line) from None
    if not (-90 <= south <= north <= 90 and all(-180 <= x <= 180 for x in (west, east))):
        raise RequestError(400, f"box: expected south,west,north,east in degrees, got {text[:80]!r}")
    return south, west, north, east


def _inside(rows: NDArray[np.void], box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    south, west, north, east = box
    lat, lon = rows["lat_deg"], rows["lon_deg"]
    across = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
    inside: NDArray[np.bool_] = (lat >= south) & (lat <= north) & across
    return inside
