"""Directions: the wrap of the azimuth, sound covariances, and bearings that come late."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.angle_motion import gate_angles, update_angles

angle = st.floats(-math.pi, math.pi)
Q = 1e-4


def begun(azimuth, elevation=0.1, rate_sd=0.1, sd=0.01):
    x = np.array([[azimuth, 0.0], [elevation, 0.0]])
    return x, np.array([[sd**2, 0.0, rate_sd**2]] * 2)


@given(azimuth=angle, rate=st.floats(-0.2, 0.2))
def test_a_direction_is_followed_round_the_circle(azimuth, rate):
    x, P = begun(azimuth)
    for k in range(1, 60):
        z = np.array([math.remainder(azimuth + rate * k, 2.0 * math.pi), 0.1])
        track, _, _ = gate_angles(x[None], P[None], np.ones((1, 1)), z[None], np.full((1, 2), 0.01), Q, 5.0)
        assert len(track) == 1
        update_angles(x, P, 1.0, z, np.full(2, 0.01), Q)
        assert abs(x[0, 0]) <= math.pi + 1e-12
    assert abs(math.remainder(x[0, 0] - z[0], 2.0 * math.pi)) < 1e-2
    assert abs(x[0, 1] - rate) < 2e-2


@given(steps=st.lists(st.tuples(st.floats(-3.0, 10.0), angle, st.floats(-1.4, 1.4)), max_size=20))
def test_covariances_stay_covariances(steps):
    x, P = begun(0.0)
    for dt_s, azimuth, elevation in steps:
        update_angles(x, P, dt_s, np.array([azimuth, elevation]), np.full(2, 0.02), Q)
        assert np.isfinite(x).all()
        assert (P[:, 0] > 0.0).all()
        assert (P[:, 2] > 0.0).all()
        assert (P[:, 0] * P[:, 2] - P[:, 1] ** 2 > -1e-9 * P[:, 0] * P[:, 2]).all()


def test_an_elevation_that_comes_later_begins_there():
    x, P = begun(1.0)
    x[1], P[1] = 0.0, [np.inf, 0.0, 0.01]
    update_angles(x, P, 1.0, np.array([1.0, math.nan]), np.full(2, 0.01), Q)
    assert math.isinf(P[1, 0])
    update_angles(x, P, 1.0, np.array([1.0, 0.3]), np.full(2, 0.01), Q)
    assert x[1, 0] == 0.3
    assert P[1, 0] == 0.01**2


def test_far_bearings_are_gated_out():
    x, P = begun(1.0)
    z = np.array([[1.0, 0.1], [2.0, 0.1], [1.0, 1.0], [1.0, math.nan]])
    track, plot, _ = gate_angles(x[None], P[None], np.full((1, 4), 0.1), z, np.full((4, 2), 0.01), Q, 4.0)
    assert track.tolist() == [0, 0]
    assert plot.tolist() == [0, 3]
