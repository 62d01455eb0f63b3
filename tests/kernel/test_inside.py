"""Points in shapes against winding numbers, and entry against geometry."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.inside import entry, inside

NO_CIRCLE = np.zeros(3)
NO_RINGS = np.zeros((0, 2)), np.zeros(0, np.int64)
EVERY_HEIGHT = np.array([-math.inf, math.inf])
UNKNOWN_HEIGHT = np.array([math.nan, math.nan])
SQUARE = [(-100.0, -100.0), (100.0, -100.0), (100.0, 100.0), (-100.0, 100.0), (-100.0, -100.0)]
HOLE = [(-50.0, -50.0), (-50.0, 50.0), (50.0, 50.0), (50.0, -50.0), (-50.0, -50.0)]
seeds = st.integers(0, 2**32 - 1)


def rings(*each):
    return np.array([c for ring in each for c in ring], float), np.cumsum([len(r) for r in each]).astype(
        np.int64
    )


def winds_around(e, n, ring):
    """The angle that a ring turns through as seen from a point: a whole turn inside, none outside."""
    turn = 0.0
    for (e1, n1), (e2, n2) in itertools.pairwise(ring):
        a, b = math.atan2(n1 - n, e1 - e), math.atan2(n2 - n, e2 - e)
        turn += (b - a + math.pi) % (2.0 * math.pi) - math.pi
    return abs(turn) > math.pi


def star(rng, corners):
    """A ring around the middle, as spiky as it likes, that does not cross itself."""
    angle = np.sort(rng.uniform(0.0, 2.0 * math.pi, corners))
    radius = rng.uniform(20.0, 300.0, corners)
    ring = [(float(r * math.cos(a)), float(r * math.sin(a))) for a, r in zip(angle, radius, strict=True)]
    return [*ring, ring[0]]


@given(seed=seeds, corners=st.integers(3, 12))
def test_against_the_winding_number(seed, corners):
    rng = np.random.default_rng(seed)
    ring = star(rng, corners)
    vertices, ends = rings(ring)
    for e, n in rng.uniform(-320.0, 320.0, (20, 2)):
        assert inside(e, n, vertices, ends, NO_CIRCLE) == winds_around(e, n, ring)


@given(seed=seeds)
def test_direction_and_first_corner_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    ring = star(rng, 7)
    turned = [*ring[3:-1], *ring[:4]]
    for e, n in rng.uniform(-320.0, 320.0, (20, 2)):
        answers = {inside(e, n, *rings(r), NO_CIRCLE) for r in (ring, ring[::-1], turned)}
        assert len(answers) == 1


@given(e=st.floats(-99.0, 99.0), n=st.floats(-99.0, 99.0))
def test_in_a_hole_is_outside(e, n):
    hole = max(abs(e), abs(n)) < 50.0
    on_edge = abs(max(abs(e), abs(n)) - 50.0) < 1e-9
    if not on_edge:
        assert inside(e, n, *rings(SQUARE, HOLE), NO_CIRCLE) == (not hole)


@given(seed=seeds)
def test_every_point_of_a_split_square_is_in_one_half(seed):
    """Edges belong to one side: no gap and no overlap between neighbours."""
    rng = np.random.default_rng(seed)
    left = [(-100.0, -100.0), (0.0, -100.0), (0.0, 100.0), (-100.0, 100.0), (-100.0, -100.0)]
    right = [(0.0, -100.0), (100.0, -100.0), (100.0, 100.0), (0.0, 100.0), (0.0, -100.0)]
    for e, n in [(0.0, float(rng.uniform(-99, 99))), *rng.uniform(-99.0, 99.0, (10, 2)).tolist()]:
        assert inside(e, n, *rings(left), NO_CIRCLE) != inside(e, n, *rings(right), NO_CIRCLE)


@given(e=st.floats(-200, 200), n=st.floats(-200, 200), radius=st.floats(1.0, 150.0))
def test_circle(e, n, radius):
    assert inside(e, n, *NO_RINGS, np.array([10.0, -20.0, radius])) == (math.hypot(e - 10, n + 20) <= radius)


def flight(
    place, velocity, shape, *, sd=0.0, speed_sd=0.0, height=UNKNOWN_HEIGHT, band=EVERY_HEIGHT, step_s=1.0,
    manoeuvre=0.0,
):  # fmt: skip
    vertices, ends, circle = shape
    return entry(
        np.array(place, float), np.array(velocity, float), np.full(2, sd), speed_sd, np.array(height, float),
        np.array(band, float), vertices, ends, circle, 60.0, step_s, manoeuvre,
    )  # fmt: skip


@given(
    bearing=st.floats(0.0, 2.0 * math.pi),
    away=st.floats(600.0, 3000.0),
    offset=st.floats(-450.0, 450.0),
    speed=st.floats(5.0, 80.0),
)
def test_entry_into_a_circle_is_where_the_line_crosses_it(bearing, away, offset, speed):
    """Half-chord by Pythagoras; found at the first step after it."""
    radius = 500.0
    ahead = np.array([math.sin(bearing), math.cos(bearing)])
    aside = np.array([ahead[1], -ahead[0]])
    chord = math.sqrt(radius**2 - offset**2)
    crossing = (away - chord) / speed
    now, within, time_s = flight(
        -away * ahead + offset * aside, speed * ahead, (*NO_RINGS, np.array([0.0, 0.0, radius])), step_s=0.25
    )
    assert now == 0.0
    if crossing < 59.0 and 2.0 * chord / speed > 0.5:
        assert within == pytest.approx(1.0)
        assert crossing - 1e-6 <= time_s <= crossing + 0.25 + 1e-6
    elif crossing > 60.0:
        assert within == 0.0
        assert math.isnan(time_s)


def test_inside_with_certainty_and_outside_going_away():
    shape = (*rings(SQUARE), NO_CIRCLE)
    assert flight((0, 0), (0, 0), shape) == (pytest.approx(1.0), pytest.approx(1.0), 0.0)
    now, within, time_s = flight((150, 0), (10, 0), shape)
    assert (now, within) == (0.0, 0.0)
    assert math.isnan(time_s)


def test_probability_is_near_that_of_monte_carlo():
    """Nine points are coarse, since the centre alone weighs a third, but right on the whole."""
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(400):
        place, sd = rng.uniform(-250.0, 250.0, 2), rng.uniform(5.0, 80.0)
        now, _, _ = flight(place, (0, 0), (*rings(SQUARE), NO_CIRCLE), sd=sd)
        sample = rng.normal(place, sd, (2000, 2))
        errors.append(now - np.mean(np.abs(sample).max(axis=1) < 100.0))
    assert abs(np.mean(errors)) < 0.03
    assert np.mean(np.abs(errors)) < 0.08
    assert np.abs(errors).max() < 0.6


@given(seed=seeds, sd=st.floats(0.0, 500.0), speed_sd=st.floats(0.0, 20.0))
def test_probabilities_are_in_order(seed, sd, speed_sd):
    rng = np.random.default_rng(seed)
    now, within, time_s = flight(
        rng.uniform(-900, 900, 2),
        rng.normal(0, 30, 2),
        (*rings(SQUARE, HOLE), NO_CIRCLE),
        sd=sd,
        speed_sd=speed_sd,
    )
    assert 0.0 <= now <= within <= 1.0 + 1e-12
    assert math.isnan(time_s) == (within == 0.0)
    if not math.isnan(time_s):
        assert 0.0 <= time_s <= 60.0


@pytest.mark.parametrize(
    ("height", "band", "now", "ahead"),
    [
        ((50.0, 0.0), (0.0, 120.0), True, True),
        ((0.0, 0.0), (0.0, 120.0), True, True),
        ((121.0, 0.0), (0.0, 120.0), False, False),
        ((-1.0, 0.0), (0.0, 120.0), False, False),
        ((300.0, -10.0), (0.0, 120.0), False, True),
        ((300.0, -2.0), (0.0, 120.0), False, False),
        ((300.0, math.nan), (0.0, 120.0), False, False),
        ((math.nan, math.nan), (0.0, 120.0), True, True),
        ((5000.0, 0.0), (-math.inf, math.inf), True, True),
    ],
)
def test_heights_and_climb_rates(height, band, now, ahead):
    got_now, got_ahead, _ = flight((0, 0), (0, 0), (*rings(SQUARE), NO_CIRCLE), height=height, band=band)
    assert (got_now > 0.5, got_ahead > 0.5) == (now, ahead)


def test_a_small_zone_is_found_by_small_steps():
    """20 m across at 60 m/s is passed within a third of a second: the step is the caller's to choose."""
    shape = (*NO_RINGS, np.array([0.0, 0.0, 10.0]))
    assert flight((-1230, 0), (60, 0), shape, step_s=0.25)[1] > 0.5
