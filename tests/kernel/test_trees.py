"""Sums of trees are what somebody who walks them by hand finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.trees import scores


def forest(rng, rounds=3, classes=2, depth=3, features=4):
    inner = 2**depth - 1
    return (
        rng.integers(0, 2 * features, (rounds, classes, inner)).astype(np.int16),
        np.where(
            rng.random((rounds, classes, inner)) < 0.1, np.inf, rng.normal(size=(rounds, classes, inner))
        ).astype(np.float32),
        rng.normal(size=(rounds, classes, inner + 1)).astype(np.float32),
        rng.normal(size=classes),
    )


def by_hand(row, feature, threshold, leaf, base):
    out = base.copy()
    for r in range(feature.shape[0]):
        for c in range(feature.shape[1]):
            node = 0
            while node < feature.shape[2]:
                f = feature[r, c, node]
                if np.isnan(row[f % len(row)]):
                    right = f >= len(row) and threshold[r, c, node] < np.inf
                else:
                    right = np.float32(row[f % len(row)]) > threshold[r, c, node]
                node = 2 * node + 1 + int(right)
            out[c] += leaf[r, c, node - feature.shape[2]]
    return out


@given(seed=st.integers(0, 2**32 - 1))
def test_scores_are_those_of_a_walk_by_hand(seed):
    rng = np.random.default_rng(seed)
    trees = forest(rng)
    x = rng.normal(size=(20, 4))
    x[rng.random(x.shape) < 0.3] = np.nan
    want = np.array([by_hand(row, *trees) for row in x])
    np.testing.assert_allclose(scores(x, *trees), want, rtol=1e-12, atol=1e-12)


def test_no_rounds_are_the_base():
    trees = forest(np.random.default_rng(1), rounds=0)
    np.testing.assert_array_equal(scores(np.zeros((3, 4)), *trees), np.tile(trees[-1], (3, 1)))
