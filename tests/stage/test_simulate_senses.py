"""Terrain, Doppler, weather, people: every kind of sensor sees as far, and errs as much, as it should."""

import json
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from asterix.base import Bits, RawDatablock
from asterix.generated import Cat_010_1_1, Cat_048_1_32, Cat_062_1_21
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.classes import CLASSES
from vedette.core.observation import Intake
from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation
from vedette.simulate.actors.fleet import appear
from vedette.simulate.geometry import Station
from vedette.simulate.sensors.camera import detectability, visibility_m
from vedette.simulate.sensors.detection import doppler_gain, snr, swerling1
from vedette.simulate.sensors.sight import Sight
from vedette.simulate.spec.actors import Arrival, Hover, Multirotor, Route, Runway
from vedette.simulate.spec.place import Feed, Site, TerrainFile
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import (
    AcousticArray,
    Camera,
    CuasSystem,
    DroneRadar,
    HumanReports,
    Multilateration,
    RemoteIdReceiver,
    SurveillanceRadar,
    SystemTracker,
)
from vedette.simulate.spec.weather import Weather
from vedette.wire.asterix import AsterixDecoder
from vedette.wire.cot import CotDecoder, decode
from vedette.wire.remoteid import RemoteIdDecoder
from vedette.wire.sapient import SapientDecoder

SITE = Site(name="Field", lat_deg=50.9, lon_deg=4.5, ground_m=100.0, undulation_m=45.0)
NODE = "98d007d6-d9ea-4fca-bfb8-17f2fe6067b5"
FEEDS = {
    "asterix": ("udp", lambda: AsterixDecoder("asterix")),
    "sapient": ("tcp-listen", lambda: SapientDecoder("sapient", "11111111-1111-4111-8111-111111111111")),
    "remoteid": ("udp", lambda: RemoteIdDecoder("remoteid")),
    "cot": ("udp", lambda: CotDecoder("cot")),
    "courageous": ("file", None),
}
KM_NORTH = 1.0 / 111.24


def pose(feed, **more):
    at = {"id": "it", "name": "It", "lat_deg": 50.9, "lon_deg": 4.5, "height_m": 10.0}
    return at | {"feed": feed, "range_max_m": 20_000.0, "period_s": 1.0, "detection_probability": 1.0} | more


def hovering(north_m=2_000.0, height_m=120.0, **more):
    place = (50.9 + north_m / 1000.0 * KM_NORTH, 4.5)
    return Multirotor(
        name="drone",
        home=place,
        mission=Hover(at=place, hold_s=1e5),
        height_m=height_m,
        airborne=True,
        **more,
    )


def scene(sensor, *actors, **more):
    feed = Feed(name=sensor.feed, format=sensor.feed, transport=FEEDS[sensor.feed][0])
    return Scenario(
        name="scene",
        title="Scene",
        site=SITE,
        start=datetime(2026, 11, 20, 17, 30, tzinfo=UTC),
        feed=[feed],
        sensor=[sensor],
        actor=list(actors),
        **more,
    )


def emitted(seconds, *args, seed=5, **more):
    simulation = Simulation(scene(*args, **more), seed)
    until_ns = simulation.start_ns + round(seconds * NS_PER_S)
    return simulation.step(simulation.init(), until_ns)[1]


def rows(seconds, sensor, *actors, **more):
    intake = Intake()
    decoder = FEEDS[sensor.feed][1]()
    for emission in emitted(seconds, sensor, *actors, **more):
        decoder.receive(emission.data, emission.t_ns, intake)
    assert intake.quarantined == {}
    return intake.rows()


def assert_share(count, of, expected):
    assert abs(count / of - expected) < 4 * np.sqrt(max(expected * (1 - expected), 0.01) / of) + 1.5 / of


# Doppler


def gain(speed, kind, **more):
    filter_ = {"notch_mps": 5.0, "blind_speed_mps": 100.0, "notch_db": 30.0} | more
    return doppler_gain(np.array([speed]), np.array([CLASSES.index(kind)]), **filter_)[0]


def test_the_notch_takes_what_stands_still_and_each_blind_speed():
    assert gain(0.0, "bird") == pytest.approx(1e-3)
    for blind in (100.0, -100.0, 300.0):
        assert gain(blind, "aeroplane") == pytest.approx(1e-3)
    assert gain(50.0, "aeroplane") == pytest.approx(1.0)
    assert gain(5.0, "bird") == pytest.approx(1 - 0.999 / np.e)
    assert gain(0.0, "bird", notch_mps=0.0) == 1.0


