"""Sensors detect as often, and err as much, as their settings say. Bounds are four sigma."""

import msgspec
import numpy as np
import pytest

from vedette.core.observation import Intake
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.sensors.detection import snr, swerling1
from vedette.simulate.spec.actors import Hover, Multirotor
from vedette.simulate.spec.sensors import DroneRadar, RfFinder, SurveillanceRadar
from vedette.wire.asterix import AsterixDecoder
from vedette.wire.sapient import SapientDecoder

SCENARIO = load_scenario("brussels")
PLACE = (50.93, 4.50)
NODE = "11111111-1111-4111-8111-111111111111"


def spec(kind, **changes):
    found = next(s for s in SCENARIO.sensor if isinstance(s, kind))
    return msgspec.structs.replace(found, latency_s=0.0, **changes)


def looks(sensor, seconds, rcs_m2=1.0, emission_mhz=None):
    """What one sensor says of one drone that hangs in the air, and where it really is."""
    drone = Multirotor(
        name="target",
        home=PLACE,
        mission=Hover(at=PLACE, hold_s=seconds + 100.0),
        height_m=150.0,
        airborne=True,
        rcs_m2=rcs_m2,
        emission_mhz=emission_mhz,
    )
    simulation = Simulation(msgspec.structs.replace(SCENARIO, actor=[drone], sensor=[sensor]), seed=11)
    asterix = isinstance(sensor, SurveillanceRadar)
    decoder = AsterixDecoder("asr") if asterix else SapientDecoder("sapient", NODE)
    intake = Intake()
    state, emissions = simulation.step(simulation.init(), simulation.start_ns + round(seconds * NS_PER_S))
    for emission in emissions:
        decoder.receive(emission.data, emission.t_ns, intake)
    at = simulation.truth(state)[0]
    origin = np.array([sensor.lat_deg, sensor.lon_deg, SCENARIO.site.ground_m + sensor.height_m])
    enu = enu_from_geodetic(origin, *(np.array([at[name]]) for name in ("lat_deg", "lon_deg", "alt_m")))[0]
    azimuth = np.degrees(np.arctan2(enu[0], enu[1])) % 360
    elevation = np.degrees(np.arctan2(enu[2], np.hypot(enu[0], enu[1])))
    return intake.rows(), (np.linalg.norm(enu), azimuth, elevation)


def assert_share(count, of, expected):
    assert abs(count / of - expected) < 4 * np.sqrt(expected * (1 - expected) / of) + 1.5 / of


def assert_noise(values, truth, sd):
    error = np.asarray(values) - truth
    n = len(error)
    assert abs(error.mean()) < 4 * sd / np.sqrt(n)
    assert abs(error.std() / sd - 1) < 4 / np.sqrt(2 * n)


def test_swerling_one_is_what_the_books_say():
    assert swerling1(np.array([0.0]))[0] == pytest.approx(1e-6)
    assert swerling1(snr(np.array([10e3]), np.array([1.0]), 10e3))[0] == pytest.approx(0.9)
    # Skolnik's figure 2.23: about 21 dB for 0.9 at a false-alarm probability of 1e-6
    assert 10 * np.log10(snr(np.array([10e3]), np.array([1.0]), 10e3)[0]) == pytest.approx(21.1, abs=0.2)
    assert snr(np.array([20e3]), np.array([16.0]), 10e3)[0] == pytest.approx(
        snr(np.array([10e3]), np.array([1.0]), 10e3)[0]
    )


def test_primary_radar_detects_and_errs_as_set():
    sensor = spec(SurveillanceRadar, false_per_scan=0.0, period_s=1.0, small_target_factor=0.6)
    rows, (range_m, azimuth_deg, _) = looks(sensor, 200.0)
    assert_share(len(rows), 200, 0.6)
    assert_noise(rows["range_m"], range_m, sensor.range_sd_m)
    assert_noise(rows["azimuth_deg"], azimuth_deg, sensor.azimuth_sd_deg)


