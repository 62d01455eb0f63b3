"""What direction finders say of claims: who is heard where, and whose emission is nobody's."""

import math

import msgspec
import numpy as np
import pytest
from claimed import FINDER, RADAR, Sky, straight
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.units import NS_PER_S
from vedette.identify import finders, looks
from vedette.identify.judged import Aside, judge
from vedette.identify.senders import none
from vedette.identify.worded import seen_by_others

PD = 0.85
SD = math.radians(2.0)
NORTH = msgspec.structs.replace(FINDER, id="north", index=3, lat_deg=FINDER.lat_deg + 0.02)
TRANSMITTER = straight(east=-2000.0, north=-500.0, v_north=0.0)


def heard(own_deg, bearings_deg, believed=None):
    """What one look says of senders in these directions."""
    own = np.radians(np.array(own_deg, np.float64))
    who = np.ones(len(own), np.bool_) if believed is None else np.array(believed)
    each = np.full(len(own), PD), who, np.full(len(own), SD)
    return finders.heard_there(own, *each, np.radians(np.array(bearings_deg, np.float64)), 1)


# One look


def test_a_bearing_of_its_own_speaks_for_a_claim_and_none_against_it():
    assert heard([40.0], [40.5])[0] > 2.0
    assert heard([40.0], []) == pytest.approx(math.log(1.0 - PD))
    assert heard([40.0], [55.0])[0] < math.log(1.0 - PD) + 0.01
    assert heard([359.0], [1.0])[0] > 2.0


def test_a_bearing_that_another_explains_says_little_and_a_second_one_much():
    (one,) = heard([40.0, 40.0], [40.5], believed=[False, True])[:1]
    (two,) = heard([40.0, 40.0], [40.5, 39.5], believed=[False, True])[:1]
    assert 0.0 <= one < 0.2
    assert two > 0.5


def test_a_finder_that_makes_one_bearing_of_many_speaks_against_none_of_them():
    assert (heard([40.0] * 12, [40.5]) >= 0.0).all()
    assert (heard([40.0 + 0.2 * k for k in range(12)], [41.0]) >= -0.2).all()


def test_who_is_doubted_explains_nothing():
    assert heard([40.0, 40.0], [40.5], believed=[True, False])[0] > 2.0


def test_a_direction_that_is_not_known_and_a_sky_without_senders():
    assert np.isfinite(heard([40.0, np.nan], [40.5])).all()
    assert len(heard([], [40.5])) == 0


@given(
    own=st.lists(st.floats(0.0, 360.0), min_size=1, max_size=8),
    bearings=st.lists(st.floats(0.0, 360.0), max_size=8),
)
def test_no_look_says_less_than_a_miss(own, bearings):
    assert (heard(own, bearings) >= math.log(1.0 - PD) - 1e-9).all()


# Emissions of nobody


def listen(seconds, azimuth_deg, known_deg=(), before=None, from_s=100):
    """What a finder hears that nobody explains, after so many looks at one emission."""
    out = before or finders.nothing()
    azimuth = np.radians(np.array([azimuth_deg]))
    weight = finders.of_nobody(azimuth, np.radians(np.array(known_deg, np.float64)), SD)
    for k in range(seconds):
        out = finders.hear(out, azimuth, weight, 1, NS_PER_S, (from_s + k) * NS_PER_S)
    return out


def suspects(state, own_deg, begun_s):
    """What that says against a claim in a direction, first heard at a time."""
    return float(finders.elsewhere(state, np.radians([own_deg]), np.array([begun_s * NS_PER_S]))[0])


def test_an_emission_where_somebody_is_believed_to_be_is_not_of_nobody():
    assert suspects(listen(20, 80.0), 200.0, 100) > 2.0
    assert suspects(listen(20, 80.0, known_deg=[81.0]), 200.0, 100) == 0.0
    assert suspects(listen(20, 80.0), 82.0, 100) == 0.0


def test_an_emission_that_was_there_long_before_says_less():
    assert suspects(listen(20, 80.0), 200.0, 40) < 1.0


def test_who_flies_before_a_transmitter_does_not_make_it_new():
    shown = listen(20, 80.0)
    hidden = listen(10, 80.0, known_deg=[80.0], before=shown, from_s=120)
    again = listen(5, 80.0, before=hidden, from_s=130)
    assert suspects(again, 200.0, 100) > 2.0
    gone = listen(60, 80.0, known_deg=[80.0], before=shown, from_s=120)
    assert suspects(gone, 200.0, 100) == 0.0