def test_blades_keep_a_hovering_drone_visible():
    assert gain(0.0, "multirotor") == pytest.approx(10**-1.5)


def moving(speed_mps, north_km):
    """Straight away from the sensor."""
    places = [(50.9 + k * KM_NORTH, 4.5) for k in (north_km, north_km + 40.0)]
    return Multirotor(
        name="mover",
        home=places[0],
        mission=Route(waypoints=[list(p) for p in places]),
        height_m=300.0,
        speed_mps=speed_mps,
        airborne=True,
    )


def test_a_radar_is_blind_at_its_blind_speed():
    radar = SurveillanceRadar(
        **pose("asterix", range_max_m=60e3),
        sac=8,
        sic=1,
        small_target_factor=1.0,
        blind_speed_mps=40.0,
        range_1m2_m=14e3,
    )
    seen = len(rows(40, radar, moving(20.0, 5.0)))
    blind = len(rows(40, radar, moving(40.0, 5.0)))
    assert seen > 0.6 * 40
    assert blind < 0.35 * 40


def test_detection_rate_is_that_of_the_equation():
    radar = DroneRadar(**pose("sapient", detection_probability=0.9), node_id=NODE, range_1m2_m=9_000.0)
    range_m = np.hypot(2_000.0, 110.0)
    blades = gain(0.0, "multirotor", notch_mps=0.8)
    expected = 0.9 * swerling1(snr(np.array([range_m]), np.array([0.02]), 9_000.0) * blades)[0]
    assert 0.1 < expected < 0.9
    assert_share(len(rows(400, radar, hovering())), 400, expected)


def test_doppler_is_told_and_right():
    radar = SurveillanceRadar(
        **pose("asterix", range_max_m=60e3), sac=8, sic=1, small_target_factor=1.0, doppler_sd_mps=1.0
    )
    told = rows(60, radar, moving(20.0, 5.0))
    rate = told["range_rate_mps"][5:]
    assert rate.mean() == pytest.approx(20.0, abs=0.6)
    assert 0.6 < rate.std() < 1.6  # 1 m/s, in steps of 1 m/s


# Low over the ground


def elevations(height_m, **more):
    radar = DroneRadar(**pose("sapient"), node_id=NODE, elevation_sd_deg=0.1, **more)
    return rows(300, radar, hovering(height_m=height_m, rcs_m2=1.0))["elevation_deg"]


def test_multipath_mirrors_what_flies_low():
    low = elevations(45.0, multipath_share=0.3)  # 1.0 degree
    assert_share((low < -0.25).sum(), len(low), 0.3 * 0.84 + 0.7 * 0.05)
    assert low.std() > 0.8
    assert elevations(120.0).std() == pytest.approx(0.1, rel=0.2)
    assert elevations(45.0, multipath_below_deg=0.0).std() == pytest.approx(0.1, rel=0.2)


# Terrain


def grid(path, wall_m, rows_=40, columns=20):
    """A wall from west to east, 1.5 km north of the sensor; cells of 0.001 degrees."""
    height = np.full((rows_, columns), 55.0)  # sea: the site's ground
    wall = rows_ - 1 - round((50.9 + 1.5 * KM_NORTH - 50.890) / 0.001)
    height[wall] = 55.0 + wall_m
    size = f"ncols {columns}\nnrows {rows_}\n"
    header = size + "xllcorner 4.490\nyllcorner 50.8895\ncellsize 0.001\nNODATA_value -9999\n"
    path.write_text(header + "\n".join(" ".join(f"{h:.1f}" for h in row) for row in height))
    return TerrainFile(file=str(path))


def test_a_hill_throws_a_shadow(tmp_path):
    radar = DroneRadar(**pose("sapient"), node_id=NODE)
    drone = hovering(north_m=3_000.0, height_m=100.0, rcs_m2=1.0)
    # The ray from 10 m to 100 m is at 55 m over the middle.
    assert len(rows(10, radar, drone, terrain=grid(tmp_path / "low.asc", 50.0))) > 8
    assert len(rows(10, radar, drone, terrain=grid(tmp_path / "high.asc", 60.0))) == 0
    assert len(rows(10, radar, drone)) > 8


