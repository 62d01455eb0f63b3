"""The score of each pair of members, brought up to date with what was reported."""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.fuse.reports import frames
from vedette.fuse.settings import FuseSettings
from vedette.fuse.state import Members, Pairs, pair_key
from vedette.kernel.geodesy import A_M, geodetic_from_ecef
from vedette.kernel.same_target import candidates, compare

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_GATE_SD = 5.0
_CROWD_SD = 3.0  # nearer than this a node could not tell two targets apart
_LEAST_WEIGHT = 0.25  # of evidence against: one clear contradiction is not a matter of correlation


def weigh(
    pairs: Pairs, members: Members, active: Flags, fresh: Flags, now_ns: int, settings: FuseSettings
) -> Pairs:
    """Pairs with the evidence of the fresh reports in their scores.

    active  (n,)  members that count now
    fresh   (n,)  members with a new report
    """
    row = np.flatnonzero(active)
    enu, lat_lon, sd_m = _now(members, row, now_ns, settings)
    reach = _GATE_SD * np.hypot(sd_m, settings.site_bias_sd_m)
    a, b = candidates(lat_lon[:, 0], lat_lon[:, 1], reach, A_M)
    near_first, near_second = row[a], row[b]
    log_crowd = np.full(len(members), math.log(settings.crowd_per_km2 * 1e-6))
    _crowd(log_crowd, members.node, row, a, b, lat_lon, sd_m)
    up = np.zeros((len(members), 3, 3))
    up[row] = enu
    uid = members.uid
    near = pair_key(uid[near_first], uid[near_second])
    pairs = _of_living(pairs, uid)
    key = np.union1d(pairs.key(), near)
    first, second = np.searchsorted(uid, key >> 32), np.searchsorted(uid, key & 0x7FFFFFFF)
    score, time_ns = np.zeros(len(key)), np.zeros(len(key), np.int64)
    known = np.searchsorted(key, pairs.key())
    score[known], time_ns[known] = pairs.score, pairs.time_ns
    todo = np.flatnonzero(active[first] & active[second] & (fresh[first] | fresh[second]))
    fit = compare(
        first[todo], second[todo], members.x, members.P, members.time_ns, members.past_x, members.past_ns,
        up, members.knows, log_crowd, settings.process_q, settings.site_bias_sd_m,
        -math.log(settings.height_span_m), -2.0 * math.log(settings.speed_span_mps),
        -math.log(settings.climb_span_mps),
    )  # fmt: skip
    fit = np.clip(fit, settings.least_evidence, settings.most_evidence)
    data_ns = np.maximum(members.time_ns[first[todo]], members.time_ns[second[todo]])
    apart_s = np.maximum(data_ns - time_ns[todo], 0) / NS_PER_S
    weight = np.minimum(apart_s / settings.correlation_s, 1.0)
    weight = np.where((fit < 0.0) & (apart_s > 0.0), np.maximum(weight, _LEAST_WEIGHT), weight)
    score[todo] = np.clip(score[todo] + weight * fit, -settings.cap, settings.cap)
    time_ns[todo] = np.maximum(time_ns[todo], data_ns)
    hopeless = (score <= -0.5 * settings.cap) & ~np.isin(key, near)
    return Pairs(key[~hopeless] >> 32, key[~hopeless] & 0x7FFFFFFF, score[~hopeless], time_ns[~hopeless])


def _now(members: Members, row: Ints, now_ns: int, settings: FuseSettings) -> tuple[Array, Array, Array]:
    """Of each row: rotation to east-north-up, latitude and longitude rad, horizontal 1-sigma m; all now."""
    dt_s: Array = (now_ns - members.time_ns[row]) / NS_PER_S
    x, P = members.x[row], members.P[row]
    place = geodetic_from_ecef(np.ascontiguousarray(x[:, :3] + dt_s[:, None] * x[:, 3:]))
    enu = frames(place[:, 0].copy(), place[:, 1].copy())
    flat = enu[:, :2]
    spread = np.zeros(len(row))
    for a, b, factor in ((0, 0, np.ones(len(row))), (0, 3, 2.0 * dt_s), (3, 3, dt_s * dt_s)):
        block = np.einsum("nij,njk,nik->ni", flat, P[:, a : a + 3, b : b + 3], flat)
        spread += factor * block.max(axis=1)
    spread += settings.process_q * np.abs(dt_s) ** 3 / 3.0
    return enu, np.radians(place[:, :2]), np.sqrt(np.maximum(spread, 0.0))


def _crowd(log_crowd: Array, node: Ints, row: Ints, a: Ints, b: Ints, lat_lon: Array, sd_m: Array) -> None:
    """Density of targets around each row from its nearest neighbour of the same node, in place."""
    same = node[row[a]] == node[row[b]]
    a, b = a[same], b[same]
    north = (lat_lon[a, 0] - lat_lon[b, 0]) * A_M
    east = (lat_lon[a, 1] - lat_lon[b, 1]) * A_M * np.cos(lat_lon[a, 0])
    away = np.hypot(north, east)
    nearest = np.full(len(row), np.inf)
    np.minimum.at(nearest, a, away)
    np.minimum.at(nearest, b, away)
    met = np.flatnonzero(np.isfinite(nearest))
    nearest = np.maximum(nearest[met], _CROWD_SD * sd_m[met])
    log_crowd[row[met]] = np.maximum(log_crowd[row[met]], -np.log(math.pi * nearest**2))


def _of_living(pairs: Pairs, uid: Ints) -> Pairs:
    """Pairs of which both members are still known."""
    keep = np.isin(pairs.first, uid) & np.isin(pairs.second, uid)
    return Pairs(pairs.first[keep], pairs.second[keep], pairs.score[keep], pairs.time_ns[keep])
