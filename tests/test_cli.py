"""The command line as a person meets it: help, one clear line for a mistake, exit codes."""

import json
import socket
import subprocess
import sys

import pytest

COMMANDS = ("demo", "run", "replay", "simulate", "score", "bench", "check", "test")


def vedette(*arguments, timeout=60):
    return subprocess.run(
        [sys.executable, "-m", "vedette.app.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    done = vedette(command, "--help")
    assert done.returncode == 0
    assert f"example:\n  ./vedette {command}" in done.stdout


def one_line(done, code, *words):
    assert done.returncode == code, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


def test_a_missing_recording_is_one_line(tmp_path):
    one_line(vedette("replay", tmp_path / "no.pcap", "--out", tmp_path / "o"), 1, "no.pcap", "no such file")


def test_a_recording_of_no_kind_is_one_line(tmp_path):
    (tmp_path / "letter.txt").write_text("hello")
    done = vedette("replay", tmp_path / "letter.txt", "--out", tmp_path / "o")
    one_line(done, 1, "letter.txt", ".pcap")


def test_a_wrong_setting_is_one_line_with_its_place(tmp_path):
    (tmp_path / "node.toml").write_text('[[sensor]]\nid = "a"\nsource = "x"\nrange_max_m = -5.0\n')
    one_line(vedette("run", tmp_path / "node.toml"), 2, "sensor[0].range_max_m", "got -5")


def test_a_missing_configuration_is_one_line(tmp_path):
    one_line(vedette("run", tmp_path / "none.toml"), 2, "none.toml", "no such file")


def test_a_wrong_scenario_lists_what_there_is(tmp_path):
    one_line(vedette("simulate", "nowhere", "--out", tmp_path / "o"), 2, "nowhere", "brussels")


@pytest.mark.parametrize(
    "arguments", [("fly",), ("demo", "--port", "99999"), ("demo", "--seconds", "-1"), ("replay", "x"), ()]
)
def test_wrong_usage_is_code_2(arguments):
    assert vedette(*arguments).returncode == 2


def test_a_taken_port_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = vedette("demo", "--headless", "--seconds", 3, "--port", port, "--out", tmp_path / "d")
    one_line(done, 1, str(port), "in use")


def test_the_demo_does_not_write_into_other_peoples_folders(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = vedette("demo", "--headless", "--seconds", 3, "--out", tmp_path)
    one_line(done, 1, str(tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.slow
def test_simulate_replay_score(tmp_path):
    made = vedette("simulate", "brussels", "--out", tmp_path / "sim", "--seconds", 75, "--seed", 4, "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout.splitlines()[-1])["frames"] > 500
    replayed = vedette("replay", tmp_path / "sim", "--out", tmp_path / "out", "--json")
    summary = json.loads(replayed.stdout.splitlines()[-1])
    assert summary["quarantined"] == 0
    truth, page, ours = tmp_path / "sim" / "truth.csv", tmp_path / "score.html", tmp_path / "ours.json"
    scored = vedette(
        "score", tmp_path / "out", "--truth", truth, "--json", "--html", page, "--courageous", ours
    )
    score = json.loads(scored.stdout)
    assert (score["missed_alerts"], score["false_alerts"]) == (0, [])
    after = vedette("score", tmp_path / "out", "--truth", truth, "--smoothed")
    one_line(after, 1, "smoothed_point", "replay with --smooth")
    assert score["trajectories"]["exact"]
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = json.loads(vedette("score", ours, "--truth", truth, "--json").stdout)
    assert again["gospa_m"] == pytest.approx(score["gospa_m"], rel=1e-3)  # it tells whole milliseconds
    several = vedette("score", tmp_path / "out", ours, "--truth", truth, "--json", timeout=120)
    figures = {one["name"]: one for one in json.loads(several.stdout)["figures"]}
    assert figures["gospa_m"]["runs"] == 2


def test_a_score_without_its_truth_is_one_line(tmp_path):
    (tmp_path / "truth.csv").write_text("time_ns\n")
    one_line(vedette("score", tmp_path), 1, "truth.csv:1", "expected the columns")
    one_line(vedette("score", tmp_path / "none", "--truth", tmp_path / "no.csv"), 1, "no.csv")


def test_a_score_of_what_is_no_courageous_file_is_one_line(tmp_path):
    wrong = tmp_path / "theirs.json"
    wrong.write_text('{"version": "0.3.0"}')
    one_line(vedette("score", wrong, "--truth", wrong), 1, "theirs.json", "0.4.1", "0.3.0")


def test_where_tracks_went_is_not_in_other_peoples_files(tmp_path):
    truth = "time_ns,id,lat_deg,lon_deg,alt_m,v_east,v_north,v_up,class,authorised,name\n"
    (tmp_path / "truth.csv").write_text(truth + "1,1,50,5,100,0,0,0,bird,0,x\n")
    done = vedette("score", tmp_path / "theirs.json", "--truth", tmp_path / "truth.csv", "--smoothed")
    one_line(done, 2, "--smoothed", "picture.duckdb", "theirs.json")


def test_two_pictures_and_three_truths_are_wrong_usage(tmp_path):
    done = vedette("score", tmp_path, tmp_path, "--truth", *[tmp_path / "t.csv"] * 3)
    one_line(done, 2, "--truth", "one for each of the 2")


def test_a_page_is_of_one_picture(tmp_path):
    done = vedette("score", tmp_path, tmp_path, "--html", tmp_path / "x.html")
    one_line(done, 2, "one picture", "--html")
