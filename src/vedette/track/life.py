"""The life of one track after the fact: its plots gathered as they settle, and smoothed when it is over.

    grow(life, plots)   gather
    part(life, …)       of a life that gets long: what can be said of its first part now
    whole(life, …)      all that is left, once no plot can come any more

A part ends well before the newest plot: what comes later no longer tells anything of it. The next part begins
from what the filter knew at that point.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.trajectory import SMOOTHED
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import mean_radius_m
from vedette.track import told
from vedette.track.settings import TrackerSettings
from vedette.track.smooth import Record, Start, Trajectory, smooth
from vedette.track.took import PLOT

Array = NDArray[np.float64]

LONGEST: Final = 1280  # plots that a life gathers before a part of it is smoothed
_AHEAD: Final = 128  # plots after a part that still tell of it; more than ten make no difference
_SURE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """A track's state at one time: mean (6,) and covariance (6, 6), m and m/s, in the sector's frame."""

    time_ns: int
    x: Array
    P: Array


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a track; a value.

    plots     by time of resolving, arrays of PLOT
    count     of them
    kind      what its height rests on, so far: bits of track.plots
    known     its state where what is left begins; before that, as it was first shown
    first_ns  where rows begin: 0 with its first plot
    shown_ns  when it was last shown; 0 never
    """

    plots: tuple[NDArray[np.void], ...] = ()
    count: int = 0
    kind: int = 0
    known: Known | None = None
    first_ns: int = 0
    shown_ns: int = 0


def grow(life: Life, plots: NDArray[np.void]) -> Life:
    """The life with more plots (n,) of PLOT."""
    kind = life.kind | int(np.bitwise_or.reduce(plots["kind"]))
    return replace(life, plots=(*life.plots, plots), count=life.count + len(plots), kind=kind)


def shorten(life: Life) -> Life:
    """The life of a track that was never shown, without its oldest plots."""
    plots = _in_order(life)[-2 * _AHEAD :]
    return replace(life, plots=(plots,), count=len(plots))


def part(
    life: Life, track_id: int, settings: TrackerSettings, origin: Array
) -> tuple[Life, NDArray[np.void]]:
    """The life without its first part, and that, (n,) of SMOOTHED; see `whole`."""
    plots = _in_order(life)
    until_ns = int(plots["valid_ns"][-_AHEAD]) // NS_PER_S * NS_PER_S
    out, found = _smoothed(life, plots, until_ns, settings, origin)
    at = int(np.flatnonzero(found.measured & (found.time_ns <= plots["valid_ns"][-2 * _AHEAD]))[-1])
    known = Known(int(found.time_ns[at]), found.filtered_x[at], found.filtered_cov[at])
    out["track_id"] = track_id
    rest = plots[plots["valid_ns"] > known.time_ns]
    after = replace(life, plots=(rest,), count=len(rest), known=known, first_ns=until_ns + NS_PER_S)
    return after, out


