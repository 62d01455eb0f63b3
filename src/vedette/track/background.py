"""What a sensor reports beside the targets that are known: false plots and targets not yet found.

Both are counted in one period of the sensor. How many are false is learnt from what no track takes. How
many targets are still to be found falls with every period by what the sensor detects, down to those
that come in anew (the Poisson process of undetected targets, uniform over the field of view):

    hidden ← hidden (1 - p_D) + births          new plots = p_D · hidden

Where false plots come from is in clutter_map.

Source: Williams (2015), IEEE Trans. AES 51(3), 1664-1687, II.C and III.A (undetected targets).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vedette.track import clutter_map
from vedette.track.clutter_map import ClutterMap
from vedette.track.conduct import Doubt
from vedette.track.fixtures import Fixtures, gain
from vedette.track.plots import Plots
from vedette.track.sensors import SensorModel
from vedette.track.settings import TrackerSettings

Array = NDArray[np.float64]

_CONFIGURED_WORTH = 3.0  # periods that the configured number of false plots weighs as much as
_BIRTHS_WORTH = 20.0  # the same for births
_MEMORY = 50.0  # periods
_LEAST_OF_CONFIGURED = 0.05
_LEAST_BIRTHS = 0.01
_LEAST_BIRTHS_OF_FALSE = 0.0015
_SETTLED = 3  # periods after which a target that appears is one that came in


@dataclass(frozen=True, slots=True)
class Background:
    """One sensor's, in targets and plots a period.

    periods  that were counted
    spare    plots of the running period that were nobody's so far, and the time it began
    map      where they come from; None where that is not learnt
    fixtures what stands in its view, where it learns that
    """

    false: float
    births: float
    hidden: float
    periods: int = 0
    spare: float = 0.0
    since_ns: int = 0
    map: ClutterMap | None = None
    fixtures: Fixtures | None = None

    def new(self, detection: float) -> float:
        """New targets that a period is expected to bring."""
        return detection * self.hidden


def init(sensor: SensorModel, settings: TrackerSettings) -> Background:
    """Before the first look: as configured, and what is there is as likely as what is false."""
    false = sensor.false_per_look
    births = settings.undetected
    if not sensor.period_ns:
        return Background(false, births, births)
    # Who answers to multilateration is somebody: a cell in which it was not followed is no patch of clutter.
    maps = settings.clutter_map and sensor.sensor.modality != "mlat"
    where = clutter_map.init() if maps else None
    first = false if settings.undetected_first is None else settings.undetected_first
    return Background(false, births, max(first, births), map=where)


def others(
    background: Background, sensor: SensorModel, plots: Plots, doubt: Doubt | None = None
) -> tuple[Array, Array]:
    """For each plot: log density of plots that are no known target's, and the share of new targets in it."""
    new = background.new(sensor.sensor.detection_probability) if sensor.period_ns else background.births
    total = np.full(len(plots), background.false + new)
    if background.map is not None:
        total += background.false * (clutter_map.relative(background.map, sensor, plots) - 1.0)
    if background.fixtures is not None:
        total *= 1.0 + gain(background.fixtures, sensor, plots, total)
    if doubt is None:
        return np.log(total) + plots.log_clutter, new / total
    total += doubt.more
    return np.log(total) + plots.log_clutter, np.where(doubt.mute, 0.0, new / total)


def learn(
    background: Background,
    sensor: SensorModel,
    plots: Plots,
    p_other: Array,
    now_ns: int,
    known: float,
    came: float,
    *,
    whole: bool,
) -> Background:
    """After a look.

    p_other  (m,)  of each plot, that it is nobody's
    known          expected number of targets that the sensor has seen
    came           targets confirmed since the last look that this sensor found first
    whole          whether the look is a period of its own
    """
    if not sensor.period_ns:
        return background
    before = background
    if not before.since_ns:
        before = replace(before, since_ns=now_ns)
    spare = before.spare + float(p_other.sum())
    where = before.map
    if where is not None and before.periods:  # in the first one all targets would pass for clutter
        where = clutter_map.add(where, sensor, plots, p_other)
    births = before.births
    if before.periods > _SETTLED and came:
        births += came / (_BIRTHS_WORTH + min(before.periods, _MEMORY))
    if not whole and now_ns - before.since_ns < sensor.period_ns and before.periods:
        return replace(before, spare=spare, births=births, map=where)
    pd = sensor.sensor.detection_probability
    false = before.false
    if before.periods:
        seen = max(spare - before.new(pd), 0.0)
        gain = 1.0 / (_CONFIGURED_WORTH + min(before.periods, _MEMORY))
        false = max(false + gain * (seen - false), _LEAST_OF_CONFIGURED * sensor.false_per_look)
    gain = 1.0 / (_BIRTHS_WORTH + min(before.periods, _MEMORY))
    if before.periods > _SETTLED:
        births -= gain * before.births
        # Where others find what comes in first, this one still begins tracks when it has to.
        births = max(births, _LEAST_BIRTHS, _LEAST_BIRTHS_OF_FALSE * false)
    # Right after the start as many are hidden as a sensor of this kind misses of those it has found.
    hidden = births + known * (1.0 - pd) ** (before.periods + 1)
    if where is not None and before.periods:
        where = clutter_map.close(where, sensor)
    return Background(false, births, hidden, before.periods + 1, 0.0, now_ns, where, before.fixtures)
