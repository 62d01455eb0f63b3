"""Wind, missions, formations, carriers: how actors fly, one at a time."""

import math
import time

import numpy as np
import pytest
from actor_scenes import (
    BRUSSELS,
    CALM,
    EAST,
    FORGER,
    HOME,
    SITE,
    east_north,
    hovering,
    of,
    place,
    scenario,
    since_s,
    truth,
    world_of,
)

from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation
from vedette.simulate.actors import fleet
from vedette.simulate.spec.actors import (
    Balloon,
    Departure,
    FixedWing,
    Formation,
    Glider,
    Hover,
    Jet,
    LightAircraft,
    Multirotor,
    OneWay,
    Orbit,
    Overflight,
    Route,
    Share,
    Ship,
    Traffic,
    Vehicle,
)
from vedette.simulate.spec.gnss import Jamming
from vedette.simulate.spec.weather import Weather

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


def test_a_glider_is_faster_where_the_air_sinks_and_its_height_is_paid_for():
    """No straight line at one speed: 25 to 50 m/s, down by its polar in what the air does."""
    glider = Glider(
        name="g", thermals=[place(0, 0), place(20_000, 0)], bottom_m=1_380.0, top_m=1_400.0, climb_mps=3.0,
        glide_ratio=40.0,
    )  # fmt: skip
    rows = truth(500.0, glider)
    east, _ = east_north(rows)
    glides = rows[(east > 1_500.0) & (east < 12_000.0)]
    speed, up = np.hypot(glides["v_east"], glides["v_north"]), glides["v_up"]
    slow, fast = np.percentile(speed, [1, 99])
    assert 22.0 < slow < 33.0 < 40.0 < fast < 52.0
    assert np.std(speed) > 2.0
    assert -2.2 < up.mean() < -0.4
    assert np.corrcoef(speed, up)[0, 1] < -0.5


def test_a_car_stands_at_junctions():
    way = [place(0, 0), place(200, 0), place(200, 200)]
    rows = truth(80.0, Vehicle(name="v", waypoints=way, speed_mps=10.0, halt_s=12.0))
    east, north = east_north(rows)
    at_corner = np.hypot(east - 200.0, north) < 5.0
    still = np.hypot(rows["v_east"], rows["v_north"]) < 0.5
    assert 10 <= (at_corner & still).sum() <= 18
    assert north[-1] == pytest.approx(200.0, abs=3.0)


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


@pytest.mark.parametrize("weather", [CALM, Weather(wind_mps=6.0, wind_from_deg=100.0)])
def test_what_turns_does_not_swing_about_its_line(weather):
    ways = [list(place(-40_000, 0)), list(place(0, 0)), list(place(0, 60_000))]
    runway = {"runway": BRUSSELS.actor[1].runway, "course_deg": 200.0}
    actors = [
        OneWay(name="o", waypoints=ways, sway_m=0.0),
        Jet(name="j", waypoints=ways, speed_mps=225.0),
        Overflight(name="a", waypoints=ways, callsigns=["A1"], icao24="44F001"),
        Departure(name="d", callsigns=["D1"], icao24="44F002", **runway),
    ]
    rows = truth(240.0, *actors, weather=weather)
    for name in ("o", "j", "A1", "D1"):
        flown = of(rows, name)
        moving = flown[np.hypot(flown["v_east"], flown["v_north"]) > 20.0]
        heading = np.unwrap(np.arctan2(moving["v_east"], moving["v_north"]))
        swung = np.degrees(np.abs(np.diff(heading)).sum() - abs(heading[-1] - heading[0]))
        assert swung < 25.0, name


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
