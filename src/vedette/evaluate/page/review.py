"""The review as one page to step through: map, time slider, timeline, and every individual with its verdict.

One file, nothing from elsewhere: it opens from a disk. Without the script the list of verdicts is there.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib import resources
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.evaluate.alerts import FalseAlert
from vedette.evaluate.page.review_data import Happened, data_of
from vedette.evaluate.page.svg import clock
from vedette.evaluate.review import Individual, Review
from vedette.evaluate.score import Compared
from vedette.evaluate.verdict import GOOD

_MEANS: Final = {
    "alerted": "alert in time",
    "tracked": "held, none due",
    "late": "too slow",
    "wrong class": "shown as another",
    "rule silent": "no alert came",
    "not associated": "plots, no track",
    "not detected": "in coverage, no plot",
    "no coverage": "out of every view",
    "false alert": "not a target",
}


def review_page(
    compared: Compared,
    review: Review,
    plots: NDArray[np.void],
    sensors: Sequence[Sensor],
    events: Sequence[Happened],
    title: str,
) -> str:
    """One HTML file. Needs a truth with at least one row."""
    parts = resources.files(__package__)
    style = parts.joinpath("review.css").read_text("utf-8")
    script = parts.joinpath("review.js").read_text("utf-8")
    data = msgspec.json.encode(data_of(compared, review, plots, sensors, events)).decode()
    data = data.replace("<", "\\u003c")  # nothing in it can end the element
    content = {
        "title": escape(title),
        "when": _when(review),
        "tiles": _tiles(review),
        "rows": "".join([*map(_row, review.individuals), *map(_false, review.false_alerts)]),
        "style": style,
        "data": data,
        "script": script,
    }
    body = parts.joinpath("review.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: content[found[1]], body)


def _when(review: Review) -> str:
    begin = datetime.fromtimestamp(review.start_ns // NS_PER_S, UTC)
    false = len(review.false_alerts)
    parts = (
        f"{begin:%d %B %Y, %H:%M:%S} UTC, {clock(review.duration_s)} long",
        f"{len(review.individuals)} individuals, {review.plots:,} plots, "
        f"{false} false alert{'' if false == 1 else 's'}",
        f"Late is more than {review.late_s:g} s",
    )
    return ". ".join(parts) + "."


def _tiles(review: Review) -> str:
    """How many have each verdict, those that an alert was due for apart."""
    out = []
    counts = {**review.verdicts, "false alert": len(review.false_alerts)}
    for verdict, words in _MEANS.items():
        count, due = counts.get(verdict, 0), review.due.get(verdict, 0)
        look = "none" if not count else "good" if verdict in GOOD else "bad"
        more = f"<em>{due} of them due an alert</em>" if due and verdict != "alerted" else f"<em>{words}</em>"
        out.append(
            f'<li class="{look}"><button data-verdict="{verdict}" {"" if count else "disabled"}>'
            f"<b>{count}</b><span>{verdict}</span>{more}</button></li>"
        )
    return "".join(out)


def _row(one: Individual) -> str:
    look = "good" if one.verdict in GOOD else "bad"
    kind = one.class_name.replace("_", " ")
    leave = "" if one.authorised else " · no leave"
    return (
        f'<li id="i{one.id}" data-id="{one.id}" data-verdict="{one.verdict}" tabindex="-1" role="option" '
        f'aria-selected="false"><div><b>{escape(one.name)}</b>'
        f'<span class="chip {look}">{one.verdict}</span></div>'
        f"<p>{kind}{leave} · tracked {one.tracked:.0%}</p><p>{escape(one.why)}</p></li>"
    )


def _false(one: FalseAlert) -> str:
    """An alert for something else; choosing it goes to its time."""
    return (
        f'<li data-t="{one.time_s:.1f}" data-verdict="false alert" tabindex="-1" role="option" '
        f'aria-selected="false"><div><b>T{one.track_id}</b><span class="chip bad">false alert</span></div>'
        f"<p>{escape(one.rule)} {escape(one.zone)} at {clock(one.time_s)}</p>"
        f"<p>it was on {escape(one.name) if one.name else 'nothing'}</p></li>"
    )
