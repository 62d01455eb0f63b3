"""Whose fault it is that two sensors differ: the same evidence under a prior that few sensors are off.

Sources: Simon, Friedman, Hastie & Tibshirani (2013), J. Comput. Graph. Stat. 22(2), 231-245 (sparse groups);
Daubechies, DeVore, Fornasier & Güntürk (2010), Comm. Pure Appl. Math. 63(1), 1-38 (reweighted least squares);
Candès, Wakin & Boyd (2008), J. Fourier Anal. Appl. 14, 877-905 (reweighting towards sparser answers).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.spd import invert

Array = NDArray[np.float64]

_HALF = math.sqrt(0.5)


@njit
def few_are_off(x: Array, P: Array, size: int, knee: float, sharp: float, turns: int) -> tuple[Array, Array]:
    """The same evidence under the belief that few sensors are off, and in few ways.

    x, P   (n,), (n, n)  posterior under N(0, I)
    size   biases of one sensor; n is a multiple of it
    knee   where the prior goes from quadratic to linear, in prior standard deviations
    sharp  scale of the Cauchy prior of the second part, in the same units
    turns  iterations, fixed: each is one inversion; the second part has half as many

    Returns mean (n,) and covariance (n, n).

    What sensors have in common (all clocks late, all sites shifted, all turned about one point) no pair of
    them can see. N(0, I) would share one sensor's fault among all. The prior

        -log p = √½ Σ over biases √(knee² + b²) + √½ Σ over sensors √(knee² + |b|²)

    lets the majority be right, as a median does, and puts faults together on one sensor. It is convex, so
    there is one answer. By iteratively reweighted least squares: each turn it is a Gaussian with the
    precision √½ / √(knee² + b²) + √½ / √(knee² + |b|²) at the last b.

    From there, in the second part, each bias has a Cauchy prior, log(1 + b² / sharp²), of precision
    2 / (sharp² + b²): what is near nothing is drawn closer to it, what is far off is no longer drawn (Candès,
    Wakin & Boyd 2008). Most sites are surveyed to metres, and a few stand where nobody said.
    """
    n = x.shape[0]
    told = np.empty((n, n))
    room = np.empty((n, n))
    if math.isnan(invert(P, told, room)):
        return x.copy(), P.copy()
    h = np.zeros(n)
    for i in range(n):
        for j in range(n):
            h[i] += told[i, j] * x[j]
    b = x.copy()
    out = P.copy()
    M = np.empty((n, n))
    for turn in range(turns + turns // 2):
        for i in range(n):
            for j in range(n):
                M[i, j] = told[i, j]
            first = i - i % size
            whole = knee * knee
            for j in range(first, first + size):
                whole += b[j] * b[j]
            if turn < turns:
                own = _HALF / math.sqrt(knee * knee + b[i] * b[i])
            else:
                own = 2.0 / (sharp * sharp + b[i] * b[i])
            M[i, i] += own + _HALF / math.sqrt(whole) - 1.0
        if math.isnan(invert(M, out, room)):
            return x.copy(), P.copy()
        for i in range(n):
            b[i] = 0.0
            for j in range(n):
                b[i] += out[i, j] * h[j]
    return b, out
