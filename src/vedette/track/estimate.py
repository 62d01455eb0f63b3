"""Where shown tracks are: the mean over those of their histories that agree with the one shown.

Which history holds may be in dispute for some looks. The mean over them is nearer to the target than the
likeliest one, and does not jump when another gets likelier; a history that is elsewhere is not mixed in.

Source: the mean is the estimate of least mean square error, Bar-Shalom, Li & Kirubarajan (2001), 2.3.2.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.clusters import mates
from vedette.kernel.merging import pool
from vedette.kernel.motion import carried, summarise
from vedette.track.state import Clusters, Tracks

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_AGREES_D2 = 9.0  # squared distance, in units of the mean covariance of the two


def estimate(
    tracks: Tracks, clusters: Clusters, rows: Ints, time_ns: Ints, models: Array
) -> tuple[Array, Array]:
    """Mean (k, 6) and covariance (k, 6, 6) of some tracks, in the sector's frame, m and m/s.

    rows     (k,)  the leaf that stands for each
    time_ns  (k,)  when; before a leaf's own time it is taken back along its velocity
    models         of TrackerSettings.motion
    """
    mean, cov = _at(tracks, rows, time_ns, models)
    if len(clusters):
        table = (clusters.first_hyp, clusters.log_w, clusters.first_leaf, clusters.leaf)
        own, of, other, p = mates(rows, tracks.r, *table)
        if len(of):
            pool(mean, cov, own, of, *_at(tracks, other, time_ns[of], models), p, _AGREES_D2)
    return mean, cov


def _at(tracks: Tracks, rows: Ints, time_ns: Ints, models: Array) -> tuple[Array, Array]:
    """The same of leaves alone."""
    ahead_s: Array = (time_ns - tracks.time_ns[rows]) / NS_PER_S
    x, P, mu = carried(tracks.x, tracks.P, tracks.mu, rows, ahead_s, models)
    mean, cov = (x[:, 0], P[:, 0]) if len(models) == 1 else summarise(x, P, mu)
    if (ahead_s < 0.0).any():
        mean[:, :3] += np.minimum(ahead_s, 0.0)[:, None] * mean[:, 3:]
    return mean, cov
