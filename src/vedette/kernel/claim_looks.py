"""One look of one sensor at the places that senders claim: whether something was there, and should have been.

Plots and claims are compared in the sensor's own range and azimuth, so heights need not be known: a slant
range is compared with the slant range of the claim. What the sensor should see follows from its card:
range, field of view, highest elevation, and the horizon of an Earth of 4/3 its radius. The lie of the land
is not known; low over the ground a sensor is therefore expected to see less.

Source: Bayes' rule on detections and misses; 4/3 of the Earth's radius stands for refraction in a standard
atmosphere (ITU-R P.834).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SKIPPED, MISSED, SEEN = -1, 0, 1
WIDER = 10.0  # how many gates wide the surroundings are that tell how often chance puts a plot into one

_EARTH_M = 6.371e6
_GATE = 3.5
_FARTHEST = 0.95  # of the range
_LOWEST_DEG = 0.2
_CHANCE = 0.01
_LEAST_MPS = 2.0
_ALIKE_MPS = 1.5
_TOGETHER_NS = 30_000_000_000


@njit
def polar_from(place: Array, pose: Array, rotation: Array) -> Array:
    """Slant range m, azimuth rad, elevation rad over the horizon, (k, 3), of places (k, 3 or more).

    pose  (3,), rotation (3, 3)  of the sensor in the sector's frame. Without a height the sensor's counts.
    """
    out = np.full((len(place), 3), np.nan)
    for k in range(len(place)):
        if math.isnan(place[k, 0]):
            continue
        d0 = place[k, 0] - pose[0]
        d1 = place[k, 1] - pose[1]
        known = not math.isnan(place[k, 2])
        d2 = place[k, 2] - pose[2] if known else 0.0
        e = rotation[0, 0] * d0 + rotation[0, 1] * d1 + rotation[0, 2] * d2
        n = rotation[1, 0] * d0 + rotation[1, 1] * d1 + rotation[1, 2] * d2
        flat = math.hypot(e, n)
        up = (rotation[2, 0] * d0 + rotation[2, 1] * d1 + rotation[2, 2] * d2) if known else 0.0
        out[k, 0] = math.hypot(flat, up)
        out[k, 1] = math.atan2(e, n)
        if known:
            # The frame's plane already falls away by the true curvature: a quarter of it is bent back.
            out[k, 2] = math.atan2(up + 0.25 * flat * flat / (2.0 * _EARTH_M), max(flat, 1.0))
    return out


@njit
def look(
    polar: Array,
    claim: Array,
    mid_ns: int,
    pose: Array,
    rotation: Array,
    plot_ns: Ints,
    plot: Array,
    range_sd_m: float,
    azimuth_sd_rad: float,
    ranged: bool,
) -> tuple[Ints, Array]:
    """Whether a plot fits each claim, (k,) SEEN or MISSED, and how likely chance alone does that, (k,).

    polar    (k, 3)  of the claims at mid_ns; NaN is SKIPPED
    claim    (k, 6)  as kernel.senders gives them
    plot_ns  (m,)    of the plots
    plot     (m, 2)  range m, azimuth rad in [-pi, pi], sorted by azimuth
    ranged           False: only the azimuth counts
    """
    out = np.full(len(polar), SKIPPED, np.int64)
    chance = np.full(len(polar), _CHANCE)
    bearing = plot[:, 1].copy()
    moved = np.empty((1, 3))
    for k in range(len(polar)):
        if math.isnan(polar[k, 0]):
            continue
        away = max(polar[k, 0], 20.0)
        ve = 0.0 if math.isnan(claim[k, 4]) else claim[k, 4]
        vn = 0.0 if math.isnan(claim[k, 5]) else claim[k, 5]
        loose = 15.0 + 0.3 * math.hypot(ve, vn)
        sd = 5.0 if math.isnan(claim[k, 3]) else max(claim[k, 3], 5.0)
        range_gate = _GATE * math.hypot(range_sd_m, sd) + loose
        azimuth_gate = _GATE * math.hypot(azimuth_sd_rad, sd / away) + loose / away + 0.002
        wide = min(WIDER * azimuth_gate, math.pi)
        near = 0
        seen = False
        for turn in range(-1, 2):
            middle = polar[k, 1] + 2.0 * math.pi * turn
            first = np.searchsorted(bearing, middle - wide)
            last = np.searchsorted(bearing, middle + wide)
            for j in range(first, last):
                dt_s = (plot_ns[j] - mid_ns) * 1e-9
                if ranged and abs(plot[j, 0] - away) > WIDER * range_gate + abs(dt_s) * math.hypot(ve, vn):
                    continue
                moved[0, 0] = claim[k, 0] + dt_s * ve
                moved[0, 1] = claim[k, 1] + dt_s * vn
                moved[0, 2] = claim[k, 2]
                at = polar_from(moved, pose, rotation)
                off = abs((plot[j, 1] - at[0, 1] + math.pi) % (2.0 * math.pi) - math.pi)
                if off < azimuth_gate and (not ranged or abs(plot[j, 0] - at[0, 0]) < range_gate):
                    seen = True
                else:
                    near += 1
        out[k] = SEEN if seen else MISSED
        cells = WIDER * WIDER - 1.0 if ranged else wide / azimuth_gate - 0.99
        chance[k] = 1.0 - (1.0 - _CHANCE) * math.exp(-near / max(cells, 1.0))
    return out, chance


@njit
def expected(
    polar: Array,
    claim: Array,
    rotation: Array,
    range_max_m: float,
    view: Array,
    blind: Array,
    elevation_max_rad: float,
    pd: float,
    doppler: bool,
) -> tuple[Array, Array]:
    """How likely the sensor sees such places at all, (k,), and a target there in one look if it does, (k,).

    view     (2,)    azimuth that the field of view begins at, and its width, rad
    blind    (b, 2)  the same of what it does not see
    doppler          it sees worse what does not move towards or away from it

    The first is 0 for a place that it is not meant to see.
    """
    sight = np.zeros(len(polar))
    hit = np.full(len(polar), pd)
    for k in range(len(polar)):
        r = polar[k, 0]
        if math.isnan(r) or r > _FARTHEST * range_max_m or r < 20.0:
            continue
        if (polar[k, 1] - view[0]) % (2.0 * math.pi) > view[1]:
            continue
        hidden = False
        for b in range(len(blind)):
            if (polar[k, 1] - blind[b, 0]) % (2.0 * math.pi) < blind[b, 1]:
                hidden = True
        if hidden:
            continue
        el = math.degrees(polar[k, 2])
        if math.isnan(el):
            sight[k] = 0.6
        elif el < _LOWEST_DEG or polar[k, 2] > elevation_max_rad:
            continue
        elif el < 1.0:
            sight[k] = 0.6 + 0.35 * (el - _LOWEST_DEG) / (1.0 - _LOWEST_DEG)
        else:
            sight[k] = 0.97
        share = (r / range_max_m) ** 4
        sight[k] *= 1.0 - share
        hit[k] = pd * (1.0 - share)
        if doppler and not math.isnan(claim[k, 4]):
            s, c = math.sin(polar[k, 1]), math.cos(polar[k, 1])
            e = rotation[0, 0] * claim[k, 4] + rotation[0, 1] * claim[k, 5]
            n = rotation[1, 0] * claim[k, 4] + rotation[1, 1] * claim[k, 5]
            if abs(e * s + n * c) < 2.0:
                hit[k] *= 0.5
    return sight, hit


@njit
def movers_alike(
    first_ns: Ints, v_east: Array, v_north: Array, other: NDArray[np.bool_], odds: Array
) -> tuple[Ints, Array]:
    """How many others each moves with, since about the same time, (k,), and the mean of their odds, (k,).

    first_ns  (k,)  when each was first heard
    v_*       (k,)  m/s; NaN or below 2 m/s moves with nobody
    other     (k,)  whether it is left out
    """
    n = len(first_ns)
    count = np.zeros(n, np.int64)
    mean = np.zeros(n)
    order = np.argsort(first_ns)
    for a in range(n):
        i = order[a]
        if other[i] or not math.hypot(v_east[i], v_north[i]) > _LEAST_MPS:
            continue
        for b in range(a + 1, n):
            j = order[b]
            if first_ns[j] - first_ns[i] > _TOGETHER_NS:
                break
            if other[j] or not math.hypot(v_east[j] - v_east[i], v_north[j] - v_north[i]) < _ALIKE_MPS:
                continue
            count[i] += 1
            count[j] += 1
            mean[i] += odds[j]
            mean[j] += odds[i]
    for i in range(n):
        if count[i]:
            mean[i] /= count[i]
    return count, mean
