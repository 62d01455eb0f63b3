"""Each target's life on one line: when it was tracked and by how many, in a zone, alerted, lost."""

from html import escape
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.evaluate.alerts import FalseAlert, Warned
from vedette.evaluate.individuals import TruthScore
from vedette.evaluate.inside import inside
from vedette.evaluate.page.groups import GROUPS, group_of
from vedette.evaluate.page.svg import Scale, clock, drawing, text, time_axis
from vedette.evaluate.score import Compared

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WIDTH: Final = 1080.0
MOST: Final = 60  # lines; more are not read
_LEFT, _RIGHT, _TOP = 150.0, 936.0, 22.0
_ROW, _BAR = 19.0, 11.0


class Lane(Struct, frozen=True):
    """One target: seconds (k,) at which it was there, the track on it, and whether it was in a zone."""

    truth: TruthScore
    seconds: Array
    track: Ints
    in_zone: Bools


def timeline(compared: Compared) -> str:
    """All targets, drones first, and a last line for false alerts."""
    lanes = _lanes(compared)
    duration_s = float(compared.both.times_s[-1])
    x = Scale(0.0, duration_s, _LEFT, _RIGHT)
    false = compared.score.false_alerts
    rows = len(lanes) + bool(false)
    bottom = _TOP + rows * _ROW + 4
    heads = [
        text(_RIGHT + 44, 14, "tracked", "unit", "end"),
        text(WIDTH - 4, 14, "track number", "unit", "end"),
    ]
    parts = [_HATCH, *time_axis(x, _TOP, bottom, duration_s), *heads]
    warned = {one.id: one for one in compared.score.warned}
    step_s = _step_s(compared.both.times_s)
    for row, lane in enumerate(lanes):
        parts += _lane(lane, warned.get(lane.truth.id), x, _TOP + row * _ROW, step_s)
    if false:
        parts += _false_lane(false, x, _TOP + len(lanes) * _ROW)
    return drawing(WIDTH, bottom + 26, "Each target over time: tracked, lost, in a zone, alerted", parts)


def left_out(compared: Compared) -> int:
    """How many targets have no line."""
    return max(len(compared.score.truths) - MOST, 0)


_HATCH: Final = (
    '<defs><pattern id="lost" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="2" height="5" class="lost"/></pattern></defs>'
)


def _lanes(compared: Compared) -> list[Lane]:
    """Targets in the order of their lines."""
    order = {group: place for place, group in enumerate(GROUPS)}
    truths = sorted(compared.score.truths, key=lambda t: (order[group_of(t.class_name)], t.authorised, t.id))
    rows = compared.both.rows
    start_ns = int(compared.both.times_ns[0])
    in_zone = inside(compared.zones, rows)
    lanes = []
    for truth in truths[:MOST]:
        mine = rows["id"] == truth.id
        seconds = (rows["time_ns"][mine] - start_ns) / NS_PER_S
        lanes.append(Lane(truth, seconds, compared.matches.track[mine], in_zone[mine]))
    return lanes


def _step_s(times_s: Array) -> float:
    """From one instant to the next."""
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else 1.0


def _lane(lane: Lane, warned: Warned | None, x: Scale, top: float, step_s: float) -> list[str]:
    truth, group = lane.truth, group_of(lane.truth.class_name)
    y = top + (_ROW - _BAR) / 2
    kind = "name" if group == "drones" and not truth.authorised else "name quiet"
    parts = [text(_LEFT - 10, y + 9, _short(truth.name), kind, "end")]
    shade = False
    for begin, end, track in _stretches(lane.seconds, lane.track, step_s):
        left, width = x.at(begin), max(x.at(end) - x.at(begin), 0.6)
        if track < 0:
            look, words = "gap", "no track"
        else:
            look, words = f"held {group}{' other' if shade else ''}", f"track {track}"
            shade = not shade
        parts.append(
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_BAR}" class="{look}">'
            f"<title>{words}, {clock(begin)} to {clock(end)}</title></rect>"
        )
    if group == "drones":
        for begin, end, there in _stretches(lane.seconds, lane.in_zone.astype(np.int64), step_s):
            if there:
                width = x.at(end) - x.at(begin)
                parts.append(
                    f'<rect x="{x.at(begin):.1f}" y="{y + _BAR + 1.5:.1f}" width="{width:.1f}" height="2.5" '
                    f'class="zone"><title>in a zone, {clock(begin)} to {clock(end)}</title></rect>'
                )
    if warned is not None:
        parts += _alerts(warned, float(lane.seconds[0]), x, y)
    changes = f"{truth.switches} change{'' if truth.switches == 1 else 's'}" if truth.switches else ""
    parts.append(text(_RIGHT + 44, y + 9, f"{truth.completeness:.0%}", "tick", "end"))
    parts.append(text(WIDTH - 4, y + 9, changes, "tick", "end"))
    return parts


def _alerts(warned: Warned, begin_s: float, x: Scale, y: float) -> list[str]:
    """An open mark for the first prediction, a filled one for the first alert that it is in."""
    out = []
    for second, look, words in (
        (warned.predicted_s, "predicted", "alert: will enter"),
        (warned.actual_s, "actual", "alert: is inside"),
    ):
        if second is not None:
            out.append(_mark(x.at(begin_s + second), y, look, f"{words}, {clock(begin_s + second)}"))
    return out


def _false_lane(false: list[FalseAlert], x: Scale, top: float) -> list[str]:
    y = top + (_ROW - _BAR) / 2
    marks = [
        _mark(x.at(one.time_s), y, "wrong", f"{one.rule} {one.zone}: {one.name or 'nothing there'}")
        for one in false
    ]
    return [text(_LEFT - 10, y + 9, "false alerts", "name quiet", "end"), *marks]


def _mark(x: float, y: float, look: str, words: str) -> str:
    """A diamond on a bar."""
    shape = f"M{x:.1f} {y - 2.5:.1f}l6 8l-6 8l-6 -8z"
    return f'<path d="{shape}" class="mark {look}"><title>{escape(words)}</title></path>'


def _stretches(seconds: Array, value: Ints, step_s: float) -> list[tuple[float, float, int]]:
    """Begin, end and value of what stays the same without a gap in time."""
    if not len(seconds):
        return []
    cuts = np.flatnonzero((np.diff(value) != 0) | (np.diff(seconds) > 1.5 * step_s)) + 1
    parts = np.split(np.arange(len(seconds)), cuts)
    return [(float(seconds[p[0]]), float(seconds[p[-1]]) + step_s, int(value[p[0]])) for p in parts]


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"
