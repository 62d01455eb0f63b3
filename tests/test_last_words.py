"""Why a process of a node ended is told in its own words."""

import pytest

from vedette.app import topology
from vedette.app.config import parse
from vedette.app.node import Child, Node

LEAKS = 'nanobind: leaked 2 instances!\n - leaked type "token_type"\nSee https://nanobind/refleaks.html'


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("zones: expected a file\n", "zones: expected a file"),
        (f"warning\nzones: expected a file\n{LEAKS}", "zones: expected a file"),
        (LEAKS, "see "),
        ("", "see "),
    ],
)
def test_the_last_words_are_the_process_own(tmp_path, written, words):
    node = Node(tmp_path, parse({"node": {"name": "site"}}, "node.toml"), lambda _: None)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "sector.err").write_text(written)
    process = next(p for p in topology.PROCESSES if p.name == "sector")
    assert node._last_words(Child(process, [])).startswith(words)
