"""Teaches the model of motion from examples, and tempers it on others.

Examples of random scenes and built-in ones, and of recordings. One scene of five, and of those who are learnt
from recordings one of five, is not learnt from: by its loss the trees end, and on it scores are tempered.
Of a fifth of the individuals the ground is hidden, of another fifth all heights, so that the model does
not need them. Each source is lifted to a height above the sea of its own, so that no class is known by where
a scenario lies.
"""

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.classify import boosting
from vedette.app.bench.classify.boosting import Recipe, softmax
from vedette.app.bench.classify.figures import weights
from vedette.core.classes import CLASSES
from vedette.identify.model import Model
from vedette.kernel.habits import FEATURES

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TAUGHT: Final = tuple(name for name in CLASSES if name != "other")
_TEMPER_S: Final = (0.0, 3.0, 7.0, 14.0, 30.0, 75.0, 170.0)
_COARSE: Final = np.geomspace(0.6, 3.0, 33)
_GROUND: Final = [FEATURES.index(name) for name in ("height_m", "lowest_m")]
_ALTITUDE: Final = FEATURES.index("altitude_m")
_HEIGHTS: Final = [
    FEATURES.index(name)
    for name in (
        "climb_now_mps", "climb_mps", "climb_spread_mps", "height_m", "lowest_m", "height_range_m",
        "altitude_m", "altitude_sd_m",
    )
]  # fmt: skip


def teach(
    rows: NDArray[np.void], aside: NDArray[np.void], recipe: Recipe, seed: int, about: str
) -> tuple[Model, list[float]]:
    """A model from examples of EXAMPLE, and the loss on those aside by round."""
    x, x_aside = hidden(rows), hidden(aside)
    forest, losses = boosting.grow(
        x, rows["class"].astype(np.int64), weights(rows),
        (x_aside, aside["class"].astype(np.int64), weights(aside)), len(TAUGHT), recipe,
        np.random.default_rng(seed),
    )  # fmt: skip
    temper = _tempered(forest.logits(x_aside), aside)
    usual = np.nanmedian(rows["features"].astype(np.float64), axis=0)
    model = Model(
        TAUGHT, forest.feature, forest.threshold, forest.leaf, forest.base,
        np.array(_TEMPER_S), temper, usual, about,
    )  # fmt: skip
    return model, losses


def hidden(rows: NDArray[np.void]) -> Array:
    """Features (k, N_FEATURES) with heights hidden of some individuals."""
    x = rows["features"].astype(np.float64)
    who = [
        zlib.crc32(f"{s}/{i}".encode()) % 5
        for s, i in zip(rows["source"].tolist(), rows["individual"].tolist(), strict=True)
    ]
    part = np.array(who, np.int64)
    lift = {s: zlib.crc32(f"lift {s}".encode()) % 500 for s in np.unique(rows["source"]).tolist()}
    x[:, _ALTITUDE] += np.array([lift[s] for s in rows["source"].tolist()])
    for columns, number in ((_GROUND, 0), (_HEIGHTS, 1)):
        x[np.ix_(np.flatnonzero(part == number), np.array(columns))] = np.nan
    return x


def _tempered(logits: Array, rows: NDArray[np.void]) -> Array:
    """What to divide scores by at each of _TEMPER_S, so that the loss about that age is least."""
    y, weight, age = rows["class"].astype(np.int64), weights(rows), rows["age_s"].astype(np.float64)
    out = np.ones(len(_TEMPER_S))
    for k, at_s in enumerate(_TEMPER_S[1:], start=1):
        near = np.abs(np.log(np.maximum(age, 1.0) / at_s)) < np.log(2.0)
        if near.sum() > 50:
            out[k] = min(
                (boosting.loss(softmax(logits[near] / t), y[near], weight[near]), float(t)) for t in _COARSE
            )[1]
    out[0] = 2.0 * out[1]  # nobody was taught before the first seconds
    return out
