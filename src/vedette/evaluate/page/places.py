"""A map of truth beside picture: zones, what was held, what was missed, what was shown and is not there."""

import math
from html import escape
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.evaluate.page.groups import GROUPS, in_group
from vedette.evaluate.page.svg import Scale, drawing, line, text
from vedette.evaluate.picture import METRES_PER_DEGREE
from vedette.evaluate.score import Compared

Array = NDArray[np.float64]

SIDE: Final = 530.0
_EDGE: Final = 14.0


class Frame(Struct, frozen=True):
    """A square of the Earth on a square of paper; east and north in m of its middle."""

    lat_deg: float
    lon_deg: float
    half_m: float

    def paper(self, lat_deg: Array, lon_deg: Array) -> tuple[Array, Array]:
        """Where places (n,) lie."""
        north = (lat_deg - self.lat_deg) * METRES_PER_DEGREE
        east = (lon_deg - self.lon_deg) * METRES_PER_DEGREE * math.cos(math.radians(self.lat_deg))
        return (
            Scale(-self.half_m, self.half_m, _EDGE, SIDE - _EDGE).all(east),
            Scale(-self.half_m, self.half_m, SIDE - _EDGE, _EDGE).all(north),
        )

    @property
    def per_m(self) -> float:
        """Units of paper a metre."""
        return (SIDE - 2 * _EDGE) / (2 * self.half_m)


def maps(compared: Compared) -> list[str]:
    """Around the drones if they are in a part only, then everything that flew."""
    rows = compared.both.rows
    whole = _frame(rows["lat_deg"], rows["lon_deg"])
    drones = np.isin(rows["class"], UAS)
    if drones.any():
        near = _frame(rows["lat_deg"][drones], rows["lon_deg"][drones])
        if near.half_m < 0.7 * whole.half_m:
            return [
                _map(compared, near, "near", "Map around the drones", _names(compared, near)),
                _map(compared, whole, "all", "Map of everything that flew", _outline(near, whole)),
            ]
    return [_map(compared, whole, "all", "Map of everything that flew", _names(compared, whole))]


def _frame(lat_deg: Array, lon_deg: Array) -> Frame:
    """The smallest square round places, with a little room."""
    lat, lon = (float(lat_deg.min() + lat_deg.max()) / 2, float(lon_deg.min() + lon_deg.max()) / 2)
    north = float(np.ptp(lat_deg)) * METRES_PER_DEGREE / 2
    east = float(np.ptp(lon_deg)) * METRES_PER_DEGREE * math.cos(math.radians(lat)) / 2
    return Frame(lat, lon, max(north, east, 50.0) * 1.08)


def _map(compared: Compared, frame: Frame, name: str, label: str, over: list[str]) -> str:
    clip = f'<clipPath id="{name}"><rect width="{SIDE:g}" height="{SIDE:g}" rx="8"/></clipPath>'
    inside = [
        f'<rect width="{SIDE:g}" height="{SIDE:g}" class="sheet"/>',
        *_zones(compared, frame),
        *_tracks(compared, frame),
        *_truths(compared, frame),
        *_missed(compared, frame),
        *over,
    ]
    parts = [f"<defs>{clip}</defs>", f'<g clip-path="url(#{name})">', *inside, "</g>", *_scale_bar(frame)]
    return drawing(SIDE, SIDE, label, parts)


def _outline(inner: Frame, outer: Frame) -> list[str]:
    """Where one map lies on another."""
    x, y = outer.paper(np.array([inner.lat_deg]), np.array([inner.lon_deg]))
    half = inner.half_m * outer.per_m
    place = f'x="{x[0] - half:.1f}" y="{y[0] - half:.1f}" width="{2 * half:.1f}" height="{2 * half:.1f}"'
    return [f'<rect {place} class="outline"/>']


def _zones(compared: Compared, frame: Frame) -> list[str]:
    out = []
    for zone in compared.zones:
        for volume in zone.volumes:
            if volume.circle is not None:
                lat, lon, radius_m = volume.circle
                x, y = (float(part[0]) for part in frame.paper(np.array([lat]), np.array([lon])))
                shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius_m * frame.per_m:.1f}" class="area">'
                out.append(f"{shape}<title>{escape(zone.name)}</title></circle>")
                continue
            rings = "".join(line(*frame.paper(*np.array(ring).T)) + "Z" for ring in volume.rings)
            shape = f'<path d="{rings}" class="area" fill-rule="evenodd">'
            out.append(f"{shape}<title>{escape(zone.name)}</title></path>")
    return out


