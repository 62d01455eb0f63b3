"""Wind, carriers, interference, forgers, pilots, cues: what actors do, one at a time."""

import math
import time
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from vedette.core.units import NS_PER_S
from vedette.evaluate.truth import load_pilots
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.actors import cues, fleet
from vedette.simulate.actors.showing import seen_now
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.actor_events import Divert, Launch, Recall
from vedette.simulate.spec.actors import (
    Balloon,
    FixedWing,
    Forger,
    Formation,
    Glider,
    Hover,
    LightAircraft,
    Multirotor,
    OneWay,
    Orbit,
    Route,
    Share,
    Ship,
    Traffic,
    Vehicle,
)
from vedette.simulate.spec.check_actors import of_actor_event
from vedette.simulate.spec.gnss import Jamming, Spoofing
from vedette.simulate.spec.sensors import (
    AdsbReceiver,
    DroneRadar,
    RemoteIdReceiver,
    RfFinder,
    SurveillanceRadar,
)
from vedette.simulate.spec.weather import Weather

BRUSSELS = load_scenario("brussels")
SITE = BRUSSELS.site
HOME = (SITE.lat_deg, SITE.lon_deg)
NORTH, EAST = (float(a[0]) for a in metres_per_degree(np.array([HOME[0]]), np.array([SITE.ground_m])))


def place(east_m, north_m):
    return HOME[0] + north_m / NORTH, HOME[1] + east_m / EAST


CALM = Weather()


def scenario(*actors, weather=CALM, jamming=(), spoofing=(), sensor=()):
    return msgspec.structs.replace(
        BRUSSELS,
        actor=list(actors),
        weather=weather,
        jamming=list(jamming),
        spoofing=list(spoofing),
        sensor=list(sensor),
    )


def truth(seconds, *actors, seed=1, every_s=1.0, **more):
    rows = [r for _, _, r in Simulation(scenario(*actors, **more), seed=seed).run(seconds, every_s)]
    return np.concatenate(rows)


def of(rows, name):
    return rows[rows["name"] == name]


def east_north(rows):
    return (rows["lon_deg"] - HOME[1]) * EAST, (rows["lat_deg"] - HOME[0]) * NORTH


def since_s(rows):
    return (rows["time_ns"] - BRUSSELS.start_ns) / NS_PER_S


def hovering(name="h", at=(0.0, 0.0), hold_s=1_000.0, height_m=50.0, **more):
    return Multirotor(
        name=name,
        home=place(*at),
        mission=Hover(at=place(*at), hold_s=hold_s),
        height_m=height_m,
        airborne=True,
        **more,
    )


# Wind


def test_a_balloon_goes_with_the_wind():
    wind = Weather(wind_mps=5.0, wind_from_deg=225.0)
    rows = truth(600.0, Balloon(name="b", at=HOME, height_m=200.0, airborne=True), weather=wind)
    late = rows[since_s(rows) > 60]
    expected = wind.wind_speed_mps(200.0)
    assert expected == pytest.approx(5.0 * 20.0 ** (1 / 7))
    assert np.hypot(late["v_east"], late["v_north"]) == pytest.approx(expected, rel=0.03)
    assert np.degrees(np.arctan2(late["v_east"], late["v_north"])) == pytest.approx(45.0, abs=0.5)
    assert late["alt_m"] - SITE.ground_m == pytest.approx(200.0, abs=60.0)


def test_a_multirotor_holds_its_place_in_the_wind_it_can_stand():
    rows = truth(200.0, hovering(), weather=Weather(wind_mps=8.0, gust_mps=1.5))
    x, y = east_north(rows)
    assert np.hypot(x, y).max() < 5.0


def test_a_multirotor_is_carried_off_by_a_storm():
    storm = Weather(wind_mps=22.0, wind_from_deg=270.0)
    x, _ = east_north(truth(100.0, hovering(size="small"), weather=storm))
    drift = storm.wind_speed_mps(50.0) - 16.0
    assert np.diff(x)[-20:] == pytest.approx(drift, abs=0.5)


