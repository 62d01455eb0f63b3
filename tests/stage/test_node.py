"""The whole node, as the demo runs it: processes, sockets, history; and the death of a process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import httpx
import pytest

from vedette.app import topology
from vedette.app.verify import VerifyOptions, prove
from vedette.core.classes import UAS
from vedette.core.event import AlertChanged, AlertRaised, Decided, read
from vedette.incident.keeper import standing
from vedette.incident.project import project
from vedette.ledger.read import Reader

SECONDS = 75


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A headless demo in which the sector is killed on the way."""
    folder = tmp_path_factory.mktemp("demo") / "d"
    port = 18_000 + os.getpid() % 10_000
    command = [sys.executable, "-m", "vedette.app.cli", "demo", "--headless", "--seed", "7"]
    command += ["--seconds", str(SECONDS), "--port", str(port), "--out", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        names = ("simulate", *(process.name for process in topology.PROCESSES))
        wait_for(lambda: all((folder / f"{name}.ready").exists() for name in names), 120)
        time.sleep(24.0)
        health = httpx.get(f"http://127.0.0.1:{port}/healthz").json()
        closed = httpx.get(f"http://127.0.0.1:{port}/api/v1/tracks").status_code
        decided = acknowledge(f"http://127.0.0.1:{port}", json.loads((folder / "secrets.json").read_text()))
        for name in ("ledger", "sector"):
            os.kill(int((folder / f"{name}.ready").read_text()), signal.SIGKILL)
        out, said = process.communicate(timeout=90)
    finally:
        process.kill()
    return folder, process.returncode, json.loads(out.splitlines()[-1]), said, health, closed, decided


def acknowledge(url, secrets):
    """Acknowledge an alert that holds: the answers, and whose alert it was."""
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {secrets['token']}"}) as client:
        wait_for(lambda: client.get("/api/v1/alerts").json()["alerts"], 35)
        alert_id = client.get("/api/v1/alerts").json()["alerts"][0]["alert_id"]
        answers = [
            client.post(f"/api/v1/alerts/{alert_id}", json={"do": "acknowledge", "author": "HB"})
            for _ in range(2)
        ]
        nobody = httpx.post(f"{url}/api/v1/alerts/{alert_id}", json={"do": "acknowledge"})
        answers += [client.post("/api/v1/alerts/A0", json={"do": "acknowledge"}), nobody]

        def told():
            alerts = client.get("/api/v1/alerts").json()["alerts"]
            return any(a["alert_id"] == alert_id and "acknowledged_by" in a for a in alerts)

        wait_for(told, 5)
    return alert_id, [answer.status_code for answer in answers]


def wait_for(look, seconds):
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "the node did not get ready"
        time.sleep(0.1)


pytestmark = pytest.mark.slow


def test_it_ends_well_and_says_what_it_saw(run):
    _, code, summary, _, health, closed, _ = run
    assert code == 0
    assert health["ok"]
    assert closed == 401
    assert summary["observations"] > 500
    assert summary["latency_ms_p50"] < 200
    assert summary["quarantined"] == 0


def test_the_history_has_every_drone_alerted_and_nobody_else(run):
    folder, _, summary, *_ = run
    with duckdb.connect(str(folder / "picture.duckdb"), read_only=True) as history:
        points = history.execute(
            "SELECT time_ns, track_id, lat_deg, lon_deg, alt_m, v_east_mps, v_north_mps, v_up_mps, existence,"
            " class, authorisation FROM track_point"
        ).fetchall()
        alerts = history.execute(
            "SELECT time_ns, track_id, rule, zone, state FROM alert WHERE kind = 'zone-entry'"
        ).fetchall()
    assert len(points) == summary["track_points"] > 500
    assert {row[4] for row in alerts} >= {"actual"}
    assert {row[3] for row in alerts} == {"EBBRLOW", "EBBRRWY", "VILVPWR"}
    blamed = {row[1] for row in alerts}
    kinds = {row[1]: row[9] for row in points}
    assert {kinds[track] for track in blamed if track in kinds} <= set(UAS)


def test_a_killed_process_comes_back_and_the_node_says_so(run):
    folder, _, summary, said, *_ = run
    assert "sector started again" in said
    with duckdb.connect(str(folder / "picture.duckdb"), read_only=True) as history:
        ids = [row[0] for row in history.execute("SELECT DISTINCT track_id FROM track_point").fetchall()]
    assert max(ids) > 1_000_000, "tracks after the restart have numbers of their own"
    assert summary["tracks_shown"] > 5


def test_a_decision_reaches_the_sector_the_page_and_the_history(run):
    folder, (alert_id, statuses) = run[0], run[-1]
    assert statuses == [200, 409, 409, 401]
    with duckdb.connect(str(folder / "picture.duckdb"), read_only=True) as history:
        by = history.execute(
            "SELECT DISTINCT acknowledged_by FROM alert WHERE alert_id = ? AND acknowledged_ns IS NOT NULL",
            [alert_id],
        ).fetchall()
    assert by == [("owner HB",)]


def test_the_record_holds_what_the_history_does_and_proves_itself(run):
    folder, _, _, said, *_, (alert_id, _) = run
    assert "ledger started again" in said
    verdict, _ = prove(VerifyOptions(folder / "ledger"), lambda _: None)
    assert verdict.fault is None
    with Reader(folder / "ledger") as reader:
        entries = list(reader.entries())
    events = [(entry, read(entry.kind, entry.body)) for entry in entries]
    record = [e.alert for _, e in events if isinstance(e, AlertRaised | AlertChanged)]
    with duckdb.connect(str(folder / "picture.duckdb"), read_only=True) as history:
        states = history.execute("SELECT DISTINCT alert_id, state FROM alert").fetchall()
    assert {(alert.alert_id, alert.state) for alert in record} >= set(states)
    told = [(alert.alert_id, alert.time_ns, *standing(alert)) for alert in record]
    assert len(told) == len(set(told)), "nothing twice"
    (decision,) = [(entry.author, e) for entry, e in events if isinstance(e, Decided)]
    assert decision[0] == "owner HB"
    assert decision[1].alert == alert_id
    incidents = project(entries)
    assert incidents
    assert {"airport", "power-plant"} >= {one.site for one in incidents.values()} - {None}


def test_no_secret_is_left_behind(run):
    folder = run[0]
    assert not (folder / "secrets.json").exists()
    for path in Path(folder / "log").glob("*"):
        assert "token=" not in path.read_text(errors="replace")
