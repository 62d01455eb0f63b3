"""Clock offsets of sensors that saw one target: those under which its bearings are likeliest.

The marginal likelihood of all bearings under nearly constant velocity (kernel.flight) is maximised
over one offset a sensor, the reference's held at 0, by Newton's method; the second derivatives give the
uncertainty. A target that flies straight tells two sensors little of each other's clock; turns do.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.flight import evidence_along

Array = NDArray[np.float64]

_PROBE_S = 0.02
_LONGEST_STEP_S = 0.25
_ROUNDS = 20
_HALVINGS = 8
_SETTLED_S = 1e-4


def clock_offsets(
    sensor: NDArray[np.int64],
    time_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    path_s: Array,
    path_m: Array,
    reference: int,
    density: float = 3.0,
) -> tuple[NDArray[np.int64], Array, Array]:
    """How much each sensor's clock is ahead of the reference's.

    sensor          (n,)    which sensor measured it
    time_s          (n,)    by that sensor's clock, any order
    z, sd           (n, 2)  azimuth, elevation and 1-sigma noise, rad; elevation may be NaN
    pose, rotation  (n, 3), (n, 3, 3)
    path_s, path_m  (k,), (k, 3)  roughly where the target was, to linearise at: a track's history
    reference       the sensor whose clock is right
    density         acceleration noise density, m²/s³

    Returns the sensors (s,), rising and without the reference, their offsets (s,) and 1-sigma (s,), s.
    Subtract an offset from the times to correct them. Where the bearings do not tell, sigma is infinite.
    """
    others = np.setdiff1d(np.unique(sensor), [reference])
    column = np.searchsorted(others, sensor)
    mine = sensor != reference
    motion = np.array([15.0, density, 1.0])

    def evidence(offset: Array) -> float:
        t = time_s.copy()
        t[mine] -= offset[column[mine]]
        order = np.argsort(t, kind="stable")
        t = t[order]
        at = np.stack([np.interp(t, path_s, path_m[:, a]) for a in range(3)], axis=1)
        return evidence_along(t - t[0], z[order], sd[order], pose[order], rotation[order], at, motion)

    offset = np.zeros(len(others))
    for _ in range(_ROUNDS):
        gradient, hessian = _derivatives(evidence, offset)
        # Where the likelihood is not bowl-shaped yet, go uphill as if it were.
        value, vector = np.linalg.eigh(-hessian)
        step = vector @ ((vector.T @ gradient) / np.maximum(np.abs(value), 1e-6))
        step = np.clip(step, -_LONGEST_STEP_S, _LONGEST_STEP_S)
        here = evidence(offset)
        for _ in range(_HALVINGS):
            if evidence(offset + step) >= here:
                break
            step = 0.5 * step
        offset = offset + step
        if np.abs(step).max(initial=0.0) < _SETTLED_S:
            break
    _, hessian = _derivatives(evidence, offset)
    value, vector = np.linalg.eigh(-hessian)
    variance = (vector**2 / np.where(value > 0.0, value, np.nan)).sum(axis=1)
    return others, offset, np.where(np.isnan(variance), np.inf, np.sqrt(variance))


def _derivatives(f: Callable[[Array], float], at: Array) -> tuple[Array, Array]:
    """Gradient (n,) and second derivatives (n, n) of f by central differences of _PROBE_S."""
    n = len(at)
    probe = _PROBE_S * np.eye(n)
    middle = f(at)
    up = np.array([f(at + p) for p in probe])
    down = np.array([f(at - p) for p in probe])
    gradient = (up - down) / (2.0 * _PROBE_S)
    hessian = np.diag((up - 2.0 * middle + down) / _PROBE_S**2)
    for i in range(n):
        for j in range(i):
            both = f(at + probe[i] + probe[j])
            hessian[i, j] = hessian[j, i] = (both - up[i] - up[j] + middle) / _PROBE_S**2
    return gradient, hessian