def test_the_smooth_horizon_is_where_it_was():
    """h = 10 m and 40 m over a 4/3 earth: 13.0 + 26.1 km."""
    simulation = Simulation(scene(DroneRadar(**pose("sapient"), node_id=NODE), hovering(38_000.0, 40.0)))
    sight = Sight(Station(50.9, 4.5, 110.0, 100.0), 1e6)
    moves = appear(simulation.roster, simulation.init().moves, np.random.default_rng(1))
    world = simulation._world(moves, simulation.start_ns)
    assert len(sight.see(world, world.time_ns)) == 1
    lower = Sight(Station(50.9, 4.5, 106.0, 100.0), 1e6)
    assert len(lower.see(world, world.time_ns)) == 0


# Cameras


def reach_m(weather, *, thermal=False, lit=True):
    """Where an aeroplane is detected with probability 0.9."""
    away = np.arange(100.0, 60_000.0, 10.0)
    d = detectability(
        np.full(len(away), 30.0), away, 1_500.0, weather, thermal=thermal, lit=np.full(len(away), lit)
    )
    return away[d >= 1.0].max()


def test_fog_takes_more_than_half_of_a_cameras_range_and_night_all_of_the_dark():
    clear = reach_m(Weather())
    assert reach_m(Weather(visibility_m=3_000.0)) < 0.5 * clear
    assert reach_m(Weather(visibility_m=300.0)) < 0.1 * clear
    assert reach_m(Weather(night=True)) < 0.6 * clear  # a third before the air takes its part
    assert reach_m(Weather(night=True), thermal=True) >= clear
    assert reach_m(Weather(visibility_m=3_000.0), thermal=True) > reach_m(Weather(visibility_m=3_000.0))
    assert reach_m(Weather(visibility_m=500.0), thermal=True) == reach_m(Weather(visibility_m=500.0))
    unlit = detectability(
        np.ones(1), np.array([50.0]), 1_500.0, Weather(night=True), thermal=False, lit=np.zeros(1, bool)
    )
    assert unlit[0] == 0.0


def test_rain_takes_visibility():
    assert visibility_m(Weather()) == pytest.approx(30_000.0)
    assert visibility_m(Weather(rain_mm_h=10.0)) == pytest.approx(4_000.0, rel=0.05)


def camera(**more):
    return Camera(**pose("sapient", period_s=0.5, detection_probability=0.95), node_id=NODE, **more)


def test_a_camera_detects_by_pixels_and_fog_halves_it():
    """A drone of 0.4 m at the 0.9 point: 600 m in clear air."""
    drone = hovering(north_m=590.0, height_m=110.0)
    clear = rows(200, camera(), drone)
    assert_share(len(clear), 400, 0.95 * 0.9)
    assert np.isnan(clear["range_m"]).all()
    assert clear["elevation_deg"].mean() == pytest.approx(9.6, abs=0.1)
    assert clear["azimuth_deg"].std() > 10.0  # about north: 0 and 360
    fog = rows(200, camera(), drone, weather=Weather(visibility_m=1_200.0))
    assert_share(len(fog), 400, 0.95 * (1 - 0.1 ** np.exp(-3.912 / 1_200.0 * 599.0)))
    assert len(fog) < 0.4 * len(clear)


def test_a_camera_looks_where_it_is_pointed():
    drone = hovering(north_m=300.0)
    assert len(rows(20, camera(azimuth_from_deg=20.0, azimuth_width_deg=320.0), drone)) == 0
    assert len(rows(20, camera(azimuth_from_deg=350.0, azimuth_width_deg=20.0), drone)) > 30
    assert len(rows(20, camera(elevation_to_deg=10.0), drone)) == 0


def test_a_camera_takes_most_drones_for_drones():
    said = rows(200, camera(), hovering(north_m=250.0))["class_likelihood"].argmax(axis=1)
    assert 0.6 < (said == CLASSES.index("multirotor")).mean() < 1.0


# Microphones


def heard(north_m, **more):
    ears = AcousticArray(**pose("sapient", range_max_m=400.0, detection_probability=0.9), node_id=NODE)
    return rows(100, ears, hovering(north_m=north_m, height_m=40.0), **more)


