"""Triangulation: planted targets are found, its covariance is honest, and the frame does not matter."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seen import many

from vedette.kernel.packing import exclusive
from vedette.kernel.rays import angles, crossing, direction, straight
from vedette.kernel.triangulation import range_bins, triangulate

seeds = st.integers(0, 2**32 - 1)
MOTIONS = np.array([[1.0, 0.1, 0.3], [15.0, 0.5, 0.4], [60.0, 5.0, 0.3]])
SENSORS = np.array([[0.0, 0.0, 5.0], [1500.0, 100.0, 20.0], [300.0, 2500.0, 0.0]])


def scene(rng, n=24, sensors=2, noise_rad=0.01, elevation=True):
    """Rays of a target in straight flight: times, angles, noise, poses, rotations, and its state at 0."""
    x = np.array([800.0, 1200.0, 150.0, *rng.normal(0.0, 8.0, 2), rng.normal(0.0, 1.0)])
    t = np.sort(rng.uniform(-10.0, 0.0, n))
    t[-1] = 0.0
    pose = SENSORS[np.arange(n) % sensors]
    rotation = np.tile(np.eye(3), (n, 1, 1))
    away = x[:3] + t[:, None] * x[3:] - pose
    z = np.stack(
        (np.arctan2(away[:, 0], away[:, 1]), np.arctan2(away[:, 2], np.hypot(away[:, 0], away[:, 1]))), axis=1
    )
    z += rng.normal(0.0, noise_rad, z.shape)
    if not elevation:
        z[:, 1] = np.nan
    return t, z, np.full((n, 2), noise_rad), pose, rotation, x


def solve(t, z, sd, pose, rotation, height=(300.0, 1000.0)):
    x, P = np.empty(6), np.empty((6, 6))
    out = triangulate(t, z, sd, pose, rotation, *height, MOTIONS, x, P)
    return x, P, out


@given(seed=seeds, sensors=st.integers(2, 3))
def test_a_planted_target_is_found(seed, sensors):
    *rays, x = scene(np.random.default_rng(seed), sensors=sensors, noise_rad=1e-5)
    found, P, (evidence, chi2, m) = solve(*rays)
    assert m == 48
    assert math.isfinite(evidence)
    assert np.linalg.norm(found[:3] - x[:3]) < 1.5  # the motions allow for a little more bend
    assert chi2 < 3.0 * m
    np.linalg.cholesky(P)


@pytest.mark.parametrize("elevation", [True, False])
def test_the_covariance_is_honest(elevation):
    part = [0, 1, 2, 3, 4, 5] if elevation else [0, 1, 3, 4]
    nees = []
    for seed in range(many(200)):
        *rays, x = scene(np.random.default_rng(seed), elevation=elevation)
        found, P, _ = solve(*rays)
        off = (found - x)[part]
        nees.append(off @ np.linalg.solve(P[np.ix_(part, part)], off) / len(part))
    # The flight is straighter than the motions allow for, so a little below 1.
    assert 0.4 < np.mean(nees) < 1.2


@given(seed=seeds, turn=st.floats(-3.0, 3.0), shift=st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)))
def test_turning_and_moving_the_frame_turns_and_moves_the_answer(seed, turn, shift):
    t, z, sd, pose, rotation, _ = scene(np.random.default_rng(seed), noise_rad=1e-3)
    c, s = math.cos(turn), math.sin(turn)
    R = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    x, P, (evidence, chi2, _) = solve(t, z, sd, pose, rotation)
    moved = pose @ R.T + np.array([*shift, 0.0])
    y, Q, (evidence_y, chi2_y, _) = solve(t, z, sd, moved, rotation @ R.T)
    big = np.kron(np.eye(2), R)
    assert np.allclose(y[:3], R @ x[:3] + [*shift, 0.0], atol=1e-3)
    assert np.allclose(y[3:], R @ x[3:], atol=1e-4)
    assert np.allclose(Q, big @ P @ big.T, rtol=1e-3, atol=1e-4)
    assert evidence_y == pytest.approx(evidence, abs=1e-3)
    assert chi2_y == pytest.approx(chi2, rel=1e-3, abs=1e-3)


@given(seed=seeds)
def test_a_common_target_has_more_evidence_than_strangers(seed):
    rng = np.random.default_rng(seed)
    t, z, sd, pose, rotation, _ = scene(rng, noise_rad=0.005)
    _, _, (together, _, _) = solve(t, z, sd, pose, rotation)
    stranger = z.copy()
    stranger[1::2, 1] += 0.2  # the second sensor looks well above the first one's ray
    _, _, (apart, _, _) = solve(t, stranger, sd, pose, rotation)
    assert not apart > together - 10.0


@given(seed=seeds)
def test_rays_that_part_do_not_meet(seed):
    t, z, sd, pose, rotation, _ = scene(np.random.default_rng(seed))
    z[:, 0] = np.where(pose[:, 0] < 1.0, -2.0, 2.0)
    z[:, 1] = np.nan
    assert math.isnan(solve(t, z, sd, pose, rotation)[2][0])


@given(azimuth=st.floats(-3.1, 3.1), elevation=st.floats(-1.4, 1.4), far=st.floats(1.0, 1e5))
def test_direction_and_angles_are_inverse(azimuth, elevation, far):
    u, h, H = np.empty(3), np.empty(2), np.empty((2, 3))
    direction(azimuth, elevation, np.eye(3), u)
    angles(SENSORS[1] + far * u, SENSORS[1], np.eye(3), h, H)
    assert np.allclose(h, [azimuth, elevation], atol=1e-6)
    step = 1e-4 * far
    for a in range(3):
        g, p = np.empty(2), SENSORS[1] + far * u
        p[a] += step
        angles(p, SENSORS[1], np.eye(3), g, np.empty((2, 3)))
        assert np.allclose((g - h) / step, H[:, a], rtol=0.02, atol=0.02 * np.abs(H).max())


def test_crossing_of_known_rays():
    u1, u2 = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    s, t, miss = crossing(np.zeros(3), u1, np.array([30.0, -40.0, 7.0]), u2, False)
    assert (s, t, miss) == pytest.approx((30.0, 40.0, 7.0))
    assert crossing(np.zeros(3), u1, np.array([30.0, -40.0, 7.0]), u2, True)[2] == pytest.approx(0.0)
    assert math.isnan(crossing(np.zeros(3), u1, np.ones(3), u1, False)[0])


def test_pseudo_linear_flight_through_exact_rays():
    *rays, x = scene(np.random.default_rng(1), noise_rad=1e-7)
    line = np.empty(6)
    assert straight(*rays, 0.0, 3000.0, 60.0, line)
    assert np.allclose(line, x, atol=0.5)


@settings(max_examples=20)
@given(seed=seeds)
def test_one_sensor_at_rest_leaves_the_range_open(seed):
    t, z, sd, pose, rotation, _ = scene(np.random.default_rng(seed), sensors=1)
    bins = 20.0 * 2.0 ** (np.arange(9) + 0.5)
    weight, x, P = np.empty(9), np.empty((9, 6)), np.empty((9, 6, 6))
    assert math.isfinite(range_bins(t, z, sd, pose, rotation, 300.0, 3000.0, MOTIONS, bins, weight, x, P))
    share = np.exp(weight - weight.max())
    share /= share.sum()
    ranges = np.hypot(x[:, 0], x[:, 1])
    mean = share @ ranges
    within = share @ (P[:, 0, 0] + P[:, 1, 1])  # of a bin, which the mixture has as well
    assert math.sqrt(share @ (ranges - mean) ** 2 + within) > 0.5 * mean


def packings(n, sets, weight, alone):
    """Every way to choose sets that share nothing, with its weight."""
    out = []
    for bits in range(1 << len(sets)):
        chosen = [k for k in range(len(sets)) if bits >> k & 1]
        used = sum(len(sets[k]) for k in chosen)
        members = set().union(*(sets[k] for k in chosen)) if chosen else set()
        if len(members) == used:
            lone = sum(alone[i] for i in range(n) if i not in members)
            out.append((chosen, math.exp(sum(weight[k] for k in chosen) + lone)))
    return out


@given(seed=seeds)
def test_packing_probabilities_equal_enumeration(seed):
    rng = np.random.default_rng(seed)
    n = 6
    sets = sorted(
        {tuple(sorted(rng.choice(n, rng.integers(2, 4), replace=False).tolist())) for _ in range(8)}
    )
    weight, alone = rng.normal(0.0, 2.0, len(sets)), rng.normal(0.0, 1.0, n)
    mask = np.array([sum(1 << i for i in one) for one in sets], np.uint64)
    p_set, p_alone = exclusive(n, mask, weight, alone, 4096)
    ways = packings(n, sets, weight, alone)
    total = sum(w for _, w in ways)
    for k in range(len(sets)):
        assert p_set[k] == pytest.approx(sum(w for chosen, w in ways if k in chosen) / total, abs=1e-9)
    for i in range(n):
        lone = sum(w for chosen, w in ways if not any(i in sets[k] for k in chosen)) / total
        assert p_alone[i] == pytest.approx(lone, abs=1e-9)
