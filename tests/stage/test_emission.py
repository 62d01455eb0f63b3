"""What direction finders hear of a track, as evidence of its class."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.stage.test_identify import T0, likely

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, UAS
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify import emission
from vedette.identify.plot_kinds import crossed
from vedette.identify.settings import Authorised, IdentifySettings
from vedette.identify.state import Dossier
from vedette.identify.step import init, step, with_sensor
from vedette.identify.told import DRIFT, Told

RADAR, FINDER = 0, 1
SURE = likely(multirotor=0.98)


def followed(seconds, seen, heard, *, finder=True, modality="radar", place=(None, None, 100_000.0)):
    """Identity at the end of a track that may be a bird or a drone; plots a second by radar and finder.

    place  of the finder: lat, lon, range m
    """
    lat_deg, lon_deg, range_m = place
    state = with_sensor(init(), Sensor(id="radar", index=RADAR, modality=modality))
    if finder:
        state = with_sensor(state, Sensor(
            id="finder", index=FINDER, modality="rf", lat_deg=lat_deg, lon_deg=lon_deg, range_max_m=range_m
        ))  # fmt: skip
    p = likely(multirotor=0.45, bird=0.45)
    for s in range(seconds):
        row = np.zeros(1, TRACK)
        row["time_ns"] = row["heard_ns"] = T0 + s * NS_PER_S
        row["track_id"], row["status"] = 1, TrackStatus.CONFIRMED
        row["lat_deg"], row["lon_deg"], row["alt_m"] = 50.9 + s * 1e-4, 4.48, 120.0
        row["v_north_mps"], row["speed_sd_mps"], row["sd_major_m"], row["alt_sd_m"] = 11.0, 0.5, 5.0, 5.0
        plots = np.array([[5 + s * seen, s * heard]])
        names = {RADAR: "radar", FINDER: "finder"}
        state, _ = step(state, row, p[None], [], plots, names, T0 + s * NS_PER_S)
    return state.dossiers[1].last


def drone(identity):
    return sum(identity.classes[name] for name in UAS)


def test_what_emits_is_likelier_a_drone_and_the_reason_says_so():
    silent, heard = followed(15, 1, 0), followed(15, 1, 1)
    assert drone(heard) > drone(silent) + 0.1
    assert "direction finders hear a transmitter there" in heard.reasons
    assert "direction finders hear a transmitter there" not in silent.reasons
    assert drone(followed(15, 1, 1, finder=False)) == drone(silent), "plots of what is no direction finder"


def test_silence_speaks_for_birds_where_a_finder_hears_well():
    nowhere = followed(15, 1, 0, finder=False)
    far = followed(15, 1, 0, place=(50.8, 4.48, 5000.0))
    near = followed(15, 1, 0, place=(50.89, 4.48, 5000.0))
    assert drone(far) == drone(nowhere), "the finder does not hear so far"
    assert drone(near) < drone(nowhere) - 0.04
    said = [emission.log_odds(0.0, directions=0, seen=20, silent_s=s) for s in (0.0, 3.0, 30.0)]
    assert 0.0 == said[0] > said[1] > said[2] > -0.36
    assert emission.log_odds(0.0, directions=9, seen=20, silent_s=30.0) == 0.0, "it was heard before"


def test_what_only_finders_see_is_no_drone_by_that():
    """That there is a transmitter made the track: it may stand on the ground."""
    assert emission.log_odds(10.0, directions=40, seen=0) == 0.0
    assert emission.log_odds(10.0, directions=200, seen=20) == 0.0
    assert emission.log_odds(10.0, directions=40, seen=20) > 1.0
    assert drone(followed(15, 1, 1, modality="remote_id")) == drone(followed(15, 1, 0))


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 20.0)), max_size=60))
def test_the_memory_is_bounded_and_fades(steps):
    heard_s = 0.0
    for own, since_s in steps:
        after = emission.heard(heard_s, own, since_s)
        assert own or after <= heard_s
        heard_s = after
        assert 0.0 <= heard_s <= 11.0
        assert 0.0 <= emission.log_odds(heard_s, 10, 100) <= 3.0


def test_classes_are_still_probabilities():
    assert abs(sum(followed(15, 1, 1).classes.values()) - 1.0) < 1e-3
    assert set(followed(3, 1, 1).classes) == set(CLASSES)


def followed_by(*modalities, seconds=60):
    """Share of the case for a drone that it has at the end, with a plot a second of each sensor."""
    state = init()
    for index, modality in enumerate(modalities):
        state = with_sensor(state, Sensor(id=f"s{index}", index=index, modality=modality))
    for s in range(seconds):
        row = np.zeros(1, TRACK)
        row["time_ns"] = row["heard_ns"] = T0 + s * NS_PER_S
        row["track_id"], row["status"], row["speed_sd_mps"] = 1, TrackStatus.CONFIRMED, 0.5
        row["lat_deg"], row["lon_deg"], row["alt_m"], row["sd_major_m"] = 50.9, 4.48, 120.0, 5.0
        plots = np.full((1, len(modalities)), 5 + s)
        names = {index: f"s{index}" for index in range(len(modalities))}
        state, _ = step(state, row, SURE[None], [], plots, names, T0 + s * NS_PER_S)
    return state.dossiers[1].last.case


def test_one_camera_alone_makes_no_case_and_two_do():
    """It may be anywhere along a line."""
    assert followed_by("camera") == 0.0
    assert followed_by("camera", "rf") == 0.0, "a finder may hear another"
    assert followed_by("camera", "rf", "rf") == 1.0, "the lines of two finders cross"
    assert followed_by("camera", "camera") == followed_by("camera", "radar") == followed_by("radar") == 1.0


def test_who_is_seen_in_one_direction_only_does_not_become_one_without_leave():
    """A shadow behind the drone whose word it had: the drone goes on with its word as another track.

    Nor does it by a report that is not surely its own, which says where another is.
    """
    made = {"drone": True, "case": 3.0, "plots": 5}
    for modality, expected in (("rf", "unknown"), ("remote_id", "unknown"), ("radar", "unauthorised")):
        state = with_sensor(init(), Sensor(id="s", index=0, modality=modality))
        state.dossiers[1] = Dossier(since_ns=T0 - 60 * NS_PER_S, **made)
        for s in range(3):
            row = np.zeros(1, TRACK)
            row["time_ns"] = row["heard_ns"] = T0 + s * NS_PER_S
            row["track_id"], row["status"], row["speed_sd_mps"] = 1, TrackStatus.CONFIRMED, 0.5
            row["lat_deg"], row["lon_deg"], row["alt_m"], row["sd_major_m"] = 50.9, 4.48, 120.0, 5.0
            plots = np.full((1, 1), 6 + s)
            state, _ = step(state, row, SURE[None], [], plots, {0: "s"}, T0 + s * NS_PER_S)
        assert state.dossiers[1].last.authorisation == expected


def test_one_plot_of_what_comes_by_makes_no_drone_of_whom_one_camera_follows():
    """A police drone has landed; its track goes on with a camera that follows the patrol (prison 10001)."""
    state = with_sensor(init(), Sensor(id="camera", index=0, modality="camera"))
    state = with_sensor(state, Sensor(id="radar", index=1, modality="radar"))
    state.dossiers[1] = Dossier(since_ns=T0 - 60 * NS_PER_S, drone=True, case=3.0, plots=5)
    said = []
    for s in range(12):
        row = np.zeros(1, TRACK)
        row["time_ns"] = row["heard_ns"] = T0 + s * NS_PER_S
        row["track_id"], row["status"], row["speed_sd_mps"] = 1, TrackStatus.CONFIRMED, 0.5
        row["lat_deg"], row["lon_deg"], row["alt_m"], row["sd_major_m"] = 50.9, 4.48, 120.0, 5.0
        plots = np.array([[40 + s, max(0, s - 7)]])
        state, _ = step(state, row, SURE[None], [], plots, {0: "camera", 1: "radar"}, T0 + s * NS_PER_S)
        said.append(state.dossiers[1].last.authorisation)
    assert said == ["unknown"] * 10 + ["unauthorised"] * 2, "with the third plot"


def test_who_begins_beside_one_whose_navigation_is_disturbed_may_be_that_one():
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"], rows["speed_sd_mps"] = [1, 2], TrackStatus.CONFIRMED, 0.5
    rows["lat_deg"], rows["lon_deg"], rows["alt_m"], rows["sd_major_m"] = [50.9, 50.9005], 4.48, 120.0, 5.0
    says = (1, T0, Claim("remote_id", "1581F4XYZ0001", category="multirotor"))
    names = {0: "radar"}
    for drifts, expected in ((True, "unknown"), (False, "unauthorised")):
        state = with_sensor(init(), Sensor(id="radar", index=0, modality="radar"))
        for s in range(60):
            rows["time_ns"] = rows["heard_ns"] = T0 + s * NS_PER_S
            told = {1: Told(remarks=(DRIFT,) if drifts else ())}
            plots, p = np.full((2, 1), 6 + s), np.stack((SURE, SURE))
            state, _ = step(
                state, rows, p, [says] if s % 9 == 0 else [], plots, names, T0 + s * NS_PER_S, told
            )
        assert state.dossiers[2].last.authorisation == expected, state.dossiers[2].last.reasons


def test_leave_stays_when_the_word_of_a_drone_drifts_off_to_a_track_of_its_own():
    """Its Remote ID is heard of another track then, which began beside it: it is not the other's name."""
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"], rows["speed_sd_mps"] = [1, 2], TrackStatus.CONFIRMED, 0.5
    rows["lon_deg"], rows["alt_m"], rows["sd_major_m"] = 4.48, 120.0, 5.0
    says = Claim("remote_id", "1581F4XYZ0001", category="multirotor")
    known = IdentifySettings(authorised=[Authorised(serial=says.ident, operator="Survey")])
    for drifts, expected in ((True, "authorised"), (False, "unauthorised")):
        state = with_sensor(init(known), Sensor(id="radar", index=0, modality="radar"))
        for s in range(100):
            now_ns, two = T0 + s * NS_PER_S, s >= 20
            here = rows[: 2 if two else 1]
            here["time_ns"] = here["heard_ns"] = now_ns
            here["lat_deg"] = [50.9, 50.9002 + max(0, s - 20) * 2e-5][: len(here)]
            told = {2 if two else 1: Told(remarks=(DRIFT,) if drifts and two else ())}
            plots, p = np.full((len(here), 1), 6 + s), np.stack([SURE] * len(here))
            hits = [(2 if two else 1, now_ns, says)]
            state, _ = step(state, here, p, hits, plots, {0: "radar"}, now_ns, told)
        assert state.dossiers[1].last.authorisation == expected, state.dossiers[1].last.reasons


