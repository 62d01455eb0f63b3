"""How far points are from the nearest of many lines, which way it runs, and how much line is about."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.lines import nearest

_COORDINATE = st.floats(-3_000.0, 3_000.0).map(lambda x: round(x, 1))
_SEGMENT = st.tuples(_COORDINATE, _COORDINATE, _COORDINATE, _COORDINATE, st.floats(0.0, 20.0))


@given(st.lists(_SEGMENT, min_size=1, max_size=6), st.tuples(_COORDINATE, _COORDINATE))
def test_it_is_as_far_and_as_long_as_points_on_the_lines_say(
    segments: list[tuple[float, ...]], point: tuple[float, float]
) -> None:
    lines, at = np.array(segments), np.array([point])
    away, _, half, length = nearest(at, lines, 1_000.0)[0]

    along = np.linspace(0.0, 1.0, 2_001)[:, None]
    least, counted = math.inf, 0.0
    for line in lines:
        dots = line[:2] + along * (line[2:4] - line[:2])
        off = np.hypot(*(dots - at[0]).T)
        least = min(least, float(off.min()) - line[4])
        counted += float((off < 1_000.0).mean()) * math.hypot(*(line[2:4] - line[:2]))
    spacing = max(math.hypot(*(line[2:4] - line[:2])) for line in lines) / 2_000
    assert away == pytest.approx(max(least, 0.0), abs=spacing + 0.01)
    assert half in lines[:, 4]
    assert length == pytest.approx(counted, abs=4.0 * spacing * len(lines) + 0.1)


@given(st.floats(0.0, 359.9), st.floats(-500.0, 500.0))
def test_it_tells_which_way_the_line_runs_whichever_end_is_first(course_deg: float, off_m: float) -> None:
    east, north = math.sin(math.radians(course_deg)), math.cos(math.radians(course_deg))
    there = [-2_000.0 * east, -2_000.0 * north, 2_000.0 * east, 2_000.0 * north, 5.0]
    back = [there[2], there[3], there[0], there[1], 5.0]
    beside = np.array([[off_m * north, -off_m * east]])
    for line in (there, back):
        away, direction, half, length = nearest(beside, np.array([line]), 1_000.0)[0]
        assert away == pytest.approx(max(abs(off_m) - 5.0, 0.0), abs=1e-6)
        askew = (direction - math.radians(course_deg) + math.pi / 2) % math.pi - math.pi / 2
        assert askew == pytest.approx(0.0, abs=1e-6)
        assert half == 5.0
        assert length == pytest.approx(2.0 * math.sqrt(1_000.0**2 - off_m**2))


def test_without_a_line_nothing_is_near() -> None:
    away, direction, half, length = nearest(np.zeros((1, 2)), np.zeros((0, 5)), 1_000.0)[0]
    assert math.isinf(away)
    assert math.isnan(direction)
    assert math.isnan(half)
    assert length == 0.0


def test_a_line_without_length_is_a_point() -> None:
    away, _, _, length = nearest(np.array([[30.0, 40.0]]), np.array([[0.0, 0.0, 0.0, 0.0, 0.0]]), 1_000.0)[0]
    assert away == pytest.approx(50.0)
    assert length == 0.0
