"""The model of motion: what class moves as a track has moved, as it was learnt.

    version      3
    classes      (c,)  names, of CLASSES; what it was never shown has no place in it
    features     (f,)  names, those of kernel.habits in their order
    feature, threshold, leaf, base   trees, see kernel.trees
    temper_s     (t,)  ages of a track, s, rising
    temper       (t,)  what scores are divided by at that age; between ages in a straight line
    usual        (f,)  the middle of each feature in the lessons
    beside_s     (b,)  ages of a track of which sensors spoke, s, rising
    motion, word (b,)  how far its motion counts then, and how far their word: exponents
    motion_small, word_small  (b,)  and how much further between small things that fly (evidence.SMALL)
    lean         (c,)  what is added to each class then, as log likelihood
    about        how it came to be, in words

An .npz of these arrays. A model was taught all classes equally often, so its probabilities over how many
classes it knows are likelihood ratios against a track of unknown class.

Sensors' words and motion are of the same target, and a word is not as sure as it says: both count as far as
they were found to in the lessons, a log-linear pool. What sensors have no word for leans on `lean`.

Sources: Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, ICML, 4.2, of the
tempering, here by age; Genest & Zidek (1986), Combining probability distributions, Statistical Science 1(1),
of the pool.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError
from vedette.kernel.habits import FEATURES
from vedette.kernel.trees import scores

Array = NDArray[np.float64]

VERSION: Final = 3
FILE: Final = Path(__file__).parent / "motion.npz"
_ARRAYS: Final = (
    "version", "classes", "features", "feature", "threshold", "leaf", "base", "temper_s", "temper", "usual",
    "beside_s", "motion", "word", "motion_small", "word_small", "lean", "about",
)  # fmt: skip
_AGE: Final = FEATURES.index("age_s")


@dataclass(frozen=True, slots=True)
class Model:
    """See the module."""

    classes: tuple[str, ...]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]
    base: Array
    temper_s: Array
    temper: Array
    usual: Array
    beside_s: Array
    motion: Array
    word: Array
    motion_small: Array
    word_small: Array
    lean: Array
    about: str

    def probabilities(self, features: Array) -> Array:
        """(k, c) of rows (k, N_FEATURES): each class as often as each other before anything was seen."""
        logits = scores(features, self.feature, self.threshold, self.leaf, self.base)
        logits /= np.interp(np.nan_to_num(features[:, _AGE]), self.temper_s, self.temper)[:, None]
        out = np.exp(logits - logits.max(axis=1, keepdims=True))
        result: Array = out / out.sum(axis=1, keepdims=True)
        return result


def to_bytes(model: Model) -> bytes:
    """The file of a model."""
    out = io.BytesIO()
    np.savez_compressed(
        out, version=np.array(VERSION), classes=np.array(model.classes), features=np.array(FEATURES),
        feature=model.feature.astype(np.int8), threshold=model.threshold, leaf=model.leaf, base=model.base,
        temper_s=model.temper_s, temper=model.temper, usual=model.usual, beside_s=model.beside_s,
        motion=model.motion, word=model.word, motion_small=model.motion_small,
        word_small=model.word_small, lean=model.lean, about=np.array(model.about),
    )  # fmt: skip
    return out.getvalue()


def load(path: Path) -> Model:
    """Read a model, or StorageError that says what was expected."""
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as file:
            names = [name.removesuffix(".npy") for name in file.namelist()]
            told = {
                name: np.lib.format.read_array(io.BytesIO(file.read(f"{name}.npy")), allow_pickle=False)
                for name in names
            }
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise StorageError(f"{path}: expected a model of motion, got {error}") from error
    missing = [name for name in _ARRAYS if name not in told]
    if missing:
        raise StorageError(f"{path}: expected a model of motion with {', '.join(missing)}, got none")
    if told["version"].ndim or int(told["version"]) != VERSION:
        raise StorageError(f"{path}: expected a model of motion of version {VERSION}, got {told['version']}")
    features = tuple(told["features"].tolist())
    if features != FEATURES:
        odd = sorted(set(features) ^ set(FEATURES)) or "another order"
        raise StorageError(f"{path}: expected the {len(FEATURES)} features of kernel.habits, got {odd}")
    classes = tuple(told["classes"].tolist())
    if not classes or not set(classes) <= set(CLASSES):
        raise StorageError(f"{path}: expected classes out of {', '.join(CLASSES)}, got {classes}")
    _shapes_fit(path, told, len(classes))
    return Model(
        classes,
        told["feature"].astype(np.int16),
        np.ascontiguousarray(told["threshold"], np.float32),
        np.ascontiguousarray(told["leaf"], np.float32),
        told["base"].astype(np.float64),
        told["temper_s"].astype(np.float64),
        told["temper"].astype(np.float64),
        told["usual"].astype(np.float64),
        told["beside_s"].astype(np.float64),
        told["motion"].astype(np.float64),
        told["word"].astype(np.float64),
        told["motion_small"].astype(np.float64),
        told["word_small"].astype(np.float64),
        told["lean"].astype(np.float64),
        str(told["about"]),
    )


def _shapes_fit(path: Path, told: dict[str, NDArray[Any]], n_classes: int) -> None:
    """Refuse trees that are not complete or not finite."""
    feature, leaf = told["feature"], told["leaf"]
    inner = feature.shape[-1] if feature.ndim == 3 else 0
    shapes = {
        "feature": (leaf.shape[0], n_classes, inner),
        "threshold": feature.shape,
        "leaf": (leaf.shape[0], n_classes, inner + 1),
        "base": (n_classes,),
        "temper": told["temper_s"].shape,
        "usual": (len(FEATURES),),
        "beside_s": told["beside_s"].shape[:1],
        "motion": told["beside_s"].shape,
        "word": told["beside_s"].shape,
        "motion_small": told["beside_s"].shape,
        "word_small": told["beside_s"].shape,
        "lean": (n_classes,),
    }
    for name, shape in shapes.items():
        if told[name].shape != shape or (name != "threshold" and not np.isfinite(told[name]).all()):
            raise StorageError(f"{path}: expected finite {name} of shape {shape}, got {told[name].shape}")
    complete = inner > 0 and not inner & (inner + 1)
    if (
        not complete
        or not ((feature >= 0) & (feature < 2 * len(FEATURES))).all()
        or np.isnan(told["threshold"]).any()
    ):
        raise StorageError(
            f"{path}: expected complete trees over {len(FEATURES)} features, got {feature.shape}"
        )
    if not (told["temper"] > 0.0).all():
        raise StorageError(f"{path}: expected temper above 0, got {told['temper'].tolist()}")


def ignorant(classes: tuple[str, ...]) -> Model:
    """A model that finds all of these classes as likely as each other, whatever moves how."""
    n = len(classes)
    return Model(
        classes, np.zeros((0, n, 1), np.int16), np.zeros((0, n, 1), np.float32),
        np.zeros((0, n, 2), np.float32), np.zeros(n), np.zeros(1), np.ones(1), np.zeros(len(FEATURES)),
        np.zeros(1), np.ones(1), np.ones(1), np.zeros(1), np.zeros(1), np.zeros(n), "knows nothing",
    )  # fmt: skip


@lru_cache(maxsize=1)
def builtin() -> Model:
    """The model that comes with Vedette."""
    return load(FILE)
