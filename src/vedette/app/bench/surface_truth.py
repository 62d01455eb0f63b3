"""Who was where on an airport's surface, from the multilateration reports that trackers are not shown.

Every address's reports are numbered in the order they came. Of a share s of them the tracker gets report
n where floor((n + 1) s) > floor(n s): with one half every second one. The others are held out, and they
alone make the truth. A place at time t is a local quadratic through the held-out reports about t, before
and after it, weighted by a Gaussian of their distance in time (Fan & Gijbels 1996, 3.1): no estimate made
while it happens can use what comes after.

An address is *known* at t if held-out reports lie within 3 s before and after it. If not, and if it stood
still on the ground when it was last heard (or will be, when it is first heard), it *may stand* there: it
is not asked for, and a track there is neither right nor false.

Source: Fan, Gijbels (1996), Local Polynomial Modelling and Its Applications.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SIDE_NS: Final = 3 * NS_PER_S  # reports no further than this hold a place
_WIDTH: Final = 0.75  # of the kernel, in held-out intervals
_STILL_MPS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Path:
    """The held-out reports of one address in the order of time, n of them.

    ident      number of the address
    time_ns    (n,)
    places_m   (n, 2)  east, north
    low        (n,)    on the ground, or no higher than the radar sees
    still      (n,)    on the ground and not moving
    period_s           median time between two
    """

    ident: int
    time_ns: Ints
    places_m: Array
    low: Mask
    still: Mask
    period_s: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Who was where at one time.

    ids       (n,)
    places_m  (n, 2)  east, north
    known     (n,)    it was there; else it may have stood there
    low       (n,)    on the ground, or no higher than the radar sees
    """

    ids: Ints
    places_m: Array
    known: Mask
    low: Mask


def held_out(address: Ints, share: float) -> Mask:
    """Which reports are kept for the truth, (m,).

    address  (m,)  number of each report's address in the order they came
    share          of the reports of each that the tracker gets, 0 to 1
    """
    out = np.zeros(len(address), np.bool_)
    for ident in np.unique(address):
        mine = np.flatnonzero(address == ident)
        n = np.arange(len(mine))
        out[mine] = np.floor((n + 1) * share + 1e-9) <= np.floor(n * share + 1e-9)
    return out


def paths(
    address: Ints, time_ns: Ints, places_m: Array, speed_mps: Array, ground: Mask, low: Mask
) -> list[Path]:
    """Reports (m,) by address, in the order of time; two of one time count once."""
    out = []
    for ident in np.unique(address).tolist():
        mine = np.flatnonzero(address == ident)
        _, first = np.unique(time_ns[mine], return_index=True)
        mine = mine[first]
        if len(mine) < 3:
            continue
        still = ground[mine] & (speed_mps[mine] < _STILL_MPS)
        period_s = float(np.median(np.diff(time_ns[mine]))) / NS_PER_S
        out.append(Path(ident, time_ns[mine], places_m[mine], low[mine], still, period_s))
    return out


def ground_at(tracks: list[Path], now_ns: int) -> Ground:
    """Everybody at one time."""
    ids, places, known, low = [], [], [], []
    for path in tracks:
        after = int(np.searchsorted(path.time_ns, now_ns))
        before = after - 1
        near = min(max(before, 0), len(path.time_ns) - 1)
        if before >= 0 and after < len(path.time_ns):
            gap_ns = max(now_ns - path.time_ns[before], path.time_ns[after] - now_ns)
            if gap_ns <= _SIDE_NS:
                ids.append(path.ident)
                places.append(smoothed(path, now_ns))
                known.append(True)
                low.append(bool(path.low[near]))
                continue
        stood = [k for k in (before, after) if 0 <= k < len(path.time_ns) and path.still[k]]
        passing = [
            k
            for k in (before, after)
            if 0 <= k < len(path.time_ns) and k not in stood and abs(path.time_ns[k] - now_ns) <= 2 * _SIDE_NS
        ]
        for k in stood + passing:
            ids.append(path.ident)
            places.append(path.places_m[k])
            known.append(False)
            low.append(bool(path.low[k]))
    return Ground(
        np.array(ids, np.int64),
        np.array(places, np.float64).reshape(-1, 2),
        np.array(known, np.bool_),
        np.array(low, np.bool_),
    )


def smoothed(path: Path, now_ns: int) -> Array:
    """Place (2,) at a time by a local quadratic, or a line where there are too few reports."""
    width_s = _WIDTH * max(path.period_s, 0.5)
    reach_ns = round(max(4.0 * width_s, 3.0) * NS_PER_S)
    first, last = np.searchsorted(path.time_ns, (now_ns - reach_ns, now_ns + reach_ns + 1))
    dt_s = (path.time_ns[first:last] - now_ns) / NS_PER_S
    # No report is so far that it does not count at all: a gap is bridged by what lies at its ends.
    weight = np.sqrt(np.exp(-0.5 * (dt_s / width_s) ** 2) + 1e-4)
    degree = 2 if len(dt_s) > 4 else 1
    powers = np.vander(dt_s, degree + 1, increasing=True)
    found, *_ = np.linalg.lstsq(
        powers * weight[:, None], path.places_m[first:last] * weight[:, None], rcond=None
    )
    out: Array = found[0]
    return out