def test_microphones_hear_near_things_and_wind_deafens_them():
    near = heard(200.0)
    share = (np.hypot(200.0, 30.0) / 400.0) ** 4
    assert_share(len(near), 100, 0.9 * (1 - share))
    assert np.isnan(near["range_m"]).all()
    assert np.isnan(near["elevation_deg"]).all()
    assert len(heard(420.0)) == 0
    assert len(heard(200.0, weather=Weather(wind_mps=9.0))) == 0
    assert len(heard(150.0, weather=Weather(wind_mps=9.0))) > 30


def test_sound_comes_from_where_the_drone_was():
    ears = AcousticArray(**pose("sapient", range_max_m=400.0), node_id=NODE, azimuth_sd_deg=0.01)
    passing = Multirotor(
        name="passing",
        home=(50.9 + 0.3 * KM_NORTH, 4.499),
        mission=Route(waypoints=[[50.9 + 0.3 * KM_NORTH, 4.499], [50.9 + 0.3 * KM_NORTH, 4.51]]),
        height_m=30.0,
        speed_mps=20.0,
        airborne=True,
    )
    simulation = Simulation(scene(ears, passing), 5)
    intake, decoder = Intake(), FEEDS["sapient"][1]()
    state, truth = simulation.init(), []
    for k in range(1, 101):
        truth.append(simulation.truth(state)[0])
        state, sent = simulation.step(state, simulation.start_ns + k * NS_PER_S // 10)
        for emission in sent:
            decoder.receive(emission.data, emission.t_ns, intake)
    told = intake.rows()
    lon = np.interp(told["valid_ns"], [r["time_ns"] for r in truth], [r["lon_deg"] for r in truth])
    east = (lon - 4.5) * 70_350.0
    now = np.degrees(np.arctan2(east, 300.0)) % 360
    behind = (now - told["azimuth_deg"] + 180) % 360 - 180
    assert behind[2:].mean() == pytest.approx(np.degrees(20.0 * 0.9 / 300.0), abs=0.7)  # 0.9 s of sound


# Radio


def test_remote_id_gets_lost_with_range():
    def share(north_m):
        receiver = RemoteIdReceiver(**pose("remoteid", range_max_m=4_000.0))
        drone = hovering(north_m, remote_id=True, serial="1SIM1", operator="OP")
        return len(rows(200, receiver, drone)) / 200

    assert share(400.0) > 0.98
    assert share(3_000.0) == pytest.approx(1 - 0.75**4, abs=0.14)
    assert share(4_100.0) == 0.0


# Systems in ASTERIX


def airliner():
    runway = Runway(lat_deg=50.9, lon_deg=4.5, course_deg=250.0, length_m=3_000.0)
    return Arrival(
        name="a", runway=runway, callsigns=["SIM1", "SIM2"], icao24="44F010", spacing_s=60.0, start_s=-100
    )


def records(category, emissions):
    out = []
    for emission in emissions:
        for block in RawDatablock.parse(Bits.from_bytes(emission.data)):
            if block.get_category() == category[0]:
                parsed = category[1].cv_uap.parse(block.get_raw_records())
                assert not isinstance(parsed, ValueError)
                out += parsed
    return out


def content(record, item):
    return record.get_item(item).variation


def test_multilateration_is_read_by_libasterix_and_errs_as_set():
    mlat = Multilateration(**pose("asterix", range_max_m=60e3), sac=8, sic=2, position_sd_m=30.0)
    sent = emitted(100, mlat, airliner())
    parsed = records((10, Cat_010_1_1), sent)
    assert {content(r, "220").content.as_uint() for r in parsed} == {0x44F010, 0x44F011}
    assert all(content(r, "020").get_item("SIM").as_uint() == 1 for r in parsed)
    told = rows(100, mlat, airliner())
    assert len(told) == len(parsed)
    sd = told["position_sd_m"]
    assert (sd > 30.0).all()
    assert (sd < 60.0).all()


def test_a_system_tracker_is_read_by_libasterix_and_keeps_its_numbers():
    tracker = SystemTracker(**pose("asterix", range_max_m=60e3, period_s=4.0), sac=8, sic=3)
    parsed = records((62, Cat_062_1_21), emitted(100, tracker, airliner(), hovering()))
    numbers = [content(r, "040").content.as_uint() for r in parsed]
    assert set(numbers) == {1, 2}  # the drone is too small for it
    assert numbers.count(1) >= 20
    told = rows(100, tracker, airliner())
    assert told["position_sd_m"] == pytest.approx(60.0, rel=0.02)


def test_doppler_of_plots_is_read_by_libasterix():
    radar = SurveillanceRadar(**pose("asterix", range_max_m=60e3), sac=8, sic=1, doppler_sd_mps=0.5)
    parsed = records((48, Cat_048_1_32), emitted(30, radar, airliner()))
    speeds = [r.get_item("120") for r in parsed]
    assert sum(speed is not None for speed in speeds) > 20


# People


def reports(seconds, *actors, **more):
    person = HumanReports(**pose("cot", range_max_m=5_000.0, period_s=10.0, height_m=2.0) | more)
    return [decode(e.data) for e in emitted(seconds, person, *actors)]


def test_people_tell_late_roughly_and_once():
    drone = hovering(north_m=300.0, height_m=100.0)
    told = reports(1_300, drone, again_s=300.0, wrong_class=0.0)
    assert 3 <= len(told) <= 5
    for event in told:
        delay_s = (event.time_ns - event.start_ns) / NS_PER_S
        assert 30 <= delay_s <= 300
        assert event.type == "a-u-A-M-H-Q"
        assert (event.how, event.creator, event.hae_m, event.le_m) == ("h-e", "it", None, None)
        assert event.opex.startswith("s")
        east, north = (event.lon_deg - 4.5) * 70_350.0, (event.lat_deg - 50.9) * 111_240.0
        assert np.hypot(east, north - 300.0) < 4.0 * event.ce_m


def test_people_take_things_for_others_as_often_as_set():
    drone = hovering(north_m=200.0, height_m=60.0)
    told = reports(1_000, drone, again_s=0.5, period_s=1.0, wrong_class=0.4)
    wrong = sum(event.type != "a-u-A-M-H-Q" for event in told)
    assert len(told) > 500
    assert_share(wrong, len(told), 0.4)


def test_people_report_airliners_only_for_what_they_are_not():
    assert reports(300, airliner(), wrong_class=0.0, again_s=10.0) == []
    told = reports(400, airliner(), wrong_class=1.0, again_s=10.0, delay_s=(1.0, 2.0))
    assert told
    assert {event.type for event in told} == {"a-u-A-M-H-Q"}


# A system on trial


def test_a_system_on_trial_tells_tracks_and_alarms():
    system = CuasSystem(**pose("courageous", range_max_m=6_000.0), alarm_m=1_500.0)
    near = [json.loads(e.data) for e in emitted(60, system, hovering(1_000.0, rcs_m2=0.5))]
    assert len(near) > 50
    assert {one["uas_id"] for one in near} == {1}
    assert [one["record"]["record_number"] for one in near] == list(range(1, len(near) + 1))
    distances = np.array([one["record"]["location"]["distance"] for one in near])
    assert distances.mean() == pytest.approx(np.hypot(1_000.0, 110.0), abs=8.0)
    far = [json.loads(e.data) for e in emitted(60, system, hovering(3_000.0, rcs_m2=0.5))]
    drone = [one["record"] for one in (*near, *far) if one["record"]["classification"] == "UAV"]
    assert {record["alarm"]["active"] for record in drone} <= {True, False}
    assert not any(one["record"]["alarm"]["active"] for one in far)


# All of them


def test_sapient_kinds_register_as_what_they_are():
    kinds = {}
    for sensor in (camera(), AcousticArray(**pose("sapient"), node_id=NODE)):
        for emission in emitted(1, sensor):
            message = SapientMessage.FromString(emission.data[4:])
            if message.HasField("registration"):
                kinds[type(sensor)] = message.registration.node_definition[0].node_type
    assert kinds == {Camera: 4, AcousticArray: 6} or len(set(kinds.values())) == 2


def test_taking_one_sensor_away_does_not_change_what_others_say():
    both = scene(camera(), hovering(300.0))
    second = msgspec.structs.replace(camera(), id="other", node_id=NODE.replace("9", "8"))
    two = msgspec.structs.replace(both, sensor=[second, *both.sensor])
    alone = [e.data for _, sent, _ in Simulation(both, 5).run(20) for e in sent]
    beside = [e.data for _, sent, _ in Simulation(two, 5).run(20) for e in sent if e.connection == 1]
    assert alone == beside
