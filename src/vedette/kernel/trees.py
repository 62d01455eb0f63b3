"""Sums of decision trees over rows of numbers, some of which are not known.

A tree of depth d is complete: node 0 is the root, the children of node i are 2 i + 1 and 2 i + 2, and the
last 2^d are leaves. A row goes to the right child where its number is above the node's threshold; where it is
NaN it goes where the node says.

Source: Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics
29(5), algorithm 6 (one tree a class and round).
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def scores(
    x: Array,
    feature: NDArray[np.int16],
    threshold: NDArray[np.float32],
    unknown_right: NDArray[np.bool_],
    leaf: NDArray[np.float32],
    base: Array,
) -> Array:
    """Scores (k, classes) of rows.

    x              (k, features)                    NaN unknown
    feature        (rounds, classes, 2^d - 1)       whose number a node asks for; below 0: all go left
    threshold      (rounds, classes, 2^d - 1)
    unknown_right  (rounds, classes, 2^d - 1)
    leaf           (rounds, classes, 2^d)           what a leaf adds
    base           (classes,)                       score before the first round
    """
    rounds, classes, inner = feature.shape
    out = np.empty((len(x), classes))
    for k in range(len(x)):
        for c in range(classes):
            total = base[c]
            for r in range(rounds):
                node = 0
                while node < inner:
                    f = feature[r, c, node]
                    right = False
                    if f >= 0:
                        value = x[k, f]
                        right = unknown_right[r, c, node] if value != value else value > threshold[r, c, node]
                    node = 2 * node + (2 if right else 1)
                total += leaf[r, c, node - inner]
            out[k, c] = total
    return out
