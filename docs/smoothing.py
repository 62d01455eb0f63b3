"""Draw smoothing.svg: what is known of one flight at the time, and what is known after it.

    .venv/bin/python docs/smoothing.py

A drone at 15 m/s turns, is not seen for 20 s, flies on. Plots once a second with 10 m of noise.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.measurement import EAST, HEIGHT, N_COMPONENTS, NORTH
from vedette.track.settings import TrackerSettings
from vedette.track.smooth import Record, smooth

SECONDS, FIRST, GAP, LAST, SD_M = 140, 20, (70, 90), 120, 10.0
FRAME = np.array([0.0, 6.37e6])
WIDTH, HEIGHT_PX, LEFT, TOP, BOTTOM, MOST_M = 760, 300, 56, 24, 48, 150.0
Array = NDArray[np.float64]


def flight() -> Array:
    """Positions (t, 3) m."""
    course = np.cumsum(np.where((np.arange(SECONDS) > 40) & (np.arange(SECONDS) < 60), 0.12, 0.0))
    steps = 15.0 * np.stack((np.sin(course), np.cos(course), np.zeros(SECONDS)), axis=1)
    return np.cumsum(steps, axis=0) + np.array([0.0, 0.0, 100.0])


def curves() -> tuple[Array, Array, Array]:
    """Errors at the time and after it, and the 1-sigma after it, each (t,) m."""
    rng = np.random.default_rng(3)
    truth = flight()
    k = np.array([s for s in range(FIRST, LAST) if not GAP[0] <= s < GAP[1]])
    z = np.full((len(k), N_COMPONENTS), np.nan)
    noisy = truth[k] + rng.normal(0.0, SD_M, (len(k), 3))
    z[:, [EAST, NORTH]] = noisy[:, :2]
    z[:, HEIGHT] = noisy[:, 2]
    record = Record(
        look=np.arange(len(k)),
        valid_ns=k * NS_PER_S,
        probability=np.ones(len(k)),
        z=z,
        sd=np.full(z.shape, SD_M),
        up=np.zeros((len(k), 2)),
        pose=np.zeros((len(k), 6)),
        rotation=np.tile(np.eye(3), (len(k), 1, 1)),
        corr=np.zeros(len(k)),
        stray=np.zeros((len(k), 2)),
        height_max_m=np.full(len(k), 15_000.0),
    )
    out = smooth(record, TrackerSettings(), FRAME, at_ns=np.arange(SECONDS) * NS_PER_S)
    filtered = np.linalg.norm(out.filtered_x[:, :2] - truth[:, :2], axis=1)
    smoothed = np.linalg.norm(out.x[:, :2] - truth[:, :2], axis=1)
    return filtered, smoothed, np.sqrt(out.P[:, 0, 0] + out.P[:, 1, 1])


def _x(second: float) -> float:
    return LEFT + (WIDTH - LEFT - 16) * second / SECONDS


def _y(metres: float) -> float:
    return TOP + (HEIGHT_PX - TOP - BOTTOM) * (1.0 - min(metres, MOST_M) / MOST_M)


def _line(values: Array, colour: str, dash: str = "none") -> str:
    runs: list[list[str]] = [[]]
    for second, value in enumerate(values.tolist()):
        if np.isnan(value):
            runs.append([])
        else:
            runs[-1].append(f"{_x(second):.1f},{_y(value):.1f}")
    return "\n".join(
        f'<polyline points="{" ".join(run)}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dash}"/>'
        for run in runs
        if run
    )


def draw() -> str:
    """Return the figure."""
    filtered, smoothed, sd = curves()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT_PX}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT_PX}" fill="#ffffff"/>',
    ]
    for first, last, text in (
        (0, FIRST, "not yet seen"),
        (*GAP, "not seen"),
        (LAST, SECONDS, "no longer seen"),
    ):
        parts.append(
            f'<rect x="{_x(first):.1f}" y="{TOP}" width="{_x(last) - _x(first):.1f}" '
            f'height="{_y(0) - TOP:.1f}" fill="#eef0f3"/>'
            f'<text x="{_x((first + last) / 2):.1f}" y="{TOP - 8}" text-anchor="middle">{text}</text>'
        )
    parts += [
        f'<line x1="{LEFT}" x2="{_x(SECONDS):.1f}" y1="{_y(metres):.1f}" y2="{_y(metres):.1f}" '
        f'stroke="#c8ced6"/><text x="{LEFT - 8}" y="{_y(metres) + 4:.1f}" text-anchor="end">{metres}</text>'
        for metres in (0, 50, 100, 150)
    ]
    parts += [
        f'<text x="{_x(s):.1f}" y="{_y(0) + 18:.1f}" text-anchor="middle">{s}</text>'
        for s in range(0, SECONDS + 1, 20)
    ]
    parts += [
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT_PX - 8}" text-anchor="middle">seconds</text>',
        f'<text transform="translate(14,{(TOP + _y(0)) / 2:.0f}) rotate(-90)" text-anchor="middle">'
        "horizontal error, m</text>",
        _line(sd, "#8a94a3", "3 3"),
        _line(filtered, "#c4501b"),
        _line(smoothed, "#1c4f8f"),
    ]
    legend = (
        ("#c4501b", "at the time"),
        ("#1c4f8f", "after the fact"),
        ("#8a94a3", "what that says of itself, 1 σ"),
    )
    for i, (colour, text) in enumerate(legend):
        y = TOP + 16 + 18 * i
        parts.append(
            f'<line x1="{LEFT + 130}" x2="{LEFT + 154}" y1="{y}" y2="{y}" stroke="{colour}" '
            f'stroke-width="2"/><text x="{LEFT + 160}" y="{y + 4}">{text}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(__file__).with_name("smoothing.svg").write_text(draw(), encoding="utf-8")
