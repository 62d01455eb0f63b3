"""Gradient boosting of small trees, one a class and round, as kernel.trees evaluates them.

Numbers are sorted into bins once; a node is split where the sums of its rows' gradients in bins gain most,
and rows whose number is not known go to the side where they gain more. Everything follows from the rows and
the generator that is given.

Sources: Friedman (2001), Annals of Statistics 29(5), algorithm 6; Chen & Guestrin (2016), XGBoost, KDD,
equations 6 and 7 (gain and leaf with a second-order step), algorithm 3 (unknown numbers).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.trees import scores

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_BINS: Final = 64
_UNKNOWN: Final = _BINS  # the bin of NaN


@dataclass(frozen=True, slots=True)
class Recipe:
    """How trees are grown.

    rounds         at most
    depth          of every tree
    rate           share of a step that is taken
    ridge          added to the sums of second derivatives
    least_weight   sum of second derivatives that each side of a split has at least
    rows, columns  share that each tree is shown
    patience       rounds without a better loss on the rows kept aside, after which it ends
    """

    rounds: int = 200
    depth: int = 4
    rate: float = 0.12
    ridge: float = 20.0
    least_weight: float = 40.0
    rows: float = 0.6
    columns: float = 0.3
    patience: int = 15


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees as kernel.trees.scores takes them."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]
    base: Array

    def logits(self, x: Array) -> Array:
        """(k, classes) of rows (k, features)."""
        x = np.ascontiguousarray(x, np.float64)
        return scores(x, self.feature, self.threshold, self.leaf, self.base)


def grow(
    x: Array, y: Ints, weight: Array, aside: tuple[Array, Ints, Array], n_classes: int, recipe: Recipe,
    rng: np.random.Generator,
) -> tuple[Forest, list[float]]:  # fmt: skip
    """A forest and its loss on the rows kept aside after each round; it ends where that was least.

    x       (n, features)  NaN unknown
    y       (n,)           class
    weight  (n,)
    aside   the same three of rows that are not learnt from
    """
    edges = [_edges(x[:, f]) for f in range(x.shape[1])]
    binned = np.column_stack([_binned(x[:, f], edges[f]) for f in range(x.shape[1])])
    shape = (recipe.rounds, n_classes, 2**recipe.depth - 1)
    forest = Forest(
        np.zeros(shape, np.int16),
        np.full(shape, np.inf, np.float32),
        np.zeros((recipe.rounds, n_classes, 2**recipe.depth), np.float32),
        np.zeros(n_classes),
    )
    score = np.zeros((len(x), n_classes))
    score_aside = np.zeros((len(aside[0]), n_classes))
    truth = np.eye(n_classes)[y]
    losses: list[float] = []
    for r in range(recipe.rounds):
        p = softmax(score)
        shown = np.flatnonzero(rng.random(len(x)) < recipe.rows)
        for c in range(n_classes):
            gradient = weight * (p[:, c] - truth[:, c])
            curvature = weight * np.maximum(p[:, c] * (1.0 - p[:, c]), 1e-6)
            columns = np.sort(rng.permutation(x.shape[1])[: max(round(recipe.columns * x.shape[1]), 1)])
            feature, cut, right, leaf = _tree(
                binned, gradient, curvature, shown, columns, recipe.depth, recipe.ridge, recipe.least_weight
            )
            forest.feature[r, c] = np.maximum(feature, 0) + right * x.shape[1]
            forest.threshold[r, c] = [
                _threshold(edges, f, b) for f, b in zip(feature.tolist(), cut.tolist(), strict=True)
            ]
            forest.leaf[r, c] = -recipe.rate * leaf
            one = (
                forest.feature[r : r + 1, c : c + 1], forest.threshold[r : r + 1, c : c + 1],
                forest.leaf[r : r + 1, c : c + 1], np.zeros(1),
            )  # fmt: skip
            score[:, c] += scores(x, *one)[:, 0]
            score_aside[:, c] += scores(aside[0], *one)[:, 0]
        losses.append(loss(softmax(score_aside), aside[1], aside[2]))
        best = int(np.argmin(losses))
        if r - best >= recipe.patience:
            break
    keep = int(np.argmin(losses)) + 1
    return Forest(
        forest.feature[:keep], forest.threshold[:keep], forest.leaf[:keep], forest.base,
    ), losses  # fmt: skip


def softmax(logits: Array) -> Array:
    """(n, classes) probabilities."""
    out = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = out / out.sum(axis=1, keepdims=True)
    return result


def loss(p: Array, y: Ints, weight: Array) -> float:
    """Weighted mean of -log of the probability of what is true."""
    said = np.maximum(p[np.arange(len(y)), y], 1e-12)
    return float(-(weight * np.log(said)).sum() / weight.sum())


def _threshold(edges: list[NDArray[np.float32]], f: int, b: int) -> float:
    """Of a node: infinite where it does not split, above all that is known where it parts off the unknown."""
    if f < 0:
        return math.inf
    return float(edges[f][b]) if b < len(edges[f]) else float(np.finfo(np.float32).max)


def _edges(column: Array) -> NDArray[np.float32]:
    """Where bins of one number end but the last."""
    known = column[np.isfinite(column)]
    if not len(known):
        return np.zeros(0, np.float32)
    cuts = np.quantile(known, np.arange(1, _BINS) / _BINS)
    return np.unique(cuts.astype(np.float32))


def _binned(column: Array, edges: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Bins of one number: a number above edges[b] is in a bin above b."""
    out = np.searchsorted(edges.astype(np.float64), column, side="left").astype(np.uint8)
    out[~np.isfinite(column)] = _UNKNOWN
    return out


