"""Near pairs of two sets against all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.neighbours import pairs_within


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 40),
    m=st.integers(0, 40),
    d=st.integers(1, 3),
    radius_m=st.sampled_from([0.0, 1.0, 30.0, 1e3]),
)
def test_it_finds_the_pairs_that_are_near_and_no_others(seed, n, m, d, radius_m):
    rng = np.random.default_rng(seed)
    a_m, b_m = np.round(rng.uniform(-50.0, 50.0, (n, d))), np.round(rng.uniform(-50.0, 50.0, (m, d)))
    near_a, near_b, away_m = pairs_within(a_m, b_m, radius_m)
    apart = np.linalg.norm(a_m[:, None] - b_m[None], axis=2)
    assert sorted(zip(near_a.tolist(), near_b.tolist(), strict=True)) == [
        (int(i), int(j)) for i, j in np.argwhere(apart < radius_m)
    ]
    assert np.allclose(away_m, apart[near_a, near_b])
    assert (np.diff(near_a) >= 0).all()


@pytest.mark.parametrize("where", ["a", "b"])
def test_what_is_nowhere_is_near_nothing(where):
    a_m, b_m = np.zeros((2, 2)), np.zeros((3, 2))
    (a_m if where == "a" else b_m)[0, 1] = np.nan
    assert len(pairs_within(a_m, b_m, 1.0)[0]) == (3 if where == "a" else 4)
    (a_m if where == "a" else b_m)[0] = np.nan
    assert len(pairs_within(a_m, b_m, 1.0)[0]) == (3 if where == "a" else 4)
