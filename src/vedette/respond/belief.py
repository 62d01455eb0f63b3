"""What is believed of one thing that was seen: where it may be, or that it has gone.

Three sets of assumptions are carried side by side: as told, favourable (sensors see more, flights are
shorter, hiding is rarer) and unfavourable. They give the estimate and its two ends.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.advice import Estimate
from vedette.kernel.presence import look, predict, survival
from vedette.respond.ground import LEVELS, LOW_M, SEES, Ground
from vedette.respond.settings import Airport

Array = NDArray[np.float64]

_FLIGHT: Final = np.array([1.0, 0.7, 1.5])
_HIDE: Final = np.array([1.0, 0.5, 2.0])
_SHAPE: Final = 2.0  # of the Weibull distribution of a flight's length
_KEEPS_COURSE_S: Final = 20.0
_CLIMB_S: Final = 120.0  # after which it is in either layer as likely
_MOST_SPREAD: Final = 0.25
_N_SETS: Final = len(SEES)
_HEIGHT_SD_M: Final = 15.0  # where the track tells none


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """b (sets, levels, layers, cells) and gone (sets,) of `kernel.presence`; age_s of the flight.

    was_p  that it is what one looks for at all; b and gone are given that it is
    """

    b: Array
    gone: Array
    age_s: float
    was_p: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The assumptions of one airport, ready for the kernel. prior (sets, levels)."""

    ground: Ground
    prior: Array
    diffusion: float
    hide_per_s: Array
    scale_s: Array
    stay_s: Array
    again_per_s: float


def model(airport: Airport, ground: Ground) -> Model:
    """The model of an airport."""
    dark = np.minimum(airport.dark_share * np.array([1.0, 0.5, 1.7]), 0.9)
    dim = 0.25 * (1.0 - dark)
    prior = np.stack((1.0 - dark - dim, dim, dark), axis=1)
    diffusion = airport.speed_mps**2 * _KEEPS_COURSE_S / 2.0 / ground.cell_m**2
    return Model(
        ground=ground,
        prior=prior,
        diffusion=diffusion,
        hide_per_s=_HIDE / (60.0 * airport.hide_min),
        scale_s=60.0 * airport.flight_min * _FLIGHT,
        stay_s=60.0 * airport.stay_min * _FLIGHT,
        again_per_s=airport.again_per_hour / 3600.0,
    )


def seen(
    model: Model,
    place: tuple[float, float],
    sd_m: float,
    height: tuple[float, float],
    was_p: float,
    age_s: float,
) -> Belief:
    """It is seen at a place, m east and north, with a standard deviation, and at a height, (m, sd m).

    was_p  that it is what one looks for; height above the ground, NaN where unknown
    """  # fmt: skip
    ground = model.ground
    sd = max(sd_m, 0.4 * ground.cell_m)
    off2 = (ground.east - place[0]) ** 2 + (ground.north - place[1]) ** 2
    at = np.exp(-0.5 * off2 / sd**2)
    inside = at.sum()
    share = _on_cells(ground, place, sd)
    cells = at / inside if inside > 0.0 else at
    low = _low_share(*height)
    layers = np.array([low, 1.0 - low])
    levels = model.prior * LEVELS  # who is seen now is not dark now
    levels = levels / levels.sum(axis=1, keepdims=True)
    b = share * levels[:, :, None, None] * layers[None, None, :, None] * cells[None, None, None, :]
    return Belief(b, 1.0 - b.sum(axis=(1, 2, 3)), age_s, was_p)


def unseen(model: Model, belief: Belief, dt_s: float, log_miss: Array | None) -> Belief:
    """dt_s later, in which those who looked saw nothing. log_miss of `ground.log_miss`; None: nobody did."""
    pieces = max(1, math.ceil(model.diffusion * dt_s / _MOST_SPREAD))
    step_s = dt_s / pieces
    b, gone, age_s = belief.b, belief.gone, belief.age_s
    for _ in range(pieces):
        b, gone = predict(
            b,
            gone,
            model.ground.width,
            np.full(_N_SETS, min(model.diffusion * step_s, _MOST_SPREAD)),
            survival(age_s, step_s, model.scale_s, _SHAPE, model.stay_s),
            0.5 * -math.expm1(-step_s / _CLIMB_S),
            -np.expm1(-model.hide_per_s * step_s),
            model.prior,
            -math.expm1(-model.again_per_s * step_s),
        )
        age_s += step_s
    if log_miss is not None:
        b, gone = look(b, gone, np.exp(dt_s * log_miss))
    return Belief(b, gone, age_s, belief.was_p)


def estimate(belief: Belief, cells: NDArray[np.bool_]) -> Estimate:
    """That it is in these cells (n,)."""
    p = belief.was_p * np.minimum(belief.b[..., cells].sum(axis=(1, 2, 3)), 1.0)
    return Estimate(float(p[0]), float(p.min()), float(p.max()))


def any_of(parts: list[Estimate]) -> Estimate:
    """That at least one is, of things that do not know each other."""
    p = [1.0, 1.0, 1.0]
    for part in parts:
        p = [p[0] * (1.0 - part.p), p[1] * (1.0 - part.low), p[2] * (1.0 - part.high)]
    return Estimate(1.0 - p[0], 1.0 - p[1], 1.0 - p[2])


def older(belief: Belief, age_s: float) -> Belief:
    """The same of a flight that has lasted age_s."""
    return replace(belief, age_s=age_s)


def where(belief: Belief) -> Array:
    """(layers, cells): where it may be, as told."""
    out: Array = belief.was_p * belief.b[0].sum(axis=0)
    return out


def _on_cells(ground: Ground, place: tuple[float, float], sd_m: float) -> float:
    """What is by the edge, or beyond it, is on the cells only in part: how much of it."""
    share = 1.0
    rows = ground.n // ground.width
    for at, start, n in ((place[0], ground.west_m, ground.width), (place[1], ground.south_m, rows)):
        below, above = ((start + k * ground.cell_m - at) / (sd_m * math.sqrt(2.0)) for k in (0, n))
        share *= 0.5 * (math.erf(above) - math.erf(below))
    return share


def _low_share(height_m: float, sd_m: float) -> float:
    """That it is in the low layer."""
    if math.isnan(height_m):
        return 0.5
    sd = max(sd_m if sd_m > 0.0 else _HEIGHT_SD_M, 5.0)
    return min(1.0, max(0.0, 0.5 * math.erfc((height_m - LOW_M) / (sd * math.sqrt(2.0)))))
