"""Several pictures at once, as the runs of one Monte Carlo study: means and how sure they are.

Each figure is a number a run. The interval is the middle 95 % of the means of BOOTSTRAPS studies drawn from
the runs with replacement, by a generator of fixed seed, so that the same runs give the same interval. Runs
that have no number for a figure are left out of it, and it tells how many had one. Two runs or more have an
interval; with fewer than ten it is narrower than it should be.

Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3 (percentile interval).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from vedette.evaluate.score import Score

BOOTSTRAPS: Final = 10_000
_SEED: Final = 20_260_101
_SETTINGS: Final = ("switch_m", "update_s", "instants", "truths", "intervals", "hours")  # no figures


class Figure(Struct, frozen=True, kw_only=True):
    """One figure over all runs. low and high bound the middle 95 %; None with one run.

    runs  that had a number for it
    """

    name: str
    runs: int
    mean: float
    low: float | None
    high: float | None
    least: float
    most: float


def over_runs(scores: Sequence[Score]) -> list[Figure]:
    """Every figure that any run has a number for, in the order of the score."""
    return over_figures([figures(score) for score in scores])


def over_figures(each: Sequence[Mapping[str, float]]) -> list[Figure]:
    """The same of numbers by name, one mapping a run."""
    names = dict.fromkeys(name for run in each for name in run)
    return [_figure(name, [run[name] for run in each if name in run]) for name in names]


def figures(score: Score) -> dict[str, float]:
    """The numbers of one score by name; what it does not know is not in it."""
    out: dict[str, float] = {}
    for name in ("gospa_m", "gospa_localisation_m", "gospa_missed_m", "gospa_false_m"):
        out[name] = getattr(score, name)
    for part in ("trajectories", "siap", "class_identity", "leave_identity", "alerts"):
        _add(out, part, getattr(score, part))
    out["tracks"], out["false_tracks"], out["false_shown"] = (
        score.tracks,
        score.false_tracks,
        score.false_shown,
    )
    for one in score.classes:
        _add(out, one.class_name, one)
    for limit in score.surveillance:
        _add(out, f"{limit.class_name}.{limit.limit}", limit)
    _add_means(out, score)
    return out


def _add(out: dict[str, float], prefix: str, part: Struct) -> None:
    """All figures of one part that are known."""
    for name, value in msgspec.structs.asdict(part).items():
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in _SETTINGS:
            out[f"{prefix}.{name}"] = float(value)


def _add_means(out: dict[str, float], score: Score) -> None:
    """Trial figures are of each drone; a run has their mean over the drones that have one."""
    numbers: dict[str, list[float]] = {}
    for trial in score.trials:
        for name, value in msgspec.structs.asdict(trial).items():
            if isinstance(value, float):
                numbers.setdefault(f"trials.{name}", []).append(value)
    out.update({name: float(np.mean(values)) for name, values in numbers.items()})


def _figure(name: str, values: list[float]) -> Figure:
    numbers = np.array(values)
    low = high = None
    if len(numbers) > 1:
        drawn = np.random.default_rng(_SEED).integers(0, len(numbers), (BOOTSTRAPS, len(numbers)))
        low, high = (float(q) for q in np.percentile(numbers[drawn].mean(axis=1), [2.5, 97.5]))
    return Figure(
        name=name,
        runs=len(numbers),
        mean=float(numbers.mean()),
        low=low,
        high=high,
        least=float(numbers.min()),
        most=float(numbers.max()),
    )