def test_what_was_made_of_a_drone_is_not_held_against_what_it_leaves_behind():
    """A surveyor's drone flew on under another track, finders went on with the first (government 12006)."""
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"], rows["speed_sd_mps"] = [1, 2], TrackStatus.CONFIRMED, 0.5
    rows["lat_deg"], rows["lon_deg"] = [50.9, 50.92], 4.48
    rows["alt_m"], rows["sd_major_m"] = 120.0, 5.0
    says = Claim("remote_id", "1581F4XYZ0001", category="multirotor")
    known = IdentifySettings(authorised=[Authorised(serial=says.ident, operator="Survey")])
    state, made, said = with_sensor(init(known), Sensor(id="radar", index=0, modality="radar")), [], []
    for s in range(100):
        now_ns, two = T0 + s * NS_PER_S, s >= 20
        here = rows[: 2 if two else 1]
        here["time_ns"] = here["heard_ns"] = now_ns
        plots, p = np.full((len(here), 1), 6 + s), np.stack([SURE] * len(here))
        hits = [(2 if two else 1, now_ns, says)]
        state, _ = step(state, here, p, hits, plots, {0: "radar"}, now_ns, {})
        made.append(state.dossiers[1].case)
        said.append(state.dossiers[1].last.authorisation)
    assert said[19] == said[45] == "authorised"
    assert made[45] == known.sure_from
    assert min(made[50:54]) < 0.5, "it is looked at anew"
    assert said[50:54] == ["unknown"] * 4
    assert made[-1] == known.sure_from, "what is still seen, and says nothing any more"


def test_the_lines_of_two_finders_cross_where_both_hear_it_about_as_often():
    plots = np.array([[37, 5], [37, 12], [12, 37], [5, 0]])
    assert crossed([0, 1], plots).tolist() == [5, 12, 12, 0]
    assert crossed([0, 1], plots, 0.2).tolist() == [0, 12, 12, 0]
