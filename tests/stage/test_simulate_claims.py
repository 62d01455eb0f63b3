"""Interference, forgers, pilots: what is said of actors that is not so, and who stands behind them."""

import math

import msgspec
import numpy as np
import pytest
from actor_scenes import (
    EAST,
    FORGER,
    HOME,
    NORTH,
    SITE,
    east_north,
    hovering,
    place,
    scenario,
    sensors_of,
    since_s,
    truth,
    world_of,
)

from vedette.core.units import NS_PER_S
from vedette.evaluate.truth import load_pilots
from vedette.simulate import Simulation
from vedette.simulate.spec.actors import (
    Balloon,
    Hover,
    LightAircraft,
    Multirotor,
)
from vedette.simulate.spec.gnss import Jamming, Spoofing
from vedette.simulate.spec.sensors import (
    AdsbReceiver,
    DroneRadar,
    RemoteIdReceiver,
    RfFinder,
    SurveillanceRadar,
)
from vedette.simulate.spec.weather import Weather

# Satellites


def test_jamming_lets_a_drone_drift_with_the_wind_and_it_recovers():
    jam = Jamming(centre=HOME, radius_m=800.0, from_s=20.0, until_s=80.0, effect="drift")
    wind = Weather(wind_mps=4.0, wind_from_deg=270.0)
    rows = truth(200.0, hovering(), weather=wind, jamming=[jam])
    x, _ = east_north(rows)
    t = since_s(rows)
    assert np.abs(x[t < 20]).max() < 3.0
    assert (x[t == 79] - x[t == 40])[0] == pytest.approx(39 * wind.wind_speed_mps(50.0), rel=0.05)
    assert abs(x[-1]) < 3.0


def test_jamming_sends_a_drone_home_by_compass():
    jam = Jamming(centre=place(0, 1_000), radius_m=5_000.0, from_s=30.0, effect="return")
    drone = Multirotor(
        name="d", home=HOME, airborne=False, height_m=40.0, mission=Hover(at=place(0, 1_000), hold_s=900.0)
    )
    calm = truth(400.0, drone, jamming=[jam])
    assert np.hypot(*east_north(calm[-1:]))[0] < 5.0
    assert since_s(calm)[-1] < 200.0
    windy = truth(400.0, drone, jamming=[jam], weather=Weather(wind_mps=3.0, wind_from_deg=270.0))
    x, _ = east_north(windy[-1:])
    assert x[0] > 50.0  # it does not know how far the wind took it


def test_jamming_makes_a_drone_land_where_it_says_so_itself():
    jam = Jamming(centre=HOME, radius_m=800.0, from_s=20.0, effect="drift")
    rows = truth(200.0, hovering(gnss_loss="land"), jamming=[jam])
    assert 40.0 < since_s(rows)[-1] < 60.0
    assert rows["alt_m"][-1] < SITE.ground_m + 2.0


def test_jamming_takes_accuracy_and_place_from_what_is_claimed():
    wind = Weather(wind_mps=4.0, wind_from_deg=270.0)
    jam = Jamming(centre=HOME, radius_m=4_000.0, from_s=20.0)
    plane = LightAircraft(
        name="p", icao24="44A001", waypoints=[list(place(-500, 0)), list(place(-500, 30_000))]
    )
    drones = hovering(gnss_loss="none"), hovering("far", at=(5_000, 0))
    world = world_of(scenario(*drones, plane, weather=wind, jamming=[jam]), 50.0)
    assert world.nac_p.tolist() == [0, 9, 0]
    error_m = (world.claimed_geo[:, 1] - world.geo[:, 1]) * EAST
    assert error_m[0] == pytest.approx(-30.0 * wind.wind_speed_mps(50.0), rel=0.02)
    assert error_m[1] == 0.0
    assert error_m[2] < -50.0


def test_spoofing_shifts_what_is_claimed_and_nothing_else():
    spoof = Spoofing(centre=HOME, radius_m=1_000.0, to=place(3_000, -2_000), from_s=10.0, until_s=60.0)
    chosen = scenario(hovering(), hovering("far", at=(5_000, 0)), spoofing=[spoof])
    world = world_of(chosen, 30.0)
    shift = (world.claimed_geo - world.geo) * [NORTH, EAST, 1.0]
    np.testing.assert_allclose(shift, [[-2_000.0, 3_000.0, 0.0], [0.0, 0.0, 0.0]], atol=1e-3)
    assert world.nac_p.tolist() == [9, 9]
    after = world_of(chosen, 61.0)
    np.testing.assert_array_equal(after.claimed_geo, after.geo)


# Forgers


def test_a_forger_has_no_body_and_no_truth():
    world = world_of(scenario(FORGER, hovering()), 20.0)
    assert world.body.sum() == 1
    np.testing.assert_allclose(world.geo[0, :2], place(500, 500))
    assert (world.velocity[:100] == 0.0).all()
    assert np.ptp(world.claimed_geo[:100, 0]) * NORTH > 1_000.0
    assert (world.claimed_velocity[:100, 0] != 0.0).all()
    assert set(truth(5.0, FORGER, hovering())["name"].tolist()) == {"h"}


@pytest.mark.parametrize("kind", [DroneRadar, SurveillanceRadar])
def test_radars_do_not_see_a_forger(kind):
    simulation = Simulation(scenario(FORGER, sensor=[sensors_of(kind)]), seed=1)
    _, sent = simulation.step(simulation.init(), simulation.start_ns + 20 * NS_PER_S)
    _, silent = (s := Simulation(scenario(sensor=[sensors_of(kind)]), seed=1)).step(
        s.init(), s.start_ns + 20 * NS_PER_S
    )
    assert [len(e.data) for e in sent] == [len(e.data) for e in silent]


