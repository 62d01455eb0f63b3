"""Actors move in calm air as their envelopes say, at every tick; the same seed gives the same bytes."""

import hashlib

import msgspec
import numpy as np
import pytest

from vedette.core.classes import CLASSES
from vedette.core.units import KT_MPS, NM_M, NS_PER_S
from vedette.simulate import Simulation, load_scenario, read_truth, write_truth
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.actors import Hover, Multirotor, Orbit
from vedette.simulate.spec.weather import Weather

SCENARIO = load_scenario("brussels")
GROUND_M = SCENARIO.site.ground_m
SILENT = msgspec.structs.replace(SCENARIO, sensor=[], weather=Weather())


@pytest.fixture(scope="module")
def flown():
    """Truth of ten minutes, every second."""
    return np.concatenate([rows for _, _, rows in Simulation(SILENT, seed=3).run(600.0)])


def speed(rows):
    return np.hypot(rows["v_east"], rows["v_north"])


def of(rows, name):
    return rows[rows["name"] == name]


def away_m(rows, lat_deg, lon_deg):
    north, east = metres_per_degree(np.array([lat_deg]), np.array([GROUND_M]))
    return np.hypot((rows["lat_deg"] - lat_deg) * north, (rows["lon_deg"] - lon_deg) * east)


def lives(rows):
    return [rows[rows["id"] == ident] for ident in np.unique(rows["id"])]


def test_velocity_is_the_derivative_of_position(flown):
    for rows in lives(flown):
        north, east = metres_per_degree(rows["lat_deg"], rows["alt_m"])
        for name, axis, scale in (("v_north", "lat_deg", north), ("v_east", "lon_deg", east)):
            moved = np.diff(rows[axis]) * scale[1:]
            mean = (rows[name][1:] + rows[name][:-1]) / 2
            assert np.abs(moved - mean).max(initial=0.0) < 1.5  # speeding up within the second


@pytest.mark.parametrize(("name", "most"), [("aeroplane", 3.0), ("multirotor", 4.5), ("bird", 5.0)])
def test_acceleration_is_bounded(flown, name, most):
    for rows in lives(flown[flown["class"] == CLASSES.index(name)]):
        change = np.hypot(np.diff(rows["v_east"]), np.diff(rows["v_north"]))
        assert change.max(initial=0.0) <= most * 1.001


def test_airliners_come_down_on_three_degrees_and_land(flown):
    runway = SCENARIO.actor[0].runway
    landed = [rows for rows in lives(flown) if rows["name"][0] == "SIM803"]
    assert len(landed) == 1
    rows = landed[0]
    distance = away_m(rows, runway.lat_deg, runway.lon_deg)
    before = np.arange(len(rows)) < np.argmin(distance)
    final = before & (distance < 9 * NM_M) & (distance > 0.5 * NM_M)
    glide = (rows["alt_m"] - GROUND_M - 15.0)[final] / distance[final]
    assert np.degrees(np.arctan(glide)) == pytest.approx(3.0, abs=0.25)
    slow = before & (distance < 3.5 * NM_M)
    assert speed(rows)[slow] == pytest.approx(140 * KT_MPS, abs=3.0)
    assert speed(rows).max() <= 250 * KT_MPS + 0.1
    assert rows["alt_m"][-1] == pytest.approx(GROUND_M, abs=0.5)
    assert speed(rows)[-1] < 15.0


def test_departures_lift_off_and_climb(flown):
    rows = of(flown, "SIM3XV")
    assert rows["alt_m"][0] == pytest.approx(GROUND_M, abs=0.1)
    off = np.argmax(rows["alt_m"] > GROUND_M + 1.0)
    assert 120 * KT_MPS < speed(rows)[off] < 180 * KT_MPS
    assert rows["alt_m"].max() > GROUND_M + 3_000.0
    assert rows["v_up"].max() < 20.1


def test_some_airliners_are_always_flying(flown):
    aeroplanes = flown[(flown["class"] == CLASSES.index("aeroplane")) & (speed(flown) > 50.0)]
    _, count = np.unique(aeroplanes["time_ns"], return_counts=True)
    assert len(count) == 601
    assert count.min() >= 2


def test_the_intruder_takes_off_and_holds_its_circle(flown):
    orbit = SCENARIO.actor[2]
    assert isinstance(orbit, Multirotor)
    assert isinstance(orbit.mission, Orbit)
    rows = of(flown, orbit.name)
    assert rows["time_ns"][0] == SCENARIO.start_ns + 4 * NS_PER_S
    assert rows["v_up"].max() <= 5.0
    high = rows[(rows["time_ns"] > SCENARIO.start_ns + 60 * NS_PER_S)]
    high = high[high["time_ns"] < SCENARIO.start_ns + 500 * NS_PER_S]
    radius = away_m(high, *orbit.mission.centre)
    assert radius == pytest.approx(orbit.mission.radius_m, abs=25.0)
    assert speed(high) == pytest.approx(orbit.speed_mps, abs=1.0)
    assert high["alt_m"] == pytest.approx(GROUND_M + orbit.height_m, abs=2.0)


