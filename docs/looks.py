"""Draw looks.svg: how the tracker's belief in one aircraft goes when a radar's plots come whole or in parts.

    .venv/bin/python docs/looks.py

Eight aircraft around a radar with 4 s a turn, all of them 40 km away. The one that is drawn is not
detected in turns 8 and 9 and leaves after turn 14. Whole: the plots of a turn come together, at its end.
In parts: each plot comes when the beam passes it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.core.observation import Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track.state import TrackerState, init, with_sensors
from vedette.track.step import step

PERIOD_S = 4.0
TURNS = 20
AIRCRAFT = 8
MISSED = (8, 9)
LAST = 14
RANGE_M = 40_000.0
T0_NS = 1_750_000_000 * NS_PER_S
TICK_S = 0.5
RADAR = Sensor(
    id="radar",
    index=0,
    source="radar",
    scan="rotating",
    lat_deg=50.0,
    lon_deg=5.0,
    alt_m=0.0,
    period_s=PERIOD_S,
)


def plots(*, whole: bool) -> list[tuple[float, float, float]]:
    """When each plot is heard, when it was measured, s, and its azimuth, deg."""
    out = []
    for turn in range(TURNS):
        for k in range(AIRCRAFT):
            if k == 0 and (turn in MISSED or turn > LAST):
                continue
            azimuth_deg = 22.5 + 360.0 * k / AIRCRAFT
            valid_s = PERIOD_S * (turn + azimuth_deg / 360.0)
            out.append((PERIOD_S * (turn + 1) if whole else valid_s, valid_s, azimuth_deg))
    return sorted(out)


def existence(*, whole: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time in turns, and the largest existence of a track in the azimuth that is drawn."""
    state: TrackerState = with_sensors(init(50.0, 5.0), [RADAR])
    waiting = plots(whole=whole)
    turns, belief = [], []
    for n in range(1, round(TURNS * PERIOD_S / TICK_S) + 1):
        now_s = n * TICK_S
        intake = Intake()
        while waiting and waiting[0][0] <= now_s:
            heard_s, valid_s, azimuth_deg = waiting.pop(0)
            values = {"range_m": RANGE_M, "azimuth_deg": azimuth_deg}
            intake.observe("radar", _ns(valid_s), _ns(heard_s), None, values)
        state, _ = step(state, intake.rows(), [], _ns(now_s) + 1)
        tracks = state.tracks
        place = tracks.x[:, 1, :2]
        angle = np.degrees(np.arctan2(place[:, 0], place[:, 1]))
        mine = tracks.r[np.abs(angle - 22.5) < 15.0]
        turns.append(now_s / PERIOD_S)
        belief.append(float(mine.max()) if len(mine) else 0.0)
    return np.array(turns), np.array(belief)


def _ns(seconds: float) -> int:
    return T0_NS + round(seconds * NS_PER_S)


WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 300, 56, 24, 48


def _x(turn: float) -> float:
    return LEFT + (WIDTH - LEFT - 16) * turn / TURNS


def _y(value: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value)


def _line(turns: NDArray[np.float64], belief: NDArray[np.float64], colour: str, dash: str) -> str:
    steps = [f"{_x(turns[0]):.1f},{_y(belief[0]):.1f}"]
    for i in range(1, len(turns)):
        steps.append(f"{_x(turns[i]):.1f},{_y(belief[i - 1]):.1f}")
        steps.append(f"{_x(turns[i]):.1f},{_y(belief[i]):.1f}")
    return (
        f'<polyline points="{" ".join(steps)}" fill="none" stroke="{colour}" stroke-width="2"'
        f' stroke-dasharray="{dash}"/>'
    )


def _level(value: float) -> str:
    y = f"{_y(value):.1f}"
    return (
        f'<line x1="{LEFT}" x2="{_x(TURNS):.1f}" y1="{y}" y2="{y}" stroke="#c8ced6"/>'
        f'<text x="{LEFT - 8}" y="{_y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
    )


def draw() -> str:
    """Return the figure."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for first, last, text in ((*MISSED, "not detected"), (LAST + 1, TURNS - 1, "gone")):
        parts.append(
            f'<rect x="{_x(first):.1f}" y="{TOP}" width="{_x(last + 1) - _x(first):.1f}" '
            f'height="{_y(0) - TOP:.1f}" fill="#eef0f3"/>'
            f'<text x="{_x((first + last + 1) / 2):.1f}" y="{TOP - 8}" text-anchor="middle">{text}</text>'
        )
    parts += [_level(value) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts += [
        f'<text x="{_x(turn):.1f}" y="{_y(0) + 18:.1f}" text-anchor="middle">{turn}</text>'
        for turn in range(0, TURNS + 1, 2)
    ]
    parts += [
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">turns of the radar</text>',
        f'<text transform="translate(14,{(TOP + _y(0)) / 2:.0f}) rotate(-90)" '
        'text-anchor="middle">existence</text>',
    ]
    for i, (whole, colour, dash, text) in enumerate(
        ((True, "#1c4f8f", "none", "plots of a turn together"), (False, "#c4501b", "6 3", "plot by plot"))
    ):
        parts.append(_line(*existence(whole=whole), colour, dash))
        y = _y(0.42 - 0.1 * i)
        parts.append(
            f'<line x1="{LEFT + 60}" x2="{LEFT + 90}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dash}"/><text x="{LEFT + 98}" y="{y + 4:.1f}">{text}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(__file__).with_name("looks.svg").write_text(draw(), encoding="utf-8")
