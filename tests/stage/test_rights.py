"""Every address with every role and without a log-in, against the table; persons and their tokens."""

import asyncio
import re
import stat
import time

import httpx
import msgspec
import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from vedette.app.cli import main
from vedette.core.errors import ConfigError, StorageError
from vedette.serve import users
from vedette.serve.attachments import Attachments
from vedette.serve.live import LiveState, Node, View
from vedette.serve.rights import ADDRESSES, DECISIONS, RIGHTS, STEPS, Who, right_for
from vedette.serve.server import create_app
from vedette.serve.settings import ServeSettings
from vedette.serve.users import Users

OWNER, DIRECTOR = "token-of-the-owner", "token-of-the-director"
PERSONS = ("watch", "supervisor", "analyst", "administrator", "partner")
OPEN = {"/healthz", "/login"}


class PaperRecord:
    """Notes what it is asked, and has nothing."""

    def __init__(self):
        self.asked = []

    async def ask(self, question):
        self.asked.append(question)
        return 404, b'{"status":404,"said":"nothing here"}'


class PaperDecider:
    def __init__(self):
        self.told = []

    async def decide(self, decision):
        self.told.append(decision)
        return 200, b'{"status":200,"said":"done"}'


class Node1:
    """A server with a person of each role."""

    def __init__(self, folder):
        self.folder = folder
        random = iter(range(256))
        self.tokens = {
            role: users.add(folder, f"p-{role}", role, lambda n: bytes([next(random)]) * n, 5)
            for role in PERSONS
        }
        self.tokens |= {"owner": OWNER, "director": DIRECTOR}
        self.record, self.decider = PaperRecord(), PaperDecider()
        self.time_s = [1000.0]
        self.app = create_app(
            LiveState(Node("test", "1", View(50.0, 4.0, 9.0)), time.time_ns),
            ServeSettings(token=OWNER, director_token=DIRECTOR, failures_per_minute=10_000),
            decider=self.decider,
            record=self.record,
            attachments=Attachments(folder / "attachments", 1000),
            users=Users(folder),
            clock=lambda: self.time_s[0],
        )
        self.cookies = {role: self.log_in(token) for role, token in self.tokens.items()}

    def ask(self, method, path, headers=None, **more):
        async def asked():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as one:
                return await one.request(method, path, headers=headers, **more)

        return asyncio.run(asked())

    def log_in(self, token):
        answer = self.ask("GET", "/", params={"token": token})
        assert answer.status_code == 303, token
        self.came_to = answer.headers["location"]
        return answer.headers["set-cookie"].partition(";")[0]

    def as_role(self, role, method, path, **more):
        return self.ask(method, path, {"cookie": self.cookies[role]}, **more)


def picture(app, token, then=lambda: None, patience_s=0.0):
    """What the WebSocket of the picture sends: until it was greeted, then until it ends or patience does."""
    headers = [(b"host", b"127.0.0.1")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "websocket", "scheme": "ws", "path": "/api/v1/picture", "raw_path": b"/api/v1/picture",
        "root_path": "", "query_string": b"", "headers": headers, "subprotocols": [],
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5),
        "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    sent = []

    async def run():
        gone, greeted, over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        begun = iter([{"type": "websocket.connect"}])

        async def receive():
            for event in begun:
                return event
            await gone.wait()
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(message):
            sent.append(message)
            if "bytes" in message or message["type"].startswith("websocket.http.response"):
                greeted.set()
            if message["type"] == "websocket.close":
                over.set()

        serving = asyncio.create_task(app(scope, receive, send))
        await asyncio.wait_for(greeted.wait(), 5)
        then()
        if patience_s:
            await asyncio.wait_for(over.wait(), patience_s)
        gone.set()
        await asyncio.wait_for(serving, 5)

    asyncio.run(run())
    return sent


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    return Node1(tmp_path_factory.mktemp("node"))


def served(app):
    """(method, address) of all that the server answers, HEAD left out."""
    found = set()
    for route in app.routes:
        if isinstance(route, WebSocketRoute):
            found.add(("GET", route.path))
        elif isinstance(route, Route):
            path = re.sub(r":\w+", "", route.path)
            found |= {(method, path) for method in route.methods - {"HEAD"}}
        else:
            assert isinstance(route, Mount)
            assert route.path == ""
    return {(method, path) for method, path in found if path not in OPEN}


