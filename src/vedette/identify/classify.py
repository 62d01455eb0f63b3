"""What a target can be, by how it moves and by what it says of itself.

Each function gives likelihoods by class, up to a factor. They are soft: no single
piece of evidence settles a class.

Sources: speeds from CS-22, CS-23 and CS-25 type data and EU 2019/945 (C0 to C4: at most 19 m/s
where limited); birds: Alerstam et al. (2007), PLoS Biology 5(8), airspeeds of 138 species, 8 to
23 m/s. Emitter categories: DO-260B 2.2.3.2.5.2.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, N_CLASSES

Array = NDArray[np.float64]

# Highest speed that the class is known for, m/s over ground, wind included.
_TOP_SPEED = {
    "multirotor": 30.0, "fixed_wing_drone": 75.0, "aeroplane": 340.0, "helicopter": 95.0, "glider": 75.0,
    "balloon": 25.0, "bird": 28.0, "ground_vehicle": 55.0, "vessel": 25.0, "other": 600.0,
}  # fmt: skip
# Highest height above the ellipsoid at which the class is common, m.
_TOP_HEIGHT = {
    "multirotor": 1500.0, "fixed_wing_drone": 5000.0, "aeroplane": 15000.0, "helicopter": 4500.0,
    "glider": 5000.0, "balloon": 35000.0, "bird": 3000.0, "ground_vehicle": 600.0, "vessel": 300.0,
    "other": 40000.0,
}  # fmt: skip
# Slowest mean speed over ground, m/s, of what falls down when it is slow; with a wind against it.
_SLOW = {"fixed_wing_drone": 9.0, "aeroplane": 25.0, "glider": 15.0}
_SLOW_MPS = np.array([_SLOW.get(c, 0.0) for c in CLASSES])
_TOP_SPEED_MPS = np.array([_TOP_SPEED[c] for c in CLASSES])
_TOP_HEIGHT_M = np.array([_TOP_HEIGHT[c] for c in CLASSES])

# How often a track has surely been faster or higher than what it is of: in a flock it jumps.
_JUMPS = 0.03

_CATEGORY = {
    "A1": "aeroplane", "A2": "aeroplane", "A3": "aeroplane", "A4": "aeroplane", "A5": "aeroplane",
    "A6": "aeroplane", "A7": "helicopter", "B1": "glider", "B2": "balloon", "B3": "other", "B4": "other",
    "B6": "fixed_wing_drone", "C1": "ground_vehicle", "C2": "ground_vehicle",
}  # fmt: skip
_CLAIM_WEIGHT = 40.0  # a claim can be false, so it is strong and not certain


def by_motion(top_speed_mps: Array, height_m: Array, mean_mps: Array | None = None) -> Array:
    """Likelihoods (k, N_CLASSES) of having been this fast (surely), this high, this slow; NaN says nothing.

    top_speed_mps, height_m  (k,)
    mean_mps                 (k,) over the last half minute; None says nothing
    """
    fast = np.nan_to_num(top_speed_mps)[:, None] - _TOP_SPEED_MPS
    high = np.nan_to_num(height_m)[:, None] - _TOP_HEIGHT_M
    over = (np.maximum(fast, 0.0) / (0.1 * _TOP_SPEED_MPS + 2.0)) ** 2
    over += (np.maximum(high, 0.0) / (0.2 * _TOP_HEIGHT_M)) ** 2
    if mean_mps is not None:
        slow = _SLOW_MPS - np.nan_to_num(mean_mps, nan=np.inf)[:, None]
        over += (np.maximum(slow, 0.0) / np.maximum(0.3 * _SLOW_MPS, 1.0)) ** 2
    out: Array = np.maximum(np.exp(-0.5 * over), _JUMPS)
    return out


@lru_cache(maxsize=65536)
def by_claim(claim: Claim) -> Array:
    """Likelihood of saying this."""
    out = np.ones(N_CLASSES)
    if claim.scheme == "remote_id":
        name = claim.category if claim.category in CLASSES else None
        for each in (name,) if name else ("multirotor", "fixed_wing_drone"):
            out[CLASSES.index(each)] = _CLAIM_WEIGHT
    elif claim.scheme in ("icao24", "mode_3a"):
        name = _CATEGORY.get(claim.category or "")
        for each in (name,) if name else ("aeroplane", "helicopter"):
            out[CLASSES.index(each)] = _CLAIM_WEIGHT
        out[CLASSES.index("bird")] = 0.05
        if not name or not name.endswith("drone"):
            out[CLASSES.index("multirotor")] = 0.3
    return out
