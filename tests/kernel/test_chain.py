"""A chain of blocks is solved as the whole matrix is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.chain import eliminate, solve


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32))
def test_it_is_the_solution_of_the_whole(instants, size, seed):
    rng = np.random.default_rng(seed)
    beside = rng.uniform(0, 3, (instants - 1, size))
    root = rng.normal(0, 1, (instants, size, size))
    blocks = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(size)
    for k in range(instants - 1):  # what a difference of neighbours adds keeps the whole positive definite
        blocks[k] += np.diag(beside[k])
        blocks[k + 1] += np.diag(beside[k])
    whole = np.zeros((instants * size, instants * size))
    for k in range(instants):
        at = slice(k * size, (k + 1) * size)
        whole[at, at] = blocks[k]
        if k:
            before = slice((k - 1) * size, k * size)
            whole[before, at] = whole[at, before] = -np.diag(beside[k - 1])
    right = rng.normal(0, 1, (instants, size))
    expected = np.linalg.solve(whole, right.ravel()).reshape(right.shape)
    inverses = blocks.copy()
    eliminate(inverses, beside)
    assert solve(inverses, beside, right) == pytest.approx(expected, rel=1e-7, abs=1e-9)
