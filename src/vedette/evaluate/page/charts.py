"""Two curves over time: how far off the picture was, and what trajectory GOSPA is made of."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.evaluate.page.groups import GROUPS, WORDS, in_group
from vedette.evaluate.page.svg import Scale, band, drawing, line, text, ticks, time_axis, value_axis
from vedette.evaluate.score import Compared

Array = NDArray[np.float64]

WIDTH: Final = 1080.0
_LEFT, _RIGHT, _TOP, _BELOW = 56.0, 1068.0, 26.0, 30.0
PARTS: Final = ("localisation", "missed", "false", "switch")


def error_chart(compared: Compared, height: float = 240.0) -> str:
    """Root mean square of the horizontal error of matched targets, by group."""
    times_s = compared.both.times_s
    curves = {group: _rms_by_instant(compared, group) for group in GROUPS}
    known = np.concatenate(list(curves.values()))
    known = known[np.isfinite(known)]
    high = max(float(known.max()) * 1.06, 1.0) if len(known) else 1.0
    x = Scale(0.0, float(times_s[-1]), _LEFT, _RIGHT)
    y = Scale(0.0, high, height - _BELOW, _TOP)
    parts = time_axis(x, _TOP, height - _BELOW, float(times_s[-1]))
    parts += value_axis(y, _LEFT, _RIGHT, [(v, f"{v:g}") for v in ticks(high)])
    parts.append(text(0, 14, "m", "unit"))
    for group, curve in curves.items():
        path = line(x.all(times_s), y.all(curve))
        parts.append(f'<path d="{path}" class="curve {group}"><title>{WORDS[group]}</title></path>')
    return drawing(WIDTH, height, "Horizontal error over time by group, metres", parts)


def gospa_chart(compared: Compared, height: float = 260.0) -> str:
    """The parts of trajectory GOSPA at each instant, one on the other.

    The height is the distance; it is shared out as its square falls apart.
    """
    whole = compared.trajectories
    times_s = compared.both.times_s
    squares = [whole.localisation_m2, whole.missed_m2, whole.false_m2, whole.switch_m2]
    sums = np.cumsum(np.array(squares), axis=0)
    tops = sums / np.sqrt(np.maximum(sums[-1], 1e-12))
    high = max(float(tops[-1].max()) * 1.04, 1.0)
    x = Scale(0.0, float(times_s[-1]), _LEFT, _RIGHT)
    y = Scale(0.0, high, height - _BELOW, _TOP)
    parts = time_axis(x, _TOP, height - _BELOW, float(times_s[-1]))
    parts += value_axis(y, _LEFT, _RIGHT, [(v, f"{v:g}") for v in ticks(high)])
    parts.append(text(0, 14, "m", "unit"))
    floor = np.zeros(len(times_s))
    for name, top in zip(PARTS, tops, strict=True):
        area = band(x.all(times_s), y.all(floor), y.all(top))
        parts.append(f'<path d="{area}" class="part {name}"><title>{name}</title></path>')
        floor = top
    return drawing(WIDTH, height, "Parts of trajectory GOSPA over time, metres", parts)


def legend(names: dict[str, str], shape: str = "swatch") -> str:
    """Colours and what they mean: class name to words."""
    items = "".join(f'<li><i class="{shape} {name}"></i>{words}</li>' for name, words in names.items())
    return f'<ul class="legend">{items}</ul>'


def _rms_by_instant(compared: Compared, group: str) -> Array:
    """(T,) NaN where none of the group was matched."""
    both, error = compared.both, compared.matches.error_m
    mine = in_group(both.rows["class"], group) & np.isfinite(error)
    instant = np.repeat(np.arange(len(both.times_ns)), np.diff(both.first))
    square = np.bincount(instant[mine], error[mine] ** 2, len(both.times_ns))
    count = np.bincount(instant[mine], minlength=len(both.times_ns))
    with np.errstate(invalid="ignore"):
        out: Array = np.sqrt(square / np.where(count, count, np.nan))
    return out
