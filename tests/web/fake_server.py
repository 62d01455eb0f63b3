"""A stand-in for the node: serves the built page and speaks its protocol with made-up traffic.

    python tests/web/fake_server.py --tracks 300 --port 8137

/fake/freeze, /fake/thaw, /fake/drop, /fake/refuse, /fake/accept, /fake/skip, /fake/alert steer it.
"""

import argparse
import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import Any

import fake_closure
import msgspec
import uvicorn
from fake_traffic import LAT_DEG, LON_DEG, PAIR_B, Traffic, sensors, statuses, zones
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from vedette.core.advice import State
from vedette.core.alert import Alert
from vedette.core.claim import Claim
from vedette.core.classes import CLASSES
from vedette.core.identity import Identity
from vedette.core.interference import DisturbedCell
from vedette.core.leave import Leave
from vedette.core.picture import Picture, encode_picture
from vedette.core.zone import Area
from vedette.serve.leaves import listed
from vedette.serve.rights import RIGHTS

PAGE = Path(__file__).parents[2] / "src/vedette/serve/page"
FRAME_S = 0.2


def to_json(value: object) -> Any:
    """Structs to what JSON holds."""
    return msgspec.to_builtins(value)


CELLS = [
    DisturbedCell(
        50.9,
        4.4,
        51.0,
        4.6,
        "red",
        6,
        4,
        1_795_000_000_000_000_000,
        ["4 of 6 aircraft have lost their accuracy"],
    ),
    DisturbedCell(51.0, 4.4, 51.1, 4.6, "yellow", 30, 1, 1_795_000_000_000_000_000),
    DisturbedCell(51.1, 4.4, 51.2, 4.6, "green", 9, 0, 1_795_000_000_000_000_000),
]


