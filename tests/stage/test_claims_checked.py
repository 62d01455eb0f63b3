"""The check of claims: each kind of lie is found, and nobody is accused without evidence."""

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from claimed import FINDER, RADAR, SITE, T0, Sky, straight
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.picture import TRACK
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.identify import claims_checked, judged, worded
from vedette.identify.context import borrowed
from vedette.identify.judged import Aside, judge
from vedette.identify.leaves import Leaves, Operator
from vedette.identify.reach import reaches
from vedette.identify.register import register
from vedette.identify.senders import none
from vedette.identify.serial import keeps_format
from vedette.identify.settings import Authorised, IdentifySettings

HERE = straight()
THERE = straight(east=-900.0, north=1800.0, v_east=8.0, v_north=-3.0)


def kinds_of(sky, ident):
    """Kinds of suspicion of an id's first sender, with their log odds."""
    found = {}
    original = claims_checked.judge

    def spy(senders, rows, sensors, aside):
        found["judged"] = original(senders, rows, sensors, aside)
        return found["judged"]

    rows = sky.rows(ident)
    small = np.array([c.scheme == "remote_id" for c in sky.state.names.claims])[sky.state.senders.code]
    places = claims_checked._places(sky.state)
    claims_checked.judge = spy
    try:
        everybody = np.arange(len(sky.state.senders))
        now_ns = T0 + sky.s * NS_PER_S
        claims_checked._judged(sky.state, everybody, small, places, np.ones(len(everybody)), now_ns)
    finally:
        claims_checked.judge = original
    worst = max(rows, key=lambda i: sky.state.senders.doubt[i])
    return {kind: float(each[worst]) for kind, each in found["judged"].kinds.items()}


# Each kind of lie


def test_an_honest_drone_that_a_radar_sees_is_trusted():
    sky = Sky(RADAR)
    doubts = sky.run(30, {"A": HERE}, seen=[HERE])
    assert max(doubts) < 0.5
    assert doubts[-1] < 0.05


def test_a_claim_without_a_target_where_one_would_be_seen():
    sky = Sky(RADAR)
    doubts = sky.run(15, {"A": HERE}, seen=[THERE])
    assert doubts[-1] > 0.6
    assert kinds_of(sky, "A")["no-target"] > 2.0


def test_a_claim_that_leaves_its_target_is_contradicted_by_the_radar():
    def away(s):
        return (
            straight(v_east=0.0)(s)
            if s < 25
            else straight(east=1500.0 - (s - 25) * 20.0, v_east=-20.0, v_north=0.0, north=750.0)(0)
        )

    sky = Sky(RADAR)
    assert max(sky.run(25, {"A": HERE}, seen=[away])) < 0.5
    assert sky.run(35, {"A": HERE}, seen=[away])[-1] > 0.6
    assert kinds_of(sky, "A")["contradicted-by-radar"] > 2.0


def test_a_transmitter_that_is_not_where_the_claim_is():
    transmitter = straight(east=-2000.0, north=-500.0, v_north=0.0)
    sky = Sky(FINDER)
    sky.run(20, {"B": THERE}, emitting=[THERE])
    doubts = sky.run(20, {"A": HERE, "B": THERE}, emitting=[THERE, transmitter])
    assert doubts[-1] > 0.5
    assert kinds_of(sky, "A")["contradicted-by-direction-finder"] > 2.0
    assert sky.doubt("B") < 0.2


def test_motion_that_nothing_can_make():
    sky = Sky()
    assert sky.run(20, {"A": straight(v_north=400.0)}, category="multirotor")[-1] > 0.5
    sky = Sky()
    jumpy = lambda s: ((1500.0 + 700.0 * math.sin(1.7 * s * s), 500.0 * math.cos(s * s), 100.0), (0.0, 5.0))  # noqa: E731
    assert sky.run(30, {"A": jumpy})[-1] > 0.5