def test_a_receiver_hears_a_hundred_serials_and_a_finder_one_transmitter():
    from vedette.core.observation import Intake
    from vedette.wire.remoteid import RemoteIdDecoder
    from vedette.wire.sapient import SapientDecoder

    receiver, finder = sensors_of(RemoteIdReceiver), sensors_of(RfFinder)
    simulation = Simulation(scenario(FORGER, sensor=[receiver, finder]), seed=1)
    _, sent = simulation.step(simulation.init(), simulation.start_ns + 10 * NS_PER_S)
    intake = Intake()
    decoder = RemoteIdDecoder("remoteid")
    for emission in (e for e in sent if e.feed == receiver.feed):
        decoder.receive(emission.data, emission.t_ns, intake)
    assert {c.ident for c in intake.claims} == {f"1FRG{k:09d}" for k in range(1, 101)}
    heard = Intake()
    voice = SapientDecoder("sapient", "11111111-1111-4111-8111-111111111111")
    for emission in (e for e in sent if e.feed == finder.feed):
        voice.receive(emission.data, emission.t_ns, heard)
    azimuth = heard.rows()["azimuth_deg"]
    east = (place(500, 500)[1] - finder.lon_deg) * EAST
    north = (place(500, 500)[0] - finder.lat_deg) * NORTH
    expected = math.degrees(math.atan2(east, north)) % 360.0
    assert np.isfinite(azimuth).sum() >= 6
    assert np.nanmean(azimuth) == pytest.approx(expected, abs=3.0)


def test_forged_airliners_are_heard_where_they_are_not():
    from vedette.core.observation import Intake
    from vedette.wire.adsb import BeastDecoder

    forger = msgspec.structs.replace(FORGER, claims="adsb", count=5, speed_mps=150.0, height_m=3_000.0)
    simulation = Simulation(scenario(forger, sensor=[sensors_of(AdsbReceiver)]), seed=1)
    _, sent = simulation.step(simulation.init(), simulation.start_ns + 20 * NS_PER_S)
    intake = Intake()
    decoder = BeastDecoder("adsb")
    for emission in sent:
        decoder.receive(emission.data, emission.t_ns, intake)
    assert {c.ident for c in intake.claims} == {f"{0x3C0F00 + k:06X}" for k in range(5)}
    rows = intake.rows()
    assert np.nanmin(rows["alt_m"]) > 2_500.0


def accuracies(data):
    """NACp of the operational status messages (type 31, bits 77 to 80) of a piece of Beast."""
    out = set()
    for part in data.split(b"\x1a3")[1:]:
        message = part.replace(b"\x1a\x1a", b"\x1a")[7:21]
        if message[4] >> 3 == 31:
            out.add(message[9] & 0xF)
    return out


def test_a_jammed_aircraft_says_that_it_is_not_accurate():
    way = [list(place(0, 0)), list(place(0, 30_000))]
    plane = LightAircraft(name="p", icao24="44A001", callsign="P1", waypoints=way)
    said = []
    for areas in ((), (Jamming(centre=HOME, radius_m=60_000.0),)):
        simulation = Simulation(scenario(plane, jamming=areas, sensor=[sensors_of(AdsbReceiver)]), seed=1)
        _, sent = simulation.step(simulation.init(), simulation.start_ns + 20 * NS_PER_S)
        said.append(accuracies(b"".join(emission.data for emission in sent)))
    assert said == [{9}, {0}]


# Pilots


def test_a_pilot_walks_off():
    drone = hovering(serial="1W", pilot_walk=[place(0, -700), place(700, -700)], pilot_leaves_s=30.0)
    rows = truth(900.0, drone)
    x, y = (rows["pilot_lon_deg"] - HOME[1]) * EAST, (rows["pilot_lat_deg"] - HOME[0]) * NORTH
    t = since_s(rows)
    assert np.abs(x[t <= 30]).max() == pytest.approx(0.0, abs=1e-6)
    assert np.hypot(np.diff(x), np.diff(y)).max() < 1.4 + 1e-6
    assert y[t == 130][0] == pytest.approx(-140.0, abs=0.5)
    assert x[-1] == pytest.approx(0.0 + 1.4 * 870 - 700, abs=2.0)


def test_truth_with_pilots_goes_to_a_file_and_back_and_older_files_are_read(tmp_path):
    from vedette.simulate import read_truth, write_truth

    rows = truth(3.0, hovering(), Balloon(name="b", at=HOME, height_m=20.0))
    path = tmp_path / "truth.csv"
    write_truth(path, rows)
    again = read_truth(path)
    np.testing.assert_allclose(again["pilot_lat_deg"], rows["pilot_lat_deg"], atol=1e-8)
    assert np.isnan(again["pilot_lat_deg"][again["name"] == "b"]).all()
    assert load_pilots(path) == {1: pytest.approx(HOME, abs=1e-7)}
    older = "\n".join(line.rsplit(",", 2)[0] for line in path.read_text().splitlines()) + "\n"
    path.write_text(older)
    old = read_truth(path)
    assert load_pilots(path) == {}
    assert np.isnan(old["pilot_lat_deg"]).all()
    np.testing.assert_array_equal(old["name"], rows["name"])
