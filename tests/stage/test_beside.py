"""Who began beside a drone that says who it is, and is there still, may be that one, seen twice."""

import numpy as np
from tests.stage.test_emission import SURE
from tests.stage.test_identify import T0

from vedette.app.areas import volumes
from vedette.core.claim import Claim
from vedette.core.classes import CLASS_PRIOR
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Area
from vedette.identify.company import twins
from vedette.identify.leaves import Authorised, Leaves
from vedette.identify.register import register
from vedette.identify.step import init, step, with_sensor

NORTH_M = 1.0 / 111_320.0  # deg
AREA = Area(circle=(50.9, 4.48, 500.0), lower_m=0.0, upper_m=200.0, ground_m=50.0)
RADAR = Sensor(id="radar", index=0, modality="radar")


def followed(*apart_m, up_m=0.0, heard_of=None, unseen_s=range(0), drone_from_s=0):
    """The dossier of a drone that says nothing, so far north of one that says who it is, each second.

    heard_of  when a sensor's own track first went to it, ns
    unseen_s  seconds in which nobody sees it
    drone_from_s  from when on sensors take it for a drone; before, nobody says what it is
    """
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"], rows["speed_sd_mps"] = [1, 2], TrackStatus.CONFIRMED, 0.5
    rows["lon_deg"], rows["sd_major_m"], rows["alt_sd_m"] = 4.48, 5.0, 3.0
    rows["alt_m"] = [120.0, 120.0 + up_m]
    says = (1, T0, Claim("remote_id", "1581F4XYZ0001", category="multirotor"))
    state = with_sensor(init(), Sensor(id="radar", index=0, modality="radar"))
    if heard_of is not None:
        hit = (2, heard_of, Claim("sensor_track", "camera/7"))
        none = np.zeros((0, 1), np.int64)
        state, _ = step(state, rows[:0], np.zeros((0, len(SURE))), [hit], none, {0: "radar"}, heard_of)
    for s, apart in enumerate(apart_m):
        now_ns = T0 + s * NS_PER_S
        rows["time_ns"] = rows["heard_ns"] = now_ns
        rows["lat_deg"] = [50.9, 50.9 + apart * NORTH_M]
        plots, hits = np.full((2, 1), 6 + s), [says] if s % 9 == 0 else []
        plots[1] -= sum(u <= s for u in unseen_s)
        words = np.stack((SURE, SURE if s >= drone_from_s else np.array(CLASS_PRIOR)))
        state, _ = step(state, rows, words, hits, plots, {0: "radar"}, now_ns)
    return state.dossiers[2]


def test_the_second_track_of_one_that_speaks_is_not_held_for_another():
    last = followed(*[9.0] * 40).last
    assert last.authorisation == "unknown"
    assert any("may be that one, seen twice" in reason for reason in last.reasons)


def test_what_flies_higher_or_apart_is_another():
    assert followed(*[60.0] * 40).last.authorisation == "unauthorised"
    assert followed(*[9.0] * 40, up_m=50.0).last.authorisation == "unauthorised"


def test_who_comes_later_is_another():
    assert followed(*[400.0] * 8, *[9.0] * 40).last.authorisation == "unauthorised"


def test_who_is_placed_anew_beside_one_begins_there():
    """A track that nobody measured took plots of a film crew's drone, which others held (concert 14002)."""
    last = followed(*[400.0] * 20, *[9.0] * 40, unseen_s=range(5, 24)).last
    assert last.authorisation == "unknown"
    assert any("may be that one, seen twice" in reason for reason in last.reasons)
    assert followed(*[400.0] * 20, *[9.0] * 40).last.authorisation == "unauthorised", "it was followed there"


def test_who_stays_by_one_before_it_is_a_drone_may_be_that_one():
    """The track of a swift went over to a police drone, which others held (rally 15006)."""
    assert followed(*[400.0] * 4, *[9.0] * 40, drone_from_s=30).last.authorisation == "unknown"
    assert followed(*[400.0] * 4, *[70.0] * 40, drone_from_s=30).last.authorisation == "unauthorised"


def test_whoever_was_heard_of_before_it_was_shown_began_when_it_was_shown():
    last = followed(*[9.0] * 40, heard_of=T0 - 6 * NS_PER_S).last
    assert last.authorisation == "unknown"
    assert any("may be that one, seen twice" in reason for reason in last.reasons)


def test_who_leaves_has_to_make_its_own_case():
    apart = [9.0] * 30 + [70.0] * 20
    assert followed(*apart[:32]).case < 1.0
    assert followed(*apart[:32]).last.authorisation == "unknown"
    assert followed(*apart).last.authorisation == "unauthorised"