@pytest.mark.parametrize(("from_deg", "ground_mps"), [(0.0, 30.0), (180.0, 70.0), (90.0, math.sqrt(2_100))])
def test_the_wind_triangle(from_deg, ground_mps):
    wind = Weather(wind_mps=20.0, wind_from_deg=from_deg, shear=0.0)
    plane = LightAircraft(name="p", waypoints=[list(place(0, 0)), list(place(0, 20_000))], height_m=500.0)
    rows = truth(100.0, plane, weather=wind)
    late = rows[since_s(rows) > 30]
    assert late["v_north"] == pytest.approx(ground_mps, abs=0.3)
    assert late["v_east"] == pytest.approx(0.0, abs=0.3)
    world = world_of(scenario(plane, weather=wind), 60.0)
    crab = {0.0: 0.0, 180.0: 0.0, 90.0: math.degrees(math.asin(20 / 50))}[from_deg]
    assert (world.heading_deg[0] + 180.0) % 360.0 - 180.0 == pytest.approx(crab, abs=0.5)


def test_a_gliders_circles_drift_with_the_wind_and_are_circles_in_it():
    wind = Weather(wind_mps=6.0, wind_from_deg=270.0, shear=0.0)
    glider = Glider(name="g", thermals=[place(0, 0), place(5_000, 0)], bottom_m=400.0, top_m=900.0)
    rows = truth(200.0, glider, weather=wind)
    x, y = east_north(rows)
    t = since_s(rows)
    assert (x[150:200] - x[:50]).mean() == pytest.approx(6.0 * 150.0, rel=0.12)
    in_air = x - 6.0 * t
    assert np.ptp(in_air[20:190]) == pytest.approx(np.ptp(y[20:190]), rel=0.1)
    assert rows["v_up"].max() == pytest.approx(2.0, abs=0.05)
    speed = np.hypot(rows["v_east"] - 6.0, rows["v_north"])
    assert speed == pytest.approx(24.0, abs=0.5)


def world_of(chosen, seconds, seed=1):
    simulation = Simulation(chosen, seed=seed)
    state, _ = simulation.step(simulation.init(), simulation.start_ns + round(seconds * NS_PER_S))
    return seen_now(simulation.roster, state.moves, simulation.start_ns, state.time_ns, 100_000_000)


# Missions, formations, traffic


def test_a_mission_of_several_parts_is_flown_part_after_part():
    drone = Multirotor(
        name="m",
        home=place(0, 0),
        height_m=40.0,
        speed_mps=10.0,
        mission=[
            Route(waypoints=[[*place(0, 300), 80.0]]),
            Orbit(centre=place(300, 300), radius_m=50.0, turns=2.0),
            Hover(at=place(300, 0), hold_s=20.0),
        ],
    )
    rows = truth(400.0, drone)
    x, y = east_north(rows)
    t = since_s(rows)
    there = [t[np.hypot(x - a, y - b) < 4.0] for a, b in ((0, 300), (250, 300), (350, 300), (300, 0), (0, 0))]
    order = [there[0].min(), there[1].min(), there[2].min(), there[3].min(), there[4].max()]
    assert order == sorted(order)
    assert rows["alt_m"].max() == pytest.approx(SITE.ground_m + 80.0, abs=2.0)
    assert len(there[3]) >= 18
    ring = np.hypot(x - 300, y - 300)
    assert np.count_nonzero(np.abs(ring - 50.0) < 3.0) > 50
    assert t[-1] < 399.0


def test_a_wing_circles_where_others_hover():
    wing = FixedWing(
        name="w", home=place(0, 0), height_m=80.0, mission=Hover(at=place(0, 1_000), hold_s=200.0)
    )
    rows = truth(200.0, wing)
    x, y = east_north(rows[since_s(rows) > 120])
    assert np.hypot(x, y - 1_000.0) == pytest.approx(
        1.6 * 15.0**2 / (9.80665 * math.tan(math.radians(35))), rel=0.1
    )


