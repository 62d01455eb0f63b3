"""The closure adviser's panel in a real browser, against a made-up node."""

import pytest
from cdp import Browser
from fake_server import FakeServer

from vedette.core.advice import State

pytestmark = pytest.mark.browser
PANEL = "document.querySelector('#closure')"
CHIP = "document.querySelector('.closure-chip')"


@pytest.fixture
def node(small_node: FakeServer) -> FakeServer:
    return small_node


@pytest.fixture
def page(opened: Browser, node: FakeServer) -> Browser:
    node.decided.clear()
    node.refusal, node.airport_state, node.drone_by_runway = "", State(), True
    opened.until(f"{CHIP}?.textContent.startsWith('EBZZ  Close')", 30)
    opened.run(f"document.activeElement.blur(), {PANEL}.hidden || {CHIP}.click()")
    return opened


def words(page: Browser) -> str:
    text: str = page.run(f"{PANEL}.innerText")
    return text


def test_a_chip_says_the_advice_and_opens_its_reasons(page: Browser) -> None:
    assert page.run(f"{CHIP}.className") == "closure-chip close"
    assert page.run(f"{PANEL}.hidden")
    page.press("c")
    page.until(f"!{PANEL}.hidden")
    shown = words(page)
    for part in (
        "EBZZ: Close",
        "62 % (50 to 80 %) that a drone without leave is by a runway or its approaches",
        "nobody has decided anything yet",
        "T101",
        "seen 35 s ago",
        "RADAR-1",
        "a look sees 71 %",
        "silent",
        "SIM221 26: threshold in 1:35, passes 340 m from its last place",
        "The first minute of a closure",
        "reopen after 7 more min with nothing seen by RADAR-1",
        "QFALC",
    ):
        assert part in shown
    assert page.run(f"{PANEL}.querySelector('b b') === null")  # a name from outside stays text
    page.press("c")
    page.until(f"{PANEL}.hidden")


def test_a_person_decides_with_initials_and_the_advice_that_was_known(
    page: Browser, node: FakeServer
) -> None:
    page.press("c")
    page.run(f"{PANEL}.querySelectorAll('input')[0].value = 'the tower sees it'")
    page.run(f"{PANEL}.querySelectorAll('input')[1].value = 'HB'")
    assert page.run(f"{PANEL}.querySelector('.do-close').classList.contains('advised')")
    page.run(f"{PANEL}.querySelector('.do-close').click()")
    page.until(f"{PANEL}.innerText.includes('decided by watch officer HB')")
    (told,) = node.decided
    assert (told["airport"], told["do"], told["because"], told["author"]) == (
        "EBZZ",
        "close",
        "the tower sees it",
        "HB",
    )
    assert told["advice_id"].startswith("EBZZ-")
    page.until(f"{CHIP}.textContent.startsWith('EBZZ  Keep closed')")
    assert page.run(f"{PANEL}.querySelector('.do-close').hidden")
    node.drone_by_runway = False
    page.until(f"{CHIP}.textContent === 'EBZZ  Reopen'")
    assert page.run(f"{PANEL}.querySelector('.do-reopen').classList.contains('advised')")


def test_what_the_node_refuses_is_said(page: Browser, node: FakeServer) -> None:
    node.refusal = "expected advice of the last 15 minutes"
    page.press("c")
    page.run(f"{PANEL}.querySelector('.do-restrict').click()")
    page.until(f"{PANEL}.innerText.includes('expected advice of the last 15 minutes')")


def test_a_contact_leads_to_its_track(page: Browser) -> None:
    page.press("c")
    page.until(f"{PANEL}.querySelector('.contact')")
    page.run(f"{PANEL}.querySelector('.contact').click()")
    page.until("window.vedette.debug().selected === 101")


def test_nothing_went_wrong(opened: Browser) -> None:
    assert [one for one in opened.errors if "409" not in one] == []