@njit
def _tree(
    binned: NDArray[np.uint8], gradient: Array, curvature: Array, shown: Ints, columns: Ints, depth: int,
    ridge: float, least: float,
) -> tuple[NDArray[np.int16], Ints, NDArray[np.bool_], Array]:  # fmt: skip
    """One complete tree: of each inner node its column, bin and side of the unknown; of each leaf its sums.

    The sums of gradients over those of second derivatives with the ridge: the step that equation 5 of Chen &
    Guestrin takes, but for its sign.
    """
    inner = 2**depth - 1
    feature = np.full(inner, -1, np.int16)
    cut = np.zeros(inner, np.int64)
    right = np.zeros(inner, np.bool_)
    node = np.zeros(len(shown), np.int64)
    bins = 65
    for level in range(depth):
        first, count = 2**level - 1, 2**level
        sums = np.zeros((count, len(columns), bins, 2))
        for k in range(len(shown)):
            i = shown[k]
            q = node[k] - first
            g, h = gradient[i], curvature[i]
            for j in range(len(columns)):
                b = binned[i, columns[j]]
                sums[q, j, b, 0] += g
                sums[q, j, b, 1] += h
        for q in range(count):
            _split(sums[q], columns, ridge, least, feature, cut, right, first + q)
        for k in range(len(shown)):
            at = node[k]
            f = feature[at]
            up = False
            if f >= 0:
                b = binned[shown[k], f]
                up = right[at] if b == bins - 1 else b > cut[at]
            node[k] = 2 * at + (2 if up else 1)
    total = np.zeros((2**depth, 2))
    for k in range(len(shown)):
        total[node[k] - inner, 0] += gradient[shown[k]]
        total[node[k] - inner, 1] += curvature[shown[k]]
    leaf = np.zeros(2**depth)
    for q in range(2**depth):
        leaf[q] = total[q, 0] / (total[q, 1] + ridge)
    return feature, cut, right, leaf


@njit
def _split(
    sums: Array, columns: Ints, ridge: float, least: float, feature: NDArray[np.int16], cut: Ints,
    right: NDArray[np.bool_], at: int,
) -> None:  # fmt: skip
    """The best split of one node, into row `at` of the last three; none where nothing is gained."""
    bins = sums.shape[1]
    G = H = 0.0
    for b in range(bins):
        G += sums[0, b, 0]
        H += sums[0, b, 1]
    whole = G * G / (H + ridge)
    best = 1e-6
    for j in range(len(columns)):
        ug, uh = sums[j, bins - 1, 0], sums[j, bins - 1, 1]
        lg = lh = 0.0
        for b in range(bins - 2):
            lg += sums[j, b, 0]
            lh += sums[j, b, 1]
            for side in range(2):
                a, c = (lg, lh) if side == 1 else (lg + ug, lh + uh)
                if c < least or H - c < least:
                    continue
                gain = a * a / (c + ridge) + (G - a) * (G - a) / (H - c + ridge) - whole
                if gain > best + 1e-12:
                    best = gain
                    feature[at], cut[at], right[at] = columns[j], b, side == 1
