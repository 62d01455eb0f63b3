"""Incidents on the page in a real browser: the real server before a real ledger."""

import asyncio
import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from cdp import Browser, find_browser, wait_for
from fake_traffic import INTRUDER, Traffic, zones

from vedette.app.book import Book
from vedette.app.procedures import BUILT_IN, read
from vedette.core.alert import Alert
from vedette.core.event import Closed
from vedette.core.incident import RecordQuestion
from vedette.core.picture import Picture, encode_picture
from vedette.incident.project import Incident, project
from vedette.incident.settings import IncidentSettings
from vedette.serve import users
from vedette.serve.attachments import Attachments
from vedette.serve.live import LiveState, Node, View
from vedette.serve.server import create_app, serve
from vedette.serve.settings import ServeSettings
from vedette.serve.users import Users

pytestmark = pytest.mark.browser
PROGRAM = find_browser()
OWNER = "token-of-the-owner"
# One pixel, so that a browser can show it.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
T = TypeVar("T")


class Running:
    """The real server and a real book, in a thread; a frame five times a second."""

    def __init__(self, folder: Path) -> None:
        random = iter(range(1, 255))

        def some(n: int) -> bytes:
            return bytes([next(random)]) * n

        self.folder = folder
        self.tokens = {
            role: users.add(folder, name, role, some, 5)
            for name, role in (("anna", "watch"), ("bob", "supervisor"), ("eve", "analyst"))
        }
        self.book = Book(
            folder, "airport", IncidentSettings(site="airport"), time.time_ns() - 10**9, time.time_ns
        )
        self.state = LiveState(Node("airport", "1", View(50.9, 4.48, 9.0)), time.time_ns)
        self.state.apply_zones(zones())
        self.traffic = Traffic(20, seed=7)
        self.port = 0
        self.loop = asyncio.new_event_loop()
        app = create_app(
            self.state,
            ServeSettings(token=OWNER),
            record=self,
            attachments=Attachments(folder / "attachments", 100_000),
            users=Users(folder),
        )
        self._tasks = [
            self.loop.create_task(serve(app, on_ready=self._on_ready)),
            self.loop.create_task(self._frames()),
        ]
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(10)

    async def ask(self, question: RecordQuestion) -> tuple[int, bytes]:
        """As the ledger's process answers over the bus."""
        told = self.book.answer(question, read(BUILT_IN))
        self.tell()
        return told["status"], msgspec.json.encode(told)

    def tell(self) -> None:
        for summary in self.book.project_changed():
            self.state.apply_incident(summary)

    def take(self, alerts: list[Alert]) -> None:
        """Alerts as they come from the sector."""
        for alert in alerts:
            self.state.apply_alert(alert)
        self.book.append(self.book.keeper.alerts(alerts))
        self.tell()

    def _on_ready(self, port: int) -> None:
        self.port = port
        self._ready.set()

    async def _frames(self) -> None:
        seq = 0
        for identity in self.traffic.identities:
            self.state.apply_identity(self.traffic.identity(identity, time.time_ns()))
        while True:
            seq += 1
            now_ns = time.time_ns()
            rows = self.traffic.rows(seq * 0.2, now_ns)
            self.state.apply_picture(encode_picture(Picture(now_ns, rows, whole=seq % 20 == 1, seq=seq)))
            await asyncio.sleep(0.2)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def do(self, work: Callable[[], T]) -> T:
        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def stop(self) -> None:
        for task in self._tasks:
            self.loop.call_soon_threadsafe(task.cancel)
        self._thread.join(10)
        assert not self._thread.is_alive()
        self.book.close()

    def url(self, token: str) -> str:
        return f"http://127.0.0.1:{self.port}/?token={token}"

    def incident(self, name: str) -> Incident:
        return self.do(lambda: project(self.book.entries(name))[name])


def alert(alert_id: str, track_id: int, state: str = "actual", more_ns: int = 0) -> Alert:
    severity = {"actual": "warning", "predicted": "caution", "cleared": "info"}[state]
    return Alert(
        alert_id, time.time_ns() + more_ns, track_id, "zone-entry", "EBBR", "Brussels Airport",
        state, severity, 0.9, 50.91, 4.49, label="T101",
    )  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with Browser(PROGRAM) as one:
        one.call(
            "Emulation.setDeviceMetricsOverride", width=1600, height=900, deviceScaleFactor=1, mobile=False
        )
        yield one


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path)
    yield one
    one.stop()


