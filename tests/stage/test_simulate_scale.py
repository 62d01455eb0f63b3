"""As many targets and sensors as are asked for."""

import msgspec
import numpy as np
import pytest

from vedette.app import config
from vedette.app.run import configuration_file
from vedette.app.scenarios import document
from vedette.app.simulate import Scale, simulate
from vedette.core.errors import ConfigError
from vedette.simulate import Simulation, load_scenario, read_truth
from vedette.simulate.scale import SENSORS_MAX, scaled
from vedette.simulate.spec.actors import Share, Traffic
from vedette.simulate.spec.check import mistakes

LOAD = load_scenario("load")


def quiet(_):
    pass


@pytest.mark.parametrize("targets", [10, 101, 2_500])
def test_so_many_targets_are_there(targets):
    simulation = Simulation(scaled(LOAD, targets), seed=1)
    assert len(simulation.truth(simulation.init())) == targets


@pytest.mark.parametrize("sensors", [1, 7, 10, 11, 23, 400])
def test_so_many_sensors_that_a_node_takes(sensors):
    made = scaled(LOAD, None, sensors)
    assert len(made.sensor) == sensors
    assert list(mistakes(made)) == []
    sources = [sensor.source for sensor in made.sensors()]
    assert len(set(sources)) == sensors
    assert len({spec.id for spec in made.sensor}) == sensors
    assert len({feed.name for feed in made.feed}) == len(made.feed)
    assert made.sensor[: min(sensors, len(LOAD.sensor))] == LOAD.sensor[:sensors]
    assert len(document(made, "load", 0)["sensor"]) == sensors


def test_the_most_sensors_are_spread_over_the_box():
    made = scaled(LOAD, 10, SENSORS_MAX)
    copies = np.array([(spec.lat_deg, spec.lon_deg) for spec in made.sensor[len(LOAD.sensor) :]])
    box = np.array([[LOAD.site.lat_deg, LOAD.site.lon_deg]]) + np.array([[-0.4, -0.6], [0.4, 0.6]])
    assert (copies > box[0]).all()
    assert (copies < box[1]).all()
    quarter, _, _ = np.histogram2d(*copies.T, bins=4)
    assert quarter.min() > 0.8 * len(copies) / 16


def test_traffics_share_a_number_in_their_proportion():
    first = Traffic(name="a", count=30, mix=[Share(kind="bird")])
    second = Traffic(name="b", count=10, mix=[Share(kind="airliner")])
    both = msgspec.structs.replace(LOAD, actor=[first, second])
    assert [actor.count for actor in scaled(both, 402).actor] == [301, 101]
    assert [actor.count for actor in scaled(both, 2).actor] == [1, 1]
    with pytest.raises(ConfigError, match="--targets: expected 2 to 100000, got 1"):
        scaled(both, 1)


@pytest.mark.parametrize(
    ("name", "targets", "sensors", "said"),
    [
        ("brussels", 5, None, "kind traffic"),
        ("load", 100_001, None, "1 to 100000"),
        ("load", 0, None, "1 to 100000"),
        ("load", None, 2_001, "1 to 2000"),
        ("load", None, 0, "1 to 2000"),
    ],
)
def test_what_cannot_be_is_refused_in_words(name, targets, sensors, said):
    with pytest.raises(ConfigError, match=said):
        scaled(load_scenario(name), targets, sensors)


def test_a_scenario_without_sensors_cannot_have_more():
    with pytest.raises(ConfigError, match="which has none"):
        scaled(msgspec.structs.replace(LOAD, sensor=[]), None, 3)


def test_a_scaled_recording_is_whole_and_run_finds_its_configuration(tmp_path):
    scale = Scale(targets=40, sensors=12)
    counts = simulate("load", tmp_path, seconds=3, seed=2, say=quiet, scale=scale)
    rows = read_truth(tmp_path / "truth.csv")
    assert counts["individuals"] == 40
    assert len(rows) == 4 * 40
    assert len(np.unique(rows["time_ns"])) == 4
    node = config.load(configuration_file(tmp_path))
    assert len(node.sensor) == 12
    assert configuration_file(tmp_path / "node.toml") == tmp_path / "node.toml"
