"""Who may decide about an alert, what they may say, and what reaches the sector of it."""

import time

import pytest
from asked import PaperDecider, ask
from starlette.requests import Request

from vedette.core.alert import Decision
from vedette.serve.guard import WHO
from vedette.serve.live import LiveState, Node, View
from vedette.serve.rights import Who
from vedette.serve.server import create_app
from vedette.serve.settings import ServeSettings

WATCH, DIRECTOR = "token-of-the-watch", "token-of-the-director"
PATH = "/api/v1/alerts/A000001"
ACKNOWLEDGE = {"do": "acknowledge"}


class Server:
    """An application asked without a socket."""

    def __init__(self, decider):
        state = LiveState(Node("test", "1", View(50.0, 4.0, 9.0)), time.time_ns)
        self.app = create_app(state, ServeSettings(token=WATCH, director_token=DIRECTOR), decider=decider)

    def ask(self, token=None, path=PATH, method="POST", **more):
        return ask(self.app, method, path, token, **more)


@pytest.fixture
def decider():
    return PaperDecider(lambda decision: decision.alert_id == "A999999")


@pytest.fixture
def server(decider):
    return Server(decider)


def test_a_watch_officer_acknowledges_and_signs_as_one(server, decider):
    before_ns = time.time_ns()
    answer = server.ask(WATCH, json={"do": "acknowledge", "reason": " patrol  goes ", "author": " H. B. "})
    assert (answer.status_code, answer.json()) == (200, {"status": 200, "said": "acknowledge"})
    (told,) = decider.told
    assert isinstance(told, Decision)
    assert (told.alert_id, told.author, told.reason) == ("A000001", "owner H. B.", "patrol goes")
    assert before_ns <= told.time_ns <= time.time_ns()


def test_a_director_signs_as_one_and_scope_and_time_are_passed_on(server, decider):
    body = {"do": "suppress", "reason": "a kite", "scope": "zone", "for_s": 600}
    assert server.ask(DIRECTOR, json=body).status_code == 200
    (told,) = decider.told
    assert (told.author, told.scope, told.for_s) == ("director", "zone", 600.0)


@pytest.mark.parametrize("token", [None, "wrong"])
def test_nobody_else_decides(server, decider, token):
    assert server.ask(token, json=ACKNOWLEDGE).status_code == 401
    assert decider.told == []


def test_a_foreign_page_cannot_decide(server, decider):
    answer = server.ask(WATCH, json=ACKNOWLEDGE, headers={"origin": "http://elsewhere.example"})
    assert answer.status_code == 403
    assert decider.told == []


@pytest.mark.parametrize(("role", "do", "status"), [
    ("analyst", "acknowledge", 403), ("partner", "suppress", 403), ("administrator", "acknowledge", 403),
    ("watch", "suppress", None), ("supervisor", "unsuppress", None), ("director", "acknowledge", None),
])  # fmt: skip
def test_only_roles_that_have_the_right_decide(decider, role, do, status):
    """Also without the guard before it."""
    from vedette.serve.decisions import check_right
    from vedette.serve.rest import RequestError
    from vedette.serve.rights import DECISIONS

    request = Request({"type": "http", "headers": [], WHO: Who(role)})
    if status is None:
        assert check_right(request, DECISIONS[do]).role == role
        return
    with pytest.raises(RequestError) as refused:
        check_right(request, DECISIONS[do])
    assert refused.value.status == status
    with pytest.raises(RequestError):
        check_right(Request({"type": "http", "headers": []}), DECISIONS[do])


@pytest.mark.parametrize("body", [
    b"", b"{}", b"[]", b"\xff", b'{"do": "arm"}', b'{"do": "acknowledge", "who": "me"}', b"[" * 3000,
    b'{"do": "suppress", "for_s": -1}', b'{"do": "suppress", "for_s": 1e99}',
    b'{"do": "suppress", "scope": "all"}',
    b'{"do": "acknowledge", "reason": "' + b"x" * 301 + b'"}', b'{"do": "acknowledge"}' + b" " * 5000,
])  # fmt: skip
def test_what_is_no_decision_is_refused(server, decider, body):
    assert server.ask(WATCH, content=body).status_code in (400, 413)
    assert decider.told == []


def test_what_the_sector_refuses_is_said(server):
    answer = server.ask(WATCH, "/api/v1/alerts/A999999", json=ACKNOWLEDGE)
    assert (answer.status_code, answer.json()["said"]) == (409, "acknowledge")


def test_only_by_post_and_only_where_somebody_takes_decisions(server):
    assert server.ask(WATCH, method="GET").status_code in (404, 405)
    assert Server(None).ask(WATCH, json=ACKNOWLEDGE).status_code == 404
