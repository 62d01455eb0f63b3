"""Small symmetric positive definite matrices, against NumPy."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.spd import invert, sandwich

seeds = st.integers(0, 2**32 - 1)


@given(seed=seeds, n=st.integers(1, 12))
def test_invert(seed, n):
    a = np.random.default_rng(seed).normal(size=(n, n + 3))
    A, out, room = a @ a.T, np.full((n, n), 7.0), np.empty((n, n))
    assert math.isnan(invert(-A, out, room))
    assert (out == 7.0).all()
    assert math.isclose(invert(A, out, room), np.linalg.slogdet(A)[1], rel_tol=1e-6, abs_tol=1e-6)
    want = np.linalg.inv(A)
    np.testing.assert_allclose(out, want, rtol=1e-6, atol=1e-8 * abs(want).max())
    assert (out == out.T).all()


@given(seed=seeds, n=st.integers(1, 8))
def test_sandwich(seed, n):
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(n, n)), rng.normal(size=(n, n))
    B, room, out = b @ b.T, np.empty((n, n)), np.empty((n, n))
    sandwich(A, B, room, out)
    np.testing.assert_allclose(out, A @ B @ A.T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(room, A @ B, rtol=1e-9, atol=1e-9)
    assert (out == out.T).all()
