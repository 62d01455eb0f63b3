"""The kernels of registration: places, differences, the filter, the prior that few sensors are off."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from registration_reference import difference, fit, height_of, place

from vedette.kernel import registration as kernel
from vedette.kernel.geodesy import mean_radius_m, rotation_between
from vedette.kernel.registration import crowded
from vedette.kernel.registration_filter import fold, gain, relax, update
from vedette.kernel.registration_prior import few_are_off
from vedette.track.sightings import RegistrationSettings

FRAME = np.array([0.0, mean_radius_m(50.0)])
SETTINGS = RegistrationSettings(gate_sd=1e6, student=1e9)
PRIOR = SETTINGS.prior_sd()
UNITS = np.concatenate((PRIOR, PRIOR, [150.0, 40.0]))
SITES = np.array([[0.0, 0.0, 100.0], [70e3, 10e3, 200.0], [25e3, 65e3, 300.0]])
ROTATIONS = [np.eye(3), rotation_between(np.array([50.0, 5.0, 0.0]), 50.09, 5.98), np.eye(3)]
seeds = st.integers(0, 2**32 - 1)


def plot_of(polar, height_m, v, t, pose, rotation, noise=(50.0, 0.0015, 0.005)):
    """A row of the kernel's columns; height_m is the track's."""
    row = np.zeros(kernel.N_COLUMNS)
    row[kernel.Z] = row[kernel.SD] = np.nan
    row[kernel.Z][:3], row[kernel.SD][:3] = polar, noise
    row[kernel.TIME_S], row[kernel.TRACK_HEIGHT_M], row[kernel.TRACK_HEIGHT_SD_M] = t, height_m, 40.0
    row[kernel.V], row[kernel.POSE], row[kernel.ROTATION] = v, pose, rotation.ravel()
    row[kernel.V_COVARIANCE] = (25.0 * np.eye(3)).ravel()
    return row


def seen_from(p, pose, rotation):
    d = rotation @ (p - pose)
    ground = math.hypot(d[0], d[1])
    return np.array([math.hypot(ground, d[2]), math.atan2(d[0], d[1]), math.atan2(d[2], ground)])


def pair_at(rng, elevated, slots=(0, 1), bias=None):
    """A target, and what two sensors with biases (s, 7) say of it without noise: the reference's pair."""
    target = np.append(rng.uniform(-40e3, 90e3, 2), 0.0)
    target[2] = rng.uniform(2e3, 11e3) - (target[:2] @ target[:2]) / (2.0 * FRAME[1])
    v = np.append(rng.uniform(-200.0, 200.0, 2), rng.uniform(-10.0, 10.0))
    bias = np.zeros((3, 7)) if bias is None else bias
    times = (rng.uniform(0.5, 2.5), 0.0)
    polar = []
    for slot, t in zip(slots, times, strict=True):
        # Stamped t, it was measured earlier by the clock's bias; the sensor stands short of where it says.
        b = bias[slot]
        shift = ROTATIONS[slot].T @ np.array([b[4], b[5], 0.0])
        z = seen_from(target + v * (t - b[6]), SITES[slot] - shift, ROTATIONS[slot])
        z = z * [1.0 + b[1], 1.0, 1.0] + [b[0], b[2], b[3]]
        polar.append(z if elevated else np.array([z[0], z[1], np.nan]))
    return {
        "polar": polar, "height": height_of(target, FRAME), "v": v, "t": times, "slot": slots, "frame": FRAME,
        "pose": [SITES[s] for s in slots], "rotation": [ROTATIONS[s] for s in slots],
        "components": 3 if elevated else 2, "target": target,
    }  # fmt: skip


def rows_of(pair):
    return [
        plot_of(
            pair["polar"][i], pair["height"], pair["v"], pair["t"][i], pair["pose"][i], pair["rotation"][i]
        )
        for i in range(2)
    ]


def compared(pair, x, at):
    y, H, R = np.empty(3), np.empty((3, kernel.N_CAUSES)), np.empty((3, 3))
    newer, older = rows_of(pair)
    # A height without spread: the reference knows no second order.
    P = np.eye(len(x)) * 1e-12
    c = kernel.compare(newer, older, at, UNITS, 0.0, FRAME, SETTINGS.rules(), x, P, y, H, R)
    return c, y, H, R


AT = np.array([*range(7), *range(7, 14), 21, 22])