def test_the_table_has_every_address_and_no_other(node):
    assert served(node.app) == set(ADDRESSES)


def test_what_is_not_in_the_table_nobody_reaches(tmp_path):
    """Somebody adds an address and forgets the table."""
    from starlette.responses import PlainTextResponse

    one = Node1(tmp_path)
    one.app.router.routes.insert(0, Route("/api/v1/secret", lambda _: PlainTextResponse("told")))
    one.app.router.routes.insert(
        0, Route("/api/v1/zones", lambda _: PlainTextResponse("told"), methods=["PUT"])
    )
    assert served(one.app) != set(ADDRESSES)
    assert one.as_role("owner", "GET", "/api/v1/secret").status_code == 404
    assert one.as_role("owner", "PUT", "/api/v1/zones").status_code == 405


def example(path):
    return path.format(track_id=1, alert_id="A000001", incident="test-1", sha256="ab" * 32)


@pytest.mark.parametrize("role", [None, *RIGHTS])
@pytest.mark.parametrize(("method", "path"), sorted(ADDRESSES))
def test_every_address_with_every_role(node, method, path, role):
    right = ADDRESSES[method, path]
    if path in ("/logout", "/api/v1/picture"):
        return  # below: the one ends the session, the other is a WebSocket
    body = {"json": {"do": "acknowledge"}} if path.startswith("/api/v1/alerts/") else {}
    if role is None:
        status = node.ask(method, example(path), **body).status_code
        assert status in ((401,) if path.startswith(("/api/v1", "/metrics")) else (303,))
        return
    token = {"authorization": f"Bearer {node.tokens[role]}"}
    for answer in (node.as_role(role, method, example(path), **body),
                   node.ask(method, example(path), token, **body)):  # fmt: skip
        if right in RIGHTS[role]:
            assert answer.status_code not in (401, 403), (role, right, answer.text)
        else:
            assert answer.status_code == 403
            assert role.split()[0] in answer.text


@pytest.mark.parametrize("role", [None, *RIGHTS])
def test_the_picture_is_for_those_who_may_read(node, role):
    sent = picture(node.app, None if role is None else node.tokens[role])
    if role is not None and "read" in RIGHTS[role]:
        hello = msgspec.json.decode(sent[1]["text"])
        assert hello["type"] == "hello"
        assert (hello["role"], hello["rights"]) == (role, sorted(RIGHTS[role]))
        assert hello["author"] == Who(role, hello["person"]).author()
        return
    assert [one.get("status") for one in sent][:1] == [401 if role is None else 403]
    assert not any("bytes" in one or "text" in one for one in sent)


@pytest.mark.parametrize("role", RIGHTS)
@pytest.mark.parametrize("do", DECISIONS)
def test_every_decision_with_every_role(node, role, do):
    node.decider.told.clear()
    answer = node.as_role(role, "POST", "/api/v1/alerts/A000001", json={"do": do, "reason": "a kite"})
    may = DECISIONS[do] in RIGHTS[role]
    assert answer.status_code == (200 if may else 403)
    assert [one.do for one in node.decider.told] == ([do] if may else [])


@pytest.mark.parametrize("role", RIGHTS)
def test_leaving_is_for_all(tmp_path, role):
    node = Node1(tmp_path)
    assert node.as_role(role, "GET", "/api/v1/me").status_code == 200
    assert node.as_role(role, "POST", "/logout").status_code == 303
    assert node.as_role(role, "GET", "/api/v1/me").status_code == 401