@pytest.mark.parametrize("shape", ["vee", "line", "column", "grid", "ball"])
@pytest.mark.parametrize("count", [1, 7, 40])
def test_a_formation_keeps_its_spacing(shape, count):
    leader = Multirotor(
        name="l",
        home=place(0, 0),
        airborne=True,
        height_m=300.0,
        mission=Route(waypoints=[list(place(0, 100)), list(place(0, 3_000))]),
    )
    swarm = Formation(name="s", leader="l", count=count, spacing_m=15.0, shape=shape)
    rows = truth(60.0, leader, swarm)
    last = rows[rows["time_ns"] == rows["time_ns"].max()]
    assert len(last) == count + 1
    x, y = east_north(last)
    where = np.column_stack((x, y, last["alt_m"]))
    apart = np.linalg.norm(where[:, None] - where[None], axis=2) + 1e9 * np.eye(len(where))
    assert apart.min() > 15.0 - 6.0
    assert apart.min(axis=1).max() < 15.0 * math.sqrt(2) * 1.6 + 6.0


def test_one_way_drones_hold_speed_and_height_for_hundreds_of_kilometres():
    start, end = place(0, -120_000), place(0, 100_000)
    drone = OneWay(name="o", waypoints=[list(start), list(end)], dive=True)
    rows = truth(4_600.0, drone, every_s=10.0)
    x, y = east_north(rows)
    cruise = (y > -119_000) & (y < 99_000)
    assert np.hypot(rows["v_east"], rows["v_north"])[cruise] == pytest.approx(50.0, abs=0.5)
    assert (rows["alt_m"] - SITE.ground_m)[cruise] == pytest.approx(100.0, abs=30.0)
    assert 20.0 < np.std(x[cruise]) < 120.0
    assert y[-1] > 98_900.0
    assert since_s(rows)[-1] == pytest.approx(220_000 / 50.0, abs=30.0)


def test_a_dive_ends_on_the_ground():
    drone = OneWay(name="o", waypoints=[list(place(0, -3_000)), list(place(0, 0))], dive=True, sway_m=0.0)
    rows = truth(100.0, drone, every_s=0.1)
    assert rows["alt_m"][-1] < SITE.ground_m + 15.0
    assert rows["v_up"].min() < -20.0
    x, y = east_north(rows[-1:])
    assert math.hypot(x[0], y[0]) < 25.0


def test_traffic_is_as_many_as_asked_in_its_box_and_of_its_mix():
    mix = [Share(kind="multirotor_small", weight=3.0), Share(kind="helicopter", weight=1.0)]
    rows = truth(30.0, Traffic(name="t", count=400, square_m=20_000.0, mix=mix))
    last = rows[rows["time_ns"] == rows["time_ns"].max()]
    assert len(last) == 400
    x, y = east_north(last)
    assert max(np.abs(x).max(), np.abs(y).max()) < 10_500.0
    assert 0.65 < np.mean(last["class"] == 0) < 0.85
    assert len(np.unique(last["id"])) == 400


# Carriers


@pytest.mark.parametrize("ship", [False, True])
def test_a_drone_takes_off_from_a_carrier_under_way_and_comes_back_to_it(ship):
    way = [list(place(0, 0)), list(place(6_000, 0))]
    carrier = Ship(name="c", waypoints=way) if ship else Vehicle(name="c", waypoints=way, speed_mps=8.0)
    drone = Multirotor(
        name="d",
        carrier="c",
        start_s=60.0,
        height_m=50.0,
        serial="1D",
        mission=Hover(at=place(500, 400), hold_s=20.0),
    )
    rows = truth(500.0, carrier, drone)
    below, above = of(rows, "c"), of(rows, "d")
    first = below[below["time_ns"] == above["time_ns"][0]]
    assert above["time_ns"][0] == BRUSSELS.start_ns + 60 * NS_PER_S
    assert above["lon_deg"][0] == first["lon_deg"][0]
    assert above["lat_deg"][0] == first["lat_deg"][0]
    assert since_s(above)[-1] < 499.0
    last = below[below["time_ns"] == above["time_ns"][-1]]
    apart = np.hypot(*(np.array(east_north(above[-1:])) - np.array(east_north(last))))
    assert apart[0] < 5.0
    assert above["alt_m"][-1] < SITE.ground_m + 3.0
    pilot = (above["pilot_lon_deg"] - HOME[1]) * EAST
    np.testing.assert_allclose(pilot, east_north(below[np.isin(below["time_ns"], above["time_ns"])])[0])


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


