"""What all tests share: how Hypothesis runs, who runs which file, and where other people's recordings lie."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[1]

# numba compiles on the first call, so no test has a deadline. CI tries the same examples each time.
settings.register_profile("developer", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("few", deadline=None, max_examples=4, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")


# Whole nodes and browsers go by the clock: two of them at a time on two cores come too late.
BY_THE_CLOCK = ("tests/web/", "tests/stage/test_node.py", "tests/stage/test_exercise_live.py")


class ByFile(LoadFileScheduling):
    """A file's tests stay in one process, and so do all files that go by the clock."""

    def _split_scope(self, nodeid: str) -> str:
        return "by the clock" if nodeid.startswith(BY_THE_CLOCK) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile | None:
    """How xdist shares out files."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where processes share the files, those that take long go first: none ends alone with one."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not item.nodeid.startswith(BY_THE_CLOCK), item.path not in slow))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recordings beside the repository; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the shared recordings are not here: no folder {Path('..') / 'shared' / 'data'}")
    return folder
