"""The page's server over real sockets, for tests: a thread of its own, a made-up picture, and its clients."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
from websockets.sync.client import ClientConnection, connect

from vedette.core.alert import Alert
from vedette.core.errors import StorageError
from vedette.core.identity import Identity
from vedette.core.interference import DisturbedCell, InterferenceMap
from vedette.core.picture import TRACK, UNKNOWN_CLASS, Picture, encode_picture
from vedette.core.sensor import Sensor, SensorStatus
from vedette.core.zone import Volume, Zone
from vedette.serve.live import LiveState, Node, Process, View
from vedette.serve.server import create_app, serve
from vedette.serve.settings import ServeSettings

TOKEN = "the-token-of-this-test"
BEARER = {"authorization": f"Bearer {TOKEN}"}
ALERT = Alert("a", 5, 1, "entry", "Z", "Zone", "actual", "warning", 1.0, 50.0, 4.0, reasons=["inside"])
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no TLS is spoken here; this one loads nothing
T = TypeVar("T")


class PaperArchive:
    """A history that holds one trail."""

    async def trail(self, track_id: int, since_ns: int) -> list[tuple[int, float, float, float | None]]:
        return [(since_ns, 50.0, 4.0, None)] if track_id in (1, 77) else []

    async def identity(self, track_id: int) -> dict[str, Any] | None:
        return {"track_id": 77, "label": "gone"} if track_id == 77 else None

    async def alerts(self, since_ns: int) -> list[dict[str, Any]]:
        if since_ns == 13:
            raise StorageError("cannot read the history h.duckdb: gone")
        return [{"alert_id": "old", "time_ns": since_ns}]

    async def points(
        self, box: tuple[float, float, float, float], from_ns: int, to_ns: int, limit: int
    ) -> list[dict[str, Any]]:
        return [{"box": box, "from_ns": from_ns, "to_ns": to_ns, "limit": limit, "alt_m": None}]


class Running:
    """A server in a thread of its own; `do` works in its event loop."""

    def __init__(self, settings: ServeSettings, **options: Any) -> None:
        self.state = LiveState(Node("test", "1.2.3", View(50.9, 4.48, 9.0)), time.time_ns)
        self.port = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        app = create_app(self.state, settings, archive=options.pop("archive", PaperArchive()))
        self._task = self._loop.create_task(serve(app, on_ready=self._on_ready, **options))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(10)

    def _on_ready(self, port: int) -> None:
        self.port = port
        self._ready.set()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def do(self, work: Callable[[], T]) -> T:
        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=10, verify=PLAIN
        )

    def picture(self, headers: dict[str, str] | None = None, **options: Any) -> ClientConnection:
        url = f"ws://127.0.0.1:{self.port}/api/v1/picture"
        given = BEARER if headers is None else headers
        picture: ClientConnection = connect(
            url, additional_headers=given, compression=None, max_size=None, proxy=None, **options
        )
        return picture

    def log_in(self, client: httpx.Client) -> dict[str, str]:
        answer = client.get("/", params={"token": TOKEN})
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return {"cookie": cookie, "origin": f"http://127.0.0.1:{self.port}"}


@contextlib.contextmanager
def served(folder: Path, *, max_clients: int = 64) -> Iterator[Running]:
    """A server of a page made in a folder, with a picture of three tracks and one of everything else."""
    settings = ServeSettings(TOKEN, hosts=("Vedette.example",), page=page(folder), max_clients=max_clients)
    one = Running(settings)
    try:
        one.do(lambda: fill(one.state))
        yield one
    finally:
        one.stop()


def page(folder: Path) -> Path:
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<title>the page</title>")
    (folder / "assets" / "index.js").write_text("1")
    (folder / "assets" / "map-Bx3f9Qz1.js").write_text("2")
    return folder


def frame(seq: int, ids: list[int], *, whole: bool = False, lat_deg: float = 50.0) -> bytes:
    rows = np.zeros(len(ids), TRACK)
    rows["time_ns"] = rows["heard_ns"] = time.time_ns()
    rows["track_id"] = ids
    rows["lat_deg"], rows["lon_deg"] = lat_deg, 4.0
    rows["alt_m"] = np.nan
    rows["class_index"] = UNKNOWN_CLASS
    rows["status"] = 1
    rows["authorisation"] = [i % 3 for i in ids]
    return encode_picture(Picture(time.time_ns(), rows, whole=whole, seq=seq))


def fill(state: LiveState) -> None:
    state.apply_picture(frame(1, [1, 2, 3], whole=True))
    state.apply_sensor(
        Sensor(id="r1"), SensorStatus("r1", 0, "ok", observations=7, quarantined={"truncated": 2})
    )
    state.apply_zones([Zone("Z", "Zone", "PROHIBITED", [Volume(circle=(50.0, 4.0, 100.0))])])
    state.apply_interference(InterferenceMap(7, [DisturbedCell(50.0, 4.0, 50.1, 4.2, "red", 6, 4, 5)]))
    state.apply_identity(Identity(1, 5, "ABC123", 4))
    state.apply_alert(ALERT)
    state.apply_process(Process("sector", "running"))


def messages(socket_: ClientConnection, count: int) -> list[str | bytes]:
    return [socket_.recv(5) for _ in range(count)]


def stalled_client(port: int) -> socket.socket:
    """A client that shakes hands and then reads nothing."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    peer.connect(("127.0.0.1", port))
    peer.sendall(
        f"GET /api/v1/picture HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
    )
    return peer