def load(browser: Browser, node: Running, token: str) -> Browser:
    browser.open(node.url(token))
    browser.until("window.vedette?.debug().frames > 2", 60)
    return browser


def click(page: Browser, selector: str) -> None:
    page.until(f"document.querySelector({json.dumps(selector)})")
    page.run(f"document.querySelector({json.dumps(selector)}).click()")


def step(page: Browser, name: str, *texts: str) -> None:
    """Take a step with its form, once that of the step before has closed."""
    page.until("!document.querySelector('#incident .steps .inline')")
    click(page, f"#incident .steps [data-step={name}]")
    fields = "[...document.querySelectorAll('#incident .steps .inline :is(input, textarea)')]"
    for i, text in enumerate(texts):
        page.run(f"{fields}[{i}].value = {json.dumps(text)}")
    page.run("document.querySelector('#incident .steps .inline').requestSubmit()")


def buttons(page: Browser) -> list[str]:
    found: list[str] = page.run(
        "[...document.querySelectorAll('#incident button, #incidents .incident-bar button')]"
        ".filter(b => b.checkVisibility()).map(b => b.textContent)"
    )
    return found


def words(page: Browser) -> list[str]:
    found: list[str] = page.run("[...document.querySelectorAll('#incident .words')].map(n => n.textContent)")
    return found


def test_an_alert_opens_an_incident_and_a_watch_officer_leads_it(browser: Browser, node: Running) -> None:
    page = load(browser, node, node.tokens["watch"])
    node.do(lambda: node.take([alert("A1", INTRUDER, "predicted")]))
    node.do(lambda: node.take([alert("A1", INTRUDER)]))
    page.until("document.querySelector('#incidents-count').textContent === '1'")
    page.press("i")
    page.until("document.querySelector('#incident .record li')")
    assert (
        page.run("document.querySelector('#incident h2').textContent") == "Zone entry: T101, Brussels Airport"
    )
    text = page.run("document.querySelector('#incident').innerText")
    for part in (
        "Nobody is in charge",
        "Is it real?",
        "Airport: something flies",
        "Tell the tower",
        "ACTUAL",
    ):
        assert part in text, part

    # Its alert leads to the track.
    click(page, "#incident .line")
    assert page.run("window.vedette.debug().selected") == INTRUDER

    # Charge, note, a tick of the list, a judgement.
    click(page, "#incident .charge button")
    page.until("document.querySelector('#incident .charge').innerText.includes('anna (watch officer)')")
    page.press("Escape")  # the incident goes first
    assert page.run("document.querySelector('#incident').hidden")
    page.press("i")
    page.until("document.querySelector('#incident .record li')")
    page.press("n")
    assert page.run("document.activeElement.tagName") == "TEXTAREA"
    for letter in "lights":
        page.press(letter)
    page.run("document.querySelector('#incident form.note').requestSubmit()")
    page.until("[...document.querySelectorAll('#incident .words')].some(n => n.textContent === 'lights')")
    click(page, "#incident [data-key='task first-look/see']")
    page.until("document.querySelector(\"#incident [data-key='task first-look/see']\").checked")
    step(page, "assess", "a drone, not ours", "80")
    page.until("document.querySelector('#incident .life .now').textContent === 'assessed'")
    step(page, "respond", "police go to the north fence")
    page.until("document.querySelector('#incident .life .now').textContent === 'responding'")
    assert "Assessed: a drone, not ours, 80 % sure" in words(page)
    assert "Done: Look at the track: which sensors see it, what it is thought to be, and why" in words(page)

    incident = node.incident("airport-1")
    authors = {line.author for line in incident.record}
    assert authors == {"watch", "anna (watch officer)"}
    assert incident.in_charge == "anna (watch officer)"
    assert [line.marks for line in incident.record if line.marks] == []
    # That she looked is in the record, and looking again adds nothing.
    wait_for(lambda: node.incident("airport-1").seen, 10, "that it was seen")
    page.until("!document.querySelector('.incident.news')")
    time.sleep(2.0)
    before = len(node.incident("airport-1").record)
    time.sleep(2.0)
    assert len(node.incident("airport-1").record) == before
    assert page.errors == []


