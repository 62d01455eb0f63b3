"""What the server tells of airports, who may decide about one, and what reaches the adviser of it."""

import json
import time

import msgspec
import pytest
from asked import PaperDecider, ask

from vedette.core.advice import Advice, ClosureDecision, Cost, Estimate
from vedette.serve.live import LiveState, Node, View
from vedette.serve.server import create_app
from vedette.serve.settings import ServeSettings

WATCH = "token-of-the-watch"
PATH = "/api/v1/closure"
CLOSE = {"do": "close", "advice_id": "EBZZ-17"}


def advice(airport="EBZZ"):
    return Advice(
        advice_id=f"{airport}-17", airport=airport, name=airport, time_ns=17, level="close", action="close",
        since_ns=1, there=Estimate(0.5, 0.4, 0.6), near=None, covered=1.0,
        cost=Cost(20.0, 132.0, 22.0, 0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip


class Server:
    def __init__(self, decider):
        self.state = LiveState(Node("test", "1", View(50.0, 4.0, 9.0)), time.time_ns)
        self.app = create_app(self.state, ServeSettings(token=WATCH), closure=decider)

    def ask(self, path=PATH, method="GET", token=WATCH, **more):
        return ask(self.app, method, path, token, **more)


@pytest.fixture
def decider():
    return PaperDecider(lambda decision: decision.advice_id == "EBZZ-1")


@pytest.fixture
def server(decider):
    made = Server(decider)
    made.state.apply_advice(advice())
    return made


def test_the_newest_advice_of_every_airport_is_told(server):
    server.state.apply_advice(advice("EDXX"))
    server.state.apply_advice(msgspec.structs.replace(advice(), time_ns=18))
    told = {one["airport"]: one for one in server.ask().json()["advices"]}
    assert {name: one["time_ns"] for name, one in told.items()} == {"EBZZ": 18, "EDXX": 17}
    assert told["EBZZ"]["near"] is None


def test_clients_hear_it_and_new_ones_hear_the_newest(server):
    first = server.state.join()
    server.state.apply_advice(msgspec.structs.replace(advice(), time_ns=18))
    later = server.state.join()
    for client in (first, later):
        texts = []
        while (message := client.take()) is not None:
            texts.append(message)
        closures = [json.loads(m) for m in texts if isinstance(m, str) and '"type":"closure"' in m]
        assert [one["time_ns"] for one in closures] == [18]


def test_a_person_decides_and_signs_with_the_role_of_the_log_in(server, decider):
    body = {**CLOSE, "because": " seen  twice ", "author": "HB"}
    answer = server.ask(f"{PATH}/EBZZ", "POST", json=body)
    assert (answer.status_code, answer.json()["said"]) == (200, "close")
    (told,) = decider.told
    assert isinstance(told, ClosureDecision)
    assert (told.airport, told.do, told.advice_id) == ("EBZZ", "close", "EBZZ-17")
    assert (told.by, told.because) == ("owner HB", "seen twice")


@pytest.mark.parametrize(
    ("path", "body", "token", "status"),
    [
        ("EBZZ", CLOSE, "wrong", 401),
        ("EDXX", CLOSE, WATCH, 404),
        ("EBZZ", {"do": "close"}, WATCH, 400),
        ("EBZZ", {**CLOSE, "do": "shoot"}, WATCH, 400),
        ("EBZZ", {**CLOSE, "fire": True}, WATCH, 400),
        ("EBZZ", {**CLOSE, "advice_id": "EBZZ-1"}, WATCH, 409),
        ("EBZZ", {**CLOSE, "because": "x" * 5000}, WATCH, 413),
    ],
)
def test_what_is_wrong_is_refused(server, decider, path, body, token, status):
    answer = server.ask(f"{PATH}/{path}", "POST", token=token, json=body)
    assert answer.status_code == status
    assert len(decider.told) == (status == 409)


def test_a_node_without_airports_has_nothing_to_decide():
    server = Server(None)
    assert server.ask().json() == {"advices": []}
    assert server.ask(f"{PATH}/EBZZ", "POST", json=CLOSE).status_code == 404
