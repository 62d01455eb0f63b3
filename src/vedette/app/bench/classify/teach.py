"""Teaches the model of motion from examples, tempers it, and pools it with the word of sensors.

Examples of random scenes and built-in ones, and of recordings. They are parted in folds, a scene or an
individual of a recording whole in one: the examples of each are judged by trees that were taught with the
others. By these judgements the number of rounds, the temper and the pool are found; then all are taught.
Of a fifth of the individuals the ground is hidden, of another fifth all heights, so that the model does
not need them. Each source is lifted to a height above the sea of its own, so that no class is known by where
a scenario lies.
"""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.classify import boosting, pooling
from vedette.app.bench.classify.boosting import Recipe, softmax
from vedette.app.bench.classify.figures import weights
from vedette.core.classes import CLASSES
from vedette.identify import evidence
from vedette.identify.model import Model
from vedette.kernel.habits import FEATURES

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS: Final = 3
TAUGHT: Final = tuple(name for name in CLASSES if name != "other")
_TEMPER_S: Final = (0.0, 3.0, 7.0, 14.0, 30.0, 75.0, 170.0)
_COARSE: Final = np.geomspace(0.6, 3.0, 33)
_GROUND: Final = [FEATURES.index(name) for name in ("height_m", "lowest_m", "surely_up_m")]
_ALTITUDE: Final = FEATURES.index("altitude_m")
_HEIGHTS: Final = [
    FEATURES.index(name)
    for name in (
        "climb_now_mps", "climb_mps", "climb_spread_mps", "height_m", "lowest_m", "height_range_m",
        "altitude_m", "altitude_sd_m", "surely_up_m",
    )
]  # fmt: skip


def teach(
    rows: NDArray[np.void], fold: Ints, recipe: Recipe, seed: int, about: str, say: Callable[[str], None]
) -> Model:
    """A model from examples of EXAMPLE.

    fold  (k,)  0 to FOLDS - 1: rows of one are judged by trees that were taught with the others
    """
    x, y, weight = hidden(rows), rows["class"].astype(np.int64), weights(rows)
    logits, rounds = np.zeros((len(x), len(TAUGHT))), []
    for f in range(FOLDS):
        out = fold == f
        forest, losses = boosting.grow(
            x[~out], y[~out], weight[~out], (x[out], y[out], weight[out]), len(TAUGHT), recipe,
            np.random.default_rng(seed),
        )  # fmt: skip
        logits[out] = forest.logits(x[out])
        rounds.append(len(forest.leaf))
        say(f"fold {f + 1} of {FOLDS}: {rounds[-1]} rounds, loss {min(losses):.3f}")
    temper = _tempered(logits, rows)
    few = replace(recipe, rounds=round(float(np.mean(rounds))))
    some = np.arange(0, len(x), 50)
    forest, _ = boosting.grow(
        x, y, weight, (x[some], y[some], weight[some]), len(TAUGHT), few, np.random.default_rng(seed)
    )
    usual = np.nanmedian(rows["features"].astype(np.float64), axis=0)
    told = np.ptp(rows["word"].astype(np.float64), axis=1) > evidence.SPOKE
    log_p = np.log(np.maximum(softmax(logits / temper_at(rows["age_s"], temper)), evidence.LEAST))
    word = evidence.meant(rows["word"][told].astype(np.float64))
    found = pooling.pool(
        log_p[told], word[:, : len(TAUGHT)],
        rows["claimed"][told, : len(TAUGHT)].astype(np.float64), rows["age_s"][told].astype(np.float64),
        y[told], weights(rows[told]),
    )  # fmt: skip
    return Model(
        TAUGHT, forest.feature, forest.threshold, forest.leaf, forest.base, np.array(_TEMPER_S), temper,
        usual, np.array(pooling.AGES_S), *found, about,
    )  # fmt: skip


def temper_at(age_s: NDArray[np.float32], temper: Array) -> Array:
    """(k, 1) what scores are divided by."""
    out: Array = np.interp(age_s.astype(np.float64), _TEMPER_S, temper)[:, None]
    return out


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
