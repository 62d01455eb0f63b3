"""A whole exercise, live: directed, paused, looked at by a trainee; then its folder."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import httpx
import msgspec
import numpy as np
import pytest

from vedette.app.exercise import events, folder
from vedette.app.exercise.directed import Directed
from vedette.app.exercise.terminal import tell
from vedette.app.replay import ReplayOptions, replay
from vedette.app.review import gone_through
from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.truth import read_truth

slow = pytest.mark.slow
MINUTES = 1.1


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A short exercise that is directed, paused and looked at by a trainee."""
    where = tmp_path_factory.mktemp("exercise") / "e"
    port = 28_000 + os.getpid() % 10_000
    command = [sys.executable, "-m", "vedette.app.cli", "exercise", "brussels", "--seed", "7"]
    command += ["--minutes", str(MINUTES), "--port", str(port), "--data", str(where)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    seen, clients = {}, []
    try:
        wait_for(lambda: (where / "serve.ready").exists() and (where / "simulate.ready").exists())
        secrets = json.loads((where / "secrets.json").read_bytes())
        base = f"http://127.0.0.1:{port}"
        trainee = httpx.Client(base_url=base, headers={"authorization": f"Bearer {secrets['token']}"})
        boss = httpx.Client(base_url=base, headers={"authorization": f"Bearer {secrets['director_token']}"})
        clients += [trainee, boss]
        httpx.get(f"{base}/", params={"token": secrets["token"]})
        start_ns = folder.read_about(where).start_ns
        wait_for(lambda: boss.get("/api/v1/exercise").json().get("time_ns", 0) > start_ns + 8 * NS_PER_S)
        seen["blind"] = tell(where, "blind drone-radar-plant 5")
        time.sleep(1)
        seen["pause"] = boss.post("/api/v1/exercise", json={"tell": "pause"})
        time.sleep(1)
        seen["before"] = boss.get("/api/v1/exercise").json()
        time.sleep(6)
        seen["after"] = boss.get("/api/v1/exercise").json()
        seen["health"] = trainee.get("/healthz").json()
        seen["sensors"] = trainee.get("/api/v1/sensors").json()["sensors"]
        seen["refused"] = [
            trainee.get("/api/v1/exercise").status_code,
            trainee.post("/api/v1/exercise", json={"tell": "resume"}).status_code,
            trainee.get("/api/v1/exercise/score").status_code,
            httpx.get(f"{base}/api/v1/exercise").status_code,
        ]
        seen["still"] = boss.get("/api/v1/exercise").json()
        tell(where, "resume")
        wait_for(lambda: boss.get("/api/v1/exercise/score").status_code == 200)
        seen["score"] = boss.get("/api/v1/exercise/score").json()
        _, said = process.communicate(timeout=90)
    finally:
        process.kill()
        process.wait()
        for client in clients:
            client.close()
    return where, process.returncode, said, seen


def wait_for(look, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            if look():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.1)


@slow
def test_it_ends_by_itself_and_says_what_to_do_next(live):
    where, code, said, _ = live
    assert code == 0, said
    assert f"./vedette review {where}" in said
    assert not (where / "clock").exists()
    assert not (where / "secrets.json").exists()


@slow
def test_a_pause_keeps_everything_alive_and_stops_time(live):
    seen = live[3]
    assert seen["pause"].status_code == 200
    assert seen["before"]["speed"] == seen["after"]["speed"] == 0.0
    assert seen["after"]["time_ns"] == seen["before"]["time_ns"]
    assert seen["health"] == {"ok": True, "reasons": []}
    assert {one["status"].get("health", "unknown") for one in seen["sensors"]} <= {"ok", "unknown"}


@slow
def test_nobody_directs_without_the_role(live):
    assert live[3]["refused"] == [403, 403, 403, 401]
    assert live[3]["still"]["speed"] == 0.0
    assert live[3]["score"]["instants"] > 5


@slow
def test_the_folder_replays_to_the_same_picture(live, tmp_path):
    where = live[0]
    replay(ReplayOptions([where], tmp_path), lambda line: None)

    def table(name, path, until_ns):
        with duckdb.connect(str(path / "picture.duckdb"), read_only=True) as db:
            return db.execute(
                f"SELECT * FROM {name} WHERE time_ns <= {until_ns} ORDER BY ALL"  # noqa: S608
            ).fetchall()

    # A replay ends with the last frame; the node went on to the end of that second.
    with duckdb.connect(str(tmp_path / "picture.duckdb"), read_only=True) as db:
        until_ns = db.execute("SELECT max(time_ns) FROM track_point").fetchone()[0]
    for name in ("track_point", "alert", "identity"):
        there = table(name, where, until_ns)
        assert there
        assert there == table(name, tmp_path, until_ns)


@slow
def test_the_folder_tells_what_happened(live):
    where = live[0]
    told = events.read(where / "events.jsonl")
    assert [e.kind for e in told] == ["begin", "inject", "pause", "resume", "end"]
    assert [e.words for e in events.read(where / "people.jsonl")] == ["a watch officer logged in"]
    about = folder.read_about(where)
    truth = read_truth(where / "truth.csv")
    assert truth["time_ns"].min() == about.start_ns
    assert np.ptp(truth["time_ns"]) >= (MINUTES * 60 - 1.5) * NS_PER_S
    simulation = Simulation(load_scenario("brussels"), about.seed, about.start_ns)
    directed = Directed(simulation, lambda event: None, told)
    state, rows = directed.init(), []
    for _ in range(round(MINUTES * 60)):
        rows.append(directed.truth(state))
        state, _ = directed.step(state, state.time_ns + NS_PER_S)
    again = np.concatenate(rows)
    assert len(again) == len(truth)
    assert np.allclose(again["lat_deg"], truth["lat_deg"], atol=1e-7, rtol=0)


@slow
def test_the_folder_is_reviewed(live):
    gone = gone_through(live[0], None, 15.0)
    assert {one.verdict for one in gone.review.individuals} <= {"alerted", "tracked", "late"}
    plant = [s for one in gone.review.individuals for s in one.sensors if s.sensor == "drone-radar-plant"]
    assert plant
    assert max(one.covered for one in plant) < 0.95  # it was blinded for a while
    assert msgspec.json.encode(gone.review)


@slow
def test_who_is_not_there_is_told(tmp_path: Path):
    from vedette.core.errors import FeedError

    with pytest.raises(FeedError, match="an exercise that runs"):
        tell(tmp_path, "status")
