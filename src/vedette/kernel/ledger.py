"""Pairs of leaves and plots: how much they weigh, who took what, and what leaves note of it.

In one pass over the rows instead of one over each column.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit
def note(
    took: Ints,
    looked_ns: Ints,
    sensor: int,
    valid_ns: Ints,
    heard_ns: Ints,
    has_place: NDArray[np.bool_],
    label: NDArray[np.uint64],
    baro_alt_m: Array,
    height_kind: NDArray[np.uint8],
    hit_ns: Ints,
    heard: Ints,
    hits: Ints,
    missed: Ints,
    excused_ns: Ints,
    look_ns: Ints,
    sensor_hits: Ints,
    sensor_share: Array,
    known_label: NDArray[np.uint64],
    known_baro_m: Array,
    known_kind: NDArray[np.uint8],
    gain: float,
) -> None:
    """Note on n leaves which of m plots they took, in place.

    took, sensor                                  (n,) plot of each leaf, -1 for none; column of the sensor
    looked_ns                                     (m,) to when each plot's leaf has had its chance
    valid_ns to height_kind                       (m,) and label (m, schemes): the plots'
    hit_ns, heard to excused_ns, known_baro_m, …  (n,) the leaves' own
    look_ns, sensor_hits, sensor_share            (n, sensors)
    known_label                                   (n, schemes)
    gain                                          of one more chance in the sensor's share
    """
    for i in range(took.shape[0]):
        j = took[i]
        if j < 0:
            continue
        hit_ns[i] = max(hit_ns[i], valid_ns[j])
        heard[i] = max(heard[i], heard_ns[j])
        missed[i] = 0
        excused_ns[i] = 0
        hits[i] += has_place[j]  # a bearing alone does not make a track
        look_ns[i, sensor] = max(look_ns[i, sensor], looked_ns[j])
        sensor_hits[i, sensor] += 1
        sensor_share[i, sensor] += gain * (1.0 - sensor_share[i, sensor])
        for k in range(label.shape[1]):
            if known_label[i, k] == 0:
                known_label[i, k] = label[j, k]
        if not math.isnan(baro_alt_m[j]):
            known_baro_m[i] = baro_alt_m[j]
        known_kind[i] |= height_kind[j]


@njit
def found(
    born: Ints,
    first: int,
    sensor: int,
    first_id: int,
    p: Array,
    number: Ints,
    valid_ns: Ints,
    heard_ns: Ints,
    label: NDArray[np.uint64],
    baro_alt_m: Array,
    height_kind: NDArray[np.uint8],
    track_id: NDArray[np.uint32],
    born_ns: Ints,
    time_ns: Ints,
    hit_ns: Ints,
    heard: Ints,
    hits: Ints,
    r: Array,
    recent: NDArray[np.uint64],
    known_label: NDArray[np.uint64],
    known_baro_m: Array,
    known_kind: NDArray[np.uint8],
    look_ns: Ints,
    sensor_hits: Ints,
    first_sensor: Ints,
) -> None:
    """Note on blank leaves, from row `first` on, that each began with a plot, in place.

    born                    (k,) the plots; sensor, first_id: column of the sensor, number of the first track
    p                       (m,) of each plot, that it is a new target
    number to height_kind   (m,) and label (m, schemes): the plots'
    track_id to …           as in `note`
    """
    for q in range(born.shape[0]):
        i, j = first + q, born[q]
        track_id[i] = first_id + q
        born_ns[i] = time_ns[i] = hit_ns[i] = look_ns[i, sensor] = valid_ns[j]
        heard[i] = heard_ns[j]
        hits[i] = sensor_hits[i, sensor] = 1
        r[i] = p[j]
        recent[i, 0] = number[j]
        for k in range(label.shape[1]):
            known_label[i, k] = label[j, k]
        known_baro_m[i] = baro_alt_m[j]
        known_kind[i] = height_kind[j]
        first_sensor[i] = sensor


@njit
def remember(
    recent: NDArray[np.uint64], rows: Ints, child: Ints, took: Ints, number: Ints
) -> NDArray[np.uint64]:
    """The last plots of the children (m, depth) of some leaves, the newest first.

    recent        (n, depth)  of all leaves; those looked at are rows (k,)
    child, took   (m,)        which of those each child comes from, and the plot it took, -1 for none
    number        (p,)        of each plot
    """
    depth = recent.shape[1]
    out = np.empty((child.shape[0], depth), np.uint64)
    for c in range(child.shape[0]):
        i = rows[child[c]]
        shift = 0
        if took[c] >= 0:
            shift = 1
            out[c, 0] = np.uint64(number[took[c]])
        for q in range(shift, depth):
            out[c, q] = recent[i, q - shift]
    return out


@njit
def weigh(detected: Array, start: Ints, plot: Ints, loglik: Array, other: Array) -> Array:
    """Log weight of each pair over that of its plot being of no known target, (k,).

    detected     (n,)              that leaf i exists and is seen
    start, plot  (n + 1,), (k,)    pairs of leaf i are start[i] to start[i + 1]; their plots
    loglik       (k,)              log likelihood of each
    other        (m,)              log density of plots of no known target
    """
    out = np.empty(plot.shape[0])
    for i in range(detected.shape[0]):
        if start[i] == start[i + 1]:
            continue
        log_detected = math.log(max(detected[i], 1e-300))
        for q in range(start[i], start[i + 1]):
            out[q] = log_detected + loglik[q] - other[plot[q]]
    return out


@njit
def sure_pairs(
    start: Ints,
    plot: Ints,
    p_pair: Array,
    track_id: NDArray[np.uint32],
    shared: NDArray[np.bool_],
    sure: float,
) -> tuple[Ints, Ints, Array]:
    """Plots that are surely enough a track's: leaf, plot, probability, (k,) each.

    p_pair    (pairs,)  that the leaf took the plot
    track_id  (n,)      of each leaf
    shared    (n,)      whether it is not the only one of its track: leaves of one track count together
    """
    leaf = np.empty(plot.shape[0], np.int64)
    its = np.empty(plot.shape[0], np.int64)
    p = np.empty(plot.shape[0])
    rest = np.empty(plot.shape[0], np.int64)
    owner = np.empty(plot.shape[0], np.int64)
    k = 0
    n_rest = 0
    for i in range(track_id.shape[0]):
        for q in range(start[i], start[i + 1]):
            if not shared[i] and p_pair[q] > sure:
                leaf[k] = i
                its[k] = plot[q]
                p[k] = min(p_pair[q], 1.0)
                k += 1
            elif shared[i] and p_pair[q] > 0.0:
                rest[n_rest] = q
                owner[n_rest] = i
                n_rest += 1
    # The same track and plot side by side.
    key = np.empty(n_rest, np.int64)
    for a in range(n_rest):
        key[a] = plot[rest[a]] * (np.int64(1) << 32) + np.int64(track_id[owner[a]])
    order = np.argsort(key, kind="mergesort")
    a = 0
    while a < n_rest:
        b = a
        total = 0.0
        while b < n_rest and key[order[b]] == key[order[a]]:
            total += p_pair[rest[order[b]]]
            b += 1
        if total >= sure:
            leaf[k] = owner[order[a]]
            its[k] = plot[rest[order[a]]]
            p[k] = min(total, 1.0)
            k += 1
        a = b
    return leaf[:k], its[:k], p[:k]
