"""Which plot is whose: marginal probabilities by belief propagation on the gated pairs.

The graph is sparse: pairs (track, plot) that gate, sorted by track. Each iteration passes a message
along every pair in both directions; on trees the result is exact, on loops close to it.

Source: Williams & Lau (2014), IEEE Trans. AES 50(4), 2942-2959, equations 24-32.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_ITERATIONS = 200
TOLERANCE = 1e-6


@njit
def marginals(
    n_tracks: int, n_plots: int, track: Ints, plot: Ints, weight: Array, missed: Array, other: Array
) -> tuple[Array, Array, Array]:
    """Association probabilities.

    track, plot  (k,)        the pair's ends; any order
    weight       (k,)        r · Pd · likelihood of the pair
    missed       (n_tracks,) weight of 'no plot of this look is mine', above 0
    other        (n_plots,)  weight of 'not of a known track': clutter and new targets, above 0

    Returns p_pair (k,), p_missed (n_tracks,), p_other (n_plots,). p_missed and the p_pair of a track
    sum to 1, and so do p_other and the p_pair of a plot, when the messages have settled.
    """
    k = track.shape[0]
    to_plot = np.zeros(k)
    to_track = np.ones(k)
    track_sum = np.zeros(n_tracks)
    plot_sum = np.zeros(n_plots)
    for _ in range(MAX_ITERATIONS):
        track_sum[:] = missed
        for i in range(k):
            track_sum[track[i]] += weight[i] * to_track[i]
        plot_sum[:] = other
        for i in range(k):
            # What is left of a sum without its own term is at least the term that is always in it;
            # the difference alone would be rounding when one pair outweighs all else.
            rest = max(track_sum[track[i]] - weight[i] * to_track[i], missed[track[i]])
            to_plot[i] = weight[i] / rest
            plot_sum[plot[i]] += to_plot[i]
        worst = 0.0
        for i in range(k):
            new = 1.0 / max(plot_sum[plot[i]] - to_plot[i], other[plot[i]])
            # Damped a little: loops of near-equal weights would swing for ever.
            new = 0.9 * new + 0.1 * to_track[i]
            change = abs(new - to_track[i]) / (abs(new) + 1e-300)
            worst = max(worst, change)
            to_track[i] = new
        if worst < TOLERANCE:
            break
    track_sum[:] = missed
    for i in range(k):
        track_sum[track[i]] += weight[i] * to_track[i]
    p_pair = np.empty(k)
    p_other = np.ones(n_plots)
    for i in range(k):
        p_pair[i] = weight[i] * to_track[i] / track_sum[track[i]]
        p_other[plot[i]] -= p_pair[i]
    p_missed = missed / track_sum
    for j in range(n_plots):
        p_other[j] = min(max(p_other[j], 0.0), 1.0)
    return p_pair, p_missed, p_other
