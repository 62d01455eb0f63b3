"""Small parts that drawings are made of: scales, ticks, paths. Lengths are in units of the drawing."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEPS_S: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


class Scale(Struct, frozen=True):
    """Values from low to high lie from begin to end."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        span = self.high - self.low
        return self.begin + (value - self.low) / (span or 1.0) * (self.end - self.begin)

    def all(self, values: Array) -> Array:
        """Where values (n,) lie."""
        span = self.high - self.low
        out: Array = self.begin + (values - self.low) / (span or 1.0) * (self.end - self.begin)
        return out


def ticks(high: float, count: int = 4) -> list[float]:
    """Round values from 0 to just below or at high, about so many."""
    if high <= 0:
        return [0.0]
    rough = high / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * 0.999)
    return [step * k for k in range(math.floor(high / step + 1e-9) + 1)]


def time_ticks(duration_s: float, count: int = 8) -> list[float]:
    """Round times from 0 on, about so many."""
    step = next((s for s in _STEPS_S if s * count >= duration_s), _STEPS_S[-1])
    return [float(step * k) for k in range(int(duration_s // step) + 1)]


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def line(x: Array, y: Array) -> str:
    """Path data through points (n,); a NaN breaks it. Points within half a unit of the last are left out."""
    out: list[str] = []
    last: tuple[float, float] | None = None
    waiting: tuple[float, float] | None = None  # left out, but the end of its stroke
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if not (math.isfinite(a) and math.isfinite(b)):
            if waiting is not None:
                out.append(f"L{waiting[0]:.1f} {waiting[1]:.1f}")
            last = waiting = None
        elif last is None:
            out.append(f"M{a:.1f} {b:.1f}")
            last = (a, b)
        elif abs(a - last[0]) + abs(b - last[1]) < 0.5:
            waiting = (a, b)
        else:
            out.append(f"L{a:.1f} {b:.1f}")
            last, waiting = (a, b), None
    if waiting is not None:
        out.append(f"L{waiting[0]:.1f} {waiting[1]:.1f}")
    return "".join(out)


def band(x: Array, low: Array, high: Array) -> str:
    """Path data of the area between two curves over x (n,)."""
    there = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, high, strict=True))
    back = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x[::-1], low[::-1], strict=True))
    return f"M{there}L{back}Z"


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    """One line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'


def drawing(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """A whole drawing; label says in words what it shows."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label, quote=True)}">'
        + "".join(parts)
        + "</svg>"
    )


def time_axis(x: Scale, top: float, bottom: float, duration_s: float) -> list[str]:
    """Upright lines with their times below."""
    out = []
    for second in time_ticks(duration_s):
        at = x.at(second)
        out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top:g}" y2="{bottom:g}" class="grid"/>')
        out.append(text(at, bottom + 18, clock(second), "tick", "middle"))
    return out


def value_axis(y: Scale, left: float, right: float, marks: Sequence[tuple[float, str]]) -> list[str]:
    """Level lines with their values on the left: (value on the scale, words)."""
    out = []
    for value, words in marks:
        at = y.at(value)
        out.append(f'<line x1="{left:g}" x2="{right:g}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        out.append(text(left - 8, at + 4, words, "tick", "end"))
    return out
