"""The director's panel in a real browser, and that a watch officer's page has none of it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from cdp import Browser, find_browser

from vedette.core.picture import TRACK, Picture, encode_picture
from vedette.serve.live import ExercisePace, LiveState, Node, View
from vedette.serve.server import create_app, serve
from vedette.serve.settings import ServeSettings

pytestmark = pytest.mark.browser
PROGRAM = find_browser()
WATCH, DIRECTOR = "token-of-the-watch", "token-of-the-director"


class Played:
    """An exercise in name only: notes what it is told, pauses and goes on."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.speed = 1.0

    async def tell(self, line: str) -> tuple[int, bytes]:
        self.told.append(line)
        if line in ("pause", "resume"):
            self.speed = float(line == "resume")
            NODE.state.apply_exercise(ExercisePace("An evening", self.speed, ended=False))
        status = 400 if line == "frob" else 200
        return status, msgspec.json.encode({"status": status, "said": f"said {line}"})

    def standing(self) -> bytes:
        return msgspec.json.encode(
            {
                "title": "An evening",
                "seed": 1,
                "time_ns": 95 * 10**9,
                "begins_ns": 20 * 10**9,
                "speed": self.speed,
                "ended": False,
                "sensors": [{"id": "asr", "name": "Airport radar", "off_until_ns": 0}],
                "recent": [[50 * 10**9, "asr <b>blinded</b>"]],
                "notice": ["A drone takes off."],
            }
        )

    def score(self) -> bytes:
        one = {
            "name": "intruder",
            "class_name": "multirotor",
            "authorised": False,
            "completeness": 0.5,
            "now": False,
        }
        figures = {"window_s": 300, "gospa_m": 123.4, "missed": 1, "false": 0, "completeness": 0.5}
        more = {"ambiguity": 1.0, "spuriousness": 0.0, "due": 1, "warned": 1, "warning_s_median": None}
        return msgspec.json.encode({**figures, **more, "false_alerts": 0, "individuals": [one]})


class Running:
    """The real server with a played exercise, in a thread; a frame a second keeps the picture alive."""

    def __init__(self) -> None:
        self.direction = Played()
        node = Node("exercise", "1", View(50.9, 4.48, 9.0), simulated="this is an exercise.")
        self.state = LiveState(node, time.time_ns)
        self.state.apply_exercise(ExercisePace("An evening", 1.0, ended=False))
        self.port = 0
        self.loop = asyncio.new_event_loop()
        app = create_app(
            self.state, ServeSettings(token=WATCH, director_token=DIRECTOR), direction=self.direction
        )
        self._tasks = [
            self.loop.create_task(serve(app, on_ready=self._on_ready)),
            self.loop.create_task(self._frames()),
        ]
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(10)

    def _on_ready(self, port: int) -> None:
        self.port = port
        self._ready.set()

    async def _frames(self) -> None:
        seq = 0
        while True:
            if self.direction.speed:
                seq += 1
                picture = Picture(time.time_ns(), np.zeros(0, TRACK), whole=seq == 1, seq=seq)
                self.state.apply_picture(encode_picture(picture))
            await asyncio.sleep(0.3)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(asyncio.gather(*self._tasks))
        except asyncio.CancelledError:
            pass
        finally:
            self.loop.close()

    def close(self) -> None:
        for task in self._tasks:
            self.loop.call_soon_threadsafe(task.cancel)
        self._thread.join(10)

    def url(self, token: str) -> str:
        return f"http://127.0.0.1:{self.port}/?token={token}"


NODE: Any = None


@pytest.fixture(scope="module")
def node() -> Iterator[Running]:
    global NODE
    NODE = Running()
    yield NODE
    NODE.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with Browser(PROGRAM) as one:
        yield one


def text(page: Browser, selector: str) -> str:
    value: str = page.run(f"document.querySelector({selector!r}).textContent")
    return value


def test_a_watch_officer_sees_that_it_is_an_exercise_and_no_panel(browser: Browser, node: Running) -> None:
    browser.open(node.url(WATCH))
    browser.until("document.querySelector('#state')?.textContent === 'EXERCISE'", 60)
    assert "this is an exercise" in text(browser, "#simulated")
    assert browser.run("document.querySelector('#tab-director').hidden") is True
    assert text(browser, "#director .notice") == ""
    assert not [url for url in browser.requests if "/api/v1/exercise" in url]


def test_the_director_sees_where_it_stands(browser: Browser, node: Running) -> None:
    browser.open(f"http://127.0.0.1:{node.port}/logout")
    browser.open(node.url(DIRECTOR))
    browser.until("document.querySelector('#tab-director')?.hidden === false", 60)
    browser.run("document.querySelector('#tab-director').click()")
    browser.until("document.querySelector('#director .score').textContent")
    assert text(browser, "#director .head") == "An evening, 1:15 in, 1×"
    assert "GOSPA123.4 m" in text(browser, "#director .score")
    assert text(browser, "#director .lost") == "Not tracked now: intruder"
    assert "asr <b>blinded</b>" in text(browser, "#director .recent")
    assert browser.errors == []


def test_the_director_pauses_blinds_and_gives_orders(browser: Browser, node: Running) -> None:
    browser.run("document.querySelector('#director .pace button').click()")
    browser.until("document.querySelector('#state').textContent === 'EXERCISE PAUSED'")
    time.sleep(3.5)
    assert text(browser, "#state") == "EXERCISE PAUSED"  # not stale
    browser.until("document.querySelector('#director .pace button').textContent === 'Resume'")
    browser.run("document.querySelector('#director .pace button').click()")
    browser.until("document.querySelector('#state').textContent === 'EXERCISE'")
    browser.run("document.querySelector('#director .sensors button').click()")
    browser.until("document.querySelector('#director .said').textContent === 'said blind asr'")
    line = "document.querySelector('#director form input')"
    browser.run(f"{line}.value = 'frob'; document.querySelector('#director form').requestSubmit()")
    browser.until("document.querySelector('#director .said').textContent === 'said frob'")
    assert node.direction.told == ["pause", "resume", "blind asr", "frob"]
