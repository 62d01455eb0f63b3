"""Symmetric systems that are a chain: dense blocks on the diagonal, diagonal blocks beside it.

    | H_0  -b_0                |
    | -b_0  H_1  -b_1          |      H (E, E) positive definite as a whole, b (E,) ≥ 0
    |      -b_1  H_2  …        |

Block elimination: S_0 = H_0, S_k = H_k - b_{k-1} S_{k-1}^-1 b_{k-1}. Each inverse is by elimination without
pivots, which a positive definite matrix does not need; its inner loop runs along a row.

Source: Golub & Van Loan (2013), Matrix Computations, 4.5.1 (block tridiagonal systems), 4.2 (no pivots).
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]


@njit
def eliminate(blocks: Array, beside: Array) -> None:
    """Turn the blocks H (T, E, E), in place, into the inverses of S. beside is b (T - 1, E)."""
    instants, size, _ = blocks.shape
    for k in range(instants):
        if k:
            for i in range(size):
                for j in range(size):
                    blocks[k, i, j] -= beside[k - 1, i] * blocks[k - 1, i, j] * beside[k - 1, j]
        _invert(blocks[k])


@njit
def _invert(A: Array) -> None:
    """Invert a positive definite A (n, n) in place."""
    n = A.shape[0]
    for k in range(n):
        pivot = 1.0 / A[k, k]
        A[k, k] = 1.0
        for j in range(n):
            A[k, j] *= pivot
        for i in range(n):
            if i == k:
                continue
            factor = A[i, k]
            A[i, k] = 0.0
            for j in range(n):
                A[i, j] -= factor * A[k, j]


@njit
def solve(inverses: Array, beside: Array, right: Array) -> Array:
    """Solution (T, E) for a right side (T, E), from what `eliminate` left."""
    instants, size = right.shape
    out = right.copy()
    for k in range(1, instants):
        for i in range(size):
            total = 0.0
            for j in range(size):
                total += inverses[k - 1, i, j] * out[k - 1, j]
            out[k, i] += beside[k - 1, i] * total
    for k in range(instants - 1, -1, -1):
        whole = out[k].copy()
        if k + 1 < instants:
            for i in range(size):
                whole[i] += beside[k, i] * out[k + 1, i]
        for i in range(size):
            total = 0.0
            for j in range(size):
                total += inverses[k, i, j] * whole[j]
            out[k, i] = total
    return out
