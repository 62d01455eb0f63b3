"""How likely a radar sees a target, and what it takes it for.

Radar equation with the range to the fourth power, Swerling 1 fluctuation: one independent look a
scan detects with Pd = Pfa^(1 / (1 + S)). The whole system is one number, the range at which 1 m²
is detected with probability 0.9.

Source: Skolnik (2001), Introduction to Radar Systems, 2.6-2.8.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FALSE_ALARM: Final = 1e-6
_SNR_AT_REFERENCE: Final = math.log(FALSE_ALARM) / math.log(0.9) - 1.0  # of Pd 0.9


def snr(range_m: Array, rcs_m2: Array, range_1m2_m: float) -> Array:
    """Signal to noise ratio, linear, of targets at a range with a radar cross-section."""
    return _SNR_AT_REFERENCE * rcs_m2 * (range_1m2_m / np.maximum(range_m, 1.0)) ** 4


def swerling1(signal_to_noise: Array) -> Array:
    """Detection probability of one look."""
    return FALSE_ALARM ** (1.0 / (1.0 + signal_to_noise))


# What a drone radar takes things for: rows are truth, columns are guesses. Mean logits.
GUESSES: Final = ("multirotor", "bird", "aeroplane")
_MEAN_LOGIT: Final = {
    "multirotor": (1.25, 0.35, -0.6),
    "fixed_wing_drone": (0.9, 0.2, 0.4),
    "bird": (0.25, 1.25, -0.9),
    "aeroplane": (-0.5, -0.9, 1.9),
}
_OTHER: Final = (0.0, 0.0, 0.0)


def mean_logit(class_name: str) -> tuple[float, float, float]:
    """Mean evidence for each of GUESSES that a target of this class gives, natural logarithm."""
    return _MEAN_LOGIT.get(class_name, _OTHER)


def softmax(logits: Array) -> Array:
    """(n, k) probabilities of (n, k) logits."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out: Array = weights / weights.sum(axis=-1, keepdims=True)
    return out
