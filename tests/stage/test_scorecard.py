"""The standing scorecard: what it writes it reads, and a worse figure is noticed."""

import re
from dataclasses import replace

import pytest

from vedette.app.bench import scorecard
from vedette.app.bench import scorecard_page as page
from vedette.app.bench.scorecard import ScorecardOptions
from vedette.app.bench.scorecard_page import COLUMNS, Case, Held, Settings
from vedette.core.errors import ConfigError, StorageError

SETTINGS = Settings(seeds=2, minutes=5.0)
GOOD = {column.figure: 10.0 if column.better == "less" else 0.9 for column in COLUMNS}


def rows(**changed):
    return [page.row_of("one", [{**GOOD, **changed}] * 2), page.row_of("two", [GOOD, GOOD])]


def card(tmp_path, made, cases=None):
    path = tmp_path / "scorecard.md"
    path.write_text(
        page.written(SETTINGS, made, cases or {row.name: [] for row in made}, {}, []), encoding="utf-8"
    )
    return page.read(path)


def test_what_is_written_is_read_again(tmp_path):
    read = card(tmp_path, rows())
    assert read.settings == SETTINGS
    assert {kept.name: kept.cells for kept in read.kept} == {row.name: row.cells for row in rows()}
    text = page.written(SETTINGS, [], {}, {}, read.kept)
    assert text == (tmp_path / "scorecard.md").read_text(encoding="utf-8")


def test_what_nights_found_is_a_section_that_stays_and_is_written_anew(tmp_path):
    card(tmp_path, rows())
    path = tmp_path / "scorecard.md"
    before = path.read_text(encoding="utf-8")
    for figure in ("1 of 2", "2 of 2"):
        section = f"## {page.NIGHTS}\n\n| aim | |\n|---|---|\n| alerted | {figure} |\n"
        page.write_nights(path, section)
        read = page.read(path)
        assert read.nights == section
        assert [kept.name for kept in read.kept] == ["one", "two"]
        text = page.written(SETTINGS, [], {}, {}, read.kept, read.nights)
        assert text == path.read_text(encoding="utf-8")
    assert text.replace(section + "\n", "") == before


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.figure)
def test_every_figure_that_got_worse_is_noticed_and_no_better_one(tmp_path, column):
    before = card(tmp_path, rows())
    step = 0.05 if column.better == "less" else -0.05
    lower, higher = GOOD[column.figure] * (1 + step), GOOD[column.figure] * (1 - step)
    assert page.worse(before, rows(), SETTINGS) == []
    found = page.worse(before, rows(**{column.figure: lower}), SETTINGS)
    assert [line.split(" was ")[0] for line in found] == [f"one: {column.head}"]
    assert page.worse(before, rows(**{column.figure: higher}), SETTINGS) == []


def test_a_figure_that_is_no_longer_known_is_worse_and_a_new_one_is_not(tmp_path):
    less = {name: value for name, value in GOOD.items() if name != "alerts.warning_s_median"}
    without = [page.row_of("one", [less]), page.row_of("two", [GOOD])]
    assert page.worse(card(tmp_path, rows()), without, SETTINGS) == ["one: warning median s was 0.900, now –"]
    assert page.worse(card(tmp_path, without), rows(), SETTINGS) == []


def test_a_scenario_that_is_new_is_not_worse(tmp_path):
    assert page.worse(card(tmp_path, rows()[:1]), rows(), SETTINGS) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1234.6, "1235"),
        (123.4, "123"),
        (12.345, "12.3"),
        (0.01234, "0.012"),
        (0.0, "0"),
        (-9.96, "-9.96"),
        (1e-9, "0"),
    ],
)
def test_numbers_have_three_digits_or_so_and_no_powers(value, told):
    column = next(c for c in COLUMNS if not c.share)
    assert page._cell(value, None, None, column) == told


