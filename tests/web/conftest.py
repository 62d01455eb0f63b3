"""A browser of its own for each file that looks at a page of the made-up node."""

from collections.abc import Iterator

import pytest
from cdp import Browser, find_browser
from fake_server import FakeServer


@pytest.fixture(scope="module")
def small_node() -> Iterator[FakeServer]:
    """Twenty tracks."""
    with FakeServer(tracks=20) as server:
        yield server


@pytest.fixture(scope="module")
def opened(small_node: FakeServer) -> Iterator[Browser]:
    """Its page, loaded and showing a picture."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with Browser(program) as one:
        one.open(small_node.url)
        one.until("window.vedette?.debug().frames > 2", 90)
        yield one
