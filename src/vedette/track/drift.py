"""Whether a bias drifts: the filter of `registration` is told that it knows less than it thinks.

Biases are taken to stay as they are for long, so after some minutes a filter that has learnt one hardly looks
up any more. What it learns from each tick has no mean if it is right, and a variance that it knows itself:

    z = (x⁺ - x⁻) / √(P⁻ - P⁺)

A bias that drifts pulls all to one side. The sum of z, forgetting, is watched; when it is too far from
naught, the bias is made nearly as unsure as a fresh one, and found again. What drifted goes on to drift for a
while: it walks at random from then on, less and less.

Source: Bar-Shalom, Li & Kirubarajan (2001), Estimation with Applications to Tracking and Navigation, 5.4 (the
whiteness of innovations) and 11.2 (more noise where they are not).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.registration import AZIMUTH, CLOCK, ELEVATION, N_BIASES, RANGE_OFFSET

Array = NDArray[np.float64]

FORGET: Final = 0.99  # of the sum, a tick with pairs
_SD: Final = 1.0 / math.sqrt(1.0 - FORGET**2)  # of the sum, of a bias that stays
_TOO_FAR: Final = 4.5
_LEAST: Final = 1e-8  # of a variance in units of the prior: what is learnt in one tick
MORE: Final = 0.25  # of variance in units of the prior: what a bias may have drifted by
WALK: Final = MORE / 180.0  # and what it may go on to drift by, a second
WALKS_S: Final = 600.0
_KNOWN: Final = 0.25  # of variance
_MAY: Final = np.isin(np.arange(N_BIASES), [RANGE_OFFSET, AZIMUTH, ELEVATION, CLOCK])


def leaning(lean: Array, before: Array, after: Array, var_before: Array, var_after: Array) -> Array:
    """The sums (n,) after one more tick, of biases and their variances before and after it, (n,) each."""
    learnt = var_before - var_after
    told = learnt > _LEAST
    z = (after - before)[told] / np.sqrt(learnt[told])
    out = lean.copy()
    out[told] = FORGET * out[told] + np.clip(z, -3.0, 3.0)
    return out


def drifts(lean: Array, var: Array) -> NDArray[np.bool_]:
    """Which biases (n,) are pulled to one side for longer than chance does.

    var  (n,) in units of the prior. What is hardly known takes what is wrong with others for its own; a
         sensor's place does not drift, nor do the slopes of its range
    """
    out: NDArray[np.bool_] = (np.abs(lean) > _TOO_FAR * _SD) & (var < _KNOWN)
    out &= np.tile(_MAY, len(lean) // N_BIASES)
    return out
