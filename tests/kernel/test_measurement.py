"""The Jacobian against numerical differentiation, component by component, and residuals that wrap."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu, mean_radius_m, rotation_between
from vedette.kernel.measurement import (
    AZIMUTH,
    BARO,
    DIFFERENCE,
    EAST,
    ELEVATION,
    HEIGHT,
    N_COMPONENTS,
    NORTH,
    RANGE,
    RATE,
    STEEP,
    V_EAST,
    V_NORTH,
    V_UP,
    Look,
    linearise,
    wrap,
)

ORIGIN = np.array([50.9, 4.48, 30.0])
FRAME = np.array([ORIGIN[2], mean_radius_m(ORIGIN[0])])
NAMES = {
    RANGE: "range", AZIMUTH: "azimuth", ELEVATION: "elevation", RATE: "rate", EAST: "east", NORTH: "north",
    HEIGHT: "height", BARO: "baro", V_EAST: "v_east", V_NORTH: "v_north", V_UP: "v_up",
    DIFFERENCE: "difference",
}  # fmt: skip
seeds = st.integers(0, 2**32 - 1)


def sensor(rng):
    """Pose and rotation of a sensor within a degree of the origin, another receiver some way off."""
    lat, lon, alt = ORIGIN[0] + rng.uniform(-1, 1), ORIGIN[1] + rng.uniform(-1, 1), rng.uniform(0, 500)
    pose = enu_from_geodetic(ORIGIN, np.array([lat]), np.array([lon]), np.array([alt]))[0]
    return np.concatenate((pose, pose + rng.normal(0.0, 8_000.0, 3) * (1, 1, 0.05))), rotation_between(
        ORIGIN, lat, lon
    )


def target(rng, pose):
    """A state from 200 m to 80 km off the sensor, not straight above it."""
    away, bearing = rng.uniform(200.0, 80_000.0), rng.uniform(-math.pi, math.pi)
    place = pose[:3] + np.array(
        [away * math.sin(bearing), away * math.cos(bearing), rng.uniform(-100, 12_000)]
    )
    return np.concatenate((place, rng.normal(0.0, 80.0, 3)))


def residuals(x, z, up, pose, rotation, dt_s, sd=None, corr=0.0):
    """y, H, r of the components that are not NaN."""
    sd = np.ones(N_COMPONENTS) if sd is None else sd
    # The plot stands between two others, the place between two others: they must not be looked at.
    look = Look(
        z=np.stack([np.full(N_COMPONENTS, 7.0), z, np.full(N_COMPONENTS, 7.0)]),
        sd=np.stack([np.ones(N_COMPONENTS), sd, np.ones(N_COMPONENTS)]),
        up=np.stack([np.ones(2), up, np.ones(2)]),
        corr=np.array([0.1, corr, 0.1]),
        dt_s=np.array([9.0, dt_s, 9.0]),
        at=np.array([0, 1, 2]),
        pose=np.stack([np.full(6, 5.0), np.resize(pose, 6), np.full(6, 5.0)]),
        rotation=np.stack([np.eye(3), rotation, np.eye(3)]),
        frame=FRAME,
        stray=np.array([0.0, 1.0]),
    )
    # One among others: the second of three plots, and the first model of a leaf that is not the first.
    states = np.stack([np.full((2, 6), 3.0), np.stack([x, np.full(6, 9.0)])])
    rows = linearise(states, 0, look, np.array([0, 1, 0]), np.array([0, 1, 2]))
    m = rows.m[1]
    assert not rows.H[1, :m, rows.wide[1] :].any()
    return rows.y[1, :m].copy(), rows.H[1, :m].copy(), rows.r[1, :m].copy()


@pytest.mark.parametrize("component", sorted(NAMES), ids=NAMES.get)
@given(seed=seeds, dt_s=st.sampled_from([0.0, 0.7, -1.3]))
def test_jacobian(component, seed, dt_s):
    """dh/dx = -dy/dx by central differences, with the measurement at another time than the state."""
    rng = np.random.default_rng(seed)
    pose, rotation = sensor(rng)
    x = target(rng, pose)
    up = rng.normal(0.0, 0.02, 2)
    z = np.full(N_COMPONENTS, np.nan)
    z[component] = 0.1
    if component in (EAST, NORTH):  # they come together
        z[EAST] = z[NORTH] = 0.1
    if component == RATE:
        z[RANGE] = 0.1
    row = 1 if component in (NORTH, RATE) else 0
    _, H, _ = residuals(x, z, up, pose, rotation, dt_s)
    for a in range(6):
        h = 0.5 if a < 3 else 0.05
        ahead, behind = x.copy(), x.copy()
        ahead[a] += h
        behind[a] -= h
        change = (
            residuals(ahead, z, up, pose, rotation, dt_s)[0][row]
            - residuals(behind, z, up, pose, rotation, dt_s)[0][row]
        )
        if component == AZIMUTH:
            change = wrap(change)
        slope = -change / (2.0 * h)
        assert abs(slope - H[row, a]) < 1e-5 * max(1.0, np.abs(H[row]).max()) + 1e-9


@given(seed=seeds)
def test_what_a_sensor_would_measure_leaves_no_residual(seed):
    """Polar values worked out through ECEF, not through the kernel's own frame."""
    rng = np.random.default_rng(seed)
    pose, rotation = sensor(rng)
    x = target(rng, pose)
    place = geodetic_from_enu(ORIGIN, np.vstack((pose[:3], x[:3])))
    own = enu_from_geodetic(place[0], *(place[1:, a].copy() for a in range(3)))[0]
    velocity = rotation @ x[3:]
    slant = float(np.linalg.norm(own))
    z = np.full(N_COMPONENTS, np.nan)
    z[RANGE] = slant
    z[AZIMUTH] = math.atan2(own[0], own[1])
    z[ELEVATION] = math.asin(own[2] / slant)
    z[RATE] = float(own @ velocity) / slant
    z[V_EAST], z[V_NORTH] = x[3], x[4]
    y, _, _ = residuals(x, z, np.zeros(2), pose, rotation, 0.0)
    assert np.abs(y[0]) < 1e-3
    assert np.abs(y[1:3]).max() < 1e-6
    assert np.abs(y[3:]).max() < 1e-4