def test_an_answer_that_comes_late_closes_its_own_form_only(browser: Browser, node: Running) -> None:
    page = load(browser, node, node.tokens["watch"])
    node.do(lambda: node.take([alert("A1", INTRUDER)]))
    page.until("document.querySelector('#incidents-count').textContent === '1'")
    page.press("i")
    page.until("document.querySelector('#incident .record li')")
    page.run(
        "window.answers = 0; const real = window.fetch;"
        "window.fetch = async (...what) => { const answer = await real(...what);"
        " if (String(what[0]).endsWith('/assess')) {"
        " await new Promise(go => setTimeout(go, 1500)); window.answers += 1; } return answer; }; 0"
    )
    step(page, "assess", "a drone, not ours", "80")
    page.until("document.querySelector('#incident .life .now').textContent === 'assessed'")
    page.run("document.querySelector('#incident .steps .inline [type=reset]').click()")
    click(page, "#incident .steps [data-step=respond]")
    assert page.run("window.answers") == 0
    page.until("window.answers > 0")
    time.sleep(0.3)
    assert page.run("document.querySelector('#incident .steps .inline strong').textContent") == "Respond"


def test_what_a_role_may_not_do_it_is_not_offered(browser: Browser, node: Running) -> None:
    node.do(lambda: node.take([alert("A1", INTRUDER)]))
    seen = {}
    for role in ("watch", "supervisor", "analyst"):
        page = load(browser, node, node.tokens[role])
        page.press("i")
        page.until("document.querySelector('#incident .record li')")
        if role == "watch":
            step(page, "assess", "a kite")
            page.until("document.querySelector('#incident .life .now').textContent === 'assessed'")
        seen[role] = buttons(page)
        acknowledge = "document.querySelector('#alerts .acknowledge')"
        click(page, "#tab-alerts")
        page.until(acknowledge)
        assert page.run(f"{acknowledge}.checkVisibility()") == (role != "analyst")
    assert "Close…" in seen["supervisor"]
    assert not {"Close…", "Prove the record"} & set(seen["watch"])
    assert {"Assess…", "Respond…", "Take charge", "Hand over…", "Open one…"} <= set(seen["watch"])
    assert not {"Assess…", "Respond…", "Take charge", "Hand over…", "Open one…", "Close…", "not"} & set(
        seen["analyst"]
    )
    assert {"Note", "Prove the record", "Attach a file…"} <= set(seen["analyst"])


def test_a_supervisor_closes_and_takes_it_back_with_the_reason(browser: Browser, node: Running) -> None:
    node.do(lambda: node.take([alert("A1", INTRUDER)]))
    page = load(browser, node, node.tokens["supervisor"])
    page.press("i")
    step(page, "assess", "a kite")
    page.until("document.querySelector('#incident .life .now')?.textContent === 'assessed'")
    step(page, "close", "it was a kite")
    page.until("document.querySelector('#incident .life .now').textContent === 'closed'")
    page.until("document.querySelector('#incidents-count').textContent === ''")
    click(page, "#incident .record .incident-closed [data-key^='correct']")
    page.run("document.querySelector('#incident .inline input').value = 'it flew on'")
    page.run(
        "[...document.querySelectorAll('#incident .inline button')]"
        ".find(b => b.textContent === 'Withdraw it').click()"
    )
    page.until("document.querySelector('#incident .life .now').textContent === 'assessed'")
    assert words(page)[0] == "Withdrew incident closed of bob (supervisor): it flew on"
    incident = node.incident("airport-1")
    assert incident.state == "assessed"
    assert any(line.kind == "incident-closed" and line.withdrawn for line in incident.record)
    assert Closed("it was a kite") not in [line.event for line in incident.record]
    # What it is about belongs to it again.
    node.do(lambda: node.take([alert("A2", INTRUDER)]))
    assert len(node.do(lambda: dict(node.book.summaries))) == 1