def sensors_of(kind, **changes):
    found = next(s for s in BRUSSELS.sensor if isinstance(s, kind))
    return msgspec.structs.replace(found, false_per_scan=0.0, **changes)


FORGER = Forger(
    name="f",
    at=place(500, 500),
    claims="remote_id",
    waypoints=[list(place(0, 0)), list(place(2_000, 0))],
    count=100,
    emission_mhz=2_437.0,
)


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


# Cues, times and chance


def played(chosen, seconds, *events, seed=1):
    """Truth every second, with events in between, as a director would have them."""
    simulation = Simulation(chosen, seed=seed)
    state = simulation.init()
    rows = []
    waiting = sorted(events, key=lambda e: e.at_s)
    for k in range(round(seconds) + 1):
        while waiting and waiting[0].at_s <= k:
            moves = cues.apply(simulation.roster, state.moves, waiting.pop(0))
            state = replace(state, moves=moves)
        state, _ = simulation.step(state, simulation.start_ns + k * NS_PER_S)
        rows.append(simulation.truth(state))
    return np.concatenate(rows)


def test_what_waits_is_launched_on_cue():
    drone = msgspec.structs.replace(hovering(), on_cue=True)
    assert len(truth(50.0, drone)) == 0
    rows = played(scenario(drone), 50, Launch(at_s=20.0, actor="h"))
    assert since_s(rows)[0] == pytest.approx(20.0, abs=0.2)
    assert len(np.unique(rows["id"])) == 1


def test_a_swarm_is_launched_with_its_leader():
    drone = msgspec.structs.replace(hovering(), on_cue=True)
    swarm = Formation(name="s", leader="h", count=5)
    assert len(played(scenario(drone, swarm), 10)) == 0
    rows = played(scenario(drone, swarm), 30, Launch(at_s=20.0, actor="h"))
    assert len(np.unique(rows["id"])) == 6


def test_a_recalled_drone_goes_home_and_lands():
    drone = Multirotor(name="d", home=HOME, height_m=40.0, mission=Hover(at=place(0, 500), hold_s=5_000.0))
    rows = played(scenario(drone), 300, Recall(at_s=100.0, actor="d"))
    assert since_s(rows)[-1] < 250.0
    assert np.hypot(*east_north(rows[-1:]))[0] < 3.0
    assert rows["alt_m"][-1] < SITE.ground_m + 3.0


@pytest.mark.parametrize("wings", [False, True])
def test_a_diverted_drone_goes_there_and_stays(wings):
    mission = Hover(at=place(0, 500), hold_s=5_000.0)
    if wings:
        drone = FixedWing(name="d", home=HOME, height_m=80.0, mission=mission)
    else:
        drone = Multirotor(name="d", home=HOME, height_m=80.0, mission=mission)
    rows = played(scenario(drone), 400, Divert(at_s=100.0, actor="d", to=place(1_500, 0), height_m=120.0))
    x, y = east_north(rows[since_s(rows) > 300])
    assert np.hypot(x - 1_500.0, y).max() < (80.0 if wings else 3.0)
    assert rows["alt_m"][-1] == pytest.approx(SITE.ground_m + 120.0, abs=1.0)
    back = played(
        scenario(drone),
        600,
        Divert(at_s=100.0, actor="d", to=place(1_500, 0)),
        Recall(at_s=250.0, actor="d"),
    )
    assert since_s(back)[-1] < 590.0
    assert np.hypot(*east_north(back[-1:]))[0] < 90.0


def test_events_of_others_change_nothing():
    drone = hovering()
    events = (Recall(at_s=5.0, actor="nobody"), Launch(at_s=6.0, actor="h"))
    assert played(scenario(drone), 20).tobytes() == played(scenario(drone), 20, *events).tobytes()