@given(seed=seeds, elevated=st.booleans())
def test_a_difference_and_its_jacobian_are_those_of_the_reference(seed, elevated):
    """Where both see the target at one place: else neither's own place is that of the slope."""
    rng = np.random.default_rng(seed)
    bias = rng.normal(0.0, 0.5, (3, 7)) * PRIOR
    pair = pair_at(rng, elevated, bias=bias)
    b = bias[:2]
    x = np.zeros(23)
    x[:14] = (b / PRIOR).ravel()
    c, y, H, R = compared(pair, x, AT)
    if c == 0:  # too steep over one of the sensors
        return
    assert c == pair["components"]
    np.testing.assert_allclose(y[:c], difference(pair, *b)[:c], atol=2.0)
    assert (np.linalg.eigvalsh(R[:c, :c]) > 0.0).all()
    for side in range(2):
        for k in range(7):
            step = np.zeros((2, 7))
            step[side, k] = 1e-3 * PRIOR[k]
            slope = (difference(pair, *(b + step)) - difference(pair, *(b - step))) / 2e-3
            np.testing.assert_allclose(-H[:c, 7 * side + k], slope[:c], atol=0.02 * abs(slope).max() + 0.5)


@given(seed=seeds, kind=st.sampled_from(["polar", "bearing"]))
def test_sensors_at_one_place_say_nothing_of_a_range_that_they_have_in_common(seed, kind):
    """However far apart noise puts their azimuths: the nearer a target, the less they would differ."""
    rng = np.random.default_rng(seed)
    pair = pair_at(rng, elevated=True)
    pair["pose"], pair["rotation"] = [pair["pose"][0]] * 2, [pair["rotation"][0]] * 2
    pair["t"] = [pair["t"][0]] * 2
    pair["polar"] = [pair["polar"][0] + [rng.normal(0.0, 30.0), *rng.normal(0.0, 0.02, 2)] for _ in range(2)]
    if kind == "bearing":
        pair["polar"][1][0] = np.nan
    x = np.zeros(23)
    c, _, H, R = compared(pair, x, AT)
    if c == 0:
        return
    assert c == 3
    # What a range both have too much says of the difference, along what the pair knows well.
    along, across = np.linalg.eigh(R)
    well = across[:, along < 1e8]
    both = H[:, 0] + H[:, 7]
    assert abs(well.T @ both).max() < 1e-6 * UNITS[0]


@given(seed=seeds, kind=st.sampled_from(["polar", "bearing"]))
@settings(max_examples=8)
def test_noise_does_not_move_a_sensor_towards_what_it_sees(seed, kind):
    """A coarse radar beside a sharp one, or beside a camera: 400 pairs of one hovering target.

    Where the slope is taken must not hang on the noise of the difference: at the coarse plot's own place
    both turn together, and a sensor that stands at its target is what explains that best.
    """
    rng = np.random.default_rng(seed)
    pose = [np.zeros(3), np.array([12.0, -9.0, 0.0])]
    course = rng.uniform(0.0, 2.0 * math.pi)
    target = np.array([900.0 * math.sin(course), 900.0 * math.cos(course), 60.0])
    noise = [(3.0, 0.0175, 0.026), (3.0, 0.001, 0.001)]
    s, held = 2, (np.full(1, -1), np.zeros(1, np.int64), np.zeros(1))
    x, P = np.zeros(7 * s + 2), np.eye(7 * s + 2)
    for _ in range(400):
        rows = []
        for i in range(2):
            z = seen_from(target, pose[i], np.eye(3)) + rng.normal(0.0, noise[i])
            if kind == "bearing" and i == 1:
                z[0] = np.nan
            rows.append(plot_of(z, 60.0, np.zeros(3), 0.1 * i, pose[i], np.eye(3), noise[i]))
        each = np.arange(2)
        fold(
            0, each, each, np.ones(2, np.int64), np.array(rows), np.zeros(2, np.bool_), 0, *held, PRIOR,
            FRAME, SETTINGS.rules(), x, P,
        )  # fmt: skip
    for i in range(2):
        place = slice(7 * i + 4, 7 * i + 6)
        assert (abs(x[place]) < 3.5 * np.sqrt(np.diag(P)[place])).all()
        assert (abs(x[place]) < 1.0).all(), "a prior's sigma of 20 m, of which little can be seen"


