"""How likely a radar sees a target, and what sensors take things for.

Radar equation with the range to the fourth power, Swerling 1 fluctuation: one independent look
detects with Pd = Pfa^(1 / (1 + S)). The whole system is one number, the range at which 1 m² is
detected with probability 0.9.

Doppler: the ground is a large echo at no speed, so a filter takes out what is near no speed, and with
it what is near a blind speed, a multiple of wavelength times pulse repetition frequency over 2. A
target keeps `1 - (1 - floor) exp(-(v / notch)²)` of its echo, v the distance of its range rate from
the nearest blind speed. What is left in the middle of the notch is 10^(-notch_db / 10); of a
multirotor it is its blades, which move when it hovers: 15 dB below its body.

Micro-Doppler is what tells a drone from a bird: blades need a stronger echo than the body, so the
evidence of a class grows with the echo.

Sources: Skolnik (2001), Introduction to Radar Systems, 2.6-2.8 and 3.2-3.3; Ritchie, Fioranelli,
Griffiths & Torvik (2015), Micro-drone RCS analysis, IEEE Radar Conference, for blades below the body;
15 dB is our round figure.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.classes import CLASSES

Array = NDArray[np.float64]

FALSE_ALARM: Final = 1e-6
_SNR_AT_REFERENCE: Final = math.log(FALSE_ALARM) / math.log(0.9) - 1.0  # of Pd 0.9
_BLADES_DB: Final = 15.0
_ROTORS: Final = np.array([name in ("multirotor", "helicopter") for name in CLASSES])
_SNR_OF_BLADES: Final = 20.0 * 10.0 ** (_BLADES_DB / 10.0)  # of the body, where its blades are seen


def snr(range_m: Array, rcs_m2: Array, range_1m2_m: float) -> Array:
    """Signal to noise ratio, linear, of targets at a range with a radar cross-section."""
    return _SNR_AT_REFERENCE * rcs_m2 * (range_1m2_m / np.maximum(range_m, 1.0)) ** 4


def swerling1(signal_to_noise: Array) -> Array:
    """Detection probability of one look."""
    return FALSE_ALARM ** (1.0 / (1.0 + signal_to_noise))


def doppler_gain(
    range_rate_mps: Array,
    class_index: NDArray[np.int64],
    *,
    notch_mps: float,
    blind_speed_mps: float,
    notch_db: float,
) -> Array:
    """Share of the echo that the Doppler filter leaves, 0 to 1."""
    if notch_mps <= 0.0:
        return np.ones(len(range_rate_mps))
    away = np.abs((range_rate_mps + blind_speed_mps / 2) % blind_speed_mps - blind_speed_mps / 2)
    blades_db = np.where(_ROTORS[class_index], min(_BLADES_DB, notch_db), notch_db)
    floor = 10.0 ** (-blades_db / 10.0)
    gain: Array = 1.0 - (1.0 - floor) * np.exp(-((away / notch_mps) ** 2))
    return gain


def clarity(signal_to_noise: Array) -> Array:
    """How far blades can be made out, 0.4 (only how it moves) to 1."""
    return 0.4 + 0.6 * signal_to_noise / (signal_to_noise + _SNR_OF_BLADES)


def by_class(table: dict[str, tuple[float, ...]], other: tuple[float, ...]) -> Array:
    """(N_CLASSES, names) of a table by class name."""
    return np.array([table.get(name, other) for name in CLASSES])


# What a drone radar takes things for: rows are truth, columns are guesses. Mean logits.
GUESSES: Final = ("multirotor", "bird", "aeroplane")
RADAR_LOGITS: Final = by_class(
    {
        "multirotor": (1.25, 0.35, -0.6),
        "fixed_wing_drone": (0.9, 0.2, 0.4),
        "bird": (0.25, 1.25, -0.9),
        "aeroplane": (-0.5, -0.9, 1.9),
    },
    (0.0, 0.0, 0.0),
)


def softmax(logits: Array) -> Array:
    """(n, k) probabilities of (n, k) logits."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out: Array = weights / weights.sum(axis=-1, keepdims=True)
    return out