def test_a_mistaken_event_is_named():
    events = [
        Launch(at_s=1.0, actor="nobody"),
        Divert(at_s=1.0, actor="h", to=(99.0, 0.0)),
        Recall(at_s=2.0, actor="h"),
    ]
    found = [list(of_actor_event("$.event[0]", event, [hovering()])) for event in events]
    assert [[m.where for m in one] for one in found] == [["$.event[0].actor"], ["$.event[0].to"], []]


def test_an_event_leaves_its_moves_alone():
    simulation = Simulation(scenario(hovering()), seed=1)
    state = simulation.init()
    before = state.moves.copy()
    cues.apply(simulation.roster, state.moves, Divert(at_s=0.0, actor="h", to=HOME))
    np.testing.assert_array_equal(state.moves.steer, before.steer)


def test_end_s_is_the_end_of_it_and_of_those_who_would_come():
    drone = msgspec.structs.replace(hovering(hold_s=5.0), repeat_s=30.0, end_s=100.0)
    rows = truth(200.0, drone)
    assert since_s(rows)[-1] == pytest.approx(100.0, abs=0.2)


def test_twenty_seeds_are_twenty_evenings():
    drone = msgspec.structs.replace(
        hovering(hold_s=1_000.0), scatter_m=500.0, scatter_s=60.0, repeat_s=200.0, end_s=None
    )
    starts, places = [], []
    for seed in range(20):
        rows = truth(90.0, drone, seed=seed)
        starts.append(since_s(rows)[0])
        places.append(np.array(east_north(rows[:1])).ravel())
    assert len(set(starts)) > 15
    assert 0.0 <= min(starts) < 20.0 < 40.0 < max(starts) <= 60.0
    away = np.hypot(*np.array(places).T)
    assert away.max() <= 500.0
    assert away.min() < 250.0 < np.max(away)


def test_a_way_is_turned_about_its_beginning():
    drone = OneWay(
        name="o", waypoints=[list(place(0, 0)), list(place(0, 5_000))], scatter_deg=30.0, sway_m=0.0
    )
    courses = []
    for seed in range(12):
        rows = truth(60.0, drone, seed=seed)
        x, y = east_north(rows)
        assert math.hypot(x[0], y[0]) < 1.0
        courses.append(math.degrees(math.atan2(x[-1], y[-1])))
    assert max(courses) <= 30.0
    assert min(courses) >= -30.0
    assert max(courses) - min(courses) > 15.0


# The state is a value


def test_steps_may_be_split_anywhere_with_everything_in_it():
    chosen = scenario(
        Traffic(name="t", count=60, square_m=5_000.0),
        hovering(scatter_s=3.0, scatter_m=50.0),
        FORGER,
        weather=Weather(wind_mps=5.0, gust_mps=2.0),
        jamming=[Jamming(centre=HOME, radius_m=2_000.0, from_s=3.0, effect="return")],
    )
    simulation = Simulation(chosen, seed=5)
    whole, _ = simulation.step(simulation.init(), simulation.start_ns + 12 * NS_PER_S)
    state = simulation.init()
    for until in (0.05, 0.1, 3.33, 3.34, 7.0, 12.0):
        state, _ = simulation.step(state, simulation.start_ns + round(until * NS_PER_S))
    np.testing.assert_array_equal(whole.moves.geo, state.moves.geo)
    np.testing.assert_array_equal(whole.moves.steer, state.moves.steer)
    assert simulation.truth(whole).tobytes() == simulation.truth(state).tobytes()


def test_a_thousand_are_built_and_carried_in_no_time():
    simulation = Simulation(scenario(Traffic(name="t", count=1_000)), seed=1)
    moves = simulation.init().moves.copy()
    rng = np.random.default_rng(1)
    fleet.advance(simulation.roster, moves, 0.1, rng)
    costs = []
    for _ in range(20):
        begin = time.process_time()
        fleet.advance(simulation.roster, moves, 0.1, rng)
        costs.append(time.process_time() - begin)
    assert min(costs) < 0.002  # ten times what it takes