@given(seed=seeds, alt_m=st.floats(0.0, 12_000.0))
def test_a_told_position_leaves_little_residual(seed, alt_m):
    """East, north at height 0 with `up` and a height, against the point's exact place, to 100 km."""
    rng = np.random.default_rng(seed)
    lat, lon = np.array([ORIGIN[0] + rng.uniform(-0.7, 0.7)]), np.array([ORIGIN[1] + rng.uniform(-1, 1)])
    x = np.zeros(6)
    x[:3] = enu_from_geodetic(ORIGIN, lat, lon, np.array([alt_m]))[0]
    low = enu_from_geodetic(ORIGIN, lat, lon, np.zeros(1))[0]
    high = enu_from_geodetic(ORIGIN, lat, lon, np.full(1, 1000.0))[0]
    z = np.full(N_COMPONENTS, np.nan)
    z[EAST], z[NORTH], z[HEIGHT] = low[0], low[1], alt_m
    y, _, _ = residuals(x, z, (high[:2] - low[:2]) / 1000.0, np.zeros(3), np.eye(3), 0.0)
    assert np.abs(y[:2]).max() < 0.1
    assert abs(y[2]) < 6.0


@given(seed=seeds, dt_s=st.floats(-5.0, 5.0))
def test_another_time_is_another_place_on_a_straight_line(seed, dt_s):
    rng = np.random.default_rng(seed)
    pose, rotation = sensor(rng)
    x = target(rng, pose)
    moved = x.copy()
    moved[:3] += dt_s * x[3:]
    z = np.full(N_COMPONENTS, 0.5)
    up = rng.normal(0.0, 0.02, 2)
    late = residuals(x, z, up, pose, rotation, dt_s)[0]
    there = residuals(moved, z, up, pose, rotation, 0.0)[0]
    assert np.allclose(late, there, rtol=1e-12, atol=1e-9)


@given(angle=st.floats(-1e4, 1e4))
def test_wrap_is_the_same_angle_within_half_a_turn(angle):
    wrapped = wrap(angle)
    assert -math.pi - 1e-9 <= wrapped <= math.pi + 1e-9
    assert math.isclose(math.cos(wrapped), math.cos(angle), abs_tol=1e-9)
    assert math.isclose(math.sin(wrapped), math.sin(angle), abs_tol=1e-9)


def test_azimuth_residual_over_north_is_small():
    """Measured one degree west of north, predicted one degree east: two degrees, not 358."""
    x = np.zeros(6)
    x[:2] = 1000.0 * math.sin(math.radians(1.0)), 1000.0 * math.cos(math.radians(1.0))
    z = np.full(N_COMPONENTS, np.nan)
    for measured in (-1.0, 359.0, 719.0):
        z[AZIMUTH] = math.radians(measured)
        y, _, _ = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)
        assert math.isclose(math.degrees(y[0]), -2.0, abs_tol=1e-6)


