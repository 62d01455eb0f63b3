"""GOSPA and the assignment under it: brute force, the metric's own properties, and beside Stone Soup."""

import itertools
import time
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vedette.evaluate import assign, assign_near, gospa, gospa_places
from vedette.kernel.neighbours import pairs_within

shapes = st.tuples(st.integers(0, 5), st.integers(0, 5))
costs = shapes.flatmap(
    lambda shape: arrays(
        np.float64, shape, elements=st.one_of(st.integers(0, 3).map(float), st.floats(-50, 50))
    )
)


def cheapest(cost):
    """Least total over all ways to give min(n, m) rows different columns."""
    if cost.shape[0] > cost.shape[1]:
        cost = cost.T
    n, m = cost.shape
    ways = itertools.permutations(range(m), n)
    return min(sum(cost[i, j] for i, j in enumerate(way)) for way in ways)


@settings(deadline=None, max_examples=200)
@given(costs)
def test_assignment_is_as_cheap_as_brute_force(cost):
    columns = assign(cost)
    rows = np.flatnonzero(columns >= 0)
    assert len(columns) == cost.shape[0]
    assert len(rows) == min(cost.shape)
    assert len(set(columns[rows].tolist())) == len(rows)
    assert cost[rows, columns[rows]].sum() == pytest.approx(cheapest(cost), abs=1e-9)


def test_a_large_assignment_has_no_cheaper_neighbour():
    cost = np.random.default_rng(1).uniform(0, 100, (150, 200))
    columns = assign(cost)
    total = cost[np.arange(150), columns].sum()
    for i, k in itertools.combinations(range(150), 2):  # no swap of two makes it cheaper
        swapped = cost[i, columns[k]] + cost[k, columns[i]] - cost[i, columns[i]] - cost[k, columns[k]]
        assert swapped >= -1e-9
    free = np.setdiff1d(np.arange(200), columns)
    assert (cost[:, free] >= cost[np.arange(150), columns][:, None] - 1e-9).all()
    assert total < 150 * 3.0


def test_costs_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="finite"):
        assign(np.array([[np.nan]]))


def by_definition(distance, c):
    """The metric by its definition, over all partial assignments: p = 2, alpha = 2."""
    n, m = distance.shape
    best = np.inf
    for k in range(min(n, m) + 1):
        for rows in itertools.combinations(range(n), k):
            for columns in itertools.permutations(range(m), k):
                pairs = sum(distance[i, j] ** 2 for i, j in zip(rows, columns, strict=True))
                best = min(best, pairs + c**2 / 2 * (n + m - 2 * k))
    return np.sqrt(best)


points = st.integers(0, 4).flatmap(
    lambda n: arrays(np.float64, (n, 2), elements=st.floats(-30, 30, allow_subnormal=False))
)


def distances(x, y):
    return np.linalg.norm(x[:, None, :] - y[None, :, :], axis=2)


@settings(deadline=None, max_examples=100)
@given(points, points, st.floats(0.5, 40))
def test_gospa_is_its_definition_and_falls_apart(x, y, c):
    result, match = gospa(distances(x, y), c)
    assert result.total_m == pytest.approx(by_definition(distances(x, y), c), rel=1e-9, abs=1e-9)
    parts = result.localisation_m2 + result.missed_m2 + result.false_m2
    assert result.total_m**2 == pytest.approx(parts, rel=1e-9, abs=1e-9)
    assert result.missed == len(x) - (match >= 0).sum()
    assert result.false == len(y) - (match >= 0).sum()


@settings(deadline=None, max_examples=100)
@given(points, points, points, st.floats(0.5, 40))
def test_gospa_is_a_metric(x, y, z, c):
    def far(a, b):
        return gospa(distances(a, b), c)[0].total_m

    assert far(x, x) == pytest.approx(0.0, abs=1e-9)
    assert far(x, y) == pytest.approx(far(y, x), abs=1e-9)
    assert far(x, z) <= far(x, y) + far(y, z) + 1e-7


