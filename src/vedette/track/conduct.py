"""How each sensor with a period behaves: it falls silent, or it babbles, and then it is not believed.

Silent    looks did not come in which it would usually have told `_SURE` plots more than one target gives. Or
          what comes is the last turn's plots again, to the bit: noise does not repeat itself, so that is no
          look. Silence says nothing against tracks: they coast until somebody sees them, see `step`.
Babbling  far more plots than usual, n > 3u + 6√u + least, in all, in one sector of azimuth or in one cell of
          range and azimuth (or of the plane); or one plot over and over. u is the mean of the periods
          before, and least is `_LEAST`.

What babbles begins no tracks for `_MUTE` periods, and nothing is learnt from it. As long as it goes on,
so many plots as came are taken as the false ones to expect there. That ends when the plots are half as many
again as usual, or less: because they stop, or, some fifty periods later, because that many have become usual.
A raid of many is therefore seen late by `_MUTE` periods, and then weighed against what looks like it.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.cells import far_above, fold, repeated, settle, shared, tally
from vedette.kernel.measurement import AZIMUTH, EAST, ELEVATION, NORTH, RANGE
from vedette.track.cells import N_CELLS, N_RINGS, N_SECTORS, cells, in_view, kind
from vedette.track.plots import Plots
from vedette.track.sensors import SensorModel

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Condition = Literal["ok", "silent", "babbling"]

_MEMORY = 50.0  # periods
_WARM = 5  # periods before anything is judged
_MUTE = 3  # periods
_SURE = 7.0  # plots that did not come: a chance of exp(-7)
_MAY_LEAVE = 1.5  # of them a period: one target may go, and the sensor has nothing more to tell
_LATE = 1.5  # periods beyond its own before a sensor is silent
_COPIES = 5  # of one plot in a period; plots of the period before
_SAME = 0.8  # share of a period's plots that are those of the period before
_WHERE = np.array([RANGE, AZIMUTH, ELEVATION, EAST, NORTH])
_FEW = 5  # plots of a look that are tried before all are
_MOST_KEYS = 4096
_AGAIN = "the same plots again"
_NOISY = ("radar", "rf", "camera", "acoustic")  # what they tell is measured, and no measurement is exact

# Bins: all plots, each sector, each cell, and one for what is in none.
_SECTORS, _CELLS = 1, 1 + N_SECTORS
_NONE = _CELLS + N_CELLS
_LEAST = np.concatenate(([40.0], np.full(N_SECTORS, 25.0), np.full(N_CELLS, 20.0), [np.inf]))
_FEWEST = float(_LEAST.min())


@dataclass(frozen=True, slots=True)
class Notice:
    """A sensor's condition changed.

    since_ns  UTC, the last look before a silence; the look in which babble was noticed or had ended
    """

    sensor: int
    condition: Condition
    since_ns: int
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Conduct:
    """One sensor's; the arrays are by bin.

    parts       whether the last look was a part of a period
    began_ns    of the running period
    periods     that were counted
    usual       plots a period
    count       in the running period; last: in the one before
    loud        periods for which it has been too much; 0 where it is not
    keys        (k,)  what the running period's plots measured
    before            that of the last period, and older that of the last but one
    """

    condition: Condition
    since_ns: int
    why: str
    parts: bool
    polar: bool | None
    began_ns: int
    periods: int
    usual: Array
    count: Array
    last: Array
    loud: Ints
    keys: Keys
    before: Keys
    older: Keys

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Conduct) and all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )


@dataclass(frozen=True, slots=True)
class Doubt:
    """What not to believe of a look.

    more  (m,)  false plots a period to expect beyond those learnt, if all places were like this plot's
    mute  (m,)  plots that begin nothing and from which nothing is learnt
    """

    more: Array
    mute: Mask


def init() -> Conduct:
    """Before the first look."""
    none, keys = np.zeros(_NONE + 1), np.zeros(0, np.uint64)
    return Conduct(
        "ok", 0, "", False, None, 0, 0, none, none, none, np.zeros(_NONE + 1, np.int64), keys, keys, keys
    )


def heed(
    known: Conduct, sensor: SensorModel, plots: Plots, now_ns: int, *, whole: bool
) -> tuple[Conduct, Doubt | None]:
    """Count a look before it is used; the second is None where all of it can be believed.

    whole  whether the look is a period of its own
    """
    if not sensor.period_ns or not (whole or len(plots)):
        return known, None
    again = known.why == _AGAIN
    past = (0.75 if again else 1.0) * sensor.period_ns
    if (whole and not again) or not known.began_ns or now_ns - known.began_ns >= past:
        known = _close(known, now_ns)
    if known.parts == whole:
        known = replace(known, parts=not whole)
    if not len(plots):
        return _speaks(known, now_ns), None
    polar = kind(sensor, plots) if known.polar is None else known.polar
    count = known.count.copy()
    bins = tally(cells(polar, sensor, plots), bool(polar), N_RINGS, _CELLS, _NONE, count)
    fresh = _keys(plots)
    keys = np.concatenate((known.keys, fresh))[-_MOST_KEYS:]
    known = replace(known, polar=polar, count=count, keys=keys)
    if sensor.sensor.modality in _NOISY and _again(known, fresh):
        if known.condition != "silent":
            known = replace(known, condition="silent", since_ns=known.began_ns, why=_AGAIN)
        return known, None
    known = _speaks(known, now_ns)
    copies = np.zeros(len(plots), np.bool_)
    copies[-len(keys) :] = repeated(keys, _COPIES)[-len(plots) :]
    if count[0] <= _FEWEST and not copies.any() and not known.loud.any():
        return known, None
    began = (known.loud == 0) & _far(known)
    if began.any():
        known = replace(known, loud=np.where(began, 1, known.loud))
    if copies.any() or began.any():
        known = _babbles(known, sensor, now_ns, int(copies.sum()), np.flatnonzero(began))
    if not known.loud.any() and not copies.any():
        return known, None
    over = known.loud[bins]
    if not over.any() and not copies.any():
        return known, None
    view = in_view(polar, sensor)
    level = np.maximum(count, known.last)[bins] * np.array([1.0, N_SECTORS, view])
    more: Array = np.where(over > 0, level, 0.0).max(axis=1) + np.where(copies, view * _FEWEST, 0.0)
    return known, Doubt(more, copies | ((over > 0) & (over <= _MUTE)).any(axis=1))


def watch(known: Conduct, sensor: SensorModel, looked_ns: int, tick_ns: int) -> Conduct:
    """Between looks: whether one is missing that would have told something.

    looked_ns  time of the sensor's last look
    """
    if known.condition == "silent" or known.periods < _WARM or not sensor.period_ns:
        return known
    usual = float(known.usual[0])
    missed = (tick_ns - looked_ns) / sensor.period_ns - 1.0
    if missed < _LATE or (usual - _MAY_LEAVE) * missed < _SURE:
        return known
    why = f"no plots, usually {usual:.0f} in {sensor.period_ns / NS_PER_S:g} s"
    return replace(known, condition="silent", since_ns=looked_ns, why=why)


def _close(known: Conduct, now_ns: int) -> Conduct:
    """After a period: what is usual, what is still too loud, and whether babble has ended."""
    if not known.began_ns:
        return replace(known, began_ns=now_ns)
    gain = 1.0 / (min(known.periods, _MEMORY) + 1.0)
    usual, last, loud = settle(known.count, known.usual, known.loud, _LEAST, gain, _MUTE)
    quiet = known.condition == "babbling" and not loud.any() and not repeated(known.keys, _COPIES).any()
    known = replace(
        known,
        began_ns=now_ns,
        periods=known.periods + 1,
        usual=usual,
        count=np.zeros(_NONE + 1),
        last=last,
        loud=loud,
        keys=known.keys[:0],
        before=known.keys,
        older=known.before,
    )
    if quiet:
        known = replace(known, condition="ok", since_ns=now_ns, why="")
    return known


def _far(known: Conduct) -> Mask:
    """Bins with far more plots in the running period than usual, (bins,)."""
    if known.periods < _WARM:
        return np.zeros(_NONE + 1, np.bool_)
    return far_above(known.count, known.usual, _LEAST)


def _keys(plots: Plots) -> Keys:
    """A number for what each plot measured, (m,): the same for the same."""
    return fold(np.ascontiguousarray(plots.z).view(np.uint64), _WHERE)


def _again(known: Conduct, fresh: Keys) -> bool:
    """Whether nearly all that the running period measured was measured in the two before.

    fresh  keys of the look
    """
    least = 1 if known.why == _AGAIN else _COPIES
    if len(known.keys) < least:
        return False
    some = fresh[:_FEW]
    if shared(some, known.before, known.older) < _SAME * len(some):
        return False
    keys = np.unique(known.keys)
    same = int(np.isin(keys, np.concatenate((known.before, known.older))).sum())
    return same >= max(_SAME * len(keys), least)


def _speaks(known: Conduct, now_ns: int) -> Conduct:
    """The same after a look that is one: no longer silent."""
    if known.condition != "silent":
        return known
    return replace(known, condition="ok", since_ns=now_ns, why="")


def _babbles(known: Conduct, sensor: SensorModel, now_ns: int, copies: int, bins: Ints) -> Conduct:
    """The same with its condition said; `why` has the smallest place that explains it."""
    if known.condition == "babbling":
        return known
    why = f"{copies} plots that were told before"
    if not copies:
        worst = int(bins[-1])
        n, usual = known.count[worst], known.usual[worst]
        why = f"{n:.0f} plots {_where(worst, sensor, polar=bool(known.polar))}, usually {usual:.1f} a period"
    return replace(known, condition="babbling", since_ns=now_ns, why=why)


def _where(worst: int, sensor: SensorModel, *, polar: bool) -> str:
    """A bin in words."""
    if worst == 0:
        return "in all"
    if not polar:
        return "at one place"
    told = sensor.sensor
    width = told.azimuth_width_deg / N_SECTORS
    sector = worst - _SECTORS if worst < _CELLS else (worst - _CELLS) // N_RINGS
    start = (told.azimuth_from_deg + sector * width) % 360.0
    out = f"from azimuth {start:.0f} to {(start + width) % 360.0:.0f} deg"
    if worst < _CELLS:
        return out
    ring_km = told.range_max_m / N_RINGS / 1000.0
    ring = (worst - _CELLS) % N_RINGS
    return f"{out}, {ring * ring_km:.1f} to {(ring + 1) * ring_km:.1f} km"
