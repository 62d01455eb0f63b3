"""The rules file: what it says, and that no mistake in it goes unnamed."""

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.app.cli import main
from vedette.app.processes.rereading import _copy
from vedette.app.reread import Reread
from vedette.app.rules import BUILT_IN, built_in, read
from vedette.core.errors import ConfigError
from vedette.watch.explain import explained
from vedette.watch.kinds import KINDS
from vedette.watch.rule import RuleSet
from vedette.watch.rules_file import parse

TEXT = BUILT_IN.read_text("utf-8")
SITE = """
ground_m = 98.8
built_in = true

[[site]]
id = "tower"
name = "the tower"
lat_deg = 50.9
lon_deg = 4.48
radius_m = 200.0

[[rule]]
name = "loiter"              # in the place of the built-in one
kind = "loiter"
sites = ["tower"]
radius_m = 80.0
for_s = 30.0
hours = "21:00-06:00"
days = ["fri", "sat"]
severity = "warning"
text = "{label} stays by {zone}: {why} ({percent})"
escalate_after_s = 30.0
most_per_hour = 6

[[rule]]
name = "no-orbits"
kind = "orbit"
on = false
unless = ["loiter"]
"""


def refused(text, zones=None):
    with pytest.raises(ConfigError) as caught:
        parse(text, "rules.toml", built_in(), zones)
    return str(caught.value)


def test_the_built_in_rules_have_every_kind_once():
    assert sorted(rule.common.kind for rule in built_in().rules) == sorted(KINDS)


def test_a_sites_own_file_goes_on_from_them():
    rules = parse(SITE, "rules.toml", built_in())
    names = [rule.name for rule in rules.rules]
    assert names == [*(r.name for r in built_in().rules), "no-orbits"]
    loiter = rules.rules[names.index("loiter")]
    assert (loiter.what.radius_m, loiter.what.for_s, loiter.near_m) == (80.0, 30.0, 1500.0)
    assert [site.id for site in rules.sites] == ["tower"]
    assert rules.ground_m == 98.8
    assert "no-orbits" not in [rule.name for rule in rules.used()]
    alone = parse(SITE.replace("built_in = true", ""), "rules.toml", built_in())
    assert [rule.name for rule in alone.rules] == ["loiter", "no-orbits"]


def test_every_rule_is_told_in_words():
    words = explained(parse(SITE, "rules.toml", built_in()))
    for said in (
        "site tower: the tower", "ground: 98.8 m", "no-orbits (off)", "within 80 m of one spot for 30 s",
        "within 1500 m of tower", "on fri, sat 21:00 to 06:00 UTC", "6 an hour at most",
        "told again after 30 s without an answer", "while the sun is below -6°",
    ):  # fmt: skip
        assert said in words, said


