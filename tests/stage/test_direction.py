"""Whose a direction is."""

import numpy as np
from tests.stage.test_beside import AREA, RADAR
from tests.stage.test_emission import SURE
from tests.stage.test_identify import T0

from vedette.app.areas import volumes
from vedette.core.claim import Claim
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify import direction
from vedette.identify.leaves import Authorised, Leaves
from vedette.identify.register import register
from vedette.identify.step import init, step, with_sensor


def beside_a_speaker(east_m, *, speaks=True, seen=40, place=(50.9, 4.48, 5000.0), sd_m=0.0):
    """Share of its directions that is a bird's own, 1 km north of a finder; another, 2 km north, speaks."""
    places = np.array([[50.909, 4.48], [50.918, 4.48 + east_m / 70_100.0]])
    says = direction.seen_well(np.array([40, seen])) & np.array([False, speaks])
    return direction.own(
        np.array([[30], [30]]), np.array([place]), places, np.array([sd_m, 5.0]), says
    ).tolist()


def test_a_direction_in_which_one_stands_that_says_who_it_is_is_taken_for_that_one():
    assert beside_a_speaker(50.0) == [0.0, 1.0], "the one that speaks keeps its own"
    assert beside_a_speaker(500.0) == [1.0, 1.0], "it stands elsewhere"
    assert beside_a_speaker(50.0, speaks=False) == [1.0, 1.0]
    assert beside_a_speaker(50.0, seen=0) == [1.0, 1.0], "a claim alone explains nothing"
    assert beside_a_speaker(50.0, place=(np.nan, np.nan, 5000.0)) == [1.0, 1.0]


def test_what_may_be_elsewhere_may_stand_in_the_direction_of_another():
    assert beside_a_speaker(300.0) == [1.0, 1.0]
    assert beside_a_speaker(300.0, sd_m=20.0) == [1.0, 1.0]
    assert beside_a_speaker(300.0, sd_m=60.0) == [0.0, 1.0], "a broadcaster's second track, stadium 12003"
    assert beside_a_speaker(300.0, sd_m=np.nan) == [1.0, 1.0], "nobody knows"


def test_of_two_finders_the_one_that_a_speaker_does_not_explain_counts():
    finders = np.array([[50.9, 4.48, 5000.0], [50.909, 4.44, 5000.0]])
    places = np.array([[50.909, 4.48], [50.918, 4.48]])
    plots = np.array([[10, 30], [30, 30]])
    speaks = np.array([False, True])
    assert direction.own(plots, finders, places, np.zeros(2), speaks).tolist() == [0.75, 1.0]


def test_a_finder_hears_well_within_most_of_its_range():
    finders = np.array([[50.9, 4.48, 2000.0], [np.nan, np.nan, 90_000.0]])
    places = np.array([[50.909, 4.48], [50.9135, 4.48], [50.99, 4.48]])
    assert direction.within(finders, places).tolist() == [True, False, False]


def before_a_silent_one(serial):
    """Share of its directions that is a car's own, with a drone behind it that was last heard a minute ago.

    serial  of whoever has leave
    """
    leaves = Leaves(authorised=(Authorised(serial=serial, area=AREA),))
    state = with_sensor(init(leaves=register(leaves, volumes([], None))), RADAR)
    finder = Sensor(id="rf", index=1, modality="rf", lat_deg=50.892, lon_deg=4.48, range_max_m=5000.0)
    state = with_sensor(state, finder)
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"], rows["speed_sd_mps"] = [1, 2], TrackStatus.CONFIRMED, 0.5
    rows["lat_deg"], rows["lon_deg"] = [50.9, 50.896], 4.48
    rows["sd_major_m"], rows["alt_sd_m"], rows["alt_m"] = 5.0, 3.0, 80.0
    says = Claim("remote_id", "1581F4XYZ0001", category="multirotor")
    for s in range(80):
        now_ns = T0 + s * NS_PER_S
        rows["time_ns"] = rows["heard_ns"] = now_ns
        hits = [(1, now_ns, says)] if s < 20 else []
        plots = np.full((2, 2), 6 + s)
        state, _ = step(state, rows, np.stack((SURE, SURE)), hits, plots, {0: "radar", 1: "rf"}, now_ns)
    return state.dossiers[2].own


def test_a_direction_stays_that_of_one_with_leave_that_is_silent_for_a_while():
    assert before_a_silent_one("1581F4XYZ0001") == 0.0, "a site patrol's car, nuclear_plant 13003"
    assert before_a_silent_one("1581F4XYZ9999") == 1.0
