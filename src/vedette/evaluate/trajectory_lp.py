"""The linear program of trajectory GOSPA, by an interior-point method that knows its shape.

    max  Σ gain · x  -  switch Σ |x_k - x_{k+1}|     x (T, E) ≥ 0, each truth and each track used once at most

The change of a pair between instants is u - v with u, v ≥ 0, what is left of a truth and of a track is
slack. Each of these stands in one row only, so the Newton step comes down to x: a system of T blocks of E by
E on the diagonal, with diagonal blocks beside it, which is solved block by block: O(T E³) an iteration.

Source: Mehrotra (1992), On the implementation of a primal-dual interior point method, SIAM J. Optimization
2(4), 575-601; Wright (1997), Primal-Dual Interior-Point Methods, chapter 10.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel import chain

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

ITERATIONS: Final = 80
_GAP: Final = 1e-11  # mean product of a value and its price, in units of the largest gain


def relaxed(gain: Array, row: Ints, column: Ints, switch: float) -> tuple[Array, Array]:
    """Shares x (T, E) that can be, at the optimum of the linear program, and the tracks' prices (T, m).

    gain    (T, E)  0 or more
    row     (E,)    truth of each pair, from 0
    column  (E,)    track of each pair, from 0
    """
    scale = max(float(gain.max()), switch, 1e-300)
    g, h = gain / scale, switch / scale
    instants, pairs = g.shape
    use = _uses(row, column, pairs)  # (n + m, E) 0 or 1
    x = np.full((instants, pairs), 0.5 / use.sum(axis=1).max())
    slack = 1.0 - x @ use.T
    up, down = np.full((2, max(instants - 1, 0), pairs), 0.1)
    y = np.ones((instants, len(use)))  # prices of the capacities; they are those of their slack too
    w = np.zeros_like(up)  # prices of the changes, within -h … h
    x_price = np.maximum(y @ use - g, 0.1)
    up_price, down_price = np.full_like(up, max(h, 1e-9)), np.full_like(up, max(h, 1e-9))
    slack_price = y.copy()
    values = [x, slack, up, down]
    prices = [x_price, slack_price, up_price, down_price]
    count = sum(value.size for value in values)
    for _ in range(ITERATIONS):
        mean = _product(values, prices) / count
        residual = _residuals(g, h, use, values, prices, y, w)
        if mean < _GAP:
            break
        factor = _factor(use, values, prices)
        target = [-a * b for a, b in zip(values, prices, strict=True)]
        d_values, d_prices, _, _ = _step(use, values, prices, residual, target, factor)
        reach = _reach(values, d_values), _reach(prices, d_prices)
        after = _product(_moved(values, d_values, reach[0]), _moved(prices, d_prices, reach[1])) / count
        centre = (after / mean) ** 3 * mean
        target = [centre + t - da * db for t, da, db in zip(target, d_values, d_prices, strict=True)]
        d_values, d_prices, dy, dw = _step(use, values, prices, residual, target, factor)
        reach = 0.995 * _reach(values, d_values), 0.995 * _reach(prices, d_prices)
        values, prices = _moved(values, d_values, reach[0]), _moved(prices, d_prices, reach[1])
        y, w = y + reach[1] * dy, w + reach[1] * dw
    x = np.maximum(values[0], 0.0)
    taken = x @ use.T
    x = x / np.maximum(np.where(use.T[None, :, :] > 0, taken[:, None, :], 0.0).max(axis=2), 1.0)
    n = int(row.max()) + 1
    return x, np.maximum(y[:, n:], 0.0) * scale


def _uses(row: Ints, column: Ints, pairs: int) -> Array:
    """Which truth and which track each pair uses, (n + m, E)."""
    n, m = int(row.max()) + 1, int(column.max()) + 1
    use = np.zeros((n + m, pairs))
    use[row, np.arange(pairs)] = 1.0
    use[n + column, np.arange(pairs)] = 1.0
    return use


def _along(w: Array) -> Array:
    """Transpose of the difference x_k - x_{k+1}: (T - 1, E) to (T, E)."""
    nothing = np.zeros((1, w.shape[1]))
    out: Array = np.concatenate((w, nothing)) - np.concatenate((nothing, w))
    return out


def _residuals(
    g: Array, h: float, use: Array, values: list[Array], prices: list[Array], y: Array, w: Array
) -> list[Array]:
    """What is still wrong: of x, slack, up and down (dual), then of the capacities and changes (primal).

    The program as min -g x + h (up + down) has the rows use·x + slack = 1 (price -y) and
    x_k - x_{k+1} - up + down = 0 (price w).
    """
    x, slack, up, down = values
    x_price, slack_price, up_price, down_price = prices
    return [
        -g + y @ use - _along(w) - x_price,
        y - slack_price,
        h + w - up_price,
        h - w - down_price,
        1.0 - x @ use.T - slack,
        -(x[:-1] - x[1:]) + up - down,
    ]


def _factor(use: Array, values: list[Array], prices: list[Array]) -> tuple[Array, Array]:
    """The system in x, eliminated forward: inverses of blocks (T, E, E), what couples them (T - 1, E)."""
    x, slack, up, down = values
    x_price, slack_price, up_price, down_price = prices
    beside = 1.0 / (up / up_price + down / down_price)
    nothing = np.zeros((1, x.shape[1]))
    diagonal = x_price / x + np.concatenate((beside, nothing)) + np.concatenate((nothing, beside))
    blocks = np.einsum("kc,ce,cf->kef", slack_price / slack, use, use, optimize=True)
    blocks[:, np.arange(x.shape[1]), np.arange(x.shape[1])] += diagonal
    chain.eliminate(blocks, beside)
    return blocks, beside


def _step(
    use: Array,
    values: list[Array],
    prices: list[Array],
    residual: list[Array],
    target: list[Array],
    factor: tuple[Array, Array],
) -> tuple[list[Array], list[Array], Array, Array]:
    """Newton's step of values, prices, y and w that takes value times price by `target`, residuals to 0."""
    x, slack, up, down = values
    _, slack_price, up_price, down_price = prices
    off_x, off_slack, off_up, off_down, off_capacity, off_change = residual
    to_x, to_slack, to_up, to_down = target
    inverse, beside = factor
    capacity = (to_slack - slack_price * off_capacity) / slack - off_slack
    change = off_change + (to_up - up * off_up) / up_price - (to_down - down * off_down) / down_price
    right = to_x / x - off_x - capacity @ use + _along(change * beside)
    dx = chain.solve(inverse, beside, right)
    taken = dx @ use.T
    d_slack = off_capacity - taken
    dy = capacity + slack_price / slack * taken
    dw = beside * (change - (dx[:-1] - dx[1:]))
    d_up = (to_up - up * (dw + off_up)) / up_price
    d_down = (to_down - down * (off_down - dw)) / down_price
    d_values = [dx, d_slack, d_up, d_down]
    d_prices = [(t - p * d) / v for t, p, d, v in zip(target, prices, d_values, values, strict=True)]
    return d_values, d_prices, dy, dw


def _product(values: list[Array], prices: list[Array]) -> float:
    return sum(float((a * b).sum()) for a, b in zip(values, prices, strict=True))


def _moved(values: list[Array], steps: list[Array], reach: float) -> list[Array]:
    return [value + reach * step for value, step in zip(values, steps, strict=True)]


def _reach(values: list[Array], steps: list[Array]) -> float:
    """How far along the steps all values stay above 0, at most 1."""
    reach = 1.0
    for value, step in zip(values, steps, strict=True):
        falling = step < 0
        if falling.any():
            reach = min(reach, float((-value[falling] / step[falling]).min()))
    return reach
