"""Who gets in at the server: tokens, sessions, forms, names of hosts, other origins."""

import json
import logging
import time
from pathlib import Path

import pytest
from serving import BEARER, TOKEN, Running, messages
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vedette.serve.live import Process
from vedette.serve.settings import ServeSettings


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
