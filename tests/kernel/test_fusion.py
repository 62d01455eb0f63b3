"""Fusion of correlated estimates: what must hold whatever the numbers, and against plain NumPy."""

import numpy as np
import pytest
from fusion_reference import best_intersection, cv, split
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.fusion import carry, common_part, intersect, split_intersect
from vedette.kernel.spd import definite, invert

seeds = st.integers(0, 2**32 - 1)


def estimates(seed, k):
    """k estimates of one target, with common parts between nothing and all."""
    rng = np.random.default_rng(seed)
    scale = np.array([50.0, 50.0, 80.0, 5.0, 5.0, 3.0])
    root = rng.normal(size=(k, 6, 6)) * scale[:, None] * 10.0 ** rng.uniform(-1, 1, (k, 1, 1))
    P = root @ root.transpose(0, 2, 1) + np.diag(scale**2) * 1e-2
    share = rng.uniform(0.0, 1.0, (k, 1, 1))
    return rng.normal(0.0, 100.0, (k, 6)), P, share * P


def ci(x, P, W=None):
    out = np.empty(6), np.empty((6, 6)), np.empty((6, 6))
    assert intersect(x, P, P if W is None else W, len(x), *out)
    return out


def sci(one, two):
    out = np.empty(6), np.empty((6, 6)), np.empty((6, 6))
    assert split_intersect(*one, *two, np.empty((6, 6, 6)), *out)
    return out


def logdet(P):
    return np.linalg.slogdet(P)[1]


def least_eigenvalue(P, of):
    """Least eigenvalue of P in units of `of`."""
    root = np.linalg.inv(np.linalg.cholesky(of))
    return np.linalg.eigvalsh(root @ P @ root.T).min()


@given(seed=seeds)
def test_intersection_is_the_best_of_all_weights(seed):
    x, P, _ = estimates(seed, 2)
    ours, best = ci(x, P), best_intersection(x, P)
    assert logdet(ours[1]) <= logdet(best[1]) + 2e-3


@given(seed=seeds, k=st.integers(2, 5))
def test_intersection_does_not_depend_on_the_order(seed, k):
    x, P, W = estimates(seed, k)
    by = np.random.default_rng(seed).permutation(k)
    a, b = ci(x, P, W), ci(x[by], P[by], W[by])
    sd = np.sqrt(np.diag(a[1]))
    np.testing.assert_allclose(a[0] / sd, b[0] / sd, atol=1e-5)
    for A, B in zip(a[1:], b[1:], strict=True):
        np.testing.assert_allclose(A / np.outer(sd, sd), B / np.outer(sd, sd), atol=1e-6)


@given(seed=seeds, k=st.integers(1, 5))
def test_intersection_is_never_surer_than_allowed(seed, k):
    """P⁻¹ is a mean of the P_i⁻¹: nowhere surer than the surest one, and no worse in volume than any."""
    x, P, W = estimates(seed, k)
    _, fused, common = ci(x, P, W)
    information = np.linalg.inv(fused)
    assert np.isfinite(fused).all()
    assert np.array_equal(fused, fused.T)
    rng = np.random.default_rng(seed)
    for direction in rng.normal(size=(20, 6)) / np.array([50.0, 50.0, 80.0, 5.0, 5.0, 3.0]):
        most = max(direction @ np.linalg.solve(p, direction) for p in P)
        assert direction @ information @ direction <= most * (1.0 + 1e-6)
    assert logdet(fused) <= min(logdet(p) for p in P) + 2e-3
    assert least_eigenvalue(fused - common, fused) > -1e-6
    assert least_eigenvalue(common, fused) > -1e-6


@given(seed=seeds)
def test_what_is_told_twice_counts_once(seed):
    x, P, W = estimates(seed, 1)
    twice = ci(np.repeat(x, 3, 0), np.repeat(P, 3, 0), np.repeat(W, 3, 0))
    np.testing.assert_allclose(twice[1], P[0], rtol=1e-6, atol=1e-9 * abs(P).max())
    np.testing.assert_allclose(twice[0], x[0], atol=1e-6)


