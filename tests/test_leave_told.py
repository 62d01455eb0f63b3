"""Who may fly, in words: `./vedette leave`."""

import re

import pytest

from vedette.app.cli import main
from vedette.app.leave_told import time_ns, told
from vedette.core.errors import ConfigError

LEAVES = """
[[authorisation]]
serial = "X1"
operator = "Survey"
start = 2026-11-27T18:00:00Z
end = 2026-11-27T19:30:00Z
area = { circle = [51.19, 4.46, 400.0], upper_m = 120.0 }

[[authorisation]]
registration = "FIN87astrdge12k8"
zones = ["QUARRY"]

[[flight]]
callsign = "BEL3PK"
reference = "FPL 12"
"""


@pytest.fixture
def leaves(tmp_path):
    path = tmp_path / "leaves.toml"
    path.write_text(LEAVES, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("at", "holds"), [("17:59:59", False), ("18:00:00", True), ("19:29:59", True), ("19:30:00", False)]
)
def test_what_holds_then_is_marked(leaves, at, holds):
    text, summary = told(leaves, time_ns(f"2026-11-27T{at}Z"))
    first, second, third = text.splitlines()[1:4]
    assert first.startswith("* X1" if holds else "  X1")
    assert re.search(r"Survey +400 m about 51\.1900 4\.4600, up to 120 m AGL", first)
    assert re.match(r"\* all drones of FIN87astrdge12k8  -\s+QUARRY", second)
    assert third.startswith("* BEL3PK")
    assert third.endswith("FPL 12")
    assert summary["hold"] == 2 + holds
    assert [row["holds"] for row in summary["leaves"]] == [holds, True, True]


def test_a_configuration_tells_those_of_the_file_that_it_names_too(leaves):
    node = leaves.parent / "node.toml"
    leaves.write_text(LEAVES.replace("zones =", "# zones ="), encoding="utf-8")
    mine = ['authorisations = "leaves.toml"', "[node]", 'name = "N"', "[[authorisation]]", 'serial = "MINE"']
    node.write_text("\n".join(mine), encoding="utf-8")
    text, summary = told(leaves.parent, 0)
    assert [row["who"] for row in summary["leaves"]][:2] == ["MINE", "X1"]
    assert "everywhere" in text


def test_a_mistake_is_told_with_its_line(leaves, capsys):
    leaves.write_text(LEAVES.replace('serial = "X1"', "serial = 7"), encoding="utf-8")
    assert main(["leave", str(leaves)]) == 2
    said = capsys.readouterr().err
    assert f"{leaves}:3: authorisation[0].serial" in said
    with pytest.raises(ConfigError, match="no such file"):
        told(leaves.parent / "none.toml", 0)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-11-27", "2026-11-27T18:00:00"])
def test_a_time_without_its_offset_is_refused(text):
    with pytest.raises(ConfigError, match="offset from UTC"):
        time_ns(text)


def test_nobody_has_leave(tmp_path):
    path = tmp_path / "leaves.toml"
    path.write_text("")
    assert told(path, 0)[0].splitlines()[0] == "nobody has leave"
