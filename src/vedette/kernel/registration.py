"""Biases of sensors from pairs of plots: where a plot lies, how that moves with its sensor's biases.

A bias is what a measurement has too much: measured = true + bias. The seven of a sensor, in this order:

    RANGE_OFFSET  m     added to the slant range       EAST, NORTH  m  the sensor is told to stand this much
    RANGE_SCALE   1     share added to the slant range              too far east and north, in its own frame
    AZIMUTH       rad   added to the azimuth           CLOCK        s  the plot's time is this much too late
    ELEVATION     rad   added to the elevation

The filter's state is b / s, each bias in units of its prior standard deviation s, sensor after sensor:
every prior is N(0, 1), and a bias that nothing speaks of keeps it.

Two plots of one target by different sensors, the older carried to the newer with the velocity v, differ by

    y = p_k - p_m - v (t_k - t_m) = G_k (b_k - b̂_k) - G_m (b_m - b̂_m) + noise      G = ∂p/∂b

with places p and times t corrected by the estimates b̂. Noise: that of both plots, and of the velocity over
the time between. A slant range without an elevation is laid on the ground with a height that both plots take
from the track. Its error is not noise, it stays: the state goes on with errors of heights,

    [ biases of all sensors (7 s) | pressure of the day (1) | height of each track in use (M) ]

Sources: Lin, Kirubarajan & Bar-Shalom (2004), IEEE Trans. AES 40(2), 576-590 (pseudo-measurements free of
the target); Okello & Challa (2004), IEEE Trans. AES 40(3), 808-823 (joint filter); Bar-Shalom, Li &
Kirubarajan (2001), 5.2 (update), 8.2 (first-order Markov process).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import (
    AZIMUTH as Z_AZIMUTH,
)
from vedette.kernel.measurement import (
    EAST as Z_EAST,
)
from vedette.kernel.measurement import (
    ELEVATION as Z_ELEVATION,
)
from vedette.kernel.measurement import (
    FRAME_ALT,
    FRAME_RADIUS,
)
from vedette.kernel.measurement import (
    HEIGHT as Z_HEIGHT,
)
from vedette.kernel.measurement import (
    NORTH as Z_NORTH,
)
from vedette.kernel.measurement import (
    RANGE as Z_RANGE,
)
from vedette.kernel.spd import distance2, factorise

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

RANGE_OFFSET = 0
RANGE_SCALE = 1
AZIMUTH = 2
ELEVATION = 3
EAST = 4
NORTH = 5
CLOCK = 6
N_BIASES = 7

# Columns of a plot's row.
TIME_S = 0  # when it was measured, as the sensor says
N_MEASURED = 10  # of kernel.measurement: places and told velocities, the others say nothing of biases
Z = slice(1, 11)  # those components, NaN where absent
SD = slice(11, 21)  # their noise
UP = slice(21, 23)  # how a measured place moves with height
TRACK_HEIGHT_M = 23  # of its track, above the ellipsoid; NaN where nobody measured it
TRACK_HEIGHT_SD_M = 24  # what that may have wrong for long
PRESSURE = 25  # 1 where that height is a pressure altitude, else 0
V = slice(26, 29)  # m/s, velocity of its track
V_COVARIANCE = slice(29, 38)  # (m/s)², (3, 3)
POSE = slice(38, 41)  # m, the sensor's place
ROTATION = slice(41, 50)  # (3, 3) from the sector frame to the sensor's east-north-up
N_COLUMNS = 50

# Columns of the rules row.
GATE_SD = 0  # a pair counts when its squared distance is below this squared, plus 2 for a third component
STUDENT = 1  # degrees of freedom of the noise: how heavy its tails are
ACCELERATION_Q = 2  # m²/s³  what the velocity may change between two plots
SPEED_FLOOR = 3  # m/s    the track's velocity is never surer than this
PRESSURE_SD = 4  # m      what pressure altitudes have in common
LONGEST_S = 5  # s      between two plots of a pair
SPEED_GATE = 6  # m/s    how much the velocities of two tracks of one target may differ, beyond their noise

# What a pair depends on: the newer plot's sensor, the older one's, the pressure, the track's height.
N_CAUSES = 2 * N_BIASES + 2
PRESSURE_CAUSE = 2 * N_BIASES
HEIGHT_CAUSE = 2 * N_BIASES + 1

_REPEATS = 20.0  # how often a height's error comes again, where the state has no room for it
_NO_RANGE_SD_M = 1e5
# A height that nobody measured is found from the ranges themselves: a guess, its spread, and how much less
# the ranges count, because the guess was far off when they were linearised.
_GUESS_M = 5000.0
_GUESS_SHARE = 0.25  # of the slant range, at most
_GUESS_SD = 0.8  # of the guess
_COARSE = 6.0
_STEEP = 0.9  # a height this share of the slant range says nothing of the ground range


@njit
def locate(
    plot: Array,
    height_m: float,
    height_var_m2: float,
    far_m: float,
    v: Array,
    bias: Array,
    frame: Array,
    p: Array,
    G: Array,
    R: Array,
    by_height: Array,
) -> int:
    """Place of one plot, corrected by biases, with its Jacobian by them and its noise.

    plot      (50,)   see the columns
    height_m, height_var_m2  of the target above the ellipsoid, for plots that do not measure it
    far_m             from the sensor, for plots without a range
    v         (3,)    velocity of the target, m/s
    bias      (7,)    see the module
    frame     (2,)    see kernel.measurement
    p, G, R, by_height  (3,), (3, 7), (3, 3), (3,)  outputs: place, ∂p/∂b, covariance, ∂p/∂height

    Returns the components of p that the plot measures: 3, 2 (a height would be the track's), or 0 when it
    has no place. by_height is 0 where the place does not rest on the track's height.
    """
    z = plot[Z]
    sd = plot[SD]
    up = plot[UP]
    rotation = plot[ROTATION].reshape((3, 3))
    for a in range(3):
        by_height[a] = 0.0
        for b in range(N_BIASES):
            G[a, b] = 0.0
        for b in range(3):
            R[a, b] = 0.0
        G[a, CLOCK] = -v[a]
    for b in range(2):
        for a in range(3):
            G[a, EAST + b] = rotation[b, a]
    if not math.isnan(z[Z_EAST]) and not math.isnan(z[Z_NORTH]):
        own = not math.isnan(z[Z_HEIGHT])
        h = z[Z_HEIGHT] if own else height_m
        for k in range(2):
            p[k] = z[Z_EAST + k] + h * up[k]
            R[k, k] = sd[Z_EAST + k] ** 2
        p[2] = h - frame[FRAME_ALT] - 0.5 * (p[0] * p[0] + p[1] * p[1]) / frame[FRAME_RADIUS]
        R[2, 2] = sd[Z_HEIGHT] ** 2
        if not own:
            by_height[0], by_height[1], by_height[2] = up[0], up[1], 1.0
        for a in range(3):
            p[a] -= rotation[0, a] * bias[EAST] + rotation[1, a] * bias[NORTH]
        return 3 if own else 2
    if math.isnan(z[Z_AZIMUTH]):
        return 0
    return _locate_polar(plot, height_m, height_var_m2, far_m, bias, frame, p, G, R, by_height)


@njit
def _locate_polar(
    plot: Array,
    height_m: float,
    height_var_m2: float,
    far_m: float,
    bias: Array,
    frame: Array,
    p: Array,
    G: Array,
    R: Array,
    by_height: Array,
) -> int:
    """What `locate` says, of an azimuth with a range or an elevation or both or none."""
    z = plot[Z]
    sd = plot[SD]
    pose = plot[POSE]
    rotation = plot[ROTATION].reshape((3, 3))
    ranged = not math.isnan(z[Z_RANGE])
    slant = (z[Z_RANGE] - bias[RANGE_OFFSET]) / (1.0 + bias[RANGE_SCALE]) if ranged else far_m
    range_sd = sd[Z_RANGE] if ranged else _NO_RANGE_SD_M
    if not slant > 1.0:
        return 0
    azimuth = z[Z_AZIMUTH] - bias[AZIMUTH]
    elevated = not math.isnan(z[Z_ELEVATION])
    own_height = not elevated and not math.isnan(z[Z_HEIGHT])
    if elevated:
        elevation = z[Z_ELEVATION] - bias[ELEVATION]
        sine = math.sin(elevation)
        cosine = math.cos(elevation)
    else:
        # Over the sensor's horizontal plane, from which the earth falls away with the ground range.
        h = z[Z_HEIGHT] if own_height else height_m
        pose_h = frame[FRAME_ALT] + pose[2] + 0.5 * (pose[0] ** 2 + pose[1] ** 2) / frame[FRAME_RADIUS]
        rise = h - pose_h
        for _ in range(3):
            rise = h - pose_h - 0.5 * max(slant * slant - rise * rise, 0.0) / frame[FRAME_RADIUS]
        sine = rise / slant
        if not abs(sine) < _STEEP:
            return 0
        cosine = math.sqrt(1.0 - sine * sine)
    se = math.sin(azimuth)
    ce = math.cos(azimuth)
    # Along the range, the azimuth, and the elevation or the height: in the sensor's frame.
    along = np.empty((3, 3))
    if elevated:
        along[0] = cosine * se, cosine * ce, sine
        along[2] = -slant * sine * se, -slant * sine * ce, slant * cosine
    else:  # at a fixed height a longer slant range is a longer ground range still
        along[0] = se / cosine, ce / cosine, 0.0
        along[2] = -se * sine / cosine, -ce * sine / cosine, 1.0
    along[1] = slant * cosine * ce, -slant * cosine * se, 0.0
    # The ground range bends with the height: an unsure height makes it shorter on average (second order).
    bend = 0.0 if elevated or own_height else 0.5 * height_var_m2 / (slant * cosine**3)
    coarse = _COARSE if not elevated and math.isnan(plot[TRACK_HEIGHT_M]) else 1.0
    d = np.empty(3)
    d[0] = (slant * cosine - bend) * se - bias[EAST]
    d[1] = (slant * cosine - bend) * ce - bias[NORTH]
    d[2] = slant * sine
    third = sd[Z_ELEVATION] if elevated else (sd[Z_HEIGHT] if own_height else 0.0)
    g = np.empty((3, 3))  # the same in the sector's frame
    for a in range(3):
        p[a] = pose[a]
        for b in range(3):
            p[a] += rotation[b, a] * d[b]
            g[b, a] = 0.0
            for c in range(3):
                g[b, a] += rotation[c, a] * along[b, c]
    for a in range(3):
        if ranged:
            G[a, RANGE_OFFSET] = g[0, a]
            G[a, RANGE_SCALE] = slant * g[0, a]
        G[a, AZIMUTH] = g[1, a]
        if elevated:
            G[a, ELEVATION] = g[2, a]
        elif not own_height:
            by_height[a] = g[2, a]
        for b in range(3):
            R[a, b] = (
                (coarse * range_sd**2 + 2.0 * bend**2) * g[0, a] * g[0, b]
                + sd[Z_AZIMUTH] ** 2 * g[1, a] * g[1, b]
                + third**2 * g[2, a] * g[2, b]
            )
    return 3 if elevated or own_height else 2


@njit
def _as_seen(plot: Array, p: Array, bias: Array) -> Array:
    """The plot as its sensor, with its biases, would have measured a target at p (3,)."""
    out = plot.copy()
    pose, rotation = plot[POSE], plot[ROTATION]
    d = np.empty(3)
    for b in range(3):
        d[b] = 0.0
        for a in range(3):
            d[b] += rotation[3 * b + a] * (p[a] - pose[a])
    d[0] += bias[EAST]
    d[1] += bias[NORTH]
    slant = max(math.sqrt(d[0] ** 2 + d[1] ** 2 + d[2] ** 2), 1.0)
    first = Z.start
    if not math.isnan(plot[first + Z_RANGE]):
        out[first + Z_RANGE] = slant * (1.0 + bias[RANGE_SCALE]) + bias[RANGE_OFFSET]
    if not math.isnan(plot[first + Z_AZIMUTH]):
        out[first + Z_AZIMUTH] = math.atan2(d[0], d[1]) + bias[AZIMUTH]
    if not math.isnan(plot[first + Z_ELEVATION]):
        out[first + Z_ELEVATION] = math.asin(d[2] / slant) + bias[ELEVATION]
    return out


@njit
def _settle(p: Array, y: Array, R: Array, between: Array, c: int, there: Array) -> bool:
    """Where a target is by both plots, p - R (R + between)⁻¹ y, in the first c components, into there (3,).

    p, R     (3,), (3, 3)  place of one plot and its noise
    y        (3,)          how far the other's is from it; between (3, 3) noise of the other and on the way

    That place has no error in common with y (Bar-Shalom, Li & Kirubarajan (2001), 3.2.1: the estimate of
    least variance and the innovation). Slopes taken anywhere else turn with the noise of y, and biases are
    found that explain the one by the other: of a sensor taken at its own noisy azimuth, that it stands where
    its targets are; of two on one roof, each taken where it saw the target, a range in common.

    Returns whether there is one: False where the noises are not positive definite.
    """
    S, L, d = np.empty((c, c)), np.empty((c, c)), np.empty(c)
    for a in range(c):
        d[a] = y[a]
        for b in range(c):
            S[a, b] = R[a, b] + between[a, b]
    if math.isnan(factorise(S, L)):
        return False
    distance2(d, L, c)
    for a in range(c - 1, -1, -1):
        for b in range(a + 1, c):
            d[a] -= L[b, a] * d[b]
        d[a] /= L[a, a]
    for a in range(3):
        there[a] = p[a]
        for b in range(c):
            there[a] -= R[a, b] * d[b]
    return True


@njit
def compare(
    newer: Array,
    older: Array,
    at: Ints,
    units: Array,
    guess_m: float,
    frame: Array,
    rules: Array,
    x: Array,
    P: Array,
    y: Array,
    H: Array,
    R: Array,
) -> int:
    """Difference of two plots at the newer one's time, its Jacobian by the state, its noise.

    newer, older  (50,)  plots, see the columns
    at     (16,)   where in the state the causes of the difference stand, -1 for those without a place in it
    units  (16,)   standard deviation that each of these causes has by its prior
    guess_m        the track's height where no one measured it
    x, P   (n,), (n, n)  state
    y, H, R  (3,), (3, 16), (3, 3)  outputs

    Returns the number of components, 3, 2, or 0 when the two cannot be compared.
    """
    cause = np.zeros(N_CAUSES)
    for q in range(N_CAUSES):
        if at[q] >= 0:
            cause[q] = x[at[q]] * units[q]
    bias_k = cause[:N_BIASES]
    bias_m = cause[N_BIASES:PRESSURE_CAUSE]
    zk = newer[Z]
    zm = older[Z]
    ranged_k = not (math.isnan(zk[Z_RANGE]) and math.isnan(zk[Z_EAST]))
    ranged_m = not (math.isnan(zm[Z_RANGE]) and math.isnan(zm[Z_EAST]))
    if not ranged_k and not ranged_m:
        return 0
    v = 0.5 * (newer[V] + older[V])
    h_k = newer[TRACK_HEIGHT_M] - newer[PRESSURE] * cause[PRESSURE_CAUSE] - cause[HEIGHT_CAUSE]
    h_m = older[TRACK_HEIGHT_M] - older[PRESSURE] * cause[PRESSURE_CAUSE] - cause[HEIGHT_CAUSE]
    if math.isnan(h_k) or math.isnan(h_m):
        h_k = h_m = guess_m - cause[HEIGHT_CAUSE]
    h_var = units[HEIGHT_CAUSE] ** 2 * (
        P[at[HEIGHT_CAUSE], at[HEIGHT_CAUSE]] if at[HEIGHT_CAUSE] >= 0 else 1.0
    )
    p_k = np.zeros(3)
    p_m = np.zeros(3)
    there_k = np.empty(3)
    there_m = np.empty(3)
    G_k = np.empty((3, N_BIASES))
    G_m = np.empty((3, N_BIASES))
    R_m = np.empty((3, 3))
    j_k = np.empty(3)
    j_m = np.empty(3)
    # A bearing is compared at the range of the other's place.
    far_k = 0.0
    if not ranged_k:
        locate(older, h_m, h_var, 0.0, v, bias_m, frame, p_m, G_m, R_m, j_m)
        far_k = _distance(p_m, newer[POSE])
    c_k = locate(newer, h_k, h_var, far_k, v, bias_k, frame, p_k, G_k, R, j_k)
    c_m = locate(older, h_m, h_var, _distance(p_k, older[POSE]), v, bias_m, frame, p_m, G_m, R_m, j_m)
    if c_k == 0 or c_m == 0:
        return 0
    dt = (newer[TIME_S] - bias_k[CLOCK]) - (older[TIME_S] - bias_m[CLOCK])
    V_k = newer[V_COVARIANCE]
    V_m = older[V_COVARIANCE]
    walk = rules[ACCELERATION_Q] * abs(dt) ** 3 / 3.0 + (dt * rules[SPEED_FLOOR]) ** 2
    between = np.empty((3, 3))
    for a in range(3):
        y[a] = p_k[a] - p_m[a] - v[a] * dt
        for b in range(3):
            between[a, b] = R_m[a, b] + 0.5 * dt * dt * (V_k[3 * a + b] + V_m[3 * a + b])
        between[a, a] += walk
    if not _settle(p_k, y, R, between, min(c_k, c_m), there_k):
        return 0
    for a in range(3):
        there_m[a] = there_k[a] - v[a] * dt
    far_k, far_m = _distance(there_k, newer[POSE]), _distance(there_m, older[POSE])
    c_k = locate(_as_seen(newer, there_k, bias_k), h_k, h_var, far_k, v, bias_k, frame, there_k, G_k, R, j_k)
    c_m = locate(
        _as_seen(older, there_m, bias_m), h_m, h_var, far_m, v, bias_m, frame, there_m, G_m, R_m, j_m
    )
    if c_k == 0 or c_m == 0:
        return 0
    for a in range(3):
        for b in range(3):
            R[a, b] += R_m[a, b] + 0.5 * dt * dt * (V_k[3 * a + b] + V_m[3 * a + b])
        R[a, a] += walk
        for b in range(N_BIASES):
            H[a, b] = units[b] * G_k[a, b] if at[b] >= 0 else 0.0
            H[a, N_BIASES + b] = -units[b] * G_m[a, b] if at[N_BIASES + b] >= 0 else 0.0
        H[a, PRESSURE_CAUSE] = units[PRESSURE_CAUSE] * (newer[PRESSURE] * j_k[a] - older[PRESSURE] * j_m[a])
        H[a, HEIGHT_CAUSE] = units[HEIGHT_CAUSE] * (j_k[a] - j_m[a])
    if at[HEIGHT_CAUSE] < 0:
        for a in range(3):
            for b in range(3):
                R[a, b] += _REPEATS * H[a, HEIGHT_CAUSE] * H[b, HEIGHT_CAUSE]
        H[:, HEIGHT_CAUSE] = 0.0
    return min(c_k, c_m)


@njit
def _distance(p: Array, q: Array) -> float:
    return math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2)


@njit
def guess_height(plot: Array) -> float:
    """A height, m, for a target whose height nobody measured; NaN without a range."""
    return float(min(_GUESS_M, _GUESS_SHARE * plot[Z.start + Z_RANGE]))


@njit
def height_sd(plot: Array, guess_m: float) -> float:
    """What the height of a plot's track may have wrong for long, m."""
    if math.isnan(plot[TRACK_HEIGHT_M]):
        return _GUESS_SD * guess_m
    return float(plot[TRACK_HEIGHT_SD_M])


@njit
def crowded(place: Array, track: Ints, apart_m: Array, others: Array, theirs: Ints) -> Flags:
    """Whether another track is so near that plots may have been taken for each other's, (n,).

    place, track    (n, 3), (n,)  m, where and which track took each plot
    apart_m         (n,)          m, how far off the others must be, on the ground
    others, theirs  (k, 3), (k,)  tracks that the same sensor has seen: its biases move all alike
    """
    out = np.zeros(place.shape[0], np.bool_)
    for i in range(place.shape[0]):
        for j in range(others.shape[0]):
            if theirs[j] == track[i]:
                continue
            east = place[i, 0] - others[j, 0]
            north = place[i, 1] - others[j, 1]
            if east * east + north * north < apart_m[i] * apart_m[i]:
                out[i] = True
                break
    return out
