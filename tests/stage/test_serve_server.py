"""The server over real sockets: who gets in, what each address says, and the picture's WebSocket."""

import asyncio
import contextlib
import json
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from vedette.core.alert import Alert
from vedette.core.errors import FeedError, StorageError
from vedette.core.identity import Identity
from vedette.core.interference import DisturbedCell, InterferenceMap
from vedette.core.picture import TRACK, UNKNOWN_CLASS, Picture, decode_picture, encode_picture
from vedette.core.sensor import Sensor, SensorStatus
from vedette.core.zone import Volume, Zone
from vedette.serve import metrics, openapi
from vedette.serve.live import LiveState, Node, Process, View
from vedette.serve.server import create_app, listen, serve
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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    one = Running(ServeSettings(TOKEN, hosts=("Vedette.example",), page=page(tmp_path), max_clients=4))
    one.do(lambda: fill(one.state))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for tests that change nothing and guess no token."""
    folder = page(tmp_path_factory.mktemp("page"))
    one = Running(ServeSettings(TOKEN, hosts=("Vedette.example",), page=folder))
    one.do(lambda: fill(one.state))
    yield one
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


# Who gets in


def test_without_a_log_in_nothing_is_told(server: Running) -> None:
    with server.client() as client:
        for path in (
            "/api/v1/tracks",
            "/api/v1/tracks/1",
            "/api/v1/status",
            "/api/v1/interference",
            "/api/v1/openapi.json",
            "/metrics",
            "/api/x",
        ):
            answer = client.get(path)
            assert answer.status_code == 401
            assert list(answer.json()) == ["error"]
            assert answer.headers["www-authenticate"] == "Bearer"
        for path in (
            "/",
            "/index.html",
            "/data/x.json",
            "/api/docs",
            "/logout",
            "/assets/../index.html",
            "//",
            "/%2e",
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
            assert "the page" not in answer.text
        assert client.post("/api/v1/tracks").status_code == 401
        assert client.get("/assets/index.js").text == "1"
        assert client.get("/assets/%2e%2e/index.html").status_code == 303
    for headers in ({}, {"authorization": "Bearer wrong"}, {"cookie": f"vedette-{server.port}=made-up"}):
        with pytest.raises(InvalidStatus) as refused:
            server.picture(headers)
        assert refused.value.response.status_code == 401


def test_health_needs_no_log_in_and_says_nothing_secret(server: Running) -> None:
    with server.client() as client:
        assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (
            200,
            {"ok": True, "reasons": []},
        )
        server.do(lambda: server.state.apply_process(Process("sector", "restarting", "secret detail")))
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json() == {"ok": False, "reasons": ["a process is not running"]}
        server.do(lambda: server.state.apply_process(Process("sector", "running")))
        server.do(lambda: setattr(server.state, "time_ns", time.time_ns() - 60 * 10**9))
        assert client.get("/healthz").json()["reasons"] == ["the picture is stale"]


def test_the_link_with_the_token_logs_in_and_takes_the_token_out_of_the_address(server: Running) -> None:
    with server.client() as client:
        answer = client.get("/", params={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"vedette-{server.port}=")
        assert TOKEN not in cookie
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert client.get("/").text == "<title>the page</title>"
        assert client.get("/api/v1/tracks").status_code == 200
        answer = client.get("/logout")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert client.get("/api/v1/tracks").status_code == 401
        kept = cookie.partition(";")[0]
        assert (
            client.get("/api/v1/tracks", headers={"cookie": kept}).status_code == 401
        )  # gone at the server too


def test_the_form_logs_in(server: Running, tmp_path: Path) -> None:
    with server.client() as client:
        assert 'action="/login"' in client.get("/login").text
        wrong = client.post("/login", data={"token": "<guess>"})
        assert wrong.status_code == 401
        assert "not a token" in wrong.text
        assert "guess" not in wrong.text
        assert client.post("/login", content=b"x" * 10_000).status_code == 413
        assert client.post("/login", content=b"\xff\x00token").status_code == 401
        assert client.post("/login", data={"token": f" {TOKEN}\n"}).status_code == 303
        assert client.get("/").status_code == 200
        (tmp_path / "login.html").write_text("<form>own page</form>")
        assert client.get("/login").text == "<form>own page</form>"


def test_forms_from_other_pages_are_refused(shared: Running) -> None:
    own = f"http://127.0.0.1:{shared.port}"
    cases: list[tuple[dict[str, str], int]] = [
        ({"origin": own}, 303),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 303),  # what a no-referrer page sends
        ({"origin": "null"}, 303),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": f"{own}0"}, 403),
        ({"origin": own.replace("http", "ftp")}, 403),
    ]
    for headers, expected in cases:
        with shared.client(**headers) as client:
            assert client.post("/login", data={"token": TOKEN}).status_code == expected
    with shared.client(origin="null") as client:
        assert client.post("/logout").status_code == 403


def test_ten_wrong_tokens_a_minute_are_enough(server: Running) -> None:
    with server.client() as client:
        for i in range(10):
            way = i % 3
            if way == 0:
                answer = client.get("/api/v1/tracks", headers={"authorization": f"Bearer guess{i}"})
            elif way == 1:
                answer = client.post("/login", data={"token": f"guess{i}"})
            else:
                answer = client.get("/", params={"token": f"guess{i}"})
            assert answer.status_code == 401
        for answer in (
            client.post("/login", data={"token": TOKEN}),
            client.get("/", params={"token": TOKEN}),
            client.get("/api/v1/tracks", headers=BEARER),
        ):
            assert answer.status_code == 429
            assert 0 < int(answer.headers["retry-after"]) <= 61
        assert client.get("/login").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("[::1]:{port}", 200),
        ("vedette.EXAMPLE:443", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("10.1.2.3", 400),
        ("localhost.", 400),
        ("", 400),
    ],
)
def test_only_our_own_names_are_answered(shared: Running, host: str, status: int) -> None:
    with shared.client(host=host.format(port=shared.port), **BEARER) as client:
        for path in ("/api/v1/tracks", "/healthz"):
            answer = client.get(path)
            assert answer.status_code == status
            if status == 400:
                assert list(answer.json()) == ["error"]


def test_a_page_on_another_origin_gets_no_picture(shared: Running) -> None:
    with shared.client() as client:
        session = shared.log_in(client)
    with shared.picture(session) as picture:
        assert json.loads(picture.recv(5))["type"] == "hello"
    own = session["origin"]
    for origin in ("http://evil.example", "null", f"{own}1", own.replace("127.0.0.1", "localhost"), ""):
        with pytest.raises(InvalidStatus) as refused:
            shared.picture({**session, "origin": origin})
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        shared.picture({"cookie": session["cookie"]})
    assert refused.value.response.status_code == 403


def test_logging_out_closes_the_picture(server: Running) -> None:
    with server.client() as client:
        session = server.log_in(client)
        with server.picture(session) as picture:
            picture.recv(5)
            client.get("/logout")
            with pytest.raises(ConnectionClosed) as closed:
                messages(picture, 100)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008


def test_every_answer_is_protected(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        for path in ("/", "/login", "/api/v1/tracks", "/healthz", "/metrics", "/nothing", "/assets/index.js"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers
        cache = {path: client.get(path).headers["cache-control"] for path in CACHE}
        assert cache == CACHE


CACHE = {
    "/": "no-cache",
    "/login": "no-store",
    "/api/v1/tracks": "no-store",
    "/assets/index.js": "no-cache",
    "/assets/map-Bx3f9Qz1.js": "public, max-age=31536000, immutable",
    "/assets/absent-Bx3f9Qz1.js": "no-store",
}


def test_the_token_is_in_no_log(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with server.client() as client:
        client.get("/", params={"token": TOKEN})
        client.post("/login", data={"token": TOKEN})
        client.get("/api/v1/tracks", params={"token": TOKEN}, headers=BEARER)
    with pytest.raises(InvalidStatus):
        server.picture({"authorization": "Bearer wrong"})
    with server.picture():
        pass
    ours = [
        record
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore", "websockets.client"))
    ]
    assert TOKEN not in "\n".join(record.getMessage() for record in ours)
    assert "completing handshake" not in caplog.text
    assert TOKEN not in repr(ServeSettings(TOKEN))


# What each address says


def test_tracks_by_name_with_null_for_unknown(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        answer = client.get("/api/v1/tracks").json()
        assert [track["track_id"] for track in answer["tracks"]] == [1, 2, 3]
        track = answer["tracks"][0]
        assert (track["class"], track["alt_m"], track["status"], track["alert"]) == (
            None,
            None,
            "confirmed",
            None,
        )
        assert track["authorisation"] == "authorised"
        assert set(track) == set(openapi.describe("1")["components"]["schemas"]["Track"]["properties"])
        some = client.get("/api/v1/tracks", params={"authorisation": "unauthorised"}).json()
        assert [track["track_id"] for track in some["tracks"]] == [2]
        assert client.get("/api/v1/tracks", params={"box": "49,3,51,5"}).json()["tracks"] == answer["tracks"]
        assert client.get("/api/v1/tracks", params={"box": "49,5,51,-5"}).json()["tracks"] == []


def test_one_track_with_its_trail_and_what_is_gone(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        one = client.get("/api/v1/tracks/1", params={"since_ns": 3}).json()
        assert one["identity"]["label"] == "ABC123"
        assert one["trail"] == [[3, 50.0, 4.0, None]]
        assert [alert["alert_id"] for alert in one["alerts"]] == ["a"]
        gone = client.get("/api/v1/tracks/77").json()
        assert (gone["track"], gone["identity"]["label"]) == (None, "gone")
        assert client.get("/api/v1/tracks/2").json()["identity"] is None
        assert client.get("/api/v1/tracks/99").status_code == 404


def test_the_other_addresses(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        assert client.get("/api/v1/alerts").json() == {"alerts": [msgspec.to_builtins(ALERT)]}
        assert client.get("/api/v1/alerts", params={"since_ns": 9}).json()["alerts"][0]["alert_id"] == "old"
        sensor = client.get("/api/v1/sensors").json()["sensors"][0]
        assert sensor["status"]["quarantined"] == {"truncated": 2}
        assert client.get("/api/v1/zones").json()["zones"][0]["id"] == "Z"
        disturbed = client.get("/api/v1/interference").json()
        assert (disturbed["time_ns"], disturbed["cells"][0]["level"]) == (7, "red")
        status = client.get("/api/v1/status").json()
        assert (status["tracks"], status["open_alerts"], status["node"]["name"]) == (3, 1, "test")
        point = client.get("/api/v1/history", params={"box": "1,2,3,4", "from_ns": 5, "to_ns": 6}).json()[
            "points"
        ][0]
        assert point == {"box": [1, 2, 3, 4], "from_ns": 5, "to_ns": 6, "limit": 10_000, "alt_m": None}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/tracks?box=1,2,3", 400),
        ("/api/v1/tracks?box=nan,0,1,1", 400),
        ("/api/v1/tracks?box=2,0,1,1", 400),
        ("/api/v1/tracks?authorisation=perhaps", 400),
        ("/api/v1/tracks/1?since_ns=soon", 400),
        (f"/api/v1/alerts?since_ns={2**70}", 400),
        ("/api/v1/alerts?since_ns=13", 503),
        ("/api/v1/history?limit=0", 400),
        ("/api/v1/nothing", 404),
        ("/api/v1/tracks/one", 404),
        ("/nothing.html", 404),
        ("/../../etc/passwd", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
    ],
)
def test_errors_are_json_with_one_line(shared: Running, path: str, status: int) -> None:
    with shared.client(**BEARER) as client:
        answer = client.get(path)
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        assert "\n" not in answer.json()["error"]
        assert client.delete("/api/v1/tracks").status_code == 405


def test_metrics_are_in_the_exposition_format(server: Running) -> None:
    with server.client(**BEARER) as client, server.picture() as picture:
        messages(picture, 3)
        text = client.get("/metrics").text
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["vedette_observations_total", "r1"] == 7
    assert samples["vedette_quarantined_total", "r1", "truncated"] == 2
    assert samples["vedette_tracks",] == 3
    assert samples["vedette_alerts", "warning"] == 1
    assert samples["vedette_ws_clients",] == 1
    assert samples["vedette_latency_seconds_count",] == 1
    documented = set(re.findall(r"^(vedette_\w+)", metrics.__doc__ or "", re.MULTILINE))
    shown = {name for name, *_ in samples if not name.endswith(("_bucket", "_sum", "_created"))}
    assert {name.removesuffix("_count") for name in shown} <= documented


def test_the_description_and_the_server_agree(shared: Running) -> None:
    app = create_app(shared.state, ServeSettings(TOKEN))
    served = {re.sub(r":int", "", getattr(route, "path", "")) for route in app.routes} - {""}
    described = openapi.describe("1")
    assert served == set(described["paths"])
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert names <= set(described["components"]["schemas"])
    with shared.client(**BEARER) as client:
        assert client.get("/api/v1/openapi.json").json()["info"]["version"] == "1.2.3"
        docs = client.get("/api/docs", headers=shared.log_in(client)).text
        assert all(f" {path}</code>" in docs for path in described["paths"])
        assert "<script" not in docs


# The picture


def test_frames_arrive_byte_for_byte(server: Running) -> None:
    with server.picture() as picture:
        first = messages(picture, 7)
        assert json.loads(first[0])["classes"][0] == "multirotor"
        assert isinstance(first[1], bytes)
        assert decode_picture(first[1]).rows["track_id"].tolist() == [1, 2, 3]
        kinds = [json.loads(message)["type"] for message in first[2:]]
        assert sorted(kinds) == ["alert", "identity", "interference", "process", "sensor"]
        sent = [frame(seq, [1, seq]) for seq in range(2, 200)]
        for one in sent:
            server.do(partial(server.state.apply_picture, one))
        assert messages(picture, len(sent)) == sent
        server.do(lambda: server.state.apply_alert(ALERT))
        assert json.loads(picture.recv(5)) == {"type": "alert", **msgspec.structs.asdict(ALERT)}


def test_a_client_can_ask_for_a_whole_picture_and_nothing_else(server: Running) -> None:
    with server.picture() as picture:
        messages(picture, 7)
        picture.send('{"type":"resync"}')
        whole = picture.recv(5)
        assert isinstance(whole, bytes)
        assert decode_picture(whole).whole
        for word in ('{"type":"fire"}', "[]", b"\x00", "x" * 2000):
            with server.picture() as other:
                messages(other, 7)
                other.send(word)
                with pytest.raises(ConnectionClosed) as closed:
                    messages(other, 5)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1008
        with server.picture() as other:
            messages(other, 7)
            other.send("x" * 5000)
            with pytest.raises(ConnectionClosed):
                messages(other, 5)


def test_too_many_clients_are_told_to_wait(server: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(server.picture()).recv(5)
        with pytest.raises(InvalidStatus) as refused:
            server.picture()
        assert refused.value.response.status_code == 503
    deadline = time.monotonic() + 5
    while server.do(lambda: len(server.state.clients)) and time.monotonic() < deadline:
        time.sleep(0.01)
    with server.picture() as picture:
        picture.recv(5)


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


def established(port: int) -> int:
    """Connections that the kernel holds at a port of ours; 0 where it does not say."""
    with contextlib.suppress(OSError):
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(line[1].endswith(f":{port:04X}") and line[3] in ("01", "04") for line in lines)
    return 0


def test_a_stalled_client_costs_little_and_is_cut_off_in_the_end(tmp_path: Path) -> None:
    running = Running(ServeSettings(TOKEN, page=tmp_path, send_timeout_s=1.0), dead_after_s=1.0)
    ids = list(range(1, 2001))
    state = running.state
    try:
        running.do(lambda: state.apply_picture(frame(0, ids, whole=True)))
        with stalled_client(running.port), running.picture() as healthy:
            messages(healthy, 2)
            for seq in range(1, 101):  # 17 MB for each client
                one = frame(seq, ids)
                running.do(partial(state.apply_picture, one))
                assert healthy.recv(5) == one
            waiting = running.do(lambda: max(len(client) for client in state.clients))
            assert waiting <= 65
            assert running.do(lambda: state.frames_dropped) > 30
            deadline = time.monotonic() + 10
            while running.do(lambda: len(state.clients)) > 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert running.do(lambda: len(state.clients)) == 1
            while established(running.port) > 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert established(running.port) <= 1
    finally:
        running.stop()


def test_a_client_that_wakes_up_goes_on_from_a_whole_picture(server: Running) -> None:
    ids = list(range(1, 3001))
    with server.picture(max_queue=1) as picture:
        for seq in range(2, 152):  # far more than the sockets' buffers hold
            one = frame(seq, ids, lat_deg=seq / 10)
            server.do(partial(server.state.apply_picture, one))
        expected: int | None = None
        whole = 0
        while expected != 152:
            message = picture.recv(5)
            if isinstance(message, str):
                continue
            got = decode_picture(message)
            assert got.whole or got.seq == expected
            whole += got.whole
            expected = got.seq + 1
        assert whole == 2
        assert server.do(lambda: server.state.frames_dropped) > 0


# The socket


def test_a_taken_port_is_one_clear_line(shared: Running) -> None:
    with pytest.raises(FeedError, match=f"expected to listen on 127.0.0.1 port {shared.port}") as raised:
        listen("127.0.0.1", shared.port)
    assert "another program uses it" in str(raised.value)
    for host, port in (("203.0.113.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70_000)):
        with pytest.raises(FeedError, match="expected to listen on") as raised:
            listen(host, port)
        assert "\n" not in str(raised.value)


def test_it_stops_quickly_with_clients_on(tmp_path: Path) -> None:
    running = Running(ServeSettings(TOKEN, page=tmp_path))
    with running.picture() as picture, stalled_client(running.port):
        picture.recv(5)
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 5
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", running.port))