@given(seed=seeds)
def test_biases_that_are_known_leave_no_difference(seed):
    rng = np.random.default_rng(seed)
    bias = rng.normal(0.0, 1.0, (3, 7)) * PRIOR
    pair = pair_at(rng, elevated=True, bias=bias)
    x = np.zeros(23)
    x[:14] = (bias[:2] / PRIOR).ravel()
    c, y, _, _ = compared(pair, x, AT)
    assert c == 3
    assert abs(y).max() < 1e-6


@given(seed=seeds, elevated=st.booleans())
@settings(max_examples=12)
def test_the_filter_is_the_fit_of_all_pairs_at_once(seed, elevated):
    """Linearised at zero, one pair after another gives what least squares gives with the prior."""
    rng = np.random.default_rng(seed)
    x, P = np.zeros(21), np.eye(21)
    pairs, noise = [], []
    for _ in range(12):
        slots = tuple(rng.permutation(3)[:2].tolist())
        pair = pair_at(rng, elevated, slots)
        for i in range(2):
            pair["polar"][i] = pair["polar"][i] + rng.normal(0.0, [50.0, 0.0015, 0.005])
        at = np.full(kernel.N_CAUSES, -1)
        at[:7], at[7:14] = 7 * slots[0] + np.arange(7), 7 * slots[1] + np.arange(7)
        c, y, H, R = compared(pair, np.zeros(21), at)
        if c == 0:
            continue
        R = R + 1e-9 * np.eye(3)
        # What is left of the difference at the present estimate, by the Jacobian at zero.
        used = at >= 0
        y[:c] = difference(pair, np.zeros(7), np.zeros(7))[:c]
        left = y - H[:, used] @ x[at[used]]
        update(left, H, R, c, at, SETTINGS.rules(), x, P)
        pair["components"] = c
        pairs.append(pair)
        noise.append(R)
    mean, covariance = fit(pairs, 3, PRIOR, noise)
    np.testing.assert_allclose(P, covariance, atol=0.02)
    np.testing.assert_allclose(x, mean, atol=0.05)


@given(seed=seeds)
def test_a_covariance_stays_symmetric_positive_definite_and_below_its_prior(seed):
    rng = np.random.default_rng(seed)
    x, P = np.zeros(23), np.eye(23)
    for _ in range(40):
        H, y = rng.normal(0.0, 10.0 ** rng.uniform(-1, 4), (3, 16)), rng.normal(0.0, 10.0, 3)
        update(y, H, np.eye(3), 3, AT, SETTINGS.rules(), x, P)
        relax(x, P, np.full(23, math.exp(-0.001)))
    np.testing.assert_array_equal(P, P.T)
    assert np.linalg.eigvalsh(P)[0] > 0.0
    assert np.linalg.eigvalsh(P)[-1] < 1.0 + 1e-9


def test_what_nothing_speaks_of_keeps_its_prior_for_ever():
    x, P = np.zeros(4), np.eye(4)
    for _ in range(1000):
        relax(x, P, np.array([0.5, 0.9, 0.999, 1.0]))
    np.testing.assert_allclose(P, np.eye(4), atol=1e-12)


def test_a_pair_beyond_the_gate_changes_nothing():
    x, P = np.zeros(23), np.eye(23)
    rules = RegistrationSettings().rules()
    H = np.zeros((3, 16))
    H[0, 0] = H[1, 1] = 1.0
    assert update(np.array([60.0, 0.0, 0.0]), H, np.eye(3), 2, AT, rules, x, P) == -1
    assert (x == 0.0).all()
    assert (np.eye(23) == P).all()
    W = np.empty((24, 3))
    assert math.isclose(gain(np.array([2.0, 0.0, 0.0]), H, np.eye(3), 2, AT, P, W), 2.0)


def relative(values, sd=0.01):
    """Posterior (x, P) of sensors with one bias each of which only the differences are seen."""
    n = len(values)
    information, h = np.eye(n), np.zeros(n)
    for i in range(n):
        for j in range(i):
            d = np.zeros(n)
            d[i], d[j] = 1.0, -1.0
            information += np.outer(d, d) / sd**2
            h += d * (values[i] - values[j]) / sd**2
    P = np.linalg.inv(information)
    return P @ h, P


