"""What a track's motion and its sensors' word say of its class and size, and how it moves in words.

The model's probabilities are of a track whose class was as likely as any other, so over that share they are
likelihood ratios. They rest on all that the track has shown since it began, and are tempered by its age: they
are looked at again each second, and never multiplied up. So are the words, over the prior of the tracker.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASS_PRIOR, CLASSES, N_CLASSES
from vedette.core.identity import Size
from vedette.identify import motion
from vedette.identify.classify import by_motion
from vedette.identify.model import Model
from vedette.identify.motion import Motion
from vedette.kernel.habits import FEATURES

Array = NDArray[np.float64]

SPOKE: Final = 0.3  # between the log ratios of two classes: sensors said something
_PRIOR: Final = np.array(CLASS_PRIOR)
# The prior of the tracker is the traffic of a place inland; what is usual differs tenfold from site to site,
# and motion tells much of it: so its logarithm counts for half.
USED_PRIOR: Final = _PRIOR**0.5 / (_PRIOR**0.5).sum()
LEAST: Final = 0.004  # of a probability by motion: what is rare in the lessons is not impossible
# What moves and echoes so much alike that it takes longest to tell apart.
SMALL: Final = [CLASSES.index(name) for name in ("multirotor", "fixed_wing_drone", "bird")]
# Sensors against drones have words for drone, bird and aircraft: half of the time they call other things so,
# and what drives by any of them.
_OFTEN: Final = 0.5
_ALIKE: Final = {
    "fixed_wing_drone": {"multirotor": 0.7, "aeroplane": 0.3},
    "helicopter": {"multirotor": 0.5, "aeroplane": 0.5},
    "glider": {"aeroplane": 1.0},
    "balloon": {"multirotor": 0.5, "bird": 0.5},
    "ground_vehicle": {"multirotor": 0.4, "bird": 0.4, "aeroplane": 0.2},
}


def _called() -> Array:
    """(N_CLASSES, N_CLASSES) how often what is of the row's class is called by the column's."""
    out = np.eye(N_CLASSES)
    for name, others in _ALIKE.items():
        row = CLASSES.index(name)
        out[row] *= 1.0 - _OFTEN
        for other, share in others.items():
            out[row, CLASSES.index(other)] += _OFTEN * share
    return out


_CALLED: Final = _called()
_SPEAKS: Final = 0.25  # change of log odds from which something is told
_AT: Final = {name: i for i, name in enumerate(FEATURES)}
_HALF_A_MINUTE_S: Final = 30.0
_AGE: Final = _AT["age_s"]
# What a person thinks of as one thing.
_GROUPS: Final = {
    "speed": ("speed_mps", "mean_speed_mps", "top_mps", "least_mps"),
    "steadiness": (
        "speed_spread_now", "speed_spread", "speed_change_mps", "along_now_mps2", "along_mps2", "along_noise",
    ),
    "hover": ("hover_share", "longest_hover_s"),
    "course": (
        "straightness_now", "straightness", "straightness_life", "turn_radps", "turn_spread_radps",
        "across_now_mps2", "across_mps2", "across_noise", "circling", "veer_rad",
    ),
    "climb": ("climb_now_mps", "climb_mps", "climb_spread_mps", "climb_change_mps", "height_range_m"),
    "height": ("height_m", "lowest_m", "surely_up_m", "altitude_m"),
}  # fmt: skip
# Row 0 hides nothing, each one after it the features of a group.
_HIDES: Final = np.array(
    [[False] * len(FEATURES), *([name in group for name in FEATURES] for group in _GROUPS.values())]
)
_LARGE: Final = np.array(
    [CLASSES.index(c) for c in ("aeroplane", "helicopter", "glider", "ground_vehicle", "vessel")]
)
_SMALL: Final = np.array([CLASSES.index(c) for c in ("multirotor", "bird")])
_WING: Final = CLASSES.index("fixed_wing_drone")
# Survey wings under 25 kg fly up to 30 m/s, long-range ones of 100 kg and more from 33 m/s: the middle and
# a width. Sources: the two in simulate.actors.envelopes.
_WING_LARGE_MPS: Final = 32.0
_WING_WIDTH_MPS: Final = 1.5


class Moved(NamedTuple):
    """Of one track: class probabilities (N_CLASSES,), and the features (N_FEATURES,) behind them.

    The probabilities are of the prior, the motion and what sensors said; claims are not in them.
    """

    p: Array
    features: Array


def told(model: Model, moves: Motion, track_ids: list[int], class_p: Array) -> list[Moved]:
    """Of some tracks that are known; class_p (k, N_CLASSES) what sensors said of them."""
    if not track_ids:
        return []
    features = motion.features(moves, track_ids)
    log_p = np.log(USED_PRIOR) + pooled(model, features, np.log(np.maximum(class_p, 1e-6) / _PRIOR))
    mean_mps = np.where(features[:, _AGE] >= _HALF_A_MINUTE_S, features[:, _AT["mean_speed_mps"]], np.nan)
    log_p += np.log(by_motion(features[:, _AT["top_mps"]], features[:, _AT["altitude_m"]], mean_mps))
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return [Moved(row, each) for row, each in zip(p, features, strict=True)]


def fading(class_p: Array, share: Array) -> Array:
    """What sensors said (k, N_CLASSES), where it counts for a share (k,) of itself; for none: the prior."""
    out: Array = _PRIOR * (class_p / _PRIOR) ** share[:, None]
    out /= out.sum(axis=1, keepdims=True)
    return out


def leaning(p: Array, which: NDArray[np.int64] | int, nats: float) -> Array:
    """Class probabilities (N_CLASSES,) with more log odds for some classes in them; p up to a factor."""
    out: Array = p.copy()
    out[which] *= math.exp(nats)
    out /= out.sum()
    return out


def pooled(model: Model, features: Array, word: Array) -> Array:
    """Log likelihoods (k, N_CLASSES) of motion and of sensors' words, up to a summand a row.

    features  (k, N_FEATURES)
    word      (k, N_CLASSES)   what sensors said: log of their probabilities over the prior

    A class that the model was never shown is as likely as its average.
    """
    out = by_trees(model, features)
    spoke = np.ptp(word, axis=1) > SPOKE
    if not spoke.any():
        return out
    age_s = np.nan_to_num(features[spoke, _AGE])
    columns = [CLASSES.index(name) for name in model.classes]
    moves, says = out[spoke], meant(word[spoke])
    both = _counted(model.motion, model, age_s) * moves
    both += _counted(model.motion_small, model, age_s) * among_small(moves)
    both += _counted(model.word, model, age_s) * says
    both += _counted(model.word_small, model, age_s) * among_small(says)
    both[:, columns] += model.lean
    out[spoke] = both
    return out


def _counted(exponent: Array, model: Model, age_s: Array) -> Array:
    """(k, 1) an exponent of the pool at each age."""
    out: Array = np.interp(age_s, model.beside_s, exponent)[:, None]
    return out


def meant(word: Array) -> Array:
    """(k, N_CLASSES) what a word speaks for, with what sensors that have no word for a class call it.

    word  (k, N_CLASSES)  log likelihoods as sensors said them
    """
    out: Array = np.log(np.exp(word) @ _CALLED.T)
    return out


def among_small(log_p: Array) -> Array:
    """(k, c) of log likelihoods what they say between the small things that fly, apart from all else.

    log_p  (k, c)  by class, in the order of CLASSES; naught where a class is none of them
    """
    out = np.zeros_like(log_p)
    out[:, SMALL] = log_p[:, SMALL] - log_p[:, SMALL].mean(axis=1, keepdims=True)
    return out


def by_trees(model: Model, features: Array) -> Array:
    """Log likelihoods (k, N_CLASSES) of motion alone; all alike where none was measured yet."""
    out = np.zeros((len(features), N_CLASSES))
    columns = [CLASSES.index(name) for name in model.classes]
    out[:, columns] = np.log(np.maximum(model.probabilities(features), LEAST) * len(model.classes))
    out[np.isnan(features[:, _AGE])] = 0.0
    return out


def words(model: Model, moved: Moved, best: int) -> list[str]:
    """What spoke for a class in a track's motion, strongest first, and what against it.

    A group of features speaks as much as the odds of the class fall when that group is what is usual.
    """
    name = CLASSES[best]
    features = moved.features.tolist()
    if name not in model.classes or not math.isfinite(features[_AT["speed_mps"]]):
        return []
    rows = np.where(_HIDES, model.usual, moved.features)
    p = np.clip(model.probabilities(rows)[:, model.classes.index(name)], 1e-6, 1.0 - 1e-6)
    odds = np.log(p / (1.0 - p)).tolist()
    speaks = sorted(
        ((odds[0] - one, group) for one, group in zip(odds[1:], _GROUPS, strict=True)),
        key=lambda pair: -abs(pair[0]),
    )
    plain = name.replace("_", " ")
    told = dict(zip(FEATURES, features, strict=True))
    found = [(much, _said(group, told)) for much, group in speaks if abs(much) >= _SPEAKS]
    pro = [text for much, text in found if text and much > 0.0]
    con = [text for much, text in found if text and much < 0.0]
    out = []
    if pro:
        out.append(f"moves like a {plain}: {', '.join(pro[:3])}")
    if con:
        out.append(f"unlike a {plain}: {', '.join(con[:2])}")
    return out


def _said(group: str, told: dict[str, float]) -> str:
    """One group of features in words; empty where there is nothing to say."""
    match group:
        case "speed":
            return _speed(told)
        case "steadiness":
            return _number(told["speed_spread"], "its speed varies by {:.1f} m/s", least=0.05) or _number(
                told["along_mps2"], "its speed changes by {:.1f} m/s²"
            )
        case "hover":
            if told["longest_hover_s"] >= 3.0:
                return f"stood still for {told['longest_hover_s']:.0f} s"
            return "never stands still"
        case "course":
            return _course(told)
        case "climb":
            return _climb(told)
        case _:
            return _height(told)


def _speed(told: dict[str, float]) -> str:
    if told["top_mps"] > 1.5 * told["mean_speed_mps"]:
        return f"flies at {told['mean_speed_mps']:.0f} m/s, has reached {told['top_mps']:.0f}"
    return f"goes at {told['mean_speed_mps']:.0f} m/s"


def _course(told: dict[str, float]) -> str:
    rate = told["turn_spread_radps"]
    if not math.isfinite(rate):
        return ""
    degrees = math.degrees(rate)
    if told["circling"] > 0.7 and degrees > 4.0:
        return f"circles at {math.degrees(told['turn_radps']):.0f}°/s"
    if told["straightness"] > 0.97 and degrees < 8.0:
        return "keeps straight"
    return f"turns by {degrees:.0f}°/s, to and fro"


def _climb(told: dict[str, float]) -> str:
    rate = told["climb_mps"]
    if not math.isfinite(rate):
        return ""
    if abs(rate) < 0.5:
        return "keeps its height"
    return f"{'climbs' if rate > 0.0 else 'sinks'} at {abs(rate):.1f} m/s"


def _height(told: dict[str, float]) -> str:
    sd = told["altitude_sd_m"]
    if not math.isfinite(sd) or sd > 150.0:
        return ""
    if math.isfinite(told["height_m"]):
        return f"{told['height_m']:.0f} m above the lowest sensor (± {sd:.0f} m)"
    return f"{told['altitude_m']:.0f} m above the ellipsoid (± {sd:.0f} m)"


def _number(value: float, text: str, least: float = 0.0) -> str:
    return text.format(value) if math.isfinite(value) and value > least else ""


def size(p: Array, top_mps: float) -> tuple[Size | None, float | None]:
    """Below 25 kg or not, as class and speed say, and how sure; None where it is open.

    p  (N_CLASSES,) class probabilities
    """
    wing_large = 1.0 / (1.0 + math.exp(-(top_mps - _WING_LARGE_MPS) / _WING_WIDTH_MPS))
    large = float(p[_LARGE].sum() + p[_WING] * wing_large)
    small = float(p[_SMALL].sum() + p[_WING] * (1.0 - wing_large))
    if max(large, small) < 0.5:
        return None, None
    return ("large", round(large, 4)) if large >= small else ("small", round(small, 4))
