"""What tracks note when they take a plot: in one pass over the rows instead of one over each column."""

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
    known_label: NDArray[np.uint64],
    known_baro_m: Array,
    known_kind: NDArray[np.uint8],
) -> None:
    """Note on n leaves which of m plots they took, in place.

    took, sensor                                  (n,) plot of each leaf, -1 for none; column of the sensor
    looked_ns                                     (m,) to when each plot's leaf has had its chance
    valid_ns to height_kind                       (m,) and label (m, schemes): the plots'
    hit_ns, heard to excused_ns, known_baro_m, …  (n,) the leaves' own
    look_ns, sensor_hits                          (n, sensors)
    known_label                                   (n, schemes)
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
        for k in range(label.shape[1]):
            if known_label[i, k] == 0:
                known_label[i, k] = label[j, k]
        if not math.isnan(baro_alt_m[j]):
            known_baro_m[i] = baro_alt_m[j]
        known_kind[i] |= height_kind[j]