def test_the_pair_enters_the_plant_between_15_and_20_s_in_formation(flown):
    leader, wingman = of(flown, "pair, leader"), of(flown, "pair, wingman 1")
    for rows in (leader, wingman):
        entered = rows["time_ns"][away_m(rows, 50.9400, 4.4200) < 1_000.0][0]
        assert 15 * NS_PER_S <= entered - SCENARIO.start_ns <= 20 * NS_PER_S
    north, east = metres_per_degree(leader["lat_deg"], leader["alt_m"])
    apart = np.hypot(
        (leader["lat_deg"] - wingman["lat_deg"]) * north, (leader["lon_deg"] - wingman["lon_deg"]) * east
    )
    assert np.median(apart) == pytest.approx(50.0, abs=6.0)


def test_birds_stay_low_slow_and_near(flown):
    birds = flown[flown["class"] == CLASSES.index("bird")]
    assert len(np.unique(birds["id"])) == 18
    assert speed(birds).max() <= 18.01
    assert np.percentile(speed(birds), 5) >= 8.0
    assert birds["alt_m"].min() >= GROUND_M
    assert birds["alt_m"].max() < GROUND_M + 150.0
    starlings = birds[np.char.startswith(birds["name"], "starlings")]
    assert away_m(starlings, 50.8850, 4.5050).max() < 900.0 + 400.0


def test_a_hovering_drone_goes_there_waits_and_comes_home():
    drone = Multirotor(
        name="h",
        home=(50.90, 4.48),
        mission=Hover(at=(50.903, 4.48), hold_s=20.0),
        height_m=40.0,
        speed_mps=10.0,
    )
    rows = np.concatenate(
        [r for _, _, r in Simulation(msgspec.structs.replace(SILENT, actor=[drone])).run(240.0)]
    )
    there = away_m(rows, 50.903, 4.48) < 3.0
    assert 18 <= np.count_nonzero(there & (speed(rows) < 0.5)) <= 40
    assert away_m(rows[-1:], 50.90, 4.48)[0] < 2.0
    assert rows["alt_m"][-1] < GROUND_M + 3.0
    assert rows["time_ns"][-1] < SCENARIO.start_ns + 239 * NS_PER_S  # landed and gone


def test_those_who_come_again_are_others(flown):
    again = flown[np.char.startswith(flown["name"], "surveyor")]
    assert len(np.unique(again["id"])) == 2
    assert len(np.unique(again["name"])) == 2


def digest(simulation, seconds, steps):
    state = simulation.init()
    out = hashlib.sha256()
    for k in range(1, steps + 1):
        state, emissions = simulation.step(state, simulation.start_ns + round(seconds * k / steps * NS_PER_S))
        times = [e.t_ns for e in emissions]
        assert times == sorted(times)
        for e in emissions:
            out.update(f"{e.feed} {e.connection} {e.t_ns} ".encode() + e.data)
    return out.hexdigest()


def test_the_same_seed_gives_the_same_bytes_however_it_is_stepped():
    whole = digest(Simulation(SCENARIO, seed=7), 6.0, 1)
    assert whole == digest(Simulation(SCENARIO, seed=7), 6.0, 37)
    assert whole != digest(Simulation(SCENARIO, seed=8), 6.0, 1)


def test_a_step_leaves_its_state_alone():
    simulation = Simulation(SCENARIO, seed=7)
    state, _ = simulation.step(simulation.init(), simulation.start_ns + 2 * NS_PER_S)
    until = simulation.start_ns + 4 * NS_PER_S
    assert simulation.step(state, until)[1] == simulation.step(state, until)[1]


def test_a_sensor_less_changes_nothing_for_the_others():
    fewer = msgspec.structs.replace(SCENARIO, sensor=SCENARIO.sensor[:1])
    until = SCENARIO.start_ns + 8 * NS_PER_S
    everybody, alone = (Simulation(s, seed=7) for s in (SCENARIO, fewer))
    _, all_emissions = everybody.step(everybody.init(), until)
    _, radar_emissions = alone.step(alone.init(), until)
    assert [e for e in all_emissions if e.feed == "asr"] == radar_emissions


@pytest.mark.parametrize("start_ns", [0, 1_800_000_000_123_456_789])
def test_the_scenario_can_be_moved_in_time(start_ns):
    moved, own = Simulation(SILENT, seed=1, start_ns=start_ns), Simulation(SILENT, seed=1)
    later, _ = moved.step(moved.init(), start_ns + NS_PER_S)
    usual, _ = own.step(own.init(), own.start_ns + NS_PER_S)
    there, here = moved.truth(later), own.truth(usual)
    assert (there["time_ns"] - start_ns == here["time_ns"] - own.start_ns).all()
    np.testing.assert_array_equal(there["lat_deg"], here["lat_deg"])


def test_truth_goes_to_a_file_and_back(flown, tmp_path):
    path = tmp_path / "truth.csv"
    write_truth(path, flown[:400])
    again = read_truth(path)
    for name in ("time_ns", "id", "class", "authorised", "name"):
        np.testing.assert_array_equal(again[name], flown[:400][name])
    np.testing.assert_allclose(again["lat_deg"], flown[:400]["lat_deg"], atol=1e-8)
    np.testing.assert_allclose(again["alt_m"], flown[:400]["alt_m"], atol=1e-3)