def crowd(seed, n, m, width):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, width, (n, 2)), rng.uniform(0, width, (m, 2))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 40), st.floats(5, 300), st.floats(0.5, 60))
def test_gospa_of_places_is_that_of_all_their_distances(seed, n, m, width, c):
    x, y = crowd(seed, n, m, width)
    dense, _ = gospa(distances(x, y), c)
    near, match = gospa_places(x, y, c)
    assert near.total_m == pytest.approx(dense.total_m, rel=1e-9, abs=1e-9)
    matched = np.flatnonzero(match >= 0)
    assert len(set(match[matched].tolist())) == len(matched) == n - near.missed == m - near.false
    away = distances(x, y)[matched, match[matched]]
    assert (away < c).all()
    assert near.localisation_m2 == pytest.approx((away**2).sum(), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=100)
@given(points, points, st.floats(0.5, 40))
def test_gospa_of_places_is_its_definition(x, y, c):
    assert gospa_places(x, y, c)[0].total_m == pytest.approx(
        by_definition(distances(x, y), c), rel=1e-9, abs=1e-9
    )


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), st.integers(0, 30), st.integers(0, 30), st.floats(0.1, 30))
def test_near_pairs_are_all_pairs_below_the_radius(seed, n, m, radius):
    x, y = crowd(seed, n, m, 50.0)
    i, j, away = pairs_within(x, y, radius)
    expected = distances(x, y)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == set(
        zip(*(k.tolist() for k in np.nonzero(expected < radius)), strict=True)
    )
    assert away == pytest.approx(expected[i, j])


def test_a_place_that_is_not_known_matches_nothing():
    x = np.array([[0.0, 0.0], [np.nan, 1.0]])
    result, match = gospa_places(x, x, 10.0)
    assert match.tolist() == [0, -1]
    assert (result.missed, result.false) == (1, 1)


def test_ten_thousand_places_are_quick():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 50_000, (10_000, 2))
    gospa_places(x[:10], x[:10], 100.0)  # compiles
    y = x[rng.permutation(10_000)] + rng.normal(0, 5, x.shape)
    begin_s = time.process_time()
    result, match = gospa_places(x, y, 100.0)
    assert time.process_time() - begin_s < 2.0
    assert result.missed == result.false < 5
    assert result.localisation_m2 == pytest.approx(((x - y[match]) ** 2)[match >= 0].sum())


def test_pairs_that_cost_more_than_none_are_refused():
    one = np.array([0])
    with pytest.raises(ValueError, match="below 4"):
        assign_near(1, 1, one, one, np.array([5.0]), 4.0)


def test_a_worked_example():
    # one truth 3 m off, one missed, two false; c = 10: 9 + 50 + 100
    distance = np.array([[3.0, 500.0, 500.0], [500.0, 30.0, 500.0]])
    result, match = gospa(distance, 10.0)
    assert match.tolist() == [0, -1]
    assert (result.localisation_m2, result.missed_m2, result.false_m2) == (9.0, 50.0, 100.0)
    assert result.total_m == pytest.approx(np.sqrt(159.0))


def test_a_cutoff_of_nothing_is_refused():
    with pytest.raises(ValueError, match="cut-off"):
        gospa(np.zeros((1, 1)), 0.0)


# Stone Soup counts a pair as missed where its clipped cost equals c**2, which NumPy and Python may round
# differently; the square of so many eighths is exact in both.
@settings(deadline=None, max_examples=100)
@given(points, points, st.integers(4, 320).map(lambda eighths: eighths / 8.0))
def test_gospa_agrees_with_stone_soup(x, y, c):
    pytest.importorskip("stonesoup", reason="Stone Soup is not installed (extra: peers)")
    from stonesoup.metricgenerator.ospametric import GOSPAMetric
    from stonesoup.types.state import State

    if not len(x) + len(y):
        return
    now = datetime(2026, 1, 1)  # noqa: DTZ001  # it compares naive times with naive
    truths, tracks = ([State(place[:, None], timestamp=now) for place in part] for part in (x, y))
    theirs, _ = GOSPAMetric(p=2, c=c).compute_gospa_metric(tracks, truths)
    ours, _ = gospa(distances(x, y), c)
    assert theirs.value["distance"] == pytest.approx(ours.total_m, abs=1e-6)
    assert theirs.value["localisation"] == pytest.approx(ours.localisation_m2, abs=1e-6)
    assert theirs.value["missed"] == pytest.approx(ours.missed_m2, abs=1e-6)
    assert theirs.value["false"] == pytest.approx(ours.false_m2, abs=1e-6)
