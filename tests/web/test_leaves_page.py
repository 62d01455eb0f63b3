"""Who may fly, on the page in a real browser: told, drawn, gone to; against a made-up node."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cdp import Browser
from fake_server import FakeServer
from fake_traffic import PAIR_B

pytestmark = pytest.mark.browser
PANEL = "document.querySelector('#leaves')"
CARDS = f"[...{PANEL}.querySelectorAll('.leave')]"
DRAWN = "window.vedette.map.queryRenderedFeatures({layers: ['leave-fill']}).length"


@pytest.fixture
def page(opened: Browser, small_node: FakeServer) -> Iterator[Browser]:
    """The page with the list in sight."""
    small_node.flies = True
    opened.run("document.querySelector('#tab-leaves').click()")
    opened.until(f"{CARDS}.length === 4 && {CARDS}[0].innerText.includes('SEEN FLYING')")
    yield opened
    opened.press("Escape")
    opened.run("document.querySelector('#tab-alerts').click()")


def debug(page: Browser) -> dict[str, Any]:
    value: dict[str, Any] = page.run("window.vedette.debug()")
    return value


def settled(page: Browser) -> None:
    page.until("!window.vedette.debug().moving")


def card(name: str) -> str:
    return f"{CARDS}.find((one) => one.innerText.includes({json.dumps(name)}))"


def test_it_says_who_where_when_and_how_high(page: Browser) -> None:
    first = page.run(f"{CARDS}[0].innerText")
    assert "<i>Survey</i>" in first, "text from outside stays text"
    assert "within 900 m of a point, no lower limit to 120 m AGL" in first
    assert " UTC, PER-7" in first
    assert page.run(f"{CARDS}.map((one) => one.querySelector('.tag').textContent)") == [
        "SEEN FLYING", "MAY FLY", "MAY FLY", "SOON"
    ]  # fmt: skip
    police = page.run(f"{card('Police')}.innerText")
    assert "in Doel power plant" in police, "a zone is called what the map calls it"
    assert "no end told" in police
    assert "flight plan of a manned aircraft" in page.run(f"{card('BEL3PK')}.innerText")
    assert "everywhere, at any height" in page.run(f"{card('X3')}.innerText")
    assert "1 begins later" in page.run(f"{PANEL}.innerText")
    assert page.run("document.querySelector('#leaves-count').textContent") == "1"


def test_a_click_draws_where_it_holds_and_goes_there_and_escape_takes_it_away(page: Browser) -> None:
    assert page.run(DRAWN) == 0
    page.run(f"{card('Survey')}.click()")
    page.until(f"{DRAWN} > 0")
    settled(page)
    lon, lat = debug(page)["center"]
    assert abs(lat - 51.05) < 0.05
    assert abs(lon - 4.3) < 0.2
    assert page.run(f"{card('Survey')}.getAttribute('aria-pressed')") == "true"
    page.run(f"{card('Police')}.click()")
    settled(page)
    assert abs(debug(page)["center"][1] - 51.32) < 0.1, "the zone that it is for"
    assert page.run(f"{card('Survey')}.getAttribute('aria-pressed')") == "false"
    page.run("document.activeElement.blur()")
    page.press("Escape")
    page.until(f"{DRAWN} === 0")


def test_who_flies_is_selected_by_a_click_and_the_list_keeps_up(
    page: Browser, small_node: FakeServer
) -> None:
    flight = f"{PANEL}.querySelector('.flight')"
    assert page.run(f"{flight}.textContent") == "T103: seen, authorised"
    page.run(f"{flight}.click()")
    page.until(f"window.vedette.debug().selected === {PAIR_B}")
    small_node.flies = False
    page.until(f"{flight} === null", 15)
    assert page.run("document.querySelector('#leaves-count').textContent") == ""
    assert "HOLDS" not in page.run(f"{PANEL}.innerText")
    assert page.run(f"{card('Survey')}.querySelector('.tag').textContent") == "MAY FLY"