def test_one_id_in_two_places_is_false_where_nothing_is_seen():
    sky = Sky(RADAR)
    for _ in range(20):
        sky.second({"A": HERE, " ": THERE}, seen=[HERE])
    sky = Sky(RADAR)
    states = []
    for _ in range(20):
        sky.second({"A": HERE}, seen=[HERE])
        sky.s -= 1
        sky.second({"A": THERE}, seen=[HERE])
        states.append(sorted(float(sky.state.senders.doubt[i]) for i in sky.rows("A")))
    assert len(states[-1]) == 2
    true, false = states[-1]
    assert true < 0.3
    assert false > 0.9


def test_a_path_told_again_to_the_last_digit():
    taped = []

    def honest(s):
        return straight(v_east=3.0)(s)

    sky = Sky()
    for _ in range(30):
        sky.second({"A": honest})
        taped.append(sky.state.senders.ring[0, (sky.state.senders.count[0] - 1) % 16, :3].copy())
    sky.run(5, {"Z": THERE})
    doubts = []
    for k in range(25):
        e, n, u = taped[k]
        sky.second({"B": lambda s, p=(e, n, u): (p, (3.0, 10.0))}, noise_m=0.0)
        doubts.append(sky.doubt("B"))
    assert doubts[-1] > 0.9
    assert sky.doubt("A") < 0.5


def test_the_same_route_flown_again_is_no_replay():
    sky = Sky()
    sky.run(30, {"A": straight(v_east=3.0)})
    sky.s = 40
    again = lambda s: straight(v_east=3.0)(s - 40)  # noqa: E731
    assert max(sky.run(30, {"B": again})) < 0.5


def test_a_swarm_of_which_nothing_is_seen_weighs_more_than_one():
    def member(k):
        return straight(east=800.0 + 60.0 * k)

    lone, swarm = Sky(RADAR), Sky(RADAR)
    one = lone.run(20, {"A": member(0)}, seen=[])[-1]
    many = swarm.run(20, {chr(65 + k): member(k) for k in range(10)}, seen=[])[-1]
    assert many > one
    assert many > 0.9
    assert kinds_of(swarm, "A")["swarm"] > 1.0


def test_a_show_of_drones_that_are_seen_is_no_swarm():
    def member(k):
        return straight(east=800.0 + 60.0 * k)

    sky = Sky(RADAR)
    ids = {chr(65 + k): member(k) for k in range(10)}
    sky.run(20, ids, seen=[member(k) for k in range(10)])
    assert max(sky.doubt(ident) for ident in ids) < 0.1


@pytest.mark.parametrize(
    ("serial", "good"),
    [
        ("1581F123456789ABCDEF", True), ("1581F12345678", False), ("MFR151234H", True), ("MFR1512345", True),
        ("1FRG000000001", False), ("O581512345", False), ("mfr1512345", False), ("MFR1", False), ("", False),
    ],
)  # fmt: skip
def test_serial_numbers_after_cta_2063_a(serial, good):
    assert keeps_format(serial) is good


def test_a_bad_serial_number_is_named_and_is_not_enough():
    sky = Sky(RADAR)
    doubts = sky.run(20, {"1FRG000000001": HERE}, seen=[HERE], id_kind="serial")
    assert 0.05 < doubts[-1] < 0.5
    assert kinds_of(sky, "1FRG000000001")["serial-format"] > 1.0
    assert kinds_of(sky, "1FRG000000001")["no-target"] < -2.0


def test_leave_that_does_not_hold_here_or_now():
    zone = Zone("Z", "Z", "REQ_AUTHORIZATION", [Volume(circle=(50.9, 4.48, 2000.0))])
    where = reaches([zone])
    leave = Authorised(serial="A", zones=["Z"], start_ns=T0, end_ns=T0 + NS_PER_S)
    claim = type("C", (), {"ident": "A"})()
    assert borrowed(claim, 50.9, 4.48, [leave], where, T0) == 0.0
    late = borrowed(claim, 50.9, 4.48, [leave], where, T0 + 2 * NS_PER_S)
    far = borrowed(claim, 51.0, 4.48, [leave], where, T0)
    both = borrowed(claim, 51.0, 4.48, [leave], where, T0 + 2 * NS_PER_S)
    assert 0.0 < late < both
    assert 0.0 < far < both
    assert borrowed(type("C", (), {"ident": "B"})(), 51.0, 4.48, [leave], where, T0) == 0.0


