"""Trajectory GOSPA: how far a set of tracks is from a set of true trajectories, changes of track included.

    d² = min over W of  Σ_k [ Σ_ij D_ij(k)² W_ij(k)  +  γ²/2 Σ_ij |W_ij(k) - W_ij(k+1)| ]

W_ij(k) in 0 … 1 is the share in which truth i is assigned to track j at instant k, at most 1 in all for
each truth and each track. D² is the squared distance where both are there, cut off at c²; where one of them
is alone or unassigned it costs c²/2; where neither is there nothing. So a change from one track to another
costs γ², getting or losing one γ²/2. It is a metric, and it falls apart into localisation, missed, false and
switch.

How it is made small, without changing the optimum:
- All unassigned costs c²/2 a state. Against that an assignment gains c² - d², and only where both are
  there closer than c. Pairs that are never so near gain nothing and are left out.
- Truths and tracks that no such pair joins are apart from each other: each group is solved alone, over the
  instants at which any of its pairs is near.
- Each truth's best paths with prices on the tracks bound the optimum from one side, paths in which truths
  take turns from the other (`kernel.trajectory_paths`). Where the two meet, the optimum is found. It is
  whole then: W is 0 or 1.
- Where they do not meet, the linear program itself is solved (`evaluate.trajectory_lp`) if the group is
  small enough; its prices are a bound that proves it. If not, the best that was found is told, and how much
  better it might be.

Source: García-Fernández, Rahmathullah & Svensson (2020), A metric on the space of finite sets of trajectories
for evaluation of multi-target tracking algorithms, IEEE TSP 68, 3917-3928: definition 2 (multi-dimensional
assignment), equations 18 and 19 (linear program), section III-C (the parts). p = 2.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.evaluate.trajectory_lp import relaxed
from vedette.kernel.assignment import groups
from vedette.kernel.trajectory_paths import bracket, priced

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LARGEST: Final = 2e8  # T E³ of a group up to which its linear program is solved: about ten seconds
_ROUNDS: Final = 1000  # of prices
_MEET: Final = 1e-7  # of the square of the metric: closer than this is met


class TrajectoryGospa(Struct, frozen=True):
    """One comparison over T instants.

    total_m       the metric, or where not exact the least that is known to be possible
    lower_m       the metric is not below this; total_m where exact
    localisation_m2, missed_m2, false_m2, switch_m2   (T,) its square falls apart into these; a switch counts
                  at the instant after it
    """

    total_m: float
    lower_m: float
    localisation_m2: Array
    missed_m2: Array
    false_m2: Array
    switch_m2: Array

    @property
    def exact(self) -> bool:
        """Whether total_m is the metric to a millionth."""
        return self.total_m - self.lower_m <= 1e-6 * self.total_m + 1e-12


class Near(Struct, frozen=True):
    """Truths and tracks that were closer than the cut-off.

    instant, truth, track  (k,)  each pair once an instant
    distance_m             (k,)
    """

    instant: Ints
    truth: Ints
    track: Ints
    distance_m: Array


def trajectory_gospa(
    truths: Bools, tracks: Bools, near: Near, cutoff_m: float, switch_m: float, largest: float = LARGEST
) -> TrajectoryGospa:
    """Compare.

    truths   (T, n)  whether a truth is there
    tracks   (T, m)  whether a track is there
    near             all pairs of both that are closer than the cut-off
    switch_m         gamma: what a change from one track to another costs, as a distance
    """
    if cutoff_m <= 0 or switch_m < 0:
        raise ValueError(
            f"expected a cut-off above 0 m and a switch of 0 m or more, got {cutoff_m}, {switch_m}"
        )
    half = cutoff_m * cutoff_m / 2.0
    missed, false = truths.sum(axis=1, dtype=np.float64), tracks.sum(axis=1, dtype=np.float64)
    localisation, switch = np.zeros((2, len(truths)))
    slack = 0.0
    for group in _apart(near, truths.shape[1], tracks.shape[1]):
        instants, at = np.unique(group.instant, return_inverse=True)
        key = group.truth * tracks.shape[1] + group.track
        pairs, pair = np.unique(key, return_inverse=True)
        _, row = np.unique(pairs // tracks.shape[1], return_inverse=True)
        _, column = np.unique(pairs % tracks.shape[1], return_inverse=True)
        square = np.zeros((len(instants), len(pairs)))
        square[at, pair] = group.distance_m**2
        held = np.zeros(square.shape)
        held[at, pair] = 1.0
        gain = np.where(held > 0, cutoff_m * cutoff_m - square, 0.0)
        share, more = _shares(gain, row, column, switch_m * switch_m / 2.0, largest)
        slack += more
        localisation[instants] += (share * square * held).sum(axis=1)
        missed[instants] -= (share * held).sum(axis=1)
        false[instants] -= (share * held).sum(axis=1)
        switch[instants[1:]] += switch_m * switch_m / 2.0 * np.abs(np.diff(share, axis=0)).sum(axis=1)
    missed, false = half * np.maximum(missed, 0.0), half * np.maximum(false, 0.0)
    total = float(localisation.sum() + missed.sum() + false.sum() + switch.sum())
    met = slack <= _MEET * total
    lower = total if met else max(total - slack, 0.0)
    return TrajectoryGospa(math.sqrt(max(total, 0.0)), math.sqrt(lower), localisation, missed, false, switch)


def near_pairs(distances_m: list[Array], truths: list[Ints], tracks: list[Ints], cutoff_m: float) -> Near:
    """From distances (n_k, m_k) at each instant k, and who its truths (n_k,) and tracks (m_k,) are."""
    instant, truth, track, distance = [], [], [], []
    for k, away in enumerate(distances_m):
        i, j = np.nonzero(away < cutoff_m)
        instant.append(np.full(len(i), k))
        truth.append(truths[k][i])
        track.append(tracks[k][j])
        distance.append(away[i, j])
    if not instant:
        nobody = np.zeros(0, np.int64)
        return Near(nobody, nobody, nobody, np.zeros(0))
    return Near(*(np.concatenate(part) for part in (instant, truth, track, distance)))


def _apart(near: Near, n: int, m: int) -> list[Near]:
    """Groups that share no truth and no track."""
    if not len(near.instant):
        return []
    group = groups(n, m, near.truth, near.track)[near.truth]
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    return [
        Near(near.instant[part], near.truth[part], near.track[part], near.distance_m[part])
        for part in np.split(order, cuts)
    ]


def _shares(gain: Array, row: Ints, column: Ints, switch: float, largest: float) -> tuple[Array, float]:
    """Shares (T, E) of one group, and how much more others might be worth: 0 is the optimum.

    gain         (T, E)
    row, column  (E,)    truth and track of each pair, from 0, sorted by truth
    """
    begin = np.searchsorted(row, np.arange(row[-1] + 2)).astype(np.int64)
    m = int(column.max()) + 1
    least, most, paths = bracket(gain, begin, column.astype(np.int64), m, switch, _ROUNDS)
    share = np.zeros(gain.shape)
    for path in paths:
        on = np.flatnonzero(path >= 0)
        share[on, path[on]] = 1.0
    if most - least <= _MEET * most or len(gain) * len(row) ** 3 > largest:
        return share, max(most - least, 0.0)
    partly, prices = relaxed(gain, row, column, switch)
    value = float((gain * partly).sum() - switch * np.abs(np.diff(partly, axis=0)).sum())
    most = min(most, priced(gain, begin, column.astype(np.int64), prices, switch)[0])
    if value <= least:
        return share, max(most - least, 0.0)
    return partly, max(most - value, 0.0)