def test_the_beam_passes_each_azimuth_in_its_time():
    sensor = spec(SurveillanceRadar, false_per_scan=0.0, small_target_factor=1.0)
    rows, (_, azimuth_deg, _) = looks(sensor, 60.0)
    after_north = (rows["valid_ns"] - SCENARIO.start_ns) / NS_PER_S % 4.0
    assert after_north == pytest.approx(azimuth_deg / 360.0 * 4.0, abs=0.01)


def test_small_targets_are_rare_on_the_airport_radar():
    rows, _ = looks(spec(SurveillanceRadar, false_per_scan=0.0, period_s=1.0), 200.0, rcs_m2=0.02)
    assert len(rows) < 0.03 * 200 + 4 * np.sqrt(0.03 * 200)


def test_clutter_is_as_dense_as_set():
    sensor = spec(SurveillanceRadar, false_per_scan=5.0, small_target_factor=1e-9)
    rows, _ = looks(sensor, 200.0)
    assert abs(len(rows) - 250) < 4 * np.sqrt(250)
    # even over the area: the square of the range is uniform
    share = (rows["range_m"] / sensor.range_max_m) ** 2
    assert share.mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / len(rows)))


def test_drone_radar_detects_and_errs_as_set():
    sensor = spec(DroneRadar, false_per_scan=0.0, detection_probability=0.7)
    rows, (range_m, azimuth_deg, elevation_deg) = looks(sensor, 300.0)
    assert_share(len(rows), 300, 0.7)
    assert_noise(rows["range_m"], range_m, sensor.range_sd_m)
    assert_noise(rows["azimuth_deg"], azimuth_deg, sensor.azimuth_sd_deg)
    assert_noise(rows["elevation_deg"], elevation_deg, sensor.elevation_sd_deg)


def test_drone_radar_loses_what_is_too_small():
    sensor = spec(DroneRadar, false_per_scan=0.0, detection_probability=1.0, notch_mps=0.0)
    _, (range_m, _, _) = looks(sensor, 1.0)
    rcs = 0.0005
    rows, _ = looks(sensor, 300.0, rcs_m2=rcs)
    expected = swerling1(snr(np.array([range_m]), np.array([rcs]), sensor.range_1m2_m))[0]
    assert 0.2 < expected < 0.9
    assert_share(len(rows), 300, expected)


def test_drone_radar_sees_its_sector_only():
    _, (_, azimuth_deg, _) = looks(spec(DroneRadar, false_per_scan=0.0), 1.0)
    turned = {"azimuth_from_deg": (azimuth_deg + 20.0) % 360.0, "azimuth_width_deg": 300.0}
    rows, _ = looks(spec(DroneRadar, false_per_scan=0.0, **turned), 30.0)
    assert len(rows) == 0


def test_drone_radar_takes_most_drones_for_drones_and_some_not():
    rows, _ = looks(spec(DroneRadar, false_per_scan=0.0), 300.0)
    right = rows["class_likelihood"].argmax(axis=1) == 0
    assert 0.6 < right.mean() < 0.98


def test_finder_hears_what_transmits_and_errs_as_set():
    sensor = spec(RfFinder, false_per_scan=0.0)
    rows, (_, azimuth_deg, _) = looks(sensor, 300.0, emission_mhz=2437.0)
    assert_share(len(rows), 300, sensor.detection_probability)
    assert_noise(rows["azimuth_deg"], azimuth_deg, sensor.azimuth_sd_deg)
    assert np.isnan(rows["range_m"]).all()
    assert rows["frequency_mhz"] == pytest.approx(2437.0)
    assert len(looks(sensor, 30.0)[0]) == 0


def test_nothing_is_seen_below_the_horizon():
    far = spec(DroneRadar, false_per_scan=0.0, lat_deg=51.9, range_max_m=300_000.0, range_1m2_m=1e6)
    assert len(looks(far, 10.0)[0]) == 0
