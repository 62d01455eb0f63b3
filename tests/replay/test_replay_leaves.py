"""Authorisations in a recording: a drone leaves its volume, and a file that is changed on the way."""

import re

import duckdb
import pytest

from vedette.app import authorisations
from vedette.app import config as configuration
from vedette.app.evidence.pack import _take_configuration
from vedette.app.held import Notes, files_of
from vedette.app.ingest import Ingest
from vedette.app.outputs import Recorder
from vedette.app.recordings import Trouble, open_all
from vedette.app.replay import ReplayOptions, replay
from vedette.app.rules import built_in
from vedette.app.scenarios import document, write_run_folder
from vedette.app.sector import Sector
from vedette.app.simulate import simulate
from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.simulate import load_scenario
from vedette.simulate.load import scenario_path, surface_path, zones_path

SERIAL = "1SVY7K2400013"
SECONDS = 40
LEAVE = f'[[authorisation]]\nserial = "{SERIAL}"\noperator = "Survey"\n'
GONE = '[[operator]]\nregistration = "BELx4q8w2n7t3z1v"\nname = "Survey Ltd"\n'


def quiet(_):
    """Progress is for people."""


def scenario(folder, area):
    """The evening around Brussels, with another area of the surveyor's leave."""
    text, areas = re.subn(r"(?m)^area = .*$", f"area = {area}", scenario_path("brussels").read_text("utf-8"))
    assert areas == 1
    path = folder / "bounded.toml"
    path.write_text(text.replace('"brussels"', '"bounded"'), "utf-8")
    brussels = load_scenario("brussels")
    for beside in (zones_path(brussels, "brussels"), surface_path(brussels, "brussels")):
        (folder / beside.name).write_bytes(beside.read_bytes())
    return path


def said(out):
    """Authorisation and first reason of the surveyor, as it was told, in order."""
    with duckdb.connect(str(out / "picture.duckdb"), read_only=True) as history:
        return history.execute(
            "SELECT authorisation, reasons[1] FROM identity WHERE label = ? ORDER BY time_ns", [SERIAL]
        ).fetchall()


def run(folder, out):
    summary = replay(ReplayOptions([folder], out), quiet)
    return summary["picture_sha256"], said(out)


def test_a_drone_that_leaves_its_volume_is_unauthorised_and_says_how_far(tmp_path):
    path = scenario(tmp_path, "{ circle = [50.9280, 4.5340, 120.0], upper_m = 120.0 }")
    simulate(str(path), tmp_path / "run", seconds=SECONDS, seed=3, say=quiet)
    _, told = run(tmp_path / "run", tmp_path / "out")
    verdicts = [verdict for verdict, _ in told]
    assert "authorised" in verdicts
    assert "unauthorised" in verdicts[verdicts.index("authorised") :]
    assert any("is out of the volume of its authorisation:" in why and "m outside" in why for _, why in told)
    with duckdb.connect(str(tmp_path / "out" / "picture.duckdb"), read_only=True) as history:
        rung = history.execute(
            "SELECT DISTINCT zone, state FROM alert WHERE label = ? AND kind = 'zone-entry'", [SERIAL]
        ).fetchall()
    assert ("EBBRLOW", "actual") in rung, "it is in the zone without leave"


def test_an_area_of_a_scenario_that_is_none_is_refused_at_its_line(tmp_path):
    path = scenario(tmp_path, "{ circle = [50.9280, 4.5340, 120.0], lower_m = 9.0, upper_m = 5.0 }")
    loaded = load_scenario(str(path))
    with pytest.raises(ConfigError, match=r"bounded\.toml:\d+: .*less than upper_m"):
        write_run_folder(tmp_path / "run", loaded, str(path), document(loaded, str(path), 0))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Brussels, with a file of authorisations in place of its own."""
    folder = tmp_path_factory.mktemp("recorded")
    simulate("brussels", folder, seconds=SECONDS, seed=3, say=quiet)
    text = (folder / "node.toml").read_text("utf-8")
    text, own = re.subn(r"(?ms)^\[\[authorisation\]\]\n.*?(?=^\[(?!authorisation)|\Z)", "", text)
    assert own == 1
    (folder / "node.toml").write_text(f'authorisations = "leaves.toml"\n{text}', "utf-8")
    (folder / "leaves.toml").write_text(LEAVE)
    return folder


def live(folder, out, changes):
    """Batches as a node steps them, with other leaves after so many seconds; notes what a node would."""
    config = configuration.load(folder / "node.toml")
    zones = configuration.load_zone_files(config, folder)
    ingest = Ingest(config.sensors())
    sector = Sector(
        config.origin, zones, config.tracker, config.identify_settings(), config.watch, rules=built_in(),
        leaves=authorisations.of_node(config, folder, zones),
        surface=configuration.load_surface_file(config, folder),
    )  # fmt: skip
    recorder = Recorder(out)
    waiting, first_ns = list(changes), None

    def step(batches):
        nonlocal first_ns
        for batch in batches:
            if first_ns is None:
                first_ns = batch.tick_ns
                Notes(folder).note((folder / "leaves.toml").read_bytes(), first_ns - 1)
            if waiting and batch.tick_ns - first_ns >= waiting[0][0] * NS_PER_S:
                _, text = waiting.pop(0)
                Notes(folder).note(text.encode(), sector.tick_ns)
                sector.use_leaves(authorisations.understood(text.encode(), "leaves.toml", config, zones))
            recorder.take(sector.step(batch))

    for heard in open_all([folder], 0, Trouble({})):
        step(ingest.receive(heard.options, heard.format, heard.connection, heard.heard_ns, heard.data)[0])
    step(ingest.finish())
    recorder.close()
    return recorder.sums["picture_sha256"], said(out)


def test_a_replay_goes_by_what_held_when_the_node_ran(recorded, tmp_path):
    unchanged, before = run(recorded, tmp_path / "a")
    assert {verdict for verdict, _ in before} == {"authorised"}
    changes = [(12.0, GONE), (24.52, LEAVE.replace("Survey", "Roofs"))]
    ran, told = live(recorded, tmp_path / "b", changes)
    again, replayed = run(recorded, tmp_path / "c")
    assert (again, replayed) == (ran, told)
    assert again != unchanged
    verdicts = [verdict for verdict, _ in told]
    assert verdicts[0] == verdicts[-1] == "authorised"
    assert "unauthorised" in verdicts
    assert "of Survey Ltd holds no authorisation" in told[verdicts.index("unauthorised")][1]
    assert "of Roofs" in told[-1][1]
    _take_configuration(recorded, tmp_path / "pack", configuration.load(recorded / "node.toml"))
    packed, there = (files_of(at) for at in (tmp_path / "pack", recorded))
    assert [one.read_bytes() for one in packed] == [one.read_bytes() for one in there]
    assert len(packed) == 4, "three contents, and when they held"
