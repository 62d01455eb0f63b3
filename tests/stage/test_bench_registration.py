"""The registration benchmark, short: the tracker and registration together on a small scene."""

import numpy as np
import pytest

from vedette.app.bench.registration import _ticks, judge, run, watch
from vedette.app.bench.registration_scene import Planted, make
from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.sensor import BIAS_KINDS
from vedette.track.settings import TrackerSettings
from vedette.track.sightings import RegistrationSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step


def test_a_turned_radar_is_found_within_a_minute_and_the_picture_is_whole_again():
    result = run(azimuth_deg=0.6, range_m=80.0, radar=1, seed=3, minutes=1.5, adsb=0.5, aircraft=12)
    assert result["worst_error"]["azimuth_deg"] < 0.05
    assert result["worst_error"]["range_m"] < 25.0
    scores = result["gospa_m"]
    assert scores["biased"] > 1.5 * scores["unbiased"]
    assert scores["registered"] < 1.1 * scores["unbiased"]


def test_a_scene_is_its_seed_s_and_its_faults_are_edits_of_the_same_plots():
    plain, again = (make(Planted(), 5, 0.2, aircraft=6) for _ in range(2))
    assert plain.rows.tobytes() == again.rows.tobytes()
    bent = make(Planted(radar=1, range_m=80.0, azimuth_deg=0.3), 5, 0.2, aircraft=6)
    mine = plain.rows["sensor"] == 1
    np.testing.assert_allclose(bent.rows["range_m"][mine], plain.rows["range_m"][mine] + 80.0)
    assert bent.rows[~mine].tobytes() == plain.rows[~mine].tobytes()
    one, two = (watch(bent, RegistrationSettings()) for _ in range(2))
    assert one.biases == two.biases


def test_the_tracker_tells_the_bias_it_takes_out_and_a_lone_radar_costs_nothing():
    """As a person would use it: nothing but init, with_sensors and step."""
    scene = make(Planted(radar=1, range_m=80.0, azimuth_deg=0.6), 3, 1.5, aircraft=12, adsb=0.5)
    tracker = with_sensors(init(50.5, 5.0), scene.sensors)
    alone = with_sensors(init(50.5, 5.0), scene.sensors[:1])
    plain = with_sensors(init(50.5, 5.0, TrackerSettings(registration=False)), scene.sensors[:1])
    for tick_ns, rows in _ticks(scene):
        tracker, output = step(tracker, rows, [], tick_ns)
        mine = rows[rows["sensor"] == 0]
        alone, one = step(alone, mine, [], tick_ns)
        plain, other = step(plain, mine, [], tick_ns)
        assert one.rows.tobytes() == other.rows.tobytes()
        assert not len(one.biases)
        assert not alone.waiting
    told = {(int(b["sensor"]), BIAS_KINDS[b["kind"]]): b for b in output.biases}
    turned = told[1, "azimuth_deg"]
    assert turned["significant"]
    assert abs(turned["value"] - 0.6) < 0.05
    assert not any(b["significant"] for (sensor, _), b in told.items() if sensor == 0)


@pytest.mark.parametrize(("name", "learns"), [("bird", False), ("aeroplane", True)])
def test_birds_teach_nothing(name, learns):
    """A camera's line to one bird and a radar's plot of another went to one track: 40 m of nothing."""
    scene = make(Planted(radar=1, range_m=80.0, azimuth_deg=0.6), 3, 0.7, aircraft=12)
    tracker = with_sensors(init(50.5, 5.0), scene.sensors)
    for tick_ns, rows in _ticks(scene):
        rows["class_likelihood"] = np.where(np.arange(N_CLASSES) == CLASSES.index(name), 1.0, 0.01)
        tracker, _ = step(tracker, rows, [], tick_ns)
    assert bool(tracker.registration.pairs.any()) is learns


def test_a_bias_is_judged_by_what_the_issue_asks():
    result = {
        "at_s": 300,
        "worst_error": {"azimuth_deg": 0.01, "range_m": 9.9},
        "gospa_m": {"registered_over_unbiased": 1.04},
    }
    assert judge(result)
    assert not judge(result | {"worst_error": {"azimuth_deg": 0.01, "range_m": 10.1}})
    assert not judge(result | {"at_s": 240})
    assert not judge(result | {"gospa_m": {"registered_over_unbiased": 1.06}})
