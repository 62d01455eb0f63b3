"""How far motion counts beside the word of sensors, and how far the word: exponents of a log-linear pool.

Both are of the same target, and sensors say more than they know. So the exponents are found, by age of the
track, with what is added to each class that sensors speak of or cannot name: those under which what is true
was said with the least loss. Between the small things that fly both have exponents of their own: radars have
words for drone and bird, and the two move alike for as long as nothing hovers. The loss is convex in all of
them, so Newton's steps find them; a weak pull towards the beginning keeps those that nothing speaks for.

Source: Genest & Zidek (1986), Combining probability distributions, Statistical Science 1(1), 4.2.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.classify.boosting import softmax
from vedette.identify.evidence import among_small

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

AGES_S: Final = (0.0, 4.0, 10.0, 30.0, 90.0)
_BEGIN: Final = (0.5, 0.5, 0.0, 0.0)  # exponents, in the order of Pool, where nothing speaks for others
_PULL: Final = 2e-3
_STEPS: Final = 30


class Pool(NamedTuple):
    """Exponents by AGES_S of motion and of the word, how much more they are among the small, and leans."""

    motion: Array
    word: Array
    motion_small: Array
    word_small: Array
    lean: Array


def pool(by_motion: Array, word: Array, offset: Array, age_s: Array, y: Ints, weight: Array) -> Pool:
    """The pool under which what is true was said with the least loss.

    by_motion, word  (k, c)  log likelihoods, classes in the order of CLASSES
    offset           (k, c)  of other evidence, which counts as it is
    age_s            (k,)
    y                (k,)    true class
    """
    base = _hats(age_s)[:, None, :]
    n, c = by_motion.shape
    evidences = (by_motion, word, among_small(by_motion), among_small(word))
    part = np.concatenate(
        [one[:, :, None] * base for one in evidences] + [np.broadcast_to(np.eye(c), (n, c, c))], axis=2
    )
    begin = np.concatenate([np.full(len(AGES_S), at) for at in _BEGIN] + [np.zeros(c)])
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
    motion, word_, motion_small, word_small = found[:-c].reshape(len(evidences), len(AGES_S))
    return Pool(motion, word_, motion_small, word_small, found[-c:])


def _hats(age_s: Array) -> Array:
    """(k, ages) of each row how near it is to each age, as numpy.interp goes between them; sums to 1."""
    return np.column_stack([np.interp(age_s, AGES_S, one) for one in np.eye(len(AGES_S))])