def test_what_was_missed_is_gathered_by_actor(tmp_path):
    cases = [
        Case("gulls 1", "bird", "late", "tracked 20 s later", due=False, seed=1),
        Case("gulls 4", "bird", "late", "tracked 30 s later", due=False, seed=2),
        Case("intruder #2", "multirotor", "rule silent", "no alert", due=True, seed=2),
        Case("nothing", "", page.FALSE_ALERT, "zone-entry Z", due=False, seed=1),
    ]
    made = rows()
    text = page.written(SETTINGS, made, {"one": cases, "two": []}, {}, [])
    section = re.search(r"## one\n(.*?)## two", text, re.S)[1]
    lines = [line for line in section.splitlines() if line.startswith("- ")]
    assert lines[0].startswith(
        "- **rule silent**: intruder (multirotor, an alert was due), 1 in 1 of 2 seeds"
    )
    assert lines[1].startswith("- **late**: gulls (bird), 2 in 2 of 2 seeds; tracked 20 s later")
    assert lines[2].startswith("- **false alert**: nothing (no target), 1 in 1 of 2 seeds")
    assert "Nothing was missed" in text.partition("## two")[2]


def test_who_was_held_least_is_told_with_what_it_was_lost_for():
    held = [
        Held("gulls 1", "bird", 0.5, {"not associated": 30.0, "not detected": 4.0}),
        Held("gulls 2", "bird", 0.7, {"not associated": 10.0}),
        Held("surveyor", "multirotor", 0.99, {}),
        Held("geese 1", "bird", 0.9, {}),
    ]
    text = page.written(SETTINGS, rows()[:1], {"one": []}, {"one": held}, [])
    assert text.partition("Held least:")[2].strip().splitlines() == [
        "- held 60%: gulls (bird); lost a run for 20.0 s not associated, 2.00 s not detected",
        "- held 90%: geese (bird); for moments only",
    ]


# The command


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Brussels for a minute with one seed; `runs` is what it took the figures from."""
    kept, runs = scorecard._runs, []

    def remembered(*asked):
        runs.extend(kept(*asked))
        return iter(runs)

    file = tmp_path_factory.mktemp("card") / "scorecard.md"
    options = ScorecardOptions(("brussels",), 1, 1.0, file, check=False)
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorecard, "_runs", remembered)
        summary, text, fine = scorecard.bench(options, lines.append)
    return options, summary, text, fine, lines, runs


@pytest.mark.slow
def test_a_short_run_writes_the_card(ran):
    options, summary, text, fine, lines, _ = ran
    assert fine
    assert "there was no file" in text
    assert lines == [lines[0]]
    row = summary["rows"][0]
    assert row["name"] == "brussels"
    assert {head for head, cell in row["cells"].items() if cell == page.UNKNOWN} == set()
    assert "## brussels" in options.file.read_text(encoding="utf-8")


@pytest.mark.slow
def test_check_passes_on_the_same_and_fails_on_a_worse_figure(ran, monkeypatch):
    """Run anew against its own card; against a better card the same runs are looked at again."""
    options = replace(ran[0], check=True, seeds=None, minutes=None)
    written = options.file.read_text(encoding="utf-8")
    _, text, fine = scorecard.bench(options, lambda line: None)
    assert fine
    assert "nothing got worse" in text
    assert options.file.read_text(encoding="utf-8") == written
    found = re.search(r"\| brussels \| ([\d.]+)", written)
    better = written.replace(f"| brussels | {found[1]}", f"| brussels | {float(found[1]) / 2:g}")
    options.file.write_text(better, encoding="utf-8")
    monkeypatch.setattr(scorecard, "_runs", lambda *asked: iter(ran[-1]))
    _, text, fine = scorecard.bench(options, lambda line: None)
    assert not fine
    assert f"brussels: GOSPA m was {float(found[1]) / 2:g}" in text
    assert options.file.read_text(encoding="utf-8") == better


def test_check_needs_a_file_with_the_same_settings(tmp_path):
    options = ScorecardOptions(("brussels",), None, None, tmp_path / "none.md", check=True)
    with pytest.raises(StorageError, match="a scorecard to check against"):
        scorecard.bench(options, lambda line: None)
    card(tmp_path, rows())
    other = replace(options, file=tmp_path / "scorecard.md", seeds=7)
    with pytest.raises(ConfigError, match="seeds 1 to 2, 5 minutes"):
        scorecard.bench(other, lambda line: None)


def test_a_scenario_that_is_not_there_is_told(tmp_path):
    options = ScorecardOptions(("atlantis",), 1, 1.0, tmp_path / "s.md", check=False)
    with pytest.raises(ConfigError, match="brussels"):
        scorecard.bench(options, lambda line: None)