def test_borrowed_leave_far_away_and_late_is_doubted_though_a_drone_is_there():
    zone = Zone("Z", "Z", "REQ_AUTHORIZATION", [Volume(circle=(51.3, 4.48, 500.0))])
    leave = Authorised(serial="A", zones=["Z"], end_ns=T0)
    sky = Sky(RADAR, settings=IdentifySettings(authorised=[leave]), zones=[zone])
    assert sky.run(10, {"A": HERE}, seen=[HERE])[-1] > 0.5


def test_an_operator_for_whom_the_drone_is_not_registered_raises_the_doubt():
    told = Leaves(
        operators=(Operator(registration="R", serials=["A"]), Operator(registration="S", name="Roofs"))
    )
    sky = Sky(RADAR, leaves=register(told))
    honest = sky.run(20, {"A": HERE}, seen=[HERE], operator_id="R")
    assert "other-operator" not in [k for k, odds in kinds_of(sky, "A").items() if odds > 0.0]
    doubts = sky.run(20, {"A": HERE}, seen=[HERE], operator_id="S")
    assert honest[-1] < 0.05 < doubts[-1] < 0.5
    assert kinds_of(sky, "A")["other-operator"] > 2.0


# What must hold of any sky

speeds = st.floats(-25.0, 25.0)
places = st.floats(-3000.0, 3000.0)


@settings(max_examples=15)
@given(
    east=places,
    north=places,
    v_east=speeds,
    v_north=speeds,
    up=st.floats(20.0, 400.0),
    seed=st.integers(0, 99),
)
def test_without_another_sensor_nobody_is_accused(east, north, v_east, v_north, up, seed):
    sky = Sky(seed=seed)
    assert max(sky.run(25, {"A": straight(east, north, up, v_east, v_north)}, noise_m=3.0)) < 0.5


@settings(max_examples=10)
@given(seen=st.integers(0, 8), seed=st.integers(0, 99))
def test_more_contradiction_never_lowers_doubt(seen, seed):
    sky = Sky(RADAR, seed=seed)
    still = straight(v_north=0.0)
    if seen:
        sky.run(seen, {"A": still}, seen=[still])
    doubts = sky.run(20, {"A": still}, seen=[])[4:]
    assert doubts[-1] > doubts[0]
    assert all(after >= before - 1e-3 for before, after in itertools.pairwise(doubts))


@settings(max_examples=30)
@given(
    balance=st.floats(-12.0, 12.0),
    sight=st.floats(0.0, 1.0),
    less=st.floats(0.0, 10.0),
    trust=st.floats(0.0, 1.0),
)
def test_doubt_falls_with_what_sensors_see_and_rises_with_what_they_miss(balance, sight, less, trust):
    doubts = []
    for value in (balance, balance - less):
        senders = none(1, 1)
        senders.balance[:], senders.sight[:], senders.looks[:] = value, sight, 10
        one = np.zeros(1)
        no = np.zeros(1, np.bool_)
        aside = Aside(one + trust, np.zeros(1, np.int64), one, no, one, no, no, one, no)
        doubts.append(float(judge(senders, np.arange(1), {0: RADAR}, aside).doubt[0]))
    assert doubts[1] >= doubts[0] - 1e-12


@settings(max_examples=6)
@given(east=st.floats(-30_000.0, 30_000.0), north=st.floats(-30_000.0, 30_000.0), honest=st.booleans())
def test_the_frame_does_not_matter(east, north, honest):
    moved = np.array([SITE[0] + north / 111_195.0, SITE[1] + east / 70_000.0, 0.0])
    here, elsewhere = Sky(RADAR, FINDER), Sky(RADAR, FINDER, origin=moved)
    seen = [HERE] if honest else [THERE]
    a = here.run(15, {"A": HERE}, seen=seen, emitting=seen)
    b = elsewhere.run(15, {"A": HERE}, seen=seen, emitting=seen)
    assert np.allclose(a, b, atol=0.02)


