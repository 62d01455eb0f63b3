"""A simulated folder is one that replay and run take: every kind of sensor, its bytes and its files."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from vedette.app import config
from vedette.app.replay import ReplayOptions, replay
from vedette.app.simulate import simulate
from vedette.feed.journal import read_journal
from vedette.simulate import builtin_names, load_scenario
from vedette.wire import courageous
from vedette.wire.formats import FORMATS

SCENARIO = Path(__file__).parents[1] / "golden" / "simulate" / "every_sensor.toml"

DIGESTS = """
import hashlib
from vedette.simulate import Simulation, builtin_names, load_scenario
for name in builtin_names():
    simulation = Simulation(load_scenario(name), seed=11)
    digest = hashlib.sha256()
    for _, emissions, rows in simulation.run(30.0):
        digest.update(rows.tobytes())
        for one in emissions:
            digest.update(repr((one.feed, one.connection, one.t_ns, one.data)).encode())
    print(name, digest.hexdigest())
"""


def quiet(_):
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("every")
    simulate(str(SCENARIO), out, seconds=40, seed=3, say=quiet)
    return out


def test_the_journal_holds_what_the_node_would_have_heard(folder):
    frames = list(read_journal(folder / "journal"))
    assert {frame.format for frame in frames} == {"asterix", "sapient", "beast", "remoteid", "cot"}
    assert {frame.format for frame in frames} <= set(FORMATS)
    times = [frame.heard_ns for frame in frames]
    assert times == sorted(times)


def test_the_configuration_has_the_sensors_that_the_node_hears(folder):
    told = config.load(folder / "node.toml")
    assert len(told.feed) == 5
    assert [s.id for s in told.sensor] == [
        s.id for s in load_scenario(SCENARIO).sensor if s.id != "trial-system"
    ]


def test_the_system_on_trial_wrote_a_document_of_its_format(folder):
    document = courageous.decode((folder / "trial-system.json").read_bytes())
    assert document.system_name == "System on trial"
    assert document.static_cuas_location.height_amsl == pytest.approx(65.0)
    assert sum(len(track.records) for track in document.tracks) > 30
    assert any(record.alarm.active for track in document.tracks for record in track.records)


def test_replay_takes_it_as_it_is(folder, tmp_path):
    summary = replay(ReplayOptions([folder], tmp_path), quiet)
    assert summary["quarantined"] == 0
    for name, sensor in summary["sensors"].items():
        assert sensor["placed"], name
        assert sensor["records"] > 0, name
    with duckdb.connect(str(tmp_path / "picture.duckdb"), read_only=True) as history:
        (points,) = history.execute("SELECT count(*) FROM track_point").fetchone()
    assert points > 100


def test_the_same_seed_gives_the_same_files(folder, tmp_path):
    simulate(str(SCENARIO), tmp_path, seconds=40, seed=3, say=quiet)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_any_process():
    said = []
    for hash_seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", DIGESTS]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said.append(done.stdout)
    assert said[0] == said[1]
    assert [line.split()[0] for line in said[0].splitlines()] == builtin_names()
