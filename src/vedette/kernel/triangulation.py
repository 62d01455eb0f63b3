"""A target's place from bearings: of several sensors by triangulation, of one by a mixture over range.

Source: Peach (1995), IEE Proc. Control Theory Appl. 142(1), 73-80 (range-parameterised filter);
kernel.flight.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.flight import DENSITY, SPEED_SD, backward, forward, path_evidence
from vedette.kernel.jit import njit
from vedette.kernel.rays import direction, straight

Array = NDArray[np.float64]

_LOG_2PI = math.log(2.0 * math.pi)
_TURNS = 4
_PINNED = 0.1  # first guesses of a bin's path keep to its range so closely, and change it so fast a second


@njit
def triangulate(
    t_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    height_m: float,
    height_sd_m: float,
    motions: Array,
    x: Array,
    P: Array,
) -> tuple[float, float, int]:
    """One target seen by several sensors, its place unknown beforehand.

    Arguments as in path_evidence; t_s ends at 0. height_m, height_sd_m are the prior of the height where
    the rays do not tell it.

    Returns log evidence for a prior of one target a square metre of ground, misfit, number of angles; NaN
    where the rays do not meet.
    """
    n = t_s.shape[0]
    line = np.empty(6)
    guide = np.zeros(3)
    for k in range(motions.shape[0]):
        guide[SPEED_SD] = max(guide[SPEED_SD], motions[k, SPEED_SD])
        guide[DENSITY] = max(guide[DENSITY], motions[k, DENSITY])
    if not straight(t_s, z, sd, pose, rotation, height_m, height_sd_m, guide[SPEED_SD], line):
        return math.nan, math.nan, 0
    at = np.empty((n, 3))
    far = 1.0
    for i in range(n):
        ground = 0.0
        for a in range(3):
            at[i, a] = line[a] + t_s[i] * line[a + 3]
            if a < 2:
                ground += (at[i, a] - pose[i, a]) ** 2
        far = max(far, math.sqrt(ground))
    m0 = np.zeros(6)
    m0[0] = at[0, 0]
    m0[1] = at[0, 1]
    m0[2] = height_m
    P0 = np.zeros((6, 6))
    flat = 10.0 * far
    P0[0, 0] = flat**2
    P0[1, 1] = flat**2
    P0[2, 2] = height_sd_m**2
    log_evidence, chi2, m = path_evidence(
        t_s, z, sd, pose, rotation, at, m0, P0, guide, _TURNS, motions, x, P
    )
    # The prior has the density 1 / (2 pi flat²) at its peak; a flat one of 1 is asked for.
    return log_evidence + math.log(2.0 * math.pi * flat * flat), chi2, m


@njit
def range_bins(
    t_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    height_m: float,
    height_sd_m: float,
    motions: Array,
    bins_m: Array,
    log_weight: Array,
    x: Array,
    P: Array,
) -> float:
    """One target seen by one sensor: a mixture over ground range, from near to far.

    bins_m      (b,)       centres, in geometric progression
    log_weight  (b,)       output: log evidence of each bin with its prior share of 1 / b
    x, P                   outputs (b, 6), (b, 6, 6): state in each bin at the last ray

    Returns the log evidence of all bins together, for one target that is equally likely in every azimuth
    and in every octave of range within the bins.
    """
    b = bins_m.shape[0]
    n = t_s.shape[0]
    spread = 0.5 * (bins_m[1] / bins_m[0] - 1.0) if b > 1 else 0.3
    at = np.empty((n, 3))
    u = np.empty(3)
    m0 = np.zeros(6)
    P0 = np.zeros((6, 6))
    # Scaled down to the sensor, a path fits as well and needs less acceleration: a lively guide would shrink
    # it along the noise. So bins are linearised along straight flight, and only once where the sensor stands.
    guide = motions[0].copy()
    for k in range(motions.shape[0]):
        guide[SPEED_SD] = max(guide[SPEED_SD], motions[k, SPEED_SD])
        guide[DENSITY] = min(guide[DENSITY], motions[k, DENSITY])
    turns = 0
    for i in range(n):
        if math.hypot(pose[i, 0] - pose[0, 0], pose[i, 1] - pose[0, 1]) > 1.0:
            turns = _TURNS
    x[:] = 0.0
    P[:] = 0.0
    best = -math.inf
    for k in range(b):
        ground = bins_m[k]
        if not _first_path(t_s, z, sd, pose, rotation, ground, height_m, guide[DENSITY], at):
            log_weight[k] = -math.inf
            continue
        direction(z[0, 0], math.nan, rotation[0], u)
        m0[:] = 0.0
        P0[:] = 0.0
        for a in range(2):
            m0[a] = pose[0, a] + u[a] * ground
            for c in range(2):
                # Along the ray the bin's width; across it as wide as the range, which is flat to a bearing.
                along = u[a] * u[c]
                across = (1.0 if a == c else 0.0) - along
                P0[a, c] = ground**2 * (spread**2 * along + across)
        m0[2] = height_m
        P0[2, 2] = height_sd_m**2
        loglik, _, _ = path_evidence(
            t_s, z, sd, pose, rotation, at, m0, P0, guide, turns, motions, x[k], P[k]
        )
        # Peak density across the ray against one azimuth in 2 pi.
        log_weight[k] = loglik - math.log(b) - 0.5 * _LOG_2PI if math.isfinite(loglik) else -math.inf
        best = max(best, log_weight[k])
    if not math.isfinite(best):
        return -math.inf
    total = 0.0
    for k in range(b):
        total += math.exp(log_weight[k] - best)
    return best + math.log(total)


@njit
def _first_path(
    t_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    ground_m: float,
    height_m: float,
    density: float,
    at: Array,
) -> bool:
    """A path along one sensor's rays at about a ground range, written to `at` (n, 3); whether there is one.

    An extended Kalman filter, linearised where it predicts, and its smoother. Rays linearised where they
    were measured would disagree by their noise, and a path through the sensor itself would suit them all.
    """
    n = t_s.shape[0]
    xf = np.empty((n, 6))
    Pf = np.empty((n, 6, 6))
    xp = np.empty((n, 6))
    Pp = np.empty((n, 6, 6))
    m0 = np.zeros(6)
    P0 = np.zeros((6, 6))
    u = np.empty(3)
    direction(z[0, 0], math.nan, rotation[0], u)
    rise = 0.0 if math.isnan(z[0, 1]) else ground_m * math.tan(z[0, 1])
    for a in range(3):
        m0[a] = pose[0, a] + u[a] * ground_m + rotation[0, 2, a] * rise
        P0[a, a] = (_PINNED * ground_m) ** 2
        P0[a + 3, a + 3] = (_PINNED * ground_m) ** 2
    if math.isnan(z[0, 1]):
        m0[2] = height_m
    at[0, 0] = math.nan
    q = min(density, (_PINNED * ground_m) ** 2)
    forward(t_s, z, sd, pose, rotation, at, m0, P0, q, xf, Pf, xp, Pp)
    return backward(t_s, xf, Pf, xp, Pp, at)
