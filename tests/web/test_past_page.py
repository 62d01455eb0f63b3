"""The past in a real browser: shown, played, searched, and left again; against a made-up node."""

import json
import time
from typing import Any

import httpx
import pytest
from cdp import Browser
from fake_server import FakeServer

pytestmark = pytest.mark.browser
BAR = "document.querySelector('#past')"
DRAWER = "document.querySelector('#history-search')"


@pytest.fixture
def node(small_node: FakeServer) -> FakeServer:
    return small_node


@pytest.fixture
def page(opened: Browser, node: FakeServer) -> Browser:
    """The page in the past, a minute before its end."""
    opened.run("document.activeElement.blur()")
    node.asked.clear()
    if opened.run("window.vedette.debug().past === null"):
        opened.press("p")
    opened.until("window.vedette.debug().past !== null && window.vedette.debug().tracks === 5", 30)
    return opened


def debug(page: Browser) -> dict[str, Any]:
    value: dict[str, Any] = page.run("window.vedette.debug()")
    return value


def click(page: Browser, where: str, words: str) -> None:
    button = f"[...{where}.querySelectorAll('button')].find(b => b.textContent === {json.dumps(words)})"
    page.run(f"{button}.click()")


def test_the_past_is_shown_under_a_banner_and_cannot_pass_for_now(page: Browser, node: FakeServer) -> None:
    assert debug(page)["state"] == "past"
    assert page.run("document.body.classList.contains('in-the-past')")
    shown = page.run(f"{BAR}.innerText")
    assert "PAST" in shown
    page.until("document.querySelector('#state').textContent === 'PAST'", 2)
    end_ms = node.started_ns / 1e6
    assert end_ms - 70_000 < debug(page)["past"] < end_ms
    page.until(f"{BAR}.innerText.includes('1 alert held: OF THE PAST')")


def test_it_goes_on_at_its_pace_and_stands_still(page: Browser, node: FakeServer) -> None:
    page.run(f"const t = {BAR}.querySelector('form input'); t.value = ''")
    click(page, BAR, "\u2212 1 min")
    select = f"{BAR}.querySelector('select')"
    page.run(f"{select}.value = '16', {select}.dispatchEvent(new Event('change'))")
    before = debug(page)["past"]
    page.until(f"window.vedette.debug().past > {before + 16_000}", 20)
    click(page, BAR, "Pause")
    stood = debug(page)["past"]
    time.sleep(0.5)
    assert debug(page)["past"] == stood
    page.run(f"{select}.value = '1', {select}.dispatchEvent(new Event('change'))")


def test_any_moment_can_be_gone_to_and_questions_stay_bounded(page: Browser, node: FakeServer) -> None:
    want_ms = node.started_ns // 10**9 * 1000 - 1_800_000
    words = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(want_ms / 1000))
    form = f"{BAR}.querySelector('form')"
    page.run(f"{form}.querySelector('input').value = {json.dumps(words)}, {form}.requestSubmit()")
    page.until(f"Math.abs(window.vedette.debug().past - {want_ms}) < 5000")
    page.until("window.vedette.debug().tracks === 5")
    spans = [one["to_ns"] - one["from_ns"] for one in node.asked if "to_ns" in one]
    assert spans
    assert max(spans) <= 120 * 10**9


def test_a_live_alert_announces_itself_in_the_past(page: Browser, node: FakeServer) -> None:
    assert httpx.get(f"{node.url}fake/alert").status_code == 200
    page.until(f"{BAR}.querySelector('.live-note').textContent.startsWith('NOW: T103')")
    assert "Alert" in page.run("document.querySelector('#spoken').textContent")
    assert debug(page)["past"] is not None


def test_a_search_finds_shows_the_trail_and_goes_there(page: Browser, node: FakeServer) -> None:
    click(page, BAR, "Search")
    page.run(
        f"{DRAWER}.querySelector('[name=near]').value = '51.1, 4.4, 2000',"
        f"{DRAWER}.querySelector('[name=class]').value = 'multirotor',"
        f"{DRAWER}.querySelector('form').requestSubmit()"
    )
    page.until(f"{DRAWER}.querySelector('.found')")
    assert node.asked[-1] == {"near": "51.1,4.4,2000", "class": "multirotor"}
    shown = page.run(f"{DRAWER}.innerText")
    for part in ("<i>FOUND</i>", "412 m at its nearest", "17 m/s", "2 alerts"):
        assert part in shown
    page.run(f"{DRAWER}.querySelector('.found').click()")
    page.until("window.vedette.debug().selected !== null")
    page.run(f"{DRAWER}.querySelector('.then').click()")
    want_ms = node.started_ns / 1e6 - 1_800_000 + 25_000
    page.until(f"Math.abs(window.vedette.debug().past - {want_ms}) < 6000")
    click(page, BAR, "Search")
    assert page.run(f"{DRAWER}.hidden")


def test_one_key_leads_back_to_live(page: Browser) -> None:
    page.press("p")
    page.until("window.vedette.debug().past === null && window.vedette.debug().tracks > 5")
    assert page.run(f"{BAR}.hidden")
    page.until("window.vedette.debug().state === 'live'")


def test_nothing_went_wrong(opened: Browser) -> None:
    assert opened.errors == []
