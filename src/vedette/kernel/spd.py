"""Small symmetric positive definite matrices: invert, multiply, and say so when they are not.

Cholesky factorisation, loops over the small fixed size; scratch comes in, so that nothing is
allocated in a hot loop.

Source: Golub & Van Loan (2013), Matrix Computations, 4.2.5 (Cholesky), 3.1 (triangular systems).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]


@njit
def factorise(A: Array, L: Array) -> float:
    """Cholesky factor of A (n, n) into the lower triangle of L (n, n).

    Returns the log determinant of A; NaN when A is not positive definite (L is then unfinished).
    """
    n = A.shape[0]
    logdet = 0.0
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                if not (s > 0.0 and s < math.inf):
                    return math.nan
                L[i, i] = math.sqrt(s)
                logdet += 2.0 * math.log(L[i, i])
            else:
                L[i, j] = s / L[j, j]
    return logdet


@njit
def invert(A: Array, out: Array, L: Array) -> float:
    """Inverse of A (n, n) into out (n, n), exactly symmetric; L (n, n) is scratch.

    Returns the log determinant of A; NaN when A is not positive definite (out is then untouched).
    """
    n = A.shape[0]
    logdet = factorise(A, L)
    if math.isnan(logdet):
        return logdet
    for j in range(n):  # the inverse of L, in place: its columns depend on those to the right only
        L[j, j] = 1.0 / L[j, j]
        for i in range(j + 1, n):
            s = 0.0
            for k in range(j, i):
                s -= L[i, k] * L[k, j]
            L[i, j] = s / L[i, i]
    for i in range(n):
        for j in range(i + 1):
            s = 0.0
            for k in range(i, n):
                s += L[k, i] * L[k, j]
            out[i, j] = s
            out[j, i] = s
    return logdet


@njit
def sandwich(A: Array, B: Array, room: Array, out: Array) -> None:
    """A B Aᵀ of A and symmetric B (n, n) into out, exactly symmetric; room (n, n) then holds A B."""
    n = A.shape[0]
    for a in range(n):
        for b in range(n):
            s = 0.0
            for c in range(n):
                s += A[a, c] * B[c, b]
            room[a, b] = s
    for a in range(n):
        for b in range(a + 1):
            s = 0.0
            for c in range(n):
                s += room[a, c] * A[b, c]
            out[a, b] = s
            out[b, a] = s


@njit
def distance2(d: Array, L: Array, m: int) -> float:
    """Squared length d' A⁻¹ d of d (m,), A given by its factor L from `factorise`; d is overwritten."""
    total = 0.0
    for i in range(m):
        s = d[i]
        for k in range(i):
            s -= L[i, k] * d[k]
        d[i] = s / L[i, i]
        total += d[i] * d[i]
    return total


@njit
def definite(A: Array) -> NDArray[np.bool_]:
    """Which of A (n, k, k) are positive definite, (n,)."""
    out = np.empty(A.shape[0], np.bool_)
    L = np.empty((A.shape[1], A.shape[1]))
    for i in range(A.shape[0]):
        out[i] = not math.isnan(factorise(A[i], L))
    return out
