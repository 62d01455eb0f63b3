"""Which points of two sets are near each other, without looking at all pairs.

One set is sorted along the first axis, and each point of the other looks only at the strip within the
radius: O(n log m + pairs of the strip).
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def pairs_within(a_m: Array, b_m: Array, radius_m: float) -> tuple[Ints, Ints, Array]:
    """All pairs that are closer than the radius: index into a, index into b, distance, each (k,).

    a_m  (n, d)  m, d is 1 or more; a row with a NaN is near nothing
    b_m  (m, d)  m

    Pairs come by rising index into a, then by rising first coordinate of b.
    """
    n, d = a_m.shape
    by_first = np.argsort(b_m[:, 0])
    first = b_m[by_first, 0]
    # Rounding may move the strip's edge, never a pair out of it.
    reach = radius_m * (1.0 + 1e-9)
    begin = np.searchsorted(first, a_m[:, 0] - reach)
    near_a = np.empty(n + 16, np.int64)
    near_b = np.empty(n + 16, np.int64)
    near_m = np.empty(n + 16)
    k = 0
    for i in range(n):
        at = begin[i]
        while at < len(first) and first[at] <= a_m[i, 0] + reach:
            j = by_first[at]
            at += 1
            square = 0.0
            for axis in range(d):
                step = a_m[i, axis] - b_m[j, axis]
                square += step * step
            away_m = np.sqrt(square)
            if away_m < radius_m:
                if k == len(near_a):
                    near_a = np.concatenate((near_a, np.empty(k, np.int64)))
                    near_b = np.concatenate((near_b, np.empty(k, np.int64)))
                    near_m = np.concatenate((near_m, np.empty(k)))
                near_a[k] = i
                near_b[k] = j
                near_m[k] = away_m
                k += 1
    return near_a[:k].copy(), near_b[:k].copy(), near_m[:k].copy()