def test_twins_are_near_in_height_too_where_it_is_known():
    rows = np.zeros(4, TRACK)
    rows["lat_deg"], rows["lon_deg"] = 50.9 + np.array([0.0, 9.0, 9.0, 9.0]) * NORTH_M, 4.48
    rows["alt_m"] = [120.0, 125.0, 190.0, np.nan]
    assert twins(rows, np.array([-1, 0, 0, 0]), np.zeros(4, bool)).tolist() == [False, True, False, True]


def test_twins_stay_twins_until_they_are_twice_as_far_apart():
    rows = np.zeros(3, TRACK)
    rows["lat_deg"], rows["lon_deg"] = 50.9 + np.array([0.0, 45.0, 65.0]) * NORTH_M, 4.48
    of = np.array([-1, 0, 0])
    assert not twins(rows, of, np.zeros(3, bool)).any()
    assert twins(rows, of, np.ones(3, bool)).tolist() == [False, True, False]


def taken_off_again(*, seen=False, heard=False, serial="1581F4XYZ0001"):
    """The word on one that begins where another with leave fell silent behind something a minute ago.

    seen, heard  whether that other is: then this is not that one
    serial       of whoever has leave: it may be for another than either
    """
    leaves = Leaves(authorised=(Authorised(serial=serial, area=AREA),))
    state = with_sensor(init(leaves=register(leaves, volumes([], None))), RADAR)
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"], rows["speed_sd_mps"] = [1, 2], TrackStatus.CONFIRMED, 0.5
    rows["lat_deg"], rows["lon_deg"] = [50.9, 50.9 + 9.0 * NORTH_M], 4.48
    rows["sd_major_m"], rows["alt_sd_m"], rows["alt_m"] = 5.0, 3.0, [80.0, 140.0]
    says = Claim("remote_id", "1581F4XYZ0001", category="multirotor")
    for s in range(180):
        now_ns = T0 + s * NS_PER_S
        here = rows[:1] if s < 60 else rows
        here["time_ns"] = here["heard_ns"] = now_ns
        mine = 6 + (s if seen or s < 50 else 50)
        hits = [(1, now_ns, says)] if s < 20 or heard else []
        plots = np.array([[mine], [6 + s]])[: len(here)]
        state, _ = step(state, here, np.stack((SURE, SURE))[: len(here)], hits, plots, {0: "radar"}, now_ns)
    return state.dossiers[2].last


def test_who_takes_off_where_another_with_leave_fell_silent_may_be_that_one():
    last = taken_off_again()
    assert last.authorisation == "unknown"
    assert "has leave now and was not heard yet" in last.reasons[0]


def test_whoever_falls_silent_without_leave_lends_none_to_who_comes_after():
    """It is waited for the one with leave as long as anywhere in its volume, and no longer."""
    assert taken_off_again(serial="1581F4XYZ9999").authorisation == "unauthorised"


def test_who_has_leave_and_is_there_still_is_not_another():
    assert taken_off_again(seen=True).authorisation == "unauthorised"
    assert taken_off_again(heard=True).authorisation == "unauthorised"


def carried_away(plots):
    """The word on a drone with leave that landed 25 s ago; then plots of another, 900 m off, go to it."""
    leaves = Leaves(authorised=(Authorised(serial="1581F4XYZ0001", area=AREA),))
    state = with_sensor(init(leaves=register(leaves, volumes([], None))), RADAR)
    row = np.zeros(1, TRACK)
    row["track_id"], row["status"], row["speed_sd_mps"] = 1, TrackStatus.CONFIRMED, 0.5
    row["lat_deg"], row["lon_deg"], row["alt_m"] = 50.9, 4.48, 80.0
    row["sd_major_m"], row["alt_sd_m"] = 5.0, 3.0
    says = Claim("remote_id", "1581F4XYZ0001", category="multirotor")
    for s in range(45 + plots):
        now_ns = T0 + s * NS_PER_S
        row["time_ns"] = row["heard_ns"] = now_ns
        row["lat_deg"] = 50.9 + (900.0 / 111_320.0 if s >= 45 else 0.0)
        hits = [(1, now_ns, says)] if s < 20 else []
        seen = np.array([[6 + min(s, 20) + max(s - 44, 0)]])
        state, _ = step(state, row, SURE[None], hits, seen, {0: "radar"}, now_ns)
    return state.dossiers[1].last


def test_a_plot_of_what_comes_by_has_not_left_the_volume_of_its_leave():
    assert carried_away(0).authorisation == "authorised"
    assert carried_away(2).authorisation == "authorised"
    assert "is out of the volume" in carried_away(4).reasons[0]