ONE = '[[rule]]\nname = "a"\nkind = "{kind}"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (ONE.format(kind="loiterr"), 3, "one of zone-entry, claimed, airspace"),
        (ONE.format(kind="loiter") + "radius_m = -1.0", 4, "float >= 0.0, got -1.0"),
        (ONE.format(kind="loiter") + 'radius_m = "far"', 4, "float, got str"),
        (ONE.format(kind="loiter") + "count = 3", 4, "a field of every rule, or of loiter (radius_m, for_s)"),
        (ONE.format(kind="loiter") + "\n# why\nfor_s = inf", 6, "a number, got inf"),
        (ONE.format(kind="swarm") + "count = 1", 4, "int >= 2"),
        (ONE.format(kind="swarm") + 'severity = "alarm"', 4, "one of info, caution, warning, got 'alarm'"),
        (ONE.format(kind="swarm") + 'classes = ["brd"]', 4, "multirotor"),
        (ONE.format(kind="swarm") + 'hours = "25:00-26:00"', 4, "two times of the day"),
        (ONE.format(kind="swarm") + 'unless = ["b"]', 4, "got 'b'"),
        (ONE.format(kind="swarm") + 'unless = ["a"]', 4, "other rules than itself"),
        (ONE.format(kind="swarm") + 'sites = ["b"]', 4, "nothing: there is none"),
        (ONE.format(kind="swarm") + 'text = "{who}"', 4, "{label}, {zone}, {why}, {percent}"),
        (ONE.format(kind="swarm") + "raise_from = 0.3\nclear_below = 0.5", 5, "do not flicker"),
        (ONE.format(kind="swarm") + "above_m = 100\nbelow_m = 50", 4, "less than below_m"),
        (ONE.format(kind="swarm") * 2, 5, "a name of its own"),
        (ONE.format(kind="transponder") + 'squawks = ["7800"]', 4, "four digits"),
        ('[[rule]]\nname = "a"', 1, "kind"),
        ('[[rule]]\nkind = "swarm"', 1, "the field name, got nothing"),
        ('[rule]\nname = "a"', 1, "[[rule]], one for each"),
        ('\n[[site]]\nid = "s"', 2, "the field name"),
        ("ground_m = true", 1, "float"),
        ("rules = 3", 1, "one of ground_m, built_in, site, rule"),
        ("a = ", 1, "TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, line, said):
    message = refused(text)
    assert message.startswith(f"rules.toml:{line}"), message
    assert said in message


def test_zones_that_a_rule_names_must_be_there():
    text = ONE.format(kind="swarm") + 'zones = ["P", "Q"]'
    assert "rules.toml:4: rule[0].zones: expected one of P, got 'Q'" in refused(text, ["P"])
    assert isinstance(parse(text, "rules.toml", None, ["P", "Q"]), RuleSet)


PIECES = (
    "[[rule]]\n", 'kind = "grid"\n', "nan", "-1", "{", "]", '"', "'''", "\n", "1e400", "[[site]]\n", "true",
    "= [", "zones = 3\n", "2026-01-01", "rule.x = 1\n", "\x00",
)  # fmt: skip


def read_or_refused(text):
    """Whether a text is rules; else a mistake, which must say where, what was expected and what came."""
    try:
        rules = parse(text, "rules.toml", built_in())
    except ConfigError as error:
        return str(error).startswith("rules.toml") and bool(error.expected) and bool(error.came)
    return bool(explained(rules)) or not rules.rules


@given(data=st.data())
@settings(max_examples=200)
def test_whatever_is_done_to_a_file_it_is_rules_or_a_mistake_with_its_place(data):
    text = data.draw(st.sampled_from([TEXT, SITE]))
    for _ in range(data.draw(st.integers(1, 4))):
        at, cut = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 12))
        put = data.draw(st.one_of(st.text(max_size=6), st.sampled_from(PIECES)))
        text = text[:at] + put + text[at + cut :]
    assert read_or_refused(text)


def test_a_file_that_is_too_long_or_not_there_is_refused(tmp_path):
    assert "characters or less" in refused("#" * 1_000_001)
    with pytest.raises(ConfigError, match="no such file"):
        read(tmp_path / "rules.toml")
    (tmp_path / "rules.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="a readable text file"):
        read(tmp_path / "rules.toml")


def test_a_running_node_reads_again_and_keeps_the_last_good_rules(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(SITE)
    file = Reread(path, lambda path: read(path, []))
    assert file.look() is None
    path.write_text(SITE + "\n" + ONE.format(kind="swarm"))
    changed = file.look()
    assert isinstance(changed, RuleSet)
    assert "a" in [rule.name for rule in changed.rules]
    assert file.look() is None
    path.write_text(SITE + "\nnonsense")
    mistake = file.look()
    assert isinstance(mistake, ConfigError)
    assert re.search(r"rules\.toml:\d+", str(mistake))
    assert file.look() is None, "said once"
    path.unlink()
    assert isinstance(file.look(), ConfigError)


def test_the_command_explains_and_refuses(tmp_path, capsys):
    path = tmp_path / "rules.toml"
    path.write_text(SITE)
    assert main(["rules", "check", str(path)]) == 0
    assert "16 rules in use, 1 off" in capsys.readouterr().out
    path.write_text(SITE.replace("for_s = 30.0", "for_s = 3000.0"))
    assert main(["rules", "check", str(path)]) == 2
    assert f"{path}:17: rule[0].for_s: expected float <= 240.0" in capsys.readouterr().err
    assert main(["rules", "check"]) == 0
    with pytest.raises(SystemExit, match="2"):
        main(["rules"])


def test_a_file_that_lies_in_the_run_folder_is_not_written_again(tmp_path):
    """It would look changed for ever, and be read again every second."""
    there = tmp_path / "rules.toml"
    there.write_text("")
    file = Reread(there, read)
    os.utime(there, ns=(1, 1))
    assert file.look() is not None
    _copy(there, there)
    assert file.look() is None
    _copy(there, tmp_path / "copy.toml")
    assert (tmp_path / "copy.toml").read_text() == ""
