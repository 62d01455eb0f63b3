"""GOSPA: how far a set of estimates is from a set of truths, in metres, and why.

    GOSPA^p = min over assignments of  Σ d(x, y)^p  +  c^p / α · (missed + false)

with p = 2 and α = 2, for which the sum falls apart into localisation, missed and false. A pair counts
only if it is closer than the cut-off c.

Source: Rahmathullah, García-Fernández & Svensson (2017), Generalized optimal sub-pattern assignment
metric, 20th FUSION, definition 1 and proposition 1.
"""

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.kernel.assignment import assign, assign_near
from vedette.kernel.neighbours import pairs_within

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Gospa(Struct, frozen=True):
    """One comparison.

    total_m                                the metric
    localisation_m2, missed_m2, false_m2   its square falls apart into these
    missed, false                          how many
    """

    total_m: float
    localisation_m2: float
    missed_m2: float
    false_m2: float
    missed: int
    false: int


def gospa(distance_m: Array, cutoff_m: float) -> tuple[Gospa, Ints]:
    """Compare by the distances between all truths and all estimates.

    distance_m  (n, m)  from truth to estimate, 0 or more; inf never matches

    Returns the metric, and (n,) the estimate of each truth, -1 for none.
    """
    _check(cutoff_m)
    n, m = distance_m.shape
    square = np.minimum(distance_m, cutoff_m) ** 2
    match = assign(square)
    rows = np.flatnonzero(match >= 0)
    near = distance_m[rows, match[rows]] < cutoff_m
    match[rows[~near]] = -1
    rows = rows[near]
    return _made_of(square[rows, match[rows]], n, m, cutoff_m), match


def gospa_places(truth_m: Array, estimate_m: Array, cutoff_m: float) -> tuple[Gospa, Ints]:
    """Compare by places: the same as `gospa` of their distances, also where there are very many.

    truth_m     (n, d)  m
    estimate_m  (m, d)  m; one with a NaN matches nothing

    Returns the metric, and (n,) the estimate of each truth, -1 for none.
    """
    _check(cutoff_m)
    near = pairs_within(np.ascontiguousarray(truth_m), np.ascontiguousarray(estimate_m), cutoff_m)
    return gospa_pairs(len(truth_m), len(estimate_m), *near, cutoff_m)


def gospa_pairs(n: int, m: int, i: Ints, j: Ints, distance_m: Array, cutoff_m: float) -> tuple[Gospa, Ints]:
    """Compare n truths and m estimates by the pairs that are near: the same as `gospa` of all.

    i, j        (k,)  truth and estimate of every pair that is closer than the cut-off, each pair once
    distance_m  (k,)

    Returns the metric, and (n,) the estimate of each truth, -1 for none.
    """
    _check(cutoff_m)
    # Squares of numbers just below the cut-off may round to its square: they are as good as none.
    square = np.minimum(distance_m**2, np.nextafter(cutoff_m**2, 0.0))
    match = assign_near(n, m, i, j, square, cutoff_m**2)
    return _made_of(distance_m[match[i] == j] ** 2, n, m, cutoff_m), match


def _check(cutoff_m: float) -> None:
    if cutoff_m <= 0:
        raise ValueError(f"expected a cut-off above 0 m, got {cutoff_m}")


def _made_of(matched_m2: Array, n: int, m: int, cutoff_m: float) -> Gospa:
    """The metric of n truths and m estimates of which these are matched, squared distances (k,)."""
    localisation = float(matched_m2.sum())
    missed, false = n - len(matched_m2), m - len(matched_m2)
    half = cutoff_m * cutoff_m / 2.0
    total = math.sqrt(localisation + half * (missed + false))
    return Gospa(total, localisation, half * missed, half * false, missed, false)
