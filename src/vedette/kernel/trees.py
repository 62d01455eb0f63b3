"""Sums of decision trees over rows of numbers, some of which are not known.

A tree of depth d is complete: node 0 is the root, the children of node i are 2 i + 1 and 2 i + 2, and the
last 2^d are leaves. A row goes to the right child where its number is above the node's threshold; where it is
NaN it goes where the node says.

A row is laid out twice, unknown numbers once as below and once as above everything, and a node names the
place in either: so that a step down needs no branch.

Source: Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics
29(5), algorithm 6 (one tree a class and round).
"""

import math

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
    leaf: NDArray[np.float32],
    base: Array,
) -> Array:
    """Scores (k, classes) of rows.

    x          (k, f)                        NaN unknown
    feature    (rounds, classes, 2^d - 1)    whose number a node asks for, from 0; f more where the unknown
                                             goes right. With a threshold of infinity all go left
    threshold  (rounds, classes, 2^d - 1)
    leaf       (rounds, classes, 2^d)        what a leaf adds
    base       (classes,)                    score before the first round
    """
    rounds, classes, inner = feature.shape
    width = x.shape[1]
    row = np.empty(2 * width, np.float32)
    out = np.empty((len(x), classes))
    for k in range(len(x)):
        for f in range(width):
            value = x[k, f]
            known = value == value
            row[f] = value if known else -math.inf
            row[width + f] = value if known else math.inf
        for c in range(classes):
            out[k, c] = base[c]
        for r in range(rounds):
            for c in range(classes):
                node = 0
                while node < inner:
                    node = 2 * node + 1 + int(row[feature[r, c, node]] > threshold[r, c, node])
                out[k, c] += leaf[r, c, node - inner]
    return out
