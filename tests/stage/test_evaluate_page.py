"""The page is whole, needs nothing from elsewhere, and does not break where there is little to show."""

import re
import xml.etree.ElementTree as ET  # our own drawings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.evaluate import Picture, compare
from vedette.evaluate.page import page
from vedette.evaluate.page.svg import clock, line, ticks, time_ticks
from vedette.evaluate.page.timeline import MOST
from vedette.evaluate.picture import ALERT, IDENTITY, POINT
from vedette.evaluate.truth import TRUTH_ROW

T0 = 1_800_000_000 * NS_PER_S
RING = [(50.9, 4.48), (50.91, 4.48), (50.91, 4.5), (50.9, 4.48)]
ZONES = [
    Zone("C", "plant <west>", "PROHIBITED", [Volume(circle=(50.9, 4.48, 300.0))]),
    Zone("R", "ring & road", "PROHIBITED", [Volume(rings=[RING])]),
]


def scene(targets=3, seconds=30, shown=True, kinds=("multirotor", "aeroplane", "bird")):
    """Truths that fly east beside each other, and tracks on every other one of them."""
    rows, points = [], [np.zeros(0, POINT)]
    for i in range(targets):
        mine = np.zeros(seconds, TRUTH_ROW)
        mine["time_ns"] = T0 + np.arange(seconds) * NS_PER_S
        mine["id"], mine["name"], mine["class"] = i + 1, f"target <{i}>", kinds[i % len(kinds)]
        mine["lat_deg"] = 50.9 + 0.01 * i
        mine["lon_deg"] = 4.48 + 1e-4 * np.arange(seconds)
        rows.append(mine)
        if shown and i % 2 == 0:
            track = np.zeros(seconds, POINT)
            for name in ("time_ns", "lat_deg", "lon_deg", "class"):
                track[name] = mine[name]
            track["track_id"], track["heard_ago_s"] = 10 + i, np.nan
            points.append(track)
    whole = np.concatenate(rows)
    alerts = [
        (T0 + 5 * NS_PER_S, 10, "zone-entry", "C", "actual", 1.0),
        (T0, 99, "zone-entry", "C", "actual", 1.0),
    ]
    picture = Picture(np.concatenate(points), np.array(alerts if shown else [], ALERT), np.zeros(0, IDENTITY))
    return picture, whole[np.argsort(whole["time_ns"], kind="stable")]


def drawings(html):
    return [ET.fromstring(part) for part in re.findall(r"<svg.*?</svg>", html, re.S)]  # noqa: S314  # our own


def test_the_page_is_whole_and_needs_nothing_from_elsewhere():
    html = page(compare(*scene(), ZONES), "a & b")
    assert "<title>Score of a &amp; b</title>" in html
    assert not re.search(r"<script|<link|<img|@import|url\((?!#)|https?:", html)
    assert len(drawings(html)) == 5  # lives, two maps, two curves
    for i in range(3):
        assert f"target &lt;{i}&gt;" in html
    assert "plant &lt;west&gt;" in html
    assert "ring &amp; road" in html
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    assert "nan" not in html.lower().replace("nanoseconds", "")


@pytest.mark.parametrize("seconds", [1, 2, 30])
@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("kinds", [("bird",), ("multirotor",), ("multirotor", "aeroplane")])
@pytest.mark.parametrize("zones", [[], ZONES])
def test_little_is_shown_as_well(seconds, shown, kinds, zones):
    html = page(compare(*scene(2, seconds, shown, kinds), zones), "little")
    for drawing in drawings(html):
        for path in drawing.iter():
            assert "nan" not in path.get("d", "") + path.get("x", "") + path.get("width", "")
    assert html.count("<section>") >= 5


def test_false_alerts_have_a_line_and_missed_targets_their_dots():
    html = page(compare(*scene(), ZONES), "x")
    assert "false alerts" in html
    assert 'class="mark wrong"' in html
    assert 'class="dots missed"><circle' in html
    assert 'class="gap"' in html


def test_more_targets_than_lines_are_said():
    html = page(compare(*scene(MOST + 5, 3)), "crowd")
    assert "5 more have no line" in html


@given(st.floats(1e-3, 1e6), st.integers(1, 8))
def test_ticks_are_round_and_within(high, count):
    marks = ticks(high, count)
    assert marks[0] == 0.0
    assert marks[-1] <= high * (1 + 1e-9)
    assert len(marks) <= count + 2


@given(st.floats(0, 1e5))
def test_time_ticks_are_few(duration_s):
    marks = time_ticks(duration_s)
    assert 1 <= len(marks) <= 10
    assert marks[-1] <= duration_s


def test_times_read_as_on_a_clock():
    assert [clock(s) for s in (0, 65, 3600, 7325)] == ["0:00", "1:05", "1:00:00", "2:02:05"]


@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 100) | st.just(np.nan)))
def test_a_path_keeps_its_ends(y):
    x = np.arange(len(y)) * 0.2
    path = line(x, y)
    known = np.flatnonzero(np.isfinite(y))
    if not len(known):
        assert path == ""
        return
    assert path.startswith(f"M{x[known[0]]:.1f} {y[known[0]]:.1f}")
    assert path.endswith(f"{x[known[-1]]:.1f} {y[known[-1]]:.1f}")
