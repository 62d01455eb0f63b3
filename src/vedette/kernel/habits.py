"""How tracks have moved: a memory of fixed length for each, and what it says of them.

A memory row holds running means over the last seconds and over the last half minute, in which a sample
counts for the time since the one before it, and extremes over the track's whole life. It is carried forward
sample by sample, in any rhythm, and does not grow. Means fade as exp(-t / TAU_S) and are divided by the
weight that they have gathered, so that they are means from the first sample on.

Everything is speed, turn and height: turned about the vertical, or moved elsewhere, a track keeps its row of
features. What is not known is NaN, in samples and in features.

A speed of a filter errs by its standard deviation. Spreads of speed are those beyond it, and what counts as
reached for sure was reached by two of them.

Sources: running means with uneven steps: Eckner (2012), Algorithms for unevenly spaced time series, 3.2;
straightness as net over gross displacement: Batschelet (1981), Circular Statistics in Biology, 1.3.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined, njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TAU_S: Final = (4.0, 25.0)  # the last seconds, and the last half minute
SLOW_MPS: Final = 2.0  # what is slower, on its filter's word, stands in the air or on the ground
_SURE_SD: Final = 2.0
_MOVES_MPS: Final = 0.5  # slower than this there is no course that could turn
_M_PER_DEG: Final = 111_195.0

# Columns of a sample.
S_VE, S_VN, S_VU, S_SD, S_LAT, S_LON, S_ALT, S_ALT_SD = range(8)
N_SAMPLE: Final = 8

# Columns of a memory: what was last seen, what was ever seen, then running means on each horizon.
M_AGE, M_VE, M_VN, M_LAT, M_LON, M_LAT0, M_LON0, M_PATH, M_TOP, M_LEAST = range(10)
M_STILL, M_LONGEST_STILL, M_ALT, M_ALT_SD, M_LOWEST, M_HIGHEST, M_SAMPLES, M_SD = range(10, 18)
_FIRST: Final = 18
# Of each horizon: the weight of all samples, of those with an acceleration and with a height rate, then sums.
H_W, H_W2, H_WU, H_SPEED, H_SPEED2, H_NOISE, H_EAST, H_NORTH, H_SLOW = range(9)
H_ALONG2, H_ACROSS, H_ACROSS2, H_TURN2, H_CLIMB, H_CLIMB2 = range(9, 15)
_PER_HORIZON: Final = 15
N_MEMORY: Final = _FIRST + len(TAU_S) * _PER_HORIZON

# What is said of a memory, in the order of the columns of features().
FEATURES: Final = (
    "age_s", "speed_mps", "mean_speed_mps", "top_mps", "least_mps", "speed_spread_now", "speed_spread",
    "hover_share", "longest_hover_s", "straightness_now", "straightness", "straightness_life",
    "turn_radps", "turn_spread_radps", "across_now_mps2", "across_mps2", "circling",
    "along_now_mps2", "along_mps2", "climb_now_mps", "climb_mps", "climb_spread_mps",
    "height_m", "lowest_m", "height_range_m", "altitude_m", "altitude_sd_m", "speed_sd_mps",
    "veer_rad", "speed_change_mps", "climb_change_mps", "across_noise", "along_noise",
    "surely_up_m",
)  # fmt: skip
N_FEATURES: Final = len(FEATURES)


def blank(n: int) -> Array:
    """Memories (n, N_MEMORY) of what was never seen."""
    out = np.zeros((n, N_MEMORY))
    out[:, [M_VE, M_VN, M_LAT, M_LON, M_LAT0, M_LON0, M_TOP, M_LEAST, M_SD]] = np.nan
    out[:, [M_ALT, M_ALT_SD, M_LOWEST, M_HIGHEST]] = np.nan
    return out


@njit
def remember(memory: Array, row: Ints, sample: Array, dt_s: Array) -> None:
    """Take one sample into each of some memories; changes them.

    memory  (m, N_MEMORY)
    row     (k,)           whose sample it is, each at most once
    sample  (k, N_SAMPLE)  m/s east, north, up; standard deviation of a horizontal speed; WGS-84 deg, m; NaN
                           unknown
    dt_s    (k,)           since the sample before it, above 0; what it is for the first does not matter
    """
    for k in range(len(row)):
        i = row[k]
        ve, vn, vu, sd = sample[k, S_VE], sample[k, S_VN], sample[k, S_VU], sample[k, S_SD]
        if not math.isfinite(ve) or not math.isfinite(vn):
            continue
        if not math.isfinite(sd):
            sd = 0.0
        first = memory[i, M_SAMPLES] == 0.0
        dt = 1.0 if first else dt_s[k]
        speed = math.sqrt(ve * ve + vn * vn)
        along = across = turn = math.nan
        if first:
            memory[i, M_LAT0], memory[i, M_LON0] = sample[k, S_LAT], sample[k, S_LON]
            memory[i, M_TOP], memory[i, M_LEAST] = speed - _SURE_SD * sd, speed + _SURE_SD * sd
        else:
            memory[i, M_AGE] += dt
            oe, on = memory[i, M_VE], memory[i, M_VN]
            before = math.sqrt(oe * oe + on * on)
            along = (speed - before) / dt
            mid = 0.5 * (speed + before)
            if mid > _MOVES_MPS:
                angle = math.atan2(oe * vn - on * ve, oe * ve + on * vn)
                turn = angle / dt
                across = mid * turn
            else:
                across = 0.0
            memory[i, M_TOP] = max(memory[i, M_TOP], speed - _SURE_SD * sd)
            memory[i, M_LEAST] = min(memory[i, M_LEAST], speed + _SURE_SD * sd)
        _place(memory, i, sample, k)
        still = speed < SLOW_MPS
        memory[i, M_STILL] = memory[i, M_STILL] + (0.0 if first else dt) if still else 0.0
        memory[i, M_LONGEST_STILL] = max(memory[i, M_LONGEST_STILL], memory[i, M_STILL])
        memory[i, M_VE], memory[i, M_VN], memory[i, M_SD] = ve, vn, sd
        memory[i, M_SAMPLES] += 1.0
        for h in range(len(TAU_S)):
            _fade(memory, i, _FIRST + h * _PER_HORIZON, TAU_S[h], dt, ve, vn, vu, sd, along, across, turn)


@inlined
def _place(memory: Array, i: int, sample: Array, k: int) -> None:
    """Path and heights of one more sample."""
    lat, lon = sample[k, S_LAT], sample[k, S_LON]
    if memory[i, M_SAMPLES] > 0.0:
        north = (lat - memory[i, M_LAT]) * _M_PER_DEG
        east = (lon - memory[i, M_LON]) * _M_PER_DEG * math.cos(math.radians(lat))
        memory[i, M_PATH] += math.sqrt(east * east + north * north)
    memory[i, M_LAT], memory[i, M_LON] = lat, lon
    alt, alt_sd = sample[k, S_ALT], sample[k, S_ALT_SD]
    memory[i, M_ALT], memory[i, M_ALT_SD] = alt, alt_sd
    if math.isfinite(alt) and math.isfinite(alt_sd):
        low, high = alt + _SURE_SD * alt_sd, alt - _SURE_SD * alt_sd
        if not memory[i, M_LOWEST] <= low:
            memory[i, M_LOWEST] = low
        if not memory[i, M_HIGHEST] >= high:
            memory[i, M_HIGHEST] = high


@inlined
def _fade(
    memory: Array, i: int, at: int, tau_s: float, dt: float, ve: float, vn: float, vu: float, sd: float,
    along: float, across: float, turn: float,
) -> None:  # fmt: skip
    """One more sample in the running means of one horizon."""
    keep = math.exp(-dt / tau_s)
    new = 1.0 - keep
    for c in range(_PER_HORIZON):
        memory[i, at + c] *= keep
    speed = math.sqrt(ve * ve + vn * vn)
    memory[i, at + H_W] += new
    memory[i, at + H_SPEED] += new * speed
    memory[i, at + H_SPEED2] += new * speed * speed
    memory[i, at + H_NOISE] += new * sd * sd
    memory[i, at + H_EAST] += new * ve
    memory[i, at + H_NORTH] += new * vn
    if speed < SLOW_MPS:
        memory[i, at + H_SLOW] += new
    if math.isfinite(along):
        memory[i, at + H_W2] += new
        memory[i, at + H_ALONG2] += new * along * along
        memory[i, at + H_ACROSS] += new * across
        memory[i, at + H_ACROSS2] += new * across * across
        if math.isfinite(turn):
            memory[i, at + H_TURN2] += new * turn * turn
    if math.isfinite(vu):
        memory[i, at + H_WU] += new
        memory[i, at + H_CLIMB] += new * vu
        memory[i, at + H_CLIMB2] += new * vu * vu


@njit
def features(memory: Array, row: Ints, ground_m: float) -> Array:
    """What some memories (k,) of (m, N_MEMORY) say: (k, N_FEATURES), NaN where nothing is known.

    ground_m  of the surroundings, above the ellipsoid; NaN unknown
    """
    out = np.full((len(row), N_FEATURES), np.nan)
    for k in range(len(row)):
        i = row[k]
        if memory[i, M_SAMPLES] == 0.0:
            continue
        now, lately = _FIRST, _FIRST + _PER_HORIZON
        out[k, 0] = memory[i, M_AGE]
        w, v = memory[i, now + H_W], memory[i, lately + H_W]
        quick, slow = memory[i, now + H_SPEED] / w, memory[i, lately + H_SPEED] / v
        out[k, 1], out[k, 2] = quick, slow
        out[k, 3], out[k, 4] = memory[i, M_TOP], memory[i, M_LEAST]
        out[k, 5] = _spread(memory[i, now + H_SPEED2] / w - quick * quick - memory[i, now + H_NOISE] / w)
        out[k, 6] = _spread(memory[i, lately + H_SPEED2] / v - slow * slow - memory[i, lately + H_NOISE] / v)
        out[k, 7] = memory[i, lately + H_SLOW] / v
        out[k, 8] = memory[i, M_LONGEST_STILL]
        out[k, 9] = _straight(memory, i, now)
        out[k, 10] = _straight(memory, i, lately)
        if memory[i, M_PATH] > 1.0:
            north = (memory[i, M_LAT] - memory[i, M_LAT0]) * _M_PER_DEG
            east = (memory[i, M_LON] - memory[i, M_LON0]) * _M_PER_DEG
            east *= math.cos(math.radians(memory[i, M_LAT]))
            out[k, 11] = math.sqrt(east * east + north * north) / memory[i, M_PATH]
        _turns(memory, i, now, lately, slow, out, k)
        _heights(memory, i, now, lately, ground_m, out, k)
        sd = memory[i, M_SD]
        out[k, 27] = sd
        out[k, 28] = _veer(memory, i, now, lately)
        out[k, 29], out[k, 30] = quick - slow, out[k, 19] - out[k, 20]
        if sd > 0.0:
            out[k, 31], out[k, 32] = out[k, 15] / sd, out[k, 18] / sd
    return out


@inlined
def _spread(variance: float) -> float:
    """Standard deviation of what is left of a variance."""
    return math.sqrt(max(variance, 0.0))


@inlined
def _straight(memory: Array, i: int, at: int) -> float:
    """Mean velocity over mean speed, 0 to 1."""
    gross = memory[i, at + H_SPEED]
    net = math.sqrt(memory[i, at + H_EAST] ** 2 + memory[i, at + H_NORTH] ** 2)
    return net / gross if gross > 0.0 else math.nan


@inlined
def _veer(memory: Array, i: int, now: int, lately: int) -> float:
    """Angle between the mean velocities of the two horizons, 0 to pi; NaN where one of them is none."""
    ae, an = memory[i, now + H_EAST], memory[i, now + H_NORTH]
    be, bn = memory[i, lately + H_EAST], memory[i, lately + H_NORTH]
    along, across = ae * be + an * bn, ae * bn - an * be
    return abs(math.atan2(across, along)) if along != 0.0 or across != 0.0 else math.nan


@inlined
def _turns(memory: Array, i: int, now: int, lately: int, speed: float, out: Array, k: int) -> None:
    """Columns 12 to 18."""
    w, v = memory[i, now + H_W2], memory[i, lately + H_W2]
    if w <= 0.0 or v <= 0.0:
        return
    mean, rms = memory[i, lately + H_ACROSS] / v, math.sqrt(memory[i, lately + H_ACROSS2] / v)
    out[k, 12] = abs(mean) / max(speed, _MOVES_MPS)
    out[k, 13] = math.sqrt(memory[i, lately + H_TURN2] / v)
    out[k, 14] = math.sqrt(memory[i, now + H_ACROSS2] / w)
    out[k, 15] = rms
    if rms > 0.0:
        out[k, 16] = abs(mean) / rms
    out[k, 17] = math.sqrt(memory[i, now + H_ALONG2] / w)
    out[k, 18] = math.sqrt(memory[i, lately + H_ALONG2] / v)


@inlined
def _heights(memory: Array, i: int, now: int, lately: int, ground_m: float, out: Array, k: int) -> None:
    """Columns 19 to 26, and 33."""
    w, v = memory[i, now + H_WU], memory[i, lately + H_WU]
    if w > 0.0 and v > 0.0:
        mean = memory[i, lately + H_CLIMB] / v
        out[k, 19], out[k, 20] = memory[i, now + H_CLIMB] / w, mean
        out[k, 21] = _spread(memory[i, lately + H_CLIMB2] / v - mean * mean)
    out[k, 22] = memory[i, M_ALT] - ground_m
    out[k, 23] = memory[i, M_LOWEST] - ground_m
    # Below 0 it never was at two heights for sure.
    out[k, 24] = memory[i, M_HIGHEST] - memory[i, M_LOWEST]
    out[k, 25], out[k, 26] = memory[i, M_ALT], memory[i, M_ALT_SD]
    out[k, 33] = memory[i, M_HIGHEST] - ground_m  # it surely was so far above the ground, once
