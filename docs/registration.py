"""Draw registration.svg: what the tracker finds out about three radars, one of them turned and late in range.

    .venv/bin/python docs/registration.py

The scene is that of the registration benchmark, seed 1: 0.3° and 80 m planted on the first radar, no target
that tells its position. Bands: one standard deviation.
"""

from pathlib import Path

from vedette.app.bench.registration import watch
from vedette.app.bench.registration_scene import Planted, make
from vedette.track.registration import SensorBias
from vedette.track.sightings import RegistrationSettings

MINUTES = 5.0
COLOURS = ("#c4501b", "#1c4f8f", "#4a8a3c")
WIDTH, LEFT, RIGHT, PANEL, GAP, TOP = 760, 64, 16, 190, 34, 28
PANELS = (
    ("azimuth", "deg", "azimuth, °", -0.1, 0.5, 0.1, 0.3),
    ("range", "m", "range, m", -40.0, 120.0, 40.0, 80.0),
)


def draw(told: list[list[SensorBias]]) -> str:
    """Return the figure of what was reported second by second."""
    height = TOP + 2 * PANEL + GAP + 48
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for i in range(len(PANELS)):
        parts += _panel(told, i)
    bottom = TOP + 2 * PANEL + GAP
    parts += [
        f'<text x="{_x(60.0 * m):.1f}" y="{bottom + 18}" text-anchor="middle">{m}</text>'
        for m in range(int(MINUTES) + 1)
    ]
    parts.append(f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{bottom + 38}" text-anchor="middle">minutes</text>')
    for i, colour in enumerate(COLOURS):
        x = LEFT + 130 * i
        parts.append(
            f'<line x1="{x}" x2="{x + 24}" y1="14" y2="14" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{x + 30}" y="18">radar {i + 1}</text>'
        )
    parts.append(
        f'<line x1="{LEFT + 390}" x2="{LEFT + 414}" y1="14" y2="14" stroke="#444" stroke-dasharray="2 3"/>'
        f'<text x="{LEFT + 420}" y="18">planted on radar 1</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


def _panel(told: list[list[SensorBias]], i: int) -> list[str]:
    name, unit, title, low, high, tick, planted = PANELS[i]
    top = TOP + i * (PANEL + GAP)

    def y(value: float) -> float:
        return top + PANEL * (high - min(max(value, low), high)) / (high - low)

    out = []
    for k in range(round((high - low) / tick) + 1):
        level = low + k * tick
        out.append(
            f'<path d="M{LEFT} {y(level):.1f}H{WIDTH - RIGHT}" stroke="#dde1e6"/>'
            f'<text x="{LEFT - 8}" y="{y(level) + 4:.1f}" text-anchor="end">{round(level, 2):g}</text>'
        )
    out.append(
        f'<path d="M{LEFT} {y(planted):.1f}H{WIDTH - RIGHT}" stroke="#444" stroke-dasharray="2 3"/>'
        f'<text transform="translate(14,{top + PANEL / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{title}</text>"
    )
    for sensor, colour in enumerate(COLOURS):
        points = [
            (_x(t), getattr(b, f"{name}_{unit}"), getattr(b, f"{name}_sd_{unit}"))
            for t, biases in enumerate(told, start=1)
            for b in biases
            if b.sensor == sensor
        ]
        above = [f"{x:.1f},{y(value + sd):.1f}" for x, value, sd in points]
        below = [f"{x:.1f},{y(value - sd):.1f}" for x, value, sd in reversed(points)]
        line = " ".join(f"{x:.1f},{y(value):.1f}" for x, value, _ in points)
        out.append(f'<polygon points="{" ".join(above + below)}" fill="{colour}" fill-opacity="0.12"/>')
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return out


def _x(t_s: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * t_s / (60.0 * MINUTES)


if __name__ == "__main__":
    scene = make(Planted(radar=0, azimuth_deg=0.3, range_m=80.0), 1, MINUTES)
    figure = draw(watch(scene, RegistrationSettings()).biases)
    Path(__file__).with_name("registration.svg").write_text(figure, encoding="utf-8")