@given(seed=seeds)
def test_intersection_does_not_depend_on_frame_or_units(seed):
    x, P, W = estimates(seed, 3)
    rng = np.random.default_rng(seed)
    T = np.linalg.qr(rng.normal(size=(6, 6)))[0] * rng.uniform(0.2, 5.0, 6)
    a = ci(x, P, W)
    b = ci(x @ T.T, T @ P @ T.T, T @ W @ T.T)
    sd = np.sqrt(np.diag(b[1]))
    np.testing.assert_allclose(T @ a[0] / sd, b[0] / sd, atol=1e-4)
    np.testing.assert_allclose(T @ a[1] @ T.T / np.outer(sd, sd), b[1] / np.outer(sd, sd), atol=1e-5)


@given(seed=seeds)
def test_split_is_the_formula_at_some_weight(seed):
    x, P, W = estimates(seed, 2)
    ours = sci((x[0], P[0], W[0]), (x[1], P[1], W[1]))
    grid = np.linspace(0.0011, 0.9989, 100)
    best = min((split(x[0], P[0], W[0], x[1], P[1], W[1], w) for w in grid), key=lambda r: logdet(r[1]))
    assert logdet(ours[1]) <= logdet(best[1]) + 0.1
    assert least_eigenvalue(ours[1] - ours[2], ours[1]) > -1e-6
    assert least_eigenvalue(ours[2], ours[1]) > -1e-6


@given(seed=seeds)
def test_split_without_a_common_part_is_plain_fusion(seed):
    x, P, _ = estimates(seed, 2)
    nothing = np.zeros((6, 6))
    ours = sci((x[0], P[0], nothing), (x[1], P[1], nothing))
    expected = np.linalg.inv(np.linalg.inv(P[0]) + np.linalg.inv(P[1]))
    np.testing.assert_allclose(ours[1], expected, rtol=1e-6, atol=1e-9 * abs(expected).max())


@given(seed=seeds)
def test_split_does_not_depend_on_the_order(seed):
    x, P, W = estimates(seed, 2)
    a = sci((x[0], P[0], W[0]), (x[1], P[1], W[1]))
    b = sci((x[1], P[1], W[1]), (x[0], P[0], W[0]))
    sd = np.sqrt(np.diag(a[1]))
    np.testing.assert_allclose(a[0] / sd, b[0] / sd, atol=1e-3)
    np.testing.assert_allclose(a[1] / np.outer(sd, sd), b[1] / np.outer(sd, sd), atol=1e-3)


@given(seed=seeds, dt_s=st.floats(-20.0, 20.0), q=st.floats(0.01, 50.0))
def test_carry_is_the_textbook(seed, dt_s, q):
    x, P, W = (a[0] for a in estimates(seed, 1))
    F, Q = cv(abs(dt_s), q)
    if dt_s < 0.0:
        F = np.linalg.inv(F)
        Q = F @ Q @ F.T
    want = F @ x, F @ P @ F.T + Q, F @ W @ F.T + Q
    carry(x, P, W, dt_s, q)
    for ours, theirs in zip((x, P, W), want, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * abs(theirs).max())


