"""Histories that agree with the one that is shown are pooled with it: beside plain mixtures of NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.merging import pool

LIMIT = 9.0
seeds = st.integers(0, 2**32 - 1)


def states(rng, n, apart=1.0):
    root = rng.normal(0.0, 1.0, (n, 6, 6))
    return rng.normal(0.0, apart, (n, 6)), root @ root.transpose(0, 2, 1) + np.eye(6)


@given(seed=seeds, apart=st.sampled_from([0.3, 1.0, 2.0, 30.0]))
def test_each_is_the_mixture_of_those_that_agree_with_it(seed, apart):
    """Some have several others, some have none, and some do not exist themselves."""
    rng = np.random.default_rng(seed)
    k = 4
    of = np.repeat(rng.permutation(k), rng.integers(0, 4, k))
    x, P = states(rng, k, apart)
    x_other, P_other = states(rng, len(of), apart)
    own, p = rng.choice([0.0, 0.2, 0.7], k), rng.choice([0.0, 0.1, 0.5], len(of))
    got = x.copy(), P.copy()
    pool(*got, own, of, x_other, P_other, p.copy(), LIMIT)
    for q in range(k):
        w, mean, cov = [own[q]], [x[q]], [P[q]]
        for b in np.flatnonzero(of == q):
            y = x_other[b] - x[q]
            if y @ np.linalg.solve(0.5 * (P[q] + P_other[b]), y) <= LIMIT:
                w, mean, cov = [*w, p[b]], [*mean, x_other[b]], [*cov, P_other[b]]
        if sum(w) == own[q]:
            assert np.array_equal(got[0][q], x[q])
            assert np.array_equal(got[1][q], P[q])
            continue
        w = np.array(w) / sum(w)
        middle = w @ np.array(mean)
        off = np.array(mean) - middle
        assert np.allclose(got[0][q], middle)
        assert np.allclose(got[1][q], np.einsum("i,ijk->jk", w, cov + off[:, :, None] * off[:, None]))


@pytest.mark.parametrize("cross", [np.nan, 1e9, -1e9])
def test_a_covariance_that_is_none_agrees_with_nothing(cross):
    x, P = states(np.random.default_rng(1), 1)
    P_other = P.copy()
    P_other[0, 0, 1] = P_other[0, 1, 0] = cross
    got = x.copy(), P.copy()
    pool(*got, np.array([0.5]), np.array([0]), x, P_other, np.array([0.5]), LIMIT)
    assert np.array_equal(got[0], x)
    assert np.array_equal(got[1], P)
