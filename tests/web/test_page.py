"""The built page in a real browser, against a made-up node."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cdp import Browser, find_browser
from fake_server import FakeServer
from fake_traffic import INTRUDER, LAT_DEG, LON_DEG, PAIR_A, PAIR_B, SCRIPT, SURVEY

pytestmark = pytest.mark.browser
PROGRAM = find_browser()
STARTED = "window.vedette?.debug().frames > 2"


@pytest.fixture(scope="module")
def node() -> Iterator[FakeServer]:
    with FakeServer(tracks=60) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with Browser(PROGRAM) as one:
        yield one


@pytest.fixture(scope="module")
def loaded(browser: Browser, node: FakeServer) -> Browser:
    """The page, loaded once and showing a picture."""
    browser.open(node.url)
    browser.until(STARTED, 60)
    return browser


@pytest.fixture
def page(loaded: Browser) -> Browser:
    """The page with nothing open or selected."""
    loaded.run("document.querySelector('#help').close(), document.activeElement.blur()")
    loaded.press("Escape")
    return loaded


def debug(page: Browser) -> dict[str, Any]:
    value: dict[str, Any] = page.run("window.vedette.debug()")
    return value


def steer(node: FakeServer, action: str) -> None:
    assert httpx.get(f"{node.url}fake/{action}").status_code == 200


def text(page: Browser, selector: str) -> str:
    value: str = page.run(f"document.querySelector({json.dumps(selector)}).textContent")
    return value


def find(page: Browser, words: str) -> None:
    """Type into the search box."""
    box = "document.querySelector('#search-text')"
    page.run(f"{box}.value = {json.dumps(words)}; {box}.dispatchEvent(new Event('input'))")


def ink(page: Browser) -> int:
    """How many pixels of the track canvas are drawn on, read in the frame that draws them."""
    return int(
        page.run(
            """new Promise(done => {
                const canvas = document.querySelector('canvas.tracks');
                const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
                const look = (tries) => requestAnimationFrame(() => {
                    copy.clearRect(0, 0, canvas.width, canvas.height);
                    copy.drawImage(canvas, 0, 0);
                    const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
                    let n = 0;
                    for (let i = 3; i < data.length; i += 4) n += data[i] > 40;
                    n || !tries ? done(n) : look(tries - 1);
                });
                look(60);
            })"""
        )
    )


def test_shows_the_picture_and_asks_nobody_else(page: Browser, node: FakeServer) -> None:
    page.until("window.vedette.debug().labels > 3")
    seen = debug(page)
    assert seen["tracks"] == seen["drawn"] == 60
    assert (seen["alerts"], seen["zones"], seen["sensors"], seen["state"]) == (2, 4, 4, "live")
    assert ink(page) > 500
    assert page.run("window.vedette.map.queryRenderedFeatures({layers: ['land', 'zones-fill']}).length") > 1
    assert text(page, "#simulated") == "SIMULATED: all sensors and tracks"
    assert len(text(page, "#utc")) == 8
    own = (node.url, node.url.replace("http", "ws"), "data:", "blob:" + node.url)
    assert [url for url in page.requests if not url.startswith(own)] == []
    assert len(page.requests) > 8
    assert page.errors == []


def test_policy_refuses_other_hosts(page: Browser) -> None:
    refused = "fetch('http://127.0.0.2:9/').then(() => 'sent', () => 'refused')"
    blocked = f"""new Promise(done => {{
        document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective), {{once: true}});
        {refused};
    }})"""
    assert page.run(blocked) == "connect-src"


def test_alert_leads_to_its_track_and_reasons(page: Browser) -> None:
    page.run("document.querySelector('#alerts .alert.actual').click()")
    assert debug(page)["selected"] == INTRUDER
    page.until("!window.vedette.map.isMoving()", 30)
    seen = debug(page)
    assert seen["zoom"] > 11
    assert abs(seen["center"][0] - LON_DEG) < 0.05
    assert abs(seen["center"][1] - LAT_DEG) < 0.05
    panel = page.until(
        "document.querySelector('#detail .reasons li') && document.querySelector('#detail').innerText"
    )
    for part in (
        "T101",
        "unauthorised",
        "no Remote ID and no ADS-B",
        "multirotor",
        "94 %",
        "Airport radar",
        "160 m above",
    ):
        assert part in panel
    vertical = page.run(
        "[...document.querySelectorAll('#detail dt')]"
        ".find(n => n.textContent === 'Vertical').nextSibling.textContent"
    )
    assert vertical == "unknown"


def test_keys(page: Browser) -> None:
    page.press("a")
    first = debug(page)["selected"]
    page.press("a")
    assert {first, debug(page)["selected"]} == {INTRUDER, PAIR_A}
    page.press("f")
    assert debug(page)["following"] is True
    page.press("Escape")
    assert debug(page)["selected"] is None
    assert page.run("document.querySelector('#detail').hidden") is True
    page.press("?")
    assert page.run("document.querySelector('#help').open") is True


def test_search_finds_by_label(page: Browser) -> None:
    page.press("/")
    find(page, "survey")
    assert "Survey 12" in text(page, "#search-list")
    page.press("Enter")
    assert debug(page)["selected"] == SURVEY


def test_text_from_outside_stays_text(page: Browser) -> None:
    page.press("/")
    find(page, "<img")
    assert "<img src=x" in text(page, "#search-list")
    page.press("Enter")
    assert debug(page)["selected"] == SCRIPT
    page.until("document.querySelector('#detail .claim')")
    assert text(page, "#detail h2") == '<img src=x onerror="window.broken=1">'
    assert page.run("document.querySelectorAll('#detail h2 *, #detail li *, #search-list img').length") == 0
    assert page.run("window.broken") is None


WORDS = "[...document.querySelectorAll('#alerts .decide span')].map(s => s.textContent)"
ACKNOWLEDGED = f"{WORDS}.filter(said => said.startsWith('ack')).length"
ITEM = "document.querySelector('#alerts .alert.actual').parentElement"


def test_an_alert_is_acknowledged_by_its_button_and_by_the_keyboard(page: Browser, node: FakeServer) -> None:
    node.decided.clear()
    page.run(f"{ITEM}.querySelector('.acknowledge').click()")
    page.until(f"{ACKNOWLEDGED} === 1")
    assert node.decided == [{"alert_id": "a-1", "do": "acknowledge"}]
    assert page.run(f"{ITEM}.querySelector('.acknowledge').hidden") is True
    page.press("k")
    page.until(f"{ACKNOWLEDGED} === 2")
    assert [one["alert_id"] for one in node.decided] == ["a-1", "a-2"]


def test_a_suppression_asks_why_and_is_shown_with_its_reason(page: Browser, node: FakeServer) -> None:
    node.decided.clear()
    page.run(f"{ITEM}.querySelector('.suppress').click()")
    page.until(f"!{ITEM}.querySelector('form').hidden && document.activeElement.ariaLabel === 'Why'")
    page.run(
        f"{ITEM}.querySelector('[aria-label=Why]').value = 'our own exercise';"
        f"{ITEM}.querySelector('[aria-label=\"Your initials\"]').value = 'HB';"
        f"{ITEM}.querySelector('[aria-label=\"What of it\"]').value = 'track';"
        f"{ITEM}.querySelector('form').requestSubmit()"
    )
    page.until(f"{ITEM}.classList.contains('quiet')")
    assert node.decided == [
        {"alert_id": "a-1", "do": "suppress", "reason": "our own exercise", "scope": "track", "for_s": 600,
         "author": "HB"}
    ]  # fmt: skip
    shown = "suppressed until it ends by watch officer HB: our own exercise"
    page.until(f"{ITEM}.querySelector('.decide span').textContent === '{shown}'")
    page.run(f"{ITEM}.querySelector('.unsuppress').click()")
    page.until(f"!{ITEM}.classList.contains('quiet')")
    page.run("localStorage.removeItem('vedette.author')")


def test_what_the_node_refuses_is_said(page: Browser, node: FakeServer) -> None:
    node.refusal = "expected an alert that holds"
    try:
        page.run(f"{ITEM}.querySelector('.acknowledge').click()")
        page.until(f"{ITEM}.querySelector('.decide span').textContent === 'expected an alert that holds'")
    finally:
        node.refusal = ""


def test_new_alert_comes_on_top_without_taking_the_focus(page: Browser, node: FakeServer) -> None:
    page.run("document.querySelectorAll('#alerts .alert')[1].focus()")
    before = page.run("document.activeElement.innerText")
    steer(node, "alert")
    page.until("window.vedette.debug().alerts === 3")
    assert text(page, "#alerts .alert .who") == "T103"
    assert page.run("document.activeElement.querySelector('.who').textContent") == before.splitlines()[0]
    assert debug(page)["selected"] != PAIR_B
    assert "in 6:" in text(page, "#alerts .alert .entry")


def test_a_note_stands_apart_and_is_not_counted_until_it_rings(page: Browser, node: FakeServer) -> None:
    notes = "[aria-label='Not sure enough for an alert']"
    counted = text(page, "#alerts-count")
    steer(node, "note")
    page.until(f"document.querySelector(\"{notes} .who\")?.textContent === 'T105'")
    assert text(page, f"{notes} .tag") == "WATCH"
    assert text(page, "#alerts-count") == counted
    steer(node, "ring")
    page.until(f'!document.querySelector("{notes} .who")')
    assert text(page, "#alerts .alert .who") == "T105"
    assert int(text(page, "#alerts-count")) == int(counted or 0) + 1
    steer(node, "end")
    page.until(f"document.querySelector('#alerts-count').textContent === '{counted}'")


def test_where_satellite_navigation_is_disturbed_is_said_drawn_and_found(
    page: Browser, node: FakeServer
) -> None:
    assert page.run("document.querySelector('#interference').hidden")
    steer(node, "jam")
    page.until("!document.querySelector('#interference').hidden", 10)
    assert text(page, "#interference") == "GNSS disturbed in 2 places"
    page.run("document.querySelector('#interference').click()")
    page.until("!window.vedette.map.isMoving()", 10)
    west, south = debug(page)["center"]
    assert (west, south) == (pytest.approx(4.5, abs=0.1), pytest.approx(50.95, abs=0.1))
    drawn = "window.vedette.map.queryRenderedFeatures({layers: ['interference-fill']}).length"
    page.until(f"{drawn} > 0", 10)
    assert "4 of 6 aircraft" in text(page, ".interference .card")
    page.run("document.querySelector('[data-layer=interference]').click()")
    page.until(f"{drawn} === 0", 10)
    page.run("document.querySelector('[data-layer=interference]').click()")
    steer(node, "clear")
    page.until("document.querySelector('#interference').hidden", 10)
    page.run("document.querySelector('#tab-alerts').click(), document.querySelector('#home').click()")
    page.until("!window.vedette.map.isMoving()", 10)


def test_stale_then_live_again(page: Browser, node: FakeServer) -> None:
    steer(node, "freeze")
    try:
        page.until("document.querySelector('#state.stale')", 10)
        assert text(page, "#state").startswith("STALE since")
    finally:
        steer(node, "thaw")
    page.until("document.querySelector('#state.live')", 10)


def test_offline_then_connects_again(page: Browser, node: FakeServer) -> None:
    steer(node, "refuse")
    try:
        page.until("document.querySelector('#state.offline')", 10)
        frames = debug(page)["frames"]
    finally:
        steer(node, "accept")
    page.until(f"document.querySelector('#state.live') && window.vedette.debug().frames > {frames}", 20)
    assert debug(page)["tracks"] == 60


def test_a_lost_frame_is_asked_for(page: Browser, node: FakeServer) -> None:
    before = node.resyncs
    steer(node, "skip")
    page.until("window.vedette.debug().lost === 1", 10)
    until = time.monotonic() + 5
    while node.resyncs == before and time.monotonic() < until:
        time.sleep(0.05)
    assert node.resyncs == before + 1


def test_login_page_posts_the_token(browser: Browser, node: FakeServer) -> None:
    browser.open(f"{node.url}login")
    browser.until("document.querySelector('form[action=\"/login\"][method=post] input[name=token]')")
    browser.until("getComputedStyle(document.body).display === 'grid'")  # its style sheet came
    assert browser.errors == []
