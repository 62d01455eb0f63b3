"""Who flies together: which windows kept near each other, and the groups that this makes.

Two belong together when they were near in so large a share of a window, and, where a spread is asked for,
when their offset stayed the same: its standard deviation along each axis, taken together, is below the
spread. Groups are what hangs together over such pairs (single linkage).

Source: the moving clusters of Jeung et al. (2008), PVLDB 1(1), 1068-1080.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def groups(window: Array, within_m: float, share: float, spread_m: float) -> Ints:
    """The number of each window's group, (n,): the least index in it.

    window    (n, w, 2 or more)  m, east and north by time; NaN where it was not seen
    within_m  near is nearer than this
    share     of the window's samples in which both were seen and near
    spread_m  most of what their offset may vary, 1 sigma; infinite does not ask
    """
    n, w, _ = window.shape
    root = np.arange(n)
    for i in range(n):
        for j in range(i):
            near, me, mn, square = 0, 0.0, 0.0, 0.0
            for k in range(w):
                e = window[i, k, 0] - window[j, k, 0]
                north = window[i, k, 1] - window[j, k, 1]
                if math.isnan(e) or math.hypot(e, north) >= within_m:
                    continue
                near += 1
                me, mn, square = me + e, mn + north, square + e * e + north * north
            if near < share * w or near == 0:
                continue
            varied = max(0.0, square / near - (me / near) ** 2 - (mn / near) ** 2)
            if math.sqrt(varied) > spread_m:
                continue
            a, b = root[i], root[j]
            least = min(a, b)
            for k in range(n):
                if root[k] == a or root[k] == b:
                    root[k] = least
    return root
