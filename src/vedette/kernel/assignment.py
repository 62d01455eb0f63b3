"""The cheapest assignment of rows to columns.

Shortest augmenting paths with dual prices: O(n² m). Source: Jonker & Volgenant (1987), Computing 38,
325-340, in the rectangular form of Crouse (2016), IEEE TAES 52(4), 1679-1696, without the initial
reduction steps.

Where most pairs are out of the question, the rest falls apart into groups that share no row and no
column, and the cheapest whole is the cheapest of each.
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
        return columns_of_rows(np.ascontiguousarray(cost))
    out = np.full(n, -1, np.int64)
    out[columns_of_rows(np.ascontiguousarray(cost.T))] = np.arange(m)
    return out


def assign_near(n: int, m: int, row: Ints, column: Ints, cost: Array, none_cost: float) -> Ints:
    """Column of each row, (n,), -1 for none, when only some pairs can be.

    row, column  (k,)  the pairs that can be, each once
    cost         (k,)  what each of them costs: finite, less than none_cost
    none_cost          what a row costs, once, that gets no column though there is one to have

    The same total as `assign` over all n by m pairs with none_cost in place of what is not listed.
    """
    if not len(row) == len(column) == len(cost):
        raise ValueError(f"expected pairs of one length, got {len(row)}, {len(column)} and {len(cost)}")
    if len(cost) and not (np.isfinite(cost).all() and float(cost.max()) < none_cost):
        raise ValueError(f"expected finite costs below {none_cost}, got up to {cost.max()}")
    group = groups(n, m, row, column)
    by_group = np.argsort(group[row], kind="stable")
    return _solve(n, m, row[by_group], column[by_group], cost[by_group], group, none_cost)


@njit
def groups(n: int, m: int, row: Ints, column: Ints) -> Ints:
    """Group of each of n rows, then of each of m columns, (n + m,): the smallest member's number."""
    parent = np.arange(n + m)
    for k in range(len(row)):
        a, b = row[k], n + column[k]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        parent[max(a, b)] = min(a, b)
    for i in range(n + m):  # a parent's number is smaller, so it is settled before
        parent[i] = parent[parent[i]]
    return parent


@njit
def _solve(n: int, m: int, row: Ints, column: Ints, cost: Array, group: Ints, none_cost: float) -> Ints:
    """Column of each row: one dense assignment a group; pairs come sorted by group."""
    out = np.full(n, -1, np.int64)
    place = np.full(n + m, -1, np.int64)  # in its group's block
    begin = 0
    while begin < len(row):
        end = begin
        while end < len(row) and group[row[end]] == group[row[begin]]:
            end += 1
        rows = np.empty(end - begin, np.int64)
        columns = np.empty(end - begin, np.int64)
        n_rows = 0
        n_columns = 0
        for k in range(begin, end):
            if place[row[k]] < 0:
                place[row[k]] = n_rows
                rows[n_rows] = row[k]
                n_rows += 1
            if place[n + column[k]] < 0:
                place[n + column[k]] = n_columns
                columns[n_columns] = column[k]
                n_columns += 1
        block = np.full((n_rows, n_columns), none_cost)
        for k in range(begin, end):
            block[place[row[k]], place[n + column[k]]] = cost[k]
        if n_rows <= n_columns:
            found = columns_of_rows(block)
            for i in range(n_rows):
                if block[i, found[i]] < none_cost:
                    out[rows[i]] = columns[found[i]]
        else:
            found = columns_of_rows(np.ascontiguousarray(block.T))
            for j in range(n_columns):
                if block[found[j], j] < none_cost:
                    out[rows[found[j]]] = columns[j]
        begin = end
    return out


@njit
def columns_of_rows(cost: Array) -> Ints:
    """Column of each row of cost (n, m), finite, n <= m: one shortest path a row."""
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