def test_the_majority_is_right():
    """Three clocks, one 1 late, and only differences are seen."""
    x, P = relative([1.0, 0.0, 0.0])
    np.testing.assert_allclose(x, [2 / 3, -1 / 3, -1 / 3], atol=0.01)  # N(0, I) shares the fault among all
    b, _ = few_are_off(x, P, 1, 0.1, 0.2, 12)
    np.testing.assert_allclose(b, [1.0, 0.0, 0.0], atol=0.1)


@given(seed=seeds)
def test_what_is_seen_well_does_not_depend_on_who_is_blamed(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.0, 1.0, 6)
    x, P = relative(values)
    b, covariance = few_are_off(x, P, 2, 0.1, 0.2, 12)
    np.testing.assert_allclose(np.diff(b), np.diff(values), atol=0.02)
    assert (np.linalg.eigvalsh(covariance) > 0.0).all()


def columns(pairs, tracks):
    """The columns of `fold` of pairs, the older plot of each first."""
    sensor, track, plots = [], [], []
    for pair, number in zip(pairs, tracks, strict=True):
        for i, row in ((1, rows_of(pair)[1]), (0, rows_of(pair)[0])):
            sensor.append(pair["slot"][i])
            track.append(number[i])
            plots.append(row)
    return np.array(sensor), np.array(track), np.array(plots)


def folded(sensor, track, plots, rules=SETTINGS, slot=None):
    M = 2
    x, P = np.zeros(21 + 1 + M), np.eye(21 + 1 + M)
    used = np.zeros(len(sensor), np.bool_)
    counts = fold(
        0, sensor, sensor if slot is None else slot, track, plots, used, 0, np.full(M, -1),
        np.zeros(M, np.int64), np.zeros(M), PRIOR, FRAME, rules.rules(), x, P,
    )  # fmt: skip
    return x, P, used, counts


def test_each_plot_goes_into_one_pair():
    pair = pair_at(np.random.default_rng(3), elevated=True)
    sensor, track, plots = columns([pair, pair], [(1, 1), (1, 1)])
    _, _, used, counts = folded(sensor[[0, 1, 1, 1]], track, plots[[0, 1, 1, 1]])
    assert used.tolist() == [True, True, False, False]
    assert counts[:2, 0].tolist() == [1, 1]


def test_two_tracks_that_fly_alike_make_a_pair_unless_there_is_another():
    """The double track that a turned radar makes; the same with a neighbour; and seen by both sensors."""
    bias = np.zeros((3, 7))
    bias[0, 2] = math.radians(0.6)
    rules = RegistrationSettings()
    pair = pair_at(np.random.default_rng(11), elevated=True, bias=bias)
    sensor, track, plots = columns([pair], [(5, 4)])
    assert folded(sensor, track, plots, rules)[3][:2, 0].tolist() == [1, 1]
    # A neighbour 300 m off that flies along: nobody can say which of them it is.
    rival = plots[0].copy()
    rival[kernel.Z][1] += 300.0 / rival[kernel.Z][0]
    twice = np.array([sensor[0], *sensor])
    _, _, _, counts = folded(twice, np.array([9, *track]), np.array([rival, *plots]), rules)
    assert counts.sum() == 0
    # The newer track was seen by the older one's sensor as well: it is another target.
    both = np.array([sensor[0], *sensor])
    away = plots[0].copy()
    away[kernel.Z][0] += 9000.0
    _, _, _, counts = folded(both, np.array([track[1], *track]), np.array([away, *plots]), rules)
    assert counts[:, 0].sum() == 0


def test_place_of_the_reference_is_at_the_height_asked_for():
    p = place(np.array([60e3, 1.0, np.nan]), 9000.0, np.zeros(7), SITES[0], ROTATIONS[0], FRAME)
    assert abs(height_of(p, FRAME) - 9000.0) < 0.01


def test_only_tracks_of_others_near_by_crowd_a_plot():
    place = np.array([[0.0, 0.0, 500.0], [5000.0, 0.0, 500.0]])
    others = np.array([[300.0, 0.0, 9000.0], [0.0, 0.0, 500.0], [5000.0, 0.0, 500.0]])
    track, theirs = np.array([1, 2]), np.array([3, 1, 2])
    assert crowded(place, track, np.full(2, 400.0), others, theirs).tolist() == [True, False]
    assert crowded(place, track, np.full(2, 200.0), others, theirs).tolist() == [False, False]