def test_a_track_that_only_finders_see_explains_no_emission():
    plots = np.array([[9, 0, 8, 8], [9, 8, 0, 0]])  # of receiver, radar and two finders
    sensors = {0: Sky().sensors[0], 1: RADAR, 2: FINDER, 3: NORTH}
    assert seen_by_others(plots, sensors).tolist() == [True, True]
    assert seen_by_others(plots, sensors, finders=False).tolist() == [False, True]


def test_lines_of_another_finder_that_pass_by_now_and_then_show_nothing():
    """A forger on the line of one finder: five of its directions in forty come from a second one."""
    sensors = {0: Sky().sensors[0], 1: FINDER, 2: NORTH}
    plots = np.array([[39, 37, 5], [39, 37, 12], [39, 37, 30]])
    assert seen_by_others(plots, sensors).tolist() == [False, True, True]


def test_one_camera_sees_no_place_and_two_do():
    plots = np.array([[9, 5, 0], [9, 5, 5]])  # of receiver and two cameras
    cameras = [msgspec.structs.replace(FINDER, modality="camera") for _ in range(2)]
    sensors = {0: Sky().sensors[0], 1: cameras[0], 2: cameras[1]}
    assert seen_by_others(plots, sensors).tolist() == [True, True]
    assert seen_by_others(plots, sensors, one_camera=False).tolist() == [False, True]


# All of them together


def test_silence_of_two_says_more_than_of_one_and_less_than_twice_that():
    one, two, unlike = looks.together(np.array([[2.5, 0.0], [2.5, 2.5], [2.5, -1.3]]))
    assert one < two < 2.0 * one
    assert unlike < one
    assert looks.together(np.zeros((1, 2)))[0] == 0.0


def test_a_ghost_in_the_direction_of_an_honest_drone_is_found_by_the_other_finder():
    """One finder hears the honest drone where the ghost is said to be, the other nobody."""
    honest = straight(east=1500.0, north=0.0, v_north=0.0)
    ghost = straight(east=2600.0, north=0.0, v_north=0.0)
    sky = Sky(FINDER, NORTH)
    sky.run(25, {"A": honest}, emitting=[honest])
    sky.run(20, {"A": honest, "B": ghost}, emitting=[honest, TRANSMITTER])
    assert sky.doubt("B") > 0.7
    assert sky.doubt("A") < 0.1


def test_all_of_a_swarm_are_found_and_who_flies_among_them_is_not_accused():
    honest = straight(east=1500.0, north=300.0, v_north=4.0)
    swarm = {f"S{k}": straight(east=1300.0 + 15.0 * k, north=-200.0 + 20.0 * k) for k in range(40)}
    sky = Sky(FINDER, NORTH)
    sky.run(20, {"A": honest}, emitting=[honest])
    for _ in range(25):
        sky.second({"A": honest, **swarm}, emitting=[honest, TRANSMITTER])
        assert sky.doubt("A") < 0.5
    assert min(sky.doubt(ident) for ident in swarm) > 0.5


def doubt_of_two(total, rival, *, later):
    """Doubt of one of two that share an id, as far as finders hear each: log odds of false places."""
    senders = none(4, 1)
    level = -total / 2.0  # of each of the two finders
    senders.balance[:, 2:], senders.sight[:, 2:], senders.looks[:, 2:] = level, 0.95, 20
    no = np.zeros(1, np.bool_)
    zero = np.zeros(1)
    aside = Aside(
        zero + 1.0, np.zeros(1, np.int64), zero, ~no, zero + rival, no | later, no, zero, no
    )  # fmt: skip
    return float(judge(senders, np.arange(1), {1: RADAR, 2: FINDER, 3: NORTH}, aside).doubt[0])


def test_of_two_with_one_id_the_one_that_is_heard_is_believed():
    assert doubt_of_two(3.0, -2.8, later=False) > 0.8
    assert doubt_of_two(-3.0, 2.5, later=True) < 0.5


def test_of_two_that_are_both_heard_the_later_is_doubted_though_the_first_was_missed_for_a_second():
    assert doubt_of_two(-3.0, -3.0, later=True) > 0.5
    assert doubt_of_two(-1.3, -2.4, later=False) < 0.5  # below and above what counts as seen
    assert doubt_of_two(-2.4, -1.3, later=True) > 0.5