def test_who_may_what_is_as_people_expect():
    """The table in words: a mistake in it would pass every test above."""
    assert {r for r in RIGHTS if "close" in RIGHTS[r]} == {"supervisor", "owner"}
    assert {r for r in RIGHTS if "correct-any" in RIGHTS[r]} == {"supervisor", "owner"}
    assert {r for r in RIGHTS if "ledger" in RIGHTS[r]} == {"supervisor", "analyst", "owner"}
    assert {r for r in RIGHTS if "users" in RIGHTS[r]} == {"administrator", "owner"}
    assert {r for r in RIGHTS if "metrics" in RIGHTS[r]} == {"administrator", "owner"}
    assert {r for r in RIGHTS if "direct" in RIGHTS[r]} == {"director"}
    assert RIGHTS["partner"] == {"me"}
    assert {right for _, right in STEPS.values()} == {"note", "act", "close", "hand-over", "read", "correct"}
    assert right_for("HEAD", "/api/v1/tracks") == "read"
    assert right_for("GET", "/favicon.ico") == "page"
    assert right_for("DELETE", "/api/v1/tracks") == 405
    assert right_for("GET", "/api/v1/tracks/1/2") == 404


# Persons


def test_a_partner_gets_his_own_name_and_nothing_else(node):
    node.log_in(node.tokens["partner"])
    assert node.came_to == "/api/v1/me"
    told = node.as_role("partner", "GET", "/api/v1/me").json()
    assert told == {
        "role": "partner",
        "person": "p-partner",
        "author": "p-partner (partner node)",
        "rights": ["me"],
    }
    assert node.as_role("partner", "GET", "/index.html").status_code == 403
    assert node.ask("GET", "/healthz").status_code == 503


def test_a_person_signs_as_herself_and_as_nobody_else(node):
    node.record.asked.clear()
    note, path = {"text": "lights in the north"}, "/api/v1/incidents/test-1/note"
    node.as_role("watch", "POST", path, json=note)
    node.as_role("watch", "POST", path, json={**note, "author": "p-watch"})
    bad = node.as_role("watch", "POST", path, json={**note, "author": "p-supervisor"})
    assert bad.status_code == 400
    assert "signs as p-watch (watch officer)" in bad.json()["error"]
    node.as_role("owner", "POST", path, json={**note, "author": " H. B. "})
    assert [one.author for one in node.record.asked] == ["p-watch (watch officer)"] * 2 + ["owner H. B."]
    decision = {"do": "acknowledge", "author": "p-supervisor"}
    assert node.as_role("watch", "POST", "/api/v1/alerts/A1", json=decision).status_code == 400


def test_only_a_supervisor_corrects_what_others_entered(node):
    node.record.asked.clear()
    body = {"entry": {"node": "n", "seq": 1}, "why": "typing"}
    for role in ("watch", "supervisor", "analyst", "owner"):
        node.as_role(role, "POST", "/api/v1/incidents/test-1/correct", json=body)
    assert [one.corrects_any for one in node.record.asked] == [False, True, False, True]


@pytest.mark.parametrize("body", [
    b"", b"[]", b"\xff", b'{"text": 3}', b'{"text": "  "}', b'{"text": "x", "kind": "note"}', b"{}",
    b'{"text": "' + b"x" * 70_000 + b'"}', b'{"text": "x", "author": 3}', b'{"text": "\\ud800"}',
    b"[" * 60_000,
    b'{"text": "x", "author": "' + b"x" * 61 + b'"}',
])  # fmt: skip
def test_what_is_no_event_is_refused(node, body):
    node.record.asked.clear()
    answer = node.as_role("owner", "POST", "/api/v1/incidents/test-1/note", content=body)
    assert answer.status_code in (400, 413), answer.text
    assert "error" in answer.json()
    assert node.record.asked == []


def test_a_token_is_shown_once_and_kept_nowhere(tmp_path):
    token = users.add(tmp_path, "anna", "watch", lambda n: b"\x07" * n, 5)
    path = tmp_path / users.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token.partition(".")[2] not in path.read_text()
    assert "hash" not in repr(users.read(tmp_path)[0])
    known = Users(tmp_path)
    assert known.who(token) == Who("watch", "anna")
    for wrong in (
        "anna",
        "anna.",
        f"{token}x",
        token.replace("anna", "bert"),
        "." + token,
        "",
        "anna.\ud800",
    ):
        assert known.who(wrong) is None


