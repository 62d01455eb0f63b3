"""Draw classifier.svg: how often the classifier is right, by how sure it says that it is.

    ./vedette bench classify --json | tail -1 > out/classify.json
    .venv/bin/python docs/classifier.py out/classify.json

Of several files, each panel is drawn from the last one that has it.

One panel a set of figures; each dot is a bin of probability, its area the share of examples in it. On the
diagonal it is right as often as it says.
"""

import json
import sys
from pathlib import Path
from typing import Any

SIDE, GAP, LEFT, TOP = 200, 46, 52, 40
PANELS = {
    "scenes_stage": "random scenes, whole stage",
    "scenarios_stage": "scenarios, whole stage",
    "scenarios": "scenarios, motion alone",
    "recordings": "recordings, motion alone",
}


def panel(figures: dict[str, Any], title: str, x: float) -> list[str]:
    """One square of dots."""
    y = TOP
    out = [
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
        f'<line x1="{x}" y1="{y + SIDE}" x2="{x + SIDE}" y2="{y}" stroke="#bbb" stroke-dasharray="4 3"/>',
        f'<text x="{x + SIDE / 2}" y="{y - 18}" text-anchor="middle">{title}</text>',
        f'<text x="{x + SIDE / 2}" y="{y - 4}" text-anchor="middle" fill="#666">ECE {figures["ece"]:.3f}, '
        f"{figures['individuals']} individuals</text>",
    ]
    out += [
        f'<circle cx="{x + SIDE * one["said"]:.1f}" cy="{y + SIDE * (1.0 - one["right"]):.1f}" '
        f'r="{2.0 + 22.0 * one["share"] ** 0.5:.1f}" fill="#2a6f97" fill-opacity="0.55"/>'
        for one in figures["calibration"]
    ]
    below = y + SIDE + 15
    return out + [
        f'<text x="{x + SIDE * share:.0f}" y="{below}" text-anchor="middle" fill="#666">{share:g}</text>'
        for share in (0.0, 0.5, 1.0)
    ]


def drawing(summary: dict[str, Any]) -> str:
    """All panels that there are figures for."""
    names = [name for name in PANELS if name in summary]
    width = LEFT + len(names) * (SIDE + GAP)
    height = TOP + SIDE + 42
    body = [
        f'<text x="16" y="{TOP + SIDE / 2}" transform="rotate(-90 16 {TOP + SIDE / 2})" '
        'text-anchor="middle">share that is right</text>',
        f'<text x="{width / 2}" y="{height - 8}" text-anchor="middle">highest probability of a class</text>',
    ]
    for k, name in enumerate(names):
        body += panel(summary[name], PANELS[name], LEFT + k * (SIDE + GAP))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11" fill="#222"><rect width="{width}" height="{height}" fill="#fff"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    summary: dict[str, Any] = {}
    for name in sys.argv[1:]:
        summary |= json.loads(Path(name).read_text(encoding="utf-8"))
    (Path(__file__).parent / "classifier.svg").write_text(drawing(summary), encoding="utf-8")