def two_filters(rng, n=2, steps=40):
    """True joint covariance of n Kalman filters of one target with sensors of their own, and their W."""
    q = 10.0 ** rng.uniform(-1, 1)
    R = [np.diag(10.0 ** rng.uniform(2, 4, 3)) for _ in range(n)]
    period = rng.integers(1, 5, n)
    F, Q = cv(1.0, q)
    H = np.eye(3, 6)
    J = np.zeros((6 * n, 6 * n))
    for i in range(n):
        J[6 * i : 6 * i + 6, 6 * i : 6 * i + 6] = np.diag([*np.diag(R[i]), 1e4, 1e4, 1e2])
    W = [J[6 * i : 6 * i + 6, 6 * i : 6 * i + 6].copy() for i in range(n)]
    for k in range(1, steps):
        before = J
        J = np.kron(np.eye(n), F) @ J @ np.kron(np.eye(n), F.T) + np.kron(np.ones((n, n)), Q)
        G, N = np.eye(6 * n), np.zeros_like(J)
        for i in range(n):
            if k % period[i] == 0:
                at = slice(6 * i, 6 * i + 6)
                K = J[at, at] @ H.T @ np.linalg.inv(H @ J[at, at] @ H.T + R[i])
                G[at, at] = np.eye(6) - K @ H
                N[at, at] = K @ R[i] @ K.T
        J = G @ J @ G.T + N
        for i in range(n):
            at = slice(6 * i, 6 * i + 6)
            out = np.empty((6, 6))
            common_part(before[at, at].copy(), W[i], J[at, at].copy(), 1.0, q, out, np.empty((5, 6, 6)))
            W[i] = out
    return J, W


@pytest.mark.parametrize("seed", range(12))
def test_two_sensors_of_one_target_are_fused_honestly(seed):
    """The true covariance of the fused error, from both filters' gains, is within what is claimed.

    Plain fusion, that takes the errors for independent, is not: the test can tell.
    """
    J, W = two_filters(np.random.default_rng(seed))
    A, B, X = J[:6, :6].copy(), J[6:, 6:].copy(), J[:6, 6:]
    zero = np.zeros(6)
    P = sci((zero, A, W[0]), (zero, B, W[1]))[1]
    gain = np.empty((6, 12))  # the fused error is linear in both errors
    for a in range(6):
        unit = np.zeros(6)
        unit[a] = 1.0
        gain[:, a] = sci((unit, A, W[0]), (zero, B, W[1]))[0]
        gain[:, 6 + a] = sci((zero, A, W[0]), (unit, B, W[1]))[0]
    true = gain @ J @ gain.T
    assert least_eigenvalue(P - true, P) > -1e-6
    assert logdet(P) < min(logdet(A), logdet(B)) + 1e-9
    plain = np.linalg.inv(np.linalg.inv(A) + np.linalg.inv(B))
    Ka, Kb = plain @ np.linalg.inv(A), plain @ np.linalg.inv(B)
    error = Ka @ A @ Ka.T + Kb @ B @ Kb.T + Ka @ X @ Kb.T + Kb @ X.T @ Ka.T
    assert least_eigenvalue(plain - error, plain) < -0.1


def test_a_filter_surer_than_its_reports_allow_is_all_common():
    before, P = np.eye(6), 10.0 * np.eye(6)
    W = np.empty((6, 6))
    common_part(before, 0.1 * before, P, 1.0, 1.0, W, np.empty((5, 6, 6)))
    np.testing.assert_array_equal(W, P)


@given(seed=seeds)
def test_inverse(seed):
    P = estimates(seed, 1)[1][0]
    out = np.empty((6, 6))
    det = invert(P, out, np.empty((6, 6)))
    np.testing.assert_allclose(det, logdet(P), rtol=1e-9)
    sd = np.sqrt(np.diag(P))
    np.testing.assert_allclose(
        out * np.outer(sd, sd), np.linalg.inv(P / np.outer(sd, sd)), rtol=1e-5, atol=1e-7
    )


def test_what_is_not_definite_is_said_so():
    bad = np.eye(6)
    bad[2, 2] = -1.0
    nan = np.full((6, 6), np.nan)
    assert definite(np.array([np.eye(6), bad, nan])).tolist() == [True, False, False]
    x = np.zeros((2, 6))
    out = np.empty(6), np.empty((6, 6)), np.empty((6, 6))
    assert not intersect(x, np.array([np.eye(6), bad]), np.array([bad, bad]), 2, *out)
