"""The nightly list: what is kept of nights, what is added up, and what ends a bench."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vedette.app.bench import night
from vedette.app.bench.night import Aim, Bench, Night
from vedette.app.cli import main
from vedette.app.commands.table import BENCHES
from vedette.core.errors import ConfigError, StorageError

RATE = Aim(says="false a day", figure="all.false", of="all.hours", times=24.0, at_most=1.0)
SHARE = Aim(says="alerted", figure="all.alerted", of="all.entered", at_least=0.99)
WORST = Aim(says="calibration", figure="ece", at_most=0.05)


def one_night(figures=None, *, first=1001, seeds=2, code="c", failed=""):
    return Night(
        at="2027-01-15 02:00", code=code, first=first, seeds=seeds, took_s=1.0, figures=figures, failed=failed
    )


def quiet(line):
    """Nothing is said."""


def test_counts_of_nights_are_added_up_and_of_other_figures_the_worst_counts():
    nights = [
        one_night(
            {"all": {"false": n, "hours": 30.0, "alerted": 98 + n, "entered": 100}, "ece": 0.04 + n / 100}
        )
        for n in (0, 2)
    ]
    rate, (low, high) = night.value(RATE, nights)
    assert rate == pytest.approx(24.0 * 2 / 60.0)
    assert low < rate < high
    assert night.value(SHARE, nights) == (0.99, None)
    assert night.value(WORST, nights) == (pytest.approx(0.06), None)
    assert night.judged("b", SHARE, nights[0], nights).kept
    assert night.judged("b", WORST, nights[0], nights).kept is False
    assert night.judged("b", WORST, nights[0], nights[:1]).kept
    assert night.judged("b", SHARE, nights[0], nights).counts == (198, 200)
    assert "(198 of 200)" in night.table([night.judged("b", SHARE, nights[0], nights)], [])


def test_what_is_not_known_is_neither_kept_nor_failed():
    held = night.judged("b", WORST, one_night({"other": 1}), [one_night({"other": 1})])
    assert (held.kept, held.all_nights) == (None, None)
    assert "not known" in night.table([held], [])


def test_each_night_has_seeds_of_its_own_and_other_code_is_not_added_up(tmp_path):
    tiny = Bench(
        name="tiny", about="a small simulation", seeds=3, most_min=5.0,
        command=["simulate", "--actors", "5", "--sensors", "1", "--seconds", "1", "--seed", "{first}"],
        aim=[Aim(says="actors", figure="actors", at_least=5.0)],
    )  # fmt: skip
    night.keep(tmp_path, "tiny", one_night({"actors": 1}, first=2000, seeds=5, code="of another"))
    summary, text, passed = night.bench([tiny], tmp_path, None, quiet)
    assert passed, text
    assert summary["aims"][0]["nights"] == 1, "the other night was of other code"
    assert [(n.first, n.seeds) for n in night.read(tmp_path, "tiny")] == [(2000, 5), (2005, 3)]
    night.bench([tiny], tmp_path, 1, quiet, first_seed=77)
    assert night.read(tmp_path, "tiny")[-1].first == 77


def test_the_card_tells_what_all_nights_of_this_code_found(tmp_path):
    """Also of benches that did not run tonight."""
    card = tmp_path / "scorecard.md"
    card.write_text("# Scorecard\n\n## one\n")
    rung = {"all": {"alerted": 3, "entered": 4, "seen_warning_s_median": 40.0}}
    night.keep(tmp_path, "rung", one_night(rung, first=5, code=night.code_digest()))
    night.bench([], tmp_path, None, quiet, card)
    assert "alerted | 0.75 (3 of 4) | at least 0.99 | **not kept** |" in card.read_text()
    assert "seeds 5 to 6" in card.read_text()


def test_a_bench_that_takes_too_long_is_ended_and_one_that_fails_is_told(tmp_path):
    slow = Bench(name="slow", about="", command=["pipeline"], seeds=1, most_min=0.02)
    wrong = Bench(name="wrong", about="", command=["simulate", "--actors", "none"], seeds=1, most_min=1.0)
    summary, text, passed = night.bench([slow, wrong], tmp_path, None, quiet)
    assert not passed
    assert summary["failed"] == ["slow: it took longer than 0.02 min", "wrong: it ended with 2"]
    assert "wrong: it ended with 2" in text


def test_the_list_names_benches_that_there_are_and_aims_that_can_be_judged():
    listed = night.listed()
    assert {one.command[0] for one in listed} <= {one.name for one in BENCHES}
    assert all(
        ("{" in word) == (word in ("{first}", "{seeds}", "{each}")) for o in listed for word in o.command
    )
    assert night.filled(["x", "{each}", "{seeds}"], 7, 2) == ["x", "7", "8", "2"]
    assert [one.name for one in night.chosen(listed, "rung,normal")] == ["rung", "normal"]
    with pytest.raises(ConfigError, match="rang"):
        night.chosen(listed, "rang")


def test_a_broken_file_of_nights_is_told_with_its_name(tmp_path):
    (tmp_path / "rung.jsonl").write_text("{}\n")
    with pytest.raises(StorageError, match=r"rung\.jsonl"):
        night.read(tmp_path, "rung")


def test_the_command_tells_its_list_and_runs_what_was_asked_for(tmp_path, capsys):
    assert main(["bench", "night", "--list"]) == 0
    assert "./vedette bench ledger --kills 1000" in capsys.readouterr().out
    path = tmp_path / "scorecard.md"
    path.write_text("# Scorecard\n\n## one\n")
    folder = str(tmp_path / "nights")
    assert main(["bench", "night", "--only", "tiny", "--folder", folder]) == 2, "no such bench"
    asked = ["--only", "simulate", "--folder", folder, "--card", str(path), "--json"]
    assert main(["bench", "night", *asked]) == 0
    assert "## Over many seeds" in path.read_text()


LONG = """
from vedette.app.bench import night
begin = night.subprocess.Popen
night.subprocess.Popen = lambda _, **how: begin(["/bin/sh", "-c", "sleep 50 & wait"], **how)
print("began", flush=True)
night.run(night.Bench(name="n", about="a", command=["load"], seeds=1, most_min=1.0), 1, 1, "c", print)
"""


def children(pid):
    """Processes that one has begun, and theirs."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    mine = [int(word) for word in told.read_text().split()] if told.exists() else []
    return mine + [one for child in mine for one in children(child)]


def test_whoever_ends_a_night_ends_what_it_began():
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"began\n"
        until_s = time.monotonic() + 10.0
        while len(begun := children(process.pid)) < 2 and time.monotonic() < until_s:
            time.sleep(0.05)
        assert len(begun) >= 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(10.0) == 128 + signal.SIGTERM
    while (left := [pid for pid in begun if alive(pid)]) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not left


def alive(pid):
    """Whether a process runs: one that only waits to be taken note of does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False