def whole(life: Life, track_id: int, settings: TrackerSettings, origin: Array) -> NDArray[np.void]:
    """All that is left of the track, (n,) of SMOOTHED: a row a second to where it was last shown.

    origin  (3,)  lat deg, lon deg, m of the sector's frame

    Rows begin at the first second after its first plot; of a track that began without a place, as from
    bearings, where it was first shown. Empty for a track of which no plot is left.
    """
    plots = _in_order(life)
    if not len(plots):
        return np.zeros(0, SMOOTHED)
    until_ns = max(_second(int(plots["valid_ns"].max())), life.shown_ns // NS_PER_S * NS_PER_S)
    out, _ = _smoothed(life, plots, until_ns, settings, origin)
    out["track_id"] = track_id
    return out


def _smoothed(
    life: Life, plots: NDArray[np.void], until_ns: int, settings: TrackerSettings, origin: Array
) -> tuple[NDArray[np.void], Trajectory]:
    """Rows up to a time, and the trajectory that they are of."""
    start, used = _beginning(life, plots, settings)
    first = used["look"] == used["look"][0]
    from_ns = max(_second(int(used["valid_ns"][first].max())), life.first_ns)
    at_ns = np.arange(from_ns, until_ns + 1, NS_PER_S)
    frame = np.array([origin[2], mean_radius_m(float(origin[0]))])
    found = smooth(_record(used), settings, frame, start=start, at_ns=at_ns)
    at = np.searchsorted(found.time_ns, at_ns, side="right") - 1
    rows = np.zeros(len(at_ns), SMOOTHED)
    rows["time_ns"] = at_ns
    rows["plots"] = _expected(plots, at_ns)
    mean, cov = found.x[at], found.P[at]
    told.fill(rows, mean, cov, np.full(len(at), life.kind, np.uint8), origin)
    rows["v_up_sd_mps"] = np.where(np.isnan(rows["v_up_mps"]), np.nan, np.sqrt(cov[:, 5, 5]))
    return rows, found


def _expected(plots: NDArray[np.void], at_ns: NDArray[np.int64]) -> Array:
    """How many plots are to be expected in the second before each time, (n,)."""
    by = np.argsort(plots["valid_ns"], kind="stable")
    sums = np.concatenate((np.zeros(1), np.cumsum(plots["probability"][by])))
    times = plots["valid_ns"][by]
    upto, before = (np.searchsorted(times, t, side="right") for t in (at_ns, at_ns - NS_PER_S))
    out: Array = sums[upto] - sums[before]
    return out


def _beginning(
    life: Life, plots: NDArray[np.void], settings: TrackerSettings
) -> tuple[Start | None, NDArray[np.void]]:
    """From where smoothing begins, and the plots since; None for a start from the first plot with a place.

    That is where a track begins in the filter. One that began without, as from bearings, has what the filter
    made of them when it was first shown: the plots before that are in it.
    """
    known = life.known
    placed = plots["has_place"] & (plots["probability"] > _SURE)
    if not placed.any() and known is None:
        placed = plots["has_place"]
    first = plots["look"] == plots["look"][np.argmax(placed)]
    at = int(np.argmax(first))
    if known is None or (placed.any() and plots["valid_ns"][at] <= known.time_ns):
        return None, plots[at:]
    n_models = len(settings.models)
    start = Start(
        np.tile(known.x, (n_models, 1)), np.tile(known.P, (n_models, 1, 1)), settings.birth_model_weights()
    )
    nothing = np.zeros(1, PLOT)  # a look without plots, where the state is known
    nothing["valid_ns"], nothing["look"] = known.time_ns, -1
    nothing["z"] = np.nan
    nothing["sd"], nothing["rotation"] = 1.0, np.eye(3)
    return start, np.concatenate((nothing, plots[plots["valid_ns"] > known.time_ns]))


def _in_order(life: Life) -> NDArray[np.void]:
    """Its plots by look, looks by their latest plot; what is claimed of one look is no more than certain."""
    plots = np.concatenate(life.plots) if life.plots else np.zeros(0, PLOT)
    if not len(plots):
        return plots
    plots = plots[np.lexsort((plots["valid_ns"], plots["look"]))]
    first = np.flatnonzero(np.diff(plots["look"], prepend=-1))
    many = np.diff(np.append(first, len(plots)))
    latest = np.repeat(np.maximum.reduceat(plots["valid_ns"], first), many)
    claimed = np.repeat(np.add.reduceat(plots["probability"], first), many)
    plots["probability"] /= np.maximum(claimed, 1.0)
    return plots[np.lexsort((plots["valid_ns"], plots["look"], latest))]


def _record(plots: NDArray[np.void]) -> Record:
    """The record of plots (n,) of PLOT."""
    return Record(*(np.ascontiguousarray(plots[f.name]) for f in fields(Record)))


def _second(time_ns: int) -> int:
    """The first whole second from then on."""
    return -(-time_ns // NS_PER_S) * NS_PER_S
