"""Tracks from above as SVG: detections as dots, tracks as lines from a ring to their 1-sigma ellipse."""

import math
from html import escape

import numpy as np
from numpy.typing import NDArray

from vedette.core.picture import TrackStatus
from vedette.library.run import Tracks

Array = NDArray[np.float64]

_COLOURS = ("#1c4f8f", "#c4501b", "#2b7a3d", "#7a3d8f", "#a8871a", "#1a8a8a", "#b03060", "#5b5f66")
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 30, 16, 44
_MOST_TICKS = 10


class _Map:
    """From metres east and north to places on the page; as many metres a point on both axes."""

    def __init__(self, places: Array, width: int) -> None:
        good = places[np.isfinite(places).all(axis=1)]
        low, high = (good.min(axis=0), good.max(axis=0)) if len(good) else (np.zeros(2), np.ones(2))
        pad = 0.04 * max(float((high - low).max()), 1.0)
        self.low, self.high = low - pad, high + pad
        across = max(float(self.high[0] - self.low[0]), 0.3 * float(self.high[1] - self.low[1]))
        self.scale = (width - _LEFT - _RIGHT) / across
        self.width = width
        self.height = math.ceil(_TOP + _BOTTOM + self.scale * float(self.high[1] - self.low[1]))

    def at(self, place: Array) -> tuple[float, float]:
        return (
            _LEFT + self.scale * float(place[0] - self.low[0]),
            _TOP + self.scale * float(self.high[1] - place[1]),
        )

    def path(self, places: Array) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, places))


def draw(tracks: Tracks, *, width: int = 640, title: str = "") -> str:
    """The picture as the text of an SVG file, width points wide; axes in km or m from the origin."""
    points = np.stack((tracks.points["x_m"], tracks.points["y_m"]), axis=1)
    seen = tracks.places_m[np.isfinite(tracks.places_m).all(axis=1)]
    page = _Map(np.concatenate((points, seen)), width)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {page.width} {page.height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{page.width}" height="{page.height}" fill="#ffffff"/>',
        *_axes(
            page,
            "of the origin",
        ),
        '<path fill="none" stroke="#a9afb8" stroke-width="2.4" stroke-linecap="round" d="'
        + "".join(f"M{x:.1f} {y:.1f}h0" for x, y in map(page.at, seen))
        + '"/>',
    ]
    for k, one in enumerate(tracks):
        parts += _track(page, one, _COLOURS[k % len(_COLOURS)])
    if title:
        parts.append(f'<text x="{_LEFT}" y="18">{escape(title)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _track(page: _Map, points: NDArray[np.void], colour: str) -> list[str]:
    """One track: where it began, its line, where it is and how surely, its number."""
    alive = points[points["status"] != TrackStatus.ENDED]
    points = alive if len(alive) else points
    places = np.stack((points["x_m"], points["y_m"]), axis=1)
    x, y = page.at(places[0])
    last = points[-1]
    ex, ey = page.at(places[-1])
    turned = f"rotate({float(last['sd_angle_deg']):.0f} {ex:.1f} {ey:.1f})"
    major, minor = (max(page.scale * float(last[name]), 0.5) for name in ("sd_major_m", "sd_minor_m"))
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="none" stroke="{colour}"/>',
        f'<polyline points="{page.path(places)}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
        f'<ellipse cx="{ex:.1f}" cy="{ey:.1f}" rx="{minor:.1f}" ry="{major:.1f}" fill="{colour}" '
        f'fill-opacity="0.3" stroke="{colour}" transform="{turned}"/>',
        f'<text x="{ex + 7:.1f}" y="{ey - 5:.1f}" fill="{colour}">{int(last["track_id"])}</text>',
    ]


def _axes(page: _Map, origin: str) -> list[str]:
    """Frame, ticks at round numbers, and what they count."""
    span = float((page.high - page.low).max())
    step = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
    step *= next(k for k in (1, 2, 5, 10) if span / (step * k) <= _MOST_TICKS)
    unit_m, unit = (1000.0, "km") if span > 3000.0 else (1.0, "m")
    right, bottom = page.width - _RIGHT, page.height - _BOTTOM
    parts = [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" height="{bottom - _TOP}" fill="none" '
        'stroke="#5b5f66"/>'
    ]
    for axis in (0, 1):
        for n in range(math.ceil(page.low[axis] / step), math.floor(page.high[axis] / step) + 1):
            place = np.array(page.low)
            place[axis] = n * step
            x, y = page.at(place)
            text = f"{n * step / unit_m:g}"
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}" stroke="#e3e6ea"/>'
                f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>'
                if axis == 0
                else f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e6ea"/>'
                f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
            )
    middle = (_TOP + bottom) / 2
    parts += [
        f'<text x="{(_LEFT + right) / 2:.0f}" y="{page.height - 8}" text-anchor="middle">'
        f"{unit} east {escape(origin)}</text>",
        f'<text transform="translate(14,{middle:.0f}) rotate(-90)" text-anchor="middle">'
        f"{unit} north {escape(origin)}</text>",
    ]
    return parts