@given(present=st.sets(st.sampled_from([c for c in NAMES if c not in (EAST, NORTH)])), place=st.booleans())
def test_only_what_was_measured_counts(present, place):
    """Rows come in the order of the components, each with its own variance, and no others."""
    wanted = sorted(present | ({EAST, NORTH} if place else set()))
    z = np.full(N_COMPONENTS, np.nan)
    z[wanted] = 0.0
    sd = 1.0 + np.arange(N_COMPONENTS)
    x = np.array([3000.0, 4000.0, 500.0, 10.0, 20.0, 1.0])
    y, _, r = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0, sd)
    assert list(r) == [sd[c] ** 2 for c in wanted]
    assert np.isfinite(y).all()


def test_a_range_rate_alone_counts():
    z = np.full(N_COMPONENTS, np.nan)
    z[RATE] = 12.0
    x = np.array([3000.0, 4000.0, 500.0, 10.0, 20.0, 1.0])
    y, _, _ = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)
    assert len(y) == 1


def test_straight_above_and_at_the_sensor_stays_finite():
    z = np.full(N_COMPONENTS, 0.1)
    for place in ((0.0, 0.0, 0.0), (0.0, 0.0, 500.0), (1e-9, 0.0, 0.0)):
        x = np.array([*place, 5.0, 5.0, 0.0])
        y, H, _ = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)
        assert np.isfinite(y).all()
        assert np.isfinite(H).all()


@given(seed=seeds, dt_s=st.sampled_from([0.0, 0.7]))
def test_jacobian_near_the_zenith(seed, dt_s):
    """Azimuth and elevation of a target up to straight above, by central differences."""
    rng = np.random.default_rng(seed)
    pose, rotation = sensor(rng)
    steep, bearing = math.radians(rng.uniform(75.1, 90.0)), rng.uniform(-math.pi, math.pi)
    away = rng.uniform(300.0, 5000.0)
    d = away * np.array(
        [math.cos(steep) * math.sin(bearing), math.cos(steep) * math.cos(bearing), math.sin(steep)]
    )
    x = np.concatenate(
        (pose[:3] + rotation.T @ d + rng.normal(0.0, 0.02 * away, 3), rng.normal(0.0, 20.0, 3))
    )
    z = np.full(N_COMPONENTS, np.nan)
    z[AZIMUTH], z[ELEVATION] = bearing, steep
    _, H, _ = residuals(x, z, np.zeros(2), pose, rotation, dt_s)
    for a in range(6):
        ahead, behind = x.copy(), x.copy()
        ahead[a] += 0.05
        behind[a] -= 0.05
        change = (
            residuals(ahead, z, np.zeros(2), pose, rotation, dt_s)[0]
            - residuals(behind, z, np.zeros(2), pose, rotation, dt_s)[0]
        )
        assert np.allclose(-change / 0.1, H[:, a], rtol=1e-5, atol=1e-6 * max(1.0, np.abs(H).max()))


@given(azimuth_deg=st.floats(-720.0, 720.0), past_deg=st.floats(0.1, 4.0), before_deg=st.floats(0.1, 4.0))
def test_over_the_zenith_is_near_by(azimuth_deg, past_deg, before_deg):
    """Measured before the zenith, predicted past it on the opposite azimuth: the few degrees between."""
    azimuth, over = math.radians(azimuth_deg), math.radians(past_deg)
    x = np.zeros(6)
    x[:3] = 800.0 * np.array(
        [-math.sin(over) * math.sin(azimuth), -math.sin(over) * math.cos(azimuth), math.cos(over)]
    )
    z = np.full(N_COMPONENTS, np.nan)
    z[AZIMUTH], z[ELEVATION] = azimuth, math.radians(90.0 - before_deg)
    y, _, _ = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)
    assert abs(y[0]) * math.sin(math.radians(before_deg)) < 1e-9
    assert math.isclose(y[1], -math.sin(math.radians(before_deg + past_deg)), rel_tol=1e-9)


@given(seed=seeds)
def test_the_tangent_plane_is_azimuth_and_elevation_where_they_are_small(seed):
    """On both sides of STEEP the same small error has nearly the same residual, in the same units."""
    rng = np.random.default_rng(seed)
    bearing = rng.uniform(-math.pi, math.pi)
    z = np.full(N_COMPONENTS, np.nan)
    got = []
    for elevation in (STEEP - 1e-9, STEEP + 1e-9):
        z[AZIMUTH], z[ELEVATION] = bearing, elevation
        seen, high = bearing + 1e-3, elevation - 1e-3
        x = np.zeros(6)
        x[:3] = 900.0 * np.array(
            [math.cos(high) * math.sin(seen), math.cos(high) * math.cos(seen), math.sin(high)]
        )
        got.append(residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)[0])
    assert np.allclose(got[0], [-1e-3, 1e-3], rtol=1e-6)
    assert np.allclose(got[1], got[0], rtol=6e-3)


