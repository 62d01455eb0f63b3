"""How far motion counts beside the word of sensors, and how far the word: exponents of a log-linear pool.

Both are of the same target, and sensors say more than they know. So the exponents are found, by age of the
track, with what is added to each class that sensors speak of or cannot name: those under which what is true
was said with the least loss. The loss is convex in them, so Newton's steps find them; a weak pull towards the
beginning keeps those that nothing speaks for.

Source: Genest & Zidek (1986), Combining probability distributions, Statistical Science 1(1), 4.2.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.classify.boosting import softmax

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

AGES_S: Final = (0.0, 4.0, 10.0, 30.0, 90.0)
_BEGIN: Final = (0.5, 0.5)  # exponents of motion and of the word where nothing speaks for others
_PULL: Final = 2e-3
_STEPS: Final = 30


def pool(
    by_motion: Array, word: Array, offset: Array, age_s: Array, y: Ints, weight: Array
) -> tuple[Array, Array, Array]:
    """Exponents by AGES_S of motion and of the word, and the lean of each class.

    by_motion, word  (k, c)  log likelihoods
    offset           (k, c)  of other evidence, which counts as it is
    age_s            (k,)
    y                (k,)    true class
    """
    base = _hats(age_s)
    n, c = by_motion.shape
    ages = len(AGES_S)
    part = np.empty((n, c, 2 * ages + c))
    part[:, :, :ages] = by_motion[:, :, None] * base[:, None, :]
    part[:, :, ages : 2 * ages] = word[:, :, None] * base[:, None, :]
    part[:, :, 2 * ages :] = np.eye(c)
    begin = np.r_[np.full(ages, _BEGIN[0]), np.full(ages, _BEGIN[1]), np.zeros(c)]
    found = begin.copy()
    w = weight / weight.sum()
    truth = np.eye(c)[y]
    for _ in range(_STEPS):
        p = softmax(part @ found + offset)
        slope = np.einsum("k,kc,kcj->j", w, p - truth, part) + _PULL * (found - begin)
        mean = np.einsum("kc,kcj->kj", p, part)
        bend = np.einsum("kci,kcj->ij", part * (w[:, None] * p)[:, :, None], part)
        bend += _PULL * np.eye(len(found)) - (w[:, None] * mean).T @ mean
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < 1e-8:
            break
    return found[:ages], found[ages : 2 * ages], found[2 * ages :]


def _hats(age_s: Array) -> Array:
    """(k, ages) of each row how near it is to each age, as numpy.interp goes between them; sums to 1."""
    return np.column_stack([np.interp(age_s, AGES_S, one) for one in np.eye(len(AGES_S))])
