"""Emissions that come from where nobody is known to be: where a forger's transmitter stands.

A direction finder does not know whose emission it hears. What it hears again and again from a direction where
no other sensor sees a target, since about the time that a sender was first heard, is likely that sender.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS: Final = 120
_FORGET_S: Final = 12.0
_STEADY: Final = 0.35  # share of looks that hear it
_TOGETHER_NS: Final = 15 * NS_PER_S
_TOGETHER: Final = math.log(0.9 / 0.08)
_BEFORE: Final = math.log(0.9 / 0.5)
_CLEAR_BINS: Final = 2  # of what explains it


@dataclass(frozen=True, slots=True)
class Heard:
    """What one finder hears by direction.

    share     (BINS,)  of late looks that heard something from there
    since_ns  (BINS,)  when it became steady, 0 where it is not
    """

    share: Array
    since_ns: Ints


def nothing() -> Heard:
    """Nothing was heard."""
    return Heard(np.zeros(BINS), np.zeros(BINS, np.int64))


def hear(heard: Heard, azimuth: Array, looks: int, span_ns: int, now_ns: int) -> Heard:
    """Bearings (m,) rad of so many looks, within span_ns."""
    keep = math.exp(-span_ns / NS_PER_S / _FORGET_S)
    found = np.bincount(_bin(azimuth), minlength=BINS).astype(np.float64)
    share = keep * heard.share + (1.0 - keep) * np.minimum(found / looks, 1.0)
    steady = _around(share, 1) > _STEADY
    since = np.where(steady, np.where(heard.since_ns > 0, heard.since_ns, now_ns - 4 * NS_PER_S), 0)
    return Heard(share, since)


def elsewhere(heard: Heard, explained: Array, own: Array, first_ns: Ints) -> Array:
    """Log likelihood ratio, (k,), of an emission from where nobody is having to do with each sender.

    explained  (e,)  rad, directions of what other sensors see
    own        (k,)  rad, direction of each sender's claimed place
    first_ns   (k,)  when each was first heard
    """
    orphan = heard.since_ns > 0
    for at in _bin(explained[~np.isnan(explained)]):
        orphan[(at + np.arange(-_CLEAR_BINS, _CLEAR_BINS + 1)) % BINS] = False
    out = np.zeros(len(own))
    for b in np.flatnonzero(orphan).tolist():
        apart = np.abs((own - _middle(b) + np.pi) % (2.0 * np.pi) - np.pi)
        other = apart > (_CLEAR_BINS + 1) * 2.0 * np.pi / BINS
        together = np.abs(first_ns - heard.since_ns[b]) < _TOGETHER_NS
        out = np.where(other, np.maximum(out, np.where(together, _TOGETHER, _BEFORE)), out)
    return out


def _bin(azimuth: Array) -> Ints:
    """Which bin a direction is in."""
    out: Ints = np.floor((azimuth % (2.0 * np.pi)) / (2.0 * np.pi) * BINS).astype(np.int64) % BINS
    return out


def _middle(b: int) -> float:
    return (b + 0.5) / BINS * 2.0 * math.pi


def _around(share: Array, width: int) -> Array:
    """Each bin with its neighbours."""
    return sum((np.roll(share, k) for k in range(-width, width + 1)), np.zeros(BINS))
