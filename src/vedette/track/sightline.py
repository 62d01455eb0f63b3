"""What a direction does not tell: how far away it was seen.

A filter that is linearised anew at each look believes that it learns of the distance along one line of sight:
it takes each line for fixed, and the target for one that moves by no more than its noise. A bird that a
camera followed for half a minute was so put a kilometre from where it was, at 100 m/s give or take 12. A
target and its velocity scaled about a sensor give the same directions for ever, so along that way a state
and its covariance are put back to what they were before the look.

Only where the state lies along the line of sight, as it does where one sensor, or several in one place, saw
it for long. Lines that cross tell the distance.

Source: Huang, Mourikis & Roumeliotis (2010), Observability-based rules for designing consistent EKF SLAM
estimators, Int. J. of Robotics Research 29(5): no information along what cannot be observed.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.measurement import AZIMUTH, ELEVATION, N_COMPONENTS, Look

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_OTHERS: Final = [k for k in range(N_COMPONENTS) if k not in (AZIMUTH, ELEVATION)]
# A state lies along the line of sight where its variance along it is so many times that across, and its
# longest axis within so much of it, rad: two finders whose lines cross by 10 degrees do tell the distance.
_ALONG: Final = 25.0
_ASKEW: Final = 0.07
_NEAREST_M: Final = 1.0


def keep_distances(
    seen: Look, home: Array, before_x: Array, before_P: Array, x: Array, P: Array, child: Ints, took: Ints
) -> None:
    """What took a direction alone is as far away as before. In place.

    home                (3,)  the sensor's configured place; a look from elsewhere is of one that moves
    before_x, before_P        states of the leaves; x, P: of their children, see kernel.kalman.take
    child, took         (m,)  the leaf that each child comes from and the plot it took, -1 for none
    """
    if len(seen.pose) > 1 or not np.array_equal(seen.pose[0, :3], home):
        return
    only = _directions(seen)
    if not only.any():
        return
    rows = np.flatnonzero((took >= 0) & only[took])
    leaf = child[rows]
    x[rows], P[rows] = put_back(before_x[leaf], before_P[leaf], x[rows], P[rows], home)


def _directions(seen: Look) -> NDArray[np.bool_]:
    """Which plots (m,) tell a direction and nothing else."""
    out: NDArray[np.bool_] = ~np.isnan(seen.z[:, AZIMUTH]) & np.isnan(seen.z[:, _OTHERS]).all(axis=1)
    return out


def put_back(before_x: Array, before_P: Array, x: Array, P: Array, place: Array) -> tuple[Array, Array]:
    """States after a direction was taken, the distance as before; new arrays.

    before_x, before_P, x, P  (k, models, 6), (k, models, 6, 6)  states before and after
    place                     (3,)                               of the sensor, which stands still
    """
    away = before_x[..., :3] - place
    range_m = np.maximum(np.linalg.norm(away, axis=-1), _NEAREST_M)
    line = away / range_m[..., None]
    there = before_P[..., :3, :3]
    along = np.einsum("kma,kmab,kmb->km", line, there, line)
    across = 0.5 * (np.trace(there, axis1=-2, axis2=-1) - along)
    after = np.einsum("kma,kmab,kmb->km", line, P[..., :3, :3], line)
    aside = np.einsum("kmab,kmb->kma", there, line) - along[..., None] * line
    lies = (along > _ALONG * across) & (np.linalg.norm(aside, axis=-1) < _ASKEW * along)
    scale = np.concatenate((away, before_x[..., 3:]), axis=-1) / range_m[..., None]
    moved = np.einsum("kma,kma->km", line, x[..., :3] - before_x[..., :3])
    lost = np.where(lies, np.maximum(along - after, 0.0), 0.0)
    return (
        x - np.where(lies, moved, 0.0)[..., None] * scale,
        P + lost[..., None, None] * scale[..., :, None] * scale[..., None, :],
    )
