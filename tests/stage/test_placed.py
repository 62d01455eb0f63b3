"""A case is made of what is measured; what was lost and is found again has to make it anew."""

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.stage.test_emission import SURE
from tests.stage.test_identify import T0

from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify import placed
from vedette.identify.state import Dossier, Placing
from vedette.identify.step import init, step, with_sensor

RADAR, CAMERA = 0, 1
NAMES = {RADAR: "radar", CAMERA: "camera"}


def row(sd_major_m=5.0):
    out = np.zeros(1, TRACK)
    out["sd_major_m"] = sd_major_m
    return out[0]


def dossier(**placing):
    return Dossier(since_ns=T0, placing=Placing(**placing))


def test_it_is_placed_while_it_is_measured_and_for_some_seconds():
    for ago_s, expected in ((0, True), (4, True), (6, False)):
        assert placed.is_placed(dossier(), row(), T0 - ago_s * NS_PER_S, T0) is expected


def test_lines_of_two_finders_that_cross_place_it_unless_they_are_another_ones():
    mine = placed.looked(Placing(), 3, 0, own=1.0, tick_ns=T0)
    theirs = placed.looked(Placing(), 3, 0, own=0.2, tick_ns=T0)
    assert placed.is_placed(Dossier(since_ns=T0, placing=mine), row(), 0, T0)
    assert not placed.is_placed(Dossier(since_ns=T0, placing=theirs), row(), 0, T0)
    again = placed.looked(mine, 3, 0, own=1.0, tick_ns=T0 + 9 * NS_PER_S)
    assert again.crossed_ns == T0, "no more lines crossed since"


def test_what_keeps_station_with_a_drone_is_placed_while_it_is_seen():
    beside = msgspec.structs.replace(dossier(seen=4, seen_ns=T0), company_s=8)
    long_ago = T0 - 20 * NS_PER_S
    assert placed.is_placed(beside, row(20.0), long_ago, T0)
    assert not placed.is_placed(beside, row(90.0), long_ago, T0), "it may be anywhere along the line"
    assert not placed.is_placed(beside, row(20.0), -(2**62), T0), "it never was measured"
    assert not placed.is_placed(beside, row(20.0), long_ago, T0 + 9 * NS_PER_S), "nobody sees it"
    assert not placed.is_placed(dossier(seen=4, seen_ns=T0), row(20.0), long_ago, T0), "it is alone"


@given(period_s=st.integers(1, 20), sd_m=st.floats(1.0, 2000.0))
def test_what_a_radar_far_away_sees_now_and_then_is_not_lost(period_s, sd_m):
    rows = np.array([row(sd_m)])
    for s in range(120):
        measured_ns = np.array([T0 + s // period_s * period_s * NS_PER_S])
        assert not placed.astray(rows, measured_ns, T0 + s * NS_PER_S).any()


def test_who_is_lost_takes_some_plots_to_be_found_and_makes_its_case_anew():
    before = msgspec.structs.replace(dossier(), case=1.8, drone=True)
    lost = placed.followed(before, 40, T0, far=True)
    assert lost.placing.lost == 40
    assert lost.drone, "what is told of it stays as long as nothing is seen"
    assert not placed.is_placed(lost, row(), T0, T0)
    for count in (41, 42):
        assert placed.followed(lost, count, T0, far=False) == lost
    found = placed.followed(lost, 43, T0, far=False)
    assert (found.placing.lost, found.case, found.drone) == (None, 0.0, False)
    bird = msgspec.structs.replace(lost, case=-3.0, drone=False)
    assert placed.followed(bird, 43, T0, far=False).case == -3.0, "what spoke against it stays"


def test_whose_lines_cross_is_not_lost():
    heard = dossier(crossed=9, crossed_ns=T0 - NS_PER_S)
    assert placed.followed(heard, 9, T0, far=True) == heard


def at_end_of(*kinds):
    """The dossier of a drone after so many seconds each of: radar, camera alone."""
    state = with_sensor(init(), Sensor(id="radar", index=RADAR, modality="radar"))
    state = with_sensor(state, Sensor(id="camera", index=CAMERA, modality="camera"))
    plots, sd_m, s = np.array([[4, 4]]), 5.0, 0
    for kind, seconds in kinds:
        for _ in range(seconds):
            plots[0, kind] += 1
            sd_m = 5.0 if kind == RADAR else sd_m + 5.0
            track = np.zeros(1, TRACK)
            track["time_ns"] = track["heard_ns"] = T0 + s * NS_PER_S
            track["track_id"], track["status"] = 1, TrackStatus.CONFIRMED
            track["lat_deg"], track["lon_deg"], track["alt_m"] = 50.9 + s * 1e-4, 4.48, 120.0
            track["v_north_mps"], track["speed_sd_mps"], track["alt_sd_m"] = 11.0, 0.5, 5.0
            track["sd_major_m"] = sd_m
            state, _ = step(state, track, SURE[None], [], plots.copy(), NAMES, T0 + s * NS_PER_S)
            s += 1
    return state.dossiers[1]


def test_a_drone_that_drifts_off_along_a_line_is_not_what_the_radar_sees_there_at_once():
    flying = at_end_of((RADAR, 30))
    assert flying.last.authorisation == "unauthorised"
    gone = at_end_of((RADAR, 30), (CAMERA, 50))
    assert gone.last.authorisation == "unauthorised", "nothing spoke against it yet"
    assert gone.placing.lost is not None
    grabbed = at_end_of((RADAR, 30), (CAMERA, 50), (RADAR, 4))
    assert grabbed.placing.lost is None
    assert grabbed.case < 1.8
    assert not grabbed.drone
    assert at_end_of((RADAR, 30), (CAMERA, 50), (RADAR, 34)).case == 1.8


def test_what_was_said_of_who_was_lost_counts_again_as_it_is_placed_again():
    assert placed.known_again(Placing(), 7) == 1.0
    found = [placed.known_again(Placing(found=40), count) for count in range(43, 70)]
    assert found[0] < 0.2
    assert found == sorted(found)
    assert found[-1] == 1.0
    grabbed = at_end_of((RADAR, 30), (CAMERA, 50), (RADAR, 4)).last
    known = at_end_of((RADAR, 30), (CAMERA, 50), (RADAR, 34)).last
    drone = [one.classes["multirotor"] for one in (grabbed, known)]
    assert drone[0] < drone[1]


def test_a_short_time_behind_a_house_changes_nothing():
    assert at_end_of((RADAR, 30), (CAMERA, 20), (RADAR, 1)).drone


def test_one_plot_after_seconds_without_any_places_it_not_well():
    placing, said = Placing(), []
    for count, is_placed in ((1, True), (5, True), (5, False), (6, True), (7, True), (8, True)):
        placing = placed.counted(placing, count, is_placed=is_placed, is_beside=False)
        said.append(placing.well)
    assert said == [False, True, False, False, False, True]
    assert placed.counted(Placing(before=8), 8, is_placed=True, is_beside=True).well, (
        "it is where that one is"
    )