def test_a_picture_is_attached_shown_and_proved(browser: Browser, node: Running) -> None:
    node.do(lambda: node.take([alert("A1", INTRUDER)]))
    page = load(browser, node, node.tokens["watch"])
    page.press("i")
    page.until("document.querySelector('#incident .record li')")
    send = f"""fetch('/api/v1/incidents/airport-1/attachments?title=tower.png', {{method: 'POST',
        headers: {{'content-type': 'image/png'}},
        body: Uint8Array.from(atob('{base64.b64encode(PNG).decode()}'), c => c.charCodeAt(0))
        }}).then(a => a.status)"""
    assert page.run(send) == 200
    image = "document.querySelector('#incident .files img')"
    page.until(f"{image}?.complete && {image}.naturalWidth === 1")
    sha256 = hashlib.sha256(PNG).hexdigest()
    kept = node.folder / "attachments" / sha256
    assert kept.read_bytes() == PNG
    assert node.incident("airport-1").attached[0].sha256 == sha256
    address = f"/api/v1/incidents/airport-1/attachments/{sha256}"
    assert page.run(f"fetch('{address}').then(a => a.status)") == 200
    assert page.run(f"fetch('{address.replace(sha256, 'ab' * 32)}').then(a => a.status)") == 404
    kept.write_bytes(PNG + b"x")
    assert page.run(f"fetch('{address}').then(a => a.status)") == 409
    large = "fetch('/api/v1/incidents/airport-1/attachments', {method: 'POST', body: new Uint8Array(100001)})"
    assert page.run(f"{large}.then(a => a.status)") == 413
    assert sorted(p.name for p in (node.folder / "attachments").iterdir()) == [sha256]


def test_handing_over_shows_what_is_open_and_puts_another_in_charge(browser: Browser, node: Running) -> None:
    node.do(lambda: node.take([alert("A1", INTRUDER), alert("A2", 999)]))
    page = load(browser, node, node.tokens["watch"])
    click(page, "#tab-incidents")
    click(page, "#incidents .incident-bar button:nth-child(2)")
    page.until("document.querySelectorAll('#hand-over .one').length === 2")
    summary = page.run("document.querySelector('#hand-over').innerText")
    assert "nobody in charge" in summary
    assert "1 alert holds" in summary
    page.run("document.querySelector('#hand-over input[type=text]').value = 'carla'")
    page.run("document.querySelector('#hand-over form').requestSubmit()")
    page.until("!document.querySelector('#hand-over').open")
    wait_for(lambda: node.incident("airport-2").in_charge == "carla", 5, "carla in charge")
    assert node.incident("airport-1").in_charge == "carla"


def test_one_is_opened_by_hand_and_panels_do_not_overlap(browser: Browser, node: Running) -> None:
    page = load(browser, node, node.tokens["watch"])
    click(page, "#tab-incidents")
    click(page, "#incidents .incident-bar button")
    page.run("document.querySelector('#incidents .inline input').value = 'A light over the stand'")
    page.run("document.querySelector('#incidents .inline').requestSubmit()")
    page.until("document.querySelector('#incident h2').textContent === 'A light over the stand'")
    node.do(lambda: node.take([alert("A1", INTRUDER)]))
    click(page, "#tab-alerts")
    page.until("document.querySelector('#alerts .alert.actual')")
    click(page, "#alerts .alert.actual")
    page.until("!document.querySelector('#detail').hidden")
    overlapping: list[str] = page.run(
        """(() => {
            const boxes = ['side', 'incident', 'detail', 'tools'].map(id => [id, document.querySelector(
                id === 'tools' ? '#tools .buttons' : '#' + id).getBoundingClientRect()]);
            const out = [];
            const apart = (p, q) => p.right <= q.left || p.bottom <= q.top;
            for (const [a, p] of boxes) for (const [b, q] of boxes)
                if (a < b && !apart(p, q) && !apart(q, p)) out.push(a + ' ' + b);
            const side = document.querySelector('#side .tabs');
            if (side.scrollWidth > side.clientWidth) out.push('tabs');
            return out;
        })()"""
    )
    assert overlapping == []
    place: Any = page.until("!window.vedette.map.isMoving() && window.vedette.debug()", 30)
    assert place["selected"] == INTRUDER
