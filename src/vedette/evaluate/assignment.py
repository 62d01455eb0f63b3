"""The cheapest assignment of rows to columns.

Shortest augmenting paths with dual prices: O(n² m). Source: Jonker & Volgenant (1987), Computing 38,
325-340, in the rectangular form of Crouse (2016), IEEE TAES 52(4), 1679-1696, without the initial
reduction steps.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def assign(cost: Array) -> Ints:
    """Column of each row, (n,), -1 for none; min(n, m) rows get one, at the least total cost.

    cost  (n, m)  finite
    """
    if cost.ndim != 2 or not np.isfinite(cost).all():
        raise ValueError(f"expected finite costs of shape (n, m), got shape {cost.shape}")
    n, m = cost.shape
    if n == 0 or m == 0:
        return np.full(n, -1, np.int64)
    if n <= m:
        return _columns_of_rows(np.ascontiguousarray(cost))
    out = np.full(n, -1, np.int64)
    out[_columns_of_rows(np.ascontiguousarray(cost.T))] = np.arange(m)
    return out


@njit
def _columns_of_rows(cost: Array) -> Ints:
    """Columns of rows for n <= m: one shortest path a row."""
    n, m = cost.shape
    row_price = np.zeros(n)
    column_price = np.zeros(m)
    row_of = np.full(m, -1, np.int64)
    for first in range(n):
        distance = np.full(m, np.inf)
        came_from = np.full(m, -1, np.int64)  # the column before on the path; -1 is the first row
        done = np.zeros(m, np.bool_)
        row = first
        previous = -1
        reached = 0.0
        end = -1
        while end < 0:
            nearest = -1
            for j in range(m):
                if done[j]:
                    continue
                through = reached + cost[row, j] - row_price[row] - column_price[j]
                if through < distance[j]:
                    distance[j] = through
                    came_from[j] = previous
                if nearest < 0 or distance[j] < distance[nearest]:
                    nearest = j
            reached = distance[nearest]
            done[nearest] = True
            if row_of[nearest] < 0:
                end = nearest
            else:
                row = row_of[nearest]
                previous = nearest
        row_price[first] += reached
        for j in range(m):
            if done[j] and j != end:
                row_price[row_of[j]] += reached - distance[j]
                column_price[j] -= reached - distance[j]
        while end >= 0:
            before = came_from[end]
            row_of[end] = first if before < 0 else row_of[before]
            end = before
    out = np.full(n, -1, np.int64)
    for j in range(m):
        if row_of[j] >= 0:
            out[row_of[j]] = j
    return out