def _truths(compared: Compared, frame: Frame) -> list[str]:
    """What really flew, by group."""
    rows = compared.both.rows
    out = []
    for group in reversed(GROUPS):
        mine = rows[in_group(rows["class"], group)]
        paths = [line(*_path(frame, mine[mine["id"] == i])) for i in np.unique(mine["id"]).tolist()]
        out.append(f'<path d="{"".join(paths)}" class="flown {group}"/>')
    return out


def _path(frame: Frame, rows: NDArray[np.void]) -> tuple[Array, Array]:
    """Places of rows by time, with a break where more than a minute lies between them."""
    x, y = frame.paper(rows["lat_deg"], rows["lon_deg"])
    breaks = np.flatnonzero(np.diff(rows["time_ns"]) > 60_000_000_000) + 1
    return np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan)


def _tracks(compared: Compared, frame: Frame) -> list[str]:
    """What was shown at each instant, and apart from it what was not on any truth."""
    both = compared.both
    shown = np.concatenate(both.tracks)
    instant = np.repeat(np.arange(len(both.tracks)), [len(part) for part in both.tracks])
    x, y = frame.paper(shown["lat_deg"], shown["lon_deg"])
    paths = []
    for track in both.track_ids.tolist():
        mine = shown["track_id"] == track
        breaks = np.flatnonzero(np.diff(instant[mine]) > 1) + 1
        paths.append(line(np.insert(x[mine], breaks, np.nan), np.insert(y[mine], breaks, np.nan)))
    row_instant = np.repeat(np.arange(len(both.times_ns)), np.diff(both.first))
    used = set(zip(row_instant.tolist(), compared.matches.track.tolist(), strict=True))
    alone = np.array(
        [pair not in used for pair in zip(instant.tolist(), shown["track_id"].tolist(), strict=True)], bool
    )
    return [f'<path d="{"".join(paths)}" class="shown"/>', _dots(x[alone], y[alone], "false", 2.2)]


def _missed(compared: Compared, frame: Frame) -> list[str]:
    rows = compared.both.rows[compared.matches.track < 0]
    return [_dots(*frame.paper(rows["lat_deg"], rows["lon_deg"]), "missed", 2.2)]


def _names(compared: Compared, frame: Frame) -> list[str]:
    """Names of drones without leave where they begin, each clear of the ones before."""
    rows = compared.both.rows
    out: list[str] = []
    taken: list[tuple[float, float]] = []
    for ident in np.unique(rows["id"][np.isin(rows["class"], UAS) & ~rows["authorised"]]).tolist():
        first = rows[rows["id"] == ident][:1]
        x, y = (float(part[0]) for part in frame.paper(first["lat_deg"], first["lon_deg"]))
        if not (0 <= x <= SIDE and 0 <= y <= SIDE):
            continue
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="begin"/>')
        while any(abs(y - b) < 13 and abs(x - a) < 110 for a, b in taken):
            y += 13
        taken.append((x, y))
        left = x > SIDE * 0.7
        out.append(
            text(x + (-8 if left else 8), y + 4, str(first["name"][0]), "place", "end" if left else "start")
        )
    return out


def _dots(x: Array, y: Array, look: str, radius: float) -> str:
    """Small dots; those on top of one another only once."""
    places = dict.fromkeys(
        (round(a), round(b))
        for a, b in zip(x.tolist(), y.tolist(), strict=True)
        if -9 < a < 999 and -9 < b < 999
    )
    marks = "".join(f'<circle cx="{a}" cy="{b}" r="{radius}"/>' for a, b in places)
    return f'<g class="dots {look}">{marks}</g>'


def _scale_bar(frame: Frame) -> list[str]:
    """A round length, about a quarter of the side, and which way is north."""
    power = 10.0 ** math.floor(math.log10(frame.half_m / 2))
    length_m = max(power * k for k in (1, 2, 5) if power * k <= frame.half_m / 2)
    width = length_m * frame.per_m
    words = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    y = SIDE - 16
    return [
        f'<path d="M16 {y - 4:g}v4h{width:.1f}v-4" class="bar"/>',
        text(16 + width / 2, y - 7, words, "tick", "middle"),
        f'<path d="M{SIDE - 22:g} 38v-20m-4 6l4 -7l4 7" class="bar"/>',
        text(SIDE - 22, 52, "N", "tick", "middle"),
    ]
