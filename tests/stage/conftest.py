"""Fixtures that several stages' tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Running, served


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A server of a test's own, which takes four clients."""
    with served(tmp_path, max_clients=4) as one:
        yield one


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for tests that change nothing and guess no token."""
    with served(tmp_path_factory.mktemp("page")) as one:
        yield one
