"""Who may direct an exercise: the director, and nobody else."""

import time

import msgspec
import pytest
from asked import ask

from vedette.serve.live import ExercisePace, LiveState, Node, View
from vedette.serve.rights import Who
from vedette.serve.server import create_app
from vedette.serve.settings import ServeSettings

WATCH, DIRECTOR = "token-of-the-watch", "token-of-the-director"
PATHS = [("GET", "/api/v1/exercise"), ("POST", "/api/v1/exercise"), ("GET", "/api/v1/exercise/score")]


class PaperDirection:
    """Notes what it is told."""

    def __init__(self):
        self.told = []
        self.scored = None

    async def tell(self, line):
        self.told.append(line)
        status = 400 if line == "frob" else 200
        return status, msgspec.json.encode({"status": status, "said": line.upper()})

    def standing(self):
        return b'{"speed":1.0}'

    def score(self):
        return self.scored


class Server:
    """An application asked without a socket."""

    def __init__(self, direction=None, director_token=DIRECTOR):
        self.people = []
        self.state = LiveState(Node("test", "1", View(50.0, 4.0, 9.0)), time.time_ns)
        self.app = create_app(
            self.state,
            ServeSettings(token=WATCH, director_token=director_token),
            direction=direction,
            on_person=lambda what, who: self.people.append((what, who.role)),
        )

    def ask(self, method, path, token=None, **more):
        return ask(self.app, method, path, token, **more)

    def cookies(self, token):
        return self.ask("GET", "/", params={"token": token}).cookies


@pytest.fixture
def direction():
    return PaperDirection()


@pytest.fixture
def server(direction):
    return Server(direction)


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 401), (WATCH, 403)])
def test_without_the_role_nobody_gets_in(server, direction, method, path, token, status):
    answer = server.ask(method, path, token, json={"tell": "end"} if method == "POST" else None)
    assert answer.status_code == status
    assert direction.told == []


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nor_with_the_session_of_a_watch_officer(server, direction, method, path):
    cookies = server.cookies(WATCH)
    assert server.ask("GET", "/api/v1/status", cookies=cookies).status_code == 200
    assert server.ask(method, path, cookies=cookies, json={"tell": "end"}).status_code == 403
    assert direction.told == []


def test_the_director_gets_in_with_token_and_with_session(server, direction):
    assert server.ask("GET", "/api/v1/exercise", DIRECTOR).json() == {"speed": 1.0}
    cookies = server.cookies(DIRECTOR)
    answer = server.ask("POST", "/api/v1/exercise", cookies=cookies, json={"tell": "pause"})
    assert (answer.status_code, answer.json()["said"]) == (200, "PAUSE")
    assert server.ask("POST", "/api/v1/exercise", DIRECTOR, json={"tell": "frob"}).status_code == 400
    assert server.ask("GET", "/api/v1/tracks", DIRECTOR).status_code == 200
    assert direction.told == ["pause", "frob"]


def test_a_foreign_page_cannot_direct(server, direction):
    cookies = server.cookies(DIRECTOR)
    headers = {"origin": "http://elsewhere.example"}
    answer = server.ask("POST", "/api/v1/exercise", cookies=cookies, json={"tell": "end"}, headers=headers)
    assert answer.status_code == 403
    assert direction.told == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"tell": 3}', b'{"tell": "x", "and": 1}', b"\xff", b"[" * 5000]
)
def test_what_is_no_line_is_refused(server, direction, body):
    assert server.ask("POST", "/api/v1/exercise", DIRECTOR, content=body).status_code in (400, 413)
    assert direction.told == []


def test_the_score_is_there_once_it_is_made(server, direction):
    assert server.ask("GET", "/api/v1/exercise/score", DIRECTOR).status_code == 503
    direction.scored = b'{"gospa_m":1.0}'
    assert server.ask("GET", "/api/v1/exercise/score", DIRECTOR).json() == {"gospa_m": 1.0}


def test_a_node_without_an_exercise_says_so_to_nobody_but_a_director():
    plain = Server(director_token="")
    assert plain.ask("GET", "/api/v1/exercise", WATCH).status_code == 403
    assert plain.ask("GET", "/api/v1/exercise", "").status_code == 401
    odd = Server()
    for method, path in PATHS:
        assert odd.ask(method, path, DIRECTOR, json={"tell": "end"}).status_code == 404


def test_who_comes_and_goes_is_told(server):
    cookies = server.cookies(WATCH)
    server.cookies("wrong")
    server.ask("POST", "/logout", cookies=cookies)
    server.ask("POST", "/logout", cookies=cookies)
    server.cookies(DIRECTOR)
    assert server.people == [("log-in", "owner"), ("log-out", "owner"), ("log-in", "director")]


def test_a_session_that_ended_has_no_right_any_more(server):
    cookies = server.cookies(DIRECTOR)
    server.ask("POST", "/logout", cookies=cookies)
    assert server.ask("GET", "/api/v1/exercise", cookies=cookies).status_code == 401


def test_everybody_hears_how_it_goes_and_only_that(server):
    server.state.apply_exercise(ExercisePace("An evening", 0.0, ended=False))
    client = server.state.join(Who("director"))
    messages = [client.take() for _ in range(3)]
    told = [msgspec.json.decode(m) for m in messages if isinstance(m, str)]
    assert told[0]["role"] == "director"
    assert {"type": "exercise", "title": "An evening", "speed": 0.0, "ended": False} in told
