"""How good probabilities of classes are.

Every class counts as much as each other that is there, and within it every individual: a flight that was
seen for long is not many flights. Probabilities that have a prior by class in them are put to an even prior
first: theirs is divided out, and classes that nobody is of are left out. As they were told they are judged
beside, with all individuals alike: under the mix that is there.

ECE  expected calibration error: by the highest probability of each row, in fifteen bins of equal width, how
     far the share that is right is from the mean probability, weighted by what is in the bin
floor  what the ECE of so few individuals would be if each probability were right: an individual is then
     right or wrong by one draw of luck for all its ages. Where each was seen several times, `floor_by_track`
     draws luck for each time: errors of sensors are new then, the way that it went is not, so what is due
     to luck lies between the two
AUC  probability that a drone gets a higher score than a bird, the score being the odds of one against the
     other

Sources: Guo et al. (2017), On calibration of modern neural networks, ICML, equation 3; Fawcett (2006), An
introduction to ROC analysis, Pattern Recognition Letters 27(8), 7.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES, UAS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS: Final = 15
_DRAWS: Final = 40
_AGES: Final = {"5": (4.0, 8.0), "10": (9.0, 13.5), "30": (28.0, 38.0)}
_UAS: Final = [CLASSES.index(name) for name in UAS]
_BIRD: Final = CLASSES.index("bird")


def weights(rows: NDArray[np.void]) -> Array:
    """(k,) of examples: classes alike, in them individuals alike; their mean is 1."""
    _, place, count = np.unique(_who(rows), return_inverse=True, return_counts=True)
    out = 1.0 / count[place]
    for c in np.unique(rows["class"]):
        mine = rows["class"] == c
        out[mine] /= out[mine].sum()
    result: Array = out * len(rows) / out.sum()
    return result


def _who(rows: NDArray[np.void]) -> Ints:
    """(k,) a number of each individual."""
    out: Ints = (
        rows["source"].astype(np.int64) * 2**32 + rows["individual"].astype(np.int64) * 16 + rows["class"]
    )
    return out


def natural(rows: NDArray[np.void]) -> Array:
    """(k,) of examples: individuals alike, whatever they are; their mean is 1."""
    _, place, count = np.unique(_who(rows), return_inverse=True, return_counts=True)
    out = 1.0 / count[place]
    result: Array = out * len(rows) / out.sum()
    return result


def alike(p: Array, prior: Array, rows: NDArray[np.void]) -> Array:
    """Probabilities (k, N_CLASSES) had all classes of the rows been as usual at first, and no others."""
    there = np.isin(np.arange(len(CLASSES)), rows["class"])
    out = np.where(there, p / prior, 0.0) + 1e-12
    result: Array = out / out.sum(axis=1, keepdims=True)
    return result


def calibration(p: Array, y: Ints, weight: Array) -> list[dict[str, float]]:
    """Bins with anything in them: mean probability, share that is right, weight of all."""
    sure, right = p.max(axis=1), p.argmax(axis=1) == y
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    out = []
    for k in range(BINS):
        mine = place == k
        if mine.any():
            w = weight[mine]
            out.append(
                {
                    "said": float((w * sure[mine]).sum() / w.sum()),
                    "right": float((w * right[mine]).sum() / w.sum()),
                    "share": float(w.sum() / weight.sum()),
                }
            )
    return out


def ece(p: Array, y: Ints, weight: Array) -> float:
    """See the module."""
    return sum(one["share"] * abs(one["said"] - one["right"]) for one in calibration(p, y, weight))


def floor(p: Array, rows: NDArray[np.void], weight: Array, *, by_track: bool = False) -> float:
    """See the module; mean over draws. by_track: luck is drawn for each track, not for each individual."""
    _, place = np.unique(rows["track"] if by_track else _who(rows), return_inverse=True)
    rng = np.random.default_rng(1)
    best, sure = p.argmax(axis=1), p.max(axis=1)
    found = []
    for _ in range(_DRAWS):
        luck = rng.random(int(place.max()) + 1)[place]
        found.append(ece(p, np.where(luck < sure, best, -1), weight))
    return float(np.mean(found))


def auc(score: Array, positive: NDArray[np.bool_], negative: NDArray[np.bool_]) -> float | None:
    """See the module; ties count half. None where one of the two is not there."""
    a, b = score[positive], score[negative]
    if not len(a) or not len(b):
        return None
    order = np.sort(b)
    below = np.searchsorted(order, a, side="left") + np.searchsorted(order, a, side="right")
    return float(below.sum() / (2.0 * len(a) * len(b)))


def odds(p: Array) -> Array:
    """Log odds of a drone against a bird."""
    out: Array = np.log(p[:, _UAS].sum(axis=1) + 1e-9) - np.log(p[:, _BIRD] + 1e-9)
    return out


def figures(
    told: Array, rows: NDArray[np.void], prior: Array | None = None, *, by_track: bool = False
) -> dict[str, Any]:
    """Of probabilities (k, N_CLASSES) of examples: accuracy, ECE, AUC by age, confusion.

    prior     (N_CLASSES,) that is in them; None: all classes alike
    by_track  an individual has several tracks, each with a number of its own: the lower floor as well

    `ece_of_all` is judged with the classes left in that nobody is of.
    """
    even = np.ones(len(CLASSES)) if prior is None else prior
    p, all_nine = alike(told, even, rows), told / even
    all_nine = all_nine / all_nine.sum(axis=1, keepdims=True)
    y, weight = rows["class"].astype(np.int64), weights(rows)
    out: dict[str, Any] = {
        "examples": len(rows),
        "individuals": len(np.unique(np.column_stack((rows["source"], rows["individual"])), axis=0)),
        "accuracy": _round((weight * (p.argmax(axis=1) == y)).sum() / weight.sum()),
        "ece": _round(ece(p, y, weight)),
        "floor": _round(floor(p, rows, weight)),
        "ece_of_all": _round(ece(all_nine, y, weight)),
    }
    if by_track:
        out["floor_by_track"] = _round(floor(p, rows, weight, by_track=True))
    if prior is not None:
        mix = natural(rows)
        out["mix_accuracy"] = _round((mix * (told.argmax(axis=1) == y)).sum() / mix.sum())
        out["mix_ece"] = _round(ece(told, y, mix))
        out["mix_floor"] = _round(floor(told, rows, mix))
    is_drone, is_bird = np.isin(y, _UAS), y == _BIRD
    for name, (low, high) in _AGES.items():
        at = (rows["age_s"] >= low) & (rows["age_s"] < high)
        area = auc(odds(p), at & is_drone, at & is_bird)
        out[f"auc_{name}_s"] = None if area is None else _round(area)
    out["calibration"] = [{k: _round(v) for k, v in one.items()} for one in calibration(p, y, weight)]
    out["confusion"] = confusion(p, y, weight)
    return out


def confusion(p: Array, y: Ints, weight: Array) -> dict[str, dict[str, float]]:
    """Of each class that is there, the share that is taken for each; what is never taken is left out."""
    out: dict[str, dict[str, float]] = {}
    said = p.argmax(axis=1)
    for c in np.unique(y).tolist():
        mine = y == c
        total = weight[mine].sum()
        shares = {CLASSES[k]: float(weight[mine & (said == k)].sum() / total) for k in range(len(CLASSES))}
        out[CLASSES[c]] = {name: _round(share) for name, share in shares.items() if share > 0.0005}
    return out


def _round(value: float) -> float:
    return round(float(value), 4)