class FakeServer:
    """One server on a free port of the loopback interface, in a thread of its own."""

    def __init__(
        self, tracks: int = 300, port: int = 0, mode: str = "live", simulated: str = "all sensors and tracks"
    ) -> None:
        self.traffic = Traffic(tracks, seed=7)
        self.mode, self.simulated = mode, simulated
        self.frozen = self.refusing = self.skipping = False
        self.resyncs = 0
        self.more: list[Alert] = []
        self.decided: list[dict[str, Any]] = []
        self.refusal = ""
        self.asked: list[dict[str, Any]] = []
        self.airport_state = State()
        self.flies = True  # whether who has leave is heard
        self.drone_by_runway = True
        self.started_ns = time.time_ns()
        self.clients: set[WebSocket] = set()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self.socket.getsockname()[1]
        routes = [
            WebSocketRoute("/api/v1/picture", self.picture),
            Route("/api/v1/tracks/{id:int}", self.track),
            Route("/api/v1/alerts", lambda _: JSONResponse(to_json(self.alerts()))),
            Route("/api/v1/alerts/{id}", self.decide, methods=["POST"]),
            Route("/api/v1/sensors", lambda _: JSONResponse(to_json(sensors()))),
            Route("/api/v1/leaves", self.tell_leaves),
            Route("/api/v1/closure/{airport}", self.decide_closure, methods=["POST"]),
            Route("/api/v1/past", self.past_span),
            Route("/api/v1/past/frames", self.past_frames),
            Route("/api/v1/past/told", self.past_told),
            Route("/api/v1/past/search", self.past_search),
            Route("/fake/{action}", self.steer),
            Route("/login", lambda _: RedirectResponse("/login.html")),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), log_level="warning", lifespan="off", ws="websockets-sansio"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> "FakeServer":
        self.thread.start()
        until = time.monotonic() + 10
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(5)
        self.socket.close()

    def _run(self) -> None:
        asyncio.run(self.server.serve(sockets=[self.socket]))

    def alerts(self) -> list[Alert]:
        """Alerts as they stand."""
        return [*self.traffic.alerts(self.started_ns), *self.more]

    def now(self) -> tuple[float, int]:
        """Seconds since the start, and UTC."""
        now_ns = time.time_ns()
        return (now_ns - self.started_ns) / 1e9, now_ns

    async def track(self, request: Request) -> Response:
        """The REST answer for one track."""
        track_id = request.path_params["id"]
        if track_id not in self.traffic.identities:
            return PlainTextResponse("no such track", 404)
        seconds, now_ns = self.now()
        trail = []
        for back in range(600, -1, -5):
            rows = self.traffic.rows(seconds - back, now_ns)
            row = rows[rows["track_id"] == track_id][0]
            trail.append([now_ns - back * 10**9, float(row["lat_deg"]), float(row["lon_deg"]), None])
        identity = self.traffic.identity(track_id, now_ns)
        return JSONResponse({"track": {"track_id": track_id}, "identity": to_json(identity), "trail": trail})

    async def steer(self, request: Request) -> Response:
        """What tests make the node do."""
        action = request.path_params["action"]
        if action in ("freeze", "thaw"):
            self.frozen = action == "freeze"
        elif action in ("refuse", "accept"):
            self.refusing = action == "refuse"
        elif action == "skip":
            self.skipping = True
        elif action == "alert":
            await self.raise_alert()
        elif action in ("note", "ring", "end"):
            await self.tell_note(action)
        elif action in ("jam", "clear"):
            await self.tell_interference(CELLS if action == "jam" else [])
        if action in ("drop", "refuse"):
            for client in list(self.clients):
                await client.close(1012)
        return PlainTextResponse(action)

    async def decide(self, request: Request) -> Response:
        """Take a decision about an alert and tell everybody, as a node would."""
        asked = await request.json()
        alert_id = request.path_params["id"]
        self.decided.append({"alert_id": alert_id, **asked})
        if self.refusal:
            return JSONResponse({"status": 409, "said": self.refusal}, 409)
        _, now_ns = self.now()
        alert = next(one for one in self.alerts() if one.alert_id == alert_id)
        who = f"watch officer {asked.get('author', '')}".strip()
        changes: dict[str, dict[str, Any]] = {
            "acknowledge": {"acknowledged_by": who, "acknowledged_ns": now_ns},
            "suppress": {"severity": "info", "suppressed_by": who, "suppressed_why": asked.get("reason", "")},
            "unsuppress": {"suppressed_by": "", "suppressed_why": ""},
        }
        told = msgspec.structs.replace(alert, time_ns=now_ns, **changes[asked["do"]])
        for client in list(self.clients):
            await client.send_json({"type": "alert", **msgspec.structs.asdict(told)})
        return JSONResponse({"status": 200, "said": "done"})

    async def past_span(self, request: Request) -> Response:
        """An hour before the server began, until then."""
        return JSONResponse({"span": [self.started_ns - 3600 * 10**9, self.started_ns]})

    async def past_frames(self, request: Request) -> Response:
        """The same traffic as now, an hour earlier: one frame a second."""
        asked = {name: int(request.query_params[name]) for name in ("from_ns", "to_ns")}
        self.asked.append(asked)
        frames = []
        for at_ns in range(asked["from_ns"], min(asked["to_ns"], self.started_ns + 1), 10**9):
            rows = self.traffic.rows((at_ns - self.started_ns) / 1e9 + 3600.0, at_ns)
            frames.append(encode_picture(Picture(at_ns, rows[:5], whole=True)))
        return Response(b"".join(frames), media_type="application/octet-stream")

    async def past_told(self, request: Request) -> Response:
        """One name and one alert of that time."""
        from_ns = int(request.query_params["from_ns"])
        track_id = PAIR_B
        identity = {"track_id": track_id, "time_ns": from_ns, "since_ns": from_ns, "label": "OF THE PAST"}
        alert = Alert(
            "p-1", from_ns, track_id, "zone_entry", "Z", "Zone", "actual", "warning", 0.9, 51.0, 4.0
        )
        told = msgspec.structs.replace(alert, label="OF THE PAST")
        return JSONResponse({"identities": [identity], "alerts": [msgspec.structs.asdict(told)]})

    async def past_search(self, request: Request) -> Response:
        """One track, whatever was asked."""
        self.asked.append(dict(request.query_params))
        at_ns = self.started_ns - 1800 * 10**9
        found = {
            "track_id": PAIR_B,
            "label": "<i>FOUND</i>",
            "first_ns": at_ns,
            "last_ns": at_ns + 90 * 10**9,
            "nearest_m": 412.0,
            "nearest_ns": at_ns + 30 * 10**9,
            "lat_deg": LAT_DEG,
            "lon_deg": LON_DEG,
            "class": "multirotor",
            "authorisation": "unauthorised",
            "top_mps": 17.0,
            "alerts": 2,
        }
        return JSONResponse({"tracks": [found]})

    async def tell_leaves(self, _: Request) -> Response:
        """Who may fly: in a volume, in a zone, everywhere from soon on, and an airliner."""
        _, now_ns = self.now()
        began_ns, hour_ns = self.started_ns, 3600 * 10**9
        area = Area(circle=(51.05, 4.3, 900.0), upper_m=120.0)
        leaves = [
            Leave(
                kind="authorisation", holder="<i>Survey</i>", who="X1", serials=["X1"], area=area,
                start_ns=began_ns - hour_ns, end_ns=began_ns + hour_ns, reference="PER-7",
            ),
            Leave(
                kind="authorisation", holder="Police", who="all drones of BEL1", registration="bel1",
                zones=["DOEL"],
            ),
            Leave(kind="authorisation", who="X3", serials=["X3"], start_ns=began_ns + hour_ns),
            Leave(kind="authorisation", who="X4", serials=["X4"], start_ns=began_ns + 48 * hour_ns),
            Leave(kind="flight-plan", who="BEL3PK", callsign="BEL3PK", reference="FPL 12"),
        ]  # fmt: skip
        said = Claim("remote_id", "X1")
        flying = [
            Identity(
                PAIR_B, now_ns, "T103", now_ns, claims=[said], authorisation="authorised", evidence="both"
            )
        ]
        told = listed(leaves, flying if self.flies else [], now_ns, now_ns + 24 * hour_ns)
        body = msgspec.json.encode({"time_ns": now_ns, "known": True, "soon_s": 86_400, **told})
        return Response(body, media_type="application/json")

    async def decide_closure(self, request: Request) -> Response:
        """Take a decision about the airport and tell everybody."""
        asked = await request.json()
        self.decided.append({"airport": request.path_params["airport"], **asked})
        if self.refusal:
            return JSONResponse({"status": 409, "said": self.refusal}, 409)
        level = {"close": "close", "restrict": "restrict"}.get(asked["do"], "open")
        self.airport_state = State(level, self.now()[1], f"watch officer {asked['author']}".strip())
        await self.tell_closure()
        return JSONResponse({"status": 200, "said": f"{asked['do']}: recorded"})

    async def tell_closure(self) -> None:
        """What is advised, to everybody."""
        told = fake_closure.advice(self.now()[1], self.airport_state, seen=self.drone_by_runway)
        for client in list(self.clients):
            await client.send_json({"type": "closure", **to_json(told)})

    async def raise_alert(self) -> None:
        """Raise one more, while everybody looks."""
        _, now_ns = self.now()
        alert = Alert(
            f"b-{len(self.more)}",
            now_ns,
            PAIR_B,
            "zone_entry",
            "DOEL",
            "Doel power plant",
            "predicted",
            "warning",
            0.6,
            51.24,
            4.1,
            395.0,
            "T103",
        )
        self.more.append(alert)
        for client in list(self.clients):
            await client.send_json({"type": "alert", **to_json(alert)})

    async def tell_note(self, step: str) -> None:
        """A note, the same as it rings, and its end."""
        _, now_ns = self.now()
        note = Alert(
            "n-1", now_ns, PAIR_B, "zone_entry", "DOEL", "Doel power plant", "actual", "info", 0.6, 51.24,
            4.1, label="T105",
        )  # fmt: skip
        changes: dict[str, dict[str, Any]] = {
            "note": {}, "ring": {"severity": "warning"}, "end": {"state": "cleared"},
        }  # fmt: skip
        told = msgspec.structs.replace(note, **changes[step])
        for client in list(self.clients):
            await client.send_json({"type": "alert", **to_json(told)})

    async def tell_interference(self, cells: list[DisturbedCell]) -> None:
        """Tell everybody where satellite navigation is disturbed."""
        message = {"type": "interference", "time_ns": self.now()[1], "cells": to_json(cells)}
        for client in list(self.clients):
            await client.send_json(message)

    async def greet(self, client: WebSocket) -> None:
        """Send hello and all that is known."""
        hello = {
            "type": "hello",
            "node": "Brussels",
            "version": "0.1.0",
            "mode": self.mode,
            "speed": 1.0 if self.mode == "live" else 4.0,
            "simulated": self.simulated,
            "role": "owner",
            "author": "owner",
            "rights": sorted(RIGHTS["owner"]),
            "classes": CLASSES,
            "view": {"lat_deg": LAT_DEG, "lon_deg": LON_DEG, "zoom": 9.3},
            "zones": to_json(zones()),
            "sensors": to_json(sensors()),
        }
        await client.send_json(hello)
        _, now_ns = self.now()
        for track_id in self.traffic.identities:
            await client.send_json({"type": "identity", **to_json(self.traffic.identity(track_id, now_ns))})
        for alert in self.alerts():
            await client.send_json({"type": "alert", **to_json(alert)})
        for name, state in (
            ("ingest", "running"),
            ("sector", "running"),
            ("serve", "running"),
            ("history", "restarting"),
        ):
            await client.send_json(
                {
                    "type": "process",
                    "name": name,
                    "state": state,
                    "detail": "restarted once" if state != "running" else "",
                }
            )

    async def listen(self, client: WebSocket) -> None:
        """Count requests for a whole frame, until the client goes."""
        try:
            while True:
                if "resync" in await client.receive_text():
                    self.resyncs += 1
        except (WebSocketDisconnect, RuntimeError, AssertionError):
            self.clients.discard(client)

    async def picture(self, client: WebSocket) -> None:
        """One client's socket."""
        if self.refusing:
            await client.close()
            return
        await client.accept()
        self.clients.add(client)
        listener = asyncio.create_task(self.listen(client))
        await self.greet(client)
        seq = 0
        try:
            while client in self.clients and not self.server.should_exit:
                if not self.frozen:
                    await self.send(client, seq)
                    seq += 2 if self.skipping else 1
                    self.skipping = False
                await asyncio.sleep(FRAME_S)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.clients.discard(client)
            listener.cancel()

    async def send(self, client: WebSocket, seq: int) -> None:
        """One frame, and once a second the sensors."""
        seconds, now_ns = self.now()
        rows = self.traffic.rows(seconds, now_ns)
        await client.send_bytes(encode_picture(Picture(now_ns, rows, whole=seq % 50 == 0, seq=seq)))
        if seq % 5 == 0:
            told = fake_closure.advice(now_ns, self.airport_state, seen=self.drone_by_runway)
            await client.send_json({"type": "closure", **to_json(told)})
            for sensor, status in zip(sensors(), statuses(now_ns, int(seconds) + 100), strict=True):
                await client.send_json(
                    {"type": "sensor", "sensor": to_json(sensor), "status": to_json(status)}
                )


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tracks", type=int, default=300)
    parser.add_argument("--port", type=int, default=8137)
    parser.add_argument("--mode", choices=("live", "replay"), default="live")
    arguments = parser.parse_args()
    with FakeServer(arguments.tracks, arguments.port, arguments.mode) as server:
        print(server.url, flush=True)  # noqa: T201 (a command's answer)
        server.thread.join()


if __name__ == "__main__":
    main()
