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
_UNKNOWN: Final = 0.1 / (2.0 * math.pi)  # bearings of nobody a look, 1/rad
_GONE: Final = 0.1  # who flies before it hides it for seconds
_CLEAR: Final = math.radians(9.0)  # from the direction of a claim


@dataclass(frozen=True, slots=True)
class Heard:
    """What one finder hears by direction that nobody explains.

    share     (BINS,)  of late looks that heard somebody unknown from there
    since_ns  (BINS,)  when that became steady, 0 where it is not
    """

    share: Array
    since_ns: Ints


def nothing() -> Heard:
    """Nothing was heard."""
    return Heard(np.zeros(BINS), np.zeros(BINS, np.int64))


def heard_there(
    own: Array, hit: Array, believed: NDArray[np.bool_], sd: Array, heard: Array, looks: int
) -> Array:
    """Log likelihood ratio, (k,), of what was heard: each sender transmits where it says, over it does not.

    own       (k,)  rad, claimed directions, NaN where unknown
    hit       (k,)  how likely each is heard if it is there
    believed  (k,)  who is taken to transmit where it says
    sd        (k,)  rad, of a bearing of each
    heard     (m,)  rad, bearings of so many looks

    With Pd for hit, N for the density of a sender's bearings and L for that of all others' at a bearing z,
    it is 1 - Pd + Pd * sum N(z) / L(z): a bearing that others explain says little, a second one beside theirs
    says much. A finder that makes one bearing of several senders must accuse none of them: a bearing that
    the sender would explain as well as the best of the others does not count against it.

    Source: the likelihood ratio of a target that may be missed among Poisson bearings, Mahler (2007),
    Statistical Multisource-Multitarget Information Fusion, 12.3.
    """
    density = np.nan_to_num(_normal(heard[None, :] - own[:, None], sd[:, None]))
    part = np.where(believed, hit, 0.0)[:, None] * density
    every = part.sum(axis=0)
    unknown = _UNKNOWN + _strange(every).sum() / looks / (2.0 * math.pi)
    ratio = (density / (unknown + np.maximum(every - part, 0.0))).sum(axis=1) / looks
    alike = (density / (unknown + _best_other(part))).max(axis=1, initial=0.0)
    out: Array = np.log(1.0 - hit + hit * np.maximum(ratio, np.minimum(alike, 1.0)))
    return out


def _best_other(part: Array) -> Array:
    """Of (k, m) in each place the greatest of the other rows."""
    best = np.concatenate((np.zeros((2, part.shape[1])), part))
    second, first = np.partition(best, (-2, -1), axis=0)[-2:]
    out: Array = np.where(part == first, second, first)
    return out


def hear(heard: Heard, azimuth: Array, weight: Array, looks: int, span_ns: int, now_ns: int) -> Heard:
    """Bearings (m,) rad of so many looks within span_ns; weight (m,) as of_nobody gives it."""
    keep = math.exp(-span_ns / NS_PER_S / _FORGET_S)
    found = np.bincount(_bin(azimuth), weight, BINS)
    share = keep * heard.share + (1.0 - keep) * np.minimum(found / looks, 1.0)
    about = _around(share, 1)
    begun = np.where(about > _STEADY, now_ns - 4 * NS_PER_S, 0)
    since = np.where((heard.since_ns > 0) & (about > _GONE), heard.since_ns, begun)
    return Heard(share, since)


def of_nobody(azimuth: Array, known: Array, sd: float) -> Array:
    """How likely each of bearings (m,) rad is of nobody known; known (e,) rad, where somebody is."""
    known = known[~np.isnan(known)]
    explained = _normal(azimuth[:, None] - known[None, :], np.array(sd)).sum(axis=1)
    return _strange(explained)


def elsewhere(heard: Heard, own: Array, begun_ns: Ints) -> Array:
    """Log likelihood ratio, (k,), of an emission from where nobody is having to do with each sender.

    own        (k,)  rad, direction of each sender's claimed place
    begun_ns   (k,)  when each was first heard there
    """
    out = np.zeros(len(own))
    for b in np.flatnonzero(heard.since_ns > 0).tolist():
        other = _away(own, _middle(b)) > _CLEAR
        together = np.abs(begun_ns - heard.since_ns[b]) < _TOGETHER_NS
        out = np.where(other, np.maximum(out, np.where(together, _TOGETHER, _BEFORE)), out)
    return out


def _strange(explained: Array) -> Array:
    """How likely bearings where so many are expected, (m,) 1/rad, are of nobody known."""
    out: Array = _UNKNOWN / (_UNKNOWN + explained)
    return out


def _away(a: Array, b: float) -> Array:
    """Angle between directions (k,) and another, rad, 0 to pi."""
    out: Array = np.abs((a - b + np.pi) % (2.0 * np.pi) - np.pi)
    return out


def _normal(off: Array, sd: Array) -> Array:
    """Density, 1/rad, of errors off (...) rad."""
    off = (off + np.pi) % (2.0 * np.pi) - np.pi
    out: Array = np.exp(-0.5 * (off / sd) ** 2) / (sd * math.sqrt(2.0 * math.pi))
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