def test_a_dead_radar_accuses_nobody():
    sky = Sky(RADAR)
    sky.run(5, {"A": HERE}, seen=[HERE])
    for _ in range(40):
        sky.second({"A": HERE}, seen=[])
    accused = sky.doubt("A")
    dead = Sky(RADAR)
    dead.run(5, {"A": HERE}, seen=[HERE])
    works = dead.state.works_ns
    for _ in range(40):
        dead.second({"A": HERE}, seen=[])
        dead.state = replace(dead.state, works_ns=dict.fromkeys(works, T0))
    assert accused > 0.5  # it lives and sees nothing
    assert dead.state.works_ns[1] == T0


def test_where_a_sensor_does_not_look_it_says_nothing():
    west = Sensor(
        id="west", index=1, modality="radar", scan="staring", lat_deg=50.9, lon_deg=4.48, alt_m=10.0,
        period_s=1.0, range_max_m=8000.0, azimuth_from_deg=180.0, azimuth_width_deg=180.0,
    )  # fmt: skip
    near = Sensor(
        id="near", index=1, modality="radar", scan="staring", lat_deg=50.9, lon_deg=4.48, alt_m=10.0,
        period_s=1.0, range_max_m=1000.0,
    )  # fmt: skip
    for sensor in (west, near):
        assert Sky(sensor).run(20, {"A": HERE}, seen=[])[-1] < 0.2
    low = straight(up=12.0)
    assert Sky(RADAR).run(20, {"A": low}, seen=[])[-1] < 0.2


def test_a_drone_that_says_that_it_lost_its_satellites_is_no_forger():
    drifting = straight(v_east=6.0, v_north=10.0)
    for nac_p, accused in ((10, True), (0, False)):
        sky = Sky(RADAR)
        sky.run(20, {"A": HERE}, seen=[HERE])
        sky.run(30, {"A": lambda s: straight(v_east=0.0)(s)}, seen=[drifting], nac_p=nac_p)
        sky.run(25, {"A": HERE}, seen=[lambda s: ((2000.0, 900.0, 120.0), (0.0, 0.0))], nac_p=nac_p)
        assert (sky.doubt("A") > 0.5) is accused


def test_the_silent_are_forgotten():
    sky = Sky()
    sky.run(5, {"A": HERE})
    sky.s += 200
    for _ in range(40):
        sky.second({"B": THERE})
    assert "A" not in sky.state.names.codes
    assert len(sky.state.senders) == 1


def test_words_name_the_sensor_and_its_looks():
    sky = Sky(RADAR)
    sky.run(15, {"A": HERE}, seen=[])
    senders = sky.state.senders
    senders.track[0], senders.track_ns[0] = 7, sky.state.tick_ns
    one = np.zeros(1)
    no = np.zeros(1, np.bool_)
    aside = Aside(one + 1.0, np.zeros(1, np.int64), one, no, one, no, no, one, no)
    verdict = judged.judge(senders, np.arange(1), sky.state.sensors, aside)
    told = worded.in_words(sky.state, verdict, one + 1.0, ~no, {7: "claims-only"}, sky.state.tick_ns)
    (doubt,) = told[7].doubts
    assert doubt.key == "remote_id:A"
    assert doubt.kinds == ["no-target"]
    assert "radar (0 of " in doubt.reasons[0]
    assert told[7].evidence == "claims-only"


def test_bearings_that_stray_onto_a_claim_that_is_surely_false_are_no_sight_of_it():
    tracks = np.zeros(3, TRACK)
    tracks["track_id"] = [7, 8, 9]
    state = SimpleNamespace(
        settings=IdentifySettings(), senders=SimpleNamespace(track=np.array([7, 0, 9, 8], np.uint32))
    )
    found = SimpleNamespace(doubt=np.array([0.95, 0.99, 0.6, 0.1]))
    assert claims_checked.surely_false(state, found, tracks).tolist() == [True, False, False]
