"""The map and the timeline of a report, as SVG with its own colours: typst takes no style sheets from us.

The map is a plane around the middle of what is shown, north up, with a scale bar. Tracks with an alert are
drawn bold and named, the others thin. Sensors are triangles, zones outlines.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app.report.facts import Course, Facts
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.evaluate.page.svg import Scale, clock, line, ticks, time_ticks

Array = NDArray[np.float64]

_WIDE, _HIGH = 720.0, 520.0
_M_PER_DEG: Final = 111_195.0
_LEAST_HALF_M: Final = 500.0
_COLOURS: Final = ("#b3261e", "#7a3e9d", "#00639b", "#9a5b00", "#006b5f", "#5f5f00")
_INK, _GREY, _PALE, _ZONE = "#1c1b1f", "#8a8a8a", "#c9c9c9", "#c0392b"
_FONT: Final = 'font-family="Libertinus Serif" font-size="12"'
_ROW: Final = 22.0
_LEFT: Final = 120.0


class Plane(Struct, frozen=True):
    """A stretch of the Earth on paper; half_m is half of its height."""

    lat_deg: float
    lon_deg: float
    half_m: float

    def paper(self, lat_deg: Array, lon_deg: Array) -> tuple[Array, Array]:
        """Where places (n,) lie."""
        east = (lon_deg - self.lon_deg) * _M_PER_DEG * math.cos(math.radians(self.lat_deg))
        north = (lat_deg - self.lat_deg) * _M_PER_DEG
        half_wide = self.half_m * _WIDE / _HIGH
        return (
            Scale(-half_wide, half_wide, 0.0, _WIDE).all(east),
            Scale(-self.half_m, self.half_m, _HIGH, 0.0).all(north),
        )

    @property
    def per_m(self) -> float:
        """Units of paper a metre."""
        return _HIGH / (2.0 * self.half_m)


def colours(facts: Facts) -> dict[int, str]:
    """A colour for each track with an alert."""
    alerted = [course.track_id for course in facts.courses if course.track_id in facts.alerted]
    return {track_id: _COLOURS[k % len(_COLOURS)] for k, track_id in enumerate(alerted)}


def map_of(facts: Facts) -> str:
    """The map."""
    plane = _plane(facts)
    colour = colours(facts)
    parts = [f'<rect width="{_WIDE:g}" height="{_HIGH:g}" fill="#fbfaf7" stroke="{_PALE}"/>']
    parts += [_zone(plane, zone) for zone in facts.zones]
    for course in reversed(facts.courses):
        parts.append(_course(plane, course, colour.get(course.track_id)))
    for sensor in facts.sensors:
        if sensor.lat_deg is not None and sensor.lon_deg is not None:
            parts.append(_sensor(plane, sensor.name or sensor.id, sensor.lat_deg, sensor.lon_deg))
    parts += [_name(plane, c, colour[c.track_id]) for c in facts.courses if c.track_id in colour]
    parts += _bar(plane)
    return _svg(_WIDE, _HIGH, parts)


def timeline_of(facts: Facts, lead: dict[str, str]) -> str:
    """When each track with an alert was seen, and what its alerts were; lead has words for states."""
    window = facts.manifest.window
    span_s = (window.until_ns - window.from_ns) / NS_PER_S
    rows = [course for course in facts.courses if course.track_id in facts.alerted]
    bottom = _ROW * (len(rows) + 1)
    x = Scale(0.0, span_s, _LEFT, _WIDE - 16.0)
    colour = colours(facts)
    parts: list[str] = []
    for second in time_ticks(span_s):
        at = x.at(second)
        parts.append(f'<path d="M{at:.1f} 8V{bottom:.1f}" stroke="{_PALE}" stroke-width="0.6"/>')
        parts.append(_text(at, bottom + 15.0, clock(second), _GREY, "middle"))
    for k, course in enumerate(rows):
        y = 8.0 + _ROW * (k + 0.5)
        parts.append(_text(_LEFT - 10.0, y + 4.0, course.label, _INK, "end"))
        parts += _spans(x, y, (course.time_ns - window.from_ns) / NS_PER_S, colour[course.track_id])
        for life in facts.alerts:
            for change in life.changes:
                if change.track_id == course.track_id:
                    at = x.at((change.time_ns - window.from_ns) / NS_PER_S)
                    parts.append(_mark(at, y, change.state))
    parts += _legend(bottom + 34.0, lead)
    return _svg(_WIDE, bottom + 46.0, parts)


def _spans(x: Scale, y: float, seconds: Array, colour: str) -> list[str]:
    """Bars over the seconds in which a track was there."""
    if not len(seconds):
        return []
    breaks = np.flatnonzero(np.diff(seconds) > 1.5)
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(seconds) - 1)
    return [
        f'<path d="M{x.at(float(seconds[a])):.1f} {y:.1f}H{x.at(float(seconds[b]) + 1.0):.1f}" '
        f'stroke="{colour}" stroke-width="5" opacity="0.55"/>'
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


_FILL: Final = {"actual": _ZONE, "predicted": "#ffffff", "cleared": _GREY}


def _mark(x: float, y: float, state: str) -> str:
    fill = _FILL.get(state, _GREY)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{_ZONE}" stroke-width="1.2"/>'


def _legend(y: float, lead: dict[str, str]) -> list[str]:
    out, at = [], _LEFT
    for state in ("predicted", "actual", "cleared"):
        out += [_mark(at, y - 4.0, state), _text(at + 9.0, y, lead[state], _INK)]
        at += 110.0
    return out


def _plane(facts: Facts) -> Plane:
    """Around the tracks with alerts, else around all tracks, else around the sensors."""
    courses = [c for c in facts.courses if c.track_id in facts.alerted] or facts.courses
    lat = np.concatenate([course.lat_deg for course in courses]) if courses else np.zeros(0)
    lon = np.concatenate([course.lon_deg for course in courses]) if courses else np.zeros(0)
    if not len(lat):
        placed = [s for s in facts.sensors if s.lat_deg is not None and s.lon_deg is not None]
        lat = np.array([s.lat_deg for s in placed] or [0.0], np.float64)
        lon = np.array([s.lon_deg for s in placed] or [0.0], np.float64)
    middle = (float(lat.min() + lat.max()) / 2.0, float(lon.min() + lon.max()) / 2.0)
    north = float(np.ptp(lat)) * _M_PER_DEG / 2.0
    east = float(np.ptp(lon)) * _M_PER_DEG * math.cos(math.radians(middle[0])) / 2.0
    half = max(1.25 * north, 1.25 * east * _HIGH / _WIDE, _LEAST_HALF_M)
    return Plane(*middle, half)


def _zone(plane: Plane, zone: Zone) -> str:
    return "".join(_volume(plane, volume, zone.name) for volume in zone.volumes)


def _volume(plane: Plane, volume: Volume, name: str) -> str:
    style = f'fill="{_ZONE}" fill-opacity="0.06" stroke="{_ZONE}" stroke-width="1.1"'
    if volume.circle is not None:
        lat, lon, radius = volume.circle
        x, y = plane.paper(np.array([lat]), np.array([lon]))
        shape = f'<circle cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="{radius * plane.per_m:.1f}" {style}/>'
        return shape + _text(float(x[0]), float(y[0]) - radius * plane.per_m - 4.0, name, _ZONE, "middle")
    paths, top = [], None
    for ring in volume.rings:
        x, y = plane.paper(np.array([p[0] for p in ring]), np.array([p[1] for p in ring]))
        paths.append(line(x, y) + "Z")
        if top is None and len(y):
            k = int(np.argmin(y))
            top = (float(x[k]), float(y[k]))
    shape = f'<path d="{"".join(paths)}" fill-rule="evenodd" {style}/>'
    return shape + (_text(top[0], top[1] - 4.0, name, _ZONE, "middle") if top else "")


def _course(plane: Plane, course: Course, colour: str | None) -> str:
    x, y = plane.paper(course.lat_deg, course.lon_deg)
    gap = np.flatnonzero(np.diff(course.time_ns) > 3 * NS_PER_S) + 1
    path = line(np.insert(x, gap, np.nan), np.insert(y, gap, np.nan))
    style = f'stroke="{colour}" stroke-width="2.4"' if colour else f'stroke="{_GREY}" stroke-width="0.8"'
    return f'<path d="{path}" fill="none" {style}/>'


def _name(plane: Plane, course: Course, colour: str) -> str:
    x, y = plane.paper(course.lat_deg[-1:], course.lon_deg[-1:])
    dot = f'<circle cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="3.6" fill="{colour}"/>'
    return dot + _text(float(x[0]) + 7.0, float(y[0]) + 4.0, course.label, colour)


def _sensor(plane: Plane, name: str, lat_deg: float, lon_deg: float) -> str:
    x, y = (float(v[0]) for v in plane.paper(np.array([lat_deg]), np.array([lon_deg])))
    if not (0.0 < x < _WIDE and 0.0 < y < _HIGH):
        return ""
    shape = f'<path d="M{x:.1f} {y - 5:.1f}l4.6 8h-9.2z" fill="#ffffff" stroke="{_INK}" stroke-width="1"/>'
    return shape + f"<title>{escape(name)}</title>"


def _bar(plane: Plane) -> list[str]:
    """A scale bar of a round length, and north."""
    length_m = ticks(2.0 * plane.half_m, 4)[1]
    wide = length_m * plane.per_m
    words = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    y = _HIGH - 16.0
    return [
        f'<path d="M16 {y - 4:g}v4h{wide:.1f}v-4" fill="none" stroke="{_INK}" stroke-width="1.2"/>',
        _text(16.0 + wide / 2.0, y - 6.0, words, _INK, "middle"),
        f'<path d="M{_WIDE - 22:g} 34v-20l-4 7m4 -7l4 7" fill="none" stroke="{_INK}" stroke-width="1.2"/>',
        _text(_WIDE - 22.0, 48.0, "N", _INK, "middle"),
    ]


def _text(x: float, y: float, content: str, colour: str, anchor: str = "start") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {where} {_FONT} fill="{colour}">{escape(content)}</text>'


def _svg(wide: float, high: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
        f'width="{wide:g}" height="{high:g}">' + "".join(parts) + "</svg>"
    )