def test_names_and_second_tokens(tmp_path):
    random = iter(range(250))

    def some(n):
        return bytes([next(random)]) * n

    first = users.add(tmp_path, "anna", "watch", some, 5)
    with pytest.raises(ConfigError, match="revoke first"):
        users.add(tmp_path, "anna", "supervisor", some, 6)
    for name in ("", "Anna", "9a", "a b", "a" * 41, "anna\n", "../x"):
        with pytest.raises(ConfigError):
            users.add(tmp_path, name, "watch", some, 6)
    users.revoke(tmp_path, "anna", 7)
    with pytest.raises(ConfigError, match="nobody"):
        users.revoke(tmp_path, "anna", 8)
    second = users.add(tmp_path, "anna", "supervisor", some, 9)
    known = Users(tmp_path)
    assert (known.who(first), known.who(second)) == (None, Who("supervisor", "anna"))
    assert not list(tmp_path.glob("*.part"))


def test_whose_right_is_taken_away_is_out_within_a_second(tmp_path):
    node = Node1(tmp_path)
    token = {"authorization": f"Bearer {node.tokens['watch']}"}
    assert node.ask("GET", "/api/v1/tracks", token).status_code == 200
    assert node.as_role("watch", "GET", "/api/v1/tracks").status_code == 200
    users.revoke(tmp_path, "p-watch", 7)
    node.time_s[0] += 0.6
    assert node.as_role("watch", "GET", "/api/v1/tracks").status_code == 401
    assert node.ask("GET", "/api/v1/tracks", token).status_code == 401
    assert node.as_role("analyst", "GET", "/api/v1/tracks").status_code == 200


def test_an_open_picture_ends_with_the_right(tmp_path):
    node = Node1(tmp_path)
    node.app = create_app(
        LiveState(Node("test", "1", View(50.0, 4.0, 9.0)), time.time_ns), ServeSettings(token=OWNER),
        users=Users(tmp_path),
    )  # fmt: skip
    began_s = time.monotonic()
    sent = picture(node.app, node.tokens["watch"], lambda: users.revoke(tmp_path, "p-watch", 7), 5.0)
    assert sent[-1] == {"type": "websocket.close", "code": 1008, "reason": ""}
    assert time.monotonic() - began_s < 2.0


def test_a_role_that_changes_ends_the_session_of_the_old_one(tmp_path):
    node = Node1(tmp_path)
    users.revoke(tmp_path, "p-supervisor", 7)
    users.add(tmp_path, "p-supervisor", "analyst", lambda n: b"\xee" * n, 8)
    node.time_s[0] += 0.6
    assert node.as_role("supervisor", "GET", "/api/v1/me").status_code == 401


def test_a_broken_file_keeps_those_of_before(tmp_path):
    token = users.add(tmp_path, "anna", "watch", lambda n: b"\x07" * n, 5)
    known = Users(tmp_path)
    (tmp_path / users.FILE).write_text("{")
    assert not known.refresh()
    assert known.who(token) == Who("watch", "anna")
    with pytest.raises(StorageError, match=users.FILE):
        users.add(tmp_path, "bert", "watch", lambda n: b"\x08" * n, 5)
    (tmp_path / users.FILE).unlink()
    assert known.refresh()
    assert known.allowed() == []


def test_administrators_see_who_may_log_in_and_nothing_of_tokens(node):
    told = node.as_role("administrator", "GET", "/api/v1/users")
    assert {one["name"] for one in told.json()["users"]} == {f"p-{role}" for role in PERSONS}
    assert all(set(one) == {"name", "role", "since_ns", "until_ns"} for one in told.json()["users"])


# The command


def test_the_command_lets_in_lists_and_lets_out(tmp_path, capsys):
    data = ["--data", str(tmp_path / "data")]
    assert main(["users", "add", "anna", "--role", "supervisor", "--json", *data]) == 0
    token = msgspec.json.decode(capsys.readouterr().out)["token"]
    known = Users(tmp_path / "data")
    assert known.who(token) == Who("supervisor", "anna")
    assert main(["users", "list", *data]) == 0
    assert capsys.readouterr().out.startswith("anna: supervisor, since 20")
    assert main(["users", "revoke", "anna", *data]) == 0
    known.refresh()
    assert known.who(token) is None
    assert main(["users", "revoke", "anna", *data]) == 2
    capsys.readouterr()
    assert main(["users", "list", *data]) == 0
    told = capsys.readouterr().out
    assert "no longer since" in told
    assert token.partition(".")[2] not in told