def test_what_is_behind_does_not_fit():
    z = np.full(N_COMPONENTS, np.nan)
    z[AZIMUTH], z[ELEVATION] = 0.3, math.radians(80.0)
    x = np.zeros(6)
    x[:3] = -500.0 * np.array(
        [math.cos(z[2]) * math.sin(0.3), math.cos(z[2]) * math.cos(0.3), math.sin(z[2])]
    )
    y, H, _ = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)
    assert np.abs(y).min() >= math.pi - 1e-9
    assert np.isfinite(H).all()


@given(seed=seeds, corr=st.floats(-0.999, 0.999))
def test_correlated_errors_weigh_as_their_full_covariance(seed, corr):
    """Squared distance and determinant of the two rows are those of the 2 by 2 covariance."""
    rng = np.random.default_rng(seed)
    pose, rotation = sensor(rng)
    x = target(rng, pose)
    up, sd = rng.normal(0.0, 0.02, 2), rng.uniform(1.0, 200.0, N_COMPONENTS)
    z = np.full(N_COMPONENTS, np.nan)
    z[[EAST, NORTH]] = x[:2] + rng.normal(0.0, 100.0, 2)
    plain, H0, _ = residuals(x, z, up, pose, rotation, 0.5, sd)
    y, H, r = residuals(x, z, up, pose, rotation, 0.5, sd, corr)
    cross = corr * sd[EAST] * sd[NORTH]
    R = np.array([[sd[EAST] ** 2, cross], [cross, sd[NORTH] ** 2]])
    assert math.isclose(y @ (y / r), plain @ np.linalg.solve(R, plain), rel_tol=1e-6)
    assert math.isclose(r[0] * r[1], np.linalg.det(R), rel_tol=1e-6)
    assert np.allclose(H.T @ (H / r[:, None]), H0.T @ np.linalg.solve(R, H0), rtol=1e-6, atol=1e-12)


@given(seed=seeds)
def test_it_does_not_matter_where_the_sector_lies(seed):
    """What a sensor measures of a target is the same in two sectors, and moves alike with the target."""
    rng = np.random.default_rng(seed)
    other = np.array([ORIGIN[0] + rng.uniform(-1, 1), ORIGIN[1] + rng.uniform(-1, 1), rng.uniform(0, 900)])
    turn = rotation_between(ORIGIN, other[0], other[1])
    pose, rotation = sensor(rng)
    x = target(rng, pose)
    places = np.vstack((pose[:3], pose[3:], x[:3]))
    there = enu_from_geodetic(other, *geodetic_from_enu(ORIGIN, places).T.copy())
    z = np.full(N_COMPONENTS, np.nan)
    z[[RANGE, AZIMUTH, ELEVATION, RATE, DIFFERENCE]] = rng.normal(0.0, 1.0, 5)
    y, H, _ = residuals(x, z, np.zeros(2), pose, rotation, 0.3)
    x2 = np.concatenate((there[2], turn @ x[3:]))
    y2, H2, _ = residuals(x2, z, np.zeros(2), there[:2].ravel(), rotation @ turn.T, 0.3)
    assert np.allclose(y, y2, rtol=1e-7, atol=1e-5)
    assert np.allclose(H[:, :3], H2[:, :3] @ turn, rtol=1e-6, atol=1e-8)
    assert np.allclose(H[:, 3:], H2[:, 3:] @ turn, rtol=1e-6, atol=1e-8)


@given(seed=seeds)
def test_a_climb_is_that_of_the_height(seed):
    """Height a little later less height now, through ECEF, against what the climb row expects."""
    rng = np.random.default_rng(seed)
    x = np.concatenate((rng.uniform(-80_000.0, 80_000.0, 2), [rng.uniform(0, 9e3)], rng.normal(0, 150.0, 3)))
    ahead, behind = x[:3] + 0.5 * x[3:], x[:3] - 0.5 * x[3:]
    heights = geodetic_from_enu(ORIGIN, np.vstack((ahead, behind)))[:, 2]
    z = np.full(N_COMPONENTS, np.nan)
    z[V_UP] = heights[0] - heights[1]
    y, _, _ = residuals(x, z, np.zeros(2), np.zeros(3), np.eye(3), 0.0)
    assert abs(y[0]) < 0.06
